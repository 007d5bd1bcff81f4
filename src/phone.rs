//! [`Phone`]: a number that a text can be sent to.

use alloc::string::String;
use core::{fmt, str};

use crate::error::{Code, SmsError};

/// A phone number in E.164 without its `+`: country code first, 7 to 15 digits. `Debug` and `Display` are masked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Phone {
    digits: [u8; LONGEST],
    length: u8,
}

/// The most digits of E.164.
const LONGEST: usize = 15;
/// 国家代码 of the mainland.
const MAINLAND: &[u8] = b"86";

impl Phone {
    /// Reads E.164 (`+8613812345678`) or an 11-digit mainland number (`13812345678`).
    ///
    /// Strict on purpose: blanks, hyphens, full-width and other Unicode digits are refused, since each vendor would read
    /// them in its own way.
    ///
    /// # Errors
    /// [`Code::Number`] for anything else.
    #[allow(clippy::cast_possible_truncation, reason = "a length of at most 15")]
    pub fn parse(number: &str) -> Result<Self, SmsError> {
        let (prefix, rest) = match number.strip_prefix('+') {
            Some(international) => (&b""[..], international.as_bytes()),
            None => (MAINLAND, number.as_bytes()),
        };
        let mut digits = [0; LONGEST];
        let length = prefix.len() + rest.len();
        if let Some(room) = digits.get_mut(..length) {
            room[..prefix.len()].copy_from_slice(prefix);
            room[prefix.len()..].copy_from_slice(rest);
            let well_formed = length >= 7
                && room[0] != b'0'
                && room.iter().all(u8::is_ascii_digit)
                && room.strip_prefix(MAINLAND).is_none_or(is_mainland);
            if well_formed {
                // At most 15.
                return Ok(Self { digits, length: length as u8 });
            }
        }
        Err(malformed())
    }

    /// `+8613812345678`.
    #[must_use]
    pub fn e164(&self) -> String {
        ["+", self.digits()].concat()
    }

    /// `8613812345678`: country code first, no `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        // They are ASCII digits.
        str::from_utf8(&self.digits[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The digits as a number: another for each phone.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.digits[..usize::from(self.length)].iter().fold(0, |number, digit| number * 10 + u64::from(digit & 15))
    }

    /// `138****5678`, or for other countries the same shape around the last four digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.mainland().unwrap_or(self.digits());
        [&digits[..3], "****", &digits[digits.len() - 4..]].concat()
    }

    /// Whether it is a mainland number.
    #[must_use]
    pub fn is_mainland(&self) -> bool {
        self.digits.starts_with(MAINLAND)
    }

    /// The digits of a mainland number behind its country code.
    #[must_use]
    pub fn mainland_digits(&self) -> &[u8] {
        &self.digits[MAINLAND.len()..usize::from(self.length)]
    }

    /// The 11 digits of a mainland number, or nothing for any other country.
    #[must_use]
    pub fn mainland(&self) -> Option<&str> {
        self.digits().strip_prefix("86")
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

/// Mainland mobile numbers: 11 digits, the first a 1 and the second not 0, 1 or 2.
fn is_mainland(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..]) && digits.len() == 11
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
    use super::*;

    #[test]
    fn reads_both_forms() {
        assert_eq!(Phone::parse("13812345678").unwrap(), Phone::parse("+8613812345678").unwrap());
        assert_eq!(Phone::parse("+14155550123").unwrap().mainland(), None);
        assert_eq!(Phone::parse("+8613812345678").unwrap().mainland(), Some("13812345678"));
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
    fn prints_masked() {
        assert_eq!(format!("{:?}", Phone::parse("+8613812345678").unwrap()), "138****5678");
        assert_eq!(Phone::parse("+14155550123").unwrap().to_string(), "141****0123");
        assert_eq!(Phone::parse("+1234567").unwrap().to_string(), "123****4567");
    }
}
