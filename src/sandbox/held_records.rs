//! Delivery reports of accepted texts, and persons' replies. A vendor holds both until a pull.

use std::collections::VecDeque;
use std::rc::Rc;

use super::DeliveredText;
use super::clock::beijing_time;
use serde_json::Value;

/// A delivery report or a reply, as the vendor stores it.
#[derive(Clone)]
pub(super) struct HeldRecord {
    pub(super) vendor: String,
    /// The id of the text, for a vendor that a caller defined; else empty.
    pub(super) id: String,
    pub(super) mobile: String,
    pub(super) reference: Rc<str>,
    /// The text of a reply; `None` for a report.
    pub(super) text: Option<String>,
    /// The status of a report.
    pub(super) status: String,
    /// Milliseconds since the Unix epoch.
    pub(super) time: i64,
}

impl HeldRecord {
    /// `0000-00-00 00:00:00`, Beijing's time. Most records are dropped before anybody reads it.
    pub(super) fn at(&self) -> String {
        beijing_time(self.time)
    }
}

/// Held until a pull, which erases them.
#[derive(Default)]
pub(super) struct HeldRecords(VecDeque<HeldRecord>);

/// The maximum number of records. Older ones are dropped.
const MAX_RECORDS: usize = 100_000;

impl HeldRecords {
    /// Adds the report of an accepted text: the sandbox delivers every text.
    pub(super) fn delivered(&mut self, vendor: &str, id: &str, delivery: &DeliveredText, now: i64) {
        self.push(HeldRecord {
            vendor: vendor.to_owned(),
            id: id.to_owned(),
            mobile: delivery.to.clone(),
            reference: Rc::clone(&delivery.reference),
            text: None,
            status: "DELIVRD".to_owned(),
            time: now,
        });
    }

    /// Reads `{vendor, from, text, ref?}`: a person's reply. `holds_replies` tells whether a vendor of this name holds
    /// replies until a pull.
    pub(super) fn reply(
        &mut self,
        body: &[u8],
        holds_replies: &dyn Fn(&str) -> bool,
        now: i64,
    ) -> Result<(), &'static str> {
        const USAGE: &str = "a reply is {vendor, from: 11 digits, text, ref?}, of a vendor that holds replies";
        let reply: Value = serde_json::from_slice(body).map_err(|_| USAGE)?;
        let text = |name: &str| reply.get(name).and_then(Value::as_str).map(str::to_owned);
        let vendor = text("vendor").filter(|name| holds_replies(name)).ok_or(USAGE)?;
        let mobile = text("from").filter(|number| super::is_mobile(number)).ok_or(USAGE)?;
        let text_of_reply = Some(text("text").ok_or(USAGE)?);
        let reference = text("ref").unwrap_or_default().into();
        let (id, status) = (String::new(), String::new());
        self.push(HeldRecord { vendor, id, mobile, reference, text: text_of_reply, status, time: now });
        Ok(())
    }

    /// Removes and returns at most `most` reports or replies of a vendor, the oldest first.
    pub(super) fn pull(&mut self, vendor: &str, replies: bool, max: usize) -> Vec<HeldRecord> {
        let mut pulled = Vec::new();
        self.0.retain(|receipt| {
            let is_due = receipt.vendor == vendor && receipt.text.is_some() == replies && pulled.len() < max;
            if is_due {
                pulled.push(receipt.clone());
            }
            !is_due
        });
        pulled
    }

    /// Removes the report on a text, which the vendor tells in another way.
    pub(super) fn remove_report(&mut self, vendor: &str, mobile: &str, reference: &str) {
        self.0.retain(|held| {
            let is_of_text = held.vendor == vendor && held.mobile == mobile && *held.reference == *reference;
            held.text.is_some() || !is_of_text
        });
    }

    fn push(&mut self, receipt: HeldRecord) {
        if self.0.len() >= MAX_RECORDS {
            self.0.pop_front();
        }
        self.0.push_back(receipt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pull_erases_only_the_returned_records() {
        let mut receipts = HeldRecords::default();
        for number in 0..25 {
            let to = format!("138{number:08}");
            let delivery = DeliveredText { to, text: Rc::default(), reference: Rc::default(), at: None };
            receipts.delivered("smsadmin", "", &delivery, 0);
        }
        receipts.reply(br#"{"vendor":"smsadmin","from":"13812345678","text":"TD"}"#, &|_| true, 0).unwrap();
        assert_eq!(receipts.pull("apiv1", false, 20).len(), 0);
        assert_eq!(receipts.pull("smsadmin", false, 20).len(), 20);
        assert_eq!(receipts.pull("smsadmin", false, 20)[0].mobile, "13800000020");
        assert_eq!(receipts.pull("smsadmin", false, 20).len(), 0);
        assert_eq!(receipts.pull("smsadmin", true, 20)[0].text.as_deref(), Some("TD"));
        assert!(receipts.reply(b"{}", &|_| true, 0).is_err());
    }

    #[test]
    fn pushed_report_is_not_pulled_too() {
        let mut receipts = HeldRecords::default();
        for reference in ["pushed", "held"] {
            let (to, reference) = ("13812345678".to_owned(), reference.into());
            receipts.delivered("smsadmin", "", &DeliveredText { to, text: Rc::default(), reference, at: None }, 0);
        }
        receipts.remove_report("smsadmin", "13812345678", "pushed");
        let left = receipts.pull("smsadmin", false, 20);
        assert_eq!(left.iter().map(|held| &*held.reference).collect::<Vec<_>>(), ["held"]);
    }
}
