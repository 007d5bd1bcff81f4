//! The parts that the handler's native suites share: a host with a simulated clock, a map as its store, and the sandbox
//! as its vendor.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use xinshi::client::transport::{Transport, TransportError};
use xinshi::edge::config::Config;
use xinshi::edge::edge_event::EdgeEvent;
use xinshi::edge::entropy;
use xinshi::edge::handler::Handler;
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::edge::host::Host;
use xinshi::edge::marketing::{Marketing, MarketingOutcome};
use xinshi::edge::outgoing::Outgoing;
use xinshi::edge::webhook::WebhookAnswer;
use xinshi::error::SmsError;
use xinshi::guard::ledger::{StateChange, apply};
use xinshi::phone::Phone;
use xinshi::sandbox::Sandbox;
use xinshi::sandbox::http;
use xinshi::wire::json::parse;
use xinshi::wire::{WireReply, WireRequest};

#[path = "event_schema.rs"]
mod event_schema;
#[path = "requests.rs"]
mod requests;

pub use requests::*;

pub const TO: &str = "13812345678";
pub const BACK_END: &str = "Bearer dev-token";
pub const OPERATOR: &str = "Bearer dev-admin";

/// `SplitMix64`: the same seed gives the same history.
pub struct Dice(pub Cell<u64>);

impl Dice {
    pub fn roll(&self, sides: u64) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

/// The status with which the user's endpoint answers a message, by its id and the time; `None` for no answer.
pub type Answers = Box<dyn FnMut(&str, i64) -> Option<u16>>;

/// The headers of a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
}

/// A handler with everything around it.
pub struct World {
    pub handler: Handler,
    pub states: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The time from which the store may remove each state.
    pub expiries: RefCell<BTreeMap<String, i64>>,
    pub now: Cell<i64>,
    /// The sandbox's fault for the next texts; `None` for no fault.
    pub fault: RefCell<Option<&'static str>>,
    pub store_fails: Cell<bool>,
    /// The number of a request's commands that the store applies before it fails.
    pub store_fails_after: Cell<Option<usize>>,
    /// The captcha tokens that were used up.
    pub captchas: RefCell<Vec<String>>,
    /// Whether captchas are solved; `None` when the provider does not answer.
    pub captcha: Cell<Option<bool>>,
    /// The number of steps before the process dies: nothing happens after it.
    pub crashes_after: Cell<Option<usize>>,
    pub steps: Cell<usize>,
    /// The number of commands that the reducer applied before the answer.
    pub applied: Cell<usize>,
    /// The number of outgoing calls before the answer.
    pub calls: Cell<usize>,
    /// The number of steps that changed a state.
    pub changes: Cell<usize>,
    pub events: RefCell<Vec<String>>,
    /// Whether it keeps neither events nor statistics, which no limit reads: for simulations of millions of requests.
    pub keeps_no_records: Cell<bool>,
    /// The status with which the user's endpoint answers; `None` for no answer.
    pub webhook: Cell<Option<u16>>,
    /// The status by message, if it depends on the message.
    pub webhook_by: RefCell<Option<Answers>>,
    /// The time that the webhook's `Retry-After` names, in milliseconds since the Unix epoch.
    pub webhook_retry_at: Cell<Option<i64>>,
    /// The time that the endpoint takes to answer, in milliseconds.
    pub posting_takes: Cell<i64>,
    /// All messages that were posted to it, whatever it answered.
    pub posted: RefCell<Vec<(Signed, String)>>,
    /// Whether the user's queue accepts messages.
    pub queue_takes: Cell<bool>,
    /// The messages that the queue accepted.
    pub queued: RefCell<Vec<String>>,
    /// Whether waiting takes no time.
    pub is_stopped: Cell<bool>,
    /// The total time waited, in milliseconds.
    pub waited: Cell<i64>,
    /// Whether the vendor answers only at the second poll.
    pub is_slow: Cell<bool>,
    /// The response that left before the handler's reply.
    pub early: RefCell<Option<HandlerReply>>,
    received: RefCell<Vec<u8>>,
    later: RefCell<Vec<(String, Vec<u8>)>>,
    sandbox: RefCell<Sandbox>,
    pub dice: Dice,
}

