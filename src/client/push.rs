//! Pushes: what a vendor posts to an address of ours, once.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::vendor::report::{Report, unparsed};
use crate::vendor::{REGISTRY, report};
use crate::wire::json;
use crate::wire::json_writer::{Object, list};
use crate::wire::{Charset, gbk, percent};

/// What a push brought.
#[derive(Default)]
struct Push {
    reports: Vec<String>,
    replies: Vec<String>,
    unparsed: Vec<Vec<u8>>,
}

/// Reads a push as far as it is understood, into `{reports, replies, unparsed}` as JSON. What is not understood gives
/// neither: its bytes are the caller's to keep.
///
/// `query` is the URL's, without `?`.
///
/// # Errors
/// `invalid_argument` where there is no such vendor.
pub fn read(vendor: &str, query: &str, body: &[u8]) -> Result<String, SmsError> {
    if !REGISTRY.iter().any(|row| row.facts.name == vendor) {
        return Err(SmsError::argument("vendor", "there is no such vendor"));
    }
    let mut push = Push::default();
    match vendor {
        "apiv1" => push.apiv1(body),
        "smsadmin" => push.smsadmin(query.as_bytes(), body),
        "liasmart" => push.liasmart(query.as_bytes(), body),
        // Announced and not described (liupai and binstd, statusurl and replyurl): kept raw.
        _ => {}
    }
    let mut json = Object::new();
    json.json("reports", &list(push.reports));
    json.json("replies", &list(push.replies));
    json.json("unparsed", &unparsed(&push.unparsed));
    Ok(json.finish())
}

impl Push {
    /// 回调短信状态 and 回调上行短信: one record, or a list of them.
    fn apiv1(&mut self, body: &[u8]) {
        let Ok(document) = json::parse(without_mark(body)) else { return };
        for record in document.list().unwrap_or(core::slice::from_ref(&document)) {
            // A report has a status, a reply a text.
            let (read, kept) = match record.member("status") {
                Some(_) => (report::apiv1_report(record), &mut self.reports),
                None => (report::apiv1_reply(record), &mut self.replies),
            };
            match read {
                Some(read) => kept.push(read),
                None => self.unparsed.push(record.source().to_vec()),
            }
        }
    }

    /// 9. 短信回复推送 and 10. 状态报告推送: in the query or in a form, in GB2312.
    fn smsadmin(&mut self, query: &[u8], form: &[u8]) {
        let parameter = |name: &str| parameter(&[query, form], name, Charset::Gbk);
        match parameter("Class").as_deref() {
            Some("mo") => self.replies.extend(report::smsadmin_pushed_reply(&parameter)),
            Some("rpt") => self.reports.extend(report::smsadmin_pushed_report(&parameter)),
            _ => {}
        }
        // The body is the caller's, a query is not: what it said once is kept.
        if self.replies.is_empty() && self.reports.is_empty() && !query.is_empty() {
            self.unparsed.push(query.to_vec());
        }
    }

    /// The payload posted to `callback_url` is documented nowhere: what a send calls `message_id`, `uid` and `status` is looked
    /// for in JSON, in a form and in the query (FACTS.md, liasmart), `DLRStatus` as a sibling writes it.
    fn liasmart(&mut self, query: &[u8], body: &[u8]) {
        let document = json::parse(without_mark(body)).ok();
        let field = |names: &[&str]| {
            names.iter().find_map(|name| {
                let member = document.as_ref().and_then(|json| json.text_of(name)).map(String::from);
                member.or_else(|| parameter(&[query, body], name, Charset::Utf8).filter(|value| !value.is_empty()))
            })
        };
        let (id, reference) = (field(&["message_id"]), field(&["uid"]));
        let Some(status) = field(&["DLRStatus", "status"]).filter(|_| id.is_some() || reference.is_some()) else {
            return;
        };
        let report = Report {
            vendor: "liasmart",
            reference: &reference.unwrap_or_default(),
            id: id.as_deref(),
            to: &field(&["phonenumber"]).unwrap_or_default(),
            delivered: ["DELIVRD", "DELIVERED"].iter().any(|delivered| status.eq_ignore_ascii_case(delivered)),
            status: &status,
            at: None,
            ext: None,
            user: None,
        };
        self.reports.push(report.to_json());
    }
}

