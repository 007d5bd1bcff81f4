//! [`UnmatchedRecords`]: an account's unmatched records and replies, kept for an operator: limited in number and time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::inbound::Verdict;
use crate::receipts::redact::redact;

/// The maximum number of records.
const MAX_RECORDS: usize = 200;
/// The maximum length of one record, in bytes.
const MAX_RECORD_BYTES: usize = 8 * 1024;
/// The maximum length of all records, in bytes: less than the 64 KiB that some stores accept.
const MAX_TOTAL_BYTES: usize = 40 * 1024;

/// The stored state, the oldest record first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedRecords {
    records: VecDeque<UnmatchedRecord>,
    /// The time at which the last record is removed, in milliseconds since the Unix epoch.
    expires_at: i64,
}

/// A stored record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedRecord {
    /// The push or pull that brought it.
    pub batch: BatchId,
    /// The index of the record in it.
    pub index: u32,
    /// Its arrival, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The decision about the record.
    pub verdict: Verdict,
    /// Its content, JSON if it could be read; only the beginning if it is too long.
    pub bytes: Vec<u8>,
    /// Its full length, in bytes.
    pub length: u32,
}

impl UnmatchedRecord {
    /// A record, with its content cut to the maximum length.
    #[must_use]
    pub fn new(batch: BatchId, index: u32, at: i64, verdict: Verdict, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { batch, index, at, verdict, bytes: bytes[..bytes.len().min(MAX_RECORD_BYTES)].to_vec(), length }
    }
}

impl UnmatchedRecords {
    /// Adds a record for at most `kept_ms` milliseconds, unless it is stored already.
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

    /// The records that are at most `kept_ms` milliseconds old, the oldest first.
    pub fn list(&mut self, retention_ms: i64, now: i64) -> Vec<UnmatchedRecord> {
        self.expire(retention_ms, now);
        self.records.iter().cloned().collect()
    }

    /// Erases a number from all records.
    pub fn redact(&mut self, digits: &[u8]) {
        for record in &mut self.records {
            redact(&mut record.bytes, digits);
        }
    }

    /// The time at which the last record is removed, in milliseconds since the Unix epoch.
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
    fn unmatched_records_are_bounded_unique_and_expire() {
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
    fn erased_number_is_removed() {
        let mut unmatched = UnmatchedRecords::default();
        unmatched.store(record(0, 0, br#"{"from":"+8613812345678"}"#), 1000, 0);
        unmatched.redact(b"13812345678");
        assert_eq!(unmatched.list(1000, 0)[0].bytes, br#"{"from":"+8611111111111"}"#);
    }
}
