//! What is done byte by byte, as often as a text has characters or a bulk has numbers. The workspace's `Cargo.toml` has it
//! compiled for speed: the same loops take up to five times as long where all else is compiled, for size.

#![no_std]
#![allow(clippy::cast_possible_truncation, reason = "bits and characters that were looked at before")]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;

/// Hexadecimal digits.
pub const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Letters, digits and `-._~`, by their byte: looked up faster than compared.
static UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

/// Appends `bytes`, with everything but letters, digits and `-._~` as `%XX`.
pub fn percent_encode(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    // Room for all at once: asking for it sign by sign takes longer than writing.
    out.resize(start + bytes.len() * 3, 0);
    let mut at = start;
    for &byte in bytes {
        if UNRESERVED[usize::from(byte)] {
            out[at] = byte;
            at += 1;
        } else if let Some(room) = out.get_mut(at..at + 3) {
            room[0] = b'%';
            room[1] = DIGITS[usize::from(byte >> 4)];
            room[2] = DIGITS[usize::from(byte & 15)];
            at += 3;
        }
    }
    out.truncate(at);
}

/// The text in a charset of one and two bytes: `codes` has the code of each code point of the basic plane but ASCII, 0 where
/// there is none. Nothing where the text has a character without a code.
#[must_use]
pub fn encode(text: &str, codes: &[u16]) -> Option<Vec<u8>> {
    // No character has more bytes in such a charset than in UTF-8, and room for all at once is written faster.
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(character as u8);
        } else {
            let code = code_of(character, codes);
            if code == 0 {
                return None;
            }
            bytes.extend_from_slice(&code.to_be_bytes());
        }
    }
    Some(bytes)
}

/// Whether such a charset has all characters of a text.
#[must_use]
pub fn encodes(text: &str, codes: &[u16]) -> bool {
    text.chars().all(|character| character.is_ascii() || code_of(character, codes) != 0)
}

/// The code of a character beyond ASCII; 0 where there is none.
#[must_use]
pub fn code_of(character: char, codes: &[u16]) -> u16 {
    codes.get(u32::from(character) as usize).copied().unwrap_or_default()
}

/// The UTF-16 units of a text: JavaScript's `length`.
#[must_use]
pub fn units(text: &str) -> usize {
    // A byte each that begins a character, and one more where it has two units.
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

/// Whether one of these signs of ASCII stands in a text.
#[must_use]
pub fn has_one_of(text: &str, signs: [u8; 4]) -> bool {
    text.bytes().any(|byte| signs.contains(&byte))
}

/// The pieces of a text between signs of ASCII.
#[derive(Clone)]
pub struct Pieces<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

/// The pieces of a text between separators, which are ASCII.
#[must_use]
pub const fn pieces(text: &str, separator: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), separator }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some((piece, behind)) = first_piece(rest, self.separator) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = Some(behind);
        Some(piece)
    }
}

/// What stands before the first separator and behind it.
#[must_use]
pub fn first_piece(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The most digits of E.164.
pub const LONGEST_NUMBER: usize = 15;

/// Packs ASCII digits behind those packed already, four bits a digit; nothing where one is none, the first of all is a zero,
/// or there are too many.
#[must_use]
pub fn pack(packed: u64, digits: &[u8]) -> Option<u64> {
    let begins_with_zero = packed == 0 && digits.first().is_none_or(|digit| *digit == b'0');
    if begins_with_zero || length(packed) + digits.len() > LONGEST_NUMBER {
        return None;
    }
    let mut packed = packed;
    let mut wrong = false;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        wrong |= digit > 9;
        packed = packed << 4 | u64::from(digit);
    }
    (!wrong).then_some(packed)
}

/// How many digits are packed.
#[must_use]
pub const fn length(packed: u64) -> usize {
    (u64::BITS - packed.leading_zeros()).div_ceil(4) as usize
}

/// Appends packed digits: the last so many, in ASCII.
pub fn unpack(out: &mut Vec<u8>, packed: u64, digits: usize) {
    for place in (0..digits).rev() {
        out.push(b'0' | (packed >> (place * 4)) as u8 & 15);
    }
}

/// Appends the last 11 packed digits, a mainland number's without its country code, and a separator.
pub fn unpack_mainland(out: &mut Vec<u8>, packed: u64, separator: u8) {
    // All at once and of a length that the compiler knows.
    let mut piece = [separator; 12];
    for (place, digit) in piece[..11].iter_mut().enumerate() {
        *digit = b'0' | (packed >> ((10 - place) * 4)) as u8 & 15;
    }
    out.extend_from_slice(&piece);
}

/// Where numbers stand in the order in which they came: an open-addressing hash table of their positions.
#[derive(Default)]
pub struct Places {
    slots: Vec<u32>,
    numbers: Vec<u64>,
}

/// No position: no batch is that large.
const EMPTY: u32 = u32::MAX;

impl Places {
    /// Enters a number.
    ///
    /// # Errors
    /// Where it stands, if it was entered before.
    pub fn enter(&mut self, number: u64) -> Result<(), usize> {
        if (self.numbers.len() + 1) * 2 > self.slots.len() {
            // By four, so that few are entered again.
            let size = (self.slots.len() * 4).max(16);
            self.slots.clear();
            self.slots.resize(size, EMPTY);
            for (place, number) in (0..).zip(&self.numbers) {
                if let Ok(slot) = self.slot(*number) {
                    self.slots[slot] = place;
                }
            }
        }
        let slot = self.slot(number)?;
        self.slots[slot] = u32::try_from(self.numbers.len()).unwrap_or(EMPTY);
        self.numbers.push(number);
        Ok(())
    }

    /// The free slot of a number, or where it stands.
    fn slot(&self, number: u64) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        // Fibonacci hashing: the middle bits of a product with a constant. The length is a power of two.
        let product = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut slot = usize::try_from(product >> 40).unwrap_or_default() & mask;
        loop {
            match self.slots[slot] {
                EMPTY => return Ok(slot),
                place if self.numbers[place as usize] == number => return Err(place as usize),
                _ => slot = (slot + 1) & mask,
            }
        }
    }
}
