//! Marketing by the handler: opt-outs, the cap and the hours are asked in one step a number, and nothing waits.

use serde_json::{Value, json};

use crate::receipts::{counted, path, push, sent, world as receipt_world};
use crate::world::{OPERATOR, TO, World};

const OTHER: &str = "13912345678";
const DAY_SECONDS: i64 = 86_400;
const HOUR_MS: i64 = 3_600_000;
/// The worlds begin then: 2026-01-01 08:00 in Beijing.
const EIGHT_AM_MS: i64 = 1_767_225_600_000;

fn bulk() -> Value {
    json!({ "text": "【信使】会员日八折，拒收请回复R" })
}

fn marketing() -> Value {
    json!({ "kind": "marketing" })
}

/// Sends to some numbers, and gives the outcomes.
fn sent_to(world: &World, recipients: &[&str]) -> Vec<Value> {
    outcomes(world, &bulk(), recipients)
}

fn outcomes(world: &World, bulk: &Value, recipients: &[&str]) -> Vec<Value> {
    let (status, outcomes) = world.send_marketing(bulk, &marketing(), &recipients.join("\n"));
    assert_eq!(status, 200, "{outcomes}");
    outcomes.as_array().unwrap().clone()
}

/// Status, reason and when to try again of the only outcome.
fn summary(outcomes: &[Value]) -> (&str, Option<&str>, Option<i64>) {
    let [outcome] = outcomes else { panic!("{outcomes:?}") };
    let text = |name: &str| outcome.get(name).and_then(Value::as_str);
    (text("status").unwrap(), text("reason"), outcome.get("retryAt").and_then(Value::as_i64))
}

#[test]
fn second_text_of_a_day_is_rejected_with_its_retry_time() {
    let world = World::new(&json!({}));
    assert_eq!(summary(&sent_to(&world, &[TO])), ("accepted", None, None));
    world.pass(3600);
    let rejected = sent_to(&world, &[TO, OTHER]);
    assert_eq!(rejected.len(), 2);
    assert_eq!(summary(&rejected[..1]), ("rejected", Some("too-frequent"), Some(EIGHT_AM_MS + 24 * HOUR_MS)));
    assert_eq!((&rejected[0]["error"]["code"], &rejected[0]["error"]["sent"]), (&json!("throttled"), &json!("no")));
    assert_eq!(rejected[0]["to"], json!(["+8613812345678"]));
    assert_eq!((&rejected[1]["status"], &rejected[1]["to"]), (&json!("accepted"), &json!(["+8613912345678"])));
    assert_eq!(world.inbox().len(), 2, "nothing waits to be sent later");
    world.pass(DAY_SECONDS - 3600);
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
    assert_eq!(world.inbox().len(), 3);
}

#[test]
fn duplicate_number_in_a_bulk_gets_one_text() {
    let world = World::new(&json!({}));
    let outcomes = sent_to(&world, &[TO, "+86 138 1234 5678", TO, "not a number"]);
    assert_eq!(world.inbox().len(), 1);
    let with = |status: &str| outcomes.iter().filter(|outcome| outcome["status"] == status).count();
    assert_eq!((with("accepted"), with("rejected")), (1, 2), "{outcomes:?}");
    assert_eq!(outcomes[0]["to"].as_array().unwrap().len(), 2, "held for one reason together");
}

#[test]
fn each_number_takes_one_step() {
    let world = World::new(&json!({}));
    sent_to(&world, &[TO, OTHER, "13712345678"]);
    assert_eq!(world.applied.get(), 3);
}

#[test]
fn opted_out_number_gets_no_text_with_any_settings() {
    for more in [json!({}), json!({ "shadow": true }), json!({ "limits": { "marketing": [] } })] {
        let world = World::new(&more);
        let head = json!({ "path": "/admin/opt-out", "authorization": OPERATOR });
        assert_eq!(world.call(head.clone(), &json!({ "phone": TO, "optedOut": true })).0, 204);
        let rejected = sent_to(&world, &[TO]);
        assert_eq!(summary(&rejected), ("rejected", Some("opted-out"), None));
        assert_eq!(rejected[0]["error"]["code"], "number");
        assert!(world.inbox().is_empty());
        assert_eq!(world.call(head, &json!({ "phone": TO, "optedOut": false })).0, 204);
        assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
    }
}

