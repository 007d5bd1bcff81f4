//! [`TextStatus`]: what became of one text after it was handed over.

use serde::{Deserialize, Serialize};

use crate::guard::sliding_log::Reservation;

/// What brought a report: a push or a pull, by the number that was drawn for it.
pub type BatchId = u64;

/// Which record of what mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordId {
    /// The mail.
    pub mail: BatchId,
    /// Which of its records, the first being 0.
    pub index: u32,
}

/// What is known of one text of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextStatus {
    /// Which text of its challenge it is of.
    pub index: u8,
    /// Its send, where that is known to be over.
    pub sent: Option<Reservation>,
    /// Who took it, where that is known.
    pub handed: Option<Submission>,
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
    pub watched: Option<u8>,
}

/// A report of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// What brought it.
    pub source: RecordId,
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
    Yes(Option<u8>),
    /// Nothing.
    No,
    /// It is of no text of ours, or of one that another account sent.
    Stranger,
}

impl TextStatus {
    /// The receipt of a text of which nothing is known.
    #[must_use]
    pub const fn of(index: u8) -> Self {
        Self { index, sent: None, handed: None, failed: None, delivered: None }
    }

    /// Takes a report: the first failure and the first delivery are news, in either order. What a record once told it tells
    /// again, since whoever read it may have been stopped before it was passed on: what it tells does not depend on what came in
    /// between.
    pub fn take(&mut self, reported: &DeliveryReport) -> StatusChange {
        let is_of = |handed: Submission| {
            let other_id = matches!((handed.id, reported.id), (Some(known), Some(told)) if known != told);
            handed.account == reported.account && !other_id
        };
        if !self.handed.is_none_or(is_of) {
            return StatusChange::Stranger;
        }
        // Each of several segments is reported: a failure of one is news even where another arrived before.
        let told = if reported.delivered { &mut self.delivered } else { &mut self.failed };
        let news = *told.get_or_insert(reported.source) == reported.source;
        if news { StatusChange::Yes(self.handed.and_then(|handed| handed.watched)) } else { StatusChange::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDED: Submission = Submission { account: 1, id: Some(5), watched: Some(2) };

    fn report(mail: BatchId, delivered: bool) -> DeliveryReport {
        DeliveryReport { source: RecordId { mail, index: 0 }, account: 1, id: None, delivered }
    }

    #[test]
    fn a_later_delivered_is_news_and_a_repeated_one_is_not() {
        let mut receipt = TextStatus { handed: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(receipt.take(&report(1, false)), StatusChange::Yes(Some(2)));
        assert_eq!(receipt.take(&report(2, false)), StatusChange::No);
        assert_eq!(receipt.take(&report(3, true)), StatusChange::Yes(Some(2)));
        assert_eq!(receipt.take(&report(4, true)), StatusChange::No);
        let twice = DeliveryReport { source: RecordId { mail: 1, index: 1 }, ..report(1, false) };
        assert_eq!(receipt.take(&twice), StatusChange::No, "nor within one mail");
        // What was read and not passed on is read again.
        assert_eq!(
            (receipt.take(&report(1, false)), receipt.take(&report(3, true))),
            (StatusChange::Yes(Some(2)), StatusChange::Yes(Some(2)))
        );
    }

    #[test]
    fn a_later_segments_failure_is_news_once_and_told_again_by_the_same_record() {
        let mut receipt = TextStatus { handed: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(receipt.take(&report(1, true)), StatusChange::Yes(Some(2)));
        assert_eq!(receipt.take(&report(2, false)), StatusChange::Yes(Some(2)));
        assert_eq!(
            (receipt.take(&report(3, false)), receipt.take(&report(4, true))),
            (StatusChange::No, StatusChange::No)
        );
        assert_eq!(receipt.take(&report(2, false)), StatusChange::Yes(Some(2)));
    }

    #[test]
    fn another_accounts_report_is_a_strangers() {
        let mut receipt = TextStatus { handed: Some(HANDED), ..TextStatus::of(0) };
        assert_eq!(receipt.take(&DeliveryReport { account: 2, ..report(1, true) }), StatusChange::Stranger);
        assert_eq!(receipt.take(&DeliveryReport { id: Some(6), ..report(1, true) }), StatusChange::Stranger);
        assert_eq!(receipt.take(&DeliveryReport { id: Some(5), ..report(1, true) }), StatusChange::Yes(Some(2)));
        // A report can be faster than the answer to the send.
        assert_eq!(TextStatus::of(0).take(&report(1, true)), StatusChange::Yes(None));
    }
}
