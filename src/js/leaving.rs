//! What leaves: answers and events, under the names and in the shapes of the package's types.

use alloc::string::String;

use js_sys::{Array, Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::host::Call;
use crate::values::{hide, set, to_value};
use xinshi::client::call::Answer;
use xinshi::client::event::Event;
use xinshi::vendor::endpoint::Gives;
use xinshi::wire::json::{self, Json};
use xinshi::wire::percent;

/// An answer, and within reach the vendor's reply, which holds what people wrote.
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

/// What a push holds: reports and replies, and the bytes of those that could not be read.
pub fn push(json: &str, raw: &[u8]) -> JsValue {
    let push = record(json);
    let unparsed = unparsed(&push);
    set(&push, &"unparsed".into(), &unparsed);
    hide(&push, "raw", &Uint8Array::from(raw));
    push.into()
}

/// What tells a listener of a call's events.
pub fn observer(listener: Option<Function>, call: Call) -> impl Fn(&Event<'_>) {
    move |event| {
        if let Some(listener) = &listener {
            call.tell(listener, &to_value(event));
        }
    }
}

fn record(json: &str) -> Object {
    // Ours is always JSON.
    json::parse(json.as_bytes()).map_or_else(|_| Object::new(), |json: Json<'_>| to_value(&json).unchecked_into())
}

/// A member of a value of ours; nothing in it where it has none.
fn member<T: JsCast + Default>(value: &Object, name: &str) -> T {
    let member = crate::given::member(value, name).unwrap_or_default();
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
    let password = crate::given::member(record, PASSWORD).unwrap_or_default();
    if password.is_truthy() {
        hide(record, PASSWORD, &password);
    }
}
