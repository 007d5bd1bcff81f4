//! Captchas: when one is required, and the checks before its token is used up.

use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::config::{Captcha, CaptchaVerifier};
use crate::edge::host::{Host, apply};
use crate::edge::limit_memory::rejection_key;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::reserve::CounterLimit;
use crate::edge::send_request::{SendRejection, SendRequest, store_failed};
use crate::edge::siteverify::Siteverify;
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::{ReserveSend, SendDecision};

impl Codes {
    /// Whether the send uses up a captcha's token, or requires one whatever the rules say. `by_device`: the device
    /// verified this number before.
    pub(super) fn takes_captcha(&self, send_request: &SendRequest<'_>, caller: &Caller, by_device: bool) -> bool {
        match self.config.captcha {
            Captcha::Never => false,
            Captcha::Adaptive => send_request.captcha.is_some() && !by_device,
            // A back end's requests come from no person who could solve one.
            Captcha::Always => send_request.captcha.is_some() || !caller.is_back_end(),
        }
    }

    /// Whether the rules may require a captcha: of a person, or of a back end that names a person's address.
    pub(super) fn captcha_available(&self, trusted: bool, caller: &Caller) -> bool {
        !trusted && self.config.captcha == Captcha::Adaptive && caller.address().is_some()
    }

    /// Rejects a send that would be rejected even with a solved captcha: a token is valid once, and a person's time is
    /// valuable. Counts nothing.
    pub(super) async fn look_before_captcha(
        &self,
        send_request: &SendRequest<'_>,
        counters: &[CounterLimit],
        key: &str,
        send_command: ReserveSend,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let send_command = ReserveSend { trusted: true, captcha_available: false, dry_run: true, ..send_command };
        let cache_key = rejection_key(key, true, false);
        self.check_rejection_cache(send_request, &cache_key, host)?;
        for CounterLimit { by, key, rules, adaptive } in counters {
            let relaxes = adaptive.is_some_and(|slot| slot.relaxes_rules);
            let command = Command::ExplainSlot(rules.clone(), relaxes);
            let Some(Decision::Explanation(explained)) = apply(host, key, &command).await else {
                return Err(store_failed(STORE_RETRY_MS, host));
            };
            let until = explained.sends.iter().filter_map(|usage| usage.until).max();
            if let Some(until) = until.filter(|_| !self.config.shadow) {
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::OtherLimit(until - host.now()));
            }
        }
        match apply(host, key, &Command::ReserveSend(send_command)).await {
            Some(Decision::Send(SendDecision::Granted { .. })) => Ok(()),
            Some(Decision::Send(SendDecision::ChallengeClosed)) => Err(SendRejection::ChallengeClosed),
            Some(Decision::Send(SendDecision::Rejected(until))) => {
                self.limits.remember_rejection(&cache_key, until, host.now());
                self.emit_rejection(send_request, "number", Some(until), false, host);
                Err(SendRejection::NumberLimit(until - host.now()))
            }
            _ => Err(store_failed(STORE_RETRY_MS, host)),
        }
    }

    /// Whether the captcha was solved, if the request has a token; an error if it has none.
    pub(super) async fn is_captcha_solved(
        &self,
        send_request: &SendRequest<'_>,
        caller: &Caller,
        host: &impl Host,
    ) -> Result<bool, SendRejection> {
        let rejection = match send_request.captcha {
            Some(token) => match self.verdict(token, caller.written_address(), host).await {
                Some(true) => return Ok(true),
                Some(false) => SendRejection::CaptchaWrong,
                None => SendRejection::CaptchaUnknown,
            },
            None => SendRejection::CaptchaNeeded,
        };
        if self.config.shadow {
            return Ok(false);
        }
        self.emit_rejection(send_request, "captcha", None, false, host);
        Err(rejection)
    }

    /// The verdict of the provider, or of the user's function, on a token. [`None`] if there is no verdict.
    async fn verdict(&self, token: &str, address: &str, host: &impl Host) -> Option<bool> {
        match self.config.captcha_verifier.as_ref()? {
            CaptchaVerifier::Function => host.verify_captcha(token, address).await,
            CaptchaVerifier::Provider(provider) => {
                let reply = host.exchange(&provider.request(token, address)).await?;
                Siteverify::verdict(&reply)
            }
        }
    }
}
