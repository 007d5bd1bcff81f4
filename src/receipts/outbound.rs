//! [`OutboundMessage`]: a record that the user's queue or webhook has not accepted yet.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;
use crate::receipts::redact::redact;

/// The maximum length of a forwarded record that could not be read, in bytes: queues accept messages of a limited size.
pub const MAX_UNREAD_BYTES: usize = 8 * 1024;

/// A record to forward, and its remaining receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundMessage {
    /// The position of the record. It derives the message's id, which is the same for every attempt.
    pub record: RecordId,
    /// The arrival of the record, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The content.
    pub content: MessageContent,
    /// Whether the user's queue has not accepted it yet.
    pub owed_to_queue: bool,
    /// Whether the user's webhook has not accepted it yet.
    pub owed_to_webhook: bool,
}

/// The content of a message. No text in it is encoded further, so that a number can be erased from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageContent {
    /// A report.
    Report {
        /// The report as JSON.
        json: String,
        /// The challenge of its text, if this handler sent the text.
        challenge: Option<String>,
    },
    /// A reply as JSON.
    Reply(String),
    /// A record that could not be read.
    Unread {
        /// Its first bytes, at most [`MAX_UNREAD_BYTES`].
        bytes: Vec<u8>,
        /// Its full length, in bytes.
        length: u32,
    },
}

impl OutboundMessage {
    /// Whether a receiver has not accepted it yet.
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
                // Digits were replaced by ones, so it is still UTF-8.
                *json = String::from_utf8(bytes).unwrap_or_default();
            }
            Self::Unread { bytes, .. } => {
                redact(bytes, digits);
            }
        }
    }

    /// Its approximate size, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Report { json, challenge } => json.len() + challenge.as_ref().map_or(0, String::len),
            Self::Reply(json) => json.len(),
            Self::Unread { bytes, .. } => bytes.len(),
        }
    }
}
