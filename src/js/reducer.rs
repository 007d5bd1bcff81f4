//! The ledger's one step, beside whoever keeps the state.

use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::room::{Room, Told};
use xinshi::guard::ledger::{Change, apply};

/// Carries out commands on states, through memory that both sides see.
#[wasm_bindgen(js_name = Reducer)]
#[derive(Default)]
pub struct JsReducer {
    room: Room,
    told: RefCell<Told>,
}

#[wasm_bindgen(js_class = Reducer)]
impl JsReducer {
    /// One that holds nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Room for a state and a command, each with its length among the numbers.
    pub fn room(&self, length: usize) -> usize {
        self.room.address(length)
    }

    /// Carries out the command that was written on the state that was, and gives the address of what came of it: 0, 1 or 2 for
    /// a state that does not change, is removed, or is stored; the lengths of the decision and of the state, and the halves of
    /// when that expires, in milliseconds since 1970. Gives 0 where either is not ours: then nothing may change.
    pub fn step(&self, now: f64) -> usize {
        let written = self.room.written();
        let mut parts = written.parts();
        let (state, Some(command)) = (parts.next(), parts.next()) else { return 0 };
        #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
        let Ok(applied) = apply(state, command, now as i64) else { return 0 };
        let mut told = self.told.borrow_mut();
        match applied.change {
            Change::Nothing => told.begin(0).bytes(&applied.decision),
            Change::Remove => told.begin(1).bytes(&applied.decision),
            Change::Store { state, expires_at } => {
                let [high, low] = halves(expires_at);
                told.begin(2).bytes(&applied.decision).bytes(&state).number(high).number(low)
            }
        };
        told.address()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both halves are told")]
const fn halves(number: i64) -> [usize; 2] {
    [(number >> 32) as u32 as usize, number as u32 as usize]
}
