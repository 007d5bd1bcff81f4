//! [`ReceiptProcessor`]: the part of a handler that receives and forwards vendors' records. The files of its methods:
//! [`hook`](crate::edge::hook) and [`pull`](crate::edge::pull) bring batches, [`queue_store`](crate::edge::queue_store)
//! stores them, [`process`](crate::edge::process) processes them, [`ingest`](crate::edge::ingest) reads their records
//! and [`forward`](crate::edge::forward) forwards these.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ops::Deref;

use crate::client::Account;
use crate::edge::routing::Routing;
use crate::edge::shared::Shared;
use crate::edge::webhook_health::WebhookHealth;
use crate::receipts::inbound::InboundBatch;

/// Receives and forwards receipts.
pub(super) struct ReceiptProcessor {
    shared: Rc<Shared>,
    pub(super) routing: Rc<Routing>,
    /// Acknowledged pushes to ingest, with their accounts. The queue holds them as well.
    pub(super) pushed: RefCell<Vec<(String, InboundBatch)>>,
    /// Whether a queue had pages when it was last processed.
    pub(super) has_backlog: Cell<bool>,
    /// The health of the user's webhook.
    pub(super) webhook_health: WebhookHealth,
    /// The time when unmatched records were last expired, in milliseconds since the Unix epoch.
    pub(super) expired_at: Cell<i64>,
}

impl Deref for ReceiptProcessor {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl ReceiptProcessor {
    pub(super) fn new(shared: Rc<Shared>, routing: Rc<Routing>) -> Self {
        Self {
            shared,
            routing,
            pushed: RefCell::default(),
            has_backlog: Cell::default(),
            webhook_health: WebhookHealth::default(),
            expired_at: Cell::new(i64::MIN),
        }
    }

    /// An account by its name.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        self.config.sms.accounts().1.iter().find(|account| account.name() == name)
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use alloc::borrow::ToOwned;

    use serde_json::json;

    use super::*;
    use crate::edge::handler_request::{Body, HandlerRequest};
    use crate::edge::hook_url::HookKeys;
    use crate::edge::test_host::{TestHost, random_bytes, ready, shared, vendors};

    const HOOK_KEY: &str = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";

    fn receipts() -> ReceiptProcessor {
        let shared = shared(&json!({
            "hookKeys": [HOOK_KEY], "publicUrl": "https://otp.example",
            "webhook": { "url": "https://app.example/receipts", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
        }));
        ReceiptProcessor::new(Rc::clone(&shared), Rc::new(Routing::new(shared)))
    }

    /// Posts the report of a text that is not ours to the hook of the first account. Returns the status.
    fn push(receipts: &ReceiptProcessor, host: &TestHost) -> u16 {
        let order =
            json!({ "url": "https://otp.example/hook", "kind": "report", "to": "13812345678", "status": "DELIVRD" });
        let pushed = host.sandbox("POST", &["/push/", vendors().next().unwrap()].concat(), &order);
        let body = Body::Whole(pushed["body"].as_str().unwrap().as_bytes().to_vec());
        let request = HandlerRequest { method: "POST".to_owned(), body, ..HandlerRequest::default() };
        let path = HookKeys::new(&[HOOK_KEY]).path("first").unwrap();
        let token = path.rsplit('/').next().unwrap();
        match ready(receipts.hook("first", token, &request, &random_bytes(1), host)) {
            Ok(reply) => reply.status,
            Err(problem) => problem.status,
        }
    }

    #[test]
    fn push_is_stored_before_its_answer_and_forwarded_once() {
        let (receipts, host) = (receipts(), TestHost::new());
        assert_eq!(push(&receipts, &host), 200);
        assert!(host.steps.borrow().iter().any(|key| key.starts_with("q:")), "{:?}", host.steps);
        assert!(host.posted.borrow().is_empty(), "the answer does not wait for the endpoint");
        ready(receipts.process_pushed("first", &host));
        assert_eq!(host.posted.borrow().len(), 1);
        ready(receipts.scheduled(&random_bytes(2), &host));
        assert_eq!(host.posted.borrow().len(), 1);
    }

    #[test]
    fn push_of_a_process_that_stopped_is_forwarded_by_the_next() {
        let host = TestHost::new();
        assert_eq!(push(&receipts(), &host), 200);
        let next = receipts();
        host.now.set(host.now.get() + 60_000);
        ready(next.scheduled(&random_bytes(2), &host));
        assert_eq!(host.posted.borrow().len(), 1);
    }

    #[test]
    fn push_that_no_store_accepts_is_to_be_repeated() {
        let (receipts, host) = (receipts(), TestHost::new());
        host.store_fails.set(true);
        assert_eq!(push(&receipts, &host), 503);
    }
}
