//! [`InboundBatch`]: the bytes of one push or pull, as they arrived.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;

/// The maximum length of a body that is stored in the queue's own row, in bytes: most pushes are one record.
pub const MAX_INLINE_BYTES: usize = 1024;
/// The maximum length of one stored piece of a body with keys of its own, in bytes: some stores accept values of 64
/// KiB.
pub const MAX_PIECE_BYTES: usize = 48 * 1024;

/// The bytes of a push or pull, and the number of its ingested records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundBatch {
    /// The random id of the batch.
    pub id: BatchId,
    /// Whether it was pushed or pulled.
    pub origin: Origin,
    /// The arrival, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The bytes, or their location.
    pub body: StoredBody,
    /// The number of records that were ingested, and forwarded or queued.
    pub ingested: u32,
}

/// The way in which a batch arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The vendor pushed it.
    Push {
        /// The reference in the URL, if the URL was made for one text.
        reference: Option<String>,
    },
    /// The handler pulled it.
    Pull {
        /// Whether it holds replies; otherwise it holds reports.
        replies: bool,
        /// The HTTP status of the reply; 0 if the reply broke off.
        status: u16,
    },
}

/// The location of a batch's bytes. The bytes of a push are its query, a line feed and its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredBody {
    /// In the queue's row.
    Inline(Vec<u8>),
    /// Under this many keys of their own.
    Spilled(u16),
}

/// A batch whose bytes have keys of their own, and the number of these keys.
pub type SpilledBody = (BatchId, u16);

/// The decision about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It was seen before, or is of no interest, and is not forwarded.
    Ignored,
    /// A new report on a text of this handler.
    Reported,
    /// A report on no text of this handler.
    Unmatched,
    /// A reply.
    Replied,
    /// A record that could not be read.
    Unread,
}

impl InboundBatch {
    /// Its bytes, if they have keys of their own.
    pub(super) const fn spilled(&self) -> Option<SpilledBody> {
        if let StoredBody::Spilled(pieces) = self.body { Some((self.id, pieces)) } else { None }
    }
}
