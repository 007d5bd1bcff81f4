//! Random histories of one number: sends, resends, outcomes, guesses, resets, crashes, changed rules, and a clock that
//! runs back.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use xinshi::guard::challenge_source::{ChallengeSource, Resend};
use xinshi::guard::guess::GuessDecision;
use xinshi::guard::ledger::{self, Command, Decision};
use xinshi::guard::number_work::ByWork;
use xinshi::guard::reserve_send::{ReserveSend, SendDecision};
use xinshi::guard::rule::{NumberRules, Rule};
use xinshi::guard::sliding_log::Reservation;
use xinshi::otp::challenge::{ChallengeState, Delivery, NewChallenge};
use xinshi::otp::text_status::Submission;

use crate::cases;
use crate::key::{Key, PEPPER, TRIES, challenge_id, guess, new, right_code};
use crate::model::Model;

/// The cool-down, and the three rules that it partly hides.
const SENDS: [Rule; 4] = [Rule::new(1, 60), Rule::new(4, 60), Rule::new(5, 3600), Rule::new(8, 86_400)];
const STEPS_MS: [i64; 16] = [
    0, 0, 0, 1, 999, 15_000, 59_999, 60_000, 60_001, 299_999, 300_000, 3_599_999, 3_600_000, 43_200_000, 86_399_999,
    86_400_000,
];
const BACK_MS: [i64; 4] = [1, 60_000, 3_600_001, 200_000_000];

/// The answers that must occur. A run without one of them proves nothing about it.
const EVENT_NAMES: [&str; 12] = [
    "granted",
    "rejected",
    "captcha",
    "gone",
    "right",
    "wrong",
    "unknown",
    "guesses rejected",
    "used",
    "spent",
    "superseded",
    "expired",
];

/// A word that encodes a step, some bits at a time. It shrinks to zero, the simplest step.
struct Word(u32);

impl Word {
    fn below(&mut self, sides: u32) -> u32 {
        let digit = self.0 % sides;
        self.0 /= sides;
        digit
    }

    fn one_in(&mut self, sides: u32) -> bool {
        self.below(sides) == sides - 1
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }
}

/// The setting that stays the same during a history.
struct Setting {
    /// The rules that are on.
    on: [bool; 4],
    reserve: [u32; 2],
    tight_guesses: bool,
    change: Change,
    runs_back: bool,
}

/// The kind of change during a history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// No change; now and then an operator resets the number.
    Nothing,
    /// Limits rise and fall.
    Limits,
    /// Rules are switched off and on.
    Rules,
    /// Some sends are let through against the decision.
    Shadow,
}

impl Setting {
    fn read(mut word: Word) -> Self {
        let on = match word.below(8) {
            alone @ 0..4 => std::array::from_fn(|index| index == alone as usize),
            4 => [false, true, true, true],
            5 => [word.one_in(2), word.one_in(2), word.one_in(2), word.one_in(2)],
            _ => [true; 4],
        };
        let change = word.pick(&[Change::Nothing, Change::Limits, Change::Rules, Change::Shadow]);
        Self {
            on,
            reserve: word.pick(&[[0, 0], [2, 3], [1, 8]]),
            tight_guesses: word.one_in(3),
            change,
            runs_back: word.one_in(2),
        }
    }

    fn rules(&self) -> NumberRules {
        let on = SENDS.iter().zip(self.on).filter(|(_, on)| *on);
        NumberRules {
            sends: on.map(|(rule, _)| *rule).collect(),
            reserve_hour: self.reserve[0],
            reserve_day: self.reserve[1],
            guesses: vec![if self.tight_guesses { Rule::new(2, 86_400) } else { Rule::new(40, 86_400) }],
        }
    }
}

struct World {
    setting: Setting,
    rules: NumberRules,
    key: Key,
    model: Model,
    now: i64,
    begun: u8,
    last_id: u32,
    seen: [u32; EVENT_NAMES.len()],
}

impl World {
    fn new(setting: u32) -> Self {
        let setting = Setting::read(Word(setting));
        let rules = setting.rules();
        // Not a round time, so that buckets and windows begin anywhere.
        let now = 1_700_000_000_123;
        Self {
            setting,
            rules,
            key: Key::default(),
            model: Model::default(),
            now,
            begun: 0,
            last_id: 0,
            seen: [0; EVENT_NAMES.len()],
        }
    }

