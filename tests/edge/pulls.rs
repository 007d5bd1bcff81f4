//! Pulls, which erase the vendor's copy: at whatever step a process dies, no record is lost and none is forwarded
//! twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{OPERATOR, World};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn world() -> World {
    World::new(
        &json!({ "webhook": { "url": "https://app.example/receipts", "secret": SECRET }, "limits": { "ip": [], "adaptive": false } }),
    )
}

/// Sends codes to numbers by whichever account accepts them. Returns their challenges.
fn sent(world: &World, numbers: std::ops::Range<u32>) -> Vec<String> {
    let send = |number| {
        let (status, body) = world.send(&json!({ "phone": format!("138{number:08}") }));
        assert_eq!(status, 202, "{body}");
        body["challenge"].as_str().unwrap().to_owned()
    };
    numbers.map(send).collect()
}

fn delivered(world: &World, challenges: &[String]) -> usize {
    let is_delivered = |challenge: &&String| {
        let head = json!({ "method": "GET", "path": format!("/otp/status/{challenge}"), "address": "192.0.2.77" });
        world.pass(1);
        world.call(head, &Value::Null).1["delivery"] == "delivered"
    };
    challenges.iter().filter(is_delivered).count()
}

/// The messages that arrived at the user's endpoint, each once however often it was posted.
fn forwarded(world: &World) -> BTreeSet<(String, String)> {
    world.posted.borrow().iter().map(|(signed, body)| (signed.id.clone(), body.clone())).collect()
}

fn reply(world: &World, vendor: &str, text: &str) {
    let from = format!("138{:08}", 1);
    world.sandbox("POST", "/replies", &json!({ "vendor": vendor, "from": from, "text": text }));
}

#[test]
fn pull_repeats_until_the_vendor_has_no_more() {
    let world = world();
    let mut challenges = sent(&world, 1..46);
    reply(&world, "smsadmin", "TD");
    assert!(world.scheduled());
    // 20, 20 and 5 reports, with 5 seconds between the pulls.
    assert_eq!(world.waited.get(), 10_000);
    assert_eq!(delivered(&world, &challenges), 45);
    assert_eq!((forwarded(&world).len(), world.posted.borrow().len()), (46, 46));
    // The spare account is pulled as well.
    *world.fault.borrow_mut() = Some("reject");
    let head = json!({ "vendor": "smsadmin", "fault": "reject", "times": 1 });
    world.sandbox("POST", "/faults", &head);
    *world.fault.borrow_mut() = None;
    challenges.extend(sent(&world, 100..101));
    world.scheduled();
    assert_eq!(delivered(&world, &challenges), 46);
}

/// A process dies at each step, and another follows a minute later: every record is forwarded, each once.
#[test]
fn crash_at_any_step_of_a_pull_loses_nothing() {
    let mut crashes = 0;
    for crashes_after in 0.. {
        let world = world();
        let challenges = sent(&world, 1..4);
        reply(&world, "smsadmin", "TD");
        reply(&world, "apiv1", "TD");
        world.crashes_after.set(Some(crashes_after));
        let ended = world.scheduled();
        world.crashes_after.set(None);
        crashes += usize::from(!ended);
        for _ in 0..4 {
            world.pass(61);
            assert!(world.scheduled(), "{crashes_after}");
        }
        assert_eq!(delivered(&world, &challenges), 3, "died after {crashes_after}");
        let forwarded = forwarded(&world);
        assert_eq!(forwarded.len(), 5, "died after {crashes_after}: {forwarded:?}");
        let ids: BTreeSet<&String> = forwarded.iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 5, "one message has one id");
        assert!(world.states.borrow().keys().all(|key| !key.starts_with("m:")), "died after {crashes_after}");
        if ended {
            break;
        }
    }
    assert!(crashes > 20, "{crashes}");
}

/// A stored reply that the queue does not know yet is found by the next process.
#[test]
fn long_pull_is_continued_by_the_next_run() {
    for crashes_after in 0.. {
        let world = World::new(&json!({
            "order": ["spare"], "limits": { "ip": [] },
            "webhook": { "url": "https://app.example/receipts", "secret": SECRET },
        }));
        // apiv1 returns all its records: more bytes than a queue's row holds.
        let challenges = sent(&world, 1..31);
        world.crashes_after.set(Some(crashes_after));
        let ended = world.scheduled();
        world.crashes_after.set(None);
        for _ in 0..4 {
            world.pass(61);
            assert!(world.scheduled());
        }
        assert_eq!(delivered(&world, &challenges), 30, "died after {crashes_after}");
        let ids: BTreeSet<String> = forwarded(&world).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 30, "died after {crashes_after}");
        if ended {
            break;
        }
    }
}

#[test]
fn one_process_pulls_at_a_time() {
    let world = world();
    let challenges = sent(&world, 1..4);
    // A process dies while it waits for the vendor: no other pulls until its claim expires.
    world.crashes_after.set(Some(1));
    assert!(!world.scheduled());
    world.crashes_after.set(None);
    world.pass(30);
    assert!(world.scheduled());
    assert_eq!(forwarded(&world).len(), 0);
    world.pass(31);
    assert!(world.scheduled());
    assert_eq!(delivered(&world, &challenges), 3);
}

#[test]
fn failing_pull_emits_an_event_and_is_repeated() {
    for fault in ["reject", "garbage", "timeout", "http500", "truncated"] {
        let world = world();
        let challenges = sent(&world, 1..3);
        *world.fault.borrow_mut() = Some(fault);
        assert!(world.scheduled(), "{fault}");
        *world.fault.borrow_mut() = None;
        world.pass(61);
        assert!(world.scheduled());
        let (all, found) = (challenges.len(), delivered(&world, &challenges));
        // A reply that was cut or changed in transit is erased at the vendor, so its bytes are kept for a person to
        // read.
        let head = json!({ "method": "GET", "path": "/admin/receipts", "authorization": OPERATOR });
        let stored = world.call(head, &Value::Null).1["main"].as_array().unwrap().len();
        assert!(found == all || stored > 0, "{fault}: {found} of {all}, {stored} kept");
    }
}
