//! [`Reach`]: whether texts reach a number: the reason of the last failure, and the time until which none is sent.

use serde::{Deserialize, Serialize};

use crate::guard::number::Number;
use crate::guard::reserve_send::SendDecision;
use crate::otp::challenge::{ChallengeId, TextId};

/// Milliseconds for which an unreachable number receives no text: a day.
pub const CLOSED_MS: i64 = 86_400_000;

/// The last failure of a number's texts, if nothing has arrived since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    failure: Option<Failure>,
}

/// The failure of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The text.
    pub text: TextId,
    /// The number of its [`Reason`](crate::reason::Reason).
    pub reason: u8,
    /// The time until which no text can reach the number, in milliseconds since the Unix epoch; 0 if one can.
    pub closed_until: i64,
}

impl Reach {
    /// Records the failure of a text.
    pub fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    /// Records that a text arrived, which ends an earlier failure.
    pub fn arrived(&mut self) {
        self.failure = None;
    }

    /// The reason of the last failure of a challenge's text.
    #[must_use]
    pub fn failure_of(&self, challenge: ChallengeId) -> Option<u8> {
        self.failure.filter(|failure| failure.text.challenge == challenge).map(|failure| failure.reason)
    }

    /// The reason for which no text can reach the number, and the time until which that holds.
    #[must_use]
    pub fn closed(&self, now: i64) -> Option<(u8, i64)> {
        let failure = self.failure.filter(|failure| failure.closed_until > now)?;
        Some((failure.reason, failure.closed_until))
    }

    /// The time until which the state is kept, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.failure.map_or(0, |failure| failure.closed_until)
    }

    /// Whether the state has no effect any more.
    #[must_use]
    pub fn is_idle(&self, number: &Number, now: i64) -> bool {
        let is_told = |failure: Failure| number.challenges.iter().any(|known| known.id == failure.text.challenge);
        self.failure.is_none_or(|failure| failure.closed_until <= now && !is_told(failure))
    }
}

/// The decision about a send to a number that may be unreachable.
#[allow(clippy::large_enum_variant, reason = "it is made once and told at once")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReachDecision {
    /// The number is reachable. The value is its decision.
    Send(SendDecision),
    /// The number is unreachable: the reason, and the time until which it is.
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
