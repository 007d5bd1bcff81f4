//! [`WebhookHealth`]: one process's circuit for the user's webhook. It pauses an endpoint that keeps failing.

use core::cell::Cell;

/// Consecutive failures that begin a pause.
const MAX_FAILURES: u32 = 10;
/// The first pause, in milliseconds; each that follows at once is twice as long.
const FIRST_REST_MS: i64 = 1000;
/// The longest pause, in milliseconds.
const MAX_REST_MS: i64 = 30_000;
/// Milliseconds for which other messages wait for the one that probes the endpoint: a post takes ten seconds at most.
const PROBE_MS: i64 = 12_000;
/// Milliseconds for which an endpoint that answered 410 receives nothing.
const GONE_MS: i64 = 3_600_000;

/// The state of the endpoint.
#[derive(Default)]
pub struct WebhookHealth {
    failures: Cell<u32>,
    rests: Cell<u32>,
    /// The end of the pause, in milliseconds since the Unix epoch; 0 for no pause.
    rests_until: Cell<i64>,
    gone_until: Cell<i64>,
}

impl WebhookHealth {
    /// The remaining pause in milliseconds; 0 for no pause.
    #[must_use]
    pub fn rest_ms(&self, now: i64) -> i64 {
        let rest = self.rests_until.get().saturating_sub(now);
        // A clock that was set back must not lengthen a pause.
        if (1..=MAX_REST_MS).contains(&rest) { rest } else { 0 }
    }

    /// Whether a message may be posted now. After a pause, one message probes the endpoint and the others wait for its
    /// result.
    pub fn may_post(&self, now: i64) -> bool {
        if self.rest_ms(now) > 0 {
            return false;
        }
        if self.failures.get() >= MAX_FAILURES {
            self.rests_until.set(now.saturating_add(PROBE_MS));
        }
        true
    }

    /// Records an accepted message.
    pub fn succeeded(&self) {
        self.failures.set(0);
        self.rests.set(0);
        self.rests_until.set(0);
    }

    /// Records a failed message.
    pub fn failed(&self, now: i64) {
        let was_probe = self.failures.get() >= MAX_FAILURES;
        self.failures.set(self.failures.get().saturating_add(1));
        // Posts that were under way when the pause began do not count again.
        if self.failures.get() >= MAX_FAILURES && (was_probe || self.rest_ms(now) == 0) {
            let rest = FIRST_REST_MS << self.rests.get().min(5);
            self.rests.set(self.rests.get().saturating_add(1));
            self.rests_until.set(now.saturating_add(rest.min(MAX_REST_MS)));
        }
    }

    /// Records an answer of 410.
    pub fn gone(&self, now: i64) {
        self.gone_until.set(now.saturating_add(GONE_MS));
    }

    /// Whether the endpoint recently answered 410.
    #[must_use]
    pub fn is_gone(&self, now: i64) -> bool {
        (1..=GONE_MS).contains(&self.gone_until.get().saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_rests_after_consecutive_failures_and_one_message_probes_it() {
        let endpoint = WebhookHealth::default();
        for _ in 0..3 {
            for _ in 1..MAX_FAILURES {
                assert!(endpoint.may_post(0));
                endpoint.failed(0);
            }
            assert_eq!(endpoint.rest_ms(0), 0);
            endpoint.succeeded();
        }
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        assert!(!endpoint.may_post(999));
        let mut now = 0;
        for rest in [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
            assert_eq!(endpoint.rest_ms(now), rest);
            now += rest;
            assert!(endpoint.may_post(now) && !endpoint.may_post(now), "one probes");
            endpoint.failed(now);
        }
        assert!(endpoint.may_post(now - 100_000), "a clock that was set back");
        endpoint.succeeded();
        assert!(endpoint.may_post(now) && endpoint.may_post(now));
    }

    #[test]
    fn concurrent_failures_cause_one_rest() {
        let endpoint = WebhookHealth::default();
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        let rest = endpoint.rest_ms(0);
        assert_eq!(rest, FIRST_REST_MS);
    }

    #[test]
    fn lost_probe_is_replaced() {
        let endpoint = WebhookHealth::default();
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        assert!(
            endpoint.may_post(1000) && !endpoint.may_post(1000 + PROBE_MS - 1) && endpoint.may_post(1000 + PROBE_MS)
        );
    }
}
