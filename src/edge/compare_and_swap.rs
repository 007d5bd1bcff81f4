//! Applies commands to a store that compares and swaps: Redis, Deno KV and the like.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Code, SmsError};
use crate::guard::ledger::{self, StateChange};

/// The maximum number of attempts while others change the same key.
const MAX_TRIES: u32 = 64;
/// The longest wait between two attempts, in milliseconds.
const MAX_WAIT_MS: u32 = 64;
/// The time limit of a step with all its attempts, in milliseconds: a store that hangs must not hold requests.
const STEP_TIMEOUT_MS: i64 = 5_000;
/// The maximum lead of the store's clock, in milliseconds: rows are kept that much longer, so that a store with a fast
/// clock removes none that still counts.
const MAX_CLOCK_SKEW_MS: i64 = 60_000;

/// A value, and its version.
pub type VersionedValue = (Vec<u8>, String);

/// A store of the user's. Its first error ends the step.
pub trait CompareAndSwap {
    /// Reads a key. The store has `left_ms` milliseconds.
    fn get(&self, key: &str, left_ms: u32) -> impl Future<Output = Result<Option<VersionedValue>, StoreError>>;

    /// Writes a key if its version is still `version` ([`None`]: if it has no value). Returns whether it did. The store
    /// has `left_ms` milliseconds.
    fn swap(
        &self,
        key: &str,
        version: Option<&str>,
        value: &[u8],
        expires_at: i64,
        left_ms: u32,
    ) -> impl Future<Output = Result<bool, StoreError>>;

    /// Waits for a random time of at most `most_ms` milliseconds.
    fn pause(&self, most_ms: u32) -> impl Future<Output = ()>;

    /// The time in milliseconds since the Unix epoch.
    fn now(&self) -> i64;
}

/// The reason why a step has no decision.
pub enum StoreError {
    /// It took longer than 5 seconds.
    TimedOut,
    /// The store broke its contract, or others kept changing the key.
    Sms(SmsError),
    /// The store threw an error of its own, which the caller holds.
    Thrown,
}

/// Applies a command to a key, and returns the decision.
///
/// # Errors
/// [`StoreError::Thrown`] if the store failed; `timeout` after 5 seconds; `throttled` if too many processes change the
/// key at once; `invalid_argument` for a store that breaks its documented contract, or a command that the ledger did
/// not write.
pub async fn apply(store: &impl CompareAndSwap, key: &str, command: &[u8]) -> Result<Vec<u8>, StoreError> {
    let started_at = store.now();
    let left = || match u32::try_from(STEP_TIMEOUT_MS.min(started_at.saturating_add(STEP_TIMEOUT_MS) - store.now())) {
        Ok(0) | Err(_) => Err(StoreError::TimedOut),
        Ok(left) => Ok(left),
    };
    for tries in 1..=MAX_TRIES {
        let found = store.get(key, left()?).await?;
        let version = found.as_ref().map(|(_, version)| version.as_str());
        // A removed state is stored as an empty value until it expires.
        let before = found.as_ref().map(|(value, _)| value.as_slice()).filter(|value| !value.is_empty());
        let now = store.now();
        let applied = ledger::apply(before, command, now)
            .map_err(|_| StoreError::Sms(SmsError::argument("command", NOT_OURS)))?;
        let (state, expires_at) = match applied.change {
            StateChange::Nothing => return Ok(applied.decision),
            StateChange::Remove => (Vec::new(), now),
            StateChange::Store { state, expires_at } => (state, expires_at),
        };
        // Once the time is over nobody waits for the step, so it must not count.
        let left_ms = left()?;
        if store.swap(key, version, &state, expires_at.saturating_add(MAX_CLOCK_SKEW_MS), left_ms).await? {
            return Ok(applied.decision);
        }
        store.pause(2_u32.saturating_pow(tries).min(MAX_WAIT_MS)).await;
    }
    let message = "too many change the same key of the store at once";
    Err(StoreError::Sms(SmsError::not_sent(Code::Throttled, message)))
}

/// The error of a step that took too long.
#[must_use]
pub fn timeout_error() -> SmsError {
    SmsError::not_sent(Code::Timeout, "the store took longer than 5000 ms")
}

const NOT_OURS: &str = "the command, or what is stored under its key, is not xinshi's";
