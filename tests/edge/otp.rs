//! `/otp/…` and `/admin/…`: sends, resends, verifications, and their statistics.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::{BACK_END, OPERATOR, TO, World, code_in, request};

fn head(reply: &xinshi::edge::handler_reply::HandlerReply, name: &str) -> Option<String> {
    reply.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
}

/// The claims of the proof in an answer.
pub fn claims(verified: &Value) -> Value {
    let payload = verified["proof"].as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn code_is_verified_once() {
    let world = World::new(&json!({}));
    let (status, sent) = world.send(&json!({ "phone": TO, "purpose": "pay", "nonce": "n1" }));
    assert_eq!((status, &sent["expiresIn"], &sent["resendIn"]), (202, &json!(300), &json!(60)));
    let (to, text) = world.inbox().pop().unwrap();
    assert_eq!(to, "+8613812345678");
    assert!(text.starts_with("【信使】您的验证码是") && text.ends_with("，5分钟内有效。"), "{text}");
    let code = world.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let (status, problem) = world.verify(&sent["challenge"], wrong);
    assert_eq!((status, problem["type"].as_str()), (422, Some("urn:xinshi:problem:not-verified")));
    let (status, verified) = world.verify(&sent["challenge"], &code);
    assert_eq!((status, &verified["verified"]), (200, &json!(true)));
    let claims = claims(&verified);
    let now = world.now.get() / 1000;
    assert_eq!(
        (&claims["sub"], &claims["purpose"], &claims["nonce"], &claims["aud"], &claims["iss"]),
        (&json!("+8613812345678"), &json!("pay"), &json!("n1"), &json!("app"), &json!("xinshi"))
    );
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now - 60), &json!(now + 300)), "a clock may be behind");
    let (again, same) = world.verify(&sent["challenge"], &code);
    assert_eq!((again, same), (422, problem), "one answer for wrong, used, expired and unknown");
}

#[test]
fn wrong_expired_used_and_unknown_codes_have_one_response() {
    let world = World::new(&json!({}));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let code = world.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answers: Vec<_> = (0..5).map(|_| world.verify(&sent["challenge"], wrong)).collect();
    assert!(answers.iter().all(|(status, _)| *status == 422));
    assert_eq!(world.verify(&sent["challenge"], &code), answers[0], "spent");
    assert_eq!(world.verify(&json!("A".repeat(36)), &code), answers[0], "never was");
    world.pass(61);
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let code = world.code();
    world.pass(300);
    assert_eq!(world.verify(&sent["challenge"], &code), answers[0], "expired");
    assert_eq!(
        world
            .call(
                json!({ "path": format!("/otp/status/{}", sent["challenge"].as_str().unwrap()), "method": "GET" }),
                &Value::Null
            )
            .1["status"],
        "expired"
    );
}

#[test]
fn resend_has_the_same_code_and_a_new_challenge_ends_no_other() {
    let world = World::new(&json!({}));
    let (_, first) = world.send(&json!({ "phone": TO }));
    let code = world.code();
    world.pass(60);
    let (status, again) = world.send(&json!({ "phone": TO, "challenge": first["challenge"] }));
    assert_eq!((status, &again["challenge"], &again["expiresIn"]), (202, &first["challenge"], &json!(240)));
    assert_eq!(world.code(), code);
    world.pass(60);
    let (_, other) = world.post("/otp/send", "198.51.100.9", &json!({ "phone": TO }));
    assert_ne!(other["challenge"], first["challenge"]);
    assert_ne!(world.code(), code);
    assert_eq!(world.verify(&first["challenge"], &code).0, 200, "nobody ended it");
    world.pass(60);
    let (status, closed) = world.send(&json!({ "phone": TO, "challenge": first["challenge"] }));
    assert_eq!((status, closed["type"].as_str()), (422, Some("urn:xinshi:problem:challenge-closed")));
    let (status, _) = world.send(&json!({ "phone": "13812345679", "challenge": other["challenge"] }));
    assert_eq!(status, 422, "another number's");
}

