//! [`Outgoing`]: a request to any server but a vendor's: a captcha provider, or the user's webhook.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A POST. Redirects are not followed. Its `Debug` shows neither the URL nor the body, which may contain a secret or a
/// number.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// The time limit for the answer, in milliseconds.
    pub timeout_ms: u32,
    /// The maximum length of the answer's body, in bytes; 0 reads only the status and cancels the body.
    pub max_bytes: usize,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("timeout_ms", &self.timeout_ms).finish_non_exhaustive()
    }
}
