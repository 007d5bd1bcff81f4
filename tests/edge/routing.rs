//! `order: "adaptive"`: delivered texts decide the order, and an attacker cannot.

use serde_json::{Value, json};

use crate::world::{BACK_END, OPERATOR, World};

/// The percentage of texts of `main` that are lost without a report.
const LOST_PERCENT: u64 = 30;
/// The percentage of received codes that people enter.
const VERIFIED_PERCENT: u64 = 95;
/// The number of codes of one run: those of an hour.
const CODES: u64 = 240;

fn world(order: Value, seed: u64) -> World {
    World::seeded(&json!({ "order": order, "limits": { "ip": [], "token": [], "adaptive": false } }), seed)
}

fn number(index: u64) -> String {
    format!("{}{:08}", ["138", "186", "189"][usize::try_from(index % 3).unwrap()], index + 1)
}

/// Sends one code as a back end. Returns its challenge, its code and its vendor.
fn sent(world: &World, index: u64, head: &Value) -> (Value, String, String) {
    let (status, body) = world.call(head.clone(), &json!({ "phone": number(index) }));
    assert_eq!(status, 202, "{body}");
    let path = format!("/inbox?to=%2B86{}", number(index));
    let inbox: Vec<Value> = serde_json::from_slice(&world.sandbox("GET", &path, &Value::Null)).unwrap();
    assert_eq!(inbox.len(), 1, "no text is sent twice");
    let code = inbox[0]["text"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    (body["challenge"].clone(), code, inbox[0]["vendor"].as_str().unwrap().to_owned())
}

fn back_end() -> Value {
    json!({ "path": "/otp/send", "authorization": BACK_END })
}

/// The number of verified codes of a run, and how many of its last half went by the account that loses texts.
fn run(order: Value, seed: u64) -> (u64, u64) {
    let world = world(order, seed);
    let (mut verified, mut by_main) = (0, 0);
    for index in 0..CODES {
        let (challenge, code, vendor) = sent(&world, index, &back_end());
        by_main += u64::from(vendor == "smsadmin" && index >= CODES / 2);
        world.pass(i64::try_from(3 + world.dice.roll(10)).unwrap());
        let arrives = vendor != "smsadmin" || world.dice.roll(100) >= LOST_PERCENT;
        if arrives && world.dice.roll(100) < VERIFIED_PERCENT {
            let head = json!({ "path": "/otp/verify", "authorization": BACK_END });
            let (status, _) = world.call(head, &json!({ "challenge": challenge, "code": code }));
            verified += u64::from(status == 200);
        }
    }
    (verified, by_main)
}

#[test]
fn routing_avoids_a_vendor_that_silently_drops_texts() {
    let (mut fixed, mut adaptive, mut worst) = (0, 0, i64::MAX);
    for seed in 0..100 {
        let (before, _) = run(json!(["main", "spare"]), seed);
        let (after, by_main) = run(json!("adaptive"), seed);
        worst = worst.min(i64::try_from(after).unwrap() - i64::try_from(before).unwrap());
        (fixed, adaptive) = (fixed + before, adaptive + after);
        assert!(by_main > 0, "it is probed");
    }
    let gained = (adaptive - fixed) * 100 / (100 * CODES);
    assert!(gained >= 15, "{gained} points: {fixed} and {adaptive} of {}", 100 * CODES);
    assert!(worst > 0, "{worst}");
}

#[test]
fn unverified_codes_of_an_attack_demote_no_vendor() {
    let world = world(json!("adaptive"), 1);
    for index in 0..300 {
        // No captcha, token or device is behind these requests.
        let head = json!({ "path": "/otp/send", "address": format!("198.51.{}.{}", index / 200, index % 200) });
        let (_, _, vendor) = sent(&world, index, &head);
        assert_eq!(vendor, "smsadmin", "{index}");
        world.pass(11);
    }
}

#[test]
fn recovered_vendor_is_first_again_and_explained() {
    let world = world(json!("adaptive"), 2);
    let explain = |world: &World| {
        let head = json!({ "path": "/admin/explain", "authorization": OPERATOR });
        world.call(head, &json!({ "phone": number(0) })).1["routing"].clone()
    };
    let verify = |world: &World, challenge: &Value, code: &str| {
        let head = json!({ "path": "/otp/verify", "authorization": BACK_END });
        assert_eq!(world.call(head, &json!({ "challenge": challenge, "code": code })).0, 200);
    };
    assert_eq!(explain(&world)["accounts"][0]["account"], "main");
    let (mut index, mut to_main) = (0, 0);
    let mut send = |world: &World, main_is_well: bool| {
        let (challenge, code, vendor) = sent(world, index, &back_end());
        index += 1;
        world.pass(12);
        if vendor != "smsadmin" || main_is_well {
            verify(world, &challenge, &code);
        }
        vendor == "smsadmin"
    };
    for _ in 0..100 {
        to_main += u64::from(send(&world, false));
    }
    assert!(to_main < 30, "{to_main}");
    let explained = explain(&world);
    assert_eq!((&explained["order"], &explained["carrier"]), (&json!("adaptive"), &json!("mobile")));
    assert_eq!(
        (&explained["accounts"][0]["account"], &explained["accounts"][1]["account"]),
        (&json!("spare"), &json!("main"))
    );
    assert!(explained["accounts"][1]["why"].as_str().unwrap().contains("tried last"), "{explained}");
    for _ in 0..600 {
        send(&world, true);
    }
    assert_eq!(explain(&world)["accounts"][0]["account"], "main", "{}", explain(&world));
}
