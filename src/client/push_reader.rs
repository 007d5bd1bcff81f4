//! Reads pushes, which a vendor posts to an address of ours once.

use crate::error::SmsError;
use crate::vendor::REGISTRY;
use crate::vendor::push::PushRecords;
use crate::wire::blank;

/// Reads a push. A body that the vendor's reader does not understand gives no record at all: the caller keeps its
/// bytes. `unparsed` has records that were damaged in transit.
///
/// `query` is the URL's query, without `?`.
///
/// # Errors
/// `invalid_argument` where there is no such vendor.
pub fn read(vendor: &str, query: &str, body: &[u8]) -> Result<PushRecords, SmsError> {
    let Some(row) = REGISTRY.iter().find(|row| row.spec.name == vendor) else {
        return Err(SmsError::argument("vendor", "there is no such vendor"));
    };
    let mut push = PushRecords::default();
    (row.spec.read_push)(&mut push, query.as_bytes(), blank::trim_bytes(body));
    Ok(push)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::percent;

    /// A push as JSON; the bytes of `unparsed` as percent-encoded text.
    fn read(vendor: &str, query: &str, body: &[u8]) -> Result<String, SmsError> {
        super::read(vendor, query, body).map(|push| {
            let (reports, replies) = (serde_json::to_string(&push.reports), serde_json::to_string(&push.replies));
            let unparsed: Vec<String> = push.unparsed.iter().map(|bytes| percent::encode_text(bytes)).collect();
            let unparsed = serde_json::to_string(&unparsed).unwrap();
            format!(r#"{{"reports":{},"replies":{},"unparsed":{unparsed}}}"#, reports.unwrap(), replies.unwrap())
        })
    }

    #[test]
    fn apiv1_pushes_of_the_document_are_parsed() {
        let report = br#"{"sendId":"t1","mobile":"13812345678","times":"2019-04-12 17:57:08","status":"DELIVRD"}"#;
        assert_eq!(
            read("apiv1", "", report).unwrap(),
            r#"{"reports":[{"vendor":"apiv1","ref":"t1","to":"+8613812345678","delivered":true,"status":"DELIVRD","at":"2019-04-12T17:57:08+08:00"}],"replies":[],"unparsed":[]}"#
        );
        let reply = "{\"mobile\":\"139\",\"content\":\"退订\",\"times\":\"2019-04-12 17:57:08\",\"extNo\":\"10\"}";
        assert!(read("apiv1", "", reply.as_bytes()).unwrap().contains(r#""replies":[{"vendor":"apiv1","from":"139""#));
    }

    #[test]
    fn smsadmin_pushes_are_parsed_from_query_and_form() {
        let query = "Class=rpt&SmsName=ID&Mobile=13802102102&LinkId=123456789&Report=DELIVRD&ReportTime=2019-04-12+17%3A57%3A08";
        let report = read("smsadmin", query, b"").unwrap();
        assert!(report.contains(r#""ref":"123456789","to":"+8613802102102","delivered":true"#), "{report}");
        let form =
            b"Class=mo&SmsName=ID&Mobile=13802102102&Message=%CD%CB%B6%A9&LinkId=1& RevertTime=2019-04-12 17:57:08";
        let reply = read("smsadmin", "", form).unwrap();
        assert!(reply.contains(r#""text":"退订""#), "{reply}");
    }

    #[test]
    fn unreadable_push_has_no_records_and_unreadable_record_is_unparsed() {
        let unparsed_only = |records: &str| format!(r#"{{"reports":[],"replies":[],"unparsed":[{records}]}}"#);
        for vendor in ["apiv1", "smsadmin", "liasmart", "liupai", "binstd"] {
            for body in [&b""[..], b"{", b"\xFF\xFE", b"Class=mo&Mobile=%", b"Class=rpt&Mobile=1", b"status=S"] {
                assert_eq!(read(vendor, "", body).unwrap(), unparsed_only(""), "{vendor} {body:?}");
            }
        }
        assert_eq!(
            read("apiv1", "", br#"[1,{},{"status":1}]"#).unwrap(),
            unparsed_only(r#""1","%7B%7D","%7B%22status%22%3A1%7D""#)
        );
        let partly = br#"[{"sendId":"a","mobile":"13812345678","status":"UNDELIV"},{"status":"x"}]"#;
        let read_partly = read("apiv1", "", partly).unwrap();
        assert!(read_partly.contains(r#""ref":"a""#) && read_partly.contains("%22x%22"), "{read_partly}");
        assert!(read("nobody", "", b"").is_err());
    }

    /// Blanks that the tests put around names and values: percent-encoded for a query and a form, escaped for JSON.
    const BLANKS: [(&str, &str); 10] = [
        ("+", " "),
        ("%20%20", "  "),
        ("\r\n", "\\r\\n"),
        ("%0D%0A", "\\r\\n"),
        ("%09", "\\t"),
        ("%00", "\\u0000"),
        ("%A1%A1", "\u{3000}"),
        ("%E3%80%80", "\\u3000"),
        ("%EF%BB%BF", "\u{FEFF}"),
        ("%0B", "\u{a0}"),
    ];

    #[test]
    fn blanks_around_names_and_values_are_ignored() {
        let times = "2019-04-12 17:57:08";
        let report = "Class=rpt&SmsName=ID&Mobile=13802102102&LinkId=A1&Report=DELIVRD&ReportTime=2019-04-12 17:57:08";
        let reply =
            "Class=mo&SmsName=ID&Mobile=13802102102&Message=%CD%CB+%B6%A9&LinkId=A1&RevertTime=2019-04-12 17:57:08";
        let callback = "message_id=77&uid=u1&phonenumber=8613812345678&status=DELIVRD";
        let spoiled = |pairs: &str, blank: &str| {
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=').unwrap();
                // Blanks around a person's own text belong to the text.
                let around = if name == "Message" { "" } else { blank };
                format!("{blank}{name}{blank}={around}{value}{around}")
            };
            pairs.split('&').map(pair).collect::<Vec<_>>().join("&")
        };
        for (blank, _) in BLANKS {
            // A full-width blank has other bytes in smsadmin's GBK than in UTF-8.
            let other = |vendor: &str| if vendor == "smsadmin" { "%E3%80%80" } else { "%A1%A1" };
            let vendors = [("smsadmin", report), ("smsadmin", reply), ("liasmart", callback)];
            for (vendor, pairs) in vendors.into_iter().filter(|(vendor, _)| blank != other(vendor)) {
                let (clean, with) = (read(vendor, pairs, b"").unwrap(), spoiled(pairs, blank));
                assert!(clean.contains("\"vendor\""), "{clean}");
                assert_eq!(read(vendor, &with, b"").unwrap(), clean, "{with}");
                assert_eq!(read(vendor, "", with.as_bytes()).unwrap(), clean, "{with}");
            }
        }
        let records = [
            ("apiv1", vec![("sendId", "t1"), ("mobile", "13812345678"), ("times", times), ("status", "DELIVRD")]),
            ("apiv1", vec![("mobile", "13812345678"), ("content", "退 订"), ("times", times), ("extNo", "10")]),
            ("liasmart", vec![("message_id", "77"), ("uid", "u1"), ("phonenumber", "8613812345678"), ("status", "S")]),
        ];
        for (vendor, members) in records {
            let written = |blank: &str| {
                let member = |(name, value): &(&str, &str)| {
                    let around = if *name == "content" { "" } else { blank };
                    format!(r#""{blank}{name}{blank}":"{around}{value}{around}""#)
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            };
            let clean = read(vendor, "", written("").as_bytes()).unwrap();
            assert!(clean.contains("\"vendor\""), "{clean}");
            for (_, blank) in BLANKS {
                assert_eq!(read(vendor, "", written(blank).as_bytes()).unwrap(), clean, "{}", written(blank));
            }
            for around in ["\u{FEFF}", " \u{FEFF}\r\n", "\0", "\u{FEFF}\u{FEFF}"] {
                let document = format!("{around}{}\r\n\0", written(""));
                assert_eq!(read(vendor, "", document.as_bytes()).unwrap(), clean, "{around:?}");
            }
        }
    }

    #[test]
    fn blanks_inside_numbers_and_references_are_ignored() {
        for query in [
            "Class=rpt&Mobile=138+0210+2102&LinkId=A+1&Report=DELIVRD",
            "Class=RPT&Mobile=%2B86+138%A1%A102102102&LinkId=A1+&Report=delivrd",
            "Class=rpt&Mobile=+8613802102102&LinkId=+A1&Report=Delivered%2B",
        ] {
            let report = read("smsadmin", query, b"").unwrap();
            assert!(report.contains(r#""ref":"A1","to":"+8613802102102","delivered":true"#), "{report}");
        }
        let report = read("apiv1", "", br#"{"sendId":"t1","mobile":"138 1234 5678","status":"x"}"#).unwrap();
        assert!(report.contains(r#""to":"+8613812345678","delivered":false,"status":"x""#), "{report}");
        let masked = read("apiv1", "", br#"{"mobile":" 138 **** 5678","content":"TD"}"#).unwrap();
        assert!(masked.contains(r#""from":"138****5678","text":"TD","masked":true"#), "{masked}");
    }

    #[test]
    fn delivery_statuses_are_equal_for_every_vendor_except_apiv1() {
        let words = ["DELIVRD", "delivrd", "Delivrd", "DELIVERED", "Delivered", "delivered", "DeLiVeReD"];
        let failures =
            ["UNDELIV", "UNDELIVERED", "Undelivered", "DTBLACK", "EXPIRED", "REJECTD", "DELIVRDX", "0", "ok"];
        for (word, delivered) in words.map(|word| (word, true)).into_iter().chain(failures.map(|word| (word, false))) {
            for (vendor, body) in [
                ("smsadmin", format!("Class=rpt&Mobile=13802102102&LinkId=A1&Report={word}")),
                ("apiv1", format!(r#"{{"sendId":"t1","mobile":"13812345678","status":"{word}"}}"#)),
                ("liasmart", format!(r#"{{"message_id":7,"status":"{word}"}}"#)),
                ("liasmart", format!("message_id=7&DLRStatus={word}")),
            ] {
                let read = read(vendor, "", body.as_bytes()).unwrap();
                assert!(read.contains(&format!(r#""delivered":{delivered},"status":"{word}""#)), "{read}");
            }
        }
        // A carrier writes DELIVER for a number that does not exist.
        for (vendor, body, delivered) in [
            ("apiv1", r#"{"sendId":"t1","mobile":"13812345678","status":"DELIVER"}"#, true),
            ("smsadmin", "Class=rpt&Mobile=13802102102&LinkId=A1&Report=DELIVER", false),
            ("liasmart", r#"{"message_id":7,"status":"DELIVER"}"#, false),
        ] {
            let read = read(vendor, "", body.as_bytes()).unwrap();
            assert!(read.contains(&format!(r#""delivered":{delivered},"status":"DELIVER""#)), "{read}");
        }
    }

    #[test]
    fn corrupted_reply_is_returned_unparsed() {
        let unparsed = |bytes: &str| {
            let encoded = percent::encode_text(bytes.as_bytes());
            format!(r#"{{"reports":[],"replies":[],"unparsed":["{encoded}"]}}"#)
        };
        for message in [
            "%EF%BF%BD%EF%BF%BD",
            "TD%EF%BF%BD",
            "%EF%BF%BD",
            "%EF%BF%BD+a%EF%BF%BD",
            "\u{FFFD}",
            "%CD%CB%EF%BF%BD%EF%BF%BD",
        ] {
            let pushed = format!("Class=mo&SmsName=ID&Mobile=13802102102&Message={message}&LinkId=1");
            assert_eq!(read("smsadmin", &pushed, b"").unwrap(), unparsed(&pushed));
            assert_eq!(read("smsadmin", "", pushed.as_bytes()).unwrap(), unparsed(&pushed));
        }
        for content in ["退\u{FFFD}", r"\ufffd\ufffd", "\u{FFFD}"] {
            let record = format!(r#"{{"mobile":"13812345678","content":"{content}"}}"#);
            assert_eq!(read("apiv1", "", record.as_bytes()).unwrap(), unparsed(&record));
            let list = format!(r#"[{record},{{"mobile":"13812345678","content":"TD"}}]"#);
            let read = read("apiv1", "", list.as_bytes()).unwrap();
            assert!(read.contains(r#""text":"TD""#) && read.matches("%22mobile%22").count() == 1, "{read}");
        }
        let callback = "message_id=7&uid=%EF%BF%BD&status=DELIVRD";
        assert_eq!(read("liasmart", callback, b"").unwrap(), unparsed(callback));
        let report = "Class=rpt&Mobile=13802102102&LinkId=%EF%BF%BD&Report=DELIVRD";
        assert_eq!(read("smsadmin", report, b"").unwrap(), unparsed(report));
        // A report is complete without the name of the account at the vendor.
        let named = read("smsadmin", "Class=rpt&SmsName=%EF%BF%BD&Mobile=13802102102&LinkId=A1&Report=DELIVRD", b"");
        assert!(named.as_ref().unwrap().contains(r#""ref":"A1""#) && !named.unwrap().contains("user"));
    }

    #[test]
    fn invalid_time_drops_no_record() {
        let report = br#"{"sendId":"t1","mobile":"13812345678","times":"0000-00-00 00:00:00","status":"DELIVRD"}"#;
        let reported = read("apiv1", "", report).unwrap();
        assert!(reported.contains(r#""delivered":true"#) && !reported.contains("\"at\""), "{reported}");
        let pushed = read("smsadmin", "Class=rpt&Mobile=13802102102&LinkId=a1&Report=DELIVRD", b"").unwrap();
        assert!(pushed.contains(r#""ref":"a1""#) && !pushed.contains("\"at\""), "{pushed}");
    }

    #[test]
    fn liasmart_callback_is_parsed_if_it_has_a_sends_fields() {
        let json = br#"{"message_id":2026083116353908975,"uid":"u1","phonenumber":"8613812345678","status":"DELIVRD"}"#;
        let form = b"message_id=2026083116353908975&uid=u1&phonenumber=8613812345678&DLRStatus=Delivered";
        for (query, body, status) in [
            ("", &json[..], "DELIVRD"),
            ("", &form[..], "Delivered"),
            ("message_id=2026083116353908975&uid=u1&phonenumber=8613812345678&status=DELIVRD", b"", "DELIVRD"),
        ] {
            let expected = format!(
                r#"{{"reports":[{{"vendor":"liasmart","ref":"u1","id":"2026083116353908975","to":"+8613812345678","delivered":true,"status":"{status}"}}],"replies":[],"unparsed":[]}}"#
            );
            assert_eq!(read("liasmart", query, body).unwrap(), expected);
        }
        let american = read("liasmart", "", br#"{"message_id":7,"status":"S","phonenumber":"14155550123"}"#).unwrap();
        assert!(american.contains(r#""to":"+14155550123""#), "{american}");
        let abroad = read("liasmart", "message_id=7&phonenumber=14155550123&status=DELIVRD", b"").unwrap();
        assert!(abroad.contains(r#""to":"+14155550123""#), "{abroad}");
        let failed = read("liasmart", "", br#"{"message_id":7,"status":"UNDELIV"}"#).unwrap();
        assert!(failed.contains(r#""delivered":false"#), "{failed}");
    }
}
