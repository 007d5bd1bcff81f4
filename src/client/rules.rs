//! [`Rules`]: what carriers refuse, where `xinshi/rules` looks for it in what is planned and sent.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::bulk::{Bulk, Form, Recipient, Wanted};
use crate::client::warnings::{Warning, WarningCode, Warnings};
use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Kind, Message};
use crate::wire::json::{self, Json};

/// What is to be checked for one vendor.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The vendor's name.
    pub vendor: &'a str,
    /// What `text` is.
    pub form: Form,
    /// The text or the template.
    pub text: &'a str,
    /// What the text is for.
    pub kind: Kind,
    /// When it is to be sent, in milliseconds since the Unix epoch; at once without.
    pub send_at: Option<i64>,
    /// A line each.
    pub recipients: &'a str,
}

/// Checks texts by the rules of carriers and vendors.
pub trait Rules {
    /// Whether texts are checked.
    fn are_on(&self) -> bool;

    /// Gives nothing where nothing was found, or else JSON, a list for each finding: its code, level and message, its
    /// place in the text in UTF-16 units or null, and where the user lets it stop the text, the code and the field of its error.
    ///
    /// # Errors
    /// Why nothing can be checked: it must not be sent.
    fn check(&self, request: &CheckRequest<'_>) -> Result<Option<String>, SmsError>;
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub warnings: Warnings,
    /// What stops the text.
    pub refusal: Option<SmsError>,
}

impl Sms {
    /// The client that checks what it plans and sends.
    #[must_use]
    pub fn with_rules(self, rules: impl Rules + 'static) -> Self {
        Self { rules: Some(Box::new(rules)), ..self }
    }

    /// Whether texts are checked.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.are_on())
    }

    /// Checks a message for an account. No rule holds abroad.
    pub(super) fn check_message(&self, account: &Account, message: &Message) -> Found {
        if self.rules.is_none() || !message.to.is_mainland() {
            return Found::default();
        }
        let mut number = Vec::with_capacity(12);
        message.to.append_mainland(&mut number, b'\n');
        let request = CheckRequest {
            vendor: account.vendor_name(),
            form: Form::Shared,
            text: &message.text,
            kind: message.kind,
            send_at: message.send_at,
            recipients: core::str::from_utf8(&number).unwrap_or_default(),
        };
        self.check_request(&request)
    }

    /// Checks some recipients of a bulk for an account.
    pub(super) fn check_recipients(&self, account: &Account, bulk: &Bulk, recipients: &str) -> Found {
        let (form, text) = bulk.form();
        self.check_request(&CheckRequest {
            vendor: account.vendor_name(),
            form,
            text,
            kind: bulk.kind,
            send_at: bulk.send_at,
            recipients,
        })
    }

    /// Checks one recipient of a bulk for an account.
    pub(super) fn check_recipient(&self, account: &Account, bulk: &Bulk, recipient: &Recipient) -> Found {
        let Some(mut line) = recipient.to.mainland() else { return Found::default() };
        let whole;
        let (form, text) = match &recipient.wanted {
            Wanted::Filled { template, values } => {
                for value in values.iter() {
                    line.push('\t');
                    // Neither mark is looked for in a value.
                    line.push_str(&value.replace(['\t', '\n'], " "));
                }
                (Form::Template, &**template.text())
            }
            wanted => {
                whole = wanted.text();
                (Form::Shared, &*whole)
            }
        };
        self.check_request(&CheckRequest {
            vendor: account.vendor_name(),
            form,
            text,
            kind: bulk.kind,
            send_at: bulk.send_at,
            recipients: &line,
        })
    }

    fn check_request(&self, request: &CheckRequest<'_>) -> Found {
        let Some(rules) = self.rules.as_ref().filter(|rules| rules.are_on()) else { return Found::default() };
        match rules.check(request) {
            Ok(None) => Found::default(),
            Ok(Some(found)) => json::parse(found.as_bytes()).map(|found| Found::read(&found)).unwrap_or_default(),
            Err(error) => Found { refusal: Some(error), ..Found::default() },
        }
    }
}

impl Found {
    fn read(found: &Json<'_>) -> Self {
        let mut all = Self::default();
        for finding in found.list().unwrap_or_default() {
            let Some([code, level, message, at, stops @ ..]) = finding.list() else { continue };
            let text = |value: &Json<'_>| value.string().unwrap_or_default().to_owned();
            if let ([error, field], None) = (stops, &all.refusal) {
                let known =
                    [Code::Number, Code::Signature].into_iter().find(|code| error.string() == Some(code.as_str()));
                let message = [&text(code), ": ", &text(message)].concat();
                all.refusal = Some(SmsError::refused(known.unwrap_or(Code::Content), message).field(text(field)));
            }
            all.warnings.add(Warning {
                code: WarningCode::Rule(text(code).into()),
                message: text(message).into(),
                at: at.whole().and_then(|at| usize::try_from(at).ok()),
                level: level.string().map(|level| level.to_owned().into()),
            });
        }
        all
    }
}
