//! Digests, and their hexadecimal form: MD5, as three of the vendors' documents want passwords, SHA-256, with which two of
//! them sign, and SHA-1, which gateways of a caller's own may want.

use alloc::string::String;

use hmac::{Hmac, KeyInit, Mac, digest};
use md5::{Digest, Md5};

use crate::wire::percent::DIGITS;

/// Two lower-case hex digits a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from(DIGITS[usize::from(nibble)]).to_ascii_lowercase());
        }
    }
    hex
}

/// 32 hex digits, lower case.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// 64 hex digits, lower case.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// 40 hex digits, lower case.
#[cfg(feature = "define")]
#[must_use]
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex(&sha1::Sha1::digest(bytes))
}

/// HMAC-SHA256 of a message, under a key of any length.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    code_of::<Hmac<sha2::Sha256>>(key, message).into()
}

/// HMAC-SHA1 of a message, under a key of any length.
#[cfg(feature = "define")]
#[must_use]
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    code_of::<Hmac<sha1::Sha1>>(key, message).into()
}

fn code_of<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> digest::Output<M> {
    // HMAC takes a key of any length: the error is for others.
    let mut mac = <M as KeyInit>::new_from_slice(key).unwrap_or_else(|_| M::new(&digest::Key::<M>::default()));
    mac.update(message);
    mac.finalize().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_equals_rfc_1321() {
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5_hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    #[cfg(feature = "define")]
    #[test]
    fn sha1_and_hmac_equal_fips_180_and_rfc_2202() {
        assert_eq!(sha1_hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(&hmac_sha1(b"Jefe", b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
    }

    #[test]
    fn sha256_and_hmac_equal_fips_180_and_rfc_4231() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        // Test case 2, whose key is shorter than the digest, and 6, whose key is longer than a block.
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac_sha256(&[0xAA; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
