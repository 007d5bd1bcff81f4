//! Results, under the names and in the shapes of the package's types: outcomes, answers and events.

use alloc::string::String;

use js_sys::{Array, Function, JsString, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::error::thrown;
use crate::host::Call;
use crate::values::{hide, set, to_value};
use xinshi::client::call::Answer;
use xinshi::client::event::Event;
use xinshi::outcome::Outcome;
use xinshi::vendor::endpoint::Gives;
use xinshi::wire::json::{self, Json};
use xinshi::wire::percent;

/// An outcome. Its error is an instance of the JavaScript class.
pub fn outcome(mut outcome: Outcome) -> Object {
    let to = core::mem::take(&mut outcome.to);
    let value: Object = to_value(&outcome).unchecked_into();
    set(&value, &"to".into(), &texts(&to));
    if let Some(error) = outcome.end.error() {
        set(&value, &"error".into(), &thrown(error));
    }
    value
}

/// Texts as a list. Thousands cross as one text, which JavaScript splits: crossing one by one takes ten times as long.
fn texts(texts: &[String]) -> JsValue {
    const BETWEEN: char = '\n';
    if texts.len() < 8 || texts.iter().any(|text| text.contains(BETWEEN)) {
        return to_value(&texts);
    }
    JsString::from(texts.join("\n")).split("\n").into()
}

/// The result of an operation, with the vendor's reply hidden from consoles, since it contains people's texts.
pub fn answer(answer: &Answer) -> JsValue {
    let given = record(&answer.json);
    let value: Object = if answer.gives == Gives::Pull {
        let items: Object = member(&given, "items");
        set(&items, &"unparsed".into(), &unparsed(&given));
        items
    } else {
        hide_passwords(&given);
        member::<Array>(&given, "items").iter().for_each(|item| hide_passwords(item.unchecked_ref()));
        given
    };
    hide(&value, "raw", &Uint8Array::from(&answer.raw[..]));
    value.into()
}

/// The records of a push, and the bytes of those that could not be read.
pub fn push(json: &str, raw: &[u8]) -> JsValue {
    let push = record(json);
    let unparsed = unparsed(&push);
    set(&push, &"unparsed".into(), &unparsed);
    hide(&push, "raw", &Uint8Array::from(raw));
    push.into()
}

/// A function that passes a call's events to a listener.
pub fn observer(listener: Option<Function>, call: Call) -> impl Fn(&Event<'_>) {
    move |event| {
        if let Some(listener) = &listener {
            call.tell(listener, &to_value(event));
        }
    }
}

fn record(json: &str) -> Object {
    // The core's own output is always valid JSON.
    json::parse(json.as_bytes()).map_or_else(|_| Object::new(), |json: Json<'_>| to_value(&json).unchecked_into())
}

/// A member of one of our own values; empty where it has none.
fn member<T: JsCast + Default>(value: &Object, name: &str) -> T {
    let member = crate::given::member(value, name).unwrap_or_default();
    if member.is_object() { member.unchecked_into() } else { T::default() }
}

/// The bytes of records that could not be read, which the core writes as percent-encoded text.
fn unparsed(value: &Object) -> Array {
    let texts: Array = member(value, "unparsed");
    let bytes = texts.iter().map(|text| {
        let text: String = text.as_string().unwrap_or_default();
        JsValue::from(Uint8Array::from(&percent::decode(text.as_bytes()).unwrap_or_default()[..]))
    });
    bytes.collect()
}

/// Hides a sub-account's password from consoles.
fn hide_passwords(record: &Object) {
    const PASSWORD: &str = "replyPassword";
    let password = crate::given::member(record, PASSWORD).unwrap_or_default();
    if password.is_truthy() {
        hide(record, PASSWORD, &password);
    }
}
