//! Every acknowledged receipt is forwarded: whatever share of the posts fails, however long the endpoint is down, and
//! at whatever step a process dies.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::receipts::{path, push, statistics, world};
use crate::world::{Dice, World};

/// The ids of the messages that the endpoint accepted.
type AcceptedIds = Rc<RefCell<BTreeSet<String>>>;

/// An endpoint that accepts a message if `takes` returns true for its id.
fn endpoint(world: &World, mut accepts: impl FnMut(&str) -> bool + 'static) -> AcceptedIds {
    let accepted = AcceptedIds::default();
    let recorded = Rc::clone(&accepted);
    *world.webhook_by.borrow_mut() = Some(Box::new(move |id, _| {
        let is_accepted = accepts(id);
        if is_accepted {
            recorded.borrow_mut().insert(id.to_owned());
        }
        Some(if is_accepted { 204 } else { 500 })
    }));
    accepted
}

fn report(index: u64) -> Value {
    json!({ "sendId": format!("s{index}"), "mobile": "13812345678", "status": "DELIVRD", "times": "2026-01-01 08:00:00" })
}

/// Pushes `a_second` reports a second for `minutes` minutes, and calls `scheduled` each minute. Returns the number
/// acknowledged.
fn traffic(world: &World, a_second: u64, minutes: u64, from: u64) -> usize {
    let mut acknowledged = 0;
    for minute in 0..minutes {
        for second in 0..60 {
            for one in 0..a_second {
                let index = from + (minute * 60 + second) * a_second + one;
                let reply = push(world, &path("main"), report(index).to_string().as_bytes());
                acknowledged += usize::from(reply.status == 200);
            }
            world.pass(1);
        }
        assert!(world.scheduled());
    }
    acknowledged
}

fn scheduled(world: &World, minutes: u64) {
    for _ in 0..minutes {
        world.pass(60);
        assert!(world.scheduled());
    }
}

fn waiting(world: &World) -> Value {
    statistics(world)["receipts"]["main"].clone()
}

/// No row of a queue is larger than a store allows.
fn assert_rows_fit(world: &World) {
    for (key, state) in world.states.borrow().iter() {
        assert!(state.len() < 64_000, "{key}: {}", state.len());
    }
}

#[test]
fn one_percent_of_failing_posts_loses_nothing() {
    let world = world("apiv1", json!({ "queue": false }));
    let mut posts = 0;
    let accepted = endpoint(&world, move |_| {
        posts += 1;
        posts % 100 != 0
    });
    assert_eq!(traffic(&world, 5, 30, 0), 9000);
    scheduled(&world, 60);
    assert_eq!(accepted.borrow().len(), 9000);
    assert!(world.posted.borrow().len() < 9200, "none is told twice: {}", world.posted.borrow().len());
    assert_eq!((&waiting(&world)["waiting"], &waiting(&world)["givenUp"]), (&json!(0), &json!(0)));
}

#[test]
fn every_record_is_forwarded_for_any_share_of_failing_posts() {
    for (per_mille, a_second, minutes) in [(1, 20, 3), (100, 20, 3), (300, 1, 30), (500, 1, 30), (500, 20, 5)] {
        let world = world("apiv1", json!({ "queue": false }));
        let dice = Dice(7.into());
        let accepted = endpoint(&world, move |_| dice.roll(1000) >= per_mille);
        let acknowledged = traffic(&world, a_second, minutes, 0);
        assert_eq!(acknowledged as u64, a_second * minutes * 60, "{per_mille} of 1000 fail");
        let mut days = 0;
        while waiting(&world)["waiting"] != 0 {
            scheduled(&world, 24 * 60);
            days += 1;
            assert!(days < 8, "{per_mille} of 1000, {a_second} a second: {}", waiting(&world));
        }
        assert_eq!((accepted.borrow().len(), &waiting(&world)["givenUp"]), (acknowledged, &json!(0)));
        assert!(world.states.borrow().keys().all(|key| !key.starts_with("w:")), "no page is left behind");
    }
}

#[test]
fn outage_up_to_a_day_loses_nothing() {
    // Minutes of the outage, and pushes a minute.
    for (down_minutes, a_minute) in [(5, 1200), (120, 60), (24 * 60, 3)] {
        let world = world("apiv1", json!({ "queue": false }));
        let up = Rc::new(Cell::new(false));
        let is_up = Rc::clone(&up);
        let accepted = endpoint(&world, move |_| is_up.get());
        let mut acknowledged = 0;
        for index in 0..down_minutes * a_minute {
            acknowledged +=
                usize::from(push(&world, &path("main"), report(index).to_string().as_bytes()).status == 200);
            if index % a_minute == a_minute - 1 {
                world.pass(60);
                assert!(world.scheduled());
            }
        }
        assert_rows_fit(&world);
        assert_eq!((acknowledged as u64, accepted.borrow().len()), (down_minutes * a_minute, 0));
        let posts = world.posted.borrow().len() as u64;
        assert!(posts < 20 + down_minutes * 8, "it is probed, not hammered: {posts} posts");
        up.set(true);
        scheduled(&world, 20);
        // A message that probed the endpoint may back off for up to half a day.
        let left = waiting(&world)["waiting"].as_u64().unwrap();
        assert!(left < 40, "{left} of {acknowledged} wait after {down_minutes} minutes of outage");
        scheduled(&world, 13 * 60);
        assert_eq!(accepted.borrow().len(), acknowledged, "{down_minutes} minutes: {}", waiting(&world));
    }
}

