//! [`Batch`]: what one request carries, to one number or to many.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::message::{Message, MessageKind};
use crate::phone::Phone;
use crate::template::TemplateValues;

/// Messages that travel in one request.
pub struct Batch {
    /// The receivers, none twice.
    pub to: Rc<[Phone]>,
    /// What they receive.
    pub content: Content,
    /// What all of it is for.
    pub kind: MessageKind,
    /// The vendor's approved template, where it wants its id beside the text.
    pub template_id: Option<Rc<str>>,
    /// When to send it, in milliseconds since 1970, where not at once.
    pub send_at: Option<i64>,
    /// Where its report goes, where that is an address made for it alone (liasmart); else the account's own.
    pub callback_url: Option<Rc<str>>,
}

/// The texts of a [`Batch`].
#[derive(Clone)]
pub enum Content {
    /// One text to all.
    Same(Rc<str>),
    /// A text for each receiver, in their order.
    Each(Vec<Rc<str>>),
    /// A template with `{value0}`, `{value1}`, …, and the values for each receiver, in their order.
    Filled {
        /// The template.
        template: Rc<str>,
        /// As many values as the template has places, for each.
        values: Vec<TemplateValues>,
    },
}

impl Content {
    /// The one text, where there is one.
    #[must_use]
    pub fn same(&self) -> Option<&Rc<str>> {
        if let Self::Same(text) = self { Some(text) } else { None }
    }

    /// What is received: texts, or values of a template.
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
            send_at: message.send_at,
            callback_url: None,
        }
    }
}
