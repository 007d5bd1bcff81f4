//! [`ErrorInfo`]: the errors of the CAMARA routes, and of every other path below them.
//!
//! Source: `CAMARA_common.yaml` of CAMARA Commonalities 0.9.0 <https://github.com/camaraproject/Commonalities>.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::search;
use crate::wire::json_writer::Object;

/// The beginning of the paths, behind the base path.
const PREFIX: &str = "/one-time-password-sms/";
/// The maximum length of a message, in characters: `ErrorInfo` of CAMARA 2.0.
const MAX_MESSAGE_CHARACTERS: usize = 512;

/// `ErrorInfo`.
pub(super) struct ErrorInfo {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<i64>,
    challenge: Option<String>,
}

impl ErrorInfo {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, challenge: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "Request not authenticated due to missing, invalid, or expired credentials.";
        Self { challenge: Some("Bearer".to_owned()), ..Self::new(401, "UNAUTHENTICATED", message) }
    }

    pub(super) fn busy(wait_ms: i64) -> Self {
        let mut error = Self::new(429, "TOO_MANY_REQUESTS", "Rate limit reached.");
        error.retry_after = Problem::too_many(wait_ms).retry_after;
        error
    }

    pub(super) fn unavailable(message: &str, wait_ms: Option<i64>) -> Self {
        let error = Self::new(503, "UNAVAILABLE", message);
        Self { retry_after: wait_ms.and_then(|wait| Problem::too_many(wait).retry_after), ..error }
    }

    /// The reply, which repeats the request's correlator if that is well-formed.
    pub(super) fn reply(self, request: &HandlerRequest) -> HandlerReply {
        let mut json = Object::new();
        json.number("status", self.status.into());
        json.text("code", self.code);
        json.text("message", &self.message.chars().take(MAX_MESSAGE_CHARACTERS).collect::<String>());
        let mut reply = HandlerReply::json(self.status, json.finish());
        if let Some(challenge) = self.challenge {
            reply = reply.header("www-authenticate", challenge);
        }
        if let Some(seconds) = self.retry_after {
            reply = reply.header("retry-after", alloc::format!("{seconds}"));
        }
        with_correlator(reply, request)
    }
}

/// Translates the handler's own problems.
impl From<Problem> for ErrorInfo {
    fn from(problem: Problem) -> Self {
        let challenge = problem.challenge();
        let code = match problem.status {
            401 => return Self::unauthenticated(),
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            405 => "METHOD_NOT_ALLOWED",
            429 => "TOO_MANY_REQUESTS",
            500 => "INTERNAL",
            503 => "UNAVAILABLE",
            _ => "INVALID_ARGUMENT",
        };
        // CAMARA lists one status for invalid requests.
        let status = if code == "INVALID_ARGUMENT" { 400 } else { problem.status };
        let message = problem.detail.unwrap_or_else(|| problem.title.to_owned());
        Self { status, code, message, retry_after: problem.retry_after, challenge }
    }
}

impl HandlerRequest {
    /// The reply for a problem, in the format of the request's path: `ErrorInfo` below the CAMARA routes, a problem by
    /// RFC 9457 elsewhere. The path may have a base path before it.
    #[must_use]
    pub fn error_reply(&self, problem: Problem) -> HandlerReply {
        if search::find(&self.path, PREFIX).is_some() { ErrorInfo::from(problem).reply(self) } else { problem.into() }
    }
}

/// Repeats the request's correlator, if it is well-formed.
pub(super) fn with_correlator(reply: HandlerReply, request: &HandlerRequest) -> HandlerReply {
    match request.correlator.as_deref().filter(|correlator| is_correlator(correlator)) {
        Some(correlator) => reply.header("x-correlator", correlator),
        None => reply,
    }
}

/// `^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$`
pub(super) fn is_correlator(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:;./<>{}".contains(&byte))
}
