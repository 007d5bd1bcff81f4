//! Values out, by serde-wasm-bindgen.

#[cfg(feature = "values")]
use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// A value as JavaScript's.
pub fn to_value(value: &impl Serialize) -> JsValue {
    // Ours are objects, lists, texts and numbers that JavaScript can hold: there is always one.
    value.serialize(&Serializer::new().serialize_maps_as_objects(true)).unwrap_or_default()
}

#[cfg(feature = "values")]
/// Sets a member of an object of ours, which takes it.
pub fn set(object: &Object, name: &JsValue, value: &JsValue) {
    let _ = Reflect::set(object, name, value);
}

#[cfg(feature = "client")]
/// Keeps something within reach and out of a console's sight.
pub fn hide(object: &Object, name: &str, value: &JsValue) {
    let descriptor = Object::new();
    set(&descriptor, &"value".into(), value);
    set(&descriptor, &"enumerable".into(), &false.into());
    Object::define_property(object, &name.into(), &descriptor);
}
