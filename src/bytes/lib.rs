//! What is done byte by byte, as often as a text has characters or a bulk has numbers. The workspace's `Cargo.toml` has it
//! compiled for speed: the same loops take up to five times as long where all else is compiled, for size.

#![no_std]
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
