//! Pushes that the vendors post to an address of their customer. Eight are documented; the other five are announced and
//! not described, and have shapes of the sandbox's own here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::approved::ApprovedTexts;
use super::held_records::HeldRecords;
use super::http::{Ending, Reply};
use super::is_mobile;

const USAGE: &str = "a push is {url, kind: report, to, ref?, status?} or {url, kind: reply, from, text, ref?}; of a text with \
                     a callback_url, url may be left out";

/// The id and the callback URL of each of liasmart's texts, by its `uid`.
#[derive(Default)]
pub(super) struct Callbacks(BTreeMap<String, (u64, String)>);

/// The maximum number of texts with a callback.
const MAX_CALLBACKS: usize = 10_000;

impl Callbacks {
    /// Stores the callback of a text that has a `uid`.
    pub(super) fn keep(&mut self, uid: &str, id: u64, url: String) {
        if !uid.is_empty() && self.0.len() < MAX_CALLBACKS {
            self.0.insert(uid.to_owned(), (id, url));
        }
    }
}

/// Writes a push for an order, at a time in milliseconds since the Unix epoch; `None` for a kind that the vendor does not announce.
pub(super) type WritePush<'a> = &'a dyn Fn(&Order, i64) -> Option<Posted>;

/// The push of a vendor as a request for the adapter to make: `{url, contentType, body}`. A vendor reports on a text
/// once: the report that it held for a pull is gone.
pub(super) fn push(
    vendor: &str,
    write: Option<WritePush<'_>>,
    order: &[u8],
    callbacks: &Callbacks,
    texts: &ApprovedTexts,
    held: &mut HeldRecords,
    now: i64,
) -> Reply {
    let Some(write) = write else { return Reply::text(404, "there is no such vendor") };
    let order = read(order, callbacks).map(|order| {
        let sent_id = texts.id_of(vendor, &order.mobile, &order.reference);
        Order { sent_id, ..order }
    });
    match order.and_then(|order| Some((write(&order, now)?, order))) {
        Some(((content_type, body), order)) => {
            if order.text.is_none() {
                held.remove_report(vendor, &order.mobile, &order.reference);
            }
            Reply::json(&json!({ "url": order.url, "contentType": content_type, "body": body })).ending(Ending::Push)
        }
        None => Reply::text(400, USAGE),
    }
}

/// The caller's order of a push.
pub(super) struct Order {
    url: String,
    /// The text of a reply; `None` for a report.
    pub(super) text: Option<String>,
    pub(super) mobile: String,
    pub(super) reference: String,
    /// liasmart's id of the text.
    pub(super) id: u64,
    /// The id of the text, at a vendor of approved templates.
    pub(super) sent_id: Option<String>,
    pub(super) status: String,
}

/// Content type and body of a push.
pub(super) type Posted = (&'static str, String);

fn read(order: &[u8], Callbacks(known): &Callbacks) -> Option<Order> {
    let order: Value = serde_json::from_slice(order).ok()?;
    let field = |name: &str| order.get(name).and_then(Value::as_str).map(str::to_owned);
    let reference = field("ref").unwrap_or_default();
    let (id, callback_url) = known.get(&reference).cloned().unwrap_or((2_026_083_116_353_908_975, String::new()));
    let url = field("url").unwrap_or(callback_url);
    let url = Some(url).filter(|url| url.starts_with("http://") || url.starts_with("https://"))?;
    let (text, mobile) = match field("kind")?.as_str() {
        "report" => (None, field("to")?),
        "reply" => (Some(field("text")?), field("from")?),
        _ => return None,
    };
    let status = field("status").unwrap_or_else(|| "DELIVRD".to_owned());
    is_mobile(&mobile).then_some(Order { url, text, mobile, reference, id, sent_id: None, status })
}

/// A push that the vendor's document announces and does not describe.
pub(super) fn undescribed(order: &Order, at: &str) -> Posted {
    let Order { text, mobile, status, .. } = order;
    posted_json(&match text {
        None => json!({ "mobile": mobile, "status": status, "sendtime": at }),
        Some(text) => json!({ "mobile": mobile, "content": text, "replytime": at }),
    })
}

/// A push as JSON.
pub(super) fn posted_json(value: &Value) -> Posted {
    (JSON, value.to_string())
}

/// A push as a form in GB2312.
pub(super) fn posted_form(fields: &[(&str, &str)]) -> Posted {
    (FORM, form(fields))
}

/// A push in the format of a definition: `json`, `form`, `xml` or `text`.
pub(super) fn posted_as(format: &str, body: String) -> Posted {
    let content_type = match format {
        "json" => JSON,
        "form" => FORM,
        "xml" => "text/xml; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    (content_type, body)
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
    use crate::sandbox::SERVERS;
    use crate::sandbox::clock::beijing_time;

    #[test]
    fn invalid_push_request_is_rejected() {
        let url = "http://127.0.0.1/x";
        let mut callbacks = Callbacks::default();
        callbacks.keep("u1", 7, url.to_owned());
        callbacks.keep("u2", 8, String::new());
        let texts = ApprovedTexts::default();
        for (vendor, order, status) in [
            ("apiv1", json!({ "url": url, "kind": "report", "to": "13812345678" }), 200),
            ("smsadmin", json!({ "url": url, "kind": "reply", "from": "13812345678", "text": "TD" }), 200),
            ("liasmart", json!({ "kind": "report", "to": "13812345678", "ref": "u1" }), 200),
            ("liasmart", json!({ "kind": "report", "to": "13812345678", "ref": "u2" }), 400),
            ("liasmart", json!({ "url": url, "kind": "reply", "from": "13812345678", "text": "TD" }), 400),
            ("apiv1", json!({ "url": "file:///etc", "kind": "report", "to": "13812345678" }), 400),
            ("apiv1", json!({ "url": url, "kind": "report", "to": "1" }), 400),
            ("apiv1", json!([]), 400),
            ("nobody", json!({ "url": url, "kind": "report", "to": "13812345678" }), 404),
        ] {
            let server = SERVERS.iter().find(|server| server.name == vendor);
            let of_server =
                |order: &Order, now: i64| server.and_then(|server| (server.push)(order, &beijing_time(now)));
            let write = server.map(|_| &of_server as WritePush<'_>);
            let body = order.to_string();
            let reply = push(vendor, write, body.as_bytes(), &callbacks, &texts, &mut HeldRecords::default(), 0);
            assert_eq!(reply.status, status, "{vendor} {order}");
        }
    }
}
