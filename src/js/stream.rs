//! Reads bodies part by part, up to a maximum length. A caller's stream may return anything: parts that are no bytes or
//! detached, or no end.

use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::imports::{Bytes, Message, Part, Reader, settled};

/// The reason why a body could not be read to its end.
pub enum BodyError {
    /// It exceeds the maximum length.
    TooLong,
    /// The host cannot send the request as it must be sent.
    NeverAsked,
    /// An exception, as it was thrown.
    Failed(JsValue),
}

impl From<JsValue> for BodyError {
    fn from(error: JsValue) -> Self {
        Self::Failed(error)
    }
}

/// The number of bytes that a part counts at least.
const MIN_PART_BYTES: usize = 1 << 10;

/// Awaits a promise, or returns any other value.
pub async fn wait(value: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(settled(value)).await
}

/// Reads a body of at most `most` bytes into `received`. If the body breaks off, `received` keeps the part that
/// arrived.
pub async fn read(message: &Message, max_bytes: usize, received: &RefCell<Vec<u8>>) -> Result<(), BodyError> {
    let body = message.body()?;
    if body.is_null() {
        return Ok(());
    }
    let reader = body.reader()?;
    // An empty part counts too, so that a stream of empty parts ends soon: no timer fires while parts arrive at once.
    let mut length = 0;
    loop {
        let part: Part = wait(&reader.read()?).await?.unchecked_into();
        let value = part.value()?;
        if value.is_undefined() {
            return Ok(());
        }
        length += take(&value, max_bytes - length, received).inspect_err(|_| cancel(&reader))?.max(MIN_PART_BYTES);
        if length > max_bytes {
            cancel(&reader);
            return Err(BodyError::TooLong);
        }
    }
}

/// Appends a part of at most `most` bytes; returns its length.
pub fn take(part: &JsValue, max_bytes: usize, received: &RefCell<Vec<u8>>) -> Result<usize, BodyError> {
    if !ArrayBuffer::is_view(part) {
        return Err(BodyError::Failed(js_sys::TypeError::new("a part of the body is not bytes").into()));
    }
    // Checked before copying; a part may report a wrong length.
    let input = part.unchecked_ref::<Part>().byte_length()?.as_f64().unwrap_or_default();
    #[allow(clippy::cast_precision_loss, reason = "a bound far below 2^53")]
    if input > max_bytes as f64 {
        return Err(BodyError::TooLong);
    }
    let bytes = Bytes::new(part)?;
    let length = bytes.length() as usize;
    if length > max_bytes {
        return Err(BodyError::TooLong);
    }
    let mut received = received.borrow_mut();
    let from = received.len();
    received.resize(from + length, 0);
    bytes.copy_to(&mut received[from..]);
    Ok(length)
}

/// Cancels the rest of a body.
fn cancel(reader: &Reader) {
    if let Ok(cancelled) = reader.cancel() {
        // Nobody needs to know whether it could.
        wasm_bindgen_futures::spawn_local(async move {
            let _ = wait(&cancelled).await;
        });
    }
}
