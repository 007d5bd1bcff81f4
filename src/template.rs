//! [`Template`]: a text with places for values, `{value0}`, `{value1}`, …, as smsadmin writes one (`post_send_ddt`, msg).

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::number;
use crate::search;

/// A text with a place for each of its values, numbered from 0, each once.
pub struct Template {
    text: Rc<str>,
    /// Where each place begins and ends, and the number of its value, in the order of the text.
    places: Vec<(usize, usize, usize)>,
}

/// What begins a place, before its number and a closing brace.
pub const PLACE: &str = "{value";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// `invalid_argument` where a number is missing or there twice (变量标识符号不能重复), or there is no place at all.
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

    /// The text as it was written.
    #[must_use]
    pub const fn text(&self) -> &Rc<str> {
        &self.text
    }

    /// How many UTF-16 units its places take, that values take the place of: they are ASCII.
    #[must_use]
    pub fn units_of_places(&self) -> usize {
        self.places.iter().map(|(start, end, _)| end - start).sum()
    }

    /// Refuses values that are not as many as places.
    ///
    /// # Errors
    /// `invalid_argument` where there are more or fewer.
    pub fn check(&self, values: &[String]) -> Result<(), SmsError> {
        let expected = self.places.len();
        if values.len() != expected {
            let message = ["the template has ", &number::count(expected), " places for values"].concat();
            return Err(SmsError::argument("values", message));
        }
        Ok(())
    }

    /// Puts values in their places, which were found to be as many.
    #[must_use]
    pub fn fill(&self, values: &[String]) -> String {
        let mut filled = String::with_capacity(self.text.len() * 2);
        let mut written = 0;
        for (start, end, number) in &self.places {
            filled.push_str(&self.text[written..*start]);
            filled.push_str(values.get(*number).map_or("", String::as_str));
            written = *end;
        }
        filled.push_str(&self.text[written..]);
        filled
    }
}

/// A number as a place has one: no sign before it, no zero in front.
fn place(digits: &str) -> Option<usize> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_plain && digits.len() <= 4 { number::parse(digits)?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_each_place_with_its_value_and_nothing_else() {
        let template = Template::parse("{value1}，您的验证码{value0}，{value}{valueX}").unwrap();
        assert_eq!(template.fill(&["{value1}", "王"].map(String::from)), "王，您的验证码{value1}，{value}{valueX}");
        for values in [&["1"][..], &["1", "2", "3"]] {
            let values: Vec<String> = values.iter().copied().map(String::from).collect();
            assert_eq!(template.check(&values).unwrap_err().field.as_deref(), Some("values"));
        }
    }

    #[test]
    fn refuses_a_number_twice_one_too_many_and_none() {
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
        // A number that is none is text, as in the vendor's eyes.
        for text in ["{value0}{value99999999999999999999999}{value1", "{value0}{value4294967296}", "{value0}{value01}"]
        {
            assert!(Template::parse(text).is_ok(), "{text}");
        }
    }
}
