//! Captchas and work: when one is required, and the checks before a token is used up. The handler asks the provider
//! about a token only once: the provider rejects it the second time.

pub mod aliyun_captcha;
pub mod captcha_options;
pub mod geetest;
pub mod provider;
pub mod siteverify;
pub mod tencent_captcha;

use alloc::string::String;

use crate::edge::caller::Caller;
use crate::edge::captcha::captcha_options::{Captcha, CaptchaVerifier};
use crate::edge::captcha::provider::Question;
use crate::edge::codes::Codes;
use crate::edge::entropy::Entropy;
use crate::edge::host::{Host, apply};
use crate::edge::limit_memory::rejection_key;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::reserve::CounterLimit;
use crate::edge::send_request::{SendRejection, SendRequest, store_failed};
use crate::guard::ledger::{Command, Decision};
use crate::guard::number_work::ByWork;
use crate::guard::reserve_send::{ReserveSend, SendDecision};
use crate::otp::keyring::NumberKey;
use crate::otp::work_challenge::{self, DoneWork, is_work};
use crate::wire::json_writer::Object;

impl Codes {
    /// Whether the send uses up a captcha's token, or requires one whatever the rules say. `by_device`: the device
    /// verified this number before.
    pub(super) fn takes_captcha(&self, send_request: &SendRequest<'_>, caller: &Caller, by_device: bool) -> bool {
        match self.config.captcha.when {
            Captcha::Never => false,
            Captcha::Adaptive => send_request.captcha.is_some() && !by_device,
            // A back end's requests come from no person who could solve one.
            Captcha::Always => send_request.captcha.is_some() || !caller.is_back_end(),
        }
    }

    /// Whether the rules may require a captcha: of a person, or of a back end that names a person's address.
    pub(super) fn captcha_available(&self, trusted: bool, caller: &Caller) -> bool {
        !trusted && self.config.captcha.when == Captcha::Adaptive && caller.address().is_some()
    }

    /// Rejects a send that would be rejected even with a solved captcha, or with work if nothing else is accepted: a
    /// token is valid once, and a person's time is valuable. Counts nothing.
    pub(super) async fn look_before_captcha(
        &self,
        send_request: &SendRequest<'_>,
        counters: &[CounterLimit],
        key: &str,
        send_command: ReserveSend,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let is_alone = send_command.by_work == ByWork::Alone;
        let work = is_alone.then_some(DoneWork { id: 0, expires_at: i64::MAX });
        let trusted = !is_alone;
        let send_command = ReserveSend { trusted, work, captcha_available: false, dry_run: true, ..send_command };
        let cache_key = rejection_key(key, &send_command);
        self.limits.check_rejection_cache(send_request, &cache_key, host)?;
        for CounterLimit { by, key, rules, adaptive, .. } in counters {
            let relaxes = adaptive.is_some_and(|slot| slot.relaxes_rules);
            let command = Command::ExplainSlot(rules.clone(), relaxes);
            let Some(Decision::Explanation(explained)) = apply(host, key, &command).await else {
                return Err(store_failed(STORE_RETRY_MS, host));
            };
            let until = explained.sends.iter().filter_map(|usage| usage.until).max();
            if let Some(until) = until.filter(|_| !self.config.shadow) {
                self.limits.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::OtherLimit(until - host.now()));
            }
        }
        match apply(host, key, &Command::ReserveSend(send_command)).await {
            Some(Decision::Send(SendDecision::Granted { .. })) => Ok(()),
            Some(Decision::Send(SendDecision::ChallengeClosed)) => Err(SendRejection::ChallengeClosed),
            Some(Decision::Send(SendDecision::Rejected(until))) => {
                self.limits.memory.remember_rejection(&cache_key, until, host.now());
                self.limits.emit_rejection(send_request, "number", Some(until), false, host);
                Err(SendRejection::NumberLimit(until - host.now()))
            }
            _ => Err(store_failed(STORE_RETRY_MS, host)),
        }
    }

    /// The result of the work, if the request has some.
    pub(super) fn check_work(
        &self,
        send_request: &SendRequest<'_>,
        number: &NumberKey,
        host: &impl Host,
    ) -> Option<Result<Shown, SendRejection>> {
        let token = send_request.captcha.filter(|token| self.config.captcha.proof_of_work && is_work(token))?;
        let keyring = &self.config.keyring;
        Some(match work_challenge::check(keyring, number, send_request.purpose, token, host.now()) {
            Some(work) => Ok(Shown::Work(work)),
            None if self.config.shadow => Ok(Shown::Nothing),
            None => {
                self.limits.emit_rejection(send_request, "captcha", None, false, host);
                Err(SendRejection::CaptchaWrong)
            }
        })
    }

    /// The work that a rejected send may do, as JSON.
    pub(super) fn work_challenge(
        &self,
        send_request: &SendRequest<'_>,
        demands: u32,
        entropy: &Entropy,
        now: i64,
    ) -> String {
        let keyring = &self.config.keyring;
        let number = keyring.number_key(&send_request.phone);
        let tries = work_challenge::tries(demands);
        let challenge = work_challenge::write(keyring, &number, send_request.purpose, &entropy.once, tries, now);
        let mut json = Object::new();
        json.plain("challenge", &challenge);
        json.number("tries", tries.into());
        json.number("expiresIn", work_challenge::TTL_MS / 1000);
        json.finish()
    }

    /// The result of the captcha, if the request has a token; an error if it has none.
    pub(super) async fn check_captcha(
        &self,
        send_request: &SendRequest<'_>,
        caller: &Caller,
        keys: &[&str],
        entropy: &Entropy,
        host: &impl Host,
    ) -> Result<Shown, SendRejection> {
        let rejection = match send_request.captcha {
            Some(token) => match self.verdict(token, caller.written_address(), entropy, host).await {
                Some(true) => return Ok(Shown::Solved),
                Some(false) => SendRejection::CaptchaWrong,
                None if self.config.captcha.allows_unchecked => {
                    self.limits.emit_rejection(send_request, "captcha", None, true, host);
                    return Ok(Shown::Unchecked);
                }
                None => SendRejection::CaptchaUnknown,
            },
            None => self.limits.captcha_needed(keys, 0, host),
        };
        if self.config.shadow {
            return Ok(Shown::Nothing);
        }
        self.limits.emit_rejection(send_request, "captcha", None, false, host);
        Err(rejection)
    }

    /// The verdict of the provider, or of the user's function, on a token. [`None`] if there is no verdict.
    async fn verdict(&self, token: &str, address: &str, entropy: &Entropy, host: &impl Host) -> Option<bool> {
        // If only work is accepted, no token is valid.
        let Some(verifier) = &self.config.captcha.verifier else { return Some(false) };
        match verifier {
            CaptchaVerifier::Function => host.verify_captcha(token, address).await,
            CaptchaVerifier::Provider(provider) => {
                let question = Question { token, address, now: host.now(), nonce: entropy.once };
                let Some(request) = provider.request(&question) else { return Some(false) };
                provider.verdict(&host.exchange(&request).await?)
            }
        }
    }
}

/// The evidence that a request shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// None.
    Nothing,
    /// A solved captcha.
    Solved,
    /// A captcha that nobody could verify.
    Unchecked,
    /// Work: a price, which does not show who paid it.
    Work(DoneWork),
}
