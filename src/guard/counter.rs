//! [`Counter`]: how often an address, a token, a prefix or everything sent.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::adaptive::{AdaptiveRule, AdaptiveUsage, DayCounts, PENDING_MS};
use crate::guard::rule::Rule;
use crate::guard::sliding_log::{Reservation, SlidingLog, WindowUsage};

/// How long a key is remembered of which all was taken back, in milliseconds: its clock is, and nothing else.
const IDLE_TTL_MS: i64 = 60_000;

/// What is stored for a key that is counted and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The latest time that was seen: time never runs back.
    clock: i64,
    log: SlidingLog,
    /// What was ever let through and not taken back.
    granted: u32,
    /// Codes of its texts that were entered.
    verified: DayCounts,
}

/// Asks for one more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveSlot {
    /// A number drawn for the event.
    pub id: u32,
    /// What must let it through.
    pub rules: Vec<Rule>,
    /// Whether a key of which half is used up asks for a captcha.
    pub captcha_available: bool,
    /// Whether it is let through whatever is decided.
    pub shadow: bool,
    /// How the key adapts to what is verified, where it does.
    pub adaptive: Option<AdaptiveSlot>,
}

/// How a key adapts to what is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveSlot {
    /// How many codes may stay unentered.
    pub rule: AdaptiveRule,
    /// Codes that were entered since the caller asked last.
    pub verified: u32,
    /// Whether the other rules let through what was verified beside their own.
    pub relaxes_rules: bool,
    /// Whether the caller has shown a captcha, a device or a token: what stays unentered limits nobody who has.
    pub trusted: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotDecision {
    /// It was counted. Under shadow, `refused_until` tells when it would have been let through otherwise.
    Granted {
        /// What takes it back.
        reservation: Reservation,
        /// Nothing where it is let through by its rules.
        rejected_until: Option<i64>,
    },
    /// Not until then, in milliseconds since 1970.
    Rejected(i64),
    /// Not without a captcha.
    CaptchaRequired,
}

impl Counter {
    /// Decides, and counts what is let through.
    pub fn reserve(&mut self, command: &ReserveSlot, now: i64) -> SlotDecision {
        let now = self.clock.max(now);
        let mut rules = command.rules.clone();
        let mut unverified_until = None;
        if let Some(adaptive) = command.adaptive {
            self.verified.add(adaptive.verified, now);
            let verified = self.verified.sum(now);
            if adaptive.relaxes_rules {
                rules = relaxed(&rules, verified);
            }
            let day = adaptive.rule.as_rule(verified, self.recent(now));
            unverified_until = self.log.retry_at(day, now).filter(|_| !adaptive.trusted);
            rules.push(day);
        }
        let (own, _) = rules.split_at(command.rules.len());
        let rules_until = latest_retry(own.iter().map(|rule| self.log.retry_at(*rule, now)));
        let rejected_until = rules_until.max(unverified_until);
        if !command.shadow {
            let asks = command.captcha_available;
            if rules_until.is_some() || (unverified_until.is_some() && !asks) {
                return SlotDecision::Rejected(rejected_until.unwrap_or(now));
            }
            let is_busy = own.iter().any(|rule| is_half_used(self.log.used(*rule, now), rule.limit));
            if asks && (is_busy || unverified_until.is_some()) {
                return SlotDecision::CaptchaRequired;
            }
        }
        self.clock = now;
        let reservation = Reservation { at: now, id: command.id };
        self.log.push(reservation, &rules);
        self.granted = self.granted.saturating_add(1);
        SlotDecision::Granted { reservation, rejected_until }
    }

    /// Takes an event back.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        let released = self.log.release(reservation);
        self.granted = self.granted.saturating_sub(released.into());
        released
    }

    /// How its adaptive limit stands.
    #[must_use]
    pub fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let now = self.clock.max(now);
        let verified = self.verified.sum(now);
        let day = rule.as_rule(verified, self.recent(now));
        AdaptiveUsage { sent: self.log.used(day, now), verified, limit: day.limit, until: self.log.retry_at(day, now) }
    }

    /// Texts whose codes may still be entered.
    fn recent(&self, now: i64) -> u32 {
        self.log.used(Rule { limit: u32::MAX, window_ms: PENDING_MS }, now)
    }

    /// How its rules stand.
    #[must_use]
    pub fn explain(&self, rules: &[Rule], relaxes: bool, now: i64) -> Vec<WindowUsage> {
        let now = self.clock.max(now);
        let rules = if relaxes { relaxed(rules, self.verified.sum(now)) } else { rules.to_vec() };
        rules.iter().map(|rule| WindowUsage::of(&self.log, *rule, now)).collect()
    }

    /// When nothing of it counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        // Who is refused from many addresses leaves none of them behind for long.
        let log = if self.granted == 0 { self.clock.saturating_add(IDLE_TTL_MS) } else { self.log.expires_at() };
        log.max(self.verified.expires_at())
    }
}

/// The rules of a key of which so many codes were entered: those texts count against none.
fn relaxed(rules: &[Rule], verified: u32) -> Vec<Rule> {
    rules.iter().map(|rule| Rule { limit: rule.limit.saturating_add(verified), ..*rule }).collect()
}

/// The latest of several waits: nothing where there is none.
pub fn latest_retry(waits: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    waits.flatten().max()
}

/// Whether half of a limit is used up.
#[must_use]
pub const fn is_half_used(used: u32, limit: u32) -> bool {
    used.saturating_mul(2) >= limit
}
