//! Segments: the number of messages that a text is billed as.

use serde::Serialize;

/// A vendor's rule for counting segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Up to 70 UTF-16 units are one message, whatever the script; a longer text is a message for every 67 units begun.
    /// liupai and binstd document 70 (addtemplate: 70个字符为一条短信). Aliyun, Tencent, 云片 and 容联云 document 67 for longer
    /// texts: they divide the number of units, even within a surrogate pair.
    Cn,
    /// The rule of 3GPP TS 23.038 and 23.040: up to 160 septets of the GSM-7 alphabet are one message, and a longer
    /// text has parts of 153. Any other text counts as [`Billing::Ucs2`]. No part ends within a character, such as the
    /// two septets of `€`.
    Gsm,
    /// The same rule for a text outside GSM-7: up to 70 UTF-16 units, or parts of 67. No part ends within a surrogate
    /// pair such as `😀`.
    Ucs2,
}

/// The result of [`count`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The number of messages billed.
    pub segments: usize,
    /// The length of the text: in UTF-16 units, or in septets where GSM-7 is billed.
    pub characters: usize,
}

/// Counts the segments of a text. The empty text has none.
#[must_use]
pub fn count(text: &str, billing: Billing) -> Count {
    match billing {
        Billing::Gsm if is_gsm(text) => pack(text.chars().filter_map(septets), 160, 153),
        Billing::Gsm | Billing::Ucs2 => pack(text.chars().map(char::len_utf16), 70, 67),
        Billing::Cn => divide_cn(units(text)),
    }
}

pub use xinshi_bytes::units;

/// Splits a text after `units` UTF-16 units.
#[must_use]
pub fn split_at_units(text: &str, units: usize) -> (&str, &str) {
    // In ASCII, each unit is one byte.
    if let Some(split) = text.split_at_checked(units).filter(|(before, _)| before.is_ascii()) {
        return split;
    }
    let mut passed = 0;
    let at = text.char_indices().find(|(_, character)| {
        passed += character.len_utf16();
        passed > units
    });
    text.split_at(at.map_or(text.len(), |(at, _)| at))
}

/// The segments of a text with `units` UTF-16 units, by [`Billing::Cn`].
#[must_use]
pub fn divide_cn(units: usize) -> Count {
    divide(units, 70, 67)
}

/// Whether the text fits the GSM-7 alphabet (3GPP TS 23.038, basic table and its extension).
#[must_use]
pub fn is_gsm(text: &str) -> bool {
    text.chars().all(|character| septets(character).is_some())
}

fn divide(characters: usize, single: usize, part: usize) -> Count {
    let segments = if characters <= single { characters.min(1) } else { characters.div_ceil(part) };
    Count { segments, characters }
}

/// Fills parts with characters of one or two units. No part ends within a character.
fn pack(widths: impl Iterator<Item = usize>, single: usize, part: usize) -> Count {
    let (mut characters, mut parts, mut free) = (0, 0, 0);
    for width in widths {
        characters += width;
        if width > free {
            parts += 1;
            free = part;
        }
        free -= width;
    }
    Count { segments: if characters <= single { characters.min(1) } else { parts }, characters }
}

/// The basic table without the ASCII letters and digits, all of which it contains.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The extension table. An escape precedes each of these characters, which so takes two septets.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The number of septets of a character; `None` where the alphabet lacks it.
fn septets(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || GSM_BASIC.chars().any(|basic| basic == character) {
        Some(1)
    } else if GSM_EXTENSION.chars().any(|extended| extended == character) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_billing_counts_segments_of_70_and_67() {
        let segments = |length| count(&"信".repeat(length), Billing::Cn).segments;
        assert_eq!([0, 1, 70, 71, 134, 135, 201, 202].map(segments), [0, 1, 1, 2, 2, 3, 3, 4]);
        assert_eq!(count(&"a".repeat(71), Billing::Cn).segments, 2, "latin counts as much as Chinese");
        assert_eq!(count("😀", Billing::Cn).characters, 2, "UTF-16 units");
        for text in ["", "a", "é信😀", "\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}"] {
            assert_eq!(units(text), text.encode_utf16().count());
        }
        for (units, before) in [(0, ""), (1, "a"), (2, "a信"), (4, "a信😀"), (5, "a信😀b"), (9, "a信😀b")] {
            assert_eq!(split_at_units("a信😀b", units).0, before);
        }
    }

    #[test]
    fn no_segment_splits_a_character() {
        let segments = |billing, parts: &[(&str, usize)]| {
            let text: String = parts.iter().map(|(text, times)| text.repeat(*times)).collect();
            count(&text, billing).segments
        };
        assert_eq!(segments(Billing::Gsm, &[("a", 152), ("€", 1), ("a", 152)]), 3);
        assert_eq!(segments(Billing::Gsm, &[("a", 151), ("€", 1), ("a", 153)]), 2);
        assert_eq!(segments(Billing::Gsm, &[("€", 80)]), 1, "160 septets in one message");
        assert_eq!(segments(Billing::Gsm, &[("€", 81)]), 2);
        assert_eq!(segments(Billing::Gsm, &[("€", 153)]), 3, "76 a part and a septet left");
        assert_eq!(segments(Billing::Gsm, &[("信", 66), ("𠮷", 1), ("信", 66)]), 3);
        assert_eq!(segments(Billing::Gsm, &[("信", 65), ("𠮷", 1), ("信", 67)]), 2);
        assert_eq!(segments(Billing::Gsm, &[("😀", 35)]), 1);
        assert_eq!(segments(Billing::Gsm, &[("😀", 67)]), 3, "33 a part and a unit left");
        assert_eq!(segments(Billing::Cn, &[("信", 66), ("𠮷", 1), ("信", 66)]), 2, "134 units, 67 for each");
        assert_eq!(segments(Billing::Cn, &[("😀", 67)]), 2);
    }

    #[test]
    fn gsm_billing_counts_segments_of_160_and_153() {
        let segments = |length| count(&"a".repeat(length), Billing::Gsm).segments;
        assert_eq!([0, 160, 161, 306, 307].map(segments), [0, 1, 2, 2, 3]);
        assert_eq!(count("€", Billing::Gsm).characters, 2, "an escape and the sign");
        assert_eq!(count(&"信".repeat(71), Billing::Gsm), Count { segments: 2, characters: 71 });
        assert!(!is_gsm("`") && is_gsm("Ärger @ 5 £\n"));
        assert_eq!(GSM_BASIC.chars().count() + 62 + 1, 128, "the whole table but the escape itself");
    }
}
