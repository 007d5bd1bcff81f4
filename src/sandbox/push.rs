//! Pushes: what a vendor posts to an address of its customer's. Four are documented; the five others are announced and not
//! described, and their shapes here are the sandbox's own.

use serde_json::{Value, json};

use super::clock::beijing_time;
use super::http::{Ending, Reply};
use super::{SERVERS, is_mobile};

const SHAPE: &str = "a push is {url, kind: report, to, ref?, status?} or {url, kind: reply, from, text, ref?}";

/// The request that a vendor's push is, for the adapter to make: `{url, contentType, body}`.
pub(super) fn push(vendor: &str, order: &[u8], now: i64) -> Reply {
    if !SERVERS.iter().any(|server| server.name == vendor) {
        return Reply::text(404, "there is no such vendor");
    }
    match read(order).and_then(|order| Some((written(vendor, &order, &beijing_time(now))?, order))) {
        Some(((content_type, body), order)) => {
            Reply::json(&json!({ "url": order.url, "contentType": content_type, "body": body })).ending(Ending::Push)
        }
        None => Reply::text(400, SHAPE),
    }
}

struct Order {
    url: String,
    /// A reply has one, a report has not.
    text: Option<String>,
    mobile: String,
    reference: String,
    status: String,
}

fn read(order: &[u8]) -> Option<Order> {
    let order: Value = serde_json::from_slice(order).ok()?;
    let field = |name: &str| order.get(name).and_then(Value::as_str).map(str::to_owned);
    let url = field("url").filter(|url| url.starts_with("http://") || url.starts_with("https://"))?;
    let (text, mobile) = match field("kind")?.as_str() {
        "report" => (None, field("to")?),
        "reply" => (Some(field("text")?), field("from")?),
        _ => return None,
    };
    let reference = field("ref").unwrap_or_default();
    let status = field("status").unwrap_or_else(|| "DELIVRD".to_owned());
    is_mobile(&mobile).then_some(Order { url, text, mobile, reference, status })
}

/// Content type and body.
fn written(vendor: &str, order: &Order, at: &str) -> Option<(&'static str, String)> {
    let Order { text, mobile, reference, status, .. } = order;
    Some(match (vendor, text) {
        // 回调短信状态 and 回调上行短信.
        ("apiv1", None) => {
            (JSON, json!({ "sendId": reference, "mobile": mobile, "times": at, "status": status }).to_string())
        }
        ("apiv1", Some(text)) => {
            (JSON, json!({ "mobile": mobile, "content": text, "times": at, "extNo": "10" }).to_string())
        }
        // 9. 短信回复推送 and 10. 状态报告推送, in GB2312.
        ("smsadmin", None) => (
            FORM,
            form(&[
                ("Class", "rpt"),
                ("SmsName", "沙盒"),
                ("Mobile", mobile),
                ("LinkId", reference),
                ("Report", status),
                ("ReportTime", at),
            ]),
        ),
        ("smsadmin", Some(text)) => (
            FORM,
            form(&[
                ("Class", "mo"),
                ("SmsName", "沙盒"),
                ("Mobile", mobile),
                ("Message", text),
                ("LinkId", reference),
                ("RevertTime", at),
            ]),
        ),
        ("liasmart", None) => {
            let report = json!({
                "message_id": 2_026_083_116_353_908_975_u64, "uid": reference, "phonenumber": format!("86{mobile}"),
                "status": status,
            });
            (JSON, report.to_string())
        }
        // liasmart announces no replies.
        ("liasmart", Some(_)) => return None,
        (_, None) => (JSON, json!({ "mobile": mobile, "status": status, "sendtime": at }).to_string()),
        (_, Some(text)) => (JSON, json!({ "mobile": mobile, "content": text, "replytime": at }).to_string()),
    })
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        let (bytes, ..) = encoding_rs::GBK.encode(value);
        format!("{name}={}", urlencoding::encode_binary(&bytes))
    };
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_push_is_refused() {
        let url = "http://127.0.0.1/x";
        for (vendor, order, status) in [
            ("apiv1", json!({ "url": url, "kind": "report", "to": "13812345678" }), 200),
            ("smsadmin", json!({ "url": url, "kind": "reply", "from": "13812345678", "text": "TD" }), 200),
            ("liasmart", json!({ "url": url, "kind": "reply", "from": "13812345678", "text": "TD" }), 400),
            ("apiv1", json!({ "url": "file:///etc", "kind": "report", "to": "13812345678" }), 400),
            ("apiv1", json!({ "url": url, "kind": "report", "to": "1" }), 400),
            ("apiv1", json!([]), 400),
            ("nobody", json!({ "url": url, "kind": "report", "to": "13812345678" }), 404),
        ] {
            assert_eq!(push(vendor, order.to_string().as_bytes(), 0).status, status, "{vendor} {order}");
        }
    }
}
