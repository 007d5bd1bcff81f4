//! [`Desk`]: what passes between a work and JavaScript, which carries out what it wants.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use js_sys::{Array, JsString, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::edge::configured::{Configured, Store};
use crate::edge::effect::{Answer, Effect};
use crate::edge::user::{kind_of, log, time};
use crate::edge::work::Failed;
use crate::error::thrown;
use crate::opaque;
use crate::outgoing::{failure, init};
use crate::send_once::send_once;
use crate::values::{set, to_value};
use xinshi::client::transport::{Failure, Transport, TransportError};
use xinshi::edge::event::Event;
use xinshi::edge::host::Host;
use xinshi::edge::objects::object_of;
use xinshi::edge::outgoing::Outgoing;
use xinshi::edge::reply::{Problem, Reply};
use xinshi::edge::siteverify;
use xinshi::phone::Phone;
use xinshi::wire::{WireReply, WireRequest};

/// Bytes of a vendor's reply that are read at most: a pull to which a vendor sets no limit has some 130 bytes a record.
const MAX_REPLY_BYTES: usize = 16 << 20;
/// How long a queue may take, in milliseconds.
const QUEUE_TIMEOUT_MS: u32 = 10_000;

/// Whom a work is for.
pub enum For {
    /// A request, from a page of this origin where it says so: it ends with an answer.
    Request(Option<String>),
    /// Code that calls: it ends with a value or an error.
    Caller,
}

/// What passes between a work and JavaScript.
#[derive(Clone)]
pub struct Desk(Rc<Papers>);

struct Papers {
    configured: Option<Rc<Configured>>,
    whom: For,
    now: Cell<i64>,
    calls: Cell<usize>,
    last: Cell<u32>,
    wanted: RefCell<Array>,
    heard: RefCell<Vec<(u32, Result<JsValue, Failed>)>>,
    received: RefCell<Vec<u8>>,
    later: RefCell<Vec<(String, Vec<u8>)>>,
}

impl Desk {
    /// One for a work.
    pub fn new(configured: Option<Rc<Configured>>, whom: For) -> Self {
        Self(Rc::new(Papers {
            configured,
            whom,
            now: Cell::default(),
            calls: Cell::default(),
            last: Cell::default(),
            wanted: RefCell::default(),
            heard: RefCell::default(),
            received: RefCell::default(),
            later: RefCell::default(),
        }))
    }

    /// Reads the clock, before each step.
    ///
    /// # Errors
    /// What is wrong with the user's own.
    pub fn read_clock(&self) -> Result<(), String> {
        let clock = self.0.configured.as_ref().and_then(|configured| configured.user.now.as_ref());
        self.0.now.set(time(clock)?);
        Ok(())
    }

    /// What came of an effect.
    pub fn hear(&self, effect: u32, came: Result<JsValue, Failed>) {
        self.0.heard.borrow_mut().push((effect, came));
    }

    /// What is wanted by now: numbers, under which is told what came of it, and effects, in turn.
    pub fn take_wanted(&self) -> Array {
        self.0.wanted.take()
    }

    /// Wants something, and waits for what comes of it.
    pub async fn ask(&self, effect: Effect) -> Result<JsValue, Failed> {
        self.0.calls.set(self.0.calls.get() + 1);
        let number = self.want(effect);
        poll_fn(|_| {
            let mut heard = self.0.heard.borrow_mut();
            match heard.iter().position(|(effect, _)| *effect == number) {
                Some(at) => Poll::Ready(heard.swap_remove(at).1),
                None => Poll::Pending,
            }
        })
        .await
    }

    fn want(&self, effect: Effect) -> u32 {
        let number = self.0.last.get().wrapping_add(1);
        self.0.last.set(number);
        let wanted = self.0.wanted.borrow();
        wanted.push(&number.into());
        wanted.push(&to_value(&effect));
        number
    }

    /// What something of the user's comes to; nothing where it fails, which an operator is told.
    pub async fn ask_user(&self, what: &str, effect: Effect) -> Option<JsValue> {
        match self.ask(effect).await {
            Ok(value) => Some(value),
            Err(Failed::Thrown(error, _)) => {
                log(&[what, " failed: ", &kind_of(&error)].concat());
                None
            }
            Err(Failed::Late(_)) => {
                log(&[what, " took too long"].concat());
                None
            }
        }
    }

