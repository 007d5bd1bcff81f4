//! Whole days in virtual time, each from its seed: people, attackers, vendors that fail, processes that die at any await and
//! clocks that jump, against the real handler and the sandbox. After every step the laws hold, by logs of all events that share
//! no code with the product. `docs/proof.md` has the figures of a long run.
//!
//! More days: `DAYS_SEEDS=100000 cargo test --release --test days`. One day again: `DAYS_SEED=7 cargo test --test days`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test that cannot go on fails"
)]
#![allow(clippy::needless_pass_by_value, reason = "heads are written where they are used")]

mod codes_law;
mod day;
mod limits_law;
mod people;
mod process;
mod receipts_law;
mod schedule;
mod secrets_law;
mod trace;
#[allow(dead_code, reason = "the handler's own suite uses the rest")]
#[path = "../edge/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::time::Instant;

use day::{DAY_MS, Day};

/// Days in the usual run.
const SEEDS: u64 = 60;
/// The hours after a day in which every record reaches its receivers.
const MAX_SETTLING_HOURS: i64 = 120;

/// Says how to see a failing day again.
struct Replay(u64);

impl Drop for Replay {
    #[allow(clippy::print_stderr, reason = "it is the result")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this day again: DAYS_SEED={} cargo test --test days", self.0);
        }
    }
}

/// The sums of what happened.
type Sums = BTreeMap<&'static str, u64>;

fn run(seed: u64, sums: &mut Sums) {
    let _replay = Replay(seed);
    let day = Day::new(seed);
    people::begin(&day);
    day.schedule.run_until(day.begin + DAY_MS);
    day.calm();
    // The day is over, and what it left is forwarded.
    let mut hours = 0;
    while !(day.held.borrow().values().all(BTreeMap::is_empty) && day.receipts.missing(day.has_queue).is_empty())
        || hours < 2
    {
        assert!(
            hours < MAX_SETTLING_HOURS,
            "law 5: never forwarded: {:?}, {:?}",
            day.receipts.missing(day.has_queue),
            day.held
        );
        day.tick(0);
        day.schedule.run_until(day.schedule.now() + DAY_MS / 24);
        hours += 1;
    }
    let tally = &day.tally;
    for (name, count) in [
        ("days", 1),
        ("requests", tally.requests.get()),
        ("steps at the store", tally.steps.get()),
        ("awaits", day.schedule.polls.get()),
        ("faults", tally.faults.get()),
        ("tasks that died at an await", day.schedule.dropped.get()),
        ("texts", tally.texts.get()),
        ("texts with an unknown fate", tally.unknown.get()),
        ("codes accepted", tally.verified.get()),
        ("sends rejected", tally.rejected.get()),
        ("records forwarded", day.receipts.forwarded() as u64),
    ] {
        *sums.entry(name).or_default() += count;
    }
    day.schedule.clear();
}

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
#[allow(clippy::print_stdout, reason = "by hand, the figures are the result")]
fn laws_hold_on_every_day() {
    let mut sums = Sums::new();
    if let Some(seed) = given("DAYS_SEED") {
        return run(seed, &mut sums);
    }
    let (seeds, seconds) = (given("DAYS_SEEDS").unwrap_or(SEEDS), given("DAYS_SECONDS").unwrap_or(u64::MAX));
    let begun = Instant::now();
    for seed in 0..seeds {
        if begun.elapsed().as_secs() >= seconds {
            break;
        }
        run(seed, &mut sums);
    }
    println!("{sums:#?} in {} s", begun.elapsed().as_secs());
    // What never happens in a simulation is not tested by it.
    let days = sums["days"];
    for (name, a_day) in
        [("codes accepted", 3), ("sends rejected", 5), ("texts with an unknown fate", 1), ("records forwarded", 10)]
    {
        assert!(sums[name] >= days * a_day, "too few: {name} {}", sums[name]);
    }
    assert!(sums["tasks that died at an await"] >= days * 5, "{sums:?}");
}
