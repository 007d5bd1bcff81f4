//! Delivery reports and replies, as each vendor writes one: pulled or pushed, they are the same records.

use alloc::string::String;
use alloc::vec::Vec;

use crate::phone::Phone;
use crate::reason::{self, Verdict};
use crate::search;
use crate::vendor::values::{self, Values};
use crate::wire::json_writer::{Object, list};
use crate::wire::{Charset, beijing, blank, percent};

/// What a pull or a push brought: records that were read, as JSON, and the bytes of those that were not.
#[derive(Default)]
pub struct Pulled {
    /// JSON, a record each.
    pub items: Vec<String>,
    /// Kept to the byte: the vendor has erased them, or pushes them once.
    pub unparsed: Vec<Vec<u8>>,
}

impl Pulled {
    /// Takes a record, or where it was not read, its bytes.
    pub fn take(&mut self, read: Option<String>, source: &[u8]) {
        match read {
            Some(item) => self.items.push(item),
            None => self.unparsed.push(source.to_vec()),
        }
    }

    /// `{items, unparsed}`, the bytes as percent-encoded text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.json("items", &list(&self.items));
        json.json("unparsed", &unparsed(&self.unparsed));
        json.finish()
    }
}

/// Bytes that are no text, as JSON: a list of percent-encoded strings.
#[must_use]
pub fn unparsed(records: &[Vec<u8>]) -> String {
    crate::wire::json_writer::texts(records.iter().map(|bytes| percent::encode_text(bytes)))
}

/// What a vendor calls the values of its reports and replies. An empty name is of a value that it does not tell.
pub(crate) struct Names {
    vendor: &'static str,
    id: &'static str,
    reference: &'static str,
    phone: &'static str,
    /// The first of them that is there counts.
    statuses: [&'static str; 2],
    text: &'static str,
    reported_at: &'static str,
    replied_at: &'static str,
    ext: &'static str,
    /// The account at the vendor.
    user: &'static str,
    /// Without these, it is no report.
    needs: &'static [&'static str],
    /// Whether a reference is letters and digits, so that no blank belongs to it.
    bare_reference: bool,
    /// Whether numbers begin with their country code, with or without `+`.
    country_first: bool,
}

/// 短信状态查询接口, 回调短信状态, 短信上行查询接口 and 回调上行短信.
pub(crate) const APIV1: Names = Names {
    vendor: "apiv1",
    id: "",
    reference: "sendId",
    phone: "mobile",
    statuses: ["status", ""],
    text: "content",
    reported_at: "times",
    replied_at: "times",
    ext: "extNo",
    user: "",
    needs: &["sendId", "mobile"],
    bare_reference: false,
    country_first: false,
};

/// 9. 短信回复推送 and 10. 状态报告推送, and what 7. 主动获取回复 and 8. 主动获取状态报告 give without names. 子码 is in these alone.
pub(crate) const SMSADMIN: Names = Names {
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
    needs: &["Mobile"],
    // 数字、字母、数字字母组合 (2. GET, linkid).
    bare_reference: true,
    country_first: false,
};

/// As a send calls them, and `DLRStatus` as a sibling does: the callback is documented nowhere (FACTS.md, liasmart).
pub(crate) const LIASMART: Names = Names {
    vendor: "liasmart",
    id: "message_id",
    reference: "uid",
    phone: "phonenumber",
    statuses: ["DLRStatus", "status"],
    text: "",
    reported_at: "",
    replied_at: "",
    ext: "",
    user: "",
    needs: &[],
    bare_reference: false,
    // 格式为国家码+手机号 (参数说明, phonenumber).
    country_first: true,
};

impl Names {
    /// Whether a value that a record cannot do without was spoilt on its way.
    pub(crate) fn are_spoilt(&self, values: &Values<'_>) -> bool {
        let Self { id, reference, phone, statuses: [first, second], text, .. } = self;
        [id, reference, phone, first, second, text].into_iter().any(|name| values.is_spoilt(name))
    }

    /// The status of a report. A reply has none.
    pub(crate) fn status(&self, values: &Values<'_>) -> Option<String> {
        self.statuses.iter().find_map(|name| values.word(name))
    }

