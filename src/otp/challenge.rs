//! [`Challenge`]: what is stored of a code: neither the code nor the number.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::otp::code::{self, Key, Nonce};
use crate::otp::text_status::TextStatus;

/// What tells one challenge from another. Drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeId(pub [u8; 8]);

/// What tells one text from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextId {
    /// Its challenge.
    pub challenge: ChallengeId,
    /// Which of its challenge's texts it is, the first being 0.
    pub index: u8,
}

/// Receipts that are kept of one challenge. Only under shadow are there more texts.
const MAX_TEXT_STATUSES: usize = 16;

/// A challenge that is to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChallenge {
    /// What tells it from others.
    pub id: ChallengeId,
    /// What its code is derived from.
    pub nonce: Nonce,
    /// Which pepper its code is derived from.
    pub pepper: u32,
    /// What its code is for.
    pub purpose: String,
    /// The number, sealed.
    pub sealed_number: u64,
    /// The digits of its code.
    pub length: u8,
    /// The mark of a code that was chosen for a test number.
    pub test_mark: Option<[u8; 32]>,
    /// The back end it belongs to, where only that may verify it.
    pub owner: Option<u64>,
    /// What the caller wants to see again in the proof.
    pub caller_nonce: Option<String>,
    /// How long it is good for, in milliseconds.
    pub ttl_ms: i64,
    /// How many guesses it takes.
    pub tries: u8,
}

/// A challenge as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// What it began with.
    terms: NewChallenge,
    /// When it began, in milliseconds since 1970.
    pub begun: i64,
    /// When it ends, in milliseconds since 1970.
    pub expires_at: i64,
    /// How many guesses it still takes.
    pub tries_left: u8,
    /// How many texts were sent for it and not rejected.
    pub texts: u8,
    /// How many texts were ever let through for it.
    pub begun_texts: u8,
    /// What became of its texts.
    pub delivery: Delivery,
    /// What became of each that a vendor may have taken, as far as it is known.
    pub text_statuses: Vec<TextStatus>,
    /// How it stands, but for the time and the tries.
    pub state: ChallengeState,
}

/// What became of a text, the least known first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Delivery {
    /// Nothing is known yet.
    Pending,
    /// A vendor may have taken it.
    Unknown,
    /// A vendor took it.
    Accepted,
    /// It was certainly not sent.
    Rejected,
    /// A vendor took it, and reports that it did not arrive.
    Failed,
    /// A vendor reports that it arrived.
    Delivered,
}

/// How a challenge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeState {
    /// Its code can be entered.
    Open,
    /// Its code was entered.
    Used,
    /// Its time is over.
    Expired,
    /// All its tries were wrong.
    Spent,
    /// A later one took its place, or its text was never sent.
    Superseded,
}

impl Challenge {
    /// Begins one.
    #[must_use]
    pub fn begin(new: NewChallenge, now: i64) -> Self {
        Self {
            begun: now,
            expires_at: now.saturating_add(new.ttl_ms),
            tries_left: new.tries,
            texts: 1,
            begun_texts: 1,
            delivery: Delivery::Pending,
            text_statuses: Vec::new(),
            state: ChallengeState::Open,
            terms: new,
        }
    }

    /// Its last text.
    #[must_use]
    pub const fn last_text(&self) -> TextId {
        TextId { challenge: self.terms.id, index: self.begun_texts.saturating_sub(1) }
    }

    /// The receipt of a text, begun where there is none. Nothing for a text that was never let through.
    pub fn text_status(&mut self, index: u8) -> Option<&mut TextStatus> {
        if index >= self.begun_texts {
            return None;
        }
        let place = self.text_statuses.iter().position(|status| status.index == index).unwrap_or_else(|| {
            if self.text_statuses.len() >= MAX_TEXT_STATUSES {
                self.text_statuses.remove(0);
            }
            self.text_statuses.push(TextStatus::of(index));
            self.text_statuses.len() - 1
        });
        self.text_statuses.get_mut(place)
    }

    /// How it stands at a time.
    #[must_use]
    pub const fn state_at(&self, now: i64) -> ChallengeState {
        match self.state {
            ChallengeState::Open if self.tries_left == 0 => ChallengeState::Spent,
            ChallengeState::Open if now >= self.expires_at => ChallengeState::Expired,
            standing => standing,
        }
    }

    /// Whether its code can be entered at a time.
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.state_at(now) == ChallengeState::Open
    }

    /// Whether a code is its own, in a time that tells nothing.
    #[must_use]
    pub fn is_code(&self, key: &Key, code: &str) -> bool {
        match &self.test_mark {
            Some(mark) => code::is_same(mark, &code::mark(key, &self.nonce, code)),
            None => code::is_same(self.code(key).as_bytes(), code.as_bytes()),
        }
    }

    /// Its code. Of a test number's, nobody knows it from here.
    #[must_use]
    pub fn code(&self, key: &Key) -> String {
        code::derive(key, &self.nonce, &self.purpose, self.length)
    }
}

/// What it began with never changes.
impl Deref for Challenge {
    type Target = NewChallenge;

    fn deref(&self) -> &NewChallenge {
        &self.terms
    }
}
