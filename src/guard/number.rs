//! [`Number`]: the sends, the guesses and the challenges of one phone number.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use crate::guard::challenge_source::{ChallengeSource, Resend};
use crate::guard::counter::{is_half_used, latest_retry};
use crate::guard::idempotency::RETENTION_MS;
pub use crate::guard::rule::NumberRules;
use crate::guard::rule::{DAY_MS, HOUR_MS, Rule};
use crate::guard::sliding_log::{Reservation, SlidingLog, WindowUsage};
use crate::otp::challenge::{Challenge, ChallengeId, ChallengeState, Delivery, NewChallenge};
use crate::otp::code;
use crate::otp::text_status::Submission;

/// The challenges that are remembered. Those that are over are kept for some time, so that a late answer is told apart.
pub(super) const MAX_CHALLENGES: usize = 32;
/// How long a challenge is remembered after it expired, in milliseconds: half an hour longer than the answer under an
/// `Idempotency-Key`, which asks for it, so that a clock that is set back by less finds it still there.
pub(super) const CHALLENGE_RETENTION_MS: i64 = RETENTION_MS + HOUR_MS / 2;
/// How long it is remembered that somebody wants no marketing texts, in milliseconds: ten years.
const OPT_OUT_RETENTION_MS: i64 = 3650 * 86_400_000;

/// What is stored for a number. The number itself is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The latest time that was seen: time never runs back.
    pub(super) clock: i64,
    pub(super) sends: SlidingLog,
    pub(super) guesses: SlidingLog,
    pub(super) challenges: Vec<Challenge>,
    /// Since when its owner wants no marketing texts, in milliseconds since 1970.
    pub(super) opted_out: Option<i64>,
    /// Until when challenges may be asked for that an operator erased, in milliseconds since 1970.
    pub(super) erased_until: Option<i64>,
}

/// Asks for a text with a code.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveSend {
    /// A number drawn for the send.
    pub id: u32,
    /// The rules.
    pub rules: NumberRules,
    /// Whether the asker solved a captcha, or verified this number before.
    pub trusted: bool,
    /// Whether a number of which half a day is used up asks others for a captcha.
    pub captcha_available: bool,
    /// Whether it is let through whatever the rules say.
    pub shadow: bool,
    /// Whether it is to be known what would be decided, and nothing is to be counted.
    pub dry_run: bool,
    /// Of which challenge the code is to be.
    pub source: ChallengeSource,
}

/// What came of asking.
#[allow(clippy::large_enum_variant, reason = "it is made once and told at once")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendDecision {
    /// A text may be sent.
    Granted {
        /// What takes it back.
        reservation: Reservation,
        /// Under shadow, when it would have been let through otherwise.
        rejected_until: Option<i64>,
        /// The challenge whose text is sent again. One that begins is known to who asked: see [`ChallengeSource::challenge`].
        resent: Option<Challenge>,
    },
    /// Not until then, in milliseconds since 1970.
    Rejected(i64),
    /// Not without a captcha.
    CaptchaRequired,
    /// The challenge whose text was to be sent again is not open.
    Gone,
}

/// Tells what became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordOutcome {
    /// Its challenge.
    pub challenge: ChallengeId,
    /// Its send.
    pub reservation: Reservation,
    /// What became of it. What was rejected for certain is taken back.
    pub delivery: Delivery,
    /// Which text of its challenge it is, and to whom it was handed, where it may have been.
    pub submission: Option<(u8, Submission)>,
}

/// A guess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// The challenge.
    pub challenge: ChallengeId,
    /// What was entered.
    pub code: String,
    /// The keys of this number's codes, by the id of the pepper that each was made from.
    pub keys: Vec<(u32, code::Key)>,
    /// What every guess must pass.
    pub rules: Vec<Rule>,
    /// Whose challenge it must be, where it belongs to somebody.
    pub owner: Option<u64>,
}

/// What came of a guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuessDecision {
    /// It was right, and the challenge is used up.
    Right(Challenge),
    /// It was wrong. How many tries are left.
    Wrong(u8),
    /// The challenge takes no guesses: nothing was compared.
    Closed(ChallengeState),
    /// There is no such challenge.
    Unknown,
    /// Too many guesses at this number: not until then, in milliseconds since 1970.
    Rejected(i64),
}

