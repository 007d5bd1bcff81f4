//! JavaScript's side of the boundary, and the only folder that knows it. No logic: values are handed over and calls made.
//!
//! Objects cross as JSON text, bytes as `Uint8Array`; the entries in `pkg-template` give them their public shape.

// wasm-bindgen hands over what it owns.
#![allow(clippy::needless_pass_by_value)]

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "edge")]
mod edge;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod transport;
