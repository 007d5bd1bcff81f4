//! Proof of work at one number: good once, bounded, and given back with what was certainly not sent.

use xinshi::guard::challenge_source::ChallengeSource;
use xinshi::guard::counter::{ReserveSlot, SlotDecision};
use xinshi::guard::ledger::{Command, Decision};
use xinshi::guard::number_work::{ByWork, Evidence};
use xinshi::guard::record_outcome::RecordOutcome;
use xinshi::guard::reserve_send::{ReserveSend, SendDecision};
use xinshi::guard::rule::{NumberRules, Rule};
use xinshi::otp::challenge::Delivery;
use xinshi::otp::work_challenge::DoneWork;

use crate::key::{Key, new, reserve_slot};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// 6 a day, of which 3 are kept.
fn reserve_send(id: u8) -> ReserveSend {
    let rules = NumberRules { sends: vec![Rule::new(6, 86_400)], reserve_day: 3, ..NumberRules::default() };
    let source = ChallengeSource::new(new(id, None));
    ReserveSend {
        id: id.into(),
        rules,
        trusted: false,
        captcha_available: false,
        by_work: ByWork::Alone,
        work: None,
        shadow: false,
        dry_run: false,
        source,
        expected: None,
    }
}

fn work(id: u64, expires_at: i64) -> DoneWork {
    DoneWork { id, expires_at }
}

/// A number whose share for those who show nothing is used up.
fn used_up() -> Key {
    let mut key = Key::default();
    for id in 0..3 {
        assert!(matches!(key.reserve_send(reserve_send(id), 0), SendDecision::Granted { .. }));
    }
    assert_eq!(key.reserve_send(reserve_send(3), 0), SendDecision::Rejected(DAY));
    key
}

#[test]
fn work_opens_the_reserve_once_a_day_and_is_valid_once() {
    let mut key = used_up();
    let shown = |id: u8, work| ReserveSend { work, ..reserve_send(id) };
    assert!(matches!(
        key.reserve_send(shown(4, Some(work(1, HOUR))), 1),
        SendDecision::Granted { rejected_until: None, .. }
    ));
    assert_eq!(key.reserve_send(shown(5, Some(work(1, HOUR))), 2), SendDecision::WorkSpent);
    assert_eq!(key.reserve_send(shown(6, Some(work(2, 2))), 2), SendDecision::WorkSpent, "its time is over");
    // The share of those who show nothing comes back before the reserve is opened again.
    assert_eq!(key.reserve_send(shown(7, Some(work(2, HOUR))), 2), SendDecision::Rejected(DAY));
    assert!(
        matches!(key.reserve_send(ReserveSend { trusted: true, ..reserve_send(8) }, 3), SendDecision::Granted { .. }),
        "the rest is for those known"
    );
    for id in 9..12 {
        assert!(
            matches!(key.reserve_send(reserve_send(id), 2 * DAY), SendDecision::Granted { .. }),
            "a day later the share is whole"
        );
    }
    assert!(
        matches!(key.reserve_send(shown(12, Some(work(3, 2 * DAY + HOUR))), 2 * DAY + 1), SendDecision::Granted { .. }),
        "and so is the reserve"
    );
}

#[test]
fn where_a_share_is_left_it_opens_nothing() {
    let mut key = Key::default();
    assert!(matches!(
        key.reserve_send(ReserveSend { work: Some(work(1, HOUR)), ..reserve_send(0) }, 0),
        SendDecision::Granted { .. }
    ));
    for id in 1..3 {
        assert!(matches!(key.reserve_send(reserve_send(id), 0), SendDecision::Granted { .. }));
    }
    assert!(
        matches!(
            key.reserve_send(ReserveSend { work: Some(work(2, HOUR)), ..reserve_send(3) }, 1),
            SendDecision::Granted { .. }
        ),
        "the reserve is whole"
    );
    assert_eq!(
        key.reserve_send(ReserveSend { work: Some(work(1, HOUR)), ..reserve_send(4) }, 1),
        SendDecision::WorkSpent,
        "and it is used all the same"
    );
}

