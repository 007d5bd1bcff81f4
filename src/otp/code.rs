//! Derives the digits of a one-time code, which is never stored.

use alloc::string::String;
use core::fmt::Write;

use hmac::{Hmac, KeyInit, Mac, digest};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The key of one number's codes: see [`Keyring::code_keys`](crate::otp::keyring::Keyring::code_keys).
pub type Key = [u8; 32];

/// The random value that makes codes of the same key differ.
pub type Nonce = [u8; 16];

/// The minimum and the maximum length of a code. CAMARA allows up to ten characters.
pub const LENGTHS: core::ops::RangeInclusive<u8> = 4..=10;

/// The code of `length` digits for a nonce and a purpose. Every code is equally likely.
#[must_use]
pub fn derive(key: &Key, nonce: &Nonce, purpose: &str, length: u8) -> String {
    let codes = 10_u64.pow(u32::from(length.min(*LENGTHS.end())));
    // Rejects words above the last multiple of `codes`, which would make low codes likelier.
    let fair = u64::MAX / codes * codes;
    let mut round = 0_u8;
    loop {
        let block = mac(key, &[b"code", &[round], nonce, purpose.as_bytes()]);
        let words = block.as_chunks::<8>().0.iter().map(|word| u64::from_be_bytes(*word));
        if let Some(word) = words.into_iter().find(|word| *word < fair) {
            let mut code = String::new();
            // Writing to a String cannot fail.
            let _ = write!(code, "{:0width$}", word % codes, width = usize::from(length));
            return code;
        }
        round = round.wrapping_add(1);
    }
}

/// The MAC that stands for a chosen code in the stored state.
#[must_use]
pub fn mark(key: &Key, nonce: &Nonce, code: &str) -> [u8; 32] {
    mac(key, &[b"mark", nonce, code.as_bytes()])
}

/// Compares two texts or MACs. The time depends only on their length.
#[must_use]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// HMAC-SHA256 over several parts. Each part is preceded by its length, so that parts cannot run together.
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    Keyed::new(key).mac(parts)
}

/// A key for [`mac`], hashed once for many messages.
pub struct Keyed(Hmac<Sha256>);

impl Keyed {
    /// Hashes a key of any length.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        // HMAC accepts keys of any length; other algorithms of the trait do not.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&digest::Key::<Hmac<Sha256>>::default())))
    }

    /// [`mac`] with this key.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl core::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Keyed([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_depends_on_each_input() {
        let code = derive(&[1; 32], &[2; 16], "login", 6);
        assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
        assert_eq!(code, derive(&[1; 32], &[2; 16], "login", 6));
        assert_ne!(code, derive(&[2; 32], &[2; 16], "login", 6));
        assert_ne!(code, derive(&[1; 32], &[3; 16], "login", 6));
        assert_ne!(code, derive(&[1; 32], &[2; 16], "logout", 6));
        assert_eq!(derive(&[1; 32], &[2; 16], "login", 10).len(), 10);
    }

    #[test]
    fn input_boundaries_change_the_code() {
        assert_ne!(mac(b"k", &[b"ab", b"c"]), mac(b"k", &[b"a", b"bc"]));
    }

    /// Pearson's test: over 200,000 codes of 4 digits, the two halves of each place and all values of it are as
    /// frequent as chance would have it. The seed is fixed, so the test passes always or never.
    #[test]
    fn digits_are_uniform() {
        let mut seen = [[0_u32; 10]; 4];
        for index in 0..200_000_u128 {
            let code = derive(&[7; 32], &index.to_be_bytes(), "login", 4);
            for (place, digit) in code.bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        for place in seen {
            let expected = 20_000.0;
            let chi: f64 = place.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
            // 9 degrees of freedom: chance exceeds 33.7 once in ten thousand.
            assert!(chi < 33.7, "{chi} {place:?}");
        }
    }
}
