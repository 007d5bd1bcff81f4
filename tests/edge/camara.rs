//! CAMARA One Time Password SMS 1.1 and 2.0, as a client of that standard uses it.

use serde_json::{Value, json};

use crate::world::{BACK_END, World};

const SEND: &str = "/one-time-password-sms/v1/send-code";
const VALIDATE: &str = "/one-time-password-sms/v1/validate-code";

fn call(world: &World, path: &str, token: &str, body: Value) -> (u16, Value) {
    world.call(json!({ "path": path, "authorization": token, "x-correlator": "b4333c46" }), &body)
}

fn send(world: &World, number: &str) -> (u16, Value) {
    call(world, SEND, BACK_END, json!({ "phoneNumber": number, "message": "{{code}} is your short code" }))
}

fn validate(world: &World, id: &Value, code: &str) -> (u16, Value) {
    call(world, VALIDATE, BACK_END, json!({ "authenticationId": id, "code": code }))
}

fn code_of(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[test]
fn code_is_sent_and_validated() {
    let world = World::new(&json!({}));
    let (status, sent) = send(&world, "+8613812345678");
    assert_eq!(status, 200);
    let id = &sent["authenticationId"];
    assert!(id.as_str().unwrap().len() <= 36 && !id.as_str().unwrap().contains("13812345678"));
    let (_, text) = world.inbox().pop().unwrap();
    assert!(text.starts_with("【信使】") && text.ends_with(" is your short code"), "{text}");
    assert_eq!(code_of(&validate(&world, id, "AJY3")), (400, "ONE_TIME_PASSWORD_SMS.INVALID_OTP"));
    let right = world.code();
    let reply = world.reply(
        json!({ "path": VALIDATE, "authorization": BACK_END, "x-correlator": "b4333c46" }),
        &json!({ "authenticationId": id, "code": right }),
    );
    assert_eq!((reply.status, reply.body.as_str()), (204, ""));
    assert!(reply.headers.contains(&("x-correlator", "b4333c46".to_owned())));
    assert_eq!(code_of(&validate(&world, id, &right)), (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED"));
}

/// The last line that a browser reads: <https://wicg.github.io/sms-one-time-codes/>.
#[test]
fn message_may_contain_line_breaks() {
    let world = World::new(&json!({}));
    let message = "{{code}} is your code\n\n@app.example #{{code}}";
    let body = json!({ "phoneNumber": "+8613812345678", "message": message });
    assert_eq!(call(&world, SEND, BACK_END, body).0, 200);
    let (_, text) = world.inbox().pop().unwrap();
    let code = world.code();
    assert!(text.ends_with(&format!("{code} is your code\n\n@app.example #{code}")), "{text}");
    let body = json!({ "phoneNumber": "+8613812345678", "message": "{{code}}\r" });
    assert_eq!(code_of(&call(&world, SEND, BACK_END, body)), (400, "INVALID_ARGUMENT"));
}

/// GB2312 lacks the emoji, so no vendor with that charset ever accepts it.
#[test]
fn message_that_no_vendor_accepts_is_a_400() {
    let main: Value = serde_json::from_str(&xinshi::sandbox::Sandbox::config("smsadmin").unwrap()).unwrap();
    let world = World::new(&json!({ "vendors": { "main": main } }));
    let body = json!({ "phoneNumber": "+8613812345678", "message": "🔑 {{code}}" });
    assert_eq!(code_of(&call(&world, SEND, BACK_END, body)), (400, "INVALID_ARGUMENT"));
    assert_eq!(send(&world, "+8613812345678").0, 200, "and nothing was counted");
}

#[test]
fn challenge_belongs_to_its_token() {
    let world = World::new(&json!({}));
    let id = send(&world, "+8613812345678").1["authenticationId"].clone();
    let right = world.code();
    let other = call(&world, VALIDATE, "Bearer other-token", json!({ "authenticationId": id, "code": right }));
    assert_eq!(code_of(&other), (404, "NOT_FOUND"));
    assert_eq!(world.verify(&id, &right).0, 422, "and not the page's");
    world.pass(60);
    assert_eq!(world.send(&json!({ "phone": "13812345678", "challenge": id })).0, 422, "to send again either");
    assert_eq!(code_of(&validate(&world, &json!("A".repeat(36)), &right)), (404, "NOT_FOUND"));
    let (_, page) = world.send(&json!({ "phone": "13912345678" }));
    assert_eq!(code_of(&validate(&world, &page["challenge"], &world.code())), (404, "NOT_FOUND"));
    assert_eq!(validate(&world, &id, &right).0, 204);
}

#[test]
fn later_challenge_of_a_token_replaces_the_earlier_one() {
    let world = World::new(&json!({}));
    let first = send(&world, "+8613812345678").1["authenticationId"].clone();
    let old = world.code();
    world.pass(60);
    let second = send(&world, "+8613812345678").1["authenticationId"].clone();
    assert_eq!(code_of(&validate(&world, &first, &old)), (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED"));
    assert_eq!(validate(&world, &second, &world.code()).0, 204);
}

#[test]
fn challenge_ends_after_its_tries_or_its_time() {
    let world = World::new(&json!({}));
    let id = send(&world, "+8613812345678").1["authenticationId"].clone();
    let right = world.code();
    let answers: Vec<_> = (0..5).map(|_| validate(&world, &id, "x")).collect();
    assert_eq!(code_of(&answers[3]), (400, "ONE_TIME_PASSWORD_SMS.INVALID_OTP"));
    assert_eq!(code_of(&answers[4]), (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED"));
    assert_eq!(code_of(&validate(&world, &id, &right)), (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED"));
    world.pass(60);
    let id = send(&world, "+8613812345678").1["authenticationId"].clone();
    world.pass(300);
    assert_eq!(code_of(&validate(&world, &id, &world.code())), (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED"));
}

#[test]
fn rejections_have_the_standards_codes() {
    let world =
        World::new(&json!({ "deny": ["+86170*"], "limits": { "token": [{ "limit": 2, "windowSeconds": 60 }] } }));
    assert_eq!(send(&world, "+8613812345678").0, 200);
    assert_eq!(code_of(&send(&world, "+8613812345678")), (403, "ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED"));
    assert_eq!(send(&world, "+8613812345679").0, 200);
    assert_eq!(code_of(&send(&world, "+8613812345670")), (429, "TOO_MANY_REQUESTS"));
    assert_eq!(code_of(&send(&world, "+8617012345678")), (403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED"));
    assert_eq!(code_of(&send(&world, "+346661113334")), (403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED"));
    assert_eq!(code_of(&send(&world, "+8612345")), (403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED"));
    for body in [
        json!({}),
        json!({ "phoneNumber": "+8613812345678" }),
        json!({ "phoneNumber": "13812345678", "message": "{{code}}" }),
        json!({ "phoneNumber": "+8613812345678", "message": "no code" }),
        json!({ "phoneNumber": "+8613812345678", "message": format!("{{{{code}}}}{}", "x".repeat(153)) }),
        json!({ "phoneNumber": 8_613_812_345_678_i64, "message": "{{code}}" }),
        json!([]),
    ] {
        assert_eq!(code_of(&call(&world, SEND, BACK_END, body.clone())), (400, "INVALID_ARGUMENT"), "{body}");
    }
    let nobody =
        call(&world, SEND, "Bearer nobody's", json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" }));
    assert_eq!((code_of(&nobody), &nobody.1["status"]), ((401, "UNAUTHENTICATED"), &json!(401)));
    let person = world.post(SEND, "192.0.2.1", &json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" }));
    assert_eq!(code_of(&person), (401, "UNAUTHENTICATED"));
    let wrong = json!({ "path": SEND, "authorization": BACK_END, "x-correlator": "a b\r\nx: y" });
    let reply = world.reply(wrong, &json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" }));
    assert!(reply.status == 400 && reply.headers.iter().all(|(name, _)| *name != "x-correlator"));
}

const SEND_2: &str = "/one-time-password-sms/v2/send-code";
const VALIDATE_2: &str = "/one-time-password-sms/v2/validate-code";

fn message(number: &str) -> Value {
    json!({ "phoneNumber": number, "message": "{{code}} is your short code" })
}

#[test]
fn a_code_of_either_version_is_valid_in_the_other() {
    for (send, validate) in [(SEND, VALIDATE_2), (SEND_2, VALIDATE), (SEND_2, VALIDATE_2)] {
        let world = World::new(&json!({}));
        let (status, sent) = call(&world, send, BACK_END, message("+8613812345678"));
        assert_eq!(status, 200);
        let id = sent["authenticationId"].as_str().unwrap();
        assert!((1..=36).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        let body = json!({ "authenticationId": id, "code": world.code() });
        assert_eq!(call(&world, validate, BACK_END, body).0, 204);
    }
}

#[test]
fn version_2_rejects_what_version_1_ignores() {
    let world = World::new(&json!({}));
    let mut more = message("+8613812345678");
    more["channel"] = json!("sms");
    assert_eq!(call(&world, SEND, BACK_END, more.clone()).0, 200);
    let rejected = call(&world, SEND_2, BACK_END, more);
    assert_eq!(code_of(&rejected), (400, "INVALID_ARGUMENT"));
    assert!(rejected.1["message"].as_str().unwrap().contains("there is no such field"), "{rejected:?}");
    let long = json!({ "phoneNumber": "+8613812345678", "message": "{{code}}", "x".repeat(2000): 1 });
    let rejected = call(&world, SEND_2, BACK_END, long);
    assert!(rejected.0 == 400 && rejected.1["message"].as_str().unwrap().chars().count() <= 512);
    for id in ["under_score", "", "a b", &"a".repeat(37)] {
        let body = json!({ "authenticationId": id, "code": "123456" });
        assert_eq!(code_of(&call(&world, VALIDATE_2, BACK_END, body)), (400, "INVALID_ARGUMENT"), "{id}");
    }
    let body = |id: &str| json!({ "authenticationId": id, "code": "123456" });
    assert_eq!(code_of(&call(&world, VALIDATE, BACK_END, body("under_score"))), (404, "NOT_FOUND"));
    assert_eq!(code_of(&call(&world, VALIDATE_2, BACK_END, body("ea0840f3-3663-4149"))), (404, "NOT_FOUND"));
    let mut more = body("ea0840f3");
    more["channel"] = json!("sms");
    assert_eq!(code_of(&call(&world, VALIDATE_2, BACK_END, more)), (400, "INVALID_ARGUMENT"));
}

/// A number that could be nobody's, and one whose country is not served, against one that takes no texts.
#[test]
fn version_2_does_not_find_a_number_that_is_nobodys() {
    let world = World::new(&json!({ "deny": ["+86170*"] }));
    for (number, status, code) in [
        ("+8612812345678", 404, "IDENTIFIER_NOT_FOUND"),
        ("+8612345", 404, "IDENTIFIER_NOT_FOUND"),
        ("+34666111333", 404, "IDENTIFIER_NOT_FOUND"),
        ("+861012345678", 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED"),
        ("+862112345678", 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED"),
        ("+8617012345678", 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED"),
    ] {
        assert_eq!(code_of(&call(&world, SEND_2, BACK_END, message(number))), (status, code), "{number}");
    }
    assert!(world.inbox().is_empty());
}

#[test]
fn a_token_without_the_scope_is_denied_in_both_versions() {
    let otp = json!({ "token": "token-for-otp", "scopes": ["otp"] });
    let camara = json!({ "token": "token-for-camara", "scopes": ["one-time-password-sms:send-validate"] });
    let world = World::new(&json!({ "apiTokens": [otp, camara] }));
    for path in [SEND, SEND_2, VALIDATE, VALIDATE_2] {
        let head = json!({ "path": path, "authorization": "Bearer token-for-otp", "x-correlator": "b4333c46" });
        let reply = world.reply(head, &message("+8613812345678"));
        assert_eq!(reply.status, 403);
        assert!(reply.body.contains("\"PERMISSION_DENIED\""), "{}", reply.body);
        let challenge = r#"Bearer error="insufficient_scope", scope="one-time-password-sms:send-validate""#;
        assert!(reply.headers.contains(&("www-authenticate", challenge.to_owned())));
        assert!(reply.headers.contains(&("x-correlator", "b4333c46".to_owned())));
    }
    assert_eq!(call(&world, SEND_2, "Bearer token-for-camara", message("+8613812345678")).0, 200);
    let (status, problem) = call(&world, "/otp/send", "Bearer token-for-camara", json!({ "phone": "13812345678" }));
    assert_eq!((status, &problem["type"]), (403, &json!("urn:xinshi:problem:insufficient-scope")));
    let (status, _) = call(&world, "/opt-outs/check", "Bearer token-for-camara", json!({ "phones": [] }));
    assert_eq!(status, 403);
}

#[test]
fn every_answer_below_the_prefix_is_error_info_with_the_correlator() {
    let world = World::new(&json!({ "basePath": "/sms" }));
    for (method, path, status, code) in [
        ("GET", "/sms/one-time-password-sms/v2/send-code", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/sms/one-time-password-sms/v2/resend-code", 404, "NOT_FOUND"),
        ("POST", "/sms/one-time-password-sms/v3/send-code", 404, "NOT_FOUND"),
        ("POST", "/sms/one-time-password-sms/v1/send-code", 401, "UNAUTHENTICATED"),
    ] {
        let reply = world.reply(json!({ "method": method, "path": path, "x-correlator": "b4333c46" }), &json!({}));
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status, body["status"].as_u64()), (status, Some(u64::from(status))), "{path}");
        assert_eq!(body["code"], json!(code), "{path}");
        assert!(reply.headers.contains(&("x-correlator", "b4333c46".to_owned())), "{path}");
        assert!(reply.headers.contains(&("content-type", "application/json".to_owned())), "{path}");
    }
}
