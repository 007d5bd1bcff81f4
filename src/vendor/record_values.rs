//! [`RecordValues`]: the named values of one record that a vendor pushed or returned. One reader serves JSON, forms,
//! queries and the fields of a line. It trims blanks around names and values, and rejects a value that was damaged in
//! transit.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use crate::search;
use crate::wire::blank;
use crate::wire::json::Json;
use crate::wire::{Charset, gbk, percent};

/// The sources of a record's values, searched in the order of the fields.
pub(crate) struct RecordValues<'a> {
    /// The members of an object.
    pub(crate) json: Option<&'a Json<'a>>,
    /// A query and a form. The first value of a name counts.
    pub(crate) pairs: [&'a [u8]; 2],
    /// The fields of a line, under the names that a push uses.
    pub(crate) fields: &'a [(&'static str, &'a [u8])],
    /// The charset of the pairs and the fields.
    pub(crate) charset: Charset,
}

impl<'a> RecordValues<'a> {
    /// The values of an object.
    pub(crate) const fn of_json(json: &'a Json<'a>) -> Self {
        Self { json: Some(json), pairs: [&[], &[]], fields: &[], charset: Charset::Utf8 }
    }

    /// A value that is one word: a status, a reference, a time. `None` where it is absent, empty or damaged.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.read(name, word)
    }

    /// A value that is a phone number. `None` where it is absent, empty or damaged.
    pub(crate) fn number(&self, name: &str) -> Option<String> {
        self.read(name, number)
    }

    /// A text that a person wrote, with all its blanks. It may be empty; `None` where it is absent or damaged.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text(&self.find(name)?, self.charset)
    }

    /// Whether a value was damaged in transit: see [`is_spoilt`].
    pub(crate) fn is_corrupted(&self, name: &str) -> bool {
        self.find(name).is_some_and(|value| is_spoilt(&value, self.charset))
    }

    fn read(&self, name: &str, read: fn(&[u8], Charset) -> Option<String>) -> Option<String> {
        read(&self.find(name)?, self.charset).filter(|value| !value.is_empty())
    }

    /// The bytes of a value; `None` for the empty name.
    fn find(&self, name: &str) -> Option<Vec<u8>> {
        if name.is_empty() {
            return None;
        }
        let members = self.json.map(Json::members).unwrap_or_default();
        let member = members.iter().find(|(member, value)| blank::trim(member) == name && value.text().is_some());
        if let Some((_, value)) = member {
            return value.text().map(|text| text.as_bytes().to_vec());
        }
        if let Some((_, field)) = self.fields.iter().find(|(field, _)| *field == name) {
            return Some(field.to_vec());
        }
        let value = self.pairs.iter().find_map(|pairs| {
            pairs.split(|byte| *byte == b'&').find_map(|pair| {
                let at = pair.iter().position(|byte| *byte == b'=')?;
                // The document's example has a blank before a name (smsadmin.txt, 9.).
                (word(&percent::decode(&pair[..at])?, self.charset)? == name).then_some(&pair[at + 1..])
            })
        });
        percent::decode(value?)
    }
}

/// Decodes a word: trims blanks, and a `+`, which is a blank that was encoded twice. `None` where the bytes cannot be
/// decoded or were damaged.
pub(crate) fn word(bytes: &[u8], charset: Charset) -> Option<String> {
    Some(blank::trim_word(&ascii(bytes, charset)?).to_owned())
}

/// Decodes a phone number and removes every blank. A `+` in front belongs to the number.
pub(crate) fn number(bytes: &[u8], charset: Charset) -> Option<String> {
    Some(blank::removed(&ascii(bytes, charset)?))
}

/// Decodes a value that should be ASCII. Blanks around it may be UTF-8 even where the charset is another.
fn ascii(bytes: &[u8], charset: Charset) -> Option<String> {
    match str::from_utf8(bytes) {
        Ok(text) if !search::contains(text, "\u{FFFD}") => Some(text.to_owned()),
        _ => text(blank::trim_bytes(bytes), charset),
    }
}

