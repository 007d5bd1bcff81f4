//! The boundary to JavaScript, and the only crate that knows it. It contains no logic: it converts values and makes
//! calls.
//!
//! A message: `client.rs` reads the caller's values (`values_in.rs`) and returns a promise; the core awaits `exchange.rs`,
//! which sends one request by the host's functions (`imports.rs`) and reads its reply (`stream.rs`); outcomes, answers and
//! events leave as values (`results.rs`, `values_out.rs`). Plans and the recipients of bulks cross as bytes (`plan_memory.rs`).
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
#[cfg(feature = "client")]
mod exchange;
#[cfg(feature = "values")]
mod gbk_table;
#[cfg(feature = "client")]
mod imports;
#[cfg(feature = "values")]
mod js_error;
#[cfg(feature = "client")]
mod js_push;
#[cfg(feature = "client")]
mod js_send_many;
#[cfg(feature = "edge")]
mod opaque;
#[cfg(feature = "client")]
mod plan_memory;
#[cfg(feature = "values")]
mod random_source;
#[cfg(feature = "values")]
mod request_init;
#[cfg(feature = "client")]
mod results;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "values")]
mod send_once;
#[cfg(feature = "client")]
mod stream;
#[cfg(feature = "values")]
mod values_in;
#[cfg(feature = "values")]
mod values_out;
#[cfg(feature = "work")]
mod work;

/// The memory of the current instance.
#[cfg(feature = "values")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = sharedMemory)]
#[must_use]
pub fn shared_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