    /// A delivery report, as JSON. Nothing where it is none.
    pub(crate) fn report(&self, values: &Values<'_>) -> Option<String> {
        let status = self.status(values)?;
        // Of a report without the reference that it had, nobody can say whose it is.
        let is_whole = !self.are_spoilt(values) && self.needs.iter().all(|name| values.word(name).is_some());
        is_whole.then(|| {
            let mut json = self.begin();
            json.text("ref", &self.reference(values).unwrap_or_default());
            json.text_if("id", values.word(self.id).as_deref());
            json.text("to", &self.phone(values));
            let verdict = reason::read(self.vendor, &status);
            json.flag("delivered", verdict == Verdict::Delivered);
            json.text("status", &status);
            verdict.write(&mut json);
            self.end(&mut json, self.reported_at, values);
            json.finish()
        })
    }

    /// A person's reply, as JSON. Nothing where it is none.
    pub(crate) fn reply(&self, values: &Values<'_>) -> Option<String> {
        let text = values.text(self.text)?;
        let from = Some(self.phone(values)).filter(|from| !from.is_empty())?;
        let mut json = self.begin();
        json.text_if("ref", self.reference(values).as_deref());
        json.text("from", &from);
        json.text("text", &text);
        self.end(&mut json, self.replied_at, values);
        if search::contains(&from, "*") {
            json.flag("masked", true);
        }
        Some(json.finish())
    }

    fn begin(&self) -> Object {
        let mut json = Object::new();
        json.text("vendor", self.vendor);
        json
    }

    fn reference(&self, values: &Values<'_>) -> Option<String> {
        let reference = values.word(self.reference)?;
        Some(if self.bare_reference { blank::removed(&reference) } else { reference })
    }

    /// In E.164 where it is a whole number; a masked one as it came.
    fn phone(&self, values: &Values<'_>) -> String {
        let number = values.number(self.phone).unwrap_or_default();
        let international = ["+", &number].concat();
        let [first, second] = if self.country_first { [&international, &number] } else { [&number, &international] };
        let phone = Phone::parse(first).or_else(|_| Phone::parse(second));
        phone.map_or(number, |phone| phone.e164())
    }

    /// What reports and replies end with. ISO 8601; no time where the vendor gave none, or none that is one.
    fn end(&self, json: &mut Object, at: &str, values: &Values<'_>) {
        json.text_if("at", values.word(at).as_deref().and_then(beijing::iso).as_deref());
        json.text_if("ext", values.word(self.ext).as_deref());
        json.text_if("user", values.word(self.user).as_deref());
    }
}

/// The records of section 8: a line each.
#[must_use]
pub fn smsadmin_report_records(body: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    // A byte 0x0A is never the second of a GBK character.
    for line in body.split(|byte| *byte == b'\n') {
        keep(&mut records, line);
    }
    records
}

/// The records of section 7: a line each, and the lines behind it that do not begin as a record does, since a person's reply
/// may have several.
#[must_use]
pub fn smsadmin_reply_records(body: &[u8]) -> Vec<&[u8]> {
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

/// 手机号/日期/…: a number, masked or with its country code too, a slash, and what has the shape of a time.
fn begins_a_record(line: &[u8]) -> bool {
    let mut fields = line.splitn(3, |byte| *byte == b'/');
    let number = values::number(fields.next().unwrap_or_default(), Charset::Gbk).unwrap_or_default();
    (11..=14).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'+'))
        && is_a_time(fields.next().unwrap_or_default())
}

/// 8. 主动获取状态报告: 手机号/日期/流水号/状态值/子码.
#[must_use]
pub fn smsadmin_report(record: &[u8]) -> Option<String> {
    let fields = smsadmin_fields(record, SMSADMIN.statuses[0], SMSADMIN.reported_at)?;
    // A status is a word: with a slash in it, the record is not one of the document's.
    if fields[3].1.contains(&b'/') {
        return None;
    }
    SMSADMIN.report(&line(&fields))
}

/// 7. 主动获取回复: 手机号/日期/流水号/回复内容/子码, the text url-encoded at `reve_urlencode`.
#[must_use]
pub fn smsadmin_reply(record: &[u8], urlencoded: bool) -> Option<String> {
    let mut fields = smsadmin_fields(record, SMSADMIN.text, SMSADMIN.replied_at)?;
    let decoded = if urlencoded { Some(percent::decode(fields[3].1)?) } else { None };
    if let Some(decoded) = &decoded {
        fields[3].1 = decoded;
    }
    SMSADMIN.reply(&line(&fields))
}

