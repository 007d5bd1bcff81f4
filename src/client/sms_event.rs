//! [`SmsEvent`]: the argument of a caller's `on`. Numbers are masked, texts and credentials absent.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::client::circuit::CircuitChange;
use crate::error::SmsError;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::wire::WireRequest;
use crate::wire::json_writer::Object;

/// A step of a message through the client.
pub enum SmsEvent<'a> {
    /// A request is about to leave.
    Attempt {
        /// The caller's name of the account.
        account: &'a str,
        /// The request.
        request: &'a WireRequest,
        /// The message's reference.
        reference: &'a str,
    },
    /// An attempt at an account ended, or could not begin.
    Attempted {
        /// The caller's name of the account.
        account: &'a str,
        /// The account's vendor.
        vendor: &'static str,
        /// The message's reference.
        reference: &'a str,
        /// The result of the attempt.
        end: &'a End,
    },
    /// The circuit of an account opened or closed.
    Circuit {
        /// The caller's name of the account.
        account: &'a str,
        /// The transition.
        change: CircuitChange,
    },
    /// The result of a message.
    Outcome {
        /// The outcome. The event shows `to` in place of the outcome's own numbers.
        outcome: &'a Outcome,
        /// The receivers.
        to: &'a [Phone],
    },
}

/// An event under its names in JavaScript.
#[derive(Default, Serialize)]
struct EventView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Vec<String>>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a SmsError>,
}

impl SmsEvent<'_> {
    /// The event as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let view = self.view();
        let mut json = Object::new();
        json.text("type", view.kind);
        json.text("account", view.account);
        json.text_if("vendor", view.vendor);
        json.text_if("operation", view.operation);
        if let Some(to) = view.to {
            json.texts("to", to);
        }
        json.text_if("ref", view.reference);
        if let Some(open) = view.open {
            json.flag("open", open);
        }
        json.text_if("status", view.status);
        if let Some(error) = view.error {
            json.json("error", &error.to_json());
        }
        json.finish()
    }

    fn view(&self) -> EventView<'_> {
        match self {
            Self::Attempt { account, request, reference } => EventView {
                kind: "attempt",
                account,
                vendor: Some(request.vendor),
                operation: Some(request.operation),
                to: Some(masked(&request.to)),
                reference: Some(reference),
                ..EventView::default()
            },
            Self::Attempted { account, vendor, reference, end } => EventView {
                kind: "attempted",
                account,
                vendor: Some(vendor),
                reference: Some(reference),
                status: Some(end.status()),
                error: end.error(),
                ..EventView::default()
            },
            Self::Circuit { account, change } => EventView {
                kind: "circuit",
                account,
                open: Some(*change == CircuitChange::Opened),
                ..EventView::default()
            },
            Self::Outcome { outcome, to } => EventView {
                kind: "outcome",
                account: &outcome.account,
                vendor: Some(outcome.vendor),
                to: Some(masked(to)),
                reference: Some(&outcome.reference),
                status: Some(outcome.end.status()),
                error: outcome.end.error(),
                ..EventView::default()
            },
        }
    }
}

impl Serialize for SmsEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

fn masked(to: &[Phone]) -> Vec<String> {
    to.iter().map(Phone::masked).collect()
}
