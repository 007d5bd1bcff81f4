//! [`Event`]: what a caller's `on` is told. Numbers are masked, texts and credentials absent.

use alloc::string::String;

use crate::client::circuit::Change;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::wire::WireRequest;
use crate::wire::json_writer::Object;

/// Something that happened on a message's way.
pub enum Event<'a> {
    /// A request is about to leave.
    Attempt {
        /// The caller's name of the account.
        account: &'a str,
        /// The request.
        request: &'a WireRequest,
        /// The message's reference.
        reference: &'a str,
    },
    /// An account was tried, or could not be.
    Attempted {
        /// The caller's name of the account.
        account: &'a str,
        /// The account's vendor.
        vendor: &'static str,
        /// The message's reference.
        reference: &'a str,
        /// How it ended.
        end: &'a End,
    },
    /// An account that keeps failing is passed over from now on, or is tried again.
    Circuit {
        /// The caller's name of the account.
        account: &'a str,
        /// What changed.
        change: Change,
    },
    /// A message's end.
    Outcome {
        /// The end, whose own numbers are not shown.
        outcome: &'a Outcome,
        /// The receivers.
        to: &'a [Phone],
    },
}

impl Event<'_> {
    /// The event as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        let mut begin = |kind: &str, account: &str| {
            json.text("type", kind);
            json.text("account", account);
        };
        match self {
            Self::Attempt { account, request, reference } => {
                begin("attempt", account);
                json.text("vendor", request.vendor);
                json.text("operation", request.operation);
                json.texts("to", request.to.iter().map(Phone::masked));
                json.text("ref", reference);
            }
            Self::Attempted { account, vendor, reference, end } => {
                begin("attempted", account);
                json.text("vendor", vendor);
                json.text("ref", reference);
                write_end(&mut json, end);
            }
            Self::Circuit { account, change } => {
                begin("circuit", account);
                json.flag("open", *change == Change::Opened);
            }
            Self::Outcome { outcome, to } => {
                begin("outcome", &outcome.account);
                json.text("vendor", outcome.vendor);
                json.texts("to", to.iter().map(Phone::masked));
                json.text("ref", &outcome.reference);
                write_end(&mut json, &outcome.end);
            }
        }
        json.finish()
    }
}

fn write_end(json: &mut Object, end: &End) {
    json.text("status", end.status());
    if let Some(error) = end.error() {
        json.json("error", &error.to_json());
    }
}
