//! Removes credentials, numbers and codes from a vendor's message: some vendors repeat the request in their rejection.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::client::Account;
use crate::error::SmsError;
use crate::search;
use crate::secret::REDACTED;
use crate::wire::{gbk, percent};

/// The maximum length of a vendor's message in an error, in characters. The longest documented one has 22.
const MAX_MESSAGE_CHARACTERS: usize = 300;
/// The characters of a message that are searched: enough that no hidden value is cut within the first
/// [`MAX_MESSAGE_CHARACTERS`].
pub(super) const MAX_SCANNED_CHARACTERS: usize = 4 * MAX_MESSAGE_CHARACTERS;

/// The replacement of a hidden value.
#[derive(Clone, Debug)]
pub(super) enum Replacement {
    Redacted,
    /// A masked number.
    Masked(String),
}

impl Account {
    /// Removes the credentials and the values of `hidden` from the vendor's code and message.
    pub(super) fn scrub(&self, mut error: SmsError, hidden: &[(&str, Replacement)]) -> SmsError {
        let secrets = self.vendor.secrets();
        let secrets = secrets.iter().map(|secret| (secret.expose(), Replacement::Redacted));
        let hidden: Vec<(&str, Replacement)> = secrets.chain(hidden.iter().cloned()).collect();
        let Some(code) = &mut error.vendor_code else { return error };
        // Documented codes have at most three characters, too few for a hidden value.
        if code.len() > 3 {
            *code = scrubbed(code, &hidden);
        }
        let error_text = ["the vendor rejected with code ", code].concat();
        error.message = match &mut error.vendor_message {
            Some(message) => {
                *message = scrubbed(message, &hidden);
                [&error_text, ": ", message].concat()
            }
            None => error_text,
        };
        error
    }
}

/// Replaces hidden values by private-use characters first, which no vendor writes, so that no value is found in the
/// replacement of another.
fn scrubbed(text: &str, hidden: &[(&str, Replacement)]) -> String {
    const MARKS: u32 = 0xF0000;
    let mut text: String =
        text.chars().take(MAX_SCANNED_CHARACTERS).filter(|character| u32::from(*character) < MARKS).collect();
    let mark =
        |index: usize| u32::try_from(index).ok().and_then(|index| char::from_u32(MARKS + index)).unwrap_or('\u{FFFD}');
    for (index, (what, _)) in hidden.iter().enumerate().filter(|(_, (what, _))| !what.is_empty()) {
        for form in written_forms(what) {
            while let Some((before, after)) = search::split(&text, &form) {
                text = [before, mark(index).encode_utf8(&mut [0; 4]), after].concat();
            }
        }
    }
    for (index, (_, shown)) in hidden.iter().enumerate() {
        let shown = match shown {
            Replacement::Redacted => REDACTED,
            Replacement::Masked(number) => number,
        };
        text = search::replaced(&text, mark(index).encode_utf8(&mut [0; 4]), shown);
    }
    text.chars().take(MAX_MESSAGE_CHARACTERS).collect()
}

/// The forms in which a reply may repeat a text: unchanged, and percent-encoded in either charset, once and twice, in
/// upper and lower case.
fn written_forms(text: &str) -> Vec<String> {
    // The longest form first, so that no form leaves a part of a longer one behind.
    let mut forms = vec![];
    let encodings = [Some(text.as_bytes().to_vec()), gbk::encode(text).ok()];
    let once: Vec<Vec<u8>> = encodings.into_iter().flatten().map(|bytes| percent::encode(&bytes)).collect();
    let twice = once.iter().map(|once| percent::encode(once));
    for encoded in twice.chain(once.iter().cloned()) {
        let encoded = String::from_utf8(encoded).unwrap_or_default();
        forms.extend([lower_case_escapes(&encoded), encoded]);
    }
    forms.push(text.to_owned());
    forms
}

/// Writes `%E4` as `%e4`; characters outside escapes keep their case.
fn lower_case_escapes(encoded: &str) -> String {
    let mut escape = 0;
    let lower = |character: char| {
        escape = if character == '%' { 2 } else { i32::max(escape - 1, -1) };
        if escape >= 0 && character != '%' { character.to_ascii_lowercase() } else { character }
    };
    encoded.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_a_secret_is_redacted_once() {
        let hidden = [
            ("p@ss/密", Replacement::Redacted),
            ("e", Replacement::Redacted),
            ("13812345678", Replacement::Masked("138****5678".into())),
        ];
        let text = "p@ss/密 p%40ss%2F%E5%AF%86 p%40ss%2f%e5%af%86 p%40ss%2F%C3%DC p%2540ss%252F%25C3%25DC 13812345678";
        let shown = scrubbed(text, &hidden);
        assert_eq!(shown, format!("{} 138****5678", ["[redacted]"; 5].join(" ")));
    }
}
