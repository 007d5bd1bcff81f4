//! [`Counter`]: counts the sends of an address, a token, a prefix or everything.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::adaptive::{AdaptiveRule, AdaptiveUsage, DayCounts, PENDING_MS};
use crate::guard::number_work::{ByWork, Evidence};
use crate::guard::rule::Rule;
use crate::guard::sliding_log::{Reservation, SlidingLog, WindowUsage};

/// Milliseconds for which the clock of a key is kept after all its events were released.
const IDLE_TTL_MS: i64 = 60_000;

/// The stored state of a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The latest time seen, since time never runs back.
    clock: i64,
    log: SlidingLog,
    /// The number of events that were granted and not released.
    granted: u32,
    /// The verified codes of the last 24 hours.
    verified: DayCounts,
}

/// A command: counts one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveSlot {
    /// The event's random number.
    pub id: u32,
    /// The rules that must allow it.
    pub rules: Vec<Rule>,
    /// Whether a counter with half of a rule used up requires a captcha.
    pub captcha_available: bool,
    /// Whether work is accepted in place of a captcha.
    pub by_work: ByWork,
    /// The evidence that the requester shows.
    pub evidence: Evidence,
    /// Whether shadow mode lets the event through whatever the decision is.
    pub shadow: bool,
    /// The adaptive limit of the key, if it has one.
    pub adaptive: Option<AdaptiveSlot>,
}

/// The adaptive limit of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveSlot {
    /// The number of codes that may stay unverified.
    pub rule: AdaptiveRule,
    /// The codes verified since the last reservation.
    pub verified: u32,
    /// Whether each verified code raises the limits of the other rules by one.
    pub relaxes_rules: bool,
}

/// The decision about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotDecision {
    /// The event was counted.
    Granted {
        /// Releases the event.
        reservation: Reservation,
        /// In shadow mode, the time at which the rules would allow it; `None` if they allow it now.
        rejected_until: Option<i64>,
    },
    /// The rules reject the event until this time, in milliseconds since the Unix epoch.
    Rejected(i64),
    /// The event requires a captcha, or work if that is accepted.
    CaptchaRequired,
    /// Not without a captcha: work opens no more.
    CaptchaAlone,
}

impl Counter {
    /// Decides about an event, and counts a granted one.
    pub fn reserve(&mut self, command: &ReserveSlot, now: i64) -> SlotDecision {
        let now = self.clock.max(now);
        let mut rules = command.rules.clone();
        let mut adaptive_until = AdaptiveUntil::default();
        if let Some(adaptive) = command.adaptive {
            self.verified.add(adaptive.verified, now);
            let verified = self.verified.sum(now);
            if adaptive.relaxes_rules {
                rules = relaxed(&rules, verified);
            }
            let day = adaptive.rule.as_rule(verified, self.recent(now));
            let limit = adaptive.rule.limit_with_work(day.limit, command.by_work);
            let with_work = Rule { limit, ..day };
            if command.evidence != Evidence::Trusted {
                let until = |rule| self.log.retry_at(rule, now);
                // If work is the only evidence, it passes the adaptive limit as far as the other rules allow.
                let is_bounded = command.by_work != ByWork::Alone;
                adaptive_until = AdaptiveUntil {
                    plain: self.adaptive_until(adaptive.rule, day, now),
                    with_work: if is_bounded { until(with_work) } else { None },
                };
            }
            rules.push(with_work);
            rules.extend(adaptive.rule.probe(&self.verified, now));
        }
        let (own, _) = rules.split_at(command.rules.len());
        let rules_until = latest_retry(own.iter().map(|rule| self.log.retry_at(*rule, now)));
        let is_worked = command.evidence == Evidence::Work;
        let shown_until = if is_worked { adaptive_until.with_work } else { adaptive_until.plain };
        let rejected_until = rules_until.max(shown_until);
        if !command.shadow {
            if let Some(until) = rejected_until.filter(|_| rules_until.is_some()) {
                return SlotDecision::Rejected(until);
            }
            let is_used = |quarters| own.iter().any(|rule| is_used(self.log.used(*rule, now), rule.limit, quarters));
            let requirement = adaptive_until.requirement(command, is_used(2), is_used(3));
            if let Some(decision) = requirement {
                return decision;
            }
        }
        self.clock = now;
        let reservation = Reservation { at: now, id: command.id };
        self.log.push(reservation, &rules);
        self.granted = self.granted.saturating_add(1);
        SlotDecision::Granted { reservation, rejected_until }
    }

