//! [`HostBridge`]: a task's access to the host. It emits effects, which JavaScript runs, and receives their results.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use js_sys::{Array, JsString, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::edge::configured::{ConfiguredHandler, Store};
use crate::edge::effect::{Effect, Response};
use crate::edge::task::EffectError;
use crate::edge::user::{kind_of, log_error, read_clock};
use crate::js_error::thrown;
use crate::opaque;
use crate::request_init::{failure, init};
use crate::send_once::send_once;
use crate::values_in::bytes_of_ours;
use crate::values_out::{set, to_value};
use xinshi::client::transport::{ConnectionFailure, Transport, TransportError};
use xinshi::edge::captcha::provider;
use xinshi::edge::edge_event::EdgeEvent;
use xinshi::edge::handler_reply::{HandlerReply, Problem};
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::edge::host::Host;
use xinshi::edge::objects::object_of;
use xinshi::edge::outgoing::Outgoing;
use xinshi::edge::webhook::WebhookAnswer;
use xinshi::phone::Phone;
use xinshi::wire::{WireReply, WireRequest};

/// The maximum length of a vendor's reply, in bytes. A vendor may document no limit to a pull, which has some 130 bytes
/// a record.
const MAX_REPLY_BYTES: usize = 16 << 20;
/// The time limit for a queue to accept a message, in milliseconds.
const QUEUE_TIMEOUT_MS: u32 = 10_000;

/// The way in which a task ends.
#[allow(clippy::large_enum_variant, reason = "there is one for each request under way")]
pub enum Completion {
    /// With a response to a request, of which it has [`HandlerRequest::reply_head`].
    Response(HandlerRequest),
    /// With a value or an error for the caller's code.
    Value,
}

/// A task's access to the host.
#[derive(Clone)]
pub struct HostBridge(Rc<BridgeState>);

struct BridgeState {
    configured: RefCell<Option<Rc<ConfiguredHandler>>>,
    completion: Completion,
    now: Cell<i64>,
    calls: Cell<usize>,
    /// The number of the last emitted effect.
    last_effect: Cell<u32>,
    /// The number of effects whose results no future has fetched.
    open_effects: Cell<usize>,
    /// Whether the response was sent before the handler's reply.
    has_responded: Cell<bool>,
    /// Emitted effects that JavaScript has not fetched yet, each preceded by its number.
    effects: RefCell<Array>,
    /// Results that no future has fetched yet, by the number of the effect.
    results: RefCell<Vec<(u32, Result<JsValue, EffectError>)>>,
    /// The part of a vendor's reply that arrived before it failed.
    received: RefCell<Vec<u8>>,
    /// Commands that are applied after the response has left.
    deferred: RefCell<Vec<(String, Vec<u8>)>>,
}

impl HostBridge {
    /// A bridge for one task.
    pub fn new(configured: Option<Rc<ConfiguredHandler>>, completion: Completion) -> Self {
        Self(Rc::new(BridgeState {
            configured: RefCell::new(configured),
            completion,
            now: Cell::default(),
            calls: Cell::default(),
            last_effect: Cell::default(),
            open_effects: Cell::default(),
            has_responded: Cell::default(),
            effects: RefCell::default(),
            results: RefCell::default(),
            received: RefCell::default(),
            deferred: RefCell::default(),
        }))
    }

    /// Reads the clock. The time stays the same during one poll.
    ///
    /// # Errors
    /// The fault of the user's clock, as a message.
    pub fn update_clock(&self) -> Result<(), String> {
        let clock = self.user().and_then(|configured| configured.user.now.clone());
        self.0.now.set(read_clock(clock.as_ref())?);
        Ok(())
    }

    /// Stores the result of an effect for the future that awaits it.
    pub fn put_result(&self, effect: u32, result: Result<JsValue, EffectError>) {
        self.0.results.borrow_mut().push((effect, result));
    }

    /// Removes and returns the emitted effects: pairs of a number and an effect, in one list.
    pub fn take_effects(&self) -> Array {
        self.0.effects.take()
    }

