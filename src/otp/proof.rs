//! The claims of a proof: what a JSON Web Token says of a number that was verified.

use alloc::string::String;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::otp::code::mac;
use crate::phone::Phone;
use crate::wire::json_writer::Object;

/// How far `iat` lies before the time of signing, in seconds. Libraries such as hono/jwt and `PyJWT` refuse a token that their own
/// clock, which may be behind this one, takes for one of the future; `exp` is not moved.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// What a proof says.
pub struct Claims<'a> {
    /// Who says it.
    pub issuer: &'a str,
    /// To whom.
    pub audience: &'a str,
    /// Whose number it is.
    pub phone: &'a Phone,
    /// What the code was for.
    pub purpose: &'a str,
    /// What the caller wanted to see again.
    pub caller_nonce: Option<&'a str>,
    /// What makes it good for once, drawn at random.
    pub id: [u8; 16],
    /// When it is said, in seconds since 1970.
    pub issued_at: i64,
    /// How long it holds, in seconds.
    pub ttl_seconds: i64,
}

impl Claims<'_> {
    /// The registered names of RFC 7519, `nonce` as in `OpenID` Connect, and `purpose` of our own.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("iss", self.issuer);
        json.text("aud", self.audience);
        json.text("sub", &self.phone.e164());
        json.text("purpose", self.purpose);
        json.text_if("nonce", self.caller_nonce);
        json.text("jti", &URL_SAFE_NO_PAD.encode(self.id));
        json.number("iat", self.issued_at.saturating_sub(CLOCK_SKEW_SECONDS));
        json.number("exp", self.issued_at.saturating_add(self.ttl_seconds));
        json.finish()
    }
}

/// The `kid` of a key: it tells keys apart, and nothing about them.
#[must_use]
pub fn key_id(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(&mac(key.as_bytes(), &[b"kid"])[..6])
}
