//! [`MarketingLog`]: the marketing texts of one number, under rules of their own. Codes and marketing share no limit.
//!
//! A scheduled text counts from the time at which it is sent, and therefore also for texts shortly before that.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::rule::Rule;
use crate::guard::sliding_log::Reservation;
use crate::hours::Hours;
use crate::reason::Reason;

/// The maximum number of stored texts of one number, and so the highest limit of a rule.
pub const MAX_TEXTS: u32 = 100;

/// The maximum number of steps to the first free time. Each text blocks at most one time for each of 16 rules, and a
/// night may follow each: only a command whose hours are empty needs more.
const MAX_STEPS: usize = 2 * 16 * MAX_TEXTS as usize + 1;

/// The marketing texts of a number that still count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketingLog {
    /// The latest time seen, since time never runs back.
    clock: i64,
    /// The time of each text, the earliest first.
    texts: Vec<Reservation>,
    /// The longest window in which they count, in milliseconds.
    window_ms: i64,
}

/// A command: decides about a marketing text to a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveMarketing {
    /// The text's random number.
    pub id: u32,
    /// The time of sending, in milliseconds since the Unix epoch; a time in the past means at once.
    pub at: i64,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The hours of Beijing's day in which texts may be sent.
    pub hours: Hours,
    /// Whether an unreachable number receives no text.
    pub skips_unreachable: bool,
    /// Whether shadow mode lets the text through whatever the rules and the hours say. An opt-out rejects it even so.
    pub shadow: bool,
}

/// The reason why a marketing text may not be sent now, and the time from which it may be; an absent time means never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The number of its [`Reason`].
    pub reason: u8,
    /// Milliseconds since the Unix epoch.
    pub until: Option<i64>,
}

/// The decision about a marketing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarketingDecision {
    /// The text may be sent, and is counted.
    Granted {
        /// Releases the text.
        reservation: Reservation,
        /// In shadow mode, the reason for which it would be held back.
        held: Option<Held>,
    },
    /// The text may not be sent now, and is not counted.
    Held(Held),
}

impl MarketingLog {
    /// Decides whether a text may be sent, and counts a granted one. `opted_out` is whether the number's owner opted
    /// out, `closed` the reason for which no text reaches the number, and its end.
    pub fn reserve(
        &mut self,
        command: &ReserveMarketing,
        opted_out: bool,
        closed: Option<(u8, i64)>,
        now: i64,
    ) -> MarketingDecision {
        if opted_out {
            return MarketingDecision::Held(Held { reason: Reason::OptedOut as u8, until: None });
        }
        let now = self.clock.max(now);
        let at = command.at.max(now);
        self.forget(now);
        let held = self.held_reason(command, closed.filter(|(_, until)| *until > at), at);
        if let Some(held) = held.filter(|_| !command.shadow) {
            return MarketingDecision::Held(held);
        }
        let reservation = Reservation { at, id: command.id };
        if let Some(window_ms) = command.rules.iter().map(|rule| rule.window_ms).max() {
            self.clock = now;
            self.window_ms = self.window_ms.max(window_ms);
            if self.is_full() {
                // Only shadow mode reaches this.
                self.texts.remove(0);
            }
            self.texts.insert(self.texts.partition_point(|known| known.at <= at), reservation);
        }
        MarketingDecision::Granted { reservation, held }
    }

    /// Releases a text that was certainly not sent.
    pub fn release(&mut self, reservation: Reservation) {
        if let Some(place) = self.texts.iter().position(|known| *known == reservation) {
            self.texts.remove(place);
        }
    }

