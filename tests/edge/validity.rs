//! Answers to a person come from stored state: the remaining validity of a code, and the certain facts after a failure
//! of the store.

use serde_json::{Value, json};
use xinshi::edge::handler_reply::HandlerReply;

use crate::world::{BACK_END, OPERATOR, TO, World, code_in};

const SEND: &str = "/otp/send";

fn last(world: &World) -> String {
    world.inbox().pop().unwrap().1
}

#[test]
fn resend_gives_the_remaining_validity_or_a_fresh_code() {
    let free = json!({ "limits": { "cooldownSeconds": 0, "number": [], "ip": [] } });
    for (after, expected, fresh) in [
        (0, "5 minutes.", false),
        (60, "4 minutes.", false),
        (61, "3 minutes.", false),
        (200, "1 minute.", false),
        (240, "1 minute.", false),
        (241, "5 minutes.", true),
        (297, "5 minutes.", true),
        (299, "5 minutes.", true),
    ] {
        let world = World::new(&free);
        let (_, first) = world.send(&json!({ "phone": TO, "locale": "en" }));
        let code = world.code();
        assert!(last(&world).ends_with("It is valid for 5 minutes."), "{}", last(&world));
        world.pass(after);
        let (status, again) = world.send(&json!({ "phone": TO, "locale": "en", "challenge": first["challenge"] }));
        assert_eq!(status, 202);
        assert!(last(&world).ends_with(expected), "{after}: {}", last(&world));
        assert_eq!(again["challenge"] != first["challenge"], fresh, "{after}");
        assert_eq!(again["expiresIn"], if fresh { 300 } else { 300 - after }, "{after}");
        // Both codes are valid until they expire.
        assert_eq!(world.verify(&again["challenge"], &world.code()).0, 200, "{after}");
        if fresh {
            assert_eq!(world.verify(&first["challenge"], &code).0, 200, "{after}");
        }
    }
}

#[test]
fn validity_below_a_minute_is_given_in_seconds() {
    let limits = json!({ "cooldownSeconds": 0, "number": [], "ip": [] });
    for (ttl, locale, expected) in [
        (30, "en", "30 seconds."),
        (30, "zh", "，30秒内有效。"),
        (60, "en", "1 minute."),
        (90, "zh", "，1分钟内有效。"),
    ] {
        let world = World::new(&json!({ "limits": limits, "code": { "ttlSeconds": ttl } }));
        let (_, first) = world.send(&json!({ "phone": TO, "locale": locale }));
        assert!(last(&world).ends_with(expected), "{}", last(&world));
        // Half of its validity is left, and then a little less.
        world.pass(ttl / 2);
        let body = json!({ "phone": TO, "locale": "en", "challenge": first["challenge"] });
        assert_eq!(world.send(&body).1["challenge"], first["challenge"], "{ttl}");
        assert!(last(&world).ends_with(&format!("It is valid for {} seconds.", ttl / 2)), "{}", last(&world));
        world.pass(1);
        assert_ne!(world.send(&body).1["challenge"], first["challenge"], "{ttl}");
    }
}

/// The user's text names minutes with a unit that fits no number below one.
#[test]
fn custom_text_never_gives_zero_or_too_many_minutes() {
    let limits = json!({ "cooldownSeconds": 0, "number": [], "ip": [] });
    let text = json!({ "fr": "{brand} {code}: {minutes} min" });
    let world = World::new(&json!({ "limits": limits, "text": text, "code": { "ttlSeconds": 90 } }));
    let (_, first) = world.send(&json!({ "phone": TO, "locale": "fr" }));
    let mut expected = vec![last(&world)];
    for _ in 0..3 {
        world.pass(20);
        world.send(&json!({ "phone": TO, "locale": "fr", "challenge": first["challenge"] }));
        expected.push(last(&world));
    }
    assert!(expected.iter().all(|text| text.ends_with(": 1 min")), "{expected:?}");
}

#[test]
fn expires_in_is_in_whole_seconds_rounded_down() {
    let world = World::new(&json!({}));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let path = format!("/otp/status/{}", sent["challenge"].as_str().unwrap());
    for (passed, left) in [(0, 300), (1, 299), (999, 299), (1000, 299), (298_001, 1), (299_001, 0)] {
        let now = world.now.get();
        world.now.set(now + passed);
        let (_, reply) = world.call(json!({ "path": path, "method": "GET" }), &Value::Null);
        assert_eq!((&reply["status"], &reply["expiresIn"]), (&json!("open"), &json!(left)), "{passed}");
        world.now.set(now);
    }
}

/// A repeated request gets the answer of the first, whether or not that began a fresh challenge.
#[test]
fn repeated_resend_with_a_fresh_challenge_sends_one_text() {
    let world = World::new(&json!({}));
    let (_, first) = world.send(&json!({ "phone": TO }));
    world.pass(290);
    let head = json!({ "path": SEND, "idempotency-key": "0123456789abcdef" });
    let body = json!({ "phone": TO, "challenge": first["challenge"] });
    let (status, fresh) = world.call(head.clone(), &body);
    assert_eq!((status, &fresh["expiresIn"]), (202, &json!(300)));
    assert_ne!(fresh["challenge"], first["challenge"]);
    for seconds in [0, 200, 3600, 80_000] {
        world.pass(seconds);
        assert_eq!(world.call(head.clone(), &body), (202, fresh.clone()), "{seconds}");
    }
    assert_eq!(world.inbox().len(), 2);
}

