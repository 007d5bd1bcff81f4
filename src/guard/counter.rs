//! [`Counter`]: counts the sends of an address, a token, a prefix or everything.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::log::{Log, Reservation, Usage};
use crate::guard::rule::Rule;

/// Milliseconds for which the clock of a key is kept after all its events were released.
const IDLE_MS: i64 = 60_000;

/// The stored state of a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The latest time seen, since time never runs back.
    clock: i64,
    log: Log,
    /// The number of events that were granted and not released.
    kept: u32,
}

/// A command: counts one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    /// The event's random number.
    pub id: u32,
    /// The rules that must allow it.
    pub rules: Vec<Rule>,
    /// Whether a counter with half of a rule used up requires a captcha.
    pub asks: bool,
    /// Whether shadow mode lets the event through whatever the decision is.
    pub shadow: bool,
}

/// The decision about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken {
    /// The event was counted.
    Granted {
        /// Releases the event.
        reservation: Reservation,
        /// In shadow mode, the time at which the rules would allow it; `None` if they allow it now.
        refused_until: Option<i64>,
    },
    /// The rules reject the event until this time, in milliseconds since the Unix epoch.
    Refused(i64),
    /// The event requires a captcha.
    Captcha,
}

impl Counter {
    /// Decides about an event, and counts a granted one.
    pub fn take(&mut self, take: &Take, now: i64) -> Taken {
        let now = self.clock.max(now);
        let refused_until = latest(take.rules.iter().map(|rule| self.log.not_until(*rule, now)));
        if !take.shadow {
            if let Some(until) = refused_until {
                return Taken::Refused(until);
            }
            if take.asks && take.rules.iter().any(|rule| is_half_used(self.log.used(*rule, now), rule.limit)) {
                return Taken::Captcha;
            }
        }
        self.clock = now;
        let reservation = Reservation { at: now, id: take.id };
        self.log.push(reservation, &take.rules);
        self.kept = self.kept.saturating_add(1);
        Taken::Granted { reservation, refused_until }
    }

    /// Releases an event. Returns whether it was counted.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        let released = self.log.release(reservation);
        self.kept = self.kept.saturating_sub(released.into());
        released
    }

    /// The usage of each rule.
    #[must_use]
    pub fn explain(&self, rules: &[Rule], now: i64) -> Vec<Usage> {
        let now = self.clock.max(now);
        rules.iter().map(|rule| Usage::of(&self.log, *rule, now)).collect()
    }

    /// The time at which no event counts any more.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        // Rejected requests from many addresses must not leave rows for long.
        if self.kept == 0 { self.clock.saturating_add(IDLE_MS) } else { self.log.kept_until() }
    }
}

/// The latest of several times; `None` for none.
pub fn latest(waits: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    waits.flatten().max()
}

/// Whether half of a limit is used up.
#[must_use]
pub const fn is_half_used(used: u32, limit: u32) -> bool {
    used.saturating_mul(2) >= limit
}
