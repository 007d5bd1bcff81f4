//! [`Plan`]: the exact request for a message, what it costs, and what is wrong with it, before anything is sent.

use nojson::DisplayJson;

use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Kind, Message};
use crate::phone::Phone;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::{self, Count};
use crate::vendor::{Charset, Facts};
use crate::wire::{WireRequest, gbk};

/// A message, made ready for one account.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The caller's name of the account.
    pub account: String,
    /// The account's vendor.
    pub vendor: &'static str,
    /// The message's reference.
    pub reference: String,
    /// The receivers.
    pub to: Vec<Phone>,
    /// The text, kept so that it can be taken out of errors.
    pub text: Secret,
    /// The request; or why there is none, and nothing can be sent.
    pub request: Result<WireRequest, SmsError>,
    /// Segments and characters.
    pub count: Count,
    /// What is wrong or unwise about it.
    pub warnings: Vec<Warning>,
}

/// Something that is wrong with a message, or unwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its kind.
    pub code: WarningCode,
    /// One sentence in English.
    pub message: String,
    /// Where in the text, in UTF-16 units: JavaScript's index.
    pub at: Option<usize>,
}

/// The kinds of [`Warning`]. The first three say why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCode {
    /// The vendor's encoding lacks a character.
    Unencodable,
    /// The text is longer than the vendor's limit.
    TooLong,
    /// The vendor does not take the number.
    Number,
    /// There is no signature 【…】 at either end of the text.
    NoSignature,
    /// A marketing text does not say how to refuse further ones.
    NoOptOut,
    /// The request travels in the clear, credentials included.
    PlaintextHttp,
}

impl WarningCode {
    /// The stable name, as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unencodable => "unencodable",
            Self::TooLong => "too_long",
            Self::Number => "number",
            Self::NoSignature => "no_signature",
            Self::NoOptOut => "no_opt_out",
            Self::PlaintextHttp => "plaintext_http",
        }
    }
}

impl Sms {
    /// Makes a message ready for an account, the first in order where none is named. `reference` is taken where the
    /// message brings none of its own.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account. What is wrong with the message stands in the plan.
    pub fn plan(&self, message: &Message, account: Option<&str>, reference: &Reference) -> Result<Plan, SmsError> {
        let account = match account {
            Some(name) => self.account(name)?,
            None => &self.accounts[0],
        };
        Ok(account.plan(message, reference))
    }
}

impl Account {
    pub(super) fn plan(&self, message: &Message, reference: &Reference) -> Plan {
        let facts = self.vendor.facts();
        let reference = message.reference.as_ref().unwrap_or(reference);
        let mut warnings = Vec::new();
        let request = check(facts, message, reference, &mut warnings)
            .and_then(|()| self.vendor.build_send(message, reference))
            .map_err(|error| self.during_send(error));
        warnings.extend(advice(message, self.vendor.base_url()));
        Plan {
            account: self.name.clone(),
            vendor: facts.name,
            reference: reference.as_str().to_owned(),
            to: vec![message.to.clone()],
            text: Secret::new(message.text.as_str()),
            request,
            count: segments::count(&message.text, (facts.billing)(&message.text)),
            warnings,
        }
    }

    pub(super) fn during_send(&self, error: SmsError) -> SmsError {
        error.during(&self.name, self.vendor.facts().name, self.vendor.send_operation())
    }
}

