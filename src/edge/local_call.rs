//! [`LocalCall`]: a call of the code that runs the handler, answered as a request to the same route would be.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::handler_reply::HandlerReply;
use crate::edge::handler_request::{Body, HandlerRequest};
use crate::search;
use crate::wire::json_writer::Object;

/// A call of `send`, `verify` or `status`.
#[derive(Debug)]
pub struct LocalCall {
    /// The route.
    pub operation: LocalOperation,
    /// The address of the person; `None` for a back end.
    pub address: Option<String>,
    /// One of `apiTokens`, for a back end.
    pub token: Option<String>,
    /// The idempotency key of a send.
    pub idempotency_key: Option<String>,
    /// The other members, as a JSON object.
    pub body: String,
}

/// A route that has a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalOperation {
    /// `POST /otp/send`
    Send,
    /// `POST /otp/verify`
    Verify,
    /// `GET /otp/status/{challenge}`
    Status(String),
}

impl LocalCall {
    /// The request of the call, to a handler with this base path.
    #[must_use]
    pub fn into_request(self, base_path: &str) -> HandlerRequest {
        let (method, path) = match &self.operation {
            LocalOperation::Send => ("POST", "/otp/send"),
            LocalOperation::Verify => ("POST", "/otp/verify"),
            LocalOperation::Status(challenge) => {
                // No other text names a challenge, and a slash would make another path of it.
                let is_id = !challenge.is_empty() && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric());
                ("GET", &*["/otp/status/", if is_id { challenge } else { "0" }].concat())
            }
        };
        HandlerRequest {
            method: method.to_owned(),
            path: [base_path, path].concat(),
            address: self.address.unwrap_or_default(),
            authorization: self.token.map(|token| ["Bearer ", &token].concat()),
            content_type: Some("application/json".to_owned()),
            idempotency_key: self.idempotency_key,
            body: Body::Whole(self.body.into_bytes()),
            ..HandlerRequest::default()
        }
    }
}

/// The result of a call, as JSON: `{"ok":true}` with the members of the reply, or `{"ok":false}` with the name of the
/// problem, its status, its document and the seconds to wait.
#[must_use]
pub fn result(reply: &HandlerReply) -> String {
    if reply.status < 300 {
        let members = reply.body.strip_prefix('{').unwrap_or("}");
        return ["{\"ok\":true", if members == "}" { "" } else { "," }, members].concat();
    }
    let mut json = Object::new();
    json.flag("ok", false);
    json.text("error", problem_name(&reply.body));
    json.number("status", reply.status.into());
    let retry_after = reply.headers.iter().find(|(name, _)| *name == "retry-after");
    if let Some((_, seconds)) = retry_after {
        json.json("retryAfter", seconds);
    }
    json.json("problem", &reply.body);
    json.finish()
}

/// The last part of the type of a problem, which is the first member of its document.
fn problem_name(document: &str) -> &str {
    let value = search::split(document, "\"type\":\"").map_or("", |(_, rest)| rest);
    let value = value.split('"').next().unwrap_or_default();
    value.rsplit([':', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::handler_reply::Problem;

    fn call(operation: LocalOperation) -> LocalCall {
        let (address, token) = (Some("192.0.2.1".to_owned()), None);
        LocalCall { operation, address, token, idempotency_key: None, body: "{}".to_owned() }
    }

    #[test]
    fn a_call_is_a_request_to_its_route() {
        let request = call(LocalOperation::Send).into_request("/sms");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/sms/otp/send"));
        assert_eq!((request.address.as_str(), request.bearer()), ("192.0.2.1", None));
        assert!(request.json().is_ok());
        let request = LocalCall { token: Some("t".to_owned()), ..call(LocalOperation::Verify) }.into_request("");
        assert_eq!((request.path.as_str(), request.bearer()), ("/otp/verify", Some("t")));
        for (challenge, path) in
            [("abc", "/otp/status/abc"), ("../admin/stats", "/otp/status/0"), ("", "/otp/status/0")]
        {
            let request = call(LocalOperation::Status(challenge.to_owned())).into_request("");
            assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", path));
        }
    }

    #[test]
    fn a_result_has_the_reply_or_the_problem() {
        assert_eq!(
            result(&HandlerReply::json(202, r#"{"expiresIn":300}"#.to_owned())),
            r#"{"ok":true,"expiresIn":300}"#
        );
        assert_eq!(result(&HandlerReply::json(200, "{}".to_owned())), r#"{"ok":true}"#);
        let reply = HandlerReply::from(Problem::malformed("phone", "phone is missing"));
        assert_eq!(
            result(&reply),
            [r#"{"ok":false,"error":"malformed-request","status":400,"problem":"#, &reply.body, "}"].concat()
        );
        let reply = HandlerReply::from(Problem::too_many(59_001));
        let text = result(&reply);
        assert!(
            text.starts_with(r#"{"ok":false,"error":"quota-exceeded","status":429,"retryAfter":60,"problem":{"#),
            "{text}"
        );
    }
}
