//! [`Phone`]: a phone number that a text can be sent to.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use xinshi_bytes::{length, pack, unpack, unpack_mainland};

use serde::{Serialize, Serializer};

use crate::error::{Code, SmsError};
use crate::written_number::{MalformedNumber, WrittenNumber};

/// A phone number in E.164 without its `+`: country code first, 7 to 15 digits. `Debug` and `Display` are masked.
///
/// Four bits a digit. No number begins with a zero, so each number has one packed form. A bulk holds thousands of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Phone(u64);

/// 国家代码 of the mainland.
const MAINLAND: u64 = 0x86;

impl Phone {
    /// Reads a number as people write it: `13812345678`, `138 1234 5678`, `+86 138-1234-5678`, `(+86)138…`, `86138…`,
    /// `0086138…`. [`WrittenNumber::read`] lists what may stand between digits. A number outside the mainland begins
    /// with `+`.
    ///
    /// All spellings of a number give equal `Phone`s, and so one key for limits. An ambiguous spelling is rejected.
    ///
    /// # Errors
    /// [`Code::Number`] with the reason.
    pub fn parse(number: &str) -> Result<Self, SmsError> {
        let (country, rest) = match number.as_bytes() {
            [b'+', international @ ..] => (0, international),
            number => (MAINLAND, number),
        };
        // Most numbers are written without separators, so this cheap path is tried first.
        Self::packed(country, rest).map_or_else(|| Self::read(number), Ok)
    }

    fn read(written: &str) -> Result<Self, SmsError> {
        let number = match WrittenNumber::read(written) {
            Ok(number) => number,
            Err(MalformedNumber::Character) => return Err(number_error(CHARACTER)),
            Err(MalformedNumber::TrunkZero) => return Err(number_error(TRUNK_ZERO)),
        };
        let digits = number.digits.as_slice();
        if number.is_international {
            return Self::packed(0, digits).ok_or_else(|| number_error(INTERNATIONAL));
        }
        if number.looks_american && digits.len() == MAINLAND_DIGITS {
            return Err(number_error(AMBIGUOUS));
        }
        let without = |prefix: &[u8]| digits.strip_prefix(prefix).and_then(|digits| Self::packed(MAINLAND, digits));
        without(b"").or_else(|| without(b"86")).or_else(|| without(b"0086")).ok_or_else(|| number_error(NEITHER))
    }

    fn packed(country: u64, digits: &[u8]) -> Option<Self> {
        pack(country, digits).filter(|packed| is_well_formed(*packed)).map(Self)
    }

    /// `+8613812345678`.
    #[must_use]
    pub fn e164(&self) -> String {
        ["+", &self.digits()].concat()
    }

