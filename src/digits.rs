//! Digits as people type them: ASCII or full-width, with blanks and hyphens between.

use alloc::string::String;

use crate::wire::blank::is_blank;

/// The value of an ASCII or full-width digit. Digits of other scripts are not read: no keyboard that types them is
/// served here.
#[must_use]
pub const fn value(character: char) -> Option<u8> {
    let first = match character {
        '0'..='9' => '0',
        '０'..='９' => '０',
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "0 to 9")]
    Some((character as u32 - first as u32) as u8)
}

/// Whether a character is a hyphen, a dash or a minus sign, full-width ones included.
#[must_use]
pub const fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// The ASCII digits of a one-time code that a person typed. `None` where the text has anything but digits, blanks and
/// hyphens.
#[must_use]
pub fn typed_code(typed: &str) -> Option<String> {
    let characters = typed.chars().filter(|character| !is_blank(*character) && !is_hyphen(*character));
    characters.map(|character| value(character).map(|digit| char::from(b'0' + digit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_code_is_parsed_with_separators_and_wide_digits() {
        for typed in [
            "123456",
            " 123456\n",
            "123 456",
            "123-456",
            "１２３４５６",
            "１２３\u{3000}４５６",
            "1\u{a0}2\u{2009}3\u{ff0d}4\u{2013}5\u{2014}6",
            "\u{202d}123456\u{202c}",
            "12３45６",
        ] {
            assert_eq!(typed_code(typed).as_deref(), Some("123456"), "{typed:?}");
        }
        assert_eq!(typed_code(" -").as_deref(), Some(""));
        for typed in ["12345O", "١٢٣٤٥٦", "一二三四五六", "①②③④⑤⑥", "123.456", "+123456", "123,456"]
        {
            assert_eq!(typed_code(typed), None, "{typed}");
        }
    }
}
