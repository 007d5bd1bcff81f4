//! Proof of work: what it opens, and that it is good once, for one number and purpose, and two minutes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use xinshi::otp::work_challenge::{self, TTL_MS};

use crate::world::{OPERATOR, TO, World};

fn world(more: Value) -> World {
    let mut options =
        json!({ "captcha": { "proofOfWork": true }, "purposes": ["login", "pay"], "limits": { "ip": [] } });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    World::new(&options)
}

pub fn kind((status, body): &(u16, Value)) -> (u16, &str) {
    let problem = body["type"].as_str().unwrap_or_default();
    (*status, problem.rsplit([':', '#']).next().unwrap_or_default())
}

/// Uses up what a number's owner gets without any work: half of a day, in four hours.
fn use_up_half(world: &World) {
    for _ in 0..4 {
        assert_eq!(world.send(&json!({ "phone": TO })).0, 202);
        world.pass(3600);
    }
}

/// Asks without work, and does what the rejection names.
pub fn solved(world: &World, body: &Value) -> String {
    let rejected = world.send(body);
    assert_eq!(kind(&rejected), (403, "captcha-required"), "{}", rejected.1);
    token(&rejected.1)
}

/// Does the work that a rejection names.
pub fn token(rejected: &Value) -> String {
    work_challenge::solve(rejected["proofOfWork"]["challenge"].as_str().unwrap()).unwrap()
}

pub fn with(body: &Value, token: &str) -> Value {
    let mut body = body.clone();
    body["captcha"] = json!(token);
    body
}

#[test]
fn busy_number_requires_work_that_is_valid_once() {
    let world = world(json!({}));
    let wanted = json!({ "phone": TO });
    use_up_half(&world);
    let rejected = world.send(&wanted);
    assert_eq!(kind(&rejected), (403, "captcha-required"));
    let work = &rejected.1["proofOfWork"];
    assert_eq!((work["tries"].as_u64(), work["expiresIn"].as_i64()), (Some(256), Some(TTL_MS / 1000)));
    let token = work_challenge::solve(work["challenge"].as_str().unwrap()).unwrap();
    let other = solved(&world, &wanted);
    assert_eq!(world.send(&with(&wanted, &token)).0, 202);
    world.pass(60);
    assert_eq!(kind(&world.send(&with(&wanted, &token))), (403, "captcha-failed"), "it was used");
    assert_eq!(world.send(&with(&wanted, &other)).0, 202, "another is another");
}

#[test]
fn work_is_valid_for_its_number_and_purpose_for_two_minutes() {
    let world = world(json!({ "captcha": { "proofOfWork": true, "when": "always" } }));
    let wanted = json!({ "phone": TO, "purpose": "login" });
    let token = solved(&world, &wanted);
    let others = [json!({ "phone": TO, "purpose": "pay" }), json!({ "phone": "13812345679", "purpose": "login" })];
    for other in others {
        assert_eq!(kind(&world.send(&with(&other, &token))), (403, "captcha-failed"), "{other}");
    }
    for made_up in ["pow.", "pow.x.y", "solved", &token.replace("pow.", "pow.x"), &token[..token.len() - 1]] {
        assert_eq!(kind(&world.send(&with(&wanted, made_up))), (403, "captcha-failed"), "{made_up}");
    }
    world.pass(TTL_MS / 1000);
    assert_eq!(kind(&world.send(&with(&wanted, &token))), (403, "captcha-failed"), "its time is over");
    let token = solved(&world, &wanted);
    world.pass(TTL_MS / 1000 - 1);
    assert_eq!(world.send(&with(&wanted, &token)).0, 202);
}