    /// Ends the work with a value.
    pub fn resolve(&self, value: JsValue) {
        self.want(Effect::Resolve { value });
    }

    /// Ends the work with an error.
    pub fn reject(&self, error: JsValue) {
        self.want(Effect::Reject { error });
    }

    /// Answers the request.
    pub fn answer(&self, reply: Reply) {
        self.want(Effect::Answer(answer_of(reply)));
    }

    /// Ends the work with what is wrong: as an answer where it answers a request.
    pub fn refuse(&self, problem: Problem) {
        let For::Request(origin) = &self.0.whom else {
            return self.reject(thrown(&problem.into()));
        };
        if let Some(detail) = &problem.detail {
            log(detail);
        }
        self.answer(with_origin(problem.into(), self.0.configured.as_deref(), origin.as_deref()));
    }

    /// Takes the steps that were left for after the answer.
    pub async fn take_later(&self) {
        let later = self.0.later.take();
        let steps = later.into_iter().map(|(key, command)| {
            Box::pin(async move {
                // One that fails leaves a key counted too often, never too seldom.
                let _ = self.apply(&key, command).await;
            })
        });
        xinshi::join::join_all(steps.collect()).await;
    }

    fn user(&self) -> Option<&Configured> {
        self.0.configured.as_deref()
    }

    async fn exchanged(&self, effect: Effect, max_bytes: usize) -> Result<WireReply, TransportError> {
        let by_host = self.user().is_none_or(|configured| configured.user.fetch.is_none());
        match self.ask(effect).await {
            Ok(reply) => read_reply(reply.unchecked_ref(), max_bytes).map_err(|error| match error {
                Some(error) => TransportError::Failed(failure(&error, by_host)),
                None => TransportError::TooLong,
            }),
            Err(Failed::Thrown(error, received)) => {
                *self.0.received.borrow_mut() = received;
                Err(TransportError::Failed(failure(&error, by_host)))
            }
            Err(Failed::Late(received)) => {
                *self.0.received.borrow_mut() = received;
                Err(TransportError::Timeout)
            }
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// A reply as the executor tells it.
    type Told;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Told) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Told) -> JsValue;
}

