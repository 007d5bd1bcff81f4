//! [`Incoming`]: a request as a server passes it: its head, its client's address and its body.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;
use web_sys::Url;

use crate::edge::bridge::HostBridge;
use crate::edge::configured::ConfiguredHandler;
use crate::edge::effect::Effect;
use crate::edge::task::EffectError;
use crate::edge::user::{ClientAddress, call_user};
use crate::values_in::{bytes_of_ours, method, peek};
use xinshi::edge::handler::Needs;
use xinshi::edge::handler_reply::Problem;
use xinshi::edge::handler_request::{BODY_TIMEOUT_MS, Body, HEAD_PARTS, HandlerRequest, path_and_query};
use xinshi::edge::misuse::{Misuse, of_user};

#[wasm_bindgen]
extern "C" {
    /// A request, or any other value that a server passed as one. Its members have getters here, since a name that
    /// crosses the boundary is slow.
    #[derive(Clone)]
    type Message;
    #[wasm_bindgen(method, getter, catch)]
    fn url(this: &Message) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn method(this: &Message) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Message) -> Result<Headers, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = bodyUsed)]
    fn body_used(this: &Message) -> Result<JsValue, JsValue>;

    /// The headers of a request.
    #[derive(Clone)]
    type Headers;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Headers, name: &JsValue) -> Result<JsValue, JsValue>;

    /// The response object of Express and node:http.
    type Outgoing;
    #[wasm_bindgen(method, catch, js_name = writeHead)]
    fn write_head(this: &Outgoing, status: u16, headers: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn end(this: &Outgoing, body: &str) -> Result<JsValue, JsValue>;
}

/// A request, and the arguments that a server passes beside it.
#[derive(Clone)]
pub struct Incoming {
    request: Message,
    env: JsValue,
    ctx: JsValue,
    headers: Headers,
}

/// The headers that [`HandlerRequest::new`] takes after the address, in its order, and two that only this file uses.
const NAMES: [&str; 8] = [
    "authorization",
    "content-type",
    "origin",
    "idempotency-key",
    "x-correlator",
    "access-control-request-method",
    "content-length",
    "cf-connecting-ip",
];
const CONTENT_LENGTH: usize = 6;
const CLOUDFLARE: usize = 7;

thread_local! {
    static HEADERS: [JsValue; NAMES.len()] = NAMES.map(JsValue::from_str);
}

impl Incoming {
    /// Wraps the arguments of `fetch`.
    pub fn new(request: JsValue, env: JsValue, ctx: JsValue) -> Self {
        let request: Message = request.unchecked_into();
        let headers = request.headers().unwrap_or_else(|_| JsValue::UNDEFINED.unchecked_into());
        Self { request, env, ctx, headers }
    }

    /// The arguments for a function of the user's: the request, and what the server passed beside it.
    pub fn arguments(&self) -> Array {
        Array::of3(&self.request, &self.env, &self.ctx)
    }

    /// Whether `env` is a server's per-request argument and not the handler's bindings, as with Deno.serve, Bun.serve
    /// and @hono/node-server.
    pub fn is_of_server(env: &JsValue) -> bool {
        let has = |name: &str| !peek(env, name).is_undefined();
        has("remoteAddr") || has("incoming") || method(env, "requestIP").is_some()
    }

    /// Reads the head.
    ///
    /// # Errors
    /// [`Misuse`] for anything but a web-standard request.
    pub fn head(&self) -> Result<HandlerRequest, Misuse> {
        let text = |value: Result<JsValue, JsValue>| value.ok().and_then(|text| text.as_string());
        let (Some(mut url), Some(method)) = (text(self.request.url()), text(self.request.method())) else {
            return Err(self.foreign());
        };
        // Bun passes only the path for a request without a host, as in HTTP/1.0 or with an empty `Host`.
        if url.starts_with('/') {
            url = Url::new(&["http://localhost", &url].concat()).map(|url| url.href()).unwrap_or(url);
        }
        let (path, query) = path_and_query(&url);
        let mut headers: [Option<String>; 6] = Default::default();
        // Only a preflight names the method of another request, and it is an OPTIONS.
        let read = if method == "OPTIONS" { headers.len() } else { headers.len() - 1 };
        for (at, header) in headers.iter_mut().enumerate().take(read) {
            *header = self.header(at).map_err(|_| self.foreign())?;
        }
        let [authorization, content_type, origin, key, correlator, asks_for] = &headers;
        let head: [Option<&str>; HEAD_PARTS] = [
            Some(&method),
            Some(path),
            Some(query),
            None,
            authorization.as_deref(),
            content_type.as_deref(),
            origin.as_deref(),
            key.as_deref(),
            correlator.as_deref(),
            asks_for.as_deref(),
        ];
        Ok(HandlerRequest::new(head, Body::default()))
    }

    fn header(&self, at: usize) -> Result<Option<String>, JsValue> {
        HEADERS.with(|names| self.headers.get(&names[at])).map(|value| value.as_string())
    }

    /// The headers that a route needs beside the head.
    ///
    /// # Errors
    /// [`Misuse`] for anything but a web-standard request.
    pub fn needed_headers(&self, needs: &Needs) -> Result<Vec<(String, String)>, Misuse> {
        let mut headers = Vec::new();
        for name in &needs.header_names {
            let value = self.headers.get(&JsValue::from_str(name)).map_err(|_| self.foreign())?;
            headers.extend(value.as_string().map(|value| (name.clone(), value)));
        }
        Ok(headers)
    }