/// The number's own clock decides, which never runs back: a mark that it forgot is not brought back by a clock that was set back.
#[test]
fn used_work_stays_used_when_the_clock_goes_back() {
    let world = world(json!({ "captcha": { "proofOfWork": true, "when": "always" } }));
    let wanted = json!({ "phone": TO });
    let token = solved(&world, &wanted);
    assert_eq!(world.send(&with(&wanted, &token)).0, 202);
    world.pass(TTL_MS / 1000);
    let later = solved(&world, &wanted);
    assert_eq!(world.send(&with(&wanted, &later)).0, 202, "the mark of the first is gone by now");
    world.pass(-TTL_MS / 1000 + 60);
    for token in [token, later] {
        assert_ne!(world.send(&with(&wanted, &token)).0, 202);
    }
    assert_eq!(world.inbox().len(), 2);
}

#[test]
fn work_opens_the_reserve_once_a_day() {
    // Of 8 a day, 3 are kept, and of 5 an hour 2. From half a day on, work is the price of what is not kept too.
    for (seconds, requests, counts) in [(600, 20, (4, 1)), (3600, 12, (4, 2))] {
        let world = world(json!({}));
        let wanted = json!({ "phone": TO });
        let (_, sent) = world.send(&wanted);
        let (_, verified) = world.verify(&sent["challenge"], &world.code());
        world.pass(3600);
        let (mut without, mut by_work) = (1, 0);
        for _ in 0..requests {
            world.pass(seconds);
            match world.send(&wanted) {
                (202, _) => without += 1,
                (403, rejected) => {
                    let token = work_challenge::solve(rejected["proofOfWork"]["challenge"].as_str().unwrap()).unwrap();
                    assert_eq!(world.send(&with(&wanted, &token)).0, 202, "nobody works for nothing");
                    by_work += 1;
                }
                rejected => assert_eq!(kind(&rejected), (429, "quota-exceeded")),
            }
        }
        assert_eq!((without, by_work), counts);
        world.pass(600);
        assert_eq!(world.send(&wanted).0, 429);
        let device = json!({ "phone": TO, "device": verified["device"] });
        for _ in 0..8 - counts.0 - counts.1 {
            assert_eq!(world.send(&device).0, 202, "the rest is still kept for a device that verified the number");
            world.pass(3600);
        }
    }
}

#[test]
fn beside_a_captcha_it_is_offered_where_it_helps() {
    let world = world(json!({ "captcha": { "verify": true, "when": "adaptive", "proofOfWork": true } }));
    let wanted = json!({ "phone": TO });
    use_up_half(&world);
    for _ in 0..2 {
        let token = solved(&world, &wanted);
        assert_eq!(world.send(&with(&wanted, &token)).0, 202);
        world.pass(3600);
    }
    let rejected = world.send(&wanted);
    assert_eq!(kind(&rejected), (403, "captcha-required"));
    assert_eq!(rejected.1["proofOfWork"], Value::Null, "it opened what it may in a day");
    assert_eq!(world.captchas.borrow().len(), 0, "nobody else was asked about work");
    assert_eq!(world.send(&with(&wanted, "solved")).0, 202, "a captcha opens the rest");
}

#[test]
fn rejected_text_costs_no_work() {
    let world = world(json!({}));
    let wanted = json!({ "phone": TO });
    use_up_half(&world);
    let token = solved(&world, &wanted);
    *world.fault.borrow_mut() = Some("reject");
    assert_eq!(kind(&world.send(&with(&wanted, &token))), (503, "not-sent"));
    *world.fault.borrow_mut() = None;
    assert_eq!(world.send(&with(&wanted, &token)).0, 202, "the same work is still good");
    world.pass(60);
    assert_eq!(kind(&world.send(&with(&wanted, &token))), (403, "captcha-failed"));
}

#[test]
fn busy_address_or_prefix_accepts_work_below_its_limit() {
    let limits =
        json!({ "ip": [{ "limit": 4, "windowSeconds": 60 }], "prefix": [{ "limit": 6, "windowSeconds": 60 }] });
    let world = world(json!({ "limits": limits }));
    let to = |index: u32| json!({ "phone": format!("1381234{index:04}") });
    for index in 0..2 {
        assert_eq!(world.send(&to(index)).0, 202);
    }
    for index in 2..4 {
        let token = solved(&world, &to(index));
        assert_eq!(world.send(&with(&to(index), &token)).0, 202);
    }
    assert_eq!(world.send(&to(4)).0, 429, "the address's limit is a limit");
}

