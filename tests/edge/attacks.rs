//! Attacks on the handler: it is bombed, its codes are guessed, and it receives nonsense.

use serde_json::{Value, json};
use xinshi::edge::handler_request::{Body, HandlerRequest};

use crate::world::{BACK_END, Dice, OPERATOR, TO, World, code_in, request};

/// The number of inputs of the fuzz test. For more, by hand: `FUZZ_INPUTS=10000000 cargo test --release --test edge
/// hundred`.
const INPUTS: u64 = 100_000;

/// Ten thousand addresses bomb one number for a day. The captcha is adaptive, and the bots do not solve it.
#[test]
fn person_under_attack_still_gets_a_code() {
    let world = World::new(&json!({ "captcha": { "verify": true, "when": "adaptive" } }));
    let mut by_bomber = 0;
    let mut by_person = 0;
    for minute in 0..24 * 60 {
        for attempt in 0..20 {
            let bomber = 1 + minute * 20 + attempt;
            let address = format!("10.{}.{}.{}", bomber >> 16, bomber >> 8 & 255, bomber & 255);
            by_bomber += usize::from(world.post("/otp/send", &address, &json!({ "phone": TO })).0 == 202);
        }
        // The person comes three times in the day, at the worst moments, and solves the captcha when required.
        if [300, 700, 1300].contains(&minute) {
            let address = "203.0.113.7";
            let (status, _) = world.post("/otp/send", address, &json!({ "phone": TO }));
            assert!(status == 403 || status == 429, "{status}");
            world.pass(60);
            let solved = json!({ "phone": TO, "captcha": "solved" });
            let (status, sent) = world.post("/otp/send", address, &solved);
            assert_eq!(status, 202, "minute {minute}: {sent}");
            let (status, _) =
                world.post("/otp/verify", address, &json!({ "challenge": sent["challenge"], "code": world.code() }));
            assert_eq!(status, 200);
            by_person += 1;
        }
        world.pass(60);
    }
    assert_eq!((by_person, by_bomber), (3, 4), "half the day is for those who solve nothing");
    assert_eq!(world.inbox().len(), 7);
}

/// The device that verified the number before needs no captcha.
#[test]
fn trusted_device_uses_the_reserve() {
    let world = World::new(&json!({ "captcha": { "verify": true, "when": "adaptive" } }));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    let (_, verified) = world.verify(&sent["challenge"], &world.code());
    let mut answers = vec![];
    for bomber in 0..10 {
        world.pass(60);
        answers.push(world.post("/otp/send", &format!("10.0.0.{bomber}"), &json!({ "phone": TO })).0);
    }
    assert_eq!(answers, [202, 202, 403, 403, 403, 403, 403, 403, 403, 403], "the hour's reserve, then the day's half");
    world.pass(60);
    let device = json!({ "phone": TO, "device": verified["device"] });
    assert_eq!(world.send(&device).0, 202);
    world.pass(60);
    let stolen = json!({ "phone": "13912345678", "device": verified["device"] });
    assert_eq!(world.send(&stolen).0, 202, "a device of another number changes nothing");
}

