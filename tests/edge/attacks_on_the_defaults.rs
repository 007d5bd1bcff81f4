//! Attacks on the defaults, in the traffic that the page's attack view draws: how many texts they get, and who gets a code beside them.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use std::str::FromStr;
use std::{env, fs};

use serde_json::{Value, json};
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::{Body, HandlerRequest};
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

/// The percentages of a group over all seeds.
struct Shares {
    mean: f64,
    least: f64,
    most: f64,
}

impl Shares {
    fn of(outcomes: &[Outcome], group: fn(&Outcome) -> Share) -> Self {
        let shares = outcomes.iter().map(group);
        let sum = |sum: Share, Share { requested, received }| Share {
            requested: sum.requested + requested,
            received: sum.received + received,
        };
        Self {
            mean: shares.clone().fold(Share::default(), sum).percent(),
            least: shares.clone().map(Share::percent).fold(100.0, f64::min),
            most: shares.map(Share::percent).fold(0.0, f64::max),
        }
    }
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
    world.keeps_no_records.set(true);
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
        let mut reply = send(&world, &address, &format!(r#"{{"phone":"{phone}"}}"#));
        if reply.status == 403 && sender != Who::Attacker {
            let shown = json!({ "phone": phone, "captcha": evidence(&read(&reply)) });
            reply = send(&world, &address, &shown.to_string());
        }
        let share = match sender {
            Who::Attacker => &mut outcome.attackers,
            Who::Person => &mut outcome.people,
            Who::Pumped => &mut outcome.pumped,
        };
        share.requested += 1;
        if reply.status != 202 {
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
            later.push((at + 30_000, read(&reply)["challenge"].clone(), code_in(text), address));
        }
    }
    outcome
}

/// Asks for a text. Millions of requests are written here, so it is the quick way.
fn send(world: &World, address: &str, body: &str) -> HandlerReply {
    let (method, path, kind) = (Some("POST"), Some("/otp/send"), Some("application/json"));
    let head = [method, path, None, Some(address), None, kind, None, None, None, None];
    world.handle(&HandlerRequest::new(head, Body::Whole(body.as_bytes().to_vec()))).unwrap()
}

fn read(reply: &HandlerReply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

/// Whether an attacker owns a number: three of ten.
fn owns(phone: &str) -> bool {
    phone.bytes().map(u64::from).sum::<u64>() * 7 % 100 < OWNED
}

/// The outcome of a run: from the file that `ATTACK_KEPT` names, if it is there, and otherwise written to it. So hours of
/// runs may be broken off and go on.
fn kept_or_run(key: &str, run: impl FnOnce() -> Outcome) -> Outcome {
    let Ok(path) = env::var("ATTACK_KEPT") else { return run() };
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if let Some(counts) = kept.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')) {
        let counts: Vec<u64> = counts.split_whitespace().map(|count| count.parse().unwrap()).collect();
        let share = |at: usize| Share { requested: counts[at], received: counts[at + 1] };
        return Outcome { attackers: share(0), people: share(2), pumped: share(4) };
    }
    let outcome = run();
    let mut line = format!("{key}:");
    for Share { requested, received } in [outcome.attackers, outcome.people, outcome.pumped] {
        write!(line, " {requested} {received}").unwrap();
    }
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
    outcome
}

/// A list in the environment.
fn given<T: FromStr<Err: Debug>>(name: &str, otherwise: &str) -> Vec<T> {
    let written = env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    written.split(',').map(|part| part.parse().unwrap()).collect()
}

/// By hand, as `docs/limits.md` shows it, with `ATTACK_SEEDS` seeds of each of `ATTACK_KINDS` at each of `ATTACK_SIZES`, for each of
/// `ATTACK_CONFIGURED`.
#[test]
#[allow(clippy::print_stdout, reason = "by hand, the table is the result")]
fn attacks_on_the_defaults_send_few_texts_and_people_get_their_codes() {
    let seeds: u64 = given("ATTACK_SEEDS", "1")[0];
    let sizes: Vec<u64> = given("ATTACK_SIZES", "1");
    let configured: Vec<String> = given("ATTACK_CONFIGURED", "nothing,captcha,work");
    let kinds: Vec<String> = given("ATTACK_KINDS", &ATTACKS.join(","));
    let mut missed = Vec::new();
    for (name, captcha) in CONFIGURED.into_iter().filter(|(name, _)| configured.iter().any(|chosen| chosen == name)) {
        for attack in ATTACKS.into_iter().filter(|attack| kinds.iter().any(|chosen| chosen == attack)) {
            // Without an attack, a size is that of the usual traffic.
            let is_quiet = attack == "none";
            for size in if is_quiet { &[1, 10][..] } else { &sizes[..] } {
                let (size, usual) = if is_quiet { (0, *size) } else { (*size, 1) };
                let outcome = |seed| {
                    let key = format!("{name} {attack} {size} {usual} {seed}");
                    kept_or_run(&key, || run(attack, size, usual, captcha, seed))
                };
                let outcomes: Vec<Outcome> = (1..=seeds).map(outcome).collect();
                let attackers = Shares::of(&outcomes, |outcome| outcome.attackers);
                let people = Shares::of(&outcomes, |outcome| outcome.people);
                let pumped = Shares::of(&outcomes, |outcome| outcome.pumped);
                let row = format!(
                    "| {name} | {attack} | {size} | {usual} | {seeds} | {:.1} (at most {:.1}) | {:.1} (at least {:.1}) | {:.1} (at least \
                     {:.1}) |",
                    attackers.mean, attackers.most, people.mean, people.least, pumped.mean, pumped.least
                );
                println!("{row}");
                let is_met =
                    attackers.most <= 10.0 && people.least >= 97.0 && (captcha == "null" || pumped.mean >= 90.0);
                missed.extend((!is_met).then_some(row));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
