//! [`OutboundMessage`]: a record that the user's queue or webhook has not accepted yet.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;
use crate::receipts::redact::redact;
use crate::wire::json;

/// The maximum length of a forwarded record that could not be read, in bytes: queues accept messages of a limited size.
pub const MAX_UNREAD_BYTES: usize = 8 * 1024;

/// The lengths of a number, in digits, country code included.
const NUMBER_DIGITS: core::ops::RangeInclusive<usize> = 7..=15;
/// The maximum number of numbers in a message that can be kept.
const MAX_NUMBERS: usize = 8;

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
    /// The digits of every number in it, as [`redact`] takes them: each is searched for on its own. `None` for a record
    /// that could not be read, and for a reply that names too many: some number could not be erased from these.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<Vec<u8>>> {
        let (Self::Report { json, .. } | Self::Reply(json)) = self else { return None };
        let json = json::parse(json.as_bytes()).ok()?;
        let mut numbers = Vec::new();
        for text in ["to", "from", "text"].iter().filter_map(|name| json.text_of(name)) {
            for digits in text.as_bytes().split(|byte| !byte.is_ascii_digit()) {
                // A country code may precede the number.
                let starts = [&b""[..], b"86", b"0086"];
                for number in starts.iter().filter_map(|start| digits.strip_prefix(*start)) {
                    if NUMBER_DIGITS.contains(&number.len()) && !numbers.iter().any(|known| known == number) {
                        numbers.push(number.to_vec());
                    }
                }
            }
        }
        (numbers.len() <= MAX_NUMBERS).then_some(numbers)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_message_is_found() {
        let numbers = |content: &MessageContent| {
            let texts = |numbers: Vec<Vec<u8>>| numbers.into_iter().map(|number| String::from_utf8(number).unwrap());
            content.numbers().map(|numbers| texts(numbers).collect::<Vec<_>>().join(" "))
        };
        let report = |json: &str| MessageContent::Report { json: json.to_owned(), challenge: None };
        let all = [
            (report(r#"{"ref":"1234567890","to":"+8613812345678"}"#), Some("8613812345678 13812345678")),
            (report(r#"{"to":"138****5678"}"#), Some("")),
            (report(r#"{"to":"+85291234567"}"#), Some("85291234567")),
            (
                MessageContent::Reply(r#"{"from":"13812345678","text":"call 008613912345678, 2026"}"#.to_owned()),
                Some("13812345678 008613912345678 13912345678"),
            ),
            (MessageContent::Unread { bytes: Vec::new(), length: 0 }, None),
        ];
        for (content, found) in all {
            assert_eq!(numbers(&content).as_deref(), found, "{content:?}");
        }
        let many = (1_000_000..1_000_009).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(MessageContent::Reply(format!(r#"{{"text":"{many}"}}"#)).numbers(), None);
    }
}
