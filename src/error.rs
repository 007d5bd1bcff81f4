//! [`SmsError`]: the one error of the package. Its code says what a caller may do after it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};

use crate::wire::json_writer::Object;

/// The kind of failure, from a closed list. Each code says what the caller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A value given to xinshi is of the wrong type, misspelt or out of range: correct the field named.
    InvalidArgument,
    /// The vendor does not offer this: choose another account or leave the option out.
    Unsupported,
    /// The vendor does not know the key, the user or the password: check the account's configuration.
    Auth,
    /// The vendor rejects the caller's address: have it entered at the vendor.
    ForbiddenIp,
    /// The account's paid texts are used up: top it up.
    Balance,
    /// The phone number is malformed, or the vendor rejects it.
    Number,
    /// The text is empty, too long, or contains a blocked word or a character that the vendor's encoding lacks.
    Content,
    /// The signature (签名, `【…】`) is missing, unknown or not approved.
    Signature,
    /// The template is unknown or not approved.
    Template,
    /// More numbers than one request may carry.
    TooMany,
    /// Too many requests: try later.
    Throttled,
    /// The account is frozen, in review or not allowed to send: ask the vendor.
    Suspended,
    /// The vendor rejected the request for another reason: see the vendor's code and message.
    Vendor,
    /// The reply does not follow the vendor's document. The vendor may have acted.
    BadReply,
    /// The connection failed before a reply arrived.
    Network,
    /// No reply arrived in time.
    Timeout,
    /// The caller's `AbortSignal` ended the call.
    Aborted,
    /// A fault of xinshi's own: report it.
    Internal,
}

impl Code {
    /// Every code.
    pub(crate) const ALL: [Self; 18] = [
        Self::InvalidArgument,
        Self::Unsupported,
        Self::Auth,
        Self::ForbiddenIp,
        Self::Balance,
        Self::Number,
        Self::Content,
        Self::Signature,
        Self::Template,
        Self::TooMany,
        Self::Throttled,
        Self::Suspended,
        Self::Vendor,
        Self::BadReply,
        Self::Network,
        Self::Timeout,
        Self::Aborted,
        Self::Internal,
    ];

    /// The codes of a vendor's rejection.
    #[cfg(feature = "define")]
    pub(crate) fn rejections() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().take(13)
    }

    /// The stable name: `SmsError.code` in JavaScript.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::Unsupported => "unsupported",
            Self::Auth => "auth",
            Self::ForbiddenIp => "forbidden_ip",
            Self::Balance => "balance",
            Self::Number => "number",
            Self::Content => "content",
            Self::Signature => "signature",
            Self::Template => "template",
            Self::TooMany => "too_many",
            Self::Throttled => "throttled",
            Self::Suspended => "suspended",
            Self::Vendor => "vendor",
            Self::BadReply => "bad_reply",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Internal => "internal",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("Code", 0, self.as_str())
    }
}

/// Whether the vendor may have acted. Only [`Sent::No`] allows another attempt elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sent {
    /// The client or the vendor rejected the request, or the connection was never made.
    No,
    /// The request may have arrived: sending it again may send the text twice.
    Maybe,
}

/// An error with its context. Never holds a key, a password or a text.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SmsError(Box<ErrorDetails>);

/// The fields of an [`SmsError`], under their names in JavaScript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails {
    /// The kind of failure.
    pub code: Code,
    /// One sentence in English: what happened and what the caller can do.
    pub message: String,
    /// Whether the vendor may have acted.
    pub sent: Sent,
    /// The vendor that the error is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<&'static str>,
    /// The caller's name of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The vendor's name of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// The path of the caller's field to correct, such as `vendors.main.appkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The vendor's own code, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_code: Option<String>,
    /// The vendor's own message, with credentials and numbers redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_message: Option<String>,
    /// The HTTP status, if it was not 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The body of a pull that could not be read. The vendor has erased its copy.
    #[serde(skip)]
    pub raw: Option<Vec<u8>>,
}

