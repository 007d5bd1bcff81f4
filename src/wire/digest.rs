//! MD5, in which three of the vendors' documents want passwords.

use alloc::string::String;

use md5::{Digest, Md5};

use crate::wire::percent::DIGITS;

/// MD5 as 32 lower-case hex digits.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(bytes) {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from(DIGITS[usize::from(nibble)]).to_ascii_lowercase());
        }
    }
    hex
}

#[cfg(test)]
mod tests {
    #[test]
    fn md5_equals_rfc_1321() {
        assert_eq!(super::md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(super::md5_hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}
