//! [`Bulk`]: one text to many numbers, a text for each, or a template and values for each.

use alloc::rc::Rc;
use alloc::string::String;

use xinshi_bytes::{first_piece, pieces};

use crate::error::SmsError;
use crate::message::{MessageKind, SharedFields, not_empty};
use crate::options::{self, Fields};
use crate::phone::Phone;
use crate::reference::Reference;
use crate::search;
use crate::template::{Template, TemplateValues};
use crate::wire::blank;
use crate::wire::json::Json;

/// What a bulk says of all its messages. Its recipients come after it, as many as there are.
pub struct Bulk {
    /// What its messages are for.
    pub kind: MessageKind,
    /// The vendor's approved template, where it wants its id beside the text.
    pub template_id: Option<Rc<str>>,
    /// What the references of its requests begin with, where the caller says so.
    pub reference: Option<Reference>,
    /// When to send it, in milliseconds since 1970, where not at once.
    pub send_at: Option<i64>,
    text: BulkText,
}

/// What a bulk's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// The text that every recipient receives: a recipient is a number.
    Shared,
    /// A template: a recipient is a number and values.
    Template,
    /// There is none: a recipient is a number and a text.
    Own,
}

/// Who says what they receive.
enum BulkText {
    /// The bulk: one text to all.
    Shared(Rc<str>),
    /// Each recipient: a whole text.
    Own,
    /// The bulk a template, each recipient its values.
    Template(Rc<Template>),
}

/// One receiver and what is wanted for it.
pub struct Recipient {
    /// The receiver.
    pub to: Phone,
    /// What it receives.
    pub content: BulkContent,
}

/// What one recipient receives.
#[derive(Clone)]
pub enum BulkContent {
    /// The text that all receive.
    Shared(Rc<str>),
    /// A text of its own.
    Own(Rc<str>),
    /// A template, filled.
    Filled {
        /// The template.
        template: Rc<Template>,
        /// Its values, as many as it has places.
        values: TemplateValues,
    },
}

impl BulkContent {
    /// The whole text.
    #[must_use]
    pub fn text(&self) -> Rc<str> {
        match self {
            Self::Shared(text) | Self::Own(text) => Rc::clone(text),
            Self::Filled { template, values } => template.fill(values).into(),
        }
    }
}

impl Bulk {
    /// Reads a bulk as JavaScript wrote it, without its recipients.
    ///
    /// # Errors
    /// `content` for an empty text, `invalid_argument` for a wrong field.
    pub fn read(json: &str) -> Result<Self, SmsError> {
        Self::of(&options::parse(json, "bulk")?)
    }

    /// Reads a bulk that is not written as text.
    ///
    /// # Errors
    /// As [`Bulk::read`].
    pub fn of(json: &Json<'_>) -> Result<Self, SmsError> {
        let fields = Fields::new(json, "", "bulk")?;
        fields.only(&["text", "template", "kind", "templateId", "ref", "sendAt"])?;
        let text = match (fields.text("text")?, fields.text("template")?) {
            (Some(_), Some(_)) => return Err(fields.wrong("template", "a bulk has a text or a template, not both")),
            (Some(text), None) => BulkText::Shared(not_empty(text)?.into()),
            (None, Some(template)) => BulkText::Template(Rc::new(Template::parse(template)?)),
            (None, None) => BulkText::Own,
        };
        let SharedFields { kind, template_id, reference, send_at } = SharedFields::read(&fields)?;
        Ok(Self { kind, template_id, reference, send_at, text })
    }

    /// A bulk of a text of this form, which says nothing else.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn of_form(form: Form, text: &str) -> Result<Self, SmsError> {
        let wording = match form {
            Form::Shared => BulkText::Shared(text.into()),
            Form::Template => BulkText::Template(Rc::new(Template::parse(text)?)),
            Form::Own => BulkText::Own,
        };
        Ok(Self { kind: MessageKind::default(), template_id: None, reference: None, send_at: None, wording })
    }

    /// What its recipients receive, and the text or the template.
    #[must_use]
    pub fn form(&self) -> (Form, &str) {
        match &self.wording {
            BulkText::Shared(text) => (Form::Shared, text),
            BulkText::Template(template) => (Form::Template, template.text()),
            BulkText::Own => (Form::Own, ""),
        }
    }

    /// The template that recipients bring values for, where there is one.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        if let BulkText::Template(template) = &self.text { Some(template) } else { None }
    }

    /// Reads a recipient from a line: a number where all receive one text; else a number and the text or the values, with
    /// tabs between them, or where one of them has a tab or a line feed, JSON, `{to, text}` or `{to, values}`, which writes
    /// neither as it is.
    ///
    /// # Errors
    /// What is wrong with it, and what it has of a number.
    pub fn recipient(&self, line: &str) -> Result<Recipient, (String, SmsError)> {
        if let BulkText::Shared(text) = &self.text {
            return match Phone::parse(line) {
                Ok(to) => Ok(Recipient { to, content: BulkContent::Shared(Rc::clone(text)) }),
                Err(error) => Err((line.into(), error)),
            };
        }
        if let Some((to, rest)) = first_piece(line, b'\t') {
            return self.read_own(to, rest).map_err(|error| (to.into(), error));
        }
        options::parse(line, "recipient").and_then(|json| self.read_json(&json)).map_err(|error| {
            let to = search::split(line, "\"to\":\"").and_then(|(_, rest)| search::split(rest, "\""));
            (to.map_or("", |(to, _)| to).into(), error)
        })
    }

    fn read_own(&self, to: &str, rest: &str) -> Result<Recipient, SmsError> {
        let to = Phone::parse(to)?;
        let content = if let BulkText::Template(template) = &self.text {
            template.check(pieces(rest, b'\t').count())?;
            BulkContent::Filled { template: Rc::clone(template), values: TemplateValues::separated(rest, b'\t') }
        } else {
            BulkContent::Own(not_empty(rest)?.into())
        };
        Ok(Recipient { to, content })
    }

    fn read_json(&self, written: &Json<'_>) -> Result<Recipient, SmsError> {
        let fields = Fields::new(written, "", "recipient")?;
        let to = fields.text("to")?.ok_or_else(|| fields.wrong("to", "to is missing"))?;
        let to = Phone::parse(to)?;
        let content = if let BulkText::Template(template) = &self.text {
            fields.only(&["to", "values"])?;
            let values = fields.texts("values")?.ok_or_else(|| fields.wrong("values", "values is missing"))?;
            template.check(values.len())?;
            let values = TemplateValues::of(&values)
                .ok_or_else(|| fields.wrong("values", "values hold every control character"))?;
            BulkContent::Filled { template: Rc::clone(template), values }
        } else {
            fields.only(&["to", "text"])?;
            let text = fields.text("text")?.ok_or_else(|| fields.wrong("text", "text is missing"))?;
            BulkContent::Own(not_empty(text)?.into())
        };
        Ok(Recipient { to, content })
    }
}

/// A text that says something.
///
/// # Errors
/// `content` where it does not.
pub fn not_empty(text: &str) -> Result<&str, SmsError> {
    if blank::trim(text).is_empty() {
        Err(SmsError::not_sent(Code::Content, "the text is empty").field("text"))
    } else {
        Ok(text)
    }
}
