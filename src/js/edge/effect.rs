//! [`Effect`]: a request of a task to the host. `host/effects.js` makes a function of each, and JavaScript runs it
//! (`edge/executor.js`). An effect contains everything that it needs, including the user's functions to call.

use alloc::string::String;

use js_sys::{Array, Object};
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

/// A request of a task to the host. Every effect has a result unless its variant says otherwise.
pub enum Effect {
    /// Calls a function of the user's. Result: the value that it resolves to.
    Call {
        function: JsValue,
        receiver: JsValue,
        arguments: Array,
        /// The time limit in milliseconds; `None` for no limit.
        timeout_ms: Option<u32>,
    },
    /// Applies a command to a key in a Durable Object. Result: the decision.
    Apply { namespace: JsValue, object: String, key: String, command: String },
    /// Makes a request. Result: `{status, body}`.
    Exchange {
        fetch: JsValue,
        url: String,
        init: RequestInit,
        timeout_ms: u32,
        /// The maximum length of the body, in bytes; one more is read to detect a longer one. 0 cancels the body.
        max_bytes: usize,
        /// Whether the platform ends the request with the one that it serves, so that no signal is needed.
        ends_by_itself: bool,
    },
    /// Reads the body of the request that the task serves. Result: a string or a `Uint8Array`.
    Read {
        request: JsValue,
        timeout_ms: u32,
        /// The maximum length in bytes; one more is read to detect a longer body.
        max_bytes: usize,
        /// Whether the result may be a string.
        is_text: bool,
        /// Whether `Content-Length` bounds the body, so that it can be read in one call.
        has_length: bool,
    },
    /// Waits for a number of milliseconds.
    Wait { milliseconds: f64 },
    /// Loads the `OpenAPI` document. Result: its JSON.
    Describe,
    /// Ends the task although effects of it are open: nobody awaits them. It has no result.
    End,
    /// Sends the response. It has no result.
    Respond(Response),
    /// Ends the task with a value. It has no result.
    Resolve { value: JsValue },
    /// Ends the task with an error. It has no result.
    Reject { error: JsValue },
}

/// The arguments of the constructor `Response`.
#[derive(Serialize)]
pub struct Response {
    pub status: u16,
    #[serde(with = "preserve")]
    pub headers: Object,
    /// `None` for a response without body.
    pub body: Option<String>,
}

// One call makes an effect. As a value that serde-wasm-bindgen writes, it took some eight calls.
#[wasm_bindgen(module = "/host/effects.js")]
extern "C" {
    #[wasm_bindgen(js_name = emitCall)]
    fn emit_call(
        effects: &Array,
        number: u32,
        function: &JsValue,
        receiver: &JsValue,
        arguments: &Array,
        timeout_ms: Option<u32>,
    );
    #[wasm_bindgen(js_name = emitApply)]
    fn emit_apply(effects: &Array, number: u32, namespace: &JsValue, object: &str, key: &str, command: &str);
    #[wasm_bindgen(js_name = emitExchange)]
    #[allow(clippy::too_many_arguments, reason = "an object of them would take a call for each")]
    fn emit_exchange(
        effects: &Array,
        number: u32,
        fetch: &JsValue,
        url: &str,
        init: &RequestInit,
        timeout_ms: u32,
        max_bytes: usize,
        ends_by_itself: bool,
    );
    #[wasm_bindgen(js_name = emitRead)]
    #[allow(clippy::too_many_arguments, reason = "an object of them would take a call for each")]
    fn emit_read(
        effects: &Array,
        number: u32,
        request: &JsValue,
        timeout_ms: u32,
        max_bytes: usize,
        is_text: bool,
        has_length: bool,
    );
    #[wasm_bindgen(js_name = emitWait)]
    fn emit_wait(effects: &Array, number: u32, milliseconds: f64);
    #[wasm_bindgen(js_name = emitDescribe)]
    fn emit_describe(effects: &Array, number: u32);
    #[wasm_bindgen(js_name = emitEnd)]
    fn emit_end(effects: &Array);
    #[wasm_bindgen(js_name = emitRespond)]
    fn emit_respond(effects: &Array, status: u16, headers: &Object, body: Option<&str>);
    #[wasm_bindgen(js_name = emitResolve)]
    fn emit_resolve(effects: &Array, value: &JsValue);
    #[wasm_bindgen(js_name = emitReject)]
    fn emit_reject(effects: &Array, error: &JsValue);
}

impl Effect {
    /// Adds the effect to a list, under a number by which its result arrives.
    pub fn emit(&self, effects: &Array, number: u32) {
        match self {
            Self::Call { function, receiver, arguments, timeout_ms } => {
                emit_call(effects, number, function, receiver, arguments, *timeout_ms);
            }
            Self::Apply { namespace, object, key, command } => {
                emit_apply(effects, number, namespace, object, key, command);
            }
            Self::Exchange { fetch, url, init, timeout_ms, max_bytes, ends_by_itself } => {
                emit_exchange(effects, number, fetch, url, init, *timeout_ms, *max_bytes, *ends_by_itself);
            }
            Self::Read { request, timeout_ms, max_bytes, is_text, has_length } => {
                emit_read(effects, number, request, *timeout_ms, *max_bytes, *is_text, *has_length);
            }
            Self::Wait { milliseconds } => emit_wait(effects, number, *milliseconds),
            Self::Describe => emit_describe(effects, number),
            Self::End => emit_end(effects),
            Self::Respond(Response { status, headers, body }) => {
                emit_respond(effects, *status, headers, body.as_deref());
            }
            Self::Resolve { value } => emit_resolve(effects, value),
            Self::Reject { error } => emit_reject(effects, error),
        }
    }
}
