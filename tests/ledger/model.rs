//! [`Model`]: a plain description of what a number's ledger should answer.

use xinshi::guard::guess::{Guess, GuessDecision};
use xinshi::guard::number::Explanation;
use xinshi::guard::reserve_send::{ReserveSend, SendDecision};
use xinshi::guard::rule::{NumberRules, Rule};
use xinshi::guard::sliding_log::{Reservation, WindowUsage};
use xinshi::otp::challenge::{Challenge, ChallengeId, ChallengeState, Delivery, NewChallenge};

use crate::events::{Between, Events};
use crate::key::{CODE_KEY, PEPPER, challenge_id, right_code};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// The time for which a challenge is remembered after its end.
const RETENTION_MS: i64 = DAY_MS + 1_800_000;

#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The latest time at which a step was stored.
    clock: i64,
    pub sends: Events,
    pub guesses: Events,
    pub challenges: Vec<ModelChallenge>,
}

#[derive(Clone, Debug)]
pub struct ModelChallenge {
    pub new: NewChallenge,
    begun: i64,
    ends: i64,
    state: ChallengeState,
    delivery: Delivery,
    pub texts: Vec<Reservation>,
    rejected_texts: usize,
    compared: usize,
    pub right_guesses: usize,
    /// Whether the ledger may have forgotten a text of the challenge before that text was rejected.
    is_uncertain: bool,
    /// Whether its first text has an expected account, so that nobody records its acceptance.
    is_expected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Granted(Option<i64>),
    Rejected(i64),
    Captcha,
}

impl ModelChallenge {
    /// The outcome as the holder of the challenge knows it.
    fn held(&self) -> Delivery {
        let is_accepted = self.is_expected && self.texts.len() == 1 && self.delivery == Delivery::Pending;
        if is_accepted { Delivery::Accepted } else { self.delivery }
    }

    fn state(&self, now: i64) -> ChallengeState {
        match self.state {
            ChallengeState::Open if self.compared >= usize::from(self.new.tries) => ChallengeState::Spent,
            ChallengeState::Open if now >= self.ends => ChallengeState::Expired,
            state => state,
        }
    }
}

impl Model {
    /// An ended challenge stays ended, whatever the clock does next.
    fn close(&mut self, now: i64) {
        for model in &mut self.challenges {
            if model.state == ChallengeState::Open && model.state(now) == ChallengeState::Expired {
                model.state = ChallengeState::Expired;
                self.clock = now;
            }
        }
    }

    fn find(&mut self, id: ChallengeId) -> Option<&mut ModelChallenge> {
        self.challenges.iter_mut().find(|model| model.new.id == id)
    }

    /// Compares an answer with its command, and records it.
    pub fn send_decided(&mut self, command: &ReserveSend, now: i64, decision: &SendDecision) {
        let now = self.clock.max(now);
        self.close(now);
        if let Some(resend) = command.source.resend
            && self
                .find(resend.id)
                .is_none_or(|model| model.new.owner.is_some() || model.state(now) != ChallengeState::Open)
        {
            assert_eq!(*decision, SendDecision::ChallengeClosed);
            return;
        }
        let (min, max) = (self.verdict(command, now, |wait| wait.min), self.verdict(command, now, |wait| wait.max));
        let observed = match decision {
            SendDecision::Granted { rejected_until, .. } => Verdict::Granted(*rejected_until),
            SendDecision::Rejected(until) => Verdict::Rejected(*until),
            SendDecision::CaptchaRequired => Verdict::Captcha,
            SendDecision::ChallengeClosed => panic!("an open challenge is gone"),
            SendDecision::CaptchaAlone | SendDecision::WorkSpent => panic!("there is no work"),
        };
        match observed {
            _ if min == max => assert_eq!(observed, min),
            Verdict::Granted(None) => assert_eq!(min, Verdict::Granted(None), "late: {command:?} at {now}"),
            Verdict::Granted(Some(until)) => {
                assert!(command.shadow);
                assert_between(Some(until), min, max);
            }
            Verdict::Rejected(until) => assert_between(Some(until), min, max),
            Verdict::Captcha => {
                assert!(
                    command.captcha_available && !command.trusted && max != Verdict::Granted(None),
                    "{min:?} {max:?}"
                );
            }
        }
        if let SendDecision::Granted { reservation, resent: resend, rejected_until } = decision {
            assert_eq!(*reservation, Reservation { at: now, id: command.id });
            self.granted(command, *reservation, rejected_until.is_some());
            let challenge = command.source.clone().challenge(reservation.at, resend.clone());
            self.assert_agrees_with(&challenge, now);
        }
    }

