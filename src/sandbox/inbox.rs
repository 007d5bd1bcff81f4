//! The inbox: every text that arrived at a phone.

use std::rc::Rc;

use serde_json::{Value, json};

use super::clock::iso;
use super::form::Form;
use super::http::{Reply, Request};
use super::{DeliveredText, inbox_page};

/// The maximum number of texts. Older ones are dropped, so that a sandbox that runs for long does not grow.
const MAX_TEXTS: usize = 100_000;

/// All texts, the newest last.
#[derive(Default)]
pub(super) struct Inbox(Vec<Received>);

/// A text that arrived at a phone.
pub(super) struct Received {
    pub(super) vendor: &'static str,
    /// In E.164.
    pub(super) to: String,
    pub(super) text: Rc<str>,
    pub(super) reference: Rc<str>,
    /// Milliseconds since the Unix epoch.
    time: i64,
}

impl Inbox {
    pub(super) fn receive(&mut self, vendor: &'static str, delivery: DeliveredText, now: i64) {
        if self.0.len() >= MAX_TEXTS {
            self.0.drain(..MAX_TEXTS / 10);
        }
        let to = if delivery.to.starts_with('+') { delivery.to } else { ["+86", &delivery.to].concat() };
        let time = delivery.at.unwrap_or(now);
        self.0.push(Received { vendor, to, text: delivery.text, reference: delivery.reference, time });
    }

    /// Shows the inbox as a page, or as JSON where `Accept` asks for it. `?to=` selects one phone.
    pub(super) fn show(&self, request: &Request) -> Reply {
        let query = Form::of(request).ok();
        let to = query.map(|query| digits(&query.utf8("to"))).unwrap_or_default();
        let to = to.strip_prefix("00").unwrap_or(&to);
        let shown: Vec<&Received> = self
            .0
            .iter()
            .filter(|received| to.is_empty() || received.to[1..] == *to || received.to[3..] == *to)
            .collect();
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
}
