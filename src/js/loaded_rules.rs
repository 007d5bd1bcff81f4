//! [`ClientRules`]: `xinshi/rules` as the client asks it, where it is imported.

use alloc::string::String;
use core::cell::OnceCell;

use wasm_bindgen::prelude::*;

use xinshi::client::rule_check::{CheckRequest, Rules};
use xinshi::error::SmsError;

#[wasm_bindgen(module = "/host/rules-hook.js")]
extern "C" {
    /// The rules of a client, in the other WebAssembly.
    type LoadedRules;
    #[wasm_bindgen(js_name = areRulesImported)]
    fn are_imported() -> bool;
    #[wasm_bindgen(js_name = rulesOf)]
    fn rules_of(settings: &JsValue) -> Option<LoadedRules>;
    #[wasm_bindgen(method)]
    fn check(this: &LoadedRules, written: &[u8], vendor: usize, text: usize, form: u8, kind: u8, send_at: f64) -> u8;
    #[wasm_bindgen(method)]
    fn found(this: &LoadedRules) -> String;
}

/// The rules as a client's options set them.
pub struct ClientRules {
    /// The option `rules`.
    settings: JsValue,
    loaded: OnceCell<LoadedRules>,
}

impl ClientRules {
    /// Takes the option `rules`, of a copy of the options.
    pub fn new(settings: JsValue) -> Result<Self, SmsError> {
        if !settings.is_undefined() && !are_imported() {
            return Err(SmsError::argument("rules", "import \"xinshi/rules\" before createSms({ rules })"));
        }
        Ok(Self { settings, loaded: OnceCell::new() })
    }
}

impl Rules for ClientRules {
    fn are_on(&self) -> bool {
        self.loaded.get().is_some() || are_imported()
    }

    fn check(&self, request: &CheckRequest<'_>) -> Option<String> {
        if self.loaded.get().is_none() {
            let Some(loaded) = rules_of(&self.settings) else { return Some(NOT_LOADED.into()) };
            self.loaded.get_or_init(|| loaded);
        }
        let CheckRequest { vendor, form, text, kind, send_at, recipients } = *request;
        let written = [vendor, text, recipients].concat();
        #[allow(clippy::cast_precision_loss, reason = "the time of a year of four digits")]
        let send_at = send_at.map_or(f64::NAN, |at| at as f64);
        let loaded = self.loaded.get()?;
        match loaded.check(written.as_bytes(), vendor.len(), text.len(), form as u8, kind as u8, send_at) {
            0 => None,
            1 => Some(loaded.found()),
            _ => Some(FAULT.into()),
        }
    }
}

const NOT_LOADED: &str = "0init\tthe WebAssembly of xinshi/rules is not loaded yet: await its init() first";
const FAULT: &str = "0rules\ta fault of xinshi/rules, please report it";