impl SmsError {
    /// An error raised before anything was sent.
    pub fn not_sent(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Sent::No, message)
    }

    /// An error after which the vendor may have acted.
    pub fn maybe_sent(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Sent::Maybe, message)
    }

    /// An error about a wrong field of the caller's.
    pub fn argument(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::not_sent(Code::InvalidArgument, message).field(field)
    }

    /// An error about a reply that does not follow the vendor's document.
    pub fn bad_reply(message: impl Into<String>) -> Self {
        Self::maybe_sent(Code::BadReply, message)
    }

    /// A fault of xinshi itself. The vendor may have acted if a request had left.
    #[must_use]
    pub fn fault(has_left: bool) -> Self {
        let sent = if has_left { Sent::Maybe } else { Sent::No };
        Self::new(Code::Internal, sent, "a fault of xinshi itself, please report it")
    }

    fn new(code: Code, sent: Sent, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorDetails {
            code,
            message: message.into(),
            sent,
            vendor: None,
            account: None,
            operation: None,
            field: None,
            vendor_code: None,
            vendor_message: None,
            http_status: None,
            raw: None,
        }))
    }

    /// Adds the field to correct. A name of the caller's own may be a phone number, which is masked.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(shown_name(&field.into()));
        self
    }

    /// Adds the vendor's code and message, unchanged.
    #[must_use]
    pub fn with_vendor_reply(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.vendor_code = Some(code.into());
        self.vendor_message = Some(message.into()).filter(|message| !message.is_empty());
        self
    }

    /// Adds the account, the vendor and the operation.
    #[must_use]
    pub fn during(mut self, account: &str, vendor: &'static str, operation: &'static str) -> Self {
        self.account = Some(account.to_owned());
        self.vendor = Some(vendor);
        self.operation = Some(operation);
        self
    }
}

/// The maximum length of a caller's name that an error shows whole, in characters. None of our names is longer; a
/// secret given in place of a name may be.
const MAX_NAME_CHARACTERS: usize = 64;

/// The minimum number of digits of a phone number.
const MIN_NUMBER_DIGITS: usize = 7;

/// A caller's name as an error may show it: with phone numbers masked, however their digits are grouped, and cut if it
/// is too long for a name.
#[must_use]
pub fn shown_name(name: &str) -> String {
    let mut shown = Vec::new();
    // The positions of the digits of a run. Only letters end a run: people group numbers in many ways.
    let mut digits = Vec::new();
    let mut rest = name.as_bytes();
    while let Some(first) = rest.first() {
        let (digit, length) = match rest {
            [b'0'..=b'9', ..] => (true, 1),
            // A full-width digit.
            [0xEF, 0xBC, 0x90..=0x99, ..] => (true, 3),
            _ => (false, 1),
        };
        if digit {
            digits.push(shown.len());
            shown.push(b'0' | (rest[length - 1] & 15));
        } else {
            if first.is_ascii_alphabetic() || *first == b'_' {
                mask(&mut shown, &mut digits);
            }
            shown.push(*first);
        }
        rest = &rest[length..];
    }
    mask(&mut shown, &mut digits);
    // The loop changed only whole characters of UTF-8.
    let mut shown = String::from_utf8(shown).unwrap_or_default();
    if let Some((end, _)) = shown.char_indices().nth(MAX_NAME_CHARACTERS) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Masks the digits of a run that may be a phone number, and clears the run.
fn mask(shown: &mut [u8], digits: &mut Vec<usize>) {
    if digits.len() >= MIN_NUMBER_DIGITS {
        for at in &digits[3..(digits.len() - 4).max(5)] {
            shown[*at] = b'*';
        }
    }
    digits.clear();
}

impl Deref for SmsError {
    type Target = ErrorDetails;
    fn deref(&self) -> &ErrorDetails {
        &self.0
    }
}

impl DerefMut for SmsError {
    fn deref_mut(&mut self) -> &mut ErrorDetails {
        &mut self.0
    }
}

impl fmt::Debug for SmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for SmsError {}

impl SmsError {
    /// All fields but [`ErrorDetails::raw`], as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("code", self.code.as_str());
        json.text("message", &self.message);
        json.text("sent", if self.sent == Sent::No { "no" } else { "maybe" });
        json.text_if("vendor", self.vendor);
        json.text_if("account", self.account.as_deref());
        json.text_if("operation", self.operation);
        json.text_if("field", self.field.as_deref());
        json.text_if("vendorCode", self.vendor_code.as_deref());
        json.text_if("vendorMessage", self.vendor_message.as_deref());
        if let Some(status) = self.http_status {
            json.number("httpStatus", status.into());
        }
        json.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_name_contains_no_number_and_is_short() {
        for (name, shown) in [
            ("vendors.main.appkey", "vendors.main.appkey"),
            ("testNumbers.13912347788", "testNumbers.139****7788"),
            ("testNumbers.+4915112347788.x", "testNumbers.+491******7788.x"),
            ("XINSHI_123456", "XINSHI_123456"),
            ("1234567", "123**67"),
            ("号码13912347788x13912347799", "号码139****7788x139****7799"),
            ("testNumbers.139 1234-7788", "testNumbers.139 ****-7788"),
            ("１３９１２３４７７８８", "139****7788"),
            ("", ""),
        ] {
            assert_eq!(shown_name(name), shown);
        }
        assert_eq!(shown_name(&"k".repeat(65)), ["k".repeat(64).as_str(), "…"].concat());
    }
}
