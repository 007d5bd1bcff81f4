//! Numbers and prefixes of numbers in the lists `allow` and `deny`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::written_number::WrittenNumber;

/// A number, or a prefix of numbers if the entry ends in `*`.
#[derive(Debug)]
pub(super) struct Pattern {
    digits: String,
    is_prefix: bool,
}

impl Pattern {
    /// Whether it matches a number.
    pub(super) fn is_of(&self, phone: Phone) -> bool {
        if self.is_prefix { phone.digits().starts_with(&self.digits) } else { phone.digits() == self.digits }
    }

    /// Whether it is a single number, and no prefix.
    pub(super) const fn is_number(&self) -> bool {
        !self.is_prefix
    }

    /// Whether it is a prefix of numbers outside the mainland.
    pub(super) fn begins_abroad(&self) -> bool {
        self.is_prefix && !self.digits.starts_with("86")
    }

    /// For an entry outside the mainland, numbers that it matches, in E.164: the number itself; or, for a prefix,
    /// enough numbers that at least one is in its country's plan, if any number with this prefix is.
    pub(super) fn numbers_abroad(&self) -> Vec<String> {
        if self.digits.starts_with("86") {
            return Vec::new();
        }
        if self.is_number() {
            return Vec::from([["+", &self.digits].concat()]);
        }
        // Numbering plans differ by length and by the digits that follow the prefix.
        let mut numbers = Vec::new();
        for length in self.digits.len().max(7)..=15 {
            let rest = length - self.digits.len();
            for from in 0..=FILL_DIGITS.len() - rest {
                numbers.push(["+", &self.digits, &FILL_DIGITS[from..from + rest]].concat());
            }
        }
        numbers
    }

    /// Whether any number can match, as far as every country's plan goes: no country code begins with a zero, and
    /// mainland numbers have 11 digits and begin with 13 to 19.
    fn is_possible(&self) -> bool {
        if !self.is_prefix {
            return true;
        }
        match self.digits.strip_prefix("86").map(str::as_bytes) {
            Some([b'1', b'3'..=b'9', ..] | [b'1'] | []) => self.digits.len() <= 13,
            Some(_) => false,
            None => !self.digits.starts_with('0') && self.digits.len() <= 15,
        }
    }
}

/// Parts of these digits are appended to a prefix: if a plan has numbers with the prefix, some part completes one.
const FILL_DIGITS: &str = "212345678901234567895559420888403901277777722222301952000000123456";

/// Reads the entries of a list.
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
        digits.map(|digits| Pattern { digits, is_prefix }).filter(Pattern::is_possible)
    };
    let patterns = fields.texts(name)?.unwrap_or_default().into_iter().map(read).collect::<Option<_>>();
    patterns.ok_or_else(|| {
        fields.wrong(name, format!("{name} lists numbers (+8613812345678) and what numbers begin with (+86170*)"))
    })
}

/// The digits of a prefix, country code first.
fn international_digits(written: &str) -> Option<String> {
    let number = WrittenNumber::read(written).ok().filter(|number| number.is_international)?;
    String::from_utf8(number.digits).ok().filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn read(written: &str) -> Option<Vec<Pattern>> {
        let json = options::parse(written, "options").unwrap();
        patterns(&Fields::new(&json, "", "options").unwrap(), "deny").ok()
    }

    fn one(written: &str) -> Option<Pattern> {
        read(&format!(r#"{{"deny":["{written}"]}}"#))?.pop()
    }

    #[test]
    fn prefix_without_numbers_is_rejected() {
        for written in [
            "+860*",
            "+8601*",
            "+860138*",
            "+86 (010)*",
            "+8612*",
            "+8621*",
            "+86852*",
            "+861381234567890*",
            "+0*",
            "+0049170*",
            "+1234567890123456*",
            "+*",
            "*",
            "138*",
        ] {
            assert!(one(written).is_none(), "{written}");
        }
        for written in ["+86*", "+861*", "+8613*", "+86 170*", "+8613812345678*", "+1*", "+852*", "+49 170*", "+39 06*"]
        {
            assert!(one(written).is_some(), "{written}");
        }
    }

    #[test]
    fn foreign_prefix_is_sampled_at_every_length() {
        let numbers = one("+49 0170*").unwrap().numbers_abroad();
        for length in 7..=15 {
            assert!(numbers.iter().any(|number| number.len() == length + 1), "{length}");
        }
        assert!(numbers.iter().all(|number| number.starts_with("+490170") && Phone::parse(number).is_ok()));
        assert_eq!(one("+491701234567").unwrap().numbers_abroad(), ["+491701234567"]);
        let whole = one("+123456789012345*").unwrap().numbers_abroad();
        assert!(!whole.is_empty() && whole.iter().all(|number| number == "+123456789012345"));
        for mainland in ["+86170*", "13812345678"] {
            assert!(one(mainland).unwrap().numbers_abroad().is_empty(), "{mainland}");
        }
    }
}
