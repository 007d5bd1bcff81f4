//! A push of one report: forwarded and recorded at its number before it is answered, whatever breaks on the way.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::receipts::{counted, hook, messages, path, push, sent, statistics, unmatched, world};
use crate::world::{TO, World, request};

/// More steps than a push takes.
const STEPS: usize = 8;

fn report(reference: &str, status: &str) -> Vec<u8> {
    json!({ "sendId": reference, "mobile": TO, "times": "2026-01-01 08:00:00", "status": status })
        .to_string()
        .into_bytes()
}

fn delivery(world: &World, challenge: &str) -> Value {
    let head = json!({ "method": "GET", "path": format!("/otp/status/{challenge}") });
    world.call(head, &Value::Null).1["delivery"].clone()
}

/// The ids of the messages about reports, of the webhook and of the queue.
fn ids(world: &World) -> [BTreeSet<String>; 2] {
    let queued = world.queued.borrow();
    let id = |message: &Value| message["id"].as_str().unwrap().to_owned();
    let queued = queued.iter().map(|message| id(&serde_json::from_str(message).unwrap()));
    [messages(world).iter().map(id).collect(), queued.collect()]
}

fn waiting(world: &World) -> Value {
    statistics(world)["receipts"]["main"]["waiting"].clone()
}

/// Works through everything that is due for an hour.
fn catch_up(world: &World) {
    for _ in 0..60 {
        world.pass(60);
        assert!(world.scheduled());
    }
}

#[test]
fn one_report_takes_two_steps_and_one_row() {
    for more in [json!({}), json!({ "queue": false }), json!({ "webhook": null })] {
        let world = world("apiv1", more);
        let (challenge, reference) = sent(&world);
        // A process asks the store once whether the endpoint is gone.
        push(&world, &path("main"), &report("a stranger's", "DELIVRD"));
        world.changes.set(0);
        assert_eq!(push(&world, &path("main"), &report(&reference, "DELIVRD")).status, 200);
        assert_eq!((world.applied.get(), world.changes.get()), (2, 1));
        assert_eq!(delivery(&world, &challenge), "delivered");
        world.changes.set(0);
        assert_eq!(push(&world, &path("main"), &report(&reference, "DELIVRD")).status, 200);
        assert_eq!((world.applied.get(), world.changes.get()), (1, 0), "a repeated one is read, and changes nothing");
        assert_eq!(waiting(&world), 0);
    }
    // Nobody is to be told.
    let world = world("apiv1", json!({ "queue": false, "webhook": null }));
    let (challenge, reference) = sent(&world);
    assert_eq!(push(&world, &path("main"), &report(&reference, "UNDELIV")).status, 200);
    assert_eq!((world.applied.get(), delivery(&world, &challenge)), (1, json!("failed")));
}

#[test]
fn other_pushes_go_through_the_queue() {
    let world = world("apiv1", json!({}));
    let (_, reference) = sent(&world);
    let one = |reference: &str, status: &str| String::from_utf8(report(reference, status)).unwrap();
    let two = format!("[{},{}]", one(&reference, "DELIVRD"), one("a stranger's", "DELIVRD"));
    let long = format!("{}{}", one(&reference, "UNDELIV"), " ".repeat(2000));
    let reply = json!({ "mobile": TO, "content": "TD", "times": "2026-01-01 08:00:00" }).to_string();
    for body in [two, one("another stranger's", "DELIVRD"), one(&reference, "ACCEPTD"), "{".to_owned(), long, reply] {
        assert_eq!(push(&world, &path("main"), body.as_bytes()).status, 200, "{body}");
        let stored = world.states.borrow().keys().any(|key| key.starts_with("q:"));
        assert!(stored, "{body}");
        world.states.borrow_mut().retain(|key, _| !key.starts_with("q:"));
    }
    assert_eq!(unmatched(&world, "main").len(), 4, "two strangers, a reply and what nobody can read");
}

