//! The host as the client sees it. Whatever a caller supplied may throw at any touch: nothing of it is touched but by a
//! binding that catches, since an exception that crosses the WebAssembly is a fault.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Request, RequestInit};

#[wasm_bindgen(module = "/host/guard.js")]
extern "C" {
    /// What a future waits for, instead of a promise that may misbehave.
    pub fn settled(value: &JsValue) -> Promise;
    /// The same of one that does not.
    pub fn watched(promise: &Promise) -> Promise;
}

#[wasm_bindgen(module = "/host/call.js")]
extern "C" {
    /// A call, and the context that its caller made it in.
    #[derive(Clone)]
    pub type Call;
    #[wasm_bindgen(method, getter, js_name = hasLeft)]
    pub fn has_left(this: &Call) -> bool;
    /// Calls the runtime's own fetch. What either comes to is watched.
    #[wasm_bindgen(method, js_name = runFetch)]
    pub fn run_host_fetch(this: &Call, fetch: &Function, request: &Request, options: &JsValue) -> Promise;
    /// Calls a fetch of the caller's.
    #[wasm_bindgen(method, js_name = runFetch)]
    pub fn run_fetch(this: &Call, fetch: &Function, url: &str, options: &RequestInit) -> Promise;
    /// Tells a listener of an event.
    #[wasm_bindgen(method, js_name = runFetch)]
    pub fn emit(this: &Call, listener: &Function, event: &JsValue);
}

#[wasm_bindgen(module = "/host/jsonp.js")]
extern "C" {
    /// A script on its way.
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
    /// An `AbortSignal` of a caller's, or what it gave as one.
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

    /// What a fetch resolved to, or a request that a caller's server received.
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

    /// Its body.
    pub type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    pub fn reader(this: &Body) -> Result<Reader, JsValue>;

    /// What reads it.
    pub type Reader;
    #[wasm_bindgen(method, catch)]
    pub fn read(this: &Reader) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn cancel(this: &Reader) -> Result<JsValue, JsValue>;

    /// A part of it.
    pub type Part;
    #[wasm_bindgen(method, getter, catch)]
    pub fn value(this: &Part) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    pub fn byte_length(this: &Part) -> Result<JsValue, JsValue>;

    /// Bytes, copied out of a part.
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
    /// Takes one, where it listens.
    pub fn of(inputs: JsValue) -> Option<Self> {
        let signal: Self = inputs.unchecked_into();
        signal.listening().is_ok_and(|listening| listening.is_function()).then_some(signal)
    }

    /// Whether the caller has given up. One that cannot say has not.
    pub fn is_aborted(&self) -> bool {
        self.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }
}
