//! [`Tally`]: the outcomes of each account's texts in the last hour, by carrier.

use alloc::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// The time that one bucket covers, in milliseconds.
const BUCKET_MS: i64 = 300_000;
/// The number of buckets: an hour, and the current one.
const BUCKETS: i64 = 12;
/// The maximum number of pairs of account and carrier in a bucket.
const MOST: usize = 256;

/// Counts of the outcomes of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fates {
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
pub type Sums = BTreeMap<(u32, u8), Fates>;

/// The stored state: sums by the bucket's number since the Unix epoch, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    buckets: VecDeque<(i64, Sums)>,
}

impl Fates {
    /// Adds other counts.
    pub fn add(&mut self, others: &Self) {
        self.sent = self.sent.saturating_add(others.sent);
        self.verified = self.verified.saturating_add(others.verified);
        self.delivered = self.delivered.saturating_add(others.delivered);
        self.failed = self.failed.saturating_add(others.failed);
    }
}

impl Tally {
    /// Adds recent counts, and returns the sums of the last hour.
    pub fn add(&mut self, more: &Sums, now: i64) -> Sums {
        let bucket = self.buckets.back().map_or(i64::MIN, |(last, _)| *last).max(now.div_euclid(BUCKET_MS));
        while self.buckets.front().is_some_and(|(first, _)| *first < bucket - BUCKETS) {
            self.buckets.pop_front();
        }
        if !more.is_empty() {
            if self.buckets.back().is_none_or(|(last, _)| *last != bucket) {
                self.buckets.push_back((bucket, Sums::new()));
            }
            if let Some((_, sums)) = self.buckets.back_mut() {
                for (key, fates) in more {
                    if sums.len() < MOST || sums.contains_key(key) {
                        sums.entry(*key).or_default().add(fates);
                    }
                }
            }
        }
        let mut all = Sums::new();
        for (key, fates) in self.buckets.iter().flat_map(|(_, sums)| sums) {
            all.entry(*key).or_default().add(fates);
        }
        all
    }

    /// The time at which no sum counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let last = self.buckets.back().map_or(0, |(bucket, _)| *bucket);
        last.saturating_add(BUCKETS + 1).saturating_mul(BUCKET_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_an_hour() {
        let mut tally = Tally::default();
        let sent = |sent| Sums::from([((1, 2), Fates { sent, ..Fates::default() })]);
        let sum = |sums: &Sums| sums.get(&(1, 2)).map_or(0, |fates| fates.sent);
        assert_eq!(sum(&tally.add(&sent(1), 0)), 1);
        assert_eq!(sum(&tally.add(&sent(2), 3_600_000)), 3);
        assert_eq!(sum(&tally.add(&Sums::new(), 3_900_000)), 2);
        assert_eq!(sum(&tally.add(&sent(4), 0)), 6, "time never runs back");
        assert_eq!(sum(&tally.add(&Sums::new(), 7_500_000)), 0);
    }
}