    fn step(&mut self, word: u32) {
        let mut word = Word(word);
        let action = word.below(16);
        let step = word.pick(&STEPS_MS);
        self.now += step;
        if self.setting.runs_back && word.one_in(8) {
            self.now -= step + word.pick(&BACK_MS);
        } else if !self.setting.runs_back && self.now >= self.key.expires_at {
            // The store forgets a state that may be forgotten.
            self.forget();
        }
        match action {
            0..5 => {
                let owner = u64::from(word.below(8).saturating_sub(5));
                let tries = word.pick(&[TRIES, 1, 2]);
                let new = NewChallenge { tries, ..new(self.begun, (owner > 0).then_some(owner)) };
                self.begun += 1;
                self.reserve_send(ChallengeSource::new(new), word);
            }
            5 => {
                let id = challenge_id(self.any(&mut word));
                let fresh = new(self.begun, None);
                // The state of a challenge that was never begun is unknown.
                self.begun += 1;
                let least_ms = word.pick(&[0, 60_000, 290_000]);
                self.reserve_send(
                    ChallengeSource { new: fresh, resend: Some(Resend { id, min_left_ms: least_ms }) },
                    word,
                );
            }
            6..9 => self.record_outcome(word),
            9..13 => self.guess(word),
            13 => {
                let id = challenge_id(self.any(&mut word));
                let status = self.key.status(id, self.now);
                self.model.status_read(id, self.now, status.as_ref());
            }
            14 => self.explain(),
            _ => self.change(&mut word),
        }
    }

    /// One of the challenges, mostly the last, or one that never existed.
    fn any(&self, word: &mut Word) -> u8 {
        let back = u8::try_from(word.pick(&[0, 0, 0, 1, 2, 3])).unwrap();
        self.begun.wrapping_sub(1 + back)
    }

    fn reserve_send(&mut self, of: ChallengeSource, mut word: Word) {
        self.last_id += 1;
        let is_expected = of.resend.is_none() && word.one_in(2);
        let submission = Submission { account: 1, id: None, routing_carrier: None };
        let reserve_send = ReserveSend {
            id: self.last_id,
            rules: self.rules.clone(),
            trusted: word.one_in(2),
            captcha_available: word.one_in(3),
            by_work: ByWork::No,
            work: None,
            shadow: self.setting.change == Change::Shadow && word.one_in(3),
            dry_run: false,
            source: of,
            expected: is_expected.then_some(submission),
        };
        if word.one_in(8) {
            // A crash before the step is stored. A crash after it is a send without an outcome.
            let _ = self.key.decided(&Command::ReserveSend(reserve_send), self.now);
            return;
        }
        let decision = self.key.reserve_send(reserve_send.clone(), self.now);
        self.model.send_decided(&reserve_send, self.now, &decision);
        self.seen[match decision {
            SendDecision::Granted { .. } => 0,
            SendDecision::Rejected(_) => 1,
            SendDecision::CaptchaRequired => 2,
            SendDecision::ChallengeClosed => 3,
            SendDecision::CaptchaAlone | SendDecision::WorkSpent => panic!("there is no work"),
        }] += 1;
    }

    fn record_outcome(&mut self, mut word: Word) {
        let id = self.any(&mut word);
        let delivery = word.pick(&[Delivery::Rejected, Delivery::Rejected, Delivery::Unknown, Delivery::Accepted]);
        let texts = self.model.texts_of(id);
        let challenge_model = if texts.is_empty() { None } else { Some(word.pick(texts)) };
        let reservation = match challenge_model {
            Some(reservation) if !word.one_in(6) => reservation,
            _ => Reservation { at: self.now, id: 4_000_000 },
        };
        self.key.record_outcome(challenge_id(id), reservation, delivery, self.now);
        self.model.outcome_recorded(challenge_id(id), reservation, delivery);
    }

    fn guess(&mut self, mut word: Word) {
        let id = self.any(&mut word);
        let owner = self.model.challenges.iter().find(|challenge_model| challenge_model.new.id == challenge_id(id));
        let mut owner = owner.and_then(|challenge_model| challenge_model.new.owner);
        let right = right_code(id);
        let code = match word.below(8) {
            0..3 => right,
            3 => "",
            4 => &right[1..],
            5 => "１２３４５６",
            // The code of a neighbouring challenge, on purpose or by mistake.
            _ => right_code(id.wrapping_add(1)),
        };
        if word.one_in(8) {
            owner = Some(3);
        }
        let mut guess = guess(id, code, owner, &self.rules.guesses);
        if word.one_in(12) {
            guess.keys.retain(|(pepper, _)| *pepper != PEPPER);
        }
        let guessed = self.key.guess(guess.clone(), self.now);
        self.model.guessed(&guess, self.now, &guessed);
        self.seen[match guessed {
            GuessDecision::Right(_) => 4,
            GuessDecision::Wrong(_) => 5,
            GuessDecision::Unknown => 6,
            GuessDecision::Rejected(_) => 7,
            GuessDecision::Closed(ChallengeState::Used) => 8,
            GuessDecision::Closed(ChallengeState::Spent) => 9,
            GuessDecision::Closed(ChallengeState::Superseded) => 10,
            GuessDecision::Closed(_) => 11,
        }] += 1;
    }

