//! JSONP: a reply that calls a function of the page with its JSON (liupai.txt and binstd.txt, 支持格式).
//!
//! Outside a page's own script tag no part of the reply is evaluated: this module takes it apart, or rejects it.

use alloc::string::String;

use crate::error::SmsError;
use crate::reference;

/// The number of random bytes that [`Callback::generate`] takes.
pub const ENTROPY_BYTES: usize = 16;

/// The name of a function that one reply may call: `xinshi_` and 16 random letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback(String);

impl Callback {
    /// Makes a name that nobody can guess.
    #[must_use]
    pub fn generate(entropy: [u8; ENTROPY_BYTES]) -> Self {
        Self("xinshi_".chars().chain(reference::random_characters(&entropy)).collect())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON that a reply passes to the function.
    ///
    /// # Errors
    /// `bad_reply` where the reply is not exactly one call of this function, with an optional semicolon. The text
    /// between the parentheses may still be no JSON.
    pub fn json_of<'a>(&self, reply: &'a [u8]) -> Result<&'a [u8], SmsError> {
        let call = reply.strip_suffix(b";").unwrap_or(reply).trim_ascii();
        let arguments = call.strip_prefix(self.0.as_bytes()).map(<[u8]>::trim_ascii_start);
        let arguments = arguments.and_then(|rest| rest.strip_prefix(b"(")).and_then(|rest| rest.strip_suffix(b")"));
        arguments.ok_or_else(|| SmsError::bad_reply("the reply is not one call of the callback"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    #[test]
    fn callback_name_is_an_identifier_of_16_random_characters() {
        let name = Callback::generate([255; ENTROPY_BYTES]);
        assert_eq!(name.as_str().len(), 23);
        assert!(
            name.as_str().starts_with("xinshi_")
                && name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        );
        assert_ne!(name, Callback::generate([0; ENTROPY_BYTES]));
    }

    #[test]
    fn only_one_call_with_json_is_accepted() {
        let callback = Callback(String::from("cb"));
        let read = |reply: &str| {
            callback
                .json_of(reply.as_bytes())
                .ok()
                .and_then(|json| json::parse_reply(json).ok().map(|json| json.whole_of("a")))
        };
        for reply in [r#"cb({"a":1})"#, r#"cb({"a":1});"#, r#"cb ( {"a":1} ) ;"#, "cb(\n{\"a\":1}\n)"] {
            assert_eq!(read(reply), Some(Some(1)), "{reply}");
        }
        for reply in [
            "",
            r#"{"a":1}"#,
            r#"cb({"a":1}))"#,
            r#"cb({"a":1});cb({"a":2})"#,
            r#"cb({"a":1}),evil()"#,
            r#"cb({"a":evil()})"#,
            r#"other({"a":1})"#,
            r#"xcb({"a":1})"#,
            r#"cb({"a":1});;"#,
            r#"cb;({"a":1})"#,
            r#"(cb({"a":1}))"#,
            r#"typeof cb==="function"&&cb({"a":1})"#,
            r#"/**/cb({"a":1})"#,
            "cb()",
            "cb(",
            "cb",
        ] {
            assert_eq!(read(reply), None, "{reply}");
        }
    }
}
