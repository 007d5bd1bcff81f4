//! All histories of up to six sends over two numbers, two addresses and five instants, in any order of the instants:
//! with each rule alone, so that none hides another, and with all together.
//!
//! No history is left out, and none is run twice. The reducer is pure, so histories that lead to the same states (of
//! the ledger and of the naive log) continue alike: the test follows them as one and counts them, and asserts their
//! number. The two numbers differ only in their names, and so do the two addresses, so states that differ only in these
//! names count as one.

use std::collections::HashMap;

use xinshi::guard::counter::SlotDecision;
use xinshi::guard::reserve_send::SendDecision;
use xinshi::guard::rule::{NumberRules, Rule};
use xinshi::guard::sliding_log::Reservation;

use crate::events::{Event, EventState, Events};
use crate::key::{Key, reserve_send, reserve_slot};

const LENGTH: usize = 6;
const START: i64 = 1_700_000_000_123;

/// One key: its state in the ledger, and its naive log.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Seen {
    key: Key,
    events: Events,
    clock: i64,
}

/// The distinct states of the keys of one kind, by index.
#[derive(Default)]
struct Keys {
    seen: Vec<Seen>,
    numbers: HashMap<Seen, u32>,
    steps: HashMap<(u32, i64), Step>,
}

#[derive(Clone, Copy)]
struct Step {
    to: u32,
    granted: Option<Reservation>,
}

impl Keys {
    fn number(&mut self, seen: Seen) -> u32 {
        let next = u32::try_from(self.seen.len()).unwrap();
        *self.numbers.entry(seen).or_insert_with_key(|seen| {
            self.seen.push(seen.clone());
            next
        })
    }

    /// Runs one step of a key in the ledger and in the naive log.
    fn step(
        &mut self,
        from: u32,
        now: i64,
        rules: &[Rule],
        decide: impl Fn(&mut Key) -> Result<Reservation, i64>,
    ) -> Step {
        if let Some(step) = self.steps.get(&(from, now)) {
            return *step;
        }
        let mut seen = self.seen[from as usize].clone();
        let decided = decide(&mut seen.key);
        let later_now = seen.clock.max(now);
        let wait = seen.events.longest_wait(rules, later_now);
        assert_eq!(wait.min, wait.max);
        assert_eq!(decided.err(), wait.min, "at {now}");
        if let Ok(reservation) = decided {
            assert_eq!(reservation.at, later_now);
            seen.clock = later_now;
            seen.events.push(reservation, rules, false);
            assert!(rules.iter().all(|rule| seen.events.holds(*rule)));
        }
        let step = Step { to: self.number(seen), granted: decided.ok() };
        self.steps.insert((from, now), step);
        step
    }

    fn release(&mut self, from: u32, reservation: Reservation) -> u32 {
        let mut seen = self.seen[from as usize].clone();
        // All reservations of one instant have the same random number, so that fewer states differ.
        seen.key.release(reservation, reservation.at);
        assert_ne!(seen.events.release(reservation), Some(false));
        let is_it = |event: &Event| event.at == reservation.at && event.state != EventState::Counts;
        let index = seen.events.all.iter().rposition(is_it).unwrap();
        seen.events.all.remove(index);
        self.number(seen)
    }

    fn counted(&self, key: u32) -> usize {
        self.seen[key as usize].events.all.len()
    }
}

