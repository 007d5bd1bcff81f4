//! Tokens and signatures of login servers. All comparisons take the same time for every value of a length.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::{Body, HandlerRequest};
use crate::edge::problems::unauthorized;
use crate::otp::code::is_same;
use crate::secret::Secret;
use crate::wire::digest::{hex, hmac_sha256};

/// The maximum difference between the time of a signature and ours, in seconds: that of Standard Webhooks and Zitadel.
const TOLERANCE_SECONDS: i64 = 300;

/// Checks a token in `Authorization`, with `Bearer` before it or without.
///
/// # Errors
/// 401 for another token or none.
pub fn check_authorization(request: &HandlerRequest, token: &Secret) -> Result<(), Problem> {
    let plain = request.authorization.as_deref().unwrap_or_default();
    check(is_token(plain, token) | is_token(request.bearer().unwrap_or_default(), token))
}

/// Whether a text is the token.
pub fn is_token(text: &str, token: &Secret) -> bool {
    is_same(text.as_bytes(), token.expose().as_bytes())
}

/// # Errors
/// 401 if a credential is invalid.
pub fn check(is_valid: bool) -> Result<(), Problem> {
    if is_valid { Ok(()) } else { Err(unauthorized()) }
}

/// Checks a signature by Standard Webhooks: one of `signatures`, which blanks or commas and blanks separate, is by one
/// of the keys. Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
///
/// # Errors
/// 401 for no valid signature, or an old one.
pub fn check_webhook(request: &HandlerRequest, keys: &[Vec<u8>], now: i64) -> Result<(), Problem> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body_of(request)].concat();
    let expected: Vec<String> = keys.iter().map(|key| STANDARD.encode(hmac_sha256(key, &signed))).collect();
    // Supabase joins several by a comma and a blank, the standard by a blank.
    let signatures = header("webhook-signature").split([' ', ',']).filter(|part| !matches!(*part, "" | "v1"));
    let is_ours = |found: bool, signature: &str| {
        expected.iter().fold(found, |found, expected| found | is_same(expected.as_bytes(), signature.as_bytes()))
    };
    check_signed(signatures.fold(false, is_ours) & !id.is_empty(), timestamp, now)
}

/// Checks `ZITADEL-Signature`: `t=` and the seconds since the Unix epoch, and `v1=` and a signature in hex for each
/// key. Source: <https://github.com/zitadel/zitadel/blob/main/pkg/actions/signing.go>.
///
/// # Errors
/// 401 for no valid signature, or an old one.
pub fn check_zitadel(request: &HandlerRequest, keys: &[Secret], now: i64) -> Result<(), Problem> {
    let header = request.header("zitadel-signature").unwrap_or_default();
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, timestamp) = parts().find(|(name, _)| *name == "t").unwrap_or_default();
    let signed = [timestamp.as_bytes(), b".", body_of(request)].concat();
    let expected: Vec<String> = keys.iter().map(|key| hex(&hmac_sha256(key.expose().as_bytes(), &signed))).collect();
    let is_ours = |found: bool, (_, signature): (&str, &str)| {
        let signature = signature.to_ascii_lowercase();
        expected.iter().fold(found, |found, expected| found | is_same(expected.as_bytes(), signature.as_bytes()))
    };
    let is_valid = parts().filter(|(name, _)| *name == "v1").fold(false, is_ours);
    check_signed(is_valid, timestamp, now)
}

/// # Errors
/// 401 with what is wrong. Only who has the key learns that the time is.
fn check_signed(is_valid: bool, timestamp: &str, now: i64) -> Result<(), Problem> {
    if !is_valid {
        return Err(unauthorized().detail("the signature is missing, or by no secret of this gateway's options"));
    }
    if is_recent(timestamp, now) {
        return Ok(());
    }
    Err(unauthorized().detail("the signature's time is over 300 seconds from this server's: compare the two clocks"))
}

fn is_recent(seconds: &str, now: i64) -> bool {
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    let difference = |seconds: i64| now.div_euclid(1000).abs_diff(seconds);
    is_number && seconds.parse().is_ok_and(|seconds| difference(seconds) <= TOLERANCE_SECONDS.unsigned_abs())
}

fn body_of(request: &HandlerRequest) -> &[u8] {
    if let Body::Whole(body) = &request.body { body } else { &[] }
}
