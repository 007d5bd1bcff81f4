//! The parts that the native suites share: the sandbox as a network, a transport with a fixed reply, and one message.

#![allow(dead_code, reason = "each suite is a crate of its own and uses a part of it")]

use std::cell::RefCell;

use serde_json::{Value, json};
use xinshi::client::Sms;
use xinshi::client::transport::{ConnectionFailure, Transport, TransportError};
use xinshi::message::Message;
use xinshi::outcome::Outcome;
use xinshi::random::{self, Random};
use xinshi::sandbox::Sandbox;
use xinshi::sandbox::http::{Ending, Request};
use xinshi::wire::{WireReply, WireRequest};

pub const TEXT: &str = "【信使】您的验证码是424242，5分钟内有效。";
pub const TO: &str = "13812345678";

/// The sandbox as a network: faults end calls as a real network does.
pub struct Network(RefCell<Sandbox>);

impl Network {
    pub fn new() -> Self {
        Self(RefCell::new(Sandbox::new(0)))
    }

    pub fn fault(&self, fault: &Value) {
        let reply = self.handle("POST", "/faults", vec![], fault.to_string().into_bytes());
        assert_eq!(reply.0, 204, "{fault}");
    }

    pub fn inbox(&self) -> Vec<Value> {
        let accept = vec![("accept".to_owned(), "application/json".to_owned())];
        serde_json::from_slice(&self.handle("GET", "/inbox", accept, vec![]).1).unwrap()
    }

    pub fn handle(
        &self,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> (u16, Vec<u8>, Ending) {
        let request = Request { method: method.into(), url: url.into(), headers, body };
        let reply = self.0.borrow_mut().handle(&request, NOW_MS);
        (reply.status, reply.body, reply.ending)
    }
}

/// The time at the vendors, in milliseconds since the Unix epoch.
const NOW_MS: i64 = 1_700_000_000_000;

impl Transport for Network {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        let headers = request.headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = request.body().unwrap_or_default();
        let (status, body, ending) = self.handle(request.carrier.method().as_str(), &request.url(), headers, body);
        match ending {
            Ending::Complete | Ending::Slow | Ending::Push | Ending::Wait { .. } => Ok(WireReply { status, body }),
            Ending::Hang => Err(TransportError::Timeout),
            Ending::Reset | Ending::Truncated => Err(failed("ECONNRESET", "read")),
        }
    }

    fn now(&self) -> i64 {
        NOW_MS
    }

    fn aborted(&self) -> bool {
        false
    }
}

pub fn failed(code: &str, syscall: &str) -> TransportError {
    let (code, syscall) = (Some(code.to_owned()), Some(syscall.to_owned()));
    TransportError::Failed(ConnectionFailure { code, syscall, by_host: true, ..ConnectionFailure::default() })
}

/// A transport with a fixed result.
pub struct Scripted(pub Result<WireReply, TransportError>);

impl Transport for Scripted {
    async fn call(&self, _: &WireRequest) -> Result<WireReply, TransportError> {
        self.0.clone()
    }

    fn now(&self) -> i64 {
        0
    }

    fn aborted(&self) -> bool {
        matches!(self.0, Err(TransportError::AbortedBefore | TransportError::AbortedAfter))
    }
}

pub fn config(vendor: &str) -> Value {
    serde_json::from_str(&Sandbox::config(vendor).unwrap()).unwrap()
}

pub use xinshi::vendor::NAMES as VENDORS;

/// The keys and passwords of the sandbox's accounts; each begins with its vendor's name.
pub fn secrets(vendor: &str) -> Vec<String> {
    let config = config(vendor);
    let values = config.as_object().unwrap().values().filter_map(Value::as_str);
    values.filter(|value| value.starts_with("sandbox") && *value != "sandbox").map(str::to_owned).collect()
}

/// A client with the sandbox's accounts at all vendors, in the given order.
pub fn sms(order: &[&str]) -> Sms {
    let vendors: serde_json::Map<_, _> = VENDORS.iter().map(|name| ((*name).to_owned(), config(name))).collect();
    Sms::configure(&json!({ "vendors": vendors, "order": order }).to_string()).unwrap()
}

pub fn message(text: &str) -> Message {
    Message::read(&json!({ "to": TO, "text": text }).to_string()).unwrap()
}

/// The random bytes that JavaScript would supply.
pub fn random() -> Random {
    Random::new(&[7; random::RANDOM_BYTES])
}

pub fn send(sms: &Sms, transport: &impl Transport) -> Outcome {
    send_text(sms, TEXT, transport)
}

pub fn send_text(sms: &Sms, text: &str, transport: &impl Transport) -> Outcome {
    pollster::block_on(sms.send(&message(text), None, &random(), transport, &|_| {}))
}

/// The one request of a message to the first account.
pub fn request(sms: &Sms) -> WireRequest {
    sms.plan(&message(TEXT), None, &random()).unwrap().requests().next().unwrap().clone()
}
