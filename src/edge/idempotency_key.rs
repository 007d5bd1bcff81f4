//! `Idempotency-Key`: a quoted string of structured fields, by draft-ietf-httpapi-idempotency-key-header, or the same
//! without quotes, as most clients write it. Both are the same key.

use alloc::string::String;

use crate::edge::handler_reply::Problem;
use crate::wire::blank;

/// The length of a key, in characters. A shorter one could belong to two requests by chance.
const KEY_CHARACTERS: core::ops::RangeInclusive<usize> = 16..=256;

/// The key that a header names.
///
/// # Errors
/// 400 where it is not 16 to 256 visible ASCII characters, in quotes or without.
pub(super) fn read(header: &str) -> Result<String, Problem> {
    let header = blank::trim(header);
    let key = if header.starts_with('"') { unquoted(header) } else { Some(header.into()) };
    key.filter(|key| KEY_CHARACTERS.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())).ok_or_else(
        || {
            let detail = "Idempotency-Key is 16 to 256 visible ASCII characters, in double quotes or without";
            Problem::malformed("Idempotency-Key", detail)
        },
    )
}

/// A string of RFC 9651, section 3.3.3. Parameters behind it are ignored.
fn unquoted(header: &str) -> Option<String> {
    let mut key = String::new();
    let mut characters = header.strip_prefix('"')?.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => key.push(characters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            character => key.push(character),
        }
    }
    let rest = characters.as_str();
    (rest.is_empty() || rest.starts_with(';')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_key_equals_the_unquoted_one() {
        let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        for written in [key.to_owned(), format!("\"{key}\""), format!("  \"{key}\" "), format!("\"{key}\";v=1")] {
            assert_eq!(read(&written).unwrap(), key, "{written}");
        }
        assert_eq!(read(r#""a \"key\" of \\16 marks""#).ok(), None, "blanks are not visible");
        assert_eq!(read(r#""a-\"key\"-of-\\16-marks""#).unwrap(), r#"a-"key"-of-\16-marks"#);
    }

    #[test]
    fn invalid_key_is_rejected() {
        let key = "k".repeat(20);
        for written in [
            String::new(),
            "k".repeat(15),
            "k".repeat(257),
            format!("\"{}\"", "k".repeat(15)),
            format!("\"{key}"),
            format!("\"{key}\"{key}"),
            format!("\"{key}\" ;v"),
            format!("\"{key}\\k\""),
            format!("{key}, {key}"),
            format!("\"{key}\", \"{key}\""),
            format!("{key}é"),
        ] {
            let problem = read(&written).unwrap_err();
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some("Idempotency-Key")), "{written}");
        }
    }
}