#[test]
fn marketing_is_allowed_by_beijing_time_at_its_send_time() {
    let world = World::new(&json!({ "limits": { "marketing": [] } }));
    // Hours after eight.
    for (after, expected) in
        [(0.0, None), (11.999, None), (12.0, Some(24)), (23.999, Some(24)), (24.0, None), (-0.001, Some(0))]
    {
        #[allow(clippy::cast_possible_truncation, reason = "hours of a day")]
        world.now.set(EIGHT_AM_MS + (after * 3_600_000.0) as i64);
        let expected = expected.map(|hours: i64| EIGHT_AM_MS + hours * HOUR_MS);
        let rejected = sent_to(&world, &[TO]);
        let (status, reason, retry_at) = summary(&rejected);
        assert_eq!(retry_at, expected, "{after}");
        assert_eq!((status, reason), if expected.is_some() { ("rejected", Some("hours")) } else { ("accepted", None) });
    }
    world.now.set(EIGHT_AM_MS);
    let at = |hours: i64| {
        let mut bulk = bulk();
        bulk["sendAt"] = json!(EIGHT_AM_MS + hours * HOUR_MS);
        bulk
    };
    assert_eq!(
        summary(&outcomes(&world, &at(13), &[TO])),
        ("rejected", Some("hours"), Some(EIGHT_AM_MS + 24 * HOUR_MS))
    );
    assert_eq!(summary(&outcomes(&world, &at(25), &[TO])).0, "accepted");
    world.now.set(EIGHT_AM_MS + 13 * HOUR_MS);
    assert_eq!(summary(&outcomes(&world, &at(1), &[TO])).1, Some("hours"), "it would go now");
    let late = World::new(&json!({ "marketingHours": { "from": 8, "to": 22 } }));
    late.now.set(EIGHT_AM_MS + 13 * HOUR_MS);
    assert_eq!(summary(&sent_to(&late, &[TO])).0, "accepted");
}

#[test]
fn foreign_numbers_have_no_beijing_hours() {
    let world = World::new(&json!({ "countries": ["CN", "HK"] }));
    world.now.set(EIGHT_AM_MS + 13 * HOUR_MS);
    let outcomes = outcomes(&world, &json!({ "text": "[Xinshi] Sale" }), &["+85251234567"]);
    assert_ne!(summary(&outcomes).1, Some("hours"), "{outcomes:?}");
}

#[test]
fn scheduled_text_counts_on_its_send_day() {
    let world = World::new(&json!({}));
    let mut tomorrow = bulk();
    tomorrow["sendAt"] = json!(EIGHT_AM_MS + 50 * HOUR_MS);
    assert_eq!(summary(&outcomes(&world, &tomorrow, &[TO])).0, "accepted");
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted", "more than a day before it");
    world.pass(27 * 3600);
    // A day after the scheduled one is 10:00.
    assert_eq!(summary(&sent_to(&world, &[TO])), ("rejected", Some("too-frequent"), Some(EIGHT_AM_MS + 74 * HOUR_MS)));
}

#[test]
fn certainly_unsent_text_is_released_and_unknown_one_counts() {
    let main_only = json!({ "order": ["main"] });
    let world = World::new(&main_only);
    *world.fault.borrow_mut() = Some("reject");
    let rejected = sent_to(&world, &[TO]);
    assert_eq!(summary(&rejected).0, "rejected", "{rejected:?}");
    assert_eq!(rejected[0].get("reason"), None);
    *world.fault.borrow_mut() = None;
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");

    let world = World::new(&main_only);
    *world.fault.borrow_mut() = Some("timeout");
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "unknown");
    *world.fault.borrow_mut() = None;
    assert_eq!(summary(&sent_to(&world, &[TO])).1, Some("too-frequent"));

    // A text that no account takes.
    let world = World::new(&json!({}));
    let mut long = bulk();
    long["text"] = json!("长".repeat(2000));
    assert_eq!(summary(&outcomes(&world, &long, &[TO])).0, "rejected");
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
}