#[test]
fn rejection_reveals_neither_rule_nor_count() {
    let world = World::new(&json!({ "limits": { "adaptive": false } }));
    world.send(&json!({ "phone": TO }));
    world.pass(18);
    let by_number = world.reply(json!({ "path": "/otp/send", "address": "198.51.100.1" }), &json!({ "phone": TO }));
    assert_eq!((by_number.status, head(&by_number, "retry-after").as_deref()), (429, Some("42")));
    assert_eq!(head(&by_number, "ratelimit").as_deref(), Some("\"otp\";r=0;t=42"));
    for number in 0..9 {
        assert_eq!(world.send(&json!({ "phone": format!("1391234567{number}") })).0, 202);
    }
    let by_address = world.reply(json!({ "path": "/otp/send" }), &json!({ "phone": "13912345679" }));
    assert_eq!(by_address.status, 429);
    assert_eq!(by_number.body, by_address.body);
    let names = |reply: &xinshi::edge::handler_reply::HandlerReply| {
        reply.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    };
    assert_eq!(names(&by_number), names(&by_address));
    assert_eq!(head(&by_number, "ratelimit-policy"), head(&by_address, "ratelimit-policy"));
}

#[test]
fn sent_test_and_unknown_outcomes_have_one_response() {
    let world = World::new(&json!({}));
    let sent = world.reply(json!({ "path": "/otp/send" }), &json!({ "phone": TO }));
    let test = world.reply(json!({ "path": "/otp/send" }), &json!({ "phone": "13800000000" }));
    *world.fault.borrow_mut() = Some("timeout");
    let unknown = world.reply(json!({ "path": "/otp/send" }), &json!({ "phone": "13812345679" }));
    for reply in [&test, &unknown] {
        assert_eq!((reply.status, &reply.headers), (202, &sent.headers));
        let (one, other): (Value, Value) =
            (serde_json::from_str(&sent.body).unwrap(), serde_json::from_str(&reply.body).unwrap());
        assert_eq!(
            one.as_object().unwrap().keys().collect::<Vec<_>>(),
            other.as_object().unwrap().keys().collect::<Vec<_>>()
        );
        assert_eq!(one["challenge"].as_str().unwrap().len(), other["challenge"].as_str().unwrap().len());
    }
    assert_eq!(world.inbox().len(), 1, "a test number gets no text, and a timeout none that was taken");
    let test: Value = serde_json::from_str(&test.body).unwrap();
    let (status, verified) = world.verify(&test["challenge"], "123456");
    assert_eq!(status, 200);
    assert_eq!(claims(&verified)["aud"], "test");
    *world.fault.borrow_mut() = None;
    world.pass(30);
    assert_eq!(world.send(&json!({ "phone": "13800000000" })).0, 429, "limited as any");
    assert_eq!(world.send(&json!({ "phone": "13812345679" })).0, 429, "an unknown outcome counts");
}

#[test]
fn text_rejected_by_every_vendor_is_not_counted() {
    let world = World::new(&json!({}));
    *world.fault.borrow_mut() = Some("reject");
    let before = world.states.borrow().clone();
    let (status, problem) = world.send(&json!({ "phone": TO }));
    assert_eq!((status, problem["type"].as_str()), (503, Some("urn:xinshi:problem:not-sent")));
    assert!(before.is_empty());
    *world.fault.borrow_mut() = None;
    assert_eq!(world.send(&json!({ "phone": TO })).0, 202, "at once");
}

/// A number that vendors reject must reveal nothing and must not reach the vendors for ever: its rejections count
/// against no other limit.
#[test]
fn number_that_vendors_reject_is_tried_ten_times_an_hour() {
    let world = World::new(&json!({}));
    *world.fault.borrow_mut() = Some("reject");
    let send_at = |attempt: usize| world.post("/otp/send", &format!("10.0.0.{attempt}"), &json!({ "phone": TO }));
    let answers: Vec<u16> = (0..12).map(|attempt| send_at(attempt).0).collect();
    assert_eq!(answers, [[503; 10].as_slice(), &[429; 2]].concat());
    *world.fault.borrow_mut() = None;
    assert_eq!(world.send(&json!({ "phone": "13912345678" })).0, 202, "another number");
    world.pass(3600);
    assert_eq!(send_at(20).0, 202);
}

