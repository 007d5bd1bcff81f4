//! Sending a code: the limits, one atomic step a key, then the text, and what becomes of both.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::caller::Caller;
use crate::edge::config::Captcha;
use crate::edge::draws::Draws;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, apply, later};
use crate::edge::routing::watched;
use crate::error::Code;
use crate::guard::counter::{Take, Taken};
use crate::guard::ledger::{Command, Decision};
use crate::guard::log::Reservation;
use crate::guard::number::{Ask, Asked, Of, Settle};
use crate::guard::rule::Rule;
use crate::message::{Kind, Message};
use crate::otp::challenge::{Challenge, ChallengeId, Delivery, New};
use crate::otp::code;
use crate::otp::device;
use crate::otp::keyring::{Keyring, NumberKey};
use crate::otp::receipt::Handed;
use crate::outcome::End;
use crate::phone::Phone;
use crate::receipts::tally::Fates;
use crate::reference::Reference;

/// What is to be sent, as a route read it.
pub struct Wanted<'a> {
    /// To whom.
    pub phone: Phone,
    /// What the code is for.
    pub purpose: &'a str,
    /// The text, but for the code.
    pub text: String,
    /// Where in the text the code goes.
    pub placeholder: &'static str,
    /// The vendor's template.
    pub template_id: Option<String>,
    /// The challenge whose text is to be sent again, as the caller has it.
    pub again: Option<&'a str>,
    /// What the caller wants to see again in the proof.
    pub caller_nonce: Option<&'a str>,
    /// What shows that a captcha was solved.
    pub captcha: Option<&'a str>,
    /// What the caller's device was given when it verified this number.
    pub device: Option<&'a str>,
    /// The back end to which the challenge belongs alone.
    pub owner: Option<u64>,
    /// Until when nobody else does the same, in milliseconds since 1970, where it may be repeated.
    pub until: Option<i64>,
}

/// A code that was sent, or may have been.
pub struct Sent {
    /// The challenge as the caller has it.
    pub challenge: String,
    /// How long its code is good for, in milliseconds.
    pub expires_in_ms: i64,
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A number's rules: come again in so many milliseconds.
    Number(i64),
    /// Another rule: come again in so many milliseconds.
    Busy(i64),
    /// Not without a captcha.
    CaptchaNeeded,
    /// The captcha was not solved.
    CaptchaWrong,
    /// Nobody can say whether the captcha was solved.
    CaptchaUnknown,
    /// The number's country is not sent to.
    Country,
    /// The number is on the list of those that are never sent to.
    Denied,
    /// The challenge whose text was to be sent again is not open, or is another number's.
    Gone,
    /// No vendor took it: it was certainly not sent. What the last one that was tried said.
    NotSent(Code),
    /// The state of a key could not be read or written.
    Store,
}

/// Steps that were taken, to be taken back.
#[derive(Default)]
struct Taking(Vec<(String, Reservation)>);

impl Handler {
    /// Sends a code, or says why not. What was counted for what is not sent is taken back.
    ///
    /// # Errors
    /// Why nothing was sent.
    pub(super) async fn send(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        draws: &Draws,
        host: &impl Host,
    ) -> Result<Sent, Refusal> {
        let mut taking = Taking::default();
        let sent = self.send_taking(wanted, caller, draws, host, &mut taking).await;
        if let Err(refusal) = &sent {
            for (key, reservation) in taking.0 {
                later(host, &key, &Command::Release(reservation));
            }
            self.count(refusal.name());
        }
        sent
    }

