//! [`ProcessHost`]: the host of one request in a process. Each call takes time before and after it acts, in which the process may
//! die; may fail; and is checked against the laws.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use xinshi::client::transport::{ConnectionFailure, Transport, TransportError};
use xinshi::edge::edge_event::EdgeEvent;
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::host::Host;
use xinshi::edge::outgoing::Outgoing;
use xinshi::edge::webhook::WebhookAnswer;
use xinshi::phone::Phone;
use xinshi::wire::{WireReply, WireRequest};

use crate::day::Day;
use crate::trace::{Fate, Trace};

/// The longest time of a call to the store, and of one to another server, in milliseconds; in each direction.
const STORE_MS: u64 = 20;
const NETWORK_MS: u64 = 1500;

/// What goes wrong at a vendor: see `sandbox::fault`. `refused` is a connection that the vendor never got.
const VENDOR_FAULTS: [&str; 8] =
    ["reject", "reject", "refused", "timeout", "http500", "garbage", "truncated", "accept_then_reset"];

/// The faults after which the vendor certainly sent nothing.
const CERTAIN: [&str; 2] = ["reject", "refused"];

/// The faults after which a vendor that was pulled has erased its copies.
const ERASING: [&str; 2] = ["truncated", "accept_then_reset"];

/// What answers a request, once.
type Answer = Box<dyn FnOnce(HandlerReply)>;

pub struct ProcessHost {
    day: Rc<Day>,
    process: usize,
    trace: Rc<Trace>,
    answer: RefCell<Option<Answer>>,
    calls: Cell<usize>,
    later: RefCell<Vec<(String, Vec<u8>)>>,
    received: RefCell<Vec<u8>>,
    /// The records that a pull brought and no store holds yet.
    in_hand: RefCell<Vec<String>>,
}

impl ProcessHost {
    pub fn new(day: &Rc<Day>, process: usize, trace: &Rc<Trace>, answer: Answer) -> Self {
        Self {
            day: Rc::clone(day),
            process,
            trace: Rc::clone(trace),
            answer: RefCell::new(Some(answer)),
            calls: Cell::default(),
            later: RefCell::default(),
            received: RefCell::default(),
            in_hand: RefCell::default(),
        }
    }

    /// Answers the request, unless an answer left already.
    pub fn respond(&self, reply: HandlerReply) {
        if let Some(answer) = self.answer.borrow_mut().take() {
            self.day.answered(&self.trace, &reply);
            answer(reply);
        }
    }

    /// Runs the steps that were left for after the answer.
    pub async fn run_deferred(&self) {
        for (key, command) in self.later.take() {
            self.apply(&key, command).await;
        }
    }

    /// The request ended, and its process lives.
    pub fn ended(&self) {
        if !self.trace.is_faulted.get() {
            self.day.limits.ended(&self.trace);
        }
    }

    async fn pause(&self, most_ms: u64) {
        let milliseconds = i64::try_from(self.day.world.dice.roll(most_ms)).unwrap();
        self.day.schedule.sleep(milliseconds).await;
    }

    /// The world as this process sees it: with its own clock.
    fn world(&self) -> &crate::world::World {
        self.day.world.now.set(self.now());
        &self.day.world
    }

    fn fails(&self, per_mille: u64) -> bool {
        let fails = self.day.world.dice.roll(1000) < per_mille;
        if fails {
            self.day.tally.faults.set(self.day.tally.faults.get() + 1);
        }
        fails
    }
}

/// The result of a call of the world's, which waits for nothing.
fn ready<T>(call: impl Future<Output = T>) -> T {
    pollster::block_on(call)
}

