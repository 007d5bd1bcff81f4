//! Limits that adapt to what is verified, one by one. `attacks_on_the_defaults.rs` measures all of them together.

use serde_json::{Value, json};

use crate::world::{OPERATOR, World};

/// Texts whose codes are entered bring no warning, however many they are.
#[test]
fn total_warns_about_unverified_codes() {
    let total = json!({ "total": { "unverified": 20, "pending": 0 } });
    let world = World::new(&json!({ "limits": { "adaptive": total } }));
    let send = |index: u32| {
        let address = format!("10.0.{}.{}", index >> 8, index & 255);
        let (status, sent) = world.post("/otp/send", &address, &json!({ "phone": format!("13{index:03}000000") }));
        assert_eq!(status, 202, "{sent}");
        (address, sent["challenge"].clone())
    };
    let is_warned = || world.events.borrow().iter().any(|event| event.contains("limit-near"));
    for index in 0..100 {
        let (address, challenge) = send(index);
        let verify = json!({ "challenge": challenge, "code": world.code() });
        assert_eq!(world.post("/otp/verify", &address, &verify).0, 200);
        world.pass(60);
    }
    assert!(!is_warned(), "all were entered");
    for index in 100..300 {
        send(index);
        world.pass(20);
    }
    assert!(is_warned(), "none of these was");
}

/// Sends to a number of its own prefix from one address.
fn send(world: &World, index: u32) -> (u16, Value) {
    world.send(&json!({ "phone": format!("13{index:03}000000") }))
}

/// Unverified codes close an address for half a day if no captcha and no work is configured. Then the handler sends one text,
/// and its verified code opens the address for others.
#[test]
fn address_recovers_within_half_a_day_without_a_captcha() {
    let world = World::new(&json!({}));
    for index in 0..9 {
        assert_eq!(send(&world, index).0, 202, "{index}");
    }
    world.pass(300);
    for hour in 0..11 {
        assert_eq!(send(&world, 9).0, 429, "hour {hour}");
        world.pass(3600);
    }
    let head = json!({ "path": "/admin/explain", "authorization": OPERATOR });
    let (_, explained) = world.call(head, &json!({ "phone": "13009000000", "address": "192.0.2.1" }));
    let until = explained["adaptive"]["ip"]["until"].as_i64().unwrap();
    assert_eq!(until - world.now.get(), (3600 - 300) * 1000, "{explained}");
    world.pass(3600 - 300);
    for index in 9..14 {
        let (status, sent) = send(&world, index);
        assert_eq!(status, 202, "{index}");
        assert_eq!(send(&world, 100 + index).0, 429, "nothing more before its code is entered");
        assert_eq!(world.verify(&sent["challenge"], &world.code()).0, 200);
        world.pass(300);
    }
}

/// An attacker who verifies no code gets one text in half a day from a closed address.
#[test]
fn address_that_enters_no_code_gets_one_text_in_half_a_day() {
    let world = World::new(&json!({}));
    for index in 0..9 {
        assert_eq!(send(&world, index).0, 202, "{index}");
    }
    let mut sent = 0;
    for index in 0..23 * 6 {
        world.pass(600);
        sent += u32::from(send(&world, 100 + index).0 == 202);
    }
    assert_eq!(sent, 1);
}

/// Where people can show a captcha or work, no text goes out for nothing.
#[test]
fn address_is_not_probed_where_people_can_show_something() {
    for captcha in [json!({ "verify": true, "when": "adaptive" }), json!({ "proofOfWork": true })] {
        let world = World::new(&json!({ "captcha": captcha }));
        for index in 0..5 {
            send(&world, index);
        }
        world.pass(43_200);
        assert_eq!(send(&world, 9).0, 403, "{captcha}");
    }
}
