//! [`Format`]: the form of a vendor's replies and pushes. Each is read into one tree, in which paths name the values.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::decimal;
use crate::error::SmsError;
use crate::options::Fields;
use crate::search;
use crate::wire::json::{self, Json};
use crate::wire::{Charset, blank, percent};

/// The form of a document.
pub(super) struct Format {
    kind: Kind,
    /// In a text: what separates two fields.
    separator: String,
    /// In a text: what separates two records.
    lines: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Xml,
    Form,
    Text,
}

const KINDS: [(&str, Kind); 4] = [("json", Kind::Json), ("xml", Kind::Xml), ("form", Kind::Form), ("text", Kind::Text)];

/// The maximum nesting of XML.
const MAX_DEPTH: u8 = 32;

impl Format {
    /// Reads `format`, `separator` and `lines`.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let kind = fields.choice("format", &KINDS)?;
        let kind = kind.ok_or_else(|| fields.wrong("format", "format is missing: json, xml, form or text"))?;
        let text = |name: &str, usual: &str| {
            let text = fields.text(name)?.unwrap_or(usual);
            if text.is_empty() { Err(fields.wrong(name, [name, " is empty"].concat())) } else { Ok(text.to_owned()) }
        };
        Ok(Self { kind, separator: text("separator", "|")?, lines: text("lines", "\n")? })
    }

    /// Reads a document, of which `text` is what `body` means; `None` where it is not of this form. The fields of a text
    /// are named `0`, `1`, …; with `has_lines` it is a list of records.
    pub(super) fn parse<'a>(&self, text: &'a str, body: &[u8], charset: Charset, has_lines: bool) -> Option<Json<'a>> {
        let text = blank::trim(text);
        match self.kind {
            Kind::Json => json::parse(text.as_bytes()).ok(),
            Kind::Xml => {
                let mut reader = Xml(text);
                let members = reader.elements(MAX_DEPTH)?;
                (members.len() == 1 && reader.0.is_empty()).then(|| Json::object(members))
            }
            Kind::Form => {
                let pair = |pair: &[u8]| {
                    let at = pair.iter().position(|byte| *byte == b'=')?;
                    let [name, value] = [&pair[..at], &pair[at + 1..]].map(percent::decode);
                    let [name, value] = [name?, value?].map(|bytes| charset.decode(&bytes).into_owned());
                    Some((Cow::Owned(name), Json::of_text(value)))
                };
                Some(Json::object(blank::trim_bytes(body).split(|byte| *byte == b'&').filter_map(pair).collect()))
            }
            Kind::Text if text.is_empty() => None,
            Kind::Text if has_lines => {
                let lines = pieces(text, &self.lines).into_iter().filter(|line| !blank::trim(line).is_empty());
                Some(Json::of_list(lines.map(|line| self.fields(blank::trim(line))).collect()))
            }
            Kind::Text => Some(self.fields(text)),
        }
    }

    fn fields(&self, line: &str) -> Json<'static> {
        let fields = pieces(line, &self.separator).into_iter().enumerate();
        Json::object(
            fields.map(|(at, field)| (Cow::Owned(decimal::count(at)), Json::of_text(field.to_owned()))).collect(),
        )
    }
}

fn pieces<'a>(mut text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    while let Some((piece, rest)) = search::split(text, separator) {
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

/// The value at a path of names and of places in lists, such as `data.0.sid`; the whole document for an empty path.
pub(super) fn value_at<'a, 'b>(document: &'b Json<'a>, path: &str) -> Option<&'b Json<'a>> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(document, |value, name| {
        value.member(name).or_else(|| value.list()?.get(usize::try_from(decimal::parse(name)?).ok()?))
    })
}

/// A text, a number or a boolean at a path, without blanks around it.
pub(super) fn word_at(document: &Json<'_>, path: Option<&str>) -> Option<String> {
    let value = value_at(document, path?)?;
    let flag = value.flag().map(|flag| if flag { "true" } else { "false" });
    value.text().or(flag).map(|text| blank::trim(text).to_owned()).filter(|word| !word.is_empty())
}

/// The records at a path: the elements of a list, all elements of one name in XML, or one object.
pub(super) fn records_at<'a, 'b>(document: &'b Json<'a>, path: &str) -> Vec<&'b Json<'a>> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let Some(parent) = value_at(document, parent) else { return Vec::new() };
    let found: Vec<&Json<'_>> = if name.is_empty() {
        vec![parent]
    } else {
        parent.members().iter().filter(|(member, _)| member == name).map(|(_, value)| value).collect()
    };
    found
        .into_iter()
        .flat_map(|value| value.list().unwrap_or(core::slice::from_ref(value)))
        .filter(|record| record.is_object())
        .collect()
}

/// The rest of an XML document. Attributes, comments and instructions are skipped; a document type is rejected.
struct Xml<'a>(&'a str);

type XmlMembers = Vec<(Cow<'static, str>, Json<'static>)>;

