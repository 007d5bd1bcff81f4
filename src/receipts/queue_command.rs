//! [`QueueCommand`]: what a [`Queue`](crate::receipts::queue::Queue) is asked to do, and [`QueueReply`], what it replies.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, EntryKey};
use crate::receipts::inbound::SpilledBody;
use crate::receipts::lane::{PageProgress, Removed};

/// The right to be the only one who pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The random id of the holder.
    pub holder: u64,
    /// The batch that they are about to pull.
    pub batch: BatchId,
    /// Whether it is to hold replies, or else reports.
    pub replies: bool,
    /// Until when nobody else may pull, in milliseconds since the Unix epoch.
    pub(super) until: i64,
    /// Whether it was given back.
    pub(super) returned: bool,
}

/// What a queue is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueCommand {
    /// Takes an entry in, and keeps it for this many milliseconds at most.
    Enqueue(Entry, i64),
    /// Claims what is due.
    Claim {
        /// How old an entry may be, in milliseconds: older ones are given up.
        retention_ms: i64,
        /// Whether messages are wanted as well as batches.
        messages: bool,
    },
    /// Notes what became of what was claimed.
    Commit(Commit),
    /// Notes that a page was written with these entries.
    Spilled {
        /// The lane of the page.
        lane: u8,
        /// Its number.
        page: u32,
        /// What it holds.
        keys: Vec<EntryKey>,
    },
    /// Somebody wants to be the only one who pulls, for so many milliseconds; the holder may go on.
    Lease {
        /// The random id of who asks.
        holder: u64,
        /// The batch that they are about to pull.
        batch: BatchId,
        /// Whether it is to hold replies, or else reports.
        replies: bool,
        /// For how many milliseconds.
        for_ms: i64,
    },
    /// The holder pulls no more, and nobody is to for this many milliseconds.
    ReleaseLease(u64, i64),
    /// Erases a number from the row.
    Redact(Vec<u8>),
    /// Asks how the queue stands.
    ReadStatus,
}

/// What became of entries. All of it happens in one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// They are done.
    pub done: Vec<EntryKey>,
    /// They take the place of what is in the row under their keys; nothing happens where nothing is.
    pub changed: Vec<Entry>,
    /// They are new.
    pub added: Vec<Entry>,
    /// How long what is new is kept, in milliseconds.
    pub retention_ms: i64,
    /// How far a page has come.
    pub page: Option<PageCommit>,
    /// How many entries or records were given up.
    pub given_up: u32,
}

/// How far a page has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCommit {
    /// Its lane.
    pub lane: u8,
    /// Its number.
    pub page: u32,
    /// What becomes of it.
    pub progress: PageProgress,
    /// What is no longer in it.
    pub removed: Removed,
}

/// What a queue answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueReply {
    /// To [`QueueCommand::Enqueue`] and [`QueueCommand::Commit`]: it happened.
    Done {
        /// What was given up on the way.
        expired: Expired,
        /// What is to be moved to a page now.
        spill: Option<Spill>,
    },
    /// The entry's body must have keys of its own.
    BodyTooLarge,
    /// There is no room, and nothing happened.
    Full {
        /// What is to be moved to a page now.
        spill: Option<Spill>,
    },
    /// To [`QueueCommand::Claim`].
    Claimed {
        /// What was claimed.
        claim: Claim,
        /// What was given up on the way.
        expired: Expired,
    },
    /// The asker is the only one who pulls. A holder before them that was lost may have left this batch behind.
    Leased(Option<Lease>),
    /// Another pulls.
    Busy,
    /// How the queue stands.
    Status(QueueStatus),
    /// To whatever needs no answer.
    Noted,
}

/// What was claimed for [`CLAIM_MS`](crate::receipts::entry::CLAIM_MS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// A batch, or messages.
    Entries(Vec<Entry>),
    /// A page.
    Page {
        /// Its lane.
        lane: u8,
        /// Its number.
        page: u32,
        /// Whether it holds messages, or else batches.
        messages: bool,
    },
    /// Nothing that was asked for is due. Whether messages are that were not asked for.
    Nothing(bool),
}

/// Entries that are to be written to a page. Nobody works on them until that is done or its time is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spill {
    /// The lane of the page.
    pub lane: u8,
    /// Its number.
    pub page: u32,
    /// What it is to hold.
    pub entries: Vec<Entry>,
}

/// What was given up because it was too old.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// How many entries.
    pub entries: u32,
    /// Bodies that are needed no more.
    pub bodies: Vec<SpilledBody>,
}

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    /// How many entries wait.
    pub waiting: u32,
    /// Since when the oldest does at most, in milliseconds since the Unix epoch.
    pub since: Option<i64>,
    /// The most failures in a row.
    pub attempts: u32,
    /// How many entries were given up.
    pub given_up: u32,
    /// Bodies with keys of their own; also what a puller may just be storing.
    pub spilled_bodies: Vec<SpilledBody>,
    /// The lanes' pages: lane, first page, and the one behind the last.
    pub pages: Vec<(u8, u32, u32)>,
}
