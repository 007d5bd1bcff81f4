//! Ten thousand schedules of faults over all vendors, each from its seed: no message is sent twice, and every message
//! ends in exactly one outcome, which agrees with what the vendors' servers received.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on fails")]

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};
use xinshi::client::Sms;
use xinshi::client::circuit::CircuitChange;
use xinshi::client::sms_event::SmsEvent;
use xinshi::client::transport::{ConnectionFailure, Transport, TransportError};
use xinshi::message::Message;
use xinshi::outcome::Outcome;
use xinshi::random::{self, Random};
use xinshi::sandbox::Sandbox;
use xinshi::sandbox::http::{Ending, Request};
use xinshi::vendor::account::{AccountOption, OptionKind};
use xinshi::vendor::{ABOUT, NAMES as VENDORS};
use xinshi::wire::{WireReply, WireRequest};

const SCHEDULES: u64 = 10_000;
const FAULTS: [&str; 7] = ["reject", "timeout", "reset", "http500", "garbage", "truncated", "accept_then_reset"];

/// `SplitMix64`: the same seed gives the same schedule.
struct Dice(Cell<u64>);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

/// The sandbox behind a network that loses connections before and after the vendor acts.
struct World<'a> {
    sandbox: RefCell<Sandbox>,
    dice: &'a Dice,
    now: Cell<i64>,
    aborted: Cell<bool>,
    /// The vendor whose account fails.
    broken: Option<&'static str>,
}

impl World<'_> {
    fn handle(&self, method: &str, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> (u16, Vec<u8>, Ending) {
        let request = Request { method: method.into(), url: url.into(), headers, body };
        let reply = self.sandbox.borrow_mut().handle(&request, self.now.get());
        (reply.status, reply.body, reply.ending)
    }

    /// Texts that arrived, by vendor and text.
    fn inbox(&self) -> Vec<(String, String)> {
        let accept = vec![("accept".to_owned(), "application/json".to_owned())];
        let inbox: Vec<Value> = serde_json::from_slice(&self.handle("GET", "/inbox", accept, vec![]).1).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        inbox.iter().map(|received| (text(&received["vendor"]), text(&received["text"]))).collect()
    }
}

impl Transport for World<'_> {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        self.now.set(self.now.get() + i64::try_from(self.dice.roll(20_000)).unwrap());
        let failed = |code: &str, syscall: &str| {
            let (code, syscall) = (Some(code.to_owned()), Some(syscall.to_owned()));
            TransportError::Failed(ConnectionFailure { code, syscall, by_host: true, ..ConnectionFailure::default() })
        };
        match self.dice.roll(10) {
            _ if self.broken == Some(request.vendor) => return Err(failed("ECONNREFUSED", "connect")),
            0 => return Err(failed("ECONNREFUSED", "connect")),
            1..=4 => {
                let (vendor, fault) = (request.vendor, self.dice.pick(&FAULTS));
                let mut request = json!({ "vendor": vendor, "fault": fault });
                if vendor == "binstd" && fault == "reject" {
                    // A documented code, undocumented ones, and the code of a vendor that does not know whether it
                    // sent.
                    request["code"] = json!(self.dice.pick(&["101", "209", "4711", "220"]));
                }
                self.handle("POST", "/faults", vec![], request.to_string().into_bytes());
            }
            _ => {}
        }
        let headers = request.headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = request.body().unwrap_or_default();
        let (status, body, ending) = self.handle(request.carrier.method().as_str(), &request.url(), headers, body);
        // The caller may abort while the request is under way.
        if self.dice.roll(30) == 0 {
            self.aborted.set(true);
            return Err(TransportError::AbortedAfter);
        }
        match ending {
            Ending::Complete | Ending::Slow | Ending::Push => Ok(WireReply { status, body }),
            Ending::Hang => Err(TransportError::Timeout),
            Ending::Reset | Ending::Truncated => Err(failed("ECONNRESET", "read")),
        }
    }

    fn aborted(&self) -> bool {
        self.aborted.get()
    }

    fn now(&self) -> i64 {
        self.now.get()
    }
}

