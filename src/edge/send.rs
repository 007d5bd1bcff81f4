//! Sends a code: reserves the limits, one atomic step for each key, then sends the text and records its outcome.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::caller::Caller;
use crate::edge::draws::Draws;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, later};
use crate::edge::reserve::{Reserved, Step};
use crate::edge::routing::watched;
use crate::edge::text::Draft;
use crate::error::Code;
use crate::guard::counter::Take;
use crate::guard::ledger::Command;
use crate::guard::log::Reservation;
use crate::guard::number::{Again, Ask, Of, Settle};
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

/// A send, as its route read it.
pub struct Wanted<'a> {
    /// The receiver.
    pub phone: Phone,
    /// The purpose of the code.
    pub purpose: &'a str,
    /// The text.
    pub text: Draft,
    /// The id of the vendor's template.
    pub template_id: Option<String>,
    /// The challenge whose text is to be sent again, as the caller has it.
    pub again: Option<&'a str>,
    /// The nonce that the caller wants in the proof.
    pub caller_nonce: Option<&'a str>,
    /// The token of a captcha.
    pub captcha: Option<&'a str>,
    /// The device token that the caller received when it verified this number.
    pub device: Option<&'a str>,
    /// The back end that alone may verify the challenge.
    pub owner: Option<u64>,
    /// For a request with an idempotency key, the time until which no other process works on it, in milliseconds since
    /// the Unix epoch.
    pub until: Option<i64>,
}

impl Wanted<'_> {
    /// The message with a code whose remaining validity is `left_ms` milliseconds.
    fn message(&self, code: &str, left_ms: i64) -> Message {
        Message {
            to: self.phone,
            text: self.text.finish(code, left_ms).into(),
            kind: Kind::Otp,
            template_id: self.template_id.as_deref().map(Rc::from),
            reference: None,
            send_at: None,
        }
    }
}

/// A code that was sent, or may have been.
pub struct Sent {
    /// The challenge, as the caller receives it.
    pub challenge: String,
    /// The validity of its code, in milliseconds.
    pub expires_in_ms: i64,
}

/// The reason why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A rule of the number; try again after this many milliseconds.
    Number(i64),
    /// Another rule; try again after this many milliseconds.
    Busy(i64),
    /// The send requires a captcha.
    CaptchaNeeded,
    /// The captcha was not solved.
    CaptchaWrong,
    /// The captcha's verifier gave no verdict.
    CaptchaUnknown,
    /// The number's country is not sent to.
    Country,
    /// The list `deny` contains the number.
    Denied,
    /// The challenge whose text was to be sent again is not open, or belongs to another number.
    Gone,
    /// No vendor accepted the text: it was certainly not sent.
    NotSent {
        /// The code of the last account's error.
        code: Code,
        /// Whether all its counts were released.
        taken_back: bool,
    },
    /// The state of a key could not be read or written. The text was certainly not sent, but may have been counted. Try
    /// again after this many milliseconds.
    Store(i64),
}

/// Milliseconds after which a store that failed is worth another attempt.
pub(super) const STORE_RESTS_MS: i64 = 5000;

/// A send that a number granted.
pub(super) struct Granted {
    pub challenge: Challenge,
    pub reservation: Reservation,
}

impl Granted {
    /// The validity of the code, in milliseconds from the time of the grant.
    const fn left_ms(&self) -> i64 {
        self.challenge.expires_at - self.reservation.at
    }
}

impl Handler {
    /// Sends a code. Releases the counts of a send that fails.
    ///
    /// # Errors
    /// The reason why nothing was sent.
    pub(super) async fn send(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        draws: &Draws,
        host: &impl Host,
    ) -> Result<Sent, Refusal> {
        let mut reserved = Reserved::default();
        let mut sent = self.send_reserving(wanted, caller, draws, host, &mut reserved).await;
        if let Err(refusal) = &mut sent {
            self.release(reserved, refusal, host).await;
            self.count(refusal.name());
        }
        sent
    }

