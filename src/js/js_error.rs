//! JavaScript's `SmsError`: one class, in a module that every entry imports.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::values_out::to_value;
use xinshi::error::SmsError;

#[wasm_bindgen(module = "/host/sms-error.js")]
extern "C" {
    #[wasm_bindgen(js_name = SmsError)]
    type JsSmsError;
    #[wasm_bindgen(constructor, js_class = SmsError)]
    fn new(details: JsValue, raw: Option<Uint8Array>) -> JsSmsError;
}

/// Whether a value is an `SmsError`.
#[cfg(feature = "edge")]
pub fn is_sms_error(value: &JsValue) -> bool {
    value.is_instance_of::<JsSmsError>()
}

/// An error as a JavaScript value to throw.
pub fn thrown(error: &SmsError) -> JsValue {
    let raw = error.raw.as_deref().map(Uint8Array::from);
    JsSmsError::new(to_value(error), raw).into()
}