    async fn send_taking(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        draws: &Draws,
        host: &impl Host,
        taking: &mut Taking,
    ) -> Result<Sent, Refusal> {
        self.check_lists(&wanted.phone, host).await?;
        let number = self.config.keyring.number_key(&wanted.phone);
        if let Some(wait) = self.rejected_wait(&number, host.now()).filter(|_| !self.config.shadow) {
            self.tell_refused(wanted, "number", Some(host.now() + wait), false, host);
            return Err(Refusal::Number(wait));
        }
        let known = self.is_known(wanted, caller, &number, host).await?;
        let asks = self.asks(known, caller);
        let key = Keyring::number_object(&number);
        self.check_refusal(wanted, &refusal_key(&key, known, asks), host)?;
        for (by, key, rules) in self.counters(wanted, caller) {
            let take = Take { id: draws.reservation, rules, asks, shadow: self.config.shadow };
            match apply(host, &key, &Command::Take(take)).await {
                Some(Decision::Taken(Taken::Granted { reservation, refused_until })) => {
                    taking.0.push((key, reservation));
                    if refused_until.is_some() {
                        self.tell_refused(wanted, by, refused_until, true, host);
                    }
                }
                Some(Decision::Taken(Taken::Refused(until))) => {
                    self.tell_refused(wanted, by, Some(until), false, host);
                    return Err(Refusal::Busy(until - host.now()));
                }
                Some(Decision::Taken(Taken::Captcha)) => {
                    self.tell_refused(wanted, "captcha", None, false, host);
                    return Err(Refusal::CaptchaNeeded);
                }
                _ => return Err(store_failed(host)),
            }
        }
        if wanted.until.is_some_and(|until| host.now() >= until) {
            // Somebody's own function took so long that another was taken for the one who does it.
            return Err(store_failed(host));
        }
        let of = self.challenge_of(wanted, &number, draws)?;
        let ask = Ask {
            id: draws.reservation,
            rules: self.config.limits.number.clone(),
            known,
            asks,
            shadow: self.config.shadow,
            of: of.clone(),
        };
        let (reservation, challenge) = match apply(host, &key, &Command::Ask(ask)).await {
            Some(Decision::Asked(Asked::Granted { reservation, refused_until, again })) => {
                if refused_until.is_some() {
                    self.tell_refused(wanted, "number", refused_until, true, host);
                }
                (reservation, of.challenge(reservation.at, again).ok_or_else(|| store_failed(host))?)
            }
            Some(Decision::Asked(Asked::Refused(until))) => {
                self.refusals.borrow_mut().remember(&refusal_key(&key, known, asks), until, host.now());
                self.tell_refused(wanted, "number", Some(until), false, host);
                return Err(Refusal::Number(until - host.now()));
            }
            Some(Decision::Asked(Asked::Captcha)) => {
                self.tell_refused(wanted, "captcha", None, false, host);
                return Err(Refusal::CaptchaNeeded);
            }
            Some(Decision::Asked(Asked::Gone)) => return Err(Refusal::Gone),
            _ => return Err(store_failed(host)),
        };
        let counts = known || caller.is_back_end();
        let (delivered, handed) = self.deliver(wanted, &challenge, &number, draws, counts, host).await;
        let delivery = delivered.unwrap_or(Delivery::Rejected);
        let settle = Command::Settle(Settle { challenge: challenge.id, reservation, delivery, handed });
        if let Err(code) = delivered {
            // Whoever was told so tries again at once: it must be taken back by then.
            let _ = apply(host, &key, &settle).await;
            self.forget_refusals(&key);
            self.count_rejection(&number, host.now());
            return Err(Refusal::NotSent(code));
        }
        later(host, &key, &settle);
        Ok(Sent {
            challenge: self.config.keyring.write_challenge(challenge.id, &number),
            expires_in_ms: challenge.expires_at - reservation.at,
        })
    }

    /// Refuses a number that was refused a moment ago, before anybody is asked. Of counters this would be wrong: what their
    /// number's rules refuse is taken back from them at once.
    fn check_refusal(&self, wanted: &Wanted<'_>, key: &str, host: &impl Host) -> Result<(), Refusal> {
        // Whether a challenge is there to be sent again is for its number to say.
        if self.config.shadow || wanted.again.is_some() {
            return Ok(());
        }
        let Some(until) = self.refusals.borrow().until(key, host.now()) else { return Ok(()) };
        self.tell_refused(wanted, "number", Some(until), false, host);
        Err(Refusal::Number(until - host.now()))
    }

    /// Something of a number was taken back, or forgotten.
    pub(super) fn forget_refusals(&self, key: &str) {
        let mut refusals = self.refusals.borrow_mut();
        for (known, asks) in [(false, false), (false, true), (true, false)] {
            refusals.forget(&refusal_key(key, known, asks));
        }
    }

    async fn check_lists(&self, phone: &Phone, host: &impl Host) -> Result<(), Refusal> {
        let Some(refusal) = self.refused_by_list(phone, host).await else { return Ok(()) };
        let by = if refusal == Refusal::Denied { "list" } else { "country" };
        host.tell(&Event::Refused { phone, by, until: None, shadow: self.config.shadow });
        if self.config.shadow { Ok(()) } else { Err(refusal) }
    }

