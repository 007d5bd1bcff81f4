//! [`IdempotencyRecord`]: a request with an idempotency key, and its answer.
//!
//! The answer is stored before the send, so a key costs a send one step and not two. A repeated request learns the
//! outcome from the number (see [`SendState`](crate::guard::delivery::SendState)).

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Milliseconds for which an answer is stored.
pub const RETENTION_MS: i64 = 86_400_000;
/// Milliseconds after which no process still works on a request.
pub const PROCESSING_MS: i64 = 120_000;

/// The stored state of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    clock: i64,
    begun_at: i64,
    request: BeginRequest,
}

/// The answer to a request for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendResponse {
    /// The challenge, as the caller receives it.
    pub challenge: String,
    /// The validity of the code, in seconds.
    pub expires_in: i64,
    /// Seconds until the text may be sent again.
    pub resend_in: i64,
}

/// A command: begins a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginRequest {
    /// A hash that distinguishes requests under the same key.
    pub fingerprint: [u8; 32],
    /// The answer to a successful request.
    pub response: SendResponse,
    /// The random number of the send.
    pub send_id: u32,
    /// The failed earlier send that this one replaces.
    pub replaces: Option<u32>,
}

/// The state of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdempotencyState {
    /// The request is new.
    New,
    /// The request was begun before.
    Repeated {
        /// The answer to a successful request.
        response: SendResponse,
        /// The random number of its send.
        send_id: u32,
        /// The beginning of the request, in milliseconds since the Unix epoch.
        begun_at: i64,
        /// Whether another process may still work on it.
        may_be_running: bool,
    },
    /// The key belongs to another request.
    KeyReused,
}

impl IdempotencyRecord {
    /// Begins a request, or returns the state of an earlier one.
    pub fn begin(known: &mut Option<Self>, request: &BeginRequest, now: i64) -> IdempotencyState {
        let now = known.as_ref().map_or(now, |record| record.clock.max(now));
        if let Some(record) = known.as_ref().filter(|record| record.expires_at() > now) {
            let first = &record.request;
            if first.fingerprint != request.fingerprint {
                return IdempotencyState::KeyReused;
            }
            if request.replaces != Some(first.send_id) {
                let may_be_running = now.saturating_sub(record.begun_at) < PROCESSING_MS;
                return IdempotencyState::Repeated {
                    response: first.response.clone(),
                    send_id: first.send_id,
                    begun_at: record.begun_at,
                    may_be_running,
                };
            }
        }
        *known = Some(Self { clock: now, begun_at: now, request: request.clone() });
        IdempotencyState::New
    }

    /// Removes a rejected request, so that it may be repeated. Keeps a request that replaced it.
    pub fn withdraw(known: &mut Option<Self>, send: u32) {
        if known.as_ref().is_some_and(|record| record.request.send_id == send) {
            *known = None;
        }
    }

    /// The time at which the request is removed.
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

    fn again(send: u32, begun_at: i64, may_be_running: bool) -> IdempotencyState {
        IdempotencyState::Repeated { response: answer(send), send_id: send, begun_at, may_be_running }
    }

    #[test]
    fn equal_request_begins_once_and_different_request_is_rejected() {
        let mut known = None;
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(1, 10), 1000), IdempotencyState::New);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &request(1, 11), 1000 + PROCESSING_MS - 1),
            again(10, 1000, true)
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(1, 11), 1000 + PROCESSING_MS), again(10, 1000, false));
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &request(1, 11), 900),
            again(10, 1000, true),
            "time never runs back"
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(2, 12), 1001), IdempotencyState::KeyReused);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &request(1, 11), 1000 + RETENTION_MS - 1),
            again(10, 1000, false)
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(2, 12), 1000 + RETENTION_MS), IdempotencyState::New);
    }

    #[test]
    fn rejected_request_may_be_repeated_and_affects_no_other() {
        let mut known = None;
        IdempotencyRecord::begin(&mut known, &request(1, 10), 0);
        IdempotencyRecord::withdraw(&mut known, 11);
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(1, 11), 0), again(10, 0, true));
        let replacing = |of| BeginRequest { replaces: Some(of), ..request(1, 11) };
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &replacing(9), 0),
            again(10, 0, true),
            "of another it takes no place"
        );
        assert_eq!(IdempotencyRecord::begin(&mut known, &replacing(10), 0), IdempotencyState::New);
        assert_eq!(
            IdempotencyRecord::begin(&mut known, &replacing(10), 0),
            again(11, 0, true),
            "one does, and no second one"
        );
        IdempotencyRecord::withdraw(&mut known, 10);
        assert_eq!(IdempotencyRecord::begin(&mut known, &request(1, 12), 0), again(11, 0, true));
        IdempotencyRecord::withdraw(&mut known, 11);
        assert_eq!(known, None);
    }
}