    async fn send_reserving(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        draws: &Draws,
        host: &impl Host,
        reserved: &mut Reserved,
    ) -> Result<Sent, Refusal> {
        self.check_lists(&wanted.phone, host).await?;
        let number = self.config.keyring.number_key(&wanted.phone);
        if let Some(wait) = self.rejected_wait(&number, host.now()).filter(|_| !self.config.shadow) {
            self.tell_refused(wanted, "number", Some(host.now() + wait), false, host);
            return Err(Refusal::Number(wait));
        }
        let of = self.challenge_of(wanted, &number, draws)?;
        let key = Keyring::number_object(&number);
        let by_device =
            wanted.device.is_some_and(|device| device::is_known(&self.config.keyring, &number, device, host.now()));
        let counters = self.counters(wanted, caller);
        let mut ask = Ask {
            id: draws.reservation,
            rules: self.config.limits.number.clone(),
            known: by_device,
            asks: false,
            shadow: self.config.shadow,
            looks: false,
            of: of.clone(),
        };
        if self.takes_captcha(wanted, caller, by_device) {
            self.check_accounts(wanted, draws, host)?;
            self.look_before_captcha(wanted, &counters, &key, ask.clone(), host).await?;
            ask.known |= self.is_solved(wanted, caller, host).await?;
        }
        ask.asks = self.asks(ask.known, caller);
        let Ask { known, asks, .. } = ask;
        self.check_refusal(wanted, &refusal_key(&key, known, asks), host)?;
        if wanted.until.is_some_and(|until| host.now() >= until) {
            // A user's function took so long that another process may have taken over the request.
            return Err(store_failed(STORE_RESTS_MS, host));
        }
        reserved.is_hot = self.is_hot(caller, &counters, host.now());
        let take = Take { id: draws.reservation, rules: Vec::new(), asks, shadow: self.config.shadow };
        let mut steps: Vec<Step> = counters
            .into_iter()
            .map(|(by, key, rules)| Step { by, key, command: Command::Take(Take { rules, ..take.clone() }) })
            .collect();
        steps.push(Step { by: "number", key: key.clone(), command: Command::Ask(ask) });
        let granted = self.reserve(wanted, &of, steps, host, reserved).await?;
        let counts = known || caller.is_back_end();
        let (delivered, handed) = self.deliver(wanted, &granted, &number, draws, counts, host).await;
        let delivery = match delivered {
            Ok(delivery) => delivery,
            Err(code) => {
                self.count_rejection(&number, host.now());
                return Err(Refusal::NotSent { code, taken_back: true });
            }
        };
        let Granted { challenge, reservation } = &granted;
        let settle = Settle { challenge: challenge.id, reservation: *reservation, delivery, handed };
        later(host, &key, &Command::Settle(settle));
        Ok(Sent {
            challenge: self.config.keyring.write_challenge(challenge.id, &number),
            expires_in_ms: granted.left_ms(),
        })
    }

    /// Rejects a number from the cache of recent rejections. Counters have no such cache: their counts for a send that
    /// the number rejects are released at once.
    pub(super) fn check_refusal(&self, wanted: &Wanted<'_>, key: &str, host: &impl Host) -> Result<(), Refusal> {
        // Only the number's own state knows whether a challenge can be sent again.
        if self.config.shadow || wanted.again.is_some() {
            return Ok(());
        }
        let Some(until) = self.refusals.borrow().until(key, host.now()) else { return Ok(()) };
        self.tell_refused(wanted, "number", Some(until), false, host);
        Err(Refusal::Number(until - host.now()))
    }

    /// Milliseconds after which a number that may have counted a send can be sent to again.
    pub(super) fn counted_ms(&self) -> i64 {
        STORE_RESTS_MS.max(self.config.limits.cooldown_seconds * 1000)
    }

    /// Removes a number's cached rejections, since an event of it was released.
    pub(super) fn forget_refusals(&self, key: &str) {
        let mut refusals = self.refusals.borrow_mut();
        for (known, asks) in [(false, false), (false, true), (true, false)] {
            refusals.forget(&refusal_key(key, known, asks));
        }
    }

