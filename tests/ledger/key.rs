//! [`Key`]: the store's work for one key, and the commands that the tests send to it.

use std::sync::LazyLock;

use xinshi::guard::challenge_source::ChallengeSource;
use xinshi::guard::counter::{ReserveSlot, SlotDecision};
use xinshi::guard::guess::{Guess, GuessDecision};
use xinshi::guard::ledger::{self, Applied, Command, Decision, StateChange};
use xinshi::guard::number_work::{ByWork, Evidence};
use xinshi::guard::record_outcome::RecordOutcome;
use xinshi::guard::reserve_send::{ReserveSend, SendDecision};
use xinshi::guard::rule::{NumberRules, Rule};
use xinshi::guard::sliding_log::Reservation;
use xinshi::otp::challenge::{Challenge, ChallengeId, CodeKind, Delivery, NewChallenge};
use xinshi::otp::code;

pub const PEPPER: u32 = 7;
pub const CODE_KEY: code::Key = [9; 32];
pub const TTL_MS: i64 = 300_000;
pub const TRIES: u8 = 5;
pub const PURPOSE: &str = "login";

/// The state of one key, as the bytes that a store holds.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Key {
    pub state: Option<Vec<u8>>,
    pub expires_at: i64,
}

impl Key {
    /// Applies one atomic step.
    pub fn apply(&mut self, command: &Command, now: i64) -> Decision {
        let applied = self.decided(command, now);
        match applied.change {
            StateChange::Nothing => {}
            StateChange::Store { state, expires_at } => (self.state, self.expires_at) = (Some(state), expires_at),
            StateChange::Remove => self.state = None,
        }
        ledger::read(&applied.decision).unwrap()
    }

    /// Decides a step without storing it, as after a crash.
    pub fn decided(&self, command: &Command, now: i64) -> Applied {
        ledger::apply(self.state.as_deref(), &ledger::write(command).unwrap(), now).unwrap()
    }

    pub fn reserve_slot(&mut self, command: ReserveSlot, now: i64) -> SlotDecision {
        let Decision::Slot(decision) = self.apply(&Command::ReserveSlot(command), now) else {
            panic!("not an answer to a take")
        };
        decision
    }

    pub fn release(&mut self, reservation: Reservation, now: i64) {
        assert_eq!(self.apply(&Command::ReleaseSlot(reservation), now), Decision::Done);
    }

    pub fn reserve_send(&mut self, command: ReserveSend, now: i64) -> SendDecision {
        let Decision::Send(decision) = self.apply(&Command::ReserveSend(command), now) else {
            panic!("not an answer to an ask")
        };
        decision
    }

    pub fn record_outcome(&mut self, challenge: ChallengeId, reservation: Reservation, delivery: Delivery, now: i64) {
        let command = RecordOutcome { challenge, reservation, delivery, submission: None };
        assert_eq!(self.apply(&Command::RecordOutcome(command), now), Decision::Done);
    }

    pub fn guess(&mut self, guess: Guess, now: i64) -> GuessDecision {
        let Decision::Guess(decision) = self.apply(&Command::Guess(guess), now) else {
            panic!("not an answer to a guess")
        };
        decision
    }

    pub fn status(&mut self, id: ChallengeId, now: i64) -> Option<Challenge> {
        let Decision::Challenge(challenge) = self.apply(&Command::ReadChallenge(id), now) else {
            panic!("not an answer to a status")
        };
        challenge
    }
}

pub fn reserve_slot(id: u32, rules: &[Rule]) -> ReserveSlot {
    ReserveSlot {
        id,
        rules: rules.to_vec(),
        captcha_available: false,
        by_work: ByWork::No,
        evidence: Evidence::Nothing,
        shadow: false,
        adaptive: None,
    }
}

pub fn sends(rules: &[Rule]) -> NumberRules {
    NumberRules { sends: rules.to_vec(), reserve_hour: 0, reserve_day: 0, guesses: Vec::new() }
}

/// A trusted requester's command for a new challenge.
pub fn reserve_send(id: u32, rules: NumberRules, challenge: u8) -> ReserveSend {
    ReserveSend {
        id,
        rules,
        trusted: true,
        captcha_available: false,
        by_work: ByWork::No,
        work: None,
        shadow: false,
        dry_run: false,
        source: ChallengeSource::new(new(challenge, None)),
        expected: None,
    }
}

pub fn new(id: u8, owner: Option<u64>) -> NewChallenge {
    NewChallenge {
        id: challenge_id(id),
        nonce: [id; 16],
        pepper: PEPPER,
        purpose: PURPOSE.to_owned(),
        sealed_number: u64::from(id),
        length: 6,
        // Some challenges have a fixed code, of a test number or a review number.
        code_kind: match id % 5 {
            4 => CodeKind::Test(code::mark(&CODE_KEY, &[id; 16], right_code(id))),
            3 => CodeKind::Review(code::mark(&CODE_KEY, &[id; 16], right_code(id))),
            _ => CodeKind::Derived,
        },
        owner,
        caller_nonce: None,
        ttl_ms: TTL_MS,
        tries: TRIES,
    }
}

pub const fn challenge_id(id: u8) -> ChallengeId {
    ChallengeId([id; 8])
}

/// The code of a challenge.
pub fn right_code(id: u8) -> &'static str {
    static CODES: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..=u8::MAX).map(|id| code::derive(&CODE_KEY, &[id; 16], PURPOSE, 6)).collect());
    &CODES[usize::from(id)]
}

pub fn guess(id: u8, code: &str, owner: Option<u64>, rules: &[Rule]) -> Guess {
    Guess {
        challenge: challenge_id(id),
        code: code.to_owned(),
        keys: vec![(PEPPER - 1, [1; 32]), (PEPPER, CODE_KEY)],
        rules: rules.to_vec(),
        owner,
    }
}
