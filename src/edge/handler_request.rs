//! [`HandlerRequest`]: the parts of an HTTP request that the handler reads.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::edge::handler_reply::Problem;
use crate::error::SmsError;
use crate::search;
use crate::wire::blank;
use crate::wire::json::{self, Json};

/// The maximum length of a body, in bytes.
pub const MAX_BODY_BYTES: usize = 8192;
/// The maximum length of a vendor's push, in bytes.
pub const MAX_PUSH_BYTES: usize = 1 << 20;

/// A request: its head, and its body once that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandlerRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, as it was written.
    pub path: String,
    /// The query of a vendor's push, without `?`.
    pub query: String,
    /// The caller's address, from the platform; empty where it is unknown.
    pub address: String,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Origin`.
    pub origin: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// `x-correlator`.
    pub correlator: Option<String>,
    /// The headers that [`Needs::header_names`](crate::edge::handler::Needs::header_names) names.
    pub headers: Vec<(String, String)>,
    /// Whether it is a preflight: it has `Access-Control-Request-Method`.
    pub is_preflight: bool,
    /// The body.
    pub body: Body,
}

/// A request's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// All of it; empty for no body.
    Whole(Vec<u8>),
    /// It exceeds the maximum length.
    TooLong,
    /// It did not arrive completely in time.
    Unfinished,
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl Body {
    /// A body from the bytes that were read: at most `most`, or one more for a body that is too long.
    #[must_use]
    pub fn read(bytes: Vec<u8>, max_bytes: usize) -> Self {
        if bytes.len() > max_bytes { Self::TooLong } else { Self::Whole(bytes) }
    }

    /// The same for a body that was read as UTF-8. Other bytes arrived as U+FFFD, and such a body counts as invalid
    /// even if it contained that character.
    #[must_use]
    pub fn read_text(text: String, max_bytes: usize) -> Self {
        const NOT_UTF_8: u8 = 0xFF;
        let is_utf_8 = !text.contains(char::REPLACEMENT_CHARACTER);
        if is_utf_8 { Self::read(text.into_bytes(), max_bytes) } else { Self::Whole(vec![NOT_UTF_8]) }
    }
}

/// The time limit for a body, in milliseconds.
pub const BODY_TIMEOUT_MS: u32 = 10_000;

/// The path and the query of a URL, as they were written.
#[must_use]
pub fn path_and_query(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or_default();
    let rest = search::split(url, "//").map_or(url, |(_, rest)| rest);
    let Some(from) = rest.find(['/', '?']) else { return ("/", "") };
    let (path, query) = rest[from..].split_once('?').unwrap_or((&rest[from..], ""));
    (if path.is_empty() { "/" } else { path }, query)
}

/// The number of parts of a head.
pub const HEAD_PARTS: usize = 10;

impl HandlerRequest {
    /// Makes a request from the parts of a head, in the order of the fields above, and the body. An absent part is
    /// `None`.
    #[must_use]
    pub fn new(head: [Option<&str>; HEAD_PARTS], body: Body) -> Self {
        let [method, path, query, address, authorization, content_type, origin, key, correlator, asks_for] =
            head.map(|part| part.map(ToOwned::to_owned));
        Self {
            method: method.unwrap_or_default(),
            path: path.unwrap_or_default(),
            query: query.unwrap_or_default(),
            address: address.unwrap_or_default(),
            authorization,
            content_type,
            origin,
            idempotency_key: key,
            correlator,
            headers: Vec::new(),
            is_preflight: asks_for.is_some(),
            body,
        }
    }

    /// The parts that a reply depends on without the route: the path, the correlator and the origin.
    #[must_use]
    pub fn reply_head(&self) -> Self {
        let (path, origin, correlator) = (self.path.clone(), self.origin.clone(), self.correlator.clone());
        Self { path, origin, correlator, ..Self::default() }
    }

    /// The token of `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| blank::trim(token))
    }

    /// The value of a header that the route needs, by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads the body as one JSON object.
    ///
    /// # Errors
    /// 415, 413, 408 or 400.
    pub fn json(&self) -> Result<Json<'_>, Problem> {
        let media_type = self.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
        if !blank::trim(media_type).eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(415, "unsupported-media-type", "The body is to be application/json"));
        }
        let bytes = match &self.body {
            Body::Whole(bytes) => bytes,
            Body::TooLong => return Err(Problem::new(413, "body-too-large", "The body is longer than it may be")),
            Body::Unfinished => return Err(Problem::new(408, "body-unfinished", "The body did not come in time")),
        };
        // JSON is UTF-8, and other bytes must not be processed any further.
        let text = core::str::from_utf8(bytes)
            .map_err(|_| Problem::malformed("body", "the body is not UTF-8 (write U+FFFD as \\ufffd)"))?;
        let json = json::parse(text.as_bytes()).map_err(|_| Problem::malformed("body", "the body is not JSON"))?;
        if !json.is_object() {
            return Err(Problem::malformed("body", "the body is not a JSON object"));
        }
        // A proxy before the handler may have read the other one.
        if json.repeats_a_name() {
            return Err(Problem::malformed("body", "the body has two members of a name"));
        }
        Ok(json)
    }
}

