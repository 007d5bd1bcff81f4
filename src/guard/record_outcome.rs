//! [`RecordOutcome`]: what became of a text that a number granted. A text that was certainly not sent releases its send.

use serde::{Deserialize, Serialize};

use crate::guard::number::Number;
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::{ChallengeId, ChallengeState, Delivery};
use crate::otp::text_status::Submission;

/// A command: records the outcome of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordOutcome {
    /// The text's challenge.
    pub challenge: ChallengeId,
    /// The text's send.
    pub reservation: Reservation,
    /// The outcome. A rejected text releases its send.
    pub delivery: Delivery,
    /// The index of the text in its challenge, and the account it was handed to, if a text may have left.
    pub submission: Option<(u8, Submission)>,
}

impl Number {
    /// Records the outcome of a text. A rejected text releases its send, once. Returns whether anything changed.
    pub fn record_outcome(&mut self, outcome: &RecordOutcome) -> bool {
        let place = self.challenges.iter().position(|known| known.id == outcome.challenge);
        if outcome.delivery != Delivery::Rejected {
            return place.is_some_and(|place| {
                let submission = self.record_submission(place, outcome.submission, outcome.reservation);
                self.record_delivery(place, outcome.delivery) || submission
            });
        }
        if !self.sends.release(outcome.reservation) {
            return false;
        }
        self.works.release(outcome.reservation);
        if let Some(known) = place.and_then(|place| self.challenges.get_mut(place)) {
            known.texts = known.texts.saturating_sub(1);
            if known.texts == 0 {
                known.delivery = Delivery::Rejected;
                if known.state == ChallengeState::Open {
                    // Nobody has received the code.
                    known.state = ChallengeState::Superseded;
                }
            }
        }
        true
    }

    pub(super) fn record_delivery(&mut self, place: usize, delivery: Delivery) -> bool {
        let (earlier, later) = self.challenges.split_at_mut(place);
        let Some(known) = later.first_mut() else { return false };
        // A back end's later challenge supersedes its earlier ones, by CAMARA: from when its text may have arrived.
        let same = earlier.iter_mut().filter(|earlier| earlier.owner.is_some() && earlier.owner == known.owner);
        let open = same.filter(|earlier| earlier.state == ChallengeState::Open);
        open.for_each(|earlier| earlier.state = ChallengeState::Superseded);
        let is_newer = known.delivery < delivery;
        known.delivery = known.delivery.max(delivery);
        is_newer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::guess::GuessDecision;
    use crate::guard::reserve_send::tests::{guessed, sent};

    #[test]
    fn used_code_stays_used_when_its_text_is_reported_as_rejected() {
        let mut number = Number::default();
        let (reservation, challenge) = sent(&mut number, 1, 0);
        assert!(matches!(guessed(&mut number, &challenge, 0), GuessDecision::Right(_)));
        number.record_outcome(&RecordOutcome {
            challenge: challenge.id,
            reservation,
            delivery: Delivery::Rejected,
            submission: None,
        });
        assert_eq!(number.status(challenge.id, 0).unwrap().state, ChallengeState::Used);
    }
}
