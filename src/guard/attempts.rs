//! [`Attempts`]: a cap on what one address may try, in memory, so that hammering that is refused costs nothing.

use alloc::collections::BTreeMap;

/// Attempts of one address in [`WINDOW_MS`].
pub const LIMIT: u32 = 60;
/// The window, in milliseconds. It does not roll: it begins with an address's first attempt.
pub const WINDOW_MS: i64 = 60_000;
/// The addresses that are remembered.
const ADDRESSES: usize = 20_000;

/// What addresses tried lately. One a process: it saves work, and the ledger limits.
#[derive(Debug, Default)]
pub struct Attempts(BTreeMap<u64, (i64, u32)>);

impl Attempts {
    /// Counts an attempt, and tells in how many milliseconds to come again where there were too many.
    pub fn refuse(&mut self, address: u64, now: i64) -> Option<i64> {
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&address) {
            self.0.retain(|_, (begun, _)| (0..WINDOW_MS).contains(&(now - *begun)));
            if self.0.len() >= ADDRESSES {
                // More addresses than this in a minute: an attack by many, whom this cap would not stop.
                self.0.clear();
            }
        }
        let (begun, count) = self.0.entry(address).or_insert((now, 0));
        if !(0..WINDOW_MS).contains(&(now - *begun)) {
            (*begun, *count) = (now, 0);
        }
        if *count >= LIMIT {
            return Some(*begun + WINDOW_MS - now);
        }
        *count += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_an_address_and_no_other() {
        let mut attempts = Attempts::default();
        assert!((0..LIMIT).all(|_| attempts.refuse(1, 5000).is_none()));
        assert_eq!(attempts.refuse(1, 6000), Some(59_000));
        assert_eq!(attempts.refuse(2, 6000), None);
        assert_eq!(attempts.refuse(1, 65_000), None);
        assert_eq!(attempts.refuse(1, 0), None, "a clock that was set back");
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut attempts = Attempts::default();
        for address in 0..200_000 {
            attempts.refuse(address, 0);
            assert!(attempts.0.len() <= ADDRESSES);
        }
    }
}
