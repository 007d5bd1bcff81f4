//! The exports of `xinshi/define`: a vendor that the caller defines.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::js_error::thrown;
use crate::values_in::{copy, copy_with, method, peek, read};
use crate::values_out::set;
use xinshi::error::SmsError;
use xinshi::options::Fields;
use xinshi::vendor::defined::{Definition, ReplyReader};
use xinshi::wire::json::Json;

/// A definition.
#[wasm_bindgen(js_name = Definition)]
pub struct JsDefinition(Definition);

#[wasm_bindgen(js_class = Definition)]
impl JsDefinition {
    /// Reads a definition.
    #[wasm_bindgen(constructor)]
    pub fn new(written: &JsValue) -> Result<JsDefinition, JsValue> {
        define(written).map(Self).map_err(|error| thrown(&error))
    }

    /// What an account needs to know of it, as JSON.
    pub fn facts(&self) -> String {
        self.0.facts().into()
    }

    /// Answers a call: see `DefinitionCall` of the core.
    pub fn call(&self, call: u8, given: &[u8]) -> Vec<u8> {
        self.0.answer_call(call, given)
    }
}

fn define(written: &JsValue) -> Result<Definition, SmsError> {
    let json = read(copy_with(written, "definition", "read")?, "definition")?;
    let mut definition = Definition::read(&Fields::new(&json, "", "definition")?)?;
    for kind in ["read", "reports", "replies", "push"] {
        let holder = if kind == "read" { written.clone() } else { peek(written, kind) };
        if let Some(function) = method(&holder, "read") {
            definition.set_reader(kind, Rc::new(JsReader(function)));
        }
    }
    Ok(definition)
}

/// A caller's function that reads replies.
struct JsReader(Function);

impl ReplyReader for JsReader {
    fn read(&self, status: u16, query: &str, text: &str) -> Option<Json<'static>> {
        let reply = Object::new();
        let members: [(&str, JsValue); 3] = [("status", status.into()), ("query", query.into()), ("text", text.into())];
        for (name, value) in members {
            set(&reply, &name.into(), &value);
        }
        let answer = self.0.call1(&JsValue::UNDEFINED, &reply).ok()?;
        if answer.is_object() {
            // A promise is a mistake here. Nobody awaits it, and an unhandled rejection would end the process.
            let _ = Promise::all_settled(&Array::of1(&answer));
        }
        read(copy(&answer, "read", &[]).ok()?, "read").ok()
    }
}
