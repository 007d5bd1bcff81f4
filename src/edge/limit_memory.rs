//! [`LimitMemory`]: one process's cache of rejected sends. A repeated rejection costs no step on a key. The ledger
//! makes the limits; a lost entry only costs a step.

use alloc::string::String;
use core::cell::RefCell;

use crate::edge::short_hash::hash;
use crate::guard::attempts::Attempts;
use crate::guard::rejection_cache::RejectionCache;
use crate::guard::reserve_send::ReserveSend;
use crate::otp::keyring::NumberKey;

/// The maximum number of rejections by vendors for one number in an hour.
const MAX_VENDOR_REJECTIONS: u32 = 10;
/// Milliseconds for which the memory keeps where a captcha or work was required.
const DEMANDS_MS: i64 = 600_000;

/// A cache of rejections.
pub(super) struct LimitMemory {
    /// Numbers to which vendors rejected a text in the last hour.
    vendor_rejections: RefCell<Attempts>,
    /// Numbers that a limit rejected in the last seconds.
    rejections: RefCell<RejectionCache>,
    /// Addresses, tokens and prefixes that a limit rejected in the last seconds.
    hot_keys: RefCell<RejectionCache>,
    /// Numbers, addresses and prefixes that required a captcha or work lately.
    demands: RefCell<Attempts>,
}

impl Default for LimitMemory {
    fn default() -> Self {
        Self {
            vendor_rejections: RefCell::new(Attempts::new(3_600_000)),
            rejections: RefCell::new(RejectionCache::for_repeats()),
            hot_keys: RefCell::new(RejectionCache::for_hot_keys()),
            demands: RefCell::new(Attempts::new(DEMANDS_MS)),
        }
    }
}

impl LimitMemory {
    /// Milliseconds until a number may be sent to again after too many rejections by vendors. They count against no
    /// other limit, and each costs calls.
    pub(super) fn vendor_rejection_wait(&self, number: &NumberKey, now: i64) -> Option<i64> {
        self.vendor_rejections.borrow().wait(number_hash(number), MAX_VENDOR_REJECTIONS, now)
    }

    /// Counts a text that vendors rejected.
    pub(super) fn count_vendor_rejection(&self, number: &NumberKey, now: i64) {
        self.vendor_rejections.borrow_mut().count(number_hash(number), now);
    }

    /// The time until which a number is rejected, if known, in milliseconds since the Unix epoch. `key` is a
    /// [`rejection_key`].
    pub(super) fn rejected_until(&self, key: &str, now: i64) -> Option<i64> {
        self.rejections.borrow().rejected_until(key, now)
    }

    /// Stores that a number is rejected until a time in milliseconds since the Unix epoch.
    pub(super) fn remember_rejection(&self, key: &str, until: i64, now: i64) {
        self.rejections.borrow_mut().remember(key, until, now);
    }

    /// Whether a limit rejected a counter's key in the last seconds.
    pub(super) fn is_hot(&self, key: &str, now: i64) -> bool {
        self.hot_keys.borrow().rejected_until(key, now).is_some()
    }

    /// Stores that a counter's key is rejected until a time in milliseconds since the Unix epoch.
    pub(super) fn remember_hot(&self, key: &str, until: i64, now: i64) {
        self.hot_keys.borrow_mut().remember(key, until, now);
    }

    /// Removes a number's cached rejections, since an event of it was released.
    pub(super) fn forget_rejections(&self, key: &str) {
        let mut rejections = self.rejections.borrow_mut();
        for requester in REQUESTERS {
            rejections.forget(&[key, requester].concat());
        }
    }

    /// Counts that a key required a captcha or work. Returns how often it did lately, as far as this process knows.
    pub(super) fn count_demand(&self, key: &str, now: i64) -> u32 {
        let mut demands = self.demands.borrow_mut();
        let key = hash(key).into();
        demands.count(key, now);
        demands.of(key, now)
    }
}

/// The key of a cached rejection. A send that is rejected for one requester may be granted for a trusted one or for one who
/// did some work, or require a captcha.
pub(super) fn rejection_key(number: &str, send_command: &ReserveSend) -> String {
    let requester = match send_command {
        ReserveSend { trusted: true, .. } => REQUESTERS[0],
        ReserveSend { work: Some(_), .. } => REQUESTERS[1],
        ReserveSend { captcha_available: true, .. } => REQUESTERS[2],
        _ => REQUESTERS[3],
    };
    [number, requester].concat()
}

/// The kinds of requester that make a difference: trusted, with work, one who can be asked for a captcha, anybody else.
const REQUESTERS: [&str; 4] = ["k", "w", "a", ""];

/// A number's key in memory.
fn number_hash(number: &NumberKey) -> u64 {
    number.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_rejection_is_forgotten_for_every_kind_of_caller() {
        let memory = LimitMemory::default();
        for requester in REQUESTERS {
            memory.remember_rejection(&["n:1", requester].concat(), 5000, 0);
        }
        assert_eq!(memory.rejected_until("n:1k", 0), Some(5000));
        memory.forget_rejections("n:1");
        for requester in REQUESTERS {
            assert_eq!(memory.rejected_until(&["n:1", requester].concat(), 0), None);
        }
    }

    #[test]
    fn captcha_requirements_of_a_key_count_for_ten_minutes() {
        let memory = LimitMemory::default();
        assert_eq!([0, 1, 2].map(|now| memory.count_demand("p:1", now)), [1, 2, 3]);
        assert_eq!((memory.count_demand("p:2", 3), memory.count_demand("p:1", DEMANDS_MS)), (1, 1));
    }

    #[test]
    fn number_waits_after_ten_vendor_rejections() {
        let (memory, number) = (LimitMemory::default(), [1; 11]);
        for _ in 0..MAX_VENDOR_REJECTIONS {
            assert_eq!(memory.vendor_rejection_wait(&number, 0), None);
            memory.count_vendor_rejection(&number, 0);
        }
        assert_eq!(memory.vendor_rejection_wait(&number, 1000), Some(3_599_000));
        assert_eq!(memory.vendor_rejection_wait(&[2; 11], 1000), None, "another number");
    }
}
