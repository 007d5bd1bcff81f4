//! Requests for the handler, from the fields of their heads.

use serde_json::{Value, json};
use xinshi::edge::handler_request::{Body, HandlerRequest};

/// A request with a JSON body: a POST from a default address, unless the head says otherwise.
pub fn request(head: Value, body: &Value) -> HandlerRequest {
    let mut all = json!({ "method": "POST", "address": "192.0.2.1", "content-type": "application/json" });
    all.as_object_mut().unwrap().extend(head.as_object().unwrap().clone());
    let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
    request_of(&all, body)
}

/// A request from the fields of its head.
pub fn request_of(head: &Value, body: Vec<u8>) -> HandlerRequest {
    let names = ["method", "path", "query", "address", "authorization", "content-type", "origin", "idempotency-key"];
    let last = ["x-correlator", "access-control-request-method"];
    let mut parts = names.into_iter().chain(last).map(|name| head.get(name).map(|part| part.as_str().unwrap()));
    HandlerRequest::new(std::array::from_fn(|_| parts.next().unwrap()), Body::Whole(body))
}
