//! [`Outcome`]: what is known after a send.

use std::fmt;

use nojson::DisplayJson;

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

    /// `accepted`, `rejected` or `unknown`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected(_) => "rejected",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What went wrong, where something did.
    #[must_use]
    pub const fn error(&self) -> Option<&SmsError> {
        match self {
            Self::Accepted { .. } => None,
            Self::Rejected(error) | Self::Unknown(error) => Some(error),
        }
    }
}

impl DisplayJson for Outcome {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> fmt::Result {
        f.object(|f| {
            f.member("account", &self.account)?;
            f.member("vendor", self.vendor)?;
            f.member("to", &self.to)?;
            f.member("ref", &self.reference)?;
            f.member("status", self.end.status())?;
            match &self.end {
                End::Accepted { id, segments } => {
                    if let Some(id) = id {
                        f.member("id", id)?;
                    }
                    f.member("segments", segments)
                }
                End::Rejected(error) | End::Unknown(error) => f.member("error", error),
            }
        })
    }
}