impl Xml<'_> {
    /// Elements up to the end of the document or of the element around them.
    fn elements(&mut self, depth: u8) -> Option<XmlMembers> {
        let mut members = Vec::new();
        loop {
            self.0 = self.0.trim_start();
            if self.0.is_empty() || self.0.starts_with("</") {
                return Some(members);
            }
            if !self.skip("<?", "?>")? && !self.skip("<!--", "-->")? {
                members.push(self.element(depth)?);
            }
        }
    }

    fn element(&mut self, depth: u8) -> Option<(Cow<'static, str>, Json<'static>)> {
        let depth = depth.checked_sub(1)?;
        let (tag, rest) = search::split(self.0.strip_prefix('<')?, ">")?;
        self.0 = rest;
        let is_empty = tag.ends_with('/');
        let name = tag.split(|character: char| character.is_ascii_whitespace() || character == '/').next()?;
        if name.is_empty() || name.starts_with(['!', '?']) {
            return None;
        }
        let value = if is_empty { Json::of_text(String::new()) } else { self.content(depth)? };
        if !is_empty {
            self.0 = self.0.strip_prefix("</")?.strip_prefix(name)?.trim_start().strip_prefix('>')?;
        }
        Some((Cow::Owned(name.to_owned()), value))
    }

    /// The elements within an element, or its text.
    fn content(&mut self, depth: u8) -> Option<Json<'static>> {
        let mut text = String::new();
        loop {
            if let Some(rest) = self.0.strip_prefix("<![CDATA[") {
                let (inside, rest) = search::split(rest, "]]>")?;
                text.push_str(inside);
                self.0 = rest;
            } else if self.0.starts_with("</") {
                return Some(Json::of_text(text));
            } else if self.0.starts_with('<') {
                if !self.skip("<?", "?>")? && !self.skip("<!--", "-->")? {
                    // Elements stand alone: text beside them has only blanks.
                    return self.elements(depth).filter(|_| blank::trim(&text).is_empty()).map(Json::object);
                }
            } else {
                let end = search::find(self.0, "<")?;
                text.push_str(&unescaped(&self.0[..end])?);
                self.0 = &self.0[end..];
            }
        }
    }

    /// Skips what begins and ends so. `None` where it has no end.
    fn skip(&mut self, begin: &str, end: &str) -> Option<bool> {
        let Some(rest) = self.0.strip_prefix(begin) else { return Some(false) };
        self.0 = search::split(rest, end)?.1;
        Some(true)
    }
}

/// A text without its entities; `None` for an unknown entity.
fn unescaped(mut text: &str) -> Option<String> {
    let mut out = String::new();
    while let Some((before, behind)) = search::split(text, "&") {
        let (entity, rest) = search::split(behind, ";")?;
        out.push_str(before);
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let digits = entity.strip_prefix('#')?;
                let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
                char::from_u32(u32::from_str_radix(digits, radix).ok()?)?
            }
        });
        text = rest;
    }
    out.push_str(text);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(kind: Kind) -> Format {
        Format { kind, separator: "|".into(), lines: "\n".into() }
    }

    fn parsed(kind: Kind, document: &str) -> Option<String> {
        let json = format(kind).parse(document, document.as_bytes(), Charset::Utf8, false)?;
        Some(serde_json::to_string(&json).unwrap())
    }

    #[test]
    fn xml_becomes_a_tree() {
        let document = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- a --><returnsms a='1'>\n <returnstatus>Success</returnstatus>\
                        <message>a &lt;b&gt; &#20449;&#x4fe1;<![CDATA[<c>]]></message><empty/><none></none></returnsms>";
        assert_eq!(
            parsed(Kind::Xml, document).as_deref(),
            Some(r#"{"returnsms":{"returnstatus":"Success","message":"a <b> 信信<c>","empty":"","none":""}}"#)
        );
        for wrong in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "a",
            "<a>b<c/></a>",
            "<!DOCTYPE a><a/>",
            "<a>&b;</a>",
            "<a>&#xffffffff;</a>",
            "</a>",
            "<>",
            "<a",
            &"<a>".repeat(99),
        ] {
            assert_eq!(parsed(Kind::Xml, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn forms_and_texts_have_named_fields() {
        assert_eq!(parsed(Kind::Form, "a=1%26&b=+c&d").as_deref(), Some(r#"{"a":"1&","b":" c"}"#));
        assert_eq!(parsed(Kind::Text, "0|ok|7\r\n").as_deref(), Some(r#"{"0":"0","1":"ok","2":"7"}"#));
        let lines = format(Kind::Text).parse("a|b\r\n\r\nc", b"", Charset::Utf8, true).unwrap();
        assert_eq!(serde_json::to_string(&lines).unwrap(), r#"[{"0":"a","1":"b"},{"0":"c"}]"#);
    }

    #[test]
    fn paths_name_values_and_records() {
        let json = json::parse(br#"{"a":{"b":[{"c":7},{"c":true}],"n":null},"d":" x "}"#).unwrap();
        let word = |path| word_at(&json, Some(path));
        assert_eq!(
            (word("a.b.0.c").as_deref(), word("a.b.1.c").as_deref(), word("d").as_deref()),
            (Some("7"), Some("true"), Some("x"))
        );
        assert_eq!((word("a.b.2.c"), word("a.n"), word("a"), word_at(&json, None)), (None, None, None, None));
        assert_eq!(
            (
                records_at(&json, "a.b").len(),
                records_at(&json, "a").len(),
                records_at(&json, "").len(),
                records_at(&json, "x.y").len()
            ),
            (2, 1, 1, 0)
        );
        let xml =
            format(Kind::Xml).parse("<r><s><i>1</i></s><s><i>2</i></s><t/></r>", b"", Charset::Utf8, true).unwrap();
        assert_eq!(records_at(&xml, "r.s").len(), 2);
    }
}
