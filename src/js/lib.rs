//! JavaScript's side of the boundary, and the only folder that knows it. No logic: values are handed over and calls made.
//!
//! A message's way through it: `client.rs` reads what the caller gave (`values_out.rs`) and gives a promise; the core awaits
//! `exchange.rs`, which lets one request leave by what the host has (`imports.rs`) and reads its reply (`stream.rs`); outcomes,
//! answers and events leave as values (`results.rs`). Plans and the recipients of bulks cross as bytes (`plan_memory.rs`). A code's way
//! through the handler is in `edge/`. `host/guard.js` holds all of it: see there.

// wasm-bindgen hands over what it owns, and its macros write `unsafe` of their own.
#![allow(clippy::needless_pass_by_value, missing_docs, unsafe_code)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", not(feature = "sandbox")))]
mod allocator;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod client_rules;
#[cfg(feature = "edge")]
mod edge;
#[cfg(feature = "client")]
mod exchange;
#[cfg(feature = "values")]
mod gbk_table;
#[cfg(feature = "errors")]
mod js_error;
#[cfg(feature = "values")]
mod js_error;
#[cfg(feature = "client")]
mod js_push;
#[cfg(feature = "client")]
mod js_send_many;
#[cfg(feature = "client")]
mod js_send_many;
#[cfg(feature = "edge")]
mod opaque;
#[cfg(feature = "values")]
mod outcome;
#[cfg(feature = "client")]
mod plan_memory;
#[cfg(feature = "values")]
mod random_source;
#[cfg(feature = "values")]
mod request_init;
#[cfg(feature = "client")]
mod results;
#[cfg(feature = "rules")]
mod rules;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "values")]
mod send_once;
#[cfg(feature = "client")]
mod stream;
#[cfg(feature = "errors")]
mod values_out;

/// What the WebAssembly works in, of the instance that is in use.
#[cfg(feature = "errors")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = sharedMemory)]
#[must_use]
pub fn shared_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
