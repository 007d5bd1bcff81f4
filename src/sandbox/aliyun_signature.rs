//! aliyun's two signatures: ACS3-HMAC-SHA256 (V3版本请求体&签名机制), and the older one of RPC (V2版本RPC风格请求体&签名机制), by
//! which @alicloud/pop-core calls.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::World;
use super::aliyun::{KEY_ID, KEY_SECRET};
use super::clock::iso;
use super::form::Form;
use super::http::Request;
use super::sha256::{hex, hmac_sha256, sha256_hex};

/// A request is good for 15 minutes.
const VALID_MS: i64 = 15 * 60_000;

/// The operation of a request whose signature is right. Otherwise the code of a rejection.
pub(super) fn action_of(request: &Request, form: &Form, world: &mut World) -> Result<String, &'static str> {
    if request.header("authorization").is_empty() && form.has("Signature") {
        return verify_parameters(request, form, world).map(|()| form.utf8("Action"));
    }
    verify_headers(request, world).map(|()| request.header("x-acs-action").to_owned())
}

/// Verifies ACS3-HMAC-SHA256, which signs headers and the body.
fn verify_headers(request: &Request, world: &mut World) -> Result<(), &'static str> {
    let authorization = request.header("authorization").strip_prefix("ACS3-HMAC-SHA256 ").ok_or("MissingParameter")?;
    let part = |name: &str| {
        let mut parts = authorization.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    };
    if part("Credential") != KEY_ID {
        return Err("InvalidAccessKeyId.NotFound");
    }
    let signed: Vec<&str> = part("SignedHeaders").split(';').collect();
    let needed =
        ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];
    if !needed.iter().all(|name| signed.contains(name)) || request.header("x-acs-version") != "2017-05-25" {
        return Err("IncompleteSignature");
    }
    let digest = sha256_hex(&request.body);
    if request.header("x-acs-content-sha256") != digest {
        return Err("SignatureDoesNotMatch");
    }
    let value = |name: &str| if name == "host" { request.authority() } else { request.header(name) };
    let lines: Vec<String> = signed.iter().map(|name| format!("{name}:{}\n", value(name).trim())).collect();
    let lines = lines.concat();
    let names = signed.join(";");
    let canonical = format!(
        "{}\n/\n{}\n{lines}\n{names}\n{digest}",
        request.method,
        canonical(Form::of_query(request).pairs().iter())
    );
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
    if part("Signature") != hex(&hmac_sha256(KEY_SECRET.as_bytes(), &to_sign)) {
        return Err("SignatureDoesNotMatch");
    }
    check_once(request.header("x-acs-date"), request.header("x-acs-signature-nonce"), world)
}

/// Verifies the older signature of RPC, whose parameters are all signed and stand beside it.
fn verify_parameters(request: &Request, form: &Form, world: &mut World) -> Result<(), &'static str> {
    if form.utf8("AccessKeyId") != KEY_ID {
        return Err("InvalidAccessKeyId.NotFound");
    }
    let expected = [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"), ("Version", "2017-05-25")];
    if expected.iter().any(|(name, value)| form.utf8(name) != *value) {
        return Err("IncompleteSignature");
    }
    let signed = form.pairs().iter().filter(|(name, _)| name != b"Signature");
    let canonical = canonical(signed);
    let to_sign = format!("{}&%2F&{}", request.method, urlencoding::encode(&canonical));
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(format!("{KEY_SECRET}&").as_bytes()) else {
        return Err("SignatureDoesNotMatch");
    };
    mac.update(to_sign.as_bytes());
    if form.utf8("Signature") != STANDARD.encode(mac.finalize().into_bytes()) {
        return Err("SignatureDoesNotMatch");
    }
    check_once(&form.utf8("Timestamp"), &form.utf8("SignatureNonce"), world)
}

/// Checks that a request is of these minutes and its nonce new.
fn check_once(date: &str, nonce: &str, world: &mut World) -> Result<(), &'static str> {
    // 2026-01-05T09:30:00Z: such texts sort as the times that they name.
    let date = date.strip_suffix('Z').filter(|date| date.len() == 19).ok_or("InvalidTimeStamp.Format")?;
    if !(&iso(world.now - VALID_MS)[..19]..=&iso(world.now + VALID_MS)[..19]).contains(&date) {
        return Err("InvalidTimeStamp.Expired");
    }
    if world.approved.take_nonce(nonce) { Ok(()) } else { Err("SignatureNonceUsed") }
}

/// Parameters as the document signs them: decoded, sorted, and encoded anew. Some programs write `*` as it is, and some
/// `%2A`.
fn canonical<'a>(pairs: impl Iterator<Item = &'a (Vec<u8>, Vec<u8>)>) -> String {
    let encode = |bytes: &[u8]| urlencoding::encode_binary(bytes).into_owned();
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}
