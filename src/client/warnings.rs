//! [`Warnings`]: the problems of a message, in plans and outcomes.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use xinshi_bytes::pieces;

use crate::bulk::BulkContent;
use crate::client::{Account, Sms};
use crate::decimal;
use crate::error::{Code, SmsError};
use crate::message::MessageKind;
use crate::opt_out::names_opt_out;
use crate::phone::Phone;
use crate::search;
use crate::segments;
use crate::template::{Template, TemplateValues};
use crate::wire::json_writer::{Object, list};

/// A problem of a message: an error, or an advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The kind of problem: a name of [`warning_code`], or a rule of `xinshi/rules`.
    pub code: Cow<'static, str>,
    /// The position in the text, in UTF-16 units: JavaScript's index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// The level of a rule's finding: `error`, `warning` or `info`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Box<str>>,
    /// One sentence in English about the problem.
    pub message: Cow<'static, str>,
}

impl Warning {
    /// Reads a finding: the rule's name, its level, its place and its message, with tabs between.
    fn of_finding(line: &str) -> Option<Self> {
        let mut parts = pieces(line, b'\t');
        let (rule, level, at, message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let at = decimal::parse(at).and_then(|at| at.try_into().ok());
        Some(Self {
            code: String::from(rule).into(),
            at,
            level: Some(level.into()),
            message: String::from(message).into(),
        })
    }

    fn to_json(&self) -> String {
        let mut json = Object::new();
        json.text("code", &self.code);
        if let Some(at) = self.at {
            json.count("at", at);
        }
        json.text_if("level", self.level.as_deref());
        json.text("message", &self.message);
        json.finish()
    }
}

/// The kinds of problems, by their stable names. A message with one of the first three is rejected; but [`warning_code::TOO_LONG`] is only an
/// advice where the vendor documents no limit.
pub mod warning_code {
    /// The vendor's encoding lacks a character.
    pub const UNENCODABLE: &str = "unencodable";
    /// The text is longer than the vendor's limit or, where the vendor documents none, than every vendor's limit.
    pub const TOO_LONG: &str = "too_long";
    /// The vendor does not take the number.
    pub const NUMBER: &str = "number";
    /// There is no signature 【…】 at either end of the text.
    pub const NO_SIGNATURE: &str = "no_signature";
    /// A marketing text does not tell how to opt out.
    pub const NO_OPT_OUT: &str = "no_opt_out";
    /// A marketing text asks for a reply that the handler does not understand.
    pub const UNKNOWN_OPT_OUT: &str = "unknown_opt_out";
    /// The text contains a word of the caller's list.
    pub const BLOCKED_WORD: &str = "blocked_word";
    /// The request travels unencrypted, credentials included.
    pub const PLAINTEXT_HTTP: &str = "plaintext_http";
}

/// Distinct warnings, at most [`MAX_WARNINGS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Warnings(Vec<Warning>);

/// The maximum number of warnings. A bulk of bad texts would otherwise give a bulk of warnings.
const MAX_WARNINGS: usize = 100;
/// The longest text that any known vendor takes, in UTF-16 units: Volcengine, 1000. Aliyun, Tencent and Huawei take
/// 500.
const MAX_KNOWN_UNITS: usize = 1000;

impl Warnings {
    /// The warnings, in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[Warning] {
        &self.0
    }

    /// All of them in JSON: `[{code, message, at?, level?}]`.
    #[must_use]
    pub fn to_json(&self) -> String {
        list(self.0.iter().map(Warning::to_json))
    }

    /// Adds the warnings of another list.
    pub fn append(&mut self, others: &Self) {
        for warning in &others.0 {
            self.add(warning.clone());
        }
    }

    /// Adds what the rules found, see [`Warning::of_finding`]: of a rule at a place the first.
    pub(super) fn add_finding(&mut self, line: &str) {
        if let Some(found) = Warning::of_finding(line)
            && !self.0.iter().any(|known| known.code == found.code && known.at == found.at)
        {
            self.add(found);
        }
    }