    /// The kind of wrong argument.
    fn foreign(&self) -> Misuse {
        let raw = peek(&peek(&self.request, "req"), "raw");
        if peek(&raw, "url").is_string() { Misuse::HonoContext } else { Misuse::Foreign }
    }

    /// The client's address, from the server that accepted the connection and never from a header that a client can
    /// write. Empty where it is unknown.
    ///
    /// # Errors
    /// `misconfigured` where the user's function throws or returns no text.
    pub fn address(&self, configured: &ConfiguredHandler) -> Result<String, Problem> {
        match &configured.user.client_address {
            ClientAddress::Cloudflare => Ok(self.header(CLOUDFLARE).ok().flatten().unwrap_or_default()),
            ClientAddress::Forwarded(header) => {
                let value = self.headers.get(&JsValue::from_str(&header.name)).ok().and_then(|value| value.as_string());
                Ok(header.address(&value.unwrap_or_default()).to_owned())
            }
            ClientAddress::Socket => Ok(self.by_socket().unwrap_or_default()),
            ClientAddress::Function(function) => self.by_function(function),
        }
    }

    fn by_function(&self, function: &Function) -> Result<String, Problem> {
        let inputs = call_user("clientAddress", function, &self.arguments()).map_err(|message| {
            let remedy = ". It must return the address, or null for none";
            of_user("clientAddress", [message.as_str(), remedy].concat())
        })?;
        if inputs.is_undefined() || inputs.is_null() {
            return Ok(String::new());
        }
        inputs.as_string().ok_or_else(|| {
            let message = "clientAddress returned no text: it must return the address itself, not a promise";
            of_user("clientAddress", message)
        })
    }

    /// The address of the connection, as Deno.serve, @hono/node-server and Bun.serve pass it.
    fn by_socket(&self) -> Option<String> {
        let text_at = |path: &[&str]| path.iter().fold(self.env.clone(), |value, name| peek(&value, name)).as_string();
        text_at(&["remoteAddr", "hostname"]).or_else(|| text_at(&["incoming", "socket", "remoteAddress"])).or_else(
            || {
                let request_ip = method(&self.env, "requestIP")?;
                peek(&request_ip.call1(&self.env, &self.request).ok()?, "address").as_string()
            },
        )
    }

    /// Reads the body, if the request needs it.
    ///
    /// # Errors
    /// [`Misuse::BodyWasRead`] for a body that was read before: waiting for it would take the whole time limit.
    pub async fn body(&self, needs: &Needs, bridge: &HostBridge) -> Result<Body, Misuse> {
        let Some(max_bytes) = needs.max_body_bytes else { return Ok(Body::default()) };
        if self.body_was_read() {
            return Err(Misuse::BodyWasRead);
        }
        let output = self.header(CONTENT_LENGTH).ok().flatten().and_then(|length| length.parse::<u64>().ok());
        if output.is_some_and(|length| length > max_bytes as u64) {
            return Ok(Body::TooLong);
        }
        let read = Effect::Read {
            request: self.request.clone().into(),
            timeout_ms: BODY_TIMEOUT_MS,
            max_bytes,
            is_text: needs.is_text,
            has_length: output.is_some(),
        };
        match bridge.run(read).await {
            Ok(body) => Ok(match (body.as_string(), body.dyn_ref().map(bytes_of_ours)) {
                (Some(text), _) => Body::read_text(text, max_bytes),
                (None, Some(bytes)) if needs.is_text => match String::from_utf8(bytes) {
                    Ok(text) => Body::read_text(text.trim_start_matches('\u{FEFF}').to_owned(), max_bytes),
                    Err(error) => Body::read(error.into_bytes(), max_bytes),
                },
                (None, Some(bytes)) => Body::read(bytes, max_bytes),
                (None, None) => Body::Unfinished,
            }),
            Err(EffectError::Thrown(..)) if self.is_body_of_another() => Err(Misuse::BodyWasRead),
            Err(_) => Ok(Body::Unfinished),
        }
    }

    fn body_was_read(&self) -> bool {
        // @hono/node-server's request, which Express may have read.
        let incoming = peek(&self.env, "incoming");
        let was_read = || peek(&incoming, "readableDidRead").as_bool() == Some(true);
        let is_kept = || !peek(&incoming, "rawBody").is_undefined();
        self.body_is_used() || (incoming.is_object() && was_read() && !is_kept())
    }

    fn body_is_used(&self) -> bool {
        self.request.body_used().is_ok_and(|used| used.is_truthy())
    }

    /// Whether the body is locked by a reader that has read nothing of it.
    fn is_body_of_another(&self) -> bool {
        !self.body_is_used() && peek(&peek(&self.request, "body"), "locked").as_bool() == Some(true)
    }

    /// Responds to a server that awaits no `Response`: by the response object of Express or node:http, or by Express's
    /// `next`.
    pub fn respond_foreign(&self, status: u16, headers: &Object, body: &str, message: &str) {
        let outgoing = &self.env;
        if method(outgoing, "writeHead").is_some() && !peek(outgoing, "headersSent").is_truthy() {
            let outgoing: &Outgoing = outgoing.unchecked_ref();
            if outgoing.write_head(status, headers).is_ok() {
                // If this fails, there is no other way to respond.
                let _ = outgoing.end(body);
            }
        } else if let Some(next) = self.ctx.dyn_ref::<Function>() {
            let _ = next.call1(&JsValue::UNDEFINED, &js_sys::Error::new(message));
        }
    }
}
