//! The host's functions and objects for the client. A caller's object may throw on any access, and an exception that
//! crosses into the WebAssembly is a fault, so only bindings that catch touch such objects.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Request, RequestInit};

#[wasm_bindgen(module = "/host/guard.js")]
extern "C" {
    /// Wraps any value in a promise that behaves.
    pub fn settled(value: &JsValue) -> Promise;
    /// Wraps a well-behaved promise in one without user code.
    pub fn watched(promise: &Promise) -> Promise;
}

#[wasm_bindgen(module = "/host/call.js")]
extern "C" {
    /// A call, with the asynchronous context in which its caller made it.
    #[derive(Clone)]
    pub type Call;
    #[wasm_bindgen(method, getter, js_name = hasLeft)]
    pub fn has_left(this: &Call) -> bool;
    /// Calls the runtime's own fetch. The result is a watched promise.
    #[wasm_bindgen(method, js_name = runFetch)]
    pub fn run_host_fetch(this: &Call, fetch: &Function, request: &Request, options: &JsValue) -> Promise;
    /// Calls a caller's fetch.
    #[wasm_bindgen(method, js_name = runFetch)]
    pub fn run_fetch(this: &Call, fetch: &Function, url: &str, options: &RequestInit) -> Promise;
    /// Passes an event to a listener.
    #[wasm_bindgen(method)]
    pub fn emit(this: &Call, listener: &Function, event: &JsValue);
}

#[wasm_bindgen(module = "/host/jsonp.js")]
extern "C" {
    /// A JSONP script that is loading.
    pub type Script;
    #[wasm_bindgen(catch, js_name = requestByScript)]
    pub fn request_by_script(url: &str, callback: &str) -> Result<Script, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub fn reply(this: &Script) -> Promise;
    #[wasm_bindgen(method)]
    pub fn cancel(this: &Script);
}

#[wasm_bindgen]
extern "C" {
    /// The caller's `AbortSignal`, or any other object that the caller passes as one.
    #[derive(Clone)]
    pub type Signal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = addEventListener)]
    fn listening(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    pub fn listen(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    pub fn unlisten(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;

    /// The result of a fetch, or a request that a caller's server received.
    pub type Message;
    #[wasm_bindgen(method, getter, catch)]
    pub fn status(this: &Message) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    pub fn url(this: &Message) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    pub fn body(this: &Message) -> Result<Body, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = bodyUsed)]
    pub fn body_used(this: &Message) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    pub fn array_buffer(this: &Message) -> Result<JsValue, JsValue>;

    /// The body of a message.
    pub type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    pub fn reader(this: &Body) -> Result<Reader, JsValue>;

    /// The reader of a body.
    pub type Reader;
    #[wasm_bindgen(method, catch)]
    pub fn read(this: &Reader) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn cancel(this: &Reader) -> Result<JsValue, JsValue>;

    /// A part of a body.
    pub type Part;
    #[wasm_bindgen(method, getter, catch)]
    pub fn value(this: &Part) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    pub fn byte_length(this: &Part) -> Result<JsValue, JsValue>;

    /// A copy of a part's bytes.
    #[wasm_bindgen(js_name = Uint8Array, extends = js_sys::Uint8Array)]
    pub type Bytes;
    #[wasm_bindgen(constructor, catch, js_class = Uint8Array)]
    pub fn new(part: &JsValue) -> Result<Bytes, JsValue>;

    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub fn set_timeout(ring: &Function, milliseconds: u32, says: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

impl Signal {
    /// Wraps a caller's object, if it can listen.
    pub fn of(inputs: JsValue) -> Option<Self> {
        let signal: Self = inputs.unchecked_into();
        signal.listening().is_ok_and(|listening| listening.is_function()).then_some(signal)
    }

    /// Whether the caller has aborted; false for an object that cannot say.
    pub fn is_aborted(&self) -> bool {
        self.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }
}
