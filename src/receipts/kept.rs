//! [`KeptReceipts`]: the receipts that are kept to be sent again and contain one number, so that the number can be
//! erased from them. It stores neither the number nor the receipts, only their positions.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;

/// The maximum number of kept receipts of one number.
const MAX_RECEIPTS: usize = 1000;

/// The stored state: positions, each with the time from which its receipt is not kept any more, in milliseconds since
/// the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReceipts {
    receipts: Vec<(RecordId, i64)>,
}

impl KeptReceipts {
    /// Adds a receipt that is kept for this many milliseconds. Returns whether there was space: a receipt that is not
    /// listed could not be erased, and so must not be kept.
    pub fn add(&mut self, record: RecordId, kept_ms: i64, now: i64) -> bool {
        self.receipts.retain(|(known, until)| *until > now && *known != record);
        let has_space = self.receipts.len() < MAX_RECEIPTS;
        if has_space {
            self.receipts.push((record, now.saturating_add(kept_ms)));
        }
        has_space
    }

    /// The receipts that are still kept, the oldest first.
    #[must_use]
    pub fn list(&self, now: i64) -> Vec<RecordId> {
        self.receipts.iter().filter(|(_, until)| *until > now).map(|(record, _)| *record).collect()
    }

    /// The time at which none is kept any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.receipts.iter().map(|(_, until)| *until).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_is_listed_once_and_until_it_expires() {
        let record = |index| RecordId { batch: 1, index };
        let mut kept = KeptReceipts::default();
        assert!(kept.add(record(0), 100, 0) && kept.add(record(1), 300, 0) && kept.add(record(0), 200, 0));
        assert_eq!((kept.list(199), kept.expires_at()), (Vec::from([record(1), record(0)]), 300));
        assert_eq!((kept.list(200), kept.list(300)), (Vec::from([record(1)]), Vec::new()));
        for index in 2..1000 {
            assert!(kept.add(record(index), 1000, 200));
        }
        assert!(kept.add(record(1000), 1000, 200) && !kept.add(record(1001), 1000, 200));
        assert!(kept.add(record(1001), 1000, 300), "one has expired");
    }
}
