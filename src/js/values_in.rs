//! Reads callers' values, which may be anything. A value is copied once: every getter is called once and every
//! exception is caught. A value that serde-wasm-bindgen would misread is rejected by its path.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::values_out::set;
use xinshi::error::{SmsError, shown_name};
use xinshi::wire::json::Json;

#[wasm_bindgen]
extern "C" {
    /// Any value of a caller's.
    type CallerValue;
    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &CallerValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = getTime)]
    fn get_time(this: &CallerValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = toJSON)]
    fn to_json(this: &CallerValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// The maximum nesting of a caller's value; only a value that contains itself is deeper.
const MAX_DEPTH: usize = 32;

/// Copies a caller's value without the members in `without`, so that nobody can change it. `what` names it where there
/// is no path.
pub fn copy(value: &JsValue, what: &str, without: &[&str]) -> Result<JsValue, SmsError> {
    Copying { what, without, kept: "" }.value(value, &mut Vec::new())
}

/// The same, with a value that JSON cannot express in place of each function named `kept`.
#[cfg(feature = "define")]
pub fn copy_with(value: &JsValue, what: &str, kept: &str) -> Result<JsValue, SmsError> {
    Copying { what, without: &[], kept }.value(value, &mut Vec::new())
}

/// Reads a copy.
pub fn read(copy: JsValue, what: &str) -> Result<Json<'static>, SmsError> {
    serde_wasm_bindgen::from_value(copy).map_err(|_| SmsError::argument(what, [what, " cannot be read"].concat()))
}

/// A member of a caller's value; undefined where it has none.
#[cfg(any(feature = "client", feature = "edge"))]
pub fn member(value: &JsValue, name: &str) -> Result<JsValue, SmsError> {
    if !value.is_object() {
        return Ok(JsValue::UNDEFINED);
    }
    Reflect::get(value.unchecked_ref(), &name.into())
        .map_err(|_| SmsError::argument(name, [name, " cannot be read: it throws"].concat()))
}

/// A member of any value; undefined where it has none, or where reading it throws.
#[inline(never)]
pub fn peek(value: &JsValue, name: &str) -> JsValue {
    if value.is_object() {
        Reflect::get(value.unchecked_ref(), &name.into()).unwrap_or_default()
    } else {
        JsValue::UNDEFINED
    }
}

/// A method of any value, if it has it.
#[inline(never)]
pub fn method(value: &JsValue, name: &str) -> Option<Function> {
    peek(value, name).dyn_into().ok()
}

#[cfg(feature = "edge")]
#[wasm_bindgen]
extern "C" {
    /// A copy of a caller's bytes.
    #[wasm_bindgen(js_name = Uint8Array, extends = js_sys::Uint8Array)]
    type Copied;
    #[wasm_bindgen(constructor, catch, js_class = Uint8Array)]
    fn new(bytes: &JsValue) -> Result<Copied, JsValue>;
}

/// Copies the bytes of an array that `host/effects.js` made. Its buffer may be detached meanwhile: it is empty then, and
/// copying it would throw.
#[cfg(feature = "edge")]
pub fn bytes_of_ours(bytes: &js_sys::Uint8Array) -> Vec<u8> {
    if bytes.length() == 0 { Vec::new() } else { bytes.to_vec() }
}

/// Copies the bytes of a caller's `Uint8Array`; `None` for any other value, or a detached buffer.
#[cfg(feature = "edge")]
pub fn bytes_of(value: &JsValue) -> Option<Vec<u8>> {
    value.dyn_ref::<js_sys::Uint8Array>()?;
    Copied::new(value).ok().map(|bytes| bytes.to_vec())
}

/// A function of a caller's, if given.
#[cfg(any(feature = "client", feature = "edge"))]
pub fn function(value: &JsValue, name: &str) -> Result<Option<Function>, SmsError> {
    let value = member(value, name)?;
    let function = value.dyn_ref::<Function>().cloned();
    if function.is_none() && !value.is_undefined() {
        return Err(SmsError::argument(name, [name, " is not a function"].concat()));
    }
    Ok(function)
}

/// The texts of an iterable; `None` for any other value.
#[cfg(feature = "edge")]
pub fn texts_of(values: &JsValue) -> Option<Vec<String>> {
    let values = js_sys::try_iter(values).ok().flatten()?;
    values.map(|value| value.ok()?.as_string()).collect()
}

