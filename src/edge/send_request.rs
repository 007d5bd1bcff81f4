//! [`SendRequest`]: a code that is to be sent, and what came of it: [`SentCode`], or a [`SendRejection`].

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

/// What is to be sent, as a route read it.
pub struct SendRequest<'a> {
    /// To whom.
    pub phone: Phone,
    /// What the code is for.
    pub purpose: &'a str,
    /// The text.
    pub text: DraftText,
    /// The vendor's template.
    pub template_id: Option<String>,
    /// The challenge whose text is to be sent again, as the caller has it.
    pub resend: Option<&'a str>,
    /// What the caller wants to see again in the proof.
    pub caller_nonce: Option<&'a str>,
    /// What shows that a captcha was solved.
    pub captcha: Option<&'a str>,
    /// What the caller's device was given when it verified this number.
    pub device: Option<&'a str>,
    /// The back end to which the challenge belongs alone.
    pub owner: Option<u64>,
    /// Until when nobody else does the same, in milliseconds since 1970, where it may be repeated.
    pub deadline: Option<i64>,
}

impl SendRequest<'_> {
    /// The message with a code that is good for so many milliseconds.
    pub(super) fn message(&self, code: &str, left_ms: i64) -> Message {
        Message {
            to: self.phone,
            text: self.text.finish(code, left_ms).into(),
            kind: MessageKind::Otp,
            template_id: self.template_id.as_deref().map(Rc::from),
            reference: None,
            send_at: None,
        }
    }
}

/// A code that was sent, or may have been.
pub struct SentCode {
    /// The challenge as the caller has it.
    pub challenge: String,
    /// How long its code is good for, in milliseconds.
    pub expires_in_ms: i64,
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendRejection {
    /// A number's rules: come again in so many milliseconds.
    NumberLimit(i64),
    /// Another rule: come again in so many milliseconds.
    OtherLimit(i64),
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
    ChallengeClosed,
    /// No vendor took it: it was certainly not sent.
    NotSent {
        /// What the last one that was tried said.
        code: Code,
        /// Whether nothing of it counts any more.
        released: bool,
    },
    /// The state of a key could not be read or written: it was certainly not sent, and may have been counted. Come again in so
    /// many milliseconds.
    Store(i64),
}

/// A send that a number let through.
pub(super) struct GrantedSend {
    pub challenge: Challenge,
    pub reservation: Reservation,
}

impl GrantedSend {
    /// How long the code is good for, in milliseconds, from when the send was let through.
    pub(super) const fn left_ms(&self) -> i64 {
        self.challenge.expires_at - self.reservation.at
    }
}

impl SendRejection {
    /// Which of several is told: the longest wait first, and a store that failed last.
    pub(super) fn weight(&self) -> (u8, i64) {
        match self {
            Self::NumberLimit(wait) | Self::OtherLimit(wait) => (3, *wait),
            Self::ChallengeClosed => (2, 0),
            Self::Store(wait) => (0, *wait),
            _ => (1, 0),
        }
    }

    /// The name under which it is counted.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::NumberLimit(_) | Self::OtherLimit(_) => "send.too-many",
            Self::CaptchaNeeded => "send.captcha-needed",
            Self::CaptchaWrong | Self::CaptchaUnknown => "send.captcha-failed",
            Self::Country | Self::Denied => "send.not-allowed",
            Self::ChallengeClosed => "send.gone",
            Self::NotSent { .. } => "send.not-sent",
            Self::Store(_) => "send.store-failed",
        }
    }
}

/// The store failed before a text was sent: come again in so many milliseconds.
pub(super) fn store_failed(wait_ms: i64, host: &impl Host) -> SendRejection {
    host.emit(&EdgeEvent::StoreFailed);
    SendRejection::Store(wait_ms)
}
