//! Proofs: JSON Web Tokens (RFC 7519), signed with HMAC-SHA256 (`HS256`), of a number that was verified.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Code, SmsError};
use crate::otp::code::{is_same, mac};
use crate::phone::Phone;
use crate::wire::digest::hmac_sha256;
use crate::wire::json::{self, Json};
use crate::wire::json_writer::Object;

/// Seconds by which `iat` precedes the time of signing. Libraries such as hono/jwt and `PyJWT` reject a token that lies
/// in the future by their own clock, which may be behind; `exp` is not moved.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// The claims of a proof.
pub struct Claims<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The audience.
    pub audience: &'a str,
    /// The verified number.
    pub phone: &'a Phone,
    /// The purpose of the code.
    pub purpose: &'a str,
    /// The caller's nonce.
    pub caller_nonce: Option<&'a str>,
    /// Whether the code was fixed for an app store's review.
    pub review: bool,
    /// The random id, by which a back end accepts the proof once.
    pub id: [u8; 16],
    /// The time of signing, in seconds since the Unix epoch.
    pub issued_at: i64,
    /// The validity, in seconds.
    pub ttl_seconds: i64,
}

impl Claims<'_> {
    /// Registered names of RFC 7519, `nonce` of `OpenID` Connect, and our own `purpose` and `review`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("iss", self.issuer);
        json.text("aud", self.audience);
        json.text("sub", &self.phone.e164());
        json.text("purpose", self.purpose);
        json.text_if("nonce", self.caller_nonce);
        if self.review {
            json.flag("review", true);
        }
        json.text("jti", &URL_SAFE_NO_PAD.encode(self.id));
        json.number("iat", self.issued_at.saturating_sub(CLOCK_SKEW_SECONDS));
        json.number("exp", self.issued_at.saturating_add(self.ttl_seconds));
        json.finish()
    }
}

/// The `kid` of a key: distinguishes keys and reveals nothing about them.
#[must_use]
pub fn key_id(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(&mac(key.as_bytes(), &[b"kid"])[..6])
}

/// Signs claims in JSON. `key_id` is the key's [`key_id`].
#[must_use]
pub fn sign(claims: &str, key: &str, key_id: &str) -> String {
    let mut header = Object::new();
    header.text("alg", "HS256");
    header.text("typ", "JWT");
    header.text("kid", key_id);
    let [header, claims] = [&header.finish(), claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let signed = [header.as_str(), ".", &claims].concat();
    let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(key.as_bytes(), signed.as_bytes()));
    [signed.as_str(), ".", &signature].concat()
}

/// The claims that a back end requires of a proof.
pub struct Expected<'a> {
    /// The issuer: `iss`.
    pub issuer: &'a str,
    /// The audience: `aud`, or one of its list.
    pub audience: &'a str,
    /// The required `nonce`; `None` for no requirement. A session that lost its nonce has `Some(None)`, which no proof
    /// satisfies.
    pub nonce: Option<Option<&'a str>>,
    /// The required `purpose`, in the same way.
    pub purpose: Option<Option<&'a str>>,
}

/// The claims of a valid proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The number, in E.164.
    pub phone: String,
    /// The purpose of the code.
    pub purpose: String,
    /// Whether the code was fixed for an app store's review.
    pub review: bool,
    /// The random id, by which a back end accepts the proof once.
    pub id: String,
    /// The expiry, in seconds since the Unix epoch.
    pub expires_at: i64,
}