    /// Emits an effect and awaits its result.
    pub async fn run(&self, effect: Effect) -> Result<JsValue, EffectError> {
        self.0.calls.set(self.0.calls.get() + 1);
        let number = self.emit(&effect);
        self.0.open_effects.set(self.0.open_effects.get() + 1);
        let result = poll_fn(|_| {
            let mut results = self.0.results.borrow_mut();
            match results.iter().position(|(effect, _)| *effect == number) {
                Some(at) => Poll::Ready(results.swap_remove(at).1),
                None => Poll::Pending,
            }
        })
        .await;
        self.0.open_effects.set(self.0.open_effects.get() - 1);
        result
    }

    fn emit(&self, effect: &Effect) -> u32 {
        // 0 stands for an effect without a result.
        let number = self.0.last_effect.get().wrapping_add(1).max(1);
        self.0.last_effect.set(number);
        effect.emit(&self.0.effects.borrow(), number);
        number
    }

    /// Runs an effect of the user's code. Logs a failure under the name `what` and returns [`None`].
    pub async fn run_logged(&self, what: &str, effect: Effect) -> Option<JsValue> {
        match self.run(effect).await {
            Ok(value) => Some(value),
            Err(EffectError::Thrown(error, _)) => {
                log_error(&[what, " failed: ", &kind_of(&error)].concat());
                None
            }
            Err(EffectError::TimedOut(_)) => {
                log_error(&[what, " took too long"].concat());
                None
            }
        }
    }

    /// Ends the task with a value.
    pub fn resolve(&self, value: JsValue) {
        self.emit(&Effect::Resolve { value });
    }

    /// Ends the task with an error.
    pub fn reject(&self, error: JsValue) {
        self.emit(&Effect::Reject { error });
    }

    /// Sends the response, unless the handler sent one before. The task may continue after it.
    pub fn respond(&self, reply: HandlerReply) {
        if !self.0.has_responded.replace(true) {
            self.emit(&Effect::Respond(response_of(reply)));
        }
    }

    /// Ends a task that has done its work. An open effect, such as a timer, would keep it alive.
    pub fn end(&self) {
        if self.0.open_effects.get() > 0 {
            self.emit(&Effect::End);
        }
    }

    /// Ends the task with a problem: as a response, or as an error for the caller's code.
    pub fn fail(&self, problem: Problem) {
        let Completion::Response(request) = &self.0.completion else {
            return self.reject(thrown(&problem.into()));
        };
        if let Some(detail) = &problem.detail {
            log_error(detail);
        }
        self.respond(problem_reply(problem, self.user().as_deref(), request));
    }

    /// Applies the commands that were deferred until the response has left.
    pub async fn apply_deferred(&self) {
        let deferred = self.0.deferred.take();
        let steps = deferred.into_iter().map(|(key, command)| {
            Box::pin(async move {
                // A command that fails leaves a key counted too often, never too seldom.
                let _ = self.apply(&key, command).await;
            })
        });
        xinshi::join::join_all(steps.collect()).await;
    }

    /// Continues the task for a tenant, with its handler.
    pub fn work_for(&self, tenant: Rc<ConfiguredHandler>) {
        *self.0.configured.borrow_mut() = Some(tenant);
    }

    fn user(&self) -> Option<Rc<ConfiguredHandler>> {
        self.0.configured.borrow().clone()
    }

    /// The time that `Retry-After` names, in milliseconds since the Unix epoch: seconds from now, or an HTTP date.
    fn retry_at(&self, text: &str) -> Option<i64> {
        if let Ok(seconds) = text.trim().parse::<u32>() {
            return Some(self.0.now.get().saturating_add(i64::from(seconds) * 1000));
        }
        let date = js_sys::Date::parse(text);
        #[allow(clippy::cast_possible_truncation, reason = "a date in milliseconds is below 2^53")]
        date.is_finite().then_some(date as i64)
    }

