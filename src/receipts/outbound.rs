//! [`OutboundMessage`]: a record that the user's queue or webhook did not take yet.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;
use crate::receipts::redact::redact;

/// The most bytes of an unreadable record that are forwarded: queues take messages of a bounded size.
pub const MAX_UNREAD_BYTES: usize = 8 * 1024;

/// What is forwarded, and to whom it still has to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundMessage {
    /// The record: it makes the message's id, which stays the same however often it is forwarded.
    pub record: RecordId,
    /// When the record came, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What it says.
    pub content: MessageContent,
    /// Whether the user's queue has not taken it yet.
    pub owed_to_queue: bool,
    /// Whether the user's webhook has not taken it yet.
    pub owed_to_webhook: bool,
}

/// What a message says. Nothing of it is encoded further, so that a number in it can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageContent {
    /// A report.
    Report {
        /// The report as JSON.
        json: String,
        /// The challenge of its text, where that is one of this handler's.
        challenge: Option<String>,
    },
    /// A reply as JSON.
    Reply(String),
    /// A record that nobody can read.
    Unread {
        /// Its first bytes, [`MAX_UNREAD_BYTES`] at most.
        bytes: Vec<u8>,
        /// How many bytes there were.
        length: u32,
    },
}

impl OutboundMessage {
    /// Whether somebody still has to take it.
    #[must_use]
    pub const fn is_owed(&self) -> bool {
        self.owed_to_queue || self.owed_to_webhook
    }
}

impl MessageContent {
    /// Erases a number from it.
    pub(super) fn redact(&mut self, digits: &[u8]) {
        match self {
            Self::Report { json, .. } | Self::Reply(json) => {
                let mut bytes = core::mem::take(json).into_bytes();
                redact(&mut bytes, digits);
                // Ones took the place of digits: it is still UTF-8.
                *json = String::from_utf8(bytes).unwrap_or_default();
            }
            Self::Unread { bytes, .. } => {
                redact(bytes, digits);
            }
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Report { json, challenge } => json.len() + challenge.as_ref().map_or(0, String::len),
            Self::Reply(json) => json.len(),
            Self::Unread { bytes, .. } => bytes.len(),
        }
    }
}
