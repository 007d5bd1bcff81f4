//! [`Statistics`]: counts of events over the last day.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use serde::{Deserialize, Serialize};

/// The time that one bucket covers, in milliseconds.
pub const BUCKET_MS: i64 = 300_000;
/// The number of buckets: a day.
pub const MAX_BUCKETS: usize = 288;
/// The maximum number of names in a bucket. Each vendor account and each rule has a fixed number of names.
const MAX_NAMES: usize = 512;

/// Counts by name.
pub type Counts = BTreeMap<String, u32>;

/// The stored state: counts by the bucket's number since the Unix epoch, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The bucket's number and its counts.
    pub buckets: VecDeque<(i64, Counts)>,
}

impl Statistics {
    /// Adds recent counts.
    pub fn add(&mut self, counts: &Counts, now: i64) {
        let bucket = self.buckets.back().map_or(i64::MIN, |(bucket, _)| *bucket).max(now.div_euclid(BUCKET_MS));
        if self.buckets.back().is_none_or(|(last, _)| *last != bucket) {
            self.buckets.push_back((bucket, Counts::new()));
        }
        while self.buckets.len() > MAX_BUCKETS {
            self.buckets.pop_front();
        }
        let Some((_, sum)) = self.buckets.back_mut() else { return };
        for (name, count) in counts {
            if sum.len() < MAX_NAMES || sum.contains_key(name) {
                let known = sum.entry(name.clone()).or_default();
                *known = known.saturating_add(*count);
            }
        }
    }

    /// The time at which the last bucket is older than a day.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let last = self.buckets.back().map_or(0, |(bucket, _)| *bucket);
        last.saturating_add(i64::try_from(MAX_BUCKETS).unwrap_or_default()).saturating_mul(BUCKET_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_count_by_five_minutes_for_a_day() {
        let mut statistics = Statistics::default();
        let sent = Counts::from([("sent".into(), 2)]);
        statistics.add(&sent, 0);
        statistics.add(&sent, BUCKET_MS - 1);
        statistics.add(&sent, BUCKET_MS);
        statistics.add(&sent, 0);
        let counts: Vec<_> = statistics.buckets.iter().map(|(bucket, counts)| (*bucket, counts["sent"])).collect();
        assert_eq!(counts, [(0, 4), (1, 4)]);
        statistics.add(&sent, 288 * BUCKET_MS);
        assert_eq!(statistics.buckets.len(), 3);
        for bucket in 0..1000 {
            statistics.add(&sent, bucket * BUCKET_MS);
        }
        assert_eq!((statistics.buckets.len(), statistics.buckets[0].0), (MAX_BUCKETS, 712));
    }
}
