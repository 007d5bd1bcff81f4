//! Limits that adapt to what is verified: attacks on their defaults, in the traffic that the page's attack view draws.

use std::env;

use serde_json::{Value, json};
use xinshi::otp::work_challenge;

use crate::world::{Dice, World, code_in};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const DAYS: i64 = 2;
/// Requests of an attack of size 1, as on the page.
const ATTACK: u64 = 4320;
/// People who sign in on a day.
const PEOPLE_A_DAY: u64 = 160;
/// Those of them who share an address with thousands, in a hundred.
const SHARED: u64 = 30;
/// The addresses that they share.
const SHARED_ADDRESSES: u64 = 3;
/// People with a number of the pumped prefix, on a day.
const PUMPED_PEOPLE_A_DAY: u64 = 10;
/// Codes that people enter, in a hundred.
const VERIFIED_PERCENT: u64 = 85;
/// Numbers that an attacker owns, in a hundred.
const OWNED: u64 = 30;

/// What a request above a limit must show, and the option `captcha` for it.
const CONFIGURED: [(&str, &str); 3] =
    [("nothing", "null"), ("captcha", r#"{"verify":true,"when":"adaptive"}"#), ("work", r#"{"proofOfWork":true}"#)];

const ATTACKS: [&str; 5] = ["none", "botnet", "spray", "pump", "owner"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Who {
    Attacker,
    Person,
    /// Has a number of the prefix that is pumped.
    Pumped,
}

struct Attempt {
    at: i64,
    phone: String,
    address: String,
    sender: Who,
}

/// The attempts of a group, and those that got a text.
#[derive(Clone, Copy, Default, Debug)]
struct Share {
    requested: u64,
    received: u64,
}

impl Share {
    fn add(&mut self, other: Self) {
        self.requested += other.requested;
        self.received += other.received;
    }

    fn percent(self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "counts of some thousands")]
        let share = self.received as f64 / self.requested.max(1) as f64;
        share * 100.0
    }
}

#[derive(Default, Debug)]
struct Outcome {
    attackers: Share,
    people: Share,
    pumped: Share,
}

/// The page's traffic (`www/attack/traffic.js`), with people who share addresses, and some whose prefix is pumped. `owner` is the
/// pump by somebody who owns numbers and enters their codes.
fn traffic(attack: &str, size: u64, usual: u64, dice: &Dice) -> Vec<Attempt> {
    let mut all = Vec::new();
    let address = |net: &str, host: u64| format!("10.{net}.{}.{}", host >> 8 & 255, host & 255);
    // An attack that is larger has more addresses as well.
    let of_many = |net: u64, count: u64| {
        let host = dice.roll(count);
        format!("{}.{}.{}.{}", 20 + net, host >> 16 & 255, host >> 8 & 255, host & 255)
    };
    let requests = if attack == "none" { 0 } else { ATTACK * size };
    for _ in 0..requests {
        let (phone, address) = match attack {
            "botnet" => ("13800138000".to_owned(), of_many(1, 600 * size)),
            "spray" => (format!("136{:08}", dice.roll(100_000_000)), of_many(2, 24 * size)),
            _ => (format!("1700013{:04}", dice.roll(10_000)), of_many(3, 4000 * size)),
        };
        all.push(Attempt { at: attack_time(dice), phone, address, sender: Who::Attacker });
    }
    for day in 0..DAYS {
        for _ in 0..PEOPLE_A_DAY * usual {
            let person = dice.roll(PEOPLE_A_DAY * 2 * usual);
            let address =
                if person % 100 < SHARED { address("7", person % SHARED_ADDRESSES) } else { address("9", person) };
            let phone = format!("159{:08}", person * 7919 % 100_000_000);
            all.push(Attempt { at: day * DAY_MS + person_time(dice), phone, address, sender: Who::Person });
        }
        for index in 0..PUMPED_PEOPLE_A_DAY {
            let phone = format!("1700013{:04}", 3571 * (index + 1) % 10_000);
            all.push(Attempt {
                at: day * DAY_MS + person_time(dice),
                phone,
                address: address("6", index),
                sender: Who::Pumped,
            });
        }
    }
    all.sort_by_key(|attempt| attempt.at);
    all
}

/// From 0 to 1.
fn part(dice: &Dice) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a million is exact")]
    let part = dice.roll(1_000_000) as f64 / 1e6;
    part
}

#[allow(clippy::cast_possible_truncation, reason = "milliseconds of two days")]
fn hours(hours: f64) -> i64 {
    (hours * 3_600_000.0) as i64
}

/// An attack comes in waves: most of it in a few hours, some of it always.
fn attack_time(dice: &Dice) -> i64 {
    if dice.roll(4) == 0 {
        return hours(part(dice) * 48.0);
    }
    let wave = *dice.pick(&[3.0, 11.0, 20.0]);
    let day = i64::from(dice.roll(2) == 1);
    (day * DAY_MS + hours(wave + 3.5 * part(dice) * part(dice))).min(DAYS * DAY_MS - 1)
}

