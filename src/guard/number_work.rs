//! [`Works`]: the proofs of work that a number accepted, each once, and the parts of its reserve that they opened.
//!
//! Work is a price and does not show who paid it. It therefore opens only a part of a number's reserve in a time
//! ([`OPENS`]), and the rest stays for requesters who solved a captcha or verified the number before.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::latest_retry;
use crate::guard::rule::{DAY_MS, Rule};
use crate::guard::sliding_log::{Reservation, SlidingLog};
use crate::otp::work_challenge::DoneWork;

/// How often work opens the reserve of a number: once a day. A bomber would use any more of it first.
pub const OPENS: [Rule; 1] = [Rule { limit: 1, window_ms: DAY_MS }];

/// Whether work is accepted in place of a captcha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ByWork {
    /// Work is not accepted.
    #[default]
    No,
    /// Work and a captcha are accepted.
    Too,
    /// Work is accepted, and there is no captcha.
    Alone,
}

/// The evidence that a requester shows, for shared limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// No evidence.
    #[default]
    Nothing,
    /// Work: a price, which does not show who paid it.
    Work,
    /// A solved captcha, a device that verified the number before, or a token.
    Trusted,
}

/// The proofs of work that a number accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Works {
    /// The used proofs that have not expired.
    used: Vec<Used>,
    /// The times at which work opened the reserve.
    opened: SlidingLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    work: DoneWork,
    /// The send that it was for.
    by: Reservation,
}

impl Works {
    /// Whether work was used or has expired, by the number's own clock, which never runs back.
    pub(super) fn is_spent(&self, work: DoneWork, now: i64) -> bool {
        work.expires_at <= now || self.used.iter().any(|used| used.work.id == work.id)
    }

    /// The time at which work opens the reserve again; `None` if it does now.
    pub(super) fn opens_at(&self, now: i64) -> Option<i64> {
        latest_retry(OPENS.iter().map(|rule| self.opened.retry_at(*rule, now)))
    }

    /// Records the work of a granted send.
    pub(super) fn take(&mut self, work: DoneWork, by: Reservation, opens: bool) {
        self.used.retain(|used| used.work.expires_at > by.at);
        self.used.push(Used { work, by });
        if opens {
            self.opened.push(by, &OPENS);
        }
    }

    /// Releases the work of a send that was certainly not sent: it is valid again.
    pub(super) fn release(&mut self, by: Reservation) {
        self.used.retain(|used| used.by != by);
        self.opened.release(by);
    }

    /// Removes the times at which the reserve was opened. Used work stays used.
    pub(super) fn reset(&mut self) {
        self.opened = SlidingLog::default();
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.used.is_empty() && self.opened.is_empty()
    }

    /// The time at which nothing counts any more, in milliseconds since the Unix epoch.
    pub(super) fn expires_at(&self) -> i64 {
        let used = self.used.iter().map(|used| used.work.expires_at);
        used.chain([self.opened.expires_at()]).max().unwrap_or_default()
    }
}
