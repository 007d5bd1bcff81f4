//! [`BadRequest`]: a mistake of a request that shows before the vendor reads its parameters.

use super::http::{Reply, Request};

/// A mistake that has an HTTP status.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadRequest {
    /// The document has no such path.
    Address,
    /// The path accepts only this method: `GET`, `POST`, or `GET, POST`.
    Method(&'static str),
    /// The body has a media type other than these.
    ContentType(&'static str),
}

impl BadRequest {
    /// Writes the reply that names the mistake.
    pub(super) fn reply(&self, vendor: &str, path: &str, request: &Request) -> Reply {
        let method = &request.method;
        match self {
            Self::Address => Reply::text(404, format!("{vendor} documents no such address: {path}")),
            Self::Method(documented) => {
                let message = format!("{vendor} documents {documented} for {path}, and this is a {method}");
                Reply::text(405, message).header("allow", documented)
            }
            Self::ContentType(documented) => {
                let sent = match request.content_type() {
                    none if none.is_empty() => "has no content-type".to_owned(),
                    sent => format!("is {sent}"),
                };
                Reply::text(415, format!("{vendor} reads {documented}, and this body {sent}"))
            }
        }
    }
}
