//! [`Rule`]: so many in so long a time.

use serde::{Deserialize, Serialize};

/// The longest window, in milliseconds: a leap year.
pub const LONGEST_WINDOW_MS: i64 = 366 * 86_400_000;

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
