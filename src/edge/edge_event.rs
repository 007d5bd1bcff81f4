//! [`EdgeEvent`]: what a handler's `on` is told. Numbers are masked; there is never a code, a token or a challenge.

use serde::Serialize;

use crate::client;
use crate::error::SmsError;
use crate::phone::Phone;
use crate::reason::Told;

/// Something that happened, under the names that JavaScript sees.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EdgeEvent<'a> {
    /// A text was sent, or was not.
    Send {
        /// To whom.
        phone: &'a Phone,
        /// What its code is for.
        purpose: &'a str,
        /// `accepted`, `rejected`, `unknown`, or `test` where nothing is sent.
        status: &'a str,
        /// By which account.
        #[serde(skip_serializing_if = "Option::is_none")]
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
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
        /// Why no text can reach the number, or why no marketing goes to it now.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// Whether it was let through all the same.
        shadow: bool,
    },
    /// A code was entered.
    Verify {
        /// For which number, where it was right.
        #[serde(skip_serializing_if = "Option::is_none")]
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
        #[serde(flatten)]
        told: Told,
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
        #[serde(skip_serializing_if = "Option::is_none")]
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
    Sms {
        /// What.
        sms: &'a client::sms_event::SmsEvent<'a>,
    },
    /// What a start-up should tell whoever runs the handler.
    Warning {
        /// What.
        message: &'a str,
    },
}
