//! [`Receipt`]: what became of one text after it was handed over.

use serde::{Deserialize, Serialize};

use crate::guard::log::Reservation;

/// What brought a report: a push or a pull, by the number that was drawn for it.
pub type MailId = u64;

/// Which record of what mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The mail.
    pub mail: MailId,
    /// Which of its records, the first being 0.
    pub index: u32,
}

/// What is known of one text of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which text of its challenge it is of.
    pub index: u8,
    /// Its send, where that is known to be over.
    pub sent: Option<Reservation>,
    /// Who took it, where that is known.
    pub handed: Option<Handed>,
    /// What first reported that it did not arrive.
    failed: Option<Source>,
    /// What first reported that it arrived.
    delivered: Option<Source>,
}

/// To whom a text was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The account, by a hash of its name.
    pub account: u32,
    /// The vendor's own id of it, by a hash, where it gave one.
    pub id: Option<u32>,
    /// Where it counts for the order of accounts: the carrier of its number.
    pub watched: Option<u8>,
}

/// A report of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// What brought it.
    pub source: Source,
    /// The account whose vendor it is of, by a hash of its name.
    pub account: u32,
    /// The vendor's own id of the text, by a hash, where the report has one.
    pub id: Option<u32>,
    /// Whether the text arrived.
    pub delivered: bool,
}

/// What a report says that was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// This. Where the text counts for the order of accounts, the carrier of its number.
    Yes(Option<u8>),
    /// Nothing.
    No,
    /// It is of no text of ours, or of one that another account sent.
    Stranger,
}

impl Receipt {
    /// The receipt of a text of which nothing is known.
    #[must_use]
    pub const fn of(index: u8) -> Self {
        Self { index, sent: None, handed: None, failed: None, delivered: None }
    }

    /// Takes a report: the first failure and the first delivery are news, in either order. What a record once told it tells
    /// again, since whoever read it may have been stopped before it was passed on: what it tells does not depend on what came in
    /// between.
    pub fn take(&mut self, reported: &Reported) -> News {
        let is_of = |handed: Handed| {
            let other_id = matches!((handed.id, reported.id), (Some(known), Some(told)) if known != told);
            handed.account == reported.account && !other_id
        };
        if !self.handed.is_none_or(is_of) {
            return News::Stranger;
        }
        // Each of several segments is reported: a failure of one is news even where another arrived before.
        let told = if reported.delivered { &mut self.delivered } else { &mut self.failed };
        let news = *told.get_or_insert(reported.source) == reported.source;
        if news { News::Yes(self.handed.and_then(|handed| handed.watched)) } else { News::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDED: Handed = Handed { account: 1, id: Some(5), watched: Some(2) };

    fn report(mail: MailId, delivered: bool) -> Reported {
        Reported { source: Source { mail, index: 0 }, account: 1, id: None, delivered }
    }

    #[test]
    fn a_later_delivered_is_news_and_a_repeated_one_is_not() {
        let mut receipt = Receipt { handed: Some(HANDED), ..Receipt::of(0) };
        assert_eq!(receipt.take(&report(1, false)), News::Yes(Some(2)));
        assert_eq!(receipt.take(&report(2, false)), News::No);
        assert_eq!(receipt.take(&report(3, true)), News::Yes(Some(2)));
        assert_eq!(receipt.take(&report(4, true)), News::No);
        let twice = Reported { source: Source { mail: 1, index: 1 }, ..report(1, false) };
        assert_eq!(receipt.take(&twice), News::No, "nor within one mail");
        // What was read and not passed on is read again.
        assert_eq!(
            (receipt.take(&report(1, false)), receipt.take(&report(3, true))),
            (News::Yes(Some(2)), News::Yes(Some(2)))
        );
    }

    #[test]
    fn a_later_segments_failure_is_news_once_and_told_again_by_the_same_record() {
        let mut receipt = Receipt { handed: Some(HANDED), ..Receipt::of(0) };
        assert_eq!(receipt.take(&report(1, true)), News::Yes(Some(2)));
        assert_eq!(receipt.take(&report(2, false)), News::Yes(Some(2)));
        assert_eq!((receipt.take(&report(3, false)), receipt.take(&report(4, true))), (News::No, News::No));
        assert_eq!(receipt.take(&report(2, false)), News::Yes(Some(2)));
    }

    #[test]
    fn another_accounts_report_is_a_strangers() {
        let mut receipt = Receipt { handed: Some(HANDED), ..Receipt::of(0) };
        assert_eq!(receipt.take(&Reported { account: 2, ..report(1, true) }), News::Stranger);
        assert_eq!(receipt.take(&Reported { id: Some(6), ..report(1, true) }), News::Stranger);
        assert_eq!(receipt.take(&Reported { id: Some(5), ..report(1, true) }), News::Yes(Some(2)));
        // A report can be faster than the answer to the send.
        assert_eq!(Receipt::of(0).take(&report(1, true)), News::Yes(None));
    }
}
