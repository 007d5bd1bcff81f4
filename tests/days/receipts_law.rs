//! Law 5, by a log of all records that vendors gave away: each is forwarded at least once, always under one id.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

#[derive(Default)]
pub struct Receipts {
    /// The records that a vendor does not repeat: it has our 200, or erased its copy.
    given: RefCell<BTreeSet<String>>,
    /// The ids under which each record was posted, and whether the endpoint accepted it.
    posted: RefCell<BTreeMap<String, (BTreeSet<String>, bool)>>,
    /// The same of the user's queue.
    queued: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

/// The name of a report on a text.
pub fn report(reference: &str, delivered: bool) -> String {
    format!("report {reference} {delivered}")
}

/// The name of a person's reply, whose text is its own.
pub fn reply(text: &str) -> String {
    format!("reply {text}")
}

/// A push that nobody can read, by its number.
pub fn unread(number: u64) -> String {
    format!("garbage-{number}.")
}

impl Receipts {
    pub fn gave(&self, record: String) {
        self.given.borrow_mut().insert(record);
    }

    /// The names of the record that a message is about, and the message's id, if every message on the record must have it: a
    /// vendor may report twice, with another time, on a text that the handler does not know.
    fn named(message: &str) -> (Vec<String>, Option<String>) {
        let message: Value = serde_json::from_str(message).unwrap();
        let data = &message["data"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = Some(text(&message["id"]));
        match message["type"].as_str().unwrap() {
            "sms.report" => {
                // A vendor may name a text by the id that it gave it, in a push, and in a pull by both.
                let told = &data["report"];
                let words = [text(&told["ref"]), text(&told["id"])].into_iter().filter(|word| !word.is_empty());
                let names = words.map(|word| report(&word, told["delivered"] == true)).collect();
                (names, id.filter(|_| data["challenge"].is_string()))
            }
            "sms.reply" => (vec![reply(&text(&data["reply"]["text"]))], id),
            // A pull that was cut is such a message as well.
            _ => {
                let raw = String::from_utf8_lossy(&STANDARD.decode(text(&data["raw"])).unwrap()).into_owned();
                let marked = raw.find("garbage-").and_then(|at| raw[at..].split_inclusive('.').next());
                (marked.map(str::to_owned).into_iter().collect(), id)
            }
        }
    }

    /// The endpoint got a message, and accepted it or not.
    pub fn posted(&self, message: &str, is_accepted: bool) {
        let (records, id) = Self::named(message);
        for record in records {
            let mut posted = self.posted.borrow_mut();
            let (ids, accepted) = posted.entry(record.clone()).or_default();
            ids.extend(id.clone());
            *accepted |= is_accepted;
            assert!(ids.len() <= 1, "law 5: a record has two ids: {record}: {ids:?}");
        }
    }

    /// The queue accepted a message.
    pub fn queued(&self, message: &str) {
        let (records, id) = Self::named(message);
        for record in records {
            let mut queued = self.queued.borrow_mut();
            let ids = queued.entry(record).or_default();
            ids.extend(id.clone());
            assert!(ids.len() <= 1, "law 5: a record has two ids: {ids:?}");
        }
    }

    /// Records that were given away and did not reach a receiver.
    pub fn missing(&self, has_queue: bool) -> Vec<String> {
        let (posted, queued) = (self.posted.borrow(), self.queued.borrow());
        let arrived = |record: &&String| {
            posted.get(*record).is_some_and(|(_, accepted)| *accepted) && (!has_queue || queued.contains_key(*record))
        };
        self.given.borrow().iter().filter(|record| !arrived(record)).cloned().collect()
    }

    pub fn forwarded(&self) -> usize {
        self.posted.borrow().len()
    }
}
