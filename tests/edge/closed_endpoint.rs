//! Endpoints that answer 410 or name a time in `Retry-After`: their messages wait, and hold up no other receiver.

use serde_json::json;

use crate::receipts::{counted, options, path, push, pushed, waiting, world};
use crate::world::{TO, World};

#[test]
fn an_endpoint_that_is_gone_receives_nothing_until_another_is_configured() {
    let world = world("apiv1", json!({ "queue": false }));
    world.webhook.set(Some(410));
    let push_report = |world: &World, index: u32| {
        let report = pushed(world, "apiv1", json!({ "kind": "report", "to": TO, "ref": format!("r{index}") }));
        push(world, &path("main"), &report);
    };
    (0..3).for_each(|index| push_report(&world, index));
    assert_eq!((world.posted.borrow().len(), counted(&world, "webhook.gone")), (1, 1));
    assert_eq!(waiting(&world)["waiting"], 3);
    world.webhook.set(Some(204));
    // Another process with the same options asks the store, and posts nothing; not even days later.
    let world = world.restarted(&options("apiv1", json!({ "queue": false })));
    for _ in 0..(3 * 24) {
        world.pass(3600);
        world.scheduled();
    }
    push_report(&world, 3);
    assert_eq!((world.posted.borrow().len(), &waiting(&world)["waiting"]), (1, &json!(4)));
    // A new secret is a new endpoint, which receives all of it.
    let secret = format!("whsec_{}", "B".repeat(32));
    let webhook = json!({ "url": "https://app.example/receipts", "secret": secret });
    let world = world.restarted(&options("apiv1", json!({ "queue": false, "webhook": webhook })));
    world.pass(60);
    world.scheduled();
    let ids: std::collections::BTreeSet<String> =
        world.posted.borrow().iter().map(|(signed, _)| signed.id.clone()).collect();
    assert_eq!((ids.len(), &waiting(&world)["waiting"]), (4, &json!(0)));
}

/// The queue is down for the first message, and the endpoint is gone or asks for an hour.
#[test]
fn a_closed_endpoint_does_not_hold_up_the_users_queue() {
    for (status, retry_after_ms) in [(410, None), (429, Some(3_600_000))] {
        let world = world("apiv1", json!({}));
        world.webhook.set(Some(status));
        world.webhook_retry_at.set(retry_after_ms.map(|wait| world.now.get() + wait));
        world.queue_takes.set(false);
        let report =
            |index: u32| pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": format!("r{index}") }));
        push(&world, &path("main"), &report(0));
        world.queue_takes.set(true);
        push(&world, &path("main"), &report(1));
        assert_eq!((world.queued.borrow().len(), world.posted.borrow().len()), (1, 1), "{status}");
        for _ in 0..2 {
            world.pass(60);
            world.scheduled();
        }
        assert_eq!((world.queued.borrow().len(), world.posted.borrow().len()), (2, 1), "{status}");
        assert_eq!(waiting(&world)["waiting"], 2, "{status}: both for the webhook");
        // Another endpoint gets both, each once its next attempt is due.
        world.webhook.set(Some(204));
        let webhook = json!({ "url": "https://app.example/receipts", "secret": format!("whsec_{}", "B".repeat(32)) });
        let world = world.restarted(&options("apiv1", json!({ "webhook": webhook })));
        for _ in 0..(2 * 60) {
            world.pass(60);
            world.scheduled();
        }
        assert_eq!((world.queued.borrow().len(), &waiting(&world)["waiting"]), (2, &json!(0)), "{status}");
    }
}

#[test]
fn an_endpoint_that_names_a_time_is_posted_to_then() {
    let world = world("apiv1", json!({ "queue": false }));
    world.webhook.set(Some(429));
    world.webhook_retry_at.set(Some(world.now.get() + 1_200_000));
    for index in 0..3 {
        let report = pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": format!("r{index}") }));
        push(&world, &path("main"), &report);
    }
    world.webhook.set(Some(204));
    for minute in 1..20 {
        world.pass(60);
        world.scheduled();
        assert_eq!(world.posted.borrow().len(), 1, "{minute}");
    }
    world.pass(60);
    world.scheduled();
    assert_eq!((world.posted.borrow().len(), &waiting(&world)["waiting"]), (4, &json!(0)));
}