#[test]
fn work_grows_harder_with_each_demand() {
    let world = world(json!({}));
    let wanted = json!({ "phone": TO });
    use_up_half(&world);
    let tries = |world: &World| world.send(&wanted).1["proofOfWork"]["tries"].as_u64().unwrap();
    let rising: Vec<u64> = (0..70).map(|_| tries(&world)).collect();
    assert!(rising.is_sorted() && rising[0] == 256 && rising[69] == 640, "{rising:?}");
    world.pass(600);
    assert_eq!(tries(&world), 256, "and easier after ten minutes");
}

/// The store gets no step more than it does where a captcha is required in the place of work.
#[test]
fn work_costs_no_further_step() {
    let wanted = json!({ "phone": TO });
    // The steps of the first send, of one that is told what it must show, and of one that shows it.
    let steps = |captcha: Value, answer: &dyn Fn(&World) -> Value| {
        let world = world(json!({ "captcha": captcha }));
        assert_eq!(world.send(&wanted).0, 202);
        let first = world.applied.get();
        world.pass(3600);
        for _ in 0..3 {
            world.send(&wanted);
            world.pass(3600);
        }
        let shown = answer(&world);
        let required = world.applied.get();
        assert_eq!(world.send(&shown).0, 202);
        [first, required, world.applied.get()]
    };
    let captcha = steps(json!({ "verify": true, "when": "adaptive" }), &|world| {
        assert_eq!(kind(&world.send(&wanted)), (403, "captcha-required"));
        with(&wanted, "solved")
    });
    let work = steps(json!({ "proofOfWork": true }), &|world| with(&wanted, &solved(world, &wanted)));
    assert_eq!(work[..2], captcha[..2]);
    assert_eq!(work[2], work[0], "shown, it costs what the first send did");
    assert!(work[2] < captcha[2], "a captcha's token is looked at before: {captcha:?}");
}

/// A bomber who works demotes no account, as one who does not.
#[test]
fn text_sent_for_work_does_not_count_for_the_order_of_accounts() {
    let world = world(json!({ "order": "adaptive", "captcha": { "proofOfWork": true, "when": "always" } }));
    let wanted = json!({ "phone": TO });
    let token = solved(&world, &wanted);
    assert_eq!(world.send(&with(&wanted, &token)).0, 202);
    assert!(world.states.borrow().keys().all(|key| !key.starts_with("tally")), "{:?}", world.states.borrow().keys());
    let (_, explained) =
        world.call(json!({ "path": "/admin/explain", "authorization": OPERATOR }), &json!({ "phone": TO }));
    let sent = explained["routing"]["accounts"]
        .as_array()
        .map_or(0, |accounts| accounts.iter().filter_map(|account| account["sent"].as_u64()).sum::<u64>());
    assert_eq!(sent, 0, "{explained}");
}

#[test]
fn work_challenge_reveals_neither_number_nor_answer() {
    let world = world(json!({ "captcha": { "proofOfWork": true, "when": "always" } }));
    let (_, rejected) = world.send(&json!({ "phone": TO }));
    let challenge = rejected["proofOfWork"]["challenge"].as_str().unwrap();
    let (salt, target, tries) = work_challenge::read(challenge).unwrap();
    let mut work = xinshi::proof_of_work::WorkFunction::new();
    let candidate = work.search(&salt, &target, 0, tries).unwrap();
    let (found, answer) = work.digest(&salt, candidate);
    let bytes = URL_SAFE_NO_PAD.decode(&challenge[4..]).unwrap();
    assert!(bytes.windows(8).any(|window| window == found));
    assert!(bytes.windows(4).all(|window| answer.windows(4).all(|part| part != window)));
}
