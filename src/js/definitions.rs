//! [`ForeignDefinition`]: a vendor that the caller defined by `xinshi/define`, as the client and the handler call it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use js_sys::{Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::values_in::{method, peek};
use crate::values_out::set;
use xinshi::client::Sms;
use xinshi::error::SmsError;
use xinshi::vendor::defined_account::DefinitionCall;

/// A definition in the other WebAssembly.
pub struct ForeignDefinition(Function);

impl ForeignDefinition {
    /// The definition behind an object of `defineVendor`.
    #[cfg(feature = "client")]
    pub fn of(vendor: &JsValue) -> Option<Rc<dyn DefinitionCall>> {
        method(vendor, "call").map(|call| Rc::new(Self(call)) as Rc<dyn DefinitionCall>)
    }
}

impl DefinitionCall for ForeignDefinition {
    fn call(&self, call: u8, given: &[u8]) -> Option<Vec<u8>> {
        let answer = self.0.call2(&JsValue::UNDEFINED, &call.into(), &Uint8Array::from(given)).ok()?;
        answer.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
    }
}

/// Sets the definitions that the caller's options name. Another instance reads the copy again, so it gets them too.
pub fn attach(sms: &mut Sms, written: &JsValue, copy: &Object) -> Result<(), SmsError> {
    let (written, copy) = (peek(written, "vendors"), peek(copy, "vendors"));
    sms.set_definitions(&|account| {
        let call = method(&peek(&peek(&written, account), "vendor"), "call")?;
        set(peek(&peek(&copy, account), "vendor").unchecked_ref(), &"call".into(), &call);
        Some(Rc::new(ForeignDefinition(call)))
    })
}
