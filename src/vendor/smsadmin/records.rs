//! Reports and replies of smsadmin: the lines of a pull, and pushes in a query or a form.

use alloc::vec::Vec;

use super::SPEC;
use crate::vendor::push::PushRecords;
use crate::vendor::record_values::{self, RecordValues};
use crate::vendor::report::{FieldNames, ReplyRecord, ReportRecord};
use crate::wire::{Charset, beijing, blank, percent};

/// Reads 9. 短信回复推送 and 10. 状态报告推送: in the query or in a form, in GB2312.
pub(super) fn read_push(push: &mut PushRecords, query: &[u8], form: &[u8]) {
    let values = RecordValues { json: None, pairs: [query, form], fields: &[], charset: Charset::Gbk };
    let class = values.word("Class").unwrap_or_default();
    if class.eq_ignore_ascii_case("mo") {
        push.replies.extend(FIELD_NAMES.reply(&values));
    } else if class.eq_ignore_ascii_case("rpt") {
        push.reports.extend(FIELD_NAMES.report(&values));
    }
    if push.replies.is_empty() && push.reports.is_empty() {
        // The caller keeps the body but not the query, so a record from the query is kept here. So is a record that was
        // damaged in transit.
        let is_spoilt = FIELD_NAMES.are_corrupted(&values);
        push.add_unparsed(&[query, if is_spoilt { form } else { b"" }]);
    }
}

/// The field names of 9. 短信回复推送 and 10. 状态报告推送. 7. 主动获取回复 and 8. 主动获取状态报告 have the same values without names. Only
/// these four have 子码.
const FIELD_NAMES: FieldNames = FieldNames {
    vendor: "smsadmin",
    id: "",
    reference: "LinkId",
    phone: "Mobile",
    statuses: ["Report", ""],
    text: "Message",
    reported_at: "ReportTime",
    replied_at: "RevertTime",
    ext: "子码",
    user: "SmsName",
    required: &["Mobile"],
    // 数字、字母、数字字母组合 (2. GET, linkid).
    bare_reference: true,
    country_first: false,
    delivered: SPEC.text_rules.delivered,
};

/// Splits the body of section 8 into records, a line each.
pub(super) fn reports(body: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    // The byte 0x0A is never the second byte of a GBK character.
    for line in body.split(|byte| *byte == b'\n') {
        keep(&mut records, line);
    }
    records
}

/// Splits the body of section 7 into records. A person's reply may have several lines, so a line that does not begin
/// like a record continues the record before it.
pub(super) fn replies(body: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    let (mut start, mut end) = (0, 0);
    for line in body.split(|byte| *byte == b'\n') {
        if begins_a_record(line) {
            keep(&mut records, &body[start..end]);
            start = end;
        }
        end = body.len().min(end + line.len() + 1);
    }
    keep(&mut records, &body[start..]);
    records
}

fn keep<'a>(records: &mut Vec<&'a [u8]>, record: &'a [u8]) {
    let record = blank::trim_bytes(record);
    if !record.is_empty() {
        records.push(record);
    }
}

/// Whether a line begins like 手机号/日期/…: a number, possibly masked or with its country code, a slash, and a text in the
/// shape of a time.
fn begins_a_record(line: &[u8]) -> bool {
    let mut fields = line.splitn(3, |byte| *byte == b'/');
    let number = record_values::number(fields.next().unwrap_or_default(), Charset::Gbk).unwrap_or_default();
    (11..=14).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'+'))
        && is_a_time(fields.next().unwrap_or_default())
}

/// 8. 主动获取状态报告: 手机号/日期/流水号/状态值/子码.
pub(super) fn report(record: &[u8]) -> Option<ReportRecord> {
    let fields = fields_of(record, FIELD_NAMES.statuses[0], FIELD_NAMES.reported_at)?;
    // A status is one word. A status with a slash means that the record is not one of the document's.
    if fields[3].1.contains(&b'/') {
        return None;
    }
    FIELD_NAMES.report(&line(&fields))
}

/// 7. 主动获取回复: 手机号/日期/流水号/回复内容/子码, the text url-encoded at `reve_urlencode`.
pub(super) fn reply(record: &[u8], urlencoded: bool) -> Option<ReplyRecord> {
    let mut fields = fields_of(record, FIELD_NAMES.text, FIELD_NAMES.replied_at)?;
    let decoded = if urlencoded { Some(percent::decode(fields[3].1)?) } else { None };
    if let Some(decoded) = &decoded {
        fields[3].1 = decoded;
    }
    FIELD_NAMES.reply(&line(&fields))
}