    /// Why no text ever goes to a number, whatever was sent before.
    pub(super) async fn refused_by_list(&self, phone: &Phone, host: &impl Host) -> Option<Refusal> {
        if self.config.is_denied(phone) {
            return Some(Refusal::Denied);
        }
        if self.config.is_allowed(phone) {
            return None;
        }
        let is_served = |country: &str| self.config.countries.iter().any(|known| known == country);
        let served = if phone.is_mainland() {
            is_served("CN")
        } else {
            // Where the mainland alone is sent to, nobody needs to know the country of any other number.
            self.config.countries.iter().any(|known| known != "CN")
                && host.country(phone).await.is_some_and(|country| is_served(&country))
        };
        (!served).then_some(Refusal::Country)
    }

    /// Whether whoever asks may use the reserve: they solved a captcha, or verified this number before.
    async fn is_known(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        number: &NumberKey,
        host: &impl Host,
    ) -> Result<bool, Refusal> {
        let by_device =
            wanted.device.is_some_and(|device| device::is_known(&self.config.keyring, number, device, host.now()));
        if self.config.captcha == Captcha::Never || (by_device && self.config.captcha == Captcha::Adaptive) {
            return Ok(by_device);
        }
        let solved = match wanted.captcha {
            None => None,
            Some(token) => match host.solved(token, caller.written_address()).await {
                Some(true) => Some(Ok(())),
                Some(false) => Some(Err(Refusal::CaptchaWrong)),
                None => Some(Err(Refusal::CaptchaUnknown)),
            },
        };
        match solved {
            Some(Ok(())) => Ok(true),
            Some(Err(refusal)) if !self.config.shadow => {
                self.tell_refused(wanted, "captcha", None, false, host);
                Err(refusal)
            }
            // A back end has no person before it who could solve one.
            None if self.config.captcha == Captcha::Always && !caller.is_back_end() && !self.config.shadow => {
                self.tell_refused(wanted, "captcha", None, false, host);
                Err(Refusal::CaptchaNeeded)
            }
            _ => Ok(by_device),
        }
    }

    /// Whether a captcha may be asked for: of a person, directly or by a back end that names their address.
    fn asks(&self, known: bool, caller: &Caller) -> bool {
        !known && self.config.captcha == Captcha::Adaptive && caller.address().is_some()
    }

    /// What is counted beside the number, in the order of the house's third law.
    fn counters(&self, wanted: &Wanted<'_>, caller: &Caller) -> Vec<(&'static str, String, Vec<Rule>)> {
        let (limits, keyring) = (&self.config.limits, &self.config.keyring);
        let mut counters = Vec::new();
        // Names are hashes, which cost more than all else here: only of what is counted.
        let mut count = |by, rules: &[Rule], key: &dyn Fn() -> String| {
            if !rules.is_empty() {
                counters.push((by, key(), rules.to_vec()));
            }
        };
        if let Some(address) = caller.address() {
            count("address", &limits.address, &|| keyring.object("a", &[address.bytes()]));
        }
        if let Some(token) = caller.token() {
            count("token", &limits.token, &|| keyring.object("t", &[&token.to_be_bytes()]));
        }
        count("prefix", &limits.prefix, &|| {
            let digits = wanted.phone.mainland().unwrap_or(wanted.phone.digits());
            let prefix = [if wanted.phone.is_mainland() { "+86" } else { "+" }.as_bytes(), &digits.as_bytes()[..7]];
            keyring.object("p", &prefix)
        });
        count("total", &limits.total, &|| "all".to_owned());
        counters
    }

    fn challenge_of(&self, wanted: &Wanted<'_>, number: &NumberKey, draws: &Draws) -> Result<Of, Refusal> {
        let keyring = &self.config.keyring;
        if let Some(again) = wanted.again {
            return match keyring.read_challenge(again) {
                Some((id, of)) if of == *number => Ok(Of::Again(id)),
                _ => Err(Refusal::Gone),
            };
        }
        let chosen = self.config.test_code(&wanted.phone).and_then(|chosen| {
            let key = keyring.code_key(keyring.making(), number)?;
            Some(code::mark(&key, &draws.nonce, chosen))
        });
        Ok(Of::New(New {
            id: ChallengeId(draws.challenge),
            nonce: draws.nonce,
            pepper: keyring.making(),
            purpose: wanted.purpose.to_owned(),
            sealed: keyring.seal(&wanted.phone, &draws.nonce),
            length: self.config.code.length,
            chosen,
            owner: wanted.owner,
            caller_nonce: wanted.caller_nonce.map(ToOwned::to_owned),
            ttl_ms: self.config.code.ttl_ms,
            tries: self.config.code.tries,
        }))
    }

