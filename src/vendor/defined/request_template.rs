//! [`RequestTemplate`]: a request of a defined vendor, whose parts are templates.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::str;

use crate::decimal;
use crate::error::SmsError;
use crate::intern::intern;
use crate::options::Fields;
use crate::secret::Secret;
use crate::vendor::defined::expression::{Context, Name, TemplateScope, ValueTemplate};
use crate::vendor::defined::function::Function;
use crate::vendor::frame;
use crate::wire::json::Json;
use crate::wire::json_writer::write_text;
use crate::wire::{Charset, percent};

/// A request, with a template for each part.
pub(super) struct RequestTemplate {
    url: ValueTemplate,
    headers: Vec<Field>,
    query: Vec<Field>,
    body: BodyTemplate,
    content_type: &'static str,
    /// The text between two receivers.
    separator: String,
}

/// A named parameter or header.
struct Field {
    name: &'static str,
    template: ValueTemplate,
    is_secret: bool,
}

enum BodyTemplate {
    None,
    Form(Vec<Field>),
    Json(JsonTemplate),
    /// A text in pieces, of which some are secret.
    Text(Vec<Field>),
}

/// A JSON value whose strings are templates.
enum JsonTemplate {
    /// A value without a template, as JSON.
    Fixed(Vec<u8>),
    Text(Field),
    List(Vec<JsonTemplate>),
    /// A list with this element for each receiver.
    Each(Box<JsonTemplate>),
    Object(Vec<(Vec<u8>, JsonTemplate)>),
}

pub(super) const REQUEST_FIELDS: [&str; 8] = ["method", "url", "headers", "query", "form", "json", "body", "separator"];

