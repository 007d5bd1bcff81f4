//! The laws for sending, each with the test that proves it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod input;
mod javascript;
mod redaction;
mod replies;
mod secrets;
#[path = "../world/mod.rs"]
mod world;
