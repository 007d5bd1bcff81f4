//! One step of the ledger, for the JavaScript that stores the state.

use alloc::string::String;

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::edge::user::read_clock;
use crate::js_error::thrown;
use crate::opaque;
use xinshi::error::SmsError;
use xinshi::guard::ledger::{StateChange, apply};

/// Applies a command to a state at the current time. Returns `[decision, state, expiresAt, now]`, with times in
/// milliseconds since the Unix epoch. The state is `undefined` where it stays as it was, and `null` where it is
/// removed. All texts are opaque. `clock` may be a user's function.
#[wasm_bindgen]
pub fn reduce(state: Option<String>, command: &str, clock: Option<Function>) -> Result<Array, JsValue> {
    let wrong =
        || thrown(&SmsError::argument("command", "the command, or what is stored under its key, is not xinshi's"));
    let command = opaque::read(command).ok_or_else(wrong)?;
    let state = match state {
        Some(state) => Some(opaque::read(&state).ok_or_else(wrong)?),
        None => None,
    };
    let now = read_clock(clock.as_ref()).map_err(|message| thrown(&SmsError::argument("now", message)))?;
    let applied = apply(state.as_deref(), &command, now).map_err(|_| wrong())?;
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (state, expires_at) = match applied.change {
        StateChange::Nothing => (JsValue::UNDEFINED, JsValue::UNDEFINED),
        StateChange::Remove => (JsValue::NULL, JsValue::UNDEFINED),
        StateChange::Store { state, expires_at } => (opaque::written(&state).into(), (expires_at as f64).into()),
    };
    #[allow(clippy::cast_precision_loss, reason = "at most the latest Date")]
    let now = (now as f64).into();
    Ok(Array::of4(&opaque::written(&applied.decision).into(), &state, &expires_at, &now))
}