#[test]
fn requests_with_one_idempotency_key_send_one_text() {
    let world = World::new(&json!({}));
    let head = |key: &str| json!({ "path": "/otp/send", "idempotency-key": key });
    let key = "0123456789abcdef";
    let (status, first) = world.call(head(key), &json!({ "phone": TO }));
    assert_eq!(status, 202);
    world.pass(3600);
    assert_eq!(world.call(head(key), &json!({ "phone": TO })), (202, first.clone()));
    assert_eq!(world.inbox().len(), 1);
    // The answer stays the same, whatever happened to the challenge since, and however long ago.
    world.verify(&first["challenge"], &world.code());
    world.pass(82_799);
    assert_eq!(world.call(head(key), &json!({ "phone": TO })), (202, first.clone()));
    assert_eq!(world.inbox().len(), 1);
    let (status, problem) = world.call(head(key), &json!({ "phone": "13912345678" }));
    assert_eq!((status, problem["type"].as_str()), (422, Some("urn:xinshi:problem:idempotency-key-reused")));
    let elsewhere = json!({ "path": "/otp/send", "idempotency-key": key, "address": "198.51.100.1" });
    assert_eq!(world.call(elsewhere, &json!({ "phone": "13912345678" })).0, 202, "another's key");
    assert_eq!(world.call(head("short"), &json!({ "phone": TO })).0, 400);
    let rejected_key = "fedcba9876543210";
    assert_eq!(world.call(head(rejected_key), &json!({ "phone": "13912345678" })).0, 429);
    world.pass(60);
    assert_eq!(world.call(head(rejected_key), &json!({ "phone": "13912345678" })).0, 202, "a rejection is not kept");
}

/// The answer to a resend has the code's remaining validity at that time.
#[test]
fn resends_with_one_idempotency_key_send_one_text() {
    // Rules that forget a send as soon as the next one follows.
    let world = World::new(&json!({ "limits": { "cooldownSeconds": 1, "number": [] }, "acceptGuessRisk": true }));
    let head = json!({ "path": "/otp/send", "idempotency-key": "0123456789abcdef" });
    let (_, first) = world.send(&json!({ "phone": TO }));
    world.pass(100);
    let body = json!({ "phone": TO, "challenge": first["challenge"] });
    let (status, resent) = world.call(head.clone(), &body);
    assert_eq!((status, &resent["challenge"], &resent["expiresIn"]), (202, &first["challenge"], &json!(200)));
    world.pass(1);
    world.send(&json!({ "phone": TO }));
    for seconds in [0, 1, 150, 3600, 80_000] {
        world.pass(seconds);
        assert_eq!(world.call(head.clone(), &body), (202, resent.clone()), "{seconds}");
        assert_eq!(world.inbox().len(), 3, "{seconds}");
    }
    // A request with another key for the same challenge is another request.
    let other = json!({ "path": "/otp/send", "idempotency-key": "fedcba9876543210" });
    assert_eq!(world.call(other, &body).0, 422, "the challenge is over");
}

/// The result of a send is known for longer than its challenge.
#[test]
fn repeated_request_sends_nothing_after_later_challenges() {
    let high = json!([{ "limit": 200, "windowSeconds": 60 }]);
    for limits in [json!({ "cooldownSeconds": 0, "number": high, "ip": [] }), json!({ "ip": [] })] {
        let world = World::new(&json!({ "limits": limits, "acceptGuessRisk": true, "code": { "ttlSeconds": 60 } }));
        let head = json!({ "path": "/otp/send", "idempotency-key": "0123456789abcdef" });
        let (_, first) = world.call(head.clone(), &json!({ "phone": TO }));
        for _ in 0..40 {
            world.pass(70);
            world.send(&json!({ "phone": TO }));
        }
        let texts = world.inbox().len();
        assert_eq!(world.call(head.clone(), &json!({ "phone": TO })), (202, first.clone()));
        let erase = json!({ "path": "/admin/erase", "authorization": "Bearer dev-admin" });
        assert_eq!(world.call(erase, &json!({ "phone": TO })).0, 204);
        let reset = json!({ "path": "/admin/reset", "authorization": "Bearer dev-admin" });
        assert_eq!(world.call(reset, &json!({ "phone": TO })).0, 204);
        assert_eq!(world.call(head, &json!({ "phone": TO })), (202, first), "whose number it was is forgotten");
        assert_eq!(world.inbox().len(), texts);
    }
}

