//! [`Rule`]: a number of events in a window of time; [`NumberRules`]: the rules of one number.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The longest window, in milliseconds: a leap year.
pub const MAX_WINDOW_MS: i64 = 366 * DAY_MS;
pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// At most `limit` events in any `window_ms` milliseconds: a rolling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The maximum number of events; at least 1.
    pub limit: u32,
    /// The window, in milliseconds; at least 1.
    pub window_ms: i64,
}

impl Rule {
    /// A rule with a window in seconds.
    #[must_use]
    pub const fn new(limit: u32, window_seconds: i64) -> Self {
        Self { limit, window_ms: window_seconds * 1000 }
    }

    /// The same rule for requesters who may not use the reserve: its limit is lower by `kept`.
    #[must_use]
    pub const fn less(self, reserve: u32) -> Self {
        Self { limit: self.limit.saturating_sub(reserve), window_ms: self.window_ms }
    }
}

/// The rules of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRules {
    /// The rules of sends, including the cool-down.
    pub sends: Vec<Rule>,
    /// The part of an hour's sends that is reserved for trusted requesters.
    pub reserve_hour: u32,
    /// The part of a day's sends that is reserved for trusted requesters.
    pub reserve_day: u32,
    /// The rules of guesses.
    pub guesses: Vec<Rule>,
}

impl NumberRules {
    /// The rules for a requester. One that is not trusted may not use the reserves of an hour and of a day.
    pub(super) fn for_caller(&self, known: bool) -> impl Iterator<Item = Rule> + '_ {
        self.sends.iter().map(move |rule| {
            let reserve = match rule.window_ms {
                _ if known => 0,
                DAY_MS.. => self.reserve_day,
                HOUR_MS.. => self.reserve_hour,
                _ => 0,
            };
            rule.less(reserve)
        })
    }
}
