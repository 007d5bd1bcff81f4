//! Segments: how many messages a text is billed as.

use serde::Serialize;

/// How a vendor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// 70 UTF-16 units a message whatever the script, and once it is longer, a message for every 67 begun. liupai and binstd
    /// say 70 (addtemplate: 70个字符为一条短信). 67 is what Aliyun, Tencent, 云片 and 容联云 document for longer texts: they divide
    /// the number of characters, wherever a pair of units falls.
    Cn,
    /// As a phone receives it (3GPP TS 23.038 and 23.040): 160 septets of the GSM-7 alphabet a message, or 153 a part; any other
    /// text as [`Billing::Ucs2`]. No part ends within a character: between the two septets of `€`, say.
    Gsm,
    /// As a phone receives what is not sent as GSM-7: 70 UTF-16 units a message, or 67 a part, none of which ends between the two
    /// units of `😀`.
    Ucs2,
}

/// What [`count`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Messages billed.
    pub segments: usize,
    /// Characters counted: UTF-16 units, or septets where GSM-7 is billed.
    pub characters: usize,
}

/// Counts the segments of a text. The empty text is none.
#[must_use]
pub fn count(text: &str, billing: Billing) -> Count {
    match billing {
        Billing::Gsm if is_gsm(text) => pack(text.chars().filter_map(septets), 160, 153),
        Billing::Gsm | Billing::Ucs2 => pack(text.chars().map(char::len_utf16), 70, 67),
        Billing::Cn => divide_cn(units(text)),
    }
}

pub use xinshi_bytes::units;

/// What a text has before and behind so many UTF-16 units.
#[must_use]
pub fn split_at_units(text: &str, units: usize) -> (&str, &str) {
    // A unit each, as a byte.
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

/// The segments of so many UTF-16 units.
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

/// Puts characters of one or two places into parts, none of which ends within a character.
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

/// The basic table without the ASCII letters and digits, which are all in it.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Reached through an escape, so that each takes two septets.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many septets a character takes; nothing where the alphabet lacks it.
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
    fn chinese_billing_has_its_edges_at_70_and_67() {
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
    fn no_part_ends_within_a_character() {
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
    fn gsm_billing_has_its_edges_at_160_and_153() {
        let segments = |length| count(&"a".repeat(length), Billing::Gsm).segments;
        assert_eq!([0, 160, 161, 306, 307].map(segments), [0, 1, 2, 2, 3]);
        assert_eq!(count("€", Billing::Gsm).characters, 2, "an escape and the sign");
        assert_eq!(count(&"信".repeat(71), Billing::Gsm), Count { segments: 2, characters: 71 });
        assert!(!is_gsm("`") && is_gsm("Ärger @ 5 £\n"));
        assert_eq!(GSM_BASIC.chars().count() + 62 + 1, 128, "the whole table but the escape itself");
    }
}
