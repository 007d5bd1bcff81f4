//! [`Rules`]: the check of planned and sent texts by `xinshi/rules`.

use alloc::boxed::Box;
use alloc::string::String;

use xinshi_bytes::pieces;

use crate::bulk::{Bulk, BulkForm};
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Message, MessageKind};

/// A text to check for one vendor.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The vendor's name.
    pub vendor: &'a str,
    /// The kind of `text`.
    pub form: BulkForm,
    /// The text or the template.
    pub text: &'a str,
    /// The purpose of the text.
    pub kind: MessageKind,
    /// The time of sending, in milliseconds since the Unix epoch; `None` for at once.
    pub send_at: Option<i64>,
    /// The recipients, one a line.
    pub recipients: &'a str,
}

/// Checks texts by the rules of carriers and vendors.
pub trait Rules {
    /// Whether texts are checked.
    fn are_on(&self) -> bool;

    /// Returns `None` if nothing was found, or else lines. The first is empty if nothing stops the text, and otherwise
    /// has the error: the index of its code in [`CODES`], its field, a tab and its message. Each other line is a
    /// finding: the rule's name, its level, its position if it has one, and its message, separated by tabs.
    fn check(&self, request: &CheckRequest<'_>) -> Option<String>;
}

/// The codes of errors that stop a text.
pub const CODES: [Code; 4] = [Code::InvalidArgument, Code::Number, Code::Signature, Code::Content];

impl Sms {
    /// Makes the client check what it plans and sends.
    ///
    /// # Errors
    /// The errors of the rules' settings, if the rules are loaded.
    pub fn set_rules(&mut self, rules: Box<dyn Rules>) -> Result<(), SmsError> {
        self.rules = Some(rules);
        let nothing = self.check_with(
            &self.accounts[0],
            (BulkForm::Own, ""),
            MessageKind::default(),
            None,
            "",
            &mut Warnings::default(),
        );
        // Rules that are not loaded yet are read at the first check.
        nothing.or_else(|error| if error.field.as_deref() == Some("init") { Ok(()) } else { Err(error) })
    }

    /// Whether texts are checked.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.are_on())
    }

    /// Checks a message for an account, and adds the findings to the warnings.
    ///
    /// # Errors
    /// The error that stops the message.
    pub(super) fn check_message(
        &self,
        account: &Account,
        message: &Message,
        found: &mut Warnings,
    ) -> Result<(), SmsError> {
        // A message without a text has its template's, which the vendor keeps.
        if self.rules.is_none() || message.text.is_empty() {
            return Ok(());
        }
        // The rules do not apply abroad.
        let number = message.to.mainland().unwrap_or_default();
        self.check_with(account, (BulkForm::Shared, &message.text), message.kind, message.send_at, &number, found)
    }

    /// Checks some recipients of a bulk for an account, one a line, see [`Bulk::recipient`], and adds the findings to
    /// the warnings.
    ///
    /// # Errors
    /// The error that stops one of them.
    pub(super) fn check_recipients(
        &self,
        account: &Account,
        bulk: &Bulk,
        recipients: &str,
        found: &mut Warnings,
    ) -> Result<(), SmsError> {
        self.check_with(account, bulk.form(), bulk.kind, bulk.send_at, recipients, found)
    }

    fn check_with(
        &self,
        account: &Account,
        (form, text): (BulkForm, &str),
        kind: MessageKind,
        send_at: Option<i64>,
        recipients: &str,
        found: &mut Warnings,
    ) -> Result<(), SmsError> {
        let Some(rules) = self.rules.as_ref().filter(|rules| rules.are_on()) else { return Ok(()) };
        let request = CheckRequest { vendor: account.vendor_name(), form, text, kind, send_at, recipients };
        let Some(reported) = rules.check(&request) else { return Ok(()) };
        let mut lines = pieces(&reported, b'\n');
        let mut error = pieces(lines.next().unwrap_or_default(), b'\t');
        lines.for_each(|line| found.add_finding(line));
        let (Some(field), Some(message)) = (error.next(), error.next()) else { return Ok(()) };
        let place = usize::from(field.as_bytes().first().map_or(0, |digit| digit & 15));
        let code = CODES.get(place).copied().unwrap_or(Code::Content);
        Err(SmsError::not_sent(code, message).field(field.get(1..).unwrap_or_default()))
    }
}
