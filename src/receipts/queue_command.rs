//! [`QueueCommand`]: the commands to a [`Queue`](crate::receipts::queue::Queue), and [`QueueReply`], its replies.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, EntryKey};
use crate::receipts::inbound::SpilledBody;
use crate::receipts::lane::{PageProgress, Removed};

/// The exclusive right to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The random id of the holder.
    pub holder: u64,
    /// The id of the batch that the holder is about to pull.
    pub batch: BatchId,
    /// Whether the batch is to hold replies; otherwise reports.
    pub replies: bool,
    /// The time until which no other process may pull, in milliseconds since the Unix epoch.
    pub(super) until: i64,
    /// Whether the holder returned it.
    pub(super) returned: bool,
}

/// A command to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueCommand {
    /// Adds an entry, and keeps it for at most this many milliseconds.
    Enqueue(Entry, i64),
    /// Claims due entries.
    Claim {
        /// The maximum age of an entry, in milliseconds; older ones are dropped.
        retention_ms: i64,
        /// Whether to claim messages as well as batches.
        messages: bool,
    },
    /// Records the results of claimed entries.
    Commit(Commit),
    /// Confirms that a page with these entries was written.
    Spilled {
        /// The lane of the page.
        lane: u8,
        /// The number of the page.
        page: u32,
        /// The keys of its entries.
        keys: Vec<EntryKey>,
    },
    /// Requests the lease to pull; its holder may extend it.
    Lease {
        /// The random id of the requester.
        holder: u64,
        /// The id of the batch that the requester is about to pull.
        batch: BatchId,
        /// Whether the batch is to hold replies; otherwise reports.
        replies: bool,
        /// The duration in milliseconds.
        for_ms: i64,
    },
    /// The holder returns the lease; no process may pull for this many milliseconds.
    ReleaseLease(u64, i64),
    /// Erases a number from the row.
    Redact(Vec<u8>),
    /// Returns the status of the queue.
    ReadStatus,
}

/// The results of claimed entries, applied in one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The entries that are done.
    pub done: Vec<EntryKey>,
    /// Entries that replace those in the row with the same key; without one they are ignored.
    pub changed: Vec<Entry>,
    /// New entries.
    pub added: Vec<Entry>,
    /// The maximum age of new entries, in milliseconds.
    pub retention_ms: i64,
    /// The progress of a page.
    pub page: Option<PageCommit>,
    /// The number of entries or records that were dropped.
    pub given_up: u32,
}

/// The progress of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCommit {
    /// The lane of the page.
    pub lane: u8,
    /// The number of the page.
    pub page: u32,
    /// The result of working on it.
    pub progress: PageProgress,
    /// The entries removed from it.
    pub removed: Removed,
}

/// The reply of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueReply {
    /// To [`QueueCommand::Enqueue`] and [`QueueCommand::Commit`]: the command was applied.
    Done {
        /// The entries dropped on this occasion.
        expired: Expired,
        /// The entries to move to a page now.
        spill: Option<Spill>,
    },
    /// The entry's body is too large for the row and must have keys of its own.
    BodyTooLarge,
    /// The queue is full, and the command had no effect.
    Full {
        /// The entries to move to a page now.
        spill: Option<Spill>,
    },
    /// To [`QueueCommand::Claim`].
    Claimed {
        /// The claimed entries.
        claim: Claim,
        /// The entries dropped on this occasion.
        expired: Expired,
    },
    /// The requester has the lease. The value is the lease of a dead holder, which may have left its batch behind.
    Leased(Option<Lease>),
    /// Another process has the lease.
    Busy,
    /// The status of the queue.
    Status(QueueStatus),
    /// To a command without an answer.
    Noted,
}

/// The work that was claimed for [`CLAIM_MS`](crate::receipts::entry::CLAIM_MS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// One batch, or messages.
    Entries(Vec<Entry>),
    /// A page.
    Page {
        /// The lane of the page.
        lane: u8,
        /// The number of the page.
        page: u32,
        /// Whether it holds messages; otherwise it holds batches.
        messages: bool,
    },
    /// Nothing that was requested is due. The value is whether messages are due that were not requested.
    Nothing(bool),
}

/// Entries to write to a page. No process works on them until the page is confirmed or its time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spill {
    /// The lane of the page.
    pub lane: u8,
    /// The number of the page.
    pub page: u32,
    /// The entries to write.
    pub entries: Vec<Entry>,
}

/// The entries that were dropped because they were too old.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// The number of entries.
    pub entries: u32,
    /// The bodies that are no longer needed.
    pub bodies: Vec<SpilledBody>,
}

/// The status of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    /// The number of waiting entries.
    pub waiting: u32,
    /// A lower bound of the oldest entry's arrival, in milliseconds since the Unix epoch.
    pub since: Option<i64>,
    /// The largest number of consecutive failures.
    pub attempts: u32,
    /// The number of entries that were dropped because they were too old.
    pub given_up: u32,
    /// Bodies with keys of their own, including one that a puller may be storing now.
    pub spilled_bodies: Vec<SpilledBody>,
    /// The pages of each lane: its number, its first page, and the page after its last.
    pub pages: Vec<(u8, u32, u32)>,
}
