//! [`SendByKey`]: a send under a key, made once although its request may be repeated.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::entropy::Entropy;
use crate::edge::handler_reply::Problem;
use crate::edge::host::{Host, apply, defer};
use crate::edge::problems::store_failed;
use crate::edge::send_request::{SendRejection, SendRequest, SentCode};
use crate::guard::delivery::{SendState, SendStateQuery};
use crate::guard::idempotency::{self, BeginRequest, IdempotencyState, SendResponse};
use crate::guard::ledger::{Command, Decision};
use crate::otp::challenge::ChallengeId;
use crate::otp::keyring::Keyring;

/// A send under a key.
pub(super) struct SendByKey<'a> {
    /// The name of the key that stores the request.
    pub key: &'a str,
    /// A hash that distinguishes requests under the same key.
    pub fingerprint: [u8; 32],
    /// Which later requests repeat the first.
    pub repeats: Repeats,
}

/// Which later requests under a key repeat the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Those of a day, since their sender chose the key for one request. While the first is under way, they are
    /// rejected.
    ForADay,
    /// Those of [`idempotency::PROCESSING_MS`], since the key is derived from the request: a later one asks for another
    /// text. While the text is under way, they succeed.
    WhileProcessing,
}

impl Codes {
    /// Sends a code, or answers as an earlier request under the key was answered.
    ///
    /// # Errors
    /// The reason why nothing was sent.
    pub(super) async fn send_by_key(
        &self,
        once: &SendByKey<'_>,
        mut send_request: SendRequest<'_>,
        caller: &Caller,
        random: &Entropy,
        host: &impl Host,
    ) -> Result<SendResponse, Problem> {
        // A little less than the time that other processes wait, since clocks differ.
        send_request.deadline = Some(host.now().saturating_add(idempotency::PROCESSING_MS - 10_000));
        let before = self.repeated_response(once, &send_request, random, host).await;
        if before.as_ref().is_err_and(|problem| problem.status == 503) {
            // The request may be recorded, and nothing will come of it.
            defer(host, once.key, &Command::WithdrawRequest(random.reservation));
        }
        if let Some(response) = before? {
            return Ok(response);
        }
        let answered = self.send_and_respond(&send_request, caller, random, host).await;
        if answered.is_err() {
            // The caller may repeat the request at once under the same key, with a captcha, for example, so the key
            // must be free before the answer.
            let _ = apply(host, once.key, &Command::WithdrawRequest(random.reservation)).await;
        }
        answered
    }

    /// Sends a code without a key.
    pub(super) async fn send_and_respond(
        &self,
        send_request: &SendRequest<'_>,
        caller: &Caller,
        entropy: &Entropy,
        host: &impl Host,
    ) -> Result<SendResponse, Problem> {
        match self.send(send_request, caller, entropy, host).await {
            Ok(sent) => Ok(self.send_response(sent)),
            Err(rejection) => {
                let mut problem = problem(&rejection, self.limits.counted_ms());
                if let SendRejection::CaptchaNeeded(Some(demands)) = rejection {
                    problem.work = Some(self.work_challenge(send_request, demands, entropy, host.now()).into());
                }
                Err(problem)
            }
        }
    }

    /// The answer of an earlier request under the key; `None` if the request is to be answered now.
    async fn repeated_response(
        &self,
        once: &SendByKey<'_>,
        send_request: &SendRequest<'_>,
        random: &Entropy,
        host: &impl Host,
    ) -> Result<Option<SendResponse>, Problem> {
        let mut begin = BeginRequest {
            fingerprint: once.fingerprint,
            response: self.send_response(self.expected_send(send_request, random)),
            send_id: random.reservation,
            replaces: None,
        };
        loop {
            let (response, send, since, may_be_running) =
                match apply(host, once.key, &Command::BeginRequest(begin.clone())).await {
                    Some(Decision::Idempotency(IdempotencyState::New)) => return Ok(None),
                    Some(Decision::Idempotency(IdempotencyState::KeyReused)) => {
                        let title = "The Idempotency-Key belongs to another request";
                        return Err(Problem::new(422, "idempotency-key-reused", title));
                    }
                    Some(Decision::Idempotency(IdempotencyState::Repeated {
                        response,
                        send_id: send,
                        begun_at: since,
                        may_be_running,
                    })) => (response, send, since, may_be_running),
                    _ => return Err(store_failed()),
                };
            let is_short = once.repeats == Repeats::WhileProcessing;
            if is_short && !may_be_running && begin.replaces.is_none() {
                begin.replaces = Some(send);
                continue;
            }
            let again = send_request.resend.is_some();
            let (challenge, state) =
                self.earlier_send_state(&response.challenge, send, since, send_request, host).await?;
            let left = match state {
                SendState::Submitted(left) => Some(left),
                SendState::Pending(left) if is_short || !may_be_running => Some(left),
                SendState::Forgotten if !may_be_running => Some(None),
                // After a while the number no longer knows whether it granted a resend.
                SendState::Absent if again && !may_be_running => Some(None),
                _ => None,
            };
            if let Some(left) = left {
                // The remaining validity at a resend is only known afterwards.
                let expires_in = left.filter(|_| again).map_or(response.expires_in, seconds);
                return Ok(Some(SendResponse { challenge, expires_in, ..response }));
            }
            let is_over = state == SendState::Released || (state == SendState::Absent && !may_be_running);
            // Another request may have taken its place, but only one can.
            if begin.replaces.is_some() || !is_over {
                return Err(in_progress());
            }
            begin.replaces = Some(send);
        }
    }

