//! [`Rules`]: what carriers refuse, where `xinshi/rules` looks for it in what is planned and sent.

use alloc::boxed::Box;
use alloc::string::String;

use xinshi_bytes::pieces;

use crate::bulk::{Bulk, BulkForm};
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Message, MessageKind};

/// What is to be checked for one vendor.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The vendor's name.
    pub vendor: &'a str,
    /// What `text` is.
    pub form: BulkForm,
    /// The text or the template.
    pub text: &'a str,
    /// What the text is for.
    pub kind: MessageKind,
    /// When it is to be sent, in milliseconds since the Unix epoch; at once without.
    pub send_at: Option<i64>,
    /// A line each.
    pub recipients: &'a str,
}

/// Checks texts by the rules of carriers and vendors.
pub trait Rules {
    /// Whether texts are checked.
    fn are_on(&self) -> bool;

    /// Gives nothing where nothing was found, or else lines. The first one is empty where nothing stops the text; or it has the error:
    /// the place of its code in [`CODES`], its field, a tab and its message. Each behind it is a finding: the rule's name, its
    /// level, its place if it has one, and its message, with tabs between.
    fn check(&self, request: &CheckRequest<'_>) -> Option<String>;
}

/// The codes of what stops a text.
pub const CODES: [Code; 4] = [Code::InvalidArgument, Code::Number, Code::Signature, Code::Content];

impl Sms {
    /// Has the client check what it plans and sends.
    ///
    /// # Errors
    /// What is wrong with the rules' settings, where they are loaded.
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
        // Those that are not loaded yet are asked by the first check.
        nothing.or_else(|error| if error.field.as_deref() == Some("init") { Ok(()) } else { Err(error) })
    }

    /// Whether texts are checked.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.are_on())
    }

    /// Checks a message for an account, and notes what is found.
    ///
    /// # Errors
    /// What stops it.
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
        // No rule holds abroad.
        let number = message.to.mainland().unwrap_or_default();
        self.check_with(account, (BulkForm::Shared, &message.text), message.kind, message.send_at, &number, found)
    }

    /// Checks some recipients of a bulk for an account, a line each, see [`Bulk::recipient`], and notes what is found.
    ///
    /// # Errors
    /// What stops one of them.
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
