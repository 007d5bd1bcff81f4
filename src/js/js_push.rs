//! Reads a push from the request that a caller's server received.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::definitions::JsDefinition;
use crate::imports::{Bytes, Message};
use crate::js_error::thrown;
use crate::results;
use crate::stream::{self, BodyError, wait};
use crate::values_in::peek;
use xinshi::client::push_reader;
use xinshi::error::SmsError;
use xinshi::intern::intern;
use xinshi::vendor::defined_account::{self, DefinitionCall};
use xinshi::vendor::push::PushRecords;

/// The maximum length of a push, in bytes.
const MAX_PUSH_BYTES: usize = 1 << 20;

const UNREADABLE: &str = "the request cannot be read: middleware such as a body parser has read its body before, or it is no \
                          web-standard Request, as Express has none";

/// Reads a push. Resolves to `{reports, replies, unparsed}`, and rejects with an `SmsError`.
#[wasm_bindgen(js_name = readPush)]
pub fn read_push(vendor: JsValue, request: JsValue) -> Promise {
    let request: Message = request.unchecked_into();
    future_to_promise(async move {
        let rejected = |why: &str| thrown(&SmsError::argument("request", why));
        let raw = body(&request).await.map_err(|why| match why {
            BodyError::TooLong => rejected("the body is longer than 1048576 bytes"),
            _ => rejected(UNREADABLE),
        })?;
        let url = request.url().ok().and_then(|url| url.as_string()).unwrap_or_default();
        let read = match JsDefinition::of(&vendor) {
            Some(definition) => Ok(push_of(&vendor, &definition, query(&url), &raw)),
            None => push_reader::read(&vendor.as_string().unwrap_or_default(), query(&url), &raw),
        };
        read.map(|push| results::push(&push, &raw)).map_err(|error| thrown(&error))
    })
}

/// Reads a push of a vendor that the caller defined.
fn push_of(vendor: &JsValue, definition: &Rc<dyn DefinitionCall>, query: &str, raw: &[u8]) -> PushRecords {
    let [name, delivered] =
        ["name", "delivered"].map(|name| intern(&peek(vendor, name).as_string().unwrap_or_default()));
    let mut pushed = PushRecords::default();
    defined_account::read_push((name, delivered), Some(definition), &mut pushed, query.as_bytes(), raw.trim_ascii());
    pushed
}

async fn body(request: &Message) -> Result<Vec<u8>, BodyError> {
    let received = RefCell::default();
    // A body that was read before would give an empty push.
    if request.body_used()?.is_truthy() {
        return Err(BodyError::Failed(JsValue::UNDEFINED));
    }
    let body: JsValue = request.body()?.into();
    // Firefox has no `Request.body`; elsewhere a request without a body has none.
    if body.is_truthy() {
        stream::read(request, MAX_PUSH_BYTES, &received).await?;
    } else {
        let bytes = wait(&request.array_buffer()?).await?;
        stream::take(Bytes::new(&bytes)?.as_ref(), MAX_PUSH_BYTES, &received)?;
    }
    Ok(received.into_inner())
}

/// The part of a URL behind `?`, like `URL.search`.
fn query(url: &str) -> &str {
    let before_fragment = url.split('#').next().unwrap_or_default();
    before_fragment.split_once('?').map_or("", |(_, query)| query)
}
