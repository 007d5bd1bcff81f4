//! [`Refusals`]: caches recent rejections in memory, so that repeating one costs no call to the store.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The maximum number of keys.
const REMEMBERED: usize = 20_000;
/// Milliseconds for which a cached rejection applies. If another process releases the limit meanwhile, the cache
/// rejects for this long too much.
const BELIEVED_MS: i64 = 10_000;
/// Milliseconds for which a key counts as hot after a rejection.
const HOT_MS: i64 = 86_400_000;

/// Rejections by key. One for each process: it saves work, and the ledger enforces the limits.
#[derive(Debug)]
pub struct Refusals {
    /// The maximum number of milliseconds for which a rejection is cached.
    believed_ms: i64,
    by_key: BTreeMap<String, Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    /// The time at which the rejection was cached, in milliseconds since the Unix epoch.
    at: i64,
    /// The time until which the limit rejects, in milliseconds since the Unix epoch.
    until: i64,
}

impl Refusal {
    fn is_believed(&self, believed_ms: i64, now: i64) -> bool {
        (self.at..self.until.min(self.at.saturating_add(believed_ms))).contains(&now)
    }
}

impl Refusals {
    /// A cache of rejections to repeat without a call: for ten seconds.
    #[must_use]
    pub const fn to_repeat() -> Self {
        Self { believed_ms: BELIEVED_MS, by_key: BTreeMap::new() }
    }

    /// A cache of rejections that mark a key as hot: for a day. It rejects nothing itself.
    #[must_use]
    pub const fn hot() -> Self {
        Self { believed_ms: HOT_MS, by_key: BTreeMap::new() }
    }

    /// The time until which a cached rejection of a key holds, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn until(&self, key: &str, now: i64) -> Option<i64> {
        self.by_key.get(key).filter(|refusal| refusal.is_believed(self.believed_ms, now)).map(|refusal| refusal.until)
    }

    /// Caches the rejection of a key until a time in milliseconds since the Unix epoch.
    pub fn remember(&mut self, key: &str, until: i64, now: i64) {
        if self.by_key.len() >= REMEMBERED {
            let believed_ms = self.believed_ms;
            self.by_key.retain(|_, refusal| refusal.is_believed(believed_ms, now));
            if self.by_key.len() >= REMEMBERED {
                // More keys than this at once are an attack by many addresses, which this cache cannot stop.
                self.by_key.clear();
            }
        }
        self.by_key.insert(key.to_owned(), Refusal { at: now, until });
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
