//! Numbers for an app store's review: a fixed code until an end date, and all else as for any number.

use serde_json::{Value, json};

use crate::otp::claims;
use crate::world::{BACK_END, OPERATOR, TO, World};

const REVIEWED: &str = "13800001111";
const CODE: &str = "493817";
/// Whatever stands for the reviewed number and must stay out of events, logs and answers.
const SECRETS: [&str; 2] = [REVIEWED, CODE];
const DAY: i64 = 86_400;

/// The world begins on 2026-01-01, 8:00 in Beijing; the review's last day is 2026-01-20.
fn world() -> World {
    World::new(&json!({ "reviewNumbers": { REVIEWED: { "code": CODE, "until": "2026-01-20" } } }))
}

fn send(world: &World) -> Value {
    let (status, sent) = world.send(&json!({ "phone": REVIEWED }));
    assert_eq!(status, 202, "{sent}");
    sent
}

/// The events of a type.
fn events(world: &World, kind: &str) -> Vec<Value> {
    let events = world.events.borrow();
    let parsed = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap());
    parsed.filter(|event| event["type"] == kind).collect()
}

#[test]
fn reviewer_signs_in_with_the_fixed_code_and_no_text_is_sent() {
    let world = world();
    let sent = send(&world);
    assert!(world.inbox().is_empty());
    let (status, verified) = world.verify(&sent["challenge"], CODE);
    assert_eq!(status, 200);
    let claims = claims(&verified);
    assert_eq!(
        (&claims["aud"], &claims["review"], &claims["sub"]),
        (&json!("app"), &json!(true), &json!("+8613800001111"))
    );
    assert_eq!(world.verify(&sent["challenge"], CODE).0, 422, "once");
    let told = events(&world, "send");
    assert_eq!((told.len(), &told[0]["status"], &told[0]["phone"]), (1, &json!("review"), &json!("138****1111")));
    assert!(told[0].get("account").is_none());
    let told = events(&world, "verify");
    assert!(told.iter().all(|event| event["review"] == true), "{told:?}");
    assert_eq!(told.len(), 2);
    for secret in SECRETS {
        assert!(world.events.borrow().iter().all(|event| !event.contains(secret)), "{secret}");
        assert!(
            world
                .states
                .borrow()
                .values()
                .all(|state| !state.windows(secret.len()).any(|part| part == secret.as_bytes()))
        );
    }
}

#[test]
fn other_numbers_have_neither_the_code_nor_the_claim() {
    let world = world();
    let (_, sent) = world.send(&json!({ "phone": TO }));
    assert_eq!(world.inbox().len(), 1);
    if world.code() != CODE {
        assert_eq!(world.verify(&sent["challenge"], CODE).0, 422);
    }
    let (_, verified) = world.verify(&sent["challenge"], &world.code());
    assert!(claims(&verified).get("review").is_none());
    assert!(events(&world, "verify").iter().all(|event| event.get("review").is_none()));
}

#[test]
fn guesses_and_sends_are_bounded_as_for_any_number() {
    let world = world();
    let sent = send(&world);
    assert_eq!(world.send(&json!({ "phone": REVIEWED })).0, 429, "the cool-down");
    for _ in 0..5 {
        assert_eq!(world.verify(&sent["challenge"], "000000").0, 422);
    }
    assert_eq!(world.verify(&sent["challenge"], CODE).0, 422, "five tries a challenge");
    let wrong = events(&world, "verify");
    assert!(wrong.len() == 6 && wrong.iter().all(|event| event["review"] == true && event.get("phone").is_none()));
}

#[test]
fn guesses_of_a_day_are_bounded_across_challenges() {
    let world = World::new(&json!({
        "reviewNumbers": { REVIEWED: { "code": CODE, "until": "2026-01-20" } },
        "limits": { "verifyPerNumber": [{ "limit": 7, "windowSeconds": DAY }] },
    }));
    let first = send(&world);
    let statuses: Vec<u16> = (0..5).map(|_| world.verify(&first["challenge"], "000000").0).collect();
    world.pass(61);
    let second = send(&world);
    let [wrong, also_wrong, right] = ["000000", "000001", CODE].map(|code| world.verify(&second["challenge"], code).0);
    assert_eq!((statuses, [wrong, also_wrong, right]), (vec![422; 5], [422, 422, 429]));
    assert_eq!(events(&world, "verify").last().unwrap()["review"], true);
}