#[test]
fn text_rejected_by_one_account_is_sent_by_the_next_and_counted_once() {
    let world = World::new(&json!({ "limits": { "marketing": [{ "limit": 2, "windowSeconds": 86_400 }] } }));
    let fault = json!({ "vendor": "smsadmin", "fault": "reject" });
    world.sandbox("POST", "/faults", &fault);
    let accepted = sent_to(&world, &[TO]);
    assert_eq!((summary(&accepted).0, &accepted[0]["account"]), ("accepted", &json!("spare")), "{accepted:?}");
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
    assert_eq!(summary(&sent_to(&world, &[TO])).1, Some("too-frequent"));
    let by_spare = json!({ "kind": "marketing", "account": "spare" });
    let (_, outcomes) = world.send_marketing(&bulk(), &by_spare, OTHER);
    assert_eq!(outcomes[0]["account"], "spare");
}

#[test]
fn codes_and_marketing_have_separate_limits() {
    let world = World::new(&json!({}));
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
    let (status, body) = world.send(&json!({ "phone": TO }));
    assert_eq!(status, 202, "{body}");
    world.pass(DAY_SECONDS);
    assert_eq!(world.send(&json!({ "phone": OTHER })).0, 202);
    assert_eq!(summary(&sent_to(&world, &[OTHER])).0, "accepted");
    assert_eq!(world.verify(&body["challenge"], "000000").1["type"], "urn:xinshi:problem:not-verified");
}

#[test]
fn unreachable_number_is_closed_for_a_day() {
    for (more, skipped) in [(json!({}), true), (json!({ "skipUndeliverable": false }), false)] {
        let world = receipt_world("apiv1", more);
        let (_, reference) = sent(&world);
        let report = json!({ "sendId": reference, "mobile": TO, "times": "2026-01-01 08:00:00", "status": "MK:0001" });
        assert_eq!(push(&world, &path("main"), report.to_string().as_bytes()).status, 200);
        let rejected = sent_to(&world, &[TO]);
        let expected = if skipped {
            ("rejected", Some("no-such-number"), Some(EIGHT_AM_MS + 24 * HOUR_MS))
        } else {
            ("accepted", None, None)
        };
        assert_eq!(summary(&rejected), expected);
    }
}

#[test]
fn listed_and_test_numbers_get_no_text() {
    let world = World::new(&json!({ "deny": [TO] }));
    for number in [TO, "+85251234567", "13800000000"] {
        let rejected = sent_to(&world, &[number]);
        assert_eq!(summary(&rejected), ("rejected", None, None), "{number}");
        assert_eq!(rejected[0]["error"]["code"], "number");
    }
    assert!(world.inbox().is_empty());
}