    fn verdict(&self, command: &ReserveSend, now: i64, side: fn(&Between<Option<i64>>) -> Option<i64>) -> Verdict {
        let wait = side(&self.sends.longest_wait(&rules_for(&command.rules, command.trusted), now));
        if command.shadow {
            return Verdict::Granted(wait);
        }
        let known_wait = side(&self.sends.longest_wait(&rules_for(&command.rules, true), now));
        // Half a limit is used if a limit of half the size, rounded up, has nothing left.
        let halves: Vec<Rule> = command.rules.sends.iter().filter(|rule| rule.window_ms >= DAY_MS).copied().collect();
        let halves: Vec<Rule> = halves.iter().map(|rule| Rule { limit: rule.limit.div_ceil(2), ..*rule }).collect();
        let is_half = side(&self.sends.longest_wait(&halves, now)).is_some();
        match wait {
            _ if command.captcha_available
                && !command.trusted
                && known_wait.is_none()
                && (wait.is_some() || is_half) =>
            {
                Verdict::Captcha
            }
            Some(until) => Verdict::Rejected(until),
            None => Verdict::Granted(None),
        }
    }

    fn granted(&mut self, command: &ReserveSend, reservation: Reservation, over: bool) {
        let now = reservation.at;
        self.clock = now;
        self.sends.push(reservation, &command.rules.sends, over);
        self.challenges.retain(|model| model.ends + RETENTION_MS > now);
        if let Some(resend) = command.source.resend {
            let model = self.find(resend.id).unwrap();
            if model.ends - now >= resend.min_left_ms {
                model.delivery = model.held();
                model.texts.push(reservation);
                return;
            }
        }
        let new = &command.source.new;
        self.challenges.push(ModelChallenge {
            new: new.clone(),
            begun: now,
            ends: now + new.ttl_ms,
            state: ChallengeState::Open,
            delivery: Delivery::Pending,
            texts: vec![reservation],
            rejected_texts: 0,
            compared: 0,
            right_guesses: 0,
            is_uncertain: false,
            is_expected: command.expected.is_some(),
        });
    }

    /// Checks a challenge against the model: its code, expiry and tries.
    fn assert_agrees_with(&mut self, challenge: &Challenge, now: i64) {
        let model = self.find(challenge.id).unwrap();
        assert_eq!((challenge.nonce, challenge.pepper, challenge.owner), (model.new.nonce, PEPPER, model.new.owner));
        assert_eq!((&challenge.purpose, challenge.code_kind), (&model.new.purpose, model.new.code_kind));
        assert_eq!((challenge.begun, challenge.expires_at), (model.begun, model.ends));
        assert_eq!(usize::from(challenge.tries_left), usize::from(model.new.tries) - model.compared);
        assert_eq!(challenge.code(&CODE_KEY), right_code(challenge.id.0[0]));
        if !model.is_uncertain {
            assert_eq!(usize::from(challenge.texts), model.texts.len() - model.rejected_texts);
            assert_eq!(challenge.state_at(now), model.state(now));
            assert_eq!(challenge.delivery, model.delivery);
        }
    }

    /// Records the outcome of a text, a command without an answer.
    pub fn outcome_recorded(&mut self, id: ChallengeId, reservation: Reservation, delivery: Delivery) {
        if delivery != Delivery::Rejected {
            let Some(place) = self.challenges.iter().position(|model| model.new.id == id) else {
                return;
            };
            let owner = self.challenges[place].new.owner;
            for earlier in self.challenges[..place].iter_mut().filter(|_| owner.is_some()) {
                if earlier.new.owner == owner && earlier.state == ChallengeState::Open {
                    earlier.state = ChallengeState::Superseded;
                }
            }
            let model = &mut self.challenges[place];
            model.delivery = model.delivery.max(delivery);
            return;
        }
        let back = self.sends.release(reservation);
        let Some(model) = self.find(id) else { return };
        match back {
            Some(false) => {}
            None => model.is_uncertain = true,
            Some(true) => {
                model.rejected_texts += 1;
                if model.rejected_texts == model.texts.len() {
                    model.delivery = Delivery::Rejected;
                    if model.state == ChallengeState::Open {
                        model.state = ChallengeState::Superseded;
                    }
                }
            }
        }
    }

