//! [`Transport`]: carries requests to vendors. The client has no other access to the network.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Code, SmsError};
use crate::search;
use crate::wire::{WireReply, WireRequest};

/// Sends one request and returns its reply, within a limit of time and of size.
pub trait Transport {
    /// Sends the request once: no retry, no redirect followed.
    fn call(&self, request: &WireRequest) -> impl Future<Output = Result<WireReply, TransportError>>;

    /// Whether the caller aborted, so that no other attempt may begin.
    fn aborted(&self) -> bool;

    /// The time in milliseconds since the Unix epoch.
    fn now(&self) -> i64;

    /// The part of a reply that broke off. The client asks once, after a call that failed.
    fn received(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// The reason why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The connection failed.
    Failed(ConnectionFailure),
    /// No complete reply arrived in time.
    Timeout,
    /// The caller aborted before the request left.
    AbortedBefore,
    /// The caller aborted after the request left.
    AbortedAfter,
    /// The reply is longer than 16 MiB. apiv1 documents no limit to a pull, which has 130 bytes a record.
    TooLong,
}

/// The host's description of a failed connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFailure {
    /// The system's code, such as `ECONNREFUSED`.
    pub code: Option<String>,
    /// The system call that failed, such as `connect`.
    pub syscall: Option<String>,
    /// The host's message, which is searched and never repeated.
    pub cause: Option<String>,
    /// Whether the host's own `fetch` failed. A caller's `fetch` may have retried before it failed.
    pub by_host: bool,
}

/// Extracts the JSON from a JSONP reply; returns any other reply unchanged.
///
/// # Errors
/// The failure of the connection, or `bad_reply` where a JSONP reply is not one call.
pub(super) fn without_callback(
    request: &WireRequest,
    replied: Result<WireReply, TransportError>,
) -> Result<WireReply, SmsError> {
    let reply = replied?;
    let Some(callback) = &request.callback else { return Ok(reply) };
    match reply.document().and_then(|document| callback.json_of(document)) {
        Ok(document) => Ok(WireReply { status: reply.status, body: document.to_vec() }),
        Err(mut error) => {
            error.raw = Some(reply.body);
            Err(error)
        }
    }
}

impl From<TransportError> for SmsError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Failed(failure) => {
                // The host's message may contain the URL and so a key; the error repeats only the code.
                let code = failure.code.as_deref().filter(|code| is_system_code(code));
                let shown = code.map(|code| [" (", code, ")"].concat()).unwrap_or_default();
                if failure.was_never_connected() {
                    Self::not_sent(Code::Network, ["the connection was never made", &shown].concat())
                } else {
                    Self::maybe_sent(
                        Code::Network,
                        ["the connection failed", &shown, " and the vendor may have acted"].concat(),
                    )
                }
            }
            TransportError::Timeout => {
                Self::maybe_sent(Code::Timeout, "no whole reply came in time and the vendor may have acted")
            }
            TransportError::AbortedBefore => Self::not_sent(Code::Aborted, "aborted before anything was sent"),
            TransportError::AbortedAfter => {
                Self::maybe_sent(Code::Aborted, "aborted after the request left, and the vendor may have acted")
            }
            TransportError::TooLong => Self::bad_reply("the reply is longer than 16 MiB"),
        }
    }
}

impl ConnectionFailure {
    /// A request that the host could not send at all.
    #[must_use]
    pub fn not_connected() -> Self {
        Self { code: Some(NOT_CONNECTED.into()), by_host: true, ..Self::default() }
    }

