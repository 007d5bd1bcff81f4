//! [`JsRules`]: `xinshi/rules` as the client asks it, where it is imported.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{OnceCell, RefCell};

use js_sys::JSON;
use wasm_bindgen::prelude::*;

use crate::error::is_sms_error;
use crate::given::text;
use xinshi::client::rules::{CheckRequest, Rules};
use xinshi::error::SmsError;

#[wasm_bindgen(module = "/host/rules-hook.js")]
extern "C" {
    /// The rules of a client, in the other WebAssembly.
    type LoadedRules;
    #[wasm_bindgen(js_name = areRulesImported)]
    fn are_imported() -> bool;
    #[wasm_bindgen(catch, js_name = rulesOf)]
    fn rules_of(settings: &str) -> Result<Option<LoadedRules>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn check(
        this: &LoadedRules,
        written: &[u8],
        vendor: usize,
        text: usize,
        form: u8,
        kind: u8,
        send_at: f64,
    ) -> Result<Option<String>, JsValue>;
}

/// The rules as a client's options set them.
pub struct JsRules {
    /// JSON.
    settings: String,
    loaded: OnceCell<LoadedRules>,
    written: RefCell<Vec<u8>>,
}

/// Memory that is kept for the next check.
const MAX_KEPT_BYTES: usize = 1 << 14;

impl JsRules {
    /// Reads the option `rules`, a copy of ours. What is wrong with it is told now where the rules are loaded, and else by the first check.
    pub fn new(given: &JsValue) -> Result<Self, SmsError> {
        let mut settings = String::from("{}");
        if !given.is_undefined() {
            if !are_imported() {
                return Err(SmsError::argument("rules", "import \"xinshi/rules\" before createSms({ rules })"));
            }
            settings = JSON::stringify(given).ok().and_then(|json| json.as_string()).unwrap_or_default();
        }
        let rules = Self { settings, loaded: OnceCell::new(), written: RefCell::default() };
        if are_imported() {
            rules.load()?;
        }
        Ok(rules)
    }

    /// The rules, where they are loaded.
    fn load(&self) -> Result<Option<&LoadedRules>, SmsError> {
        if self.loaded.get().is_none()
            && let Some(loaded) = rules_of(&self.settings).map_err(|error| error_of(&error))?
        {
            self.loaded.get_or_init(|| loaded);
        }
        Ok(self.loaded.get())
    }
}

impl Rules for JsRules {
    fn are_on(&self) -> bool {
        self.loaded.get().is_some() || are_imported()
    }

    fn check(&self, request: &CheckRequest<'_>) -> Result<Option<String>, SmsError> {
        const NOT_LOADED: &str = "the WebAssembly of xinshi/rules is not loaded yet: await its init() first";
        let loaded = self.load()?.ok_or_else(|| SmsError::argument("init", NOT_LOADED))?;
        let CheckRequest { vendor, form, text, kind, send_at, recipients } = *request;
        let mut written = self.written.borrow_mut();
        written.clear();
        written.shrink_to(MAX_KEPT_BYTES);
        for part in [vendor, text, recipients] {
            written.extend_from_slice(part.as_bytes());
        }
        #[allow(clippy::cast_precision_loss, reason = "the time of a year of four digits")]
        let send_at = send_at.map_or(f64::NAN, |at| at as f64);
        loaded
            .check(&written, vendor.len(), text.len(), form as u8, kind as u8, send_at)
            .map_err(|error| error_of(&error))
    }
}

/// What the rules threw. Whatever is no `SmsError` is a fault of theirs.
fn error_of(error: &JsValue) -> SmsError {
    match (text(error, "field"), text(error, "message")) {
        (Some(field), Some(message)) if is_sms_error(error) => SmsError::argument(field, message),
        _ => SmsError::fault(false),
    }
}
