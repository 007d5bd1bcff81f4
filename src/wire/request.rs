//! [`WireRequest`]: one HTTP request, exact to the byte, or printed with its credentials redacted.

use alloc::borrow::{Cow, ToOwned};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::{fmt, str};

use xinshi_bytes::begin_pair;

use crate::phone::Phone;
use crate::search;
use crate::secret::REDACTED;
use crate::wire::json_writer::{Object, Rows};
use crate::wire::jsonp::Callback;
use crate::wire::{Parameters, gbk, percent};

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The URL carries the parameters.
    Get,
    /// The body carries the parameters.
    Post,
}

impl Method {
    /// `GET` or `POST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The part of a request that carries the parameters, and their format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// GET: in the URL, behind `?`.
    Query,
    /// POST: `application/x-www-form-urlencoded`.
    Form,
    /// POST: an object of strings, `application/json`.
    Json,
    /// POST: an object whose values are JSON already, `application/json`.
    JsonValues,
    /// POST: the values one after the other, without names, of this content type.
    Body(&'static str),
}

impl Carrier {
    /// The HTTP method of this carrier.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Query => Method::Get,
            Self::Form | Self::Json | Self::JsonValues | Self::Body(_) => Method::Post,
        }
    }
}

/// The charset of a vendor's requests and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, which has every character.
    Utf8,
    /// GBK. A text with a character that GBK lacks is rejected before it is sent.
    Gbk,
}

impl Charset {
    /// Whether the charset has every character of a text.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        self == Self::Utf8 || gbk::encodes(text)
    }

    /// Decodes bytes of this charset; empty for bytes that are not of it.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => Cow::Borrowed(str::from_utf8(bytes).unwrap_or_default()),
            Self::Gbk => Cow::Owned(gbk::decode(bytes).unwrap_or_default()),
        }
    }
}

/// One request to a vendor. Its `Debug` shows no parameter and masks the numbers.
#[derive(Clone)]
pub struct WireRequest {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The vendor's name of the operation.
    pub operation: &'static str,
    /// The part of the request that carries the parameters.
    pub carrier: Carrier,
    /// The URL without parameters.
    pub endpoint: Rc<str>,
    /// The parameters, in the order of the vendor's document.
    pub parameters: Parameters,
    /// The charset of the values.
    pub charset: Charset,
    /// The function that a JSONP reply calls (see [`crate::wire::jsonp`]); `None` for any other reply.
    pub callback: Option<Callback>,
    /// The receivers of the text.
    pub to: Rc<[Phone]>,
    /// What only some vendors' requests have.
    pub extras: Option<Rc<Extras>>,
}

/// The parts of a request that only some vendors have.
#[derive(Default)]
pub struct Extras {
    /// Headers beside the content type, with names in lower case.
    pub headers: Parameters,
    /// The end of the URL in pieces, without names, encoded as they travel.
    pub url_end: Parameters,
    /// Values made of credentials, such as a signature, which no error may repeat.
    pub derived: Vec<String>,
}

impl Extras {
    /// Headers that sign a request; the one named `authorization` is secret. The content type comes with the carrier.
    #[must_use]
    pub fn signed(signed: Vec<(&'static str, String)>) -> Option<Rc<Self>> {
        let (mut headers, mut derived) = (Parameters::default(), Vec::new());
        for (name, value) in signed {
            if name == "content-type" {
                continue;
            }
            let is_secret = name == "authorization";
            headers.push(name, value.as_bytes(), is_secret);
            derived.extend(is_secret.then_some(value));
        }
        Some(Rc::new(Self { headers, url_end: Parameters::default(), derived }))
    }
}

impl WireRequest {
    /// The URL, with the parameters of a GET.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_shown(Show::Exact)
    }