#[test]
fn lists_and_countries_decide_without_a_step() {
    let more = json!({ "countries": ["CN", "HK"], "deny": ["+86170*"], "allow": ["+6591234567"] });
    let world = World::new(&more);
    assert_eq!(world.send(&json!({ "phone": "17012345678" })).1["type"], "urn:xinshi:problem:number-not-allowed");
    assert_eq!(world.send(&json!({ "phone": "+14155550123" })).0, 403);
    assert!(world.states.borrow().keys().all(|key| key == "stats"));
    let tried = |number: &str| {
        world.events.take();
        // Neither vendor sends abroad, so each rejects the number; the answer does not say so.
        let (status, _) = world.send(&json!({ "phone": number }));
        assert!(status == 403 || status == 503, "{status}");
        world.events.borrow().iter().any(|event| event.contains(r#""status":"rejected""#))
    };
    assert!(tried("+85251234567") && tried("+6591234567") && !tried("+14155550123"));
}

#[test]
fn back_end_is_limited_by_token_and_names_the_address() {
    let world = World::new(
        &json!({ "limits": { "token": [{ "limit": 3, "windowSeconds": 60 }], "ip": [{ "limit": 1, "windowSeconds": 60 }] } }),
    );
    let send = |phone: &str, more: Value| {
        let mut body = json!({ "phone": phone });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(json!({ "path": "/otp/send", "authorization": BACK_END, "address": "" }), &body).0
    };
    assert_eq!(send("13912345670", json!({})), 202);
    assert_eq!(send("13912345671", json!({ "clientIp": "198.51.100.1" })), 202);
    assert_eq!(send("13912345672", json!({ "clientIp": "198.51.100.1" })), 429, "the person's address");
    assert_eq!(send("13912345672", json!({ "clientIp": "198.51.100.2" })), 202, "what was rejected was not counted");
    assert_eq!(send("13912345673", json!({})), 429, "the token");
    assert_eq!(send("13912345673", json!({ "clientIp": "nowhere" })), 400);
    assert_eq!(world.send(&json!({ "phone": TO, "clientIp": "198.51.100.3" })).0, 400, "a person names none");
    assert_eq!(
        world.call(json!({ "path": "/otp/send", "authorization": "Bearer nobody's" }), &json!({ "phone": TO })).0,
        401
    );
    assert_eq!(world.call(json!({ "path": "/otp/send", "address": "" }), &json!({ "phone": TO })).0, 503, "no address");
}

#[test]
fn operator_sees_the_reason_and_resets_a_number() {
    let world = World::new(&json!({ "limits": { "prefix": [{ "limit": 9, "windowSeconds": 60 }] } }));
    world.send(&json!({ "phone": TO }));
    let operate = |path: &str, body: Value| world.call(json!({ "path": path, "authorization": OPERATOR }), &body);
    let (_, explanation) = operate("/admin/explain", json!({ "phone": TO, "address": "192.0.2.1" }));
    assert_eq!(
        (&explanation["phone"], &explanation["allowed"], &explanation["until"]),
        (&json!("138****5678"), &json!(false), &json!(world.now.get() + 60_000))
    );
    assert_eq!((&explanation["ip"][0]["used"], &explanation["number"][3]["used"]), (&json!(1), &json!(1)));
    assert_eq!(explanation["challenges"][0]["status"], "open");
    assert_eq!(operate("/admin/reset", json!({ "phone": TO })).0, 204);
    assert_eq!(operate("/admin/explain", json!({ "phone": TO })).1["allowed"], true);
    assert_eq!(world.send(&json!({ "phone": TO })).0, 202);
    let (_, statistics) =
        world.call(json!({ "path": "/admin/stats", "method": "GET", "authorization": OPERATOR }), &Value::Null);
    assert_eq!(statistics["buckets"][0]["counts"]["sent.accepted.main"], 2);
    for forbidden in [json!({ "path": "/admin/explain" }), json!({ "path": "/admin/reset", "authorization": BACK_END })]
    {
        let reply = world.reply(forbidden, &json!({ "phone": TO }));
        assert_eq!((reply.status, head(&reply, "www-authenticate").as_deref()), (401, Some("Bearer")));
    }
}

#[test]
fn shadow_reports_decisions_and_rejects_nothing() {
    let world = World::new(&json!({ "shadow": true, "deny": [TO] }));
    for _ in 0..20 {
        assert_eq!(world.send(&json!({ "phone": TO })).0, 202);
    }
    assert_eq!(world.inbox().len(), 20);
    let rejected_key = world.events.borrow().iter().filter(|event| event.contains(r#""by":"number""#)).count();
    assert_eq!(rejected_key, 19);
    assert!(world.events.borrow().iter().all(|event| !event.contains(r#""shadow":false"#)));
}

#[test]
fn failing_store_sends_and_verifies_nothing() {
    let world = World::new(&json!({}));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let code = world.code();
    world.store_fails.set(true);
    assert_eq!(world.send(&json!({ "phone": "13912345678" })).0, 503);
    assert_eq!(world.verify(&sent["challenge"], &code).0, 503);
    assert_eq!(world.inbox().len(), 1);
    world.store_fails.set(false);
    assert_eq!(world.verify(&sent["challenge"], &code).0, 200);
}

#[test]
fn numbers_codes_and_secrets_are_neither_stored_nor_logged() {
    let world = World::new(&json!({}));
    let mut secrets =
        vec!["p".repeat(32), "k".repeat(32), "dev-token".to_owned(), "dev-admin".to_owned(), "192.0.2.1".to_owned()];
    for number in 0..8 {
        let phone = format!("1391234567{number}");
        let (_, sent) = world.send(&json!({ "phone": phone }));
        secrets.extend([
            phone,
            code_in(&world.inbox().pop().unwrap().1),
            sent["challenge"].as_str().unwrap().to_owned(),
        ]);
        let code = world.code();
        world.verify(&sent["challenge"], &code);
    }
    let stored: Vec<u8> =
        world.states.borrow().iter().flat_map(|(key, state)| [key.as_bytes(), state].concat()).collect();
    for secret in &secrets {
        let bytes = secret.as_bytes();
        assert!(!stored.windows(bytes.len()).any(|window| window == bytes), "stored: {secret}");
        assert!(!world.events.borrow().iter().any(|event| event.contains(secret.as_str())), "told: {secret}");
    }
}

#[test]
fn undocumented_methods_types_and_origins_are_rejected() {
    let world = World::new(&json!({ "cors": ["https://app.example"], "basePath": "/api/" }));
    let reply_to = |head: Value| world.reply(head, &json!({ "phone": TO }));
    assert_eq!(reply_to(json!({ "path": "/otp/send" })).status, 404, "outside the base path");
    let other = reply_to(json!({ "path": "/api/otp/send", "method": "PUT" }));
    assert_eq!((other.status, head(&other, "allow").as_deref()), (405, Some("POST")));
    assert_eq!(reply_to(json!({ "path": "/api/otp/send", "content-type": "text/plain" })).status, 415);
    let preflight = json!({ "path": "/api/otp/send", "method": "OPTIONS", "origin": "https://app.example", "access-control-request-method": "POST" });
    let preflight = reply_to(preflight);
    assert_eq!(head(&preflight, "access-control-allow-origin").as_deref(), Some("https://app.example"));
    assert_eq!(head(&preflight, "access-control-allow-methods").as_deref(), Some("POST"));
    let foreign = reply_to(
        json!({ "path": "/api/otp/send", "method": "OPTIONS", "origin": "https://evil.example", "access-control-request-method": "POST" }),
    );
    assert_eq!((foreign.status, head(&foreign, "access-control-allow-origin")), (204, None));
    let healthy = reply_to(json!({ "path": "/api/healthz", "method": "HEAD" }));
    assert_eq!((healthy.status, healthy.body.as_str()), (200, ""));
    assert_eq!(reply_to(json!({ "path": "/api/openapi.json", "method": "GET" })).status, 200);
}

#[test]
fn address_over_its_cap_costs_no_step() {
    let world = World::new(&json!({}));
    for _ in 0..240 {
        world.send(&json!({ "phone": TO }));
    }
    let steps = world.handle(&request(json!({ "path": "/otp/send" }), &json!({ "phone": "13912345678" })));
    assert_eq!((steps.unwrap().status, world.steps.get()), (429, 0));
    world.pass(60);
    assert_eq!(world.send(&json!({ "phone": "13912345678" })).0, 202);
}
