//! Results, under the names and in the shapes of the package's types: answers and events.

use alloc::vec::Vec;

use js_sys::{Array, Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::imports::Call;
use crate::values_out::{hide, set, to_value};
use xinshi::client::call::CallAnswer;
use xinshi::client::sms_event::SmsEvent;
use xinshi::vendor::answer::{Items, Page, SubAccountRecord, VendorAnswer};
use xinshi::vendor::push::PushRecords;
use xinshi::vendor::report::PulledRecords;

/// The result of an operation, with the vendor's reply hidden from consoles, since it contains people's texts.
pub fn answer(answer: &CallAnswer) -> JsValue {
    let value: Object = if let VendorAnswer::Pulled(PulledRecords { items, unparsed }) = &answer.content {
        with_unparsed(to_value(items), unparsed)
    } else {
        to_value(&answer.content).unchecked_into()
    };
    match &answer.content {
        VendorAnswer::Account(account) => hide_password(account, &value),
        VendorAnswer::Page(Page { items: Items::Accounts(accounts), .. }) => {
            let items: Array = crate::values_in::member(&value, "items").unwrap_or_default().unchecked_into();
            accounts.iter().zip(items.iter()).for_each(|(account, item)| hide_password(account, item.unchecked_ref()));
        }
        _ => {}
    }
    hide(&value, "raw", &Uint8Array::from(&answer.raw[..]));
    value.into()
}

/// The records of a push, and the bytes of those that could not be read.
pub fn push(push: &PushRecords, raw: &[u8]) -> JsValue {
    let value = with_unparsed(to_value(push), &push.unparsed);
    hide(&value, "raw", &Uint8Array::from(raw));
    value.into()
}

/// A function that passes a call's events to a listener.
pub fn observer(listener: Option<Function>, call: Call) -> impl Fn(&SmsEvent<'_>) {
    move |event| {
        if let Some(listener) = &listener {
            call.emit(listener, &to_value(event));
        }
    }
}

/// A value with the bytes of records that could not be read.
fn with_unparsed(value: JsValue, unparsed: &[Vec<u8>]) -> Object {
    let value: Object = value.unchecked_into();
    set(&value, &"unparsed".into(), &unparsed.iter().map(|bytes| Uint8Array::from(&bytes[..])).collect::<Array>());
    value
}

/// Hides a sub-account's password from consoles.
fn hide_password(account: &SubAccountRecord, value: &Object) {
    if let Some(password) = &account.reply_password {
        hide(value, "replyPassword", &password.into());
    }
}
