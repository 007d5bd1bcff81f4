//! Random histories of one counter: with few events and with many, with limits that are counted exactly and with higher
//! ones.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use xinshi::guard::counter::{ReserveSlot, SlotDecision};
use xinshi::guard::ledger::Command;
use xinshi::guard::rule::Rule;

use crate::cases;
use crate::events::{EventState, Events};
use crate::key::{Key, reserve_slot};

const START: i64 = 1_700_000_000_123;

#[derive(Clone, Default)]
struct World {
    key: Key,
    events: Events,
    clock: i64,
    now: i64,
    last_id: u32,
}

impl World {
    /// Takes one slot, compares the decision with the naive log, and adds it to the log.
    fn reserve_slot(&mut self, rules: &[Rule], captcha_available: bool, shadow: bool) -> bool {
        self.last_id += 1;
        let now = self.clock.max(self.now);
        let decision = self
            .key
            .reserve_slot(ReserveSlot { captcha_available, shadow, ..reserve_slot(self.last_id, rules) }, self.now);
        let wait = self.events.longest_wait(rules, now);
        match decision {
            SlotDecision::Granted { reservation, rejected_until } => {
                assert_eq!((reservation.at, reservation.id), (now, self.last_id));
                if shadow {
                    assert!(rejected_until >= wait.min && rejected_until <= wait.max, "{rejected_until:?} {wait:?}");
                } else {
                    assert_eq!((rejected_until, wait.min), (None, None), "late");
                    assert!(!captcha_available || !self.is_half_used(rules, now, false), "not asked");
                }
                self.clock = now;
                self.events.push(reservation, rules, rejected_until.is_some());
                return true;
            }
            SlotDecision::Rejected(until) => {
                assert!(!shadow && wait.max >= Some(until), "early: {wait:?} {until}");
                assert!(wait.min.is_none_or(|min| min <= until), "{wait:?} {until}");
            }
            SlotDecision::CaptchaAlone => panic!("there is no work"),
            SlotDecision::CaptchaRequired => {
                assert!(
                    !shadow && captcha_available && wait.min.is_none() && self.is_half_used(rules, now, true),
                    "{wait:?}"
                );
            }
        }
        false
    }

    fn is_half_used(&self, rules: &[Rule], now: i64, may_count: bool) -> bool {
        let used = rules.iter().map(|rule| (rule.limit, self.events.used(*rule, now)));
        used.into_iter().any(|(limit, used)| 2 * if may_count { used.max } else { used.min } >= limit)
    }

    /// Releases one event, sometimes twice: one of the last, or one that never existed.
    fn release(&mut self, back: usize, times: u32) {
        let index = self.events.all.len().wrapping_sub(back);
        let mut reservation = xinshi::guard::sliding_log::Reservation { at: self.now, id: u32::MAX };
        if let Some(event) = self.events.all.get(index) {
            (reservation.at, reservation.id) = (event.at, event.id);
        }
        for _ in 0..times {
            self.key.release(reservation, self.now);
            self.events.release(reservation);
        }
    }
}

/// Runs a step of few events, whose bytes encode the action, the time before it and its details.
fn step(world: &mut World, rules: &mut [Rule], setting: u8, [action, time, how]: [u8; 3]) {
    let steps = [0, 0, 1, 30_000, 59_999, 60_000, 60_001, 3_599_999, 3_600_000];
    let step = steps[usize::from(time) % steps.len()];
    let runs_back = setting & 8 > 0;
    world.now += if runs_back && time > 230 { -step - 1 } else { step };
    if !runs_back && world.key.state.is_some() && world.now >= world.key.expires_at {
        // The store forgets a state that may be forgotten: no event of it counts any more.
        assert!(rules.iter().all(|rule| world.events.used(*rule, world.now).max == 0));
        *world = World { now: world.now, last_id: world.last_id, ..World::default() };
    }
    match action % 16 {
        0..8 => {
            world.reserve_slot(rules, how & 4 > 0, setting & 4 > 0 && how & 3 == 3);
        }
        8..12 => world.release(usize::from(how % 4) + 1, 1 + u32::from(how >> 7)),
        12 => {
            // A crash before the step is stored.
            let _ = world.key.decided(&Command::ReserveSlot(reserve_slot(0, rules)), world.now);
        }
        13 if setting & 16 > 0 => {
            for rule in rules {
                rule.limit = (rule.limit + u32::from(how % 4)).saturating_sub(u32::from(how / 64)).max(1);
            }
        }
        13 => {
            // A crash after the step is stored: nobody releases it, and it counts.
            world.reserve_slot(rules, false, false);
        }
        _ => world.release(usize::MAX, 1),
    }
}

