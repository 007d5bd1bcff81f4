//! Every code of a report that a source explains, and what it means: written again by hand, by meaning.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use xinshi::reason::{self, Party, ROWS, Reason, Retry, StatusMeaning};
use xinshi::rules::source;
use xinshi::vendor::{TEXT_RULES, TextRules};

/// What codes mean on which all sources agree.
const UNDISPUTED: &[(Reason, &str)] = &[
    (Reason::NoSuchNumber, "MK:0001 MK00001 MI:0073 MI:0210 MN:0051 CB:0053 DB:0101 LT:0001 2:19 2:21 R:00001 ERR:640"),
    (
        Reason::OffOrUnreachable,
        "MK:0024 MI:0024 MI:0042 MK:0008 MK:0009 MN:0036 MN:0059 MK:0010 MK:0029 LT:0024 2:18 2:53 R:00011 ERR:602",
    ),
    (Reason::Suspended, "MK:0210 CB:0005 CB:0007 DB:0102 LT:0013 2:20 R:00005 705 ERR:601"),
    (Reason::InboxFull, "MK:0017 MI:0208 MB:1042 LT:0008"),
    (Reason::BlockedByPerson, "BLACK MBBLACK TDBLACK TSBLACK"),
    (Reason::BlockedByCarrier, "MB:1077 MK:1010 MK:100C DB:0141 DB:0140 DB:0144 DB:0164 ID:0141 HD:0001 LT:67 LT:86"),
    (Reason::BlockedByPlatform, "DB:0145 DB:0146 DBBLACK BWLIST HD:19 DTBLACK 2:70"),
    (Reason::OptedOut, "MX:0012 unsubscribe"),
    (
        Reason::TooFrequent,
        "DB:0142 DB:0149 ID:0142 ID:0311 MI:0079 IB:0008 MI:0061 DB:9007 LIMIT BEYONDN CTLIMIT DISTURB XA:0100 REJECTED 650 660",
    ),
    (
        Reason::Content,
        "REJECT REJECTE NOPASS TE:0014 MN:0099 MK:0118 MN:0000 MN:0174 ID:0076 CJ:0007 CJ:0008 E200020 INVALID DTWORDS \
         MB:1079 MB:1083 KEYWORD SC:0001 XZ:0000 TD:0004 LT:0005 LT:0015 713",
    ),
    (Reason::Signature, "XA:0003 XA:0002 SIGNBLOCKED QM_FAIL GB:0004 00139 YX:9006 NOSEND 00138"),
    (Reason::Hours, "DB:0139"),
    (Reason::Ported, "LT:11 LT:23"),
    (Reason::Expired, "IA:0054"),
    (Reason::Unknown, "UNKNOWN DELETED DTFAILD"),
];

/// Codes with two meanings, by one source or by two that disagree.
const DISPUTED: &[(Reason, Reason, &str)] = &[
    (Reason::Unknown, Reason::NoSuchNumber, "DELIVER"),
    (Reason::Expired, Reason::OffOrUnreachable, "EXPIRED MI00000"),
    (Reason::OffOrUnreachable, Reason::NoSuchNumber, "UNDELIV UNDELIVRD MI:0000 MI:0054 MI:0059 MC:0151 MN:0001"),
    (Reason::Unknown, Reason::Content, "REJECTD"),
    (Reason::Route, Reason::OffOrUnreachable, "NOROUTE"),
    (Reason::NoSuchNumber, Reason::Content, "MK:0000"),
    (Reason::NoSuchNumber, Reason::Suspended, "MK:0012 MK:0013"),
    (Reason::Suspended, Reason::NoSuchNumber, "MK:0005"),
    (Reason::Suspended, Reason::OffOrUnreachable, "MK:0004 MK:0011 MI:0013 MI:0029 IC:0001"),
    (Reason::InboxFull, Reason::OffOrUnreachable, "MC:0055"),
    (Reason::OffOrUnreachable, Reason::Content, "MK:0115"),
    (Reason::Unknown, Reason::Signature, "MC:0001 MA:0001"),
    (Reason::NoSuchNumber, Reason::Route, "CB:0001"),
    (Reason::Ported, Reason::Suspended, "DB:0126 DB:0129 ID:0126 E:CHAN"),
    (Reason::TooFrequent, Reason::Ported, "DB:0143"),
    (Reason::TooFrequent, Reason::Suspended, "MILIMIT BEYONDM"),
    (Reason::Content, Reason::NoSuchNumber, "006"),
];

