//! The outcomes of a number's texts: accepted by a vendor, reported as delivered or failed; and the opt-out of its
//! owner.

use serde::{Deserialize, Serialize};

use crate::guard::log::Reservation;
use crate::guard::number::{CHALLENGES, Number, REMEMBERED_MS};
use crate::otp::challenge::{ChallengeId, Delivery, TextId};
use crate::otp::receipt::{Handed, News, Reported};

/// A query for the outcome of one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateOf {
    /// The send's challenge.
    pub challenge: ChallengeId,
    /// The send's random number.
    pub send: u32,
    /// Whether the send was to repeat the text of that challenge.
    pub again: bool,
    /// The beginning of the send, in milliseconds since the Unix epoch.
    pub begun: i64,
}

/// The outcome of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// The number did not grant the send, or has not decided yet.
    Absent,
    /// No vendor accepted the text, and the send was released.
    TakenBack,
    /// The send was granted and has no outcome yet. The value is the code's validity at that time, in milliseconds.
    UnderWay(Option<i64>),
    /// A text may have left. The value is the code's validity at that time, in milliseconds.
    Left(Option<i64>),
    /// The number has forgotten too much: a text may have left or not.
    Forgotten,
}

impl Number {
    /// Records the account that a text was handed to. Returns whether that was unknown.
    pub(super) fn handed(&mut self, place: usize, handed: Option<(u8, Handed)>, of: Reservation) -> bool {
        let Some((known, (index, handed))) = self.challenges.get_mut(place).zip(handed) else { return false };
        let Some(receipt) = known.receipt(index) else { return false };
        let was = (receipt.handed.replace(handed), receipt.sent.replace(of));
        was != (Some(handed), Some(of))
    }

    /// Applies a report on a text.
    pub fn report(&mut self, text: TextId, reported: &Reported) -> News {
        let place = self.challenges.iter().position(|known| known.id == text.challenge);
        let Some((place, known)) = place.and_then(|place| Some((place, self.challenges.get_mut(place)?))) else {
            return News::Stranger;
        };
        let delivery = if reported.delivered { Delivery::Delivered } else { Delivery::Failed };
        // A failed text fails the challenge only if no later text of it is on its way.
        let is_last = text == known.last_text();
        let Some(receipt) = known.receipt(text.index) else { return News::Stranger };
        let news = receipt.take(reported);
        match news {
            News::Yes(_) if is_last || reported.delivered => {
                self.delivered(place, delivery);
            }
            News::Yes(_) | News::No | News::Stranger => {}
        }
        news
    }

    /// The outcome of a send.
    #[must_use]
    pub fn fate(&self, of: FateOf, now: i64) -> Fate {
        let counted = self.sends.time_of(of.send);
        let Some(known) = self.challenges.iter().find(|known| known.id == of.challenge) else {
            let now = self.clock.max(now);
            let is_erased = self.erased_until.is_some_and(|until| until > now);
            // The clock may have been set back since: a challenge that a later time forgot stays forgotten.
            let is_past = now.saturating_sub(of.begun) >= REMEMBERED_MS;
            let is_forgotten = counted.is_some() || is_erased || is_past || self.challenges.len() >= CHALLENGES;
            return if is_forgotten { Fate::Forgotten } else { Fate::Absent };
        };
        let lasts = |at| known.expires_at.saturating_sub(at);
        let sent = known.receipts.iter().filter_map(|receipt| receipt.sent).find(|sent| sent.id == of.send);
        match (sent, counted) {
            _ if known.delivery == Delivery::Rejected => Fate::TakenBack,
            (Some(sent), _) => Fate::Left(Some(lasts(sent.at))),
            // The challenge exists, so its first text was granted; that says nothing about a repeated one.
            (None, None) if of.again => Fate::Absent,
            // A test number gets no text, and so has no receipt.
            (None, counted) if known.chosen.is_some() => Fate::Left(counted.map(lasts)),
            (None, counted) => Fate::UnderWay(counted.map(lasts)),
        }
    }

    /// Records whether the number's owner opts out of marketing texts. A repeated opt-out keeps the first time.
    pub fn opt_out(&mut self, out: bool, now: i64) {
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
            self.erased_until = Some(self.clock.max(now).saturating_add(REMEMBERED_MS));
        }
        self.challenges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::number::tests::{ask, of_again, sent};
    use crate::guard::number::{Asked, Settle};
    use crate::otp::challenge::ChallengeId;
    use crate::otp::receipt::Source;

