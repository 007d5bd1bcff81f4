//! [`Rule`]: so many in so long a time; [`NumberRules`]: those of one number.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The longest window, in milliseconds: a leap year.
pub const MAX_WINDOW_MS: i64 = 366 * DAY_MS;
pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// At most `limit` events in any `window_ms` milliseconds, in a window that rolls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How many events. At least 1.
    pub limit: u32,
    /// In how many milliseconds. At least 1.
    pub window_ms: i64,
}

impl Rule {
    /// A rule over a window in seconds.
    #[must_use]
    pub const fn new(limit: u32, window_seconds: i64) -> Self {
        Self { limit, window_ms: window_seconds * 1000 }
    }

    /// The same rule for those who may use only part of it: what is kept for others is taken off the limit.
    #[must_use]
    pub const fn less(self, kept: u32) -> Self {
        Self { limit: self.limit.saturating_sub(kept), window_ms: self.window_ms }
    }
}

/// The rules of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRules {
    /// What every send must pass, the cool-down among them.
    pub sends: Vec<Rule>,
    /// What of an hour's sends is kept for those who are known.
    pub reserve_hour: u32,
    /// What of a day's sends is kept for those who are known.
    pub reserve_day: u32,
    /// What every guess must pass.
    pub guesses: Vec<Rule>,
}

impl NumberRules {
    /// The rules for somebody. Of an hour and of a day, those who are not known leave a reserve.
    pub(super) fn for_caller(&self, known: bool) -> impl Iterator<Item = Rule> + '_ {
        self.sends.iter().map(move |rule| {
            let kept = match rule.window_ms {
                _ if known => 0,
                DAY_MS.. => self.reserve_day,
                HOUR_MS.. => self.reserve_hour,
                _ => 0,
            };
            rule.less(kept)
        })
    }
}
