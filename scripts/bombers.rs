//! `cargo run --release --example bombers`: what bombers with many cores get out of a handler and what they pay, beside a captcha and
//! nothing. The handler and its limits are the real ones, the time is passed in, and each proof of work is really done: what it costs is
//! its candidates times the time that one takes on this machine, natively. `docs/proof-of-work.md` holds what it printed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for the workbench"
)]
#![allow(clippy::needless_pass_by_value, dead_code, reason = "the world is that of the tests")]

#[path = "../tests/edge/world.rs"]
mod world;

use std::time::Instant;

use serde_json::{Value, json};
use world::{TO, World};
use xinshi::otp::work_challenge::{self, MAX_TRIES, TRIES};
use xinshi::proof_of_work::WorkFunction;

/// Yuan for an hour of a rented core: on demand, and where it may be taken away at any time. See `docs/proof-of-work.md`.
const PRICES: [(&str, f64); 2] = [("on demand", 0.2205), ("spot", 0.028)];

const DEFENCES: [(&str, &str); 4] = [
    ("nothing", "null"),
    ("captcha", r#"{"verify":true,"when":"adaptive"}"#),
    ("work", r#"{"proofOfWork":true}"#),
    ("captcha and work", r#"{"verify":true,"when":"adaptive","proofOfWork":true}"#),
];

fn main() {
    let seconds = seconds_a_try();
    println!("one try: {:.3} ms natively\n", seconds * 1000.0);
    println!("| candidates | tries of a text, on average | core ms a text | yuan a text on demand | spot |");
    println!("| --- | --- | --- | --- | --- |");
    for tries in [TRIES, 320, 384, 448, 512, 576, MAX_TRIES] {
        let average = f64::from(tries + 1) / 2.0;
        let [on_demand, spot] = PRICES.map(|(_, price)| yuan(average * seconds, price));
        println!("| {tries} | {average} | {:.0} | {on_demand} | {spot} |", average * seconds * 1000.0);
    }
    for (attack, attacked) in [
        (
            "One number, from an address of its own each time, in a day; its owner asks three times",
            one_number as Attack,
        ),
        (
            "3,000 numbers of one prefix, by five requests a minute for a day; 30 people request a code as well",
            one_prefix as Attack,
        ),
        ("The same where the prefix has a rule of 1,000 texts a day, and no limit adapts", ruled_prefix as Attack),
    ] {
        println!("\n{attack}:\n");
        println!("| defence | cores | texts of the bomber | core seconds | yuan on demand | people who get a code |");
        println!("| --- | --- | --- | --- | --- | --- |");
        for (defence, options) in DEFENCES {
            for cores in [10, 1000] {
                let mut bomber = Bomber { cores, left: 0.0, spent: 0.0, seconds, texts: 0 };
                let (people, all) = attacked(options, &mut bomber);
                let yuan = yuan(bomber.spent, PRICES[0].1);
                println!(
                    "| {defence} | {cores} | {} | {:.1} | {yuan} | {people} of {all} |",
                    bomber.texts, bomber.spent
                );
            }
        }
    }
}

type Attack = fn(&str, &mut Bomber) -> (u32, u32);

/// Two digits of what some core seconds cost at yuan an hour.
fn yuan(core_seconds: f64, price: f64) -> String {
    let yuan = core_seconds / 3600.0 * price;
    if yuan == 0.0 { "0".to_owned() } else { format!("{yuan:.1e}") }
}

/// The fastest of some rounds: whatever else runs only makes it slower.
fn seconds_a_try() -> f64 {
    let mut work = WorkFunction::new();
    let mut fastest = f64::MAX;
    for round in 0..200_u8 {
        let from = Instant::now();
        assert_eq!(work.search(&[round; 16], &[0; 8], 0, 50), None);
        fastest = fastest.min(from.elapsed().as_secs_f64() / 50.0);
    }
    fastest
}

/// Somebody with cores, who solves no captcha.
struct Bomber {
    cores: u32,
    /// Core seconds that are left of this minute.
    left: f64,
    spent: f64,
    seconds: f64,
    texts: u32,
}

impl Bomber {
    fn minute(&mut self) {
        self.left = f64::from(self.cores) * 60.0;
    }

    /// Asks for a text, and works for it where that helps and the cores allow it.
    fn request_code(&mut self, world: &World, address: &str, phone: &str) {
        let (status, body) = world.post("/otp/send", address, &json!({ "phone": phone }));
        let status = match body["proofOfWork"]["challenge"].as_str() {
            Some(challenge) if self.left > 0.0 => {
                let (salt, target, tries) = work_challenge::read(challenge).unwrap();
                let found = WorkFunction::new().search(&salt, &target, 0, tries).unwrap();
                let cost = f64::from(found + 1) * self.seconds;
                self.left -= cost;
                self.spent += cost;
                world.post("/otp/send", address, &json!({ "phone": phone, "captcha": token(challenge, found) })).0
            }
            _ => status,
        };
        self.texts += u32::from(status == 202);
    }
}

/// The token that a page sends after finding the candidate.
fn token(challenge: &str, found: u32) -> String {
    let (salt, _, _) = work_challenge::read(challenge).unwrap();
    work_challenge::written(challenge, &WorkFunction::new().digest(&salt, found).1)
}

/// Somebody with a page of `xinshi/otp`, who solves a captcha where there is one and works where not.
fn person(world: &World, address: &str, phone: &str, has_captcha: bool) -> bool {
    let (status, body) = world.post("/otp/send", address, &json!({ "phone": phone }));
    let token = match body["proofOfWork"]["challenge"].as_str() {
        Some(challenge) => work_challenge::solve(challenge).unwrap(),
        None => "solved".to_owned(),
    };
    let shows = body["proofOfWork"].is_object() || has_captcha;
    let again = || world.post("/otp/send", address, &json!({ "phone": phone, "captcha": token })).0;
    status == 202 || (status == 403 && shows && again() == 202)
}

fn world_with(captcha: &str, more: Value) -> World {
    let mut options = more;
    let captcha: Value = serde_json::from_str(captcha).unwrap();
    if !captcha.is_null() {
        options["captcha"] = captcha;
    }
    World::new(&options)
}

fn one_number(captcha: &str, bomber: &mut Bomber) -> (u32, u32) {
    let world = world_with(captcha, json!({}));
    let mut served = 0;
    for minute in 0..24 * 60_u32 {
        bomber.minute();
        let address = format!("10.0.{}.{}", minute >> 8, minute & 255);
        bomber.request_code(&world, &address, TO);
        if [300, 700, 1300].contains(&minute) {
            world.pass(30);
            // The rest of the cool-down after the bomber's last text has passed by the second time.
            let first = person(&world, "203.0.113.7", TO, captcha.contains("verify"));
            world.pass(30);
            served += u32::from(first || person(&world, "203.0.113.7", TO, captcha.contains("verify")));
        } else {
            world.pass(60);
        }
    }
    (served, 3)
}

fn one_prefix(captcha: &str, bomber: &mut Bomber) -> (u32, u32) {
    pump(&world_with(captcha, json!({})), captcha, bomber)
}

fn ruled_prefix(captcha: &str, bomber: &mut Bomber) -> (u32, u32) {
    let limits = json!({ "prefix": [{ "limit": 1000, "windowSeconds": 86_400 }], "adaptive": false });
    pump(&world_with(captcha, json!({ "limits": limits })), captcha, bomber)
}

fn pump(world: &World, captcha: &str, bomber: &mut Bomber) -> (u32, u32) {
    let mut served = 0;
    for minute in 0..24 * 60_u32 {
        bomber.minute();
        for attempt in 0..5 {
            let index = minute * 5 + attempt;
            let address = format!("10.{}.{}.{}", index >> 16, index >> 8 & 255, index & 255);
            bomber.request_code(world, &address, &format!("1381234{:04}", index % 3000));
        }
        if minute % 48 == 24 {
            let phone = format!("1381234{:04}", 9000 + minute / 48);
            served += u32::from(person(world, "203.0.113.8", &phone, captcha.contains("verify")));
        }
        world.pass(60);
    }
    (served, 30)
}
