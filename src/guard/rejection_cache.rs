//! [`RejectionCache`]: caches recent rejections in memory, so that repeating one costs no call to the store.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The maximum number of keys.
const MAX_KEYS: usize = 20_000;
/// Milliseconds for which a cached rejection applies. If another process releases the limit meanwhile, the cache
/// rejects for this long too much.
const REPEAT_TTL_MS: i64 = 10_000;
/// Milliseconds for which a key counts as hot after a rejection.
const HOT_TTL_MS: i64 = 86_400_000;

/// Rejections by key. One for each process: it saves work, and the ledger enforces the limits.
#[derive(Debug)]
pub struct RejectionCache {
    /// The maximum number of milliseconds for which a rejection is cached.
    ttl_ms: i64,
    by_key: BTreeMap<String, CachedRejection>,
}

#[derive(Clone, Copy, Debug)]
struct CachedRejection {
    /// The time at which the rejection was cached, in milliseconds since the Unix epoch.
    seen_at: i64,
    /// The time until which the limit rejects, in milliseconds since the Unix epoch.
    until: i64,
}

impl CachedRejection {
    fn is_fresh(&self, believed_ms: i64, now: i64) -> bool {
        (self.seen_at..self.until.min(self.seen_at.saturating_add(believed_ms))).contains(&now)
    }
}

impl RejectionCache {
    /// A cache of rejections to repeat without a call: for ten seconds.
    #[must_use]
    pub const fn for_repeats() -> Self {
        Self { ttl_ms: REPEAT_TTL_MS, by_key: BTreeMap::new() }
    }

    /// A cache of rejections that mark a key as hot: for a day. It rejects nothing itself.
    #[must_use]
    pub const fn for_hot_keys() -> Self {
        Self { ttl_ms: HOT_TTL_MS, by_key: BTreeMap::new() }
    }

    /// The time until which a cached rejection of a key holds, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn rejected_until(&self, key: &str, now: i64) -> Option<i64> {
        self.by_key.get(key).filter(|rejection| rejection.is_fresh(self.ttl_ms, now)).map(|rejection| rejection.until)
    }

    /// Caches the rejection of a key until a time in milliseconds since the Unix epoch.
    pub fn remember(&mut self, key: &str, until: i64, now: i64) {
        if self.by_key.len() >= MAX_KEYS {
            let believed_ms = self.ttl_ms;
            self.by_key.retain(|_, rejection| rejection.is_fresh(believed_ms, now));
            if self.by_key.len() >= MAX_KEYS {
                // More keys than this at once are an attack by many addresses, which this cache cannot stop.
                self.by_key.clear();
            }
        }
        self.by_key.insert(key.to_owned(), CachedRejection { seen_at: now, until });
    }

    /// Removes a key, since an event of it was released.
    pub fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_is_cached_until_its_end_and_ten_seconds_at_most() {
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
    fn memory_is_bounded() {
        let mut cache = RejectionCache::for_repeats();
        for key in 0..100_000_i64 {
            cache.remember(&alloc::format!("{key}"), i64::MAX, key);
            assert!(cache.by_key.len() <= MAX_KEYS);
        }
        assert!(cache.rejected_until("99999", 99_999).is_some(), "those that are over make room");
    }
}
