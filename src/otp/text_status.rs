//! [`TextStatus`]: what became of one text after it was handed over.

use serde::{Deserialize, Serialize};

use crate::guard::sliding_log::Reservation;

/// What brought a report: a push or a pull, by the number that was drawn for it.
pub type BatchId = u64;

/// Which record of what mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordId {
    /// The mail.
    pub batch: BatchId,
    /// Which of its records, the first being 0.
    pub index: u32,
}

/// What is known of one text of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextStatus {
    /// Which text of its challenge it is of.
    pub index: u8,
    /// Its send, where that is known to be over.
    pub send: Option<Reservation>,
    /// Who took it, where that is known.
    pub submission: Option<Submission>,
    /// What first reported that it did not arrive.
    failed: Option<RecordId>,
    /// What first reported that it arrived.
    delivered: Option<RecordId>,
}

/// To whom a text was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The account, by a hash of its name.
    pub account: u32,
    /// The vendor's own id of it, by a hash, where it gave one.
    pub id: Option<u32>,
    /// Where it counts for the order of accounts: the carrier of its number.
    pub routing_carrier: Option<u8>,
}

/// A report of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// What brought it.
    pub record: RecordId,
    /// The account whose vendor it is of, by a hash of its name.
    pub account: u32,
    /// The vendor's own id of the text, by a hash, where the report has one.
    pub id: Option<u32>,
    /// Whether the text arrived.
    pub delivered: bool,
}

/// What a report says that was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusChange {
    /// This. Where the text counts for the order of accounts, the carrier of its number.
    Changed(Option<u8>),
    /// Nothing.
    Unchanged,
    /// It is of no text of ours, or of one that another account sent.
    Unmatched,
}

impl TextStatus {
    /// The receipt of a text of which nothing is known.
    #[must_use]
    pub const fn of(index: u8) -> Self {
        Self { index, send: None, submission: None, failed: None, delivered: None }
    }

    /// Takes a report: the first failure and the first delivery are news, in either order. What a record once told it tells
    /// again, since whoever read it may have been stopped before it was passed on: what it tells does not depend on what came in
    /// between.
    pub fn apply_report(&mut self, report: &DeliveryReport) -> StatusChange {
        let is_of = |handed: Submission| {
            let other_id = matches!((handed.id, report.id), (Some(known), Some(first)) if known != first);
            handed.account == report.account && !other_id
        };
        if !self.submission.is_none_or(is_of) {
            return StatusChange::Unmatched;
        }
        // Each of several segments is reported: a failure of one is news even where another arrived before.
        let first = if report.delivered { &mut self.delivered } else { &mut self.failed };
        let is_change = *first.get_or_insert(report.record) == report.record;
        if is_change {
            StatusChange::Changed(self.submission.and_then(|handed| handed.routing_carrier))
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
    fn a_later_delivered_is_news_and_a_repeated_one_is_not() {
        let mut status = TextStatus { submission: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(status.apply_report(&report(1, false)), StatusChange::Changed(Some(2)));
        assert_eq!(status.apply_report(&report(2, false)), StatusChange::Unchanged);
        assert_eq!(status.apply_report(&report(3, true)), StatusChange::Changed(Some(2)));
        assert_eq!(status.apply_report(&report(4, true)), StatusChange::Unchanged);
        let twice = DeliveryReport { record: RecordId { batch: 1, index: 1 }, ..report(1, false) };
        assert_eq!(status.apply_report(&twice), StatusChange::Unchanged, "nor within one mail");
        // What was read and not passed on is read again.
        assert_eq!(
            (status.apply_report(&report(1, false)), status.apply_report(&report(3, true))),
            (StatusChange::Changed(Some(2)), StatusChange::Changed(Some(2)))
        );
    }

    #[test]
    fn a_later_segments_failure_is_news_once_and_told_again_by_the_same_record() {
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
    fn another_accounts_report_is_a_strangers() {
        let mut status = TextStatus { submission: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(status.apply_report(&DeliveryReport { account: 2, ..report(1, true) }), StatusChange::Unmatched);
        assert_eq!(status.apply_report(&DeliveryReport { id: Some(6), ..report(1, true) }), StatusChange::Unmatched);
        assert_eq!(
            status.apply_report(&DeliveryReport { id: Some(5), ..report(1, true) }),
            StatusChange::Changed(Some(2))
        );
        // A report can be faster than the answer to the send.
        assert_eq!(TextStatus::of(0).apply_report(&report(1, true)), StatusChange::Changed(None));
    }
}
