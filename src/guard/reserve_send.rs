//! [`ReserveSend`]: whether a code may be sent to a number, decided by its rules, its challenges and the work done for it.

use serde::{Deserialize, Serialize};

use crate::guard::challenge_source::ChallengeSource;
use crate::guard::counter::{is_half_used, latest_retry};
use crate::guard::number::{CHALLENGE_RETENTION_MS, MAX_CHALLENGES, Number};
use crate::guard::number_work::ByWork;
use crate::guard::rule::{DAY_MS, NumberRules, Rule};
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::{Challenge, Delivery, NewChallenge};
use crate::otp::text_status::Submission;
use crate::otp::work_challenge::DoneWork;

/// A command: decides about a send.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveSend {
    /// The send's random number.
    pub id: u32,
    /// The rules.
    pub rules: NumberRules,
    /// Whether the requester is trusted: solved a captcha, or verified this number before.
    pub trusted: bool,
    /// Whether a number with half a day's limit used up requires a captcha of other requesters.
    pub captcha_available: bool,
    /// Whether work is accepted in place of a captcha.
    pub by_work: ByWork,
    /// The work that the requester did.
    pub work: Option<DoneWork>,
    /// Whether shadow mode lets the send through whatever the rules say.
    pub shadow: bool,
    /// Whether only to decide, without counting.
    pub dry_run: bool,
    /// The challenge that the send is for.
    pub source: ChallengeSource,
    /// The account that the text of a new challenge is to be handed to, if its acceptance is not going to be recorded:
    /// see [`Challenge::is_accepted_for_holder`].
    pub expected: Option<Submission>,
}

/// The decision about a send.
#[allow(clippy::large_enum_variant, reason = "it is made once and told at once")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendDecision {
    /// The text may be sent.
    Granted {
        /// Releases the send.
        reservation: Reservation,
        /// In shadow mode, the time at which the rules would allow it.
        rejected_until: Option<i64>,
        /// The challenge whose text is sent again; `None` for a new one, which the caller derives by
        /// [`ChallengeSource::challenge`].
        resent: Option<Challenge>,
    },
    /// The rules reject the send until this time, in milliseconds since the Unix epoch.
    Rejected(i64),
    /// The send requires a captcha, or work if that is accepted.
    CaptchaRequired,
    /// Not without a captcha: work opened of the reserve what it may.
    CaptchaAlone,
    /// The work was used before, or is too old.
    WorkSpent,
    /// The challenge whose text was to be sent again is not open.
    ChallengeClosed,
}

