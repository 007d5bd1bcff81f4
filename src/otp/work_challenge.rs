//! A challenge to do work before a text is sent, and the check of its answer. Neither is stored: a challenge contains
//! what it is valid for, under a MAC that covers the answer too, and its number records which were used (see
//! [`Number::reserve_send`](crate::guard::number::Number::reserve_send)).

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::otp::keyring::{Keyring, NumberKey};
use crate::proof_of_work::{Salt, Target, WorkAnswer, WorkFunction};

/// The validity of a challenge, in milliseconds.
pub const TTL_MS: i64 = 120_000;
/// The candidates of a challenge if nothing is busy. Like [`MAX_TRIES`], this follows from the time that a slow phone
/// may take.
pub const TRIES: u32 = 256;
/// The maximum number of candidates of a challenge.
pub const MAX_TRIES: u32 = 640;

/// The beginning of a challenge, which no captcha's token has.
const PREFIX: &str = "pow.";
/// The bytes of salt, target, number of candidates and expiry.
const CLAIMS_BYTES: usize = 36;
/// The same with a MAC of 16 bytes.
const WRITTEN: usize = CLAIMS_BYTES + 16;

/// The number of candidates after this many recent demands: a quarter more each time that the demands double.
#[must_use]
pub fn tries(rejections: u32) -> u32 {
    (TRIES + TRIES / 4 * rejections.max(1).ilog2()).min(MAX_TRIES)
}

/// Work that was done. The number stores it, so that it is valid once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneWork {
    /// The identity of the challenge.
    pub id: u64,
    /// The end of its validity, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

