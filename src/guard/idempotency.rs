//! [`Answered`]: a request that may be repeated, and what it was answered.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// How long an answer is kept, in milliseconds.
pub const KEPT_MS: i64 = 86_400_000;
/// After this time nobody still works at an answer, in milliseconds.
const WORKED_AT_MS: i64 = 120_000;

/// What is stored for an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    clock: i64,
    begun: i64,
    /// What tells one request from another.
    fingerprint: [u8; 32],
    answer: Vec<u8>,
    finished: bool,
}

/// Begins to answer a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// What tells this request from another under the same key.
    pub fingerprint: [u8; 32],
    /// What is answered if all goes well.
    pub answer: Vec<u8>,
}

/// Whether a request is to be answered anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begun {
    /// It is new.
    New,
    /// It was answered before: with this.
    Again(Vec<u8>),
    /// It is being answered.
    Underway,
    /// Whoever answered it is lost: this would have been the answer, had all gone well.
    Lost(Vec<u8>),
    /// The key belongs to another request.
    Another,
}

impl Answered {
    /// Begins where nothing is known, or tells what is.
    pub fn begin(known: &mut Option<Self>, begin: &Begin, now: i64) -> Begun {
        if let Some(answered) = known.as_ref().filter(|answered| answered.expires_at() > answered.clock.max(now)) {
            let now = answered.clock.max(now);
            return if answered.fingerprint != begin.fingerprint {
                Begun::Another
            } else if answered.finished {
                Begun::Again(answered.answer.clone())
            } else if now.saturating_sub(answered.begun) >= WORKED_AT_MS {
                Begun::Lost(answered.answer.clone())
            } else {
                Begun::Underway
            };
        }
        let now = known.as_ref().map_or(now, |answered| answered.clock.max(now));
        *known = Some(Self {
            clock: now,
            begun: now,
            fingerprint: begin.fingerprint,
            answer: begin.answer.clone(),
            finished: false,
        });
        Begun::New
    }

    /// Keeps the answer, or forgets the request where it was refused, so that it may be tried again. The first answer stays.
    pub fn finish(known: &mut Option<Self>, answer: Option<Vec<u8>>) {
        let Some(answered) = known.as_mut().filter(|answered| !answered.finished) else { return };
        match answer {
            Some(answer) => (answered.answer, answered.finished) = (answer, true),
            None => *known = None,
        }
    }

    /// When it is forgotten.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.begun.saturating_add(KEPT_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(fingerprint: u8) -> Begin {
        Begin { fingerprint: [fingerprint; 32], answer: Vec::from(*b"{}") }
    }

    fn answer() -> Vec<u8> {
        Vec::from(*b"{1}")
    }

    #[test]
    fn the_same_request_is_answered_once() {
        let mut known = None;
        assert_eq!(Answered::begin(&mut known, &begin(1), 1000), Begun::New);
        assert_eq!(Answered::begin(&mut known, &begin(1), 1001), Begun::Underway);
        assert_eq!(Answered::begin(&mut known, &begin(2), 1001), Begun::Another);
        Answered::finish(&mut known, Some(answer()));
        assert_eq!(Answered::begin(&mut known, &begin(1), 900), Begun::Again(answer()));
        Answered::finish(&mut known, None);
        assert_eq!(Answered::begin(&mut known, &begin(1), 1000 + KEPT_MS - 1), Begun::Again(answer()));
        assert_eq!(Answered::begin(&mut known, &begin(2), 1000 + KEPT_MS), Begun::New);
    }

    #[test]
    fn a_refused_one_may_be_tried_again_and_a_lost_one_is_known_as_such() {
        let mut known = None;
        Answered::begin(&mut known, &begin(1), 0);
        Answered::finish(&mut known, None);
        assert_eq!(known, None);
        Answered::begin(&mut known, &begin(1), 0);
        assert_eq!(Answered::begin(&mut known, &begin(1), WORKED_AT_MS - 1), Begun::Underway);
        assert_eq!(Answered::begin(&mut known, &begin(1), WORKED_AT_MS), Begun::Lost(Vec::from(*b"{}")));
    }
}
