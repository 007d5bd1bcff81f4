//! The door of the rules.

use alloc::string::String;
use core::cell::RefCell;

use js_sys::Date;
use wasm_bindgen::prelude::*;

use crate::js_error::thrown;
use xinshi::bulk::BulkForm;
use xinshi::client::rule_check::CheckRequest;
use xinshi::error::SmsError;
use xinshi::message::MessageKind;
use xinshi::rules::settings::Settings;
use xinshi::rules::written;

/// The rules, as a user wants them told; or what is wrong with that.
#[wasm_bindgen(js_name = Rules)]
pub struct JsRules {
    settings: Result<Settings, SmsError>,
    /// The findings of the last check.
    found: RefCell<String>,
}

#[wasm_bindgen(js_class = Rules)]
impl JsRules {
    /// Reads what the user says of single rules, from JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Self {
        Self { settings: Settings::read(settings), found: RefCell::default() }
    }

    /// Checks a text. `written` has the vendor's name and the text, whose lengths in bytes follow, and the recipients, a
    /// line each; `send_at` is NaN for a text that leaves at once. Returns 1 for findings and 0 for none: an optional
    /// text crosses as a list, which takes 0.1 µs.
    pub fn check(&self, written: &[u8], vendor: usize, text: usize, form: u8, kind: u8, send_at: f64) -> u8 {
        let found = self.find(written, (vendor, text), form, kind, send_at);
        let is_found = found.is_some();
        if let Some(found) = found {
            self.found.replace(found);
        }
        is_found.into()
    }

    /// The findings of the last check, see [`Rules::check`](xinshi::client::rule_check::Rules::check).
    pub fn found(&self) -> String {
        self.found.take()
    }
}

impl JsRules {
    #[allow(clippy::cast_possible_truncation, reason = "times are whole numbers far below 2^53")]
    fn find(&self, written: &[u8], (vendor, text): (usize, usize), form: u8, kind: u8, send_at: f64) -> Option<String> {
        let settings = match &self.settings {
            Ok(settings) => settings,
            Err(error) => {
                let field = error.field.as_deref().unwrap_or_default();
                return Some(written::error_line(error.code, field, &error.message));
            }
        };
        let written = core::str::from_utf8(written).ok()?;
        let (vendor, rest) = written.split_at_checked(vendor)?;
        let (text, recipients) = rest.split_at_checked(text)?;
        let form =
            [BulkForm::Shared, BulkForm::Template, BulkForm::Own].into_iter().find(|known| *known as u8 == form)?;
        let kind = [MessageKind::Otp, MessageKind::Notice, MessageKind::Marketing]
            .into_iter()
            .find(|known| *known as u8 == kind)?;
        let send_at = (!send_at.is_nan()).then_some(send_at as i64);
        // Only marketing has hours.
        let now = if kind == MessageKind::Marketing { Date::now() as i64 } else { 0 };
        let request = CheckRequest { vendor, form, text, kind, send_at, recipients };
        written::to_lines(&written::check(&request, settings, now))
    }
}

/// Checks one text by itself.
#[wasm_bindgen(js_name = checkText)]
#[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
pub fn check_text(json: &str, now: f64) -> Result<String, JsValue> {
    written::check_text(json, now as i64).map(|found| written::to_json(&found)).map_err(|error| thrown(&error))
}

/// The issuer of a number.
#[wasm_bindgen(js_name = carrierOf)]
pub fn carrier_of(number: &str) -> Result<String, JsValue> {
    written::carrier_of(number).map_err(|error| thrown(&error))
}

/// The meaning of a vendor's code of a report.
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
