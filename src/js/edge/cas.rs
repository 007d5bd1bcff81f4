//! Applies commands to a user's store that compares and swaps.

use alloc::string::String;
use core::cell::RefCell;

use js_sys::{Array, Date, Function, Math, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::edge::bridge::{Completion, HostBridge};
use crate::edge::configured::reject_eventual;
use crate::edge::effect::Effect;
use crate::edge::task::{EffectError, spawn};
use crate::js_error::thrown;
use crate::opaque;
use crate::values_in::{bytes_of, method, peek};
use xinshi::edge::compare_and_swap::{CompareAndSwap, StoreError, VersionedValue, apply, timeout_error};
use xinshi::error::SmsError;

/// Checks a store that compares and swaps.
#[wasm_bindgen(js_name = checkCas)]
pub fn check_cas(kv: &JsValue) -> Result<(), JsValue> {
    Kv::read(kv, HostBridge::new(None, Completion::Value)).map(drop).map_err(|error| thrown(&error))
}

/// Spawns a task that applies a command to a key. Its value is the decision.
#[wasm_bindgen(js_name = casStep)]
pub fn cas_step(kv: &JsValue, key: String, command: &str) -> Result<usize, JsValue> {
    let bridge = HostBridge::new(None, Completion::Value);
    let kv = Kv::read(kv, bridge.clone()).map_err(|error| thrown(&error))?;
    let command = opaque::read(command).unwrap_or_default();
    Ok(spawn(bridge.clone(), async move {
        match apply(&kv, &key, &command).await {
            Ok(decision) => bridge.resolve(opaque::written(&decision).into()),
            Err(StoreError::TimedOut) => bridge.reject(thrown(&timeout_error())),
            Err(StoreError::Sms(error)) => bridge.reject(thrown(&error)),
            Err(StoreError::Thrown) => bridge.reject(kv.error.take()),
        }
    }))
}

struct Kv {
    store: JsValue,
    get: Function,
    swap: Function,
    bridge: HostBridge,
    /// The exception that ended the step.
    error: RefCell<JsValue>,
}

impl Kv {
    fn read(kv: &JsValue, bridge: HostBridge) -> Result<Self, SmsError> {
        reject_eventual("kv", kv)?;
        match (method(kv, "get"), method(kv, "swap")) {
            (Some(get), Some(swap)) => Ok(Self { store: kv.clone(), get, swap, bridge, error: RefCell::default() }),
            _ => Err(SmsError::argument("kv", "kv lacks get(key) or swap(key, version, value, expiresAtMs)")),
        }
    }

    async fn call(&self, function: &Function, arguments: Array, left_ms: u32) -> Result<JsValue, StoreError> {
        let effect = Effect::Call {
            function: function.clone().into(),
            receiver: self.store.clone(),
            arguments,
            timeout_ms: Some(left_ms),
        };
        self.bridge.run(effect).await.map_err(|error| match error {
            EffectError::TimedOut(_) => StoreError::TimedOut,
            EffectError::Thrown(error, _) => {
                *self.error.borrow_mut() = error;
                StoreError::Thrown
            }
        })
    }
}

fn wrong(message: &str) -> StoreError {
    StoreError::Sms(SmsError::argument("kv", message))
}

impl CompareAndSwap for Kv {
    async fn get(&self, key: &str, left_ms: u32) -> Result<Option<VersionedValue>, StoreError> {
        let found = self.call(&self.get, Array::of1(&key.into()), left_ms).await?;
        if found.is_undefined() || found.is_null() {
            return Ok(None);
        }
        let value = peek(&found, "value");
        let version = peek(&found, "version").as_string();
        match (bytes_of(&value), version) {
            (Some(value), Some(version)) => Ok(Some((value, version))),
            _ => Err(wrong("kv.get returned neither null nor { value: Uint8Array, version: string }")),
        }
    }

    async fn swap(
        &self,
        key: &str,
        version: Option<&str>,
        value: &[u8],
        expires_at: i64,
        left_ms: u32,
    ) -> Result<bool, StoreError> {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let expires_at = expires_at as f64;
        let version = version.map_or(JsValue::NULL, JsValue::from_str);
        let arguments = Array::of4(&key.into(), &version, &Uint8Array::from(value).into(), &expires_at.into());
        // Any object would count as true, even one that says `ok: false`.
        let swapped = self.call(&self.swap, arguments, left_ms).await?.as_bool();
        swapped.ok_or_else(|| wrong("kv.swap returned neither true nor false"))
    }

    async fn pause(&self, most_ms: u32) {
        // The step continues whether or not the wait succeeded.
        let _ = self.bridge.run(Effect::Wait { milliseconds: Math::random() * f64::from(most_ms) }).await;
    }

    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    fn now(&self) -> i64 {
        Date::now() as i64
    }
}
