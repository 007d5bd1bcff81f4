//! [`Entry`]: one piece of work that waits in an account's queue.

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::inbound::{InboundBatch, Origin, SpilledBody, StoredBody};
use crate::receipts::outbound::OutboundMessage;
use crate::receipts::redact::redact;

/// How long a claim lasts, in milliseconds: until then nobody else works on what was claimed.
pub const CLAIM_MS: i64 = 60_000;
/// Failures that lanes tell apart. Entries that failed more often wait with those.
const MAX_LANE_FAILURES: u8 = 8;
/// The first lane of messages; those of batches stand before it.
const FIRST_OUTBOUND_LANE: u8 = MAX_LANE_FAILURES + 1;

/// How many lanes there are.
pub(super) const LANES: u8 = 2 * FIRST_OUTBOUND_LANE;

/// A piece of work, and when it is next tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What is to be done.
    pub work: Work,
    /// How often in a row it failed.
    pub attempts: u32,
    /// When it is next tried, in milliseconds since the Unix epoch.
    pub due: i64,
    /// Until when somebody works on it, in milliseconds since the Unix epoch.
    pub claimed_until: i64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// The records of a batch are to be ingested.
    Ingest(InboundBatch),
    /// A message is to be forwarded.
    Forward(OutboundMessage),
}

/// What tells an entry from another: its batch, and its record where it is a message.
pub type EntryKey = (BatchId, Option<u32>);

impl Entry {
    /// An entry that whoever puts it works on first.
    #[must_use]
    pub const fn claimed(work: Work, now: i64) -> Self {
        Self { work, attempts: 0, due: now, claimed_until: now.saturating_add(CLAIM_MS) }
    }

    /// An entry that anybody may claim from `due` on.
    #[must_use]
    pub const fn waiting(work: Work, attempts: u32, due: i64) -> Self {
        Self { work, attempts, due, claimed_until: i64::MIN }
    }

    /// What tells it from others.
    #[must_use]
    pub const fn key(&self) -> EntryKey {
        match &self.work {
            Work::Ingest(batch) => (batch.id, None),
            Work::Forward(message) => (message.record.batch, Some(message.record.index)),
        }
    }

    /// When its bytes came, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn at(&self) -> i64 {
        match &self.work {
            Work::Ingest(batch) => batch.at,
            Work::Forward(message) => message.at,
        }
    }

    /// Whether it is a message to be forwarded.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        matches!(self.work, Work::Forward(_))
    }

    /// Its bytes, where they have keys of their own.
    #[must_use]
    pub const fn spilled_body(&self) -> Option<SpilledBody> {
        match &self.work {
            Work::Ingest(batch) => batch.spilled(),
            Work::Forward(_) => None,
        }
    }

    /// Whether nobody works on it.
    pub(super) const fn is_free(&self, now: i64) -> bool {
        self.claimed_until <= now
    }

    /// Whether it may be claimed.
    pub(super) const fn is_due(&self, now: i64) -> bool {
        self.due <= now && self.is_free(now)
    }

    /// Reserves it for one who works on it, or moves it to a page.
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

    /// The lane in which it waits: entries of one lane failed equally often, and so wait equally long.
    pub(super) fn lane(&self) -> u8 {
        let failures = u8::try_from(self.attempts).unwrap_or(u8::MAX).min(MAX_LANE_FAILURES);
        if self.is_message() { FIRST_OUTBOUND_LANE + failures } else { failures }
    }

    /// About how many bytes it takes in a row.
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

/// Whether a lane holds messages, or else batches.
#[must_use]
pub const fn holds_messages(lane: u8) -> bool {
    lane >= FIRST_OUTBOUND_LANE
}

/// How often the entries of a lane failed.
pub(super) const fn failures_of(lane: u8) -> u32 {
    (if holds_messages(lane) { lane - FIRST_OUTBOUND_LANE } else { lane }) as u32
}
