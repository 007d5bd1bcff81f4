//! Limits that adapt to what is verified: an address, a prefix or everything may leave so many codes unentered a day, and more where
//! codes are entered. The limit tightens by itself where somebody only has texts sent, and relaxes where people sign in.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::number_work::ByWork;
use crate::guard::rule::{DAY_MS, Rule};

/// For how long a code that was just sent may still be entered, in milliseconds.
pub const PENDING_MS: i64 = 300_000;
/// The width of a bucket of [`DayCounts`], in milliseconds.
const BUCKET_MS: i64 = 900_000;
/// How long shares are remembered that come to nothing, in milliseconds: their clock is.
const IDLE_TTL_MS: i64 = 60_000;
/// Texts that ten codes which were entered allow: their own, and seven others that are not entered. Somebody who owns numbers and enters
/// three codes of ten so gets twice what one gets who enters none; people, who enter more than 59 % of theirs, are never limited by it.
const TEXTS_PER_10_VERIFIED: u32 = 17;
/// How many times as many texts again may stay unentered where each has some work: few beside a captcha, which opens the rest.
const WORKED_BESIDE_CAPTCHA: u32 = 2;
/// The same of a prefix where there is no captcha. What is above is refused, so that who works costs no more than 600 texts a prefix and
/// day, beside those for codes that are entered.
const WORKED_ALONE: u32 = 10;

/// How many codes may stay unentered in any 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveRule {
    /// Texts whose codes are not entered.
    pub unverified: u32,
    /// Texts of the last five minutes that do not count yet, since their codes may still be entered.
    pub pending: u32,
    /// The milliseconds in which a limit that is used up lets one text more through than codes were entered in them; `None` if it does not.
    pub probe_ms: Option<i64>,
}

/// How an adaptive limit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveUsage {
    /// Texts of the last 24 hours.
    pub sent: u32,
    /// Codes that were entered in the last 24 hours.
    pub verified: u32,
    /// Texts that the last 24 hours may have.
    pub limit: u32,
    /// When it lets the next one through, in milliseconds since the Unix epoch; nothing where it does now.
    pub until: Option<i64>,
}

impl AdaptiveRule {
    /// A limit that stays closed until texts leave its day.
    #[must_use]
    pub const fn new(unverified: u32, pending: u32) -> Self {
        Self { unverified, pending, probe_ms: None }
    }

    /// How many texts a day may have in which so many codes were entered, and so many were sent in the last five minutes.
    #[must_use]
    pub fn limit(self, verified: u32, recent: u32) -> u32 {
        let allowed = verified.saturating_mul(TEXTS_PER_10_VERIFIED) / 10;
        self.unverified.saturating_add(allowed).saturating_add(recent.min(self.pending))
    }

    /// The limit of those who show work, where `limit` is that of everybody. Work lets through more, and not everything: it is cheap.
    #[must_use]
    pub const fn limit_with_work(self, limit: u32, by_work: ByWork) -> u32 {
        let times = match by_work {
            ByWork::No => 0,
            ByWork::Too => WORKED_BESIDE_CAPTCHA,
            ByWork::Alone => WORKED_ALONE,
        };
        limit.saturating_add(self.unverified.saturating_mul(times))
    }

    /// The rule that lets texts through although the limit is used up.
    pub(super) fn probe(self, verified: &DayCounts, now: i64) -> Option<Rule> {
        let window_ms = self.probe_ms?;
        Some(Rule { limit: verified.sum_within(window_ms, now).saturating_add(1), window_ms })
    }

    /// The same as a rule over 24 hours.
    pub(super) fn as_rule(self, verified: u32, recent: u32) -> Rule {
        Rule { limit: self.limit(verified, recent), window_ms: DAY_MS }
    }
}

/// Events of the last 24 hours, counted by quarters of an hour: one counts until its quarter has left them.
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

    /// The events of the last so many milliseconds, of 24 hours at most.
    #[must_use]
    pub fn sum_within(&self, window_ms: i64, now: i64) -> u32 {
        let from = now.saturating_add(DAY_MS.saturating_sub(window_ms));
        let counted = self.buckets.iter().filter(|(bucket, _)| leaves_at(*bucket) > from);
        counted.fold(0, |sum, (_, events)| sum.saturating_add(*events))
    }

    /// When fewer than `limit` events are left, in milliseconds since the Unix epoch: nothing where they are now.
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

    /// When nothing of it counts any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.buckets.last().map_or(0, |(bucket, _)| leaves_at(*bucket))
    }
}

const fn leaves_at(bucket: i64) -> i64 {
    bucket.saturating_add(1).saturating_mul(BUCKET_MS).saturating_add(DAY_MS)
}

/// What processes have sent to a prefix, or in all, and what of it was entered. Each holds its share in memory, and adds it now and then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// The latest time that was seen: time never runs back.
    clock: i64,
    sent: DayCounts,
    verified: DayCounts,
}

/// The share of one process since it added the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddShare {
    /// Texts that it sent.
    pub sent: u32,
    /// Codes that were entered at it.
    pub verified: u32,
    /// The limit.
    pub rule: AdaptiveRule,
}

impl Shares {
    /// Adds the share of a process, and answers what all of them come to.
    pub fn add(&mut self, share: &AddShare, now: i64) -> AdaptiveUsage {
        self.clock = self.clock.max(now);
        self.sent.add(share.sent, self.clock);
        self.verified.add(share.verified, self.clock);
        self.usage(share.rule, self.clock)
    }

    /// What all processes come to.
    #[must_use]
    pub fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let now = self.clock.max(now);
        let (sent, verified) = (self.sent.sum(now), self.verified.sum(now));
        let limit = rule.limit(verified, 0);
        AdaptiveUsage { sent, verified, limit, until: self.sent.retry_at(limit, now) }
    }

    /// When nothing of it counts any more, in milliseconds since the Unix epoch.
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
    }
}
