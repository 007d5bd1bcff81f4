//! [`Transport`]: the only way out of the house.

use crate::error::{Code, SmsError};
use crate::wire::{WireReply, WireRequest};

/// Carries one request and brings its reply, within a time and a size.
pub trait Transport {
    /// Sends the request once: no retry, no redirect followed.
    fn call(&self, request: &WireRequest) -> impl Future<Output = Result<WireReply, TransportError>>;

    /// Whether the caller has given up, so that nothing more may be tried.
    fn aborted(&self) -> bool;
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The connection failed. The code is the system's (`ECONNREFUSED`), where the host tells it.
    Failed {
        /// The system's code.
        system_code: Option<String>,
    },
    /// No whole reply came in time.
    Timeout,
    /// The caller aborted before the request left.
    AbortedBefore,
    /// The caller aborted after the request left.
    AbortedAfter,
    /// The reply is longer than [`crate::wire::reply::LONGEST_REPLY`].
    TooLong,
}

impl From<TransportError> for SmsError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Failed { system_code: Some(code) } if !is_system_code(&code) => {
                TransportError::Failed { system_code: None }.into()
            }
            TransportError::Failed { system_code: Some(code) } if was_never_made(&code) => {
                Self::refused(Code::Network, format!("the connection was never made ({code})"))
            }
            // The host's own message may hold the URL and with it a key, so only the code is repeated.
            TransportError::Failed { system_code: Some(code) } => {
                Self::uncertain(Code::Network, format!("the connection failed ({code}) and the vendor may have acted"))
            }
            TransportError::Failed { system_code: None } => {
                Self::uncertain(Code::Network, "the connection failed and the vendor may have acted")
            }
            TransportError::Timeout => {
                Self::uncertain(Code::Timeout, "no whole reply came in time and the vendor may have acted")
            }
            TransportError::AbortedBefore => Self::refused(Code::Aborted, "aborted before anything was sent"),
            TransportError::AbortedAfter => {
                Self::uncertain(Code::Aborted, "aborted after the request left, and the vendor may have acted")
            }
            TransportError::TooLong => Self::bad_reply("the reply is longer than 1 MiB"),
        }
    }
}

/// Whether it is a plain word: anything else may be a message, and hold what no error may.
fn is_system_code(code: &str) -> bool {
    code.len() <= 48 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Codes of failures that come before a byte of the request could leave: name, route, handshake.
fn was_never_made(system_code: &str) -> bool {
    const BEFORE: [&str; 11] = [
        "ECONNREFUSED",
        "ENOTFOUND",
        "EAI_AGAIN",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "UND_ERR_CONNECT_TIMEOUT",
        "ConnectionRefused",
        "CERT_HAS_EXPIRED",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ];
    BEFORE.contains(&system_code) || system_code.starts_with("ERR_TLS_CERT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Sent;

    #[test]
    fn only_a_connection_never_made_is_certain() {
        let sent =
            |code: Option<&str>| SmsError::from(TransportError::Failed { system_code: code.map(str::to_owned) }).sent;
        assert_eq!(sent(Some("ECONNREFUSED")), Sent::No);
        assert_eq!(sent(Some("ECONNRESET")), Sent::Maybe);
        assert_eq!(sent(Some("anything new")), Sent::Maybe);
        assert_eq!(sent(None), Sent::Maybe);
        let leaky = TransportError::Failed { system_code: Some("http://x/?appkey=hunter2".to_owned()) };
        assert!(!SmsError::from(leaky).message.contains("hunter2"));
    }
}
