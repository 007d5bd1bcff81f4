//! Kept receipts that the operator sends again: the same message under the same id, until every receiver accepts it.

use serde_json::{Value, json};
use xinshi::edge::config::Config;

use crate::receipts::{counted, messages, options, path, push, sent, statistics, unmatched, world};
use crate::world::{OPERATOR, TO, World};

const DAY: i64 = 86_400;

fn replay(world: &World, id: &str) -> (u16, Value) {
    let head = json!({ "path": format!("/admin/receipts/{id}/replay"), "authorization": OPERATOR });
    world.call(head, &json!({}))
}

fn keeping() -> Value {
    json!({ "receipts": { "keepFor": 2 } })
}

fn report(reference: &str) -> Vec<u8> {
    json!([{ "sendId": reference, "mobile": TO, "times": "2026-01-01 08:00:00", "status": "DELIVRD" }])
        .to_string()
        .into_bytes()
}

fn reply(from: &str, text: &str) -> Vec<u8> {
    json!([{ "mobile": from, "content": text, "times": "2026-01-01 08:00:00" }]).to_string().into_bytes()
}

/// The id of the last message to the webhook.
fn last_id(world: &World) -> String {
    world.posted.borrow().last().unwrap().0.id.clone()
}

fn events(world: &World, kind: &str) -> Vec<Value> {
    let events = world.events.borrow();
    let read = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap());
    read.filter(|event| event["type"] == kind).collect()
}

#[test]
fn kept_receipt_is_sent_again_under_its_id() {
    let world = world("apiv1", keeping());
    let (_, reference) = sent(&world);
    push(&world, &path("main"), &report(&reference));
    let id = last_id(&world);
    world.pass(DAY);
    assert_eq!(replay(&world, &id), (202, json!({ "id": id, "accepted": true })));
    let (first, again) = (messages(&world)[0].clone(), messages(&world)[1].clone());
    assert_eq!((first.clone(), last_id(&world)), (again, id.clone()), "the same message");
    let posted = world.posted.borrow();
    assert_ne!(posted[0].0.timestamp, posted[1].0.timestamp, "signed anew");
    drop(posted);
    assert_eq!(world.queued.borrow().len(), 2);
    let told = &events(&world, "receipt-replayed")[0];
    assert_eq!((&told["account"], &told["id"], &told["accepted"]), (&json!("main"), &json!(id), &json!(true)));
    assert_eq!(counted(&world, "receipts.replayed"), 1);
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0);
    // The report changes nothing that is known of its text.
    assert_eq!(counted(&world, "reports.delivered.main"), 1);
}

#[test]
fn replay_that_fails_waits_in_the_queue() {
    let world = world("apiv1", keeping());
    push(&world, &path("main"), &reply(TO, "好"));
    let id = unmatched(&world, "main")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(id, last_id(&world), "the list names the message");
    world.webhook.set(Some(500));
    assert_eq!(replay(&world, &id), (202, json!({ "id": id, "accepted": false })));
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 1);
    // A second request does not queue it twice.
    assert_eq!(replay(&world, &id).0, 202);
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 1);
    world.webhook.set(Some(204));
    let posted = world.posted.borrow().len();
    for _ in 0..60 {
        world.pass(60);
        assert!(world.scheduled());
    }
    assert_eq!((world.posted.borrow().len(), last_id(&world)), (posted + 1, id));
    assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0);
}

#[test]
fn unknown_and_expired_receipts_are_not_found() {
    let world = world("apiv1", keeping());
    push(&world, &path("main"), &reply(TO, "好"));
    let id = last_id(&world);
    for wrong in ["rcpt_1_0", "rcpt_", "rcpt_01_0", "rcpt_1_0_0", "x", "rcpt_99999999999999999999_0"] {
        let (status, body) = replay(&world, wrong);
        assert_eq!((status, body["type"].as_str()), (404, Some("urn:xinshi:problem:unknown-receipt")), "{wrong}");
    }
    assert_eq!(replay(&world, &format!("{id}0")).0, 404);
    let head = json!({ "path": format!("/admin/receipts/{id}/replay") });
    assert_eq!(world.call(head, &json!({})).0, 401, "only the operator");
    world.pass(2 * DAY - 1);
    assert_eq!(replay(&world, &id).0, 202);
    world.pass(1);
    assert_eq!(replay(&world, &id).0, 404);
}

