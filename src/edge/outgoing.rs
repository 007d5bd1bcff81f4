//! [`Outgoing`]: a request to anybody but a vendor: a captcha's provider, or the user's webhook.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A POST. Redirects are not followed. Its `Debug` shows neither the URL nor the body, which may hold a secret or a number.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long the answer may take, in milliseconds.
    pub timeout_ms: u32,
    /// Bytes of the answer's body that are read at most; with 0 the status alone counts, and the body is given up.
    pub max_bytes: usize,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("timeout_ms", &self.timeout_ms).finish_non_exhaustive()
    }
}
