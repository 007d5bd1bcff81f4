//! The outcomes of a number's texts: accepted by a vendor, reported as delivered or failed; and the opt-out of its
//! owner.

use serde::{Deserialize, Serialize};

use crate::guard::number::{CHALLENGE_RETENTION_MS, MAX_CHALLENGES, Number};
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::{ChallengeId, Delivery, TextId};
use crate::otp::text_status::{DeliveryReport, StatusChange, Submission};

/// A query for the outcome of one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendStateQuery {
    /// The send's challenge.
    pub challenge: ChallengeId,
    /// The send's random number.
    pub send: u32,
    /// Whether the send was to repeat the text of that challenge.
    pub resend: bool,
    /// The beginning of the send, in milliseconds since the Unix epoch.
    pub begun_at: i64,
}

/// The outcome of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendState {
    /// The number did not grant the send, or has not decided yet.
    Absent,
    /// No vendor accepted the text, and the send was released.
    Released,
    /// The send was granted and has no outcome yet. The value is the code's validity at that time, in milliseconds.
    Pending(Option<i64>),
    /// A text may have left. The value is the code's validity at that time, in milliseconds.
    Submitted(Option<i64>),
    /// The number has forgotten too much: a text may have left or not.
    Forgotten,
}

impl Number {
    /// Records the account that a text was handed to. Returns whether that was unknown.
    pub(super) fn record_submission(
        &mut self,
        place: usize,
        submission: Option<(u8, Submission)>,
        of: Reservation,
    ) -> bool {
        let Some((known, (index, submission))) = self.challenges.get_mut(place).zip(submission) else { return false };
        let Some(receipt) = known.text_status(index) else { return false };
        let was = (receipt.submission.replace(submission), receipt.send.replace(of));
        was != (Some(submission), Some(of))
    }

    /// Applies a report on a text.
    pub fn record_report(&mut self, text: TextId, reported: &DeliveryReport) -> StatusChange {
        let place = self.challenges.iter().position(|known| known.id == text.challenge);
        let Some((place, known)) = place.and_then(|place| Some((place, self.challenges.get_mut(place)?))) else {
            return StatusChange::Unmatched;
        };
        let delivery = if reported.delivered { Delivery::Delivered } else { Delivery::Failed };
        // A failed text fails the challenge only if no later text of it is on its way.
        let is_last = text == known.last_text();
        let Some(receipt) = known.text_status(text.index) else { return StatusChange::Unmatched };
        let change = receipt.apply_report(reported);
        match change {
            StatusChange::Changed(_) if is_last || reported.delivered => {
                self.record_delivery(place, delivery);
            }
            StatusChange::Changed(_) | StatusChange::Unchanged | StatusChange::Unmatched => {}
        }
        change
    }

    /// Whether a report would bring something new. Changes nothing.
    #[must_use]
    pub fn preview_report(&self, text: TextId, reported: &DeliveryReport) -> StatusChange {
        self.clone().record_report(text, reported)
    }

    /// The newest text that an account sent with an id of its vendor's. Both are hashes.
    #[must_use]
    pub fn text_of(&self, account: u32, id: u32) -> Option<TextId> {
        let is_its = |submission: Submission| (submission.account, submission.id) == (account, Some(id));
        self.challenges.iter().rev().find_map(|known| {
            let status = known.text_statuses.iter().find(|status| status.submission.is_some_and(is_its))?;
            Some(TextId { challenge: known.id, index: status.index })
        })
    }

