//! Pushes of vendors: stored, matched to their texts, reported once, and forwarded until the endpoint accepts them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::{Body, HandlerRequest};
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::webhook::Webhook;
use xinshi::sandbox::Sandbox;

use crate::world::{BACK_END, OPERATOR, TO, World, request_of};

const HOOK_KEY: &str = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A world whose first account is the given vendor's, with a second vendor beside it.
pub fn world(vendor: &str, more: Value) -> World {
    World::new(&options(vendor, more))
}

pub fn options(vendor: &str, more: Value) -> Value {
    let config = |vendor| serde_json::from_str::<Value>(&Sandbox::config(vendor).unwrap()).unwrap();
    let mut options = json!({
        "vendors": { "main": config(vendor), "spare": config(if vendor == "apiv1" { "smsadmin" } else { "apiv1" }) },
        "hookKeys": [HOOK_KEY], "publicUrl": "https://otp.example", "queue": true,
        "webhook": { "url": "https://app.example/receipts", "secret": SECRET },
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

pub fn waiting(world: &World) -> Value {
    statistics(world)["receipts"]["main"].clone()
}

pub fn path(account: &str) -> String {
    HookKeys::new(&[HOOK_KEY]).path(account).unwrap()
}

pub fn hook(path: &str, query: &str, body: &[u8]) -> HandlerRequest {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = json!({ "method": method, "path": path, "query": query, "address": "203.0.113.1" });
    request_of(&head, body.to_vec())
}

pub fn push(world: &World, path: &str, body: &[u8]) -> HandlerReply {
    world.handle(&hook(path, "", body)).unwrap()
}

/// The push that the sandbox's vendor would send.
pub fn pushed(world: &World, vendor: &str, order: Value) -> Vec<u8> {
    let mut all = json!({ "url": "https://otp.example/hook" });
    all.as_object_mut().unwrap().extend(order.as_object().unwrap().clone());
    let pushed = world.sandbox("POST", &format!("/push/{vendor}"), &all);
    let pushed: Value = serde_json::from_slice(&pushed).unwrap();
    pushed["body"].as_str().unwrap().as_bytes().to_vec()
}

/// Sends a code. Returns its challenge and its reference.
pub fn sent(world: &World) -> (String, String) {
    let (status, body) = world.send(&json!({ "phone": TO }));
    assert_eq!(status, 202, "{body}");
    let inbox: Vec<Value> = serde_json::from_slice(&world.sandbox("GET", "/inbox", &Value::Null)).unwrap();
    let reference = inbox.last().unwrap()["ref"].as_str().unwrap().to_owned();
    (body["challenge"].as_str().unwrap().to_owned(), reference)
}

fn delivery(world: &World, challenge: &str) -> String {
    let head = json!({ "method": "GET", "path": format!("/otp/status/{challenge}") });
    let (_, body) = world.call(head, &Value::Null);
    body["delivery"].as_str().unwrap().to_owned()
}

pub fn unmatched(world: &World, account: &str) -> Vec<Value> {
    let head = json!({ "method": "GET", "path": "/admin/receipts", "authorization": OPERATOR });
    let (status, body) = world.call(head, &Value::Null);
    assert_eq!(status, 200);
    body[account].as_array().unwrap().clone()
}

pub fn statistics(world: &World) -> Value {
    world.call(json!({ "method": "GET", "path": "/admin/stats", "authorization": OPERATOR }), &Value::Null).1
}

pub fn counted(world: &World, name: &str) -> u64 {
    let counts = |bucket: &Value| bucket["counts"][name].as_u64().unwrap_or_default();
    statistics(world)["buckets"].as_array().unwrap().iter().map(counts).sum()
}

pub fn opted_out(world: &World, phone: &str) -> bool {
    let head = json!({ "path": "/opt-outs/check", "authorization": BACK_END });
    let (status, body) = world.call(head, &json!({ "phones": [phone] }));
    assert_eq!(status, 200, "{body}");
    body["optedOut"] == json!([phone])
}

pub fn messages(world: &World) -> Vec<Value> {
    world.posted.borrow().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
}

#[test]
fn report_is_stored_matched_shown_and_forwarded_once() {
    for vendor in ["smsadmin", "apiv1", "liasmart", "aliyun", "tencent"] {
        let world = world(vendor, json!({}));
        let (challenge, reference) = sent(&world);
        assert_eq!(delivery(&world, &challenge), "accepted");
        let report =
            |status| pushed(&world, vendor, json!({ "kind": "report", "to": TO, "ref": reference, "status": status }));
        // The id in the sandbox's push for liasmart belongs to another text.
        let of_reference = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(r#""message_id":2026083116353908975,"#, "").into_bytes()
        };
        let hook = if vendor == "liasmart" {
            HookKeys::new(&[HOOK_KEY]).path_of_text("main", &reference).unwrap()
        } else {
            path("main")
        };
        assert_eq!(push(&world, &hook, &of_reference(report("UNDELIV"))).status, 200);
        assert_eq!(delivery(&world, &challenge), "failed", "{vendor}");
        assert_eq!(push(&world, &hook, &of_reference(report("DELIVRD"))).status, 200);
        assert_eq!(delivery(&world, &challenge), "delivered", "{vendor}");
        for again in ["DELIVRD", "UNDELIV"] {
            assert_eq!(push(&world, &hook, &of_reference(report(again))).status, 200);
        }
        assert_eq!(delivery(&world, &challenge), "delivered", "what arrived did");
        let forwarded = messages(&world);
        assert_eq!(forwarded.len(), 2, "{forwarded:?}");
        assert_eq!(world.queued.borrow().len(), 2);
        assert_eq!(
            (&forwarded[1]["type"], &forwarded[1]["data"]["challenge"]),
            (&json!("sms.report"), &json!(challenge))
        );
        assert_eq!(forwarded[1]["data"]["report"]["to"], "+8613812345678");
        assert_eq!(counted(&world, "reports.delivered.main"), 1);
        assert!(unmatched(&world, "main").is_empty());
        let events = world.events.borrow().join("\n");
        assert!(events.contains(r#""type":"report""#) && events.contains("138****5678"));
        assert!(!events.contains(TO) && !events.contains("/hooks/") && !events.contains(&hook), "{events}");
        let (signed, body) = world.posted.borrow()[0].clone();
        let timestamp: i64 = signed.timestamp.parse().unwrap();
        let webhook = Webhook::new("https://app.example", &[SECRET]).unwrap();
        let made = webhook.request(signed.id.clone(), timestamp * 1000, &body).headers.pop().unwrap().1;
        assert_eq!(made, signed.signature);
    }
}

/// The maximum body length of a POST to a path, in bytes.
fn max_body_bytes(world: &World, path: &str) -> Option<usize> {
    world.handler.needs(&request_of(&json!({ "method": "POST", "path": path }), Vec::new())).max_body_bytes
}

#[test]
fn blanks_and_case_in_a_push_are_ignored() {
    let forms = |reference: &str| {
        [
            format!("Class=rpt&SmsName=ID&Mobile={TO}&LinkId={reference}&Report=DELIVRD\r\n"),
            format!("Class=rpt+&Mobile=+{TO}+&LinkId={}+{}&Report=delivrd+", &reference[..9], &reference[9..]),
            format!("\u{FEFF}Class=RPT&Mobile=138+1234%095678&LinkId=%20{reference}%00&Report=%A1%A1Delivered"),
        ]
    };
    for index in 0..3 {
        let world = world("smsadmin", json!({}));
        let (challenge, reference) = sent(&world);
        let form = forms(&reference)[index].clone();
        assert_eq!(world.handle(&hook(&path("main"), form.trim_end(), b"")).unwrap().status, 200);
        assert_eq!(delivery(&world, &challenge), "delivered", "{form}");
        assert_eq!(push(&world, &path("main"), form.as_bytes()).status, 200);
        assert_eq!((counted(&world, "reports.delivered.main"), counted(&world, "receipts.unread.main")), (1, 0));
    }
    for (vendor, status) in [("apiv1", "DELIVRD "), ("apiv1", "Delivered"), ("liasmart", "delivrd\\r\\n")] {
        let world = world(vendor, json!({}));
        let (challenge, reference) = sent(&world);
        let (path, report) = if vendor == "liasmart" {
            let path = HookKeys::new(&[HOOK_KEY]).path_of_text("main", &reference).unwrap();
            (path, format!(r#"{{"uid":" {reference}","phonenumber":"86 {TO}","status":"{status}"}}"#))
        } else {
            (path("main"), format!(r#"{{"sendId":"{reference} ","mobile":" {TO}","status":"{status}"}}"#))
        };
        assert_eq!(push(&world, &path, ["\u{FEFF}", &report, "\r\n"].concat().as_bytes()).status, 200);
        assert_eq!(delivery(&world, &challenge), "delivered", "{report}");
    }
}

#[test]
fn corrupted_reply_is_stored_raw_and_counted() {
    let form = format!("Class=mo&SmsName=ID&Mobile={TO}&Message=%EF%BF%BD%EF%BF%BD%EF%BF%BDTD&LinkId=1");
    let document = format!(r#"[{{"mobile":"{TO}","content":"TD"}},{{"mobile":"{TO}","content":"\ufffd\ufffd"}}]"#);
    for (vendor, query, body, replies) in [("smsadmin", form.as_str(), "", 0), ("apiv1", "", document.as_str(), 1)] {
        let world = world(vendor, json!({}));
        assert_eq!(world.handle(&hook(&path("main"), query, body.as_bytes())).unwrap().status, 200);
        assert_eq!(counted(&world, "receipts.unread.main"), 1, "{vendor}");
        assert_eq!(counted(&world, "replies.main"), replies, "{vendor}");
        let unread: Vec<Value> =
            unmatched(&world, "main").into_iter().filter(|record| record["kind"] == "unread").collect();
        assert_eq!(unread.len(), 1);
        let raw = STANDARD.decode(unread[0]["raw"].as_str().unwrap()).unwrap();
        let raw = String::from_utf8(raw).unwrap();
        assert!(raw == form || document.contains(&raw), "{raw}");
        assert_eq!(opted_out(&world, TO), replies == 1);
    }
}

#[test]
fn failure_of_a_later_segment_is_forwarded_once() {
    for vendor in ["smsadmin", "apiv1"] {
        let world = world(vendor, json!({}));
        let (challenge, reference) = sent(&world);
        for (index, status) in ["DELIVRD", "UNDELIV", "EXPIRED", "DELIVRD", "UNDELIV"].into_iter().enumerate() {
            let order = json!({ "kind": "report", "to": TO, "ref": reference, "status": status });
            let report = pushed(&world, vendor, order);
            world.pass(1);
            assert_eq!(push(&world, &path("main"), &report).status, 200, "{index}");
            assert_eq!(delivery(&world, &challenge), "delivered", "what arrived did");
        }
        let events = world.events.borrow();
        let forwarded: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        let reports: Vec<_> = forwarded.iter().filter(|event| event["type"] == "report").collect();
        let statuses: Vec<_> = reports.iter().map(|event| (&event["delivered"], &event["status"])).collect();
        assert_eq!(statuses, [(&json!(true), &json!("DELIVRD")), (&json!(false), &json!("UNDELIV"))], "{vendor}");
        assert_eq!(messages(&world).len(), 2, "and passed on");
    }
}

#[test]
fn forged_push_gets_404_and_stores_nothing() {
    let world = world("apiv1", json!({}));
    let (challenge, reference) = sent(&world);
    let report = pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": reference }));
    let before = world.states.borrow().clone();
    let [right, spare] = ["main", "spare"].map(path);
    let token = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for forged in [
        format!("/hooks/main/{}", token(&spare)),
        format!("/hooks/spare/{}", token(&right)),
        format!("/hooks/nobody/{}", token(&right)),
        format!("/hooks/main/{}", "A".repeat(32)),
        format!("/hooks/main/{}x", token(&right)),
        format!("/hooks/main/{}", &token(&right)[1..]),
        "/hooks/main/".to_owned(),
        "/hooks/%FF/x".to_owned(),
        HookKeys::new(&[&"x".repeat(32)]).path("main").unwrap(),
    ] {
        assert_eq!(max_body_bytes(&world, &forged).unwrap_or_default(), 0, "{forged}: nobody listens");
        assert_eq!(push(&world, &forged, &report).status, 404, "{forged}");
    }
    let states = world.states.borrow().clone();
    assert!(states.iter().filter(|(key, _)| *key != "stats").eq(before.iter().filter(|(key, _)| *key != "stats")));
    assert_eq!(delivery(&world, &challenge), "accepted");
    assert_eq!(counted(&world, "hooks.wrong-token"), 9);
    assert_eq!(max_body_bytes(&world, &right), Some(1 << 20));
    assert_eq!(max_body_bytes(&world, "/otp/send"), Some(8192));
    assert_eq!(max_body_bytes(&world, "/nowhere"), None);
    let mut long = hook(&right, "", b"x");
    long.body = Body::TooLong;
    assert_eq!(world.handle(&long).unwrap().status, 413);
}

#[test]
fn unmatched_record_is_stored_and_changes_no_number() {
    let world = world("apiv1", json!({}));
    let (challenge, reference) = sent(&world);
    let report = |order: Value| pushed(&world, "apiv1", order);
    // A report on another number, on an unknown reference, on another account's text, and on a text that was never
    // sent.
    let other_number = report(json!({ "kind": "report", "to": "13900000000", "ref": reference }));
    let other_reference = report(json!({ "kind": "report", "to": TO, "ref": "a".repeat(32) }));
    let foreign = report(json!({ "kind": "report", "to": TO, "ref": "order-1" }));
    for body in [&other_number, &other_reference, &foreign] {
        assert_eq!(push(&world, &path("main"), body).status, 200);
        assert_eq!(push(&world, &path("main"), body).status, 200);
    }
    let form = format!("Class=rpt&Mobile={TO}&LinkId={reference}&Report=DELIVRD&ReportTime=2026-01-01 08:00:00");
    assert_eq!(push(&world, &path("spare"), form.as_bytes()).status, 200, "cross-account");
    assert_eq!(delivery(&world, &challenge), "accepted");
    let kinds: Vec<Value> = unmatched(&world, "main").iter().map(|record| record["kind"].clone()).collect();
    assert_eq!(kinds, ["unmatched-report"; 3]);
    assert_eq!(unmatched(&world, "spare").len(), 1);
    assert_eq!((counted(&world, "reports.unmatched.main"), counted(&world, "reports.unmatched.spare")), (3, 1));
    // The texts may have been sent by other means, so the reports are forwarded without a challenge.
    assert!(messages(&world).iter().all(|message| message["data"]["challenge"].is_null()));
    assert_eq!(messages(&world).len(), 4);
}

#[test]
fn hostile_push_is_stored_unchanged() {
    for vendor in ["smsadmin", "apiv1", "liasmart", "liupai", "binstd", "aliyun", "tencent"] {
        let world = world(vendor, json!({}));
        let (challenge, _) = sent(&world);
        let mut corpus: Vec<Vec<u8>> = vec![
            b"{".to_vec(),
            b"null".to_vec(),
            b"\xFF\xFE\x00".to_vec(),
            "短信".repeat(3000).into_bytes(),
            b"Class=rpt&Mobile=%".to_vec(),
            b"Class=mo".to_vec(),
            br#"{"sendId":"x"}"#.to_vec(),
            br#"{"sendId":{},"mobile":[],"status":null}"#.to_vec(),
            vec![b'['; 100_000],
            vec![0; 1 << 20],
        ];
        corpus.push([&b"["[..], &b"1,".repeat(5000), b"1]"].concat());
        for body in &corpus {
            assert_eq!(push(&world, &path("main"), body).status, 200, "{vendor}");
        }
        let query = hook(&path("main"), "Class=%FF&&&=&Class", b"");
        assert_eq!(world.handle(&query).unwrap().status, 200);
        assert_eq!(world.handle(&hook(&path("main"), "", b"")).unwrap().status, 200, "somebody looks");
        assert_eq!(delivery(&world, &challenge), "accepted", "{vendor}");
        for _ in 0..200 {
            assert!(world.scheduled());
            world.pass(60);
        }
        assert_eq!(statistics(&world)["receipts"]["main"]["waiting"], 0, "{vendor}");
        let unmatched = unmatched(&world, "main");
        assert!(
            !unmatched.is_empty()
                && unmatched.len() <= 200
                && unmatched.iter().all(|record| record["kind"] == "unread")
        );
        for (key, state) in world.states.borrow().iter() {
            assert!(state.len() < 64_000, "{key}: {}", state.len());
        }
    }
}

#[test]
fn ten_thousand_records_are_processed_in_parts() {
    let world = world("apiv1", json!({}));
    let (challenge, reference) = sent(&world);
    let unmatched_reports =
        (0..10_000).map(|index| json!({ "sendId": format!("s{index}"), "mobile": TO, "status": "DELIVRD" }));
    let mut records: Vec<Value> = unmatched_reports.collect();
    records.push(json!({ "sendId": reference, "mobile": TO, "times": "2026-01-01 08:00:00", "status": "DELIVRD" }));
    world.webhook.set(Some(200));
    let body = Value::Array(records).to_string();
    assert!(body.len() < 1 << 20);
    assert_eq!(push(&world, &path("main"), body.as_bytes()).status, 200);
    assert!(messages(&world).len() <= 32, "one request does not deal with all");
    let mut minutes = 0;
    while statistics(&world)["receipts"]["main"]["waiting"] != 0 {
        assert!(world.scheduled() && minutes < 60);
        world.pass(60);
        minutes += 1;
    }
    assert_eq!(delivery(&world, &challenge), "delivered");
    assert_eq!(messages(&world).len(), 10_001);
    assert!((2..10).contains(&minutes), "{minutes}");
    world.scheduled();
    assert!(world.states.borrow().keys().all(|key| !key.starts_with("m:")), "no bytes are left behind");
}

#[test]
fn reply_td_opts_out_and_masked_number_matches_nobody() {
    for vendor in ["smsadmin", "apiv1"] {
        let world = world(vendor, json!({}));
        sent(&world);
        let reply = |from: &str, text: &str| {
            let body = pushed(&world, vendor, json!({ "kind": "reply", "from": TO, "text": text }));
            let body = String::from_utf8(body).unwrap().replace(TO, from);
            assert_eq!(push(&world, &path("main"), body.as_bytes()).status, 200);
        };
        reply("138****5678", "TD");
        assert!(!opted_out(&world, TO));
        assert_eq!(counted(&world, "replies.masked"), 1);
        reply(TO, "好的 482915");
        assert!(!opted_out(&world, TO));
        reply(TO, "td");
        reply(TO, "td");
        assert!(opted_out(&world, TO) && !opted_out(&world, "13900000000"));
        assert_eq!((counted(&world, "replies.main"), counted(&world, "opt-outs")), (3, 1), "the same reply is one");
        let unmatched = unmatched(&world, "main");
        assert_eq!(unmatched.len(), 3);
        assert_eq!(
            (&unmatched[0]["record"]["masked"], &unmatched[1]["record"]["text"]),
            (&json!(true), &json!("好的 482915"))
        );
        assert_eq!(messages(&world).iter().filter(|message| message["type"] == "sms.reply").count(), 3);
        assert!(!world.events.borrow().join("\n").contains("482915"));
        // A code is no marketing.
        world.pass(60);
        assert_eq!(world.send(&json!({ "phone": TO })).0, 202);
        let back = json!({ "phone": TO, "optedOut": false });
        assert_eq!(world.call(json!({ "path": "/admin/opt-out", "authorization": OPERATOR }), &back).0, 204);
        assert!(!opted_out(&world, TO));
    }
}

#[test]
fn record_that_nobody_accepts_waits_and_is_given_up() {
    let world = world("apiv1", json!({ "queue": false }));
    let (challenge, reference) = sent(&world);
    world.webhook.set(Some(503));
    let report = pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": reference }));
    push(&world, &path("main"), &report);
    assert_eq!(delivery(&world, &challenge), "delivered", "whoever is told or not");
    assert_eq!((&waiting(&world)["waiting"], &waiting(&world)["attempts"]), (&json!(1), &json!(1)));
    // The endpoint is down for a day, then it is up again.
    for _ in 0..(24 * 60) {
        world.pass(60);
        world.scheduled();
    }
    let attempts = world.posted.borrow().len();
    assert!((5..10).contains(&attempts), "{attempts} attempts in a day");
    world.webhook.set(Some(204));
    for _ in 0..(12 * 60) {
        world.pass(60);
        world.scheduled();
    }
    assert_eq!(world.posted.borrow().len(), attempts + 1);
    assert_eq!(waiting(&world)["waiting"], 0);
    let ids: Vec<String> = world.posted.borrow().iter().map(|(signed, _)| signed.id.clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same message has the same id: {ids:?}");
    // An endpoint that never comes up, for as long as receipts are kept.
    world.webhook.set(None);
    push(&world, &path("main"), &pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": "other" })));
    for hour in 0..(30 * 24) {
        assert_eq!(waiting(&world)["waiting"], 1, "{hour} hours");
        world.pass(3600);
        world.scheduled();
    }
    assert_eq!((&waiting(&world)["waiting"], &waiting(&world)["givenUp"]), (&json!(0), &json!(1)));
    let given_up = |event: &String| event.contains(r#""type":"not-passed-on""#) && event.contains(r#""givenUp":true"#);
    assert_eq!(world.events.borrow().iter().filter(|event| given_up(event)).count(), 1);
}

#[test]
fn flood_during_an_outage_loses_no_report() {
    let world = world("apiv1", json!({ "queue": false }));
    let (challenge, reference) = sent(&world);
    world.webhook.set(Some(500));
    for index in 0..3000 {
        let report = pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": format!("r{index}") }));
        assert_eq!(push(&world, &path("main"), &report).status, 200, "{index}");
    }
    let report = pushed(&world, "apiv1", json!({ "kind": "report", "to": TO, "ref": reference }));
    assert_eq!(push(&world, &path("main"), &report).status, 200);
    assert_eq!(delivery(&world, &challenge), "delivered");
    let waiting = || statistics(&world)["receipts"]["main"].clone();
    assert_eq!((waiting()["waiting"].as_u64(), waiting()["givenUp"].as_u64()), (Some(3001), Some(0)));
    assert!(world.posted.borrow().len() < 100, "it is not hammered: {}", world.posted.borrow().len());
    for (key, state) in world.states.borrow().iter() {
        assert!(state.len() < 64_000, "{key}: {}", state.len());
    }
    world.webhook.set(Some(200));
    for _ in 0..10 {
        world.pass(60);
        world.scheduled();
    }
    let ids: std::collections::BTreeSet<String> =
        world.posted.borrow().iter().map(|(signed, _)| signed.id.clone()).collect();
    assert_eq!((ids.len(), waiting()["waiting"].as_u64()), (3001, Some(0)), "all of it is told once it is up again");
}

#[test]
fn number_is_erased_on_request_and_after_retention() {
    let world = world("smsadmin", json!({ "retentionDays": 2 }));
    let (challenge, _) = sent(&world);
    let holds = |world: &World| {
        let states = world.states.borrow();
        states.values().filter(|state| state.windows(11).any(|window| window == TO.as_bytes())).count()
    };
    let say = |world: &World| {
        let reply = pushed(world, "smsadmin", json!({ "kind": "reply", "from": TO, "text": "TD" }));
        push(world, &path("main"), &reply);
        let long = format!("Class=rpt&Mobile={TO}&Report={}&Oops", "x".repeat(49_141));
        push(world, &path("main"), long.as_bytes());
    };
    world.webhook.set(None);
    say(&world);
    assert!(holds(&world) >= 2, "{}", holds(&world));
    let erase = json!({ "path": "/admin/erase", "authorization": OPERATOR });
    assert_eq!(world.call(erase.clone(), &json!({ "phone": TO })).0, 204);
    assert_eq!(holds(&world), 0);
    assert!(opted_out(&world, TO), "that somebody wants no marketing is kept under a hash");
    assert_eq!(world.call(json!({ "method": "GET", "path": format!("/otp/status/{challenge}") }), &Value::Null).0, 404);
    assert_eq!(world.send(&json!({ "phone": TO })).0, 429, "what was sent still counts");
    world.pass(60);
    let later = pushed(&world, "smsadmin", json!({ "kind": "reply", "from": TO, "text": "later" }));
    push(&world, &path("main"), &later);
    assert!(holds(&world) > 0);
    for _ in 0..49 {
        world.pass(3600);
        world.scheduled();
    }
    assert_eq!(holds(&world), 0);
    assert_eq!(world.call(json!({ "path": "/admin/erase" }), &json!({ "phone": TO })).0, 401);
}
