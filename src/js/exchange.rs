//! [`Exchange`]: the client's transport. It sends a request once and reads its reply, within limits of time and size.

use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use gloo_net::http::RequestBuilder;
use js_sys::{Date, Error, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, RequestRedirect};

use crate::imports::{Call, Message, Signal, clear_timeout, request_by_script, set_timeout, watched};
use crate::request_init;
use crate::send_once::{global, send_once};
use crate::stream::{self, BodyError};
use xinshi::client::transport::{ConnectionFailure, Transport, TransportError};
use xinshi::wire::jsonp::Callback;
use xinshi::wire::{Method, WireReply, WireRequest};

/// The maximum length of a reply, in bytes. A vendor may document no limit to a pull, which has some 130 bytes a
/// record.
const MAX_REPLY_BYTES: usize = 16 << 20;

/// The transport of one call.
pub struct Exchange {
    /// The caller's `fetch`; `None` for the runtime's own.
    pub fetch: Option<Function>,
    /// Whether this is a page, or a page's worker.
    pub in_page: bool,
    pub call: Call,
    pub signal: Option<Signal>,
    pub timeout_ms: u32,
    /// The part of a reply that arrived before it failed.
    received: RefCell<Vec<u8>>,
}

impl Exchange {
    pub fn new(fetch: Option<Function>, in_page: bool, call: Call, signal: Option<Signal>, timeout_ms: u32) -> Self {
        Self { fetch, in_page, call, signal, timeout_ms, received: RefCell::default() }
    }

    /// Awaits a reply, until the time limit or the caller's abort.
    async fn within(&self, reply: impl Future<Output = Result<u16, BodyError>>) -> Result<u16, TransportError> {
        let stop = CallDeadline::new(self.timeout_ms, self.signal.as_ref());
        let (mut reply, mut stopped) = (pin!(reply), pin!(stop.stopped()));
        poll_fn(|context| {
            if let Poll::Ready(reply) = reply.as_mut().poll(context) {
                return Poll::Ready(reply.map_err(|why| self.failed(why)));
            }
            stopped.as_mut().poll(context).map(Err)
        })
        .await
    }

    fn failed(&self, why: BodyError) -> TransportError {
        match why {
            BodyError::TooLong => TransportError::TooLong,
            BodyError::NeverAsked => TransportError::Failed(ConnectionFailure::not_connected()),
            BodyError::Failed(error) => TransportError::Failed(request_init::failure(&error, self.fetch.is_none())),
        }
    }

    async fn by_fetch(&self, request: &WireRequest, controller: &AbortController) -> Result<u16, BodyError> {
        let signal = controller.signal();
        let reply = match &self.fetch {
            Some(fetch) => self.call.run_fetch(fetch, &request.url(), &init(request, &signal)),
            None => self.by_host(request, &signal)?,
        };
        let reply: Message = JsFuture::from(reply).await?.unchecked_into();
        let status = reply.status()?.as_f64().filter(|status| status.fract() == 0.0 && (0.0..=999.0).contains(status));
        let Some(status) = status else {
            return Err(BodyError::Failed(Error::new("the reply has no status").into()));
        };
        stream::read(&reply, MAX_REPLY_BYTES, &self.received).await?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 999")]
        Ok(status as u16)
    }

    fn by_host(&self, request: &WireRequest, signal: &AbortSignal) -> Result<Promise, BodyError> {
        let fetch: Function = global("fetch").unwrap_or_default().dyn_into()?;
        let options = send_once(self.in_page).map_err(|_| BodyError::NeverAsked)?;
        Ok(self.call.run_host_fetch(&fetch, &host_request(request, signal)?, options.as_ref()))
    }

    async fn by_script(&self, url: &str, callback: &Callback) -> Result<u16, TransportError> {
        // The page forbids the script, or the callback's name is in use: nothing was sent.
        let script = request_by_script(url, callback.as_str())
            .map_err(|_| TransportError::Failed(ConnectionFailure::not_connected()))?;
        let reply = async {
            let text = stream::wait(&script.reply()).await?;
            *self.received.borrow_mut() = text.as_string().unwrap_or_default().into_bytes();
            Ok(200)
        };
        self.within(reply).await.inspect_err(|_| script.cancel())
    }
}

