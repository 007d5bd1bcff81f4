//! [`Phone`]: a number that a text can be sent to.

use std::fmt;

use crate::error::{Code, SmsError};

/// A phone number in E.164 without its `+`: country code first, 7 to 15 digits. `Debug` and `Display` are masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads E.164 (`+8613812345678`) or an 11-digit mainland number (`13812345678`).
    ///
    /// Strict on purpose: blanks, hyphens, full-width and other Unicode digits are refused, since each vendor would read
    /// them in its own way.
    ///
    /// # Errors
    /// [`Code::Number`] for anything else.
    pub fn parse(number: &str) -> Result<Self, SmsError> {
        let digits = match number.strip_prefix('+') {
            Some(international) => international.to_owned(),
            None if is_mainland(number) => format!("86{number}"),
            None => return Err(malformed()),
        };
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
            && digits.strip_prefix("86").is_none_or(is_mainland);
        if well_formed { Ok(Self(digits)) } else { Err(malformed()) }
    }

    /// `+8613812345678`.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+{}", self.0)
    }

    /// `8613812345678`: country code first, no `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The 11 digits of a mainland number, or nothing for any other country.
    #[must_use]
    pub fn mainland(&self) -> Option<&str> {
        self.0.strip_prefix("86")
    }
}

/// `138****5678`, or for other countries the same shape around the last four digits.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mainland().unwrap_or(&self.0);
        write!(f, "{}****{}", &digits[..3], &digits[digits.len() - 4..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Mainland mobile numbers: 11 digits, the first a 1 and the second not 0, 1 or 2.
fn is_mainland(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
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
