//! [`UnmatchedRecords`]: what an account's vendor said that changes nothing, and somebody may want to see: bounded, and not for ever.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::inbound::Verdict;
use crate::receipts::redact::redact;

/// Records that are kept at most.
const MAX_RECORDS: usize = 200;
/// The most bytes of one record.
const MAX_RECORD_BYTES: usize = 8 * 1024;
/// The most bytes of all, so that a store with values of 64 KiB holds them.
const MAX_TOTAL_BYTES: usize = 40 * 1024;

/// What is stored, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedRecords {
    records: VecDeque<UnmatchedRecord>,
    /// When the last of them is forgotten, in milliseconds since 1970.
    expires_at: i64,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedRecord {
    /// What brought it.
    pub batch: BatchId,
    /// Which of its records it is.
    pub index: u32,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// What it is.
    pub verdict: Verdict,
    /// What it says, JSON where it was read: the beginning of it, where it is longer than is kept.
    pub bytes: Vec<u8>,
    /// How long it is.
    pub length: u32,
}

impl UnmatchedRecord {
    /// A record with as much of its bytes as is kept.
    #[must_use]
    pub fn new(batch: BatchId, index: u32, at: i64, verdict: Verdict, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { batch, index, at, verdict, bytes: bytes[..bytes.len().min(MAX_RECORD_BYTES)].to_vec(), length }
    }
}

impl UnmatchedRecords {
    /// Keeps a record for so many milliseconds at most, unless it is kept already.
    pub fn store(&mut self, record: UnmatchedRecord, retention_ms: i64, now: i64) {
        self.expire(retention_ms, now);
        if self.records.iter().any(|known| (known.batch, known.index) == (record.batch, record.index)) {
            return;
        }
        self.expires_at = self.expires_at.max(record.at.max(now).saturating_add(retention_ms));
        self.records.push_back(record);
        while self.records.len() > MAX_RECORDS || self.size() > MAX_TOTAL_BYTES {
            self.records.pop_front();
        }
    }

    /// All of them, oldest first, but for those that are older than so many milliseconds.
    pub fn list(&mut self, retention_ms: i64, now: i64) -> Vec<UnmatchedRecord> {
        self.expire(retention_ms, now);
        self.records.iter().cloned().collect()
    }

    /// Erases a number from all of them.
    pub fn redact(&mut self, digits: &[u8]) {
        for record in &mut self.records {
            redact(&mut record.bytes, digits);
        }
    }

    /// When the last of them is forgotten, in milliseconds since 1970.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.expires_at
    }

    fn expire(&mut self, retention_ms: i64, now: i64) {
        self.records.retain(|record| record.at.saturating_add(retention_ms) > now);
    }

    fn size(&self) -> usize {
        self.records.iter().map(|record| record.bytes.len() + 40).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(index: u32, at: i64, bytes: &[u8]) -> UnmatchedRecord {
        UnmatchedRecord::new(1, index, at, Verdict::Unread, bytes)
    }

    #[test]
    fn is_bounded_keeps_each_once_and_forgets() {
        let mut unmatched = UnmatchedRecords::default();
        for index in 0..300 {
            unmatched.store(record(index, i64::from(index), b"x"), 1000, 0);
            unmatched.store(record(index, i64::from(index), b"x"), 1000, 0);
        }
        let listed = unmatched.list(1000, 0);
        assert_eq!((listed.len(), listed[0].index), (200, 100));
        assert_eq!((unmatched.expires_at(), unmatched.list(1000, 1200).len()), (1299, 99));
        let mut unmatched = UnmatchedRecords::default();
        for index in 0..20 {
            unmatched.store(record(index, 0, &[b'x'; 10_000]), 1000, 0);
        }
        let listed = unmatched.list(1000, 0);
        assert_eq!((listed.len(), listed[0].bytes.len(), listed[0].length), (4, 8192, 10_000));
    }

    #[test]
    fn a_number_can_be_erased() {
        let mut unmatched = UnmatchedRecords::default();
        unmatched.store(record(0, 0, br#"{"from":"+8613812345678"}"#), 1000, 0);
        unmatched.redact(b"13812345678");
        assert_eq!(unmatched.list(1000, 0)[0].bytes, br#"{"from":"+8611111111111"}"#);
    }
}
