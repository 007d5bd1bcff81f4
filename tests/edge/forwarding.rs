//! Forwarding of receipts to endpoints that fail, are slow or reject: each receipt arrives once, and none is held up by
//! another.

use serde_json::{Value, json};

use crate::receipts::{counted, messages, opted_out, path, push, sent, statistics, world};
use crate::world::{OPERATOR, TO, World};

/// A push of reports on texts that the handler did not send.
fn unmatched_reports(range: std::ops::Range<u32>) -> Vec<Value> {
    range.map(|index| json!({ "sendId": format!("s{index}"), "mobile": TO, "status": "DELIVRD" })).collect()
}

fn minutes(world: &World, minutes: u32) {
    for _ in 0..minutes {
        world.pass(60);
        assert!(world.scheduled());
    }
}

#[test]
fn unreliable_webhook_receives_everything() {
    let world = world("apiv1", json!({ "queue": false }));
    push(&world, &path("main"), Value::Array(unmatched_reports(0..400)).to_string().as_bytes());
    let mut posted = 0;
    for minute in 0..600 {
        // The endpoint is down every fourth minute.
        world.webhook.set(Some(if minute % 4 == 3 { 500 } else { 204 }));
        minutes(&world, 1);
        posted = world.posted.borrow().len();
    }
    let ids: std::collections::BTreeSet<String> =
        world.posted.borrow().iter().map(|(signed, _)| signed.id.clone()).collect();
    assert_eq!((ids.len(), counted(&world, "receipts.given-up")), (400, 0));
    assert!(posted < 420, "{posted} posts");
}

#[test]
fn record_that_is_never_accepted_delays_no_other() {
    let world = world("apiv1", json!({ "queue": false }));
    push(&world, &path("main"), Value::Array(unmatched_reports(0..3)).to_string().as_bytes());
    // The endpoint rejects the first message for more than a day.
    let posted = |world: &World| world.posted.borrow().iter().map(|(signed, _)| signed.id.clone()).collect::<Vec<_>>();
    let first = posted(&world)[0].clone();
    for _ in 0..(30 * 60) {
        let posts_before = posted(&world).len();
        world.webhook.set(Some(400));
        minutes(&world, 1);
        if posted(&world).len() > posts_before && *posted(&world).last().unwrap() != first {
            break;
        }
    }
    world.webhook.set(Some(204));
    minutes(&world, 24 * 60);
    let ids: std::collections::BTreeSet<String> = posted(&world).into_iter().collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0);
}

#[test]
fn push_is_ingested_while_the_webhook_fails() {
    let world = world("apiv1", json!({ "queue": false }));
    world.webhook.set(Some(503));
    let reply = |index: u32, text: &str| json!({ "mobile": format!("139{index:08}"), "content": text, "times": "2026-01-01 08:00:00" });
    let mut replies: Vec<Value> = (0..80).map(|index| reply(index, "好")).collect();
    replies.push(reply(80, "TD"));
    push(&world, &path("main"), Value::Array(replies).to_string().as_bytes());
    minutes(&world, 3);
    assert!(opted_out(&world, "13900000080"));
}

#[test]
fn slow_webhook_receives_each_record_once() {
    let world = world("apiv1", json!({}));
    world.posting_takes.set(4000);
    push(&world, &path("main"), Value::Array(unmatched_reports(0..30)).to_string().as_bytes());
    for _ in 0..30 {
        world.pass(1);
        assert!(world.scheduled());
    }
    assert_eq!((world.posted.borrow().len(), world.queued.borrow().len()), (30, 30));
}

#[test]
fn queue_receives_once_what_the_webhook_rejects() {
    let world = world("apiv1", json!({}));
    world.webhook.set(Some(500));
    push(&world, &path("main"), Value::Array(unmatched_reports(0..2)).to_string().as_bytes());
    minutes(&world, 60);
    world.webhook.set(Some(204));
    minutes(&world, 24 * 60);
    assert_eq!(world.queued.borrow().len(), 2);
    assert!(world.posted.borrow().len() > 4);
}