    pub fn guessed(&mut self, guess: &Guess, now: i64, guessed: &GuessDecision) {
        let now = self.clock.max(now);
        self.close(now);
        let wait = self.guesses.longest_wait(&guess.rules, now);
        let Some(model) = self.find(guess.challenge).filter(|model| model.new.owner == guess.owner) else {
            assert_eq!(*guessed, GuessDecision::Unknown);
            return;
        };
        // An ended challenge accepts no guesses, whether its state is known or not.
        let state = model.state(now);
        if let (true, GuessDecision::Closed(ChallengeState::Superseded)) = (model.is_uncertain, guessed) {
            return;
        }
        if state != ChallengeState::Open {
            assert_eq!(*guessed, GuessDecision::Closed(state));
            return;
        }
        if !guess.keys.contains(&(PEPPER, CODE_KEY)) {
            assert_eq!(*guessed, GuessDecision::Closed(ChallengeState::Expired));
            return;
        }
        if let GuessDecision::Rejected(until) = guessed {
            assert!(wait.max >= Some(*until) && wait.min.is_none_or(|min| min <= *until), "{wait:?} {until}");
            return;
        }
        assert_eq!(wait.min, None, "late: guesses");
        model.delivery = model.held();
        model.compared += 1;
        let left = usize::from(model.new.tries).checked_sub(model.compared).unwrap();
        if guess.code == right_code(guess.challenge.0[0]) {
            let GuessDecision::Right(challenge) = guessed else { panic!("{guessed:?} for the right code") };
            model.state = ChallengeState::Used;
            model.right_guesses += 1;
            assert_eq!(challenge.state, ChallengeState::Used);
            self.assert_agrees_with(challenge, now);
        } else {
            assert_eq!(*guessed, GuessDecision::Wrong(u8::try_from(left).unwrap()));
        }
        self.clock = now;
        self.guesses.push(Reservation { at: now, id: 0 }, &guess.rules, false);
    }

    pub fn status_read(&mut self, id: ChallengeId, now: i64, status: Option<&Challenge>) {
        let now = self.clock.max(now);
        self.close(now);
        match status {
            None => assert!(self.find(id).is_none()),
            Some(challenge) => {
                if let Some(model) = self.find(id).filter(|model| !model.is_uncertain) {
                    assert_eq!(challenge.delivery, model.held());
                }
                // The step itself records nothing.
                let mut recorded = challenge.clone();
                recorded.delivery = self.find(id).map_or(challenge.delivery, |model| model.delivery);
                self.assert_agrees_with(&recorded, now);
            }
        }
    }

    pub fn explained(&mut self, rules: &NumberRules, now: i64, explained: &Explanation) {
        let now = self.clock.max(now);
        let agrees = |events: &Events, rules: &[Rule], usages: &[WindowUsage]| {
            assert_eq!(usages.len(), rules.len());
            for (rule, usage) in rules.iter().zip(usages) {
                let (used, wait) = (events.used(*rule, now), events.waits(*rule, now));
                assert_eq!(usage.rule, *rule);
                assert!((used.min..=used.max).contains(&usage.used), "{used:?} {usage:?}");
                assert!((wait.min..=wait.max).contains(&usage.until), "{wait:?} {usage:?}");
            }
        };
        agrees(&self.sends, &rules_for(rules, true), &explained.sends);
        agrees(&self.sends, &rules_for(rules, false), &explained.untrusted_sends);
        agrees(&self.guesses, &rules.guesses, &explained.guesses);
        assert_eq!(explained.challenges.len(), self.challenges.len());
        explained.challenges.iter().for_each(|challenge| self.assert_agrees_with(challenge, now));
    }

    pub fn reset(&mut self, now: i64) {
        (self.sends, self.guesses) = (Events::default(), Events::default());
        self.challenges.retain(|model| model.begun <= now);
        // A challenge whose state is unknown is forgotten, and its clock with it.
        self.clock = if self.challenges.is_empty() { 0 } else { now };
    }

    /// The properties that hold for every history.
    pub fn holds(&self) {
        for model in &self.challenges {
            assert!(model.compared <= usize::from(model.new.tries) && model.right_guesses <= 1, "{model:?}");
        }
    }

    pub fn texts_of(&self, id: u8) -> &[Reservation] {
        let model = self.challenges.iter().find(|model| model.new.id == challenge_id(id));
        model.map_or(&[], |model| &model.texts)
    }
}

/// Requesters that are not trusted leave a reserve in the rules of an hour and longer, and another in those of a day
/// and longer.
fn rules_for(rules: &NumberRules, is_trusted: bool) -> Vec<Rule> {
    let reserve = |rule: &Rule| match rule.window_ms {
        _ if is_trusted => 0,
        window if window >= DAY_MS => rules.reserve_day,
        window if window >= HOUR_MS => rules.reserve_hour,
        _ => 0,
    };
    rules.sends.iter().map(|rule| Rule { limit: rule.limit.saturating_sub(reserve(rule)), ..*rule }).collect()
}

fn assert_between(until: Option<i64>, min: Verdict, max: Verdict) {
    let wait = |verdict| match verdict {
        Verdict::Granted(wait) => wait,
        Verdict::Rejected(until) => Some(until),
        Verdict::Captcha => None,
    };
    assert!(until >= wait(min) && until <= wait(max), "{until:?} {min:?} {max:?}");
}