/// Options with the sandbox's apiv1 and smsadmin, and `more`.
pub fn options(more: &Value) -> String {
    let config = |vendor| serde_json::from_str::<Value>(&Sandbox::config(vendor).unwrap()).unwrap();
    let mut options = json!({
        "vendors": { "main": config("smsadmin"), "spare": config("apiv1") },
        "pepper": "p".repeat(32), "proof": { "key": "k".repeat(32), "audience": "app" }, "brand": "信使",
        "dev": true, "adminToken": "dev-admin", "apiTokens": ["dev-token", "other-token"],
        "testNumbers": { "13800000000": "123456" },
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options.to_string()
}

impl World {
    pub fn new(more: &Value) -> Self {
        Self::seeded(more, 1)
    }

    pub fn seeded(more: &Value, seed: u64) -> Self {
        let config = Config::read(&options(more)).unwrap_or_else(|error| panic!("{error}"));
        Self {
            handler: Handler::new(config),
            states: RefCell::default(),
            expiries: RefCell::default(),
            now: Cell::new(1_767_225_600_000),
            fault: RefCell::default(),
            store_fails: Cell::default(),
            store_fails_after: Cell::default(),
            captchas: RefCell::default(),
            captcha: Cell::new(Some(true)),
            crashes_after: Cell::default(),
            steps: Cell::default(),
            applied: Cell::default(),
            calls: Cell::default(),
            changes: Cell::default(),
            events: RefCell::default(),
            keeps_no_records: Cell::default(),
            webhook: Cell::new(Some(204)),
            webhook_by: RefCell::default(),
            webhook_retry_at: Cell::default(),
            posting_takes: Cell::default(),
            posted: RefCell::default(),
            queue_takes: Cell::new(true),
            queued: RefCell::default(),
            is_stopped: Cell::default(),
            waited: Cell::default(),
            is_slow: Cell::default(),
            early: RefCell::default(),
            received: RefCell::default(),
            later: RefCell::default(),
            sandbox: RefCell::new(Sandbox::new(0)),
            dice: Dice(Cell::new(seed)),
        }
    }

    /// The same world with a new process, whose options may differ.
    pub fn restarted(self, more: &Value) -> Self {
        let config = Config::read(&options(more)).unwrap_or_else(|error| panic!("{error}"));
        Self { handler: Handler::new(config), ..self }
    }

    pub fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds * 1000);
    }

    /// Handles a request, and runs the steps that follow the answer. `None` if the process died.
    pub fn handle(&self, request: &HandlerRequest) -> Option<HandlerReply> {
        let entropy = self.entropy();
        self.steps.set(0);
        self.applied.set(0);
        self.calls.set(0);
        let mut work = pin!(self.handler.handle(request, &entropy, self));
        // Everything in this world is ready at once, except a slow vendor and calls after the process died.
        let mut poll = || work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut polled = poll();
        if self.is_slow.get() && polled.is_pending() {
            polled = poll();
        }
        let Poll::Ready(reply) = polled else {
            self.later.take();
            return None;
        };
        for (key, command) in self.later.take() {
            if self.is_dead() {
                return None;
            }
            self.step(&key, &command);
        }
        if let Some(account) = &reply.process_account {
            self.to_its_end(self.handler.process_pushed(account, self));
        }
        Some(reply)
    }

    /// Runs the work of every minute. Returns whether it ended.
    pub fn scheduled(&self) -> bool {
        self.steps.set(0);
        self.calls.set(0);
        let entropy = self.entropy();
        self.to_its_end(self.handler.scheduled(&entropy, self))
    }

    /// Sends a marketing bulk, and gives the status and the outcomes, or the error.
    pub fn send_marketing(&self, bulk: &Value, options: &Value, recipients: &str) -> (u16, Value) {
        self.send_marketing_after(bulk, options, recipients, 0)
    }

    /// The same of a part of a bulk before which so many recipients come.
    pub fn send_marketing_after(&self, bulk: &Value, options: &Value, recipients: &str, before: usize) -> (u16, Value) {
        let reply = self.try_send_marketing(bulk, options, recipients, before).unwrap();
        match reply {
            Ok(outcomes) => (200, outcomes.iter().map(json_of).collect()),
            Err(error) => (400, serde_json::from_str(&error.to_json()).unwrap()),
        }
    }

    /// The same: nothing where the process died under it.
    pub fn try_send_marketing(
        &self,
        bulk: &Value,
        options: &Value,
        recipients: &str,
        before: usize,
    ) -> Option<Result<Vec<MarketingOutcome>, SmsError>> {
        let (bulk, options, entropy) = (bulk.to_string(), options.to_string(), self.entropy());
        let mut reply = None;
        self.steps.set(0);
        self.applied.set(0);
        self.to_its_end(async {
            reply =
                Some(match Marketing::read(&parse(bulk.as_bytes()).unwrap(), &parse(options.as_bytes()).unwrap()) {
                    Ok(marketing) => self.handler.send_marketing(&marketing, recipients, before, &entropy, self).await,
                    Err(error) => Err(error),
                });
        });
        reply
    }

    fn to_its_end(&self, work: impl Future<Output = ()>) -> bool {
        let ended = pin!(work).poll(&mut Context::from_waker(Waker::noop())).is_ready();
        for (key, command) in self.later.take() {
            if ended && !self.is_dead() {
                self.step(&key, &command);
            }
        }
        ended
    }

    /// Answers a request, and drops the steps that should follow the answer.
    pub fn handle_without_what_follows(&self, head: Value, body: &Value) -> HandlerReply {
        self.handle_without_work_after(&request(head, body))
    }

    /// The same for any request.
    pub fn handle_without_work_after(&self, request: &HandlerRequest) -> HandlerReply {
        let entropy = self.entropy();
        let work = pin!(self.handler.handle(request, &entropy, self));
        let Poll::Ready(reply) = work.poll(&mut Context::from_waker(Waker::noop())) else { panic!("it waits") };
        self.later.take();
        reply
    }

    pub fn entropy(&self) -> Vec<u8> {
        (0..entropy::ENTROPY_BYTES).map(|_| u8::try_from(self.dice.roll(256)).unwrap()).collect()
    }

    /// Calls one of the sandbox's own routes.
    pub fn sandbox(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let (url, body) = (format!("http://sandbox{path}"), body.to_string().into_bytes());
        let request = http::Request { method: method.into(), url, headers, body };
        self.sandbox.borrow_mut().handle(&request, self.now.get()).body
    }

    pub fn call(&self, head: Value, body: &Value) -> (u16, Value) {
        let reply = self.reply(head, body);
        (reply.status, serde_json::from_str(&reply.body).unwrap_or(Value::Null))
    }

    pub fn reply(&self, head: Value, body: &Value) -> HandlerReply {
        self.handle(&request(head, body)).unwrap()
    }

    /// Posts from an address.
    pub fn post(&self, path: &str, address: &str, body: &Value) -> (u16, Value) {
        self.call(json!({ "path": path, "address": address }), body)
    }

    pub fn send(&self, body: &Value) -> (u16, Value) {
        self.post("/otp/send", "192.0.2.1", body)
    }

    pub fn verify(&self, challenge: &Value, code: &str) -> (u16, Value) {
        self.post("/otp/verify", "192.0.2.1", &json!({ "challenge": challenge, "code": code }))
    }

    /// The texts that arrived: numbers and texts, oldest first.
    pub fn inbox(&self) -> Vec<(String, String)> {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let request = http::Request { method: "GET".into(), url: "http://sandbox/inbox".into(), headers, body: vec![] };
        let inbox = self.sandbox.borrow_mut().handle(&request, self.now.get()).body;
        let inbox: Vec<Value> = serde_json::from_slice(&inbox).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        inbox.iter().map(|received| (text(&received["to"]), text(&received["text"]))).collect()
    }

    /// The code in the last text.
    pub fn code(&self) -> String {
        let (_, text) = self.inbox().pop().unwrap();
        code_in(&text)
    }

    fn is_dead(&self) -> bool {
        self.calls.set(self.calls.get() + 1);
        let steps = self.steps.get();
        self.steps.set(steps + 1);
        self.crashes_after.get().is_some_and(|after| steps >= after)
    }

    fn step(&self, key: &str, command: &[u8]) -> Option<Vec<u8>> {
        if self.keeps_no_records.get() && key == "stats" {
            return None;
        }
        if self.store_fails.get() || self.store_fails_after.get().is_some_and(|after| self.applied.get() > after) {
            return None;
        }
        let mut states = self.states.borrow_mut();
        let applied = apply(states.get(key).map(Vec::as_slice), command, self.now.get()).ok()?;
        match applied.change {
            StateChange::Nothing => {}
            StateChange::Remove => drop(states.remove(key)),
            StateChange::Store { state, expires_at } => {
                assert!(expires_at > self.now.get() - 400_000_000_000, "{key}");
                states.insert(key.to_owned(), state);
                self.expiries.borrow_mut().insert(key.to_owned(), expires_at);
                if key != "stats" {
                    self.changes.set(self.changes.get() + 1);
                }
            }
        }
        Some(applied.decision)
    }
}

