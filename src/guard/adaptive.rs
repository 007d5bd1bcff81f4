//! Limits that adapt to verified codes: an address, a prefix or all texts may leave a number of codes a day unverified,
//! and more if codes are verified. Such a limit is low for somebody who only has texts sent, and high for people who
//! sign in.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::number_work::ByWork;
use crate::guard::rule::{DAY_MS, Rule};

/// Milliseconds for which the code of a text may still be verified, so that the text does not count yet.
pub const PENDING_MS: i64 = 300_000;
/// The width of a bucket of [`DayCounts`], in milliseconds.
const BUCKET_MS: i64 = 900_000;
/// Milliseconds for which empty shares are kept, because of their clock.
const IDLE_TTL_MS: i64 = 60_000;
/// The texts that ten verified codes allow: their own, and seven others that stay unverified. An attacker who owns
/// numbers and verifies three codes of ten gets twice the texts of one who verifies none; people, who verify more than
/// 59 %, never reach the limit.
const TEXTS_PER_10_VERIFIED: u32 = 17;
/// The factor of texts that may stay unverified if each requester does work: low beside a captcha, which opens the
/// rest.
const WORKED_BESIDE_CAPTCHA: u32 = 2;
/// The same for a prefix if there is no captcha. Sends above it are rejected, so that an attacker who works gets at
/// most 600 texts a prefix and day, beside those with verified codes.
const WORKED_ALONE: u32 = 10;

/// The number of codes that may stay unverified in any 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveRule {
    /// The number of texts whose codes may stay unverified.
    pub unverified: u32,
    /// The number of texts of the last five minutes that do not count yet, since their codes may still be verified.
    pub pending: u32,
    /// The milliseconds in which a limit that is used up allows one text more than codes were verified in them; `None`
    /// if it stays closed.
    pub probe_ms: Option<i64>,
}

/// The usage of an adaptive limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveUsage {
    /// The texts of the last 24 hours.
    pub sent: u32,
    /// The codes verified in the last 24 hours.
    pub verified: u32,
    /// The maximum number of texts in 24 hours.
    pub limit: u32,
    /// The time at which the limit allows the next text, in milliseconds since the Unix epoch; `None` if it allows one
    /// now.
    pub until: Option<i64>,
}

impl AdaptiveRule {
    /// A limit that stays closed until texts leave its day.
    #[must_use]
    pub const fn new(unverified: u32, pending: u32) -> Self {
        Self { unverified, pending, probe_ms: None }
    }

    /// The maximum number of texts in a day with this number of verified codes, and of texts in the last five minutes.
    #[must_use]
    pub fn limit(self, verified: u32, recent: u32) -> u32 {
        let allowed = verified.saturating_mul(TEXTS_PER_10_VERIFIED) / 10;
        self.unverified.saturating_add(allowed).saturating_add(recent.min(self.pending))
    }

    /// The limit for requesters who do work; `limit` is the one for everybody. Work raises the limit and does not
    /// remove it, since work is cheap.
    #[must_use]
    pub const fn limit_with_work(self, limit: u32, by_work: ByWork) -> u32 {
        let times = match by_work {
            ByWork::No => 0,
            ByWork::Too => WORKED_BESIDE_CAPTCHA,
            ByWork::Alone => WORKED_ALONE,
        };
        limit.saturating_add(self.unverified.saturating_mul(times))
    }

    /// The rule that allows a text although the limit is used up.
    pub(super) fn probe(self, verified: &DayCounts, now: i64) -> Option<Rule> {
        let window_ms = self.probe_ms?;
        Some(Rule { limit: verified.sum_within(window_ms, now).saturating_add(1), window_ms })
    }

    /// The limit as a rule over 24 hours.
    pub(super) fn as_rule(self, verified: u32, recent: u32) -> Rule {
        Rule { limit: self.limit(verified, recent), window_ms: DAY_MS }
    }
}

/// The events of the last 24 hours, counted by quarters of an hour: an event counts until its quarter is 24 hours old.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounts {
    /// The number of a quarter since the Unix epoch, and its events; oldest first.
    buckets: Vec<(i64, u32)>,
}

impl DayCounts {
    /// Adds events that happen now.
    pub fn add(&mut self, count: u32, now: i64) {
        self.buckets.retain(|(bucket, _)| leaves_at(*bucket) > now);
        if count == 0 {
            return;
        }
        let current = now.div_euclid(BUCKET_MS);
        match self.buckets.last_mut() {
            Some((bucket, events)) if *bucket >= current => *events = events.saturating_add(count),
            _ => self.buckets.push((current, count)),
        }
    }

    /// The events of the last 24 hours.
    #[must_use]
    pub fn sum(&self, now: i64) -> u32 {
        self.sum_within(DAY_MS, now)
    }

    /// The events of the last `window_ms` milliseconds. A window of more than 24 hours counts as 24 hours.
    #[must_use]
    pub fn sum_within(&self, window_ms: i64, now: i64) -> u32 {
        let from = now.saturating_add(DAY_MS.saturating_sub(window_ms));
        let counted = self.buckets.iter().filter(|(bucket, _)| leaves_at(*bucket) > from);
        counted.fold(0, |sum, (_, events)| sum.saturating_add(*events))
    }

