//! [`TextStatus`]: the outcome of one text after a vendor accepted it.

use serde::{Deserialize, Serialize};

use crate::guard::sliding_log::Reservation;

/// The random id of the push or pull that brought a report.
pub type BatchId = u64;

/// The position of a record: its push or pull, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordId {
    /// The push or pull.
    pub batch: BatchId,
    /// The record's index, from 0.
    pub index: u32,
}

/// The known facts about one text of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextStatus {
    /// The text's index in its challenge.
    pub index: u8,
    /// Its send, once that has ended.
    pub send: Option<Reservation>,
    /// The account that accepted it, if known.
    pub submission: Option<Submission>,
    /// The first record that reported a failure.
    failed: Option<RecordId>,
    /// The first record that reported the delivery.
    delivered: Option<RecordId>,
}

/// The account that accepted a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// A hash of the account's name.
    pub account: u32,
    /// A hash of the vendor's id of the text, if the vendor gave one.
    pub id: Option<u32>,
    /// The carrier of its number, if the text counts for the order of accounts.
    pub routing_carrier: Option<u8>,
}

/// A report on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The position of the report.
    pub record: RecordId,
    /// A hash of the name of the account that reports.
    pub account: u32,
    /// A hash of the vendor's id of the text, if the report has one.
    pub id: Option<u32>,
    /// Whether the text arrived.
    pub delivered: bool,
}

/// Whether a report brings something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusChange {
    /// The report is new. The value is the carrier, if the text counts for the order of accounts.
    Changed(Option<u8>),
    /// The report repeats a known one.
    Unchanged,
    /// The report is on no text of ours, or on a text that another account sent.
    Unmatched,
}

impl TextStatus {
    /// An empty receipt.
    #[must_use]
    pub const fn of(index: u8) -> Self {
        Self { index, send: None, submission: None, failed: None, delivered: None }
    }

    /// Applies a report. The first failure and the first delivery are new, in either order. The record that was new
    /// once is new again, since the process may have died before it forwarded the record; reports in between do not
    /// change that.
    pub fn apply_report(&mut self, report: &DeliveryReport) -> StatusChange {
        let is_of = |submission: Submission| {
            let other_id = matches!((submission.id, report.id), (Some(known), Some(first)) if known != first);
            submission.account == report.account && !other_id
        };
        if !self.submission.is_none_or(is_of) {
            return StatusChange::Unmatched;
        }
        // Each segment of a text is reported: the failure of one is new even after another arrived.
        let first = if report.delivered { &mut self.delivered } else { &mut self.failed };
        let is_change = *first.get_or_insert(report.record) == report.record;
        if is_change {
            StatusChange::Changed(self.submission.and_then(|submission| submission.routing_carrier))
        } else {
            StatusChange::Unchanged
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDED: Submission = Submission { account: 1, id: Some(5), routing_carrier: Some(2) };

    fn report(batch: BatchId, delivered: bool) -> DeliveryReport {
        DeliveryReport { record: RecordId { batch, index: 0 }, account: 1, id: None, delivered }
    }

    #[test]
    fn later_delivery_is_a_change_and_repetition_is_not() {
        let mut status = TextStatus { submission: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(status.apply_report(&report(1, false)), StatusChange::Changed(Some(2)));
        assert_eq!(status.apply_report(&report(2, false)), StatusChange::Unchanged);
        assert_eq!(status.apply_report(&report(3, true)), StatusChange::Changed(Some(2)));
        assert_eq!(status.apply_report(&report(4, true)), StatusChange::Unchanged);
        let twice = DeliveryReport { record: RecordId { batch: 1, index: 1 }, ..report(1, false) };
        assert_eq!(status.apply_report(&twice), StatusChange::Unchanged, "nor within one mail");
        // A record that was read and not forwarded is read again.
        assert_eq!(
            (status.apply_report(&report(1, false)), status.apply_report(&report(3, true))),
            (StatusChange::Changed(Some(2)), StatusChange::Changed(Some(2)))
        );
    }

    #[test]
    fn later_segments_failure_is_a_change_once_and_again_for_its_record() {
        let mut status = TextStatus { submission: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(status.apply_report(&report(1, true)), StatusChange::Changed(Some(2)));
        assert_eq!(status.apply_report(&report(2, false)), StatusChange::Changed(Some(2)));
        assert_eq!(
            (status.apply_report(&report(3, false)), status.apply_report(&report(4, true))),
            (StatusChange::Unchanged, StatusChange::Unchanged)
        );
        assert_eq!(status.apply_report(&report(2, false)), StatusChange::Changed(Some(2)));
    }

    #[test]
    fn report_of_another_account_is_unmatched() {
        let mut status = TextStatus { submission: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(status.apply_report(&DeliveryReport { account: 2, ..report(1, true) }), StatusChange::Unmatched);
        assert_eq!(status.apply_report(&DeliveryReport { id: Some(6), ..report(1, true) }), StatusChange::Unmatched);
        assert_eq!(
            status.apply_report(&DeliveryReport { id: Some(5), ..report(1, true) }),
            StatusChange::Changed(Some(2))
        );
        // A report can arrive before the answer to the send.
        assert_eq!(TextStatus::of(0).apply_report(&report(1, true)), StatusChange::Changed(None));
    }
}
