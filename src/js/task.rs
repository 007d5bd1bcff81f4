//! [`JsTask`]: a call under way. JavaScript steps it, makes the request that it waits for, and hands over what came.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::error::thrown;

use xinshi::client::transport::{Failure, Transport, TransportError};
use xinshi::error::SmsError;
use xinshi::wire::json_writer::Object;
use xinshi::wire::{WireReply, WireRequest};

/// What a call ended in.
pub enum Ended {
    /// An answer in JSON, and the reply's bytes.
    Answer(String, Vec<u8>),
    /// An error with the reply's bytes in it.
    Error(SmsError),
    /// Nothing to tell: another request of the same bulk will.
    Nothing,
}

/// A call under way.
#[wasm_bindgen(js_name = Task)]
pub struct JsTask {
    work: Pin<Box<dyn Future<Output = Ended>>>,
    mailbox: Mailbox,
    ended: Ended,
    index: usize,
}

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

impl JsTask {
    /// A call that asks through a mailbox.
    pub fn new(mailbox: Mailbox, index: usize, work: impl Future<Output = Ended> + 'static) -> Self {
        Self { work: Box::pin(work), mailbox, ended: Ended::Nothing, index }
    }
}

#[wasm_bindgen(js_class = Task)]
impl JsTask {
    /// Goes on until a request is to be made, and gives it as JSON, or to the end, and gives nothing.
    pub fn step(&mut self, now: f64, aborted: bool) -> Option<String> {
        self.mailbox.0.now.set(now);
        self.mailbox.0.aborted.set(aborted);
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => self.mailbox.0.request.take(),
            Poll::Ready(ended) => {
                self.ended = ended;
                None
            }
        }
    }

    /// The body of the request that is to be made.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.mailbox.0.body.take()
    }

    /// The whole reply came.
    pub fn replied(&self, status: u16, body: Vec<u8>) {
        *self.mailbox.0.reply.borrow_mut() = Some(Ok(WireReply { status, body }));
    }

    /// No whole reply came: `aborted`, `aborted-before`, `timeout`, `too-long`, or else what the host tells of the failure.
    pub fn failed(&self, why: &str, code: Option<String>, syscall: Option<String>, received: Vec<u8>) {
        let error = match why {
            "aborted" => TransportError::AbortedAfter,
            "aborted-before" => TransportError::AbortedBefore,
            "timeout" => TransportError::Timeout,
            "too-long" => TransportError::TooLong,
            _ => TransportError::Failed(Failure { code, syscall, by_host: self.mailbox.0.by_host }),
        };
        *self.mailbox.0.received.borrow_mut() = received;
        *self.mailbox.0.reply.borrow_mut() = Some(Err(error));
    }

    /// What it ended in, as JSON: nothing where another request of the bulk will tell.
    pub fn answer(&mut self) -> Result<Option<String>, JsValue> {
        match &mut self.ended {
            Ended::Answer(json, _) => Ok(Some(core::mem::take(json))),
            Ended::Error(error) => Err(thrown(error.clone())),
            Ended::Nothing => Ok(None),
        }
    }

    /// The bytes of the reply.
    pub fn raw(&mut self) -> Vec<u8> {
        if let Ended::Answer(_, raw) = &mut self.ended { core::mem::take(raw) } else { Vec::new() }
    }

    /// Which request of a bulk it is.
    pub fn index(&self) -> usize {
        self.index
    }
}
