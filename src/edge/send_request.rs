//! [`SendRequest`]: a request to send a code, and its result: [`SentCode`] or [`SendRejection`].

use alloc::rc::Rc;
use alloc::string::String;

use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::Host;
use crate::edge::text::DraftText;
use crate::error::Code;
use crate::guard::sliding_log::Reservation;
use crate::message::{Message, MessageKind};
use crate::otp::challenge::Challenge;
use crate::phone::Phone;

/// A send, as its route read it.
pub struct SendRequest<'a> {
    /// The receiver.
    pub phone: Phone,
    /// The purpose of the code.
    pub purpose: &'a str,
    /// The text.
    pub text: DraftText,
    /// The id of the vendor's template.
    pub template_id: Option<String>,
    /// The challenge whose text is to be sent again, as the caller has it.
    pub resend: Option<&'a str>,
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
    pub deadline: Option<i64>,
}

impl SendRequest<'_> {
    /// The message with a code whose remaining validity is `left_ms` milliseconds.
    pub(super) fn message(&self, code: &str, left_ms: i64) -> Message {
        Message {
            kind: MessageKind::Otp,
            template_id: self.template_id.as_deref().map(Rc::from),
            ..Message::plain(self.phone, self.text.finish(code, left_ms).into())
        }
    }
}

/// A code that was sent, or may have been.
pub struct SentCode {
    /// The challenge, as the caller receives it.
    pub challenge: String,
    /// The validity of its code, in milliseconds.
    pub expires_in_ms: i64,
}

/// The reason why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendRejection {
    /// A rule of the number; try again after this many milliseconds.
    NumberLimit(i64),
    /// Another rule; try again after this many milliseconds.
    OtherLimit(i64),
    /// The send requires a captcha or work: how often the busiest key required it lately. `None` if work does not help.
    CaptchaNeeded(Option<u32>),
    /// The captcha was not solved, or the work was not done.
    CaptchaWrong,
    /// The captcha's verifier gave no verdict.
    CaptchaUnknown,
    /// The number's country is not sent to.
    Country,
    /// The list `deny` contains the number.
    Denied,
    /// The challenge whose text was to be sent again is not open, or belongs to another number.
    ChallengeClosed,
    /// No vendor accepted the text: it was certainly not sent.
    NotSent {
        /// The code of the last account's error.
        code: Code,
        /// Whether all its counts were released.
        released: bool,
    },
    /// The state of a key could not be read or written. The text was certainly not sent, but may have been counted. Try
    /// again after this many milliseconds.
    Store(i64),
    /// A text may have been sent, and its outcome could not be recorded. Its counts are kept; try again after this many
    /// milliseconds.
    Unrecorded(i64),
}

/// A send that a number granted.
pub(super) struct GrantedSend {
    pub challenge: Challenge,
    pub reservation: Reservation,
}

impl GrantedSend {
    /// The validity of the code, in milliseconds from the time of the grant.
    pub(super) const fn left_ms(&self) -> i64 {
        self.challenge.expires_at - self.reservation.at
    }
}

impl SendRejection {
    /// The weight by which one of several rejections is answered: the longest wait first, a failed store last.
    pub(super) fn weight(&self) -> (u8, i64) {
        match self {
            Self::NumberLimit(wait) | Self::OtherLimit(wait) => (3, *wait),
            Self::ChallengeClosed => (2, 0),
            // A rejection that only a captcha helps comes before one that work helps too.
            Self::CaptchaNeeded(demands) => (1, demands.map_or(i64::MAX, i64::from)),
            Self::Store(wait) => (0, *wait),
            _ => (1, 0),
        }
    }

    /// The name of its count.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::NumberLimit(_) | Self::OtherLimit(_) => "send.too-many",
            Self::CaptchaNeeded(_) => "send.captcha-needed",
            Self::CaptchaWrong | Self::CaptchaUnknown => "send.captcha-failed",
            Self::Country | Self::Denied => "send.not-allowed",
            Self::ChallengeClosed => "send.gone",
            Self::NotSent { .. } => "send.not-sent",
            Self::Store(_) | Self::Unrecorded(_) => "send.store-failed",
        }
    }
}

/// The store failed before a text was sent; try again after `wait_ms` milliseconds.
pub(super) fn store_failed(wait_ms: i64, host: &impl Host) -> SendRejection {
    host.emit(&EdgeEvent::StoreFailed);
    SendRejection::Store(wait_ms)
}
