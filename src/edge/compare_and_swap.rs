//! Steps on a store that compares and swaps: Redis, Deno KV and the like.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Code, SmsError};
use crate::guard::ledger::{Change, apply};

/// How often a step is tried while others change the same key.
const TRIES: u32 = 64;
/// The longest wait between two tries, in milliseconds.
const MAX_WAIT_MS: u32 = 64;
/// How long a step may take with all its tries, in milliseconds: a store that hangs must not hold requests.
const STEP_MS: i64 = 5_000;
/// How far the store's clock may be ahead of ours, in milliseconds: what it removes early, nobody counts any more.
const CLOCKS_APART_MS: i64 = 60_000;

/// A value, and the version that it is of.
pub type Found = (Vec<u8>, String);

/// A store of the user's. What it fails with ends the step.
pub trait CompareAndSwap {
    /// The value of a key, within so many milliseconds.
    fn get(&self, key: &str, left_ms: u32) -> impl Future<Output = Result<Option<Found>, Failed>>;

    /// Writes where the version is still this one, within so many milliseconds. Whether it did.
    fn swap(
        &self,
        key: &str,
        version: Option<&str>,
        value: &[u8],
        expires_at: i64,
        left_ms: u32,
    ) -> impl Future<Output = Result<bool, Failed>>;

    /// Waits for a random time of at most so many milliseconds.
    fn pause(&self, most_ms: u32) -> impl Future<Output = ()>;

    /// The time in milliseconds since 1970.
    fn now(&self) -> i64;
}

/// Why a store gave no answer.
pub enum Failed {
    /// It took too long.
    Late,
    /// It gave something else than it should.
    Wrong(SmsError),
    /// It failed in a way of its own, which is passed on as it is.
    Thrown,
}

/// Carries out a command on a key, and gives the decision.
///
/// # Errors
/// [`Failed::Thrown`] as the store failed; `timeout` after 5 seconds; `throttled` where too many change the key at once;
/// `invalid_argument` for a store that answers otherwise than documented, or a command that is not ours.
pub async fn step(store: &impl CompareAndSwap, key: &str, command: &[u8]) -> Result<Vec<u8>, Failed> {
    let begun = store.now();
    let left = || match u32::try_from(STEP_MS.min(begun.saturating_add(STEP_MS) - store.now())) {
        Ok(0) | Err(_) => Err(Failed::Late),
        Ok(left) => Ok(left),
    };
    for tries in 1..=TRIES {
        let found = store.get(key, left()?).await?;
        let version = found.as_ref().map(|(_, version)| version.as_str());
        // What was removed is empty until it expires.
        let before = found.as_ref().map(|(value, _)| value.as_slice()).filter(|value| !value.is_empty());
        let now = store.now();
        let applied =
            apply(before, command, now).map_err(|_| Failed::Wrong(SmsError::argument("command", NOT_OURS)))?;
        let (state, expires_at) = match applied.change {
            Change::Nothing => return Ok(applied.decision),
            Change::Remove => (Vec::new(), now),
            Change::Store { state, expires_at } => (state, expires_at),
        };
        // What nobody waits for any more need not count.
        let left_ms = left()?;
        if store.swap(key, version, &state, expires_at.saturating_add(CLOCKS_APART_MS), left_ms).await? {
            return Ok(applied.decision);
        }
        store.pause(2_u32.saturating_pow(tries).min(MAX_WAIT_MS)).await;
    }
    let message = "too many change the same key of the store at once";
    Err(Failed::Wrong(SmsError::refused(Code::Throttled, message)))
}

/// A step that came to no end in time.
#[must_use]
pub fn late() -> SmsError {
    SmsError::refused(Code::Timeout, "the store took longer than 5000 ms")
}

const NOT_OURS: &str = "the command, or what is stored under its key, is not xinshi's";
