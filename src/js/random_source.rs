//! Random bytes from the host.

use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[cfg(feature = "client")]
use xinshi::random::{RANDOM_BYTES, Random};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn random_values(bytes: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// The number of random bytes fetched at once: a host takes as long for few as for many. Never fetched before a call,
/// since Workers forbid randomness at their start.
const BUFFER_BYTES: usize = 1 << 13;

thread_local! {
    static BUFFERED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Returns `length` random bytes; none if the host has none.
pub fn random_bytes(length: usize) -> Vec<u8> {
    BUFFERED.with_borrow_mut(|buffer| {
        if buffer.len() < length {
            #[allow(clippy::cast_possible_truncation, reason = "some thousand bytes")]
            let bytes = Uint8Array::new_with_length(BUFFER_BYTES as u32);
            if random_values(&bytes).is_err() {
                return Vec::new();
            }
            *buffer = bytes.to_vec();
        }
        buffer.split_off(buffer.len() - length)
    })
}

/// The random bytes and the time of one call of the client: see [`Random::new`].
#[cfg(feature = "client")]
#[wasm_bindgen(js_name = drawEntropy)]
#[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
pub fn draw_entropy() -> Vec<u8> {
    let mut drawn = random_bytes(RANDOM_BYTES);
    drawn.extend((js_sys::Date::now() as i64).to_be_bytes());
    drawn
}

/// The random bytes of one call, wrapped for the core.
#[cfg(feature = "client")]
pub fn random() -> Random {
    Random::new(&random_bytes(RANDOM_BYTES))
}