fn failed(status: &str) -> reason::Explained {
    match reason::read(status, "") {
        StatusMeaning::Failed(explained) => explained,
        other => panic!("{status}: {other:?}"),
    }
}

#[test]
fn every_status_code_has_its_sources_meaning() {
    let mut seen = BTreeSet::new();
    for (reason, codes) in UNDISPUTED {
        for code in codes.split(' ') {
            let explained = failed(code);
            assert_eq!((explained.reason, explained.other, explained.is_certain), (*reason, None, true), "{code}");
            assert!(seen.insert(code), "{code} twice");
        }
    }
    for (reason, other, codes) in DISPUTED {
        for code in codes.split(' ') {
            let explained = failed(code);
            assert_eq!(
                (explained.reason, explained.other, explained.is_certain),
                (*reason, Some(*other), false),
                "{code}"
            );
            assert!(seen.insert(code), "{code} twice");
        }
    }
    let rows: BTreeSet<&str> = ROWS.iter().flat_map(|row| row.codes.split(' ')).collect();
    assert_eq!(seen, rows);
    assert!(seen.len() >= 150, "{}", seen.len());
}

#[test]
fn every_status_code_has_sources() {
    for row in &ROWS {
        assert!(row.sources.split(' ').all(|id| source::find(id).is_some()), "{}: {}", row.codes, row.sources);
        assert!(!row.chinese.is_empty(), "{}", row.codes);
    }
}

#[test]
fn delivered_and_pending_statuses_have_no_reason() {
    for (vendor, TextRules { delivered, .. }) in TEXT_RULES {
        for status in ["DELIVRD", "delivrd", "LT:0", " DELIVRD "] {
            assert_eq!(reason::read(status, delivered), StatusMeaning::Delivered, "{vendor} {status}");
        }
        assert_eq!(reason::read("ACCEPTD", delivered), StatusMeaning::Pending, "{vendor}");
        let is_delivered = reason::read("DELIVER", delivered) == StatusMeaning::Delivered;
        assert_eq!(is_delivered, *vendor == "apiv1", "{vendor}");
        assert_ne!(reason::read("LT:0001", delivered), StatusMeaning::Delivered);
    }
}

#[test]
fn unlisted_status_is_unknown_except_expired() {
    for (status, reason) in
        [("MI:9999", Reason::Expired), ("MK:9999", Reason::Unknown), ("", Reason::Unknown), ("失败", Reason::Unknown)]
    {
        let explained = failed(status);
        assert_eq!((explained.reason, explained.is_certain), (reason, false), "{status}");
    }
}

#[test]
fn each_reason_has_a_retry_and_an_actor() {
    for (reason, name, retry, party) in [
        (Reason::NoSuchNumber, "no-such-number", Retry::Never, Party::Sender),
        (Reason::OffOrUnreachable, "off-or-unreachable", Retry::Later, Party::Person),
        (Reason::Suspended, "suspended", Retry::Later, Party::Person),
        (Reason::InboxFull, "inbox-full", Retry::Later, Party::Person),
        (Reason::BlockedByPerson, "blocklisted", Retry::Never, Party::Person),
        (Reason::BlockedByCarrier, "blocklisted", Retry::Never, Party::Person),
        (Reason::BlockedByPlatform, "blocklisted", Retry::OtherAccount, Party::Vendor),
        (Reason::OptedOut, "opted-out", Retry::Never, Party::Person),
        (Reason::TooFrequent, "too-frequent", Retry::Later, Party::Sender),
        (Reason::Content, "content", Retry::Never, Party::Sender),
        (Reason::Signature, "signature", Retry::OtherAccount, Party::Sender),
        (Reason::Hours, "hours", Retry::Later, Party::Sender),
        (Reason::Ported, "ported", Retry::OtherAccount, Party::Vendor),
        (Reason::Expired, "expired", Retry::Later, Party::Person),
        (Reason::Route, "route", Retry::OtherAccount, Party::Vendor),
        (Reason::Unknown, "unknown", Retry::Later, Party::Vendor),
    ] {
        assert_eq!((reason.as_str(), reason.retry(), reason.party()), (name, retry, party));
        assert_eq!(Reason::ALL[reason as usize], reason);
    }
}
