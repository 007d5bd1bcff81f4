//! [`Observer`]: whom events are told.

use alloc::string::String;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Whom events are told, as JSON. It does not throw.
    #[derive(Clone)]
    pub type Observer;
    /// Tells it one.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Observer, event: String);
}
