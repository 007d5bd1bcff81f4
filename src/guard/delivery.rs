//! What becomes of a number's texts: to whom they were handed, what is reported of them, and that no more are wanted.

use serde::{Deserialize, Serialize};

use crate::guard::number::{CHALLENGES, Number};
use crate::otp::challenge::{Challenge, ChallengeId, Delivery, TextId};
use crate::otp::receipt::{Handed, News, Reported};

/// Of which send it is asked what became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateOf {
    /// Its challenge.
    pub challenge: ChallengeId,
    /// The number drawn for it.
    pub send: u32,
    /// Whether it was to send the text of that challenge once more.
    pub again: bool,
}

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It was not let through, as far as is known.
    Absent,
    /// No vendor took it, and it was taken back.
    TakenBack,
    /// It was let through, and nobody said what came of it.
    UnderWay,
    /// A text may have left. How long its code was good for then, in milliseconds, where that is known.
    Left(Option<i64>),
}

impl Number {
    /// Notes to whom a text was handed, and tells whether that is news.
    pub(super) fn handed(&mut self, place: usize, handed: Option<(u8, Handed)>) -> bool {
        let Some((known, (index, handed))) = self.challenges.get_mut(place).zip(handed) else { return false };
        known.receipt(index).is_some_and(|receipt| receipt.handed.replace(handed) != Some(handed))
    }

    /// Takes a report of a text.
    pub fn report(&mut self, text: TextId, reported: &Reported) -> News {
        let place = self.challenges.iter().position(|known| known.id == text.challenge);
        let Some((place, known)) = place.and_then(|place| Some((place, self.challenges.get_mut(place)?))) else {
            return News::Stranger;
        };
        let delivery = if reported.delivered { Delivery::Delivered } else { Delivery::Failed };
        // A failure tells of the challenge only where no later text of it is on its way.
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

    /// What became of a send.
    #[must_use]
    pub fn fate(&self, of: FateOf) -> Fate {
        let at = self.sends.time_of(of.send);
        let Some(known) = self.challenges.iter().find(|known| known.id == of.challenge) else {
            // So many have begun since that it may be forgotten; or it was, as an operator wished.
            let left = at.is_some() || self.challenges.len() >= CHALLENGES;
            return if left { Fate::Left(None) } else { Fate::Absent };
        };
        match at {
            _ if known.delivery == Delivery::Rejected => Fate::TakenBack,
            // The challenge tells of its first text, and of no other.
            None if of.again => Fate::Absent,
            _ if is_told_of(known, of.again) => Fate::Left(at.map(|at| known.expires_at.saturating_sub(at))),
            _ => Fate::UnderWay,
        }
    }

    /// Notes whether its owner wants marketing texts; the first time counts.
    pub fn opt_out(&mut self, out: bool, now: i64) {
        self.opted_out = if out { self.opted_out.or(Some(self.clock.max(now))) } else { None };
    }

    /// Since when its owner wants no marketing texts, in milliseconds since 1970.
    #[must_use]
    pub const fn opted_out(&self) -> Option<i64> {
        self.opted_out
    }

    /// Forgets whose number it is: its challenges, in which it is sealed. What was sent and guessed still counts.
    pub fn erase(&mut self) {
        self.challenges.clear();
    }
}

/// Whether it is known to whom the first text of a challenge was handed, or else all of them. A number for tests gets none.
fn is_told_of(known: &Challenge, all: bool) -> bool {
    let mut handed = known.receipts.iter().filter(|receipt| receipt.handed.is_some());
    let is_told =
        if all { handed.count() >= usize::from(known.texts) } else { handed.any(|receipt| receipt.index == 0) };
    is_told || known.chosen.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::number::tests::{ask, sent};
    use crate::guard::number::{Asked, Of, Settle};
    use crate::otp::challenge::ChallengeId;
    use crate::otp::receipt::Source;

    const DAY_MS: i64 = 86_400_000;

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
        // Another text is on its way, of which nothing is known.
        assert!(matches!(number.ask(ask(2, Of::Again(challenge.id)), 0), Asked::Granted { .. }));
        assert_eq!(told(&mut number), Delivery::Pending);
        assert_eq!(
            (number.report(text(0), &report(7, true)), told(&mut number)),
            (News::Yes(None), Delivery::Delivered)
        );
        number.settle(&settle(1));
        assert_eq!(told(&mut number), Delivery::Delivered, "an answer that is late tells nothing new");
    }

    #[test]
    fn who_wants_no_marketing_is_remembered_through_everything() {
        let mut number = Number::default();
        number.opt_out(true, 1000);
        number.opt_out(true, 2000);
        number.reset(3000);
        number.erase();
        assert_eq!((number.opted_out(), number.is_idle()), (Some(1000), false));
        assert!(number.expires_at() > 9 * 365 * DAY_MS);
        number.opt_out(false, 4000);
        assert!(number.is_idle());
    }
}
