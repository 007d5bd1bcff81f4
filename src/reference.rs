//! [`Reference`]: the caller's id of one message. The vendor repeats it in its reports.

use alloc::rc::Rc;
use alloc::string::String;
use core::fmt;

use crate::decimal;
use crate::error::SmsError;

/// The number of random bytes that [`Reference::generate`] takes.
pub const ENTROPY_BYTES: usize = 24;

/// The maximum length of a reference, at any vendor.
pub const MAX_CHARACTERS: usize = 64;

/// Travels as smsadmin's `linkid`, apiv1's `taskId`, liasmart's `uid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(Rc<str>);

impl Reference {
    /// Makes a reference of 24 letters and digits (120 random bits), which every vendor accepts.
    #[must_use]
    pub fn generate(entropy: [u8; ENTROPY_BYTES]) -> Self {
        Self(random_characters(&entropy).collect::<String>().into())
    }

    /// Reads a caller's reference: 1 to 64 ASCII letters, digits, `-` or `_`.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn parse(text: &str) -> Result<Self, SmsError> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=MAX_CHARACTERS).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.into()))
        } else {
            Err(SmsError::argument("ref", "a ref is 1 to 64 letters, digits, hyphens or underscores"))
        }
    }

    /// Wraps a text without a check, for an outcome that repeats what the caller wrote.
    #[must_use]
    pub fn written(text: &str) -> Self {
        Self(text.into())
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The reference of the request at `index` of several: this reference and the index.
    #[must_use]
    pub fn numbered(&self, index: usize) -> Self {
        Self([self.as_str(), &decimal::count(index)].concat().into())
    }

    /// Whether the reference has at most `longest` letters and digits, and no other character.
    #[must_use]
    pub fn is_alphanumeric(&self, longest: usize) -> bool {
        self.0.len() <= longest && self.0.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

/// A letter or digit for each random byte.
pub fn random_characters(entropy: &[u8]) -> impl Iterator<Item = char> {
    // 32 characters: five bits of a byte choose one, so each is as likely as any other.
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    entropy.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_reference_is_valid_for_every_vendor() {
        let every_byte = (0..=u8::MAX).collect::<Vec<_>>();
        for entropy in every_byte.chunks_exact(ENTROPY_BYTES) {
            let reference = Reference::generate(entropy.try_into().unwrap());
            assert!(reference.is_alphanumeric(32) && reference.as_str().len() == 24);
            assert_eq!(Reference::parse(reference.as_str()).unwrap(), reference);
        }
    }

    #[test]
    fn ambiguous_reference_is_rejected() {
        for text in ["", "a b", "a/b", "a;b", "订单", "a\n", &"x".repeat(65)] {
            assert_eq!(Reference::parse(text).expect_err(text).field.as_deref(), Some("ref"));
        }
    }
}