pub fn code_in(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(6).collect()
}

impl Transport for World {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        // A slow vendor answers at the second poll.
        let mut waits = self.is_slow.get();
        std::future::poll_fn(|_| if std::mem::take(&mut waits) { Poll::Pending } else { Poll::Ready(()) }).await;
        let mut sandbox = self.sandbox.borrow_mut();
        if let Some(fault) = *self.fault.borrow() {
            let body = json!({ "vendor": request.vendor, "fault": fault }).to_string().into_bytes();
            let url = "http://sandbox/faults".to_owned();
            sandbox.handle(&http::Request { method: "POST".into(), url, headers: vec![], body }, self.now.get());
        }
        let headers = request.headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = request.body().unwrap_or_default();
        let method = request.carrier.method().as_str().into();
        let reply = sandbox.handle(&http::Request { method, url: request.url(), headers, body }, self.now.get());
        match reply.ending {
            http::Ending::Complete | http::Ending::Slow | http::Ending::Push | http::Ending::Wait { .. } => {
                Ok(WireReply { status: reply.status, body: reply.body })
            }
            http::Ending::Truncated => {
                *self.received.borrow_mut() = reply.body[..reply.body.len() / 2].to_vec();
                Err(TransportError::Timeout)
            }
            _ => Err(TransportError::Timeout),
        }
    }

    fn received(&self) -> Vec<u8> {
        self.received.take()
    }

    fn aborted(&self) -> bool {
        false
    }

    fn now(&self) -> i64 {
        self.now.get()
    }
}

