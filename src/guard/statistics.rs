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

/// The number of the bucket that has the sum of all that were removed. It is the first, if there is one.
const BEFORE: i64 = i64::MIN;

/// The stored state: counts by the bucket's number since the Unix epoch, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The bucket's number and its counts, [`BEFORE`] included.
    buckets: VecDeque<(i64, Counts)>,
}

impl Statistics {
    /// Adds recent counts.
    pub fn add(&mut self, counts: &Counts, now: i64) {
        let bucket = self.buckets.back().map_or(i64::MIN, |(bucket, _)| *bucket).max(now.div_euclid(BUCKET_MS));
        if self.buckets.back().is_none_or(|(last, _)| *last != bucket) {
            self.buckets.push_back((bucket, Counts::new()));
        }
        while self.of_day().count() > MAX_BUCKETS {
            self.remove_oldest();
        }
        if let Some((_, sum)) = self.buckets.back_mut() {
            add_to(sum, counts);
        }
    }

    fn remove_oldest(&mut self) {
        let mut before = match self.buckets.pop_front() {
            Some((BEFORE, before)) => before,
            Some((_, oldest)) => return self.buckets.push_front((BEFORE, oldest)),
            None => return,
        };
        if let Some((_, oldest)) = self.buckets.pop_front() {
            add_to(&mut before, &oldest);
        }
        self.buckets.push_front((BEFORE, before));
    }

    /// The buckets of the last day: their numbers and counts.
    pub fn of_day(&self) -> impl Iterator<Item = &(i64, Counts)> {
        self.buckets.iter().filter(|(bucket, _)| *bucket != BEFORE)
    }

    /// The sums of all counts. They grow from one reading to the next, but for a sum that passes 2^32, or a day without
    /// any event: then they begin at zero.
    #[must_use]
    pub fn totals(&self) -> Counts {
        let mut totals = Counts::new();
        self.buckets.iter().for_each(|(_, counts)| add_to(&mut totals, counts));
        totals
    }

    /// The time at which the last bucket is older than a day.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let last = self.buckets.back().map_or(0, |(bucket, _)| *bucket);
        last.saturating_add(i64::try_from(MAX_BUCKETS).unwrap_or_default()).saturating_mul(BUCKET_MS)
    }
}

fn add_to(sum: &mut Counts, counts: &Counts) {
    for (name, count) in counts {
        if sum.len() < MAX_NAMES || sum.contains_key(name) {
            let known = sum.entry(name.clone()).or_default();
            *known = known.wrapping_add(*count);
        }
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
        let counts: Vec<_> = statistics.of_day().map(|(bucket, counts)| (*bucket, counts["sent"])).collect();
        assert_eq!(counts, [(0, 4), (1, 4)]);
        statistics.add(&sent, 288 * BUCKET_MS);
        assert_eq!(statistics.of_day().count(), 3);
        for bucket in 0..1000 {
            statistics.add(&sent, bucket * BUCKET_MS);
        }
        let first = statistics.of_day().next().map(|(bucket, _)| *bucket);
        assert_eq!((statistics.of_day().count(), first), (MAX_BUCKETS, Some(712)));
    }

    #[test]
    fn totals_never_shrink_while_events_come() {
        let mut statistics = Statistics::default();
        let sent = Counts::from([("sent".into(), 2)]);
        for added in 1..1000 {
            statistics.add(&sent, i64::from(added) * BUCKET_MS);
            assert_eq!(statistics.totals()["sent"], 2 * added);
        }
    }
}