    /// The headers that the vendor needs.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, &str)> {
        self.headers_shown(Show::Exact)
    }

    fn headers_shown(&self, show: Show) -> Vec<(&'static str, &str)> {
        let content_type = match self.carrier {
            Carrier::Query => None,
            Carrier::Form => Some("application/x-www-form-urlencoded"),
            Carrier::Json | Carrier::JsonValues => Some("application/json"),
            Carrier::Body(content_type) => Some(content_type),
        };
        let mut headers = Vec::new();
        headers.extend(content_type.map(|value| ("content-type", value)));
        for (name, value, secret) in self.extras.iter().flat_map(|extras| extras.headers.iter()) {
            headers.push((name, shown(value, secret && show == Show::Redacted)));
        }
        headers
    }

    /// The host that the request goes to, with its port unless it is the scheme's own, as HTTP's `host` names it.
    #[must_use]
    pub fn host(&self) -> String {
        let (scheme, rest) = search::split(&self.endpoint, "://").unwrap_or_default();
        let authority = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
        let port = if scheme == "https" { ":443" } else { ":80" };
        authority.strip_suffix(port).map_or_else(|| authority.clone(), str::to_owned)
    }

    /// The body; `None` for a GET.
    #[must_use]
    pub fn body(&self) -> Option<Vec<u8>> {
        self.body_shown(Show::Exact)
    }

    /// The URL and the body as text, with every credential redacted.
    #[must_use]
    pub fn redacted(&self) -> (String, Option<String>) {
        // Percent-encoding is ASCII, and JSON parameters are UTF-8, so the conversion loses nothing.
        let body = self.body_shown(Show::Redacted).map(|body| String::from_utf8(body).unwrap_or_default());
        (self.url_shown(Show::Redacted), body)
    }

    /// The request as a curl command for a POSIX shell, every credential redacted.
    #[must_use]
    pub fn to_curl(&self) -> String {
        let quote = |text: &str| ["'", &search::replaced(text, "'", r"'\''"), "'"].concat();
        let (url, body) = self.redacted();
        let mut words = vec!["curl -X".to_owned(), self.carrier.method().as_str().to_owned(), quote(&url)];
        let headers = self.headers_shown(Show::Redacted);
        words.extend(headers.iter().map(|(name, value)| ["-H ", &quote(&[*name, ": ", value].concat())].concat()));
        words.extend(body.map(|body| ["--data-binary ", &quote(&body)].concat()));
        words.join(" ")
    }

    /// The values that no error may repeat: credentials, and other values that may be a code or a number.
    #[must_use]
    pub fn hidden_values(&self) -> Vec<String> {
        let is_code = |run: &&str| run.len() >= 4 && run.bytes().any(|byte| byte.is_ascii_digit());
        let mut hidden: Vec<String> = self.derived().to_vec();
        for (_, value, secret) in self.parameters.iter() {
            let text = self.charset.decode(value);
            if secret {
                hidden.push(text.into_owned());
            } else {
                let runs = text.split(|character: char| !character.is_ascii_alphanumeric());
                hidden.extend(runs.filter(is_code).map(str::to_owned));
            }
        }
        hidden
    }

    /// The values made of credentials.
    #[must_use]
    pub fn derived(&self) -> &[String] {
        self.extras.as_ref().map_or(&[], |extras| &extras.derived)
    }

    fn url_shown(&self, show: Show) -> String {
        let mut url = String::from(&*self.endpoint);
        for (_, piece, secret) in self.extras.iter().flat_map(|extras| extras.url_end.iter()) {
            url.push_str(shown(piece, secret && show == Show::Redacted));
        }
        if self.carrier == Carrier::Query && self.parameters.iter().next().is_some() {
            url.push('?');
            let mut pairs = Vec::new();
            write_pairs(&self.parameters, show, &mut pairs);
            // Percent-encoding is ASCII.
            url.push_str(str::from_utf8(&pairs).unwrap_or_default());
            if let Some(callback) = &self.callback {
                url.push_str("&callback=");
                url.push_str(callback.as_str());
            }
        }
        url
    }

    fn body_shown(&self, show: Show) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        self.write_body_shown(show, &mut body).then_some(body)
    }

    /// Appends the body; nothing for a GET.
    pub fn write_body(&self, out: &mut Vec<u8>) {
        self.write_body_shown(Show::Exact, out);
    }

    /// Appends the body. Returns whether the method has one.
    fn write_body_shown(&self, show: Show, out: &mut Vec<u8>) -> bool {
        match self.carrier {
            Carrier::Query => return false,
            Carrier::Form => write_pairs(&self.parameters, show, out),
            Carrier::Json | Carrier::JsonValues => out.extend_from_slice(&self.object(show)),
            Carrier::Body(_) => {
                for (_, value, secret) in self.parameters.iter() {
                    match show {
                        Show::Redacted if secret => out.extend_from_slice(REDACTED.as_bytes()),
                        // A body in another charset is shown as it would be read.
                        Show::Redacted => out.extend_from_slice(self.charset.decode(value).as_bytes()),
                        Show::Exact => out.extend_from_slice(value),
                    }
                }
            }
        }
        true
    }

    fn object(&self, show: Show) -> Vec<u8> {
        let mut object = Object::new();
        for (name, value, secret) in self.parameters.iter() {
            match show {
                Show::Redacted if secret => object.text(name, REDACTED),
                _ if self.carrier == Carrier::JsonValues => object.json(name, &self.charset.decode(value)),
                _ => object.text(name, &self.charset.decode(value)),
            }
        }
        object.into_bytes()
    }

    /// Writes the request without its body, with its credentials: vendor, operation, method, URL, and a list of name and
    /// value for each header.
    pub fn write_header(&self, rows: &mut Rows<'_>) {
        rows.open();
        for text in [self.vendor, self.operation, self.carrier.method().as_str(), &self.url()] {
            rows.text(text);
        }
        for (name, value) in self.headers() {
            rows.open();
            rows.text(name);
            rows.text(value);
            rows.close();
        }
        rows.close();
    }

    /// The request as JSON for people to read, with every credential redacted.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (url, body) = self.redacted();
        let mut headers = Object::new();
        for (name, value) in self.headers_shown(Show::Redacted) {
            headers.text(name, value);
        }
        let mut json = Object::new();
        json.text("vendor", self.vendor);
        json.text("operation", self.operation);
        json.text("method", self.carrier.method().as_str());
        json.text("url", &url);
        json.json("headers", &headers.finish());
        json.text_if("body", body.as_deref());
        json.texts("to", self.to.iter().map(Phone::e164));
        json.finish()
    }
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireRequest")
            .field("vendor", &self.vendor)
            .field("operation", &self.operation)
            .field("carrier", &self.carrier)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Exact,
    Redacted,
}

