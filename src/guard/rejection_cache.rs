//! [`RejectionCache`]: what was refused a moment ago, in memory, so that what would be refused again costs nothing.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The keys that are remembered.
const MAX_KEYS: usize = 20_000;
/// How long a refusal is believed, in milliseconds. What was taken back meanwhile, by another process, is refused so long.
const REPEAT_TTL_MS: i64 = 10_000;
/// How long a key stays hot after a refusal, in milliseconds.
const HOT_TTL_MS: i64 = 86_400_000;

/// Refusals by key. One a process: it saves work, and the ledger limits.
#[derive(Debug)]
pub struct RejectionCache {
    /// For how many milliseconds a refusal counts, where it holds so long.
    ttl_ms: i64,
    by_key: BTreeMap<String, CachedRejection>,
}

#[derive(Clone, Copy, Debug)]
struct CachedRejection {
    /// When it was heard of, in milliseconds since 1970.
    seen_at: i64,
    /// Until when it holds, in milliseconds since 1970.
    until: i64,
}

impl CachedRejection {
    fn is_fresh(&self, believed_ms: i64, now: i64) -> bool {
        (self.seen_at..self.until.min(self.seen_at.saturating_add(believed_ms))).contains(&now)
    }
}

impl RejectionCache {
    /// Those that are repeated without asking: for ten seconds.
    #[must_use]
    pub const fn for_repeats() -> Self {
        Self { ttl_ms: REPEAT_TTL_MS, by_key: BTreeMap::new() }
    }

    /// Those that show that a key is hot: for a day. Nothing is refused by them.
    #[must_use]
    pub const fn for_hot_keys() -> Self {
        Self { ttl_ms: HOT_TTL_MS, by_key: BTreeMap::new() }
    }

    /// Until when a key is refused, where that is known, in milliseconds since 1970.
    #[must_use]
    pub fn rejected_until(&self, key: &str, now: i64) -> Option<i64> {
        self.by_key.get(key).filter(|rejection| rejection.is_fresh(self.ttl_ms, now)).map(|rejection| rejection.until)
    }

    /// Remembers that a key is refused until a time in milliseconds since 1970.
    pub fn remember(&mut self, key: &str, until: i64, now: i64) {
        if self.by_key.len() >= MAX_KEYS {
            let believed_ms = self.ttl_ms;
            self.by_key.retain(|_, rejection| rejection.is_fresh(believed_ms, now));
            if self.by_key.len() >= MAX_KEYS {
                // More than these at once: an attack by many, whom this would not stop.
                self.by_key.clear();
            }
        }
        self.by_key.insert(key.to_owned(), CachedRejection { seen_at: now, until });
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
        let mut cache = RejectionCache::for_repeats();
        cache.remember("n:1", 60_000, 0);
        cache.remember("n:2", 5_000, 0);
        let until = |key, now| cache.rejected_until(key, now);
        assert_eq!((until("n:1", 9_999), until("n:1", 10_000)), (Some(60_000), None));
        assert_eq!((until("n:2", 4_999), until("n:2", 5_000)), (Some(5_000), None));
        assert_eq!((until("n:3", 0), until("n:1", -1)), (None, None), "nor by a clock that was set back");
        cache.forget("n:1");
        assert_eq!(cache.rejected_until("n:1", 0), None);
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut cache = RejectionCache::for_repeats();
        for key in 0..100_000_i64 {
            cache.remember(&alloc::format!("{key}"), i64::MAX, key);
            assert!(cache.by_key.len() <= MAX_KEYS);
        }
        assert!(cache.rejected_until("99999", 99_999).is_some(), "those that are over make room");
    }
}
