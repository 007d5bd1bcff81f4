//! [`Attempts`]: counts attempts in memory, so that rejecting repeated ones costs no call to the store.

use alloc::collections::BTreeMap;

/// The maximum number of keys.
const MAX_KEYS: usize = 20_000;

/// Attempts by key, such as an address. One for each process: it saves work, and the ledger enforces the limits.
#[derive(Debug)]
pub struct Attempts {
    /// The window, in milliseconds. It is fixed and not rolling: it begins with a key's first attempt.
    window_ms: i64,
    windows: BTreeMap<u64, (i64, u32)>,
}

impl Attempts {
    /// Counts attempts in windows of this many milliseconds.
    #[must_use]
    pub const fn new(window_ms: i64) -> Self {
        Self { window_ms, windows: BTreeMap::new() }
    }

    /// Milliseconds until a key may try again, if it has made `limit` attempts.
    #[must_use]
    pub fn wait(&self, key: u64, limit: u32, now: i64) -> Option<i64> {
        let (started_at, count) = self.windows.get(&key)?;
        let passed = now - started_at;
        (*count >= limit && (0..self.window_ms).contains(&passed)).then_some(self.window_ms - passed)
    }

    /// The attempts that a key has made in its window.
    #[must_use]
    pub fn of(&self, key: u64, now: i64) -> u32 {
        let in_window = |(started_at, _): &&(i64, u32)| (0..self.window_ms).contains(&(now - started_at));
        self.windows.get(&key).filter(in_window).map_or(0, |(_, count)| *count)
    }

    /// Sets the attempts of a key to zero.
    pub fn clear(&mut self, key: u64) {
        if let Some((_, count)) = self.windows.get_mut(&key) {
            *count = 0;
        }
    }

    /// Counts an attempt.
    pub fn count(&mut self, key: u64, now: i64) {
        let window = 0..self.window_ms;
        if self.windows.len() >= MAX_KEYS && !self.windows.contains_key(&key) {
            self.windows.retain(|_, (started_at, _)| window.contains(&(now - *started_at)));
            if self.windows.len() >= MAX_KEYS {
                // More keys than this in one window are an attack by many addresses, which this count cannot stop.
                self.windows.clear();
            }
        }
        let (started_at, count) = self.windows.entry(key).or_insert((now, 0));
        if !window.contains(&(now - *started_at)) {
            (*started_at, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_capped_alone() {
        let mut attempts = Attempts::new(60_000);
        for _ in 0..3 {
            assert_eq!(attempts.wait(1, 3, 5000), None);
            attempts.count(1, 5000);
        }
        assert_eq!(attempts.wait(1, 3, 6000), Some(59_000));
        assert_eq!((attempts.of(1, 6000), attempts.of(2, 6000), attempts.of(1, 65_000)), (3, 0, 0));
        assert_eq!((attempts.wait(1, 4, 6000), attempts.wait(2, 3, 6000)), (None, None));
        assert_eq!(attempts.wait(1, 3, 65_000), None);
        assert_eq!(attempts.wait(1, 3, 0), None, "a clock that was set back");
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::new(60_000);
        for key in 0..200_000 {
            attempts.count(key, 0);
            assert!(attempts.windows.len() <= MAX_KEYS);
        }
    }
}