/// People are awake from seven to midnight, and most of them in the evening.
fn person_time(dice: &Dice) -> i64 {
    hours(7.0 + 17.0 * part(dice).sqrt()) - 1
}

/// What a person shows who must: work where the answer names some, and a solved captcha where not.
fn evidence(required: &Value) -> String {
    let challenge = required["proofOfWork"]["challenge"].as_str();
    challenge.map_or_else(|| "solved".to_owned(), |challenge| work_challenge::solve(challenge).unwrap())
}

fn run(attack: &str, size: u64, usual: u64, captcha: &str, seed: u64) -> Outcome {
    let captcha: Value = serde_json::from_str(captcha).unwrap();
    let more = if captcha.is_null() { json!({}) } else { json!({ "captcha": captcha }) };
    let world = World::seeded(&more, seed);
    let dice = Dice(seed.wrapping_mul(0x5851_F42D_4C95_7F2D).into());
    let begin = world.now.get();
    let mut outcome = Outcome::default();
    let mut later: Vec<(i64, Value, String, String)> = Vec::new();
    for Attempt { at, phone, address, sender } in traffic(attack, size, usual, &dice) {
        // A code is entered half a minute after it was sent.
        while let Some((due, ..)) = later.first()
            && *due <= at
        {
            let (due, challenge, code, address) = later.remove(0);
            world.now.set(begin + due);
            let (status, body) = world.post("/otp/verify", &address, &json!({ "challenge": challenge, "code": code }));
            assert_eq!(status, 200, "{body}");
        }
        world.now.set(begin + at);
        let (mut status, mut sent) = world.post("/otp/send", &address, &json!({ "phone": phone }));
        if status == 403 && sender != Who::Attacker {
            let shown = json!({ "phone": phone, "captcha": evidence(&sent) });
            (status, sent) = world.post("/otp/send", &address, &shown);
        }
        let share = match sender {
            Who::Attacker => &mut outcome.attackers,
            Who::Person => &mut outcome.people,
            Who::Pumped => &mut outcome.pumped,
        };
        share.requested += 1;
        if status != 202 {
            continue;
        }
        share.received += 1;
        let enters = match sender {
            Who::Attacker => attack == "owner" && owns(&phone),
            _ => dice.roll(100) < VERIFIED_PERCENT,
        };
        if enters {
            let found = world.sandbox("GET", &format!("/inbox?to=%2B86{phone}"), &Value::Null);
            let inbox: Vec<Value> = serde_json::from_slice(&found).unwrap();
            let text = inbox.last().unwrap()["text"].as_str().unwrap();
            later.push((at + 30_000, sent["challenge"].clone(), code_in(text), address));
        }
        if world.events.borrow().len() > 10_000 {
            world.events.borrow_mut().clear();
        }
    }
    outcome
}

/// Whether an attacker owns a number: three of ten.
fn owns(phone: &str) -> bool {
    phone.bytes().map(u64::from).sum::<u64>() * 7 % 100 < OWNED
}

fn given(name: &str, otherwise: &str) -> Vec<u64> {
    let written = env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    written.split(',').map(|number| number.parse().unwrap()).collect()
}

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

/// By hand, as `docs/limits.md` shows it:
/// `ATTACK_SEEDS=100 ATTACK_SIZES=1,10,100 cargo test --release --test edge attacks_on_the_defaults -- --nocapture`.
#[test]
#[allow(clippy::print_stdout, reason = "by hand, the table is the result")]
fn attacks_on_the_defaults_send_few_texts_and_people_get_their_codes() {
    let seeds = given("ATTACK_SEEDS", "1")[0];
    let sizes = given("ATTACK_SIZES", "1");
    for (configured, captcha) in CONFIGURED {
        for attack in ATTACKS {
            for size in if attack == "none" { &[1, 10][..] } else { &sizes[..] } {
                // Without an attack, a size is that of the usual traffic.
                let (size, usual) = if attack == "none" { (0, *size) } else { (*size, 1) };
                let mut all = Outcome::default();
                let (mut most_out, mut fewest_served) = (0.0_f64, 100.0_f64);
                for seed in 1..=seeds {
                    let outcome = run(attack, size, usual, captcha, seed);
                    most_out = most_out.max(outcome.attackers.percent());
                    fewest_served = fewest_served.min(outcome.people.percent());
                    all.attackers.add(outcome.attackers);
                    all.people.add(outcome.people);
                    all.pumped.add(outcome.pumped);
                }
                let [attackers, people, pumped] = [all.attackers, all.people, all.pumped].map(Share::percent);
                let row = format!(
                    "| {configured} | {attack} | {size} | {usual} | {attackers:.1} (at most {most_out:.1}) | {people:.1} (at least \
                     {fewest_served:.1}) | {pumped:.1} |",
                );
                println!("{row}");
                assert!(most_out <= 10.0, "{row}");
                assert!(people >= 97.0, "{row}");
                assert!(captcha == "null" || pumped >= 90.0, "{row}");
            }
        }
    }
}