proptest! {
    #![proptest_config(cases(60_000, 2))]

    #[test]
    fn counter_agrees_with_the_naive_log(setting in any::<u8>(), steps in vec(any::<[u8; 3]>(), 1..20)) {
        let mut rules = vec![Rule::new(3, 60), Rule::new(5, 3600)];
        match setting & 3 {
            1 => rules.truncate(1),
            2 => drop(rules.remove(0)),
            _ => {}
        }
        let mut world = World { now: START, ..World::default() };
        for bytes in steps {
            step(&mut world, &mut rules, setting, bytes);
        }
        // Does not hold if limits changed, or if shadow mode let rejected events through.
        if setting & (4 | 16) == 0 {
            prop_assert!(rules.iter().all(|rule| world.events.holds(*rule)));
        }
    }
}

const MANY: Rule = Rule::new(1010, 60);

/// Counters with nearly a thousand events in the window: all at once, evenly spread, and in two bursts; the last are
/// counted exactly.
static FULL: LazyLock<Vec<World>> = LazyLock::new(|| {
    let spread: [fn(i64) -> i64; 4] = [|_| 0, |index| index * 59, |index| index / 500 * 29_000, |index| index * 40];
    let mut worlds = Vec::new();
    for (pattern, at) in spread.into_iter().enumerate() {
        let mut world = World::default();
        let rule = if pattern == 3 { Rule { limit: 1000, ..MANY } } else { MANY };
        for index in 0..990 {
            world.now = START + at(index);
            assert!(world.reserve_slot(&[rule], false, false));
        }
        worlds.push(world);
    }
    worlds
});

proptest! {
    #![proptest_config(cases(1500, 3))]

    /// No window ever holds more than the limit, and no event is rejected while a window and one bucket hold fewer.
    /// Limits cross the bound of exact counting in both directions, and both rules hold for the current limit.
    #[test]
    fn bucketed_events_never_exceed_the_limit_in_any_window(
        pattern in 0..4_usize, start in 0..1200_u32, steps in vec((0..8_u8, 0..12_u8, any::<u8>()), 1..20),
    ) {
        let mut world = FULL[pattern].clone();
        let limits = [1010, 1001, 1000, 990, 500, 1200, 20];
        let mut rule = Rule { limit: if start < 700 { MANY.limit } else { start }, ..MANY };
        for (action, time, how) in steps {
            let waits = [0, 1, 2, 999, 1000, 1001, 13_000, 31_000, 59_000, 60_000, 60_001, -5000];
            world.now += waits[usize::from(time)];
            match action {
                0..5 => {
                    for _ in 0..=how % 16 {
                        world.reserve_slot(&[rule], how > 200, how < 6);
                    }
                }
                5 => world.release(usize::from(how) + 1, 2),
                6 => rule.limit = limits[usize::from(how) % limits.len()],
                _ => world.now += i64::from(how) * 997,
            }
        }
    }
}

/// A lowered limit counts the events before and after together. Raised again, it has forgotten none.
#[test]
fn limit_may_cross_the_exact_maximum_and_return() {
    let mut world = World { now: START, ..World::default() };
    let rule = |limit| [Rule::new(limit, 60)];
    for _ in 0..1200 {
        assert!(world.reserve_slot(&rule(5000), false, false));
    }
    world.now += 30_000;
    for _ in 0..400 {
        assert!(world.reserve_slot(&rule(5000), false, false));
    }
    // The first burst has left the window. Most of the second are counted in buckets, and a hundred exactly.
    world.now += 32_000;
    let granted = (0..1000).filter(|_| world.reserve_slot(&rule(500), false, false)).count();
    assert_eq!(granted, 100);
    let granted = (0..5000).filter(|_| world.reserve_slot(&rule(1001), false, false)).count();
    assert_eq!(granted, 501);
    assert!(world.events.all.iter().all(|event| event.state != EventState::Released));
}