    /// The counters of a send beside the number, in the order of law 3.
    fn counters(&self, wanted: &Wanted<'_>, caller: &Caller) -> Vec<(&'static str, String, Vec<Rule>)> {
        let (limits, keyring) = (&self.config.limits, &self.config.keyring);
        let mut counters = Vec::new();
        // A key's name is a hash, the most expensive part here, so it is computed only for limits that are on.
        let mut count = |by, rules: &[Rule], key: &dyn Fn() -> String| {
            if !rules.is_empty() {
                counters.push((by, key(), rules.to_vec()));
            }
        };
        if let Some(address) = caller.address() {
            count("address", &limits.address, &|| keyring.object("a", &[address.bytes()]));
            if let Some(site) = address.site() {
                count("address", &limits.site, &|| keyring.object("a", &[site]));
            }
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
        let again = match wanted.again.map(|again| keyring.read_challenge(again)) {
            None => None,
            Some(Some((id, of))) if of == *number => Some(id),
            Some(_) => return Err(Refusal::Gone),
        };
        let chosen = self.config.test_code(&wanted.phone).and_then(|chosen| {
            let key = keyring.code_key(keyring.making(), number)?;
            Some(code::mark(&key, &draws.nonce, chosen))
        });
        let new = New {
            id: again.map_or(ChallengeId(draws.challenge), |id| keyring.fresh(id, draws.reservation)),
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
        };
        let least_ms = wanted.text.least_left(self.config.code.ttl_ms);
        Ok(Of { new, again: again.map(|id| Again { id, least_ms }) })
    }

    /// Rejects a send that no account can take, to this country, for example, before a person solves a captcha for it.
    /// A test number needs no account.
    fn check_accounts(&self, wanted: &Wanted<'_>, draws: &Draws, host: &impl Host) -> Result<(), Refusal> {
        if self.config.test_code(&wanted.phone).is_some() {
            return Ok(());
        }
        let message = wanted.message(&"0".repeat(self.config.code.length.into()), self.config.code.ttl_ms);
        self.config.sms.check(&message, &draws.client).map_err(|error| {
            self.tell_sent(wanted.phone, wanted.purpose, "rejected", error.account.as_deref(), host);
            Refusal::NotSent { code: error.code, taken_back: true }
        })
    }

    /// Sends the text. Returns its outcome, or the error if it was certainly not sent; and the account that it was
    /// handed to. A test number gets no text, which its answer does not reveal. `counts` is whether the text counts for
    /// the order of accounts.
    async fn deliver(
        &self,
        wanted: &Wanted<'_>,
        granted: &Granted,
        number: &NumberKey,
        draws: &Draws,
        counts: bool,
        host: &impl Host,
    ) -> (Result<Delivery, Code>, Option<(u8, Handed)>) {
        let challenge = &granted.challenge;
        let told = |status: &str, account: Option<&str>| {
            self.tell_sent(wanted.phone, &challenge.purpose, status, account, host);
        };
        if challenge.chosen.is_some() {
            told("test", None);
            return (Ok(Delivery::Accepted), None);
        }
        let Some(key) = self.config.keyring.code_key(challenge.pepper, number) else {
            // The pepper of the challenge was just removed, so nobody can check its code.
            told("rejected", None);
            return (Err(Code::InvalidArgument), None);
        };
        let id = challenge.last_text();
        let reference = self.config.keyring.write_reference(&id, number);
        let message = Message {
            reference: Reference::parse(&reference).ok(),
            ..wanted.message(&challenge.code(&key), granted.left_ms())
        };
        let on = |event: &crate::client::event::Event<'_>| host.tell(&Event::Sms { sms: event });
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

    fn tell_sent(&self, phone: Phone, purpose: &str, status: &str, account: Option<&str>, host: &impl Host) {
        self.count(["sent.", status, ".", account.unwrap_or_default()].concat().trim_end_matches('.'));
        host.tell(&Event::Send { phone: &phone, purpose, status, account });
    }

    /// The URL for the report of one text, if its vendor accepts one with each text.
    fn callback_url(&self, account: &Account, reference: &str) -> Option<Rc<str>> {
        let public_url = self.config.public_url.as_deref().filter(|_| account.facts().callback_with_text)?;
        let path = self.config.hook_keys.path_of_text(account.name(), reference)?;
        Some([public_url, &path].concat().into())
    }

    pub(super) fn tell_refused(
        &self,
        wanted: &Wanted<'_>,
        by: &str,
        until: Option<i64>,
        shadow: bool,
        host: &impl Host,
    ) {
        self.count(["refused.", by].concat().as_str());
        host.tell(&Event::Refused { phone: &wanted.phone, by, until, shadow });
    }
}

/// The key of a cached rejection. A send that is rejected for one requester may be granted for a trusted one, or
/// require a captcha.
pub(super) fn refusal_key(number: &str, known: bool, asks: bool) -> String {
    [number, if known { "k" } else { "" }, if asks { "a" } else { "" }].concat()
}

/// The store failed before a text was sent; try again after `wait_ms` milliseconds.
pub(super) fn store_failed(wait_ms: i64, host: &impl Host) -> Refusal {
    host.tell(&Event::StoreFailed);
    Refusal::Store(wait_ms)
}

impl Refusal {
    /// The weight by which one of several rejections is answered: the longest wait first, a failed store last.
    pub(super) fn weight(&self) -> (u8, i64) {
        match self {
            Self::Number(wait) | Self::Busy(wait) => (3, *wait),
            Self::Gone => (2, 0),
            Self::Store(wait) => (0, *wait),
            _ => (1, 0),
        }
    }

    /// The name of its count.
    const fn name(&self) -> &'static str {
        match self {
            Self::Number(_) | Self::Busy(_) => "send.too-many",
            Self::CaptchaNeeded => "send.captcha-needed",
            Self::CaptchaWrong | Self::CaptchaUnknown => "send.captcha-failed",
            Self::Country | Self::Denied => "send.not-allowed",
            Self::Gone => "send.gone",
            Self::NotSent { .. } => "send.not-sent",
            Self::Store(_) => "send.store-failed",
        }
    }
}
