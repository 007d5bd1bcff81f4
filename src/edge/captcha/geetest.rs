//! [`GeeTest`]: `GeeTest` v4, verified by its second verification (二次校验).
//!
//! Sources: <https://docs.geetest.com/gt4/deploy/server>, <https://docs.geetest.com/gt4/apirefer/errorcode/server>.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;

use crate::edge::captcha::provider::{Question, post};
use crate::edge::outgoing::Outgoing;
use crate::secret::Secret;
use crate::wire::digest::{hex, hmac_sha256};
use crate::wire::{WireReply, json, percent};

/// A captcha of `GeeTest`'s.
pub struct GeeTest {
    /// The URL of the API.
    pub url: String,
    /// `captcha_id`.
    pub captcha_id: String,
    /// `captcha_key`, which signs.
    pub key: Secret,
}

/// The parameters that the page's script gives, passed on unchanged.
const MEMBERS: [&str; 4] = ["lot_number", "captcha_output", "pass_token", "gen_time"];

impl GeeTest {
    /// Asks for what `getValidate()` gave the page, as JSON. Nothing where one of its members is missing.
    #[must_use]
    pub fn request(&self, question: &Question<'_>) -> Option<Outgoing> {
        let token = json::parse(question.token.as_bytes()).ok()?;
        let mut body = String::new();
        for name in MEMBERS {
            let value = token.member(name)?.text().filter(|value| !value.is_empty())?;
            if name == "gen_time" && !value.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            body.push_str(&[name, "=", &percent::encode_text(value.as_bytes()), "&"].concat());
        }
        let lot_number = token.text_of("lot_number")?;
        body.push_str("sign_token=");
        body.push_str(&hex(&hmac_sha256(self.key.expose().as_bytes(), lot_number.as_bytes())));
        let between = if self.url.contains('?') { "&" } else { "?" };
        let url = [&self.url, between, "captcha_id=", &percent::encode_text(self.captcha_id.as_bytes())].concat();
        Some(post(url, vec![("content-type", "application/x-www-form-urlencoded".to_owned())], body))
    }

    /// Whether it was solved. Of the errors, -50000 is the service's own, and -501.. are about a captcha that is not there any more;
    /// all others are about what the page sent.
    #[must_use]
    pub fn verdict(reply: &WireReply) -> Option<bool> {
        let answer = json::parse(reply.document().ok()?).ok()?;
        match (answer.text_of("status"), answer.text_of("result")) {
            (Some("error"), _) => {
                let code = answer.text_of("code")?;
                let is_of_token = code.starts_with("-50") && code != "-50000" && !code.starts_with("-501");
                is_of_token.then_some(false)
            }
            (None | Some("success"), Some("success")) => Some(true),
            (None | Some("success"), Some("fail")) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = r#"{"captcha_id":"c","lot_number":"4dc3cfc2cdff448cad8d13107198d473","captcha_output":"a+b=","pass_token":"p","gen_time":"1636000000"}"#;

    #[test]
    fn asks_as_documented() {
        let url = "https://gcaptcha4.geetest.com/validate".to_owned();
        let geetest = GeeTest { url, captcha_id: "id".to_owned(), key: Secret::new("k&y") };
        let request_for =
            |token: &str| geetest.request(&Question { token, address: "192.0.2.1", now: 0, nonce: [0; 16] });
        let request = request_for(TOKEN).unwrap();
        assert_eq!(request.url, "https://gcaptcha4.geetest.com/validate?captcha_id=id");
        // The signature is that of Python's hmac.
        assert_eq!(
            request.body,
            "lot_number=4dc3cfc2cdff448cad8d13107198d473&captcha_output=a%2Bb%3D&pass_token=p&gen_time=1636000000\
             &sign_token=4e9f744d0b3de3408d8702b629c82e407173a2ebe3cd8b14f768536b641535bb"
        );
        assert!(request_for(&TOKEN.replace("\"1636000000\"", "1636000000")).is_some(), "a number will do");
        for name in MEMBERS {
            assert!(request_for(&TOKEN.replace(name, "other")).is_none(), "{name}");
        }
        assert!(request_for(&TOKEN.replace("1636000000", "soon")).is_none());
        assert!(request_for("lot_number=1").is_none() && request_for("").is_none());
    }

    #[test]
    fn reads_the_verdict() {
        let verdict = |status, body: &str| GeeTest::verdict(&WireReply { status, body: body.into() });
        assert_eq!(
            verdict(200, r#"{"status":"success","result":"success","reason":"","captcha_args":{}}"#),
            Some(true)
        );
        assert_eq!(verdict(200, r#"{"result":"success","reason":""}"#), Some(true), "as it was in earlier documents");
        assert_eq!(verdict(200, r#"{"status":"success","result":"fail","reason":"pass_token expire"}"#), Some(false));
        let error =
            |code: &str| verdict(200, &format!(r#"{{"status":"error","code":"{code}","msg":"m","desc":{{}}}}"#));
        for code in ["-50002", "-50003", "-50005", "-50301", "-50304"] {
            assert_eq!(error(code), Some(false), "{code}");
        }
        for code in ["-50000", "-50103", "-50105", "1"] {
            assert_eq!(error(code), None, "{code}");
        }
        for (status, body) in [(500, r#"{"result":"success"}"#), (200, "{}"), (200, r#"{"result":"maybe"}"#)] {
            assert_eq!(verdict(status, body), None, "{body}");
        }
        assert_eq!(verdict(200, r#"{"status":"error","code":"-50000","result":"success"}"#), None);
    }
}
