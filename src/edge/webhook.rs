//! [`Webhook`]: the user's endpoint for receipts. Posts are signed by Standard Webhooks. Source:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::edge::outgoing::Outgoing;
use crate::secret::Secret;
use crate::wire::digest::hmac_sha256;

/// The wait after each failure of a message, in milliseconds; the last one applies to all further failures, until the
/// message is too old to be kept. The specification recommends some 75 hours of retries; these make twelve in that time,
/// where its example makes ten.
const RETRY_WAITS_MS: [i64; 8] = [60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000];
/// The secrets of one endpoint: a new one and the one that it replaces.
pub const MAX_SECRETS: usize = 2;

/// The endpoint for receipts.
pub struct Webhook {
    /// The address.
    pub url: String,
    secrets: Vec<Secret>,
}

/// The endpoint's answer to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The time that `Retry-After` names, in milliseconds since the Unix epoch.
    pub retry_at: Option<i64>,
}

/// The time limit of the endpoint's answer, in milliseconds.
const TIMEOUT_MS: u32 = 10_000;

impl Webhook {
    /// Reads one or two secrets in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
    #[must_use]
    pub fn new(url: &str, secrets: &[&str]) -> Option<Self> {
        let is_secret = |secret: &&str| key_of(secret).is_some_and(|key| (24..=64).contains(&key.len()));
        let is_valid = (1..=MAX_SECRETS).contains(&secrets.len()) && secrets.iter().all(is_secret);
        let secrets = || secrets.iter().map(|secret| Secret::new(*secret)).collect();
        is_valid.then(|| Self { url: url.to_owned(), secrets: secrets() })
    }

    /// Bytes that identify the endpoint as it was configured: its address and its secrets.
    #[must_use]
    pub fn identity(&self) -> Vec<u8> {
        let mut identity = self.url.clone().into_bytes();
        for secret in &self.secrets {
            identity.push(b'\n');
            identity.extend_from_slice(secret.expose().as_bytes());
        }
        identity
    }

    /// The request of a message, signed with each secret at a time in milliseconds since the Unix epoch. Its id is the
    /// same for every attempt.
    #[must_use]
    pub fn request(&self, id: String, now: i64, body: &str) -> Outgoing {
        let timestamp = now.div_euclid(1000).to_string();
        let signed = [id.as_str(), ".", &timestamp, ".", body].concat();
        let signature = |secret: &Secret| {
            let key = key_of(secret.expose()).unwrap_or_default();
            ["v1,", &STANDARD.encode(hmac_sha256(&key, signed.as_bytes()))].concat()
        };
        let signatures: Vec<String> = self.secrets.iter().map(signature).collect();
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.join(" ")),
        ];
        // Only the status of the answer counts.
        Outgoing { url: self.url.clone(), headers, body: body.to_owned(), timeout_ms: TIMEOUT_MS, max_bytes: 0 }
    }
}

fn key_of(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_")?).ok()
}

/// The wait after another failure, in milliseconds; `failures` counts the earlier ones. `seed` spreads messages that
/// failed together: each waits up to a tenth longer.
#[must_use]
pub fn wait_ms(failures: u32, seed: u64) -> i64 {
    let at = usize::try_from(failures).unwrap_or(usize::MAX).min(RETRY_WAITS_MS.len() - 1);
    let wait = RETRY_WAITS_MS[at];
    // Multiplying by the golden ratio spreads consecutive seeds evenly.
    let spread = seed.wrapping_add(u64::from(failures)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44;
    wait + ((wait / 10 * i64::try_from(spread).unwrap_or_default()) >> 20)
}

/// Whether a record that could not be ingested with this many failures was tried for more than a day.
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
        let webhook = Webhook::new("https://example.com", &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
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
            assert!(Webhook::new("https://example.com", &[wrong]).is_none(), "{wrong}");
        }
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert!(Webhook::new("https://example.com", &[]).is_none());
        assert!(Webhook::new("https://example.com", &[secret; 3]).is_none());
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let (old, new) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let signed = |secrets: &[&str]| {
            let webhook = Webhook::new("https://example.com", secrets).unwrap();
            webhook.request("m".into(), 1_614_265_330_000, "{}").headers.pop().unwrap().1
        };
        assert_eq!(signed(&[new, old]), format!("{} {}", signed(&[new]), signed(&[old])));
        assert_ne!(signed(&[new]), signed(&[old]));
    }

    #[test]
    fn messages_that_fail_together_are_retried_apart() {
        let waits: alloc::collections::BTreeSet<i64> = (0..1000).map(|seed| wait_ms(3, seed)).collect();
        assert!(waits.len() > 900, "{}", waits.len());
        assert!(waits.iter().all(|wait| (3_600_000..=3_960_000).contains(wait)));
        let (first, last) = (waits.first().unwrap(), waits.last().unwrap());
        assert!(last - first > 350_000, "{first} {last}");
    }

    #[test]
    fn waits_grow_to_half_a_day_and_go_on_for_75_hours() {
        let hours = |failures: u32| (0..failures).map(|failures| wait_ms(failures, 0)).sum::<i64>() / 3_600_000;
        let waits: Vec<i64> = (0..8).map(|failures| wait_ms(failures, 0)).collect();
        assert!(waits.is_sorted() && waits[0] >= 60_000 && wait_ms(99, 0) >= 43_200_000, "{waits:?}");
        assert!(hours(12) >= 75, "{}", hours(12));
        let last = (0..100).find(|failures| is_last_attempt(*failures)).unwrap();
        assert!((24..48).contains(&hours(last)), "{}", hours(last));
    }
}
