//! The inbox: every text that arrived at a phone.

use std::rc::Rc;

use serde_json::{Value, json};

use super::clock::iso;
use super::form::Form;
use super::found_code::code_in;
use super::http::{Ending, Reply, Request};
use super::{DeliveredText, inbox_page};

/// The maximum number of texts. Older ones are dropped, so that a sandbox that runs for long does not grow.
const MAX_TEXTS: usize = 100_000;
/// How long a wait for a code lasts by default, and at most, in milliseconds.
const DEFAULT_WAIT_MS: u32 = 10_000;
const MAX_WAIT_MS: u32 = 600_000;

/// All texts, the newest last.
#[derive(Default)]
pub(super) struct Inbox(Vec<Received>);

/// A text that arrived at a phone.
pub(super) struct Received {
    pub(super) vendor: String,
    /// In E.164.
    pub(super) to: String,
    pub(super) text: Rc<str>,
    pub(super) reference: Rc<str>,
    /// Milliseconds since the Unix epoch.
    time: i64,
    /// Whether a wait for a code returned it, or a newer one of its phone.
    was_awaited: bool,
}

impl Inbox {
    pub(super) fn receive(&mut self, vendor: &str, delivery: DeliveredText, now: i64) {
        if self.0.len() >= MAX_TEXTS {
            self.0.drain(..MAX_TEXTS / 10);
        }
        let to = if delivery.to.starts_with('+') { delivery.to } else { ["+86", &delivery.to].concat() };
        self.0.push(Received {
            vendor: vendor.to_owned(),
            to,
            text: delivery.text,
            reference: delivery.reference,
            time: delivery.at.unwrap_or(now),
            was_awaited: false,
        });
    }

    /// Answers a wait for the code at `?to=`: with the newest text that has one. Neither this text nor an older one answers
    /// another wait. While there is none, the reply is what to answer when `timeoutMs` are over.
    pub(super) fn wait(&mut self, request: &Request) -> Reply {
        let Ok(query) = Form::of(request) else {
            return Reply::text(400, "the query cannot be read");
        };
        let (written, timeout_ms) = (query.utf8("to"), query.utf8("timeoutMs"));
        let to = digits(&written);
        if to.len() < 5 {
            return Reply::text(400, "?to= is the number that waits for a code, in any spelling");
        }
        let timeout_ms = if timeout_ms.is_empty() { Some(DEFAULT_WAIT_MS) } else { timeout_ms.parse().ok() };
        let Some(timeout_ms) = timeout_ms.filter(|timeout_ms| *timeout_ms <= MAX_WAIT_MS) else {
            return Reply::text(400, format!("timeoutMs is a whole number from 0 to {MAX_WAIT_MS}"));
        };
        let mut of_phone: Vec<&mut Received> = self.0.iter_mut().filter(|received| received.is_to(&to)).collect();
        let is_new = |received: &&mut Received| !received.was_awaited && code_in(&received.text).is_some();
        if let Some(at) = of_phone.iter().rposition(is_new) {
            for received in &mut of_phone[..=at] {
                received.was_awaited = true;
            }
            let mut json = of_phone[at].json();
            json["code"] = code_in(&of_phone[at].text).into();
            return Reply::json(&json);
        }
        let older = of_phone.len();
        let texts = self.0.len();
        let message = format!(
            "no new code arrived at {written} within {timeout_ms} ms: the inbox has {texts} texts, {older} of them at this number, \
             without a code or returned before"
        );
        Reply::text(404, message).ending(Ending::Wait { timeout_ms })
    }

