//! [`Batch`]: the messages of one request, to one number or to many.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::message::{Message, MessageKind};
use crate::phone::Phone;
use crate::template::TemplateValues;
use crate::template_params::TemplateParams;

/// Messages that travel in one request.
#[derive(Clone)]
pub struct Batch {
    /// The receivers; no number occurs twice.
    pub to: Rc<[Phone]>,
    /// The texts.
    pub content: Content,
    /// The purpose of all the messages.
    pub kind: MessageKind,
    /// The id of the vendor's approved template, for a vendor that takes one beside the text.
    pub template_id: Option<Rc<str>>,
    /// The values of that template's variables, for a vendor that fills it.
    pub params: Option<Rc<TemplateParams>>,
    /// The signature, for a vendor that takes it beside the text.
    pub sign_name: Option<Rc<str>>,
    /// The time to send at, in milliseconds since the Unix epoch; `None` sends at once.
    pub send_at: Option<i64>,
    /// The URL for this batch's delivery report, at a vendor that takes one a text (liasmart). `None` uses the
    /// account's own.
    pub callback_url: Option<Rc<str>>,
}

/// The texts of a [`Batch`].
#[derive(Clone)]
pub enum Content {
    /// One text for all receivers.
    Same(Rc<str>),
    /// A text for each receiver, in their order.
    Each(Vec<Rc<str>>),
    /// A template with `{value0}`, `{value1}`, …, and the values for each receiver, in their order.
    Filled {
        /// The template, or the id of one that the vendor keeps.
        template: Rc<str>,
        /// The values of each receiver, as many as the template has placeholders.
        values: Vec<TemplateValues>,
    },
}

impl Batch {
    /// The texts and the values that no error may repeat.
    #[must_use]
    pub fn hidden_texts(&self) -> Content {
        let Some(params) = &self.params else { return self.content.clone() };
        let mut texts = self.content.texts();
        texts.extend(params.values.iter().map(|(_, value)| Rc::from(value.as_str())));
        Content::Each(texts)
    }
}

impl Content {
    /// The one text for all receivers; `None` for other contents.
    #[must_use]
    pub fn same(&self) -> Option<&Rc<str>> {
        if let Self::Same(text) = self { Some(text) } else { None }
    }

    /// The texts that the receivers get, or the template.
    #[must_use]
    pub fn texts(&self) -> Vec<Rc<str>> {
        match self {
            Self::Same(text) => vec![Rc::clone(text)],
            Self::Each(texts) => texts.clone(),
            Self::Filled { template, values } => {
                let mut texts = vec![Rc::clone(template)];
                for value in values.iter().flat_map(TemplateValues::iter) {
                    texts.push(value.into());
                }
                texts
            }
        }
    }
}

impl From<&Message> for Batch {
    fn from(message: &Message) -> Self {
        Self {
            to: Rc::new([message.to]),
            content: Content::Same(Rc::clone(&message.text)),
            kind: message.kind,
            template_id: message.template_id.clone(),
            params: message.params.clone(),
            sign_name: message.sign_name.clone(),
            send_at: message.send_at,
            callback_url: None,
        }
    }
}
