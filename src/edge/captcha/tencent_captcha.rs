//! [`Tencent`]: Tencent Cloud's captcha, verified by `DescribeCaptchaResult`.
//!
//! Source: <https://cloud.tencent.com/document/product/1110/36926>.

use alloc::string::String;

use crate::edge::captcha::provider::{Question, host_of, post};
use crate::edge::outgoing::Outgoing;
use crate::secret::Secret;
use crate::wire::json_writer::Object;
use crate::wire::tc3::{self, ApiKey, TcCall};
use crate::wire::{WireReply, json};

/// An app of the captcha.
pub struct Tencent {
    /// The URL of the API.
    pub url: String,
    /// The key of the account.
    pub key: ApiKey,
    /// `CaptchaAppId`.
    pub app_id: i64,
    /// `AppSecretKey`.
    pub app_secret: Secret,
}

impl Tencent {
    /// Asks for what the script's callback was given, as JSON: of it, `ticket` and `randstr`. Nothing where they are not there, or
    /// where nobody knows the person's address, without which Tencent answers nothing.
    #[must_use]
    pub fn request(&self, question: &Question<'_>) -> Option<Outgoing> {
        let token = json::parse(question.token.as_bytes()).ok()?;
        let member = |name: &str| token.member(name)?.string().filter(|text| !text.is_empty());
        let (ticket, randstr) = (member("ticket")?, member("randstr")?);
        if question.address.is_empty() {
            return None;
        }
        let mut body = Object::new();
        body.number("CaptchaType", 9);
        body.text("Ticket", ticket);
        body.text("UserIp", question.address);
        body.text("Randstr", randstr);
        body.number("CaptchaAppId", self.app_id);
        body.text("AppSecretKey", self.app_secret.expose());
        let body = body.finish();
        let call = TcCall {
            host: host_of(&self.url),
            service: "captcha",
            action: "DescribeCaptchaResult",
            version: "2019-07-22",
            region: None,
            body: &body,
        };
        Some(post(self.url.clone(), tc3::headers(&self.key, &call, question.now), body))
    }

    /// Whether it was solved. 1 is solved, unless it is called malicious; any other code is a no, that of a ticket which the script
    /// made by itself because it reached nobody too (21): anybody can write one. An error is an answer to the ticket only where it
    /// is about a parameter.
    #[must_use]
    pub fn verdict(reply: &WireReply) -> Option<bool> {
        let answer = json::parse(reply.document().ok()?).ok()?;
        let answer = answer.member("Response")?;
        if let Some(error) = answer.member("Error") {
            let code = error.text_of("Code").unwrap_or_default();
            let is_of_ticket = ["InvalidParameter", "MissingParameter"].iter().any(|kind| code.starts_with(kind));
            return is_of_ticket.then_some(false);
        }
        Some(answer.whole_of("CaptchaCode")? == 1 && answer.whole_of("EvilLevel").unwrap_or_default() < MALICIOUS)
    }
}

/// The `EvilLevel` of what is malicious; 0 is that of what is not.
const MALICIOUS: i64 = 100;

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    fn tencent() -> Tencent {
        Tencent {
            url: "https://captcha.tencentcloudapi.com/".to_owned(),
            key: ApiKey { id: "id".to_owned(), secret: Secret::new("s&cret"), token: None },
            app_id: 199_999_164,
            app_secret: Secret::new("app s&cret"),
        }
    }

    #[test]
    fn asks_as_documented() {
        let token = r#"{"ret":0,"ticket":"tr03\"","randstr":"@Vki","CaptchaAppId":"199999164"}"#;
        let question = |token, address| Question { token, address, now: 1_551_113_065_000, nonce: [0; 16] };
        let request = tencent().request(&question(token, "192.0.2.1")).unwrap();
        assert_eq!(
            request.body,
            r#"{"CaptchaType":9,"Ticket":"tr03\"","UserIp":"192.0.2.1","Randstr":"@Vki","CaptchaAppId":199999164,"AppSecretKey":"app s&cret"}"#
        );
        let header = |name: &str| request.headers.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
        assert_eq!(header("x-tc-action"), "DescribeCaptchaResult");
        assert!(header("authorization").contains("Credential=id/2019-02-25/captcha/tc3_request, "));
        assert!(!format!("{request:?}").contains("cret"));
        for (token, address) in [
            (token, ""),
            ("", "192.0.2.1"),
            ("tr03", "192.0.2.1"),
            (r#"{"ticket":"t"}"#, "192.0.2.1"),
            (r#"{"ticket":"t","randstr":""}"#, "192.0.2.1"),
            (r#"{"ticket":1,"randstr":"r"}"#, "192.0.2.1"),
        ] {
            assert!(tencent().request(&question(token, address)).is_none(), "{token}");
        }
    }

    #[test]
    fn reads_the_verdict() {
        let verdict = |status, body: &str| Tencent::verdict(&WireReply { status, body: body.into() });
        let says = |says: &str| verdict(200, &format!(r#"{{"Response":{{{says},"RequestId":"r"}}}}"#));
        assert_eq!(says(r#""CaptchaCode":1,"CaptchaMsg":"OK","EvilLevel":0"#), Some(true));
        assert_eq!(says(r#""CaptchaCode":1,"CaptchaMsg":"OK","EvilLevel":null"#), Some(true));
        assert_eq!(says(r#""CaptchaCode":1,"CaptchaMsg":"OK","EvilLevel":100"#), Some(false));
        for code in [7, 8, 9, 15, 16, 21, 100] {
            assert_eq!(says(&format!(r#""CaptchaCode":{code}"#)), Some(false));
        }
        assert_eq!(says(r#""Error":{"Code":"InvalidParameterValue.Ticket","Message":""}"#), Some(false));
        assert_eq!(says(r#""Error":{"Code":"MissingParameter","Message":""}"#), Some(false));
        for error in ["AuthFailure.SignatureFailure", "UnauthorizedOperation.Unauthorized", "InternalError"] {
            assert_eq!(says(&format!(r#""Error":{{"Code":"{error}","Message":""}},"CaptchaCode":1"#)), None);
        }
        assert_eq!(says(r#""CaptchaMsg":"OK""#), None);
        assert_eq!(verdict(500, r#"{"Response":{"CaptchaCode":1}}"#), None);
        assert_eq!(verdict(200, r#"{"CaptchaCode":1}"#), None);
    }
}
