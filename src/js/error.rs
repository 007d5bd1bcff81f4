//! `SmsError` as JavaScript's: one class, in a module of its own that every door imports.

use nojson::Json;
use wasm_bindgen::prelude::*;

use crate::error::SmsError;

#[wasm_bindgen(raw_module = "../sms-error.js")]
extern "C" {
    #[wasm_bindgen(js_name = smsErrorFromJson)]
    fn from_json(details: &str) -> JsValue;
}

impl From<SmsError> for JsValue {
    fn from(error: SmsError) -> Self {
        from_json(&Json(&error).to_string())
    }
}