/// A reply as the executor tells it. What a user's fetch resolves to may be anything; nothing is thrown where it is too long.
fn read_reply(reply: &Told, max_bytes: usize) -> Result<WireReply, Option<JsValue>> {
    let status = reply.status().as_f64();
    let status = status.filter(|status| status.fract() == 0.0 && (0.0..=999.0).contains(status));
    let status = status.ok_or_else(|| Some(js_sys::TypeError::new("the status is none").into()))?;
    let body = reply.body();
    let body = body.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default();
    if body.len() > max_bytes {
        return Err(None);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 999")]
    Ok(WireReply { status: status as u16, body })
}

fn answer_of(reply: Reply) -> Answer {
    let headers = headers_of(&reply);
    Answer { status: reply.status, headers, body: Some(reply.body).filter(|body| !body.is_empty()) }
}

/// The headers of an answer, by name.
pub fn headers_of(reply: &Reply) -> Object {
    let headers = Object::new();
    for (name, value) in &reply.headers {
        set(&headers, &(*name).into(), &value.into());
    }
    headers
}

/// An answer as a value, for JavaScript that has no work any more.
pub fn answer_value(reply: Reply) -> JsValue {
    to_value(&answer_of(reply))
}

/// An answer that a page of this origin may read, where it may.
pub fn with_origin(mut reply: Reply, configured: Option<&Configured>, origin: Option<&str>) -> Reply {
    if let Some(configured) = configured {
        reply.headers.extend(configured.handler.origin_headers(origin));
    }
    reply
}

impl Transport for Desk {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        let Some(configured) = self.user() else { return Err(TransportError::AbortedBefore) };
        let method = request.carrier.method().as_str();
        let Ok(init) = init_of(configured, method, request.headers(), request.body()) else {
            return Err(TransportError::Failed(Failure::not_connected()));
        };
        let effect = Effect::Exchange {
            fetch: configured.user.fetch.clone().into(),
            url: request.url(),
            init,
            timeout_ms: configured.handler.config().sms.timeout_ms(),
            max_bytes: MAX_REPLY_BYTES,
            ends_by_itself: configured.is_cloudflare,
        };
        self.exchanged(effect, MAX_REPLY_BYTES).await
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

/// A request as a fetch takes it beside its URL; the runtime's own sends it once.
fn init_of(
    configured: &Configured,
    method: &str,
    headers: &[(&str, impl AsRef<str>)],
    body: Option<Vec<u8>>,
) -> Result<web_sys::RequestInit, JsValue> {
    let once =
        if configured.user.fetch.is_none() { send_once(configured.in_page)? } else { web_sys::RequestInit::new() };
    // To a text that has no type, a host gives one.
    let is_text = !headers.is_empty() && body.as_ref().is_some_and(|body| body.is_ascii());
    let body = body.map(|body| match String::from_utf8(body) {
        Ok(text) if is_text => JsString::from(text).into(),
        Ok(text) => Uint8Array::from(text.as_bytes()).into(),
        Err(bytes) => Uint8Array::from(bytes.as_bytes()).into(),
    });
    Ok(init(once, method, headers, body.as_ref()))
}

impl Host for Desk {
    fn calls(&self) -> usize {
        self.0.calls.get()
    }

    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        let command = opaque::written(&command);
        let effect = match &self.user()?.store {
            Store::Objects(namespace) => {
                Effect::Apply { namespace: namespace.clone(), object: object_of(key), key: key.into(), command }
            }
            Store::User(store, apply) => Effect::Call {
                function: apply.clone().into(),
                receiver: store.clone(),
                arguments: Array::of2(&key.into(), &command.into()),
                timeout_ms: None,
            },
            Store::None => return None,
        };
        opaque::read(&self.ask_user("the store", effect).await?.as_string()?)
    }

    async fn exchange(&self, request: &Outgoing) -> Option<WireReply> {
        let configured = self.user()?;
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let init = init_of(configured, "POST", &headers, Some(request.body.clone().into_bytes())).ok()?;
        let effect = Effect::Exchange {
            fetch: configured.user.fetch.clone().into(),
            url: request.url.clone(),
            init,
            timeout_ms: request.timeout_ms,
            max_bytes: request.max_bytes,
            ends_by_itself: false,
        };
        // Whatever is wrong with it, an operator is told by an event.
        self.exchanged(effect, request.max_bytes).await.ok()
    }

    async fn verify_captcha(&self, token: &str, address: &str) -> Option<bool> {
        let user = &self.user()?.user;
        let effect = Effect::Call {
            function: user.verify.clone().into(),
            receiver: user.captcha.clone(),
            arguments: Array::of2(&token.into(), &address.into()),
            timeout_ms: Some(siteverify::TIMEOUT_MS),
        };
        Some(self.ask_user("the captcha", effect).await?.as_bool() == Some(true))
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        let effect = Effect::Call {
            function: self.user()?.user.country.clone().into(),
            receiver: JsValue::UNDEFINED,
            arguments: Array::of1(&phone.e164().into()),
            timeout_ms: None,
        };
        self.ask_user("country", effect).await?.as_string()
    }

    async fn enqueue(&self, message: &str) -> bool {
        let Some((queue, send)) = self.user().and_then(|configured| configured.user.queue.clone()) else {
            return false;
        };
        // Ours is JSON.
        let message = js_sys::JSON::parse(message).unwrap_or_default();
        let effect = Effect::Call {
            function: send.into(),
            receiver: queue,
            arguments: Array::of1(&message),
            timeout_ms: Some(QUEUE_TIMEOUT_MS),
        };
        self.ask_user("the queue", effect).await.is_some()
    }

    async fn wait(&self, milliseconds: i64) {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let milliseconds = milliseconds as f64;
        let effect = match self.user().and_then(|configured| configured.user.wait.clone()) {
            Some(wait) => Effect::Call {
                function: wait.into(),
                receiver: JsValue::UNDEFINED,
                arguments: Array::of1(&milliseconds.into()),
                timeout_ms: None,
            },
            None => Effect::Wait { milliseconds },
        };
        // Whether the time passed or not, it goes on.
        let _ = self.ask_user("waiting", effect).await;
    }

    fn later(&self, key: &str, command: Vec<u8>) {
        self.0.later.borrow_mut().push((key.into(), command));
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(configured) = self.user() {
            configured.user.tell(event);
        }
    }
}