/// A body without a byte-order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// The first parameter of this name, in the charset given.
fn parameter(sources: &[&[u8]], name: &str, charset: Charset) -> Option<String> {
    let value = sources.iter().find_map(|pairs| {
        pairs.split(|byte| *byte == b'&').find_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            // The document's example has a blank before a name.
            (percent::decode(&pair[..at])?.trim_ascii() == name.as_bytes()).then_some(&pair[at + 1..])
        })
    });
    let value = percent::decode(value?)?;
    match charset {
        Charset::Gbk => gbk::decode(&value),
        Charset::Utf8 => String::from_utf8(value).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apiv1_pushes_as_the_document_has_them() {
        let report = br#"{"sendId":"t1","mobile":"13812345678","times":"2019-04-12 17:57:08","status":"DELIVRD"}"#;
        assert_eq!(
            read("apiv1", "", report).unwrap(),
            r#"{"reports":[{"vendor":"apiv1","ref":"t1","to":"+8613812345678","delivered":true,"status":"DELIVRD","at":"2019-04-12T17:57:08+08:00"}],"replies":[],"unparsed":[]}"#
        );
        let reply = "{\"mobile\":\"139\",\"content\":\"退订\",\"times\":\"2019-04-12 17:57:08\",\"extNo\":\"10\"}";
        assert!(read("apiv1", "", reply.as_bytes()).unwrap().contains(r#""replies":[{"vendor":"apiv1","from":"139""#));
    }

    #[test]
    fn smsadmin_pushes_in_the_query_and_in_a_form() {
        let query = "Class=rpt&SmsName=ID&Mobile=13802102102&LinkId=123456789&Report=DELIVRD&ReportTime=2019-04-12+17%3A57%3A08";
        let report = read("smsadmin", query, b"").unwrap();
        assert!(report.contains(r#""ref":"123456789","to":"+8613802102102","delivered":true"#), "{report}");
        let form =
            b"Class=mo&SmsName=ID&Mobile=13802102102&Message=%CD%CB%B6%A9&LinkId=1& RevertTime=2019-04-12 17:57:08";
        let reply = read("smsadmin", "", form).unwrap();
        assert!(reply.contains(r#""text":"退订""#), "{reply}");
    }

    #[test]
    fn what_is_not_understood_is_nothing_and_single_records_are_kept() {
        let kept = |records: &str| format!(r#"{{"reports":[],"replies":[],"unparsed":[{records}]}}"#);
        for vendor in ["apiv1", "smsadmin", "liasmart", "liupai", "binstd"] {
            for body in [&b""[..], b"{", b"\xFF\xFE", b"Class=mo&Mobile=%", b"Class=rpt&Mobile=1", b"status=S"] {
                assert_eq!(read(vendor, "", body).unwrap(), kept(""), "{vendor} {body:?}");
            }
        }
        assert_eq!(
            read("apiv1", "", br#"[1,{},{"status":1}]"#).unwrap(),
            kept(r#""1","%7B%7D","%7B%22status%22%3A1%7D""#)
        );
        let partly = br#"[{"sendId":"a","mobile":"13812345678","status":"UNDELIV"},{"status":"x"}]"#;
        let read_partly = read("apiv1", "", partly).unwrap();
        assert!(read_partly.contains(r#""ref":"a""#) && read_partly.contains("%22x%22"), "{read_partly}");
        assert!(read("nobody", "", b"").is_err());
    }

    #[test]
    fn times_that_are_none_cost_no_record() {
        let report = br#"{"sendId":"t1","mobile":"13812345678","times":"0000-00-00 00:00:00","status":"DELIVRD"}"#;
        let reported = read("apiv1", "", report).unwrap();
        assert!(reported.contains(r#""delivered":true"#) && !reported.contains("\"at\""), "{reported}");
        let pushed = read("smsadmin", "Class=rpt&Mobile=13802102102&LinkId=a1&Report=DELIVRD", b"").unwrap();
        assert!(pushed.contains(r#""ref":"a1""#) && !pushed.contains("\"at\""), "{pushed}");
    }

    #[test]
    fn liasmarts_callback_is_read_as_far_as_it_says_what_a_send_says() {
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
        let failed = read("liasmart", "", br#"{"message_id":7,"status":"UNDELIV"}"#).unwrap();
        assert!(failed.contains(r#""delivered":false"#), "{failed}");
    }
}
