//! [`Event`]: what a handler's `on` is told. Numbers are masked; there is never a code, a token or a challenge.

use alloc::string::{String, ToString};

use crate::client;
use crate::error::SmsError;
use crate::phone::Phone;
use crate::reason::Verdict;
use crate::wire::json_writer::Object;

/// Something that happened.
pub enum Event<'a> {
    /// A text was sent, or was not.
    Send {
        /// To whom.
        phone: &'a Phone,
        /// What its code is for.
        purpose: &'a str,
        /// `accepted`, `rejected`, `unknown`, or `test` where nothing is sent.
        status: &'a str,
        /// By which account.
        account: Option<&'a str>,
    },
    /// A send was refused, or under shadow would have been.
    Refused {
        /// To whom.
        phone: &'a Phone,
        /// Which limit: `address`, `token`, `prefix`, `total`, `number`, `captcha`, `list`, `country`, `undeliverable` or
        /// `marketing`.
        by: &'a str,
        /// Until when, in milliseconds since 1970.
        until: Option<i64>,
        /// Why no text can reach the number, or why no marketing goes to it now.
        reason: Option<&'a str>,
        /// Whether it was let through all the same.
        shadow: bool,
    },
    /// A code was entered.
    Verify {
        /// For which number, where it was right.
        phone: Option<&'a Phone>,
        /// `verified`, `wrong`, or why it was not even compared.
        status: &'a str,
    },
    /// What became of a text, as its vendor reports it.
    Report {
        /// The account.
        account: &'a str,
        /// To whom, masked.
        phone: &'a str,
        /// Whether it arrived.
        delivered: bool,
        /// The vendor's word for it.
        status: &'a str,
        /// What that means.
        verdict: Verdict,
        /// Whether it is a text that this handler sent.
        matched: bool,
    },
    /// Somebody answered a text.
    Reply {
        /// The account.
        account: &'a str,
        /// Who, masked.
        phone: &'a str,
        /// What they wrote, but for its longer numbers.
        text: &'a str,
        /// Whether they want no marketing texts from now on.
        opts_out: bool,
    },
    /// A vendor said something that nobody can read: it is kept, see `/admin/receipts`.
    Unread {
        /// The account.
        account: &'a str,
    },
    /// A vendor was asked for reports or replies, in vain.
    PullFailed {
        /// The account.
        account: &'a str,
        /// Why.
        error: &'a SmsError,
    },
    /// Receipts could not be passed on, and are tried again later; `given_up` where they are not.
    NotPassedOn {
        /// The account.
        account: &'a str,
        /// The status of the answer, where there was one.
        status: Option<u16>,
        /// Whether they are tried again no more.
        given_up: bool,
    },
    /// An account's queue is full, and a push was answered with 503: vendors push once.
    QueueFull {
        /// The account.
        account: &'a str,
    },
    /// The state of a key could not be read or written: nothing was sent.
    StoreFailed,
    /// What happened to a text on its way.
    Sms(&'a client::event::Event<'a>),
}

impl Event<'_> {
    /// The event as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        match self {
            Self::Send { phone, purpose, status, account } => {
                json.text("type", "send");
                json.text("phone", &phone.to_string());
                json.text("purpose", purpose);
                json.text("status", status);
                json.text_if("account", *account);
            }
            Self::Refused { phone, by, until, reason, shadow } => {
                json.text("type", "refused");
                json.text("phone", &phone.to_string());
                json.text("by", by);
                if let Some(until) = until {
                    json.number("until", *until);
                }
                json.text_if("reason", *reason);
                json.flag("shadow", *shadow);
            }
            Self::Verify { phone, status } => {
                json.text("type", "verify");
                json.text_if("phone", phone.map(ToString::to_string).as_deref());
                json.text("status", status);
            }
            Self::Report { account, phone, delivered, status, verdict, matched } => {
                json.text("type", "report");
                json.text("account", account);
                json.text("phone", phone);
                json.flag("delivered", *delivered);
                json.text("status", status);
                verdict.write(&mut json);
                json.flag("matched", *matched);
            }
            Self::Reply { account, phone, text, opts_out } => {
                json.text("type", "reply");
                json.text("account", account);
                json.text("phone", phone);
                json.text("text", text);
                json.flag("optsOut", *opts_out);
            }
            Self::Unread { account } => {
                json.text("type", "unread");
                json.text("account", account);
            }
            Self::PullFailed { account, error } => {
                json.text("type", "pull-failed");
                json.text("account", account);
                json.json("error", &error.to_json());
            }
            Self::NotPassedOn { account, status, given_up } => {
                json.text("type", "not-passed-on");
                json.text("account", account);
                if let Some(status) = status {
                    json.number("status", (*status).into());
                }
                json.flag("givenUp", *given_up);
            }
            Self::QueueFull { account } => {
                json.text("type", "queue-full");
                json.text("account", account);
            }
            Self::StoreFailed => json.text("type", "store-failed"),
            Self::Sms(event) => {
                json.text("type", "sms");
                json.json("sms", &event.to_json());
            }
        }
        json.finish()
    }
}
