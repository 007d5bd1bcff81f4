//! `xinshi` (信使, messenger): SMS through Chinese vendors, for JavaScript.
//!
//! One crate becomes three WebAssembly builds of one npm package, one for each cargo feature: `client` (`xinshi`),
//! `edge` (`xinshi/edge`) and `sandbox` (`xinshi/sandbox`). The modules stand in the order in which a message passes
//! them:
//!
//! ```text
//! send    Message ─ plan ─▶ vendor builds and signs a WireRequest ─▶ transport ─▶ vendor reads the reply ─▶ Outcome
//! verify  Request ─▶ route ─▶ reply                                     (limits and codes come between the two)
//! receipt push or pull ─▶ stored ─▶ read ─▶ matched to its text ─▶ the user's listener, queue and webhook
//! ```
//!
//! Between the ends everything is pure: no clock, no randomness, no I/O, no JavaScript. The caller passes in time and
//! random bytes, so that all of it runs and is tested natively. Only the crate at `src/js` knows JavaScript.

#![cfg_attr(not(any(feature = "sandbox", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "client")]
pub mod batch;
#[cfg(feature = "client")]
pub mod bulk;
#[cfg(feature = "client")]
pub mod carrier;
#[cfg(feature = "client")]
pub mod decimal;
#[cfg(feature = "client")]
pub mod digits;
#[cfg(feature = "client")]
pub mod error;
#[cfg(any(feature = "edge", feature = "rules"))]
pub mod hours;
#[cfg(feature = "client")]
pub mod intern;
#[cfg(feature = "edge")]
pub mod join;
#[cfg(feature = "client")]
pub mod message;
#[cfg(feature = "client")]
pub mod opt_out;
#[cfg(feature = "client")]
pub mod options;
#[cfg(feature = "client")]
pub mod outcome;
#[cfg(feature = "client")]
pub mod phone;
#[cfg(feature = "work")]
pub mod proof_of_work;
#[cfg(feature = "client")]
pub mod random;
#[cfg(feature = "client")]
pub mod reason;
#[cfg(feature = "client")]
pub mod reference;
#[cfg(feature = "client")]
mod search;
#[cfg(feature = "client")]
pub mod secret;
#[cfg(feature = "client")]
pub mod segments;
#[cfg(feature = "client")]
pub mod template;
#[cfg(feature = "client")]
pub mod template_params;
#[cfg(feature = "client")]
pub mod written_number;

#[cfg(feature = "client")]
pub mod wire;

#[cfg(feature = "client")]
pub mod vendor;

#[cfg(feature = "client")]
pub mod client;

#[cfg(feature = "rules")]
pub mod rules;

#[cfg(feature = "edge")]
pub mod guard;

#[cfg(feature = "edge")]
pub mod otp;

#[cfg(feature = "edge")]
pub mod receipts;

#[cfg(feature = "edge")]
pub mod edge;

#[cfg(feature = "sandbox")]
pub mod sandbox;