impl RequestTemplate {
    /// Reads the request from a definition.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub(super) fn read(fields: &Fields<'_>, scope: &TemplateScope<'_>) -> Result<Self, SmsError> {
        let is_get = fields.choice("method", &[("GET", true), ("POST", false)])?.unwrap_or(false);
        let url = template(fields, "url", fields.required("url")?, scope)?;
        if url.is_secret(scope) {
            return Err(fields.wrong("url", "url names a secret, and URLs are shown: put it into query or headers"));
        }
        if !matches!(&url, ValueTemplate::Join(parts) if is_base_url(parts)) {
            return Err(fields.wrong("url", "url must begin with {baseUrl}"));
        }
        let mut headers = named(fields, "headers", scope)?;
        let mut content_type = None;
        if let Some(at) = headers.iter().position(|header| header.name == "content-type") {
            let ValueTemplate::Join(parts) = headers.remove(at).template else {
                return Err(fields.wrong("headers", ""));
            };
            let [ValueTemplate::Literal(literal)] = &parts[..] else {
                return Err(fields.wrong("headers.content-type", "headers.content-type is the same for every request"));
            };
            content_type = Some(intern(str::from_utf8(literal).unwrap_or_default()));
        }
        let query = named(fields, "query", scope)?;
        let bodies = ["form", "json", "body"].map(|name| fields.value(name).is_some());
        if bodies.into_iter().filter(|given| *given).count() > usize::from(!is_get) {
            return Err(fields.wrong("method", "a POST has one of form, json and body, and a GET has none"));
        }
        let charset = if scope.charset == Charset::Gbk { "gbk" } else { "utf-8" };
        let (body, usual) = if let Some(json) = fields.value("json") {
            if scope.charset == Charset::Gbk {
                return Err(fields.wrong("json", "json is UTF-8: with charset gbk use form or body"));
            }
            (BodyTemplate::Json(json_template(fields, "json", json, scope)?), "application/json")
        } else if let Some(text) = fields.text("body")? {
            let usual = intern(&["text/xml; charset=", charset].concat());
            let whole = template(fields, "body", text, scope)?;
            let parts = if let ValueTemplate::Join(parts) = whole { parts } else { Vec::new() };
            (BodyTemplate::Text(parts.into_iter().map(|part| field("", part, scope)).collect()), usual)
        } else if is_get {
            (BodyTemplate::None, "")
        } else {
            (BodyTemplate::Form(named(fields, "form", scope)?), "application/x-www-form-urlencoded")
        };
        Ok(Self {
            url,
            headers,
            query,
            body,
            content_type: content_type.filter(|_| !is_get).unwrap_or(usual),
            separator: fields.text("separator")?.unwrap_or(",").into(),
        })
    }

    /// Whether a condition holds for the template of any part.
    pub(super) fn any(&self, holds: &dyn Fn(&ValueTemplate) -> bool) -> bool {
        let fields = |fields: &[Field]| fields.iter().any(|field| field.template.any(holds));
        fields(&self.headers)
            || fields(&self.query)
            || match &self.body {
                BodyTemplate::None => false,
                BodyTemplate::Form(form) => fields(form),
                BodyTemplate::Json(json) => json.any(holds),
                BodyTemplate::Text(parts) => fields(parts),
            }
    }

    /// Whether a receiver's own text can share the request with others'.
    pub(super) fn has_text_each(&self) -> bool {
        matches!(&self.body, BodyTemplate::Json(json) if json.has_text_each())
    }

    /// Builds the request, as marked parts: see [`DefinitionCall`](crate::vendor::defined_account::DefinitionCall).
    ///
    /// # Errors
    /// `content` where the charset lacks a character, `invalid_argument` where a header cannot be written.
    pub(super) fn build(&self, context: &Context<'_>, texts: &[&str]) -> Result<Vec<u8>, SmsError> {
        let derived = RefCell::default();
        let context = Context { separator: &self.separator, derived: &derived, ..*context };
        let mut plain = Vec::new();
        for field in self.plain_fields() {
            if !field.template.lacks(context.options) {
                plain.push((field.name, field.template.bytes(&context)?));
            }
        }
        let context = Context { fields: &plain, ..context };
        let mut out = Vec::new();
        frame::add_marked(&mut out, b'u', &self.url.bytes(&context)?, false);
        if !self.content_type.is_empty() {
            frame::add_marked(&mut out, b'c', self.content_type.as_bytes(), false);
        }
        for field in self.headers.iter().filter(|field| !field.template.lacks(context.options)) {
            let value = field.template.bytes(&context)?;
            if !value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                let message = ["the header ", field.name, " has other characters than ASCII's"].concat();
                return Err(SmsError::argument("headers", message));
            }
            frame::add_marked(&mut out, b'n', field.name.as_bytes(), false);
            frame::add_marked(&mut out, b'v', &value, field.is_secret);
        }
        add_pairs(&mut out, b'e', &self.query, "?", &context)?;
        match &self.body {
            BodyTemplate::None => {}
            BodyTemplate::Form(form) => add_pairs(&mut out, b'b', form, "", &context)?,
            BodyTemplate::Json(json) => json.write(&mut out, &context, texts)?,
            BodyTemplate::Text(parts) => {
                for part in parts.iter().filter(|part| !part.template.lacks(context.options)) {
                    add_body(&mut out, &part.template.bytes(&context)?, part.is_secret);
                }
            }
        }
        for value in derived.take() {
            frame::add_marked(&mut out, b'd', value.as_bytes(), true);
        }
        Ok(out)
    }

    /// The parameters that `sorted` joins: those of the query and of the form, and the texts at the top of the JSON, but
    /// none that is signed itself.
    fn plain_fields(&self) -> impl Iterator<Item = &Field> {
        let (form, members): (&[Field], &[(Vec<u8>, JsonTemplate)]) = match &self.body {
            BodyTemplate::Form(form) => (form, &[]),
            BodyTemplate::Json(JsonTemplate::Object(members)) => (&[], members),
            _ => (&[], &[]),
        };
        let texts = members
            .iter()
            .filter_map(|(_, value)| if let JsonTemplate::Text(text) = value { Some(text) } else { None });
        self.query
            .iter()
            .chain(form)
            .chain(texts)
            .filter(|field| !field.template.calls(Function::Sorted) && !field.template.calls(Function::SortedPercent))
    }
}

