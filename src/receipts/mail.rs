//! [`Mail`]: a push or a pull, as it came.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::receipt::MailId;
use crate::receipts::queue::{Apart, TAKEN_UP_MS};

/// The longest body that lies in the queue itself, in bytes: most pushes are one record.
pub const SHORT: usize = 1024;
/// The most bytes of a body that lie under one key, where it lies apart: some stores take values of 64 KiB.
pub const PIECE: usize = 48 * 1024;

/// Bytes of a vendor's, and how far they were dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// What tells it from others.
    pub id: MailId,
    /// How it came.
    pub came: Came,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The bytes.
    pub body: Body,
    /// How many of its records were taken in.
    pub taken: u32,
    /// Whether these are all.
    pub read: bool,
    /// How many of them were passed on, or given up.
    pub done: u32,
    /// Whether the next one was handed to the queue, and waits for the address alone.
    pub queued: bool,
    /// How often the next one could not be taken in or passed on.
    pub attempts: u32,
    /// When it is looked at next, in milliseconds since 1970.
    pub due: i64,
}

/// How a mail came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// The vendor sent it.
    Pushed {
        /// The reference in an address that was made for one text.
        reference: Option<String>,
    },
    /// We asked for it.
    Pulled {
        /// Whether it holds replies, or else reports.
        replies: bool,
        /// The status of the answer; 0 where its end did not come.
        status: u16,
    },
}

/// Where the bytes of a mail are. Of a push they are its query, a line feed and its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Here.
    Here(Vec<u8>),
    /// Under so many keys of their own.
    Apart(u16),
}

/// What was decided of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It was known, or is of no interest: nobody is told.
    Known,
    /// A report that is news.
    Reported,
    /// A report of no text of ours.
    Unmatched,
    /// A reply.
    Replied,
    /// Nobody can read it.
    Unread,
}

impl Mail {
    /// A mail that just came, and that whoever took it in deals with first.
    #[must_use]
    pub const fn new(id: MailId, came: Came, at: i64, body: Body) -> Self {
        Self {
            id,
            came,
            at,
            body,
            taken: 0,
            read: false,
            done: 0,
            queued: false,
            attempts: 0,
            due: at.saturating_add(TAKEN_UP_MS),
        }
    }

    /// Whether all that it says was taken in: it only waits for whoever is to be told.
    pub(super) const fn is_taken_in(&self) -> bool {
        self.read
    }

    /// Its bytes, where they lie apart.
    pub(super) const fn apart(&self) -> Option<Apart> {
        if let Body::Apart(pieces) = self.body { Some((self.id, pieces)) } else { None }
    }

    /// How many bytes it takes in a queue, about.
    pub(super) fn size(&self) -> usize {
        let body = if let Body::Here(bytes) = &self.body { bytes.len() } else { 0 };
        let reference = if let Came::Pushed { reference: Some(reference) } = &self.came { reference.len() } else { 0 };
        36 + body + reference
    }
}
