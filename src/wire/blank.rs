//! Blanks around the names and values of a vendor's record, which are no part of them. docs/vendors.md, stated nowhere:
//! trim white space and a byte-order mark before parsing.

use alloc::string::String;

/// A byte-order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Whether a character is invisible: white space of any width, a control character (CR, LF, tab, NUL), a soft hyphen, a
/// zero-width space, a direction mark or a byte-order mark.
#[must_use]
pub const fn is_blank(character: char) -> bool {
    // The standard library's tables of white space cover fewer characters and weigh more.
    matches!(
        character,
        '\0'..=' ' | '\u{7F}'..='\u{A0}' | '\u{AD}' | '\u{61C}' | '\u{1680}' | '\u{180E}' | '\u{2000}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}' | '\u{205F}'..='\u{206F}' | '\u{3000}' | '\u{FEFF}'
    )
}

/// The text without the blanks around it.
#[must_use]
pub fn trim(text: &str) -> &str {
    trim_both(text, false)
}

/// The word without the blanks around it, and without a `+` at its ends, which is a blank that was encoded twice.
#[must_use]
pub fn trim_word(text: &str) -> &str {
    trim_both(text, true)
}

/// Trims blanks at both ends, and also `+` if `plus` is set. Both callers share it so that the module holds the
/// standard library's search once.
fn trim_both(text: &str, plus: bool) -> &str {
    text.trim_matches(|character| is_blank(character) || plus && character == '+')
}

/// The text with every blank removed.
#[must_use]
pub fn removed(text: &str) -> String {
    text.chars().filter(|character| !is_blank(*character)).collect()
}

/// The bytes without the ASCII blanks around them and the byte-order marks before them. Right for UTF-8 and for GBK:
/// neither uses a byte up to the space in a longer character.
#[must_use]
pub fn trim_bytes(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| *byte <= b' ';
    let mut rest = bytes;
    loop {
        match rest.split_first() {
            Some((first, after)) if is_blank(first) => rest = after,
            _ => match rest.strip_prefix(MARK) {
                Some(after) => rest = after,
                None => break,
            },
        }
    }
    let end = rest.iter().rposition(|byte| !is_blank(byte)).map_or(0, |last| last + 1);
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blanks that the tests put around a value, as UTF-8.
    const BLANKS: [&str; 18] = [
        " ", "\t", "\r\n", "\n", "\u{b}", "\u{c}", "\0", "\u{a0}", "\u{3000}", "\u{FEFF}", "\u{200B}", "\u{2028}",
        "\u{ad}", "\u{61c}", "\u{180e}", "\u{2060}", "\u{2066}", "\u{2069}",
    ];

    #[test]
    fn blanks_are_trimmed_at_both_ends_only() {
        for blank in BLANKS {
            for blanks in [blank.to_owned(), blank.repeat(3)] {
                let text = format!("{blanks}好 {blanks}的{blanks}");
                assert_eq!(trim(&text), format!("好 {blanks}的"), "{blank:?}");
                assert_eq!(removed(&text), "好的", "{blank:?}");
                assert_eq!(trim(&blanks), "");
            }
        }
        assert_eq!((trim("+1-2."), removed("+1-2.")), ("+1-2.", "+1-2.".to_owned()));
    }

    #[test]
    fn white_space_and_control_characters_are_blanks() {
        for character in '\0'..=char::MAX {
            assert!(is_blank(character) || !(character.is_whitespace() || character.is_control()), "{character:?}");
            assert!(!(is_blank(character) && character.is_alphanumeric()), "{character:?}");
        }
    }

    #[test]
    fn bytes_are_trimmed_between_characters() {
        assert_eq!(trim_bytes(b" \r\n\xEF\xBB\xBF \xEF\xBB\xBF{} \0\r\n"), b"{}");
        assert_eq!((trim_bytes(b""), trim_bytes(b" \0"), trim_bytes(b"\xEF\xBB\xBF")), (&b""[..], &b""[..], &b""[..]));
        // 退 and 订 in GBK, a full-width blank in GBK, and a byte-order mark behind the text.
        assert_eq!(trim_bytes(b"\xCD\xCB\xB6\xA9 "), b"\xCD\xCB\xB6\xA9");
        assert_eq!(trim_bytes(b"\xA1\xA1a\xA1\xA1"), b"\xA1\xA1a\xA1\xA1");
        assert_eq!(trim_bytes(b"a\xEF\xBB\xBF"), b"a\xEF\xBB\xBF");
    }
}
