//! The boundary to JavaScript, and the only crate that knows it. It converts values and makes calls, and decides nothing about a text,
//! a limit or a code. `docs/architecture.md` draws it.
//!
//! A message: `pkg-template/client/send.js` calls `client.rs`, which reads the caller's values (`values_in.rs`) and returns a
//! promise; the core awaits `exchange.rs`, which sends one request by the host's functions (`imports.rs`) and reads its
//! reply (`stream.rs`); outcomes, answers and events leave as values (`js_outcome.rs`, `results.rs`, `values_out.rs`). Plans and the
//! recipients of bulks cross as bytes (`plan_memory.rs`). `host/guard.js` guards every call against faults.
//!
//! A code: `pkg-template/edge/handler.js` calls `edge/js_handler.rs`, which spawns a task of the core's handler; the task's
//! effects (`edge/bridge.rs`) are run by `pkg-template/edge/executor.js`.

// wasm-bindgen passes owned values, and its macros expand to `unsafe`.
#![allow(clippy::needless_pass_by_value, missing_docs, unsafe_code)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", not(feature = "sandbox")))]
mod allocator;
#[cfg(feature = "client")]
mod client;
#[cfg(any(feature = "client", feature = "edge"))]
mod definitions;
#[cfg(feature = "edge")]
mod edge;
#[cfg(feature = "client")]
mod exchange;
#[cfg(feature = "values")]
mod gbk_table;
#[cfg(feature = "client")]
mod imports;
#[cfg(feature = "define")]
mod js_definition;
#[cfg(feature = "errors")]
mod js_error;
#[cfg(any(feature = "client", feature = "edge"))]
mod js_outcome;
#[cfg(feature = "client")]
mod js_push;
#[cfg(feature = "rules")]
mod js_rules;
#[cfg(feature = "client")]
mod js_send_many;
#[cfg(feature = "client")]
mod loaded_rules;
#[cfg(feature = "edge")]
mod opaque;
#[cfg(feature = "client")]
mod plan_memory;
#[cfg(any(feature = "client", feature = "edge"))]
mod random_source;
#[cfg(any(feature = "client", feature = "edge"))]
mod request_init;
#[cfg(feature = "client")]
mod results;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(any(feature = "client", feature = "edge"))]
mod send_once;
#[cfg(feature = "client")]
mod stream;
#[cfg(feature = "values")]
mod values_in;
#[cfg(feature = "errors")]
mod values_out;
#[cfg(feature = "work")]
mod work;

/// The memory of the current instance.
#[cfg(feature = "errors")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = sharedMemory)]
#[must_use]
pub fn shared_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
