//! [`Kept`]: what an account's vendor said that changes nothing, and somebody may want to see: bounded, and not for ever.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::receipt::MailId;
use crate::receipts::inbound::Verdict;
use crate::receipts::redact::redact;

/// Records that are kept at most.
const MOST: usize = 200;
/// The most bytes of one record.
const LONGEST: usize = 8 * 1024;
/// The most bytes of all, so that a store with values of 64 KiB holds them.
const LONGEST_OF_ALL: usize = 40 * 1024;

/// What is stored, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    records: VecDeque<Record>,
    /// When the last of them is forgotten, in milliseconds since 1970.
    until: i64,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What brought it.
    pub mail: MailId,
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

impl Record {
    /// A record with as much of its bytes as is kept.
    #[must_use]
    pub fn new(mail: MailId, index: u32, at: i64, verdict: Verdict, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { mail, index, at, verdict, bytes: bytes[..bytes.len().min(LONGEST)].to_vec(), length }
    }
}

impl Kept {
    /// Keeps a record for so many milliseconds at most, unless it is kept already.
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

    /// All of them, oldest first, but for those that are older than so many milliseconds.
    pub fn list(&mut self, kept_ms: i64, now: i64) -> Vec<Record> {
        self.forget(kept_ms, now);
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