/// A text of a caller's, valid or not.
#[cfg(feature = "client")]
pub fn text(value: &JsValue, name: &str) -> Option<String> {
    member(value, name).ok()?.as_string()
}

struct Copying<'a> {
    what: &'a str,
    without: &'a [&'a str],
    kept: &'a str,
}

impl Copying<'_> {
    fn value(&self, value: &JsValue, path: &mut Vec<String>) -> Result<JsValue, SmsError> {
        if let Some(text) = value.dyn_ref::<JsString>() {
            // Half of a surrogate pair becomes this character. Checking every unit by itself would be slow.
            let is_suspect = String::from(text).contains(char::REPLACEMENT_CHARACTER);
            return if is_suspect && !text.is_valid_utf16() {
                Err(self.value_error(path, " holds half of a surrogate pair"))
            } else {
                Ok(value.clone())
            };
        }
        if value.is_bigint() {
            return Ok(f64::NAN.into());
        }
        if !value.is_object() {
            return Ok(value.clone());
        }
        if path.len() >= MAX_DEPTH {
            return Err(self.value_error(path, " holds lists within lists, or itself"));
        }
        if let Some(written) = self.written(value, path)? {
            return if written.is_object() { self.members(&written, path) } else { self.value(&written, path) };
        }
        self.members(value, path)
    }

    /// The value that represents an object: the time of a Date in milliseconds, or the result of its `toJSON`.
    fn written(&self, value: &JsValue, path: &[String]) -> Result<Option<JsValue>, SmsError> {
        let inputs: &CallerValue = value.unchecked_ref();
        let name = path.last().map(String::as_str).unwrap_or_default();
        let to_value = if name == "sendAt" { inputs.get_time() } else { Ok(JsValue::UNDEFINED) };
        let mut to_value = to_value.map_err(|_| self.throws(path))?;
        if !to_value.is_function() {
            to_value = inputs.to_json().map_err(|_| self.throws(path))?;
        }
        let Some(to_value) = to_value.dyn_ref::<Function>() else { return Ok(None) };
        to_value.call1(value, &name.into()).map(Some).map_err(|_| self.throws(path))
    }

    fn members(&self, value: &JsValue, path: &mut Vec<String>) -> Result<JsValue, SmsError> {
        if is_array(value).map_err(|_| self.throws(path))? {
            return self.elements(value, path);
        }
        let copy = Object::create(JsValue::NULL.unchecked_ref());
        for key in keys(value).map_err(|_| self.throws(path))? {
            let name = key.as_string().unwrap_or_default();
            if path.is_empty() && self.without.contains(&name.as_str()) {
                continue;
            }
            path.push(name);
            let member = Reflect::get(value, &key).map_err(|_| self.throws(path))?;
            if member.is_function() && path.last().is_some_and(|name| name == self.kept) {
                set(&copy, &key, &f64::NAN.into());
            }
            // JSON leaves these out.
            if !(member.is_undefined() || member.is_function() || member.is_symbol()) {
                set(&copy, &key, &self.value(&member, path)?);
            }
            path.pop();
        }
        Ok(copy.into())
    }

    fn elements(&self, value: &JsValue, path: &mut Vec<String>) -> Result<JsValue, SmsError> {
        let length = value.unchecked_ref::<CallerValue>().length().map_err(|_| self.throws(path))?;
        let copy = Array::new();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length is a whole number")]
        for index in 0..length.as_f64().unwrap_or_default() as u32 {
            path.push(index.to_string());
            let element = Reflect::get_u32(value.unchecked_ref(), index).map_err(|_| self.throws(path))?;
            copy.push(&self.value(&element, path)?);
            path.pop();
        }
        Ok(copy.into())
    }

    fn throws(&self, path: &[String]) -> SmsError {
        self.value_error(path, " cannot be read: it throws")
    }

    fn value_error(&self, path: &[String], why: &str) -> SmsError {
        // A name may be a phone number, if numbers are listed.
        let shown: Vec<String> = path.iter().map(|name| shown_name(name)).collect();
        let field = if shown.is_empty() { self.what.into() } else { shown.join(".") };
        let name = shown.last().map_or(self.what, String::as_str);
        SmsError::argument(field, [name, why].concat())
    }
}