impl Number {
    /// Decides about a send, and counts a granted one unless `looks` is set.
    pub fn reserve_send(&mut self, send_command: ReserveSend, now: i64) -> SendDecision {
        if send_command.dry_run {
            // Closes expired challenges even so: a challenge that was reported as ended must stay ended.
            self.expire_challenges(self.clock.max(now));
            return self.clone().reserve_send(ReserveSend { dry_run: false, ..send_command }, now);
        }
        let now = self.clock.max(now);
        self.expire_challenges(now);
        let resent = match &send_command.source.resend {
            None => None,
            // A back end's own challenge is never sent again: CAMARA has no resend.
            Some(resent) => {
                let is_it = |known: &&Challenge| known.id == resent.id && known.owner.is_none() && known.is_open(now);
                let Some(known) = self.challenges.iter().find(is_it) else { return SendDecision::ChallengeClosed };
                (known.expires_at.saturating_sub(now) >= resent.min_left_ms).then_some(resent.id)
            }
        };
        let next_challenge_at = if resent.is_none() { self.next_challenge_at(now) } else { None };
        if send_command.work.is_some_and(|work| !send_command.shadow && self.works.is_spent(work, now)) {
            return SendDecision::WorkSpent;
        }
        let mut rejected_until = latest_retry(
            send_command.rules.for_caller(send_command.trusted).map(|rule| self.sends.retry_at(rule, now)),
        );
        let trusted_until =
            latest_retry(send_command.rules.for_caller(true).map(|rule| self.sends.retry_at(rule, now)));
        let with_work_until = trusted_until.max(self.works.opens_at(now));
        // Work uses the reserve only for a send that the rules would reject.
        let opens = send_command.work.is_some() && rejected_until.is_some() && with_work_until.is_none();
        if opens {
            rejected_until = None;
        } else if send_command.work.is_some() {
            // Whichever comes first lets the send through.
            rejected_until = rejected_until.min(with_work_until);
        }
        let is_half = |rule: &Rule| rule.window_ms >= DAY_MS && is_half_used(self.sends.used(*rule, now), rule.limit);
        if !send_command.shadow {
            // A send that would be rejected even with a captcha must not require one.
            let is_short = rejected_until.is_some() || send_command.rules.sends.iter().any(is_half);
            if send_command.captcha_available
                && !send_command.trusted
                && trusted_until.max(next_challenge_at).is_none()
                && is_short
            {
                let work_helps = rejected_until.is_none() || with_work_until.is_none();
                match send_command.by_work {
                    ByWork::Too if !work_helps => return SendDecision::CaptchaAlone,
                    // Nothing else can be required: the send is rejected until the rules or the reserve let it through.
                    ByWork::Alone if !work_helps => rejected_until = rejected_until.min(with_work_until),
                    _ => return SendDecision::CaptchaRequired,
                }
            }
            rejected_until = rejected_until.max(next_challenge_at);
            if let Some(until) = rejected_until {
                return SendDecision::Rejected(until);
            }
        }
        self.clock = now;
        self.challenges.retain(|known| known.expires_at.saturating_add(CHALLENGE_RETENTION_MS) > now);
        let reservation = Reservation { at: now, id: send_command.id };
        self.sends.push(reservation, &send_command.rules.sends);
        if let Some(work) = send_command.work {
            self.works.take(work, reservation, opens);
        }
        let Some(id) = resent else {
            self.begin(send_command.source.new, send_command.expected, now);
            return SendDecision::Granted { reservation, rejected_until, resent: None };
        };
        let Some(known) = self.challenges.iter_mut().find(|known| known.id == id) else {
            return SendDecision::ChallengeClosed;
        };
        known.note_holder();
        known.texts = known.texts.saturating_add(1);
        known.begun_texts = known.begun_texts.saturating_add(1);
        if known.delivery == Delivery::Failed {
            // Another text is on its way.
            known.delivery = Delivery::Pending;
        }
        SendDecision::Granted { reservation, rejected_until, resent: Some(known.clone()) }
    }

    fn begin(&mut self, new: NewChallenge, expected: Option<Submission>, now: i64) {
        while self.challenges.len() >= MAX_CHALLENGES {
            // An open challenge is removed only in shadow mode, which grants more sends than the rules allow.
            let over = self.challenges.iter().position(|known| !known.is_open(now));
            self.challenges.remove(over.unwrap_or_default());
        }
        let mut challenge = Challenge::begin(new, now);
        if let Some(submission) = expected {
            challenge.expect(submission);
        }
        self.challenges.push(challenge);
    }