#[test]
fn camara_message_may_give_the_codes_validity() {
    for (ttl, message, expected) in [
        (300, "{{code}} is valid for {{validity}}", "is valid for 5 minutes"),
        (60, "{{code}} is valid for {{validity}}", "is valid for 1 minute"),
        (30, "{{code}} is valid for {{validity}}", "is valid for 30 seconds"),
        (30, "验证码{{code}}，{{validity}}内有效", "，30秒内有效"),
    ] {
        let world = World::new(&json!({ "code": { "ttlSeconds": ttl } }));
        let head = json!({ "path": "/one-time-password-sms/v1/send-code", "authorization": BACK_END });
        assert_eq!(world.call(head, &json!({ "phoneNumber": "+8613812345678", "message": message })).0, 200);
        assert!(last(&world).ends_with(expected), "{}", last(&world));
        assert_eq!(code_in(&last(&world)).len(), 6);
    }
}

fn header(reply: &HandlerReply, name: &str) -> Option<String> {
    reply.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

/// The store begins to fail at each step of a send: no answer claims that nothing happened, and each says when to try
/// again.
#[test]
fn failing_store_never_claims_that_nothing_was_counted() {
    let limits = json!({ "prefix": [{ "limit": 50, "windowSeconds": 60 }], "cooldownSeconds": 45 });
    let sends = [
        (SEND, "", json!({ "phone": TO })),
        (SEND, BACK_END, json!({ "phone": TO, "clientIp": "192.0.2.1" })),
        (
            "/one-time-password-sms/v1/send-code",
            BACK_END,
            json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" }),
        ),
    ];
    for fault in [None, Some("reject")] {
        for captcha in [false, true] {
            for (path, token, body) in &sends {
                let mut failed = 0;
                for after in 0..8 {
                    let mut options = json!({ "limits": limits });
                    let mut body = body.clone();
                    if captcha {
                        options["captcha"] = json!({ "verify": true, "when": "always" });
                        if *path == SEND {
                            body["captcha"] = json!("solved");
                        }
                    }
                    let world = World::new(&options);
                    *world.fault.borrow_mut() = fault;
                    world.store_fails_after.set(Some(after));
                    let mut head = json!({ "path": path });
                    if !token.is_empty() {
                        head["authorization"] = json!(token);
                    }
                    let reply = world.reply(head, &body);
                    if reply.status != 503 {
                        continue;
                    }
                    let is_counted = world.states.borrow().keys().any(|key| key != "stats");
                    let problem: Value = serde_json::from_str(&reply.body).unwrap();
                    let shown = format!("{} {} {}", problem["title"], problem["detail"], problem["message"]);
                    assert!(!shown.contains("nothing"), "{after}: {shown}");
                    // The counts of a text that no vendor accepted are released, unless that fails.
                    let claims_none_counted = shown.contains("none was counted");
                    assert!(!claims_none_counted || after > 3, "{after}: {shown}");
                    if claims_none_counted {
                        assert!(fault.is_some() && is_counted, "the counters are there, and empty: {after}");
                        continue;
                    }
                    failed += 1;
                    let wait: i64 = header(&reply, "retry-after").unwrap().parse().unwrap();
                    assert!(wait == 5 || wait == 45, "{wait}");
                    assert!(shown.contains("ext was sent"), "{shown}");
                }
                assert!(failed >= 3, "{path} {fault:?} {captcha}: {failed}");
            }
        }
    }
}

#[test]
fn failing_store_answers_with_retry_after() {
    let world = World::new(&json!({}));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let challenge = sent["challenge"].as_str().unwrap().to_owned();
    world.store_fails.set(true);
    for (method, path, token, body) in [
        ("POST", "/otp/verify", "", json!({ "challenge": challenge, "code": "123456" })),
        ("GET", &*format!("/otp/status/{challenge}"), "", Value::Null),
        ("POST", "/admin/explain", OPERATOR, json!({ "phone": TO })),
        ("POST", "/admin/reset", OPERATOR, json!({ "phone": TO })),
        ("GET", "/admin/stats", OPERATOR, Value::Null),
        ("GET", "/admin/metrics", OPERATOR, Value::Null),
        ("GET", "/admin/receipts", OPERATOR, Value::Null),
        ("POST", "/admin/erase", OPERATOR, json!({ "phone": TO })),
        ("POST", "/admin/opt-out", OPERATOR, json!({ "phone": TO, "optedOut": true })),
        ("POST", "/opt-outs/check", BACK_END, json!({ "phones": [TO] })),
        (
            "POST",
            "/one-time-password-sms/v1/validate-code",
            BACK_END,
            json!({ "authenticationId": challenge, "code": "123456" }),
        ),
    ] {
        let mut head = json!({ "path": path, "method": method });
        if !token.is_empty() {
            head["authorization"] = json!(token);
        }
        let reply = world.reply(head, &body);
        assert_eq!((reply.status, header(&reply, "retry-after").as_deref()), (503, Some("5")), "{path}");
        assert!(!reply.body.contains("nothing was done"), "{path}");
    }
}