/// Follows all histories. Returns the numbers of histories, of granted sends, and of rejections by a number and by an
/// address.
fn follow(number: &NumberRules, address: &[Rule], instants: [i64; 5]) -> [u64; 4] {
    let (mut numbers, mut addresses) = (Keys::default(), Keys::default());
    let nothing = (numbers.number(Seen::default()), addresses.number(Seen::default()));
    let mut worlds = HashMap::from([([nothing.0, nothing.0, nothing.1, nothing.1], 1_u64)]);
    let mut sums = [0; 4];
    for _ in 0..LENGTH {
        let mut next = HashMap::new();
        for (world, histories) in worlds {
            // The law: each sent text counts at its number and at its address, and no other text does.
            let [one, other, here, there] = world;
            let sent = numbers.counted(one) + numbers.counted(other);
            assert_eq!(sent, addresses.counted(here) + addresses.counted(there));
            for choice in 0..20 {
                let (to, from, now) = (choice % 2, 2 + choice / 2 % 2, START + instants[choice / 4]);
                let mut world = world;
                let slot = addresses.step(world[from], now, address, |key| {
                    match key.reserve_slot(reserve_slot(1, address), now) {
                        SlotDecision::Granted { reservation, .. } => Ok(reservation),
                        SlotDecision::Rejected(until) => Err(until),
                        SlotDecision::CaptchaRequired | SlotDecision::CaptchaAlone => {
                            panic!("nobody asked for a captcha")
                        }
                    }
                });
                world[from] = slot.to;
                let outcome = if let Some(reservation) = slot.granted {
                    let number_step = numbers.step(world[to], now, &number.sends, |key| {
                        match key.reserve_send(reserve_send(1, number.clone(), 0), now) {
                            SendDecision::Granted { reservation, .. } => Ok(reservation),
                            SendDecision::Rejected(until) => Err(until),
                            decision @ (SendDecision::CaptchaRequired
                            | SendDecision::CaptchaAlone
                            | SendDecision::WorkSpent
                            | SendDecision::ChallengeClosed) => {
                                panic!("{decision:?}")
                            }
                        }
                    });
                    world[to] = number_step.to;
                    if number_step.granted.is_none() {
                        world[from] = addresses.release(world[from], reservation);
                    }
                    if number_step.granted.is_some() { 1 } else { 2 }
                } else {
                    3
                };
                sums[outcome] += histories;
                world[..2].sort_unstable();
                world[2..].sort_unstable();
                *next.entry(world).or_insert(0) += histories;
            }
        }
        worlds = next;
    }
    sums[0] = worlds.values().sum();
    sums
}

/// Five instants around a window: its beginning, its end, and the milliseconds before and after.
const fn about(seconds: i64) -> [i64; 5] {
    [0, 1, seconds * 1000 - 1, seconds * 1000, seconds * 1000 + 1]
}

#[test]
fn all_histories_of_six_sends_agree_with_the_naive_log() {
    let on = |rules: &[Rule]| NumberRules { sends: rules.to_vec(), ..NumberRules::default() };
    let (cool_down, minute) = (Rule::new(1, 60), Rule::new(4, 60));
    let (hour, day) = (Rule::new(5, 3600), Rule::new(8, 86_400));
    // Eight a day would reject none of six sends, so the limit here is three.
    let (short_day, of_address) = (Rule::new(3, 86_400), Rule::new(3, 60));
    let together = [0, 59_999, 60_000, 3_600_000, 86_400_000];
    let cases = [
        (on(&[cool_down]), vec![], about(60)),
        (on(&[minute]), vec![], about(60)),
        (on(&[hour]), vec![], about(3600)),
        (on(&[day]), vec![], about(86_400)),
        (on(&[short_day]), vec![], about(86_400)),
        (on(&[]), vec![of_address], about(60)),
        (on(&[cool_down]), vec![of_address], about(60)),
        (on(&[minute, hour, short_day]), vec![of_address], together),
        (on(&[cool_down, minute, hour, day]), vec![of_address, Rule::new(5, 3600)], together),
    ];
    for (number, address, instants) in cases {
        let [histories, granted, by_number, by_address] = follow(&number, &address, instants);
        assert_eq!(histories, 20_u64.pow(6));
        assert!(granted > 0);
        assert_eq!(by_number > 0, !number.sends.is_empty() && number.sends != [day]);
        assert_eq!(by_address > 0, !address.is_empty());
    }
}
