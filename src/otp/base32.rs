//! Writes bytes as lower-case letters and digits, five bits a character. No vendor changes such a text.

use alloc::string::String;

/// The number of bytes.
pub const BYTES: usize = 20;
/// The number of characters, which is the maximum length of smsadmin's `linkid`.
const LENGTH: usize = BYTES * 8 / 5;
/// Without letters and digits that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Writes the bytes as text.
#[must_use]
pub fn write(bytes: &[u8; BYTES]) -> String {
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let index = |at: usize| (0..5).fold(0, |value, place| value << 1 | bit(at * 5 + place));
    (0..LENGTH).map(|at| char::from(ALPHABET[index(at)])).collect()
}

/// Reads a text that [`write()`] wrote; `None` for any other.
#[must_use]
pub fn read(written: &str) -> Option<[u8; BYTES]> {
    if written.len() != LENGTH {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (at, character) in written.bytes().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        for place in (0..5).filter(|place| value >> (4 - place) & 1 == 1) {
            let bit = at * 5 + place;
            bytes[bit / 8] |= 1 << (7 - bit % 8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_round_trips() {
        for seed in 0..=u8::MAX {
            let bytes: [u8; BYTES] = core::array::from_fn(|at| seed.wrapping_mul(u8::try_from(at * 7 + 1).unwrap()));
            let written = write(&bytes);
            assert_eq!((written.len(), read(&written)), (32, Some(bytes)));
        }
        assert_eq!(write(&[0; BYTES]), "a".repeat(32));
        assert_eq!((read(&"l".repeat(32)), read(&"A".repeat(32)), read("")), (None, None, None));
    }
}
