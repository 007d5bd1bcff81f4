//! Gateways, with the bytes that each login server documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinshi::edge::handler::Needs;
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::{Body, HandlerRequest};
use xinshi::wire::digest::{hex, hmac_sha256};

use crate::world::{World, request_of};

const KEY: &[u8; 32] = b"a secret of Supabase, 32 bytes !";
const TOKEN: &str = "the-token-of-a-server";
const CODE: &str = "561166";

fn all() -> Value {
    json!({ "gateways": {
        "supabase": { "secret": format!("v1,whsec_{}", STANDARD.encode(KEY)) },
        "logto": { "token": TOKEN },
        "zitadel": { "signingKey": [TOKEN, "the-key-that-replaces-it"] },
        "casdoor": { "token": TOKEN },
        "novu": { "apiKey": TOKEN, "header": "X-API-KEY" },
        "http": { "token": TOKEN, "phone": "user.phone", "code": "code", "address": "ip", "purpose": "kind" },
    } })
}

/// The documented payload of Supabase, without the user's other fields.
fn supabase_body(phone: &str) -> Vec<u8> {
    json!({ "user": { "id": "6481a5c1-3d37-4a56-9f6a-bee08c554965", "aud": "authenticated", "phone": phone,
        "user_metadata": { "note": "\u{FFFD}".repeat(5000) } }, "sms": { "otp": CODE } })
    .to_string()
    .into_bytes()
}

fn supabase_signed(world: &World, id: &str, body: Vec<u8>, age_seconds: i64) -> HandlerRequest {
    let seconds = (world.now.get() / 1000 - age_seconds).to_string();
    let mac = STANDARD.encode(hmac_sha256(KEY, &[format!("{id}.{seconds}.").as_bytes(), &body].concat()));
    let mut request = post("/gateway/supabase", None, body);
    request.headers = vec![
        ("webhook-id".into(), id.into()),
        ("webhook-timestamp".into(), seconds),
        ("webhook-signature".into(), format!("v1,{}, v1,{mac}", STANDARD.encode([7; 32]))),
    ];
    request
}

fn supabase(world: &World, id: &str, phone: &str) -> HandlerReply {
    world.handle(&supabase_signed(world, id, supabase_body(phone), 0)).unwrap()
}

/// A 401 whose detail says what to mend.
#[track_caller]
fn assert_unauthorized(reply: &HandlerReply, detail: &str) {
    let problem: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!((reply.status, &problem["type"]), (401, &json!("urn:xinshi:problem:unauthorized")));
    assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
}

fn post(path: &str, authorization: Option<&str>, body: Vec<u8>) -> HandlerRequest {
    let mut head = json!({ "method": "POST", "path": path, "content-type": "application/json" });
    if let Some(authorization) = authorization {
        head["authorization"] = authorization.into();
    }
    request_of(&head, body)
}

fn logto(world: &World, to: &str, code: &str, ip: &str) -> HandlerReply {
    let body = json!({ "to": to, "type": "SignIn", "payload": { "code": code, "locale": "en-US" }, "ip": ip });
    world.handle(&post("/gateway/logto", Some(&format!("Bearer {TOKEN}")), body.to_string().into_bytes())).unwrap()
}

fn ok(reply: &HandlerReply) -> (u16, &str) {
    (reply.status, reply.body.as_str())
}

