//! [`Desk`]: what passes between a request under way and JavaScript, which does what it wants.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use crate::observer::Observer;
use crate::room::{Told, opaque};
use xinshi::client::transport::{Transport, TransportError};
use xinshi::edge::event::Event;
use xinshi::edge::host::Host;
use xinshi::edge::reply::Reply;
use xinshi::edge::webhook::Signed;
use xinshi::phone::Phone;
use xinshi::wire::json_writer::Object;
use xinshi::wire::{WireReply, WireRequest};

/// What is told, and in which order its parts stand.
mod kind {
    /// A status, 1 where the body is to be the handler's description, the account that is to be attended to, the body, how many
    /// headers there are, and their names and values; how many steps follow the answer, and their keys and commands.
    pub const ENDED: usize = 0;
    /// A key, and the command that is to be applied to it, which is opaque, as what it gives is.
    pub const APPLY: usize = 1;
    /// A request that is to be made: method, URL, content type, body as text or as bytes, and the milliseconds that it may take.
    pub const EXCHANGE: usize = 2;
    /// Anything else, as JSON.
    pub const OTHER: usize = 3;
}

/// What passes between a request under way and JavaScript.
#[derive(Clone)]
pub struct Desk(Rc<Letters>);

struct Letters {
    timeout_ms: u32,
    on: Option<Observer>,
    now: Cell<i64>,
    calls: Cell<usize>,
    wanted: RefCell<Option<Wanted>>,
    /// Whether somebody waits for what is said.
    listens: Cell<bool>,
    said: RefCell<Option<Result<Vec<u8>, NoAnswer>>>,
    reply: RefCell<Option<Result<WireReply, TransportError>>>,
    received: RefCell<Vec<u8>>,
    later: RefCell<Vec<(String, Vec<u8>)>>,
}

/// Nobody could say.
struct NoAnswer;

enum Wanted {
    Apply { key: String, command: Vec<u8> },
    Exchange { method: &'static str, url: String, content_type: Option<&'static str>, body: Option<Vec<u8>> },
    Other(String),
}

impl Desk {
    /// An empty one for a request.
    pub fn new(timeout_ms: u32, on: Option<Observer>) -> Self {
        Self(Rc::new(Letters {
            timeout_ms,
            on,
            now: Cell::default(),
            calls: Cell::default(),
            wanted: RefCell::default(),
            listens: Cell::default(),
            said: RefCell::default(),
            reply: RefCell::default(),
            received: RefCell::default(),
            later: RefCell::default(),
        }))
    }

    /// What JavaScript tells before each step: the time, and what is said to what was wanted, if anybody can say.
    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    pub fn hear(&self, now: f64, said: impl FnOnce() -> Option<Vec<u8>>) {
        self.0.now.set(now as i64);
        if self.0.listens.take() {
            *self.0.said.borrow_mut() = Some(said().ok_or(NoAnswer));
        }
    }

    /// What came of the request that was to be made, and what had been received where it has no whole reply.
    pub fn exchanged(&self, reply: Result<WireReply, TransportError>, received: Vec<u8>) {
        *self.0.received.borrow_mut() = received;
        *self.0.reply.borrow_mut() = Some(reply);
    }

    /// Tells what is wanted. Nothing is told where nothing is, which never happens.
    pub fn tell_wanted(&self, told: &mut Told) {
        match self.0.wanted.take() {
            Some(Wanted::Apply { key, command }) => told.begin(kind::APPLY).text(&key).opaque(&command),
            Some(Wanted::Exchange { method, url, content_type, body }) => {
                // To a text that has no type, a host gives one.
                let ascii = body.as_deref().filter(|body| content_type.is_some() && body.is_ascii());
                let text = ascii.and_then(|body| str::from_utf8(body).ok());
                told.begin(kind::EXCHANGE)
                    .text(method)
                    .text(&url)
                    .text_if(content_type)
                    .text_if(text)
                    .bytes_if(body.as_deref().filter(|_| text.is_none()))
                    .number(self.0.timeout_ms as usize)
            }
            wanted => {
                let json = if let Some(Wanted::Other(json)) = wanted { json } else { String::new() };
                told.begin(kind::OTHER).text(&json)
            }
        };
    }

    /// Tells the answer, and what is to be done after it left.
    pub fn tell_ended(&self, reply: &Reply, told: &mut Told) {
        told.begin(kind::ENDED)
            .number(reply.status.into())
            .number(reply.is_description.into())
            .text_if(reply.attend.as_deref())
            .text(&reply.body)
            .number(reply.headers.len());
        for (name, value) in &reply.headers {
            told.text(name).text(value);
        }
        let later = self.0.later.take();
        told.number(later.len());
        for (key, command) in later {
            told.text(&key).opaque(&command);
        }
    }

    fn count_call(&self) {
        self.0.calls.set(self.0.calls.get() + 1);
    }

    async fn said(&self, wanted: Wanted) -> Option<Vec<u8>> {
        self.count_call();
        *self.0.wanted.borrow_mut() = Some(wanted);
        self.0.listens.set(true);
        poll_fn(|_| self.0.said.take().map_or(Poll::Pending, Poll::Ready)).await.ok()
    }

    async fn told(&self, wanted: Object) -> Option<String> {
        String::from_utf8(self.said(Wanted::Other(wanted.finish())).await?).ok()
    }
}

fn want(what: &str) -> Object {
    let mut json = Object::new();
    json.text("want", what);
    json
}

impl Transport for Desk {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        self.count_call();
        *self.0.wanted.borrow_mut() = Some(Wanted::Exchange {
            method: request.carrier.method().as_str(),
            url: request.url(),
            content_type: request.headers().first().map(|(_, value)| *value),
            body: request.body(),
        });
        poll_fn(|_| self.0.reply.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    fn aborted(&self) -> bool {
        false
    }

    fn now(&self) -> i64 {
        self.0.now.get()
    }

    fn received(&self) -> Vec<u8> {
        self.0.received.take()
    }
}

impl Host for Desk {
    fn calls(&self) -> usize {
        self.0.calls.get()
    }

    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        opaque(&self.said(Wanted::Apply { key: key.to_owned(), command }).await?)
    }

    async fn solved(&self, token: &str, address: &str) -> Option<bool> {
        let mut json = want("solved");
        json.text("token", token);
        json.text("address", address);
        self.told(json).await.map(|said| said == "true")
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        let mut json = want("country");
        json.text("phone", &phone.e164());
        self.told(json).await
    }

    async fn sign(&self, claims: &str) -> Option<String> {
        let mut json = want("sign");
        json.json("claims", claims);
        self.told(json).await
    }

    async fn enqueue(&self, message: &str) -> bool {
        let mut json = want("enqueue");
        json.json("message", message);
        self.told(json).await.is_some()
    }

    async fn post(&self, url: &str, signed: &Signed, body: &str) -> Option<u16> {
        let mut json = want("post");
        json.text("url", url);
        json.text("id", &signed.id);
        json.text("timestamp", &signed.timestamp);
        json.text("signature", &signed.signature);
        json.text("body", body);
        self.told(json).await?.parse().ok()
    }

    async fn wait(&self, milliseconds: i64) {
        let mut json = want("wait");
        json.number("milliseconds", milliseconds);
        // Whether the time passed or not, it goes on.
        let _ = self.told(json).await;
    }

    fn later(&self, key: &str, command: Vec<u8>) {
        self.0.later.borrow_mut().push((key.to_owned(), command));
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(on) = &self.0.on {
            on.tell(event.to_json());
        }
    }
}