    #[test]
    fn reports_tell_of_texts_that_were_let_through_and_of_no_others() {
        let mut number = Number::default();
        let (reservation, challenge) = sent(&mut number, 1, 0);
        let handed = Handed { account: 7, id: None, watched: None };
        let settle = |index| Settle {
            challenge: challenge.id,
            reservation,
            delivery: Delivery::Accepted,
            handed: Some((index, handed)),
        };
        let report =
            |account, delivered| Reported { source: Source { mail: 1, index: 0 }, account, id: None, delivered };
        let text = |index| TextId { challenge: challenge.id, index };
        let told = |number: &mut Number| number.status(challenge.id, 0).unwrap().delivery;
        assert_eq!(number.report(text(1), &report(7, true)), News::Stranger);
        assert_eq!(
            number.report(TextId { challenge: ChallengeId([9; 8]), index: 0 }, &report(7, true)),
            News::Stranger
        );
        number.settle(&settle(0));
        let before = number.clone();
        assert_eq!(number.report(text(0), &report(8, true)), News::Stranger);
        assert_eq!(number, before, "another account's changes nothing");
        assert_eq!((number.report(text(0), &report(7, false)), told(&mut number)), (News::Yes(None), Delivery::Failed));
        // Another text is on its way, without an outcome.
        assert!(matches!(number.ask(ask(2, of_again(challenge.id, 0)), 0), Asked::Granted { .. }));
        assert_eq!(told(&mut number), Delivery::Pending);
        assert_eq!(
            (number.report(text(0), &report(7, true)), told(&mut number)),
            (News::Yes(None), Delivery::Delivered)
        );
        number.settle(&settle(1));
        assert_eq!(told(&mut number), Delivery::Delivered, "an answer that is late tells nothing new");
    }

    /// The outcome of each send is its own, whatever happened to others and whatever was forgotten.
    #[test]
    fn a_send_has_its_own_fate() {
        let mut number = Number::default();
        let (first, challenge) = sent(&mut number, 1, 0);
        let handed = Handed { account: 7, id: None, watched: None };
        let settle = |reservation, index, delivery| Settle {
            challenge: challenge.id,
            reservation,
            delivery,
            handed: Some((index, handed)),
        };
        let fate = |number: &Number, send, again, now| {
            number.fate(FateOf { challenge: challenge.id, send, again, begun: now }, now)
        };
        assert_eq!(fate(&number, 1, false, 0), Fate::UnderWay(Some(300_000)));
        assert_eq!(fate(&number, 2, true, 0), Fate::Absent);
        let again = ask(2, of_again(challenge.id, 0));
        let Asked::Granted { reservation, .. } = number.ask(again, 100_000) else { panic!() };
        assert_eq!(fate(&number, 2, true, 100_000), Fate::UnderWay(Some(200_000)));
        number.settle(&settle(reservation, 1, Delivery::Accepted));
        number.reset(100_000);
        assert_eq!(fate(&number, 2, true, 100_000), Fate::Left(Some(200_000)));
        assert_eq!(fate(&number, 1, false, 100_000), Fate::UnderWay(None), "nobody said what came of the first");
        number.settle(&settle(first, 0, Delivery::Unknown));
        assert_eq!(fate(&number, 1, false, 100_000), Fate::Left(Some(300_000)));
        number.erase(100_000);
        assert_eq!(fate(&number, 1, false, 100_000), Fate::Forgotten);
        assert_eq!(fate(&number, 1, false, 100_000 + REMEMBERED_MS), Fate::Absent);

        let mut number = Number::default();
        let (rejected, _) = sent(&mut number, 1, 0);
        number.settle(&settle(rejected, 0, Delivery::Rejected));
        assert_eq!(fate(&number, 1, false, 0), Fate::TakenBack);
        for id in 2..34 {
            sent(&mut number, id, 0);
        }
        assert_eq!(fate(&number, 1, false, 0), Fate::Forgotten);
    }

    /// The number's clock reached a time at which it forgot the challenge; then the clock is set back.
    #[test]
    fn what_a_later_time_forgot_is_forgotten_and_not_unsent_when_the_clock_goes_back() {
        let mut number = Number::default();
        let (_, challenge) = sent(&mut number, 1, 0);
        let late = 300_000 + REMEMBERED_MS;
        sent(&mut number, 2, late);
        for back in [0, 1, 1_200_000, late] {
            let of = FateOf { challenge: challenge.id, send: 1, again: false, begun: 0 };
            assert_eq!(number.fate(of, late - back), Fate::Forgotten, "{back}");
        }
        let unsent = FateOf { challenge: ChallengeId([7; 8]), send: 7, again: false, begun: late - 130_000 };
        assert_eq!(number.fate(unsent, late), Fate::Absent);
    }

    #[test]
    fn who_wants_no_marketing_is_remembered_through_everything() {
        let mut number = Number::default();
        number.opt_out(true, 1000);
        number.opt_out(true, 2000);
        number.reset(3000);
        number.erase(4000);
        assert_eq!((number.opted_out(), number.is_idle()), (Some(1000), false));
        assert!(number.expires_at() > 9 * 365 * REMEMBERED_MS);
        number.opt_out(false, 4000);
        assert!(number.is_idle());
    }
}
