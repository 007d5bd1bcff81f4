//! [`ValueTemplate`]: a text with expressions in braces, such as `{upper(md5(account + key + time('yyyyMMddHHmmss')))}`, which
//! a request's values are made of. An expression is a name, a text in single quotes, a function of expressions, or several
//! of these joined by `+`. `{{` writes one brace.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::str;

use crate::decimal;
use crate::error::{Code, SmsError};
use crate::phone::Phone;
use crate::search;
use crate::secret::Secret;
use crate::vendor::defined::function::Function;
use crate::wire::{Charset, gbk};

/// A parsed template.
pub(super) enum ValueTemplate {
    /// Bytes in the vendor's charset.
    Literal(Vec<u8>),
    /// A value of the request.
    Value(Name),
    /// A function of values, and whether any of them is a credential.
    Call(Function, Vec<ValueTemplate>, bool),
    /// Parts one after the other.
    Join(Vec<ValueTemplate>),
}

/// The name of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The receivers: a mainland number's 11 digits, any other in E.164.
    To,
    /// The receivers in E.164.
    E164,
    Text,
    Ref,
    /// Seconds since the Unix epoch.
    Time,
    /// Milliseconds since the Unix epoch.
    TimeMs,
    /// 16 random letters and digits.
    Nonce,
    BaseUrl,
    /// The option of an account at this index.
    Option(usize),
}

const NAMES: [(&str, Name); 8] = [
    ("to", Name::To),
    ("e164", Name::E164),
    ("text", Name::Text),
    ("ref", Name::Ref),
    ("time", Name::Time),
    ("timeMs", Name::TimeMs),
    ("nonce", Name::Nonce),
    ("baseUrl", Name::BaseUrl),
];

/// The maximum nesting of functions.
const MAX_DEPTH: u8 = 16;

/// What a template may name.
pub(super) struct TemplateScope<'a> {
    /// The options of an account, each with whether it is a credential.
    pub(super) options: &'a [(&'static str, bool)],
    pub(super) charset: Charset,
}

/// The values of one request.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) charset: Charset,
    pub(super) base_url: &'a str,
    /// The values of an account's options, in the order of [`TemplateScope::options`].
    pub(super) options: &'a [Option<Secret>],
    pub(super) to: &'a [Phone],
    /// The text between two receivers.
    pub(super) separator: &'a str,
    pub(super) text: &'a str,
    pub(super) reference: &'a str,
    /// Milliseconds since the Unix epoch.
    pub(super) now_ms: i64,
    /// Random letters and digits; empty where there are none.
    pub(super) nonce: &'a str,
    /// The named parameters of the request, for `sorted`.
    pub(super) fields: &'a [(&'static str, Vec<u8>)],
    /// The values made of credentials so far.
    pub(super) derived: &'a RefCell<Vec<String>>,
}

impl ValueTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub(super) fn parse(text: &str, scope: &TemplateScope<'_>) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, behind)) = search::split(rest, "{") {
            literal.push_str(before);
            if let Some(behind) = behind.strip_prefix('{') {
                literal.push('{');
                rest = behind;
                continue;
            }
            add_literal(&mut parts, &mut literal, scope)?;
            let mut parser = Parser { rest: behind, scope };
            parts.push(parser.joined(MAX_DEPTH)?);
            parser.expect("}")?;
            rest = parser.rest;
        }
        literal.push_str(rest);
        add_literal(&mut parts, &mut literal, scope)?;
        Ok(Self::Join(parts))
    }

    /// The bytes of the template, in the vendor's charset.
    ///
    /// # Errors
    /// `content` where the charset lacks a character, `invalid_argument` where there are no random bytes.
    pub(super) fn bytes(&self, context: &Context<'_>) -> Result<Vec<u8>, SmsError> {
        match self {
            Self::Literal(bytes) => Ok(bytes.clone()),
            Self::Value(name) => context.value(*name),
            Self::Call(function, values, is_secret) => {
                let values: Result<Vec<_>, _> = values.iter().map(|value| value.bytes(context)).collect();
                let bytes = function.apply(&values?, context);
                if let (true, Ok(derived)) = (is_secret, str::from_utf8(&bytes)) {
                    context.derived.borrow_mut().push(derived.to_owned());
                }
                Ok(bytes)
            }
            Self::Join(parts) => {
                let mut bytes = Vec::new();
                for part in parts {
                    bytes.extend(part.bytes(context)?);
                }
                Ok(bytes)
            }
        }
    }

    /// Whether a condition holds for any part.
    pub(super) fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        holds(self)
            || match self {
                Self::Call(_, parts, _) | Self::Join(parts) => parts.iter().any(|part| part.any(holds)),
                _ => false,
            }
    }

    /// Whether it names a value.
    pub(super) fn names(&self, name: Name) -> bool {
        self.any(&|part| matches!(part, Self::Value(named) if *named == name))
    }

    /// Whether it calls a function.
    pub(super) fn calls(&self, function: Function) -> bool {
        self.any(&|part| matches!(part, Self::Call(called, ..) if *called == function))
    }

    /// Whether the value may differ between two requests with the same text and reference.
    pub(super) fn is_signed(&self) -> bool {
        let is_timed = |name| self.names(name);
        [Name::Time, Name::TimeMs, Name::Nonce].into_iter().any(is_timed)
            || self.calls(Function::Time)
            || self.calls(Function::Utc)
    }

    /// Whether a name has a meaning of its own.
    pub(super) fn is_reserved(name: &str) -> bool {
        NAMES.iter().any(|(known, _)| *known == name)
    }

    /// Whether any part is a credential.
    pub(super) fn is_secret(&self, scope: &TemplateScope<'_>) -> bool {
        self.any(&|part| matches!(part, Self::Value(Name::Option(at)) if scope.options.get(*at).is_some_and(|(_, secret)| *secret)))
    }

    /// Whether it names an option that the account does not have.
    pub(super) fn lacks(&self, options: &[Option<Secret>]) -> bool {
        self.any(&|part| matches!(part, Self::Value(Name::Option(at)) if matches!(options.get(*at), Some(None))))
    }
}