#[test]
fn rejected_record_blocks_no_other() {
    let world = world("apiv1", json!({ "queue": false }));
    let fixed = Rc::new(Cell::new(false));
    let is_fixed = Rc::clone(&fixed);
    // The endpoint rejects every fiftieth message, even when it accepts all others.
    let is_rejected = |id: &str| id.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 50 == 0;
    let accepted = endpoint(&world, move |id| is_fixed.get() || !is_rejected(id));
    let body = Value::Array((0..2000).map(report).collect()).to_string();
    assert_eq!(push(&world, &path("main"), body.as_bytes()).status, 200);
    let singles = traffic(&world, 1, 10, 10_000);
    scheduled(&world, 10);
    let left = waiting(&world)["waiting"].as_u64().unwrap();
    assert_eq!(accepted.borrow().len() as u64 + left, 2600, "{singles} came alone");
    assert!((20..80).contains(&left), "{left} are poison");
    scheduled(&world, 48 * 60);
    assert_eq!((&waiting(&world)["waiting"], &waiting(&world)["givenUp"]), (&json!(left), &json!(0)));
    fixed.set(true);
    scheduled(&world, 13 * 60);
    assert_eq!((accepted.borrow().len(), &waiting(&world)["waiting"]), (2600, &json!(0)));
}

/// The process dies at every step of processing pages, and the next one continues.
#[test]
fn crash_at_any_step_of_a_backlog_loses_nothing() {
    for crashes_after in (0..).step_by(7) {
        let world = world("apiv1", json!({ "queue": false, "limits": { "ip": [] } }));
        let up = Rc::new(Cell::new(false));
        let is_up = Rc::clone(&up);
        let mut posts = 0;
        let accepted = endpoint(&world, move |_| {
            posts += 1;
            is_up.get() && posts % 9 != 0
        });
        for some in 0..4 {
            let body = Value::Array((some * 80..(some + 1) * 80).map(report).collect()).to_string();
            // The push dies after its acknowledgement, so its report is in the queue.
            world.crashes_after.set(Some(40 + usize::try_from(some).unwrap() * 11));
            world.handle(&crate::receipts::hook(&path("main"), "", body.as_bytes())).unwrap();
            world.crashes_after.set(None);
        }
        world.pass(61);
        up.set(true);
        world.crashes_after.set(Some(crashes_after));
        let ended = world.scheduled();
        world.crashes_after.set(None);
        scheduled(&world, 30);
        assert_eq!(accepted.borrow().len(), 320, "died after {crashes_after}: {}", waiting(&world));
        assert_eq!(waiting(&world)["waiting"], 0);
        assert!(world.states.borrow().keys().all(|key| !key.starts_with("m:")), "died after {crashes_after}");
        if ended {
            assert!(crashes_after > 300, "{crashes_after}");
            break;
        }
    }
}

#[test]
fn failing_store_delays_forwarding_and_loses_nothing() {
    let world = world("apiv1", json!({ "queue": false }));
    let up = Rc::new(Cell::new(false));
    let is_up = Rc::clone(&up);
    let accepted = endpoint(&world, move |_| is_up.get());
    let dice = Dice(3.into());
    let mut acknowledged = 0;
    for index in 0..2000 {
        world.store_fails.set(dice.roll(10) == 0);
        acknowledged += usize::from(push(&world, &path("main"), report(index).to_string().as_bytes()).status == 200);
        up.set(index > 1000);
        if index % 100 == 99 {
            world.pass(10);
            world.store_fails.set(dice.roll(2) == 0);
            world.scheduled();
        }
    }
    world.store_fails.set(false);
    scheduled(&world, 60);
    assert!((1700..1900).contains(&acknowledged), "{acknowledged}");
    assert_eq!((accepted.borrow().len(), &waiting(&world)["waiting"]), (acknowledged, &json!(0)));
}

#[test]
fn waiting_ends_if_the_clock_stands_still() {
    let world = world("apiv1", json!({ "queue": false }));
    world.is_stopped.set(true);
    world.webhook.set(Some(500));
    push(&world, &path("main"), Value::Array((0..60).map(report).collect()).to_string().as_bytes());
    assert!(world.scheduled());
    assert!(world.waited.get() < 60_000, "{}", world.waited.get());
    world.webhook.set(Some(200));
    scheduled(&world, 3);
    assert_eq!(waiting(&world)["waiting"], 0);
}