    fn explain(&mut self) {
        let Decision::Explanation(explained) = self.key.apply(&Command::Explain(self.rules.clone()), self.now) else {
            panic!("not an answer to an explain")
        };
        self.model.explained(&self.rules, self.now, &explained);
    }

    fn change(&mut self, word: &mut Word) {
        match self.setting.change {
            Change::Limits => {
                for rule in &mut self.rules.sends {
                    rule.limit = (rule.limit + word.below(4)).saturating_sub(word.below(4)).max(1);
                }
            }
            Change::Rules => self.rules.sends = SENDS.iter().filter(|_| word.one_in(2)).copied().collect(),
            Change::Nothing | Change::Shadow => {
                assert_eq!(self.key.apply(&Command::Reset, self.now), Decision::Done);
                self.model.reset(self.now);
            }
        }
    }

    /// Forgetting a state that may be forgotten makes no difference: the answer is the same with it and without it.
    fn forget(&mut self) {
        if self.key.state.is_none() {
            return;
        }
        let probe = crate::key::reserve_send(u32::MAX, self.rules.clone(), u8::MAX);
        let with = self.key.decided(&Command::ReserveSend(probe.clone()), self.now);
        let without = Key::default().decided(&Command::ReserveSend(probe), self.now);
        assert!(with.decision == without.decision, "what was forgotten counted");
        assert!(matches!(
            (with.change, without.change),
            (ledger::StateChange::Store { .. }, ledger::StateChange::Store { .. })
        ));
        (self.key, self.model) = (Key::default(), Model::default());
    }

    /// No window ever held more than its rule allows, unless the rules changed or did not decide.
    fn holds(&self) {
        self.model.holds();
        if self.setting.change == Change::Nothing {
            assert!(self.rules.sends.iter().all(|rule| self.model.sends.holds(*rule)));
        }
        assert!(self.rules.guesses.iter().all(|rule| self.model.guesses.holds(*rule)));
    }
}

#[test]
fn number_agrees_with_the_naive_log() {
    let seen = RefCell::new([0; EVENT_NAMES.len()]);
    let histories =
        TestRunner::new(cases(200_000, 1)).run(&(any::<u32>(), vec(any::<u32>(), 1..24)), |(setting, words)| {
            let mut world = World::new(setting);
            for word in words {
                world.step(word);
            }
            world.holds();
            seen.borrow_mut().iter_mut().zip(world.seen).for_each(|(sum, more)| *sum += more);
            Ok(())
        });
    histories.unwrap();
    for (name, count) in EVENT_NAMES.iter().zip(seen.into_inner()) {
        assert!(count > 300, "{name}: {count}");
    }
}

#[test]
fn guesses_are_limited_to_forty_a_day_and_five_a_challenge() {
    let mut key = Key::default();
    let rules = NumberRules { sends: Vec::new(), ..NumberRules::default() };
    let day = [Rule::new(40, 86_400)];
    let now = 1_700_000_000_123;
    for id in 0..10 {
        key.reserve_send(crate::key::reserve_send(u32::from(id), rules.clone(), id), now);
    }
    let mut answers = Vec::new();
    for id in 0..10 {
        let tries = (0..6).map(|_| key.guess(guess(id, "", None, &day), now));
        answers.extend(tries.filter(|guessed| matches!(guessed, GuessDecision::Wrong(_))));
    }
    assert_eq!(answers, [4, 3, 2, 1, 0].repeat(8).into_iter().map(GuessDecision::Wrong).collect::<Vec<_>>());
    let until = now + 86_400_000;
    assert_eq!(key.guess(guess(9, right_code(9), None, &day), now), GuessDecision::Rejected(until));
    // A guess that was not compared uses up no try either.
    let expired = now + 300_000;
    assert_eq!(key.status(challenge_id(9), expired - 1).unwrap().tries_left, 5);
    assert_eq!(key.guess(guess(9, right_code(9), None, &day), expired), GuessDecision::Closed(ChallengeState::Expired));
}
