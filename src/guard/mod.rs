//! The limits: decided in one atomic step for each key.
//!
//! The [`ledger`] is a pure reducer: the state of one key, a command and the time give a decision and the new state. It
//! runs beside the stored state: in a Durable Object, or in the process around a compare-and-swap. A key is an address,
//! a token, a number prefix or everything ([`counter`]), a [`number`], an idempotency key ([`idempotency`]) or the
//! [`statistics`]. All limits count in the same rolling windows ([`sliding_log`]) under the same kind of [`rule`].

pub mod adaptive;
pub mod attempts;
pub mod challenge_source;
pub mod counter;
pub mod delivery;
pub mod guess;
pub mod idempotency;
pub mod ledger;
pub mod marketing_log;
pub mod number;
mod number_state;
pub mod number_work;
pub mod reach;
pub mod record_outcome;
pub mod rejection_cache;
pub mod reserve_send;
pub mod rule;
pub mod sliding_log;
pub mod statistics;
