//! Sends over several keys, in the order of the law: address, prefix, total, number, under one reservation. The process
//! that takes the steps crashes now and then, and outcomes arrive late, repeated and in any order.

use proptest::collection::vec;
use proptest::prelude::*;
use xinshi::guard::counter::SlotDecision;
use xinshi::guard::ledger::{Command, Decision};
use xinshi::guard::number::Explanation;
use xinshi::guard::reserve_send::SendDecision;
use xinshi::guard::rule::Rule;
use xinshi::guard::sliding_log::Reservation;
use xinshi::otp::challenge::Delivery;

use crate::cases;
use crate::key::{Key, challenge_id, reserve_send, reserve_slot, sends};

const ADDRESS: [Rule; 2] = [Rule::new(3, 60), Rule::new(6, 3600)];
const PREFIX: [Rule; 1] = [Rule::new(4, 60)];
const TOTAL: [Rule; 1] = [Rule::new(5, 60)];
const NUMBER: [Rule; 3] = [Rule::new(2, 60), Rule::new(4, 3600), Rule::new(5, 86_400)];
const START: i64 = 1_700_000_000_123;

/// The keys of a send: the indices of its address, prefix, total and number.
type Path = [usize; 4];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A crash after this many steps: they stay counted.
    Lost,
    /// The last step was rejected, and all earlier ones were released.
    Rejected,
    UnderWay,
    Settled(Delivery),
}

struct Sent {
    path: Path,
    at: [Option<Reservation>; 4],
    challenge: u8,
    end: End,
}

#[derive(Default)]
struct World {
    /// Two addresses, a prefix, the total, two numbers.
    keys: [Key; 6],
    sent: Vec<Sent>,
    now: i64,
}

fn rules(key: usize) -> &'static [Rule] {
    match key {
        0 | 1 => &ADDRESS,
        2 => &PREFIX,
        3 => &TOTAL,
        _ => &NUMBER,
    }
}

impl World {
    /// The times of a key's events that `counts` selects: those that certainly count, or those that must have been
    /// released.
    fn times(&self, key: usize, counts: impl Fn(&Sent) -> bool) -> Vec<i64> {
        let sent = self.sent.iter().filter(|sent| counts(sent));
        let steps = sent.flat_map(|sent| sent.path.into_iter().zip(sent.at));
        steps.filter(|(of, _)| *of == key).filter_map(|(_, at)| at.map(|reservation| reservation.at)).collect()
    }

    fn send(&mut self, path: Path, crash: usize) {
        let id = u32::try_from(self.sent.len()).unwrap();
        let mut sent = Sent { path, at: [None; 4], challenge: u8::try_from(id).unwrap(), end: End::UnderWay };
        for (index, key) in path.into_iter().enumerate() {
            if index == crash {
                sent.end = End::Lost;
                break;
            }
            let before = self.times(key, |sent| !matches!(sent.end, End::Rejected | End::Settled(Delivery::Rejected)));
            let wait = wait(&before, rules(key), self.now);
            let decided = if index < 3 {
                match self.keys[key].reserve_slot(reserve_slot(id, rules(key)), self.now) {
                    SlotDecision::Granted { reservation, .. } => Ok(reservation),
                    SlotDecision::Rejected(until) => Err(until),
                    SlotDecision::CaptchaRequired | SlotDecision::CaptchaAlone => panic!("nobody asks for a captcha"),
                }
            } else {
                match self.keys[key].reserve_send(reserve_send(id, sends(&NUMBER), sent.challenge), self.now) {
                    SendDecision::Granted { reservation, .. } => Ok(reservation),
                    SendDecision::Rejected(until) => Err(until),
                    decision @ (SendDecision::CaptchaRequired
                    | SendDecision::CaptchaAlone
                    | SendDecision::WorkSpent
                    | SendDecision::ChallengeClosed) => {
                        panic!("{decision:?}")
                    }
                }
            };
            assert_eq!(decided.err(), wait, "key {key} at {}", self.now);
            sent.at[index] = decided.ok();
            if decided.is_err() {
                sent.end = End::Rejected;
                break;
            }
        }
        if sent.end == End::Rejected {
            self.give_back(&sent, 3);
        }
        self.sent.push(sent);
    }

