//! JSON as the vendors write it: numbers as strings or as numbers, ids above 2^53, envelopes that vary.

use nojson::{JsonValueKind, RawJson, RawJsonValue};

use crate::error::SmsError;

/// Parses a reply.
///
/// # Errors
/// `bad_reply` where it is not one JSON object.
pub fn parse(document: &[u8]) -> Result<RawJson<'_>, SmsError> {
    let text = std::str::from_utf8(document).map_err(|_| SmsError::bad_reply("the reply is not UTF-8"))?;
    let json = RawJson::parse(text).map_err(|_| SmsError::bad_reply("the reply is not JSON"))?;
    if json.value().kind() == JsonValueKind::Object {
        Ok(json)
    } else {
        Err(SmsError::bad_reply("the reply is not a JSON object"))
    }
}

/// A member of an object, or nothing where it is absent, null, or the value is no object.
#[must_use]
pub fn member<'text, 'raw>(value: RawJsonValue<'text, 'raw>, name: &str) -> Option<RawJsonValue<'text, 'raw>> {
    let member = value.to_member(name).ok()?.optional()?;
    (member.kind() != JsonValueKind::Null).then_some(member)
}

/// A string or a number as text, to the last digit.
#[must_use]
pub fn text(value: RawJsonValue<'_, '_>) -> Option<String> {
    match value.kind() {
        JsonValueKind::String => value.to_unquoted_string_str().ok().map(std::borrow::Cow::into_owned),
        JsonValueKind::Integer | JsonValueKind::Float => Some(value.as_raw_str().to_owned()),
        _ => None,
    }
}

/// [`text`] of a [`member`].
#[must_use]
pub fn text_of(value: RawJsonValue<'_, '_>, name: &str) -> Option<String> {
    member(value, name).and_then(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_every_digit() {
        let json = parse(br#"{"message_id":2026083116353908975,"uid":null,"count":"1"}"#).unwrap();
        assert_eq!(text_of(json.value(), "message_id").as_deref(), Some("2026083116353908975"));
        assert_eq!(text_of(json.value(), "count").as_deref(), Some("1"));
        assert_eq!(text_of(json.value(), "uid"), None);
        assert_eq!(text_of(json.value(), "absent"), None);
    }

    #[test]
    fn hostile_replies_are_errors() {
        let deep = "[".repeat(1 << 20);
        for reply in ["", "[]", "null", "{", r#"{"a":1}{"#, "<html>", r#"{"a":01}"#, deep.as_str()] {
            assert!(parse(reply.as_bytes()).is_err(), "{reply:.20}");
        }
        assert!(parse(b"{\"a\":\"\xFF\"}").is_err());
    }
}
