//! Finds one text in another. The standard library's search is made for long texts and brings 4 KB of code; the texts
//! here have about seventy characters.

use alloc::string::String;

/// The byte position of the first `needle` in `text`.
#[must_use]
pub fn find(text: &str, needle: &str) -> Option<usize> {
    places(text, needle)?.find(|at| stands_at(text, needle, *at))
}

/// The byte position of the last `needle` in `text`.
#[must_use]
pub fn find_last(text: &str, needle: &str) -> Option<usize> {
    places(text, needle)?.rfind(|at| stands_at(text, needle, *at))
}

/// Whether `text` contains `needle`.
#[must_use]
pub fn contains(text: &str, needle: &str) -> bool {
    find(text, needle).is_some()
}

/// The text before and after the first `needle`.
#[must_use]
pub fn split<'a>(text: &'a str, needle: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}

/// The text with every `needle` replaced by `by`. Replacements are not searched again.
#[must_use]
pub fn replaced(mut text: &str, needle: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    while let Some((before, behind)) = split(text, needle) {
        replaced.push_str(before);
        replaced.push_str(by);
        text = behind;
    }
    replaced.push_str(text);
    replaced
}

/// The byte positions at which a text of `needle`'s length fits.
fn places(text: &str, needle: &str) -> Option<core::ops::RangeInclusive<usize>> {
    Some(0..=text.len().checked_sub(needle.len())?)
}

fn stands_at(text: &str, needle: &str, at: usize) -> bool {
    // Most places differ in their first byte.
    text.as_bytes().get(at) == needle.as_bytes().first() && text.as_bytes()[at..].starts_with(needle.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_agrees_with_the_standard_library() {
        let texts = ["", "a", "aa", "aaab", "信使【信】信", "】【", "a'b''c'", "没有"];
        for text in texts {
            for needle in ["a", "aa", "b", "信", "【", "】", "'", "信使", "aaaab"] {
                assert_eq!(find(text, needle), text.find(needle), "{text} {needle}");
                assert_eq!(find_last(text, needle), text.rfind(needle), "{text} {needle}");
                assert_eq!(contains(text, needle), text.contains(needle), "{text} {needle}");
                assert_eq!(split(text, needle), text.split_once(needle), "{text} {needle}");
                assert_eq!(replaced(text, needle, "a信"), text.replace(needle, "a信"), "{text} {needle}");
            }
        }
    }
}
