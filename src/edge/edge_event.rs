//! [`EdgeEvent`]: the argument of a handler's `on`. Numbers are masked; no event contains a code, a token or a
//! challenge.

use serde::Serialize;

use crate::client;
use crate::error::SmsError;
use crate::phone::Phone;

/// An event, under its names in JavaScript.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EdgeEvent<'a> {
    /// A text was sent, or was not.
    Send {
        /// The receiver.
        phone: &'a Phone,
        /// The purpose of the code.
        purpose: &'a str,
        /// `accepted`, `partial`, `rejected`, `unknown`, or `test` and `review` for numbers that get no text.
        status: &'a str,
        /// The account that was tried last.
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<&'a str>,
    },
    /// A limit rejected a send, or in shadow mode would have.
    Rejected {
        /// The receiver.
        phone: &'a Phone,
        /// The limit: `address`, `token`, `prefix`, `total`, `number`, `captcha`, `list`, `country`, `undeliverable` or
        /// `marketing`.
        by: &'a str,
        /// The end of the rejection, in milliseconds since the Unix epoch.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
        /// Why no text can reach the number, or why no marketing goes to it now.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// Whether shadow mode let the send through.
        shadow: bool,
    },
    /// Half of the texts that may stay unverified are used up. Emitted at most once an hour for each process.
    LimitNear {
        /// Which limit: `total`.
        by: &'a str,
        /// Texts of the last 24 hours.
        sent: u32,
        /// Codes that were entered in the last 24 hours.
        verified: u32,
        /// Texts that the last 24 hours may have.
        limit: u32,
    },
    /// A code was entered.
    Verify {
        /// The number, if the code was right.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone: Option<&'a Phone>,
        /// `verified`, `wrong`, or the reason why nothing was compared.
        status: &'a str,
        /// Whether the number is one for an app store's review.
        #[serde(skip_serializing_if = "Option::is_none")]
        review: Option<bool>,
    },
    /// A vendor reported the outcome of a text.
    Report {
        /// The account.
        account: &'a str,
        /// The receiver, masked.
        phone: &'a str,
        /// Whether the text arrived.
        delivered: bool,
        /// The vendor's own status.
        status: &'a str,
        /// Whether the report is not final.
        #[serde(skip_serializing_if = "Option::is_none")]
        pending: Option<bool>,
        /// The reason for which the text did not arrive, see [`StatusDetails`](crate::reason::StatusDetails), as all
        /// that follow.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        /// The second meaning of a code with two.
        #[serde(rename = "otherReason", skip_serializing_if = "Option::is_none")]
        other_reason: Option<&'static str>,
        /// The owner of the blocking list.
        #[serde(rename = "blockedBy", skip_serializing_if = "Option::is_none")]
        blocked_by: Option<&'static str>,
        /// When another attempt can succeed.
        #[serde(skip_serializing_if = "Option::is_none")]
        retryable: Option<&'static str>,
        /// The party that can resolve the reason.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<&'static str>,
        /// Whether this handler sent the text.
        matched: bool,
    },
    /// A person replied to a text.
    Reply {
        /// The account.
        account: &'a str,
        /// The person's number, masked.
        phone: &'a str,
        /// The reply, with numbers of four digits and more removed.
        text: &'a str,
        /// Whether the person opted out of marketing texts.
        opts_out: bool,
    },
    /// A vendor's record could not be read: `/admin/receipts` has it.
    Unread {
        /// The account.
        account: &'a str,
    },
    /// A pull of reports or replies failed.
    PullFailed {
        /// The account.
        account: &'a str,
        /// The reason.
        error: &'a SmsError,
    },
    /// A receipt was not accepted. It is retried, unless it was `given_up`.
    NotPassedOn {
        /// The account.
        account: &'a str,
        /// The status of the answer, if there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Whether it is not retried any more.
        given_up: bool,
    },
    /// The operator sent a kept receipt again.
    ReceiptReplayed {
        /// The account.
        account: &'a str,
        /// The id of its message, the same as before.
        id: &'a str,
        /// Whether every receiver accepted it at once; otherwise it waits in the queue.
        accepted: bool,
    },
    /// An account's queue is full, and a push was answered with 503. Vendors push once.
    QueueFull {
        /// The account.
        account: &'a str,
    },
    /// The state of a key could not be read or written, and nothing was sent.
    StoreFailed,
    /// An event of the client's, about a text.
    Sms {
        /// The client's event.
        sms: &'a client::sms_event::SmsEvent<'a>,
    },
    /// A warning for the operator at the start.
    Warning {
        /// The warning.
        message: &'a str,
    },
}
