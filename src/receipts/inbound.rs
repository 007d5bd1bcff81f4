//! [`InboundBatch`]: the bytes of one push or pull, as they came.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;

/// The longest body, in bytes, that is stored in the queue's own row: most pushes are one record.
pub const MAX_INLINE_BYTES: usize = 1024;
/// The most bytes of a body under one key, where it has keys of its own: some stores take values of 64 KiB.
pub const MAX_PIECE_BYTES: usize = 48 * 1024;

/// Bytes of a vendor's, and how many of their records were ingested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundBatch {
    /// The random id of the batch.
    pub id: BatchId,
    /// Whether it was pushed or pulled.
    pub origin: Origin,
    /// When it came, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The bytes, or where they are.
    pub body: StoredBody,
    /// How many of its records were ingested, and forwarded or parked.
    pub ingested: u32,
}

/// How a batch came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The vendor sent it.
    Push {
        /// The reference in an address that was made for one text.
        reference: Option<String>,
    },
    /// The handler asked for it.
    Pull {
        /// Whether it holds replies, or else reports.
        replies: bool,
        /// The status of the answer; 0 where its end did not come.
        status: u16,
    },
}

/// Where the bytes of a batch are. Those of a push are its query, a line feed and its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredBody {
    /// In the queue's row.
    Inline(Vec<u8>),
    /// Under this many keys of their own.
    Spilled(u16),
}

/// A batch whose bytes have keys of their own, and how many.
pub type SpilledBody = (BatchId, u16);

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

impl InboundBatch {
    /// Its bytes, where they have keys of their own.
    pub(super) const fn spilled(&self) -> Option<SpilledBody> {
        if let StoredBody::Spilled(pieces) = self.body { Some((self.id, pieces)) } else { None }
    }
}
