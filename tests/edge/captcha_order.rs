//! A captcha's token, a code and an idempotency key are each valid once. A request that then fails must not use them
//! up.

use serde_json::{Value, json};

use crate::world::{BACK_END, OPERATOR, TO, World};

/// A world that requires a captcha for each send.
fn always(more: &Value) -> World {
    let mut options = json!({ "captcha": { "verify": true, "when": "always" } });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    World::new(&options)
}

fn kind(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["type"].as_str().unwrap_or_default().trim_start_matches("urn:xinshi:problem:"))
}

fn spent(world: &World) -> usize {
    world.captchas.take().len()
}

#[test]
fn closed_challenge_is_reported_before_a_captcha_is_required_or_checked() {
    for end in ["guesses", "verified", "expired", "another number's", "another back end's", "nonsense"] {
        let world = always(&json!({}));
        let (_, sent) = world.send(&json!({ "phone": TO, "captcha": "once 1" }));
        let mut challenge = sent["challenge"].clone();
        let code = world.code();
        match end {
            "guesses" => {
                for _ in 0..5 {
                    world.verify(&challenge, if code == "000000" { "000001" } else { "000000" });
                }
            }
            "verified" => assert_eq!(world.verify(&challenge, &code).0, 200),
            "expired" => world.pass(240),
            "another number's" => {
                challenge = world.send(&json!({ "phone": "13912345678", "captcha": "once 2" })).1["challenge"].clone();
            }
            "another back end's" => {
                world.pass(60);
                let head = json!({ "path": "/one-time-password-sms/v1/send-code", "authorization": BACK_END });
                let message = json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" });
                challenge = world.call(head, &message).1["authenticationId"].clone();
            }
            _ => challenge = json!("nonsense"),
        }
        world.pass(60);
        spent(&world);
        let without = world.send(&json!({ "phone": TO, "challenge": challenge }));
        let with = world.send(&json!({ "phone": TO, "challenge": challenge, "captcha": "once 3" }));
        assert_eq!((kind(&without), kind(&with)), ((422, "challenge-closed"), (422, "challenge-closed")), "{end}");
        assert_eq!(spent(&world), 0, "{end}");
        assert_eq!(world.send(&json!({ "phone": TO, "captcha": "once 3" })).0, 202, "{end}: the token is still good");
    }
}

#[test]
fn rejection_by_any_limit_comes_before_the_captcha_check() {
    let one = json!([{ "limit": 1, "windowSeconds": 600 }]);
    for limit in ["number", "ip", "prefix", "total", "list", "country", "vendors"] {
        for when in ["always", "adaptive"] {
            let mut more = json!({ "captcha": { "verify": true, "when": when } });
            match limit {
                "list" => more["deny"] = json!([TO]),
                "country" => more["countries"] = json!(["HK"]),
                "vendors" => {}
                limit => more["limits"] = json!({ limit: one }),
            }
            let world = World::new(&more);
            let first = if limit == "number" { TO } else { "13812345670" };
            if limit == "vendors" {
                *world.fault.borrow_mut() = Some("reject");
                for address in 0..10 {
                    let body = json!({ "phone": TO, "captcha": "solved" });
                    world.post("/otp/send", &format!("10.0.0.{address}"), &body);
                }
                *world.fault.borrow_mut() = None;
            } else {
                world.send(&json!({ "phone": first, "captcha": "once 0" }));
            }
            world.pass(120);
            spent(&world);
            let changes = world.changes.get();
            let (status, _) = world.send(&json!({ "phone": TO, "captcha": "once 1" }));
            assert!(status == 429 || status == 403, "{limit} {when}: {status}");
            assert_eq!((spent(&world), world.changes.get()), (0, changes), "{limit} {when}");
            // No person solves a captcha in vain.
            if when == "always" {
                assert_eq!(world.send(&json!({ "phone": TO })).0, status, "{limit}");
            }
        }
    }
}

/// Neither account sends abroad; one lacks the character, and the other takes 500 of them.
#[test]
fn text_that_no_account_accepts_is_rejected_before_a_captcha_is_checked() {
    let long = ["【信使】{code} 😀", &"长".repeat(500)].concat();
    for (more, body) in [
        (json!({ "countries": ["CN", "DE"] }), json!({ "phone": "+491701234567" })),
        (json!({ "text": { "en": long } }), json!({ "phone": TO, "locale": "en" })),
    ] {
        let world = always(&more);
        for captcha in [None, Some("once 1"), Some("wrong")] {
            let mut body = body.clone();
            if let Some(captcha) = captcha {
                body["captcha"] = json!(captcha);
            }
            assert_eq!(kind(&world.send(&body)), (503, "not-sent"), "{more} {captcha:?}");
        }
        assert_eq!((spent(&world), world.changes.get()), (0, 0), "{more}");
    }
}

/// A cached rejection takes no step, and uses up no captcha.
#[test]
fn recently_rejected_number_costs_no_captcha_and_no_step() {
    let world = always(&json!({}));
    world.send(&json!({ "phone": TO, "captcha": "once 0" }));
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "once 1" })).0, 429);
    spent(&world);
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "once 1" })).0, 429);
    assert_eq!((spent(&world), world.applied.get()), (0, 0));
    world.pass(60);
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "once 1" })).0, 202);
}

#[test]
fn failed_captcha_counts_nothing() {
    let world = always(&json!({ "limits": { "ip": [{ "limit": 1, "windowSeconds": 600 }] } }));
    assert_eq!(kind(&world.send(&json!({ "phone": TO, "captcha": "wrong" }))), (403, "captcha-failed"));
    world.captcha.set(None);
    assert_eq!(kind(&world.send(&json!({ "phone": TO, "captcha": "once 1" }))), (503, "captcha-unavailable"));
    world.captcha.set(Some(true));
    assert_eq!(world.changes.get(), 0);
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "once 2" })).0, 202);
}

/// The key is free when the rejection is answered: after solving the captcha, a person repeats the request at once,
/// with another body.
#[test]
fn rejected_request_frees_its_idempotency_key() {
    let world = World::new(&json!({ "captcha": { "verify": true, "when": "always" } }));
    let head = json!({ "path": "/otp/send", "idempotency-key": "0123456789abcdef" });
    let body = json!({ "phone": TO });
    let rejected = world.handle_without_what_follows(head.clone(), &body);
    assert_eq!(rejected.status, 403);
    assert_eq!(world.call(head, &json!({ "phone": TO, "captcha": "once 1" })).0, 202);
}

/// The counts of a request that is answered with a captcha are released before the answer.
#[test]
fn required_captcha_counts_nothing_at_the_address() {
    let limits =
        json!({ "number": [{ "limit": 2, "windowSeconds": 86_400 }], "ip": [{ "limit": 9, "windowSeconds": 600 }] });
    let world = World::new(
        &json!({ "captcha": { "verify": true, "when": "adaptive" }, "limits": limits, "acceptGuessRisk": true }),
    );
    world.send(&json!({ "phone": TO, "captcha": "solved" }));
    world.pass(60);
    let address = |world: &World| {
        let head = json!({ "path": "/admin/explain", "authorization": OPERATOR });
        world.call(head, &json!({ "phone": TO, "address": "192.0.2.1" })).1["ip"][0]["used"].clone()
    };
    let head = json!({ "path": "/otp/send" });
    assert_eq!(world.handle_without_what_follows(head, &json!({ "phone": TO })).status, 403);
    assert_eq!(address(&world), 1);
}
