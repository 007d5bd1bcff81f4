//! A vendor that a caller defined, played by its definition: the templates are read backwards, to find in a request what they
//! put there. No signature is computed again: there is no document to compute it from but the client's own.

use encoding_rs::GBK;
use serde_json::{Map, Value, json};

use super::http::{Reply, Request};
use super::{Answer, DeliveredText, World};

/// A defined vendor's server.
pub(super) struct DefinedServer {
    pub(super) name: String,
    definition: Value,
}

/// What a template's expressions stand for in a request.
type Found = Vec<(String, String)>;

impl DefinedServer {
    /// Takes a definition, whose functions are left out.
    ///
    /// # Errors
    /// The field that is missing.
    pub(super) fn new(definition: Value) -> Result<Self, &'static str> {
        let name = definition["name"].as_str().ok_or("name")?.to_owned();
        let has_samples = ["accepted", "rejected"].iter().all(|sample| definition["samples"][sample].is_string());
        if definition["read"]["code"].is_string() || has_samples {
            Ok(Self { name, definition })
        } else {
            Err("samples")
        }
    }

    /// The host of its `baseUrl`, and the path below it.
    pub(super) fn below<'a>(&self, host: &str, path: &'a str) -> Option<&'a str> {
        let base_url = self.definition["baseUrl"].as_str().unwrap_or_default();
        let (_, rest) = base_url.split_once("://").unwrap_or_default();
        let (own_host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !own_host.is_empty() && own_host == host {
            return path.strip_prefix(prefix.trim_end_matches('/'));
        }
        path.strip_prefix('/')?.strip_prefix(self.name.as_str()).filter(|below| below.starts_with('/'))
    }

    /// The account, as options beside `vendor`.
    pub(super) fn config(&self) -> Value {
        let mut config = Map::new();
        for (option, kind) in self.definition["account"].as_object().into_iter().flatten() {
            if kind != "optional" {
                config.insert(option.clone(), json!(self.value_of(option)));
            }
        }
        Value::Object(config)
    }

    fn value_of(&self, option: &str) -> String {
        format!("sandbox-{}-{option}", self.name)
    }

    pub(super) fn answer(&self, path: &str, request: &Request, world: &mut World) -> Option<Answer> {
        let none = |reply| Answer { reply, deliveries: Vec::new() };
        for pull in ["reports", "replies"] {
            if self.is_at(&self.definition[pull], path) && !self.is_at(&self.definition["send"], path) {
                return Some(none(Reply::text(200, "")));
            }
        }
        let send = &self.definition["send"];
        if !self.is_at(send, path) {
            return None;
        }
        let mut found = self.found(send, request);
        let url = send["url"].as_str().and_then(|url| url.strip_prefix("{baseUrl}")).unwrap_or_default();
        matched(url, path, &mut found);
        let is_right = found.iter().all(|(name, value)| match &self.definition["account"][name] {
            Value::String(kind) if kind != "optional" => *value == self.value_of(name),
            _ => true,
        });
        let all = |name: &str| {
            found.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        let separator = send["separator"].as_str().unwrap_or(",");
        let mut to: Vec<&str> = [all("to"), all("e164")].concat().iter().flat_map(|to| to.split(separator)).collect();
        to.dedup();
        let texts = all("text");
        if !is_right || to.is_empty() || texts.is_empty() {
            return Some(none(self.reject(None)));
        }
        let reference = all("ref").first().map(|reference| (*reference).to_owned()).unwrap_or_default();
        let deliver = |(to, text): (&&str, &&str)| DeliveredText {
            to: to.strip_prefix("+86").unwrap_or(to).to_owned(),
            text: (*text).to_owned(),
            reference: reference.clone(),
            at: None,
        };
        let deliveries: Vec<_> = to.iter().zip(texts.iter().cycle()).map(deliver).collect();
        let id = world.ids.next().to_string();
        let read = &self.definition["read"];
        let accepted = read["accepted"][0].as_str().unwrap_or_default();
        let values = [("code", accepted), ("id", &id), ("count", &deliveries.len().to_string()), ("message", "ok")];
        Some(Answer { reply: self.reply("accepted", &values), deliveries })
    }

    /// A rejection with a code, or with the first that the definition lists.
    pub(super) fn reject(&self, code: Option<&str>) -> Reply {
        let listed = self.definition["read"]["codes"].as_object().and_then(|codes| codes.keys().next());
        let code = code.or(listed.map(String::as_str)).unwrap_or("rejected");
        self.reply("rejected", &[("code", code), ("message", "rejected")])
    }

    /// Writes a reply in which the definition's paths have these values.
    fn reply(&self, sample: &str, values: &[(&str, &str)]) -> Reply {
        let read = &self.definition["read"];
        let body = match (self.definition["samples"][sample].as_str(), read["format"].as_str()) {
            (Some(sample), _) => sample.to_owned(),
            (None, Some("text")) => {
                let mut fields: Vec<String> = Vec::new();
                for (name, value) in values {
                    if let Some(at) = read[name].as_str().and_then(|path| path.parse::<usize>().ok()) {
                        fields.resize(fields.len().max(at + 1), String::new());
                        if fields[at].is_empty() {
                            fields[at] = (*value).to_owned();
                        }
                    }
                }
                fields.join(read["separator"].as_str().unwrap_or("|"))
            }
            (None, format) => {
                let mut document = Value::Null;
                for (name, value) in values {
                    if let Some(path) = read[name].as_str() {
                        put(&mut document, path, value);
                    }
                }
                match format {
                    Some("xml") => xml_of(&document),
                    Some("form") => pairs_of(&document),
                    _ => document.to_string(),
                }
            }
        };
        let bytes = if self.is_gbk() { GBK.encode(&body).0.into_owned() } else { body.into_bytes() };
        Reply::bytes(200, "text/plain", bytes)
    }

    fn is_gbk(&self) -> bool {
        self.definition["charset"] == "gbk"
    }

    fn is_at(&self, operation: &Value, path: &str) -> bool {
        let url = operation["url"].as_str().and_then(|url| url.strip_prefix("{baseUrl}"));
        url.is_some_and(|url| matched(url, path, &mut Vec::new()))
    }

    /// What the request has in the places of the templates' expressions.
    fn found(&self, operation: &Value, request: &Request) -> Found {
        let mut found = Vec::new();
        let decode = |bytes: &[u8]| {
            if self.is_gbk() { GBK.decode(bytes).0.into_owned() } else { String::from_utf8_lossy(bytes).into_owned() }
        };
        let body = decode(&request.body);
        let pairs = |text: &str| -> Vec<(String, String)> {
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=')?;
                Some((name.to_owned(), decode(&urlencoding::decode_binary(value.as_bytes()))))
            };
            text.split('&').filter_map(pair).collect()
        };
        for (group, given) in
            [("query", pairs(request.query())), ("form", pairs(&body)), ("headers", request.headers.clone())]
        {
            for (name, template) in operation[group].as_object().into_iter().flatten() {
                let name = if group == "headers" { name.to_ascii_lowercase() } else { name.clone() };
                let value = given.iter().find(|(known, _)| *known == name);
                if let (Some((_, value)), Some(template)) = (value, template.as_str()) {
                    matched(template, value, &mut found);
                }
            }
        }
        if let Some(template) = operation["body"].as_str() {
            matched(template, &body, &mut found);
        }
        if let Ok(json) = serde_json::from_str(&body) {
            compare(&operation["json"], &json, &mut found);
        }
        found
    }
}

