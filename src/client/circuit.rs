//! [`Circuit`]: passes over an account that keeps failing, so that a person does not wait for it with every message.

use crate::error::{Code, SmsError};

/// Failures in a row that open it.
const FAILURES: u32 = 5;
/// How long it stays open before one message tries the account again, in milliseconds.
const OPEN_MS: i64 = 30_000;

/// One account's circuit. Closed, the account is tried; open, it is passed over.
#[derive(Debug, Default)]
pub struct Circuit {
    failures: u32,
    open_until: Option<i64>,
}

/// What an attempt changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The account is passed over from now on.
    Opened,
    /// The account is tried again.
    Closed,
}

impl Circuit {
    /// Whether the account is passed over at a time in milliseconds since 1970.
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.open_until.is_some_and(|until| now < until)
    }

    /// Takes note of an attempt that the vendor accepted.
    pub fn succeeded(&mut self) -> Option<Change> {
        self.failures = 0;
        self.open_until.take().map(|_| Change::Closed)
    }

    /// Takes note of an attempt that failed for certain. Only what is the account's fault or the way's counts, and not
    /// what is the message's.
    pub fn failed(&mut self, error: &SmsError, now: i64) -> Option<Change> {
        if !is_of_the_account(error.code) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES || self.is_open(now) {
            return None;
        }
        let was_closed = self.open_until.is_none();
        self.open_until = Some(now + OPEN_MS);
        was_closed.then_some(Change::Opened)
    }
}

fn is_of_the_account(code: Code) -> bool {
    matches!(
        code,
        Code::Auth
            | Code::ForbiddenIp
            | Code::Balance
            | Code::Throttled
            | Code::Suspended
            | Code::Vendor
            | Code::Network
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_five_failures_in_a_row_tries_again_and_closes() {
        let mut circuit = Circuit::default();
        let failure = SmsError::refused(Code::Balance, "");
        for _ in 0..4 {
            assert_eq!(circuit.failed(&failure, 0), None);
        }
        assert!(!circuit.is_open(0));
        assert_eq!(circuit.failed(&failure, 0), Some(Change::Opened));
        assert!(circuit.is_open(29_999) && !circuit.is_open(30_000));
        assert_eq!(circuit.failed(&failure, 30_000), None, "still open, and told before");
        assert!(circuit.is_open(59_999));
        assert_eq!(circuit.succeeded(), Some(Change::Closed));
        assert!(!circuit.is_open(59_999));
        assert_eq!(circuit.succeeded(), None);
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            assert_eq!(circuit.failed(&SmsError::refused(Code::Auth, ""), 0), None);
            circuit.succeeded();
        }
    }

    #[test]
    fn a_message_that_is_refused_says_nothing_of_the_account() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            assert_eq!(circuit.failed(&SmsError::refused(Code::Content, ""), 0), None);
        }
    }
}