    /// Removes the texts, and sets back a clock that was ahead, for an operator.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The time at which nothing counts any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.texts.last().map_or(0, |last| last.at.saturating_add(self.window_ms))
    }

    /// Whether nothing counts any more.
    #[must_use]
    pub fn is_idle(&self, now: i64) -> bool {
        self.expires_at() <= now
    }

    fn is_full(&self) -> bool {
        self.texts.len() >= MAX_TEXTS as usize
    }

    fn forget(&mut self, now: i64) {
        let window_ms = self.window_ms;
        self.texts.retain(|known| known.at.saturating_add(window_ms) > now);
    }

    fn held_reason(&self, command: &ReserveMarketing, closed: Option<(u8, i64)>, at: i64) -> Option<Held> {
        let is_blocked = || command.rules.iter().any(|rule| self.blocked_until(*rule, at).is_some());
        // The log is full of scheduled texts: another one fits when the first does not count any more.
        let full_until =
            self.texts.first().filter(|_| self.is_full()).map(|first| first.at.saturating_add(self.window_ms));
        let reason = match closed {
            Some((reason, _)) => reason,
            None if command.hours.next(at).is_some() => Reason::Hours as u8,
            None if is_blocked() || full_until.is_some() => Reason::TooFrequent as u8,
            None => return None,
        };
        let from = at.max(closed.map_or(at, |(_, until)| until)).max(full_until.unwrap_or(at));
        Some(Held { reason, until: Some(self.first_free(command, from)) })
    }

    /// The first time at which a text obeys all rules and the hours.
    fn first_free(&self, command: &ReserveMarketing, from: i64) -> i64 {
        let mut at = from;
        for _ in 0..MAX_STEPS {
            let blocked = command.rules.iter().filter_map(|rule| self.blocked_until(*rule, at)).max();
            match command.hours.next(at).or(blocked) {
                // There is no later time.
                Some(later) if later > at => at = later,
                _ => break,
            }
        }
        at
    }

    /// The time until which some rule rejects a text at a time; `None` if none does.
    fn blocked_until(&self, rule: Rule, at: i64) -> Option<i64> {
        let near = |known: &&Reservation| known.at.saturating_sub(at).saturating_abs() < rule.window_ms;
        let mut times: Vec<i64> = self.texts.iter().filter(near).map(|known| known.at).collect();
        let first = *times.first()?;
        times.insert(times.partition_point(|known| *known <= at), at);
        // Some window of this length would have one text too many.
        let limit = rule.limit as usize;
        if times.len() <= limit {
            return None;
        }
        let is_over = times.windows(limit + 1).any(|several| {
            let (first, last) = (several[0], several[limit]);
            (first..=last).contains(&at) && last.saturating_sub(first) < rule.window_ms
        });
        is_over.then(|| first.saturating_add(rule.window_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    /// 2026-11-30 00:00 in Beijing.
    const MIDNIGHT: i64 = 1_795_968_000_000;

    fn marketing_command(at: i64, rules: &[Rule]) -> ReserveMarketing {
        ReserveMarketing {
            id: 1,
            at,
            rules: rules.to_vec(),
            hours: Hours { from: 0, to: 24 },
            skips_unreachable: true,
            shadow: false,
        }
    }

    fn held(decision: MarketingDecision) -> Option<(Reason, Option<i64>)> {
        match decision {
            MarketingDecision::Granted { .. } => None,
            MarketingDecision::Held(Held { reason, until }) => Some((Reason::numbered(reason).unwrap(), until)),
        }
    }

    #[test]
    fn one_text_a_day_is_allowed_in_a_sliding_window() {
        let mut log = MarketingLog::default();
        let rules = [Rule::new(1, 86_400)];
        let mut decide = |now: i64| held(log.reserve(&marketing_command(0, &rules), false, None, now));
        assert_eq!(decide(1000), None);
        assert_eq!(decide(1000), Some((Reason::TooFrequent, Some(1000 + DAY))));
        assert_eq!(decide(999 + DAY), Some((Reason::TooFrequent, Some(1000 + DAY))));
        assert_eq!(decide(0), Some((Reason::TooFrequent, Some(1000 + DAY))), "time never runs back");
        assert_eq!(decide(1000 + DAY), None);
    }

    #[test]
    fn scheduled_text_counts_at_its_send_time() {
        let mut log = MarketingLog::default();
        let rules = [Rule::new(1, 86_400)];
        let mut decide = |at: i64, now: i64| held(log.reserve(&marketing_command(at, &rules), false, None, now));
        assert_eq!(decide(3 * DAY, 0), None);
        assert_eq!(decide(0, 0), None, "three days before it");
        assert_eq!(
            decide(2 * DAY + HOUR, HOUR),
            Some((Reason::TooFrequent, Some(4 * DAY))),
            "less than a day before it"
        );
        assert_eq!(decide(DAY, HOUR), None);
        assert_eq!(decide(2 * DAY, HOUR), None, "between two that are each a day away");
        assert_eq!(decide(0, 3 * DAY + HOUR), Some((Reason::TooFrequent, Some(4 * DAY))));
    }

    #[test]
    fn each_rule_holds_in_every_sliding_window() {
        let rules = [Rule::new(2, 3600), Rule::new(3, 86_400)];
        let mut log = MarketingLog::default();
        let mut granted: Vec<i64> = Vec::new();
        for minute in 0..4000_i64 {
            let now = minute * 60_000;
            // Every seventh is scheduled.
            let at = if minute % 7 == 0 { now + (minute % 5) * 20 * HOUR } else { 0 };
            let before = log.clone();
            match log.reserve(&marketing_command(at, &rules), false, None, now) {
                MarketingDecision::Granted { reservation, .. } => granted.push(reservation.at),
                MarketingDecision::Held(Held { until, .. }) => {
                    let until = until.unwrap();
                    assert!(
                        held(before.clone().reserve(&marketing_command(until, &rules), false, None, now)).is_none(),
                        "{minute}"
                    );
                    let sooner = held(before.clone().reserve(&marketing_command(until - 1, &rules), false, None, now));
                    assert!(until == at.max(now) || sooner.is_some(), "{minute}: it may go sooner");
                }
            }
        }
        granted.sort_unstable();
        for (limit, window) in [(2, HOUR), (3, DAY)] {
            assert!(granted.windows(limit + 1).all(|several| several[limit] - several[0] >= window));
        }
        assert!(granted.len() >= 8, "{}", granted.len());
    }

    #[test]
    fn wait_satisfies_hours_and_rules() {
        let mut log = MarketingLog::default();
        let hours = Hours { from: 8, to: 20 };
        let mut decide = |at: i64| {
            held(log.reserve(
                &ReserveMarketing { hours, ..marketing_command(at, &[Rule::new(1, 54_000)]) },
                false,
                None,
                MIDNIGHT,
            ))
        };
        assert_eq!(decide(MIDNIGHT), Some((Reason::Hours, Some(MIDNIGHT + 8 * HOUR))));
        assert_eq!(decide(MIDNIGHT + 8 * HOUR), None);
        // 15 hours later is 23:00.
        assert_eq!(decide(MIDNIGHT + 12 * HOUR), Some((Reason::TooFrequent, Some(MIDNIGHT + DAY + 8 * HOUR))));
        assert_eq!(decide(MIDNIGHT + 20 * HOUR), Some((Reason::Hours, Some(MIDNIGHT + DAY + 8 * HOUR))));
    }

    #[test]
    fn opt_out_rejects_for_ever_and_closed_number_until_it_opens() {
        let mut log = MarketingLog::default();
        let shadow = ReserveMarketing { shadow: true, ..marketing_command(0, &[Rule::new(1, 86_400)]) };
        assert_eq!(held(log.reserve(&shadow, true, None, 0)), Some((Reason::OptedOut, None)));
        assert_eq!(log, MarketingLog::default());
        let closed = Some((Reason::NoSuchNumber as u8, 5 * HOUR));
        let decide =
            |log: &mut MarketingLog, at| held(log.reserve(&marketing_command(at, &shadow.rules), false, closed, 0));
        assert_eq!(decide(&mut log, 0), Some((Reason::NoSuchNumber, Some(5 * HOUR))));
        assert_eq!(decide(&mut log, 5 * HOUR), None, "it goes when the number is open");
        assert_eq!(decide(&mut log, 0), Some((Reason::NoSuchNumber, Some(29 * HOUR))));
        let MarketingDecision::Granted { held: Some(held), .. } = log.reserve(&shadow, false, None, 0) else {
            panic!()
        };
        assert_eq!(held, Held { reason: Reason::TooFrequent as u8, until: Some(29 * HOUR) });
    }

    #[test]
    fn unsent_text_is_released_once() {
        let mut log = MarketingLog::default();
        let rules = [Rule::new(1, 86_400)];
        let MarketingDecision::Granted { reservation, .. } = log.reserve(&marketing_command(0, &rules), false, None, 5)
        else {
            panic!()
        };
        assert_eq!((log.expires_at(), log.is_idle(4), log.is_idle(5 + DAY)), (5 + DAY, false, true));
        log.release(Reservation { id: 2, ..reservation });
        assert!(held(log.reserve(&marketing_command(0, &rules), false, None, 5)).is_some());
        log.release(reservation);
        log.release(reservation);
        assert_eq!(held(log.reserve(&marketing_command(0, &rules), false, None, 5)), None);
    }

    #[test]
    fn wait_ends_if_no_hour_is_allowed() {
        let never = ReserveMarketing { hours: Hours { from: 200, to: 0 }, ..marketing_command(0, &[Rule::new(1, 1)]) };
        assert!(matches!(
            held(MarketingLog::default().reserve(&never, false, None, 0)),
            Some((Reason::Hours, Some(_)))
        ));
    }

    #[test]
    fn log_is_bounded() {
        let mut log = MarketingLog::default();
        for now in 0..1000 {
            assert_eq!(
                held(log.reserve(&marketing_command(0, &[Rule::new(MAX_TEXTS, 60)]), false, None, now * 600)),
                None
            );
        }
        let rule = [Rule::new(MAX_TEXTS, 86_400)];
        let mut full = MarketingLog::default();
        let granted = (0..150)
            .filter(|now| held(full.reserve(&marketing_command(0, &rule), false, None, *now)).is_none())
            .count();
        assert_eq!((granted, full.texts.len()), (100, 100));
        let mut without = MarketingLog::default();
        for now in 0..300 {
            assert_eq!(held(without.reserve(&marketing_command(0, &[]), false, None, now)), None);
        }
        assert_eq!(without, MarketingLog::default(), "nothing counts");
        // Of a hundred days ahead none is forgotten.
        let mut ahead = MarketingLog::default();
        let daily = [Rule::new(1, 86_400)];
        let granted = (1..120)
            .filter(|day| held(ahead.reserve(&marketing_command(day * DAY, &daily), false, None, 0)).is_none())
            .count();
        assert_eq!(granted, 100);
        assert_eq!(
            held(ahead.reserve(&marketing_command(110 * DAY, &daily), false, None, 0)),
            Some((Reason::TooFrequent, Some(110 * DAY)))
        );
        assert_eq!(held(ahead.reserve(&marketing_command(110 * DAY, &daily), false, None, 2 * DAY)), None);
    }
}
