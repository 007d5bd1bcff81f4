//! [`GatewaySend`]: a login server's request, without its format.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::handler_reply::Problem;
use crate::phone::Phone;
use crate::wire::json::Json;

/// The maximum length of a text, in characters.
const MAX_TEXT_CHARACTERS: usize = 500;
/// The length of a code, in characters.
const CODE_CHARACTERS: core::ops::RangeInclusive<usize> = 4..=12;

/// A login server's request, without its format.
#[derive(Debug)]
pub struct GatewaySend {
    /// The receiver.
    pub phone: Phone,
    /// The code or the text.
    pub content: GatewayContent,
    /// The person's address, as it was written.
    pub address: Option<String>,
    /// The language of our text.
    pub locale: Option<String>,
    /// The purpose of the code.
    pub purpose: Option<String>,
    /// The id of the user.
    pub user: Option<String>,
}

/// The code or the text of a login server.
pub enum GatewayContent {
    /// A code, which our text gets.
    Code(String),
    /// A whole text, which gets our signature if it has none.
    Text(String),
}

/// A code must not reach a log.
impl core::fmt::Debug for GatewayContent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(crate::secret::REDACTED)
    }
}

impl GatewaySend {
    /// A send with nothing but what every login server names.
    pub const fn new(phone: Phone, content: GatewayContent) -> Self {
        Self { phone, content, address: None, locale: None, purpose: None, user: None }
    }
}

impl GatewayContent {
    /// The code or the text itself.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Code(code) | Self::Text(code) => code,
        }
    }

    /// Reads a code: letters and digits. `field` is its place in the request.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn code(code: Option<&str>, field: &str) -> Result<Self, Problem> {
        match code {
            Some(code) if is_code(code) => Ok(Self::Code(code.to_owned())),
            None | Some("") => Err(missing(field)),
            Some(_) => Err(Problem::malformed(field, "a code is 4 to 12 letters or digits")),
        }
    }

    /// Reads a text; one that is nothing but a code is that code.
    ///
    /// # Errors
    /// 400 for a text that is missing or too long, or that has control characters but line feeds.
    pub fn text(text: Option<&str>, field: &str) -> Result<Self, Problem> {
        let text = text.unwrap_or_default().replace("\r\n", "\n");
        let text = text.trim();
        if is_code(text) {
            return Ok(Self::Code(text.to_owned()));
        }
        if text.is_empty() {
            return Err(missing(field));
        }
        let is_control = |character: char| character.is_control() && character != '\n';
        if text.chars().count() > MAX_TEXT_CHARACTERS || text.chars().any(is_control) {
            let detail = "a text is at most 500 characters, without control characters other than line feeds";
            return Err(Problem::malformed(field, detail));
        }
        Ok(Self::Text(text.to_owned()))
    }
}

fn is_code(text: &str) -> bool {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    CODE_CHARACTERS.contains(&text.len()) && has_digit && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Reads a number. `field` is its place in the request.
///
/// # Errors
/// 400 for a number that takes no texts.
pub fn phone(written: Option<&str>, field: &str) -> Result<Phone, Problem> {
    let written = written.filter(|written| !written.is_empty()).ok_or_else(|| missing(field))?;
    if written.len() > 64 {
        return Err(Problem::malformed(field, "a number has at most 64 characters"));
    }
    Phone::parse(written).map_err(|error| Problem::malformed(field, error.message.as_str()))
}

/// The value at a path of names and indexes, `user.phones.0`.
pub fn find<'j, 'a>(json: &'j Json<'a>, path: &str) -> Option<&'j Json<'a>> {
    path.split('.').try_fold(json, |value, name| match value.list() {
        Some(list) => list.get(name.parse::<usize>().ok()?),
        None => value.member(name),
    })
}

/// The text or number at a path; `None` for an empty one.
pub fn text_at<'j>(json: &'j Json<'_>, path: &str) -> Option<&'j str> {
    find(json, path)?.text().filter(|text| !text.is_empty())
}

fn missing(field: &str) -> Problem {
    Problem::malformed(field, [field, " is missing"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    #[test]
    fn a_code_is_read_and_is_in_no_debug_text() {
        let code = GatewayContent::code(Some("0M53RF"), "args.code").unwrap();
        assert_eq!((code.as_str(), format!("{code:?}").as_str()), ("0M53RF", "[redacted]"));
        assert!(
            matches!(GatewayContent::text(Some(" 123456\r\n"), "content"), Ok(GatewayContent::Code(code)) if code == "123456")
        );
        assert!(matches!(GatewayContent::text(Some("Code 123456"), "content"), Ok(GatewayContent::Text(_))));
        assert!(
            matches!(GatewayContent::text(Some("Welcome"), "content"), Ok(GatewayContent::Text(_))),
            "a word is no code"
        );
        for code in [None, Some(""), Some("12 34"), Some("123"), Some("{code}"), Some("{validity}1"), Some("１２３４")]
        {
            let problem = GatewayContent::code(code, "sms.otp").unwrap_err();
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some("sms.otp")));
        }
        for text in [None, Some("  "), Some("a\u{7}1 b"), Some("长".repeat(501).as_str())] {
            assert_eq!(GatewayContent::text(text, "content").unwrap_err().status, 400);
        }
    }

    #[test]
    fn a_path_has_names_and_indexes() {
        let json = json::parse(br#"{"user":{"phones":["+8613812345678"],"code":123456,"none":null}}"#).unwrap();
        assert_eq!(text_at(&json, "user.phones.0"), Some("+8613812345678"));
        assert_eq!(text_at(&json, "user.code"), Some("123456"));
        for path in ["user.phones.1", "user.phones.x", "user.none", "user", "user.code.0", ""] {
            assert_eq!(text_at(&json, path), None, "{path}");
        }
    }
}
