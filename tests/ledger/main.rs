//! The ledger against a naive log of all events: random histories of one key and of several, all short histories over two
//! numbers and two addresses, and bytes that nobody wrote. Everything goes through `ledger::apply`, so that what is stored is
//! written and read between any two steps. Seeds are fixed: a test passes always or never.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod bytes;
mod counter;
mod events;
mod exhaustive;
mod key;
mod model;
mod number;
mod send;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, always the same.
fn cases(cases: u32, seed: u64) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() }
}
