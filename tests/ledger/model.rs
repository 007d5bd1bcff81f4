//! [`Model`]: a plain description of what a number's ledger should answer.

use xinshi::guard::guess::{Guess, GuessDecision};
use xinshi::guard::number::{Explanation, NumberRules, ReserveSend, SendDecision};
use xinshi::guard::rule::Rule;
use xinshi::guard::sliding_log::{Reservation, WindowUsage};
use xinshi::otp::challenge::{Challenge, ChallengeId, ChallengeState, Delivery, NewChallenge};

use crate::events::{Between, Events};
use crate::key::{CODE_KEY, PEPPER, challenge_id, right_code};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// The time for which a challenge is remembered after its end.
const REMEMBERED_MS: i64 = DAY_MS + 1_800_000;

#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The latest time at which a step was stored.
    clock: i64,
    pub sends: Events,
    pub guesses: Events,
    pub challenges: Vec<Known>,
}

#[derive(Clone, Debug)]
pub struct Known {
    pub new: NewChallenge,
    begun: i64,
    ends: i64,
    standing: ChallengeState,
    delivery: Delivery,
    pub texts: Vec<Reservation>,
    taken_back: usize,
    compared: usize,
    pub rights: usize,
    /// Whether the ledger may have forgotten a text of the challenge before that text was rejected.
    doubtful: bool,
    /// Whether its first text has an expected account, so that nobody records its acceptance.
    is_expected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Granted(Option<i64>),
    Refused(i64),
    Captcha,
}

impl Known {
    /// What whoever has the challenge knows of its outcome.
    fn held(&self) -> Delivery {
        let is_accepted = self.is_expected && self.texts.len() == 1 && self.delivery == Delivery::Pending;
        if is_accepted { Delivery::Accepted } else { self.delivery }
    }

    fn standing(&self, now: i64) -> ChallengeState {
        match self.standing {
            ChallengeState::Open if self.compared >= usize::from(self.new.tries) => ChallengeState::Spent,
            ChallengeState::Open if now >= self.ends => ChallengeState::Expired,
            standing => standing,
        }
    }
}

impl Model {
    /// An ended challenge stays ended, whatever the clock does next.
    fn close(&mut self, now: i64) {
        for known in &mut self.challenges {
            if known.standing == ChallengeState::Open && known.standing(now) == ChallengeState::Expired {
                known.standing = ChallengeState::Expired;
                self.clock = now;
            }
        }
    }

    fn find(&mut self, id: ChallengeId) -> Option<&mut Known> {
        self.challenges.iter_mut().find(|known| known.new.id == id)
    }

    /// Compares an answer with its command, and records it.
    pub fn asked(&mut self, ask: &ReserveSend, now: i64, asked: &SendDecision) {
        let now = self.clock.max(now);
        self.close(now);
        if let Some(again) = ask.source.resend
            && self
                .find(again.id)
                .is_none_or(|known| known.new.owner.is_some() || known.standing(now) != ChallengeState::Open)
        {
            assert_eq!(*asked, SendDecision::ChallengeClosed);
            return;
        }
        let (least, most) = (self.verdict(ask, now, |wait| wait.least), self.verdict(ask, now, |wait| wait.most));
        let observed = match asked {
            SendDecision::Granted { rejected_until: refused_until, .. } => Verdict::Granted(*refused_until),
            SendDecision::Rejected(until) => Verdict::Refused(*until),
            SendDecision::CaptchaRequired => Verdict::Captcha,
            SendDecision::ChallengeClosed => panic!("an open challenge is gone"),
        };
        match observed {
            _ if least == most => assert_eq!(observed, least),
            Verdict::Granted(None) => assert_eq!(least, Verdict::Granted(None), "late: {ask:?} at {now}"),
            Verdict::Granted(Some(until)) => {
                assert!(ask.shadow);
                lies_between(Some(until), least, most);
            }
            Verdict::Refused(until) => lies_between(Some(until), least, most),
            Verdict::Captcha => {
                assert!(ask.captcha_available && !ask.trusted && most != Verdict::Granted(None), "{least:?} {most:?}");
            }
        }
        if let SendDecision::Granted { reservation, resent: again, rejected_until: refused_until } = asked {
            assert_eq!(*reservation, Reservation { at: now, id: ask.id });
            self.granted(ask, *reservation, refused_until.is_some());
            let challenge = ask.source.clone().challenge(reservation.at, again.clone());
            self.is_as_known(&challenge, now);
        }
    }

