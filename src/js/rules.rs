//! The door of the rules.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::error::thrown;
use xinshi::rules::profile::Profile;
use xinshi::rules::settings::Settings;
use xinshi::rules::written::{self, Terms};

/// The rules, as a user wants them told.
#[wasm_bindgen(js_name = Rules)]
pub struct JsRules {
    settings: Settings,
    written: RefCell<Vec<u8>>,
}

#[wasm_bindgen(js_class = Rules)]
impl JsRules {
    /// Reads what the user says of single rules, from JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Result<JsRules, JsValue> {
        let settings = Settings::read(settings).map_err(|error| thrown(&error))?;
        Ok(Self { settings, written: RefCell::default() })
    }

    /// Whether the user lets a rule stop a text.
    #[wasm_bindgen(js_name = canStop)]
    pub fn can_stop(&self) -> bool {
        self.settings.can_stop()
    }

    /// The number of a vendor's profile.
    pub fn profile(vendor: &str) -> usize {
        Profile::number(vendor)
    }

    /// Room for so many bytes: its address.
    pub fn room(&self, length: usize) -> usize {
        let mut written = self.written.borrow_mut();
        if written.len() < length || written.len() > KEPT {
            *written = vec![0; length.max(1 << 10)];
        }
        written.as_mut_ptr().expose_provenance()
    }

    /// Checks a message of so many bytes, or where recipients stand behind it, of so many more and below 0 where there are none,
    /// a bulk. What was found, as JSON; nothing where nothing was.
    #[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
    pub fn check(&self, head: usize, recipients: i32, profile: usize, now: f64) -> Option<String> {
        let written = self.written.borrow();
        let text = |from: usize, to: usize| core::str::from_utf8(written.get(from..to)?).ok();
        let recipients = usize::try_from(recipients).ok().map(|length| text(head, head + length).unwrap_or_default());
        let terms = Terms { profile: Profile::numbered(profile), settings: &self.settings, now: now as i64 };
        // What cannot be read the client refuses.
        let found = written::check(text(0, head)?, recipients, &terms).ok()?;
        (!found.is_empty()).then(|| written::to_json(&found))
    }
}

/// Memory that is kept for the next check.
const KEPT: usize = 1 << 14;

/// Checks one text by itself.
#[wasm_bindgen(js_name = checkText)]
#[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
pub fn check_text(json: &str, now: f64) -> Result<String, JsValue> {
    written::check_text(json, now as i64).map(|found| written::to_json(&found)).map_err(|error| thrown(&error))
}

/// Who issued a number.
#[wasm_bindgen(js_name = carrierOf)]
pub fn carrier_of(number: &str) -> Result<String, JsValue> {
    written::carrier_of(number).map_err(|error| thrown(&error))
}

/// What a vendor's code of a report means.
#[wasm_bindgen(js_name = explainStatus)]
pub fn explain_status(vendor: &str, status: &str) -> String {
    written::explain_status(vendor, status)
}

/// Every rule.
#[wasm_bindgen]
pub fn catalogue() -> String {
    written::catalogue()
}

/// Every code of a report.
#[wasm_bindgen]
pub fn reasons() -> String {
    written::reasons()
}
