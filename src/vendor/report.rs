//! Delivery reports and replies. A vendor writes the same records in pulls and in pushes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::phone::Phone;
use crate::search;
use crate::vendor::values::Values;
use crate::wire::json_writer::{Object, list};
use crate::wire::{beijing, blank, percent};

/// The records of one pull or push: those that were read, and the bytes of those that were not.
#[derive(Default)]
pub struct Pulled {
    /// The records that were read, as JSON.
    pub items: Vec<String>,
    /// The bytes of the other records. The vendor has erased them, or pushes them only once.
    pub unparsed: Vec<Vec<u8>>,
}

impl Pulled {
    /// Adds a record, or its bytes if it could not be read.
    pub fn take(&mut self, read: Option<String>, source: &[u8]) {
        match read {
            Some(item) => self.items.push(item),
            None => self.unparsed.push(source.to_vec()),
        }
    }

    /// `{items, unparsed}`; the bytes of `unparsed` as percent-encoded text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.json("items", &list(&self.items));
        json.json("unparsed", &unparsed(&self.unparsed));
        json.finish()
    }
}

/// Writes bytes that may be no text as JSON: a list of percent-encoded strings.
#[must_use]
pub fn unparsed(records: &[Vec<u8>]) -> String {
    crate::wire::json_writer::texts(records.iter().map(|bytes| percent::encode_text(bytes)))
}

/// The vendor's field names in reports and replies. A field that the vendor does not have is the empty name.
pub(super) struct Names {
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
    pub(super) needs: &'static [&'static str],
    /// Whether a reference has only letters and digits, so that blanks in it are removed.
    pub(super) bare_reference: bool,
    /// Whether phone numbers begin with their country code, with or without `+`.
    pub(super) country_first: bool,
}

impl Names {
    /// Whether a required value of the record was damaged in transit: see [`Values::is_spoilt`].
    pub(super) fn are_spoilt(&self, values: &Values<'_>) -> bool {
        let Self { id, reference, phone, statuses: [first, second], text, .. } = self;
        [id, reference, phone, first, second, text].into_iter().any(|name| values.is_spoilt(name))
    }

    /// The status of a report. A reply has none.
    pub(super) fn status(&self, values: &Values<'_>) -> Option<String> {
        self.statuses.iter().find_map(|name| values.word(name))
    }

    /// A delivery report as JSON; `None` for a record that is not a complete one.
    pub(super) fn report(&self, values: &Values<'_>) -> Option<String> {
        let status = self.status(values)?;
        // A report whose reference was damaged cannot be matched to its text.
        let is_whole = !self.are_spoilt(values) && self.needs.iter().all(|name| values.word(name).is_some());
        is_whole.then(|| {
            let mut json = self.begin();
            json.text("ref", &self.reference(values).unwrap_or_default());
            json.text_if("id", values.word(self.id).as_deref());
            json.text("to", &self.phone(values));
            json.flag("delivered", is_delivered(&status));
            json.text("status", &status);
            self.end(&mut json, self.reported_at, values);
            json.finish()
        })
    }

    /// A person's reply as JSON; `None` for a record that is not one.
    pub(super) fn reply(&self, values: &Values<'_>) -> Option<String> {
        let text = values.text(self.text)?;
        let from = Some(self.phone(values)).filter(|from| !from.is_empty())?;
        let mut json = self.begin();
        json.text_if("ref", self.reference(values).as_deref());
        json.text("from", &from);
        json.text("text", &text);
        self.end(&mut json, self.replied_at, values);
        if search::contains(&from, "*") {
            json.flag("masked", true);
        }
        Some(json.finish())
    }

    fn begin(&self) -> Object {
        let mut json = Object::new();
        json.text("vendor", self.vendor);
        json
    }

    fn reference(&self, values: &Values<'_>) -> Option<String> {
        let reference = values.word(self.reference)?;
        Some(if self.bare_reference { blank::removed(&reference) } else { reference })
    }

    /// A complete number in E.164; a masked number as it came.
    fn phone(&self, values: &Values<'_>) -> String {
        let number = values.number(self.phone).unwrap_or_default();
        let international = ["+", &number].concat();
        let [first, second] = if self.country_first { [&international, &number] } else { [&number, &international] };
        let phone = Phone::parse(first).or_else(|_| Phone::parse(second));
        phone.map_or(number, |phone| phone.e164())
    }

    /// Appends the fields that reports and replies both end with. `at` is ISO 8601, and is left out where the vendor's
    /// time is absent or malformed.
    fn end(&self, json: &mut Object, at: &str, values: &Values<'_>) {
        json.text_if("at", values.word(at).as_deref().and_then(beijing::iso).as_deref());
        json.text_if("ext", values.word(self.ext).as_deref());
        json.text_if("user", values.word(self.user).as_deref());
    }
}

/// Whether a status means delivered. `DELIVRD` is the status of SMPP. apiv1 writes `DELIVER` in a pull
/// (docs/vendors.md, apiv1), and gateways in front of any vendor write `DELIVERED`, in any case.
fn is_delivered(status: &str) -> bool {
    ["DELIVRD", "DELIVER", "DELIVERED"].iter().any(|word| status.eq_ignore_ascii_case(word))
}
