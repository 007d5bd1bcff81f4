//! JSON as it is written: objects, member by member, into one text.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::number;

/// An object under construction. What is already JSON goes in by [`Object::json`].
pub struct Object(String);

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    /// A string. Names are ours, and need no escape.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        write_text(&mut self.0, value);
    }

    /// A string of signs that JSON writes as they are: a name of ours, or what was percent-encoded.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push('"');
        self.0.push_str(value);
        self.0.push('"');
    }

    /// A string where there is one.
    pub fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A list of strings.
    pub fn texts<S: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = S>) {
        let list = texts(values);
        self.json(name, &list);
    }

    /// A whole number.
    pub fn number(&mut self, name: &str, value: i64) {
        self.json(name, &number::decimal(value));
    }

    /// How many there are of something.
    pub fn count(&mut self, name: &str, value: usize) {
        self.number(name, i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// True or false.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    /// A value that is JSON already.
    pub fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    /// The whole object.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
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
    list(values.into_iter().map(|value| {
        let mut text = String::new();
        write_text(&mut text, value.as_ref());
        text
    }))
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && !matches!(byte, b'"' | b'\\') {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            _ => {
                out.push_str("\\u");
                out.push_str(&number::code_point(char::from(byte)));
            }
        }
    }
    out.push_str(&text[written..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_json_reads_the_same() {
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