    /// Releases an event. Returns whether it was counted.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        let released = self.log.release(reservation);
        self.granted = self.granted.saturating_sub(released.into());
        released
    }

    /// The usage of the adaptive limit.
    #[must_use]
    pub fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let now = self.clock.max(now);
        let verified = self.verified.sum(now);
        let day = rule.as_rule(verified, self.recent(now));
        let until = self.adaptive_until(rule, day, now);
        AdaptiveUsage { sent: self.log.used(day, now), verified, limit: day.limit, until }
    }

    /// The time at which the adaptive limit lets the next event through that shows nothing; `None` if it does now. `day` is the limit as it
    /// stands.
    fn adaptive_until(&self, rule: AdaptiveRule, day: Rule, now: i64) -> Option<i64> {
        let until = self.log.retry_at(day, now)?;
        match rule.probe(&self.verified, now) {
            Some(probe) => Some(until.min(self.log.retry_at(probe, now)?)),
            None => Some(until),
        }
    }

    /// The number of texts whose codes may still be verified.
    fn recent(&self, now: i64) -> u32 {
        self.log.used(Rule { limit: u32::MAX, window_ms: PENDING_MS }, now)
    }

    /// The usage of each rule.
    #[must_use]
    pub fn explain(&self, rules: &[Rule], relaxes: bool, now: i64) -> Vec<WindowUsage> {
        let now = self.clock.max(now);
        let rules = if relaxes { relaxed(rules, self.verified.sum(now)) } else { rules.to_vec() };
        rules.iter().map(|rule| WindowUsage::of(&self.log, *rule, now)).collect()
    }

    /// The time at which no event counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        // An attacker whose addresses are all rejected leaves no long-lived keys behind.
        let log = if self.granted == 0 { self.clock.saturating_add(IDLE_TTL_MS) } else { self.log.expires_at() };
        log.max(self.verified.expires_at())
    }
}

/// The times at which an adaptive limit lets the next event through; `None` where it does now.
#[derive(Clone, Copy, Default)]
struct AdaptiveUntil {
    /// Without anything shown.
    plain: Option<i64>,
    /// With work.
    with_work: Option<i64>,
}

impl AdaptiveUntil {
    /// The demand on the event. Many requesters share a counter: if there is a captcha, the last quarter of its rules,
    /// and events above an adaptive limit that work does not allow, are reserved for solved captchas, since work is
    /// cheap.
    fn requirement(self, command: &ReserveSlot, is_busy: bool, is_nearly_used: bool) -> Option<SlotDecision> {
        let (captcha_available, by_work) = (command.captcha_available, command.by_work);
        let is_worked = command.evidence == Evidence::Work;
        if by_work == ByWork::Too && (captcha_available || is_worked) && (is_nearly_used || self.with_work.is_some()) {
            return Some(SlotDecision::CaptchaAlone);
        }
        let until = if is_worked { self.with_work } else { self.plain };
        if let Some(until) = until.filter(|_| !captcha_available) {
            return Some(SlotDecision::Rejected(until));
        }
        (captcha_available && (is_busy || self.plain.is_some())).then_some(SlotDecision::CaptchaRequired)
    }
}

/// The rules with limits raised by the number of verified codes.
fn relaxed(rules: &[Rule], verified: u32) -> Vec<Rule> {
    rules.iter().map(|rule| Rule { limit: rule.limit.saturating_add(verified), ..*rule }).collect()
}

/// The latest of several waits: nothing where there is none.
pub fn latest_retry(waits: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    waits.flatten().max()
}

/// Whether half of a limit is used up.
#[must_use]
pub fn is_half_used(used: u32, limit: u32) -> bool {
    is_used(used, limit, 2)
}

/// Whether so many quarters of a limit are used up.
fn is_used(used: u32, limit: u32, quarters: u32) -> bool {
    u64::from(used) * 4 >= u64::from(limit) * u64::from(quarters)
}
