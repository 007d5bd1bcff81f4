//! [`Push`]: what a vendor posts to an address of ours, as facts; and [`Pushed`], what one brought.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::vendor::report::unparsed;
use crate::wire::json_writer::{Object, list};

/// A push that a vendor's document describes or announces.
#[derive(Debug)]
pub struct Push {
    /// Its name in the document.
    pub name: &'static str,
    /// What it tells.
    pub tells: Tells,
    /// How much of it is known.
    pub known: Known,
}

/// What a push tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tells {
    /// What became of a text.
    Report,
    /// What a person answered.
    Reply,
}

/// How much is known of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Known {
    /// The document describes it.
    Documented,
    /// The document announces it, and what a send calls its values is looked for.
    Guessed,
    /// The document announces it and nobody describes it: it is kept as it came.
    Raw,
}

impl Push {
    /// A push by its name in the document.
    pub(super) const fn new(name: &'static str, tells: Tells, known: Known) -> Self {
        Self { name, tells, known }
    }
}

/// What a push brought.
#[derive(Default)]
pub struct Pushed {
    /// Delivery reports, as JSON.
    pub reports: Vec<String>,
    /// People's replies, as JSON.
    pub replies: Vec<String>,
    /// The bytes of what was a record and could not be read: the vendor pushes them once.
    pub unparsed: Vec<Vec<u8>>,
}

impl Pushed {
    /// Keeps what nobody can read.
    pub(super) fn keep(&mut self, parts: &[&[u8]]) {
        self.unparsed.extend(parts.iter().filter(|part| !part.is_empty()).map(|part| part.to_vec()));
    }

    /// `{reports, replies, unparsed}`, the bytes as percent-encoded text.
    pub(crate) fn to_json(&self) -> String {
        let mut json = Object::new();
        json.json("reports", &list(&self.reports));
        json.json("replies", &list(&self.replies));
        json.json("unparsed", &unparsed(&self.unparsed));
        json.finish()
    }
}
