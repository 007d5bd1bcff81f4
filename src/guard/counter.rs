//! [`Counter`]: how often an address, a token, a prefix or everything sent.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

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
        let rejected_until = latest_retry(command.rules.iter().map(|rule| self.log.retry_at(*rule, now)));
        if !command.shadow {
            if let Some(until) = rejected_until {
                return SlotDecision::Rejected(until);
            }
            if take.asks && take.rules.iter().any(|rule| is_half_used(self.log.used(*rule, now), rule.limit)) {
                return SlotDecision::Captcha;
            }
        }
        self.clock = now;
        let reservation = Reservation { at: now, id: command.id };
        self.log.push(reservation, &command.rules);
        self.granted = self.granted.saturating_add(1);
        SlotDecision::Granted { reservation, rejected_until }
    }

    /// Takes an event back.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        let released = self.log.release(reservation);
        self.granted = self.granted.saturating_sub(released.into());
        released
    }

    /// How its rules stand.
    #[must_use]
    pub fn explain(&self, rules: &[Rule], now: i64) -> Vec<WindowUsage> {
        let now = self.clock.max(now);
        rules.iter().map(|rule| WindowUsage::of(&self.log, *rule, now)).collect()
    }

    /// When nothing of it counts any more.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        // Who is refused from many addresses leaves none of them behind for long.
        if self.granted == 0 { self.clock.saturating_add(IDLE_TTL_MS) } else { self.log.expires_at() }
    }
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
