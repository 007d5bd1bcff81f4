//! [`Outcome`]: what is known after a send.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::warnings::{Warning, Warnings};
use crate::error::{Sent, SmsError};
use crate::wire::json_writer::{Object, list};

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

impl Outcome {
    /// The outcome as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("account", &self.account);
        json.text("vendor", self.vendor);
        json.texts("to", &self.to);
        json.text("ref", &self.reference);
        json.text("status", self.end.status());
        json.text_if("accountId", self.account_id.as_deref());
        json.json("warnings", &list(self.warnings.as_slice().iter().map(Warning::to_json)));
        match &self.end {
            End::Accepted { id, segments } => {
                json.text_if("id", id.as_deref());
                json.count("segments", *segments);
            }
            End::Partial { id, segments, count } => {
                json.text_if("id", id.as_deref());
                json.count("segments", *segments);
                json.count("count", *count);
            }
            End::Rejected(error) | End::Unknown(error) => json.json("error", &error.to_json()),
        }
        json.finish()
    }
}
