//! [`Attempts`]: a cap on what is tried over and over, in memory, so that hammering that is refused costs nothing.

use alloc::collections::BTreeMap;

/// The keys that are remembered.
const MAX_KEYS: usize = 20_000;

/// What was tried lately, by who or what it was. One a process: it saves work, and the ledger limits.
#[derive(Debug)]
pub struct Attempts {
    /// In milliseconds. It does not roll: it begins with a key's first attempt.
    window_ms: i64,
    windows: BTreeMap<u64, (i64, u32)>,
}

impl Attempts {
    /// Remembers attempts for a window in milliseconds.
    #[must_use]
    pub const fn new(window_ms: i64) -> Self {
        Self { window_ms, windows: BTreeMap::new() }
    }

    /// In how many milliseconds a key may try again, where it tried `limit` times.
    #[must_use]
    pub fn wait(&self, key: u64, limit: u32, now: i64) -> Option<i64> {
        let (begun, count) = self.windows.get(&key)?;
        let passed = now - begun;
        (*count >= limit && (0..self.window_ms).contains(&passed)).then_some(self.window_ms - passed)
    }

    /// Counts an attempt.
    pub fn count(&mut self, key: u64, now: i64) {
        let window = 0..self.window_ms;
        if self.windows.len() >= MAX_KEYS && !self.windows.contains_key(&key) {
            self.windows.retain(|_, (begun, _)| window.contains(&(now - *begun)));
            if self.windows.len() >= MAX_KEYS {
                // More than this in one window: an attack by many, whom this cap would not stop.
                self.windows.clear();
            }
        }
        let (begun, count) = self.windows.entry(key).or_insert((now, 0));
        if !window.contains(&(now - *begun)) {
            (*begun, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_one_and_no_other() {
        let mut attempts = Attempts::new(60_000);
        for _ in 0..3 {
            assert_eq!(attempts.wait(1, 3, 5000), None);
            attempts.count(1, 5000);
        }
        assert_eq!(attempts.wait(1, 3, 6000), Some(59_000));
        assert_eq!((attempts.wait(1, 4, 6000), attempts.wait(2, 3, 6000)), (None, None));
        assert_eq!(attempts.wait(1, 3, 65_000), None);
        assert_eq!(attempts.wait(1, 3, 0), None, "a clock that was set back");
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut attempts = Attempts::new(60_000);
        for key in 0..200_000 {
            attempts.count(key, 0);
            assert!(attempts.windows.len() <= MAX_KEYS);
        }
    }
}