/// Splits a record at the first three slashes and the last one, since a text may contain slashes (docs/vendors.md,
/// smsadmin). Returns the fields under the names of a push. The byte 0x2F is never the second byte of a GBK character.
fn fields_of<'a>(record: &'a [u8], says: &'static str, at: &'static str) -> Option<[(&'static str, &'a [u8]); 5]> {
    let mut left = record.splitn(4, |byte| *byte == b'/');
    let (number, time, reference, rest) = (left.next()?, left.next()?, left.next()?, left.next()?);
    let slash = rest.iter().rposition(|byte| *byte == b'/')?;
    is_a_time(time).then_some([
        (FIELD_NAMES.phone, number),
        (at, time),
        (FIELD_NAMES.reference, reference),
        (says, &rest[..slash]),
        (FIELD_NAMES.ext, &rest[slash + 1..]),
    ])
}

fn is_a_time(field: &[u8]) -> bool {
    record_values::word(field, Charset::Gbk).is_some_and(|time| beijing::has_shape(time.as_bytes(), beijing::TIME))
}

const fn line<'a>(fields: &'a [(&'static str, &'a [u8])]) -> RecordValues<'a> {
    RecordValues { json: None, pairs: [&[], &[]], fields, charset: Charset::Gbk }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_text_keeps_slashes_and_line_breaks() {
        let body = "13802102102/2014-10-11 10:22:13//1/2 and\n3/4/56666\n13900000000/2014-10-11 10:22:14/abc/TD/1\n";
        let records = replies(body.as_bytes());
        assert_eq!(records.len(), 2);
        let first = reply(records[0], false).unwrap();
        assert_eq!(first.text, "1/2 and\n3/4");
        assert_eq!((first.at.as_deref(), first.ext.as_deref()), (Some("2014-10-11T10:22:13+08:00"), Some("56666")));
        let second = reply(records[1], false).unwrap();
        assert_eq!(second.reference.as_deref(), Some("abc"));
        assert_eq!((second.from.as_str(), second.text.as_str()), ("+8613900000000", "TD"));
    }

    #[test]
    fn malformed_line_affects_no_other() {
        let good = "13802102102/2014-10-11 10:22:13/abc/DELIVRD/1";
        for odd in
            ["13900000000/0000-00-00 00:00:00/def/UNDELIV/2", "8613900000000/2014-10-11 10:22:13/d/UNDELIV/2", "139000"]
        {
            let body = format!("{good}\n{odd}\n");
            let records = reports(body.as_bytes());
            assert_eq!(records.len(), 2, "{odd}");
            assert_eq!(report(records[0]).unwrap().reference, "abc");
            let reply = format!("{good}\n86{good}\n");
            assert_eq!(replies(reply.as_bytes()).len(), 2);
        }
    }

    #[test]
    fn pull_and_push_parse_alike() {
        let clean = report(b"13802102102/2014-10-11 10:22:13/A1/DELIVRD/5").unwrap();
        for blank in [" ", "\t", "\0", "\r", "\u{3000}"] {
            let fields = ["13802102102", "2014-10-11 10:22:13", "A1", "DELIVRD", "5"];
            let record = fields.map(|field| format!("{blank}{field}{blank}")).join("/");
            assert_eq!(report(record.as_bytes()).as_ref(), Some(&clean), "{blank:?}");
            let two = format!("\u{FEFF}{record}\n{record}\r\n\0");
            assert_eq!(replies(two.as_bytes()).len(), 2, "{blank:?}");
        }
        let spaced = reply(b"138 0210 2102 /2014-10-11 10:22:13/ A 1/ \xCD\xCB  \xB6\xA9 /5", false).unwrap();
        assert_eq!(spaced.reference.as_deref(), Some("A1"));
        assert_eq!((spaced.from.as_str(), spaced.text.as_str()), ("+8613802102102", " 退  订 "));
        assert!(report(b"13802102102/2014-10-11 10:22:13/A1/delivered/5").unwrap().delivered);
        let spoilt = "13802102102/2014-10-11 10:22:13/A1/\u{FFFD}TD/5";
        assert_eq!(reply(spoilt.as_bytes(), false), None);
        assert_eq!(reply(b"13802102102/2014-10-11 10:22:13/A1/%EF%BF%BD/5", true), None);
    }

    #[test]
    fn invalid_record_is_unparsed() {
        for record in [
            "",
            "13802102102",
            "13802102102/2014-10-11 10:22:13/x",
            "13802102102/later//DELIVRD/1",
            "13802102102/2014-10-11 10:22:13//A/B/1",
        ] {
            assert_eq!(report(record.as_bytes()), None, "{record}");
        }
        assert_eq!(reply(b"13802102102/2014-10-11 10:22:13//%D/1", true), None, "cut in the middle");
    }
}
