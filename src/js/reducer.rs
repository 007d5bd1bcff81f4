//! The ledger's one step, beside whoever keeps the state.

use alloc::borrow::Cow;
use core::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::room::{Room, Told, opaque};
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
    /// a state that does not change, is removed, or is stored; the decision, the state, and the halves of when that expires, in
    /// milliseconds since 1970. Commands and decisions are opaque texts, and so are states `in_text`. Gives 0 where one is not
    /// ours: then nothing may change.
    pub fn step(&self, now: f64, in_text: bool) -> usize {
        self.stepped(now, in_text).unwrap_or_default()
    }
}

impl JsReducer {
    fn stepped(&self, now: f64, in_text: bool) -> Option<usize> {
        let written = self.room.written();
        let mut parts = written.parts();
        let (state, command) = (parts.next(), opaque(parts.next()?)?);
        let state = match state {
            Some(state) if in_text => Some(Cow::Owned(opaque(state)?)),
            state => state.map(Cow::Borrowed),
        };
        #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
        let applied = apply(state.as_deref(), &command, now as i64).ok()?;
        let mut told = self.told.borrow_mut();
        match applied.change {
            Change::Nothing => told.begin(0).opaque(&applied.decision),
            Change::Remove => told.begin(1).opaque(&applied.decision),
            Change::Store { state, expires_at } => {
                let [high, low] = halves(expires_at);
                told.begin(2).opaque(&applied.decision);
                if in_text { told.opaque(&state) } else { told.bytes(&state) }.number(high).number(low)
            }
        };
        Some(told.address())
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both halves are told")]
const fn halves(number: i64) -> [usize; 2] {
    [(number >> 32) as u32 as usize, number as u32 as usize]
}