/// Decodes a text that a person wrote and keeps every blank. `None` where the bytes cannot be decoded or were damaged.
pub(crate) fn text(bytes: &[u8], charset: Charset) -> Option<String> {
    if is_spoilt(bytes, charset) { None } else { decoded(bytes, charset) }
}

/// Whether a program on the way decoded the bytes in the wrong charset and replaced the rest by U+FFFD. Workers and Bun
/// do so with raw GBK in a URL. Damaged bytes are UTF-8, whatever the charset was.
fn is_spoilt(bytes: &[u8], charset: Charset) -> bool {
    if let Ok(text) = str::from_utf8(bytes)
        && search::contains(text, "\u{FFFD}")
    {
        return true;
    }
    // "锟斤拷" is U+FFFD twice in UTF-8, read as GBK, beside bytes that are sound GBK.
    charset == Charset::Gbk && decoded(bytes, charset).is_some_and(|text| search::contains(&text, "锟斤拷"))
}

fn decoded(bytes: &[u8], charset: Charset) -> Option<String> {
    match charset {
        Charset::Gbk => gbk::decode(bytes),
        Charset::Utf8 => str::from_utf8(bytes).ok().map(ToOwned::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    #[test]
    fn blanks_around_a_word_are_trimmed() {
        let gbk = |bytes| word(bytes, Charset::Gbk);
        for written in [
            &b"DELIVRD\r\n"[..],
            b" DELIVRD\t",
            b"DELIVRD+",
            b"++DELIVRD",
            b"\0DELIVRD\0\0",
            b"\xEF\xBB\xBFDELIVRD",
            b"\xA1\xA1DELIVRD\xA1\xA1",
            "\u{3000}DELIVRD\u{a0}".as_bytes(),
        ] {
            assert_eq!(gbk(written).as_deref(), Some("DELIVRD"), "{written:?}");
        }
        assert_eq!(number(b" +86138 1234\xA1\xA15678 ", Charset::Gbk).as_deref(), Some("+8613812345678"));
        assert_eq!((gbk(b" \r\n").as_deref(), gbk(b"\xFF"), gbk(b"")), (Some(""), None, Some(String::new())));
    }

    #[test]
    fn carrier_names_are_trimmed() {
        let document = json::parse("{\"\u{FEFF}a \":\" 1 \",\"b\":null,\" b\":2}".as_bytes()).unwrap();
        let pairs: [&[u8]; 2] = [b"x&\xEF\xBB\xBFa+=+1%0D%0A", b"%E3%80%80b%20=%202&b=3&a=9"];
        let form = RecordValues { json: None, pairs, fields: &[], charset: Charset::Gbk };
        let line = RecordValues { pairs: [b"", b""], fields: &[("a", b"\t1\0"), ("b", b"2 ")], ..form };
        for values in [RecordValues::of_json(&document), form, line] {
            assert_eq!((values.word("a").as_deref(), values.word("b").as_deref()), (Some("1"), Some("2")));
            assert_eq!((values.word("c"), values.text("c")), (None, None));
        }
    }

    #[test]
    fn corrupted_value_is_not_parsed() {
        let spoilt = |bytes: &[u8], charset| is_spoilt(bytes, charset) && text(bytes, charset).is_none();
        for charset in [Charset::Gbk, Charset::Utf8] {
            for written in ["\u{FFFD}", "TD\u{FFFD}", "\u{FFFD}\u{FFFD}", "好\u{FFFD}"] {
                assert!(spoilt(written.as_bytes(), charset), "{written}");
                assert_eq!(word(written.as_bytes(), charset), None);
            }
        }
        // 好 in GBK, then two damaged bytes.
        assert!(spoilt(b"\xBA\xC3\xEF\xBF\xBD\xEF\xBF\xBD", Charset::Gbk));
        // 这里拷贝 has the bytes of U+FFFD across its characters, and 锟 occurs in names.
        assert_eq!(text(b"\xD5\xE2\xC0\xEF\xBF\xBD\xB1\xB4", Charset::Gbk).as_deref(), Some("这里拷贝"));
        assert_eq!(text(b"\xEF\xBF", Charset::Gbk).as_deref(), Some("锟"));
    }
}
