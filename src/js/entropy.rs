//! Random bytes, of the host's.

use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::host::random_values;
use xinshi::random::{LENGTH, Random};

/// Calls that bytes are drawn for at once: the host takes as long for few bytes as for many.
const CALLS: usize = 200;

thread_local! {
    static DRAWN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The random bytes of one call; none where the host has none.
#[wasm_bindgen(js_name = drawEntropy)]
pub fn draw() -> Vec<u8> {
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.len() < LENGTH {
            #[allow(clippy::cast_possible_truncation, reason = "some thousand bytes")]
            let bytes = Uint8Array::new_with_length((CALLS * LENGTH) as u32);
            if random_values(&bytes).is_err() {
                return Vec::new();
            }
            *drawn = bytes.to_vec();
        }
        drawn.split_off(drawn.len() - LENGTH)
    })
}

/// The same, for the client.
pub fn random() -> Random {
    Random::new(&draw())
}
