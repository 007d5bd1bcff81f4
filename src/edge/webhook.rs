//! [`Webhook`]: the user's endpoint for receipts. Posts are signed by Standard Webhooks. Source:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::edge::outgoing::Outgoing;
use crate::otp::code::mac_of;
use crate::secret::Secret;

/// The wait after each failure of a message, in milliseconds; the last one applies to all further failures.
const RETRY_WAITS_MS: [i64; 8] = [60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000];

/// The endpoint for receipts.
pub struct Webhook {
    /// The address.
    pub url: String,
    secret: Secret,
}

/// The time limit of the endpoint's answer, in milliseconds.
const TIMEOUT_MS: u32 = 10_000;

impl Webhook {
    /// Reads a secret in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
    #[must_use]
    pub fn new(url: &str, secret: &str) -> Option<Self> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&key.len()).then(|| Self { url: url.to_owned(), secret: Secret::new(secret) })
    }

    /// The request of a message, signed at a time in milliseconds since the Unix epoch. Its id is the same for every
    /// attempt.
    #[must_use]
    pub fn request(&self, id: String, now: i64, body: &str) -> Outgoing {
        let timestamp = now.div_euclid(1000).to_string();
        let key = self.secret.expose().strip_prefix("whsec_").unwrap_or_default();
        let key = STANDARD.decode(key).unwrap_or_default();
        let mac = mac_of(&key, [id.as_str(), ".", &timestamp, ".", body].concat().as_bytes());
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", ["v1,", &STANDARD.encode(mac)].concat()),
        ];
        // Only the status of the answer counts.
        Outgoing { url: self.url.clone(), headers, body: body.to_owned(), timeout_ms: TIMEOUT_MS, max_bytes: 0 }
    }
}

/// The wait after another failure, in milliseconds; `failures` counts the earlier ones.
#[must_use]
pub fn wait_ms(failures: u32) -> i64 {
    let at = usize::try_from(failures).unwrap_or(usize::MAX).min(RETRY_WAITS_MS.len() - 1);
    RETRY_WAITS_MS[at]
}

/// Whether a record with this many failures was tried for more than a day.
#[must_use]
pub fn is_last_attempt(failures: u32) -> bool {
    usize::try_from(failures).is_ok_and(|failures| failures >= RETRY_WAITS_MS.len())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn signature_equals_the_specifications_example() {
        // The example of the reference libraries.
        let webhook = Webhook::new("https://example.com", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let request = webhook.request(id.into(), 1_614_265_330_000, r#"{"test": 2432232314}"#);
        let headers = request.headers.iter().map(|(name, value)| [*name, value.as_str()]);
        let expected = [
            ["content-type", "application/json"],
            ["webhook-id", id],
            ["webhook-timestamp", "1614265330"],
            ["webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
        ];
        assert!(headers.eq(expected));
        for wrong in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!"] {
            assert!(Webhook::new("https://example.com", wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn retry_waits_grow_to_half_a_day() {
        let waits: Vec<i64> = (0..10).map(wait_ms).collect();
        assert!(waits.is_sorted() && waits[0] == 60_000 && waits[9] == 43_200_000);
        let tried: i64 = (0..100).take_while(|failures| !is_last_attempt(*failures)).map(wait_ms).sum();
        assert!((24 * 3_600_000..48 * 3_600_000).contains(&tried));
    }
}
