//! [`ForwardedMark`]: marks a record as seen, so that a record that is pushed twice is forwarded once.

use serde::{Deserialize, Serialize};

use crate::otp::text_status::RecordId;

/// Milliseconds for which a record stays marked: a week.
const MARK_RETENTION_MS: i64 = 7 * 86_400_000;

/// The stored mark of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedMark {
    record: RecordId,
    at: i64,
}

impl ForwardedMark {
    /// Whether a record is new. It is new again for the source that brought it first, since the process may have died
    /// before it forwarded the record.
    pub fn is_first(known: &mut Option<Self>, record: RecordId, now: i64) -> bool {
        match known {
            Some(mark) if mark.expires_at() > now => mark.record == record,
            _ => {
                *known = Some(Self { record, at: now });
                true
            }
        }
    }

    /// The time at which the mark is removed.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.at.saturating_add(MARK_RETENTION_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_forwarded_by_its_first_batch_only() {
        let mut mark = None;
        let mut is_first = |batch, now| ForwardedMark::is_first(&mut mark, RecordId { batch, index: 0 }, now);
        assert!(is_first(1, 0) && !is_first(2, 1) && is_first(1, 2));
        assert!(!is_first(2, MARK_RETENTION_MS - 1) && is_first(2, MARK_RETENTION_MS));
        assert!(
            !ForwardedMark::is_first(&mut mark, RecordId { batch: 2, index: 1 }, MARK_RETENTION_MS),
            "nor within one mail"
        );
    }
}