    /// The outcome of a send.
    #[must_use]
    pub fn send_state(&self, of: SendStateQuery, now: i64) -> SendState {
        let counted = self.sends.time_of(of.send);
        let Some(known) = self.challenges.iter().find(|known| known.id == of.challenge) else {
            let now = self.clock.max(now);
            let is_erased = self.erased_until.is_some_and(|until| until > now);
            // The clock may have been set back since: a challenge that a later time forgot stays forgotten.
            let is_past = now.saturating_sub(of.begun_at) >= CHALLENGE_RETENTION_MS;
            let is_forgotten = counted.is_some() || is_erased || is_past || self.challenges.len() >= MAX_CHALLENGES;
            return if is_forgotten { SendState::Forgotten } else { SendState::Absent };
        };
        let lasts = |at| known.expires_at.saturating_sub(at);
        let sent = known.text_statuses.iter().filter_map(|receipt| receipt.send).find(|sent| sent.id == of.send);
        match (sent, counted) {
            _ if known.delivery == Delivery::Rejected => SendState::Released,
            (Some(sent), _) => SendState::Submitted(Some(lasts(sent.at))),
            // The challenge exists, so its first text was granted; that says nothing about a repeated one.
            (None, None) if of.resend => SendState::Absent,
            // A number with a fixed code gets no text, and so has no receipt.
            (None, counted) if known.code_kind.is_fixed() => SendState::Submitted(counted.map(lasts)),
            (None, counted) => SendState::Pending(counted.map(lasts)),
        }
    }

    /// Records whether the number's owner opts out of marketing texts. A repeated opt-out keeps the first time.
    pub fn set_opt_out(&mut self, out: bool, now: i64) {
        self.opted_out = if out { self.opted_out.or(Some(self.clock.max(now))) } else { None };
    }

