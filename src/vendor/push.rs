//! [`Push`]: a request that a vendor posts to an address of ours, as a table; and [`PushRecords`], the records of one.

use alloc::vec::Vec;
use core::slice;

use serde::Serialize;

use crate::vendor::record_values::RecordValues;
use crate::vendor::report::{Inbound, ReplyRecord, ReportRecord};
use crate::wire::json::Json;

/// A push that a vendor's document describes or announces.
#[derive(Debug)]
pub struct Push {
    /// The name in the document.
    pub name: &'static str,
    /// The kind of record.
    pub tells: Tells,
    /// How well the document describes it.
    pub known: Known,
}

/// The kind of record that a push carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tells {
    /// The delivery report of a text.
    Report,
    /// A person's reply to a text.
    Reply,
}

/// How well a vendor's document describes a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Known {
    /// The document describes it.
    Documented,
    /// The document announces it without its fields. The reader looks for the field names of a send's reply.
    Guessed,
    /// The document announces it without its fields, and the handler keeps the body as it came.
    Raw,
}

impl Push {
    /// A push, under the document's name.
    pub(super) const fn new(name: &'static str, tells: Tells, known: Known) -> Self {
        Self { name, tells, known }
    }
}

/// The records of one push.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct PushRecords {
    /// Delivery reports.
    pub reports: Vec<ReportRecord>,
    /// Persons' replies.
    pub replies: Vec<ReplyRecord>,
    /// The bytes of records that could not be read. The vendor pushes them only once. JavaScript receives them as
    /// bytes.
    #[serde(skip)]
    pub unparsed: Vec<Vec<u8>>,
}

impl PushRecords {
    /// Reads a record or a list of records.
    pub(super) fn read_each(&mut self, document: &Json<'_>, read: fn(&RecordValues<'_>) -> Option<Inbound>) {
        for record in document.list().unwrap_or(slice::from_ref(document)) {
            match read(&RecordValues::of_json(record)) {
                Some(Inbound::Report(report)) => self.reports.push(report),
                Some(Inbound::Reply(reply)) => self.replies.push(reply),
                None => self.unparsed.push(record.source().to_vec()),
            }
        }
    }

    /// Keeps the bytes of a record that could not be read.
    pub(super) fn add_unparsed(&mut self, parts: &[&[u8]]) {
        self.unparsed.extend(parts.iter().filter(|part| !part.is_empty()).map(|part| part.to_vec()));
    }
}
