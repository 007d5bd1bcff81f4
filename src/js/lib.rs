//! The boundary to JavaScript, and the only crate that knows it. It contains no logic: it converts values and makes
//! calls.
//!
//! A message: `client.rs` reads the caller's values (`given.rs`) and returns a promise; the core awaits `exchange.rs`,
//! which sends one request by the host's functions (`host.rs`) and reads its reply (`stream.rs`); outcomes, answers and
//! events leave as values (`leaving.rs`, `values.rs`). Plans and the recipients of bulks cross as bytes (`page.rs`).
//! `edge/` has the handler. `host/guard.js` guards every call against faults.

// wasm-bindgen passes owned values, and its macros expand to `unsafe`.
#![allow(clippy::needless_pass_by_value, missing_docs, unsafe_code)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", not(feature = "sandbox")))]
mod allocator;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "edge")]
mod edge;
#[cfg(feature = "values")]
mod entropy;
#[cfg(feature = "values")]
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
mod outgoing;
#[cfg(feature = "client")]
mod page;
#[cfg(feature = "client")]
mod push;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod send_many;
#[cfg(feature = "values")]
mod send_once;
#[cfg(feature = "client")]
mod stream;
#[cfg(feature = "values")]
mod values;

/// The memory of the current instance.
#[cfg(feature = "values")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = sharedMemory)]
#[must_use]
pub fn shared_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
