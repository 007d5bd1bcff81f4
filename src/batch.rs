//! [`Batch`]: the messages of one request, to one number or to many.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::message::{Message, MessageKind};
use crate::phone::Phone;
use crate::template::TemplateValues;

/// Messages that travel in one request.
pub struct Batch {
    /// The receivers; no number occurs twice.
    pub to: Rc<[Phone]>,
    /// The texts.
    pub content: Content,
    /// The purpose of all the messages.
    pub kind: MessageKind,
    /// The id of the vendor's approved template, for a vendor that takes one beside the text.
    pub template_id: Option<Rc<str>>,
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
        /// The template.
        template: Rc<str>,
        /// The values of each receiver, as many as the template has placeholders.
        values: Vec<TemplateValues>,
    },
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
            send_at: message.send_at,
            callback_url: None,
        }
    }
}