    fn verdict(&self, ask: &ReserveSend, now: i64, side: fn(&Between<Option<i64>>) -> Option<i64>) -> Verdict {
        let wait = side(&self.sends.longest_wait(&rules_for(&ask.rules, ask.trusted), now));
        if ask.shadow {
            return Verdict::Granted(wait);
        }
        let known_wait = side(&self.sends.longest_wait(&rules_for(&ask.rules, true), now));
        // Half a limit is used if a limit of half the size, rounded up, has nothing left.
        let halves: Vec<Rule> = ask.rules.sends.iter().filter(|rule| rule.window_ms >= DAY_MS).copied().collect();
        let halves: Vec<Rule> = halves.iter().map(|rule| Rule { limit: rule.limit.div_ceil(2), ..*rule }).collect();
        let is_half = side(&self.sends.longest_wait(&halves, now)).is_some();
        match wait {
            _ if ask.captcha_available && !ask.trusted && known_wait.is_none() && (wait.is_some() || is_half) => {
                Verdict::Captcha
            }
            Some(until) => Verdict::Refused(until),
            None => Verdict::Granted(None),
        }
    }

    fn granted(&mut self, ask: &ReserveSend, reservation: Reservation, over: bool) {
        let now = reservation.at;
        self.clock = now;
        self.sends.push(reservation, &ask.rules.sends, over);
        self.challenges.retain(|known| known.ends + REMEMBERED_MS > now);
        if let Some(again) = ask.source.resend {
            let known = self.find(again.id).unwrap();
            if known.ends - now >= again.min_left_ms {
                known.delivery = known.held();
                known.texts.push(reservation);
                return;
            }
        }
        let new = &ask.source.new;
        self.challenges.push(Known {
            new: new.clone(),
            begun: now,
            ends: now + new.ttl_ms,
            standing: ChallengeState::Open,
            delivery: Delivery::Pending,
            texts: vec![reservation],
            taken_back: 0,
            compared: 0,
            rights: 0,
            doubtful: false,
            is_expected: ask.expected.is_some(),
        });
    }

    /// Checks a challenge against the model: its code, expiry and tries.
    fn is_as_known(&mut self, challenge: &Challenge, now: i64) {
        let known = self.find(challenge.id).unwrap();
        assert_eq!((challenge.nonce, challenge.pepper, challenge.owner), (known.new.nonce, PEPPER, known.new.owner));
        assert_eq!((&challenge.purpose, challenge.test_mark), (&known.new.purpose, known.new.test_mark));
        assert_eq!((challenge.begun, challenge.expires_at), (known.begun, known.ends));
        assert_eq!(usize::from(challenge.tries_left), usize::from(known.new.tries) - known.compared);
        assert_eq!(challenge.code(&CODE_KEY), right_code(challenge.id.0[0]));
        if !known.doubtful {
            assert_eq!(usize::from(challenge.texts), known.texts.len() - known.taken_back);
            assert_eq!(challenge.state_at(now), known.standing(now));
            assert_eq!(challenge.delivery, known.delivery);
        }
    }

    /// Records the outcome of a text, a command without an answer.
    pub fn settled(&mut self, id: ChallengeId, reservation: Reservation, delivery: Delivery) {
        if delivery != Delivery::Rejected {
            let Some(place) = self.challenges.iter().position(|known| known.new.id == id) else { return };
            let owner = self.challenges[place].new.owner;
            for earlier in self.challenges[..place].iter_mut().filter(|_| owner.is_some()) {
                if earlier.new.owner == owner && earlier.standing == ChallengeState::Open {
                    earlier.standing = ChallengeState::Superseded;
                }
            }
            let known = &mut self.challenges[place];
            known.delivery = known.delivery.max(delivery);
            return;
        }
        let back = self.sends.release(reservation);
        let Some(known) = self.find(id) else { return };
        match back {
            Some(false) => {}
            None => known.doubtful = true,
            Some(true) => {
                known.taken_back += 1;
                if known.taken_back == known.texts.len() {
                    known.delivery = Delivery::Rejected;
                    if known.standing == ChallengeState::Open {
                        known.standing = ChallengeState::Superseded;
                    }
                }
            }
        }
    }