#[test]
fn supabase_sends_its_code_in_our_text() {
    let world = World::new(&all());
    assert_eq!(ok(&supabase(&world, "msg_1", "8613812345678")), (200, "{}"));
    assert_eq!(world.inbox(), [("+8613812345678".to_owned(), "【信使】您的验证码是561166，5分钟内有效。".to_owned())]);
    let secret = world.events.borrow().join("\n") + &format!("{:?}", world.handler.config().gateway_names());
    assert!(!secret.contains(CODE) && secret.contains(r#""purpose":"login""#), "{secret}");
}

#[test]
fn a_retry_sends_no_second_text_and_another_code_does() {
    let world = World::new(&json!({ "gateways": all()["gateways"], "limits": { "cooldownSeconds": 0 } }));
    assert_eq!(ok(&supabase(&world, "msg_1", "8613812345678")), (200, "{}"));
    world.pass(3);
    assert_eq!(ok(&supabase(&world, "msg_2", "8613812345678")), (200, "{}"), "a new id and another time");
    assert_eq!(world.inbox().len(), 1);
    assert_eq!(logto(&world, "+8613812345678", CODE, "").status, 200, "another gateway");
    assert_eq!(logto(&world, "+8613812345678", "561167", "").status, 200, "another code");
    assert_eq!(world.inbox().len(), 3);
    world.pass(120);
    assert_eq!(ok(&supabase(&world, "msg_3", "8613812345678")), (200, "{}"));
    assert_eq!(world.inbox().len(), 4, "who asks again later gets a text, even of the same code");
}

/// Law 2: an unknown outcome is not repeated and counts, and the person may have the code.
#[test]
fn an_unknown_outcome_is_success_and_a_rejection_may_be_retried() {
    let world = World::new(&all());
    *world.fault.borrow_mut() = Some("accept_then_reset");
    assert_eq!(ok(&supabase(&world, "msg_1", "8613812345678")), (200, "{}"));
    assert_eq!(ok(&supabase(&world, "msg_2", "8613812345678")), (200, "{}"));
    assert_eq!(world.inbox().len(), 1, "the vendor took it and its answer was lost");
    let world = World::new(&all());
    world.store_fails.set(true);
    let reply = supabase(&world, "msg_1", "8613812345678");
    assert!(
        reply.status == 200 && reply.body.starts_with(r#"{"error":{"http_code":503,"message":""#),
        "{}",
        reply.body
    );
    world.store_fails.set(false);
    assert_eq!(ok(&supabase(&world, "msg_2", "8613812345678")), (200, "{}"));
    assert_eq!(world.inbox().len(), 1);
}

#[test]
fn supabase_reads_a_rejection_from_200_alone() {
    let world = World::new(&all());
    assert_eq!(ok(&supabase(&world, "msg_1", "8613812345678")), (200, "{}"));
    let mut body = supabase_body("8613812345678");
    let text = String::from_utf8(body).unwrap().replace(CODE, "999999");
    body = text.into_bytes();
    let reply = world.handle(&supabase_signed(&world, "msg_2", body, 0)).unwrap();
    let message = "Too many codes were requested: try again in 60 seconds";
    assert_eq!(ok(&reply), (200, format!(r#"{{"error":{{"http_code":429,"message":"{message}"}}}}"#).as_str()));
    // A number without a plus has its country code, and this one is not of the mainland.
    let reply = supabase(&world, "msg_3", "13334445555");
    assert!(reply.body.starts_with(r#"{"error":{"http_code":403,"#), "{}", reply.body);
    let world = World::new(&json!({ "gateways": all()["gateways"], "countries": ["CN", "DE"] }));
    let rejected = supabase(&world, "msg_4", "13334445555");
    assert!(rejected.body.contains("http_code\":403"), "the world's countries have no American number");
    assert!(world.inbox().is_empty());
}

#[test]
fn a_signature_is_checked_by_our_clock_over_the_bytes() {
    let world = World::new(&all());
    let body = || supabase_body("8613812345678");
    for age in [301, -301] {
        assert_unauthorized(
            &world.handle(&supabase_signed(&world, "msg_1", body(), age)).unwrap(),
            "compare the two clocks",
        );
    }
    let mut changed = supabase_signed(&world, "msg_1", body(), 0);
    changed.body = Body::Whole(supabase_body("8613912345678"));
    assert_unauthorized(&world.handle(&changed).unwrap(), "by no secret");
    let mut other = supabase_signed(&world, "msg_1", body(), 0);
    other.headers[0].1 = "msg_2".into();
    assert_unauthorized(&world.handle(&other).unwrap(), "by no secret");
    for at in 0..3 {
        let mut lacks = supabase_signed(&world, "msg_1", body(), 0);
        lacks.headers.remove(at);
        assert_unauthorized(&world.handle(&lacks).unwrap(), "is missing");
    }
    assert!(world.inbox().is_empty());
    let mut blank = supabase_signed(&world, "msg_1", body(), 300);
    blank.headers[2].1 = blank.headers[2].1.replace(", ", " ");
    assert_eq!(world.handle(&blank).unwrap().status, 200, "blanks join signatures too");
}

/// <https://docs.logto.io/integrations/http-sms>
#[test]
fn logtos_person_and_purpose_count() {
    let world = World::new(&json!({ "gateways": all()["gateways"], "limits": {
        "cooldownSeconds": 0, "number": [], "ip": [{ "limit": 2, "windowSeconds": 3600 }],
    } }));
    assert_eq!(ok(&logto(&world, "+8613812345678", "123456", "192.0.2.7")), (200, "{}"));
    assert_eq!(world.inbox()[0].1, "【信使】Your verification code is 123456. It is valid for 5 minutes.");
    assert_eq!(logto(&world, "+8613812345679", "123457", "192.0.2.7").status, 200);
    let rejected = logto(&world, "+8613812345670", "123458", "192.0.2.7");
    assert_eq!(rejected.status, 429);
    assert!(rejected.headers.contains(&("content-type", "application/problem+json".to_owned())));
    assert_eq!(logto(&world, "+8613812345670", "123458", "192.0.2.8").status, 200, "another person");
    let raw = post(
        "/gateway/logto",
        Some(TOKEN),
        br#"{"to":"+8613812345671","type":"Generic","payload":{"code":"1234"}}"#.to_vec(),
    );
    assert_eq!(world.handle(&raw).unwrap().status, 200, "Logto sends what its field Authorization has");
    for authorization in [None, Some("Bearer the-token-of-nobody!"), Some("Bearer dev-token")] {
        let request = post("/gateway/logto", authorization, b"{}".to_vec());
        assert_eq!(world.handle(&request).unwrap().status, 401, "{authorization:?}");
    }
}

#[test]
fn nobody_verifies_a_gateways_challenge() {
    let world = World::new(&all());
    let body = json!({ "to": "+8613812345678", "content": "您的验证码是 561166", "sender": "xinshi" });
    let mut request = post("/gateway/novu", None, body.to_string().into_bytes());
    request.headers = vec![("x-api-key".into(), TOKEN.into())];
    let reply = world.handle(&request).unwrap();
    let json: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(json["data"]["date"], "2026-01-01T08:00:00+08:00");
    assert_eq!(world.inbox()[0].1, "【信使】您的验证码是 561166", "the text is Novu's, with our signature");
    let id = &json["data"]["id"];
    assert_eq!(world.verify(id, CODE).0, 422);
    let head = json!({ "path": "/one-time-password-sms/v1/validate-code", "authorization": "Bearer dev-token" });
    assert_eq!(world.call(head, &json!({ "authenticationId": id, "code": CODE })).0, 404);
    request.headers[0].1 = "another-token-of-them".into();
    assert_eq!(world.handle(&request).unwrap().status, 401);
}

/// A captured payload of Zitadel 4, whose key of the code is `oTP`, and the documented one.
#[test]
fn zitadel_signs_with_several_keys() {
    let world = World::new(&json!({ "gateways": all()["gateways"], "limits": { "cooldownSeconds": 0 } }));
    let sign = |key: &str, body: &Value, age: i64| {
        let seconds = world.now.get() / 1000 - age;
        let body = body.to_string().into_bytes();
        let mac = hex(&hmac_sha256(key.as_bytes(), &[format!("{seconds}.").as_bytes(), &body].concat()));
        let mut request = post("/gateway/zitadel", None, body);
        request.headers = vec![("zitadel-signature".into(), format!("t={seconds},v1={},v1={mac}", "0".repeat(64)))];
        world.handle(&request).unwrap()
    };
    let body = |args: Value| {
        json!({
            "contextInfo": { "eventType": "session.otp.sms.challenged", "provider": { "id": "285181292935381355" },
                "recipientPhoneNumber": "+8613812345678" },
            "templateData": { "title": "VerifySMSOTP.Title", "text": "64883313 is your OTP\n@login.example #64883313" },
            "args": args,
        })
    };
    assert_eq!(ok(&sign(TOKEN, &body(json!({ "oTP": "64883313" })), 0)), (200, "{}"));
    assert_eq!(sign("the-key-that-replaces-it", &body(json!({ "code": "0M53RF" })), 0).status, 200);
    assert_eq!(sign(TOKEN, &body(json!({ "changeDate": "2024-09-16" })), 0).status, 200);
    let texts: Vec<String> = world.inbox().into_iter().map(|(_, text)| text).collect();
    assert!(texts[0].contains("验证码是64883313") && texts[1].contains("验证码是0M53RF"), "{texts:?}");
    assert_eq!(texts[2], "【信使】64883313 is your OTP\n@login.example #64883313");
    assert_unauthorized(&sign("a key that is nobody's", &body(json!({})), 0), "by no secret");
    assert_unauthorized(&sign("a key that is nobody's", &body(json!({})), 301), "by no secret");
    assert_unauthorized(&sign(TOKEN, &body(json!({ "code": "1234" })), 301), "compare the two clocks");
}

/// `object/sms_custom_http.go`: a form by default, JSON, or the query of a GET; the content field has any name.
#[test]
fn casdoor_posts_forms_and_json_and_queries() {
    let world = World::new(&json!({ "gateways": all()["gateways"], "limits": { "cooldownSeconds": 0 } }));
    let form = "code=Your+code+is+561166&phoneNumber=%2B8613812345678";
    let request = |method: &str, path: &str, kind: &str, body: &str| {
        let head = json!({ "method": method, "path": path, "content-type": kind });
        request_of(&head, body.as_bytes().to_vec())
    };
    let mut by_form = request("POST", "/gateway/casdoor", "application/x-www-form-urlencoded", form);
    assert_eq!(world.handle(&by_form).unwrap().status, 401);
    by_form.authorization = Some(format!("Bearer {TOKEN}"));
    assert_eq!(ok(&world.handle(&by_form).unwrap()), (200, "{}"));
    let path = format!("/gateway/casdoor/{TOKEN}");
    let json = r#"{"phoneNumber":"+8613812345678","content":"561166"}"#;
    assert_eq!(world.handle(&request("PUT", &path, "application/json", json)).unwrap().status, 200);
    let mut query = request("GET", &path, "", "");
    query.query = "content=561167&phoneNumber=%2B8613812345678".into();
    assert_eq!(world.handle(&query).unwrap().status, 200);
    let texts: Vec<String> = world.inbox().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts[0], "【信使】Your code is 561166");
    assert!(texts[1].contains("验证码是561166") && texts[2].contains("验证码是561167"), "a bare code gets our text");
    query.path = "/gateway/casdoor/another-token-of-them".into();
    assert_eq!(world.handle(&query).unwrap().status, 401);
    query.path = path;
    query.query = "content=%zz".into();
    assert_eq!(world.handle(&query).unwrap().status, 400);
}

#[test]
fn any_server_describes_its_body() {
    let world = World::new(&all());
    let body = r#"{"user":{"phone":13812345678},"code":"561166","ip":"unknown","kind":"login"}"#;
    let request = post("/gateway/http", Some(&format!("Bearer {TOKEN}")), body.as_bytes().to_vec());
    assert_eq!(ok(&world.handle(&request).unwrap()), (200, "{}"));
    assert_eq!(world.inbox().len(), 1);
    for (body, field) in [
        ("{}", "code"),
        (r#"{"code":"561166"}"#, "user.phone"),
        (r#"{"code":"561166","user":{"phone":"12"}}"#, "user.phone"),
        (r#"{"code":"56 11","user":{"phone":"13812345678"}}"#, "code"),
        ("[]", "body"),
    ] {
        let request = post("/gateway/http", Some(TOKEN), body.as_bytes().to_vec());
        let reply = world.handle(&request).unwrap();
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status, problem["field"].as_str()), (400, Some(field)), "{body}");
        assert!(!reply.body.contains("561166"), "{}", reply.body);
    }
}

#[test]
fn an_unconfigured_gateway_does_not_exist_and_other_routes_need_no_headers() {
    let world = World::new(&json!({ "gateways": { "logto": { "token": TOKEN } } }));
    for (method, path) in [
        ("POST", "/gateway/supabase"),
        ("GET", "/gateway/supabase"),
        ("OPTIONS", "/gateway/supabase"),
        ("POST", "/gateway/auth0"),
        ("POST", "/gateway/logto/t"),
        ("POST", "/gateway"),
    ] {
        let request = request_of(&json!({ "method": method, "path": path }), vec![]);
        assert_eq!(world.handle(&request).unwrap().status, 404, "{method} {path}");
        assert_eq!(world.handler.needs(&request), Needs::default(), "{method} {path}");
    }
    let needs = |path: &str| World::new(&all()).handler.needs(&post(path, None, vec![]));
    assert!(needs("/otp/send").header_names.is_empty() && needs("/gateway/logto").header_names.is_empty());
    assert_eq!(needs("/gateway/novu").header_names, ["x-api-key"]);
    assert_eq!(needs("/gateway/supabase").max_body_bytes, Some(131_072), "the user's metadata may be long");
    assert!(world.handler.config().warnings().iter().any(|warning| warning.contains("(logto)")));
}

/// The code and the text are in no stored state, and the one that we would derive is in no text.
#[test]
fn the_code_is_stored_nowhere() {
    let world = World::new(&all());
    assert_eq!(ok(&supabase(&world, "msg_1", "8613812345678")), (200, "{}"));
    let states = world.states.borrow();
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(states.len() >= 3, "{:?}", states.keys());
    for (key, state) in states.iter() {
        assert!(!has(state, CODE) && !has(state, "验证码") && !key.contains(CODE), "{key}");
    }
    assert_eq!(world.inbox().len(), 1);
}

/// A store or a vendor may be slow, and Supabase waits five seconds for everything.
#[test]
fn a_slow_send_is_answered_in_time_and_goes_on() {
    let world = World::new(&all());
    world.is_slow.set(true);
    let request = supabase_signed(&world, "msg_1", supabase_body("8613812345678"), 0);
    let begun = world.now.get();
    let reply = world.handle(&request).unwrap();
    let early = world.early.borrow_mut().take().unwrap();
    assert_eq!(ok(&early), (200, "{}"));
    assert_eq!(world.waited.get(), 4000);
    assert!(world.now.get() - begun >= 4000);
    assert_eq!(ok(&reply), (200, "{}"));
    assert_eq!(world.inbox().len(), 1, "the text went after the answer");
    world.is_slow.set(false);
    assert_eq!(ok(&supabase(&world, "msg_2", "8613812345678")), (200, "{}"));
    assert!(world.early.borrow().is_none() && world.inbox().len() == 1);
}
