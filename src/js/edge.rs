//! The edge handler's door.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use xinshi::edge::route::{Reply, route};

/// Answers a request by its method and path.
#[wasm_bindgen(js_name = route)]
pub fn js_route(method: &str, path: &str) -> JsReply {
    JsReply(route(method, path))
}

/// What to answer.
#[wasm_bindgen(js_name = Reply)]
pub struct JsReply(Reply);

#[wasm_bindgen(js_class = Reply)]
impl JsReply {
    /// The HTTP status.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Names and values of the headers, in turn.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Vec<String> {
        self.0.headers.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect()
    }

    /// The body.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> String {
        self.0.body.clone()
    }
}