    /// The outcome of an earlier send under the same key, and its challenge.
    async fn earlier_send_state(
        &self,
        challenge: &str,
        send: u32,
        since: i64,
        send_request: &SendRequest<'_>,
        host: &impl Host,
    ) -> Result<(String, SendState), Problem> {
        let keyring = &self.config.keyring;
        let (id, number) = match keyring.read_challenge(challenge) {
            // The challenge is not from this handler, or from a pepper that was removed.
            None => return Ok((challenge.to_owned(), SendState::Forgotten)),
            // The challenge belongs to another number, so no text was sent.
            Some((_, number)) if number != keyring.number_key(&send_request.phone) => {
                return Ok((challenge.to_owned(), SendState::Released));
            }
            Some(known) => known,
        };
        let read_state = async |challenge, again| {
            let of = Command::ReadSendState(SendStateQuery { challenge, send, resend: again, begun_at: since });
            match apply(host, &Keyring::number_object_name(&number), &of).await {
                Some(Decision::SendState(state)) => Ok(state),
                _ => Err(store_failed()),
            }
        };
        if send_request.resend.is_some() {
            // If too little validity was left, the send began a fresh challenge.
            let fresh = keyring.replacement_challenge(id, send);
            let state = read_state(fresh, false).await?;
            if !matches!(state, SendState::Absent | SendState::Forgotten) {
                return Ok((keyring.write_challenge(fresh, &number), state));
            }
        }
        Ok((challenge.to_owned(), read_state(id, send_request.resend.is_some()).await?))
    }

    fn send_response(&self, sent: SentCode) -> SendResponse {
        let resend_in = self.config.limits.cooldown_seconds;
        SendResponse { challenge: sent.challenge, expires_in: seconds(sent.expires_in_ms), resend_in }
    }

    /// The result of the send if it succeeds, except for the remaining validity of a resent code.
    pub(super) fn expected_send(&self, send_request: &SendRequest<'_>, entropy: &Entropy) -> SentCode {
        let keyring = &self.config.keyring;
        let challenge = match send_request.resend {
            None => keyring.write_challenge(ChallengeId(entropy.challenge), &keyring.number_key(&send_request.phone)),
            // Written as the answer will be: by the pepper that now derives challenges.
            Some(again) => keyring
                .read_challenge(again)
                .map_or_else(|| again.to_owned(), |(id, number)| keyring.write_challenge(id, &number)),
        };
        SentCode { challenge, expires_in_ms: self.config.code.ttl_ms }
    }
}

/// The problem for a rejected send.
fn problem(rejection: &SendRejection, counted_ms: i64) -> Problem {
    match rejection {
        SendRejection::NumberLimit(wait) | SendRejection::OtherLimit(wait) => Problem::too_many(*wait),
        SendRejection::CaptchaNeeded(_) => {
            Problem::new(403, "captcha-required", "A solved captcha is needed").field("captcha")
        }
        SendRejection::CaptchaWrong => {
            Problem::new(403, "captcha-failed", "The captcha was not solved").field("captcha")
        }
        SendRejection::CaptchaUnknown => {
            Problem::new(503, "captcha-unavailable", "The captcha cannot be checked at the moment")
        }
        SendRejection::Country | SendRejection::Denied => {
            Problem::new(403, "number-not-allowed", "No text is sent to this number").field("phone")
        }
        SendRejection::ChallengeClosed => {
            Problem::new(422, "challenge-closed", "The challenge is not open for this number").field("challenge")
        }
        // The answer must not reveal what a vendor said about a number.
        SendRejection::NotSent { released, .. } => {
            let problem = Problem::new(503, "not-sent", "No text was sent: try again later");
            if *released {
                problem.detail("none was counted")
            } else {
                problem.detail(MAY_COUNT).retry_after(counted_ms)
            }
        }
        SendRejection::Store(wait) => store_failed().detail(MAY_COUNT).retry_after(*wait),
        SendRejection::Unrecorded(wait) => store_failed().detail(MAY_ARRIVE).retry_after(*wait),
    }
}

/// The certain facts when a counting step failed.
const MAY_COUNT: &str = "no text was sent, and the request may count against the limits";

/// The certain facts when the outcome of a text is unknown and could not be recorded.
const MAY_ARRIVE: &str = "a text may have been sent, and counts against the limits";

fn in_progress() -> Problem {
    Problem::new(409, "in-progress", "A request with this Idempotency-Key is being answered").retry_after(1000)
}

/// In whole seconds, rounded down.
pub(super) const fn seconds(milliseconds: i64) -> i64 {
    milliseconds / 1000
}