#[test]
fn rejected_send_returns_its_work_once() {
    let mut key = used_up();
    let shown = |id: u8| ReserveSend { work: Some(work(1, HOUR)), ..reserve_send(id) };
    let SendDecision::Granted { reservation, .. } = key.reserve_send(shown(4), 1) else {
        panic!("it opens the reserve")
    };
    let outcome = |delivery| RecordOutcome { challenge: new(4, None).id, reservation, delivery, submission: None };
    key.apply(&Command::RecordOutcome(outcome(Delivery::Unknown)), 2);
    assert_eq!(key.reserve_send(shown(5), 2), SendDecision::WorkSpent, "it may have been sent");
    key.apply(&Command::RecordOutcome(outcome(Delivery::Rejected)), 3);
    assert!(matches!(key.reserve_send(shown(6), 3), SendDecision::Granted { .. }));
    key.apply(&Command::RecordOutcome(outcome(Delivery::Rejected)), 4);
    assert_eq!(key.reserve_send(shown(7), 4), SendDecision::WorkSpent, "of another send nothing is given back");
}

#[test]
fn work_is_required_where_it_helps() {
    let asking = |id: u8, by_work| ReserveSend { captcha_available: true, by_work, ..reserve_send(id) };
    let mut key = used_up();
    for by_work in [ByWork::No, ByWork::Too, ByWork::Alone] {
        assert_eq!(key.reserve_send(asking(4, by_work), 1), SendDecision::CaptchaRequired, "{by_work:?}");
    }
    assert!(matches!(
        key.reserve_send(ReserveSend { work: Some(work(1, HOUR)), ..reserve_send(4) }, 1),
        SendDecision::Granted { .. }
    ));
    assert_eq!(key.reserve_send(asking(5, ByWork::No), 2), SendDecision::CaptchaRequired);
    assert_eq!(key.reserve_send(asking(5, ByWork::Too), 2), SendDecision::CaptchaAlone);
    assert_eq!(
        key.reserve_send(asking(5, ByWork::Alone), 2),
        SendDecision::Rejected(DAY),
        "there is nothing to ask for"
    );
}

#[test]
fn reset_number_keeps_its_used_work() {
    let mut key = used_up();
    let shown = |id: u8, work| ReserveSend { work, ..reserve_send(id) };
    assert!(matches!(key.reserve_send(shown(4, Some(work(1, HOUR))), 1), SendDecision::Granted { .. }));
    assert_eq!(key.apply(&Command::Reset, 2), Decision::Done);
    assert_eq!(key.reserve_send(shown(5, Some(work(1, HOUR))), 2), SendDecision::WorkSpent);
    for id in 6..9 {
        assert!(matches!(key.reserve_send(reserve_send(id), 2), SendDecision::Granted { .. }));
    }
    assert!(
        matches!(key.reserve_send(shown(9, Some(work(2, HOUR))), 2), SendDecision::Granted { .. }),
        "the reserve is whole again"
    );
}

/// Of an address or a prefix, which many share, work opens no more than the third quarter beside a captcha.
#[test]
fn shared_limit_reserves_texts_for_solved_captchas() {
    for (by_work, by_bomber) in [(ByWork::No, 4), (ByWork::Too, 6), (ByWork::Alone, 8)] {
        let mut key = Key::default();
        let rules = [Rule::new(8, 86_400)];
        let mut granted = 0;
        for id in 0..20 {
            let unknown = ReserveSlot { captcha_available: true, by_work, ..reserve_slot(id, &rules) };
            let decision = match key.reserve_slot(unknown.clone(), 0) {
                SlotDecision::CaptchaRequired if by_work != ByWork::No => key.reserve_slot(
                    ReserveSlot { captcha_available: false, evidence: Evidence::Work, ..unknown.clone() },
                    0,
                ),
                decision => decision,
            };
            granted += i32::from(matches!(decision, SlotDecision::Granted { .. }));
        }
        assert_eq!(granted, by_bomber, "{by_work:?}");
        let worked = ReserveSlot { by_work, evidence: Evidence::Work, ..reserve_slot(20, &rules) };
        let solved = key.reserve_slot(reserve_slot(21, &rules), 0);
        match by_work {
            ByWork::Alone => assert!(matches!(solved, SlotDecision::Rejected(_))),
            _ => assert!(matches!(solved, SlotDecision::Granted { .. }), "{by_work:?}"),
        }
        if by_work == ByWork::Too {
            assert_eq!(key.reserve_slot(worked, 0), SlotDecision::CaptchaAlone);
        }
    }
}