/// Three fields from the left and one from the right, since a text may hold slashes (FACTS.md, smsadmin), under the names of a
/// push. A byte 0x2F is never the second of a GBK character.
fn smsadmin_fields<'a>(
    record: &'a [u8],
    says: &'static str,
    at: &'static str,
) -> Option<[(&'static str, &'a [u8]); 5]> {
    let mut left = record.splitn(4, |byte| *byte == b'/');
    let (number, time, reference, rest) = (left.next()?, left.next()?, left.next()?, left.next()?);
    let slash = rest.iter().rposition(|byte| *byte == b'/')?;
    is_a_time(time).then_some([
        (SMSADMIN.phone, number),
        (at, time),
        (SMSADMIN.reference, reference),
        (says, &rest[..slash]),
        (SMSADMIN.ext, &rest[slash + 1..]),
    ])
}

fn is_a_time(field: &[u8]) -> bool {
    values::word(field, Charset::Gbk).is_some_and(|time| beijing::has_shape(time.as_bytes(), beijing::TIME))
}

const fn line<'a>(fields: &'a [(&'static str, &'a [u8])]) -> Values<'a> {
    Values { json: None, pairs: [&[], &[]], fields, charset: Charset::Gbk }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_lines_of_a_reply_stay_in_its_text() {
        let body = "13802102102/2014-10-11 10:22:13//1/2 and\n3/4/56666\n13900000000/2014-10-11 10:22:14/abc/TD/1\n";
        let records = smsadmin_reply_records(body.as_bytes());
        assert_eq!(records.len(), 2);
        let first = smsadmin_reply(records[0], false).unwrap();
        assert!(first.contains(r#""text":"1/2 and\n3/4","at":"2014-10-11T10:22:13+08:00","ext":"56666""#), "{first}");
        assert!(
            smsadmin_reply(records[1], false).unwrap().contains(r#""ref":"abc","from":"+8613900000000","text":"TD""#)
        );
    }

    #[test]
    fn an_odd_line_spoils_no_other() {
        let good = "13802102102/2014-10-11 10:22:13/abc/DELIVRD/1";
        for odd in
            ["13900000000/0000-00-00 00:00:00/def/UNDELIV/2", "8613900000000/2014-10-11 10:22:13/d/UNDELIV/2", "139000"]
        {
            let body = format!("{good}\n{odd}\n");
            let records = smsadmin_report_records(body.as_bytes());
            assert_eq!(records.len(), 2, "{odd}");
            assert!(smsadmin_report(records[0]).unwrap().contains(r#""ref":"abc""#));
            let reply = format!("{good}\n86{good}\n");
            assert_eq!(smsadmin_reply_records(reply.as_bytes()).len(), 2);
        }
    }

    #[test]
    fn a_pull_is_read_as_a_push_is() {
        let clean = smsadmin_report(b"13802102102/2014-10-11 10:22:13/A1/DELIVRD/5").unwrap();
        for blank in [" ", "\t", "\0", "\r", "\u{3000}"] {
            let fields = ["13802102102", "2014-10-11 10:22:13", "A1", "DELIVRD", "5"];
            let record = fields.map(|field| format!("{blank}{field}{blank}")).join("/");
            assert_eq!(smsadmin_report(record.as_bytes()).as_ref(), Some(&clean), "{blank:?}");
            let two = format!("\u{FEFF}{record}\n{record}\r\n\0");
            assert_eq!(smsadmin_reply_records(two.as_bytes()).len(), 2, "{blank:?}");
        }
        let reply = smsadmin_reply(b"138 0210 2102 /2014-10-11 10:22:13/ A 1/ \xCD\xCB  \xB6\xA9 /5", false).unwrap();
        assert!(reply.contains(r#""ref":"A1","from":"+8613802102102","text":" 退  订 ""#), "{reply}");
        assert!(smsadmin_report(b"13802102102/2014-10-11 10:22:13/A1/delivered/5").unwrap().contains(":true"));
        let spoilt = "13802102102/2014-10-11 10:22:13/A1/\u{FFFD}TD/5";
        assert_eq!(smsadmin_reply(spoilt.as_bytes(), false), None);
        assert_eq!(smsadmin_reply(b"13802102102/2014-10-11 10:22:13/A1/%EF%BF%BD/5", true), None);
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for record in [
            "",
            "13802102102",
            "13802102102/2014-10-11 10:22:13/x",
            "13802102102/later//DELIVRD/1",
            "13802102102/2014-10-11 10:22:13//A/B/1",
        ] {
            assert_eq!(smsadmin_report(record.as_bytes()), None, "{record}");
        }
        assert_eq!(smsadmin_reply(b"13802102102/2014-10-11 10:22:13//%D/1", true), None, "cut in the middle");
    }
}
