//! Sending a code: the limits, one atomic step a key, then the text, and what becomes of both.

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
use crate::reason::Reason;
use crate::receipts::tally::Fates;
use crate::reference::Reference;

/// What is to be sent, as a route read it.
pub struct Wanted<'a> {
    /// To whom.
    pub phone: Phone,
    /// What the code is for.
    pub purpose: &'a str,
    /// The text.
    pub text: Draft,
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

impl Wanted<'_> {
    /// The message with a code that is good for so many milliseconds.
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
    /// No vendor took it: it was certainly not sent.
    NotSent {
        /// What the last one that was tried said.
        code: Code,
        /// Whether nothing of it counts any more.
        taken_back: bool,
    },
    /// The state of a key could not be read or written: it was certainly not sent, and may have been counted. Come again in so
    /// many milliseconds.
    Store(i64),
}

/// After how long it is worth while to ask a store again that failed, in milliseconds.
pub(super) const STORE_RESTS_MS: i64 = 5000;

/// A send that a number let through.
pub(super) struct Granted {
    pub challenge: Challenge,
    pub reservation: Reservation,
}

impl Granted {
    /// How long the code is good for, in milliseconds, from when the send was let through.
    const fn left_ms(&self) -> i64 {
        self.challenge.expires_at - self.reservation.at
    }
}

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
            // Somebody's own function took so long that another was taken for the one who does it.
            return Err(store_failed(STORE_RESTS_MS, host));
        }
        reserved.is_hot = self.is_hot(caller, &counters, host.now());
        let take = Take { id: draws.reservation, rules: Vec::new(), asks, shadow: self.config.shadow };
        let mut steps: Vec<Step> = counters
            .into_iter()
            .map(|(by, key, rules)| Step { by, key, command: Command::Take(Take { rules, ..take.clone() }) })
            .collect();
        // A captcha or a token stands for somebody who knows the number.
        let heeds = self.config.skips_undeliverable && !known && !caller.is_back_end() && !self.config.shadow;
        let command = if heeds { Command::AskReachable(ask) } else { Command::Ask(ask) };
        steps.push(Step { by: "number", key: key.clone(), command });
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

    /// Refuses a number that was refused a moment ago, before anybody is asked. Of counters this would be wrong: what their
    /// number's rules refuse is taken back from them at once.
    pub(super) fn check_refusal(&self, wanted: &Wanted<'_>, key: &str, host: &impl Host) -> Result<(), Refusal> {
        // Whether a challenge is there to be sent again is for its number to say.
        if self.config.shadow || wanted.again.is_some() {
            return Ok(());
        }
        let Some(until) = self.refusals.borrow().until(key, host.now()) else { return Ok(()) };
        self.tell_refused(wanted, "number", Some(until), false, host);
        Err(Refusal::Number(until - host.now()))
    }

    /// In how many milliseconds a number can be sent to again that may have been counted.
    pub(super) fn counted_ms(&self) -> i64 {
        STORE_RESTS_MS.max(self.config.limits.cooldown_seconds * 1000)
    }

    /// Something of a number was taken back, or forgotten.
    pub(super) fn forget_refusals(&self, key: &str) {
        let mut refusals = self.refusals.borrow_mut();
        for (known, asks) in [(false, false), (false, true), (true, false)] {
            refusals.forget(&refusal_key(key, known, asks));
        }
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

    /// Refuses what no account takes, to this country say: nobody is to solve a captcha for it. A number for tests needs none.
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

    /// Hands the text over, or tells why it was certainly not sent; and to whom, where it may have been. A number for tests
    /// gets none, and nobody can tell. `counts` is whether it counts for the order of accounts.
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
            // A resend whose pepper has just been taken out of the list: its code can be checked by nobody.
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

    /// Where the report of one text goes, where its vendor takes an address with each.
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
        host.tell(&Event::Refused { phone: &wanted.phone, by, until, reason: None, shadow });
    }

    /// Tells that a number was left alone that no text can reach. Whoever asked is not told why.
    pub(super) fn tell_undeliverable(&self, wanted: &Wanted<'_>, reason: u8, until: i64, host: &impl Host) {
        self.count("refused.undeliverable");
        let reason = Reason::numbered(reason).map(Reason::as_str);
        let (phone, until) = (&wanted.phone, Some(until));
        host.tell(&Event::Refused { phone, by: "undeliverable", until, reason, shadow: false });
    }
}

/// What is refused to one who is not known may be let through for one who is, or asked a captcha of.
pub(super) fn refusal_key(number: &str, known: bool, asks: bool) -> String {
    [number, if known { "k" } else { "" }, if asks { "a" } else { "" }].concat()
}

/// The store failed before a text was sent: come again in so many milliseconds.
pub(super) fn store_failed(wait_ms: i64, host: &impl Host) -> Refusal {
    host.tell(&Event::StoreFailed);
    Refusal::Store(wait_ms)
}

impl Refusal {
    /// Which of several is told: the longest wait first, and a store that failed last.
    pub(super) fn weight(&self) -> (u8, i64) {
        match self {
            Self::Number(wait) | Self::Busy(wait) => (3, *wait),
            Self::Gone => (2, 0),
            Self::Store(wait) => (0, *wait),
            _ => (1, 0),
        }
    }

    /// The name under which it is counted.
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
