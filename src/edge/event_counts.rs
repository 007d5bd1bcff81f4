//! [`EventCounts`]: the counts of events in this process that are not yet added to the statistics.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::cell::{Cell, RefCell};

use crate::edge::host::{Host, defer};
use crate::guard::ledger::Command;
use crate::guard::statistics::Counts;
use crate::otp::keyring::Keyring;

/// The key of the statistics, unless a tenant has its own.
const STATISTICS_KEY: &str = "stats";
/// Milliseconds for which counts stay in memory before they are added to the statistics.
const COUNTS_FLUSH_MS: i64 = 10_000;

/// Counts by name, in memory. A process that is stopped loses them.
pub(super) struct EventCounts {
    /// The key of the statistics.
    key: String,
    counts: RefCell<Counts>,
    /// The time when they were last taken, in milliseconds since the Unix epoch.
    taken_at: Cell<i64>,
}

impl EventCounts {
    /// Counts for the statistics of a handler.
    pub(super) fn new(keyring: &Keyring) -> Self {
        let key = keyring.single_object_name(STATISTICS_KEY);
        Self { key, counts: RefCell::default(), taken_at: Cell::new(i64::MIN) }
    }

    /// The key of the statistics.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Counts an event for the statistics.
    #[inline(never)]
    pub(super) fn add(&self, name: &str) {
        self.add_many(name, 1);
    }

    /// Adds to a count.
    pub(super) fn add_many(&self, name: &str, more: u32) {
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(name.to_owned()).or_default();
        *count = count.saturating_add(more);
    }

    /// Takes the counts since the last call.
    pub(super) fn take(&self, now: i64) -> Counts {
        self.taken_at.set(now);
        self.counts.take()
    }

    /// Adds counts that are ten seconds old to the statistics, after the response.
    pub(super) fn flush(&self, host: &impl Host) {
        let now = host.now();
        let waited = now.saturating_sub(self.taken_at.get());
        if !(0..COUNTS_FLUSH_MS).contains(&waited) && !self.counts.borrow().is_empty() {
            let counts = self.take(now);
            defer(host, &self.key, &Command::AddCounts(counts));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_counts_start_again_at_zero() {
        let counts = EventCounts::new(&Keyring::new("pepper", &[]));
        assert_eq!(counts.key(), "stats");
        counts.add("sent");
        counts.add("sent");
        counts.add("rejected");
        assert_eq!(counts.take(0), Counts::from([("rejected".into(), 1), ("sent".into(), 2)]));
        assert!(counts.take(1).is_empty());
    }
}