/// A back end whose requests come from no person gets no captcha, and no share of the reserve.
#[test]
fn back_end_is_limited_without_a_captcha() {
    let world = World::new(&json!({ "captcha": { "verify": true, "when": "adaptive" } }));
    let head = json!({ "path": "/one-time-password-sms/v1/send-code", "authorization": BACK_END });
    let answers: Vec<_> = (0..8)
        .map(|_| {
            world.pass(3600);
            let (status, answer) =
                world.call(head.clone(), &json!({ "phoneNumber": "+8613812345678", "message": "{{code}}" }));
            (status, answer["code"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    assert!(answers[..5].iter().all(|(status, _)| *status == 200), "{answers:?}");
    assert!(answers[5..].iter().all(|(_, code)| code.ends_with("MAX_OTP_CODES_EXCEEDED")), "{answers:?}");
    let named = json!({ "phone": TO, "clientIp": "203.0.113.7" });
    let (_, reply) = world.call(json!({ "path": "/otp/send", "authorization": BACK_END }), &named);
    assert_eq!(reply["type"], "urn:xinshi:problem:captcha-required");
}

#[test]
fn busy_address_or_prefix_requires_a_captcha() {
    let world = World::new(&json!({
        "captcha": { "verify": true, "when": "adaptive" },
        "limits": { "ip": [{ "limit": 4, "windowSeconds": 60 }], "prefix": [{ "limit": 6, "windowSeconds": 60 }] },
    }));
    let send = |address: &str, number: u32, more: Value| {
        let mut body = json!({ "phone": format!("1381234{number:04}") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("/otp/send", address, &body)
    };
    assert_eq!((send("10.0.0.1", 1, json!({})).0, send("10.0.0.1", 2, json!({})).0), (202, 202));
    let (status, reply) = send("10.0.0.1", 3, json!({}));
    assert_eq!((status, reply["type"].as_str()), (403, Some("urn:xinshi:problem:captcha-required")));
    assert_eq!(send("10.0.0.1", 3, json!({ "captcha": "solved" })).0, 202, "and its prefix is at half");
    assert_eq!(send("10.0.0.2", 4, json!({})).0, 403, "the prefix is busy");
    assert_eq!(send("10.0.0.2", 4, json!({ "captcha": "wrong" })).1["type"], "urn:xinshi:problem:captcha-failed");
    world.captcha.set(None);
    assert_eq!(send("10.0.0.2", 4, json!({ "captcha": "solved" })).0, 503, "nobody can say");
    world.captcha.set(Some(true));
    assert_eq!(send("10.0.0.2", 4, json!({ "captcha": "solved" })).0, 202);
}

#[test]
fn required_captcha_is_checked_before_anything_counts() {
    let world = World::new(&json!({ "captcha": { "verify": true, "when": "always" } }));
    assert_eq!(world.send(&json!({ "phone": TO })).1["type"], "urn:xinshi:problem:captcha-required");
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "wrong" })).0, 403);
    assert!(world.states.borrow().keys().all(|key| key == "stats"));
    assert_eq!(world.changes.get(), 0);
    assert_eq!(world.send(&json!({ "phone": TO, "captcha": "solved" })).0, 202);
    let back_end =
        world.call(json!({ "path": "/otp/send", "authorization": BACK_END }), &json!({ "phone": "13912345678" }));
    assert_eq!(back_end.0, 202, "there is no person before it");
}

/// A number allows forty guesses a day, over any number of challenges and addresses.
#[test]
fn guesses_count_across_challenges_and_addresses() {
    let limits =
        json!({ "cooldownSeconds": 0, "number": [], "verifyPerNumber": [{ "limit": 40, "windowSeconds": 86_400 }] });
    let world = World::new(&json!({ "limits": limits }));
    let mut compared = 0;
    for round in 0..30 {
        let (_, sent) = world.post("/otp/send", &format!("10.0.{round}.1"), &json!({ "phone": TO }));
        let right = world.code();
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for guess in 0..5 {
            let body = json!({ "challenge": sent["challenge"], "code": wrong });
            compared += usize::from(world.post("/otp/verify", &format!("10.1.{round}.{guess}"), &body).0 == 422);
        }
        world.pass(600);
    }
    assert_eq!(compared, 40);
    let (_, sent) = world.post("/otp/send", "10.0.99.1", &json!({ "phone": TO }));
    let right = json!({ "challenge": sent["challenge"], "code": world.code() });
    assert_eq!(world.post("/otp/verify", "10.0.99.1", &right).0, 429);
}

#[test]
fn clock_that_goes_back_changes_no_decision() {
    let world = World::new(&json!({}));
    world.send(&json!({ "phone": TO }));
    let (before, now) = (world.states.borrow().clone(), world.now.get());
    for back in [1, 61, 86_400, 86_400 * 365 * 50] {
        world.now.set(now - back * 1000);
        assert_eq!(world.post("/otp/send", &format!("10.0.0.{}", back % 250), &json!({ "phone": TO })).0, 429);
    }
    let number = |states: &std::collections::BTreeMap<String, Vec<u8>>| {
        states.iter().find(|(key, _)| key.starts_with("n:")).map(|(_, state)| state.clone())
    };
    assert_eq!(number(&before), number(&world.states.borrow()));
}

/// Seeded nonsense, near nonsense and valid requests: none gives a panic or a 5xx, and a request rejected for its form
/// changes no state.
#[test]
fn random_inputs_never_panic() {
    let dice = Dice(std::cell::Cell::new(4));
    let limits =
        json!({ "cooldownSeconds": 0, "number": [], "ip": [{ "limit": 100_000, "windowSeconds": 60 }], "token": [] });
    let world = World::new(&json!({ "limits": limits, "cors": ["*"] }));
    let mut challenges: Vec<Value> = vec![json!("A".repeat(36))];
    let mut reached = 0;
    let inputs = std::env::var("FUZZ_INPUTS").map_or(INPUTS, |inputs| inputs.parse().unwrap());
    for input in 0..inputs {
        if input % 50 == 0 {
            world.pass(1);
        }
        let request = input_of(&dice, &challenges);
        let changes = world.changes.get();
        let steps_before = world.states.borrow().len();
        let reply = world.handle(&request).unwrap();
        reached += usize::from(world.applied.get() > 0);
        assert!(reply.status < 500, "{} {} {}: {}", request.method, request.path, reply.status, reply.body);
        if matches!(reply.status, 400 | 401 | 404 | 405 | 408 | 413 | 415) && !request.path.contains("validate") {
            assert_eq!((world.changes.get(), world.states.borrow().len()), (changes, steps_before), "{}", request.path);
        }
        if let Ok(body) = serde_json::from_str::<Value>(&reply.body)
            && let Some(challenge) = body.get("challenge").or(body.get("authenticationId"))
        {
            if challenges.len() > 200 {
                challenges.swap_remove(usize::try_from(dice.roll(200)).unwrap());
            }
            challenges.push(challenge.clone());
        }
        assert!(reply.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])), "{:?}", reply.headers);
    }
    let share = reached * 100 / usize::try_from(inputs).unwrap();
    assert!(share >= 30, "{share} % of the inputs reached the reducer");
    let (_, text) = world.inbox().pop().unwrap();
    assert_eq!(code_in(&text).len(), 6);
}

