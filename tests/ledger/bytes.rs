//! States and commands that the ledger did not write: each gives an error, which changes nothing, and never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use xinshi::guard::adaptive::{AdaptiveRule, AddShare};
use xinshi::guard::challenge_source::{ChallengeSource, Resend};
use xinshi::guard::counter::{AdaptiveSlot, ReserveSlot};
use xinshi::guard::delivery::SendStateQuery;
use xinshi::guard::idempotency::{BeginRequest, SendResponse};
use xinshi::guard::ledger::{self, Command, Unreadable};
use xinshi::guard::marketing_log::ReserveMarketing;
use xinshi::guard::record_outcome::RecordOutcome;
use xinshi::guard::reserve_send::ReserveSend;
use xinshi::guard::rule::Rule;
use xinshi::guard::sliding_log::Reservation;
use xinshi::guard::statistics::Counts;
use xinshi::hours::MARKETING;
use xinshi::otp::challenge::{Delivery, TextId};
use xinshi::otp::text_status::{DeliveryReport, RecordId};

use crate::cases;
use crate::key::{Key, challenge_id, guess, new, reserve_send, reserve_slot, sends};

const NOW: i64 = 1_700_000_000_123;
const RULES: [Rule; 3] = [Rule::new(1, 60), Rule::new(8, 86_400), Rule::new(2000, 3600)];

/// Each command, with the kind of state it is for.
const ADAPTIVE: AdaptiveRule = AdaptiveRule { probe_ms: Some(43_200_000), ..AdaptiveRule::new(4, 4) };

fn commands() -> Vec<(usize, Command)> {
    let reservation = Reservation { at: NOW, id: 1 };
    let mut again = reserve_send(2, sends(&RULES), 0);
    again.source =
        ChallengeSource { new: new(9, None), resend: Some(Resend { id: challenge_id(0), min_left_ms: 60_000 }) };
    let answer = SendResponse { challenge: "challenge".to_owned(), expires_in: 300, resend_in: 60 };
    vec![
        (0, Command::ReserveSlot(reserve_slot(1, &RULES))),
        (
            0,
            Command::ReserveSlot(ReserveSlot {
                adaptive: Some(AdaptiveSlot { rule: ADAPTIVE, verified: 2, relaxes_rules: true }),
                ..reserve_slot(2, &RULES)
            }),
        ),
        (0, Command::ReleaseSlot(reservation)),
        (1, Command::ReserveSend(reserve_send(1, sends(&RULES), 0))),
        (1, Command::ReserveSend(ReserveSend { dry_run: true, ..again.clone() })),
        (1, Command::ReserveSend(again)),
        (
            1,
            Command::RecordOutcome(RecordOutcome {
                challenge: challenge_id(0),
                reservation,
                delivery: Delivery::Rejected,
                submission: None,
            }),
        ),
        (1, Command::Guess(guess(0, "000000", None, &RULES))),
        (1, Command::ReadChallenge(challenge_id(0))),
        (
            1,
            Command::ReadSendState(SendStateQuery { challenge: challenge_id(0), send: 1, resend: true, begun_at: NOW }),
        ),
        (1, Command::Explain(sends(&RULES))),
        (1, Command::Reset),
        (1, Command::ReserveReachable(reserve_send(3, sends(&RULES), 0))),
        (1, Command::ReserveMarketing(ask_marketing())),
        (1, Command::ReleaseMarketing(reservation)),
        (1, Command::ReportFailure(TextId { challenge: challenge_id(0), index: 0 }, reported(), 3, 86_400_000)),
        (1, Command::Failure(challenge_id(0))),
        (2, Command::BeginRequest(BeginRequest { fingerprint: [1; 32], response: answer, send_id: 1, replaces: None })),
        (2, Command::WithdrawRequest(2)),
        (3, Command::AddCounts(Counts::from([("sent".to_owned(), 1)]))),
        (3, Command::ReadStatistics),
        (0, Command::ExplainSlot(RULES.to_vec(), true)),
        (4, Command::AddShare(AddShare { sent: 3, verified: 1, rule: ADAPTIVE })),
        (4, Command::ReadUsage(ADAPTIVE)),
    ]
}

fn ask_marketing() -> ReserveMarketing {
    ReserveMarketing {
        id: 4,
        at: NOW,
        rules: RULES[..2].to_vec(),
        hours: MARKETING,
        skips_unreachable: true,
        shadow: true,
    }
}

fn reported() -> DeliveryReport {
    DeliveryReport { record: RecordId { batch: 1, index: 0 }, account: 1, id: None, delivered: false }
}

/// The kind of a number of which more is known than its codes. What is for a number is for it too.
const NOTED: usize = 5;

