//! [`Effect`]: one thing that a task asks of the host. JavaScript runs it (`edge/executor.js`) and decides nothing: an effect holds all
//! that it needs, the functions to call among it.

use alloc::string::String;

use js_sys::{Array, Object};
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

/// One thing that a task asks of the host. JavaScript sees these names; unless it says otherwise, an effect has a result.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Calls a function of the user's. Result: what it resolves to.
    Call {
        #[serde(with = "preserve")]
        function: JsValue,
        #[serde(with = "preserve")]
        receiver: JsValue,
        #[serde(with = "preserve")]
        arguments: Array,
        /// The time that it may take, in milliseconds; without one it has no limit.
        timeout_ms: Option<u32>,
    },
    /// Applies a command to a key in a Durable Object. Result: the decision.
    Apply {
        #[serde(with = "preserve")]
        namespace: JsValue,
        object: String,
        key: String,
        command: String,
    },
    /// Makes a request. Result: `{status, body}`.
    Exchange {
        #[serde(with = "preserve")]
        fetch: JsValue,
        url: String,
        #[serde(with = "preserve")]
        init: RequestInit,
        timeout_ms: u32,
        /// The most bytes of the body to read, of which one more is read; with 0 the body is cancelled.
        max_bytes: usize,
        /// Whether the platform ends the request with the one that it serves, so that no signal is needed.
        ends_by_itself: bool,
    },
    /// Reads the body of the request that the task serves. Result: a string or a `Uint8Array`.
    Read {
        #[serde(with = "preserve")]
        request: JsValue,
        timeout_ms: u32,
        /// The most bytes to read, of which one more is read.
        max_bytes: usize,
        /// Whether the result may be a string.
        is_text: bool,
        /// Whether `Content-Length` bounds it, so that it can be read at once.
        has_length: bool,
    },
    /// Waits for so many milliseconds.
    Wait { milliseconds: f64 },
    /// Loads the `OpenAPI` document. Result: its JSON.
    Describe,
    /// Sends the response. It has no result.
    Respond(Response),
    /// Ends the task with a value. It has no result.
    Resolve {
        #[serde(with = "preserve")]
        value: JsValue,
    },
    /// Ends the task with an error. It has no result.
    Reject {
        #[serde(with = "preserve")]
        error: JsValue,
    },
}

/// What the constructor of `Response` takes.
#[derive(Serialize)]
pub struct Response {
    pub status: u16,
    #[serde(with = "preserve")]
    pub headers: Object,
    /// Nothing where there is no body.
    pub body: Option<String>,
}
