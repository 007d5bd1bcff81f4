//! Which path and method mean what.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// A reply of the handler: JSON, or RFC 9457 problem+json.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body, JSON.
    pub body: String,
}

/// Answers a request by its method and path.
#[must_use]
pub fn route(method: &str, path: &str) -> Reply {
    match (path, method) {
        ("/healthz", "GET" | "HEAD") => {
            reply(200, "application/json", if method == "HEAD" { "" } else { r#"{"status":"ok"}"# })
        }
        ("/healthz", _) => {
            let mut refused = problem(405, "method-not-allowed", "This address answers GET and HEAD");
            refused.headers.push(("allow", "GET, HEAD"));
            refused
        }
        _ => problem(404, "not-found", "There is nothing at this address"),
    }
}

fn problem(status: u16, kind: &str, title: &str) -> Reply {
    let body = format!(r#"{{"type":"urn:xinshi:problem:{kind}","title":"{title}","status":{status}}}"#);
    reply(status, "application/problem+json", &body)
}

fn reply(status: u16, content_type: &'static str, body: &str) -> Reply {
    Reply {
        status,
        headers: vec![("content-type", content_type), ("cache-control", "no-store")],
        body: body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_by_path_and_method() {
        assert_eq!(route("GET", "/healthz").body, r#"{"status":"ok"}"#);
        assert_eq!(route("HEAD", "/healthz").body, "");
        let refused = route("POST", "/healthz");
        assert_eq!(refused.status, 405);
        assert!(refused.headers.contains(&("allow", "GET, HEAD")));
        let absent = route("GET", "/otp/send");
        assert_eq!((absent.status, absent.headers[0].1), (404, "application/problem+json"));
    }
}
