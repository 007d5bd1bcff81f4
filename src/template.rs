//! [`Template`]: a text with placeholders for values, `{value0}`, `{value1}`, …, in smsadmin's syntax (`post_send_ddt`,
//! msg).

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use xinshi_bytes::{has_one_of, pieces, units};

use crate::decimal;
use crate::error::SmsError;
use crate::search;

/// A text with one placeholder for each of its values, numbered from 0.
pub struct Template {
    text: Rc<str>,
    /// Start, end and value number of each placeholder, in the order of the text. Start and end are in bytes.
    places: Vec<(usize, usize, usize)>,
}

/// The text that begins a placeholder; a number and a closing brace follow.
pub const PLACE: &str = "{value";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// `invalid_argument` where a number is missing or occurs twice (变量标识符号不能重复), or where there is no placeholder.
    pub fn parse(text: &str) -> Result<Self, SmsError> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = search::find(&text[from..], PLACE) {
            let start = from + at;
            from = start + PLACE.len();
            let rest = &text[from..];
            let number = search::split(rest, "}").and_then(|(digits, _)| Some((digits.len(), place(digits)?)));
            if let Some((digits, number)) = number {
                places.push((start, start + PLACE.len() + digits + 1, number));
            }
        }
        let whole = (0..places.len()).all(|number| places.iter().any(|place| place.2 == number));
        if whole && !places.is_empty() {
            return Ok(Self { text: text.into(), places });
        }
        Err(SmsError::argument("template", "a template has the places {value0}, {value1}, … from 0 on, each once"))
    }

    /// The text as the caller wrote it.
    #[must_use]
    pub const fn text(&self) -> &Rc<str> {
        &self.text
    }

    /// The length of all placeholders, which are ASCII, in UTF-16 units. Filling the template replaces them.
    #[must_use]
    pub fn units_of_places(&self) -> usize {
        self.places.iter().map(|(start, end, _)| end - start).sum()
    }

    /// Checks the number of values against the number of placeholders.
    ///
    /// # Errors
    /// `invalid_argument` where they differ.
    pub fn check(&self, values: usize) -> Result<(), SmsError> {
        let expected = self.places.len();
        if values != expected {
            let message = ["the template has ", &decimal::count(expected), " places for values"].concat();
            return Err(SmsError::argument("values", message));
        }
        Ok(())
    }

    /// Replaces the placeholders by values, of which there are as many.
    #[must_use]
    pub fn fill(&self, values: &TemplateValues) -> String {
        let mut filled = String::with_capacity(self.text.len() * 2);
        let mut written = 0;
        for (start, end, number) in &self.places {
            filled.push_str(&self.text[written..*start]);
            filled.push_str(values.iter().nth(*number).unwrap_or_default());
            written = *end;
        }
        filled.push_str(&self.text[written..]);
        filled
    }
}

/// The values of one recipient: at least one.
#[derive(Clone)]
pub struct TemplateValues {
    /// All values, with the separator between them. One buffer is faster than one for each value, since a bulk has
    /// thousands.
    text: Rc<str>,
    /// An ASCII control character.
    separator: u8,
}

impl TemplateValues {
    /// Wraps values that a control character separates. No value contains it.
    #[must_use]
    pub fn separated(text: &str, separator: u8) -> Self {
        Self { text: text.into(), separator }
    }

    /// Joins one value or more. `None` for an empty list, and for values that contain every possible separator.
    #[must_use]
    pub fn of(values: &[&str]) -> Option<Self> {
        let is_free = |byte: &u8| !values.iter().any(|value| has_one_of(value, [*byte; 4]));
        let separator = (0..b' ').rev().find(is_free).filter(|_| !values.is_empty())?;
        Some(Self { text: values.join(char::from(separator).encode_utf8(&mut [0; 1])).into(), separator })
    }

    /// Each value.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        pieces(&self.text, self.separator)
    }

    /// The joined values and their separator.
    #[must_use]
    pub fn text(&self) -> (&str, u8) {
        (&self.text, self.separator)
    }

    /// The length of the values, in UTF-16 units.
    #[must_use]
    pub fn units(&self) -> usize {
        units(&self.text) + 1 - self.iter().count()
    }
}

/// The number in a placeholder: digits without a sign or a leading zero.
fn place(digits: &str) -> Option<usize> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_plain && digits.len() <= 4 { decimal::parse(digits)?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_fills_each_placeholder_with_its_value() {
        let template = Template::parse("{value1}，您的验证码{value0}，{value}{valueX}").unwrap();
        let values = TemplateValues::of(&["{value1}", "王"]).unwrap();
        assert_eq!(template.fill(&values), "王，您的验证码{value1}，{value}{valueX}");
        assert_eq!(template.fill(&TemplateValues::separated("{value1}\t王", b'\t')), template.fill(&values));
        for values in [1, 3] {
            assert_eq!(template.check(values).unwrap_err().field.as_deref(), Some("values"));
        }
    }

    #[test]
    fn values_round_trip_with_any_content() {
        let every: String = ('\0'..' ').collect();
        for values in [&[""][..], &["", ""], &["a\tb\u{1f}\n", "信\u{1e}😀"], &[&every[1..], ""], &[&every[..31]]] {
            let stored = TemplateValues::of(values).unwrap();
            assert_eq!(stored.iter().collect::<Vec<_>>(), values);
            assert_eq!(stored.units(), values.iter().map(|value| units(value)).sum::<usize>());
        }
        assert!(TemplateValues::of(&[]).is_none() && TemplateValues::of(&[&every]).is_none());
    }

    #[test]
    fn template_with_wrong_placeholder_numbers_is_rejected() {
        for text in [
            "",
            "{value}",
            "{value1}",
            "{value0}{value0}",
            "{value0}{value2}",
            "{value0",
            "value0",
            "{value+0}",
            "{value00}",
        ] {
            assert_eq!(Template::parse(text).err().unwrap().field.as_deref(), Some("template"), "{text}");
        }
        // Braces around anything but such a number are text, as they are to the vendor.
        for text in ["{value0}{value99999999999999999999999}{value1", "{value0}{value4294967296}", "{value0}{value01}"]
        {
            assert!(Template::parse(text).is_ok(), "{text}");
        }
    }
}