    /// `8613812345678`: the country code, then the number, without `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.last(length(self.0))
    }

    /// The phone with this [`Phone::key`]; `None` for a key that no phone has.
    #[must_use]
    pub fn from_key(key: u64) -> Option<Self> {
        Self::parse(&Self(key).e164()).ok().filter(|phone| phone.0 == key)
    }

    /// The phone of a key that [`Phone::key`] returned.
    pub(crate) const fn keyed(key: u64) -> Self {
        Self(key)
    }

    /// The key of this phone: equal for equal phones, different for different ones.
    #[must_use]
    pub const fn key(&self) -> u64 {
        self.0
    }

    /// `138****5678`; for other countries the same shape around the last four digits.
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

    /// The 11 digits of a mainland number; `None` for any other number.
    #[must_use]
    pub fn mainland(&self) -> Option<String> {
        self.is_mainland().then(|| self.last(MAINLAND_DIGITS))
    }

    fn last(self, digits: usize) -> String {
        let mut text = Vec::with_capacity(digits);
        unpack(&mut text, self.0, digits);
        // The digits are ASCII.
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Serialised masked, as in `Display`: only events serialise phones.
impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

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

/// The number of digits of a mainland mobile number.
const MAINLAND_DIGITS: usize = 11;

/// Whether a packed number has at least seven digits and, in the mainland, 11 of which the first is 1 and the second at
/// least 3.
const fn is_well_formed(packed: u64) -> bool {
    let length = length(packed);
    if length < 7 || packed >> (4 * (length - 2)) != MAINLAND {
        return length >= 7;
    }
    length == MAINLAND_DIGITS + 2 && (packed >> 40) & 15 == 1 && (packed >> 36) & 15 >= 3
}

fn number_error(reason: &str) -> SmsError {
    SmsError::not_sent(Code::Number, reason).field("to")
}

const CHARACTER: &str = "a phone number has digits, grouped by blanks, hyphens, dots or parentheses, and perhaps a + before \
                         them: this has something else, or too many digits";
const TRUNK_ZERO: &str = "leave out the (0), which is dialled within its country alone";
const AMBIGUOUS: &str = "the number could be American or of the mainland: write it with + and its country code";
const INTERNATIONAL: &str = "behind + come a country code and a number, 7 to 15 digits together, and behind +86 the 11 digits of \
                             a mobile number, 13 to 19 first";
const NEITHER: &str = "the number is neither a mainland mobile number, 11 digits with 13 to 19 first (13812345678, with or \
                       without +86), nor one with + and its country code";

#[cfg(test)]
mod tests {
    use xinshi_bytes::Places;

    use super::*;

    #[test]
    fn mainland_number_is_parsed_with_and_without_country() {
        assert_eq!(Phone::parse("13812345678").unwrap(), Phone::parse("+8613812345678").unwrap());
        assert_eq!(Phone::parse("+14155550123").unwrap().mainland(), None);
        assert_eq!(Phone::parse("+8613812345678").unwrap().mainland().as_deref(), Some("13812345678"));
    }

    #[test]
    fn every_spelling_of_a_number_gives_one_value() {
        let phone = Phone::parse("13812345678").unwrap();
        for written in [
            "+8613812345678",
            "8613812345678",
            "008613812345678",
            "138 1234 5678",
            "138-1234-5678",
            "138.1234.5678",
            "1 3 8 1 2 3 4 5 6 7 8",
            "+86 138 1234 5678",
            "+86-138-1234-5678",
            "86 138 1234 5678",
            "86-13812345678",
            "0086 138 1234 5678",
            "(+86)13812345678",
            "(+86) 138-1234-5678",
            "(86)13812345678",
            "(0086)13812345678",
            "（＋８６）１３８－１２３４－５６７８",
            "１３８１２３４５６７８",
            "+86138123456７8",
            "138\u{a0}1234\u{3000}5678",
            "\u{202d}+86 138 1234 5678\u{202c}",
            "\t13812345678\r\n",
            "138\u{180e}1234\u{61c}5678",
            "138\u{ad}1234\u{2060}5678\0",
        ] {
            assert_eq!(Phone::parse(written).unwrap().key(), phone.key(), "{written:?}");
        }
        for written in ["+1 415 555 0123", "+1 (415) 555-0123", "＋1-415-555-0123", "(+1)4155550123"] {
            assert_eq!(Phone::parse(written).unwrap().e164(), "+14155550123", "{written}");
        }
        assert_eq!(Phone::parse("+852 5123 4567").unwrap().e164(), "+85251234567");
    }

    #[test]
    fn invalid_or_ambiguous_number_is_rejected_with_the_reason() {
        let cases = [
            (
                NEITHER,
                &[
                    "",
                    " ",
                    "1",
                    "12812345678",
                    "138123456789",
                    "1381234567",
                    "138 1234 567",
                    "861381234567",
                    "86138123456789",
                    "86 86 13812345678",
                    "0013812345678",
                    "013812345678",
                    "0014155550123",
                    "852 5123 4567",
                    "(415) 555-0123",
                    "010-12345678",
                ][..],
            ),
            (
                INTERNATIONAL,
                &[
                    "+",
                    "+861381234567",
                    "+0123456789",
                    "+1234567890123456",
                    "+86 12812345678",
                    "+0086 13812345678",
                    "+123456",
                ],
            ),
            (
                CHARACTER,
                &[
                    "١٣٨١٢٣٤٥٦٧٨",
                    "13812345678,13912345678",
                    "13812345678 13912345678",
                    "13812345678/9",
                    "+8613812345678&uid=x",
                    "1381234567O",
                    "1.38e10",
                    "-13812345678",
                    "++8613812345678",
                    "+86+13812345678",
                    "(+86 13812345678",
                    "13812345678 x 5",
                ],
            ),
            (TRUNK_ZERO, &["+44 (0)20 7946 0958", "+86 (0)138 1234 5678"]),
            (AMBIGUOUS, &["1 415 555 0123", "1-381-234-5678", "1 (650) 253-0000", "1 8005550123"]),
        ];
        for (reason, numbers) in cases {
            for number in numbers {
                let error = Phone::parse(number).expect_err(number);
                assert_eq!(
                    (error.code, error.field.as_deref(), error.message.as_str()),
                    (Code::Number, Some("to"), reason),
                    "{number}"
                );
            }
        }
    }

    #[test]
    fn line_of_numbers_parses_as_each_number() {
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
    fn number_prints_masked() {
        assert_eq!(format!("{:?}", Phone::parse("+8613812345678").unwrap()), "138****5678");
        assert_eq!(Phone::parse("+14155550123").unwrap().to_string(), "141****0123");
        assert_eq!(Phone::parse("+1234567").unwrap().to_string(), "123****4567");
    }
}