    /// The time of the opt-out from marketing texts, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn opted_out(&self) -> Option<i64> {
        self.opted_out
    }

    /// Removes the challenges, which hold the sealed number. Sends and guesses still count.
    pub fn erase(&mut self, now: i64) {
        if !self.challenges.is_empty() {
            self.erased_until = Some(self.clock.max(now).saturating_add(CHALLENGE_RETENTION_MS));
        }
        self.challenges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::record_outcome::RecordOutcome;
    use crate::guard::reserve_send::SendDecision;
    use crate::guard::reserve_send::tests::{resend_of, send_command, sent};
    use crate::otp::challenge::ChallengeId;
    use crate::otp::text_status::RecordId;

    #[test]
    fn only_reserved_texts_accept_reports() {
        let mut number = Number::default();
        let (reservation, challenge) = sent(&mut number, 1, 0);
        let submission = Submission { account: 7, id: None, routing_carrier: None };
        let outcome = |index| RecordOutcome {
            challenge: challenge.id,
            reservation,
            delivery: Delivery::Accepted,
            submission: Some((index, submission)),
        };
        let report = |account, delivered| DeliveryReport {
            record: RecordId { batch: 1, index: 0 },
            account,
            id: None,
            delivered,
        };
        let text = |index| TextId { challenge: challenge.id, index };
        let delivery_of = |number: &mut Number| number.status(challenge.id, 0).unwrap().delivery;
        assert_eq!(number.record_report(text(1), &report(7, true)), StatusChange::Unmatched);
        assert_eq!(
            number.record_report(TextId { challenge: ChallengeId([9; 8]), index: 0 }, &report(7, true)),
            StatusChange::Unmatched
        );
        number.record_outcome(&outcome(0));
        let before = number.clone();
        assert_eq!(number.record_report(text(0), &report(8, true)), StatusChange::Unmatched);
        assert_eq!(number, before, "another account's changes nothing");
        assert_eq!(
            (number.record_report(text(0), &report(7, false)), delivery_of(&mut number)),
            (StatusChange::Changed(None), Delivery::Failed)
        );
        // Another text is on its way, without an outcome.
        assert!(matches!(
            number.reserve_send(send_command(2, resend_of(challenge.id, 0)), 0),
            SendDecision::Granted { .. }
        ));
        assert_eq!(delivery_of(&mut number), Delivery::Pending);
        assert_eq!(
            (number.record_report(text(0), &report(7, true)), delivery_of(&mut number)),
            (StatusChange::Changed(None), Delivery::Delivered)
        );
        number.record_outcome(&outcome(1));
        assert_eq!(delivery_of(&mut number), Delivery::Delivered, "an answer that is late tells nothing new");
    }

    /// The outcome of each send is its own, whatever happened to others and whatever was forgotten.
    #[test]
    fn each_send_has_its_own_state() {
        let mut number = Number::default();
        let (first, challenge) = sent(&mut number, 1, 0);
        let submission = Submission { account: 7, id: None, routing_carrier: None };
        let outcome = |reservation, index, delivery| RecordOutcome {
            challenge: challenge.id,
            reservation,
            delivery,
            submission: Some((index, submission)),
        };
        let state_of = |number: &Number, send, resend, now| {
            number.send_state(SendStateQuery { challenge: challenge.id, send, resend, begun_at: now }, now)
        };
        assert_eq!(state_of(&number, 1, false, 0), SendState::Pending(Some(300_000)));
        assert_eq!(state_of(&number, 2, true, 0), SendState::Absent);
        let resend = send_command(2, resend_of(challenge.id, 0));
        let SendDecision::Granted { reservation, .. } = number.reserve_send(resend, 100_000) else { panic!() };
        assert_eq!(state_of(&number, 2, true, 100_000), SendState::Pending(Some(200_000)));
        number.record_outcome(&outcome(reservation, 1, Delivery::Accepted));
        number.reset(100_000);
        assert_eq!(state_of(&number, 2, true, 100_000), SendState::Submitted(Some(200_000)));
        assert_eq!(
            state_of(&number, 1, false, 100_000),
            SendState::Pending(None),
            "nobody said what came of the first"
        );
        number.record_outcome(&outcome(first, 0, Delivery::Unknown));
        assert_eq!(state_of(&number, 1, false, 100_000), SendState::Submitted(Some(300_000)));
        number.erase(100_000);
        assert_eq!(state_of(&number, 1, false, 100_000), SendState::Forgotten);
        assert_eq!(state_of(&number, 1, false, 100_000 + CHALLENGE_RETENTION_MS), SendState::Absent);

        let mut number = Number::default();
        let (rejected, _) = sent(&mut number, 1, 0);
        number.record_outcome(&outcome(rejected, 0, Delivery::Rejected));
        assert_eq!(state_of(&number, 1, false, 0), SendState::Released);
        for id in 2..34 {
            sent(&mut number, id, 0);
        }
        assert_eq!(state_of(&number, 1, false, 0), SendState::Forgotten);
    }

    /// The number's clock reached a time at which it forgot the challenge; then the clock is set back.
    #[test]
    fn expired_send_stays_forgotten_when_the_clock_goes_back() {
        let mut number = Number::default();
        let (_, challenge) = sent(&mut number, 1, 0);
        let late = 300_000 + CHALLENGE_RETENTION_MS;
        sent(&mut number, 2, late);
        for back in [0, 1, 1_200_000, late] {
            let of = SendStateQuery { challenge: challenge.id, send: 1, resend: false, begun_at: 0 };
            assert_eq!(number.send_state(of, late - back), SendState::Forgotten, "{back}");
        }
        let unsent =
            SendStateQuery { challenge: ChallengeId([7; 8]), send: 7, resend: false, begun_at: late - 130_000 };
        assert_eq!(number.send_state(unsent, late), SendState::Absent);
    }

    #[test]
    fn opt_out_survives_reset_and_erasure() {
        let mut number = Number::default();
        number.set_opt_out(true, 1000);
        number.set_opt_out(true, 2000);
        number.reset(3000);
        number.erase(4000);
        assert_eq!((number.opted_out(), number.is_idle()), (Some(1000), false));
        assert!(number.expires_at() > 9 * 365 * CHALLENGE_RETENTION_MS);
        number.set_opt_out(false, 4000);
        assert!(number.is_idle());
    }
}