#[test]
fn shadow_reports_what_it_would_reject() {
    let world = World::new(&json!({ "shadow": true }));
    for _ in 0..2 {
        assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
    }
    let is_shadow_event = |event: &String| {
        event.contains(r#""by":"marketing""#) && event.contains(r#""reason":"too-frequent","shadow":true"#)
    };
    assert_eq!(world.events.borrow().iter().filter(|event| is_shadow_event(event)).count(), 1, "{:?}", world.events);
}

#[test]
fn failing_store_sends_nothing() {
    let world = World::new(&json!({}));
    world.store_fails.set(true);
    let rejected = sent_to(&world, &[TO, OTHER]);
    assert_eq!(summary(&rejected), ("rejected", None, Some(EIGHT_AM_MS + 5000)));
    assert_eq!((&rejected[0]["error"]["code"], &rejected[0]["error"]["sent"]), (&json!("network"), &json!("no")));
    world.store_fails.set(false);
    assert!(world.inbox().is_empty());
}

#[test]
fn crash_at_any_step_never_counts_too_seldom() {
    for step in 0..8 {
        let world = World::new(&json!({}));
        world.crashes_after.set(Some(step));
        world.try_send_marketing(&bulk(), &marketing(), &[TO, OTHER].join("\n"), 0);
        world.crashes_after.set(None);
        sent_to(&world, &[TO, OTHER]);
        let inbox = world.inbox();
        for number in ["+8613812345678", "+8613912345678"] {
            assert!(inbox.iter().filter(|(to, _)| to == number).count() <= 1, "{step}: {inbox:?}");
        }
    }
}

#[test]
fn reset_clears_the_days_text_and_erasure_keeps_it() {
    let world = World::new(&json!({}));
    sent_to(&world, &[TO]);
    let admin = |path: &str| world.call(json!({ "path": path, "authorization": OPERATOR }), &json!({ "phone": TO })).0;
    assert_eq!(admin("/admin/erase"), 204);
    assert_eq!(summary(&sent_to(&world, &[TO])).1, Some("too-frequent"));
    assert!(admin("/admin/reset") < 300);
    assert_eq!(summary(&sent_to(&world, &[TO])).0, "accepted");
}

#[test]
fn marketing_emits_masked_events_and_counts() {
    let world = World::new(&json!({}));
    sent_to(&world, &[TO, OTHER]);
    sent_to(&world, &[TO]);
    assert_eq!((counted(&world, "marketing.accepted.main"), counted(&world, "marketing.held.too-frequent")), (2, 1));
    let events = world.events.borrow().join("\n");
    assert!(events.contains(r#""type":"rejected","phone":"138****5678","by":"marketing""#), "{events}");
    assert!(!events.contains(TO) && !events.contains("会员日"), "{events}");
    assert!(
        world.states.borrow().iter().all(|(key, state)| {
            !key.contains(TO) && !state.windows(TO.len()).any(|window| window == TO.as_bytes())
        })
    );
}

#[test]
fn templates_and_individual_texts_are_sent() {
    let world = World::new(&json!({}));
    let template = json!({ "template": "【信使】{value0}您好，会员日八折，拒收请回复R", "ref": "sale" });
    let (status, sent) = world.send_marketing(&template, &marketing(), "13812345678\t王\n13912345678\t李");
    assert_eq!(status, 200, "{sent}");
    let own = json!({});
    let (_, more) = world.send_marketing(&own, &marketing(), "13712345678\t【信使】八折，拒收请回复R");
    assert_eq!(more[0]["status"], "accepted", "{more}");
    let mut texts: Vec<String> = world.inbox().into_iter().map(|(_, text)| text).collect();
    texts.sort();
    assert_eq!(texts.len(), 3, "{sent} {more}");
    assert!(texts.iter().any(|text| text.contains("王您好")), "{texts:?}");
}

#[test]
fn requests_of_a_bulks_parts_have_distinct_numbers() {
    let world = World::new(&json!({}));
    let mut bulk = bulk();
    bulk["ref"] = json!("sale");
    let mut seen = std::collections::BTreeSet::new();
    for (before, number) in [(0, TO), (1, OTHER), (2, "13712345678")] {
        let (_, outcomes) = world.send_marketing_after(&bulk, &marketing(), number, before);
        assert!(seen.insert(outcomes[0]["ref"].as_str().unwrap().to_owned()), "{outcomes}");
    }
    assert!(seen.iter().all(|reference| reference.starts_with("sale")), "{seen:?}");
}

#[test]
fn invalid_bulk_is_rejected_with_its_field_and_counts_nothing() {
    let world = World::new(&json!({}));
    for (bulk, options, field) in [
        (bulk(), json!({}), "kind"),
        (bulk(), json!({ "kind": "notice" }), "kind"),
        (bulk(), json!({ "kind": "marketing", "acount": "main" }), "acount"),
        (bulk(), json!({ "kind": "marketing", "account": "nobody" }), "account"),
        (json!({ "text": "八折", "kind": "otp" }), marketing(), "kind"),
        (json!({ "text": "八折", "txt": 1 }), marketing(), "txt"),
        (json!({ "text": "  " }), marketing(), "text"),
    ] {
        let (status, error) = world.send_marketing(&bulk, &options, TO);
        assert_eq!((status, &error["field"], &error["sent"]), (400, &json!(field), &json!("no")), "{error}");
    }
    assert!(world.inbox().is_empty() && world.states.borrow().keys().all(|key| key == "stats"));
    let mut named = bulk();
    named["kind"] = json!("marketing");
    assert_eq!(summary(&outcomes(&world, &named, &[TO])).0, "accepted");
}
