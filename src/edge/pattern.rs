//! Numbers, and what numbers begin with, in the lists of those that are sent to and those that are not.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::written_number::WrittenNumber;

/// A number, or where it ends in `*`, all that begin so.
#[derive(Debug)]
pub(super) struct Pattern {
    digits: String,
    is_prefix: bool,
}

impl Pattern {
    /// Whether a number is one of these.
    pub(super) fn is_of(&self, phone: Phone) -> bool {
        if self.is_prefix { phone.digits().starts_with(&self.digits) } else { phone.digits() == self.digits }
    }

    /// Whether it is one number, and not what numbers begin with.
    pub(super) const fn is_number(&self) -> bool {
        !self.is_prefix
    }

    /// Whether it is what numbers of other countries begin with.
    pub(super) fn begins_abroad(&self) -> bool {
        self.is_prefix && !self.digits.starts_with("86")
    }

    /// The one number that it is, in E.164, where that is of another country.
    pub(super) fn number_abroad(&self) -> Option<String> {
        (self.is_number() && !self.digits.starts_with("86")).then(|| ["+", &self.digits].concat())
    }
}

/// The numbers and beginnings of a list.
///
/// # Errors
/// `invalid_argument` naming the list.
pub(super) fn patterns(fields: &Fields<'_>, name: &str) -> Result<Vec<Pattern>, SmsError> {
    let read = |text: &str| {
        let (written, is_prefix) = text.strip_suffix('*').map_or((text, false), |begins| (begins, true));
        let digits = match Phone::parse(written) {
            Ok(phone) => Some(phone.digits()),
            Err(_) if is_prefix => international_digits(written),
            Err(_) => None,
        };
        digits.map(|digits| Pattern { digits, is_prefix })
    };
    let patterns = fields.texts(name)?.unwrap_or_default().into_iter().map(read).collect::<Option<_>>();
    patterns.ok_or_else(|| {
        fields.wrong(name, format!("{name} lists numbers (+8613812345678) and what numbers begin with (+86170*)"))
    })
}

/// The digits of the beginning of a number, country code first.
fn international_digits(written: &str) -> Option<String> {
    let number = WrittenNumber::read(written).ok().filter(|number| number.is_international)?;
    String::from_utf8(number.digits).ok().filter(|digits| !digits.is_empty())
}
