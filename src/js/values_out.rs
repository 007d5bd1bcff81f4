//! Converts values to JavaScript, by serde-wasm-bindgen.

#[cfg(feature = "values")]
use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// Converts a value.
pub fn to_value(value: &impl Serialize) -> JsValue {
    // The values are objects, lists, texts and numbers within JavaScript's range, so the conversion never fails.
    value.serialize(&Serializer::new().serialize_maps_as_objects(true)).unwrap_or_default()
}

/// Sets a member of one of our own objects, which always succeeds.
#[cfg(feature = "values")]
pub fn set(object: &Object, name: &JsValue, value: &JsValue) {
    let _ = Reflect::set(object, name, value);
}

#[cfg(feature = "client")]
/// Sets a member that consoles do not show.
pub fn hide(object: &Object, name: &str, value: &JsValue) {
    let descriptor = Object::new();
    set(&descriptor, &"value".into(), value);
    set(&descriptor, &"enumerable".into(), &false.into());
    Object::define_property(object, &name.into(), &descriptor);
}
