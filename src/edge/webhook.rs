//! [`Webhook`]: an address of the user's that receipts are posted to, signed as Standard Webhooks has it.
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::otp::code::mac_of;
use crate::secret::Secret;

/// How long after each failure a message is tried again, in milliseconds; after the last it is given up, a day and some hours
/// after it came.
const WAITS_MS: [i64; 8] = [60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000];

/// Where receipts are posted to.
pub struct Webhook {
    /// The address.
    pub url: String,
    secret: Secret,
}

/// A message, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `webhook-id`: the same however often it is tried.
    pub id: String,
    /// `webhook-timestamp`, in seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
}

impl Webhook {
    /// Takes a secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64.
    #[must_use]
    pub fn new(url: &str, secret: &str) -> Option<Self> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&key.len()).then(|| Self { url: url.to_owned(), secret: Secret::new(secret) })
    }

    /// Signs a message at a time in milliseconds since 1970.
    #[must_use]
    pub fn sign(&self, id: String, now: i64, body: &str) -> Signed {
        let timestamp = now.div_euclid(1000).to_string();
        let key = self.secret.expose().strip_prefix("whsec_").unwrap_or_default();
        let key = STANDARD.decode(key).unwrap_or_default();
        let mac = mac_of(&key, [id.as_str(), ".", &timestamp, ".", body].concat().as_bytes());
        Signed { id, timestamp, signature: ["v1,", &STANDARD.encode(mac)].concat() }
    }
}

/// How long a message waits after so many failures, in milliseconds. Nothing where it is given up.
#[must_use]
pub fn wait_ms(failures: u32) -> Option<i64> {
    WAITS_MS.get(usize::try_from(failures).unwrap_or(usize::MAX)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_specification_does() {
        // The example of the reference libraries.
        let webhook = Webhook::new("https://example.com", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek".into(), 1_614_265_330_000, r#"{"test": 2432232314}"#);
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(signed.timestamp, "1614265330");
        for wrong in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!"] {
            assert!(Webhook::new("https://example.com", wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_message_is_tried_for_more_than_a_day() {
        let waits: i64 = (0..).map_while(wait_ms).sum();
        assert!((24 * 3_600_000..48 * 3_600_000).contains(&waits));
    }
}
