//! Delivery reports and replies, as each vendor writes one: pulled or pushed, they are the same records.

use alloc::string::String;
use alloc::vec::Vec;

use crate::phone::Phone;
use crate::reason::{self, Verdict};
use crate::search;
use crate::vendor::values::Values;
use crate::wire::json_writer::{Object, list};
use crate::wire::{beijing, blank, percent};

/// What a pull or a push brought: records that were read, as JSON, and the bytes of those that were not.
#[derive(Default)]
pub struct Pulled {
    /// JSON, a record each.
    pub items: Vec<String>,
    /// Kept to the byte: the vendor has erased them, or pushes them once.
    pub unparsed: Vec<Vec<u8>>,
}

impl Pulled {
    /// Takes a record, or where it was not read, its bytes.
    pub fn take(&mut self, read: Option<String>, source: &[u8]) {
        match read {
            Some(item) => self.items.push(item),
            None => self.unparsed.push(source.to_vec()),
        }
    }

    /// `{items, unparsed}`, the bytes as percent-encoded text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.json("items", &list(&self.items));
        json.json("unparsed", &unparsed(&self.unparsed));
        json.finish()
    }
}

/// Bytes that are no text, as JSON: a list of percent-encoded strings.
#[must_use]
pub fn unparsed(records: &[Vec<u8>]) -> String {
    crate::wire::json_writer::texts(records.iter().map(|bytes| percent::encode_text(bytes)))
}

/// What a vendor calls the values of its reports and replies. An empty name is of a value that it does not tell.
pub(super) struct Names {
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
    pub(super) needs: &'static [&'static str],
    /// Whether a reference is letters and digits, so that no blank belongs to it.
    pub(super) bare_reference: bool,
    /// Whether numbers begin with their country code, with or without `+`.
    pub(super) country_first: bool,
}

impl Names {
    /// Whether a value that a record cannot do without was spoilt on its way.
    pub(super) fn are_spoilt(&self, values: &Values<'_>) -> bool {
        let Self { id, reference, phone, statuses: [first, second], text, .. } = self;
        [id, reference, phone, first, second, text].into_iter().any(|name| values.is_spoilt(name))
    }

    /// The status of a report. A reply has none.
    pub(super) fn status(&self, values: &Values<'_>) -> Option<String> {
        self.statuses.iter().find_map(|name| values.word(name))
    }

    /// A delivery report, as JSON. Nothing where it is none.
    pub(super) fn report(&self, values: &Values<'_>) -> Option<String> {
        let status = self.status(values)?;
        // Of a report without the reference that it had, nobody can say whose it is.
        let is_whole = !self.are_spoilt(values) && self.needs.iter().all(|name| values.word(name).is_some());
        is_whole.then(|| {
            let mut json = self.begin();
            json.text("ref", &self.reference(values).unwrap_or_default());
            json.text_if("id", values.word(self.id).as_deref());
            json.text("to", &self.phone(values));
            let verdict = reason::read(self.vendor, &status);
            json.flag("delivered", verdict == Verdict::Delivered);
            json.text("status", &status);
            verdict.write(&mut json);
            self.end(&mut json, self.reported_at, values);
            json.finish()
        })
    }

    /// A person's reply, as JSON. Nothing where it is none.
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

    /// In E.164 where it is a whole number; a masked one as it came.
    fn phone(&self, values: &Values<'_>) -> String {
        let number = values.number(self.phone).unwrap_or_default();
        let international = ["+", &number].concat();
        let [first, second] = if self.country_first { [&international, &number] } else { [&number, &international] };
        let phone = Phone::parse(first).or_else(|_| Phone::parse(second));
        phone.map_or(number, |phone| phone.e164())
    }

    /// What reports and replies end with. ISO 8601; no time where the vendor gave none, or none that is one.
    fn end(&self, json: &mut Object, at: &str, values: &Values<'_>) {
        json.text_if("at", values.word(at).as_deref().and_then(beijing::iso).as_deref());
        json.text_if("ext", values.word(self.ext).as_deref());
        json.text_if("user", values.word(self.user).as_deref());
    }
}