    /// Releases the earlier steps of a send.
    fn give_back(&mut self, sent: &Sent, steps: usize) {
        for (key, reservation) in sent.path.into_iter().zip(sent.at).take(steps) {
            if let Some(reservation) = reservation {
                self.keys[key].release(reservation, self.now);
            }
        }
    }

    /// Records a vendor's outcome of one of the sends, possibly again.
    fn record_outcome(&mut self, back: usize, delivery: Delivery) {
        let Some(index) = self.sent.len().checked_sub(1 + back) else { return };
        let sent = self.sent.remove(index);
        let end = match sent.end {
            // Only an open or unknown outcome can become known; a known one may be repeated.
            End::UnderWay | End::Settled(Delivery::Unknown) => End::Settled(delivery),
            other => other,
        };
        if let (End::Settled(delivery), Some(reservation)) = (end, sent.at[3]) {
            self.keys[sent.path[3]].record_outcome(challenge_id(sent.challenge), reservation, delivery, self.now);
            if delivery == Delivery::Rejected {
                self.give_back(&sent, 3);
            }
        }
        if sent.end == End::Rejected {
            self.give_back(&sent, 3);
        }
        self.sent.insert(index, Sent { end, ..sent });
    }

    /// No key counts fewer texts than may have been sent, after any crash; the usage of a number agrees.
    fn holds(&mut self) {
        for key in 0..6 {
            let may_have_left = self
                .times(key, |sent| !matches!(sent.end, End::Lost | End::Rejected | End::Settled(Delivery::Rejected)));
            for rule in rules(key) {
                for end in &may_have_left {
                    assert!(within(&may_have_left, *rule, *end) <= rule.limit as usize, "key {key}");
                }
            }
            if key >= 4 {
                let Decision::Explanation(Explanation { sends, .. }) =
                    self.keys[key].apply(&Command::Explain(sends(&NUMBER)), self.now)
                else {
                    panic!("not an answer to an explain")
                };
                for usage in sends {
                    assert!(usage.used as usize >= within(&may_have_left, usage.rule, self.now));
                }
            }
        }
    }
}

fn within(times: &[i64], rule: Rule, now: i64) -> usize {
    times.iter().filter(|at| **at <= now && now - **at < rule.window_ms).count()
}

/// The first time at which all rules allow another event, found by trying each change; `None` if they allow one now.
fn wait(times: &[i64], rules: &[Rule], now: i64) -> Option<i64> {
    let lets = |now: i64| rules.iter().all(|rule| within(times, *rule, now) < rule.limit as usize);
    if lets(now) {
        return None;
    }
    let changes = rules.iter().flat_map(|rule| times.iter().map(|at| at + rule.window_ms));
    changes.filter(|change| *change > now && lets(*change)).min()
}

proptest! {
    #![proptest_config(cases(40_000, 5))]

    #[test]
    fn every_key_counts_sent_texts_through_crashes(steps in vec(any::<[u8; 3]>(), 1..24)) {
        let mut world = World { now: START, ..World::default() };
        for [action, time, how] in steps {
            let steps = [0, 0, 1, 20_000, 59_999, 60_000, 3_600_000, 86_399_999];
            world.now += steps[usize::from(time) % steps.len()];
            let how = usize::from(how);
            if action < 160 {
                let path = [how & 1, 2, 3, 4 + (how >> 1 & 1)];
                // Mostly no crash: one comes before one of the first four steps.
                world.send(path, how >> 2 & 15);
            } else {
                let deliveries = [Delivery::Rejected, Delivery::Rejected, Delivery::Unknown, Delivery::Accepted];
                world.record_outcome(how >> 2 & 3, deliveries[how & 3]);
            }
        }
        world.holds();
    }
}
