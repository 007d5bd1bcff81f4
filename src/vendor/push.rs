//! [`Push`]: what a vendor posts to an address of ours, as facts; and [`PushRecords`], what one brought.

use alloc::vec::Vec;

use serde::Serialize;

use crate::vendor::report::{ReplyRecord, ReportRecord};

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
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct PushRecords {
    /// Delivery reports.
    pub reports: Vec<ReportRecord>,
    /// People's replies.
    pub replies: Vec<ReplyRecord>,
    /// The bytes of what was a record and could not be read: the vendor pushes them once. They leave as bytes, beside the others.
    #[serde(skip)]
    pub unparsed: Vec<Vec<u8>>,
}

impl PushRecords {
    /// Keeps what nobody can read.
    pub(super) fn add_unparsed(&mut self, parts: &[&[u8]]) {
        self.unparsed.extend(parts.iter().filter(|part| !part.is_empty()).map(|part| part.to_vec()));
    }
}
