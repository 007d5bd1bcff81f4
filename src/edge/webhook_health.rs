//! [`WebhookHealth`]: how the user's webhook fares, as one process sees it. One that fails again and again is left alone for a while.

use core::cell::Cell;

/// Failures in a row after which the endpoint rests.
const MAX_FAILURES: u32 = 10;
/// How long its first rest lasts, in milliseconds; each that follows at once lasts twice as long.
const FIRST_REST_MS: i64 = 1000;
/// The longest rest, in milliseconds.
const MAX_REST_MS: i64 = 30_000;
/// How long others wait for the one message that probes it, in milliseconds: a post takes ten seconds at most.
const PROBE_MS: i64 = 12_000;
/// How long an endpoint that wants nothing more (410) is told nothing, in milliseconds.
const GONE_MS: i64 = 3_600_000;

/// What is known of an endpoint.
#[derive(Default)]
pub struct WebhookHealth {
    failures: Cell<u32>,
    rests: Cell<u32>,
    /// Until when it rests, in milliseconds since the Unix epoch; 0 where it does not.
    rests_until: Cell<i64>,
    gone_until: Cell<i64>,
}

impl WebhookHealth {
    /// How long it still rests, in milliseconds; 0 where it does not.
    #[must_use]
    pub fn rest_ms(&self, now: i64) -> i64 {
        let rest = self.rests_until.get().saturating_sub(now);
        // A clock that was set back must not lengthen a rest.
        if (1..=MAX_REST_MS).contains(&rest) { rest } else { 0 }
    }

    /// Whether a message may be posted now. After a rest, one probes it and the others wait for what comes of that.
    pub fn may_post(&self, now: i64) -> bool {
        if self.rest_ms(now) > 0 {
            return false;
        }
        if self.failures.get() >= MAX_FAILURES {
            self.rests_until.set(now.saturating_add(PROBE_MS));
        }
        true
    }

    /// It took a message.
    pub fn succeeded(&self) {
        self.failures.set(0);
        self.rests.set(0);
        self.rests_until.set(0);
    }

    /// It did not take a message.
    pub fn failed(&self, now: i64) {
        let was_probe = self.failures.get() >= MAX_FAILURES;
        self.failures.set(self.failures.get().saturating_add(1));
        // Posts that were under way when the rest began say nothing new.
        if self.failures.get() >= MAX_FAILURES && (was_probe || self.rest_ms(now) == 0) {
            let rest = FIRST_REST_MS << self.rests.get().min(5);
            self.rests.set(self.rests.get().saturating_add(1));
            self.rests_until.set(now.saturating_add(rest.min(MAX_REST_MS)));
        }
    }

    /// It wants nothing more for now.
    pub fn gone(&self, now: i64) {
        self.gone_until.set(now.saturating_add(GONE_MS));
    }

    /// Whether it said lately that it wants nothing more.
    #[must_use]
    pub fn is_gone(&self, now: i64) -> bool {
        (1..=GONE_MS).contains(&self.gone_until.get().saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_after_several_failures_in_a_row_and_is_probed_by_one_message() {
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
    fn posts_that_fail_together_make_one_rest() {
        let endpoint = WebhookHealth::default();
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        let rest = endpoint.rest_ms(0);
        assert_eq!(rest, FIRST_REST_MS);
    }

    #[test]
    fn a_lost_probe_is_followed_by_another() {
        let endpoint = WebhookHealth::default();
        (0..MAX_FAILURES).for_each(|_| endpoint.failed(0));
        assert!(
            endpoint.may_post(1000) && !endpoint.may_post(1000 + PROBE_MS - 1) && endpoint.may_post(1000 + PROBE_MS)
        );
    }
}