impl Transport for ProcessHost {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        self.calls.set(self.calls.get() + 1);
        self.pause(NETWORK_MS).await;
        let is_send = self.trace.challenge.get().is_some();
        let fault = self.fails(self.day.faults.vendor.get()).then(|| *self.day.world.dice.pick(&VENDOR_FAULTS));
        if fault == Some("refused") {
            if is_send {
                self.day.called(&self.trace, Fate::NotSent, None);
            }
            self.pause(NETWORK_MS).await;
            let (code, syscall) = (Some("ECONNREFUSED".to_owned()), Some("connect".to_owned()));
            let failure = ConnectionFailure { code, syscall, by_host: true, ..ConnectionFailure::default() };
            return Err(TransportError::Failed(failure));
        }
        *self.world().fault.borrow_mut() = fault;
        let reply = ready(Transport::call(self.world(), request));
        *self.day.world.fault.borrow_mut() = None;
        *self.received.borrow_mut() = self.day.world.received();
        if is_send {
            let arrived = self.day.arrived();
            let fate = match (fault, &arrived) {
                (None, Some(_)) => Fate::Accepted,
                (None, None) => Fate::NotSent,
                (Some(fault), _) if CERTAIN.contains(&fault) => Fate::NotSent,
                (Some(_), _) => Fate::Unknown,
            };
            self.day.called(&self.trace, fate, arrived);
        } else if let Ok(reply) = &reply {
            self.in_hand.borrow_mut().extend(self.day.pulled(request.vendor, &reply.body));
        } else if fault.is_some_and(|fault| ERASING.contains(&fault)) {
            self.day.lost(request.vendor);
        }
        self.pause(NETWORK_MS).await;
        reply
    }

    fn received(&self) -> Vec<u8> {
        self.received.take()
    }

    fn aborted(&self) -> bool {
        false
    }

    fn now(&self) -> i64 {
        self.day.schedule.now() + self.day.skew(self.process)
    }
}

impl Host for ProcessHost {
    fn calls(&self) -> usize {
        self.calls.get()
    }

    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        self.calls.set(self.calls.get() + 1);
        self.trace.in_flight.set(self.trace.in_flight.get() + 1);
        self.pause(STORE_MS).await;
        let is_lost = self.fails(self.day.faults.store.get());
        let decision = if is_lost && self.day.world.dice.roll(2) == 0 {
            None
        } else {
            self.day.expire(key);
            let decision = ready(self.world().apply(key, command.clone()));
            let decision = decision.expect("the ledger reads its own commands");
            if self.day.stepped((key, &command), self.now(), &self.trace, &decision) {
                self.in_hand.take().into_iter().for_each(|record| self.day.receipts.gave(record));
            }
            Some(decision)
        };
        self.pause(STORE_MS).await;
        self.trace.in_flight.set(self.trace.in_flight.get() - 1);
        if is_lost {
            self.trace.is_faulted.set(true);
        }
        decision.filter(|_| !is_lost)
    }

    async fn exchange(&self, request: &Outgoing) -> Option<WireReply> {
        ready(self.world().exchange(request))
    }

    async fn post(&self, request: &Outgoing) -> Option<WebhookAnswer> {
        self.calls.set(self.calls.get() + 1);
        self.pause(NETWORK_MS).await;
        let is_down = self.fails(self.day.faults.webhook.get());
        self.day.world.webhook.set(Some(if is_down { *self.day.world.dice.pick(&[500, 429, 404]) } else { 204 }));
        let answer = ready(Host::post(self.world(), request));
        self.day.world.posted.borrow_mut().clear();
        self.day.receipts.posted(&request.body, !is_down);
        self.pause(NETWORK_MS).await;
        // The answer of an endpoint that accepted a message may be lost.
        answer.filter(|_| !self.fails(self.day.faults.webhook.get()))
    }

    async fn verify_captcha(&self, token: &str, address: &str) -> Option<bool> {
        self.pause(NETWORK_MS).await;
        ready(self.world().verify_captcha(token, address))
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        ready(self.world().country(phone))
    }

    async fn enqueue(&self, message: &str) -> bool {
        self.pause(STORE_MS).await;
        let is_taken = !self.fails(self.day.faults.webhook.get());
        if is_taken {
            self.day.receipts.queued(message);
        }
        self.pause(STORE_MS).await;
        is_taken && !self.fails(self.day.faults.webhook.get())
    }

    async fn wait(&self, milliseconds: i64) {
        self.day.schedule.sleep(milliseconds).await;
    }

    fn respond_early(&self, reply: HandlerReply) {
        self.respond(reply);
    }

    fn defer(&self, key: &str, command: Vec<u8>) {
        self.later.borrow_mut().push((key.to_owned(), command));
    }

    fn emit(&self, event: &EdgeEvent<'_>) {
        self.world().emit(event);
        let event = self.day.world.events.borrow_mut().pop().unwrap();
        self.day.emitted(&event, &self.trace);
    }
}
