//! Faults on demand: makes the next requests to a vendor fail in the ways in which networks and vendors fail.

use serde_json::Value;

/// The kind of fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The vendor does nothing and never replies.
    Timeout,
    /// The vendor does nothing and the connection is reset.
    Reset,
    /// The vendor does nothing and replies with status 500.
    Http500,
    /// The vendor does nothing and replies with bytes that no document describes.
    Garbage,
    /// The text is sent and the reply breaks off in the middle.
    Truncated,
    /// The text is sent and the connection is reset before the reply.
    AcceptThenReset,
    /// The text is sent and the reply comes two seconds late.
    Slow,
    /// The vendor rejects the request, with this code or one of its own.
    Reject { code: Option<String> },
}

/// The faults to come, in the order in which they were added.
#[derive(Default)]
pub(super) struct Faults(Vec<DueFault>, Vec<String>);

struct DueFault {
    vendor: String,
    operation: Option<String>,
    fault: Fault,
    times: u64,
}

impl Faults {
    /// Takes faults of a vendor that the caller defined.
    pub(super) fn know(&mut self, vendor: &str) {
        self.1.push(vendor.to_owned());
    }

    /// Reads `{vendor, operation?, fault, code?, times?}`.
    pub(super) fn add(&mut self, body: &[u8]) -> Result<(), &'static str> {
        const USAGE: &str = "a fault is {vendor, operation?, fault: timeout | reset | http500 | garbage | truncated | accept_then_reset | slow | reject, code?, times?}";
        let order: Value = serde_json::from_slice(body).map_err(|_| USAGE)?;
        let text = |name: &str| order.get(name).and_then(Value::as_str).map(str::to_owned);
        let fault = match text("fault").as_deref() {
            Some("timeout") => Fault::Timeout,
            Some("reset") => Fault::Reset,
            Some("http500") => Fault::Http500,
            Some("garbage") => Fault::Garbage,
            Some("truncated") => Fault::Truncated,
            Some("accept_then_reset") => Fault::AcceptThenReset,
            Some("slow") => Fault::Slow,
            Some("reject") => Fault::Reject { code: text("code") },
            _ => return Err(USAGE),
        };
        let vendor = text("vendor").ok_or(USAGE)?;
        if !(self.1.contains(&vendor) || super::SERVERS.iter().any(|server| server.name == vendor)) {
            return Err(USAGE);
        }
        let times = match order.get("times") {
            None => 1,
            Some(times) => times.as_u64().ok_or(USAGE)?,
        };
        self.0.push(DueFault { vendor, operation: text("operation"), fault, times });
        Ok(())
    }

    /// Removes and returns the fault for a request.
    pub(super) fn next(&mut self, vendor: &str, operation: &str) -> Option<Fault> {
        self.0.retain(|due| due.times > 0);
        let due = self
            .0
            .iter_mut()
            .find(|due| due.vendor == vendor && due.operation.as_deref().is_none_or(|order| order == operation))?;
        due.times -= 1;
        Some(due.fault.clone())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_consumed_in_order() {
        let mut faults = Faults::default();
        faults.add(br#"{"vendor":"apiv1","operation":"report","fault":"slow"}"#).unwrap();
        faults.add(br#"{"vendor":"apiv1","fault":"reject","code":"07","times":2}"#).unwrap();
        let reject = Some(Fault::Reject { code: Some("07".into()) });
        assert_eq!(faults.next("apiv1", "send"), reject);
        assert_eq!(faults.next("binstd", "send"), None);
        assert_eq!(faults.next("apiv1", "report"), Some(Fault::Slow));
        assert_eq!(faults.next("apiv1", "report"), reject);
        assert_eq!(faults.next("apiv1", "send"), None);
    }

    #[test]
    fn unknown_fault_is_rejected() {
        for body in ["", "{}", r#"{"vendor":"x","fault":"slow"}"#, r#"{"vendor":"apiv1","fault":"fire"}"#] {
            assert!(Faults::default().add(body.as_bytes()).is_err(), "{body}");
        }
    }
}