fn input_of(dice: &Dice, challenges: &[Value]) -> HandlerRequest {
    let address = format!("10.{}.{}.{}", dice.roll(256), dice.roll(256), dice.roll(256));
    let sense = dice.roll(10) < 5;
    let path = *dice.pick(&[
        "/otp/send",
        "/otp/send",
        "/otp/verify",
        "/otp/verify",
        "/one-time-password-sms/v1/send-code",
        "/one-time-password-sms/v1/validate-code",
        "/admin/explain",
        "/admin/reset",
    ]);
    let token = if path.starts_with("/admin") { OPERATOR } else { BACK_END };
    if sense {
        let phone = format!("+86138{:08}", dice.roll(2000));
        let challenge = dice.pick(challenges).clone();
        let code = format!("{:06}", dice.roll(1_000_000));
        let body = match path {
            "/otp/send" if dice.roll(4) == 0 => json!({ "phone": phone, "challenge": challenge }),
            "/otp/verify" => json!({ "challenge": challenge, "code": code }),
            "/one-time-password-sms/v1/send-code" => json!({ "phoneNumber": phone, "message": "{{code}}" }),
            "/one-time-password-sms/v1/validate-code" => json!({ "authenticationId": challenge, "code": code }),
            _ => json!({ "phone": phone }),
        };
        let mut head = json!({ "path": path, "address": address });
        if path.starts_with("/admin") || path.starts_with("/one") || dice.roll(3) == 0 {
            head["authorization"] = json!(token);
        }
        return request(head, &body);
    }
    let nonsense = |depth: u64| nonsense(dice, depth, challenges);
    let mut head = json!({ "path": path, "address": address });
    for (name, chance) in [
        ("method", 8),
        ("content-type", 8),
        ("authorization", 3),
        ("origin", 6),
        ("idempotency-key", 4),
        ("x-correlator", 5),
        ("path", 9),
    ] {
        if dice.roll(chance) == 0 {
            head[name] = json!(dice.pick(HEADERS));
        }
    }
    if head["method"].as_str().is_some_and(str::is_empty) || head["path"].as_str().is_some_and(str::is_empty) {
        head = json!({ "path": path, "address": address });
    }
    let mut request = request(head, &nonsense(0));
    match dice.roll(12) {
        0 => request.body = Body::TooLong,
        1 => request.body = Body::Unfinished,
        2 => {
            let bytes = (0..dice.roll(200)).map(|_| u8::try_from(dice.roll(256)).unwrap());
            request.body = Body::Whole(bytes.collect());
        }
        3 => request.body = Body::Whole("[".repeat(8000).into_bytes()),
        _ => {}
    }
    request
}

const HEADERS: &[&str] = &[
    "",
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "application/json; charset=gbk",
    "text/html",
    "Bearer ",
    "Bearer dev-token",
    "Bearer dev-admin",
    "Basic ZGV2",
    "https://evil.example\r\nx-evil: 1",
    "0123456789abcdef",
    "信使信使信使信使信使信使",
    "/otp/status/",
    "/otp/status/%00",
    "/otp/status/AAAA",
    "/../otp/send",
    "//otp/send",
    "/otp/send\r\nx: y",
    "null",
    "*",
];

const FIELDS: &[&str] = &[
    "phone",
    "purpose",
    "locale",
    "captcha",
    "challenge",
    "nonce",
    "device",
    "clientIp",
    "code",
    "phoneNumber",
    "message",
    "authenticationId",
    "address",
    "__proto__",
    "constructor",
    "",
];

const TEXTS: &[&str] = &[
    "13812345678",
    "+8613812345678",
    "１３８１２３４５６７８",
    "١٣٨١٢٣٤٥٦٧٨",
    "+86138123456781381234567813812345678",
    "13812345678\r\nX-Evil: 1",
    "",
    "login",
    "zh",
    "en-GB",
    "123456",
    "１２３４５６",
    "000000",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "{{code}}",
    "{code}",
    "192.0.2.1",
    "::1",
    "\u{0}",
    "\u{202e}",
    "𠮷",
    "'; DROP TABLE ledger; --",
    "<script>",
];

fn nonsense(dice: &Dice, depth: u64, challenges: &[Value]) -> Value {
    match dice.roll(if depth == 0 { 3 } else { 9 + depth }) {
        0..=2 if depth < 3 => {
            let fields =
                (0..dice.roll(5)).map(|_| ((*dice.pick(FIELDS)).to_owned(), nonsense(dice, depth + 1, challenges)));
            Value::Object(fields.collect())
        }
        3 => json!(dice.roll(u64::MAX)),
        4 => Value::Null,
        5 => json!(["13812345678"]),
        6 => dice.pick(challenges).clone(),
        7 => json!("9".repeat(usize::try_from(dice.roll(5000)).unwrap())),
        _ => json!(dice.pick(TEXTS)),
    }
}
