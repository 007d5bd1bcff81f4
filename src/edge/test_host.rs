//! [`TestHost`]: a host for the tests of one part: the real reducer over a map, a clock that is passed in, and the sandbox as
//! the vendors.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use serde_json::{Value, json};

use crate::client::transport::{Transport, TransportError};
use crate::edge::config::Config;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::entropy::ENTROPY_BYTES;
use crate::edge::event_counts::EventCounts;
use crate::edge::handler_reply::HandlerReply;
use crate::edge::host::Host;
use crate::edge::outgoing::Outgoing;
use crate::edge::shared::Shared;
use crate::edge::webhook::WebhookAnswer;
use crate::guard::ledger::{self, StateChange};
use crate::phone::Phone;
use crate::sandbox::{Sandbox, http};
use crate::vendor::{ABOUT, NAMES};
use crate::wire::{WireReply, WireRequest};

/// The vendors of the accounts: the first two of the registry that push receipts.
pub fn vendors() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().zip(ABOUT).filter(|(_, about)| !about.pushes.is_empty()).map(|(name, _)| name).take(2)
}

/// The state that the parts share, with the accounts `first` and `second`, and `more` options.
pub fn shared(more: &Value) -> Rc<Shared> {
    let config = |vendor| serde_json::from_str::<Value>(&Sandbox::config(vendor).unwrap()).unwrap();
    let mut vendors = vendors();
    let mut options = json!({
        "vendors": { "first": config(vendors.next().unwrap()), "second": config(vendors.next().unwrap()) },
        "pepper": "p".repeat(32), "proof": { "key": "k".repeat(32), "audience": "app" }, "brand": "信使", "dev": true,
        "adminToken": "dev-admin", "apiTokens": ["dev-token"],
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let config = Config::read(&options.to_string()).unwrap();
    let counts = EventCounts::new(&config.keyring);
    Rc::new(Shared { config, counts })
}

/// The result of work that waits for nothing.
pub fn ready<T>(work: impl Future<Output = T>) -> T {
    let Poll::Ready(result) = pin!(work).poll(&mut Context::from_waker(Waker::noop())) else {
        unreachable!("it waits")
    };
    result
}

pub struct TestHost {
    pub now: Cell<i64>,
    /// Whether every step on a key fails.
    pub store_fails: Cell<bool>,
    /// The keys to which a step was applied, in order.
    pub steps: RefCell<Vec<String>>,
    /// The events, as JSON.
    pub events: RefCell<Vec<String>>,
    /// The bodies that were posted to the webhook.
    pub posted: RefCell<Vec<String>>,
    states: RefCell<BTreeMap<String, Vec<u8>>>,
    sandbox: RefCell<Sandbox>,
}

impl TestHost {
    pub fn new() -> Self {
        Self {
            now: Cell::new(1_767_225_600_000),
            store_fails: Cell::default(),
            steps: RefCell::default(),
            events: RefCell::default(),
            posted: RefCell::default(),
            states: RefCell::default(),
            sandbox: RefCell::new(Sandbox::new(0)),
        }
    }

    /// Calls one of the sandbox's own routes.
    pub fn sandbox(&self, method: &str, path: &str, body: &Value) -> Value {
        let headers = Vec::from([("accept".to_owned(), "application/json".to_owned())]);
        let (url, body) = (["http://sandbox", path].concat(), body.to_string().into_bytes());
        let request = http::Request { method: method.into(), url, headers, body };
        let reply = self.sandbox.borrow_mut().handle(&request, self.now.get());
        serde_json::from_slice(&reply.body).unwrap_or_default()
    }

    /// The code in the last text.
    pub fn code(&self) -> String {
        let inbox = self.sandbox("GET", "/inbox", &Value::Null);
        let text = inbox.as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
        text.chars().filter(char::is_ascii_digit).take(6).collect()
    }

    fn step(&self, key: &str, command: &[u8]) -> Option<Vec<u8>> {
        if self.store_fails.get() {
            return None;
        }
        self.steps.borrow_mut().push(key.to_owned());
        let mut states = self.states.borrow_mut();
        let applied = ledger::apply(states.get(key).map(Vec::as_slice), command, self.now.get()).ok()?;
        match applied.change {
            StateChange::Nothing => {}
            StateChange::Remove => drop(states.remove(key)),
            StateChange::Store { state, .. } => drop(states.insert(key.to_owned(), state)),
        }
        Some(applied.decision)
    }
}

impl Transport for TestHost {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        let headers = request.headers().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let method = request.carrier.method().as_str().into();
        let request = http::Request { method, url: request.url(), headers, body: request.body().unwrap_or_default() };
        let reply = self.sandbox.borrow_mut().handle(&request, self.now.get());
        Ok(WireReply { status: reply.status, body: reply.body })
    }

    fn received(&self) -> Vec<u8> {
        Vec::new()
    }

    fn aborted(&self) -> bool {
        false
    }

    fn now(&self) -> i64 {
        self.now.get()
    }
}

impl Host for TestHost {
    fn calls(&self) -> usize {
        self.steps.borrow().len()
    }

    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        self.step(key, &command)
    }

    async fn exchange(&self, _: &Outgoing) -> Option<WireReply> {
        None
    }

    async fn post(&self, request: &Outgoing) -> Option<WebhookAnswer> {
        self.posted.borrow_mut().push(request.body.clone());
        Some(WebhookAnswer { status: 204, retry_at: None })
    }

    async fn verify_captcha(&self, _: &str, _: &str) -> Option<bool> {
        None
    }

    async fn country(&self, _: &Phone) -> Option<String> {
        None
    }

    async fn enqueue(&self, _: &str) -> bool {
        false
    }

    async fn wait(&self, milliseconds: i64) {
        self.now.set(self.now.get() + milliseconds);
    }

    /// Applies the step at once: no test of a part looks at what comes between.
    fn defer(&self, key: &str, command: Vec<u8>) {
        let _ = self.step(key, &command);
    }

    fn respond_early(&self, _: HandlerReply) {}

    fn emit(&self, event: &EdgeEvent<'_>) {
        self.events.borrow_mut().push(serde_json::to_string(event).unwrap());
    }
}

/// The random bytes of a request, different for each seed.
pub fn random_bytes(seed: u8) -> Vec<u8> {
    (0..ENTROPY_BYTES).map(|at| u8::try_from(at % 251).unwrap_or_default() ^ seed).collect()
}
