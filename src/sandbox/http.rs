//! A plain HTTP request and reply, as the server sees them.

/// A request to the sandbox.
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole URL, or the part from the path on.
    pub url: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; empty for an absent one.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The media type of the body in lower case, without its parameters; empty for none.
    #[must_use]
    pub fn content_type(&self) -> String {
        let header = self.header("content-type");
        header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The host of the URL without its port; empty for a URL without host.
    #[must_use]
    pub fn host(&self) -> &str {
        match self.url.split_once("://") {
            Some((_, rest)) => rest.split(['/', '?', ':']).next().unwrap_or_default(),
            None => "",
        }
    }

    /// The authority that the client made the request to: as a proxy before the sandbox names it, that of the header `host`, or
    /// that of the URL.
    #[must_use]
    pub fn authority(&self) -> &str {
        let of_url =
            || self.url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
        let named = ["x-forwarded-host", "host"].map(|name| self.header(name));
        named.into_iter().find(|host| !host.is_empty()).unwrap_or_else(of_url)
    }

    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// The query without `?`; empty for none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target().split_once('?').map_or("", |(_, query)| query)
    }

    /// Path and query.
    fn target(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find(['/', '?']).map_or("/", |start| &rest[start..])
    }
}

/// A reply of the sandbox.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body, even if the connection is to break off within it.
    pub body: Vec<u8>,
    /// The fate of the reply on the connection.
    pub ending: Ending,
}

/// The way in which a reply ends on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The reply arrives.
    Complete,
    /// No byte ever arrives.
    Hang,
    /// The connection is reset before the first byte.
    Reset,
    /// The connection breaks off in the middle of the body.
    Truncated,
    /// The reply arrives two seconds late.
    Slow,
    /// The body is a request for the adapter to make, as JSON: `{url, contentType, body}`. The adapter replies with its
    /// result.
    Push,
    /// The request waits for a text: the adapter makes it again after each text that arrives, and replies with this when
    /// the time is over.
    Wait {
        /// Milliseconds from the first request on.
        timeout_ms: u32,
    },
}

impl Ending {
    /// The stable name that the adapters read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::Slow => "slow",
            Self::Push => "push",
            Self::Wait { .. } => "wait",
        }
    }
}

impl Ending {
    /// The milliseconds to wait for a text; 0 for any other ending.
    #[must_use]
    pub const fn timeout_ms(self) -> u32 {
        if let Self::Wait { timeout_ms } = self { timeout_ms } else { 0 }
    }
}

impl Reply {
    pub(super) fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body, ending: Ending::Complete }
    }

    pub(super) fn text(status: u16, body: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", body.into().into_bytes())
    }

    pub(super) fn json(value: &serde_json::Value) -> Self {
        Self::bytes(200, "application/json; charset=utf-8", value.to_string().into_bytes())
    }

    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new(), ending: Ending::Complete }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self { status: 303, headers: vec![("location", to.to_owned())], body: Vec::new(), ending: Ending::Complete }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_split_into_its_parts() {
        let parts = |url: &str| {
            let request = Request { method: "GET".into(), url: url.into(), headers: Vec::new(), body: Vec::new() };
            (request.host().to_owned(), request.path().to_owned(), request.query().to_owned())
        };
        let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(parts("http://127.0.0.1:4010/a/b?c=d?e"), owned("127.0.0.1", "/a/b", "c=d?e"));
        assert_eq!(parts("https://api.binstd.com/sms/send"), owned("api.binstd.com", "/sms/send", ""));
        assert_eq!(parts("/inbox?to=1"), owned("", "/inbox", "to=1"));
        assert_eq!(parts("https://a.example"), owned("a.example", "/", ""));
    }
}