    /// The time at which another challenge can begin; `None` if one can begin now.
    fn next_challenge_at(&self, now: i64) -> Option<i64> {
        let open = self.challenges.iter().filter(|known| known.is_open(now));
        if open.clone().count() < MAX_CHALLENGES { None } else { open.map(|known| known.expires_at).min() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::guard::challenge_source::Resend;
    use crate::guard::guess::{Guess, GuessDecision};
    use crate::otp::challenge::{ChallengeId, CodeKind};
    use crate::otp::code;

    const KEY: code::Key = [1; 32];

    pub(in crate::guard) fn send_command(id: u8, source: ChallengeSource) -> ReserveSend {
        let rules = NumberRules { sends: Vec::from([Rule::new(1000, 86_400)]), ..NumberRules::default() };
        ReserveSend {
            id: u32::from(id),
            rules,
            trusted: false,
            captcha_available: false,
            by_work: ByWork::No,
            work: None,
            shadow: false,
            dry_run: false,
            source,
            expected: None,
        }
    }

    pub(in crate::guard) fn of_new(id: u8) -> ChallengeSource {
        ChallengeSource::new(new(id))
    }

    /// A send that repeats a challenge's text if its code is valid for at least `least_ms`, and otherwise begins the
    /// challenge with id 99.
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
            code_kind: CodeKind::Derived,
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

    pub(in crate::guard) fn guessed(number: &mut Number, source: &Challenge, now: i64) -> GuessDecision {
        let keys = Vec::from([(0, KEY)]);
        number
            .guess(&Guess { challenge: source.id, code: source.code(&KEY), keys, rules: Vec::new(), owner: None }, now)
    }

    #[test]
    fn resend_repeats_the_code_while_enough_validity_remains_or_begins_a_challenge() {
        let mut number = Number::default();
        let (_, first) = sent(&mut number, 1, 0);
        let resend =
            |number: &mut Number, now| match number.reserve_send(send_command(2, resend_of(first.id, 60_000)), now) {
                SendDecision::Granted { reservation, resent, .. } => {
                    resend_of(first.id, 60_000).challenge(reservation.at, resent)
                }
                other => panic!("{other:?}"),
            };
        let again = resend(&mut number, 240_000);
        assert_eq!((again.id, again.expires_at, again.texts), (first.id, 300_000, 2));
        let fresh = resend(&mut number, 240_001);
        assert_eq!((fresh.id, fresh.expires_at, fresh.texts), (ChallengeId([99; 8]), 540_001, 1));
        assert!(matches!(guessed(&mut number, &first, 240_001), GuessDecision::Right(_)), "the other lives on");
        assert!(matches!(guessed(&mut number, &fresh, 540_000), GuessDecision::Right(_)));
    }

    #[test]
    fn preview_decides_as_a_reservation_and_counts_nothing() {
        let mut number = Number::default();
        let (_, challenge) = sent(&mut number, 1, 0);
        let before = number.clone();
        let looking = |send_command| ReserveSend { dry_run: true, ..send_command };
        assert!(matches!(number.reserve_send(looking(send_command(2, of_new(2))), 0), SendDecision::Granted { .. }));
        assert!(matches!(
            number.reserve_send(looking(send_command(2, resend_of(challenge.id, 0))), 0),
            SendDecision::Granted { .. }
        ));
        let mut rejected = send_command(2, of_new(2));
        rejected.rules.sends[0].limit = 1;
        assert_eq!(number.reserve_send(looking(rejected), 0), SendDecision::Rejected(86_400_000));
        assert_eq!(number, before);
        assert_eq!(
            number.reserve_send(looking(send_command(2, resend_of(challenge.id, 0))), 300_000),
            SendDecision::ChallengeClosed
        );
        assert_eq!(
            number.reserve_send(looking(send_command(2, resend_of(challenge.id, 0))), 0),
            SendDecision::ChallengeClosed,
            "and stays so for a clock set back"
        );
    }

    #[test]
    fn resend_ends_no_open_challenge() {
        let mut number = Number::default();
        let (_, first) = sent(&mut number, 0, 0);
        for id in 1..32 {
            sent(&mut number, id, 0);
        }
        assert_eq!(number.reserve_send(send_command(32, of_new(32)), 0), SendDecision::Rejected(300_000));
        assert!(matches!(
            number.reserve_send(send_command(33, resend_of(ChallengeId([5; 8]), 0)), 0),
            SendDecision::Granted { .. }
        ));
        assert!(matches!(
            number.reserve_send(send_command(34, resend_of(first.id, 0)), 0),
            SendDecision::Granted { .. }
        ));
        assert_eq!(
            number.reserve_send(send_command(36, resend_of(first.id, 300_001)), 0),
            SendDecision::Rejected(300_000),
            "no room for a fresh one"
        );
        assert!(matches!(guessed(&mut number, &first, 0), GuessDecision::Right(_)));
        // Ended challenges are removed for new ones.
        sent(&mut number, 35, 0);
        assert_eq!(guessed(&mut number, &first, 0), GuessDecision::Unknown);
    }

    #[test]
    fn no_captcha_is_required_if_no_challenge_can_begin() {
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
