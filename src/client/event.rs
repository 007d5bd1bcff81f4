//! [`Event`]: what a caller's `on` is told. Numbers are masked, texts and credentials absent.

use nojson::DisplayJson;

use crate::client::circuit::Change;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::wire::WireRequest;

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

impl DisplayJson for Event<'_> {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let masked = |phones: &[Phone]| phones.iter().map(Phone::to_string).collect::<Vec<_>>();
        f.object(|f| match self {
            Self::Attempt { account, request, reference } => {
                f.member("type", "attempt")?;
                f.member("account", account)?;
                f.member("vendor", request.vendor)?;
                f.member("operation", request.operation)?;
                f.member("to", masked(&request.to))?;
                f.member("ref", reference)
            }
            Self::Attempted { account, vendor, reference, end } => {
                f.member("type", "attempted")?;
                f.member("account", account)?;
                f.member("vendor", vendor)?;
                f.member("ref", reference)?;
                f.member("status", end.status())?;
                end.error().map_or(Ok(()), |error| f.member("error", error))
            }
            Self::Circuit { account, change } => {
                f.member("type", "circuit")?;
                f.member("account", account)?;
                f.member("open", *change == Change::Opened)
            }
            Self::Outcome { outcome, to } => {
                f.member("type", "outcome")?;
                f.member("account", &outcome.account)?;
                f.member("vendor", outcome.vendor)?;
                f.member("to", masked(to))?;
                f.member("ref", &outcome.reference)?;
                f.member("status", outcome.end.status())?;
                outcome.end.error().map_or(Ok(()), |error| f.member("error", error))
            }
        })
    }
}
