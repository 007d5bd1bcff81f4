//! [`WrittenNumber`]: the digits of a phone number as a person writes it.

use alloc::vec::Vec;

use crate::digits::{is_hyphen, value};
use crate::wire::blank::is_blank;

/// The digits of a number, and the marks around them that decide what they mean.
#[derive(Debug, PartialEq, Eq)]
pub struct WrittenNumber {
    /// Whether a plus sign precedes the digits, so that they begin with a country code.
    pub is_international: bool,
    /// The digits, in ASCII.
    pub digits: Vec<u8>,
    /// Whether the digits are grouped as in North America, `1 415 555 0123`, where the first digit is a country code.
    /// Without a plus sign, eleven such digits could be a mainland number as well.
    pub looks_american: bool,
}

/// The reason why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedNumber {
    /// The text has a character other than digits; blanks, hyphens, dots and parentheses between them; and one plus
    /// sign before them. Or it has more digits than [`MAX_DIGITS`].
    Character,
    /// The text has `(0)`: a trunk digit, which is dialled only within one country and would be read as part of the
    /// number.
    TrunkZero,
}

/// The digits of the longest number that is read: `00` and the 15 of E.164.
const MAX_DIGITS: usize = 17;

impl WrittenNumber {
    /// Reads a number. Its digits may be full-width, and grouped by blanks, hyphens, dots and parentheses.
    ///
    /// # Errors
    /// The first reason why the text is no number.
    pub fn read(written: &str) -> Result<Self, MalformedNumber> {
        let mut digits = Vec::with_capacity(MAX_DIGITS);
        let mut is_international = false;
        // The number of digits before the open parenthesis.
        let mut open: Option<usize> = None;
        // The number of digits in the first group, in the second, and in all others.
        let mut groups = [0_usize; 3];
        let mut group = 0;
        let mut is_group_over = false;
        let mut ends_with_mark = false;
        for character in written.chars() {
            if let Some(digit) = value(character) {
                if digits.len() == MAX_DIGITS {
                    return Err(MalformedNumber::Character);
                }
                if is_group_over && !digits.is_empty() {
                    group = (group + 1).min(2);
                }
                groups[group] += 1;
                digits.push(b'0' | digit);
                (is_group_over, ends_with_mark) = (false, false);
                continue;
            }
            is_group_over = true;
            let is_first = digits.is_empty();
            match character {
                '+' | '＋' if is_first && !is_international => is_international = true,
                '(' | '（' if open.is_none() => open = Some(digits.len()),
                ')' | '）' => match open.take().and_then(|from| digits.get(from..)) {
                    Some(b"0") => return Err(MalformedNumber::TrunkZero),
                    Some([_, ..]) => ends_with_mark = false,
                    _ => return Err(MalformedNumber::Character),
                },
                '.' | '．' | '·' if !is_first => ends_with_mark = true,
                _ if is_hyphen(character) && !is_first => ends_with_mark = true,
                _ if is_blank(character) => {}
                _ => return Err(MalformedNumber::Character),
            }
        }
        if open.is_some() || ends_with_mark {
            return Err(MalformedNumber::Character);
        }
        let looks_american = !is_international && groups[0] == 1 && matches!(groups[1], 3 | 10);
        Ok(Self { is_international, digits, looks_american })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grouping_and_width_do_not_change_the_digits() {
        for (written, digits) in [
            (" 138 1234 5678\r\n", "13812345678"),
            ("138\u{a0}1234\u{3000}5678", "13812345678"),
            ("138-1234-5678", "13812345678"),
            ("138－1234–5678", "13812345678"),
            ("138——1234——5678", "13812345678"),
            ("138.1234．5678", "13812345678"),
            ("(138) 1234-5678", "13812345678"),
            ("１３８１２３４５６７８", "13812345678"),
            ("\u{202d}13812345678\u{202c}", "13812345678"),
            ("00861381234567890", "00861381234567890"),
        ] {
            let read = WrittenNumber::read(written).unwrap();
            assert_eq!((read.digits.as_slice(), read.is_international), (digits.as_bytes(), false), "{written:?}");
        }
        for written in ["+86 1", "＋８６１", "(+86)1", "（＋86）1", "+(86)-1", " + 86.1"] {
            let read = WrittenNumber::read(written).unwrap();
            assert_eq!((read.digits.as_slice(), read.is_international), (&b"861"[..], true), "{written:?}");
        }
    }

    #[test]
    fn invalid_characters_are_rejected() {
        for written in [
            "1a",
            "1,2",
            "1/2",
            "1;2",
            "1#2",
            "1*2",
            "1_2",
            "1~2",
            "一",
            "١",
            "①",
            "1+2",
            "++1",
            "+-1",
            "-1",
            ".1",
            "1-",
            "1.",
            "1 -",
            "(1",
            "1)",
            "()1",
            "((1))",
            "(1(2))",
            "1()",
            "123456789012345678",
            "1e3",
            "😀",
        ] {
            assert_eq!(WrittenNumber::read(written), Err(MalformedNumber::Character), "{written}");
        }
        for written in ["+44 (0)20 7946 0958", "+86（０）1", "(0)1"] {
            assert_eq!(WrittenNumber::read(written), Err(MalformedNumber::TrunkZero), "{written}");
        }
    }

    #[test]
    fn american_number_is_recognised_by_its_grouping() {
        for written in ["1 415 555 0123", "1-415-555-0123", "1 (415) 555-0123", "(1) 415.555.0123", "1 4155550123"] {
            assert!(WrittenNumber::read(written).unwrap().looks_american, "{written}");
        }
        for written in ["13812345678", "138 1234 5678", "1 38 1234 5678", "1 3 8 1 2 3 4 5 6 7 8", "+1 415 555 0123"] {
            assert!(!WrittenNumber::read(written).unwrap().looks_american, "{written}");
        }
    }
}
