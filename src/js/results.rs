//! What leaves: outcomes, answers and events, under the names and in the shapes of the package's types.

use alloc::string::String;

use js_sys::{Array, Function, JsString, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::imports::Call;
use crate::js_error::thrown;
use crate::values_out::{hide, set, to_value};
use xinshi::client::call::CallAnswer;
use xinshi::client::sms_event::SmsEvent;
use xinshi::outcome::Outcome;
use xinshi::vendor::endpoint::Gives;
use xinshi::wire::json::{self, Json};
use xinshi::wire::percent;

/// An outcome, whose error is one that JavaScript can ask for its class.
pub fn outcome(mut outcome: Outcome) -> Object {
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

/// An answer, and within reach the vendor's reply, which holds what people wrote.
pub fn answer(answer: &CallAnswer) -> JsValue {
    let inputs = record(&answer.json);
    let value: Object = if answer.gives == Gives::Pull {
        let items: Object = member(&inputs, "items");
        set(&items, &"unparsed".into(), &unparsed(&inputs));
        items
    } else {
        hide_passwords(&inputs);
        member::<Array>(&inputs, "items").iter().for_each(|item| hide_passwords(item.unchecked_ref()));
        inputs
    };
    hide(&value, "raw", &Uint8Array::from(&answer.raw[..]));
    value.into()
}

/// What a push holds: reports and replies, and the bytes of those that could not be read.
pub fn push(json: &str, raw: &[u8]) -> JsValue {
    let push = record(json);
    let unparsed = unparsed(&push);
    set(&push, &"unparsed".into(), &unparsed);
    hide(&push, "raw", &Uint8Array::from(raw));
    push.into()
}

/// What tells a listener of a call's events.
pub fn observer(listener: Option<Function>, call: Call) -> impl Fn(&SmsEvent<'_>) {
    move |event| {
        if let Some(listener) = &listener {
            call.emit(listener, &to_value(event));
        }
    }
}

fn record(json: &str) -> Object {
    // Ours is always JSON.
    json::parse(json.as_bytes()).map_or_else(|_| Object::new(), |json: Json<'_>| to_value(&json).unchecked_into())
}

/// A member of a value of ours; nothing in it where it has none.
fn member<T: JsCast + Default>(value: &Object, name: &str) -> T {
    let member = crate::values_in::member(value, name).unwrap_or_default();
    if member.is_object() { member.unchecked_into() } else { T::default() }
}

/// The bytes of what could not be read, which come as percent-encoded text.
fn unparsed(value: &Object) -> Array {
    let texts: Array = member(value, "unparsed");
    let bytes = texts.iter().map(|text| {
        let text: String = text.as_string().unwrap_or_default();
        JsValue::from(Uint8Array::from(&percent::decode(text.as_bytes()).unwrap_or_default()[..]))
    });
    bytes.collect()
}

/// Keeps the password of a sub-account within reach and out of a console's sight.
fn hide_passwords(record: &Object) {
    const PASSWORD: &str = "replyPassword";
    let password = crate::values_in::member(record, PASSWORD).unwrap_or_default();
    if password.is_truthy() {
        hide(record, PASSWORD, &password);
    }
}
