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
use crate::template_params::TemplateParams;
use crate::wire::json::Json;

/// The properties that all messages of a bulk share. The recipients follow it, in any number.
pub struct Bulk {
    /// The purpose of the messages.
    pub kind: MessageKind,
    /// The id of the vendor's approved template, for a vendor that takes one beside the text.
    pub template_id: Option<Rc<str>>,
    /// The values of that template's variables, the same for all.
    pub params: Option<Rc<TemplateParams>>,
    /// The signature, for a vendor that takes it beside the text.
    pub sign_name: Option<Rc<str>>,
    /// The prefix of the requests' references, if the caller gives one.
    pub reference: Option<Reference>,
    /// The time to send at, in milliseconds since the Unix epoch; `None` sends at once.
    pub send_at: Option<i64>,
    text: BulkText,
}

/// The kind of a bulk's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BulkForm {
    /// The text that every recipient receives: a recipient is a number.
    Shared,
    /// A template: a recipient is a number and values.
    Template,
    /// There is none: a recipient is a number and a text.
    Own,
}

/// The source of the recipients' texts.
enum BulkText {
    /// The bulk has one text for all.
    Shared(Rc<str>),
    /// Each recipient brings a whole text.
    Own,
    /// The bulk has a template, each recipient brings its values.
    Template(Rc<Template>),
}

/// One recipient: the number and its text.
pub struct Recipient {
    /// The receiver.
    pub to: Phone,
    /// The text for it.
    pub content: BulkContent,
}

/// The text of one recipient.
#[derive(Clone)]
pub enum BulkContent {
    /// The text that all recipients share.
    Shared(Rc<str>),
    /// A text of its own.
    Own(Rc<str>),
    /// A template and this recipient's values.
    Filled {
        /// The template.
        template: Rc<Template>,
        /// The recipient's values, as many as the template has placeholders.
        values: TemplateValues,
    },
}

impl BulkContent {
    /// The whole text, with the values filled in.
    #[must_use]
    pub fn text(&self) -> Rc<str> {
        match self {
            Self::Shared(text) | Self::Own(text) => Rc::clone(text),
            Self::Filled { template, values } => template.fill(values).into(),
        }
    }
}

impl Bulk {
    /// Reads the JSON of a bulk, without its recipients.
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
        fields.only(&["text", "template", "kind", "templateId", "params", "signName", "ref", "sendAt"])?;
        let params = fields.value("params");
        let text = match (fields.text("text")?, fields.text("template")?) {
            (Some(_), Some(_)) => return Err(fields.wrong("template", "a bulk has a text or a template, not both")),
            (Some(text), None) => BulkText::Shared(not_empty(text)?.into()),
            (None, Some(_)) if params.is_some() => {
                let message = "params are the same for all: with template, give each recipient its values";
                return Err(fields.wrong("params", message));
            }
            (None, Some(template)) => BulkText::Template(Rc::new(Template::parse(template)?)),
            (None, None) if params.is_some() => BulkText::Shared(Rc::default()),
            (None, None) => BulkText::Own,
        };
        let SharedFields { kind, template_id, params, sign_name, reference, send_at } = SharedFields::read(&fields)?;
        Ok(Self { kind, template_id, params, sign_name, reference, send_at, text })
    }

    /// A bulk of a text of this form, which says nothing else.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn of_form(form: BulkForm, text: &str) -> Result<Self, SmsError> {
        let text = match form {
            BulkForm::Shared => BulkText::Shared(text.into()),
            BulkForm::Template => BulkText::Template(Rc::new(Template::parse(text)?)),
            BulkForm::Own => BulkText::Own,
        };
        let kind = MessageKind::default();
        Ok(Self { kind, template_id: None, params: None, sign_name: None, reference: None, send_at: None, text })
    }

    /// The kind of its content, and the text or the template.
    #[must_use]
    pub fn form(&self) -> (BulkForm, &str) {
        match &self.text {
            BulkText::Shared(text) => (BulkForm::Shared, text),
            BulkText::Template(template) => (BulkForm::Template, template.text()),
            BulkText::Own => (BulkForm::Own, ""),
        }
    }

    /// The template, for a bulk that has one.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        if let BulkText::Template(template) = &self.text { Some(template) } else { None }
    }

    /// Reads a recipient from a line. A line is a number where all recipients share one text; otherwise a number and
    /// the text or the values, separated by tabs. It is JSON, `{to, text}` or `{to, values}`, where a text has a tab or
    /// a line feed, which JSON escapes.
    ///
    /// # Errors
    /// The recipient's number as far as it could be read, and the error.
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
        if fields.value("params").is_some() {
            let message = "a recipient has a text, or values for the bulk's template";
            return Err(fields.wrong("params", message));
        }
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
