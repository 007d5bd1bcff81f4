//! Delivery reports and replies, as each vendor writes one: pulled or pushed, they are the same records.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::phone::Phone;
use crate::reason::{self, Told, Verdict};
use crate::search;
use crate::vendor::record_values::RecordValues;
use crate::wire::{beijing, blank};

/// A delivery report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportRecord {
    /// What the status says became of the text: `delivered`, `pending` and `reason` with all behind it tell it.
    #[serde(skip)]
    pub verdict: Verdict,
    /// The vendor's name.
    pub vendor: &'static str,
    /// The reference of the text; empty where the vendor gives none.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The vendor's id of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// E.164, or as the vendor masks it; empty where the vendor gives none.
    pub to: String,
    /// Whether the text arrived.
    pub delivered: bool,
    /// The vendor's own word.
    pub status: String,
    /// Whether the report is not final.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<bool>,
    /// Why the text did not arrive, see [`Told`], as all that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The other meaning of a code that has two.
    #[serde(rename = "otherReason", skip_serializing_if = "Option::is_none")]
    pub other_reason: Option<&'static str>,
    /// Whose list it is.
    #[serde(rename = "blockedBy", skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<&'static str>,
    /// When it can be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<&'static str>,
    /// Who can do something about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<&'static str>,
    /// ISO 8601, +08:00; absent where the vendor gave no time that is one.
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
    /// E.164, or as the vendor masks it.
    pub from: String,
    /// What the person wrote, with all its blanks.
    pub text: String,
    /// ISO 8601, +08:00; absent where the vendor gave no time that is one.
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

/// What a vendor tells of a text: what became of it, or what a person answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Inbound {
    /// What became of a text.
    Report(ReportRecord),
    /// What a person answered.
    Reply(ReplyRecord),
}

/// What a pull brought: records that were read, and the bytes of those that were not.
#[derive(Debug, Default, Serialize)]
pub struct PulledRecords {
    /// The records, all of one kind.
    pub items: Vec<Inbound>,
    /// Kept to the byte: the vendor has erased them. They leave as bytes, beside the items.
    #[serde(skip)]
    pub unparsed: Vec<Vec<u8>>,
}

impl PulledRecords {
    /// Takes a record, or where it was not read, its bytes.
    pub fn take(&mut self, read: Option<Inbound>, source: &[u8]) {
        match read {
            Some(item) => self.items.push(item),
            None => self.unparsed.push(source.to_vec()),
        }
    }
}

/// What a vendor calls the values of its reports and replies. An empty name is of a value that it does not tell.
pub(super) struct FieldNames {
    pub(super) vendor: &'static str,
    pub(super) id: &'static str,
    pub(super) reference: &'static str,
    pub(super) phone: &'static str,
    /// The first of them that is there counts.
    pub(super) statuses: [&'static str; 2],
    pub(super) text: &'static str,
    pub(super) reported_at: &'static str,
    pub(super) replied_at: &'static str,
    pub(super) ext: &'static str,
    /// The account at the vendor.
    pub(super) user: &'static str,
    /// Without these, it is no report.
    pub(super) required: &'static [&'static str],
    /// Whether a reference is letters and digits, so that no blank belongs to it.
    pub(super) bare_reference: bool,
    /// Whether numbers begin with their country code, with or without `+`.
    pub(super) country_first: bool,
    /// See [`crate::vendor::TextRules`].
    pub(super) delivered: &'static str,
}

impl FieldNames {
    /// Whether a value that a record cannot do without was spoilt on its way.
    pub(super) fn are_corrupted(&self, values: &RecordValues<'_>) -> bool {
        let Self { id, reference, phone, statuses: [first, second], text, .. } = self;
        [id, reference, phone, first, second, text].into_iter().any(|name| values.is_corrupted(name))
    }

    /// The status of a report. A reply has none.
    pub(super) fn status(&self, values: &RecordValues<'_>) -> Option<String> {
        self.statuses.iter().find_map(|name| values.word(name))
    }

    /// A delivery report. Nothing where it is none.
    pub(super) fn report(&self, values: &RecordValues<'_>) -> Option<ReportRecord> {
        let status = self.status(values)?;
        // A report without the reference that it had cannot be matched to its text.
        let is_whole = !self.are_corrupted(values) && self.required.iter().all(|name| values.word(name).is_some());
        let verdict = reason::read(&status, self.delivered);
        let Told { pending, reason, other_reason, blocked_by, retryable, actor } = verdict.told();
        is_whole.then(|| ReportRecord {
            verdict,
            vendor: self.vendor,
            reference: self.reference(values).unwrap_or_default(),
            id: values.word(self.id),
            to: self.phone(values),
            delivered: verdict == Verdict::Delivered,
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

    /// A person's reply. Nothing where it is none.
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

    /// In E.164 where it is a whole number; a masked one as it came.
    fn phone(&self, values: &RecordValues<'_>) -> String {
        let number = values.number(self.phone).unwrap_or_default();
        let international = ["+", &number].concat();
        let [first, second] = if self.country_first { [&international, &number] } else { [&number, &international] };
        let phone = Phone::parse(first).or_else(|_| Phone::parse(second));
        phone.map_or(number, |phone| phone.e164())
    }
}

/// ISO 8601; no time where the vendor gave none, or none that is one.
fn time(name: &str, values: &RecordValues<'_>) -> Option<String> {
    values.word(name).as_deref().and_then(beijing::iso)
}