#[test]
fn duplicate_record_is_forwarded_once() {
    let world = world("apiv1", json!({}));
    let (_, reference) = sent(&world);
    let report = json!({ "sendId": reference, "mobile": TO, "times": "2026-01-01 08:00:00", "status": "DELIVRD" });
    let reply = json!({ "mobile": TO, "content": "好", "times": "2026-01-01 08:00:00" });
    push(&world, &path("main"), json!([report, report, report, reply, reply]).to_string().as_bytes());
    assert_eq!(
        (messages(&world).len(), counted(&world, "reports.delivered.main"), counted(&world, "replies.main")),
        (2, 1, 1)
    );
}

#[test]
fn corrupted_row_blocks_no_other_key() {
    let world = world("apiv1", json!({}));
    let (_, reference) = sent(&world);
    let number = world.states.borrow().keys().find(|key| key.starts_with("n:")).unwrap().clone();
    world.states.borrow_mut().insert(number, vec![0xFF; 9]);
    let broken = json!([{ "sendId": reference, "mobile": TO, "status": "DELIVRD" }, unmatched_reports(0..1)[0]]);
    push(&world, &path("main"), broken.to_string().as_bytes());
    push(&world, &path("main"), Value::Array(unmatched_reports(7..8)).to_string().as_bytes());
    assert_eq!(messages(&world).len(), 1);
    minutes(&world, 31 * 60);
    // The message is forwarded without its challenge, whether it was pushed or pulled; so is the message behind it.
    assert_eq!(messages(&world).len(), 4);
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0);
}

#[test]
fn record_is_forwarded_if_its_number_breaks_after_ingestion() {
    let world = world("apiv1", json!({ "queue": false }));
    let (challenge, reference) = sent(&world);
    world.webhook.set(Some(503));
    let reports = json!([{ "sendId": reference, "mobile": TO, "status": "DELIVRD" }, unmatched_reports(0..1)[0]]);
    push(&world, &path("main"), reports.to_string().as_bytes());
    let number = world.states.borrow().keys().find(|key| key.starts_with("n:")).unwrap().clone();
    world.states.borrow_mut().insert(number, vec![0xFF; 9]);
    world.webhook.set(Some(204));
    let steps = |world: &World| {
        world.applied.replace(0);
        assert!(world.scheduled());
        world.applied.get()
    };
    world.pass(60);
    steps(&world);
    assert_eq!(messages(&world)[2]["data"]["challenge"], json!(challenge), "what was decided stays decided");
    assert_eq!(messages(&world)[3]["data"]["report"]["ref"], "s0");
    let max_steps = (0..60).map(|_| (world.pass(60), steps(&world)).1).max().unwrap();
    assert!(max_steps < 40, "{max_steps} steps in one minute for what is broken");
    minutes(&world, 40 * 60);
    // The pulled record could not even be ingested; it is forwarded without its challenge.
    assert_eq!((messages(&world).len(), counted(&world, "receipts.given-up")), (5, 0));
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0);
}

#[test]
fn number_is_erased_from_stored_records_and_others_stay() {
    let world = world("apiv1", json!({ "queue": false }));
    world.webhook.set(None);
    let holds = |world: &World, digits: &str| {
        let states = world.states.borrow();
        states.values().filter(|state| state.windows(11).any(|window| window == digits.as_bytes())).count()
    };
    // Without quotes, and larger than the queue can store.
    let body = format!(
        r#"[{{"sendId":"{}","mobile":{TO},"status":"DELIVRD"}},{{"sendId":"b","mobile":13900000000,"status":"DELIVRD"}}]"#,
        "a".repeat(60_000)
    );
    push(&world, &path("main"), body.as_bytes());
    assert!(holds(&world, TO) > 0 && holds(&world, "13900000000") > 0);
    let erase = json!({ "path": "/admin/erase", "authorization": OPERATOR });
    assert_eq!(world.call(erase.clone(), &json!({ "phone": TO })).0, 204);
    assert_eq!(holds(&world, TO), 0);
    world.webhook.set(Some(204));
    minutes(&world, 3);
    assert!(
        messages(&world).iter().any(|message| message["data"]["report"]["to"] == "+8613900000000"),
        "it is still read"
    );
    // A message that is dropped for lack of capacity leaves nothing behind.
    world.webhook.set(None);
    push(&world, &path("main"), body.replace("\"b\"", "\"c\"").as_bytes());
    for index in 0..1200 {
        push(&world, &path("main"), Value::Array(unmatched_reports(index..index + 1)).to_string().as_bytes());
    }
    assert_eq!(world.call(erase, &json!({ "phone": TO })).0, 204);
    assert_eq!(holds(&world, TO), 0);
}
