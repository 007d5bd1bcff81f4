//! An outcome as JavaScript's value.

use alloc::string::String;

use js_sys::{JsString, Object};
use wasm_bindgen::prelude::*;

use crate::js_error::thrown;
use crate::values_out::{set, to_value};
use xinshi::outcome::Outcome;

/// An outcome, whose error is one that JavaScript can ask for its class.
pub fn value_of(mut outcome: Outcome) -> Object {
    let to = core::mem::take(&mut outcome.to);
    let value: Object = to_value(&outcome).unchecked_into();
    set(&value, &"to".into(), &texts(&to));
    if let Some(error) = outcome.end.error() {
        set(&value, &"error".into(), &thrown(error));
    }
    value
}

/// Texts as a list. Thousands cross in one text, and are split there: each that crosses by itself takes as long as ten.
fn texts(texts: &[String]) -> JsValue {
    const BETWEEN: char = '\n';
    if texts.len() < 8 || texts.iter().any(|text| text.contains(BETWEEN)) {
        return to_value(&texts);
    }
    JsString::from(texts.join("\n")).split("\n").into()
}
