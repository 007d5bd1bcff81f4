//! [`Circuit`]: skips an account that keeps failing, so that not every message waits for it.

use crate::error::{Code, SmsError};

/// Consecutive failures that open the circuit.
const MAX_FAILURES: u32 = 5;
/// Milliseconds for which an open circuit skips the account. Then one message tries the account again.
const OPEN_MS: i64 = 30_000;

/// The circuit of one account. `send` tries an account with a closed circuit and skips one with an open circuit.
#[derive(Debug, Default)]
pub struct Circuit {
    failures: u32,
    open_until: Option<i64>,
}

/// A transition that an attempt caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitChange {
    /// `send` skips the account from now on.
    Opened,
    /// `send` tries the account again.
    Closed,
}

impl Circuit {
    /// Whether to try the account at `now`, in milliseconds since the Unix epoch. After [`OPEN_MS`], an open circuit
    /// admits one message and skips the others. It also admits one when the clock was set back.
    pub fn admits(&mut self, now: i64) -> bool {
        if self.is_open(now) {
            return false;
        }
        if let Some(until) = &mut self.open_until {
            *until = now + OPEN_MS;
        }
        true
    }

    /// Whether the circuit is open. Unlike [`Circuit::admits`], does not use up the one message that an open circuit
    /// admits.
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.open_until.is_some_and(|until| now < until && until <= now + OPEN_MS)
    }

    /// Records an attempt that the vendor accepted.
    pub fn succeeded(&mut self) -> Option<CircuitChange> {
        self.failures = 0;
        self.open_until.take().map(|_| CircuitChange::Closed)
    }

    /// Records an attempt that certainly failed. Only failures of the account or the connection count, and no failure
    /// that a message can cause: a sender of bad messages must not decide where the good ones go.
    pub fn failed(&mut self, error: &SmsError, now: i64) -> Option<CircuitChange> {
        if !is_of_the_account(error.code) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < MAX_FAILURES {
            return None;
        }
        let was_closed = self.open_until.is_none();
        self.open_until = Some(now + OPEN_MS);
        was_closed.then_some(CircuitChange::Opened)
    }
}

/// Whether a failure is the account's. `vendor` and `throttled` are not: some vendors report both for a single number.
fn is_of_the_account(code: Code) -> bool {
    matches!(code, Code::Auth | Code::ForbiddenIp | Code::Balance | Code::Suspended | Code::Network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuit_opens_after_five_failures_admits_one_probe_and_closes() {
        let mut circuit = Circuit::default();
        let failure = SmsError::not_sent(Code::Balance, "");
        for _ in 0..4 {
            assert_eq!(circuit.failed(&failure, 0), None);
        }
        assert!(circuit.admits(0));
        assert_eq!(circuit.failed(&failure, 0), Some(CircuitChange::Opened));
        assert!(!circuit.admits(0) && !circuit.admits(29_999));
        assert!(circuit.admits(30_000), "one message");
        assert!(!circuit.admits(30_000) && !circuit.admits(59_999), "and no other");
        assert_eq!(circuit.failed(&failure, 30_001), None, "still open, and told before");
        assert!(circuit.admits(60_001));
        assert_eq!(circuit.succeeded(), Some(CircuitChange::Closed));
        assert!(circuit.admits(60_002) && circuit.admits(60_002));
        assert_eq!(circuit.succeeded(), None);
    }

    #[test]
    fn circuit_closes_after_the_clock_was_set_back() {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            circuit.failed(&SmsError::not_sent(Code::Auth, ""), 36_000_000);
        }
        assert!(circuit.admits(0) && !circuit.admits(1));
    }

    #[test]
    fn success_resets_the_failure_count() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            assert_eq!(circuit.failed(&SmsError::not_sent(Code::Auth, ""), 0), None);
            circuit.succeeded();
        }
    }

    #[test]
    fn errors_of_a_message_do_not_open_the_circuit() {
        let mut circuit = Circuit::default();
        for code in [Code::Content, Code::Number, Code::Vendor, Code::Throttled, Code::Template] {
            for _ in 0..20 {
                assert_eq!(circuit.failed(&SmsError::not_sent(code, ""), 0), None);
            }
        }
    }
}
