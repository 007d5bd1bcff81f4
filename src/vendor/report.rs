//! Delivery reports and replies, as each vendor writes one: pulled or pushed, they are the same records.

use alloc::string::String;
use alloc::vec::Vec;

use crate::phone::Phone;
use crate::search;
use crate::wire::json::Json;
use crate::wire::json_writer::{Object, list};
use crate::wire::{beijing, gbk, percent};

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

/// A delivery report.
pub(crate) struct Report<'a> {
    pub(crate) vendor: &'static str,
    pub(crate) reference: &'a str,
    pub(crate) id: Option<&'a str>,
    pub(crate) to: &'a str,
    pub(crate) delivered: bool,
    pub(crate) status: &'a str,
    /// ISO 8601; nothing where the vendor gave no time, or none that is one.
    pub(crate) at: Option<String>,
    pub(crate) ext: Option<&'a str>,
    /// The account at the vendor, where it says whose it is.
    pub(crate) user: Option<&'a str>,
}

impl Report<'_> {
    pub(crate) fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("vendor", self.vendor);
        json.text("ref", self.reference);
        json.text_if("id", self.id);
        json.text("to", &number(self.vendor, self.to));
        json.flag("delivered", self.delivered);
        json.text("status", self.status);
        json.text_if("at", self.at.as_deref());
        json.text_if("ext", self.ext);
        json.text_if("user", self.user);
        json.finish()
    }
}

/// apiv1 writes DELIVER in a pull and DELIVRD in a push; both are delivered (FACTS.md, apiv1).
pub(crate) fn is_delivered(status: &str) -> bool {
    matches!(status, "DELIVRD" | "DELIVER")
}

/// A person's reply.
struct Reply<'a> {
    vendor: &'static str,
    reference: Option<&'a str>,
    from: &'a str,
    text: &'a str,
    at: Option<String>,
    ext: Option<&'a str>,
    user: Option<&'a str>,
}

impl Reply<'_> {
    fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("vendor", self.vendor);
        json.text_if("ref", self.reference);
        json.text("from", &number(self.vendor, self.from));
        json.text("text", self.text);
        json.text_if("at", self.at.as_deref());
        json.text_if("ext", self.ext);
        json.text_if("user", self.user);
        if search::contains(self.from, "*") {
            json.flag("masked", true);
        }
        json.finish()
    }
}

/// In E.164 where it is a whole number; a masked one as it came.
fn number(vendor: &str, number: &str) -> String {
    let international = || Phone::parse(&["+", number].concat());
    // 格式为国家码+手机号 (liasmart.txt, phonenumber): 14155550123 is American, and no mainland number.
    let phone = if vendor == "liasmart" {
        international().or_else(|_| Phone::parse(number))
    } else {
        Phone::parse(number).or_else(|_| international())
    };
    phone.map_or_else(|_| number.into(), |phone| phone.e164())
}

fn not_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// 短信状态查询接口 and 回调短信状态.
#[must_use]
pub fn apiv1_report(record: &Json<'_>) -> Option<String> {
    let status = record.text_of("status")?;
    let report = Report {
        vendor: "apiv1",
        reference: record.text_of("sendId")?,
        id: None,
        to: record.text_of("mobile")?,
        delivered: is_delivered(status),
        status,
        at: record.text_of("times").and_then(beijing::iso),
        ext: record.text_of("extNo"),
        user: None,
    };
    Some(report.to_json())
}

/// 短信上行查询接口 and 回调上行短信.
#[must_use]
pub fn apiv1_reply(record: &Json<'_>) -> Option<String> {
    let reply = Reply {
        vendor: "apiv1",
        reference: None,
        from: record.text_of("mobile")?,
        text: record.member("content")?.text()?,
        at: record.text_of("times").and_then(beijing::iso),
        ext: record.text_of("extNo"),
        user: None,
    };
    Some(reply.to_json())
}