impl Transport for Exchange {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        if self.aborted() {
            return Err(TransportError::AbortedBefore);
        }
        self.received.take();
        let may_be_a_script = self.fetch.is_none() && self.in_page && global("document").is_some();
        let status = match &request.callback {
            Some(callback) if may_be_a_script => self.by_script(&request.url(), callback).await?,
            _ => {
                let controller = AbortController::new().map_err(|error| self.failed(error.into()))?;
                let status = self.within(self.by_fetch(request, &controller)).await;
                // Needs a real Error: some hosts fail on any other reason.
                status.inspect_err(|_| controller.abort_with_reason(&Error::new("xinshi aborted the call")))?
            }
        };
        Ok(WireReply { status, body: self.received.take() })
    }

    fn aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(Signal::is_aborted)
    }

    fn now(&self) -> i64 {
        now()
    }

    fn received(&self) -> Vec<u8> {
        self.received.take()
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
fn now() -> i64 {
    Date::now() as i64
}

/// A request for the runtime's own fetch. gloo-net would rewrite a URL's query, whose bytes a vendor counts, so only a
/// URL without one uses it.
fn host_request(request: &WireRequest, signal: &AbortSignal) -> Result<Request, JsValue> {
    let url = request.url();
    let Some(body) = request.body().filter(|_| !url.contains('?')) else {
        return Request::new_with_str_and_init(&url, &init(request, signal));
    };
    let mut builder =
        RequestBuilder::new(&url).redirect(RequestRedirect::Manual).abort_signal(Some(signal)).method(method(request));
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    let built = builder.body(Uint8Array::from(&body[..])).map_err(|_| Error::new("the request cannot be built"))?;
    Ok(built.into())
}

fn method(request: &WireRequest) -> gloo_net::http::Method {
    match request.carrier.method() {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
    }
}

/// A request for a caller's fetch, which takes its URL separately.
fn init(request: &WireRequest, signal: &AbortSignal) -> RequestInit {
    let body = request.body().map(|body| Uint8Array::from(&body[..]).into());
    let init =
        request_init::init(RequestInit::new(), request.carrier.method().as_str(), &request.headers(), body.as_ref());
    init.set_signal(Some(signal));
    init
}

/// The time limit of a call, and its caller's abort. Both only call a function of the host, so that the instance need
/// not exist by then.
struct CallDeadline {
    promise: Promise,
    resolve: Function,
    timer: Result<JsValue, JsValue>,
    signal: Option<Signal>,
}

impl CallDeadline {
    fn new(timeout_ms: u32, signal: Option<&Signal>) -> Self {
        let mut resolve = None;
        let promise = Promise::new(&mut |settle, _| resolve = Some(settle));
        let resolve = resolve.unwrap_or_default();
        let timer = set_timeout(&resolve, timeout_ms, true);
        let signal = signal.filter(|signal| signal.listen("abort", &resolve).is_ok()).cloned();
        Self { promise, resolve, timer, signal }
    }

    async fn stopped(&self) -> TransportError {
        match JsFuture::from(watched(&self.promise)).await {
            Ok(why) if why.is_truthy() && why.as_bool().is_some() => TransportError::Timeout,
            _ => TransportError::AbortedAfter,
        }
    }
}

impl Drop for CallDeadline {
    fn drop(&mut self) {
        // Resolves the promise, since its waiters are freed only when it settles.
        let _ = self.resolve.call0(&JsValue::UNDEFINED);
        if let Ok(timer) = &self.timer {
            let _ = clear_timeout(timer);
        }
        if let Some(signal) = &self.signal {
            // A caller's object that is no real signal must not end a call.
            let _ = signal.unlisten("abort", &self.resolve);
        }
    }
}
