//! [`DeliveryStats`]: the outcomes of each account's texts in the last hour, by carrier.

use alloc::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// The time that one bucket covers, in milliseconds.
const BUCKET_MS: i64 = 300_000;
/// The number of buckets: an hour, and the current one.
const MAX_BUCKETS: i64 = 12;
/// The maximum number of pairs of account and carrier in a bucket.
const MAX_KEYS: usize = 256;

/// Counts of the outcomes of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCounts {
    /// The number of texts that a vendor accepted.
    pub sent: u32,
    /// The number of texts whose code was entered.
    pub verified: u32,
    /// The number of texts that the vendor reports as delivered.
    pub delivered: u32,
    /// The number of texts that the vendor reports as failed.
    pub failed: u32,
}

/// Counts by account, as a hash of its name, and by carrier.
pub type CountsByAccount = BTreeMap<(u32, u8), DeliveryCounts>;

/// The stored state: sums by the bucket's number since the Unix epoch, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStats {
    buckets: VecDeque<(i64, CountsByAccount)>,
}

impl DeliveryCounts {
    /// Adds other counts.
    pub fn add(&mut self, others: &Self) {
        self.sent = self.sent.saturating_add(others.sent);
        self.verified = self.verified.saturating_add(others.verified);
        self.delivered = self.delivered.saturating_add(others.delivered);
        self.failed = self.failed.saturating_add(others.failed);
    }
}

impl DeliveryStats {
    /// Adds recent counts, and returns the sums of the last hour.
    pub fn add(&mut self, more: &CountsByAccount, now: i64) -> CountsByAccount {
        let bucket = self.buckets.back().map_or(i64::MIN, |(last, _)| *last).max(now.div_euclid(BUCKET_MS));
        while self.buckets.front().is_some_and(|(first, _)| *first < bucket - MAX_BUCKETS) {
            self.buckets.pop_front();
        }
        if !more.is_empty() {
            if self.buckets.back().is_none_or(|(last, _)| *last != bucket) {
                self.buckets.push_back((bucket, CountsByAccount::new()));
            }
            if let Some((_, sums)) = self.buckets.back_mut() {
                for (key, counts) in more {
                    if sums.len() < MAX_KEYS || sums.contains_key(key) {
                        sums.entry(*key).or_default().add(counts);
                    }
                }
            }
        }
        let mut all = CountsByAccount::new();
        for (key, counts) in self.buckets.iter().flat_map(|(_, sums)| sums) {
            all.entry(*key).or_default().add(counts);
        }
        all
    }

    /// The time at which no sum counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let last = self.buckets.back().map_or(0, |(bucket, _)| *bucket);
        last.saturating_add(MAX_BUCKETS + 1).saturating_mul(BUCKET_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_by_hour() {
        let mut stats = DeliveryStats::default();
        let sent = |sent| CountsByAccount::from([((1, 2), DeliveryCounts { sent, ..DeliveryCounts::default() })]);
        let sum = |sums: &CountsByAccount| sums.get(&(1, 2)).map_or(0, |counts| counts.sent);
        assert_eq!(sum(&stats.add(&sent(1), 0)), 1);
        assert_eq!(sum(&stats.add(&sent(2), 3_600_000)), 3);
        assert_eq!(sum(&stats.add(&CountsByAccount::new(), 3_900_000)), 2);
        assert_eq!(sum(&stats.add(&sent(4), 0)), 6, "time never runs back");
        assert_eq!(sum(&stats.add(&CountsByAccount::new(), 7_500_000)), 0);
    }
}
