//! [`Challenge`]: the stored state of a code. It contains neither the code nor the number.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::otp::code::{self, Key, Nonce};
use crate::otp::text_status::{Submission, TextStatus};

/// The random id of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeId(pub [u8; 8]);

/// The id of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextId {
    /// The challenge of the text.
    pub challenge: ChallengeId,
    /// The text's index in its challenge, from 0.
    pub index: u8,
}

/// The maximum number of receipts of a challenge. Only in shadow mode can it have more texts.
const MAX_TEXT_STATUSES: usize = 16;

/// The properties of a challenge to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChallenge {
    /// Its random id.
    pub id: ChallengeId,
    /// The nonce from which its code is derived.
    pub nonce: Nonce,
    /// The id of the pepper from which its code is derived.
    pub pepper: u32,
    /// The purpose of its code.
    pub purpose: String,
    /// The number, sealed.
    pub sealed_number: u64,
    /// The number of digits of its code.
    pub length: u8,
    /// Where its code comes from.
    pub code_kind: CodeKind,
    /// The back end that alone may verify it; `None` for no owner.
    pub owner: Option<u64>,
    /// The nonce that the caller wants in the proof.
    pub caller_nonce: Option<String>,
    /// The validity of its code, in milliseconds.
    pub ttl_ms: i64,
    /// The number of guesses that it allows.
    pub tries: u8,
}

/// Where a code comes from: it is derived, or fixed for its number, and then no text is sent.
///
/// Stored as one byte before the MAC, like the `Option` that earlier versions stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeKind {
    /// From the nonce, the number and the purpose.
    #[default]
    Derived,
    /// A test number's fixed code, which anybody may know, as its [`mark`](code::mark).
    Test([u8; 32]),
    /// A review number's fixed code, which reviewers of an app store know, as its mark.
    Review([u8; 32]),
}

impl CodeKind {
    /// The mark of a fixed code.
    #[must_use]
    pub const fn mark(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Derived => None,
            Self::Test(mark) | Self::Review(mark) => Some(mark),
        }
    }

    /// Whether the code is fixed, and no text carries it.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        self.mark().is_some()
    }

    /// Whether it is a review number's.
    #[must_use]
    pub const fn is_review(&self) -> bool {
        matches!(self, Self::Review(_))
    }
}

/// A stored challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its properties at the beginning, which never change.
    terms: NewChallenge,
    /// The time of its beginning, in milliseconds since the Unix epoch.
    pub begun: i64,
    /// The time of its expiry, in milliseconds since the Unix epoch.
    pub expires_at: i64,
    /// The number of remaining guesses.
    pub tries_left: u8,
    /// The number of its texts that were sent and not rejected.
    pub texts: u8,
    /// The number of its texts that were ever granted.
    pub begun_texts: u8,
    /// The outcome of its texts.
    pub delivery: Delivery,
    /// The receipt of each text that a vendor may have accepted.
    pub text_statuses: Vec<TextStatus>,
    /// Its recorded state, apart from expiry and tries: see [`Challenge::state_at`].
    pub state: ChallengeState,
}

/// The outcome of a text, ordered by how much is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Delivery {
    /// No outcome yet.
    Pending,
    /// A vendor may have accepted it.
    Unknown,
    /// A vendor accepted it.
    Accepted,
    /// No vendor accepted it: it was certainly not sent.
    Rejected,
    /// A vendor accepted it, and reports that it did not arrive.
    Failed,
    /// A vendor reports that it arrived.
    Delivered,
}

/// The state of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeState {
    /// It accepts guesses.
    Open,
    /// Its code was entered.
    Used,
    /// Its code has expired.
    Expired,
    /// All its tries were wrong.
    Spent,
    /// A later challenge replaced it, or its text was never sent.
    Superseded,
}

impl Challenge {
    /// Begins a challenge.
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

    /// The id of its last text.
    #[must_use]
    pub const fn last_text(&self) -> TextId {
        TextId { challenge: self.terms.id, index: self.begun_texts.saturating_sub(1) }
    }

    /// Notes the account that its first text is to be handed to.
    pub(crate) fn expect(&mut self, submission: Submission) {
        if let Some(status) = self.text_status(0) {
            status.submission = Some(submission);
        }
    }

    /// Whether a vendor accepted its only text, as far as somebody knows who has the challenge: a text with an expected
    /// account has a recorded outcome before its requester gets the challenge, unless that account accepted it.
    #[must_use]
    pub fn is_accepted_for_holder(&self) -> bool {
        let is_expected = |status: &TextStatus| status.submission.is_some() && status.send.is_none();
        self.delivery == Delivery::Pending
            && self.begun_texts == 1
            && self.text_statuses.first().is_some_and(is_expected)
    }

    /// Records what somebody knows who has the challenge.
    pub(crate) fn note_holder(&mut self) {
        if self.is_accepted_for_holder() {
            self.delivery = Delivery::Accepted;
        }
    }

    /// The receipt of a text, added where there is none. `None` for a text that was never granted.
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

    /// Its state at a time.
    #[must_use]
    pub const fn state_at(&self, now: i64) -> ChallengeState {
        match self.state {
            ChallengeState::Open if self.tries_left == 0 => ChallengeState::Spent,
            ChallengeState::Open if now >= self.expires_at => ChallengeState::Expired,
            state => state,
        }
    }

    /// Whether it accepts guesses at a time.
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.state_at(now) == ChallengeState::Open
    }

    /// Whether a code is right, compared in constant time.
    #[must_use]
    pub fn is_code(&self, key: &Key, code: &str) -> bool {
        match self.code_kind.mark() {
            Some(mark) => code::is_same(mark, &code::mark(key, &self.nonce, code)),
            None => code::is_same(self.code(key).as_bytes(), code.as_bytes()),
        }
    }

    /// Its code. A fixed code is not derived, and so another one.
    #[must_use]
    pub fn code(&self, key: &Key) -> String {
        code::derive(key, &self.nonce, &self.purpose, self.length)
    }
}

/// The properties of the beginning, which never change.
impl Deref for Challenge {
    type Target = NewChallenge;

    fn deref(&self) -> &NewChallenge {
        &self.terms
    }
}
