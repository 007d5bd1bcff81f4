//! JavaScript's side of the boundary, and the only folder that knows it. No logic: values are handed over and calls made.
//!
//! A message's way through it: `client.rs` reads what the caller gave (`values.rs`) and gives a promise; the core awaits
//! `exchange.rs`, which lets one request leave by what the host has (`host.rs`) and reads its reply (`stream.rs`); outcomes,
//! answers and events leave as values (`leaving.rs`). Plans and the recipients of bulks cross as bytes (`page.rs`). A code's way
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
#[cfg(feature = "values")]
mod entropy;
#[cfg(feature = "errors")]
mod error;
#[cfg(feature = "client")]
mod exchange;
#[cfg(feature = "values")]
mod gbk;
#[cfg(feature = "values")]
mod given;
#[cfg(feature = "client")]
mod host;
#[cfg(feature = "client")]
mod leaving;
#[cfg(feature = "edge")]
mod opaque;
#[cfg(feature = "values")]
mod outcome;
#[cfg(feature = "values")]
mod outgoing;
#[cfg(feature = "client")]
mod page;
#[cfg(feature = "client")]
mod push;
#[cfg(feature = "rules")]
mod rules;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod send_many;
#[cfg(feature = "values")]
mod send_once;
#[cfg(feature = "client")]
mod stream;
#[cfg(feature = "errors")]
mod values;

/// What the WebAssembly works in, of the instance that is in use.
#[cfg(feature = "errors")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = sharedMemory)]
#[must_use]
pub fn shared_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