    /// Whether the connection failed before any byte of the request left. A connection that was made can end with the
    /// codes of one that was not, so the system call counts as well, where the host names it.
    fn was_never_connected(&self) -> bool {
        const CONNECTING: [&str; 7] = [
            "ECONNREFUSED",
            "ENOTFOUND",
            "EAI_AGAIN",
            "UND_ERR_CONNECT_TIMEOUT",
            "ConnectionRefused",
            "ERR_INVALID_URL",
            NOT_CONNECTED,
        ];
        /// Codes that mean that no connection was made only if `connect` failed, or if the host names no system call.
        const UNREACHABLE: [&str; 3] = ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];
        const CERTIFICATE: [&str; 4] = [
            "CERT_HAS_EXPIRED",
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ];
        /// Deno's message for a connection that was never made. Deno gives no code.
        const NEVER_CONNECTED: &str = "client error (Connect)";
        /// The message of Node.js for a port that its fetch blocks, such as 6000. It gives no code.
        const BLOCKED: &str = "bad port";
        let code = self.code.as_deref().unwrap_or_default();
        let says_unconnected =
            self.cause.as_deref().is_some_and(|cause| cause == BLOCKED || search::contains(cause, NEVER_CONNECTED));
        let is_unconnected = match self.syscall.as_deref() {
            Some("connect" | "getaddrinfo") => CONNECTING.contains(&code) || UNREACHABLE.contains(&code),
            Some(_) => false,
            None => CONNECTING.contains(&code) || CERTIFICATE.contains(&code) || code.starts_with("ERR_TLS_CERT"),
        };
        (is_unconnected || says_unconnected) && self.by_host
    }
}

/// Our own code, for a request that never reached the host.
const NOT_CONNECTED: &str = "XINSHI_NOT_CONNECTED";

/// Whether a code is one plain word. Any other text may be a message and contain a secret.
fn is_system_code(code: &str) -> bool {
    code.len() <= 48 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Sent;

    fn failure(code: &str, syscall: Option<&str>, by_host: bool) -> SmsError {
        let failure = ConnectionFailure {
            code: Some(code.to_owned()),
            syscall: syscall.map(str::to_owned),
            cause: None,
            by_host,
        };
        TransportError::Failed(failure).into()
    }

    #[test]
    fn only_a_refused_connection_is_certainly_unsent() {
        assert_eq!(failure("ECONNREFUSED", Some("connect"), true).sent, Sent::No);
        assert_eq!(failure("ENOTFOUND", Some("getaddrinfo"), true).sent, Sent::No);
        assert_eq!(failure("ECONNREFUSED", None, true).sent, Sent::No, "several addresses, none of which answered");
        assert_eq!(failure("EHOSTUNREACH", Some("connect"), true).sent, Sent::No);
        assert_eq!(failure("CERT_HAS_EXPIRED", None, true).sent, Sent::No);
        for (code, syscall) in [
            ("EHOSTUNREACH", Some("read")),
            ("ECONNREFUSED", Some("read")),
            ("EHOSTUNREACH", None),
            ("ECONNRESET", Some("read")),
            ("anything new", None),
        ] {
            assert_eq!(failure(code, syscall, true).sent, Sent::Maybe, "{code} {syscall:?}");
        }
        assert_eq!(failure("ECONNREFUSED", Some("connect"), false).sent, Sent::Maybe, "a caller's fetch may retry");
        assert_eq!(SmsError::from(TransportError::Failed(ConnectionFailure::default())).sent, Sent::Maybe);
    }

    #[test]
    fn denos_message_reveals_a_refused_connection() {
        let sent_after = |cause: &str, by_host| {
            let failure = ConnectionFailure { cause: Some(cause.to_owned()), by_host, ..ConnectionFailure::default() };
            SmsError::from(TransportError::Failed(failure)).sent
        };
        let words = "client error (Connect): tcp connect error: Connection refused (os error 111)";
        assert_eq!(sent_after(words, true), Sent::No);
        assert_eq!(sent_after(words, false), Sent::Maybe, "a caller's fetch may retry");
        assert_eq!(sent_after("client error (SendRequest): connection error: reset", true), Sent::Maybe);
    }

    #[test]
    fn nodes_message_reveals_a_blocked_port() {
        let sent_after = |cause: &str, by_host| {
            let failure = ConnectionFailure { cause: Some(cause.to_owned()), by_host, ..ConnectionFailure::default() };
            SmsError::from(TransportError::Failed(failure)).sent
        };
        assert_eq!((sent_after("bad port", true), sent_after("bad port", false)), (Sent::No, Sent::Maybe));
        assert_eq!(sent_after("bad port number in a reply", true), Sent::Maybe);
    }

    #[test]
    fn error_code_that_is_a_sentence_is_omitted() {
        assert!(!failure("http://x/?appkey=hunter2", None, true).message.contains("hunter2"));
    }
}