/// Checks a proof at a time in milliseconds since the Unix epoch. `keys` are all keys that may have signed it.
///
/// # Errors
/// The reason why the proof is invalid, in words that repeat nothing of it.
pub fn verify(token: &str, keys: &[&str], expected: &Expected<'_>, now: i64) -> Result<Proof, &'static str> {
    let claims = signed_claims(token, keys)?;
    let claims = json::parse(&claims).ok().filter(Json::is_object).ok_or("its claims are not a JSON object")?;
    if claims.repeats_a_name() {
        return Err("it says the same claim twice");
    }
    let text = |name: &str| claims.member(name).and_then(Json::string);
    let expires_at = seconds(&claims, "exp")?.ok_or("it has no exp")?;
    if text("iss") != Some(expected.issuer) {
        return Err("its iss differs");
    }
    let audience = claims.member("aud");
    let is_meant = |audience: &Json<'_>| audience.string() == Some(expected.audience);
    if !audience.is_some_and(|one| is_meant(one) || one.list().is_some_and(|list| list.iter().any(is_meant))) {
        return Err("its aud differs");
    }
    if seconds(&claims, "nbf")?.is_some_and(|from| from > now.div_euclid(1000)) {
        return Err("its nbf lies ahead");
    }
    if expires_at <= now.div_euclid(1000) {
        return Err("its exp has passed");
    }
    let id = text("jti").filter(|id| !id.is_empty());
    let (Some(phone), Some(purpose), Some(id)) = (text("sub"), text("purpose"), id) else {
        return Err("it does not name a number, a purpose and a jti");
    };
    if expected.nonce.is_some_and(|nonce| nonce.is_none() || nonce != text("nonce")) {
        return Err("its nonce differs");
    }
    if expected.purpose.is_some_and(|purpose_expected| purpose_expected != Some(purpose)) {
        return Err("its purpose differs");
    }
    let review = claims.member("review").and_then(Json::flag) == Some(true);
    Ok(Proof { phone: phone.to_owned(), purpose: purpose.to_owned(), review, id: id.to_owned(), expires_at })
}

/// The error of an invalid proof.
#[must_use]
pub fn proof_error(why: &str) -> SmsError {
    SmsError::not_sent(Code::Auth, ["the proof does not hold: ", why].concat()).field("token")
}

/// The claims of a token that one of the keys signed.
fn signed_claims(token: &str, keys: &[&str]) -> Result<Vec<u8>, &'static str> {
    let unreadable = "it is not a JSON Web Token";
    let (signed, signature) = token.rsplit_once('.').ok_or(unreadable)?;
    let (header, claims) = signed.split_once('.').filter(|(_, claims)| !claims.contains('.')).ok_or(unreadable)?;
    let [header, claims, signature] = [header, claims, signature].map(|part| URL_SAFE_NO_PAD.decode(part));
    let (Ok(header), Ok(claims), Ok(signature)) = (header, claims, signature) else { return Err(unreadable) };
    let header = json::parse(&header).map_err(|_| unreadable)?;
    // The bearer of a token wrote its header, so the header may choose neither another algorithm nor extensions.
    if header.repeats_a_name() || header.member("alg").and_then(Json::string) != Some("HS256") {
        return Err("it is not signed with HS256");
    }
    if header.member("crit").is_some() || header.member("b64").is_some() {
        return Err("its header asks for what is not supported");
    }
    // All keys are compared, whichever signed.
    let matches = |key: &&&str| is_same(&hmac_sha256(key.as_bytes(), signed.as_bytes()), &signature);
    if keys.iter().filter(matches).count() > 0 { Ok(claims) } else { Err("its signature is wrong") }
}

