//! Law 4, and what law 2 says of a text's status, by a log of all challenges, guesses and texts: a code is accepted once, if it
//! is the one that was sent and has not expired, and within its tries; nobody ends another's challenge; and a status claims no
//! more than the vendor said.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use xinshi::guard::guess::{Guess, GuessDecision};
use xinshi::otp::challenge::{Challenge, ChallengeId, ChallengeState, Delivery};

use crate::trace::{Fate, Trace};

const TTL_MS: i64 = 300_000;
const TRIES: usize = 5;
/// Guesses at a number in a day, as `day::options` sets them.
const GUESSES: usize = 20;
const DAY_MS: i64 = 86_400_000;
/// How far the clocks of processes differ where they do not jump: in both directions.
const SKEW_MS: i64 = 60_000;

#[derive(Default)]
struct ChallengeLog {
    begun: i64,
    /// The code of each text that arrived.
    codes: BTreeSet<String>,
    compared: usize,
    is_used: bool,
    /// Whether somebody was told that it has ended.
    is_ended: bool,
    texts: Vec<Rc<Trace>>,
    /// Reports on its texts: whether they arrived.
    reports: BTreeSet<bool>,
}

#[derive(Default)]
pub struct Codes {
    by_id: RefCell<BTreeMap<[u8; 8], ChallengeLog>>,
    /// The clocks at the guesses that each number compared.
    guesses: RefCell<BTreeMap<String, Vec<i64>>>,
}

impl Codes {
    /// A number granted a text of a challenge, which begins with it unless it is sent again.
    pub fn granted(&self, id: ChallengeId, begun: i64, trace: &Rc<Trace>) {
        let mut by_id = self.by_id.borrow_mut();
        let log = by_id.entry(id.0).or_insert_with(|| ChallengeLog { begun, ..ChallengeLog::default() });
        log.texts.push(Rc::clone(trace));
        trace.challenge.set(Some(id));
    }

    /// A text arrived.
    pub fn arrived(&self, id: ChallengeId, code: &str) {
        let mut by_id = self.by_id.borrow_mut();
        let log = by_id.get_mut(&id.0).unwrap();
        log.codes.insert(code.to_owned());
        assert_eq!(log.codes.len(), 1, "a challenge has one code");
    }

    /// A vendor wrote a report.
    pub fn reported(&self, id: ChallengeId, delivered: bool) {
        self.by_id.borrow_mut().get_mut(&id.0).unwrap().reports.insert(delivered);
    }

    /// A number decided about a guess, for a process whose clock says `now`. Returns whether the code was right.
    pub fn guessed(
        &self,
        (key, guess): (&str, &Guess),
        (now, latest): (i64, i64),
        clocks_jump: bool,
        decision: &GuessDecision,
    ) -> bool {
        let mut by_id = self.by_id.borrow_mut();
        let log = by_id.get_mut(&guess.challenge.0);
        let is_right = log.as_ref().is_some_and(|log| log.codes.contains(&guess.code));
        let mut guesses = self.guesses.borrow_mut();
        let compared = guesses.entry(key.to_owned()).or_default();
        match decision {
            GuessDecision::Right(_) | GuessDecision::Wrong(_) => {
                let log = log.expect("law 4: a code without a challenge");
                assert!(!log.is_used, "law 4: a used code was compared");
                assert!(!log.is_ended, "law 4: a challenge that was reported as ended is open");
                assert!(now < log.begun + TTL_MS, "law 4: an expired code was compared");
                log.compared += 1;
                assert!(log.compared <= TRIES, "law 4: a challenge had more than {TRIES} tries");
                compared.push(now);
                let is_of_day = |at: &&i64| **at + DAY_MS - 4 * SKEW_MS > now;
                let of_day = compared.iter().filter(is_of_day).count();
                assert!(clocks_jump || of_day <= GUESSES, "law 4: more than {GUESSES} guesses at a number");
                log.is_used = matches!(decision, GuessDecision::Right(_));
                assert!(log.codes.is_empty() || log.is_used == is_right, "law 4: a code was misjudged");
                return log.is_used;
            }
            GuessDecision::Closed(_) | GuessDecision::Unknown => {
                // Only what its own holder did, or time, ends a challenge.
                let is_just = log.is_none_or(|log| {
                    let was_sent = log.texts.iter().any(|text| !text.is_released.get());
                    log.is_used || log.compared >= TRIES || log.is_ended || latest >= log.begun + TTL_MS || !was_sent
                });
                assert!(is_just || !is_right, "law 4: somebody else ended a challenge: {decision:?}");
            }
            GuessDecision::Rejected(_) => {
                assert!(compared.len() >= GUESSES, "law 4: a guess was rejected too early");
            }
        }
        false
    }

    /// Somebody was told the state of a challenge.
    pub fn status_read(&self, id: ChallengeId, status: &Challenge) {
        let mut by_id = self.by_id.borrow_mut();
        let Some(log) = by_id.get_mut(&id.0) else { panic!("law 4: a challenge that never began") };
        log.is_ended |= status.state != ChallengeState::Open;
        let has = |fate| log.texts.iter().any(|text| text.fate.get() == Some(fate));
        let is_just = match status.delivery {
            Delivery::Pending | Delivery::Unknown => true,
            // A test number's text goes to nobody.
            Delivery::Accepted => has(Fate::Accepted) || log.texts.iter().any(|text| text.is_test),
            Delivery::Rejected => !has(Fate::Accepted) && !has(Fate::Unknown),
            Delivery::Failed => log.reports.contains(&false),
            Delivery::Delivered => log.reports.contains(&true),
        };
        assert!(
            is_just,
            "law 2: a status of {:?} for {:?}",
            status.delivery,
            log.texts.iter().map(|text| text.fate.get()).collect::<Vec<_>>()
        );
    }
}
