//! Who is above a limit that adapts to verified codes: shows a captcha, or work, and is rejected where neither is configured.

use serde_json::{Value, json};

use crate::work::{kind, solved, token, with};
use crate::world::World;

const CAPTCHA: &str = r#"{"verify":true,"when":"adaptive"}"#;
const WORK: &str = r#"{"proofOfWork":true}"#;
const BOTH: &str = r#"{"verify":true,"when":"adaptive","proofOfWork":true}"#;
const HOUR: i64 = 3600;

/// A handler with one of the limits, which lets three texts stay unverified.
fn world(captcha: &str, limit: &str) -> World {
    let mut adaptive = json!({ "ip": false, "ip48": false, "prefix": false, "total": false });
    adaptive[limit] = json!({ "unverified": 3, "pending": 0 });
    let limits =
        if limit == "ip" { json!({ "adaptive": adaptive }) } else { json!({ "ip": [], "adaptive": adaptive }) };
    let mut options = json!({ "limits": limits });
    if captcha != "null" {
        options["captcha"] = serde_json::from_str(captcha).unwrap();
    }
    World::new(&options)
}

/// A number of one prefix.
fn to(index: u32) -> Value {
    json!({ "phone": format!("1381234{index:04}") })
}

/// A handler whose limit is used up.
fn over(captcha: &str, limit: &str) -> World {
    let world = world(captcha, limit);
    for index in 0..3 {
        assert_eq!(world.send(&to(index)).0, 202);
        world.pass(11);
    }
    world
}

#[test]
fn captcha_and_work_get_the_same_answer_and_are_accepted() {
    for limit in ["ip", "prefix"] {
        let rejected = over("null", limit).send(&to(3));
        assert_eq!(kind(&rejected), (429, "quota-exceeded"), "{limit}");
        let answers = [CAPTCHA, WORK, BOTH].map(|captcha| {
            let world = over(captcha, limit);
            let (status, mut answer) = world.send(&to(3));
            let work = answer.as_object_mut().unwrap().remove("proofOfWork");
            assert_eq!(work.is_some(), captcha != CAPTCHA, "{limit} {captcha}");
            let token = if captcha == CAPTCHA { "solved".to_owned() } else { solved(&world, &to(3)) };
            assert_eq!(world.send(&with(&to(3), &token)).0, 202, "{limit} {captcha}");
            if captcha == BOTH {
                assert_eq!(world.send(&with(&to(4), "solved")).0, 202, "a captcha still does");
            }
            (status, answer)
        });
        assert_eq!(kind(&answers[0]), (403, "captcha-required"));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{limit} {answers:?}");
    }
}

/// Where work is all that anybody can show, an address that enters no codes shuts nobody out who shares it.
#[test]
fn work_lets_an_address_through_as_long_as_its_rules_do() {
    let world = over(WORK, "ip");
    for index in 3..70 {
        let token = solved(&world, &to(index));
        assert_eq!(world.send(&with(&to(index), &token)).0, 202, "{index}");
        world.pass(HOUR / 10);
    }
}

#[test]
fn work_opens_a_bounded_part_of_a_prefix() {
    // Three texts without anything shown, then so many with work.
    for (captcha, worked) in [(BOTH, 6), (WORK, 30)] {
        let world = over(captcha, "prefix");
        for index in 3..3 + worked {
            let token = solved(&world, &to(index));
            assert_eq!(world.send(&with(&to(index), &token)).0, 202, "{captcha} {index}");
            world.pass(11);
        }
        let next = to(3 + worked);
        let rejected = world.send(&next);
        assert_eq!(rejected.1.get("proofOfWork"), None, "{captcha}: it does not help");
        if captcha == BOTH {
            assert_eq!(kind(&rejected), (403, "captcha-required"));
            assert_eq!(world.send(&with(&next, "solved")).0, 202, "a captcha does");
        } else {
            assert_eq!(kind(&rejected), (429, "quota-exceeded"));
        }
    }
}

/// People who work for their codes, and enter most of them, never use up what work opens.
#[test]
fn verified_codes_keep_a_prefix_open_for_work() {
    let world = over(WORK, "prefix");
    for index in 3..103 {
        let (mut status, mut sent) = world.send(&to(index));
        if status == 403 {
            let token = solved(&world, &to(index));
            (status, sent) = world.send(&with(&to(index), &token));
        }
        assert_eq!(status, 202, "{index}");
        if index % 7 != 0 {
            assert_eq!(world.verify(&sent["challenge"], &world.code()).0, 200);
        }
        world.pass(600);
        // A request whose code is not entered uses what the verified codes leave of the limit.
        world.send(&to(5000 + index));
    }
}

/// A limit on everybody that work does not open would let a stranger shut everybody out.
#[test]
fn work_opens_the_total_where_there_is_no_captcha() {
    let world = over(WORK, "total");
    for index in 3..43 {
        // Fewer than twenty texts are not added to the ledger, and nothing above the limit is let through without work.
        let token = solved(&world, &to(index));
        assert_eq!(world.send(&with(&to(index), &token)).0, 202, "{index}");
        world.pass(11);
    }
    let world = over(BOTH, "total");
    for index in 3..9 {
        let token = solved(&world, &to(index));
        assert_eq!(world.send(&with(&to(index), &token)).0, 202, "{index}");
        world.pass(11);
    }
    assert_eq!(world.send(&to(9)).1.get("proofOfWork"), None);
    assert_eq!(world.send(&with(&to(9), "solved")).0, 202);
}

/// The rules of a number are none that many share: work passes them once a day, whatever else required it.
#[test]
fn one_number_gets_no_more_for_work_than_its_rules_allow() {
    let world = over(WORK, "prefix");
    let mut got = 0;
    for _ in 0..48 {
        let (status, rejected) = world.send(&to(9));
        if status == 403 {
            got += u32::from(world.send(&with(&to(9), &token(&rejected))).0 == 202);
        }
        world.pass(HOUR / 2);
    }
    assert_eq!(got, 6, "five of eight a day, and one of the reserve");
}

/// Work is a price: it counts as one text of the limit, and as no code that was entered.
#[test]
fn work_relaxes_no_limit() {
    let world = over(WORK, "prefix");
    let explain = || {
        let head = json!({ "path": "/admin/explain", "authorization": crate::world::OPERATOR });
        world.call(head, &to(3)).1["adaptive"].clone()
    };
    let token = solved(&world, &to(3));
    assert_eq!(world.send(&with(&to(3), &token)).0, 202);
    world.pass(11);
    assert_eq!(world.send(&to(4)).0, 403);
    let usage = explain().to_string();
    assert!(usage.contains(r#""verified":0"#) && usage.contains(r#""limit":3"#), "{usage}");
}

#[test]
fn shadow_tells_of_who_had_to_show_something_and_lets_everybody_through() {
    for limit in ["ip", "prefix"] {
        let mut adaptive = json!({ "ip": false, "ip48": false, "prefix": false, "total": false });
        adaptive[limit] = json!({ "unverified": 3, "pending": 0 });
        let captcha: Value = serde_json::from_str(WORK).unwrap();
        let world = World::new(&json!({ "shadow": true, "captcha": captcha, "limits": { "adaptive": adaptive } }));
        for index in 0..8 {
            assert_eq!(world.send(&to(index)).0, 202);
            world.pass(11);
        }
        let by = if limit == "ip" { "address" } else { "prefix" };
        let by_rule = format!(r#""by":"{by}""#);
        assert!(
            world.events.borrow().iter().any(|event| event.contains(&by_rule) && event.contains(r#""shadow":true"#))
        );
    }
}
