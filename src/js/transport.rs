//! `fetch`, as the client's transport: one call, within a time and a size.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use js_sys::{ArrayBuffer, Error, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

use crate::client::transport::{Transport, TransportError};
use crate::wire::reply::LONGEST_REPLY;
use crate::wire::{WireReply, WireRequest};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, ms: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    // What a caller's `fetch` resolves to may be anything, so that every access can throw.
    type Response;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Response) -> Result<Option<Stream>, JsValue>;

    type Stream;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;

    type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;
}

/// One caller's `fetch` for one call.
pub struct Fetch {
    function: Function,
    timeout_ms: u32,
    signal: Option<AbortSignal>,
}

impl Fetch {
    pub fn new(function: Function, timeout_ms: u32, signal: Option<AbortSignal>) -> Self {
        Self { function, timeout_ms, signal }
    }
}

impl Transport for Fetch {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        if self.aborted() {
            return Err(TransportError::AbortedBefore);
        }
        let stop = Stop::after(self.timeout_ms, self.signal.as_ref())?;
        let signal = stop.controller.signal();
        let mut exchange = pin!(exchange(&self.function, request, &signal));
        let mut stopped = pin!(JsFuture::from(stop.ended.clone()));
        let result = poll_fn(|context| {
            if let Poll::Ready(result) = exchange.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            stopped.as_mut().poll(context).map(|_| Err(stop.reason()))
        });
        let result = result.await;
        if result.is_err() {
            stop.abort();
        }
        result
    }

    fn aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(AbortSignal::aborted)
    }
}

async fn exchange(fetch: &Function, request: &WireRequest, signal: &AbortSignal) -> Result<WireReply, TransportError> {
    let init = init(request, signal).map_err(failed)?;
    let response = fetch.call2(&JsValue::UNDEFINED, &request.url().into(), &init).map_err(failed)?;
    let response: Response = JsFuture::from(Promise::resolve(&response)).await.map_err(failed)?.unchecked_into();
    let status = response.status().map_err(failed)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let status = status.as_f64().ok_or(TransportError::Failed { system_code: None })? as u16;
    let body = match response.body().map_err(failed)? {
        Some(stream) => read(&stream).await?,
        None => Vec::new(),
    };
    Ok(WireReply { status, body })
}

fn init(request: &WireRequest, signal: &AbortSignal) -> Result<Object, JsValue> {
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

async fn read(stream: &Stream) -> Result<Vec<u8>, TransportError> {
    let reader = stream.reader().map_err(failed)?;
    let mut body = Vec::new();
    loop {
        let part = JsFuture::from(reader.read().map_err(failed)?).await.map_err(failed)?;
        let value = Reflect::get(&part, &"value".into()).map_err(failed)?;
        if value.is_undefined() {
            return Ok(body);
        }
        if !ArrayBuffer::is_view(&value) {
            return Err(TransportError::Failed { system_code: None });
        }
        body.extend(Uint8Array::new(&value).to_vec());
        if body.len() > LONGEST_REPLY {
            return Err(TransportError::TooLong);
        }
    }
}

/// The system's code, which Node and Bun give in different places. Never the message: it may hold the URL.
fn failed(error: JsValue) -> TransportError {
    let code = |value: &JsValue| Reflect::get(value, &"code".into()).ok().and_then(|code| code.as_string());
    let cause = Reflect::get(&error, &"cause".into()).unwrap_or_default();
    TransportError::Failed { system_code: code(&cause).or_else(|| code(&error)) }
}

/// Ends a call: by time, by the caller, or because its reply is not wanted any more. Cleans up when dropped.
struct Stop {
    controller: AbortController,
    ended: Promise,
    timed_out: Rc<Cell<bool>>,
    timer: JsValue,
    signal: Option<AbortSignal>,
    on_abort: Closure<dyn FnMut()>,
    _on_time: Closure<dyn FnMut()>,
}

impl Stop {
    fn after(timeout_ms: u32, signal: Option<&AbortSignal>) -> Result<Self, TransportError> {
        let controller = AbortController::new().map_err(failed)?;
        let mut resolve = None;
        let ended = Promise::new(&mut |resolved, _| resolve = Some(resolved));
        let resolve = resolve.unwrap_or_else(|| Function::new_no_args(""));
        let timed_out = Rc::new(Cell::new(false));
        let on_time = {
            let (timed_out, resolve) = (Rc::clone(&timed_out), resolve.clone());
            Closure::new(move || {
                timed_out.set(true);
                let _ = resolve.call0(&JsValue::UNDEFINED);
            })
        };
        let on_abort: Closure<dyn FnMut()> = Closure::new(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        if let Some(signal) = signal {
            let _ = signal.add_event_listener_with_callback("abort", on_abort.as_ref().unchecked_ref());
        }
        let timer = set_timeout(on_time.as_ref().unchecked_ref(), timeout_ms);
        Ok(Self { controller, ended, timed_out, timer, signal: signal.cloned(), on_abort, _on_time: on_time })
    }

    fn reason(&self) -> TransportError {
        if self.timed_out.get() { TransportError::Timeout } else { TransportError::AbortedAfter }
    }

    /// Aborts with a real `Error`: some hosts fail on anything else.
    fn abort(&self) {
        self.controller.abort_with_reason(&Error::new("xinshi gave the call up"));
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        if let Some(signal) = &self.signal {
            let _ = signal.remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref());
        }
    }
}
