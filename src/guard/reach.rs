//! [`Reach`]: whether texts reach a number: why the last one failed, and until when none is sent for that.

use serde::{Deserialize, Serialize};

use crate::guard::number::Number;
use crate::guard::reserve_send::SendDecision;
use crate::otp::challenge::{ChallengeId, TextId};

/// How long a number is closed that no text can reach, in milliseconds: a day.
pub const CLOSED_MS: i64 = 86_400_000;

/// What is known of whether texts reach a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    failure: Option<Failure>,
}

/// Why a text did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The text.
    pub text: TextId,
    /// The number of its [`Reason`](crate::reason::Reason).
    pub reason: u8,
    /// Until when no text can reach the number, in milliseconds since 1970; 0 where one can.
    pub closed_until: i64,
}

impl Reach {
    /// Notes why a text failed.
    pub fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    /// Notes that a text arrived: whatever failed before, they do.
    pub fn arrived(&mut self) {
        self.failure = None;
    }

    /// Why the last text of a challenge failed.
    #[must_use]
    pub fn failure_of(&self, challenge: ChallengeId) -> Option<u8> {
        self.failure.filter(|failure| failure.text.challenge == challenge).map(|failure| failure.reason)
    }

    /// Why and until when no text can reach the number.
    #[must_use]
    pub fn closed(&self, now: i64) -> Option<(u8, i64)> {
        let failure = self.failure.filter(|failure| failure.closed_until > now)?;
        Some((failure.reason, failure.closed_until))
    }

    /// Until when it is remembered, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.failure.map_or(0, |failure| failure.closed_until)
    }

    /// Whether nothing of it counts any more.
    #[must_use]
    pub fn is_idle(&self, number: &Number, now: i64) -> bool {
        let is_told = |failure: Failure| number.challenges.iter().any(|known| known.id == failure.text.challenge);
        self.failure.is_none_or(|failure| failure.closed_until <= now && !is_told(failure))
    }
}

/// What came of asking for a text where a number may be closed.
#[allow(clippy::large_enum_variant, reason = "it is made once and told at once")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReachDecision {
    /// It is not: what the number said.
    Send(SendDecision),
    /// It is: why, and until when.
    Closed(u8, i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: ChallengeId = ChallengeId([1; 8]);

    fn failure(closed_until: i64) -> Failure {
        Failure { text: TextId { challenge: CHALLENGE, index: 0 }, reason: 3, closed_until }
    }

    #[test]
    fn number_is_closed_until_its_time_and_opened_by_a_delivery() {
        let mut reach = Reach::default();
        assert_eq!((reach.closed(0), reach.failure_of(CHALLENGE)), (None, None));
        reach.fail(failure(1000));
        assert_eq!((reach.closed(999), reach.closed(1000)), (Some((3, 1000)), None));
        assert_eq!((reach.failure_of(CHALLENGE), reach.failure_of(ChallengeId([2; 8]))), (Some(3), None));
        assert_eq!(reach.expires_at(), 1000);
        assert!(!reach.is_idle(&Number::default(), 999) && reach.is_idle(&Number::default(), 1000));
        reach.arrived();
        assert_eq!(reach, Reach::default());
    }

    #[test]
    fn reason_that_closes_nothing_lives_as_long_as_its_challenge() {
        let mut reach = Reach::default();
        reach.fail(failure(0));
        assert_eq!(reach.closed(0), None);
        assert!(reach.is_idle(&Number::default(), 0));
        let mut number = Number::default();
        let (_, challenge) = crate::guard::reserve_send::tests::sent(&mut number, 1, 0);
        let text = TextId { challenge: challenge.id, index: 0 };
        reach.fail(Failure { text, ..failure(0) });
        assert!(!reach.is_idle(&number, 0));
    }
}