/// What an operator is told of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The rules for sends.
    pub sends: Vec<WindowUsage>,
    /// The same for those who are not known.
    pub untrusted_sends: Vec<WindowUsage>,
    /// The rules for guesses.
    pub guesses: Vec<WindowUsage>,
    /// The challenges, oldest first.
    pub challenges: Vec<Challenge>,
}

impl Number {
    /// Decides whether a text may be sent, and counts it where it may and is to.
    pub fn reserve_send(&mut self, send_command: ReserveSend, now: i64) -> SendDecision {
        if send_command.dry_run {
            // Whoever is told that a challenge is over is never told otherwise.
            self.expire_challenges(self.clock.max(now));
            return self.clone().reserve_send(ReserveSend { dry_run: false, ..send_command }, now);
        }
        let now = self.clock.max(now);
        self.expire_challenges(now);
        let resent = match &send_command.source.resend {
            None => None,
            // A back end's own challenge is sent anew by nobody: its standard knows no resend.
            Some(resent) => {
                let is_it = |known: &&Challenge| known.id == resent.id && known.owner.is_none() && known.is_open(now);
                let Some(known) = self.challenges.iter().find(is_it) else { return SendDecision::ChallengeClosed };
                (known.expires_at.saturating_sub(now) >= resent.min_left_ms).then_some(resent.id)
            }
        };
        let room = if again.is_none() { self.room_from(now) } else { None };
        let mut refused_until =
            latest_retry(ask.rules.for_asker(ask.known).map(|rule| self.sends.not_until(rule, now)));
        let is_half = |rule: &Rule| rule.window_ms >= DAY_MS && is_half_used(self.sends.used(*rule, now), rule.limit);
        if !send_command.shadow {
            // Whoever is stopped even when known is not sent to solve a captcha for nothing.
            let known_until = latest_retry(ask.rules.for_asker(true).map(|rule| self.sends.not_until(rule, now)));
            let is_short = refused_until.is_some() || ask.rules.sends.iter().any(is_half);
            if ask.asks && !ask.known && known_until.max(room).is_none() && is_short {
                return SendDecision::Captcha;
            }
            rejected_until = rejected_until.max(next_challenge_at);
            if let Some(until) = rejected_until {
                return SendDecision::Rejected(until);
            }
        }
        self.clock = now;
        self.challenges.retain(|known| known.expires_at.saturating_add(CHALLENGE_RETENTION_MS) > now);
        let reservation = Reservation { at: now, id: ask.id };
        self.sends.push(reservation, &ask.rules.sends);
        let Some(id) = again else {
            self.begin(ask.of.new, now);
            return SendDecision::Granted { reservation, refused_until, again: None };
        };
        let Some(known) = self.challenges.iter_mut().find(|known| known.id == id) else { return SendDecision::Gone };
        known.texts = known.texts.saturating_add(1);
        known.begun_texts = known.begun_texts.saturating_add(1);
        if known.delivery == Delivery::Failed {
            // Another is on its way.
            known.delivery = Delivery::Pending;
        }
        SendDecision::Granted { reservation, rejected_until, resent: Some(known.clone()) }
    }

    fn begin(&mut self, new: NewChallenge, now: i64) {
        while self.challenges.len() >= MAX_CHALLENGES {
            // An open one goes only under shadow, which lets through what would be refused.
            let over = self.challenges.iter().position(|known| !known.is_open(now));
            self.challenges.remove(over.unwrap_or_default());
        }
        self.challenges.push(Challenge::begin(new, now));
    }

    /// Notes what became of a text. A rejected one is taken back, once.
    pub fn record_outcome(&mut self, outcome: &RecordOutcome) -> bool {
        let place = self.challenges.iter().position(|known| known.id == outcome.challenge);
        if outcome.delivery != Delivery::Rejected {
            return place.is_some_and(|place| {
                let submission = self.record_submission(place, outcome.submission, outcome.reservation);
                self.record_delivery(place, outcome.delivery) || submission
            });
        }
        if !self.sends.release(outcome.reservation) {
            return false;
        }
        if let Some(known) = place.and_then(|place| self.challenges.get_mut(place)) {
            known.texts = known.texts.saturating_sub(1);
            if known.texts == 0 {
                known.delivery = Delivery::Rejected;
                if known.state == ChallengeState::Open {
                    // Nobody has its code.
                    known.state = ChallengeState::Superseded;
                }
            }
        }
        true
    }