/// Ends a literal part, in the vendor's charset.
fn add_literal(parts: &mut Vec<ValueTemplate>, literal: &mut String, scope: &TemplateScope<'_>) -> Result<(), String> {
    let text = core::mem::take(literal);
    if !text.is_empty() {
        let bytes = encoded(&text, scope.charset).ok_or("GB2312 lacks a character of the template")?;
        parts.push(ValueTemplate::Literal(bytes));
    }
    Ok(())
}

fn encoded(text: &str, charset: Charset) -> Option<Vec<u8>> {
    match charset {
        Charset::Utf8 => Some(text.as_bytes().to_vec()),
        Charset::Gbk => gbk::encode(text).ok(),
    }
}

struct Parser<'a> {
    rest: &'a str,
    scope: &'a TemplateScope<'a>,
}

impl Parser<'_> {
    fn joined(&mut self, depth: u8) -> Result<ValueTemplate, String> {
        let mut parts = vec![self.term(depth)?];
        while self.takes("+") {
            parts.push(self.term(depth)?);
        }
        Ok(ValueTemplate::Join(parts))
    }

    fn term(&mut self, depth: u8) -> Result<ValueTemplate, String> {
        if self.takes("'") {
            let (text, behind) = search::split(self.rest, "'").ok_or("a quoted text has no end")?;
            self.rest = behind;
            let bytes = encoded(text, self.scope.charset).ok_or("GB2312 lacks a character of the template")?;
            return Ok(ValueTemplate::Literal(bytes));
        }
        let end = self.rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (name, behind) = self.rest.split_at(end);
        self.rest = behind;
        if !self.takes("(") {
            let at = self.scope.options.iter().position(|(option, _)| *option == name);
            let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, name)| *name);
            let name = known.or(at.map(Name::Option)).ok_or_else(|| match name {
                "" => "a value is missing: a name, a function, or a text in single quotes".to_owned(),
                name => ["there is no value ", name].concat(),
            })?;
            return Ok(ValueTemplate::Value(name));
        }
        let depth = depth.checked_sub(1).ok_or("functions within functions")?;
        let mut values = Vec::new();
        loop {
            values.push(self.joined(depth)?);
            if !self.takes(",") {
                break;
            }
        }
        self.expect(")")?;
        let function = Function::named(name, values.len());
        let function = function.ok_or_else(|| {
            ["there is no function ", name, " of ", &decimal::count(values.len()), " values"].concat()
        })?;
        let is_secret = values.iter().any(|value| value.is_secret(self.scope));
        Ok(ValueTemplate::Call(function, values, is_secret))
    }

    /// Takes a mark, and the blanks around it, if it comes next.
    fn takes(&mut self, mark: &str) -> bool {
        let behind = self.rest.trim_start().strip_prefix(mark);
        // Blanks within quotes belong to the text.
        self.rest =
            behind.map_or(self.rest.trim_start(), |behind| if mark == "'" { behind } else { behind.trim_start() });
        behind.is_some()
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        if self.takes(mark) { Ok(()) } else { Err([mark, " is missing before: ", self.rest].concat()) }
    }
}

impl Context<'_> {
    fn value(&self, name: Name) -> Result<Vec<u8>, SmsError> {
        let text = match name {
            Name::To | Name::E164 => {
                let written: Vec<String> = self.to.iter().map(|phone| written(*phone, name)).collect();
                written.join(self.separator)
            }
            Name::Text => self.text.to_owned(),
            Name::Ref => self.reference.to_owned(),
            Name::Time => decimal::decimal(self.now_ms.div_euclid(1000)),
            Name::TimeMs => decimal::decimal(self.now_ms),
            Name::Nonce => self.nonce.to_owned(),
            Name::BaseUrl => self.base_url.to_owned(),
            Name::Option(at) => self.options.get(at).and_then(Option::as_ref).map_or("", Secret::expose).to_owned(),
        };
        encoded(&text, self.charset)
            .ok_or_else(|| SmsError::not_sent(Code::Content, "GB2312 lacks a character of the text").field("text"))
    }
}

fn written(phone: Phone, name: Name) -> String {
    phone.mainland().filter(|_| name == Name::To).unwrap_or_else(|| phone.e164())
}