/// The problem for a wrong field of a body.
impl From<SmsError> for Problem {
    fn from(mut error: SmsError) -> Self {
        let field = error.field.take().unwrap_or_else(|| "body".to_owned());
        Self::malformed(field, error.message.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &[u8]) -> HandlerRequest {
        let mut head = [None; HEAD_PARTS];
        (head[0], head[4], head[5]) = (Some("POST"), Some("bearer  t"), Some(content_type));
        HandlerRequest::new(head, Body::Whole(body.to_vec()))
    }

    #[test]
    fn url_is_split_into_path_and_query() {
        for (url, path, query) in [
            ("https://edge.example/otp/send", "/otp/send", ""),
            ("https://edge.example/hooks/a/b?x=%20&y=/#z?", "/hooks/a/b", "x=%20&y=/"),
            ("http://[::1]:80/healthz#/x", "/healthz", ""),
            ("https://edge.example", "/", ""),
            ("https://edge.example?x", "/", "x"),
            ("https://edge.example//otp//send", "//otp//send", ""),
            ("", "/", ""),
        ] {
            assert_eq!(path_and_query(url), (path, query), "{url}");
        }
    }

    #[test]
    fn long_or_non_utf_8_body_is_rejected() {
        assert_eq!(Body::read(vec![0; 3], 3), Body::Whole(vec![0; 3]));
        assert_eq!(Body::read(vec![0; 4], 3), Body::TooLong);
        assert_eq!(Body::read_text("信".into(), 3), Body::Whole("信".into()));
        assert_eq!(Body::read_text("信a".into(), 3), Body::TooLong);
        let broken =
            HandlerRequest { body: Body::read_text("{\u{FFFD}}".into(), 9), ..request("application/json", b"") };
        assert!(broken.json().unwrap_err().detail.unwrap().contains("not UTF-8"));
    }

    #[test]
    fn body_other_than_a_json_object_is_rejected() {
        assert!(request("application/json; charset=utf-8", b"{}").json().is_ok());
        assert!(request("application/json", br#"{"a":{"b":1},"b":[{"c":1},{"c":1}]}"#).json().is_ok());
        assert_eq!(request("APPLICATION/JSON", b"{}").bearer(), Some("t"));
        for (content_type, body, status) in [
            ("text/plain", &b"{}"[..], 415),
            ("", b"{}", 415),
            ("application/json", b"[]", 400),
            ("application/json", b"{", 400),
            ("application/json", b"{\"a\":\"\xff\"}", 400),
            ("application/json", b"", 400),
            ("application/json", br#"{"phone":"1","phone":"2"}"#, 400),
            ("application/json", br#"{"phone":"1","\u0070hone":"1"}"#, 400),
            ("application/json", br#"{"a":[{"b":1,"c":2,"b":null}]}"#, 400),
        ] {
            assert_eq!(request(content_type, body).json().unwrap_err().status, status);
        }
        let mut long = request("application/json", b"");
        long.body = Body::TooLong;
        assert_eq!(long.json().unwrap_err().status, 413);
        long.body = Body::Unfinished;
        assert_eq!(long.json().unwrap_err().status, 408);
    }
}