    pub(super) fn record_delivery(&mut self, place: usize, delivery: Delivery) -> bool {
        let (earlier, later) = self.challenges.split_at_mut(place);
        let Some(known) = later.first_mut() else { return false };
        // A later one of the same back end takes the place of its earlier ones, as CAMARA has it: once it may have arrived.
        let same = earlier.iter_mut().filter(|earlier| earlier.owner.is_some() && earlier.owner == known.owner);
        let open = same.filter(|earlier| earlier.state == ChallengeState::Open);
        open.for_each(|earlier| earlier.state = ChallengeState::Superseded);
        let news = known.delivery < delivery;
        known.delivery = known.delivery.max(delivery);
        news
    }

    /// Compares a guess. Only one at an open challenge is compared and counted.
    pub fn guess(&mut self, guess: &Guess, now: i64) -> GuessDecision {
        let now = self.clock.max(now);
        self.expire_challenges(now);
        let Some(challenge) = self.challenges.iter_mut().find(|known| known.id == guess.challenge) else {
            return GuessDecision::Unknown;
        };
        if challenge.owner != guess.owner {
            return GuessDecision::Unknown;
        }
        let standing = challenge.state_at(now);
        // A code of a pepper that is gone can be checked by nobody.
        let key = guess.keys.iter().find(|(pepper, _)| *pepper == challenge.pepper);
        let (ChallengeState::Open, Some((_, key))) = (standing, key) else {
            return GuessDecision::Closed(if standing == ChallengeState::Open {
                ChallengeState::Expired
            } else {
                standing
            });
        };
        if let Some(until) = latest_retry(guess.rules.iter().map(|rule| self.guesses.retry_at(*rule, now))) {
            return GuessDecision::Rejected(until);
        }
        self.clock = now;
        self.guesses.push(Reservation { at: now, id: 0 }, &guess.rules);
        challenge.tries_left = challenge.tries_left.saturating_sub(1);
        if !challenge.is_code(key, &guess.code) {
            return GuessDecision::Wrong(challenge.tries_left);
        }
        challenge.state = ChallengeState::Used;
        GuessDecision::Right(challenge.clone())
    }

    /// How a challenge stands. Whoever is told that it is over is never told otherwise.
    pub fn status(&mut self, id: ChallengeId, now: i64) -> Option<Challenge> {
        self.expire_challenges(self.clock.max(now));
        self.challenge(id, now)
    }

    /// A challenge as it stands.
    fn challenge(&self, id: ChallengeId, now: i64) -> Option<Challenge> {
        let mut challenge = self.challenges.iter().find(|known| known.id == id)?.clone();
        challenge.state = challenge.state_at(self.clock.max(now));
        Some(challenge)
    }

    /// What an operator is told.
    #[must_use]
    pub fn explain(&self, rules: &NumberRules, now: i64) -> Explanation {
        let now = self.clock.max(now);
        let usage = |log: &SlidingLog, rule: Rule| WindowUsage::of(log, rule, now);
        let challenges = self.challenges.iter().filter_map(|known| self.challenge(known.id, now));
        Explanation {
            sends: rules.for_caller(true).map(|rule| usage(&self.sends, rule)).collect(),
            untrusted_sends: rules.for_caller(false).map(|rule| usage(&self.sends, rule)).collect(),
            guesses: rules.guesses.iter().map(|rule| usage(&self.guesses, *rule)).collect(),
            challenges: challenges.collect(),
        }
    }

    /// Forgets sends and guesses, as an operator wishes, and a clock that was ahead, with what was begun by it. Other
    /// challenges live on, with their tries.
    pub fn reset(&mut self, now: i64) {
        (self.sends, self.guesses) = (SlidingLog::default(), SlidingLog::default());
        self.challenges.retain(|known| known.begun <= now);
        self.clock = now;
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let knows_times = self.opted_out.is_some() || self.erased_until.is_some();
        self.challenges.is_empty() && self.sends.is_empty() && self.guesses.is_empty() && !knows_times
    }

