//! [`Host`]: the calls that a handler makes to its host.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::client::transport::Transport;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::handler_reply::HandlerReply;
use crate::edge::outgoing::Outgoing;
use crate::edge::webhook::WebhookAnswer;
use crate::guard::ledger::{self, Command, Decision};
use crate::join::join_all;
use crate::phone::Phone;
use crate::wire::WireReply;

/// The host of one request. A handler has no other access to the world.
pub trait Host: Transport {
    /// The number of outgoing calls so far: steps on keys, requests, messages.
    fn calls(&self) -> usize;

    /// Applies one atomic step to one key: [`crate::guard::ledger::apply`] beside the state. `None` if the store
    /// failed.
    fn apply(&self, key: &str, command: Vec<u8>) -> impl Future<Output = Option<Vec<u8>>>;

    /// Sends a request to any server but a vendor's. `None` if no complete answer arrived in time.
    fn exchange(&self, request: &Outgoing) -> impl Future<Output = Option<WireReply>>;

    /// Posts a message to the user's webhook. `None` if no answer arrived in time.
    fn post(&self, request: &Outgoing) -> impl Future<Output = Option<WebhookAnswer>>;

    /// The verdict of the user's own function on a captcha. `None` if the function failed or took too long.
    fn verify_captcha(&self, token: &str, address: &str) -> impl Future<Output = Option<bool>>;

    /// The country of a number outside the mainland, in ISO 3166.
    fn country(&self, phone: &Phone) -> impl Future<Output = Option<String>>;

    /// Sends a message to the user's queue. Returns whether the queue accepted it.
    fn enqueue(&self, message: &str) -> impl Future<Output = bool>;

    /// Waits for a number of milliseconds.
    fn wait(&self, milliseconds: i64) -> impl Future<Output = ()>;

    /// Applies a step after the response has left. A lost step leaves the count of a key too high, never too low.
    fn defer(&self, key: &str, command: Vec<u8>);

    /// Responds to the request now. The handler's reply, which follows, has no effect any more.
    fn respond_early(&self, reply: HandlerReply);

    /// Passes an event to the user's listener.
    fn emit(&self, event: &EdgeEvent<'_>);
}

/// Applies one atomic step to a key. `None` if the store failed.
pub(super) async fn apply(host: &impl Host, key: &str, command: &Command) -> Option<Decision> {
    let decision = host.apply(key, ledger::write(command).ok()?).await?;
    ledger::read(&decision).ok()
}

/// Applies steps to several keys at the same time. `None` for each at which the store failed.
pub(super) async fn apply_all(host: &impl Host, steps: &[(String, Command)]) -> Vec<Option<Decision>> {
    let decisions: Vec<RefCell<Option<Decision>>> = steps.iter().map(|_| RefCell::default()).collect();
    let works = steps.iter().zip(&decisions).map(|((key, command), decision)| {
        Box::pin(async move {
            let decided = apply(host, key, command).await;
            decision.replace(decided);
        })
    });
    join_all(works.collect()).await;
    decisions.into_iter().map(RefCell::into_inner).collect()
}

/// Applies a step after the response has left.
pub(super) fn defer(host: &impl Host, key: &str, command: &Command) {
    // A command that cannot be written leaves a key counted too often, as a lost one does.
    if let Ok(command) = ledger::write(command) {
        host.defer(key, command);
    }
}
