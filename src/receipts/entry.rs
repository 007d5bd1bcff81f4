//! [`Entry`]: one item of an account's queue.

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::inbound::{InboundBatch, Origin, SpilledBody, StoredBody};
use crate::receipts::outbound::OutboundMessage;
use crate::receipts::redact::redact;

/// Milliseconds for which a claim lasts: no other process works on a claimed entry until then.
pub const CLAIM_MS: i64 = 60_000;
/// The number of failures up to which lanes differ. Entries with more failures share the last lane.
const MAX_LANE_FAILURES: u8 = 8;
/// The first lane of messages; the lanes of batches come before it.
const FIRST_OUTBOUND_LANE: u8 = MAX_LANE_FAILURES + 1;

/// The number of lanes.
pub(super) const LANES: u8 = 2 * FIRST_OUTBOUND_LANE;

/// An item of work, and the time of its next attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The work to do.
    pub work: Work,
    /// The number of consecutive failures.
    pub attempts: u32,
    /// The time of the next attempt, in milliseconds since the Unix epoch.
    pub due: i64,
    /// The time until which a process has claimed the entry, in milliseconds since the Unix epoch.
    pub claimed_until: i64,
}

/// The kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Ingests the records of a batch.
    Ingest(InboundBatch),
    /// Forwards a message.
    Forward(OutboundMessage),
}

/// The identity of an entry: its batch, and its record's index for a message.
pub type EntryKey = (BatchId, Option<u32>);

impl Entry {
    /// A new entry that the process which adds it works on first.
    #[must_use]
    pub const fn claimed(work: Work, now: i64) -> Self {
        Self { work, attempts: 0, due: now, claimed_until: now.saturating_add(CLAIM_MS) }
    }

    /// An entry that any process may claim from `due` on.
    #[must_use]
    pub const fn waiting(work: Work, attempts: u32, due: i64) -> Self {
        Self { work, attempts, due, claimed_until: i64::MIN }
    }

    /// The identity of the entry.
    #[must_use]
    pub const fn key(&self) -> EntryKey {
        match &self.work {
            Work::Ingest(batch) => (batch.id, None),
            Work::Forward(message) => (message.record.batch, Some(message.record.index)),
        }
    }

    /// The arrival of its bytes, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn at(&self) -> i64 {
        match &self.work {
            Work::Ingest(batch) => batch.at,
            Work::Forward(message) => message.at,
        }
    }

    /// Whether it is a message to forward.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        matches!(self.work, Work::Forward(_))
    }

    /// The body of its batch, if that has keys of its own.
    #[must_use]
    pub const fn spilled_body(&self) -> Option<SpilledBody> {
        match &self.work {
            Work::Ingest(batch) => batch.spilled(),
            Work::Forward(_) => None,
        }
    }

    /// Whether no process has claimed it.
    pub(super) const fn is_free(&self, now: i64) -> bool {
        self.claimed_until <= now
    }

    /// Whether it may be claimed now.
    pub(super) const fn is_due(&self, now: i64) -> bool {
        self.due <= now && self.is_free(now)
    }

    /// Claims it for a process, or for the move to a page.
    pub(super) const fn claim(&mut self, now: i64) {
        self.claimed_until = now.saturating_add(CLAIM_MS);
    }

    /// Erases a number from it.
    pub(super) fn redact(&mut self, digits: &[u8]) {
        match &mut self.work {
            Work::Ingest(batch) => {
                if let StoredBody::Inline(bytes) = &mut batch.body {
                    redact(bytes, digits);
                }
            }
            Work::Forward(message) => message.content.redact(digits),
        }
    }

    /// Its lane. Entries of one lane failed equally often, and so wait equally long.
    pub(super) fn lane(&self) -> u8 {
        let failures = u8::try_from(self.attempts).unwrap_or(u8::MAX).min(MAX_LANE_FAILURES);
        if self.is_message() { FIRST_OUTBOUND_LANE + failures } else { failures }
    }

    /// Its approximate size in a row, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.work {
            Work::Ingest(batch) => {
                let body = if let StoredBody::Inline(bytes) = &batch.body { bytes.len() } else { 0 };
                let reference =
                    if let Origin::Push { reference: Some(reference) } = &batch.origin { reference.len() } else { 0 };
                40 + body + reference
            }
            Work::Forward(message) => 40 + message.content.size(),
        }
    }
}

/// Whether a lane holds messages; otherwise it holds batches.
#[must_use]
pub const fn holds_messages(lane: u8) -> bool {
    lane >= FIRST_OUTBOUND_LANE
}

/// The number of failures of the entries in a lane.
pub(super) const fn failures_of(lane: u8) -> u32 {
    (if holds_messages(lane) { lane - FIRST_OUTBOUND_LANE } else { lane }) as u32
}