/// Refuses what the vendor's facts rule out, so that no vendor's file needs to.
fn check(facts: &Facts, message: &Message, reference: &Reference, warnings: &mut Vec<Warning>) -> Result<(), SmsError> {
    let vendor = facts.name;
    let mut refusal = None;
    let mut refuse = |error: SmsError| refusal = refusal.take().or(Some(error));
    if !facts.international && message.to.mainland().is_none() {
        let text = format!("{vendor} takes mainland numbers alone");
        warnings.push(Warning { code: WarningCode::Number, message: text.clone(), at: None });
        refuse(SmsError::refused(Code::Number, text).field("to"));
    }
    if facts.charset == Charset::Gbk {
        for gbk::Unencodable { character, at } in gbk::encode(&message.text).err().unwrap_or_default() {
            let text = format!("GB2312 lacks {character} (U+{:04X}) at {at}", u32::from(character));
            warnings.push(Warning { code: WarningCode::Unencodable, message: text.clone(), at: Some(at) });
            refuse(SmsError::refused(Code::Content, text).field("text"));
        }
    }
    if let Some(longest) = facts.longest_text {
        let characters = message.text.encode_utf16().count();
        if characters > longest {
            let text = format!("the text has {characters} characters; {vendor} takes {longest}");
            warnings.push(Warning { code: WarningCode::TooLong, message: text.clone(), at: Some(longest) });
            refuse(SmsError::refused(Code::Content, text).field("text"));
        }
    }
    if message.send_at.is_some() && !facts.schedules {
        refuse(SmsError::refused(Code::Unsupported, format!("{vendor} cannot send at a given time")).field("sendAt"));
    }
    if message.template_id.is_some() && !facts.templates {
        refuse(SmsError::refused(Code::Unsupported, format!("{vendor} takes no template id")).field("templateId"));
    }
    if let Some(longest) = facts.longest_reference
        && !reference.is_alphanumeric(longest)
    {
        refuse(SmsError::argument("ref", format!("{vendor} takes a ref of at most {longest} letters and digits")));
    }
    refusal.map_or(Ok(()), Err)
}

/// What the vendor would take and a careful sender would not send.
fn advice(message: &Message, base_url: &str) -> Vec<Warning> {
    let text = message.text.trim();
    let signed = (text.starts_with('【') && text.contains('】')) || (text.ends_with('】') && text.contains('【'));
    let opts_out = text.contains("退订") || text.contains("拒收");
    let found = [
        (!signed, WarningCode::NoSignature, "the text has no 【signature】 at its beginning or end"),
        (
            message.kind == Kind::Marketing && !opts_out,
            WarningCode::NoOptOut,
            "a marketing text must say how to refuse: 回TD退订",
        ),
        (
            base_url.starts_with("http://"),
            WarningCode::PlaintextHttp,
            "the request travels in the clear, with its credentials and the text",
        ),
    ];
    found
        .into_iter()
        .filter(|(wrong, ..)| *wrong)
        .map(|(_, code, message)| Warning { code, message: message.to_owned(), at: None })
        .collect()
}

/// Everything but the exact bytes; credentials are redacted.
impl DisplayJson for Plan {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        f.object(|f| {
            f.member("account", &self.account)?;
            f.member("ref", &self.reference)?;
            f.member("requests", self.request.iter().collect::<Vec<_>>())?;
            f.member("segments", self.count.segments)?;
            f.member("characters", self.count.characters)?;
            f.member("warnings", &self.warnings)?;
            self.request.as_ref().err().map_or(Ok(()), |error| f.member("refused", error))
        })
    }
}

impl DisplayJson for Warning {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        f.object(|f| {
            f.member("code", self.code.as_str())?;
            f.member("message", &self.message)?;
            self.at.map_or(Ok(()), |at| f.member("at", at))
        })
    }
}

impl DisplayJson for WireRequest {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let (url, body) = self.redacted();
        f.object(|f| {
            f.member("vendor", self.vendor)?;
            f.member("operation", self.operation)?;
            f.member("method", self.carrier.method().as_str())?;
            f.member("url", url)?;
            f.member(
                "headers",
                nojson::object(|f| self.headers().iter().try_for_each(|(name, value)| f.member(name, value))),
            )?;
            if let Some(body) = body {
                f.member("body", body)?;
            }
            f.member("to", self.to.iter().map(Phone::e164).collect::<Vec<_>>())
        })
    }
}
