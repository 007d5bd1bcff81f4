//! [`Phone`]: a number that a text can be sent to.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use xinshi_bytes::{length, pack, unpack, unpack_mainland};

use crate::error::{Code, SmsError};

/// A phone number in E.164 without its `+`: country code first, 7 to 15 digits. `Debug` and `Display` are masked.
///
/// Four bits a digit: none begins with a zero, so that no two are alike, and a bulk has them by the thousand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Phone(u64);

/// 国家代码 of the mainland.
const MAINLAND: u64 = 0x86;

impl Phone {
    /// Reads E.164 (`+8613812345678`) or an 11-digit mainland number (`13812345678`).
    ///
    /// Strict on purpose: blanks, hyphens, full-width and other Unicode digits are refused, since each vendor would read
    /// them in its own way.
    ///
    /// # Errors
    /// [`Code::Number`] for anything else.
    pub fn parse(number: &str) -> Result<Self, SmsError> {
        let (country, rest) = match number.as_bytes() {
            [b'+', international @ ..] => (0, international),
            number => (MAINLAND, number),
        };
        pack(country, rest).filter(|packed| is_well_formed(*packed)).map(Self).ok_or_else(malformed)
    }

    /// `+8613812345678`.
    #[must_use]
    pub fn e164(&self) -> String {
        ["+", &self.digits()].concat()
    }

    /// `8613812345678`: country code first, no `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.last(length(self.0))
    }

    /// The phone whose [`Phone::key`] this is.
    #[must_use]
    pub fn from_key(key: u64) -> Option<Self> {
        Self::parse(&Self(key).e164()).ok().filter(|phone| phone.0 == key)
    }

    /// The same of a key that a phone gave.
    pub(crate) const fn keyed(key: u64) -> Self {
        Self(key)
    }

    /// A number for this phone and no other.
    #[must_use]
    pub const fn key(&self) -> u64 {
        self.0
    }

    /// `138****5678`, or for other countries the same shape around the last four digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.mainland().unwrap_or_else(|| self.digits());
        [&digits[..3], "****", &digits[digits.len() - 4..]].concat()
    }

    /// Whether it is a mainland number.
    #[must_use]
    pub const fn is_mainland(&self) -> bool {
        self.0 >> (4 * MAINLAND_DIGITS) == MAINLAND
    }

    /// Appends the 11 digits of a mainland number and a separator.
    pub fn append_mainland(&self, out: &mut Vec<u8>, separator: u8) {
        unpack_mainland(out, self.0, separator);
    }

    /// The 11 digits of a mainland number, or nothing for any other country.
    #[must_use]
    pub fn mainland(&self) -> Option<String> {
        self.is_mainland().then(|| self.last(MAINLAND_DIGITS))
    }

    fn last(self, digits: usize) -> String {
        let mut text = Vec::with_capacity(digits);
        unpack(&mut text, self.0, digits);
        // They are ASCII.
        String::from_utf8(text).unwrap_or_default()
    }
}

/// See [`Phone::masked`].
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Mainland mobile numbers have 11 digits.
const MAINLAND_DIGITS: usize = 11;

/// Seven digits at least; of the mainland's 11, the first is a 1 and the second not 0, 1 or 2.
const fn is_well_formed(packed: u64) -> bool {
    let length = length(packed);
    if length < 7 || packed >> (4 * (length - 2)) != MAINLAND {
        return length >= 7;
    }
    length == MAINLAND_DIGITS + 2 && (packed >> 40) & 15 == 1 && (packed >> 36) & 15 >= 3
}

fn malformed() -> SmsError {
    SmsError::refused(
        Code::Number,
        "the number is neither E.164 (+8613812345678) nor an 11-digit mainland mobile number (13812345678)",
    )
    .field("to")
}

#[cfg(test)]
mod tests {
    use xinshi_bytes::Places;

    use super::*;

    #[test]
    fn reads_both_forms() {
        assert_eq!(Phone::parse("13812345678").unwrap(), Phone::parse("+8613812345678").unwrap());
        assert_eq!(Phone::parse("+14155550123").unwrap().mainland(), None);
        assert_eq!(Phone::parse("+8613812345678").unwrap().mainland().as_deref(), Some("13812345678"));
    }

    #[test]
    fn refuses_everything_else() {
        let wrong = [
            "",
            "+",
            "1",
            "12812345678",
            "138123456789",
            "1381234567",
            "8613812345678",
            "+861381234567",
            "+0123456789",
            "138 1234 5678",
            "138-1234-5678",
            "１３８１２３４５６７８",
            "١٣٨١٢٣٤٥٦٧٨",
            "13812345678,13912345678",
            "+1234567890123456",
            "+86138123456７8",
            "13812345678\n",
            "+8613812345678&uid=x",
        ];
        for number in wrong {
            let error = Phone::parse(number).expect_err(number);
            assert_eq!((error.code, error.field.as_deref()), (Code::Number, Some("to")), "{number}");
        }
    }

    #[test]
    fn lines_of_numbers_are_read_as_each_is() {
        let right = ["13812345678", "+8613912345678", "13812345678", "19900000000", "13000000000", "+8618999999999"];
        let wrong = [
            "",
            "+",
            "1381234567",
            "138123456789",
            "12812345678",
            "03812345678",
            "1381234567a",
            "13812:45678",
            "1381234/678",
            "+14155550123",
            "+86+8613812345678",
            "8613812345678",
            "\u{ff11}3812345678",
        ];
        for line in wrong {
            for before in 0..=right.len() {
                let mut lines = String::new();
                let mut expected: Vec<u64> = Vec::new();
                for number in &right[..before] {
                    lines.extend([number, "\n"]);
                    let key = Phone::parse(number).unwrap().key();
                    expected.extend((!expected.contains(&key)).then_some(key));
                }
                let left = [line, "\n13812345670"].concat();
                lines.push_str(&left);
                let mut places = Places::default();
                assert_eq!(places.enter_lines(&lines, 9), left);
                assert_eq!(places.numbers(), expected, "{line}");
            }
        }
        let mut places = Places::default();
        assert_eq!(places.enter_lines("13812345678\n13812345679\n", 1), "13812345679\n");
        assert_eq!(places.enter_lines("13812345679", 9), "13812345679", "no line without its end");
    }

    #[test]
    fn prints_masked() {
        assert_eq!(format!("{:?}", Phone::parse("+8613812345678").unwrap()), "138****5678");
        assert_eq!(Phone::parse("+14155550123").unwrap().to_string(), "141****0123");
        assert_eq!(Phone::parse("+1234567").unwrap().to_string(), "123****4567");
    }
}
