//! [`WireReply`]: an HTTP reply, and the checks that all vendors' replies share.

use alloc::vec::Vec;

use crate::decimal;
use crate::error::SmsError;
use crate::wire::json::{self, Json};

/// An HTTP reply with its whole body.
#[derive(Clone, PartialEq, Eq)]
pub struct WireReply {
    /// The HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl WireReply {
    /// The body of a reply with status 200, without a byte-order mark and white space around it.
    ///
    /// Most vendors report failures with status 200 too. Any other status comes from a gateway and not from the vendor.
    ///
    /// # Errors
    /// `bad_reply` for every other status, redirects included: redirects are never followed.
    pub fn document(&self) -> Result<&[u8], SmsError> {
        match self.status {
            200 => Ok(self.trimmed()),
            0 | 300..=399 => {
                let mut error = SmsError::bad_reply(
                    "the vendor's address redirects, and redirects are not followed: correct baseUrl",
                );
                error.http_status = Some(self.status);
                Err(error)
            }
            status => {
                let mut error =
                    SmsError::bad_reply(["HTTP status ", &decimal::decimal(status.into()), " instead of 200"].concat());
                error.http_status = Some(status);
                Err(error)
            }
        }
    }

    /// The JSON object of a reply with any status but a redirect's, for vendors that report failures with other statuses
    /// than 200.
    ///
    /// # Errors
    /// `bad_reply` for any other body, and for redirects.
    pub fn object_of_any_status(&self) -> Result<Json<'_>, SmsError> {
        let document = if matches!(self.status, 0 | 300..=399) { self.document()? } else { self.trimmed() };
        json::parse_reply(document).map_err(|error| self.document().err().unwrap_or(error))
    }

    /// The body without a byte-order mark and white space around it. Only ASCII white space: anything else around a
    /// success makes the reply an unknown one.
    fn trimmed(&self) -> &[u8] {
        self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.body).trim_ascii()
    }
}