    /// Hands the text over, or tells why it was certainly not sent; and to whom, where it may have been. A number for tests
    /// gets none, and nobody can tell. `counts` is whether it counts for the order of accounts.
    async fn deliver(
        &self,
        wanted: &Wanted<'_>,
        challenge: &Challenge,
        number: &NumberKey,
        draws: &Draws,
        counts: bool,
        host: &impl Host,
    ) -> (Result<Delivery, Code>, Option<(u8, Handed)>) {
        let told = |status: &str, account: Option<&str>| {
            self.count(["sent.", status, ".", account.unwrap_or_default()].concat().trim_end_matches('.'));
            host.tell(&Event::Send { phone: &wanted.phone, purpose: &challenge.purpose, status, account });
        };
        if challenge.chosen.is_some() {
            told("test", None);
            return (Ok(Delivery::Accepted), None);
        }
        let Some(key) = self.config.keyring.code_key(challenge.pepper, number) else {
            // A resend whose pepper has just been taken out of the list: its code can be checked by nobody.
            told("rejected", None);
            return (Err(Code::InvalidArgument), None);
        };
        let id = challenge.last_text();
        let reference = self.config.keyring.write_reference(&id, number);
        let text = wanted.text.replace(wanted.placeholder, &challenge.code(&key));
        let message = Message {
            to: wanted.phone,
            text: text.into(),
            kind: Kind::Otp,
            template_id: wanted.template_id.as_deref().map(Rc::from),
            reference: Reference::parse(&reference).ok(),
            send_at: None,
        };
        let on = |event: &crate::client::event::Event<'_>| host.tell(&Event::Sms(event));
        let callback_url = |account: &Account| self.callback_url(account, &reference);
        let sms = &self.config.sms;
        let order = self.order(&wanted.phone, counts, draws.reservation, host).await;
        let outcome = sms.send_in_order(&message, &order, &callback_url, &draws.client, host, &on).await;
        told(outcome.end.status(), Some(&outcome.account));
        let (delivered, named) = match outcome.end {
            End::Accepted { id, .. } | End::Partial { id, .. } => (Ok(Delivery::Accepted), id),
            End::Unknown(_) => (Ok(Delivery::Unknown), None),
            End::Rejected(error) => return (Err(error.code), None),
        };
        let handed = Handed {
            account: hash(&outcome.account),
            id: named.map(|id| hash(&id)),
            watched: watched(wanted.phone, counts && self.config.is_adaptive),
        };
        if let Some(carrier) = handed.watched {
            self.tally(handed.account, carrier, Fates { sent: 1, ..Fates::default() });
        }
        (delivered, Some((id.index, handed)))
    }

    /// Where the report of one text goes, where its vendor takes an address with each (liasmart).
    fn callback_url(&self, account: &Account, reference: &str) -> Option<Rc<str>> {
        let public_url = self.config.public_url.as_deref().filter(|_| account.vendor_name() == "liasmart")?;
        let path = self.config.hook_keys.path_of_text(account.name(), reference)?;
        Some([public_url, &path].concat().into())
    }

    fn tell_refused(&self, wanted: &Wanted<'_>, by: &str, until: Option<i64>, shadow: bool, host: &impl Host) {
        self.count(["refused.", by].concat().as_str());
        host.tell(&Event::Refused { phone: &wanted.phone, by, until, shadow });
    }
}

/// What is refused to one who is not known may be let through for one who is, or asked a captcha of.
fn refusal_key(number: &str, known: bool, asks: bool) -> String {
    [number, if known { "k" } else { "" }, if asks { "a" } else { "" }].concat()
}

fn store_failed(host: &impl Host) -> Refusal {
    host.tell(&Event::StoreFailed);
    Refusal::Store
}

impl Refusal {
    /// The name under which it is counted.
    const fn name(&self) -> &'static str {
        match self {
            Self::Number(_) | Self::Busy(_) => "send.too-many",
            Self::CaptchaNeeded => "send.captcha-needed",
            Self::CaptchaWrong | Self::CaptchaUnknown => "send.captcha-failed",
            Self::Country | Self::Denied => "send.not-allowed",
            Self::Gone => "send.gone",
            Self::NotSent(_) => "send.not-sent",
            Self::Store => "send.store-failed",
        }
    }
}
