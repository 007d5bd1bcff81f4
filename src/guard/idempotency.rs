//! [`IdempotencyRecord`]: a request that may be repeated, and what it is answered.
//!
//! The answer is kept before anything is done, so that a send costs one step more for its key and no second one: whoever asks
//! again learns from the number what became of it (see [`Number::send_state`](crate::guard::number::Number::send_state)).

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// How long an answer is kept, in milliseconds.
pub const RETENTION_MS: i64 = 86_400_000;
/// After this time nobody still works at an answer, in milliseconds.
pub const PROCESSING_MS: i64 = 120_000;

/// What is stored for an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    clock: i64,
    begun_at: i64,
    request: BeginRequest,
}

/// What is told of a code that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendResponse {
    /// The challenge as the caller has it.
    pub challenge: String,
    /// How long its code is good for, in seconds.
    pub expires_in: i64,
    /// When its text may be sent again, in seconds.
    pub resend_in: i64,
}

/// Begins to answer a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginRequest {
    /// What tells this request from another under the same key.
    pub fingerprint: [u8; 32],
    /// What is answered if all goes well.
    pub response: SendResponse,
    /// The number drawn for its send.
    pub send_id: u32,
    /// The send of an earlier one, of which nothing came and which it takes the place of.
    pub replaces: Option<u32>,
}

/// Whether a request is to be answered anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdempotencyState {
    /// It is new.
    New,
    /// It was begun before.
    Repeated {
        /// What it was answered if all went well.
        response: SendResponse,
        /// The number drawn for its send.
        send_id: u32,
        /// When it was begun, in milliseconds since 1970.
        begun_at: i64,
        /// Whether somebody may still be at work at it.
        may_be_running: bool,
    },
    /// The key belongs to another request.
    KeyReused,
}

impl IdempotencyRecord {
    /// Begins where nothing is known, or tells what is.
    pub fn begin(known: &mut Option<Self>, request: &BeginRequest, now: i64) -> IdempotencyState {
        let now = known.as_ref().map_or(now, |record| record.clock.max(now));
        if let Some(record) = known.as_ref().filter(|record| record.expires_at() > now) {
            let first = &record.request;
            if first.fingerprint != request.fingerprint {
                return IdempotencyState::KeyReused;
            }
            if begin.instead_of != Some(first.send) {
                let lately = now.saturating_sub(answered.begun) < PROCESSING_MS;
                return IdempotencyState::Again {
                    answer: first.answer.clone(),
                    send: first.send,
                    begun: answered.begun,
                    lately,
                };
            }
        }
        *known = Some(Self { clock: now, begun_at: now, request: request.clone() });
        IdempotencyState::New
    }

    /// Forgets a request that was refused, so that it may be tried again: no other that took its place meanwhile.
    pub fn withdraw(known: &mut Option<Self>, send: u32) {
        if known.as_ref().is_some_and(|record| record.request.send_id == send) {
            *known = None;
        }
    }

    /// When it is forgotten.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.begun_at.saturating_add(RETENTION_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(send: u32) -> SendResponse {
        SendResponse { challenge: "c".into(), expires_in: send.into(), resend_in: 60 }
    }

    fn request(fingerprint: u8, send: u32) -> BeginRequest {
        BeginRequest { fingerprint: [fingerprint; 32], response: answer(send), send_id: send, replaces: None }
    }

    fn again(send: u32, begun: i64, may_be_running: bool) -> IdempotencyState {
        IdempotencyState::Repeated { response: answer(send), send_id: send, begun_at: begun, may_be_running }
    }

    #[test]
    fn the_same_request_is_begun_once_and_another_never() {
        let mut known = None;
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(1, 10), 1000), IdempotencyState::New);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &begin(1, 11), 1000 + PROCESSING_MS - 1),
            again(10, 1000, true)
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(1, 11), 1000 + PROCESSING_MS), again(10, 1000, false));
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &begin(1, 11), 900),
            again(10, 1000, true),
            "time never runs back"
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(2, 12), 1001), IdempotencyState::Another);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &begin(1, 11), 1000 + RETENTION_MS - 1),
            again(10, 1000, false)
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(2, 12), 1000 + RETENTION_MS), IdempotencyState::New);
    }

    #[test]
    fn a_refused_one_may_be_tried_again_and_takes_no_other_with_it() {
        let mut known = None;
        IdempotencyRecord::begin(&mut known, &begin(1, 10), 0);
        IdempotencyRecord::withdraw(&mut known, 11);
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(1, 11), 0), again(10, 0, true));
        let instead = |of| BeginRequest { instead_of: Some(of), ..begin(1, 11) };
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &instead(9), 0),
            again(10, 0, true),
            "of another it takes no place"
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &instead(10), 0), IdempotencyState::New);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &instead(10), 0),
            again(11, 0, true),
            "one does, and no second one"
        );
        IdempotencyRecord::withdraw(&mut known, 10);
        assert_eq!(IdempotencyRecord::begin(&mut known, &begin(1, 12), 0), again(11, 0, true));
        IdempotencyRecord::withdraw(&mut known, 11);
        assert_eq!(known, None);
    }
}