/// A non-empty state of each kind.
fn states() -> [Vec<u8>; 6] {
    let mut keys: [Key; 6] = std::array::from_fn(|_| Key::default());
    let commands = commands();
    for round in 0..300 {
        let many = Command::ReserveSlot(reserve_slot(round, &[Rule::new(2000, 3600)]));
        keys[0].apply(&many, NOW + i64::from(round));
    }
    for id in 0..3 {
        let mut changed = reserve_send(u32::from(id), sends(&RULES[1..]), id);
        changed.source = ChallengeSource::new(new(id, Some(u64::from(id))));
        keys[1].reserve_send(changed, NOW);
        keys[1].guess(guess(id, "", Some(u64::from(id)), &RULES[1..]), NOW);
    }
    keys[NOTED] = keys[1].clone();
    keys[NOTED].apply(&Command::ReserveMarketing(ask_marketing()), NOW);
    for (kind, command) in &commands {
        if *kind > 1 {
            keys[*kind].apply(command, NOW);
        }
    }
    keys.map(|key| key.state.unwrap())
}

#[test]
fn truncated_oversized_or_foreign_bytes_are_unreadable() {
    let states = states();
    for (kind, command) in commands() {
        let written = ledger::write(&command).unwrap();
        for (other, state) in states.iter().enumerate() {
            let applied = ledger::apply(Some(state), &written, NOW);
            // A counter has an adaptive limit, too.
            let is_for =
                kind == other || (kind, other) == (1, NOTED) || other == 0 && matches!(command, Command::ReadUsage(_));
            assert_eq!(applied.is_ok(), is_for, "{kind} {other}");
            for end in 0..state.len() {
                assert_eq!(ledger::apply(Some(&state[..end]), &written, NOW), Err(Unreadable), "{kind} {other} {end}");
            }
            let longer = [state.as_slice(), &[0]].concat();
            assert_eq!(ledger::apply(Some(&longer), &written, NOW), Err(Unreadable));
        }
        for end in 0..written.len() {
            assert_eq!(ledger::apply(None, &written[..end], NOW), Err(Unreadable), "{kind} {end}");
        }
    }
}

/// Bytes that happen to be readable may give a nonsensical state, which must still be readable; they never give a
/// panic.
fn survives(state: &[u8], now: i64) {
    for (_, command) in commands() {
        if let Ok(applied) = ledger::apply(Some(state), &ledger::write(&command).unwrap(), now)
            && let ledger::StateChange::Store { state, .. } = applied.change
        {
            let again = ledger::write(&commands()[0].1).unwrap();
            let _ = ledger::apply(Some(&state), &again, now);
        }
    }
}

/// A stored number: mostly small, sometimes the largest or the smallest.
fn number() -> impl Strategy<Value = Vec<u8>> {
    let written = |number: i64| ledger::write(&number).unwrap();
    prop_oneof![
        6 => (0..3_u8).prop_map(|small| vec![small]),
        1 => prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(-1), Just(NOW), any::<i64>()].prop_map(written),
        1 => Just(vec![255, 255, 255, 255, 15]),
    ]
}

/// The range of JavaScript's clock, in milliseconds since the Unix epoch.
const CLOCK: std::ops::RangeInclusive<i64> = -8_640_000_000_000_000..=8_640_000_000_000_000;

proptest! {
    #![proptest_config(cases(20_000, 4))]

    #[test]
    fn random_bytes_never_panic(kind in 0..11_u8, bytes in vec(any::<u8>(), 0..80), now in CLOCK) {
        let state = [&[kind], bytes.as_slice()].concat();
        survives(&state, now);
        let _ = ledger::apply(None, &state, now);
    }

    /// Numbers in the right form and without meaning.
    #[test]
    fn inconsistent_states_never_panic(kind in 0..10_u8, numbers in vec(number(), 4..24), now in CLOCK) {
        survives(&[&[kind], numbers.concat().as_slice()].concat(), now);
    }

    #[test]
    fn changed_bytes_never_panic(kind in 0..6_usize, changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), now in CLOCK) {
        thread_local!(static STATES: [Vec<u8>; 6] = states());
        let mut state = STATES.with(|states| states[kind].clone());
        for (index, byte) in changes {
            let index = index.index(state.len());
            state[index] = byte;
        }
        survives(&state, now);
    }

    #[test]
    fn changed_commands_never_panic(
        command in any::<prop::sample::Index>(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), now in CLOCK,
    ) {
        let mut bytes = ledger::write(&command.get(&commands()).1).unwrap();
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(applied) = ledger::apply(None, &bytes, now)
            && let ledger::StateChange::Store { state, .. } = applied.change
        {
            survives(&state, now);
        }
    }
}
