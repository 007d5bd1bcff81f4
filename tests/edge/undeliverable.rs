//! Why a text failed: counted, told to those who may know it, and acted upon.

use serde_json::{Value, json};
use xinshi::reason::Reason;

use crate::receipts::{counted, messages, path, push, sent, world};
use crate::world::{BACK_END, OPERATOR, TO, World};

/// What apiv1 pushes of a text.
fn report(reference: &str, status: &str) -> Vec<u8> {
    let report = json!({ "sendId": reference, "mobile": TO, "times": "2026-11-30 12:00:00", "status": status });
    report.to_string().into_bytes()
}

/// Sends a code whose report has this status, and gives its challenge.
fn failed(world: &World, status: &str) -> String {
    let (challenge, reference) = sent(world);
    assert_eq!(push(world, &path("main"), &report(&reference, status)).status, 200);
    challenge
}

fn status(world: &World, challenge: &str, authorization: Option<&str>) -> Value {
    let mut head = json!({ "method": "GET", "path": format!("/otp/status/{challenge}") });
    if let Some(authorization) = authorization {
        head["authorization"] = json!(authorization);
    }
    world.call(head, &Value::Null).1
}

fn is_rejected(world: &World) -> bool {
    let (status, body) = world.send(&json!({ "phone": TO }));
    assert!([202, 429].contains(&status), "{body}");
    assert!(!body.to_string().contains("no-such"), "{body}");
    status == 429
}

#[test]
fn reason_is_counted_and_shown_to_back_ends_only() {
    let world = world("apiv1", json!({}));
    let challenge = failed(&world, "DB:0141");
    assert_eq!(counted(&world, "reasons.blocklisted"), 1);
    let public = status(&world, &challenge, None);
    assert_eq!((&public["delivery"], public.get("reason")), (&json!("failed"), None));
    assert_eq!(status(&world, &challenge, Some(BACK_END))["reason"], "blocklisted");
    let report = &messages(&world)[0]["data"]["report"];
    assert_eq!(
        (&report["reason"], &report["retryable"], &report["actor"]),
        (&json!("blocklisted"), &json!("never"), &json!("person"))
    );
    let events = world.events.borrow().join("\n");
    assert!(
        events.contains(r#""reason":"blocklisted","blockedBy":"carrier","retryable":"never","actor":"person""#),
        "{events}"
    );
}

#[test]
fn nonexistent_number_is_closed_for_a_day() {
    let world = world("apiv1", json!({}));
    failed(&world, "MK:0001");
    world.pass(61);
    assert!(is_rejected(&world));
    assert!(
        world.events.borrow().iter().any(|event| {
            event.contains(r#""by":"undeliverable""#) && event.contains(r#""reason":"no-such-number""#)
        })
    );
    assert_eq!(counted(&world, "rejected.undeliverable"), 1);
    // A token stands for somebody who knows the number.
    let head = json!({ "path": "/otp/send", "authorization": BACK_END });
    assert_eq!(world.call(head, &json!({ "phone": TO })).0, 202);
    world.pass(86_400);
    assert!(!is_rejected(&world));
}

#[test]
fn only_undisputed_permanent_reasons_close_a_number() {
    for status in ["MK:0000", "UNDELIV", "MK:0024", "KEYWORD", "DB:0145", "REJECTD", "what nobody knows"] {
        let world = world("apiv1", json!({}));
        failed(&world, status);
        world.pass(61);
        assert!(!is_rejected(&world), "{status}");
    }
    let off = world("apiv1", json!({ "skipUndeliverable": false }));
    failed(&off, "MK:0001");
    off.pass(61);
    assert!(!is_rejected(&off), "it is switched off");
}

#[test]
fn delivery_or_operator_opens_a_closed_number() {
    let world = world("apiv1", json!({}));
    let (_, first) = sent(&world);
    push(&world, &path("main"), &report(&first, "MK:0001"));
    push(&world, &path("main"), &report(&first, "DELIVRD"));
    world.pass(61);
    assert!(!is_rejected(&world));

    let world = crate::receipts::world("apiv1", json!({}));
    failed(&world, "MK:0001");
    world.pass(61);
    let head = json!({ "path": "/admin/reset", "authorization": OPERATOR });
    assert!(world.call(head, &json!({ "phone": TO })).0 < 300);
    assert!(!is_rejected(&world));
}

#[test]
fn intermediate_report_is_no_failure() {
    let world = world("apiv1", json!({}));
    let challenge = failed(&world, "ACCEPTD");
    assert_eq!(status(&world, &challenge, None)["delivery"], "accepted");
}

/// Where every text fails for a reason, whether the account that took it sinks.
fn is_demoted(code: &str) -> bool {
    let world = world("apiv1", json!({ "order": "adaptive", "limits": { "ip": [], "token": [] } }));
    let send = json!({ "path": "/otp/send", "authorization": BACK_END });
    let inbox = |number: &str| -> Vec<Value> {
        let path = format!("/inbox?to=%2B86{number}");
        serde_json::from_slice(&world.sandbox("GET", &path, &Value::Null)).unwrap()
    };
    let mut by_spare = 0;
    for index in 0..60 {
        let number = format!("138{:08}", index + 1);
        let (status, body) = world.call(send.clone(), &json!({ "phone": number }));
        assert_eq!(status, 202, "{body}");
        let text = &inbox(&number)[0];
        world.pass(11);
        if text["vendor"] == "apiv1" {
            let report =
                json!({ "sendId": text["ref"], "mobile": number, "times": "2026-11-30 12:00:00", "status": code });
            assert_eq!(push(&world, &path("main"), report.to_string().as_bytes()).status, 200);
        } else {
            by_spare += 1;
            let code: String = text["text"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
            let verify = json!({ "path": "/otp/verify", "authorization": BACK_END });
            assert_eq!(world.call(verify, &json!({ "challenge": body["challenge"], "code": code })).0, 200);
        }
    }
    by_spare > 20
}

#[test]
fn routing_demotes_for_the_vendors_failures_only() {
    for code in ["XA:0003", "KEYWORD", "NOROUTE"] {
        assert!(is_demoted(code), "{code}");
    }
    for code in ["MK:0001", "MK:0024", "DB:0102", "MK:0017", "DB:0141", "MX:0012"] {
        assert!(!is_demoted(code), "{code}");
    }
}

#[test]
fn stored_reason_numbers_never_change() {
    for (number, reason) in (0..).zip(Reason::ALL) {
        assert_eq!((reason as u8, Reason::numbered(number)), (number, Some(reason)));
    }
    assert_eq!(Reason::numbered(200), None);
}
