//! Law 3, by a log of all reservations of a key: no window ever holds more of them than its rule allows; a reservation is
//! released only if its text certainly did not leave; a rejection has a rule that is used up; and time never runs back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use xinshi::guard::sliding_log::Reservation;

use crate::trace::{Fate, Trace};

/// A limit, and its window in seconds.
type Rule = (usize, i64);

/// The rules that `day::options` sets, by the kind of their keys.
const RULES: [(&str, &[Rule]); 5] = [
    ("n:", &[(1, 60), (4, 60), (5, 3600), (8, 86_400)]),
    ("a:", &[(10, 60), (30, 3600), (100, 86_400)]),
    ("t:", &[(20, 3600)]),
    ("p:", &[(25, 3600)]),
    ("all", &[(60, 3600)]),
];

/// What a number reserves for trusted requesters where there is a captcha, of the rule with this window in seconds.
const RESERVED: [(i64, usize); 2] = [(3600, 2), (86_400, 3)];

struct Event {
    at: i64,
    id: u32,
    is_released: bool,
    trace: Rc<Trace>,
}

#[derive(Default)]
pub struct Limits {
    by_key: RefCell<BTreeMap<String, Vec<Event>>>,
}

/// The requester of a reservation, by what it showed.
#[derive(Clone, Copy)]
pub struct Requester {
    pub is_trusted: bool,
    pub captcha_is_configured: bool,
}

fn rules(key: &str, requester: Requester) -> impl Iterator<Item = Rule> + '_ {
    let (kind, rules) = RULES.iter().find(|(kind, _)| key.starts_with(kind)).unwrap();
    let reserves = *kind == "n:" && requester.captcha_is_configured && !requester.is_trusted;
    let reserve = move |window| RESERVED.iter().find(|(of, _)| reserves && *of == window).map_or(0, |(_, kept)| *kept);
    rules.iter().map(move |(limit, window)| (limit - reserve(*window), *window))
}

/// Whether the events of a log leave no place under some rule at a time.
fn is_used_up(events: &[Event], (limit, seconds): Rule, at: i64) -> bool {
    let is_within = |event: &&Event| !event.is_released && event.at + seconds * 1000 > at;
    events.iter().filter(is_within).count() >= limit
}

impl Limits {
    /// A key granted a reservation to a process whose clock says `now`. No clock that the key has seen is later than `latest`.
    pub fn granted(
        &self,
        (key, reservation): (&str, Reservation),
        (now, latest): (i64, i64),
        requester: Requester,
        trace: &Rc<Trace>,
    ) {
        let Reservation { at, id } = reservation;
        let mut by_key = self.by_key.borrow_mut();
        let events = by_key.entry(key.to_owned()).or_default();
        let last = events.last().map_or(i64::MIN, |event| event.at);
        assert!(
            at >= now.max(last) && at <= latest,
            "law 3: time ran back or ahead at {key}: {at}, {now}, {last}, {latest}"
        );
        for rule in rules(key, requester) {
            assert!(!is_used_up(events, rule, at), "law 3: {key} granted more than {rule:?}");
        }
        events.push(Event { at, id, is_released: false, trace: Rc::clone(trace) });
        trace.granted.borrow_mut().push((key.to_owned(), reservation));
    }

    /// A key rejected a request.
    pub fn rejected(&self, key: &str, now: i64, requester: Requester) {
        let by_key = self.by_key.borrow();
        let events = by_key.get(key).map_or(&[][..], Vec::as_slice);
        let at = events.last().map_or(now, |event| event.at.max(now));
        let is_just = rules(key, requester).any(|rule| is_used_up(events, rule, at));
        assert!(is_just, "law 3: {key} rejected a request although no rule is used up");
    }

    /// A key released a reservation.
    pub fn released(&self, key: &str, Reservation { at, id }: Reservation) {
        let mut by_key = self.by_key.borrow_mut();
        let events = by_key.get_mut(key).into_iter().flatten();
        for event in events.filter(|event| event.at == at && event.id == id) {
            let may_have_left = matches!(event.trace.fate.get(), Some(Fate::Unknown | Fate::Accepted));
            assert!(!may_have_left, "law 3: {key} released a text that may have been sent");
            event.is_released = true;
            event.trace.is_released.set(true);
        }
    }

    /// A request ended, and every step of it was answered: what it reserved for nothing is released.
    pub fn ended(&self, trace: &Trace) {
        if matches!(trace.fate.get(), Some(Fate::Unknown | Fate::Accepted)) || trace.is_test {
            return;
        }
        let by_key = self.by_key.borrow();
        for (key, Reservation { at, id }) in trace.granted.borrow().iter() {
            let mut events = by_key.get(key).into_iter().flatten();
            let is_kept = events.any(|event| event.at == *at && event.id == *id && !event.is_released);
            assert!(!is_kept, "law 3: {key} counts a text that was certainly not sent");
        }
    }
}
