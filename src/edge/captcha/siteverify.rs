//! [`Siteverify`]: verifies tokens of Turnstile and hCaptcha.
//!
//! Sources: <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>,
//! <https://docs.hcaptcha.com/#verify-the-user-response-server-side>.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;

use crate::edge::captcha::provider::post;
use crate::edge::outgoing::Outgoing;
use crate::secret::Secret;
use crate::wire::{WireReply, json, percent};

/// A provider, and the user's secret there.
pub struct Siteverify {
    url: String,
    secret: Secret,
}

impl Siteverify {
    /// A provider at a URL.
    #[must_use]
    pub fn new(url: &str, secret: &str) -> Self {
        Self { url: url.to_owned(), secret: Secret::new(secret) }
    }

    /// The request for a token. `address` is the person's, or empty.
    #[must_use]
    pub fn request(&self, token: &str, address: &str) -> Outgoing {
        let mut body = String::new();
        for (name, value) in [("secret", self.secret.expose()), ("response", token), ("remoteip", address)] {
            if name != "remoteip" || !value.is_empty() {
                let between = if body.is_empty() { "" } else { "&" };
                body.push_str(&[between, name, "=", &percent::encode_text(value.as_bytes())].concat());
            }
        }
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        post(self.url.clone(), headers, body)
    }

    /// Whether the captcha was solved; `None` if the answer does not say.
    #[must_use]
    pub fn verdict(reply: &WireReply) -> Option<bool> {
        json::parse(reply.document().ok()?).ok()?.member("success")?.flag()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_is_a_form_and_reply_gives_the_verdict() {
        let provider = Siteverify::new("https://captcha.example/siteverify", "s&cret =");
        let request = provider.request("a+b", "2001:db8::1");
        assert_eq!(request.body, "secret=s%26cret%20%3D&response=a%2Bb&remoteip=2001%3Adb8%3A%3A1");
        assert_eq!(provider.request("t", "").body, "secret=s%26cret%20%3D&response=t");
        assert!(!format!("{request:?}").contains("cret"));
        let verdict = |status, body: &str| Siteverify::verdict(&WireReply { status, body: body.into() });
        assert_eq!(verdict(200, r#"{"success":true}"#), Some(true));
        assert_eq!(verdict(200, "\u{FEFF}{\"success\":true}\n"), Some(true));
        assert_eq!(verdict(200, r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#), Some(false));
        for (status, body) in [(500, r#"{"success":true}"#), (302, ""), (200, "<html>"), (200, r#"{"success":"true"}"#)]
        {
            assert_eq!(verdict(status, body), None, "{body}");
        }
        assert_eq!(verdict(200, r#"{"error":"bad"}"#), None);
    }
}