/// A client with a random selection of vendors, order and methods.
fn client(dice: &Dice) -> Sms {
    let mut vendors = serde_json::Map::new();
    for _ in 0..=dice.roll(4) {
        let vendor = dice.pick(&VENDORS);
        let mut config: Value = serde_json::from_str(&Sandbox::config(vendor).unwrap()).unwrap();
        let at = VENDORS.iter().position(|name| *name == vendor).unwrap();
        for AccountOption { name, kind } in ABOUT[at].options {
            // JSONP is for accounts in pages.
            if let (OptionKind::Choice(words), true) = (kind, *name != "transport") {
                config[*name] = json!(dice.pick(words));
            }
        }
        vendors.insert(vendor.to_owned(), config);
    }
    let mut order: Vec<String> = vendors.keys().cloned().collect();
    let turn = usize::try_from(dice.roll(order.len() as u64)).unwrap();
    order.rotate_left(turn);
    Sms::configure(&json!({ "vendors": vendors, "order": order }).to_string()).unwrap()
}

#[test]
fn every_message_has_one_outcome_that_agrees_with_the_deliveries() {
    let mut ends = std::collections::BTreeMap::new();
    let mut failovers = 0;
    let (opened, closed) = (Cell::new(0), Cell::new(0));
    for seed in 0..SCHEDULES {
        let dice = Dice(Cell::new(seed));
        let sms = client(&dice);
        let sandbox = RefCell::new(Sandbox::new(0));
        let broken = (seed % 4 == 0).then(|| dice.pick(&VENDORS));
        let mut world = World { sandbox, dice: &dice, now: Cell::new(0), aborted: Cell::new(false), broken };
        let mut outcomes: Vec<(String, Outcome)> = Vec::new();
        let messages = if broken.is_some() { 30 } else { 1 + dice.roll(5) };
        for number in 0..messages {
            world.aborted.set(false);
            if number == 20 {
                world.broken = None;
            }
            let text = format!("【信使】第{number}条，种子{seed}");
            let message = Message::read(&json!({ "to": "13812345678", "text": text }).to_string()).unwrap();
            let attempts = Cell::new(0);
            let random = Random::new(&[u8::try_from(number).unwrap(); random::RANDOM_BYTES]);
            let outcome = pollster::block_on(sms.send(&message, None, &random, &world, &|event| match event {
                SmsEvent::Attempt { .. } => attempts.set(attempts.get() + 1),
                SmsEvent::Circuit { change: CircuitChange::Opened, .. } => opened.set(opened.get() + 1),
                SmsEvent::Circuit { change: CircuitChange::Closed, .. } => closed.set(closed.get() + 1),
                SmsEvent::Attempted { .. } | SmsEvent::Outcome { .. } => {}
            }));
            failovers += u32::from(attempts.get() > 1);
            outcomes.push((text, outcome));
        }
        let inbox = world.inbox();
        for (text, outcome) in outcomes {
            let arrived: Vec<&(String, String)> = inbox.iter().filter(|(_, received)| *received == text).collect();
            let status = outcome.end.status();
            let agrees = match status {
                "accepted" => arrived.len() == 1,
                "rejected" => arrived.is_empty(),
                _ => arrived.len() <= 1,
            };
            assert!(agrees, "seed {seed}: {status} and {} texts: {outcome:?}", arrived.len());
            for (vendor, _) in arrived {
                assert_eq!(vendor, outcome.vendor, "seed {seed}: {outcome:?}");
            }
            *ends.entry(status).or_insert(0) += 1;
        }
    }
    // An event that never occurs in a simulation is not tested by it.
    for status in ["accepted", "rejected", "unknown"] {
        assert!(ends.get(status).copied().unwrap_or(0) > 1_000, "{ends:?}");
    }
    assert!(failovers > 1_000, "{failovers}");
    assert!(opened.get() > 200 && closed.get() > 100, "{opened:?} {closed:?}");
}