/// Whether a text has the form of a challenge with an answer, valid or not, and is no captcha's token.
#[must_use]
pub fn is_work(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// A challenge for a text to a number, for a purpose. The salt is random.
#[must_use]
pub fn write(keyring: &Keyring, number: &NumberKey, purpose: &str, salt: &Salt, tries: u32, now: i64) -> String {
    let candidate = keyring.trust_mac("work candidate", number, salt);
    let candidate = candidate.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let (target, answer) = WorkFunction::new().digest(salt, candidate % tries.max(1));
    let expires_at = now.saturating_add(TTL_MS);
    let mut bytes = Vec::with_capacity(WRITTEN);
    bytes.extend_from_slice(salt);
    bytes.extend_from_slice(&target);
    bytes.extend_from_slice(&tries.to_be_bytes());
    bytes.extend_from_slice(&expires_at.to_be_bytes());
    let mac = keyring.trust_mac("work", number, &sealed(&bytes, &answer, purpose));
    bytes.extend_from_slice(&mac[..WRITTEN - CLAIMS_BYTES]);
    [PREFIX, &URL_SAFE_NO_PAD.encode(bytes)].concat()
}

/// Checks a challenge and its answer, separated by a dot: whether it is for this number and purpose, and has not
/// expired. Costs an HMAC.
#[must_use]
pub fn check(keyring: &Keyring, number: &NumberKey, purpose: &str, token: &str, now: i64) -> Option<DoneWork> {
    let (challenge, answer) = token.strip_prefix(PREFIX)?.split_once('.')?;
    let bytes = URL_SAFE_NO_PAD.decode(challenge).ok().filter(|bytes| bytes.len() == WRITTEN)?;
    let answer: WorkAnswer = URL_SAFE_NO_PAD.decode(answer).ok()?.try_into().ok()?;
    let (claims, mac) = bytes.split_at(CLAIMS_BYTES);
    if !keyring.is_trusted_mac("work", number, &sealed(claims, &answer, purpose), mac) {
        return None;
    }
    let expires_at = i64::from_be_bytes(*claims.last_chunk()?);
    let id = u64::from_be_bytes(*mac.first_chunk()?);
    (now < expires_at).then_some(DoneWork { id, expires_at })
}

/// The bytes under the MAC. All but the last part have a fixed length.
fn sealed(claims: &[u8], answer: &WorkAnswer, purpose: &str) -> Vec<u8> {
    [claims, answer, purpose.as_bytes()].concat()
}

/// The parts of a challenge that a worker needs: the salt, the target and the number of candidates.
#[must_use]
pub fn read(challenge: &str) -> Option<(Salt, Target, u32)> {
    let bytes = URL_SAFE_NO_PAD.decode(challenge.strip_prefix(PREFIX)?).ok()?;
    let (salt, rest) = bytes.split_first_chunk()?;
    let (target, rest) = rest.split_first_chunk()?;
    Some((*salt, *target, u32::from_be_bytes(*rest.first_chunk()?)))
}

/// Does the work of a challenge. Returns the token that [`check`] accepts. For tests and simulations; pages do it in a
/// worker.
#[must_use]
pub fn solve(challenge: &str) -> Option<String> {
    let (salt, target, tries) = read(challenge)?;
    let mut work = WorkFunction::new();
    let candidate = work.search(&salt, &target, 0, tries)?;
    Some(written(challenge, &work.digest(&salt, candidate).1))
}

/// A challenge with its answer: the token that [`check`] accepts.
#[must_use]
pub fn written(challenge: &str, answer: &WorkAnswer) -> String {
    [challenge, ".", &URL_SAFE_NO_PAD.encode(answer)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Phone;

    fn number(keyring: &Keyring, text: &str) -> NumberKey {
        keyring.number_key(&Phone::parse(text).unwrap())
    }

    #[test]
    fn is_good_for_its_number_and_purpose_and_two_minutes() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let of = number(&keyring, "13812345678");
        let challenge = write(&keyring, &of, "login", &[7; 16], 8, 1000);
        let token = solve(&challenge).unwrap();
        let done = check(&keyring, &of, "login", &token, 1000).unwrap();
        assert_eq!(done.expires_at, 1000 + TTL_MS);
        assert_eq!(check(&keyring, &of, "login", &token, 999 + TTL_MS), Some(done));
        assert_eq!(check(&keyring, &of, "login", &token, 1000 + TTL_MS), None);
        assert_eq!(check(&keyring, &of, "pay", &token, 1000), None);
        assert_eq!(check(&keyring, &number(&keyring, "13812345679"), "login", &token, 1000), None);
        assert_eq!(check(&Keyring::new(&"q".repeat(32), &[]), &of, "login", &token, 1000), None);
        let rotated = Keyring::new(&"q".repeat(32), &[&"p".repeat(32)]);
        assert_eq!(check(&rotated, &of, "login", &token, 1000), Some(done), "of a pepper that still checks");
        let other = write(&keyring, &of, "login", &[8; 16], 8, 1000);
        let (_, answer) = token.rsplit_once('.').unwrap();
        for wrong in [
            challenge.clone(),
            format!("{challenge}."),
            format!("{challenge}.{}", URL_SAFE_NO_PAD.encode([0; 16])),
            format!("{other}.{answer}"),
            format!("{token}A"),
            token[..token.len() - 1].to_owned(),
            token.replace("pow.", "pow.A"),
            token.replacen("pow.", "", 1),
            "pow.".to_owned(),
            "pow..".to_owned(),
        ] {
            assert_eq!(check(&keyring, &of, "login", &wrong, 1000), None, "{wrong}");
        }
        assert!(token.len() <= 100 && is_work(&token), "{token}");
    }

    #[test]
    fn what_a_challenge_says_cannot_be_changed() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let of = number(&keyring, "13812345678");
        let challenge = write(&keyring, &of, "login", &[7; 16], 4, 1000);
        let token = solve(&challenge).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&challenge[4..]).unwrap();
        let (_, answer) = token.rsplit_once('.').unwrap();
        for at in 0..WRITTEN {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = format!("pow.{}.{answer}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(check(&keyring, &of, "login", &changed, 1000), None, "byte {at}");
        }
    }

    #[test]
    fn every_candidate_is_as_likely_as_any_other() {
        let keyring = Keyring::new(&"p".repeat(32), &[]);
        let of = number(&keyring, "13812345678");
        let mut seen = [0_u32; 8];
        for salt in 0..64_u128 {
            let (salt, target, tries) = read(&write(&keyring, &of, "", &salt.to_be_bytes(), 8, 0)).unwrap();
            let candidate = WorkFunction::new().search(&salt, &target, 0, tries).unwrap();
            seen[usize::try_from(candidate).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (1..=20).contains(count)), "{seen:?}");
    }

    #[test]
    fn difficulty_rises_to_its_bound() {
        let rising = [0, 1, 2, 4, 16, 64, 1_000_000].map(tries);
        assert_eq!(rising, [TRIES, TRIES, 320, 384, 512, MAX_TRIES, MAX_TRIES]);
    }
}
