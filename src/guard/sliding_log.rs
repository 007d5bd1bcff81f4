//! [`SlidingLog`]: the times of a key's events, as far back as its rules reach.
//!
//! A rule of up to [`MAX_EXACT_LIMIT`] events is counted exactly, by the times of the events. For a higher limit, only
//! the times of the last events are stored, and earlier ones are counted in [`BUCKETS_PER_WINDOW`] buckets a window. An
//! event in a bucket counts until the end of its bucket has left the window, so such a rule may reject up to a sixtieth
//! of its window early, and never late.
//!
//! Additions saturate: a damaged state gives nonsense and never a panic.
//!
//! An event either has its time stored or is counted in buckets, never both, so limits can cross that bound in either
//! direction.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::rule::Rule;

/// The highest limit that is counted exactly.
pub const MAX_EXACT_LIMIT: u32 = 1000;
/// The number of buckets in the window of a higher limit.
pub const BUCKETS_PER_WINDOW: i64 = 60;
/// The number of events whose times are stored beside buckets, so that they can be released.
const MIN_RELEASABLE: usize = 100;

/// The identity of a granted event, by which it is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The time at which it was granted, in milliseconds since the Unix epoch, by the ledger's own clock.
    pub at: i64,
    /// The event's random number.
    pub id: u32,
}

/// The usage of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowUsage {
    /// The rule.
    pub rule: Rule,
    /// The number of events that count against it.
    pub used: u32,
    /// The time at which the rule allows the next event; `None` if it allows one now.
    pub until: Option<i64>,
}

impl WindowUsage {
    /// The usage of a rule by the events of a log.
    #[must_use]
    pub fn of(log: &SlidingLog, rule: Rule, now: i64) -> Self {
        Self { rule, used: log.used(rule, now), until: log.retry_at(rule, now) }
    }
}

/// The events of one key, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlidingLog {
    /// The time of the first event, in milliseconds since the Unix epoch. The others are differences to the event
    /// before.
    first_at: i64,
    /// The time at which the last event will have left every window.
    expires_at: i64,
    events: Vec<LogEvent>,
    bucket_counts: Vec<BucketCounts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LogEvent {
    gap_ms: i64,
    id: u32,
}

/// Events of one window whose times are no longer stored, counted in buckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BucketCounts {
    window_ms: i64,
    /// The bucket's number since the Unix epoch, and its events; the oldest first.
    buckets: Vec<(i64, u32)>,
}

impl SlidingLog {
    /// The number of events that count against a rule.
    #[must_use]
    pub fn used(&self, rule: Rule, now: i64) -> u32 {
        let exact = self.times().filter(|at| counts(*at, rule.window_ms, now)).count();
        let exact = u32::try_from(exact).unwrap_or(u32::MAX);
        self.bucketed(rule.window_ms, now).fold(exact, |used, (_, count)| used.saturating_add(count))
    }

    /// The time at which a rule allows the next event; `None` if it allows one now.
    #[must_use]
    pub fn retry_at(&self, rule: Rule, now: i64) -> Option<i64> {
        let mut left = self.used(rule, now);
        if left < rule.limit {
            return None;
        }
        let Some(remaining) = rule.limit.checked_sub(1) else {
            return Some(now.saturating_add(rule.window_ms));
        };
        // The next event is allowed once only `kept` of the counted events remain. A bucket may leave later than an
        // event behind it.
        let times =
            self.times().filter(|at| counts(*at, rule.window_ms, now)).map(|at| (at.saturating_add(rule.window_ms), 1));
        let mut leaving: Vec<(i64, u32)> = times.chain(self.bucketed(rule.window_ms, now)).collect();
        leaving.sort_unstable();
        leaving.into_iter().find_map(|(until, count)| {
            left = left.saturating_sub(count);
            (left <= remaining).then_some(until)
        })
    }

    /// Adds a granted event. `rules` are the rules to count by from now on.
    pub fn push(&mut self, event: Reservation, rules: &[Rule]) {
        self.expire(event.at, rules);
        let last = self.times().last();
        let since = last.map_or(0, |last| event.at.saturating_sub(last));
        if last.is_none() {
            self.first_at = event.at;
        }
        self.events.push(LogEvent { gap_ms: since, id: event.id });
        // A bucket can outlast its window by its own width.
        let longest =
            rules.iter().map(|rule| rule.window_ms.saturating_add(rule.window_ms / BUCKETS_PER_WINDOW + 1)).max();
        let longest = longest.unwrap_or_default();
        self.expires_at = self.expires_at.max(event.at.saturating_add(longest));
        let capacity = rules.iter().filter(|rule| rule.limit <= MAX_EXACT_LIMIT).map(|rule| rule.limit as usize).max();
        let capacity = capacity.unwrap_or_default();
        let is_tallied = !self.bucket_counts.is_empty() || rules.iter().any(|rule| rule.limit > MAX_EXACT_LIMIT);
        let capacity = if is_tallied { capacity.max(MIN_RELEASABLE) } else { capacity };
        self.fold_oldest(self.events.len().saturating_sub(capacity), rules, event.at);
    }

    /// Releases an event. Does nothing if it was released before, or if its time is no longer stored.
    pub fn release(&mut self, event: Reservation) -> bool {
        let Some(index) = self.times().zip(&self.events).position(|(at, known)| at == event.at && known.id == event.id)
        else {
            return false;
        };
        let removed = self.events.remove(index);
        if index == 0 {
            self.first_at = self.first_at.saturating_add(self.events.first().map_or(0, |next| next.gap_ms));
            if let Some(next) = self.events.first_mut() {
                next.gap_ms = 0;
            }
        } else if let Some(next) = self.events.get_mut(index) {
            next.gap_ms = next.gap_ms.saturating_add(removed.gap_ms);
        }
        true
    }

