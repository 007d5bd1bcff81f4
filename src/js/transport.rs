//! `fetch`, as the client's transport: one call, within a time and a size.
//!
//! Every import that a host or a caller can make throw says `catch`: an exception through WebAssembly would leave a call
//! that never ends.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{ArrayBuffer, Error, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::client::transport::{Body, Failure, Transport, TransportError};
use crate::wire::{WireReply, WireRequest};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(handler: &Function, ms: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;

    type AbortController;
    #[wasm_bindgen(catch, constructor)]
    fn new() -> Result<AbortController, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;
    #[wasm_bindgen(catch, method)]
    fn abort(this: &AbortController, reason: &Error) -> Result<(), JsValue>;

    /// A caller's `AbortSignal`.
    #[derive(Clone)]
    pub type Signal;
    #[wasm_bindgen(catch, method, getter)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = addEventListener)]
    fn on(this: &Signal, event: &str, handler: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_name = removeEventListener)]
    fn off(this: &Signal, event: &str, handler: &Function) -> Result<(), JsValue>;

    // What a caller's `fetch` resolves to may be anything.
    type Response;
    #[wasm_bindgen(catch, method, getter)]
    fn status(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, getter)]
    fn body(this: &Response) -> Result<Option<Stream>, JsValue>;

    type Stream;
    #[wasm_bindgen(catch, method, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(catch, method)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn copy(of: &JsValue) -> Result<Bytes, JsValue>;
}

/// A promise of our own of whatever a caller's function returned, a promise or not: what throws when it is settled with
/// rejects it.
fn settled(value: &JsValue) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    }))
}

/// One caller's `fetch` for one call.
pub struct Fetch {
    pub function: Function,
    /// Whether it is the host's own, and not one that the caller passed.
    pub by_host: bool,
    pub timeout_ms: u32,
    pub signal: Option<Signal>,
    /// What has come of a reply so far.
    pub received: RefCell<Body>,
}

impl Transport for Fetch {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        if self.aborted() {
            return Err(TransportError::AbortedBefore);
        }
        let failed = |error| failed(&error, self.by_host);
        let controller = AbortController::new().map_err(failed)?;
        let signal = controller.signal();
        let stop = Stop::new(self.timeout_ms, self.signal.as_ref()).map_err(failed)?;
        let mut exchange = pin!(self.exchange(request, &signal));
        let result = poll_fn(|context| match exchange.as_mut().poll(context) {
            Poll::Pending => stop.poll(context.waker()).map(Err),
            Poll::Ready(result) => Poll::Ready(result),
        });
        let result = result.await;
        if result.is_err() {
            // With a real Error: some hosts fail on anything else.
            let _ = controller.abort(&Error::new("xinshi gave the call up"));
        }
        result
    }

    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    fn now(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn received(&self) -> Vec<u8> {
        self.received.take().into_bytes()
    }

    fn aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(|signal| signal.aborted().is_ok_and(|aborted| aborted.is_truthy()))
    }
}

impl Fetch {
    async fn exchange(&self, request: &WireRequest, signal: &JsValue) -> Result<WireReply, TransportError> {
        let failed = |error| failed(&error, self.by_host);
        let init = init(request, signal).map_err(failed)?;
        let response = self.function.call2(&JsValue::UNDEFINED, &request.url().into(), &init).map_err(failed)?;
        let response: Response = settled(&response).await.map_err(failed)?.unchecked_into();
        let status = response.status().map_err(failed)?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
        let status = status.as_f64().ok_or(TransportError::Failed(Failure::default()))? as u16;
        *self.received.borrow_mut() = Body::default();
        if let Some(stream) = response.body().map_err(failed)? {
            let reader = stream.reader().map_err(failed)?;
            loop {
                let part = settled(&reader.read().map_err(failed)?).await.map_err(failed)?;
                let value = Reflect::get(&part, &"value".into()).map_err(failed)?;
                if value.is_undefined() {
                    break;
                }
                if !ArrayBuffer::is_view(&value) {
                    return Err(TransportError::Failed(Failure::default()));
                }
                let part: Uint8Array = Bytes::copy(&value).map_err(failed)?.unchecked_into();
                self.received.borrow_mut().push(&part.to_vec())?;
            }
        }
        Ok(WireReply { status, body: self.received.take().into_bytes() })
    }
}

fn init(request: &WireRequest, signal: &JsValue) -> Result<Object, JsValue> {
    let headers = Object::new();
    for (name, value) in request.headers() {
        Reflect::set(&headers, &(*name).into(), &(*value).into())?;
    }
    let init = Object::new();
    Reflect::set(&init, &"method".into(), &request.carrier.method().as_str().into())?;
    Reflect::set(&init, &"headers".into(), &headers)?;
    Reflect::set(&init, &"redirect".into(), &"manual".into())?;
    Reflect::set(&init, &"signal".into(), signal)?;
    if let Some(body) = request.body() {
        Reflect::set(&init, &"body".into(), &Uint8Array::from(body.as_slice()))?;
    }
    Ok(init)
}

/// What the host tells, which Node and Bun do in different places. Never the message: it may hold the URL.
fn failed(error: &JsValue, by_host: bool) -> TransportError {
    let text = |value: &JsValue, name: &str| Reflect::get(value, &name.into()).ok().and_then(|text| text.as_string());
    let cause = Reflect::get(error, &"cause".into()).unwrap_or_default();
    let told = |name| text(&cause, name).or_else(|| text(error, name));
    TransportError::Failed(Failure { code: told("code"), syscall: told("syscall"), by_host })
}

/// Ends a call by time or by the caller. Cleans up when dropped.
struct Stop {
    state: Rc<RefCell<Stopping>>,
    timer: JsValue,
    signal: Option<Signal>,
    on_abort: Closure<dyn FnMut()>,
    _on_time: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Stopping {
    reason: Option<TransportError>,
    waker: Option<Waker>,
}

impl Stop {
    fn new(timeout_ms: u32, signal: Option<&Signal>) -> Result<Self, JsValue> {
        let state = Rc::new(RefCell::new(Stopping::default()));
        let stop_for = |reason: TransportError| {
            let state = Rc::clone(&state);
            Closure::<dyn FnMut()>::new(move || {
                let waker = {
                    let mut state = state.borrow_mut();
                    state.reason.get_or_insert_with(|| reason.clone());
                    state.waker.take()
                };
                if let Some(waker) = waker {
                    waker.wake();
                }
            })
        };
        let (on_time, on_abort) = (stop_for(TransportError::Timeout), stop_for(TransportError::AbortedAfter));
        if let Some(signal) = signal {
            signal.on("abort", on_abort.as_ref().unchecked_ref())?;
        }
        let timer = set_timeout(on_time.as_ref().unchecked_ref(), timeout_ms)?;
        Ok(Self { state, timer, signal: signal.cloned(), on_abort, _on_time: on_time })
    }

    fn poll(&self, waker: &Waker) -> Poll<TransportError> {
        let mut state = self.state.borrow_mut();
        if let Some(reason) = state.reason.clone() {
            return Poll::Ready(reason);
        }
        state.waker = Some(waker.clone());
        Poll::Pending
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        let _ = clear_timeout(&self.timer);
        if let Some(signal) = &self.signal {
            let _ = signal.off("abort", self.on_abort.as_ref().unchecked_ref());
        }
    }
}
