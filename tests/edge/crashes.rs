//! A process that dies between any two steps leaves a number counted too often, never too seldom, and no code valid
//! twice.

use serde_json::{Value, json};

use crate::world::{BACK_END, TO, World, request};

/// More steps than any request takes.
const MAX_STEPS: usize = 12;

fn limits() -> Value {
    json!({ "limits": {
        "prefix": [{ "limit": 50, "windowSeconds": 60 }], "total": [{ "limit": 50, "windowSeconds": 60 }],
        "ip": [{ "limit": 50, "windowSeconds": 60 }],
    } })
}

fn send() -> xinshi::edge::handler_request::HandlerRequest {
    request(json!({ "path": "/otp/send", "idempotency-key": "0123456789abcdef" }), &json!({ "phone": TO }))
}

#[test]
fn crash_during_a_send_keeps_a_sent_text_counted() {
    let mut crashes = 0;
    for fault in [None, Some("reject"), Some("timeout"), Some("accept_then_reset")] {
        for crashes_after in 0..MAX_STEPS {
            let world = World::new(&limits());
            *world.fault.borrow_mut() = fault;
            world.crashes_after.set(Some(crashes_after));
            crashes += usize::from(world.handle(&send()).is_none());
            let texts = world.inbox().len();
            world.crashes_after.set(None);
            *world.fault.borrow_mut() = None;
            // Another process continues with the same store; the client repeats its request, with and without the
            // idempotency key.
            for key in ["0123456789abcdef", "fedcba9876543210"] {
                let again = request(json!({ "path": "/otp/send", "idempotency-key": key }), &json!({ "phone": TO }));
                world.handle(&again).unwrap();
            }
            let more = world.inbox().len();
            assert!(more <= 1, "{fault:?} after {crashes_after}: {texts} texts, then {more} in one minute");
            world.pass(60);
            world.send(&json!({ "phone": TO }));
            assert!(world.inbox().len() <= more + 1, "one a minute");
        }
    }
    assert!(crashes > 20, "{crashes} processes died");
}

/// A request that a lost process rejected, or never reached, is not answered as if a text had been sent.
#[test]
fn repeated_request_gets_its_answer_only_if_a_text_may_have_left() {
    for crashes_after in 0..MAX_STEPS {
        let world = World::new(&limits());
        world.crashes_after.set(Some(crashes_after));
        let first = world.handle(&send());
        let texts = world.inbox().len();
        world.crashes_after.set(None);
        world.pass(120);
        let again = world.handle(&send()).unwrap();
        assert_eq!(again.status, 202, "{crashes_after}");
        let body: Value = serde_json::from_str(&again.body).unwrap();
        let path = format!("/otp/status/{}", body["challenge"].as_str().unwrap());
        let (status, reply) = world.call(json!({ "path": path, "method": "GET" }), &Value::Null);
        assert_eq!(status, 200, "{crashes_after}: a challenge that never was");
        assert!(reply["delivery"] == "accepted" || reply["delivery"] == "pending", "{reply}");
        assert!(world.inbox().len() - texts <= usize::from(first.is_none()), "{crashes_after}");
        assert_eq!(world.handle(&send()).unwrap().body, again.body, "{crashes_after}: and the same once more");
    }
}

#[test]
fn reservations_of_a_crashed_process_end_with_their_windows() {
    for crashes_after in 0..MAX_STEPS {
        let world = World::new(&limits());
        world.crashes_after.set(Some(crashes_after));
        world.handle(&send());
        world.crashes_after.set(None);
        world.pass(86_400);
        assert_eq!(world.send(&json!({ "phone": TO })).0, 202, "{crashes_after}");
    }
}

#[test]
fn crash_during_a_verify_accepts_no_code_twice() {
    for crashes_after in 0..3 {
        let world = World::new(&json!({}));
        let (_, sent) = world.send(&json!({ "phone": TO }));
        let code = world.code();
        world.crashes_after.set(Some(crashes_after));
        let verify =
            request(json!({ "path": "/otp/verify" }), &json!({ "challenge": sent["challenge"], "code": code }));
        let first = world.handle(&verify).map(|reply| reply.status);
        world.crashes_after.set(None);
        let (second, _) = world.verify(&sent["challenge"], &code);
        assert!(first != Some(200) || second == 422, "{crashes_after}: {first:?}, {second}");
        assert_eq!(second, 422, "the code was used up, whoever heard of it");
    }
}

#[test]
fn repeated_or_late_release_frees_nothing_else() {
    let world = World::new(&json!({ "limits": { "token": [{ "limit": 2, "windowSeconds": 60 }] } }));
    let send = |phone: &str| {
        world.call(json!({ "path": "/otp/send", "authorization": BACK_END }), &json!({ "phone": phone })).0
    };
    assert_eq!(send("13912345670"), 202);
    *world.fault.borrow_mut() = Some("reject");
    for _ in 0..5 {
        assert_eq!(send("13912345671"), 503, "taken back each time");
    }
    *world.fault.borrow_mut() = None;
    assert_eq!(send("13912345670"), 429, "its number");
    assert_eq!(send("13912345672"), 202);
    assert_eq!(send("13912345673"), 429, "the token");
}
