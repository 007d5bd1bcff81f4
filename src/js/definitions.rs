//! [`JsDefinition`]: a vendor that the caller defined by `xinshi/define`, as the client and the handler call it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use js_sys::{Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::values_in::{method, peek};
use crate::values_out::set;
use xinshi::client::Sms;
use xinshi::error::SmsError;
use xinshi::vendor::defined_account::{CallKind, DefinitionCall};

/// A definition in the other WebAssembly.
pub struct JsDefinition(Function);

impl JsDefinition {
    /// The definition behind an object of `defineVendor`.
    pub fn of(vendor: &JsValue) -> Option<Self> {
        method(vendor, "call").map(Self)
    }
}

impl DefinitionCall for JsDefinition {
    fn call(&self, kind: CallKind, given: &[u8]) -> Option<Vec<u8>> {
        let answer = self.0.call2(&JsValue::UNDEFINED, &(kind as u8).into(), &Uint8Array::from(given)).ok()?;
        answer.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
    }
}

/// Sets the definitions that the caller's options name. Another instance reads the copy again, so it gets them too.
pub fn attach(sms: &mut Sms, written: &JsValue, copy: &Object) -> Result<(), SmsError> {
    let vendor_of = |options: &JsValue, account: &str| peek(&peek(&peek(options, "vendors"), account), "vendor");
    sms.set_definitions(&|account| {
        let definition = JsDefinition::of(&vendor_of(written, account))?;
        set(vendor_of(copy, account).unchecked_ref(), &"call".into(), &definition.0);
        Some(Rc::new(definition))
    })
}
