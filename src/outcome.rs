//! [`Outcome`]: the result of a send.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::client::warnings::Warnings;
use crate::error::{Sent, SmsError};

/// The result of a send: the vendor's decision, or the rejection before it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The caller's name of the last account that was tried; empty where no account could be tried.
    pub account: String,
    /// That account's vendor.
    pub vendor: &'static str,
    /// The numbers, in E.164. A text that is no number stays as the caller wrote it.
    pub to: Vec<String>,
    /// The message's reference.
    pub reference: String,
    /// The vendor's sub-account that pays, if the reply names one.
    pub account_id: Option<String>,
    /// The warnings that [`Plan`](crate::client::plan::Plan) gives for that account.
    pub warnings: Warnings,
    /// The result itself.
    pub end: End,
}

/// The result of a send.
#[derive(Clone, Debug)]
pub enum End {
    /// The vendor accepted the message.
    Accepted {
        /// The vendor's id of the message, if the reply has one.
        id: Option<String>,
        /// The segments that the vendor bills.
        segments: usize,
    },
    /// The vendor accepted fewer texts than the request had.
    Partial {
        /// The vendor's id of the message, if the reply has one.
        id: Option<String>,
        /// The segments of all the texts of the request.
        segments: usize,
        /// The number of texts that the vendor accepted.
        count: usize,
    },
    /// Nothing was sent: the client or the vendor rejected the message.
    Rejected(SmsError),
    /// The vendor may have acted: no reply arrived, or its document lists no such reply.
    Unknown(SmsError),
}

impl End {
    /// The end that an error means. Only an error with [`Sent::No`] is a rejection.
    #[must_use]
    pub fn failed(error: SmsError) -> Self {
        match error.sent {
            Sent::No => Self::Rejected(error),
            Sent::Maybe => Self::Unknown(error),
        }
    }

    /// `accepted`, `partial`, `rejected` or `unknown`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Partial { .. } => "partial",
            Self::Rejected(_) => "rejected",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The error, of a rejected or an unknown outcome.
    #[must_use]
    pub const fn error(&self) -> Option<&SmsError> {
        match self {
            Self::Accepted { .. } | Self::Partial { .. } => None,
            Self::Rejected(error) | Self::Unknown(error) => Some(error),
        }
    }
}

/// An outcome under its names in JavaScript.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeView<'a> {
    account: &'a str,
    vendor: &'static str,
    to: &'a [String],
    #[serde(rename = "ref")]
    reference: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    warnings: &'a Warnings,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a SmsError>,
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (id, segments, count) = match &self.end {
            End::Accepted { id, segments } => (id.as_deref(), Some(*segments), None),
            End::Partial { id, segments, count } => (id.as_deref(), Some(*segments), Some(*count)),
            End::Rejected(_) | End::Unknown(_) => (None, None, None),
        };
        let view = OutcomeView {
            account: &self.account,
            vendor: self.vendor,
            to: &self.to,
            reference: &self.reference,
            status: self.end.status(),
            account_id: self.account_id.as_deref(),
            id,
            segments,
            count,
            warnings: &self.warnings,
            error: self.end.error(),
        };
        view.serialize(serializer)
    }
}
