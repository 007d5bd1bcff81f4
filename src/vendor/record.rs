//! [`VendorRecord`]: one object of a vendor's JSON. Its readers return ids as text, numbers as numbers, and times with
//! their offset. A value of another type is absent; the raw reply still has it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::error::SmsError;
use crate::vendor::answer::{AnswerCount, Items, Page};
use crate::vendor::endpoint::PageRequest;
use crate::wire::beijing;
use crate::wire::json::Json;

/// One object of a vendor's reply.
#[derive(Clone, Copy, Debug)]
pub struct VendorRecord<'a>(&'a Json<'a>);

impl<'a> VendorRecord<'a> {
    /// Wraps an object of a list.
    ///
    /// # Errors
    /// `bad_reply` where the value is no object.
    pub fn new(value: &'a Json<'a>) -> Result<Self, SmsError> {
        if value.is_object() {
            return Ok(Self(value));
        }
        Err(SmsError::bad_reply("the reply has something else where a record should be"))
    }

    /// Wraps an object with an id.
    ///
    /// # Errors
    /// `bad_reply` where the value is no object, or the id is absent.
    pub fn with_id(value: &'a Json<'a>, id: &str) -> Result<Self, SmsError> {
        let record = Self::new(value)?;
        if value.word_of(id).is_none() {
            return Err(SmsError::bad_reply(["the reply has a record without ", id].concat()));
        }
        Ok(record)
    }

    /// A text or a number, kept to the last digit; `None` for an empty one.
    #[must_use]
    pub fn text(self, name: &str) -> Option<String> {
        self.0.word_of(name).map(str::to_owned)
    }

    /// An object within the object.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Self> {
        self.0.member(name).map(Self)
    }

    /// A whole number.
    #[must_use]
    pub fn count(self, name: &str) -> Option<AnswerCount> {
        self.0.word_of(name).and_then(decimal::parse).map(AnswerCount)
    }

    /// A boolean: 1 is true.
    #[must_use]
    pub fn flag(self, name: &str) -> Option<bool> {
        self.0.word_of(name).map(|text| text == "1")
    }

    /// A time as ISO 8601 with Beijing's offset.
    #[must_use]
    pub fn time(self, name: &str) -> Option<String> {
        self.0.word_of(name).and_then(beijing::iso)
    }
}

/// Reads each record of a list.
///
/// # Errors
/// `bad_reply` where there is no list, or a record in it is no object.
pub fn each<T>(result: &Json<'_>, read: fn(VendorRecord<'_>) -> T) -> Result<Vec<T>, SmsError> {
    items(result)?.iter().map(|value| VendorRecord::new(value).map(read)).collect()
}

/// A page of records: a list, or an object with `list` and, at vendors that count, `total`.
#[must_use]
pub fn page(result: &Json<'_>, page: PageRequest, items: Items) -> Page {
    let is_empty = self::items(result).is_ok_and(<[_]>::is_empty);
    // The vendor may return shorter pages than the caller asked for, and reports the size.
    let counted = |name| result.whole_of(name).filter(|number| *number > 0);
    let page_size = counted("pagesize").or_else(|| counted("pageSize")).unwrap_or(page.page_size);
    page_of(PageRequest { page_size, ..page }, result.whole_of("total"), is_empty, items)
}

/// A page of records, with the number of all records at vendors that count them.
#[must_use]
pub fn page_of(PageRequest { page, page_size }: PageRequest, total: Option<i64>, is_empty: bool, items: Items) -> Page {
    let more = match total {
        Some(total) => page.saturating_mul(page_size) < total,
        // The reply has no total: there may be a next page until a page is empty.
        None => true,
    };
    Page {
        items,
        page: AnswerCount(page),
        page_size: AnswerCount(page_size),
        total: total.map(AnswerCount),
        next: (more && !is_empty).then_some(AnswerCount(page + 1)),
        account_id: None,
        account_total: None,
        account_used: None,
    }
}

/// The records of a list, or of the member `list` of an object.
///
/// # Errors
/// `bad_reply` where there is neither.
pub fn items<'a>(result: &'a Json<'a>) -> Result<&'a [Json<'a>], SmsError> {
    let list = result.list().or_else(|| result.member("list")?.list());
    list.ok_or_else(|| SmsError::bad_reply("the reply has no list"))
}