    async fn exchanged(&self, effect: Effect, max_bytes: usize) -> Result<WireReply, TransportError> {
        let by_host = self.user().is_none_or(|configured| configured.user.fetch.is_none());
        match self.run(effect).await {
            Ok(reply) => read_reply(reply.unchecked_ref(), max_bytes).map_err(|error| match error {
                Some(error) => TransportError::Failed(failure(&error, by_host)),
                None => TransportError::TooLong,
            }),
            Err(EffectError::Thrown(error, received)) => {
                *self.0.received.borrow_mut() = received;
                Err(TransportError::Failed(failure(&error, by_host)))
            }
            Err(EffectError::TimedOut(received)) => {
                *self.0.received.borrow_mut() = received;
                Err(TransportError::Timeout)
            }
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// The executor's result of an exchange.
    type ExchangeResult;
    #[wasm_bindgen(method, getter)]
    fn status(this: &ExchangeResult) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn body(this: &ExchangeResult) -> JsValue;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &ExchangeResult) -> Result<ReplyHeaders, JsValue>;

    /// The headers of a reply, or anything that a user's fetch has in their place.
    type ReplyHeaders;
    #[wasm_bindgen(method, catch)]
    fn get(this: &ReplyHeaders, name: &str) -> Result<JsValue, JsValue>;
}

/// Reads the executor's result of an exchange. A user's fetch may resolve to anything.
///
/// # Errors
/// The fault of the reply; `None` for a body that is too long.
fn read_reply(reply: &ExchangeResult, max_bytes: usize) -> Result<WireReply, Option<JsValue>> {
    let status = reply.status().as_f64();
    let status = status.filter(|status| status.fract() == 0.0 && (0.0..=999.0).contains(status));
    let status = status.ok_or_else(|| Some(js_sys::TypeError::new("the reply has no status").into()))?;
    let body = reply.body().dyn_ref().map(bytes_of_ours).unwrap_or_default();
    if body.len() > max_bytes {
        return Err(None);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 999")]
    Ok(WireReply { status: status as u16, body })
}

fn response_of(reply: HandlerReply) -> Response {
    let headers = headers_of(&reply);
    Response { status: reply.status, headers, body: Some(reply.body).filter(|body| !body.is_empty()) }
}

/// The headers of a response, as an object. Most have the same headers as the last, whose object is then used again.
pub fn headers_of(reply: &HandlerReply) -> Object {
    thread_local! {
        static LAST: RefCell<(Vec<(&'static str, String)>, Object)> = RefCell::default();
    }
    LAST.with_borrow_mut(|(headers, object)| {
        if *headers != reply.headers {
            *object = Object::new();
            for (name, value) in &reply.headers {
                set(object, &(*name).into(), &value.into());
            }
            headers.clone_from(&reply.headers);
        }
        object.clone()
    })
}

/// A response as a value, for a request whose task is gone.
pub fn response_value(reply: HandlerReply) -> JsValue {
    to_value(&response_of(reply))
}

/// The response to a request that no route answers, with the headers that allow its page to read it.
pub fn problem_reply(
    problem: Problem,
    configured: Option<&ConfiguredHandler>,
    request: &HandlerRequest,
) -> HandlerReply {
    let mut reply = request.error_reply(problem);
    if let Some(configured) = configured {
        reply.headers.extend(configured.handler.origin_headers(request.origin.as_deref()));
    }
    reply
}

impl Transport for HostBridge {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        let Some(configured) = self.user() else { return Err(TransportError::AbortedBefore) };
        let method = request.carrier.method().as_str();
        let Ok(init) = request_init(&configured, method, &request.headers(), request.body()) else {
            return Err(TransportError::Failed(ConnectionFailure::not_connected()));
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

/// The options of a request. They make the runtime's own fetch send it once.
fn request_init(
    configured: &ConfiguredHandler,
    method: &str,
    headers: &[(&str, impl AsRef<str>)],
    body: Option<Vec<u8>>,
) -> Result<web_sys::RequestInit, JsValue> {
    let once =
        if configured.user.fetch.is_none() { send_once(configured.in_page)? } else { web_sys::RequestInit::new() };
    // A host adds a content type to a text without one.
    let is_text = !headers.is_empty() && body.as_ref().is_some_and(|body| body.is_ascii());
    let body = body.map(|body| match String::from_utf8(body) {
        Ok(text) if is_text => JsString::from(text).into(),
        Ok(text) => Uint8Array::from(text.as_bytes()).into(),
        Err(bytes) => Uint8Array::from(bytes.as_bytes()).into(),
    });
    Ok(init(once, method, headers, body.as_ref()))
}

/// The effect of a request to any server but a vendor's.
fn outgoing(configured: &ConfiguredHandler, request: &Outgoing) -> Option<Effect> {
    let headers: Vec<(&str, &str)> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let init = request_init(configured, "POST", &headers, Some(request.body.clone().into_bytes())).ok()?;
    Some(Effect::Exchange {
        fetch: configured.user.fetch.clone().into(),
        url: request.url.clone(),
        init,
        timeout_ms: request.timeout_ms,
        max_bytes: request.max_bytes,
        ends_by_itself: false,
    })
}

impl Host for HostBridge {
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
        opaque::read(&self.run_logged("the store", effect).await?.as_string()?)
    }

    async fn exchange(&self, request: &Outgoing) -> Option<WireReply> {
        // The core emits an event for a failed exchange.
        self.exchanged(outgoing(&*self.user()?, request)?, request.max_bytes).await.ok()
    }

    async fn post(&self, request: &Outgoing) -> Option<WebhookAnswer> {
        let reply = self.run(outgoing(&*self.user()?, request)?).await.ok()?;
        let reply: &ExchangeResult = reply.unchecked_ref();
        let status = read_reply(reply, request.max_bytes).ok()?.status;
        // A user's fetch may resolve to an object without headers.
        let retry_after = reply.headers().and_then(|headers| headers.get("retry-after")).ok();
        let retry_at = retry_after.and_then(|text| text.as_string()).and_then(|text| self.retry_at(&text));
        Some(WebhookAnswer { status, retry_at })
    }

    async fn verify_captcha(&self, token: &str, address: &str) -> Option<bool> {
        let configured = self.user()?;
        let user = &configured.user;
        let effect = Effect::Call {
            function: user.verify.clone().into(),
            receiver: user.captcha.clone(),
            arguments: Array::of2(&token.into(), &address.into()),
            timeout_ms: Some(provider::TIMEOUT_MS),
        };
        Some(self.run_logged("the captcha", effect).await?.as_bool() == Some(true))
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        let effect = Effect::Call {
            function: self.user()?.user.country.clone().into(),
            receiver: JsValue::UNDEFINED,
            arguments: Array::of1(&phone.e164().into()),
            timeout_ms: None,
        };
        self.run_logged("country", effect).await?.as_string()
    }

    async fn enqueue(&self, message: &str) -> bool {
        let Some((queue, send)) = self.user().and_then(|configured| configured.user.queue.clone()) else {
            return false;
        };
        // The core writes messages as JSON.
        let message = js_sys::JSON::parse(message).unwrap_or_default();
        let effect = Effect::Call {
            function: send.into(),
            receiver: queue,
            arguments: Array::of1(&message),
            timeout_ms: Some(QUEUE_TIMEOUT_MS),
        };
        self.run_logged("the queue", effect).await.is_some()
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
        // The task continues even if the user's function failed.
        let _ = self.run_logged("waiting", effect).await;
    }

    fn respond_early(&self, reply: HandlerReply) {
        self.respond(reply);
    }

    fn defer(&self, key: &str, command: Vec<u8>) {
        self.0.deferred.borrow_mut().push((key.into(), command));
    }

    fn emit(&self, event: &EdgeEvent<'_>) {
        if let Some(configured) = self.user() {
            configured.user.emit(event, configured.handler.config().tenant.as_deref());
        }
    }
}