/// Finds in a JSON value what the strings of a template stand for.
fn compare(template: &Value, given: &Value, found: &mut Found) {
    match (template, given) {
        (Value::Object(members), _) => members.iter().for_each(|(name, value)| compare(value, &given[name], found)),
        (Value::Array(templates), Value::Array(values)) => {
            for (at, value) in values.iter().enumerate() {
                let template = templates.get(at).or(templates.first());
                template.into_iter().for_each(|template| compare(template, value, found));
            }
        }
        (Value::String(template), Value::String(value)) => {
            matched(template, value, found);
        }
        _ => {}
    }
}

/// Whether a text can be of a template. Adds what its expressions stand for; a function of a name, such as `xml(text)`, counts
/// as the name where nothing was escaped.
fn matched(template: &str, mut text: &str, found: &mut Found) -> bool {
    let mut pieces = template.split('{');
    let Some(rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    text = rest;
    for piece in pieces {
        let (expression, literal) = piece.split_once('}').unwrap_or((piece, ""));
        let end = if literal.is_empty() { Some(text.len()) } else { text.find(literal) };
        let Some(end) = end else { return false };
        let name = expression.strip_prefix("xml(").and_then(|name| name.strip_suffix(')')).unwrap_or(expression).trim();
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            found.push((name.to_owned(), text[..end].to_owned()));
        }
        text = &text[end + literal.len()..];
    }
    text.is_empty()
}

/// Puts a value at a path of names and of places in lists.
fn put(document: &mut Value, path: &str, value: &str) {
    let mut place = document;
    for name in path.split('.') {
        place = match name.parse::<usize>() {
            Ok(at) => {
                if !place.is_array() {
                    *place = json!([]);
                }
                let list = place.as_array_mut().into_iter().next();
                let Some(list) = list else { return };
                while list.len() <= at {
                    list.push(Value::Null);
                }
                &mut list[at]
            }
            Err(_) => {
                if !place.is_object() {
                    *place = json!({});
                }
                &mut place[name]
            }
        };
    }
    if place.is_null() {
        *place = json!(value);
    }
}

fn xml_of(document: &Value) -> String {
    match document {
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("<{name}>{}</{name}>", xml_of(value))).collect()
        }
        Value::String(text) => text.replace('&', "&amp;").replace('<', "&lt;"),
        _ => String::new(),
    }
}

fn pairs_of(document: &Value) -> String {
    let pairs = document.as_object().into_iter().flatten();
    let pairs =
        pairs.map(|(name, value)| format!("{name}={}", urlencoding::encode(value.as_str().unwrap_or_default())));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_backwards() {
        let mut found = Vec::new();
        assert!(matched("a {to}-{md5(key)} {xml(text)}!", "a 138-ff hi there!", &mut found));
        assert_eq!(found, [("to".to_owned(), "138".to_owned()), ("text".to_owned(), "hi there".to_owned())]);
        assert!(!matched("a{to}", "b138", &mut Vec::new()) && !matched("{to}x", "138", &mut Vec::new()));
        let mut document = Value::Null;
        put(&mut document, "a.0.b", "1");
        put(&mut document, "c", "2");
        assert_eq!(document, json!({ "a": [{ "b": "1" }], "c": "2" }));
    }
}
