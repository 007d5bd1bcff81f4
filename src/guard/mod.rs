//! The limits: what may happen how often, decided in one atomic step a key.
//!
//! A [`ledger`] is a pure reducer: what is stored for one key, a command and the time give what is decided and what is
//! stored from now on. It runs beside the state: in a Durable Object, or in the process around a compare-and-swap. A key is
//! an address, a token, a number prefix, everything ([`counter`]), a [`number`], a request that may be repeated
//! ([`idempotency`]) or the [`statistics`]; all count by the same rolling windows ([`sliding_log`]) under the same [`rule`]s.

pub mod attempts;
pub mod challenge_source;
pub mod counter;
pub mod delivery;
pub mod idempotency;
pub mod ledger;
pub mod marketing;
pub mod number;
mod number_state;
pub mod reach;
pub mod rejection_cache;
pub mod rule;
pub mod sliding_log;
pub mod statistics;
