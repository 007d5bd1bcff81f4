//! Requests as they leave, and why one came to nothing.

use alloc::string::String;

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::{RequestInit, RequestRedirect};

use crate::values_in::peek;
use crate::values_out::set;
use xinshi::client::transport::ConnectionFailure;

/// A request as a fetch takes it beside its URL, over what is set already. Redirects are not followed.
pub fn init(
    init: RequestInit,
    method: &str,
    headers: &[(&str, impl AsRef<str>)],
    body: Option<&JsValue>,
) -> RequestInit {
    let written = Object::new();
    for (name, value) in headers {
        set(&written, &(*name).into(), &value.as_ref().into());
    }
    init.set_method(method);
    init.set_headers(&written);
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = body {
        init.set_body(body);
    }
    init
}

/// What the host tells, which Node and Bun do in different places. Never the message of the error itself: it may hold the URL.
pub fn failure(error: &JsValue, by_host: bool) -> ConnectionFailure {
    let cause = member(error, "cause");
    let output = |name: &str| -> Option<String> {
        let inner = cause.as_ref().and_then(|cause| member(cause, name));
        inner.or_else(|| member(error, name))?.as_string()
    };
    let words = || cause.as_ref().and_then(|cause| member(cause, "message"))?.as_string();
    ConnectionFailure {
        code: told("code"),
        syscall: told("syscall"),
        cause: if by_host { words() } else { None },
        by_host,
    }
}

fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Some(peek(value, name)).filter(|member| !member.is_undefined() && !member.is_null())
}