    fn add(&mut self, warning: Warning) {
        if self.0.len() < MAX_WARNINGS && !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    fn say(&mut self, code: &'static str, message: impl Into<Cow<'static, str>>) {
        self.add(Warning { code: code.into(), at: None, level: None, message: message.into() });
    }

    /// Adds the warning for a text that is no number.
    pub(super) fn note_error(&mut self, error: &SmsError) {
        if error.code == Code::Number {
            self.say(warning_code::NUMBER, error.message.clone());
        }
    }

    /// Adds the warnings for a number or a text that the account's vendor rejects.
    pub(super) fn note_rejection(&mut self, account: &Account, to: Phone, text: &str) {
        if let Err(error) = account.check_number(to) {
            self.note_error(&error);
        }
        // The submission already has the first reason as its error.
        let _ = account.check_text(text, &mut |warning| self.add(warning));
    }

    /// Adds the warnings about a text that hold for every vendor.
    pub(super) fn note_wording(&mut self, sms: &Sms, account: &Account, text: &str, kind: MessageKind) {
        // A message without a text has its template's, which the vendor keeps.
        if text.is_empty() {
            return;
        }
        // A text never has more characters than bytes.
        if text.len() > MAX_KNOWN_UNITS && account.vendor.spec().max_text_units.is_none() {
            let characters = segments::units(text);
            if characters > MAX_KNOWN_UNITS {
                let message = [
                    "the text has ",
                    &decimal::count(characters),
                    " characters, and no vendor is known to take more than 1000",
                ];
                self.add(Warning {
                    code: warning_code::TOO_LONG.into(),
                    at: Some(MAX_KNOWN_UNITS),
                    level: None,
                    message: message.concat().into(),
                });
            }
        }
        // Rules know more of signatures and opt-outs.
        let has_rules = sms.has_rules();
        if !has_rules && !is_signed(text) {
            self.say(warning_code::NO_SIGNATURE, "the text has no 【signature】 at its beginning or end");
        }
        if kind == MessageKind::Marketing {
            if !names_opt_out(text) {
                if !has_rules {
                    self.say(
                        warning_code::NO_OPT_OUT,
                        "a marketing text must say how to opt out: 拒收请回复R, or 回TD退订",
                    );
                }
            } else if let Some(word) = sms.opt_out_words.unknown_word_of(text) {
                let message =
                    ["the text tells people to reply ", &word, ", which is not understood: see optOutWords"].concat();
                self.say(warning_code::UNKNOWN_OPT_OUT, message);
            }
        }
        for word in &sms.blocked_words {
            let mut from = 0;
            while let Some(found) = search::find(&text[from..], word) {
                let start = from + found;
                from = start + word.len();
                let message = ["the text contains the blocked word ", word].concat().into();
                let at = Some(segments::units(&text[..start]));
                self.add(Warning { code: warning_code::BLOCKED_WORD.into(), at, level: None, message });
            }
        }
    }

    /// Adds the warnings about the account itself.
    pub(super) fn note_account(&mut self, account: &Account) {
        if account.vendor.base_url().starts_with("http://") {
            self.say(
                warning_code::PLAINTEXT_HTTP,
                "the request travels unencrypted, with its credentials and the text",
            );
        }
    }
}

impl Sms {
    /// The warnings about a message for an account. `is_rejected` is whether the vendor rejects the number or the text.
    pub(super) fn warnings_of(
        &self,
        account: &Account,
        to: Phone,
        text: &str,
        kind: MessageKind,
        is_rejected: bool,
    ) -> Warnings {
        let mut warnings = Warnings::default();
        if is_rejected {
            warnings.note_rejection(account, to, text);
        }
        warnings.note_wording(self, account, text, kind);
        warnings.note_account(account);
        warnings
    }

    /// The warnings about all texts of one request.
    pub(super) fn warnings_of_all(&self, account: &Account, content: &[BulkContent], kind: MessageKind) -> Warnings {
        let mut warnings = Warnings::default();
        let mut last: Option<Rc<str>> = None;
        for content in content {
            let text = match content {
                BulkContent::Filled { template, values } if self.is_wise_with(template, values, kind) => continue,
                BulkContent::Shared(text) if last.as_ref().is_some_and(|last| Rc::ptr_eq(last, text)) => continue,
                content => content.text(),
            };
            if warnings.0.len() >= MAX_WARNINGS {
                break;
            }
            warnings.note_wording(self, account, &text, kind);
            last = Some(text);
        }
        warnings.note_account(account);
        warnings
    }

    /// Whether a filled template has no warning. A warning about the template also holds for the filled text.
    fn is_wise_with(&self, template: &Template, values: &TemplateValues, kind: MessageKind) -> bool {
        let text = template.text();
        self.blocked_words.is_empty()
            && text.len() + values.text().0.len() <= MAX_KNOWN_UNITS
            && (is_signed(text) || self.has_rules())
            && (kind != MessageKind::Marketing
                || (names_opt_out(text) && self.opt_out_words.unknown_word_of(text).is_none()))
    }
}

/// Whether a text has a signature 【…】 at either end.
fn is_signed(text: &str) -> bool {
    // Most texts have no white space to trim.
    has_signature(text) || has_signature(text.trim())
}

fn has_signature(text: &str) -> bool {
    (text.starts_with('【') && search::contains(text, "】")) || (text.ends_with('】') && search::contains(text, "【"))
}