    /// The time at which fewer than `limit` events count, in milliseconds since the Unix epoch; `None` if that is now.
    #[must_use]
    pub fn retry_at(&self, limit: u32, now: i64) -> Option<i64> {
        let mut left = self.sum(now);
        if left < limit {
            return None;
        }
        let leaving = self.buckets.iter().filter(|(bucket, _)| leaves_at(*bucket) > now);
        let freed = leaving.map(|(bucket, events)| {
            left = left.saturating_sub(*events);
            (leaves_at(*bucket), left)
        });
        Some(freed.into_iter().find(|(_, left)| *left < limit).map_or(now.saturating_add(DAY_MS), |(at, _)| at))
    }

    /// The time at which no event counts any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.buckets.last().map_or(0, |(bucket, _)| leaves_at(*bucket))
    }
}

const fn leaves_at(bucket: i64) -> i64 {
    bucket.saturating_add(1).saturating_mul(BUCKET_MS).saturating_add(DAY_MS)
}

/// The texts of all processes to a prefix, or in total, and their verified codes. Each process holds its share in
/// memory and adds it from time to time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// The latest time seen, since time never runs back.
    clock: i64,
    sent: DayCounts,
    verified: DayCounts,
}

/// The share of one process since its last addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddShare {
    /// The texts that it sent.
    pub sent: u32,
    /// The codes that it verified.
    pub verified: u32,
    /// The limit.
    pub rule: AdaptiveRule,
}

impl Shares {
    /// Adds the share of a process. Returns the usage by all processes. A share of nothing only reads it, so that the
    /// store writes nothing.
    pub fn add(&mut self, share: &AddShare, now: i64) -> AdaptiveUsage {
        if share.sent == 0 && share.verified == 0 {
            return self.usage(share.rule, now);
        }
        self.clock = self.clock.max(now);
        self.sent.add(share.sent, self.clock);
        self.verified.add(share.verified, self.clock);
        self.usage(share.rule, self.clock)
    }

    /// The usage by all processes.
    #[must_use]
    pub fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let now = self.clock.max(now);
        let (sent, verified) = (self.sent.sum(now), self.verified.sum(now));
        let limit = rule.limit(verified, 0);
        AdaptiveUsage { sent, verified, limit, until: self.sent.retry_at(limit, now) }
    }

    /// The time at which nothing counts any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let idle = self.clock.saturating_add(IDLE_TTL_MS);
        self.sent.expires_at().max(self.verified.expires_at()).max(idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: AdaptiveRule = AdaptiveRule::new(4, 4);

    #[test]
    fn verified_code_allows_its_text_and_most_of_another() {
        assert_eq!((RULE.limit(0, 0), RULE.limit(0, 2), RULE.limit(0, 100)), (4, 6, 8));
        assert_eq!((RULE.limit(10, 0), RULE.limit(100, 4)), (21, 178));
        assert_eq!(RULE.limit(u32::MAX, u32::MAX), 4 + u32::MAX / 10 + 4, "and never overflows");
    }

    #[test]
    fn counts_expire_after_a_day_by_quarter_hours() {
        let mut counts = DayCounts::default();
        counts.add(3, 0);
        counts.add(2, BUCKET_MS);
        assert_eq!(counts.sum(DAY_MS), 5);
        assert_eq!(counts.sum(DAY_MS + BUCKET_MS), 2, "never before 24 hours, and a quarter after them at most");
        assert_eq!((counts.sum_within(BUCKET_MS, BUCKET_MS), counts.sum_within(BUCKET_MS, 2 * BUCKET_MS)), (5, 2));
        assert_eq!(counts.retry_at(6, DAY_MS), None);
        assert_eq!(counts.retry_at(5, DAY_MS), Some(DAY_MS + BUCKET_MS));
        assert_eq!(counts.retry_at(2, DAY_MS), Some(DAY_MS + 2 * BUCKET_MS));
        assert_eq!(counts.retry_at(0, 0), Some(DAY_MS), "a limit of none lets nothing through");
        assert_eq!(counts.expires_at(), DAY_MS + 2 * BUCKET_MS);
        counts.add(0, 3 * DAY_MS);
        assert_eq!(counts, DayCounts::default(), "what has left takes no room");
    }

    #[test]
    fn shares_of_processes_sum_up_and_relax_the_limit() {
        let mut shares = Shares::default();
        let add = |shares: &mut Shares, sent, verified, now| shares.add(&AddShare { sent, verified, rule: RULE }, now);
        assert_eq!(add(&mut shares, 3, 0, 0).until, None);
        let over = add(&mut shares, 2, 0, 10);
        assert_eq!((over.sent, over.limit, over.until.is_some()), (5, 4, true));
        let relaxed = add(&mut shares, 0, 3, 20);
        assert_eq!((relaxed.sent, relaxed.verified, relaxed.limit, relaxed.until), (5, 3, 9, None));
        assert_eq!(shares.usage(RULE, -5), relaxed, "a clock that goes back changes nothing");
        let before = shares.clone();
        assert_eq!(add(&mut shares, 0, 0, 30), relaxed);
        assert_eq!(shares, before, "a share of nothing writes nothing");
    }
}