impl Host for World {
    fn calls(&self) -> usize {
        self.calls.get()
    }

    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        self.applied.set(self.applied.get() + 1);
        if self.is_dead() {
            // The store applies the step and its answer is lost: the worse of the two ways to die.
            self.step(key, &command);
            std::future::pending::<()>().await;
        }
        self.step(key, &command)
    }

    /// The token `solved` is always accepted, and a token that begins with `once` is accepted once.
    async fn verify_captcha(&self, token: &str, _: &str) -> Option<bool> {
        let mut captchas = self.captchas.borrow_mut();
        let is_good = token == "solved" || token.starts_with("once") && !captchas.iter().any(|spent| spent == token);
        captchas.push(token.to_owned());
        self.captcha.get().map(|solved| solved && is_good)
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        let digits = phone.digits();
        let country = if digits.starts_with("852") { "HK" } else { "DE" };
        // As `countryOf`: a number with a trunk prefix has no country.
        (country == "HK" || digits.starts_with("491")).then(|| country.to_owned())
    }

    async fn enqueue(&self, message: &str) -> bool {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        if self.queue_takes.get() {
            self.queued.borrow_mut().push(message.to_owned());
        }
        self.queue_takes.get()
    }

    async fn exchange(&self, request: &Outgoing) -> Option<WireReply> {
        panic!("no captcha provider is configured: {}", request.url)
    }

    async fn post(&self, request: &Outgoing) -> Option<WebhookAnswer> {
        assert_eq!(request.url, "https://app.example/receipts");
        let header = |name: &str| request.headers.iter().find(|(found, _)| *found == name).unwrap().1.clone();
        let signed = Signed {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
        };
        self.posted.borrow_mut().push((signed.clone(), request.body.clone()));
        self.now.set(self.now.get() + self.posting_takes.get());
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        let status = match &mut *self.webhook_by.borrow_mut() {
            Some(answer) => answer(&signed.id, self.now.get()),
            None => self.webhook.get(),
        };
        status.map(|status| WebhookAnswer { status, retry_at: self.webhook_retry_at.get() })
    }

    async fn wait(&self, milliseconds: i64) {
        if !self.is_stopped.get() {
            self.now.set(self.now.get() + milliseconds);
        }
        self.waited.set(self.waited.get() + milliseconds);
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    fn respond_early(&self, reply: HandlerReply) {
        assert!(self.early.replace(Some(reply)).is_none(), "one response");
    }

    fn defer(&self, key: &str, command: Vec<u8>) {
        self.later.borrow_mut().push((key.to_owned(), command));
    }

    fn emit(&self, event: &EdgeEvent<'_>) {
        if !self.keeps_no_records.get() {
            let event = serde_json::to_string(event).unwrap();
            event_schema::check(&event);
            self.events.borrow_mut().push(event);
        }
    }
}

fn json_of(ended: &MarketingOutcome) -> Value {
    let mut json = serde_json::to_value(&ended.outcome).unwrap();
    if let Some(reason) = ended.reason {
        json["reason"] = reason.as_str().into();
    }
    if let Some(at) = ended.retry_at {
        json["retryAt"] = at.into();
    }
    json
}
