//! [`Host`]: what a handler asks of whoever runs it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::client::transport::Transport;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::outgoing::Outgoing;
use crate::guard::ledger::{self, Command, Decision};
use crate::join::join_all;
use crate::phone::Phone;
use crate::wire::WireReply;

/// The way out for one request. Nothing else reaches the world.
pub trait Host: Transport {
    /// How many calls were made to the outside so far: steps on keys, requests, messages.
    fn calls(&self) -> usize;

    /// One atomic step on one key: [`crate::guard::ledger::apply`] beside the state. Nothing where the store failed.
    fn apply(&self, key: &str, command: Vec<u8>) -> impl Future<Output = Option<Vec<u8>>>;

    /// Makes a request to anybody but a vendor. Nothing where no whole answer came in time.
    fn exchange(&self, request: &Outgoing) -> impl Future<Output = Option<WireReply>>;

    /// Whether a captcha was solved, as the user's own function says. Nothing where it failed, or took too long.
    fn verify_captcha(&self, token: &str, address: &str) -> impl Future<Output = Option<bool>>;

    /// The country of a number that is not of the mainland, as ISO 3166 has it.
    fn country(&self, phone: &Phone) -> impl Future<Output = Option<String>>;

    /// Hands a message to the user's queue. Whether it was taken.
    fn enqueue(&self, message: &str) -> impl Future<Output = bool>;

    /// Waits for so many milliseconds.
    fn wait(&self, milliseconds: i64) -> impl Future<Output = ()>;

    /// A step that is taken after the answer left. One that is lost leaves a key counted too often, never too seldom.
    fn defer(&self, key: &str, command: Vec<u8>);

    /// Tells the operator what happened.
    fn emit(&self, event: &EdgeEvent<'_>);
}

/// One atomic step on a key. Nothing where the store failed.
pub(super) async fn apply(host: &impl Host, key: &str, command: &Command) -> Option<Decision> {
    let decision = host.apply(key, ledger::write(command).ok()?).await?;
    ledger::read(&decision).ok()
}

/// Steps on several keys at the same time. Nothing in the place of each that the store failed at.
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

/// A step that is taken after the answer left.
pub(super) fn defer(host: &impl Host, key: &str, command: &Command) {
    // One that cannot be written would leave a key counted too often, as one that is lost does.
    if let Ok(command) = ledger::write(command) {
        host.defer(key, command);
    }
}
