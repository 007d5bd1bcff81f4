//! `SmsError` as JavaScript's: one class, in a module of its own that every door imports.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use xinshi::error::SmsError;

#[wasm_bindgen(raw_module = "../sms-error.js")]
extern "C" {
    #[wasm_bindgen(js_name = smsErrorFromJson)]
    fn from_json(details: String, raw: Option<Vec<u8>>) -> JsValue;
}

/// An error as JavaScript throws it.
pub fn thrown(mut error: SmsError) -> JsValue {
    let raw = error.raw.take();
    from_json(error.to_json(), raw)
}
