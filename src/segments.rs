//! Segments: how many messages a text is billed as.

/// How a vendor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// 70 UTF-16 units a message whatever the script, 67 a part once it is longer (liupai, addtemplate: 70 个字符为一条).
    Cn,
    /// 160 septets of the GSM-7 alphabet a message or 153 a part; any other text as [`Billing::Cn`].
    Gsm,
}

/// What [`count`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        Billing::Gsm => septets(text).map_or_else(|| divide_cn(units(text)), |septets| divide(septets, 160, 153)),
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
    septets(text).is_some()
}

fn divide(characters: usize, single: usize, part: usize) -> Count {
    let segments = if characters <= single { characters.min(1) } else { characters.div_ceil(part) };
    Count { segments, characters }
}

/// The basic table without the ASCII letters and digits, which are all in it.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Reached through an escape, so that each takes two septets.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, character| {
        let width = match character {
            _ if character.is_ascii_alphanumeric() || GSM_BASIC.chars().any(|basic| basic == character) => 1,
            _ if GSM_EXTENSION.chars().any(|extended| extended == character) => 2,
            _ => return None,
        };
        Some(sum + width)
    })
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
    fn gsm_billing_has_its_edges_at_160_and_153() {
        let segments = |length| count(&"a".repeat(length), Billing::Gsm).segments;
        assert_eq!([0, 160, 161, 306, 307].map(segments), [0, 1, 2, 2, 3]);
        assert_eq!(count("€", Billing::Gsm).characters, 2, "an escape and the sign");
        assert_eq!(count(&"信".repeat(71), Billing::Gsm), Count { segments: 2, characters: 71 });
        assert!(!is_gsm("`") && is_gsm("Ärger @ 5 £\n"));
        assert_eq!(GSM_BASIC.chars().count() + 62 + 1, 128, "the whole table but the escape itself");
    }
}
