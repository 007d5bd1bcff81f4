//! Reads records of a vendor's JSON and gives their fields plain English names: ids as text, numbers as numbers, times
//! with their offset.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::number;
use crate::vendor::endpoint::Asked;
use crate::wire::beijing;
use crate::wire::json::Json;
use crate::wire::json_writer::{Object, list};

/// One field of a record.
pub struct Field {
    /// The vendor's name of the field.
    pub theirs: &'static str,
    /// The name in JavaScript.
    pub ours: &'static str,
    /// The type of the value.
    pub form: Form,
}

/// The type of a field. A value of another type is left out of the record; the raw reply still has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text or a number, kept to the last digit; an empty one is left out.
    Text,
    /// As a whole number.
    Number,
    /// A boolean: 1 is true.
    Flag,
    /// A time, written as ISO 8601 with Beijing's offset.
    Time,
}

/// Reads one record.
///
/// # Errors
/// `bad_reply` where the value is no object, or lacks the first field of the table, its id.
pub fn one(value: &Json<'_>, table: &[Field]) -> Result<String, SmsError> {
    let record = item(value, table)?;
    if value.word_of(table[0].theirs).is_none() {
        return Err(SmsError::bad_reply(["the reply has a record without ", table[0].theirs].concat()));
    }
    Ok(record)
}

/// Reads one record of a list. Its id may be absent.
fn item(value: &Json<'_>, table: &[Field]) -> Result<String, SmsError> {
    if !value.is_object() {
        return Err(SmsError::bad_reply("the reply has something else where a record should be"));
    }
    let mut json = Object::new();
    for field in table {
        field.write(value, &mut json);
    }
    Ok(json.finish())
}

/// Reads a page of records: a list, or an object with `list`, the fields of `beside` and, at vendors that count,
/// `total`.
///
/// # Errors
/// `bad_reply` where there is no list, or a record in it cannot be read.
pub fn page(result: &Json<'_>, table: &[Field], beside: &[Field], asked: Asked) -> Result<String, SmsError> {
    let mut records = Vec::new();
    for value in items(result)? {
        records.push(item(value, table)?);
    }
    let total = result.whole_of("total");
    // The vendor may return shorter pages than the caller asked for, and reports the size.
    let counted = |name| result.whole_of(name).filter(|number| *number > 0);
    let page_size = counted("pagesize").or_else(|| counted("pageSize")).unwrap_or(asked.page_size);
    let more = match total {
        Some(total) => asked.page.saturating_mul(page_size) < total,
        // The reply has no total: there may be a next page until a page is empty.
        None => true,
    };
    let mut json = Object::new();
    json.json("items", &list(&records));
    json.number("page", asked.page);
    json.number("pageSize", page_size);
    if let Some(total) = total {
        json.number("total", total);
    }
    if more && !records.is_empty() {
        json.number("next", asked.page + 1);
    }
    for field in beside {
        field.write(result, &mut json);
    }
    Ok(json.finish())
}

/// The records of a list, or of the member `list` of an object.
///
/// # Errors
/// `bad_reply` where there is neither.
pub fn items<'a>(result: &'a Json<'a>) -> Result<&'a [Json<'a>], SmsError> {
    let list = result.list().or_else(|| result.member("list")?.list());
    list.ok_or_else(|| SmsError::bad_reply("the reply has no list"))
}

impl Field {
    fn write(&self, record: &Json<'_>, json: &mut Object) {
        let Some(text) = record.word_of(self.theirs) else { return };
        match self.form {
            Form::Text => json.text(self.ours, text),
            Form::Number => number::parse(text).map_or((), |number| json.number(self.ours, number)),
            Form::Flag => json.flag(self.ours, text == "1"),
            Form::Time => json.text_if(self.ours, beijing::iso(text).as_deref()),
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