    /// The time at which the event with this random number was granted, if it is stored and was not released.
    #[must_use]
    pub fn time_of(&self, id: u32) -> Option<i64> {
        self.times().zip(&self.events).find_map(|(at, known)| (known.id == id).then_some(at))
    }

    /// The time at which the last event will have left every window.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Whether the log has no event.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty() && self.bucket_counts.is_empty()
    }

    /// The times of the events, the oldest first.
    pub fn times(&self) -> impl Iterator<Item = i64> + '_ {
        self.events.iter().scan(self.first_at, |at, event| {
            *at = at.saturating_add(event.gap_ms);
            Some(*at)
        })
    }

    /// Removes the events that no rule counts any more.
    fn expire(&mut self, now: i64, rules: &[Rule]) {
        let longest = rules.iter().map(|rule| rule.window_ms).max().unwrap_or_default();
        self.drop_first(self.times().take_while(|at| !counts(*at, longest, now)).count());
        for bucketed in &mut self.bucket_counts {
            bucketed.expire(now);
        }
        self.bucket_counts.retain(|bucketed| !bucketed.buckets.is_empty());
    }

    fn drop_first(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let first = self.times().nth(count);
        self.events.drain(..count);
        self.first_at = first.unwrap_or_default();
        if let Some(event) = self.events.first_mut() {
            event.gap_ms = 0;
        }
    }

    /// Moves the oldest events into buckets, for every rule that still counts them. If all limits are exact, only
    /// events that were let through against a rule are moved.
    fn fold_oldest(&mut self, count: usize, rules: &[Rule], now: i64) {
        let times: Vec<i64> = self.times().take(count).collect();
        for (index, rule) in rules.iter().enumerate() {
            // Rules with the same window share a tally.
            if rules.iter().take(index).all(|earlier| earlier.window_ms != rule.window_ms) {
                for at in times.iter().filter(|at| counts(**at, rule.window_ms, now)) {
                    self.bucket_counts_for(rule.window_ms).add(*at);
                }
            }
        }
        self.drop_first(count);
    }

    /// The buckets that count against a window: the time at which each leaves it, and its number of events.
    fn bucketed(&self, window_ms: i64, now: i64) -> impl Iterator<Item = (i64, u32)> + '_ {
        let bucketed = self.bucket_counts.iter().find(move |bucketed| bucketed.window_ms == window_ms);
        bucketed.into_iter().flat_map(BucketCounts::expiries).filter(move |(until, _)| *until > now)
    }

    fn bucket_counts_for(&mut self, window_ms: i64) -> &mut BucketCounts {
        let known = self.bucket_counts.iter().position(|bucketed| bucketed.window_ms == window_ms);
        let index = known.unwrap_or_else(|| {
            self.bucket_counts.push(BucketCounts { window_ms, buckets: Vec::new() });
            self.bucket_counts.len() - 1
        });
        &mut self.bucket_counts[index]
    }
}

/// Whether an event is in the window that ends now. An event exactly one window ago has left it.
const fn counts(at: i64, window_ms: i64, now: i64) -> bool {
    now.saturating_sub(at) < window_ms
}

impl BucketCounts {
    const fn width(&self) -> i64 {
        // Rounded up, so that the buckets cover at least the window; and at least 1, even for a damaged state.
        let width = self.window_ms.saturating_add(BUCKETS_PER_WINDOW - 1) / BUCKETS_PER_WINDOW;
        if width > 0 { width } else { 1 }
    }

    const fn bucket_of(&self, at: i64) -> i64 {
        at.div_euclid(self.width())
    }

    /// The time at which the youngest possible event of a bucket leaves the window.
    const fn bucket_expires_at(&self, bucket: i64) -> i64 {
        bucket.saturating_add(1).saturating_mul(self.width()).saturating_add(self.window_ms)
    }

    fn expiries(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.buckets.iter().map(|(bucket, count)| (self.bucket_expires_at(*bucket), *count))
    }

    fn add(&mut self, at: i64) {
        let bucket = self.bucket_of(at);
        match self.buckets.last_mut() {
            Some((last, count)) if *last == bucket => *count = count.saturating_add(1),
            _ => self.buckets.push((bucket, 1)),
        }
    }

    fn expire(&mut self, now: i64) {
        let expired = self.buckets.iter().take_while(|(bucket, _)| self.bucket_expires_at(*bucket) <= now).count();
        self.buckets.drain(..expired);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut SlidingLog, ids: core::ops::Range<u32>, rule: Rule) {
        for id in ids {
            log.push(Reservation { at: 0, id }, &[rule]);
        }
    }

    #[test]
    fn limit_that_crosses_the_exact_maximum_forgets_no_event() {
        let (high, low) = (Rule::new(5000, 60), Rule::new(500, 60));
        let mut log = SlidingLog::default();
        push(&mut log, 0..400, high);
        push(&mut log, 400..500, low);
        assert_eq!((log.used(low, 0), log.used(high, 0)), (500, 500));
        assert_eq!((log.retry_at(low, 0), log.retry_at(high, 0)), (Some(60_000), None));
        push(&mut log, 500..600, high);
        assert_eq!(log.used(high, 0), 600);
        assert!(log.release(Reservation { at: 0, id: 599 }) && !log.release(Reservation { at: 0, id: 599 }));
        assert_eq!(log.used(high, 0), 599);
    }

    #[test]
    fn event_admitted_by_shadow_counts_after_a_release() {
        let rule = Rule::new(2, 60);
        let mut log = SlidingLog::default();
        push(&mut log, 0..5, rule);
        assert!(log.release(Reservation { at: 0, id: 4 }));
        assert_eq!(log.used(rule, 0), 4);
    }
}
