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
/// The longest pause that `Retry-After` causes, in milliseconds.
const MAX_RETRY_AFTER_MS: i64 = 3_600_000;
/// Milliseconds within which an endpoint answers for which a vendor's push may wait.
const PROMPT_MS: i64 = 2000;

/// The state of the endpoint.
#[derive(Default)]
pub struct WebhookHealth {
    failures: Cell<u32>,
    rests: Cell<u32>,
    /// The end of the pause, in milliseconds since the Unix epoch; 0 for no pause.
    rests_until: Cell<i64>,
    /// The time that `Retry-After` named, in milliseconds since the Unix epoch.
    retry_at: Cell<Option<i64>>,
    /// Whether the endpoint answered 410; `None` before the store was asked.
    is_gone: Cell<Option<bool>>,
    /// Whether its last accepted message took longer than [`PROMPT_MS`].
    is_slow: Cell<bool>,
}

impl WebhookHealth {
    /// The remaining pause after failures, in milliseconds; 0 for no pause.
    #[must_use]
    pub fn rest_ms(&self, now: i64) -> i64 {
        remaining_ms(self.rests_until.get(), now, MAX_REST_MS)
    }

    /// The remaining pause that the endpoint asked for, in milliseconds; 0 for no pause, [`i64::MAX`] after 410.
    #[must_use]
    pub fn closed_ms(&self, now: i64) -> i64 {
        if self.is_gone.get() == Some(true) {
            return i64::MAX;
        }
        remaining_ms(self.retry_at.get().unwrap_or(i64::MIN), now, MAX_RETRY_AFTER_MS)
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

    /// Whether a vendor's push may wait for the endpoint: it accepted its last message quickly, or none was posted yet.
    #[must_use]
    pub fn is_prompt(&self, now: i64) -> bool {
        self.failures.get() == 0 && !self.is_slow.get() && self.rest_ms(now) == 0 && self.closed_ms(now) == 0
    }

    /// Records a message that was accepted after `took_ms` milliseconds.
    pub fn succeeded(&self, took_ms: i64) {
        self.is_slow.set(took_ms > PROMPT_MS);
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

    /// Records the time that `Retry-After` named, in milliseconds since the Unix epoch. The pause is an hour at most.
    pub fn asked_for_pause(&self, retry_at: i64, now: i64) {
        self.retry_at.set(Some(retry_at.min(now.saturating_add(MAX_RETRY_AFTER_MS))));
    }

    /// Records whether the endpoint answered 410, to this process or, by the store, to another.
    pub fn set_gone(&self, is_gone: bool) {
        self.is_gone.set(Some(is_gone));
    }

    /// Whether the endpoint answered 410; `None` before the store was asked.
    #[must_use]
    pub fn is_gone(&self) -> Option<bool> {
        self.is_gone.get()
    }
}

/// Milliseconds until a time, or 0. A clock that was set back must not lengthen a pause.
fn remaining_ms(until: i64, now: i64, max_ms: i64) -> i64 {
    let remaining = until.saturating_sub(now);
    if (1..=max_ms).contains(&remaining) { remaining } else { 0 }
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
            endpoint.succeeded(0);
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
        endpoint.succeeded(0);
        assert!(endpoint.may_post(now) && endpoint.may_post(now));
    }

    #[test]
    fn a_pause_that_the_endpoint_asked_for_is_an_hour_at_most() {
        let endpoint = WebhookHealth::default();
        endpoint.asked_for_pause(120_000, 0);
        assert_eq!((endpoint.closed_ms(0), endpoint.closed_ms(119_999), endpoint.closed_ms(120_000)), (120_000, 1, 0));
        endpoint.asked_for_pause(i64::MAX, 1);
        assert_eq!(endpoint.closed_ms(1), MAX_RETRY_AFTER_MS);
        assert!(!endpoint.is_prompt(1));
        endpoint.asked_for_pause(i64::MIN, 1);
        assert_eq!(endpoint.closed_ms(1), 0);
    }

    #[test]
    fn an_endpoint_that_is_gone_stays_closed() {
        let endpoint = WebhookHealth::default();
        assert_eq!((endpoint.is_gone(), endpoint.closed_ms(0)), (None, 0));
        endpoint.set_gone(true);
        assert_eq!(endpoint.closed_ms(i64::MAX), i64::MAX);
        assert!(!endpoint.is_prompt(0));
    }

    #[test]
    fn concurrent_failures_cause_one_rest() {
        let endpoint = WebhookHealth::default();
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        let rest = endpoint.rest_ms(0);
        assert_eq!(rest, FIRST_REST_MS);
    }

    #[test]
    fn a_push_waits_for_an_endpoint_that_answered_quickly() {
        let endpoint = WebhookHealth::default();
        assert!(endpoint.is_prompt(0));
        endpoint.succeeded(PROMPT_MS + 1);
        assert!(!endpoint.is_prompt(0));
        endpoint.succeeded(PROMPT_MS);
        assert!(endpoint.is_prompt(0));
        endpoint.failed(0);
        assert!(!endpoint.is_prompt(0));
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
