//! Pushes: what a vendor posts to an address of ours, once.

use nojson::{JsonValueKind, RawJsonValue};

use crate::error::SmsError;
use crate::vendor::{REGISTRY, report};
use crate::wire::{gbk, json, percent};

/// Reads a push as far as it is understood, into `{reports, replies}` as JSON. What is not understood gives neither: its
/// bytes are the caller's to keep.
///
/// `query` is the URL's, without `?`.
///
/// # Errors
/// `invalid_argument` where there is no such vendor.
pub fn read(vendor: &str, query: &str, body: &[u8]) -> Result<String, SmsError> {
    if !REGISTRY.iter().any(|row| row.facts.name == vendor) {
        return Err(SmsError::argument("vendor", "there is no such vendor"));
    }
    let (mut reports, mut replies) = (Vec::new(), Vec::new());
    match vendor {
        "apiv1" => apiv1(body, &mut reports, &mut replies),
        "smsadmin" => smsadmin(query.as_bytes(), body, &mut reports, &mut replies),
        // Announced and not described (liasmart callback_url; liupai and binstd statusurl, replyurl): kept raw.
        _ => {}
    }
    Ok(format!("{{\"reports\":[{}],\"replies\":[{}]}}", reports.join(","), replies.join(",")))
}

/// 回调短信状态 and 回调上行短信: one record, or a list of them.
fn apiv1(body: &[u8], reports: &mut Vec<String>, replies: &mut Vec<String>) {
    let Ok(text) = std::str::from_utf8(body.trim_ascii()) else { return };
    let Ok(document) = nojson::RawJson::parse(text.trim_start_matches('\u{FEFF}')) else { return };
    let mut take = |record: RawJsonValue<'_, '_>| {
        // A report has a status, a reply a text.
        if json::member(record, "status").is_some() {
            reports.extend(report::apiv1_report(record));
        } else {
            replies.extend(report::apiv1_reply(record));
        }
    };
    match document.value().kind() {
        JsonValueKind::Array => document.value().to_array().into_iter().flatten().for_each(take),
        _ => take(document.value()),
    }
}

/// 9. 短信回复推送 and 10. 状态报告推送: in the query or in a form, in GB2312.
fn smsadmin(query: &[u8], form: &[u8], reports: &mut Vec<String>, replies: &mut Vec<String>) {
    let parameter = |name: &str| {
        let pairs = [query, form].into_iter().flat_map(|pairs| pairs.split(|byte| *byte == b'&'));
        let mut values = pairs.filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            // The document's example has a blank before a name.
            (percent::decode(&pair[..at])?.trim_ascii() == name.as_bytes()).then_some(&pair[at + 1..])
        });
        gbk::decode(&percent::decode(values.next()?)?)
    };
    match parameter("Class").as_deref() {
        Some("mo") => replies.extend(report::smsadmin_pushed_reply(parameter)),
        Some("rpt") => reports.extend(report::smsadmin_pushed_report(parameter)),
        _ => {}
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
            r#"{"reports":[{"vendor":"apiv1","ref":"t1","to":"+8613812345678","delivered":true,"status":"DELIVRD","at":"2019-04-12T17:57:08+08:00"}],"replies":[]}"#
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
    fn what_is_not_understood_is_nothing() {
        let nothing = r#"{"reports":[],"replies":[]}"#;
        for vendor in ["apiv1", "smsadmin", "liasmart", "liupai", "binstd"] {
            for body in [&b""[..], b"{", b"[1,null,{}]", b"\xFF\xFE", b"Class=mo&Mobile=%", br#"{"status":1}"#] {
                assert_eq!(read(vendor, "", body).unwrap(), nothing, "{vendor} {body:?}");
            }
        }
        assert!(read("nobody", "", b"").is_err());
    }
}