/// A process dies at each step of a push. Its vendor repeats a push without an answer, or a later pull brings the
/// record.
#[test]
fn push_repeated_after_a_crash_has_one_record_id() {
    let mut crashes = 0;
    for repeats in [true, false] {
        for (webhook, queue) in [(204, true), (503, true), (204, false)] {
            for crashes_after in 0..STEPS {
                let world = world("apiv1", json!({}));
                let (challenge, reference) = sent(&world);
                world.webhook.set(Some(webhook));
                world.queue_takes.set(queue);
                world.crashes_after.set(Some(crashes_after));
                let answered = world.handle(&hook(&path("main"), "", &report(&reference, "DELIVRD")));
                crashes += usize::from(answered.is_none());
                world.crashes_after.set(None);
                world.webhook.set(Some(204));
                world.queue_takes.set(true);
                let what = format!("{webhook} {queue} after {crashes_after}");
                if answered.is_none() && repeats {
                    // Bytes that differ: a vendor may write the time anew.
                    let again = [report(&reference, "DELIVRD"), b" ".to_vec()].concat();
                    assert_eq!(push(&world, &path("main"), &again).status, 200, "{what}");
                }
                // The sandbox holds the report for a pull as well.
                catch_up(&world);
                let [posted, queued] = ids(&world);
                assert_eq!((posted.len(), &posted), (1, &queued), "{what}");
                assert_eq!((delivery(&world, &challenge), waiting(&world)), (json!("delivered"), json!(0)), "{what}");
                assert!(unmatched(&world, "main").is_empty(), "{what}");
            }
        }
    }
    assert!(crashes > 20, "{crashes} processes died");
}

/// The store begins to fail at each command of a push.
#[test]
fn answered_push_survives_a_failing_store() {
    let mut failed = 0;
    for webhook in [204, 503] {
        for after in 0..STEPS {
            let world = world("apiv1", json!({}));
            let (challenge, reference) = sent(&world);
            world.webhook.set(Some(webhook));
            world.store_fails_after.set(Some(after));
            let status = push(&world, &path("main"), &report(&reference, "DELIVRD")).status;
            world.store_fails_after.set(None);
            world.webhook.set(Some(204));
            failed += usize::from(status == 503);
            assert!(status == 200 || status == 503, "{status}");
            if status == 503 {
                assert_eq!(push(&world, &path("main"), &report(&reference, "DELIVRD")).status, 200);
            }
            catch_up(&world);
            let [posted, queued] = ids(&world);
            assert_eq!((posted.len(), queued.len(), posted == queued), (1, 1, true), "{webhook} {after}");
            assert_eq!((delivery(&world, &challenge), waiting(&world)), (json!("delivered"), json!(0)));
        }
    }
    assert!(failed > 0);
}

#[test]
fn slow_or_failing_endpoint_delays_no_push() {
    for (takes, status) in [(5000, 204), (0, 503)] {
        let world = world("apiv1", json!({ "queue": false, "limits": { "cooldownSeconds": 0, "number": [] } }));
        world.posting_takes.set(takes);
        world.webhook.set(Some(status));
        let (_, first) = sent(&world);
        push(&world, &path("main"), &report(&first, "DELIVRD"));
        let (_, second) = sent(&world);
        // The answer comes before the post.
        let before = world.posted.borrow().len();
        let pushed = hook(&path("main"), "", &report(&second, "DELIVRD"));
        let answer = world.handle_without_work_after(&pushed);
        assert_eq!((answer.status, world.posted.borrow().len()), (200, before), "{takes} {status}");
        world.webhook.set(Some(204));
        catch_up(&world);
        assert_eq!((ids(&world)[0].len(), waiting(&world)), (2, json!(0)));
    }
}

/// A text that the expected account did not take belongs to the one that took it.
#[test]
fn report_matches_the_account_that_accepted_the_text() {
    for falls_over in [false, true] {
        let world = world("apiv1", json!({}));
        if falls_over {
            world.sandbox("POST", "/faults", &json!({ "vendor": "apiv1", "fault": "reject" }));
        }
        let (challenge, reference) = sent(&world);
        assert_eq!(delivery(&world, &challenge), "accepted");
        let form = format!("Class=rpt&Mobile={TO}&LinkId={reference}&Report=DELIVRD&ReportTime=2026-01-01 08:00:00");
        let by = |account: &str| match account {
            "main" => push(&world, &path("main"), &report(&reference, "DELIVRD")),
            _ => world.handle(&hook(&path("spare"), &form.replace(' ', "+"), b"")).unwrap(),
        };
        let (its, other) = if falls_over { ("spare", "main") } else { ("main", "spare") };
        assert_eq!(by(other).status, 200);
        assert_eq!((delivery(&world, &challenge), unmatched(&world, other).len()), (json!("accepted"), 1));
        assert_eq!(by(its).status, 200);
        assert_eq!(delivery(&world, &challenge), "delivered");
        assert_eq!(counted(&world, &format!("reports.delivered.{its}")), 1);
    }
}

