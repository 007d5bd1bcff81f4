//! Reads JSON. Numbers stay text, since ids exceed 2^53, and every value keeps its source, since a pull erases the
//! vendor's copy.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, str};

use hifijson::token::Lex as _;
use hifijson::{SliceLexer, num, str as string};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::decimal;
use crate::error::SmsError;
use crate::wire::blank;

/// A JSON value.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    source: &'a [u8],
    shape: Shape<'a>,
}

#[derive(Clone, Debug)]
enum Shape<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    /// A caller's value that JSON cannot express: a function, or `NaN`.
    Other,
}

/// The position at which a document stops being JSON, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedJson {
    /// The byte at which reading ended.
    pub at: usize,
}

/// The maximum nesting. No document of ours or of a vendor's is deeper.
const MAX_DEPTH: u8 = 32;

/// Parses a document of one value.
///
/// # Errors
/// The position at which the document stops being JSON.
pub fn parse(document: &[u8]) -> Result<Json<'_>, MalformedJson> {
    let mut lexer = SliceLexer::new(document);
    let value = value(&mut lexer, MAX_DEPTH);
    let at = document.len() - lexer.as_slice().len();
    match value {
        Some(json) if lexer.ws_peek().is_none() => Ok(json),
        _ => Err(MalformedJson { at }),
    }
}

/// Parses a vendor's reply.
///
/// # Errors
/// `bad_reply` where it is not one JSON object.
pub fn parse_reply(document: &[u8]) -> Result<Json<'_>, SmsError> {
    match parse(document) {
        Ok(json) if json.is_object() => Ok(json),
        _ => Err(SmsError::bad_reply("the reply is not a JSON object")),
    }
}

impl<'a> Json<'a> {
    /// An object without members.
    #[must_use]
    pub const fn empty() -> Self {
        Self::given(Shape::Object(Vec::new()))
    }

    /// A string.
    #[must_use]
    pub const fn of_text(text: String) -> Self {
        Self::given(Shape::Text(Cow::Owned(text)))
    }

    /// A list.
    #[must_use]
    pub const fn of_list(list: Vec<Self>) -> Self {
        Self::given(Shape::List(list))
    }

    /// Whether it is a value that JSON cannot express: a function, or `NaN`.
    #[must_use]
    pub const fn is_function(&self) -> bool {
        matches!(self.shape, Shape::Other)
    }

    /// A boolean.
    #[must_use]
    pub const fn of_flag(flag: bool) -> Self {
        Self::given(Shape::Bool(flag))
    }

    /// An object of these members.
    #[must_use]
    pub const fn object(members: Vec<(Cow<'a, str>, Json<'a>)>) -> Self {
        Self::given(Shape::Object(members))
    }

    const fn given(shape: Shape<'a>) -> Self {
        Self { source: &[], shape }
    }

    /// The bytes that the value was read from; empty for a value that was not read from text.
    #[must_use]
    pub const fn source(&self) -> &'a [u8] {
        self.source
    }

    /// Whether it is an object.
    #[must_use]
    pub const fn is_object(&self) -> bool {
        matches!(self.shape, Shape::Object(_))
    }

    /// A string.
    #[must_use]
    pub fn string(&self) -> Option<&str> {
        if let Shape::Text(text) = &self.shape { Some(text) } else { None }
    }

    /// A string or a number as text, to the last digit.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Shape::Number(digits) = &self.shape { Some(digits) } else { self.string() }
    }

    /// A boolean.
    #[must_use]
    pub const fn flag(&self) -> Option<bool> {
        if let Shape::Bool(flag) = self.shape { Some(flag) } else { None }
    }

    /// A whole number, written as such or as text.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        decimal::parse(self.text()?.trim())
    }

    /// The elements of a list.
    #[must_use]
    pub fn list(&self) -> Option<&[Json<'a>]> {
        if let Shape::List(list) = &self.shape { Some(list) } else { None }
    }

    /// The members of an object, in the order of the document; empty for any other value.
    #[must_use]
    pub fn members(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        if let Shape::Object(members) = &self.shape { members } else { &[] }
    }

    /// Whether any object in the value has two members of one name. Readers disagree about which of the two counts.
    #[must_use]
    pub fn repeats_a_name(&self) -> bool {
        let members = self.members();
        let repeats = |(at, (name, value)): (usize, &(Cow<'a, str>, Json<'a>))| {
            members[..at].iter().any(|(earlier, _)| earlier == name) || value.repeats_a_name()
        };
        members.iter().enumerate().any(repeats) || self.list().is_some_and(|list| list.iter().any(Json::repeats_a_name))
    }

    /// A member of an object; `None` where it is absent or null, or where the value is no object.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Json<'a>> {
        let (_, value) = self.members().iter().find(|(member, _)| member == name)?;
        if let Shape::Null = value.shape { None } else { Some(value) }
    }

    /// [`Json::text`] of a member; `None` where it is empty.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.member(name)?.text().filter(|text| !text.is_empty())
    }

    /// [`Json::text_of`] without the blanks around it, for a code or a word.
    #[must_use]
    pub fn word_of(&self, name: &str) -> Option<&str> {
        self.text_of(name).map(blank::trim).filter(|word| !word.is_empty())
    }

    /// [`Json::whole`] of a member.
    #[must_use]
    pub fn whole_of(&self, name: &str) -> Option<i64> {
        self.member(name)?.whole()
    }
}

