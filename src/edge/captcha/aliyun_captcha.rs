//! [`Aliyun`]: Alibaba Cloud's CAPTCHA 2.0, verified by `VerifyIntelligentCaptcha`.
//!
//! Sources: <https://help.aliyun.com/zh/captcha/captcha2-0/user-guide/server-integration>; where the parameters stand (form fields of
//! the body), by the generated SDKs, <https://github.com/aliyun/alibabacloud-java-sdk/tree/master/captcha-20230305>.

use alloc::string::String;

use crate::edge::captcha::provider::{Question, host_of, post};
use crate::edge::outgoing::Outgoing;
use crate::wire::acs3::{self, AccessKey, AcsCall};
use crate::wire::{WireReply, json};

/// A scene of CAPTCHA 2.0.
pub struct Aliyun {
    /// The URL of the API.
    pub url: String,
    /// The key of a RAM user with `AliyunYundunAFSFullAccess`.
    pub key: AccessKey,
    /// The scene. Without it a token of any other scene of the same account would do.
    pub scene_id: String,
}

impl Aliyun {
    /// The request that verifies a `CaptchaVerifyParam`, unchanged: the service rejects a changed one.
    #[must_use]
    pub fn request(&self, question: &Question<'_>) -> Outgoing {
        let body = acs3::parameters(&[("CaptchaVerifyParam", question.token), ("SceneId", &self.scene_id)]);
        let call = AcsCall {
            host: host_of(&self.url),
            action: "VerifyIntelligentCaptcha",
            version: "2023-03-05",
            query: "",
            body: &body,
        };
        let headers = acs3::headers(&self.key, &call, question.now, &question.nonce);
        post(self.url.clone(), headers, body)
    }

    /// Whether it was solved. A token that is malformed, used or of another scene is answered with status 200 too, and
    /// `VerifyResult` false; an account that may not ask, and a service that fails, with another status.
    #[must_use]
    pub fn verdict(reply: &WireReply) -> Option<bool> {
        let answer = json::parse(reply.document().ok()?).ok()?;
        if answer.member("Success")?.flag()? { answer.member("Result")?.member("VerifyResult")?.flag() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;
    use crate::secret::Secret;

    #[test]
    fn asks_as_documented() {
        let key = AccessKey { id: "id".to_owned(), secret: Secret::new("s&cret"), token: None };
        let url = "https://captcha.cn-shanghai.aliyuncs.com/".to_owned();
        let aliyun = Aliyun { url, key, scene_id: "scene 1".to_owned() };
        let token = r#"{"sceneId":"x","data":"a+b="}"#;
        let request = aliyun.request(&Question { token, address: "", now: 0, nonce: [7; 16] });
        let body = "CaptchaVerifyParam=%7B%22sceneId%22%3A%22x%22%2C%22data%22%3A%22a%2Bb%3D%22%7D&SceneId=scene%201";
        assert_eq!(request.body, body);
        let header = |name: &str| request.headers.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
        assert_eq!(header("x-acs-action"), "VerifyIntelligentCaptcha");
        assert_eq!(header("x-acs-signature-nonce"), "07".repeat(16));
        assert!(header("authorization").starts_with("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=content-type;host;"));
        assert!(!format!("{request:?}").contains("cret"));
    }

    #[test]
    fn reads_the_verdict() {
        let verdict = |status, body: &str| Aliyun::verdict(&WireReply { status, body: body.into() });
        let result = |is_solved: bool, code: &str| {
            let result = format!(r#"{{"VerifyResult":{is_solved},"VerifyCode":"{code}"}}"#);
            format!(r#"{{"RequestId":"1","Code":"Success","Message":"success","Success":true,"Result":{result}}}"#)
        };
        assert_eq!(verdict(200, &result(true, "T001")), Some(true));
        for code in ["F001", "F003", "F008", "F012"] {
            assert_eq!(verdict(200, &result(false, code)), Some(false));
        }
        for (status, body) in [
            (500, result(true, "T001")),
            (403, r#"{"Code":"Forbidden.RAMUserAccessDenied","Success":false}"#.to_owned()),
            (200, r#"{"Code":"InternalError","Success":false,"Result":{"VerifyResult":true}}"#.to_owned()),
            (200, r#"{"Success":true,"Result":{"VerifyResult":"true"}}"#.to_owned()),
            (200, r#"{"Success":true}"#.to_owned()),
            (200, "<html>".to_owned()),
        ] {
            assert_eq!(verdict(status, &body), None, "{body}");
        }
    }
}
