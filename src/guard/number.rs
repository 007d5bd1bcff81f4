//! [`Number`]: the sends, guesses and challenges of one phone number.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::idempotency::RETENTION_MS;
use crate::guard::number_work::Works;
use crate::guard::rule::{HOUR_MS, NumberRules, Rule};
use crate::guard::sliding_log::{SlidingLog, WindowUsage};
use crate::otp::challenge::{Challenge, ChallengeId, ChallengeState};

/// The maximum number of challenges. Ended ones are kept for some time, so that a late answer is recognised.
pub(super) const MAX_CHALLENGES: usize = 32;
/// Milliseconds for which a challenge is kept after it expired: half an hour longer than the answer under an
/// `Idempotency-Key`, which refers to it, so that it still exists after a clock was set back by less.
pub(super) const CHALLENGE_RETENTION_MS: i64 = RETENTION_MS + HOUR_MS / 2;
/// Milliseconds for which an opt-out from marketing texts is kept: ten years.
const OPT_OUT_RETENTION_MS: i64 = 3650 * 86_400_000;

/// The stored state of a number. It does not contain the number itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The latest time seen, since time never runs back.
    pub(super) clock: i64,
    pub(super) sends: SlidingLog,
    pub(super) guesses: SlidingLog,
    pub(super) challenges: Vec<Challenge>,
    /// The time of the opt-out from marketing texts, in milliseconds since the Unix epoch.
    pub(super) opted_out: Option<i64>,
    /// The time until which queries may refer to challenges that an operator erased, in milliseconds since the Unix
    /// epoch.
    pub(super) erased_until: Option<i64>,
    pub(super) works: Works,
}

/// An operator's view of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The usage of the rules for trusted requesters' sends.
    pub sends: Vec<WindowUsage>,
    /// The usage of the rules for other requesters' sends.
    pub untrusted_sends: Vec<WindowUsage>,
    /// The usage of the rules for guesses.
    pub guesses: Vec<WindowUsage>,
    /// The challenges, the oldest first.
    pub challenges: Vec<Challenge>,
}

impl Number {
    /// The state of a challenge for somebody who has it. A challenge that was reported as ended stays ended.
    pub fn status(&mut self, id: ChallengeId, now: i64) -> Option<Challenge> {
        self.expire_challenges(self.clock.max(now));
        let mut challenge = self.challenge(id, now)?;
        challenge.note_holder();
        Some(challenge)
    }

    /// A challenge with its state at this time.
    fn challenge(&self, id: ChallengeId, now: i64) -> Option<Challenge> {
        let mut challenge = self.challenges.iter().find(|known| known.id == id)?.clone();
        challenge.state = challenge.state_at(self.clock.max(now));
        Some(challenge)
    }

    /// An operator's view of the number.
    #[must_use]
    pub fn explain(&self, rules: &NumberRules, now: i64) -> Explanation {
        let now = self.clock.max(now);
        let usage = |log: &SlidingLog, rule: Rule| WindowUsage::of(log, rule, now);
        let challenges = self.challenges.iter().filter_map(|known| self.challenge(known.id, now));
        Explanation {
            sends: rules.for_caller(true).map(|rule| usage(&self.sends, rule)).collect(),
            untrusted_sends: rules.for_caller(false).map(|rule| usage(&self.sends, rule)).collect(),
            guesses: rules.guesses.iter().map(|rule| usage(&self.guesses, *rule)).collect(),
            challenges: challenges.collect(),
        }
    }

    /// Removes sends and guesses for an operator, and sets back a clock that was ahead, removing the challenges begun
    /// ahead of time. Other challenges stay, with their tries.
    pub fn reset(&mut self, now: i64) {
        (self.sends, self.guesses) = (SlidingLog::default(), SlidingLog::default());
        self.works.reset();
        self.challenges.retain(|known| known.begun <= now);
        self.clock = now;
    }

    /// Whether the state contains nothing.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let knows_times = self.opted_out.is_some() || self.erased_until.is_some();
        let is_unused = self.sends.is_empty() && self.guesses.is_empty() && self.works.is_empty();
        self.challenges.is_empty() && is_unused && !knows_times
    }

    /// The time at which nothing of the state counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let challenges = self.challenges.iter().map(|known| known.expires_at.saturating_add(CHALLENGE_RETENTION_MS));
        let logs = [self.sends.expires_at(), self.guesses.expires_at(), self.works.expires_at()];
        let opted_out = self.opted_out.map(|since| since.saturating_add(OPT_OUT_RETENTION_MS));
        challenges.chain(logs).chain(opted_out).chain(self.erased_until).max().unwrap_or_default()
    }

    /// Marks expired challenges as ended. Without the mark, a clock that is set back would open a challenge again.
    pub(super) fn expire_challenges(&mut self, now: i64) {
        for known in &mut self.challenges {
            if known.state == ChallengeState::Open && known.state_at(now) == ChallengeState::Expired {
                known.state = ChallengeState::Expired;
                self.clock = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::guess::GuessDecision;
    use crate::guard::reserve_send::SendDecision;
    use crate::guard::reserve_send::tests::{guessed, resend_of, send_command, sent};

    #[test]
    fn expired_challenge_stays_closed_when_the_clock_goes_back() {
        for round in [0, 1, 2] {
            let mut number = Number::default();
            let (_, challenge) = sent(&mut number, 1, 0);
            match round {
                0 => assert_eq!(
                    guessed(&mut number, &challenge, 300_000),
                    GuessDecision::Closed(ChallengeState::Expired)
                ),
                1 => assert_eq!(
                    number.reserve_send(send_command(2, resend_of(challenge.id, 0)), 300_000),
                    SendDecision::ChallengeClosed
                ),
                _ => assert_eq!(number.status(challenge.id, 300_000).unwrap().state, ChallengeState::Expired),
            }
            assert_eq!(guessed(&mut number, &challenge, 1000), GuessDecision::Closed(ChallengeState::Expired));
            assert_eq!(
                number.reserve_send(send_command(3, resend_of(challenge.id, 0)), 1000),
                SendDecision::ChallengeClosed
            );
        }
    }
}