/// Adds parameters, percent-encoded, but for those of options that the account does not have. `before` precedes the
/// first.
fn add_pairs(
    out: &mut Vec<u8>,
    mark: u8,
    fields: &[Field],
    before: &str,
    context: &Context<'_>,
) -> Result<(), SmsError> {
    let mut before = before;
    for field in fields.iter().filter(|field| !field.template.lacks(context.options)) {
        frame::add_marked(out, mark, [before, field.name, "="].concat().as_bytes(), false);
        frame::add_marked(out, mark, &percent::encode(&field.template.bytes(context)?), field.is_secret);
        before = "&";
    }
    Ok(())
}

/// Adds a piece of the body.
fn add_body(out: &mut Vec<u8>, text: &[u8], is_secret: bool) {
    frame::add_marked(out, b'b', text, is_secret);
}

impl JsonTemplate {
    fn any(&self, holds: &dyn Fn(&ValueTemplate) -> bool) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Text(text) => text.template.any(holds),
            Self::List(list) => list.iter().any(|value| value.any(holds)),
            Self::Each(value) => value.any(holds),
            Self::Object(members) => members.iter().any(|(_, value)| value.any(holds)),
        }
    }

    fn has_text_each(&self) -> bool {
        match self {
            Self::Each(value) => value.any(&|part| part.names(Name::Text)),
            Self::List(list) => list.iter().any(Self::has_text_each),
            Self::Object(members) => members.iter().any(|(_, value)| value.has_text_each()),
            Self::Fixed(_) | Self::Text(_) => false,
        }
    }

    fn lacks(&self, options: &[Option<Secret>]) -> bool {
        matches!(self, Self::Text(text) if text.template.lacks(options))
    }

    /// Appends the value in pieces, of which some are secret.
    fn write(&self, out: &mut Vec<u8>, context: &Context<'_>, texts: &[&str]) -> Result<(), SmsError> {
        let mut add = |text: &[u8], is_secret| add_body(out, text, is_secret);
        match self {
            Self::Fixed(json) => add(json, false),
            Self::Text(text) => {
                let bytes = text.template.bytes(context)?;
                if is_number(&text.template)
                    && str::from_utf8(&bytes).is_ok_and(|digits| decimal::parse(digits).is_some())
                {
                    add(&bytes, text.is_secret);
                } else {
                    let mut quoted = Vec::new();
                    write_text(&mut quoted, str::from_utf8(&bytes).unwrap_or_default());
                    add(b"\"", false);
                    add(quoted.get(1..quoted.len() - 1).unwrap_or_default(), text.is_secret);
                    add(b"\"", false);
                }
            }
            Self::List(list) => {
                for (at, value) in list.iter().enumerate() {
                    add_body(out, if at == 0 { b"[" } else { b"," }, false);
                    value.write(out, context, texts)?;
                }
                add_body(out, b"]", false);
            }
            Self::Each(value) => {
                for (at, phone) in context.to.iter().enumerate() {
                    add_body(out, if at == 0 { b"[" } else { b"," }, false);
                    let to = core::slice::from_ref(phone);
                    let text = texts.get(at).copied().unwrap_or(context.text);
                    value.write(out, &Context { to, text, ..*context }, &[])?;
                }
                add_body(out, b"]", false);
            }
            Self::Object(members) => {
                let mut before = "{";
                for (name, value) in members.iter().filter(|(_, value)| !value.lacks(context.options)) {
                    add_body(out, before.as_bytes(), false);
                    add_body(out, name, false);
                    value.write(out, context, texts)?;
                    before = ",";
                }
                add_body(out, if before == "{" { b"{}" } else { b"}" }, false);
            }
        }
        Ok(())
    }
}

