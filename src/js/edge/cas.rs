//! Steps on a store of the user's that compares and swaps.

use alloc::string::String;
use core::cell::RefCell;

use js_sys::{Array, Date, Function, Math, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::edge::configured::refuse_eventual;
use crate::edge::desk::{Desk, For};
use crate::edge::effect::Effect;
use crate::edge::work::{self, begin};
use crate::error::thrown;
use crate::given::{method, peek};
use crate::opaque;
use xinshi::edge::compare_and_swap::{CompareAndSwap, Failed, Found, late, step};
use xinshi::error::SmsError;

/// Checks what is to be a store.
#[wasm_bindgen(js_name = checkCas)]
pub fn check_cas(kv: &JsValue) -> Result<(), JsValue> {
    Kv::read(kv, Desk::new(None, For::Caller)).map(drop).map_err(|error| thrown(&error))
}

/// Begins a step: comes to its decision.
#[wasm_bindgen(js_name = casStep)]
pub fn cas_step(kv: &JsValue, key: String, command: &str) -> Result<usize, JsValue> {
    let desk = Desk::new(None, For::Caller);
    let kv = Kv::read(kv, desk.clone()).map_err(|error| thrown(&error))?;
    let command = opaque::read(command).unwrap_or_default();
    Ok(begin(desk.clone(), async move {
        match step(&kv, &key, &command).await {
            Ok(decision) => desk.resolve(opaque::written(&decision).into()),
            Err(Failed::Late) => desk.reject(thrown(&late())),
            Err(Failed::Wrong(error)) => desk.reject(thrown(&error)),
            Err(Failed::Thrown) => desk.reject(kv.error.take()),
        }
    }))
}

struct Kv {
    store: JsValue,
    get: Function,
    swap: Function,
    desk: Desk,
    /// What it threw.
    error: RefCell<JsValue>,
}

impl Kv {
    fn read(kv: &JsValue, desk: Desk) -> Result<Self, SmsError> {
        refuse_eventual("kv", kv)?;
        match (method(kv, "get"), method(kv, "swap")) {
            (Some(get), Some(swap)) => Ok(Self { store: kv.clone(), get, swap, desk, error: RefCell::default() }),
            _ => Err(SmsError::argument("kv", "kv lacks get(key) or swap(key, version, value, expiresAtMs)")),
        }
    }

    async fn call(&self, function: &Function, arguments: Array, left_ms: u32) -> Result<JsValue, Failed> {
        let effect = Effect::Call {
            function: function.clone().into(),
            receiver: self.store.clone(),
            arguments,
            timeout_ms: Some(left_ms),
        };
        self.desk.ask(effect).await.map_err(|failed| match failed {
            work::Failed::Late(_) => Failed::Late,
            work::Failed::Thrown(error, _) => {
                *self.error.borrow_mut() = error;
                Failed::Thrown
            }
        })
    }
}

fn wrong(message: &str) -> Failed {
    Failed::Wrong(SmsError::argument("kv", message))
}

impl CompareAndSwap for Kv {
    async fn get(&self, key: &str, left_ms: u32) -> Result<Option<Found>, Failed> {
        let found = self.call(&self.get, Array::of1(&key.into()), left_ms).await?;
        if found.is_undefined() || found.is_null() {
            return Ok(None);
        }
        let value = peek(&found, "value");
        let version = peek(&found, "version").as_string();
        match (value.dyn_ref::<Uint8Array>(), version) {
            (Some(value), Some(version)) => Ok(Some((value.to_vec(), version))),
            _ => Err(wrong("kv.get gave neither null nor { value: Uint8Array, version: string }")),
        }
    }

    async fn swap(
        &self,
        key: &str,
        version: Option<&str>,
        value: &[u8],
        expires_at: i64,
        left_ms: u32,
    ) -> Result<bool, Failed> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let expires_at = expires_at as f64;
        let version = version.map_or(JsValue::NULL, JsValue::from_str);
        let arguments = Array::of4(&key.into(), &version, &Uint8Array::from(value).into(), &expires_at.into());
        // An object that says `ok: false` would be as good as true.
        let swapped = self.call(&self.swap, arguments, left_ms).await?.as_bool();
        swapped.ok_or_else(|| wrong("kv.swap gave neither true nor false"))
    }

    async fn pause(&self, most_ms: u32) {
        // Whether the time passed or not, it goes on.
        let _ = self.desk.ask(Effect::Wait { milliseconds: Math::random() * f64::from(most_ms) }).await;
    }

    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    fn now(&self) -> i64 {
        Date::now() as i64
    }
}
