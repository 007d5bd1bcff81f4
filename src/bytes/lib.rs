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
#[inline(never)]
pub fn percent_encode(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    // Room for all at once: asking for it sign by sign takes longer than writing.
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

/// Appends the name of a pair and what stands before and behind it.
#[inline(never)]
pub fn begin_pair(out: &mut Vec<u8>, name: &str, is_first: bool) {
    if !is_first {
        out.push(b'&');
    }
    out.extend_from_slice(name.as_bytes());
    out.push(b'=');
}

/// Appends a text in a charset of one and two bytes: `codes` has the code of each code point of the basic plane but ASCII, 0
/// where there is none. Appends nothing, and says so, where the text has a character without a code.
#[must_use]
#[inline(never)]
pub fn encode(out: &mut Vec<u8>, text: &str, codes: &[u16]) -> bool {
    let start = out.len();
    // No character has more bytes in such a charset than in UTF-8, and room for all at once is written faster.
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

/// Puts another byte in the place of one.
#[inline(never)]
pub fn replace(bytes: &mut [u8], byte: u8, by: u8) {
    for place in bytes {
        if *place == byte {
            *place = by;
        }
    }
}

/// Whether such a charset has all characters of a text.
#[must_use]
#[inline(never)]
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
#[inline(never)]
pub fn units(text: &str) -> usize {
    // A byte each that begins a character, and one more where it has two units; eight at a time.
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

/// Whether one of these signs of ASCII stands in a text.
#[must_use]
#[inline(never)]
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
#[inline(never)]
pub fn first_piece(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The most digits of E.164.
pub const LONGEST_NUMBER: usize = 15;

/// Packs ASCII digits behind those packed already, four bits a digit; nothing where one is none, the first of all is a zero,
/// or there are too many.
#[must_use]
#[inline(never)]
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

/// A mainland mobile number of a line, packed behind its country code: its first digit is 1, the second 3 or more.
fn mobile(line: &[u8; 12]) -> Option<u64> {
    let [first @ .., a, b, c, b'\n'] = line else { return None };
    let digits = u64::from_be_bytes(*first);
    // Eight at once: the high half of each digit is 3, and stays so when 6 is added.
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
#[inline(never)]
pub fn unpack_mainland(out: &mut Vec<u8>, packed: u64, separator: u8) {
    // All at once and of a length that the compiler knows.
    let mut piece = [separator; 12];
    for (place, digit) in piece[..11].iter_mut().enumerate() {
        *digit = b'0' | (packed >> ((10 - place) * 4)) as u8 & 15;
    }
    out.extend_from_slice(&piece);
}

/// Numbers in the order in which they came, none twice: beside them an open-addressing hash table of their positions.
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
    #[inline(never)]
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

    /// Enters mainland mobile numbers, 11 digits or `+86` and these on a line each, up to one that is none and until there
    /// are so many; gives what is left.
    #[inline(never)]
    pub fn enter_lines<'a>(&mut self, lines: &'a str, most: usize) -> &'a str {
        let mut rest = lines.as_bytes();
        while self.numbers.len() < most {
            let line = rest.strip_prefix(b"+86").unwrap_or(rest);
            let Some((line, behind)) = line.split_first_chunk() else { break };
            let Some(number) = mobile(line) else { break };
            // Again it changes nothing.
            let _ = self.enter(number);
            rest = behind;
        }
        lines.get(lines.len() - rest.len()..).unwrap_or_default()
    }

    /// The numbers.
    #[must_use]
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
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

/// The classes of a text's characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// The classes of all its characters together.
    pub all: u8,
    /// How many characters are of each of the classes that are counted.
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
