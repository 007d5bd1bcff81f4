//! [`Effect`]: a request of a task to the host. JavaScript runs effects (`edge/executor.js`) and makes no decision: an
//! effect contains everything that it needs, including the functions to call.

use alloc::string::String;

use js_sys::{Array, Object};
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

/// A request of a task to the host, under its names in JavaScript. Every effect has a result unless its variant says
/// otherwise.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Calls a function of the user's. Result: the value that it resolves to.
    Call {
        #[serde(with = "preserve")]
        function: JsValue,
        #[serde(with = "preserve")]
        receiver: JsValue,
        #[serde(with = "preserve")]
        arguments: Array,
        /// The time limit in milliseconds; `None` for no limit.
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
        /// The maximum length of the body, in bytes; one more is read to detect a longer one. 0 cancels the body.
        max_bytes: usize,
        /// Whether the platform ends the request with the one that it serves, so that no signal is needed.
        ends_by_itself: bool,
    },
    /// Reads the body of the request that the task serves. Result: a string or a `Uint8Array`.
    Read {
        #[serde(with = "preserve")]
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

/// The arguments of the constructor `Response`.
#[derive(Serialize)]
pub struct Response {
    pub status: u16,
    #[serde(with = "preserve")]
    pub headers: Object,
    /// `None` for a response without body.
    pub body: Option<String>,
}
