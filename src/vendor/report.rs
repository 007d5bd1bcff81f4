//! Delivery reports and replies, as each vendor writes one: pulled or pushed, they are the same records.

use nojson::RawJsonValue;

use crate::phone::Phone;
use crate::wire::{beijing, gbk, json, percent};

/// What a pull brought: records that were read, as JSON, and the bytes of those that were not.
#[derive(Default)]
pub struct Pulled {
    /// JSON, a record each.
    pub items: Vec<String>,
    /// Kept to the byte: the vendor has erased them.
    pub unparsed: Vec<Vec<u8>>,
}

impl Pulled {
    /// `{items, unparsed}`, the bytes as lists of numbers.
    #[must_use]
    pub fn to_json(&self) -> String {
        let unparsed = nojson::array(|f| self.unparsed.iter().try_for_each(|bytes| f.element(bytes)));
        format!("{{\"items\":[{}],\"unparsed\":{unparsed}}}", self.items.join(","))
    }
}

/// A delivery report.
struct Report<'a> {
    vendor: &'static str,
    reference: &'a str,
    to: &'a str,
    status: &'a str,
    at: String,
    ext: &'a str,
}

impl Report<'_> {
    fn to_json(&self) -> String {
        // apiv1 writes DELIVER in a pull and DELIVRD in a push; both are delivered (FACTS.md, apiv1).
        let delivered = matches!(self.status, "DELIVRD" | "DELIVER");
        nojson::object(|f| {
            f.member("vendor", self.vendor)?;
            f.member("ref", self.reference)?;
            f.member("to", number(self.to))?;
            f.member("delivered", delivered)?;
            f.member("status", self.status)?;
            f.member("at", &self.at)?;
            if self.ext.is_empty() { Ok(()) } else { f.member("ext", self.ext) }
        })
        .to_string()
    }
}

/// A person's reply.
struct Reply<'a> {
    vendor: &'static str,
    reference: &'a str,
    from: &'a str,
    text: &'a str,
    at: String,
    ext: &'a str,
}

impl Reply<'_> {
    fn to_json(&self) -> String {
        nojson::object(|f| {
            f.member("vendor", self.vendor)?;
            if !self.reference.is_empty() {
                f.member("ref", self.reference)?;
            }
            f.member("from", number(self.from))?;
            f.member("text", self.text)?;
            f.member("at", &self.at)?;
            if !self.ext.is_empty() {
                f.member("ext", self.ext)?;
            }
            if self.from.contains('*') { f.member("masked", true) } else { Ok(()) }
        })
        .to_string()
    }
}

/// In E.164 where it is a whole number; a masked one as it came.
fn number(number: &str) -> String {
    let phone = Phone::parse(number).or_else(|_| Phone::parse(&format!("+{number}")));
    phone.map_or_else(|_| number.to_owned(), |phone| phone.e164())
}

/// 短信状态查询接口 and 回调短信状态.
#[must_use]
pub fn apiv1_report(record: RawJsonValue<'_, '_>) -> Option<String> {
    let text = |name| json::text_of(record, name);
    let report = Report {
        vendor: "apiv1",
        reference: &text("sendId")?,
        to: &text("mobile")?,
        status: &text("status")?,
        at: beijing::iso(&text("times")?)?,
        ext: &text("extNo").unwrap_or_default(),
    };
    Some(report.to_json())
}

/// 短信上行查询接口 and 回调上行短信.
#[must_use]
pub fn apiv1_reply(record: RawJsonValue<'_, '_>) -> Option<String> {
    let text = |name| json::text_of(record, name);
    let reply = Reply {
        vendor: "apiv1",
        reference: "",
        from: &text("mobile")?,
        text: &text("content")?,
        at: beijing::iso(&text("times")?)?,
        ext: &text("extNo").unwrap_or_default(),
    };
    Some(reply.to_json())
}

/// 9. 短信回复推送: `Class=mo`. The parameters are looked up by name, decoded from GB2312.
#[must_use]
pub fn smsadmin_pushed_reply(parameter: impl Fn(&str) -> Option<String>) -> Option<String> {
    let reply = Reply {
        vendor: "smsadmin",
        reference: &parameter("LinkId").unwrap_or_default(),
        from: &parameter("Mobile")?,
        text: &parameter("Message")?,
        at: beijing::iso(&parameter("RevertTime")?)?,
        ext: "",
    };
    Some(reply.to_json())
}

/// 10. 状态报告推送: `Class=rpt`.
#[must_use]
pub fn smsadmin_pushed_report(parameter: impl Fn(&str) -> Option<String>) -> Option<String> {
    let report = Report {
        vendor: "smsadmin",
        reference: &parameter("LinkId").unwrap_or_default(),
        to: &parameter("Mobile")?,
        status: &parameter("Report")?,
        at: beijing::iso(&parameter("ReportTime")?)?,
        ext: "",
    };
    Some(report.to_json())
}

/// The records of section 8: a line each.
#[must_use]
pub fn smsadmin_report_records(body: &[u8]) -> Vec<&[u8]> {
    // A byte 0x0A is never the second of a GBK character.
    body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect()
}

/// The records of section 7: a line each, and the lines behind it that do not begin as a record does, since a person's reply
/// may have several.
#[must_use]
pub fn smsadmin_reply_records(body: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    let mut line = 0;
    for end in body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).chain([body.len()]) {
        if starts.is_empty() || begins_a_record(&body[line..end]) {
            starts.push(line);
        }
        line = end + 1;
    }
    let ends = starts.iter().skip(1).copied().chain([body.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| body[*start..end].trim_ascii())
        .filter(|record| !record.is_empty())
        .collect()
}

/// 手机号/日期/…: a number, masked or with its country code too, a slash, and what has the shape of a time.
fn begins_a_record(line: &[u8]) -> bool {
    let mut fields = line.trim_ascii_start().splitn(3, |byte| *byte == b'/');
    let number = fields.next().unwrap_or_default();
    let time = fields.next().unwrap_or_default().trim_ascii();
    (11..=14).contains(&number.len())
        && number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'+'))
        && beijing::has_shape(time)
}

/// 8. 主动获取状态报告: 手机号/日期/流水号/状态值/子码.
#[must_use]
pub fn smsadmin_report(record: &[u8]) -> Option<String> {
    let [to, at, reference, status, ext] = smsadmin_fields(record)?;
    let [to, at, reference, status, ext] = [text(to)?, text(at)?, text(reference)?, text(status)?, text(ext)?];
    // A status is a word: with a slash in it, the record is not one of the document's.
    if status.is_empty() || status.contains('/') {
        return None;
    }
    let report = Report {
        vendor: "smsadmin",
        reference: &reference,
        to: &to,
        status: &status,
        at: beijing::iso(&at)?,
        ext: &ext,
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
        reference: &reference,
        from: &from,
        text: &gbk::decode(&content)?,
        at: beijing::iso(&at)?,
        ext: &ext,
    };
    Some(reply.to_json())
}

/// Three fields from the left and one from the right, since a text may hold slashes (FACTS.md, smsadmin). A byte 0x2F is
/// never the second of a GBK character.
fn smsadmin_fields(record: &[u8]) -> Option<[&[u8]; 5]> {
    let mut left = record.splitn(4, |byte| *byte == b'/');
    let (number, time, reference, rest) = (left.next()?, left.next()?, left.next()?, left.next()?);
    let slash = rest.iter().rposition(|byte| *byte == b'/')?;
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
