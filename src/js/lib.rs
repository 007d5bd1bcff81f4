//! JavaScript's side of the boundary, and the only folder that knows it. No logic: values are handed over and calls made.
//!
//! Objects cross as JSON text, bytes as `Uint8Array`, and what is often handed over by memory that both sides see (`page.rs`,
//! `room.rs`); the entries in `pkg-template` give them their public shape.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "sandbox")), no_std)]
// wasm-bindgen hands over what it owns, and its macros write `unsafe` of their own.
#![allow(clippy::needless_pass_by_value, missing_docs, unsafe_code)]

extern crate alloc;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "edge")]
mod desk;
#[cfg(feature = "edge")]
mod edge;
#[cfg(any(feature = "client", feature = "edge"))]
mod error;
#[cfg(any(feature = "client", feature = "edge"))]
mod failure;
#[cfg(any(feature = "client", feature = "edge"))]
mod gbk;
#[cfg(feature = "client")]
mod mailbox;
#[cfg(any(feature = "client", feature = "edge"))]
mod observer;
#[cfg(feature = "client")]
mod page;
#[cfg(feature = "edge")]
mod reducer;
#[cfg(feature = "edge")]
mod room;
#[cfg(all(target_arch = "wasm32", not(feature = "sandbox")))]
mod runtime;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod task;
