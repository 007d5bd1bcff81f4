//! [`Kept`]: an account's unmatched records and replies, kept for an operator: limited in number and time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::receipt::MailId;
use crate::receipts::inbound::Verdict;
use crate::receipts::redact::redact;

/// The maximum number of records.
const MOST: usize = 200;
/// The maximum length of one record, in bytes.
const LONGEST: usize = 8 * 1024;
/// The maximum length of all records, in bytes: less than the 64 KiB that some stores accept.
const LONGEST_OF_ALL: usize = 40 * 1024;

/// The stored state, the oldest record first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    records: VecDeque<Record>,
    /// The time at which the last record is removed, in milliseconds since the Unix epoch.
    until: i64,
}

/// A stored record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The push or pull that brought it.
    pub mail: MailId,
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

impl Record {
    /// A record, with its content cut to the maximum length.
    #[must_use]
    pub fn new(mail: MailId, index: u32, at: i64, verdict: Verdict, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { mail, index, at, verdict, bytes: bytes[..bytes.len().min(LONGEST)].to_vec(), length }
    }
}

impl Kept {
    /// Adds a record for at most `kept_ms` milliseconds, unless it is stored already.
    pub fn keep(&mut self, record: Record, kept_ms: i64, now: i64) {
        self.forget(kept_ms, now);
        if self.records.iter().any(|known| (known.mail, known.index) == (record.mail, record.index)) {
            return;
        }
        self.until = self.until.max(record.at.max(now).saturating_add(kept_ms));
        self.records.push_back(record);
        while self.records.len() > MOST || self.size() > LONGEST_OF_ALL {
            self.records.pop_front();
        }
    }

    /// The records that are at most `kept_ms` milliseconds old, the oldest first.
    pub fn list(&mut self, kept_ms: i64, now: i64) -> Vec<Record> {
        self.forget(kept_ms, now);
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
        self.until
    }

    fn forget(&mut self, kept_ms: i64, now: i64) {
        self.records.retain(|record| record.at.saturating_add(kept_ms) > now);
    }

    fn size(&self) -> usize {
        self.records.iter().map(|record| record.bytes.len() + 40).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(index: u32, at: i64, bytes: &[u8]) -> Record {
        Record::new(1, index, at, Verdict::Unread, bytes)
    }

    #[test]
    fn is_bounded_keeps_each_once_and_forgets() {
        let mut kept = Kept::default();
        for index in 0..300 {
            kept.keep(record(index, i64::from(index), b"x"), 1000, 0);
            kept.keep(record(index, i64::from(index), b"x"), 1000, 0);
        }
        let listed = kept.list(1000, 0);
        assert_eq!((listed.len(), listed[0].index), (200, 100));
        assert_eq!((kept.expires_at(), kept.list(1000, 1200).len()), (1299, 99));
        let mut kept = Kept::default();
        for index in 0..20 {
            kept.keep(record(index, 0, &[b'x'; 10_000]), 1000, 0);
        }
        let listed = kept.list(1000, 0);
        assert_eq!((listed.len(), listed[0].bytes.len(), listed[0].length), (4, 8192, 10_000));
    }

    #[test]
    fn a_number_can_be_erased() {
        let mut kept = Kept::default();
        kept.keep(record(0, 0, br#"{"from":"+8613812345678"}"#), 1000, 0);
        kept.redact(b"13812345678");
        assert_eq!(kept.list(1000, 0)[0].bytes, br#"{"from":"+8611111111111"}"#);
    }
}