#[test]
fn nothing_is_kept_by_default_or_of_unread_records() {
    let without = world("apiv1", json!({}));
    push(&without, &path("main"), &reply(TO, "好"));
    let states = without.states.borrow().len();
    assert_eq!(replay(&without, &last_id(&without)).0, 404);
    let with = world("apiv1", keeping());
    push(&with, &path("main"), &reply(TO, "好"));
    assert!(with.states.borrow().len() > states, "the receipt and its list");
    push(&with, &path("main"), b"no JSON");
    assert_eq!(messages(&with).last().unwrap()["type"], "sms.unread");
    assert_eq!((replay(&with, &last_id(&with)).0, counted(&with, "receipts.unkept")), (404, 1));
}

#[test]
fn erased_number_is_in_no_kept_receipt() {
    let world = world("apiv1", keeping());
    let (_, reference) = sent(&world);
    push(&world, &path("main"), &report(&reference));
    let reported = last_id(&world);
    push(&world, &path("main"), &reply("13900000001", &format!("reach me at +86{TO}")));
    let replied = last_id(&world);
    let holds = |world: &World| {
        let is_in = |state: &Vec<u8>| state.windows(TO.len()).any(|bytes| bytes == TO.as_bytes());
        world.states.borrow().values().filter(|state| is_in(state)).count()
    };
    assert!(holds(&world) >= 3, "two kept receipts and the stored reply");
    let head = json!({ "path": "/admin/erase", "authorization": OPERATOR });
    assert_eq!(world.call(head, &json!({ "phone": TO })).0, 204);
    assert_eq!(holds(&world), 0);
    for id in [reported, replied] {
        assert_eq!(replay(&world, &id).0, 202);
        let message = messages(&world).last().unwrap().to_string();
        assert!(message.contains("11111111111") && !message.contains(TO), "{message}");
    }
}

#[test]
fn what_is_kept_expires() {
    let world = world("apiv1", keeping());
    let before: Vec<String> = world.states.borrow().keys().cloned().collect();
    push(&world, &path("main"), &reply(TO, "好"));
    let is_new = |key: &&String| key.starts_with("m:") && !before.contains(key);
    let states = world.states.borrow();
    let kept: Vec<&String> = states.keys().filter(is_new).collect();
    assert!(kept.len() >= 2, "{kept:?}");
    let expiries = world.expiries.borrow();
    let last = world.now.get() + 2 * DAY * 1000;
    assert!(kept.iter().all(|key| expiries[*key] <= last), "every store removes them");
}

#[test]
fn a_store_that_fails_loses_no_receipt() {
    let world = world("apiv1", keeping());
    push(&world, &path("main"), &reply(TO, "好"));
    let id = last_id(&world);
    // The list of the number is damaged: the next receipt is forwarded, and not kept.
    for (key, state) in world.states.borrow_mut().iter_mut() {
        if key.starts_with("m:") {
            *state = vec![0xFF; 9];
        }
    }
    push(&world, &path("main"), &reply(TO, "再"));
    assert_eq!((messages(&world).len(), counted(&world, "receipts.unkept")), (2, 1));
    assert_eq!(replay(&world, &id).0, 503);
}

#[test]
fn options_bound_what_is_kept() {
    let field = |more: Value| {
        let written = crate::world::options(&options("apiv1", more));
        Config::read(&written).err().and_then(|error| error.field.clone())
    };
    assert_eq!(field(json!({ "receipts": { "keepFor": 7 } })), None);
    assert_eq!(field(json!({ "receipts": {} })), None);
    for receipts in [json!({ "keepFor": 8 }), json!({ "keepFor": 0 }), json!({ "keepFor": 1.5 })] {
        assert_eq!(field(json!({ "receipts": receipts })).as_deref(), Some("receipts.keepFor"), "{receipts}");
    }
    assert_eq!(field(json!({ "receipts": { "days": 1 } })).as_deref(), Some("receipts.days"));
    let short = json!({ "receipts": { "keepFor": 2 }, "retentionDays": 2 });
    assert_eq!(field(short).as_deref(), Some("receipts.keepFor"));
    let nobody = json!({ "receipts": { "keepFor": 2 }, "queue": false, "webhook": null });
    assert_eq!(field(nobody).as_deref(), Some("receipts.keepFor"));
}
