//! The door of proof of work: the search alone, for a worker of a page. Nothing but numbers crosses, so that it asks nothing of its host.

use wasm_bindgen::prelude::*;

use xinshi::proof_of_work::{Salt, WorkFunction};

/// The candidate that is looked for, where it is one of `from` to `to`, without it; else `to`.
#[wasm_bindgen]
#[must_use]
pub fn search(salt_high: u64, salt_low: u64, target: u64, from: u32, to: u32) -> u32 {
    WorkFunction::new().search(&salt(salt_high, salt_low), &target.to_be_bytes(), from, to).unwrap_or(to)
}

/// Eight bytes of the answer that a candidate gives: the first eight, or the last.
#[wasm_bindgen]
#[must_use]
pub fn answer(salt_high: u64, salt_low: u64, candidate: u32, is_last: bool) -> u64 {
    let (_, answer) = WorkFunction::new().digest(&salt(salt_high, salt_low), candidate);
    let [first, last] = answer.as_chunks::<8>().0 else { return 0 };
    u64::from_be_bytes(if is_last { *last } else { *first })
}

fn salt(high: u64, low: u64) -> Salt {
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}
