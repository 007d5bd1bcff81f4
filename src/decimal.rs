//! Reads and writes whole numbers. The standard library's `core::fmt` is 6 KB of code, which a page would load for a
//! few sentences; the client joins its sentences of pieces instead.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::percent::DIGITS;

/// A number in decimal digits.
#[must_use]
pub fn decimal(number: i64) -> String {
    digits(number.unsigned_abs(), 10, if number < 0 { "-" } else { "" }, 1)
}

/// Appends a number in decimal digits.
pub fn write(out: &mut Vec<u8>, number: i64) {
    write_digits(out, number.unsigned_abs(), 10, if number < 0 { "-" } else { "" }, 1);
}

/// A count in decimal digits.
#[must_use]
pub fn count(number: usize) -> String {
    digits(number as u64, 10, "", 1)
}

/// A number in decimal digits, with leading zeros up to `width`.
#[must_use]
pub fn padded(number: i64, width: usize) -> String {
    digits(number.unsigned_abs(), 10, "", width)
}

/// A code point in the notation of Unicode, with at least four hexadecimal digits.
#[must_use]
pub fn code_point(character: char) -> String {
    digits(u32::from(character).into(), 16, "", 4)
}

/// Reads a whole number; `None` for a text that is none, or for one that is too large.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(sign * i64::from(digit))
    })
}

fn digits(number: u64, base: u64, sign: &str, width: usize) -> String {
    let mut digits = Vec::with_capacity(MAX_DIGITS);
    write_digits(&mut digits, number, base, sign, width);
    // The digits are ASCII.
    String::from_utf8(digits).unwrap_or_default()
}

/// The length of the longest number, with its sign.
const MAX_DIGITS: usize = 21;

fn write_digits(out: &mut Vec<u8>, mut number: u64, base: u64, sign: &str, width: usize) {
    let mut reversed = [0; MAX_DIGITS];
    let mut length = 0;
    while number > 0 || length < width {
        reversed[length] = DIGITS[usize::try_from(number % base).unwrap_or_default()];
        number /= base;
        length += 1;
    }
    out.extend_from_slice(sign.as_bytes());
    out.extend(reversed[..length].iter().rev());
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn decimal_agrees_with_the_standard_library() {
        let mut numbers = vec![0, 1, -1, 9, 10, 99, 100, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1];
        numbers.extend((0..63).flat_map(|bits| [1_i64 << bits, -(1_i64 << bits)]));
        for number in numbers {
            assert_eq!(decimal(number), number.to_string());
            assert_eq!(parse(&decimal(number)), Some(number));
            assert_eq!(padded(number & 0xFF, 4), format!("{:04}", number & 0xFF));
        }
        assert_eq!(count(usize::MAX), usize::MAX.to_string());
        for character in ['\0', 'a', '信', '😀', char::MAX] {
            assert_eq!(code_point(character), format!("{:04X}", u32::from(character)));
        }
        for text in [
            "",
            "+",
            "-",
            "+7",
            "-0",
            "007",
            "1 ",
            " 1",
            "1.0",
            "１",
            "9223372036854775808",
            "-9223372036854775809",
            "--1",
        ] {
            assert_eq!(parse(text), text.parse().ok(), "{text}");
        }
    }
}
