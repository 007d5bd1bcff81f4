//! [`Counter`]: counts the sends of an address, a token, a prefix or everything.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::number_work::ByWork;
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
    /// Whether the requester did some work, and has no captcha.
    pub worked: bool,
    /// Whether shadow mode lets the event through whatever the decision is.
    pub shadow: bool,
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
        let rejected_until = latest_retry(command.rules.iter().map(|rule| self.log.retry_at(*rule, now)));
        if !command.shadow {
            if let Some(until) = rejected_until {
                return SlotDecision::Rejected(until);
            }
            let is_used =
                |quarters| command.rules.iter().any(|rule| is_used(self.log.used(*rule, now), rule.limit, quarters));
            // Many share this limit: if there is a captcha, its last quarter is for those who solve one, for work is cheap.
            if command.by_work == ByWork::Too && (command.captcha_available || command.worked) && is_used(3) {
                return SlotDecision::CaptchaAlone;
            }
            if command.captcha_available && is_used(2) {
                return SlotDecision::CaptchaRequired;
            }
        }
        self.clock = now;
        let reservation = Reservation { at: now, id: command.id };
        self.log.push(reservation, &command.rules);
        self.granted = self.granted.saturating_add(1);
        SlotDecision::Granted { reservation, rejected_until }
    }

    /// Releases an event. Returns whether it was counted.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        let released = self.log.release(reservation);
        self.granted = self.granted.saturating_sub(released.into());
        released
    }

    /// The usage of each rule.
    #[must_use]
    pub fn explain(&self, rules: &[Rule], now: i64) -> Vec<WindowUsage> {
        let now = self.clock.max(now);
        rules.iter().map(|rule| WindowUsage::of(&self.log, *rule, now)).collect()
    }

    /// The time at which no event counts any more.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        // Rejected requests from many addresses must not leave rows for long.
        if self.granted == 0 { self.clock.saturating_add(IDLE_TTL_MS) } else { self.log.expires_at() }
    }
}

/// The latest of several times; `None` for none.
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
