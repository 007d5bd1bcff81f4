//! Device tokens: a device that verified a number receives one, and shows it with its next request for a code.

use alloc::string::String;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::otp::keyring::{Keyring, NumberKey};

/// The validity of a device token, in milliseconds: half a year.
pub const TRUST_MS: i64 = 180 * 86_400_000;

/// The length of a token in bytes: eight bytes of time, and a MAC that fills it up to 36 characters of base64url.
const TOKEN_BYTES: usize = 27;

/// Makes a device token. Nothing is stored: the MAC binds the token to the number.
#[must_use]
pub fn write(keyring: &Keyring, number: &NumberKey, now: i64) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[..8].copy_from_slice(&now.to_be_bytes());
    let mac = keyring.trust_mac("device", number, &bytes[..8]);
    bytes[8..].copy_from_slice(&mac[..TOKEN_BYTES - 8]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a device verified exactly this number within [`TRUST_MS`].
#[must_use]
pub fn is_known(keyring: &Keyring, number: &NumberKey, device: &str, now: i64) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(device) else { return false };
    let Some((time, tag)) = bytes.split_first_chunk().filter(|_| bytes.len() == TOKEN_BYTES) else { return false };
    // The time counts only after the MAC is checked.
    keyring.is_trusted_mac("device", number, time, tag) && now - i64::from_be_bytes(*time) < TRUST_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Phone;

    #[test]
    fn device_trusts_its_number_for_half_a_year() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let number = |text: &str| keyring.number_key(&Phone::parse(text).unwrap());
        let device = write(&keyring, &number("13812345678"), 1000);
        assert_eq!(device.len(), 36);
        assert!(is_known(&keyring, &number("13812345678"), &device, 1000 + TRUST_MS - 1));
        assert!(!is_known(&keyring, &number("13812345678"), &device, 1000 + TRUST_MS));
        assert!(!is_known(&keyring, &number("13812345679"), &device, 1000));
        assert!(!is_known(&Keyring::new(&"q".repeat(32), &[]), &number("13812345678"), &device, 1000));
        for wrong in ["", "AAAA", &device[1..], &format!("{device}A"), &"é".repeat(18)] {
            assert!(!is_known(&keyring, &number("13812345678"), wrong, 1000), "{wrong}");
        }
    }
}
