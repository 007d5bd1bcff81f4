//! A vendor that a caller defined, played by its definition: the templates are read backwards, to find in a request what they
//! put there. No signature is computed again: there is no document to compute it from but the client's own.

use std::rc::Rc;

use encoding_rs::GBK;
use serde_json::{Map, Value, json};

use super::held_records::HeldRecord;
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_as};
use super::{Answer, DeliveredText, World, defined_records};

/// A defined vendor's server.
pub(super) struct DefinedServer {
    pub(super) name: String,
    definition: Value,
}

/// The maximum number of records of one pull.
const MAX_PULL_RECORDS: usize = 500;

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

    /// The path of a request below the vendor's `baseUrl`, or below `/{name}` of any host; `None` for a request that is not
    /// to this vendor.
    pub(super) fn below<'a>(&self, request: &Request, path: &'a str) -> Option<&'a str> {
        let base_url = self.definition["baseUrl"].as_str().unwrap_or_default();
        let (_, rest) = base_url.split_once("://").unwrap_or_default();
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_its_host = !authority.is_empty() && [request.host(), request.authority()].contains(&authority);
        let below_base_url = if is_its_host { path.strip_prefix(prefix.trim_end_matches('/')) } else { None };
        let below_name = || path.strip_prefix('/')?.strip_prefix(self.name.as_str());
        let operations = ["send", "reports", "replies"].map(|name| &self.definition[name]);
        let has = |below: &&str| operations.iter().any(|operation| is_at(operation, below));
        below_base_url.filter(has).or_else(|| below_name().filter(has))
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

    /// Whether the vendor holds persons' replies until a pull.
    pub(super) fn holds_replies(&self) -> bool {
        self.definition["replies"]["read"]["fields"].is_object()
    }

    /// Writes a push. Only a form carries another charset than UTF-8.
    pub(super) fn push(&self, order: &Order, now: i64) -> Option<Posted> {
        let read = &self.definition["push"]["read"];
        let format = read["format"].as_str().filter(|format| *format == "form" || !self.is_gbk())?;
        let record = HeldRecord {
            vendor: self.name.clone(),
            id: order.id.to_string(),
            mobile: order.mobile.clone(),
            reference: order.reference.as_str().into(),
            text: order.text.clone(),
            status: order.status.clone(),
            time: now,
        };
        let body = defined_records::written(read, &[record], &|text| self.encode(text))?;
        Some(posted_as(format, body))
    }

    /// Answers a request to a path of [`DefinedServer::below`], with the id of the text that it sent.
    pub(super) fn answer(&self, path: &str, request: &Request, world: &mut World) -> (Answer, String) {
        let none = |reply| (Answer { reply, deliveries: Vec::new() }, String::new());
        for pull in ["reports", "replies"] {
            let operation = &self.definition[pull];
            if is_at(operation, path) && !is_at(&self.definition["send"], path) {
                if !self.is_of_account(&self.found(operation, request)) {
                    return none(self.reject(None));
                }
                let pulled = world.receipts.pull(&self.name, pull == "replies", MAX_PULL_RECORDS);
                let body = defined_records::written(&operation["read"], &pulled, &|text| self.encode(text));
                return none(Reply::bytes(200, "text/plain", self.encode(&body.unwrap_or_default())));
            }
        }
        let send = &self.definition["send"];
        let mut found = self.found(send, request);
        let url = send["url"].as_str().and_then(|url| url.strip_prefix("{baseUrl}")).unwrap_or_default();
        matched(url, path, &mut found);
        let all = |name: &str| {
            found.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        let separator = send["separator"].as_str().unwrap_or(",");
        let mut to: Vec<&str> = [all("to"), all("e164")].concat().iter().flat_map(|to| to.split(separator)).collect();
        to.dedup();
        let texts = all("text");
        if !self.is_of_account(&found) || to.is_empty() || texts.is_empty() {
            return none(self.reject(None));
        }
        let reference: Rc<str> = all("ref").first().copied().unwrap_or_default().into();
        let deliver = |(to, text): (&&str, &&str)| DeliveredText {
            to: to.strip_prefix("+86").unwrap_or(to).to_owned(),
            text: (*text).into(),
            reference: Rc::clone(&reference),
            at: None,
        };
        let deliveries: Vec<_> = to.iter().zip(texts.iter().cycle()).map(deliver).collect();
        let id = world.ids.next().to_string();
        let read = &self.definition["read"];
        let accepted = read["accepted"][0].as_str().unwrap_or_default();
        let values = [("code", accepted), ("id", &id), ("count", &deliveries.len().to_string()), ("message", "ok")];
        (Answer { reply: self.reply("accepted", &values), deliveries }, id)
    }

    /// Whether each option of the account that a request shows as it is has its value.
    fn is_of_account(&self, found: &Found) -> bool {
        found.iter().all(|(name, value)| match &self.definition["account"][name] {
            Value::String(kind) if kind != "optional" => *value == self.value_of(name),
            _ => true,
        })
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
                            (*value).clone_into(&mut fields[at]);
                        }
                    }
                }
                fields.join(read["separator"].as_str().unwrap_or("|"))
            }
            (None, format) => {
                let mut document = Value::Null;
                for (name, value) in values {
                    if let Some(path) = read[name].as_str() {
                        put(&mut document, path, json!(value));
                    }
                }
                match format {
                    Some("xml") => xml_of(&document),
                    Some("form") => pairs_of(&document),
                    _ => document.to_string(),
                }
            }
        };
        Reply::bytes(200, "text/plain", self.encode(&body))
    }

    fn encode(&self, text: &str) -> Vec<u8> {
        if self.is_gbk() { GBK.encode(text).0.into_owned() } else { text.as_bytes().to_vec() }
    }

    fn is_gbk(&self) -> bool {
        self.definition["charset"] == "gbk"
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

fn is_at(operation: &Value, path: &str) -> bool {
    let url = operation["url"].as_str().and_then(|url| url.strip_prefix("{baseUrl}"));
    url.is_some_and(|url| matched(url, path, &mut Vec::new()))
}

/// Finds in a JSON value what the strings of a template stand for.
fn compare(template: &Value, given: &Value, found: &mut Found) {
    match (template, given) {
        (Value::Object(members), _) => members.iter().for_each(|(name, value)| compare(value, &given[name], found)),
        (Value::Array(templates), Value::Array(values)) => {
            for (at, value) in values.iter().enumerate() {
                let template = templates.get(at).or(templates.first());
                if let Some(template) = template {
                    compare(template, value, found);
                }
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
pub(super) fn put(document: &mut Value, path: &str, value: Value) {
    let mut place = document;
    for name in path.split('.') {
        place = if let Ok(at) = name.parse::<usize>() {
            if !place.is_array() {
                *place = json!([]);
            }
            let Some(list) = place.as_array_mut() else { return };
            while list.len() <= at {
                list.push(Value::Null);
            }
            &mut list[at]
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            &mut place[name]
        };
    }
    if place.is_null() {
        *place = value;
    }
}

/// A list becomes an element for each of its values.
pub(super) fn xml_of(document: &Value) -> String {
    let element = |name: &str, value: &Value| format!("<{name}>{}</{name}>", xml_of(value));
    match document {
        Value::Object(members) => {
            let elements = members.iter().map(|(name, value)| match value {
                Value::Array(list) => list.iter().map(|value| element(name, value)).collect(),
                value => element(name, value),
            });
            elements.collect()
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
        put(&mut document, "a.0.b", json!("1"));
        put(&mut document, "c", json!("2"));
        assert_eq!(document, json!({ "a": [{ "b": "1" }], "c": "2" }));
    }
}