/// Whether a template is a call of `number` and nothing else.
fn is_number(template: &ValueTemplate) -> bool {
    match template {
        ValueTemplate::Call(function, ..) => *function == Function::Number,
        ValueTemplate::Join(parts) => matches!(&parts[..], [only] if is_number(only)),
        _ => false,
    }
}

/// Whether a template begins with `{baseUrl}`.
fn is_base_url(parts: &[ValueTemplate]) -> bool {
    match parts.first() {
        Some(ValueTemplate::Join(inner)) => is_base_url(inner),
        Some(ValueTemplate::Value(Name::BaseUrl)) => true,
        _ => false,
    }
}

pub(super) fn template(
    fields: &Fields<'_>,
    name: &str,
    text: &str,
    scope: &TemplateScope<'_>,
) -> Result<ValueTemplate, SmsError> {
    ValueTemplate::parse(text, scope).map_err(|wrong| fields.wrong(name, [name, ": ", &wrong].concat()))
}

fn field(name: &'static str, template: ValueTemplate, scope: &TemplateScope<'_>) -> Field {
    Field { name, is_secret: template.is_secret(scope), template }
}

/// The members of an object, as templates.
fn named(fields: &Fields<'_>, group: &str, scope: &TemplateScope<'_>) -> Result<Vec<Field>, SmsError> {
    let Some(value) = fields.value(group) else { return Ok(Vec::new()) };
    let inner = Fields::new(value, &fields.path(group), group)?;
    let is_header = group == "headers";
    let mut all = Vec::new();
    for (name, _) in inner.members() {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(legal) {
            return Err(inner.wrong(name, "a parameter's name has letters, digits, hyphens, underscores and dots"));
        }
        let text = inner.text(name)?.unwrap_or_default();
        let kept = if is_header { intern(&name.to_ascii_lowercase()) } else { intern(name) };
        all.push(field(kept, template(&inner, name, text, scope)?, scope));
    }
    Ok(all)
}

fn json_template(
    fields: &Fields<'_>,
    path: &str,
    json: &Json<'_>,
    scope: &TemplateScope<'_>,
) -> Result<JsonTemplate, SmsError> {
    let inner = |name: &str, value: &Json<'_>| json_template(fields, &[path, ".", name].concat(), value, scope);
    if let Some(list) = json.list() {
        let list: Result<Vec<_>, _> =
            list.iter().enumerate().map(|(at, value)| inner(&decimal::count(at), value)).collect();
        let mut templates = list?;
        let is_each = |value: &JsonTemplate| value.any(&|part| part.names(Name::To) || part.names(Name::E164));
        return Ok(match templates.pop() {
            Some(only) if templates.is_empty() && is_each(&only) => JsonTemplate::Each(Box::new(only)),
            Some(other) => {
                templates.push(other);
                JsonTemplate::List(templates)
            }
            None => JsonTemplate::Fixed(b"[]".to_vec()),
        });
    }
    if json.is_object() {
        let mut members = Vec::new();
        for (name, value) in json.members() {
            let mut written = Vec::new();
            write_text(&mut written, name);
            written.push(b':');
            let mut value = inner(name, value)?;
            if let JsonTemplate::Text(text) = &mut value {
                text.name = intern(name);
            }
            members.push((written, value));
        }
        return Ok(JsonTemplate::Object(members));
    }
    match (json.string(), json.flag(), json.text()) {
        (Some(text), ..) => Ok(JsonTemplate::Text(field("", template(fields, path, text, scope)?, scope))),
        (_, Some(flag), _) => Ok(JsonTemplate::Fixed(if flag { "true" } else { "false" }.into())),
        (.., Some(number)) => Ok(JsonTemplate::Fixed(number.into())),
        _ if json.is_function() => Err(fields.wrong(path, [path, " is no JSON, or a number with a fraction"].concat())),
        _ => Ok(JsonTemplate::Fixed(b"null".to_vec())),
    }
}
