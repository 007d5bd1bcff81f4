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
