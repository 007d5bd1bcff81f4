//! Bodies, read part by part up to a bound. Whose they are may give anything: parts that are no bytes, or gone, or no end.

use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::imports::{Bytes, Message, Part, Reader, settled};

/// Why a body has no end that is of use.
pub enum BodyError {
    /// It is longer than the bound.
    TooLong,
    /// The host cannot be asked for it as it has to be.
    NeverAsked,
    /// What went wrong, as it was thrown.
    Failed(JsValue),
}

impl From<JsValue> for BodyError {
    fn from(error: JsValue) -> Self {
        Self::Failed(error)
    }
}

/// Bytes that a part counts for at least.
const MIN_PART_BYTES: usize = 1 << 10;

/// What a promise, or a value in the place of one, comes to.
pub async fn wait(value: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(settled(value)).await
}

/// Reads a body of at most so many bytes into `received`, which has what came where the end did not.
pub async fn read(message: &Message, most: usize, received: &RefCell<Vec<u8>>) -> Result<(), BodyError> {
    let body = message.body()?;
    if body.is_null() {
        return Ok(());
    }
    let reader = body.reader()?;
    // An empty part counts too, so that a stream of nothing ends soon: while parts are there at once, no timer rings.
    let mut length = 0;
    loop {
        let part: Part = wait(&reader.read()?).await?.unchecked_into();
        let value = part.value()?;
        if value.is_undefined() {
            return Ok(());
        }
        length += take(&value, most - length, received).inspect_err(|_| cancel(&reader))?.max(MIN_PART_BYTES);
        if length > most {
            cancel(&reader);
            return Err(BodyError::TooLong);
        }
    }
}

/// Takes a part of at most so many bytes; gives how many it has.
pub fn take(part: &JsValue, most: usize, received: &RefCell<Vec<u8>>) -> Result<usize, BodyError> {
    if !ArrayBuffer::is_view(part) {
        return Err(BodyError::Failed(js_sys::TypeError::new("a part is no bytes").into()));
    }
    // Before they are copied; a part may say what is not so.
    let input = part.unchecked_ref::<Part>().byte_length()?.as_f64().unwrap_or_default();
    #[allow(clippy::cast_precision_loss, reason = "a bound far below 2^53")]
    if input > most as f64 {
        return Err(BodyError::TooLong);
    }
    let bytes = Bytes::new(part)?;
    let length = bytes.length() as usize;
    if length > most {
        return Err(BodyError::TooLong);
    }
    let mut received = received.borrow_mut();
    let from = received.len();
    received.resize(from + length, 0);
    bytes.copy_to(&mut received[from..]);
    Ok(length)
}

/// Nothing more is wanted of it.
fn cancel(reader: &Reader) {
    if let Ok(cancelled) = reader.cancel() {
        // Nobody hears whether it could.
        wasm_bindgen_futures::spawn_local(async move {
            let _ = wait(&cancelled).await;
        });
    }
}