/// A `NumericDate` in whole seconds since the Unix epoch.
fn seconds(claims: &Json<'_>, name: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = claims.member(name) else { return Ok(None) };
    let digits = value.text().filter(|_| value.string().is_none()).unwrap_or_default();
    // RFC 7519 allows a fraction, which is ignored. An exponent would give another time.
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.parse().ok().filter(|_| fraction.bytes().all(|byte| byte.is_ascii_digit()));
    whole.map(Some).ok_or("one of its times is not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key for proofs that is long enough";
    const NOW: i64 = 1_767_225_600_000;

    fn expected() -> Expected<'static> {
        Expected { issuer: "xinshi", audience: "app", nonce: None, purpose: None }
    }

    fn claims(more: &str) -> String {
        format!(
            r#"{{"iss":"xinshi","aud":"app","sub":"+8613812345678","purpose":"login","nonce":"n","jti":"j","iat":1767225540,"exp":1767225900{more}}}"#
        )
    }

    fn token(header: &str, claims: &str) -> String {
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(KEY.as_bytes(), signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    #[test]
    fn signature_equals_the_standards_example() {
        // The signature comes from Python's hmac.
        let signed = sign(r#"{"a":1}"#, "secret", "k");
        assert_eq!(
            signed,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsifQ.eyJhIjoxfQ.U--eLZ-JblwDFJ4r8hLtFB6Kxu37-xbVK67pNFaG6k0"
        );
    }

    #[test]
    fn own_proof_is_accepted_and_altered_proof_rejected() {
        let own = sign(&claims(""), KEY, "k");
        let proof = verify(&own, &["another key that is long enough to be", KEY], &expected(), NOW).unwrap();
        assert_eq!((proof.phone.as_str(), proof.purpose.as_str()), ("+8613812345678", "login"));
        assert_eq!((proof.id.as_str(), proof.expires_at), ("j", 1_767_225_900));
        let strict = Expected { nonce: Some(Some("n")), purpose: Some(Some("login")), ..expected() };
        assert!(verify(&own, &[KEY], &strict, NOW).is_ok());
        for wrong in [
            Expected { nonce: Some(None), ..expected() },
            Expected { nonce: Some(Some("m")), ..expected() },
            Expected { purpose: Some(None), ..expected() },
            Expected { purpose: Some(Some("pay")), ..expected() },
            Expected { audience: "other", ..expected() },
            Expected { issuer: "other", ..expected() },
        ] {
            assert!(verify(&own, &[KEY], &wrong, NOW).is_err());
        }
        assert!(verify(&own, &[KEY], &expected(), 1_767_225_899_999).is_ok());
        assert_eq!(verify(&own, &[KEY], &expected(), 1_767_225_900_000), Err("its exp has passed"));
        assert_eq!(verify(&own, &["x"], &expected(), NOW), Err("its signature is wrong"));
        assert_eq!(verify(&own, &[], &expected(), NOW), Err("its signature is wrong"));
    }

    #[test]
    fn token_with_another_algorithm_or_wrong_claims_is_rejected() {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        assert!(verify(&token(header, &claims("")), &[KEY], &expected(), NOW).is_ok());
        assert!(verify(&token(header, &claims(r#","aud2":["app"]"#)), &[KEY], &expected(), NOW).is_ok());
        let several = claims("").replace(r#""aud":"app""#, r#""aud":["x","app"]"#);
        assert!(verify(&token(header, &several), &[KEY], &expected(), NOW).is_ok());
        let fraction = claims("").replace("1767225900", "1767225900.5");
        assert!(verify(&token(header, &fraction), &[KEY], &expected(), NOW).is_ok());
        for (header, claims) in [
            (r#"{"alg":"none"}"#, claims("")),
            (r#"{"alg":"HS512"}"#, claims("")),
            (r#"{"alg":"RS256"}"#, claims("")),
            (r#"{"typ":"JWT"}"#, claims("")),
            (r#"{"alg":"HS256","alg":"none"}"#, claims("")),
            (r#"{"alg":"HS256","crit":["exp"]}"#, claims("")),
            (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, claims("")),
            ("[]", claims("")),
            ("HS256", claims("")),
            (header, claims(r#","exp":9999999999"#)),
            (header, claims(r#","nbf":1767225601"#)),
            (header, claims(r#","nbf":"soon""#)),
            (header, claims(r#","nbf":1.9e12"#)),
            (header, claims("").replace(r#""jti":"j","#, r#""jti":"","#)),
            (header, claims("").replace("1767225900", "\"1767225900\"")),
            (header, claims("").replace(r#","exp":1767225900"#, "")),
            (header, claims("").replace(r#""jti":"j","#, "")),
            (header, claims("").replace(r#""purpose":"login","#, "")),
            (header, claims("").replace(r#""sub":"+8613812345678""#, r#""sub":7"#)),
            (header, claims("").replace(r#""aud":"app""#, r#""aud":["x"]"#)),
            (header, "[]".to_owned()),
            (header, "claims".to_owned()),
        ] {
            assert!(verify(&token(header, &claims), &[KEY], &expected(), NOW).is_err(), "{header} {claims}");
        }
        let own = sign(&claims(""), KEY, "k");
        let (signed, signature) = own.rsplit_once('.').unwrap();
        for other in [
            String::new(),
            "x".to_owned(),
            format!("{signed}."),
            format!("{signed}.{signature}="),
            format!("{signed}.{signature}A"),
            format!("{signed}.{}", &signature[1..]),
            format!("{own}.{signature}"),
            format!(".{own}"),
            format!(" {own}"),
        ] {
            assert!(verify(&other, &[KEY], &expected(), NOW).is_err(), "{other}");
        }
    }
}