/// 9. 短信回复推送: `Class=mo`. The parameters are looked up by name, decoded from GB2312.
#[must_use]
pub fn smsadmin_pushed_reply(parameter: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (reference, user) = (parameter("LinkId"), parameter("SmsName"));
    let reply = Reply {
        vendor: "smsadmin",
        reference: reference.as_deref().and_then(not_empty),
        from: &parameter("Mobile")?,
        text: &parameter("Message")?,
        at: parameter("RevertTime").as_deref().and_then(beijing::iso),
        ext: None,
        user: user.as_deref().and_then(not_empty),
    };
    Some(reply.to_json())
}

/// 10. 状态报告推送: `Class=rpt`.
#[must_use]
pub fn smsadmin_pushed_report(parameter: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let status = parameter("Report").filter(|status| !status.is_empty())?;
    let user = parameter("SmsName");
    let report = Report {
        vendor: "smsadmin",
        reference: &parameter("LinkId").unwrap_or_default(),
        id: None,
        to: &parameter("Mobile")?,
        delivered: is_delivered(&status),
        status: &status,
        at: parameter("ReportTime").as_deref().and_then(beijing::iso),
        ext: None,
        user: user.as_deref().and_then(not_empty),
    };
    Some(report.to_json())
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
    let record = record.trim_ascii();
    if !record.is_empty() {
        records.push(record);
    }
}

/// 手机号/日期/…: a number, masked or with its country code too, a slash, and what has the shape of a time.
fn begins_a_record(line: &[u8]) -> bool {
    let mut fields = line.trim_ascii_start().splitn(3, |byte| *byte == b'/');
    let number = fields.next().unwrap_or_default();
    let time = fields.next().unwrap_or_default().trim_ascii();
    (11..=14).contains(&number.len())
        && number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'+'))
        && beijing::has_shape(time, beijing::TIME)
}

/// 8. 主动获取状态报告: 手机号/日期/流水号/状态值/子码.
#[must_use]
pub fn smsadmin_report(record: &[u8]) -> Option<String> {
    let [to, at, reference, status, ext] = smsadmin_fields(record)?;
    let [to, at, reference, status, ext] = [text(to)?, text(at)?, text(reference)?, text(status)?, text(ext)?];
    // A status is a word: with a slash in it, the record is not one of the document's.
    if status.is_empty() || search::contains(&status, "/") {
        return None;
    }
    let report = Report {
        vendor: "smsadmin",
        reference: &reference,
        id: None,
        to: &to,
        delivered: is_delivered(&status),
        status: &status,
        at: beijing::iso(&at),
        ext: not_empty(&ext),
        user: None,
    };
    Some(report.to_json())
}

/// 7. 主动获取回复: 手机号/日期/流水号/回复内容/子码, the text url-encoded at `reve_urlencode`.
#[must_use]
pub fn smsadmin_reply(record: &[u8], urlencoded: bool) -> Option<String> {
    let [from, at, reference, content, ext] = smsadmin_fields(record)?;
    let content = if urlencoded { percent::decode(content)? } else { content.to_vec() };
    let (from, at, reference, ext) = (text(from)?, text(at)?, text(reference)?, text(ext)?);
    let reply = Reply {
        vendor: "smsadmin",
        reference: not_empty(&reference),
        from: &from,
        text: &gbk::decode(&content)?,
        at: beijing::iso(&at),
        ext: not_empty(&ext),
        user: None,
    };
    Some(reply.to_json())
}

/// Three fields from the left and one from the right, since a text may hold slashes (FACTS.md, smsadmin). A byte 0x2F is
/// never the second of a GBK character.
fn smsadmin_fields(record: &[u8]) -> Option<[&[u8]; 5]> {
    let mut left = record.splitn(4, |byte| *byte == b'/');
    let (number, time, reference, rest) = (left.next()?, left.next()?, left.next()?, left.next()?);
    let slash = rest.iter().rposition(|byte| *byte == b'/')?;
    if !beijing::has_shape(time.trim_ascii(), beijing::TIME) {
        return None;
    }
    Some([number, time, reference, &rest[..slash], &rest[slash + 1..]])
}

fn text(field: &[u8]) -> Option<String> {
    gbk::decode(field.trim_ascii())
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
