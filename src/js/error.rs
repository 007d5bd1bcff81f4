//! `SmsError` as JavaScript's: one class, in a module of its own that every door imports.

use js_sys::Uint8Array;
use nojson::Json;
use wasm_bindgen::prelude::*;

use crate::error::SmsError;

#[wasm_bindgen(raw_module = "../sms-error.js")]
extern "C" {
    #[wasm_bindgen(js_name = smsErrorFromJson)]
    fn from_json(details: &str, raw: Option<Uint8Array>) -> JsValue;
}

impl From<SmsError> for JsValue {
    fn from(error: SmsError) -> Self {
        from_json(&Json(&error).to_string(), error.raw.as_deref().map(Uint8Array::from))
    }
}