    /// Shows the inbox as a page, or as JSON where `Accept` asks for it. `?to=` selects one phone.
    pub(super) fn show(&self, request: &Request) -> Reply {
        let query = Form::of(request).ok();
        let to = query.map(|query| digits(&query.utf8("to"))).unwrap_or_default();
        let shown: Vec<&Received> = self.0.iter().filter(|received| to.is_empty() || received.is_to(&to)).collect();
        if request.header("accept").contains("application/json") {
            Reply::json(&shown.into_iter().map(Received::json).collect())
        } else {
            inbox_page::inbox(&shown)
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The digits of a number in any spelling.
fn digits(written: &str) -> String {
    let ascii = |character: char| match character {
        '0'..='9' => Some(character),
        '０'..='９' => char::from_digit(u32::from(character) - u32::from('０'), 10),
        _ => None,
    };
    written.chars().filter_map(ascii).collect()
}

impl Received {
    /// Whether it arrived at the phone with these digits, in any spelling.
    fn is_to(&self, digits: &str) -> bool {
        let digits = digits.strip_prefix("00").unwrap_or(digits);
        self.to[1..] == *digits || self.to[3..] == *digits
    }

    /// ISO 8601, UTC. Most texts are dropped before anybody reads it.
    pub(super) fn at(&self) -> String {
        iso(self.time)
    }

    fn json(&self) -> Value {
        let Self { vendor, to, text, reference, .. } = self;
        json!({ "vendor": vendor, "to": to, "text": **text, "ref": **reference, "at": self.at() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_filters_by_phone() {
        let mut inbox = Inbox::default();
        for to in ["13812345678", "+14155550123", "+442071234567"] {
            let delivery = DeliveredText { to: to.into(), text: "<b>".into(), reference: Rc::default(), at: None };
            inbox.receive("liasmart", delivery, 0);
        }
        let count = |query: &str| {
            let headers = vec![("accept".into(), "application/json".into())];
            let request = Request { method: "GET".into(), url: format!("/inbox{query}"), headers, body: Vec::new() };
            serde_json::from_slice::<Vec<Value>>(&inbox.show(&request).body).unwrap().len()
        };
        assert_eq!(
            [count(""), count("?to=13812345678"), count("?to=%2B8613812345678"), count("?to=+442071234567")],
            [3, 1, 1, 1]
        );
        for written in ["138%201234%205678", "(%2B86)138-1234-5678", "008613812345678", "1381234567%EF%BC%98"] {
            assert_eq!(count(&format!("?to={written}")), 1, "{written}");
        }
        assert_eq!(count("?to=19999999999"), 0);
    }

    #[test]
    fn a_wait_returns_the_newest_code_once() {
        let mut inbox = Inbox::default();
        let receive = |inbox: &mut Inbox, to: &str, text: &str| {
            let delivery = DeliveredText { to: to.into(), text: text.into(), reference: Rc::default(), at: None };
            inbox.receive("apiv1", delivery, 0);
        };
        let wait = |inbox: &mut Inbox, query: &str| {
            let url = format!("/inbox/wait{query}");
            inbox.wait(&Request { method: "GET".into(), url, headers: Vec::new(), body: Vec::new() })
        };
        let code = |inbox: &mut Inbox| {
            let reply = wait(inbox, "?to=138-1234-5678");
            (reply.status == 200)
                .then(|| serde_json::from_slice::<Value>(&reply.body).unwrap()["code"].as_str().unwrap().to_owned())
        };
        assert_eq!(code(&mut inbox), None);
        for text in ["验证码1111", "验证码2222", "会员日八折"] {
            receive(&mut inbox, "13812345678", text);
        }
        receive(&mut inbox, "13912345678", "验证码3333");
        assert_eq!(code(&mut inbox).as_deref(), Some("2222"), "the newest with a code");
        assert_eq!(code(&mut inbox), None, "1111 is older");
        receive(&mut inbox, "13812345678", "验证码2222");
        assert_eq!(code(&mut inbox).as_deref(), Some("2222"), "the same code in another text");
        let waits = wait(&mut inbox, "?to=%2B8613812345678&timeoutMs=250");
        assert_eq!((waits.status, waits.ending), (404, Ending::Wait { timeout_ms: 250 }));
        assert!(String::from_utf8(waits.body).unwrap().contains("5 texts, 4 of them at this number"));
        for wrong in ["", "?to=", "?to=abc", "?to=13812345678&timeoutMs=-1", "?to=13812345678&timeoutMs=600001"] {
            let reply = wait(&mut inbox, wrong);
            assert_eq!((reply.status, reply.ending), (400, Ending::Complete), "{wrong}");
        }
    }
}
