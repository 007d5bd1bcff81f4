//! The options of requests, and the reasons of their failures.

use alloc::string::String;

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::{RequestInit, RequestRedirect};

use crate::values_in::peek;
use crate::values_out::set;
use xinshi::client::transport::ConnectionFailure;

/// The options of a request, in addition to those already set. Redirects are not followed.
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

/// The reason that the host reports, which Node and Bun do in different places. Never the error's message: it may
/// contain the URL.
pub fn failure(error: &JsValue, by_host: bool) -> ConnectionFailure {
    let cause = member(error, "cause");
    let output = |name: &str| -> Option<String> {
        let inner = cause.as_ref().and_then(|cause| member(cause, name));
        inner.or_else(|| member(error, name))?.as_string()
    };
    let words = || cause.as_ref().and_then(|cause| member(cause, "message"))?.as_string();
    ConnectionFailure {
        code: output("code"),
        syscall: output("syscall"),
        cause: if by_host { words() } else { None },
        by_host,
    }
}

fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Some(peek(value, name)).filter(|member| !member.is_undefined() && !member.is_null())
}
