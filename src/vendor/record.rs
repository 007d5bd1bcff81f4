//! Records of a vendor's JSON, put into plain English names: ids as text, numbers as numbers, times with their offset.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::error::SmsError;
use crate::vendor::endpoint::PageRequest;
use crate::wire::beijing;
use crate::wire::json::Json;
use crate::wire::json_writer::{Object, list};

/// One field of a record.
pub struct Field {
    /// The vendor's name.
    pub theirs: &'static str,
    /// The name in JavaScript.
    pub ours: &'static str,
    /// How it is read.
    pub form: FieldKind,
}

/// How a field is read. What cannot be read so is left out; the raw reply still has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// As text, to the last digit; empty is left out.
    Text,
    /// As a whole number.
    Number,
    /// 1 is true.
    Flag,
    /// As ISO 8601 in Beijing's time.
    Time,
}

/// One record.
///
/// # Errors
/// `bad_reply` where the value is no object, or the first field of the table, its id, is absent.
pub fn one(value: &Json<'_>, table: &[Field]) -> Result<String, SmsError> {
    let record = item(value, table)?;
    if value.word_of(table[0].theirs).is_none() {
        return Err(SmsError::bad_reply(["the reply has a record without ", table[0].theirs].concat()));
    }
    Ok(record)
}

/// One record of a list, its id there or not.
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

/// A page of records: a list, or an object with `list`, the fields of `beside` and, where the vendor counts, `total`.
///
/// # Errors
/// `bad_reply` where there is no list, or a record in it cannot be read.
pub fn page(result: &Json<'_>, table: &[Field], beside: &[Field], page: PageRequest) -> Result<String, SmsError> {
    let mut records = Vec::new();
    for value in items(result)? {
        records.push(item(value, table)?);
    }
    let total = result.whole_of("total");
    // The vendor may give shorter pages than it was asked for, and says so.
    let counted = |name| result.whole_of(name).filter(|number| *number > 0);
    let page_size = counted("pagesize").or_else(|| counted("pageSize")).unwrap_or(page.page_size);
    let more = match total {
        Some(total) => page.page.saturating_mul(page_size) < total,
        // Nobody says how many there are: on, until a page is empty.
        None => true,
    };
    let mut json = Object::new();
    json.json("items", &list(&records));
    json.number("page", page.page);
    json.number("pageSize", page_size);
    if let Some(total) = total {
        json.number("total", total);
    }
    if more && !records.is_empty() {
        json.number("next", page.page + 1);
    }
    for field in beside {
        field.write(result, &mut json);
    }
    Ok(json.finish())
}

/// The records of a list, or of an object's `list`.
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
            FieldKind::Text => json.text(self.ours, text),
            FieldKind::Number => decimal::parse(text).map_or((), |number| json.number(self.ours, number)),
            FieldKind::Flag => json.flag(self.ours, text == "1"),
            FieldKind::Time => json.text_if(self.ours, beijing::iso(text).as_deref()),
        }
    }
}

/// A field kept as text.
#[must_use]
pub const fn text(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: FieldKind::Text }
}

/// A field that is a number.
#[must_use]
pub const fn count(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: FieldKind::Number }
}

/// A field that is true or false.
#[must_use]
pub const fn flag(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: FieldKind::Flag }
}

/// A field that is a time.
#[must_use]
pub const fn time(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, form: FieldKind::Time }
}
