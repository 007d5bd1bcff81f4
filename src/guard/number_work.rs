//! [`Works`]: the proofs of work that a number took, each good once, and what they opened of its reserve.
//!
//! Work is a price and shows nothing of who paid it. So it opens of a number's reserve only so much in a time ([`OPENS`]), and what is
//! left stays for those who solved a captcha or verified the number before.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::latest_retry;
use crate::guard::rule::{DAY_MS, Rule};
use crate::guard::sliding_log::{Reservation, SlidingLog};
use crate::otp::work_challenge::DoneWork;

/// How often work opens the reserve of a number: once in a day. A bomber would be the first to use any more of it.
pub const OPENS: [Rule; 1] = [Rule { limit: 1, window_ms: DAY_MS }];

/// Whether somebody can show work in the place of a captcha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ByWork {
    /// No.
    #[default]
    No,
    /// Work or a captcha.
    Too,
    /// Work, and there is no captcha.
    Alone,
}

/// What a requester shows, for the limits that many share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// Nothing.
    #[default]
    Nothing,
    /// Work: a price, which says nothing about who paid it.
    Work,
    /// A solved captcha, a device that verified the number before, or a token.
    Trusted,
}

/// The proofs of work that a number took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Works {
    /// Those that are still good but for having been used.
    used: Vec<Used>,
    /// When one opened the reserve.
    opened: SlidingLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    work: DoneWork,
    /// The send that it was for.
    by: Reservation,
}

impl Works {
    /// Whether work is no longer good: by the number's own clock, which never runs back.
    pub(super) fn is_spent(&self, work: DoneWork, now: i64) -> bool {
        work.expires_at <= now || self.used.iter().any(|used| used.work.id == work.id)
    }

    /// When work opens the reserve again; nothing where it does now.
    pub(super) fn opens_at(&self, now: i64) -> Option<i64> {
        latest_retry(OPENS.iter().map(|rule| self.opened.retry_at(*rule, now)))
    }

    /// Notes work that a send was granted by.
    pub(super) fn take(&mut self, work: DoneWork, by: Reservation, opens: bool) {
        self.used.retain(|used| used.work.expires_at > by.at);
        self.used.push(Used { work, by });
        if opens {
            self.opened.push(by, &OPENS);
        }
    }

    /// Gives back what a send took that was certainly not sent: its work is still good.
    pub(super) fn release(&mut self, by: Reservation) {
        self.used.retain(|used| used.by != by);
        self.opened.release(by);
    }

    /// Forgets when the reserve was opened. What was used stays so.
    pub(super) fn reset(&mut self) {
        self.opened = SlidingLog::default();
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.used.is_empty() && self.opened.is_empty()
    }

    /// When nothing of it counts any more.
    pub(super) fn expires_at(&self) -> i64 {
        let used = self.used.iter().map(|used| used.work.expires_at);
        used.chain([self.opened.expires_at()]).max().unwrap_or_default()
    }
}
