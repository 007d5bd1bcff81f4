//! [`HandlerReply`]: the handler's reply.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::edge::scope::Scope;
use crate::wire::json_writer::Object;

/// An HTTP reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON or empty.
    pub body: String,
    /// Whether the body is to be the `OpenAPI` document, which the host has.
    pub is_description: bool,
    /// The account whose queue is to be processed after the reply left.
    pub process_account: Option<String>,
}

/// An error by RFC 9457: its `type` is `urn:xinshi:problem:` and the name, except for [`QUOTA_EXCEEDED`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable name.
    pub name: &'static str,
    /// The general meaning of the problem, the same each time.
    pub title: &'static str,
    /// The meaning in this case.
    pub detail: Option<String>,
    /// The field to correct.
    pub field: Option<String>,
    /// Seconds after which to try again.
    pub retry_after: Option<i64>,
    /// The work by which to come again at once, as JSON.
    pub work: Option<Box<str>>,
    /// The scope that the caller's token lacks.
    pub lacks_scope: Option<Scope>,
}

/// The problem of a rejected request whose limits are reached, in the registry of problem types. Source:
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>, draft 11.
pub const QUOTA_EXCEEDED: &str = "quota-exceeded";
/// The one policy that stands for every rule, so that a reply reveals none.
const POLICY: &str = "otp";

impl HandlerReply {
    /// A reply of JSON that no cache stores.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        let headers = vec![("content-type", "application/json".to_owned()), ("cache-control", "no-store".to_owned())];
        Self { status, headers, body, is_description: false, process_account: None }
    }

    /// A reply of another type that no cache stores.
    #[must_use]
    pub fn text(content_type: &str, body: String) -> Self {
        let headers = vec![("content-type", content_type.to_owned()), ("cache-control", "no-store".to_owned())];
        Self { status: 200, headers, body, is_description: false, process_account: None }
    }

    /// A reply with the handler's own `OpenAPI` document.
    #[must_use]
    pub fn description() -> Self {
        Self { is_description: true, ..Self::json(200, String::new()) }
    }

    /// A reply without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        let headers = vec![("cache-control", "no-store".to_owned())];
        Self { status, headers, body: String::new(), is_description: false, process_account: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Problem {
    /// A problem without details.
    #[must_use]
    pub const fn new(status: u16, name: &'static str, title: &'static str) -> Self {
        Self { status, name, title, detail: None, field: None, retry_after: None, work: None, lacks_scope: None }
    }

    /// Adds the meaning in this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the field to correct.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// A request that does not follow the documentation.
    #[must_use]
    pub fn malformed(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(400, "malformed-request", "The request is not as documented").detail(detail).field(field)
    }

    /// A back end's token lacks the scope of the route.
    #[must_use]
    pub fn insufficient_scope(scope: Scope) -> Self {
        let problem = Self::new(403, "insufficient-scope", "The token lacks the scope of this route");
        Self { lacks_scope: Some(scope), ..problem.detail(scope.name()) }
    }

    /// The value of `WWW-Authenticate`, for a missing or an insufficient token: RFC 6750, section 3.
    #[must_use]
    pub fn challenge(&self) -> Option<String> {
        match self.lacks_scope {
            Some(scope) => Some(["Bearer error=\"insufficient_scope\", scope=\"", scope.name(), "\""].concat()),
            None => (self.status == 401).then(|| "Bearer".to_owned()),
        }
    }

    /// Too many requests: try again after this many milliseconds.
    #[must_use]
    pub fn too_many(wait_ms: i64) -> Self {
        let title = "Request cannot be satisfied as assigned quota has been exceeded";
        Self::new(429, "quota-exceeded", title).retry_after(wait_ms)
    }

    /// Adds the milliseconds after which to try again.
    #[must_use]
    pub const fn retry_after(mut self, wait_ms: i64) -> Self {
        let wait_ms = if wait_ms > 1 { wait_ms } else { 1 };
        self.retry_after = Some((wait_ms + 999) / 1000);
        self
    }
}

impl From<Problem> for HandlerReply {
    fn from(problem: Problem) -> Self {
        let mut json = Object::new();
        let is_quota = problem.name == QUOTA_EXCEEDED;
        let registry =
            if is_quota { "https://iana.org/assignments/http-problem-types#" } else { "urn:xinshi:problem:" };
        json.text("type", &[registry, problem.name].concat());
        json.text("title", problem.title);
        json.number("status", problem.status.into());
        json.text_if("detail", problem.detail.as_deref());
        json.text_if("field", problem.field.as_deref());
        if let Some(work) = &problem.work {
            json.json("proofOfWork", work);
        }
        if is_quota {
            json.texts("violated-policies", [POLICY]);
        }
        let mut reply = Self::json(problem.status, json.finish());
        "application/problem+json".clone_into(&mut reply.headers[0].1);
        if let Some(challenge) = problem.challenge() {
            reply.headers.push(("www-authenticate", challenge));
        }
        if let Some(seconds) = problem.retry_after {
            reply.headers.push(("retry-after", seconds.to_string()));
        }
        if let Some(seconds) = problem.retry_after.filter(|_| is_quota) {
            // No count, so that the reply reveals no rule.
            reply.headers.push(("ratelimit-policy", ["\"", POLICY, "\";q=1"].concat()));
            reply.headers.push(("ratelimit", ["\"", POLICY, "\";r=0;t=", &seconds.to_string()].concat()));
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_shows_one_policy_and_the_wait() {
        let reply = HandlerReply::from(Problem::too_many(59_001));
        assert_eq!(reply.status, 429);
        let header = |name: &str| reply.headers.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
        assert_eq!((header("retry-after"), header("ratelimit")), ("60", "\"otp\";r=0;t=60"));
        assert_eq!(header("content-type"), "application/problem+json");
        assert_eq!(
            reply.body,
            r#"{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Request cannot be satisfied as assigned quota has been exceeded","status":429,"violated-policies":["otp"]}"#
        );
    }
}