/// A value that is ASCII, or its redaction.
fn shown(value: &[u8], redacted: bool) -> &str {
    if redacted { REDACTED } else { str::from_utf8(value).unwrap_or_default() }
}

fn write_pairs(parameters: &Parameters, show: Show, out: &mut Vec<u8>) {
    let start = out.len();
    for (name, value, secret) in parameters.iter() {
        begin_pair(out, name, out.len() == start);
        match show {
            Show::Redacted if secret => out.extend_from_slice(REDACTED.as_bytes()),
            _ => percent::encode_into(out, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(carrier: Carrier) -> WireRequest {
        let mut parameters = Parameters::default();
        parameters.secret("appkey", "hunter2");
        parameters.add("content", "验证码 '1234'");
        WireRequest {
            vendor: "liupai",
            operation: "send",
            carrier,
            endpoint: "http://a.example/sms/send".into(),
            parameters,
            charset: Charset::Utf8,
            callback: None,
            to: Rc::new([Phone::parse("13812345678").unwrap()]),
            extras: None,
        }
    }

    #[test]
    fn request_is_exact_on_the_wire_and_redacted_when_shown() {
        let text = "%E9%AA%8C%E8%AF%81%E7%A0%81%20%271234%27";
        let query = request(Carrier::Query);
        assert_eq!(query.url(), format!("http://a.example/sms/send?appkey=hunter2&content={text}"));
        assert_eq!(query.body(), None);
        assert_eq!(query.redacted().0, format!("http://a.example/sms/send?appkey=[redacted]&content={text}"));
        let json = request(Carrier::Json);
        assert_eq!(json.url(), "http://a.example/sms/send");
        assert_eq!(json.body().unwrap(), r#"{"appkey":"hunter2","content":"验证码 '1234'"}"#.as_bytes());
        assert_eq!(
            json.to_curl(),
            r#"curl -X POST 'http://a.example/sms/send' -H 'content-type: application/json' --data-binary '{"appkey":"[redacted]","content":"验证码 '\''1234'\''"}'"#
        );
    }

    #[test]
    fn debug_redacts_keys_codes_and_numbers() {
        let shown = format!("{:?}", request(Carrier::Form));
        assert!(!shown.contains("hunter2") && !shown.contains("1234'") && !shown.contains("13812345678"), "{shown}");
    }
}
