//! The sandbox's strict carrier, which was written apart, agrees with the rules where both look.

use serde_json::json;
use xinshi::sandbox::Sandbox;
use xinshi::sandbox::http::Request;
use xinshi::sandbox::strict::{StrictRejection, rejection_of};

use crate::NOON;
use crate::neighbours::VIOLATIONS;
use crate::ordinary::TEXTS;

#[test]
fn strict_sandbox_accepts_every_ordinary_text() {
    for line in TEXTS.lines() {
        let (_, text) = line.split_once('\t').unwrap();
        assert_eq!(rejection_of(text, NOON), None, "{text}");
    }
}

#[test]
fn strict_sandbox_rejects_the_signatures_that_rules_find() {
    let mut rejected = 0;
    for (rule, texts) in VIOLATIONS.iter().filter(|(rule, _)| rule.contains("signature") && *rule != "signature-at-end")
    {
        for (_, _, text) in *texts {
            assert_eq!(rejection_of(text, NOON), Some(StrictRejection::Signature), "{rule}: {text}");
            rejected += 1;
        }
    }
    assert!(rejected > 20, "{rejected}");
}

#[test]
fn strict_sandbox_rejects_the_texts_that_rules_find() {
    let of_content = [
        "link-in-code",
        "short-link",
        "mobile-number",
        "qq-number",
        "wechat-id",
        "rejected-symbol",
        "traditional-characters",
        "misspelt-word",
    ];
    let mut missed = Vec::new();
    for (rule, texts) in VIOLATIONS.iter().filter(|(rule, _)| of_content.contains(rule)) {
        for (_, _, text) in *texts {
            if rejection_of(text, NOON) != Some(StrictRejection::Content) {
                missed.push((rule, text));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn strict_sandbox_answers_with_the_vendors_code_and_delivers_nothing() {
    for (strict, text, code) in [(true, "您好", "03"), (true, "【信使】您好", "00"), (false, "您好【信使】", "00")]
    {
        let sandbox = Sandbox::new(1);
        let mut sandbox = if strict { sandbox.strict() } else { sandbox };
        let config: serde_json::Value = serde_json::from_str(&Sandbox::config("apiv1").unwrap()).unwrap();
        assert_eq!(config["account"], "sandbox");
        let text = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        // The MD5 of sandbox-apiv1-password.
        let body = format!("account=sandbox&pwd=cced5a849c3e83f6fbb0842b13557114&mobiles=13812345678&content={text}");
        let request = Request {
            method: "POST".into(),
            url: "http://127.0.0.1:4010/apiv1/api/v1/send".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: body.into_bytes(),
        };
        let reply: serde_json::Value = serde_json::from_slice(&sandbox.handle(&request, NOON).body).unwrap();
        let is_accepted = reply["code"] == json!("00");
        assert_eq!(is_accepted, code == "00", "{reply}");
    }
}
