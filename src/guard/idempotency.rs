//! [`Answered`]: a request with an idempotency key, and its answer.
//!
//! The answer is stored before the send, so a key costs a send one step and not two. A repeated request learns the
//! outcome from the number (see [`Number::fate`](crate::guard::number::Number::fate)).

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Milliseconds for which an answer is stored.
pub const KEPT_MS: i64 = 86_400_000;
/// Milliseconds after which no process still works on a request.
pub const WORKED_AT_MS: i64 = 120_000;

/// The stored state of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    clock: i64,
    begun: i64,
    begin: Begin,
}

/// The answer to a request for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The challenge, as the caller receives it.
    pub challenge: String,
    /// The validity of the code, in seconds.
    pub expires_in: i64,
    /// Seconds until the text may be sent again.
    pub resend_in: i64,
}

/// A command: begins a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// A hash that distinguishes requests under the same key.
    pub fingerprint: [u8; 32],
    /// The answer to a successful request.
    pub answer: Answer,
    /// The random number of the send.
    pub send: u32,
    /// The failed earlier send that this one replaces.
    pub instead_of: Option<u32>,
}

/// The state of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begun {
    /// The request is new.
    New,
    /// The request was begun before.
    Again {
        /// The answer to a successful request.
        answer: Answer,
        /// The random number of its send.
        send: u32,
        /// The beginning of the request, in milliseconds since the Unix epoch.
        begun: i64,
        /// Whether another process may still work on it.
        lately: bool,
    },
    /// The key belongs to another request.
    Another,
}

impl Answered {
    /// Begins a request, or returns the state of an earlier one.
    pub fn begin(known: &mut Option<Self>, begin: &Begin, now: i64) -> Begun {
        let now = known.as_ref().map_or(now, |answered| answered.clock.max(now));
        if let Some(answered) = known.as_ref().filter(|answered| answered.expires_at() > now) {
            let first = &answered.begin;
            if first.fingerprint != begin.fingerprint {
                return Begun::Another;
            }
            if begin.instead_of != Some(first.send) {
                let lately = now.saturating_sub(answered.begun) < WORKED_AT_MS;
                return Begun::Again { answer: first.answer.clone(), send: first.send, begun: answered.begun, lately };
            }
        }
        *known = Some(Self { clock: now, begun: now, begin: begin.clone() });
        Begun::New
    }

    /// Removes a rejected request, so that it may be repeated. Keeps a request that replaced it.
    pub fn withdraw(known: &mut Option<Self>, send: u32) {
        if known.as_ref().is_some_and(|answered| answered.begin.send == send) {
            *known = None;
        }
    }

    /// The time at which the request is removed.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.begun.saturating_add(KEPT_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(send: u32) -> Answer {
        Answer { challenge: "c".into(), expires_in: send.into(), resend_in: 60 }
    }

    fn begin(fingerprint: u8, send: u32) -> Begin {
        Begin { fingerprint: [fingerprint; 32], answer: answer(send), send, instead_of: None }
    }

    fn again(send: u32, begun: i64, lately: bool) -> Begun {
        Begun::Again { answer: answer(send), send, begun, lately }
    }

    #[test]
    fn the_same_request_is_begun_once_and_another_never() {
        let mut known = None;
        assert_eq!(Answered::begin(&mut known, &begin(1, 10), 1000), Begun::New);
        assert_eq!(Answered::begin(&mut known, &begin(1, 11), 1000 + WORKED_AT_MS - 1), again(10, 1000, true));
        assert_eq!(Answered::begin(&mut known, &begin(1, 11), 1000 + WORKED_AT_MS), again(10, 1000, false));
        assert_eq!(Answered::begin(&mut known, &begin(1, 11), 900), again(10, 1000, true), "time never runs back");
        assert_eq!(Answered::begin(&mut known, &begin(2, 12), 1001), Begun::Another);
        assert_eq!(Answered::begin(&mut known, &begin(1, 11), 1000 + KEPT_MS - 1), again(10, 1000, false));
        assert_eq!(Answered::begin(&mut known, &begin(2, 12), 1000 + KEPT_MS), Begun::New);
    }

    #[test]
    fn a_refused_one_may_be_tried_again_and_takes_no_other_with_it() {
        let mut known = None;
        Answered::begin(&mut known, &begin(1, 10), 0);
        Answered::withdraw(&mut known, 11);
        assert_eq!(Answered::begin(&mut known, &begin(1, 11), 0), again(10, 0, true));
        let instead = |of| Begin { instead_of: Some(of), ..begin(1, 11) };
        assert_eq!(Answered::begin(&mut known, &instead(9), 0), again(10, 0, true), "of another it takes no place");
        assert_eq!(Answered::begin(&mut known, &instead(10), 0), Begun::New);
        assert_eq!(Answered::begin(&mut known, &instead(10), 0), again(11, 0, true), "one does, and no second one");
        Answered::withdraw(&mut known, 10);
        assert_eq!(Answered::begin(&mut known, &begin(1, 12), 0), again(11, 0, true));
        Answered::withdraw(&mut known, 11);
        assert_eq!(known, None);
    }
}
