//! Captchas: when one is asked for, and what is looked at before one is spent.

use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::caller::Caller;
use crate::edge::config::{Captcha, CaptchaVerifier};
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::send::{Refusal, STORE_RESTS_MS, Wanted, refusal_key, store_failed};
use crate::edge::siteverify::Siteverify;
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::{Ask, Asked, NumberRules};
use crate::guard::rule::Rule;

impl Handler {
    /// Whether a captcha is spent, or asked for whatever the rules say. `by_device`: the device verified this number before.
    pub(super) fn takes_captcha(&self, wanted: &Wanted<'_>, caller: &Caller, by_device: bool) -> bool {
        match self.config.captcha {
            Captcha::Never => false,
            Captcha::Adaptive => wanted.captcha.is_some() && !by_device,
            // A back end has no person before it who could solve one.
            Captcha::Always => wanted.captcha.is_some() || !caller.is_back_end(),
        }
    }

    /// Whether the rules may ask for a captcha: of a person, directly or by a back end that names their address.
    pub(super) fn asks(&self, known: bool, caller: &Caller) -> bool {
        !known && self.config.captcha == Captcha::Adaptive && caller.address().is_some()
    }

    /// Refuses what is refused even to who solved a captcha: one is good once, and a person's time. Nothing is counted here.
    pub(super) async fn look_before_captcha(
        &self,
        wanted: &Wanted<'_>,
        counters: &[(&'static str, String, Vec<Rule>)],
        key: &str,
        ask: Ask,
        host: &impl Host,
    ) -> Result<(), Refusal> {
        let ask = Ask { known: true, asks: false, looks: true, ..ask };
        let refusal_key = refusal_key(key, true, false);
        self.check_refusal(wanted, &refusal_key, host)?;
        for (by, key, rules) in counters {
            let rules = NumberRules { sends: rules.clone(), ..NumberRules::default() };
            let Some(Decision::Explained(explained)) = apply(host, key, &Command::Explain(rules)).await else {
                return Err(store_failed(STORE_RESTS_MS, host));
            };
            let until = explained.sends.iter().filter_map(|usage| usage.until).max();
            if let Some(until) = until.filter(|_| !self.config.shadow) {
                self.tell_refused(wanted, by, Some(until), false, host);
                return Err(Refusal::Busy(until - host.now()));
            }
        }
        match apply(host, key, &Command::Ask(ask)).await {
            Some(Decision::Asked(Asked::Granted { .. })) => Ok(()),
            Some(Decision::Asked(Asked::Gone)) => Err(Refusal::Gone),
            Some(Decision::Asked(Asked::Refused(until))) => {
                self.refusals.borrow_mut().remember(&refusal_key, until, host.now());
                self.tell_refused(wanted, "number", Some(until), false, host);
                Err(Refusal::Number(until - host.now()))
            }
            _ => Err(store_failed(STORE_RESTS_MS, host)),
        }
    }

    /// Whether the captcha was solved, where there is one.
    pub(super) async fn is_solved(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        host: &impl Host,
    ) -> Result<bool, Refusal> {
        let refusal = match wanted.captcha {
            Some(token) => match self.verdict(token, caller.written_address(), host).await {
                Some(true) => return Ok(true),
                Some(false) => Refusal::CaptchaWrong,
                None => Refusal::CaptchaUnknown,
            },
            None => Refusal::CaptchaNeeded,
        };
        if self.config.shadow {
            return Ok(false);
        }
        self.tell_refused(wanted, "captcha", None, false, host);
        Err(refusal)
    }

    /// The verdict of the provider, or of the user's function, on a token. [`None`] where there is none.
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