#[test]
fn answer_reveals_no_review_number_by_its_shape_or_its_time() {
    let world = world();
    let reply = |phone: &str| {
        let before = world.now.get();
        let reply = world.reply(json!({ "path": "/otp/send" }), &json!({ "phone": phone }));
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        let shape = (reply.status, reply.headers, names, body["expiresIn"].clone(), body["resendIn"].clone());
        (shape, body["challenge"].as_str().unwrap().len(), world.now.get() - before)
    };
    let (first, first_length, took) = reply(REVIEWED);
    assert!((225..=375).contains(&took), "{took} ms, as long as a text by guess");
    let (other, other_length, _) = reply(TO);
    assert_eq!((first, first_length), (other, other_length));
    // The sandbox answers at once, so the next review does too.
    world.pass(61);
    assert_eq!(reply(REVIEWED).2, 0);
    let status = |challenge: &Value| {
        world
            .call(
                json!({ "method": "GET", "path": format!("/otp/status/{}", challenge.as_str().unwrap()) }),
                &Value::Null,
            )
            .1
    };
    world.pass(61);
    let [review, text] = [REVIEWED, TO].map(|phone| status(&world.send(&json!({ "phone": phone })).1["challenge"]));
    assert_eq!(review["delivery"], "accepted");
    assert_eq!(review, text);
}

#[test]
fn code_ends_with_the_review_and_the_number_is_then_an_ordinary_one() {
    let world = world();
    // 2026-01-20, 23:59 in Beijing.
    world.pass(19 * DAY + 16 * 3600 - 60);
    let sent = send(&world);
    assert_eq!(sent["expiresIn"], 60, "a challenge does not outlive the review");
    world.pass(60);
    assert_eq!(world.verify(&sent["challenge"], CODE).0, 422);
    assert!(world.inbox().is_empty());
    let sent = send(&world);
    assert_eq!(world.inbox().len(), 1, "a text again");
    assert_eq!(sent["expiresIn"], 300);
    if world.code() != CODE {
        assert_eq!(world.verify(&sent["challenge"], CODE).0, 422);
    }
    let (status, verified) = world.verify(&sent["challenge"], &world.code());
    assert_eq!((status, claims(&verified).get("review")), (200, None));
}

#[test]
fn limits_lists_and_operators_treat_it_as_any_number() {
    let denied = World::new(&json!({
        "reviewNumbers": { REVIEWED: { "code": CODE, "until": "2026-01-20" } }, "deny": [REVIEWED],
    }));
    assert_eq!(denied.send(&json!({ "phone": REVIEWED })).0, 403);
    let world = world();
    send(&world);
    let head = json!({ "path": "/admin/explain", "authorization": OPERATOR });
    let (_, explained) = world.call(head, &json!({ "phone": REVIEWED }));
    let challenge = &explained["challenges"][0];
    assert_eq!((&challenge["review"], &challenge["test"]), (&json!(true), &json!(false)));
    assert!(!explained.to_string().contains(CODE));
}

#[test]
fn back_end_gets_the_fixed_code_verified_under_the_same_bound() {
    let world = world();
    let head = |path: &str| json!({ "path": path, "authorization": BACK_END });
    let message = json!({ "phoneNumber": "+8613800001111", "message": "{{code}} is your code" });
    let (status, sent) = world.call(head("/one-time-password-sms/v2/send-code"), &message);
    assert_eq!(status, 200, "{sent}");
    let validate = |code: &str| {
        let body = json!({ "authenticationId": sent["authenticationId"], "code": code });
        world.call(head("/one-time-password-sms/v2/validate-code"), &body).0
    };
    assert_eq!((validate("000000"), validate(CODE)), (400, 204));
    assert!(world.inbox().is_empty());
    assert!(events(&world, "verify").iter().all(|event| event["review"] == true));
}

#[test]
fn marketing_never_goes_to_it() {
    let world = world();
    let bulk = json!({ "text": "【信使】周末全场八折，拒收请回复R" });
    let (_, outcomes) = world.send_marketing(&bulk, &json!({ "kind": "marketing" }), REVIEWED);
    assert_eq!(outcomes[0]["status"], "rejected", "{outcomes}");
    assert!(world.inbox().is_empty());
}
