//! The sandbox's exports.

use wasm_bindgen::prelude::*;

use xinshi::sandbox::Sandbox;
use xinshi::sandbox::http::{Reply, Request};

/// The vendors, offline.
#[wasm_bindgen(js_name = Vendors)]
pub struct JsSandbox(Sandbox);

#[wasm_bindgen(js_class = Vendors)]
impl JsSandbox {
    /// A sandbox with an empty inbox. `hosts` are its host names, beside its addresses. A strict one rejects what a strict carrier would.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32, hosts: Vec<String>, strict: bool) -> Self {
        let sandbox = Sandbox::reached_by(seed, hosts);
        Self(if strict { sandbox.strict() } else { sandbox })
    }

    /// Answers a request. `headers` are pairs of a lower-case name and a value; `now` is in milliseconds since the Unix
    /// epoch.
    pub fn handle(&mut self, method: String, url: String, headers: Vec<String>, body: Vec<u8>, now: f64) -> JsReply {
        let headers = headers.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        #[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
        JsReply(self.0.handle(&Request { method, url, headers, body }, now as i64))
    }

    /// Plays vendors that the caller defined: a list of definitions in JSON. Returns the path of a field that is missing.
    pub fn define(&mut self, definitions: &str) -> Option<String> {
        self.0.define(definitions).err()
    }

    /// The options of the account at a defined vendor's server, as JSON.
    #[wasm_bindgen(js_name = configOf)]
    pub fn config_of(&self, vendor: &str) -> Option<String> {
        self.0.config_of(vendor)
    }

    /// The account at a vendor's server, as JSON.
    pub fn config(vendor: &str) -> Option<String> {
        Sandbox::config(vendor)
    }
}

/// A reply, and the way in which it ends.
#[wasm_bindgen(js_name = Reply)]
pub struct JsReply(Reply);

#[wasm_bindgen(js_class = Reply)]
impl JsReply {
    /// The HTTP status.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The headers, as pairs of a name and a value.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Vec<String> {
        self.0.headers.iter().flat_map(|(name, value)| [(*name).to_owned(), value.clone()]).collect()
    }

    /// The body.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Vec<u8> {
        self.0.body.clone()
    }

    /// `complete`, `hang`, `reset`, `truncated`, `slow`, `push` or `wait`.
    #[wasm_bindgen(getter)]
    pub fn ending(&self) -> String {
        self.0.ending.as_str().to_owned()
    }

    /// The milliseconds that `wait` lasts.
    #[wasm_bindgen(getter, js_name = timeoutMs)]
    pub fn timeout_ms(&self) -> u32 {
        self.0.ending.timeout_ms()
    }
}
