//! Attackers who guess codes, by five strategies from many addresses: no number has more guesses compared in any 24 hours than
//! the bound that the handler checks when it starts. `docs/proof.md` has the figures.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use xinshi::edge::config::Config;
use xinshi::edge::handler::Handler;

use crate::world::{Dice, TO, World, options};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// The guesses at a number in a day that the defaults allow: 40 of a million codes.
const BOUND: usize = 40;
/// The attackers' addresses. For more, by hand: `GUESS_ADDRESSES=10000`.
const ADDRESSES: u64 = 300;

/// The default limits, under which the texts of a day bound the guesses; and limits under which only `verifyPerNumber` does.
const LIMITS: [(&str, &str); 2] = [
    ("default", "{}"),
    ("more texts", r#"{"limits":{"cooldownSeconds":1,"number":[{"limit":200,"windowSeconds":86400}]}}"#),
];

type Strategy = (&'static str, fn(&mut Attack));

const STRATEGIES: [Strategy; 5] =
    [("hammer", hammer), ("collect", collect), ("straddle", straddle), ("spray", spray), ("revive", revive)];

struct Attack {
    world: World,
    more: Value,
    begin: i64,
    addresses: u64,
    dice: Dice,
    /// The time, however the handler's clock is set.
    now: Cell<i64>,
    /// How far the clock is set back at times, by which it may shorten a day, in milliseconds.
    back: i64,
    guesses: usize,
    accepted: usize,
    /// The times of the guesses that were compared, by number.
    compared: BTreeMap<String, Vec<i64>>,
}

impl Attack {
    fn new(more: &str, addresses: u64) -> Self {
        let more: Value = serde_json::from_str(more).unwrap();
        let world = World::new(&more);
        let begin = world.now.get();
        let (dice, now) = (Dice(Cell::new(addresses)), Cell::new(begin));
        Self { world, more, begin, addresses, dice, now, back: 0, guesses: 0, accepted: 0, compared: BTreeMap::new() }
    }

    /// Sets the clock to a part of the addresses' time, of a span that begins after some milliseconds.
    fn at(&self, address: u64, begin: i64, span: i64) {
        let passed = i64::try_from(address).unwrap() * span / i64::try_from(self.addresses).unwrap();
        self.now.set(self.begin + begin + passed);
        self.world.now.set(self.now.get());
    }

    /// Has a text sent to a number. Returns the challenge.
    fn send(&self, address: u64, body: &Value) -> Option<Value> {
        let (status, reply) = self.world.post("/otp/send", &written(address), body);
        (status == 202).then(|| reply["challenge"].clone())
    }

    fn guess(&mut self, phone: &str, address: u64, challenge: &Value, code: u64) {
        let body = json!({ "challenge": challenge, "code": format!("{code:06}") });
        let status = self.world.post("/otp/verify", &written(address), &body).0;
        self.guesses += 1;
        self.accepted += usize::from(status == 200);
        let is_compared = |event: &String| {
            event.contains(r#""type":"verify""#)
                && (event.contains(r#""status":"wrong""#) || event.contains(r#""status":"verified""#))
        };
        if self.world.events.take().iter().any(is_compared) {
            self.compared.entry(phone.to_owned()).or_default().push(self.now.get());
        }
    }

    /// The most guesses that one number compared in any span of so many milliseconds.
    fn most_in(&self, span: i64) -> usize {
        let most = |times: &Vec<i64>| {
            let within = |end: &i64| times.iter().filter(|at| **at <= *end && **at + span > *end).count();
            times.iter().map(within).max().unwrap_or_default()
        };
        self.compared.values().map(most).max().unwrap_or_default()
    }
}

fn written(address: u64) -> String {
    format!("10.{}.{}.{}", address >> 16 & 255, address >> 8 & 255, address & 255)
}

/// All addresses guess at one challenge, within its five minutes, on each of two days.
fn hammer(attack: &mut Attack) {
    for day in 0..2 {
        attack.at(0, day * DAY_MS, 0);
        let challenge = attack.send(0, &json!({ "phone": TO })).unwrap();
        for address in 0..attack.addresses {
            attack.at(address, day * DAY_MS, 299_000);
            attack.guess(TO, address, &challenge, address);
        }
    }
}

/// Each address asks for another challenge, and guesses at the newest there is, for two days.
fn collect(attack: &mut Attack) {
    let mut challenge = Value::Null;
    for address in 0..attack.addresses {
        attack.at(address, 0, 2 * DAY_MS);
        challenge = attack.send(address, &json!({ "phone": TO })).unwrap_or(challenge);
        for code in 0..6 {
            attack.guess(TO, address, &challenge, address * 6 + code);
        }
    }
}

/// The same in the last hour of one day and the first of the next, for whoever counts by calendar days.
fn straddle(attack: &mut Attack) {
    let mut challenge = Value::Null;
    for address in 0..attack.addresses {
        attack.at(address, 23 * HOUR_MS, 2 * HOUR_MS);
        challenge = attack.send(address, &json!({ "phone": TO })).unwrap_or(challenge);
        for code in 0..6 {
            attack.guess(TO, address, &challenge, address * 6 + code);
        }
    }
}

/// Each address has a number of its own, and guesses the same codes at each: what it cannot do at one number it does at many.
fn spray(attack: &mut Attack) {
    for address in 0..attack.addresses {
        attack.at(address, 0, 2 * DAY_MS);
        let phone = format!("13{:03}{address:06}", address * 7 % 1000);
        if let Some(challenge) = attack.send(address, &json!({ "phone": phone })) {
            for code in 0..6 {
                attack.guess(&phone, address, &challenge, 123_456 + code);
            }
        }
    }
}

/// What ended might begin again: texts of spent challenges sent again, clocks set back, processes that know nothing, and
/// guesses at every challenge there ever was.
fn revive(attack: &mut Attack) {
    attack.back = 6 * HOUR_MS;
    let mut challenges: Vec<Value> = Vec::new();
    for address in 0..attack.addresses {
        attack.at(address, 0, 2 * DAY_MS);
        if address % 10 == 0 {
            attack.world.handler = Handler::new(Config::read(&options(&attack.more)).unwrap());
        }
        if address % 7 == 0 {
            attack.world.now.set(attack.now.get() - attack.back);
        }
        let resent = if challenges.is_empty() { Value::Null } else { attack.dice.pick(&challenges).clone() };
        let body = if resent.is_null() || address % 2 == 0 {
            json!({ "phone": TO })
        } else {
            json!({ "phone": TO, "challenge": resent })
        };
        challenges.extend(attack.send(address, &body));
        for code in 0..6 {
            let Some(last) = challenges.last().cloned() else { continue };
            let challenge = if code < 3 { last } else { attack.dice.pick(&challenges).clone() };
            attack.guess(TO, address, &challenge, address * 6 + code);
        }
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "by hand, the table is the result")]
fn guesses_stay_within_the_bound_whatever_the_strategy() {
    let addresses = std::env::var("GUESS_ADDRESSES").map_or(ADDRESSES, |count| count.parse().unwrap());
    for (limits, more) in LIMITS {
        for (name, strategy) in STRATEGIES {
            let mut attack = Attack::new(more, addresses);
            strategy(&mut attack);
            let (most, in_a_day) = (attack.most_in(DAY_MS - attack.back), attack.most_in(DAY_MS));
            let numbers = attack.compared.len();
            let compared: usize = attack.compared.values().map(Vec::len).sum();
            let Attack { guesses, accepted, .. } = attack;
            println!("| {name} | {limits} | {guesses} | {compared} | {numbers} | {in_a_day} | {accepted} |");
            assert!(most <= BOUND, "{name}: {most} guesses in a day");
            // A strategy that compares nothing shows nothing.
            assert!(most >= 5, "{name}: {most}");
            let fills_it = matches!((name, limits), ("collect" | "straddle" | "revive", "more texts"));
            assert!(!fills_it || most == BOUND, "{name}: {most} guesses of {BOUND}");
        }
    }
}
