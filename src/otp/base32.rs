//! Bytes as letters and digits that no vendor changes: five bits a sign, in lower case.

use alloc::string::String;

/// How many bytes are written.
pub const BYTES: usize = 20;
/// How many signs they are: the longest `linkid` of smsadmin.
const SIGNS: usize = BYTES * 8 / 5;
/// None is taken for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Writes them.
#[must_use]
pub fn write(bytes: &[u8; BYTES]) -> String {
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let sign = |sign: usize| (0..5).fold(0, |value, place| value << 1 | bit(sign * 5 + place));
    (0..SIGNS).map(|at| char::from(ALPHABET[sign(at)])).collect()
}

/// Reads what [`write`] wrote, and nothing else.
#[must_use]
pub fn read(written: &str) -> Option<[u8; BYTES]> {
    if written.len() != SIGNS {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (at, sign) in written.bytes().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == sign)?;
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
    fn what_is_written_is_read() {
        for seed in 0..=u8::MAX {
            let bytes: [u8; BYTES] = core::array::from_fn(|at| seed.wrapping_mul(u8::try_from(at * 7 + 1).unwrap()));
            let written = write(&bytes);
            assert_eq!((written.len(), read(&written)), (32, Some(bytes)));
        }
        assert_eq!(write(&[0; BYTES]), "a".repeat(32));
        assert_eq!((read(&"l".repeat(32)), read(&"A".repeat(32)), read("")), (None, None, None));
    }
}