    pub fn guessed(&mut self, guess: &Guess, now: i64, guessed: &GuessDecision) {
        let now = self.clock.max(now);
        self.close(now);
        let wait = self.guesses.longest_wait(&guess.rules, now);
        let Some(known) = self.find(guess.challenge).filter(|known| known.new.owner == guess.owner) else {
            assert_eq!(*guessed, GuessDecision::Unknown);
            return;
        };
        // An ended challenge accepts no guesses, whether its state is known or not.
        let standing = known.standing(now);
        if let (true, GuessDecision::Closed(ChallengeState::Superseded)) = (known.doubtful, guessed) {
            return;
        }
        if standing != ChallengeState::Open {
            assert_eq!(*guessed, GuessDecision::Closed(standing));
            return;
        }
        if !guess.keys.contains(&(PEPPER, CODE_KEY)) {
            assert_eq!(*guessed, GuessDecision::Closed(ChallengeState::Expired));
            return;
        }
        if let GuessDecision::Rejected(until) = guessed {
            assert!(wait.most >= Some(*until) && wait.least.is_none_or(|least| least <= *until), "{wait:?} {until}");
            return;
        }
        assert_eq!(wait.least, None, "late: guesses");
        known.delivery = known.held();
        known.compared += 1;
        let left = usize::from(known.new.tries).checked_sub(known.compared).unwrap();
        if guess.code == right_code(guess.challenge.0[0]) {
            let GuessDecision::Right(challenge) = guessed else { panic!("{guessed:?} for the right code") };
            known.standing = ChallengeState::Used;
            known.rights += 1;
            assert_eq!(challenge.state, ChallengeState::Used);
            self.is_as_known(challenge, now);
        } else {
            assert_eq!(*guessed, GuessDecision::Wrong(u8::try_from(left).unwrap()));
        }
        self.clock = now;
        self.guesses.push(Reservation { at: now, id: 0 }, &guess.rules, false);
    }

    pub fn told(&mut self, id: ChallengeId, now: i64, status: Option<&Challenge>) {
        let now = self.clock.max(now);
        self.close(now);
        match status {
            None => assert!(self.find(id).is_none()),
            Some(challenge) => {
                if let Some(known) = self.find(id).filter(|known| !known.doubtful) {
                    assert_eq!(challenge.delivery, known.held());
                }
                // The step itself records nothing.
                let mut recorded = challenge.clone();
                recorded.delivery = self.find(id).map_or(challenge.delivery, |known| known.delivery);
                self.is_as_known(&recorded, now);
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
                assert!((used.least..=used.most).contains(&usage.used), "{used:?} {usage:?}");
                assert!((wait.least..=wait.most).contains(&usage.until), "{wait:?} {usage:?}");
            }
        };
        agrees(&self.sends, &rules_for(rules, true), &explained.sends);
        agrees(&self.sends, &rules_for(rules, false), &explained.untrusted_sends);
        agrees(&self.guesses, &rules.guesses, &explained.guesses);
        assert_eq!(explained.challenges.len(), self.challenges.len());
        explained.challenges.iter().for_each(|challenge| self.is_as_known(challenge, now));
    }

    pub fn reset(&mut self, now: i64) {
        (self.sends, self.guesses) = (Events::default(), Events::default());
        self.challenges.retain(|known| known.begun <= now);
        // A challenge whose state is unknown is forgotten, and its clock with it.
        self.clock = if self.challenges.is_empty() { 0 } else { now };
    }

    /// The properties that hold for every history.
    pub fn holds(&self) {
        for known in &self.challenges {
            assert!(known.compared <= usize::from(known.new.tries) && known.rights <= 1, "{known:?}");
        }
    }

    pub fn texts_of(&self, id: u8) -> &[Reservation] {
        let known = self.challenges.iter().find(|known| known.new.id == challenge_id(id));
        known.map_or(&[], |known| &known.texts)
    }
}

/// Requesters that are not trusted leave a reserve in the rules of an hour and longer, and another in those of a day
/// and longer.
fn rules_for(rules: &NumberRules, known: bool) -> Vec<Rule> {
    let kept = |rule: &Rule| match rule.window_ms {
        _ if known => 0,
        window if window >= DAY_MS => rules.reserve_day,
        window if window >= HOUR_MS => rules.reserve_hour,
        _ => 0,
    };
    rules.sends.iter().map(|rule| Rule { limit: rule.limit.saturating_sub(kept(rule)), ..*rule }).collect()
}

fn lies_between(until: Option<i64>, least: Verdict, most: Verdict) {
    let wait = |verdict| match verdict {
        Verdict::Granted(wait) => wait,
        Verdict::Refused(until) => Some(until),
        Verdict::Captcha => None,
    };
    assert!(until >= wait(least) && until <= wait(most), "{until:?} {least:?} {most:?}");
}
