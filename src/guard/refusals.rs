//! [`Refusals`]: what was refused a moment ago, in memory, so that what would be refused again costs nothing.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The keys that are remembered.
const REMEMBERED: usize = 20_000;
/// How long a refusal is believed, in milliseconds. What was taken back meanwhile, by another process, is refused so long.
const BELIEVED_MS: i64 = 10_000;
/// How long a key stays hot after a refusal, in milliseconds.
const HOT_MS: i64 = 86_400_000;

/// Refusals by key. One a process: it saves work, and the ledger limits.
#[derive(Debug)]
pub struct Refusals {
    /// For how many milliseconds a refusal counts, where it holds so long.
    believed_ms: i64,
    by_key: BTreeMap<String, Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    /// When it was heard of, in milliseconds since 1970.
    at: i64,
    /// Until when it holds, in milliseconds since 1970.
    until: i64,
}

impl Refusal {
    fn is_believed(&self, believed_ms: i64, now: i64) -> bool {
        (self.at..self.until.min(self.at.saturating_add(believed_ms))).contains(&now)
    }
}

impl Refusals {
    /// Those that are repeated without asking: for ten seconds.
    #[must_use]
    pub const fn to_repeat() -> Self {
        Self { believed_ms: BELIEVED_MS, by_key: BTreeMap::new() }
    }

    /// Those that show that a key is hot: for a day. Nothing is refused by them.
    #[must_use]
    pub const fn hot() -> Self {
        Self { believed_ms: HOT_MS, by_key: BTreeMap::new() }
    }

    /// Until when a key is refused, where that is known, in milliseconds since 1970.
    #[must_use]
    pub fn until(&self, key: &str, now: i64) -> Option<i64> {
        self.by_key.get(key).filter(|refusal| refusal.is_believed(self.believed_ms, now)).map(|refusal| refusal.until)
    }

    /// Remembers that a key is refused until a time in milliseconds since 1970.
    pub fn remember(&mut self, key: &str, until: i64, now: i64) {
        if self.by_key.len() >= REMEMBERED {
            let believed_ms = self.believed_ms;
            self.by_key.retain(|_, refusal| refusal.is_believed(believed_ms, now));
            if self.by_key.len() >= REMEMBERED {
                // More than these at once: an attack by many, whom this would not stop.
                self.by_key.clear();
            }
        }
        self.by_key.insert(key.to_owned(), Refusal { at: now, until });
    }

    /// Forgets a key: something of it was taken back.
    pub fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_believed_as_long_as_it_holds_and_ten_seconds_at_most() {
        let mut refusals = Refusals::to_repeat();
        refusals.remember("n:1", 60_000, 0);
        refusals.remember("n:2", 5_000, 0);
        let until = |key, now| refusals.until(key, now);
        assert_eq!((until("n:1", 9_999), until("n:1", 10_000)), (Some(60_000), None));
        assert_eq!((until("n:2", 4_999), until("n:2", 5_000)), (Some(5_000), None));
        assert_eq!((until("n:3", 0), until("n:1", -1)), (None, None), "nor by a clock that was set back");
        refusals.forget("n:1");
        assert_eq!(refusals.until("n:1", 0), None);
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut refusals = Refusals::to_repeat();
        for key in 0..100_000_i64 {
            refusals.remember(&alloc::format!("{key}"), i64::MAX, key);
            assert!(refusals.by_key.len() <= REMEMBERED);
        }
        assert!(refusals.until("99999", 99_999).is_some(), "those that are over make room");
    }
}
