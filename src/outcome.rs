//! [`Outcome`]: what is known after a send.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::client::warnings::Warnings;
use crate::error::{Sent, SmsError};

/// What is known after a message was handed to a vendor, or refused before.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The caller's name of the account that was tried last; empty where none could be.
    pub account: String,
    /// That account's vendor.
    pub vendor: &'static str,
    /// The numbers, in E.164 where they could be read.
    pub to: Vec<String>,
    /// The message's reference.
    pub reference: String,
    /// The vendor's sub-account that pays, where it says so.
    pub account_id: Option<String>,
    /// What [`Plan`](crate::client::plan::Plan) would have warned of, for that account.
    pub warnings: Warnings,
    /// How it ended.
    pub end: End,
}

/// How a send ended.
#[derive(Clone, Debug)]
pub enum End {
    /// The vendor took the message.
    Accepted {
        /// The vendor's id, where it gives one.
        id: Option<String>,
        /// The segments it will be billed as.
        segments: usize,
    },
    /// The vendor took fewer than were asked.
    Partial {
        /// The vendor's id, where it gives one.
        id: Option<String>,
        /// The segments of all that were asked.
        segments: usize,
        /// How many texts the vendor took.
        count: usize,
    },
    /// Nothing was sent: refused here or by the vendor.
    Rejected(SmsError),
    /// The vendor may have acted; its answer did not come back, or is not one it documents.
    Unknown(SmsError),
}

impl End {
    /// An error as an end: only what cannot have been sent is a rejection.
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

    /// What went wrong, where something did.
    #[must_use]
    pub const fn error(&self) -> Option<&SmsError> {
        match self {
            Self::Accepted { .. } | Self::Partial { .. } => None,
            Self::Rejected(error) | Self::Unknown(error) => Some(error),
        }
    }
}

/// An outcome under the names that JavaScript sees, without the warnings: see [`Warnings::to_json`].
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
            error: self.end.error(),
        };
        view.serialize(serializer)
    }
}
