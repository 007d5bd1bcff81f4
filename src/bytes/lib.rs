//! Loops over the bytes of texts and of a bulk's numbers. The workspace's `Cargo.toml` compiles this crate for speed:
//! compiled for size, the same loops take up to five times as long.

#![no_std]
#![allow(clippy::cast_possible_truncation, reason = "bits and characters that were looked at before")]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;

/// Hexadecimal digits.
pub const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Whether each byte is a letter, a digit or one of `-._~`. A table is faster than comparisons.
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
#[inline(never)]
pub fn percent_encode(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    // Growing the buffer once is faster than growing it for each character.
    out.resize(start + bytes.len() * 3, 0);
    let mut at = start;
    for &byte in bytes {
        if UNRESERVED[usize::from(byte)] {
            out[at] = byte;
            at += 1;
        } else if let Some(slot) = out.get_mut(at..at + 3) {
            slot[0] = b'%';
            slot[1] = DIGITS[usize::from(byte >> 4)];
            slot[2] = DIGITS[usize::from(byte & 15)];
            at += 3;
        }
    }
    out.truncate(at);
}

/// Appends the name of a pair, with `&` before it unless it is the first, and `=` after it.
#[inline(never)]
pub fn begin_pair(out: &mut Vec<u8>, name: &str, is_first: bool) {
    if !is_first {
        out.push(b'&');
    }
    out.extend_from_slice(name.as_bytes());
    out.push(b'=');
}

/// Appends a text in a charset of one-byte and two-byte characters. `codes` has the code of each code point of the
/// basic plane beyond ASCII, and 0 where the charset has none. Returns false and appends nothing where the text has a
/// character without a code.
#[must_use]
#[inline(never)]
pub fn encode(out: &mut Vec<u8>, text: &str, codes: &[u16]) -> bool {
    let start = out.len();
    // No character is longer in such a charset than in UTF-8. Growing the buffer once is faster.
    out.resize(start + text.len(), 0);
    let mut at = start;
    for character in text.chars() {
        if character.is_ascii() {
            out[at] = character as u8;
            at += 1;
        } else {
            let code = code_of(character, codes);
            if code == 0 {
                out.truncate(start);
                return false;
            }
            out[at..at + 2].copy_from_slice(&code.to_be_bytes());
            at += 2;
        }
    }
    out.truncate(at);
    true
}

/// Replaces every `byte` by `by`.
#[inline(never)]
pub fn replace(bytes: &mut [u8], byte: u8, by: u8) {
    for place in bytes {
        if *place == byte {
            *place = by;
        }
    }
}

/// Whether the charset of `codes` has every character of a text.
#[must_use]
#[inline(never)]
pub fn encodes(text: &str, codes: &[u16]) -> bool {
    text.chars().all(|character| character.is_ascii() || code_of(character, codes) != 0)
}

/// The code of a character beyond ASCII; 0 where the charset has none.
#[must_use]
pub fn code_of(character: char, codes: &[u16]) -> u16 {
    codes.get(u32::from(character) as usize).copied().unwrap_or_default()
}

/// The UTF-16 units of a text: JavaScript's `length`.
#[must_use]
#[inline(never)]
pub fn units(text: &str) -> usize {
    // Counts each byte that begins a character, and a second unit for a character of four bytes; eight bytes at a time.
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_bytes().as_chunks();
    let mut units = text.len();
    for word in words.iter().map(|word| u64::from_le_bytes(*word)) {
        let follows = word >> 7 & !(word >> 6) & EACH;
        let is_long = word >> 7 & word >> 6 & word >> 5 & word >> 4 & EACH;
        units = units - follows.count_ones() as usize + is_long.count_ones() as usize;
    }
    for byte in rest {
        units = units - usize::from(byte & 0xC0 == 0x80) + usize::from(*byte >= 0xF0);
    }
    units
}

/// Whether a text contains one of these ASCII characters.
#[must_use]
#[inline(never)]
pub fn has_one_of(text: &str, characters: [u8; 4]) -> bool {
    text.bytes().any(|byte| characters.contains(&byte))
}

/// Iterates over the pieces of a text between ASCII separators.
#[derive(Clone)]
pub struct Pieces<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

/// The pieces of a text between separators. `separator` is ASCII.
#[must_use]
pub const fn pieces(text: &str, separator: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), separator }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some((piece, after)) = first_piece(rest, self.separator) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = Some(after);
        Some(piece)
    }
}

