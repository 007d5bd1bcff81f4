//! What the host tells of an exchange that ended without a whole reply.

use alloc::string::String;

use xinshi::client::transport::{Failure, TransportError};

/// `aborted`, `aborted-before`, `timeout`, `too-long`, or else what the host tells of the failure. `by_host` says that the
/// `fetch` is the host's own, and not one that the caller passed.
pub fn failure(why: &str, code: Option<String>, syscall: Option<String>, by_host: bool) -> TransportError {
    match why {
        "aborted" => TransportError::AbortedAfter,
        "aborted-before" => TransportError::AbortedBefore,
        "timeout" => TransportError::Timeout,
        "too-long" => TransportError::TooLong,
        _ => TransportError::Failed(Failure { code, syscall, by_host, cause: None }),
    }
}