/// The status of a challenge is right although its outcome was not recorded, whichever step of the store fails.
#[test]
fn status_is_right_although_the_outcome_was_not_recorded() {
    let mut seen = BTreeSet::new();
    for fault in [None, Some("reject"), Some("timeout"), Some("accept_then_reset")] {
        for after in 0..10 {
            let world = World::new(&json!({}));
            *world.fault.borrow_mut() = fault;
            world.store_fails_after.set(Some(after));
            let (status, body) = world.send(&json!({ "phone": TO }));
            world.store_fails_after.set(None);
            *world.fault.borrow_mut() = None;
            seen.insert((fault, status));
            if status == 202 {
                let expected = if fault.is_none() { "accepted" } else { "unknown" };
                let challenge = body["challenge"].as_str().unwrap();
                assert_eq!(delivery(&world, challenge), expected, "{fault:?} after {after}");
            } else {
                assert_eq!(status, 503, "{fault:?} after {after}: {body}");
                let may_have_left = matches!(fault, Some("timeout" | "accept_then_reset"));
                let detail = body["detail"].as_str().unwrap();
                let says_none = detail.contains("no text was sent") || detail.contains("none was counted");
                assert!(says_none || may_have_left && detail.starts_with("a text may have been sent"), "{detail}");
                if world.inbox().len() == 1 {
                    assert!(!says_none, "{fault:?} after {after}");
                    let (again, _) = world.send(&json!({ "phone": TO }));
                    assert_eq!(again, 429, "what may have left is counted");
                }
            }
        }
    }
    assert!(seen.contains(&(None, 202)) && seen.contains(&(Some("accept_then_reset"), 503)), "{seen:?}");
}

/// A process dies at each step of a send. An operator sees no accepted text that nobody answered for.
#[test]
fn crashed_send_is_never_shown_as_accepted() {
    for fault in [None, Some("timeout")] {
        for crashes_after in 0..6 {
            let world = World::new(&json!({}));
            *world.fault.borrow_mut() = fault;
            world.crashes_after.set(Some(crashes_after));
            let answered = world.handle(&request(json!({ "path": "/otp/send" }), &json!({ "phone": TO })));
            world.crashes_after.set(None);
            let head = json!({ "path": "/admin/explain", "authorization": crate::world::OPERATOR });
            let (_, explained) = world.call(head, &json!({ "phone": TO }));
            for challenge in explained["challenges"].as_array().unwrap() {
                let delivery = challenge["delivery"].as_str().unwrap();
                assert!(["pending", "unknown"].contains(&delivery), "{fault:?} after {crashes_after}: {delivery}");
                assert!(delivery == "pending" || answered.is_some() || fault.is_some());
            }
        }
    }
}

/// A verified code, and a text that is sent again, record the acceptance in their own step.
#[test]
fn verification_or_resend_records_the_acceptance() {
    let explained = |world: &World| {
        let head = json!({ "path": "/admin/explain", "authorization": crate::world::OPERATOR });
        world.call(head, &json!({ "phone": TO })).1["challenges"][0]["delivery"].clone()
    };
    let world = World::new(&json!({ "limits": { "cooldownSeconds": 0 } }));
    let (_, first) = world.send(&json!({ "phone": TO }));
    assert_eq!((world.applied.get(), explained(&world)), (2, json!("pending")));
    world.verify(&first["challenge"], "000000");
    assert_eq!(explained(&world), "accepted", "a wrong code, too, comes from somebody who has the challenge");

    let world = World::new(&json!({ "limits": { "cooldownSeconds": 0 } }));
    let (_, first) = world.send(&json!({ "phone": TO }));
    *world.fault.borrow_mut() = Some("timeout");
    world.pass(1);
    assert_eq!(world.send(&json!({ "phone": TO, "challenge": first["challenge"] })).0, 202);
    assert_eq!(explained(&world), "accepted");
}