/// The text before and after the first separator; `None` where there is no separator.
#[must_use]
#[inline(never)]
pub fn first_piece(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The maximum number of digits of a number in E.164.
pub const MAX_NUMBER_DIGITS: usize = 15;

/// Appends ASCII digits to a packed number, four bits a digit. `None` where a character is no digit, the number begins
/// with a zero, or it exceeds [`MAX_NUMBER_DIGITS`] digits.
#[must_use]
#[inline(never)]
pub fn pack(packed: u64, digits: &[u8]) -> Option<u64> {
    let begins_with_zero = packed == 0 && digits.first().is_none_or(|digit| *digit == b'0');
    if begins_with_zero || length(packed) + digits.len() > MAX_NUMBER_DIGITS {
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

/// Packs a mainland mobile number with its country code: its first digit is 1, the second 3 or more.
fn mobile(line: &[u8; 12]) -> Option<u64> {
    let [first @ .., a, b, c, b'\n'] = line else { return None };
    let digits = u64::from_be_bytes(*first);
    // Eight at once: the high half of a digit's byte is 3, and stays 3 when 6 is added.
    let high = |digits: u64| digits & 0xF0F0_F0F0_F0F0_F0F0;
    let are_digits = |digits| high(digits) == 0x3030_3030_3030_3030;
    if !are_digits(digits) || !are_digits(digits + 0x0606_0606_0606_0606) || first[0] != b'1' || first[1] < b'3' {
        return None;
    }
    let pairs = digits & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (pairs | pairs >> 4) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    pack(0x86 << 32 | (fours | fours >> 16) & 0xFFFF_FFFF, &[*a, *b, *c])
}

/// The number of packed digits.
#[must_use]
pub const fn length(packed: u64) -> usize {
    (u64::BITS - packed.leading_zeros()).div_ceil(4) as usize
}

/// Appends the last `digits` digits of a packed number, in ASCII.
pub fn unpack(out: &mut Vec<u8>, packed: u64, digits: usize) {
    for place in (0..digits).rev() {
        out.push(b'0' | (packed >> (place * 4)) as u8 & 15);
    }
}

/// Appends the last 11 digits of a packed number, which is a mainland number without its country code, and a separator.
#[inline(never)]
pub fn unpack_mainland(out: &mut Vec<u8>, packed: u64, separator: u8) {
    // One copy: the compiler knows its length.
    let mut piece = [separator; 12];
    for (place, digit) in piece[..11].iter_mut().enumerate() {
        *digit = b'0' | (packed >> ((10 - place) * 4)) as u8 & 15;
    }
    out.extend_from_slice(&piece);
}

/// Distinct numbers in the order of arrival, with an open-addressing hash table of their positions.
#[derive(Default)]
pub struct Places {
    slots: Vec<u32>,
    numbers: Vec<u64>,
}

/// An empty slot. No batch has that many numbers.
const EMPTY: u32 = u32::MAX;

impl Places {
    /// Adds a number.
    ///
    /// # Errors
    /// The position of the number, where it was added before.
    #[inline(never)]
    pub fn enter(&mut self, number: u64) -> Result<(), usize> {
        if (self.numbers.len() + 1) * 2 > self.slots.len() {
            // The table grows fourfold, so that few numbers are entered again.
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

    /// Adds mainland mobile numbers, one a line: 11 digits, or `+86` and 11 digits. Stops at `most` numbers, or at the
    /// first line that is no such number, and returns the rest.
    #[inline(never)]
    pub fn enter_lines<'a>(&mut self, lines: &'a str, max: usize) -> &'a str {
        let mut rest = lines.as_bytes();
        while self.numbers.len() < max {
            let line = rest.strip_prefix(b"+86").unwrap_or(rest);
            let Some((line, after)) = line.split_first_chunk() else { break };
            let Some(number) = mobile(line) else { break };
            // A repeated number changes nothing.
            let _ = self.enter(number);
            rest = after;
        }
        lines.get(lines.len() - rest.len()..).unwrap_or_default()
    }

    /// The numbers, in the order of arrival.
    #[must_use]
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The empty slot for a number, or the position of the number as the error.
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

/// The classes of a text's characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// The classes of all its characters together.
    pub all: u8,
    /// The number of characters of each counted class.
    pub counts: [usize; 2],
}

/// Which classes the characters of a text are of, a bit each, and how many are of each of two that are counted: `table` has the
/// classes of each code point of the basic plane, `beyond` those of all others.
#[must_use]
#[inline(never)]
pub fn classes(text: &str, table: &[u8; 1 << 16], beyond: u8, counted: [u8; 2]) -> Classes {
    let mut found = Classes::default();
    for character in text.chars() {
        let class = table.get(character as usize).copied().unwrap_or(beyond);
        found.all |= class;
        for (count, counted) in found.counts.iter_mut().zip(counted) {
            *count += usize::from(class & counted != 0);
        }
    }
    found
}
