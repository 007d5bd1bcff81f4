//! The digests that vendors' documents want: MD5 of passwords, and those that sign a request.

use alloc::string::String;

#[cfg(feature = "define")]
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
#[cfg(feature = "define")]
use sha2::Sha256;

use crate::wire::percent::DIGITS;

/// MD5 as 32 lower-case hex digits.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// SHA-256.
#[cfg(feature = "define")]
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// HMAC-SHA256.
#[cfg(feature = "define")]
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC accepts keys of any length; other algorithms of the trait do not.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mac| mac.chain_update(message).finalize().into_bytes().into())
}

/// Lower-case hex digits.
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

#[cfg(test)]
mod tests {
    #[test]
    fn follows_rfc_1321() {
        assert_eq!(super::md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(super::md5_hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    #[test]
    fn follow_rfc_6234_and_rfc_4231() {
        assert_eq!(
            super::hex(&super::sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            super::hex(&super::hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        // Test case 6: a key longer than a block.
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            super::hex(&super::hmac_sha256(&[0xAA; 131], message)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
