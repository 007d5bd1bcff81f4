//! Delivery reports and replies. A vendor writes the same records in pulls and in pushes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::phone::Phone;
use crate::reason::{self, StatusDetails, StatusMeaning};
use crate::search;
use crate::vendor::record_values::RecordValues;
use crate::wire::{beijing, blank};

/// A delivery report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportRecord {
    /// What the status says became of the text: `delivered`, `pending` and `reason` with all behind it tell it.
    #[serde(skip)]
    pub verdict: StatusMeaning,
    /// The vendor's name.
    pub vendor: &'static str,
    /// The reference of the text; empty where the vendor gives none.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The vendor's id of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// E.164, or masked by the vendor; empty where the vendor gives none.
    pub to: String,
    /// Whether the text arrived.
    pub delivered: bool,
    /// The vendor's own status.
    pub status: String,
    /// Whether the report is not final.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<bool>,
    /// Why the text did not arrive, by [`reason`], as all that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The other meaning of a code that has two.
    #[serde(rename = "otherReason", skip_serializing_if = "Option::is_none")]
    pub other_reason: Option<&'static str>,
    /// Whose blocklist has the number: the person, the carrier or the platform.
    #[serde(rename = "blockedBy", skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<&'static str>,
    /// When it can be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<&'static str>,
    /// Who can resolve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<&'static str>,
    /// ISO 8601, +08:00; absent where the vendor's time is absent or malformed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The sub-code (子码, 扩展号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<String>,
    /// The account at the vendor (smsadmin's pushes, `SmsName`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// A person's reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplyRecord {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The reference of the text that it answers.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// E.164, or masked by the vendor.
    pub from: String,
    /// The person's text, with all its blanks.
    pub text: String,
    /// ISO 8601, +08:00; absent where the vendor's time is absent or malformed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The sub-code (子码, 扩展号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<String>,
    /// The account at the vendor (smsadmin's pushes, `SmsName`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether the vendor masked the number; absent where it did not.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub masked: bool,
}

/// A record about a text: its delivery report, or a person's reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Inbound {
    /// The delivery report of a text.
    Report(ReportRecord),
    /// A person's reply to a text.
    Reply(ReplyRecord),
}

/// The records of one pull: those that were read, and the bytes of those that were not.
#[derive(Debug, Default, Serialize)]
pub struct PulledRecords {
    /// The records, all of one kind.
    pub items: Vec<Inbound>,
    /// The bytes of the other records. The vendor has erased its copy. JavaScript receives them as bytes.
    #[serde(skip)]
    pub unparsed: Vec<Vec<u8>>,
}

impl PulledRecords {
    /// Adds a record, or its bytes if it could not be read.
    pub fn add(&mut self, read: Option<Inbound>, source: &[u8]) {
        match read {
            Some(item) => self.items.push(item),
            None => self.unparsed.push(source.to_vec()),
        }
    }
}

/// The vendor's field names in reports and replies. A field that the vendor does not have is the empty name.
pub(super) struct FieldNames {
    pub(super) vendor: &'static str,
    pub(super) id: &'static str,
    pub(super) reference: &'static str,
    pub(super) phone: &'static str,
    /// The fields of the status. The first one present counts.
    pub(super) statuses: [&'static str; 2],
    pub(super) text: &'static str,
    pub(super) reported_at: &'static str,
    pub(super) replied_at: &'static str,
    pub(super) ext: &'static str,
    /// The field that names the account at the vendor.
    pub(super) user: &'static str,
    /// The fields that a report must have.
    pub(super) required: &'static [&'static str],
    /// Whether a reference has only letters and digits, so that blanks in it are removed.
    pub(super) bare_reference: bool,
    /// Whether phone numbers begin with their country code, with or without `+`.
    pub(super) country_first: bool,
    /// See [`crate::vendor::TextRules`].
    pub(super) delivered: &'static str,
}

impl FieldNames {
    /// Whether a required value of the record was damaged in transit: see [`RecordValues::is_corrupted`].
    pub(super) fn are_corrupted(&self, values: &RecordValues<'_>) -> bool {
        let Self { id, reference, phone, statuses: [first, second], text, .. } = self;
        [id, reference, phone, first, second, text].into_iter().any(|name| values.is_corrupted(name))
    }

    /// The status of a report. A reply has none.
    pub(super) fn status(&self, values: &RecordValues<'_>) -> Option<String> {
        self.statuses.iter().find_map(|name| values.word(name))
    }

    /// A report or a reply: a report has a status, a reply a text.
    pub(super) fn inbound(&self, values: &RecordValues<'_>) -> Option<Inbound> {
        match self.status(values) {
            Some(_) => self.report(values).map(Inbound::Report),
            None => self.reply(values).map(Inbound::Reply),
        }
    }

    /// A delivery report; `None` for a record that is not a complete one.
    pub(super) fn report(&self, values: &RecordValues<'_>) -> Option<ReportRecord> {
        let status = self.status(values)?;
        // A report whose reference was damaged cannot be matched to its text.
        let is_whole = !self.are_corrupted(values) && self.required.iter().all(|name| values.word(name).is_some());
        let verdict = reason::read(&status, self.delivered);
        let StatusDetails { pending, reason, other_reason, blocked_by, retryable, actor } = verdict.details();
        is_whole.then(|| ReportRecord {
            verdict,
            vendor: self.vendor,
            reference: self.reference(values).unwrap_or_default(),
            id: values.word(self.id),
            to: self.phone(values),
            delivered: verdict == StatusMeaning::Delivered,
            status,
            pending,
            reason,
            other_reason,
            blocked_by,
            retryable,
            actor,
            at: time(self.reported_at, values),
            ext: values.word(self.ext),
            user: values.word(self.user),
        })
    }

    /// A person's reply; `None` for a record that is not one.
    pub(super) fn reply(&self, values: &RecordValues<'_>) -> Option<ReplyRecord> {
        let text = values.text(self.text)?;
        let from = Some(self.phone(values)).filter(|from| !from.is_empty())?;
        Some(ReplyRecord {
            vendor: self.vendor,
            reference: self.reference(values),
            masked: search::contains(&from, "*"),
            from,
            text,
            at: time(self.replied_at, values),
            ext: values.word(self.ext),
            user: values.word(self.user),
        })
    }

    fn reference(&self, values: &RecordValues<'_>) -> Option<String> {
        let reference = values.word(self.reference)?;
        Some(if self.bare_reference { blank::removed(&reference) } else { reference })
    }

    /// A complete number in E.164; a masked number as it came.
    fn phone(&self, values: &RecordValues<'_>) -> String {
        let number = values.number(self.phone).unwrap_or_default();
        let international = ["+", &number].concat();
        let [first, second] = if self.country_first { [&international, &number] } else { [&number, &international] };
        let phone = Phone::parse(first).or_else(|_| Phone::parse(second));
        phone.map_or(number, |phone| phone.e164())
    }
}

/// ISO 8601; `None` where the vendor's time is absent or malformed.
fn time(name: &str, values: &RecordValues<'_>) -> Option<String> {
    values.word(name).as_deref().and_then(beijing::iso)
}
