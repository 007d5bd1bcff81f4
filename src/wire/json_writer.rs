//! Writes JSON: objects, member by member, into one buffer.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;

/// An object under construction. [`Object::json`] adds a value that is JSON already.
pub struct Object(Vec<u8>);

/// The initial capacity in bytes, which most objects stay within.
const INITIAL_CAPACITY: usize = 256;

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        let mut json = Vec::with_capacity(INITIAL_CAPACITY);
        json.push(b'{');
        Self(json)
    }

    /// Adds a string. `name` needs no escape, here and in the other methods.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        write_text(&mut self.0, value);
    }

    /// Adds a string that needs no escape: one of our own names, or percent-encoded text.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push(b'"');
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(b'"');
    }

    /// Adds a string if there is one.
    pub fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Adds a list of strings.
    pub fn texts<S: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = S>) {
        self.name(name);
        write_texts(&mut self.0, values);
    }

    /// Adds a whole number.
    pub fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        decimal::write(&mut self.0, value);
    }

    /// Adds a count.
    pub fn count(&mut self, name: &str, value: usize) {
        self.number(name, i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// Adds a boolean.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.extend_from_slice(value.as_bytes());
    }

    /// Returns the whole object.
    #[must_use]
    pub fn finish(self) -> String {
        text_of(self.into_bytes())
    }

    /// Returns the whole object, in UTF-8.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if !self.0.ends_with(b"{") {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

/// Nested lists under construction. A value's meaning follows from its position.
pub struct Rows<'a>(pub &'a mut Vec<u8>);

impl Rows<'_> {
    /// Begins a list.
    pub fn open(&mut self) {
        self.separate();
        self.0.push(b'[');
    }

    /// Ends the innermost open list.
    pub fn close(&mut self) {
        self.0.push(b']');
    }

    /// Adds a string.
    pub fn text(&mut self, value: &str) {
        self.separate();
        write_text(self.0, value);
    }

    /// Adds a count.
    pub fn count(&mut self, value: usize) {
        self.separate();
        decimal::write(self.0, i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, value: &str) {
        self.separate();
        self.0.extend_from_slice(value.as_bytes());
    }

    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'[')) {
            self.0.push(b',');
        }
    }
}

/// A list of values that are JSON already.
#[must_use]
pub fn list<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let mut list = "[".to_owned();
    for value in values {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(value.as_ref());
    }
    list.push(']');
    list
}

/// A list of strings.
#[must_use]
pub fn texts<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let mut list = Vec::new();
    write_texts(&mut list, values);
    text_of(list)
}

/// A string.
#[must_use]
pub fn text(value: &str) -> String {
    let mut json = Vec::new();
    write_text(&mut json, value);
    text_of(json)
}

/// The buffer holds only whole texts.
fn text_of(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_default()
}

fn write_texts<S: AsRef<str>>(out: &mut Vec<u8>, values: impl IntoIterator<Item = S>) {
    out.push(b'[');
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(out, value.as_ref());
    }
    out.push(b']');
}

/// Appends a string, with its quotes.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let text = text.as_bytes();
    let mut written = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte >= b' ' && !matches!(byte, b'"' | b'\\') {
            continue;
        }
        out.extend_from_slice(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            _ => {
                out.extend_from_slice(b"\\u");
                out.extend_from_slice(decimal::code_point(char::from(*byte)).as_bytes());
            }
        }
    }
    out.extend_from_slice(&text[written..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_as_nested_arrays() {
        let mut out = Vec::new();
        let mut rows = Rows(&mut out);
        rows.open();
        rows.text("[");
        rows.open();
        for number in [1, 2] {
            rows.open();
            rows.text("");
            rows.count(number);
            rows.close();
        }
        rows.close();
        rows.open();
        rows.close();
        rows.json("{}");
        rows.close();
        assert_eq!(out, br#"["[",[["",1],["",2]],[],{}]"#);
    }

    #[test]
    fn output_is_parsed_by_serde_json() {
        let every: String = ('\0'..'\u{180}').chain("信😀\u{2028}".chars()).collect();
        let mut inner = Object::new();
        inner.text("every", &every);
        inner.plain("plain", "%E4-._~ []");
        let mut object = Object::default();
        object.json("inner", &inner.finish());
        object.texts("texts", [every.as_str(), ""]);
        object.number("number", i64::MIN);
        object.count("count", 7);
        object.flag("flag", false);
        object.text_if("absent", None);
        let read: serde_json::Value = serde_json::from_str(&object.finish()).unwrap();
        let expected = serde_json::json!({
            "inner": { "every": every, "plain": "%E4-._~ []" }, "texts": [every, ""], "number": i64::MIN, "count": 7, "flag": false,
        });
        assert_eq!(read, expected);
        assert_eq!((Object::new().finish().as_str(), list([""; 0]).as_str()), ("{}", "[]"));
    }
}