    /// When nothing of it counts any more.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        let challenges = self.challenges.iter().map(|known| known.expires_at.saturating_add(CHALLENGE_RETENTION_MS));
        let logs = [self.sends.expires_at(), self.guesses.expires_at()];
        let opted_out = self.opted_out.map(|since| since.saturating_add(OPT_OUT_RETENTION_MS));
        challenges.chain(logs).chain(opted_out).chain(self.erased_until).max().unwrap_or_default()
    }

    /// Ends what is over, once and for all: were it left to the clock, a challenge would open again when that is set back.
    pub(super) fn expire_challenges(&mut self, now: i64) {
        for known in &mut self.challenges {
            if known.state == ChallengeState::Open && known.state_at(now) == ChallengeState::Expired {
                known.state = ChallengeState::Expired;
                self.clock = now;
            }
        }
    }

    /// When another challenge can begin, where there are too many open ones.
    fn next_challenge_at(&self, now: i64) -> Option<i64> {
        let open = self.challenges.iter().filter(|known| known.is_open(now));
        if open.clone().count() < MAX_CHALLENGES { None } else { open.map(|known| known.expires_at).min() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const KEY: code::Key = [1; 32];

    pub(in crate::guard) fn send_command(id: u8, source: ChallengeSource) -> ReserveSend {
        let rules = NumberRules { sends: Vec::from([Rule::new(1000, 86_400)]), ..NumberRules::default() };
        ReserveSend { id: u32::from(id), rules, known: false, asks: false, shadow: false, looks: false, of }
    }

    fn of_new(id: u8) -> ChallengeSource {
        ChallengeSource::new(new(id))
    }

    /// Of a challenge whose text is sent once more where so much of its time is left; else of one with the id 99.
    pub(in crate::guard) fn resend_of(id: ChallengeId, min_left_ms: i64) -> ChallengeSource {
        ChallengeSource { new: new(99), resend: Some(Resend { id, min_left_ms }) }
    }

    fn new(id: u8) -> NewChallenge {
        NewChallenge {
            id: ChallengeId([id; 8]),
            nonce: [id; 16],
            pepper: 0,
            purpose: "login".into(),
            sealed_number: 0,
            length: 6,
            test_mark: None,
            owner: None,
            caller_nonce: None,
            ttl_ms: 300_000,
            tries: 5,
        }
    }

    pub(in crate::guard) fn sent(number: &mut Number, id: u8, now: i64) -> (Reservation, Challenge) {
        match number.reserve_send(send_command(id, of_new(id)), now) {
            SendDecision::Granted { reservation, resent, .. } => (reservation, of_new(id).challenge(now, resent)),
            other => panic!("{other:?}"),
        }
    }

    fn guessed(number: &mut Number, source: &Challenge, now: i64) -> GuessDecision {
        let keys = Vec::from([(0, KEY)]);
        number.guess(&Guess { challenge: of.id, code: of.code(&KEY), keys, rules: Vec::new(), owner: None }, now)
    }

    #[test]
    fn a_challenge_that_expired_opens_for_no_clock_that_is_set_back() {
        for told in [0, 1, 2] {
            let mut number = Number::default();
            let (_, challenge) = sent(&mut number, 1, 0);
            match told {
                0 => assert_eq!(
                    guessed(&mut number, &challenge, 300_000),
                    GuessDecision::Closed(ChallengeState::Expired)
                ),
                1 => assert_eq!(number.ask(ask(2, of_again(challenge.id, 0)), 300_000), SendDecision::Gone),
                _ => assert_eq!(number.status(challenge.id, 300_000).unwrap().standing, ChallengeState::Expired),
            }
            assert_eq!(guessed(&mut number, &challenge, 1000), GuessDecision::Closed(ChallengeState::Expired));
            assert_eq!(number.ask(ask(3, of_again(challenge.id, 0)), 1000), SendDecision::Gone);
        }
    }

    #[test]
    fn a_text_is_sent_again_where_enough_of_its_codes_time_is_left_and_a_fresh_one_begins_where_not() {
        let mut number = Number::default();
        let (_, first) = sent(&mut number, 1, 0);
        let asked = |number: &mut Number, now| match number.ask(ask(2, of_again(first.id, 60_000)), now) {
            SendDecision::Granted { reservation, again, .. } => {
                of_again(first.id, 60_000).challenge(reservation.at, again)
            }
            other => panic!("{other:?}"),
        };
        let resent = asked(&mut number, 240_000);
        assert_eq!((resent.id, resent.expires_at, resent.texts), (first.id, 300_000, 2));
        let fresh = asked(&mut number, 240_001);
        assert_eq!((fresh.id, fresh.expires_at, fresh.texts), (ChallengeId([99; 8]), 540_001, 1));
        assert!(matches!(guessed(&mut number, &first, 240_001), GuessDecision::Right(_)), "the other lives on");
        assert!(matches!(guessed(&mut number, &fresh, 540_000), GuessDecision::Right(_)));
    }

    #[test]
    fn looking_decides_as_asking_does_and_counts_nothing() {
        let mut number = Number::default();
        let (_, challenge) = sent(&mut number, 1, 0);
        let before = number.clone();
        let looking = |ask| ReserveSend { looks: true, ..ask };
        assert!(matches!(number.ask(looking(ask(2, of_new(2))), 0), SendDecision::Granted { .. }));
        assert!(matches!(number.ask(looking(ask(2, of_again(challenge.id, 0))), 0), SendDecision::Granted { .. }));
        let mut refused = ask(2, of_new(2));
        refused.rules.sends[0].limit = 1;
        assert_eq!(number.reserve_send(looking(refused), 0), SendDecision::Rejected(86_400_000));
        assert_eq!(number, before);
        assert_eq!(number.ask(looking(ask(2, of_again(challenge.id, 0))), 300_000), SendDecision::Gone);
        assert_eq!(
            number.ask(looking(ask(2, of_again(challenge.id, 0))), 0),
            SendDecision::Gone,
            "and stays so for a clock set back"
        );
    }

    #[test]
    fn a_code_that_was_entered_stays_used_when_its_text_is_said_to_be_rejected() {
        let mut number = Number::default();
        let (reservation, challenge) = sent(&mut number, 1, 0);
        assert!(matches!(guessed(&mut number, &challenge, 0), GuessDecision::Right(_)));
        number.settle(&RecordOutcome {
            challenge: challenge.id,
            reservation,
            delivery: Delivery::Rejected,
            handed: None,
        });
        assert_eq!(number.status(challenge.id, 0).unwrap().standing, ChallengeState::Used);
    }

    #[test]
    fn a_resend_ends_no_challenge_however_many_are_open() {
        let mut number = Number::default();
        let (_, first) = sent(&mut number, 0, 0);
        for id in 1..32 {
            sent(&mut number, id, 0);
        }
        assert_eq!(number.ask(ask(32, of_new(32)), 0), SendDecision::Refused(300_000));
        assert!(matches!(number.ask(ask(33, of_again(ChallengeId([5; 8]), 0)), 0), SendDecision::Granted { .. }));
        assert!(matches!(number.ask(ask(34, of_again(first.id, 0)), 0), SendDecision::Granted { .. }));
        assert_eq!(
            number.reserve_send(send_command(36, resend_of(first.id, 300_001)), 0),
            SendDecision::Rejected(300_000),
            "no room for a fresh one"
        );
        assert!(matches!(guessed(&mut number, &first, 0), GuessDecision::Right(_)));
        // What is over makes room.
        sent(&mut number, 35, 0);
        assert_eq!(guessed(&mut number, &first, 0), GuessDecision::Unknown);
    }

    #[test]
    fn nobody_is_sent_to_solve_a_captcha_where_no_challenge_can_begin() {
        let mut number = Number::default();
        for id in 0..32 {
            sent(&mut number, id, 0);
        }
        let mut send_command = send_command(40, of_new(40));
        send_command.captcha_available = true;
        send_command.rules.sends[0].limit = 40;
        assert_eq!(number.reserve_send(send_command, 0), SendDecision::Rejected(300_000));
    }
}
