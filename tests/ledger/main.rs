//! Compares the ledger with a naive log of all events: random histories of one key and of several, all short histories
//! over two numbers and two addresses, and bytes that the ledger did not write. Every step goes through
//! `ledger::apply`, so states are written and read between any two steps. Seeds are fixed: a test passes always or
//! never.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod bytes;
mod counter;
mod events;
mod exhaustive;
mod key;
mod model;
mod number;
mod send;
mod work;

use proptest::test_runner::{Config, RngSeed};

/// A configuration with a number of cases, the same in every run.
fn cases(cases: u32, seed: u64) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() }
}