/// Deserialises a caller's value. A value that no document can hold becomes `Shape::Other`.
impl<'de> Deserialize<'de> for Json<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self::given)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.shape {
            Shape::Null | Shape::Other => serializer.serialize_unit(),
            Shape::Bool(flag) => serializer.serialize_bool(*flag),
            // JavaScript has one type of number; the fields here are whole numbers.
            #[allow(clippy::cast_precision_loss, reason = "as JSON.parse reads it")]
            Shape::Number(digits) => match decimal::parse(digits) {
                Some(number) => serializer.serialize_f64(number as f64),
                None => serializer.serialize_unit(),
            },
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List(list) => serializer.collect_seq(list),
            Shape::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Shape<'static>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Shape::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Shape::Number(decimal::decimal(number).into()))
    }

    // No field that a caller gives has a fraction.
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Owned(text.into())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = entries.next_entry::<String, _>()? {
            members.push((Cow::Owned(name), value));
        }
        Ok(Shape::Object(members))
    }
}

fn value<'a>(lexer: &mut SliceLexer<'a>, depth: u8) -> Option<Json<'a>> {
    let next = lexer.ws_peek()?;
    let from = lexer.as_slice();
    let depth = depth.checked_sub(1)?;
    let shape = match next {
        b'"' => Shape::Text(text(lexer)?),
        b'[' => {
            let mut list = Vec::new();
            sequence(lexer, b']', |lexer| {
                list.push(value(lexer, depth)?);
                Some(())
            })?;
            Shape::List(list)
        }
        b'{' => {
            let mut members = Vec::new();
            sequence(lexer, b'}', |lexer| {
                let name = text(lexer)?;
                lexer.expect(SliceLexer::ws_peek, b':')?;
                members.push((name, value(lexer, depth)?));
                Some(())
            })?;
            Shape::Object(members)
        }
        b'a'..=b'z' => lexer.null_or_bool()?.map_or(Shape::Null, Shape::Bool),
        _ => {
            num::LexWrite::num_string(lexer).validated().ok()?;
            Shape::Number(str::from_utf8(&from[..from.len() - lexer.as_slice().len()]).ok()?.into())
        }
    };
    Some(Json { source: &from[..from.len() - lexer.as_slice().len()], shape })
}

fn text<'a>(lexer: &mut SliceLexer<'a>) -> Option<Cow<'a, str>> {
    lexer.expect(SliceLexer::ws_peek, b'"')?;
    string::LexAlloc::str_string(lexer).ok()
}

fn sequence<'a>(
    lexer: &mut SliceLexer<'a>,
    end: u8,
    mut element: impl FnMut(&mut SliceLexer<'a>) -> Option<()>,
) -> Option<()> {
    let element = |_, lexer: &mut _| element(lexer).ok_or(hifijson::Expect::Value);
    lexer.discarded().seq(end, SliceLexer::ws_peek, element).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ids_keep_every_digit() {
        let json = parse(br#"{"message_id":2026083116353908975,"uid":null,"count":"1","empty":""}"#).unwrap();
        assert_eq!(json.text_of("message_id"), Some("2026083116353908975"));
        assert_eq!((json.text_of("count"), json.whole_of("count")), (Some("1"), Some(1)));
        assert_eq!((json.text_of("uid"), json.text_of("absent"), json.text_of("empty")), (None, None, None));
    }

    #[test]
    fn value_has_its_source_text() {
        let json = parse(br#" [ {"a" : "\u4fe1"} , 1.50,[ ] ] "#).unwrap();
        let sources: Vec<&[u8]> = json.list().unwrap().iter().map(Json::source).collect();
        assert_eq!(sources, [&br#"{"a" : "\u4fe1"}"#[..], b"1.50", b"[ ]"]);
        assert_eq!(json.list().unwrap()[0].text_of("a"), Some("信"));
    }

    #[test]
    fn hostile_reply_is_an_error() {
        let deep = "[".repeat(1 << 20);
        let replies = [
            "",
            "[]",
            "null",
            "{",
            r#"{"a":1}{"#,
            "<html>",
            r#"{"a":01}"#,
            r#"{"a":1,}"#,
            "{1:2}",
            r#"{"a":+1}"#,
            r#"{"a":nul}"#,
        ];
        for reply in replies.into_iter().chain([deep.as_str()]) {
            assert!(parse_reply(reply.as_bytes()).is_err(), "{reply:.20}");
        }
        assert!(parse(b"{\"a\":\"\xFF\"}").is_err());
    }

    #[test]
    fn parser_agrees_with_serde_json() {
        let documents = [
            r#"{"a":[1,-2.5e+3,true,false,null,"\"\\\/\b\f\n\r\t\ud83d\ude00"],"b":{}}"#,
            r#""x""#,
            "1e",
            "-",
            "tru",
            r#""\ud83d""#,
            r#""\u12"#,
            "\"\n\"",
            "[1 2]",
            "[,]",
            "{\"a\"}",
            "\u{FEFF}{}",
            "  7  ",
            "1.",
            ".5",
            "--1",
            "0x1",
            "[[]",
            "]",
            "\"\u{7f}\u{2028}\"",
        ];
        for document in documents {
            let other = serde_json::from_str::<serde_json::Value>(document);
            assert_eq!(parse(document.as_bytes()).is_ok(), other.is_ok(), "{document}");
        }
    }
}
