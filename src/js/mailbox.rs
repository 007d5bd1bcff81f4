//! [`Mailbox`]: what passes between a call and JavaScript, which makes its requests.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use crate::failure::failure;
use xinshi::client::transport::{Transport, TransportError};
use xinshi::wire::json_writer::Object;
use xinshi::wire::{WireReply, WireRequest};

/// What passes between a call and JavaScript.
#[derive(Clone)]
pub struct Mailbox(Rc<Letters>);

struct Letters {
    timeout_ms: u32,
    /// Whether the `fetch` is the host's own, and not one that the caller passed.
    by_host: bool,
    now: Cell<f64>,
    aborted: Cell<bool>,
    request: RefCell<Option<String>>,
    body: RefCell<Option<Vec<u8>>>,
    reply: RefCell<Option<Result<WireReply, TransportError>>>,
    received: RefCell<Vec<u8>>,
}

impl Mailbox {
    /// An empty one for a call.
    pub fn new(timeout_ms: u32, by_host: bool) -> Self {
        Self(Rc::new(Letters {
            timeout_ms,
            by_host,
            now: Cell::default(),
            aborted: Cell::default(),
            request: RefCell::default(),
            body: RefCell::default(),
            reply: RefCell::default(),
            received: RefCell::default(),
        }))
    }
}

impl Transport for Mailbox {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        let mut json = Object::new();
        json.text("method", request.carrier.method().as_str());
        json.text("url", &request.url());
        json.text_if("contentType", request.headers().first().map(|(_, value)| *value));
        json.text_if("callback", request.callback.as_ref().map(xinshi::wire::jsonp::Callback::as_str));
        json.number("timeoutMs", self.0.timeout_ms.into());
        *self.0.request.borrow_mut() = Some(json.finish());
        *self.0.body.borrow_mut() = request.body();
        poll_fn(|_| self.0.reply.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
    }

    fn aborted(&self) -> bool {
        self.0.aborted.get()
    }

    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    fn now(&self) -> i64 {
        self.0.now.get() as i64
    }

    fn received(&self) -> Vec<u8> {
        self.0.received.take()
    }
}

impl Mailbox {
    /// What JavaScript tells before each step.
    pub fn at(&self, now: f64, aborted: bool) {
        self.0.now.set(now);
        self.0.aborted.set(aborted);
    }

    /// The request that is to be made, as JSON.
    pub fn wanted(&self) -> Option<String> {
        self.0.request.take()
    }

    /// Its body.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body.take()
    }

    /// The whole reply came.
    pub fn replied(&self, status: u16, body: Vec<u8>) {
        *self.0.reply.borrow_mut() = Some(Ok(WireReply { status, body }));
    }

    /// No whole reply came: `aborted`, `aborted-before`, `timeout`, `too-long`, or else what the host tells of the failure.
    pub fn failed(&self, why: &str, code: Option<String>, syscall: Option<String>, received: Vec<u8>) {
        *self.0.received.borrow_mut() = received;
        *self.0.reply.borrow_mut() = Some(Err(failure(why, code, syscall, self.0.by_host)));
    }
}
