//! [`Guess`]: a code that a person entered for a challenge of a number.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::latest_retry;
use crate::guard::number::Number;
use crate::guard::rule::Rule;
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::{Challenge, ChallengeId, ChallengeState};
use crate::otp::code;

/// A command: compares a guess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// The challenge.
    pub challenge: ChallengeId,
    /// The entered code.
    pub code: String,
    /// The keys of this number's codes, by the id of the pepper that derived each.
    pub keys: Vec<(u32, code::Key)>,
    /// The rules that every guess must pass.
    pub rules: Vec<Rule>,
    /// The back end that the challenge must belong to; `None` for a challenge without owner.
    pub owner: Option<u64>,
}

/// The decision about a guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuessDecision {
    /// The guess was right, and the challenge is used up.
    Right(Challenge),
    /// The guess was wrong. The value is the number of remaining tries.
    Wrong(u8),
    /// The challenge accepts no guesses, and nothing was compared.
    Closed(ChallengeState),
    /// There is no such challenge.
    Unknown,
    /// Too many guesses at this number; rejected until this time, in milliseconds since the Unix epoch.
    Rejected(i64),
}

impl Number {
    /// Compares a guess. Only a guess at an open challenge is compared and counted.
    pub fn guess(&mut self, guess: &Guess, now: i64) -> GuessDecision {
        let now = self.clock.max(now);
        self.expire_challenges(now);
        let Some(challenge) = self.challenges.iter_mut().find(|known| known.id == guess.challenge) else {
            return GuessDecision::Unknown;
        };
        if challenge.owner != guess.owner {
            return GuessDecision::Unknown;
        }
        let state = challenge.state_at(now);
        // Nobody can check the code of a pepper that was removed.
        let key = guess.keys.iter().find(|(pepper, _)| *pepper == challenge.pepper);
        let (ChallengeState::Open, Some((_, key))) = (state, key) else {
            return GuessDecision::Closed(if state == ChallengeState::Open { ChallengeState::Expired } else { state });
        };
        if let Some(until) = latest_retry(guess.rules.iter().map(|rule| self.guesses.retry_at(*rule, now))) {
            return GuessDecision::Rejected(until);
        }
        self.clock = now;
        challenge.note_holder();
        self.guesses.push(Reservation { at: now, id: 0 }, &guess.rules);
        challenge.tries_left = challenge.tries_left.saturating_sub(1);
        if !challenge.is_code(key, &guess.code) {
            return GuessDecision::Wrong(challenge.tries_left);
        }
        challenge.state = ChallengeState::Used;
        GuessDecision::Right(challenge.clone())
    }
}
