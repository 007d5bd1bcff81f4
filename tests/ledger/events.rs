//! [`Events`]: a naive log of all events of a key. Every query counts all of them.
//!
//! The log shares only names with the ledger. Where the ledger may reject early (buckets) or may have forgotten (a rule
//! that was off), the naive log gives the minimum and the maximum that can count, and an answer must lie between them.

use xinshi::guard::rule::Rule;
use xinshi::guard::sliding_log::Reservation;

/// The largest limit that is counted exactly; a higher one is counted in buckets.
pub const MAX_EXACT_LIMIT: u32 = 1000;
/// The number of buckets of a window.
const BUCKETS: i64 = 60;
/// The minimum number of events that can be released from a rule that is counted in buckets.
const MIN_RELEASABLE: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventState {
    Counts,
    /// The event may count or may be forgotten.
    May,
    Released,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    pub at: i64,
    pub id: u32,
    pub state: EventState,
    releasable: bool,
}

/// A minimum and a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between<T> {
    pub min: T,
    pub max: T,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Events {
    pub all: Vec<Event>,
    /// Whether some events were counted in buckets.
    bucketed: bool,
}

impl Events {
    /// The number of events that count against a rule.
    pub fn used(&self, rule: Rule, now: i64) -> Between<u32> {
        let [min, max] = self.bounds(rule).map(|(is_certain, span)| self.counted(is_certain, span, now));
        Between { min, max }
    }

    /// The time at which a rule allows the next event; `None` if it allows one now.
    pub fn waits(&self, rule: Rule, now: i64) -> Between<Option<i64>> {
        let [min, max] = self.bounds(rule).map(|(is_certain, span)| {
            if self.counted(is_certain, span, now) < rule.limit {
                return None;
            }
            // The answer changes only when an event leaves the window.
            let mut leaves = self.all.iter().map(|event| event.at + span).filter(|at| *at > now);
            let first = leaves.find(|at| self.counted(is_certain, span, *at) < rule.limit);
            Some(first.unwrap_or(now + rule.window_ms))
        });
        Between { min, max }
    }

    /// The longest wait of several rules.
    pub fn longest_wait(&self, rules: &[Rule], now: i64) -> Between<Option<i64>> {
        let waits: Vec<_> = rules.iter().map(|rule| self.waits(*rule, now)).collect();
        let longest = |side: fn(&Between<Option<i64>>) -> Option<i64>| waits.iter().filter_map(side).max();
        Between { min: longest(|wait| wait.min), max: longest(|wait| wait.max) }
    }

    fn bounds(&self, rule: Rule) -> [(bool, i64); 2] {
        let bucket = (rule.window_ms + BUCKETS - 1) / BUCKETS;
        let early = if self.bucketed || rule.limit > MAX_EXACT_LIMIT { bucket } else { 0 };
        [(true, rule.window_ms), (false, rule.window_ms + early)]
    }

    fn counted(&self, is_certain: bool, span: i64, now: i64) -> u32 {
        let is_counted = |event: &&Event| match event.state {
            EventState::Counts => event.at + span > now,
            EventState::May => !is_certain && event.at + span > now,
            EventState::Released => false,
        };
        u32::try_from(self.all.iter().filter(is_counted).count()).unwrap()
    }

    /// Adds an event. `over` is whether it was let through against its rules: then there are more events than a rule
    /// stores exactly.
    pub fn push(&mut self, reservation: Reservation, rules: &[Rule], is_over: bool) {
        self.bucketed |= is_over || rules.iter().any(|rule| rule.limit > MAX_EXACT_LIMIT);
        let exact = rules
            .iter()
            .filter(|rule| rule.limit <= MAX_EXACT_LIMIT)
            .map(|rule| rule.limit as usize)
            .max()
            .unwrap_or(0);
        let capacity =
            if rules.iter().any(|rule| rule.limit > MAX_EXACT_LIMIT) { exact.max(MIN_RELEASABLE) } else { exact };
        let longest = rules.iter().map(|rule| rule.window_ms).max().unwrap_or(0);
        for event in &mut self.all {
            if event.at + longest <= reservation.at && event.state == EventState::Counts {
                event.state = EventState::May;
            }
        }
        self.all.push(Event { at: reservation.at, id: reservation.id, state: EventState::Counts, releasable: true });
        if rules.is_empty() {
            self.all.last_mut().unwrap().state = EventState::May;
        }
        let remembered = self.all.iter_mut().rev().filter(|event| event.state != EventState::Released);
        remembered.skip(capacity).for_each(|event| event.releasable = false);
    }

    /// Releases an event. Returns whether it certainly was released; `None` where the log cannot know.
    pub fn release(&mut self, reservation: Reservation) -> Option<bool> {
        let is_it = |event: &&mut Event| event.at == reservation.at && event.id == reservation.id;
        let Some(event) = self.all.iter_mut().find(is_it) else { return Some(false) };
        match event.state {
            EventState::Released => Some(false),
            EventState::Counts if event.releasable => {
                event.state = EventState::Released;
                Some(true)
            }
            EventState::Counts | EventState::May => {
                event.state = EventState::May;
                None
            }
        }
    }

    /// Whether no window ever holds more unreleased events than the rule allows.
    pub fn holds(&self, rule: Rule) -> bool {
        let retained: Vec<i64> =
            self.all.iter().filter(|event| event.state != EventState::Released).map(|event| event.at).collect();
        retained.iter().all(|end| {
            let within = retained.iter().filter(|at| **at <= *end && **at + rule.window_ms > *end).count();
            within <= rule.limit as usize
        })
    }
}
