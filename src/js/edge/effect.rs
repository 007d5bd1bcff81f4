//! [`Effect`]: what a work wants of the world. JavaScript carries it out (`edge/executor.js`) and decides nothing: an effect
//! holds all that it needs, what is called among it.

use alloc::string::String;

use js_sys::{Array, Object};
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

/// One thing that is wanted. JavaScript sees these names.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Calls a function of the user's. Comes to what it resolves to.
    Call {
        #[serde(with = "preserve")]
        function: JsValue,
        #[serde(with = "preserve")]
        receiver: JsValue,
        #[serde(with = "preserve")]
        arguments: Array,
        /// How long it may take; for ever where there is none.
        timeout_ms: Option<u32>,
    },
    /// Applies a command to a key in a Durable Object. Comes to the decision.
    Apply {
        #[serde(with = "preserve")]
        namespace: JsValue,
        object: String,
        key: String,
        command: String,
    },
    /// Makes a request. Comes to its status and its body: `{status, body}`.
    Exchange {
        #[serde(with = "preserve")]
        fetch: JsValue,
        url: String,
        #[serde(with = "preserve")]
        init: RequestInit,
        timeout_ms: u32,
        /// Bytes of the body that are wanted, and one more; with 0 it is given up.
        max_bytes: usize,
        /// Whether what is still open ends with the request that is being answered, so that nobody has to end it.
        ends_by_itself: bool,
    },
    /// Reads the body of the request that is being answered. Comes to a text, or to bytes.
    Read {
        #[serde(with = "preserve")]
        request: JsValue,
        timeout_ms: u32,
        /// Bytes that are wanted, and one more.
        max_bytes: usize,
        /// Whether it may come as a text.
        is_text: bool,
        /// Whether its length was told: then it is read at once.
        has_length: bool,
    },
    /// Waits for so many milliseconds.
    Wait { milliseconds: f64 },
    /// Loads the description of all routes. Comes to its JSON.
    Describe,
    /// Answers the request. Comes to nothing.
    Answer(Answer),
    /// What the work comes to.
    Resolve {
        #[serde(with = "preserve")]
        value: JsValue,
    },
    /// Why it comes to nothing.
    Reject {
        #[serde(with = "preserve")]
        error: JsValue,
    },
}

/// An answer, as a `Response` takes it.
#[derive(Serialize)]
pub struct Answer {
    pub status: u16,
    #[serde(with = "preserve")]
    pub headers: Object,
    /// Nothing where there is no body.
    pub body: Option<String>,
}
