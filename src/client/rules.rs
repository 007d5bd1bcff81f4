//! [`Rules`]: what carriers refuse, where `xinshi/rules` looks for it in what is planned and sent.

use alloc::boxed::Box;
use alloc::string::String;

use xinshi_bytes::pieces;

use crate::bulk::{Bulk, Form};
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Kind, Message};

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

    /// Gives nothing where nothing was found, or else lines. The first one has the code, the field and the message of the error that
    /// stops the text, with tabs between, and is empty where none does; each behind it is a finding in JSON, `{code, level, message,
    /// at?}`.
    fn check(&self, request: &CheckRequest<'_>) -> Option<String>;
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub warnings: Warnings,
    /// What stops the text.
    pub refusal: Option<SmsError>,
}

impl Found {
    fn read(found: &str) -> Self {
        let mut lines = pieces(found, b'\n');
        let mut error = pieces(lines.next().unwrap_or_default(), b'\t');
        let refusal = match (error.next(), error.next(), error.next()) {
            (Some(code), Some(field), Some(message)) => {
                let codes = [Code::Number, Code::Signature, Code::Content];
                let code = codes.into_iter().find(|known| known.as_str() == code).unwrap_or(Code::InvalidArgument);
                Some(SmsError::refused(code, message).field(field))
            }
            _ => None,
        };
        let mut warnings = Warnings::default();
        lines.for_each(|line| warnings.add_found(line.into()));
        Self { warnings, refusal }
    }
}

impl Sms {
    /// The client that checks what it plans and sends.
    ///
    /// # Errors
    /// What is wrong with the rules' settings, where they are loaded.
    pub fn with_rules(self, rules: impl Rules + 'static) -> Result<Self, SmsError> {
        let sms = Self { rules: Some(Box::new(rules)), ..self };
        let nothing = Bulk::of_form(Form::Own, "")?;
        sms.check_recipients(&sms.accounts[0], &nothing, "").refusal.map_or(Ok(sms), Err)
    }

    /// Whether texts are checked.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.are_on())
    }

    /// Checks a message for an account.
    pub(super) fn check_message(&self, account: &Account, message: &Message) -> Found {
        if self.rules.is_none() {
            return Found::default();
        }
        // No rule holds abroad.
        let number = message.to.mainland().unwrap_or_default();
        self.look(account, Form::Shared, &message.text, message.kind, message.send_at, &number)
    }

    /// Checks some recipients of a bulk for an account, a line each, see [`Bulk::recipient`].
    pub(super) fn check_recipients(&self, account: &Account, bulk: &Bulk, recipients: &str) -> Found {
        let (form, text) = bulk.form();
        self.look(account, form, text, bulk.kind, bulk.send_at, recipients)
    }

    fn look(
        &self,
        account: &Account,
        form: Form,
        text: &str,
        kind: Kind,
        send_at: Option<i64>,
        recipients: &str,
    ) -> Found {
        let Some(rules) = self.rules.as_ref().filter(|rules| rules.are_on()) else { return Found::default() };
        let request = CheckRequest { vendor: account.vendor_name(), form, text, kind, send_at, recipients };
        rules.check(&request).map(|found| Found::read(&found)).unwrap_or_default()
    }
}
