//! Records of a vendor's JSON, put into plain English names: ids as text, numbers as numbers, times with their offset.

use nojson::{JsonValueKind, RawJsonValue};

use crate::error::SmsError;
use crate::vendor::endpoint::Asked;
use crate::wire::{beijing, json};

/// One field of a record.
pub struct Field {
    /// The vendor's name.
    pub theirs: &'static str,
    /// The name in JavaScript.
    pub ours: &'static str,
    /// How it is read.
    pub form: Form,
}

/// How a field is read. What cannot be read so is left out; the raw reply still has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As text, to the last digit; empty is left out.
    Text,
    /// As a whole number.
    Number,
    /// 1 is true.
    Flag,
    /// As ISO 8601 in Beijing's time.
    Time,
}

/// One record: the first of the names that holds something is taken, so that two vendors' names can share a table.
///
/// # Errors
/// `bad_reply` where the value is no object, or the first field of the table, its id, is absent.
pub fn one(value: RawJsonValue<'_, '_>, table: &[Field]) -> Result<String, SmsError> {
    if value.kind() != JsonValueKind::Object {
        return Err(SmsError::bad_reply("the reply has something else where a record should be"));
    }
    if json::text_of(value, table[0].theirs).is_none_or(|id| id.is_empty()) {
        return Err(SmsError::bad_reply(format!("the reply has a record without {}", table[0].theirs)));
    }
    item(value, table)
}

/// One record of a list, its id there or not.
fn item(value: RawJsonValue<'_, '_>, table: &[Field]) -> Result<String, SmsError> {
    if value.kind() != JsonValueKind::Object {
        return Err(SmsError::bad_reply("the reply has something else where a record should be"));
    }
    Ok(nojson::object(|f| table.iter().try_for_each(|field| field.write(value, f))).to_string())
}

/// A page of records: a list, or an object with `list` and, where the vendor counts, `total`.
///
/// # Errors
/// `bad_reply` where there is no list, or a record in it cannot be read.
pub fn page(result: RawJsonValue<'_, '_>, table: &[Field], asked: Asked) -> Result<String, SmsError> {
    let items = items(result)?.map(|value| item(value, table)).collect::<Result<Vec<_>, _>>()?;
    let counted = |name| json::member(result, name).and_then(number).filter(|number| *number > 0);
    let total = json::member(result, "total").and_then(number);
    // The vendor may give shorter pages than it was asked for, and says so.
    let page_size = counted("pagesize").or_else(|| counted("pageSize")).unwrap_or(asked.page_size);
    let more = match total {
        Some(total) => asked.page.saturating_mul(page_size) < total,
        // Nobody says how many there are: on, until a page is empty.
        None => true,
    };
    let page = nojson::object(|f| {
        f.member("page", asked.page)?;
        f.member("pageSize", page_size)?;
        if let Some(total) = total {
            f.member("total", total)?;
        }
        if more && !items.is_empty() { f.member("next", asked.page + 1) } else { Ok(()) }
    });
    // The records are JSON already.
    let page = page.to_string();
    Ok(format!("{{\"items\":[{}],{}", items.join(","), &page[1..]))
}

/// The records of a list, or of an object's `list`.
///
/// # Errors
/// `bad_reply` where there is neither.
pub fn items<'text, 'raw>(
    result: RawJsonValue<'text, 'raw>,
) -> Result<impl Iterator<Item = RawJsonValue<'text, 'raw>>, SmsError> {
    let list = if result.kind() == JsonValueKind::Array { Some(result) } else { json::member(result, "list") };
    list.and_then(|list| list.to_array().ok()).ok_or_else(|| SmsError::bad_reply("the reply has no list"))
}

/// A whole number, written as such or as text.
#[must_use]
pub fn number(value: RawJsonValue<'_, '_>) -> Option<i64> {
    json::text(value)?.trim().parse().ok()
}

impl Field {
    fn write(&self, record: RawJsonValue<'_, '_>, f: &mut nojson::JsonObjectFormatter<'_, '_, '_>) -> std::fmt::Result {
        let Some(text) = json::text_of(record, self.theirs).filter(|text| !text.is_empty()) else { return Ok(()) };
        match self.form {
            Form::Text => f.member(self.ours, text),
            Form::Number => text.trim().parse::<i64>().map_or(Ok(()), |number| f.member(self.ours, number)),
            Form::Flag => f.member(self.ours, text == "1"),
            Form::Time => beijing::iso(&text).map_or(Ok(()), |time| f.member(self.ours, time)),
        }
    }
}

/// A field kept as text.
#[must_use]
pub const fn text(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: Form::Text }
}

/// A field that is a number.
#[must_use]
pub const fn count(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: Form::Number }
}

/// A field that is true or false.
#[must_use]
pub const fn flag(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: Form::Flag }
}

/// A field that is a time.
#[must_use]
pub const fn time(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: Form::Time }
}
