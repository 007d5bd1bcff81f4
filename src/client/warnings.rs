//! [`Warnings`]: what is wrong with a message, or unwise, as a plan and an outcome say it.

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

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

/// Something that is wrong with a message, or unwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its kind.
    pub code: WarningCode,
    /// One sentence in English.
    pub message: Cow<'static, str>,
    /// Where in the text, in UTF-16 units: JavaScript's index.
    pub at: Option<usize>,
}

/// The kinds of [`Warning`]. The first three say why a message is refused, but that a text may also be too long for any vendor
/// known where its own vendor documents no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCode {
    /// The vendor's encoding lacks a character.
    Unencodable,
    /// The text is longer than the vendor's limit, or where it documents none, than any vendor's.
    TooLong,
    /// The vendor does not take the number.
    Number,
    /// There is no signature 【…】 at either end of the text.
    NoSignature,
    /// A marketing text does not say how to refuse further ones.
    NoOptOut,
    /// A marketing text tells people to reply a word that the handler does not understand.
    UnknownOptOut,
    /// The text holds a word of the caller's list.
    BlockedWord,
    /// The request travels in the clear, credentials included.
    PlaintextHttp,
    /// A rule found something: the message is all of it in JSON, `{code, at?, level, message}`.
    Found,
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
            Self::UnknownOptOut => "unknown_opt_out",
            Self::BlockedWord => "blocked_word",
            Self::PlaintextHttp => "plaintext_http",
            Self::Found => "",
        }
    }
}

impl Warning {
    fn to_json(&self) -> String {
        if self.code == WarningCode::Found {
            return self.message.clone().into_owned();
        }
        let mut json = Object::new();
        json.text("code", self.code.as_str());
        json.text("message", &self.message);
        if let Some(at) = self.at {
            json.count("at", at);
        }
        json.finish()
    }
}

/// Warnings, none twice, and no more than [`MAX_WARNINGS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings(Vec<Warning>);

/// A bulk of bad texts is not answered by a bulk of warnings.
const MAX_WARNINGS: usize = 100;
/// UTF-16 units of the longest text that any vendor is known to take: Volcengine, 1000. Aliyun, Tencent and Huawei take 500.
const MAX_KNOWN_UNITS: usize = 1000;

impl Warnings {
    /// The warnings in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[Warning] {
        &self.0
    }

    /// All of them in JSON: `[{code, message, at?, level?}]`.
    #[must_use]
    pub fn to_json(&self) -> String {
        list(self.0.iter().map(Warning::to_json))
    }

    /// Adds those of another.
    pub fn append(&mut self, others: &Self) {
        for warning in &others.0 {
            self.add(warning.clone());
        }
    }

    /// Adds what the rules found, a line each in JSON: of a rule at a place the first.
    pub(super) fn add_found(&mut self, lines: &str) {
        for line in pieces(lines, b'\n') {
            let rule = search::split(line, "\"level\"").map_or(line, |(rule, _)| rule);
            if !self.0.iter().any(|known| known.message.starts_with(rule)) {
                self.say(WarningCode::Found, String::from(line));
            }
        }
    }

    fn add(&mut self, warning: Warning) {
        if self.0.len() < MAX_WARNINGS && !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    fn say(&mut self, code: WarningCode, message: impl Into<Cow<'static, str>>) {
        self.add(Warning { code, message: message.into(), at: None });
    }

    /// Says why what was written as a number is none.
    pub(super) fn note_error(&mut self, error: &SmsError) {
        if error.code == Code::Number {
            self.say(WarningCode::Number, error.message.clone());
        }
    }

    /// Says why an account does not take a number or a text.
    pub(super) fn note_rejection(&mut self, account: &Account, to: Phone, text: &str) {
        if let Err(error) = account.check_number(to) {
            self.note_error(&error);
        }
        // The first reason is the error of the submission.
        let _ = account.check_text(text, &mut |warning| self.add(warning));
    }

    /// Collects the warnings about a text that hold for every vendor.
    pub(super) fn note_wording(&mut self, sms: &Sms, account: &Account, text: &str, kind: MessageKind) {
        // No text has more characters than bytes.
        if text.len() > MAX_KNOWN_UNITS && account.vendor.spec().max_text_units.is_none() {
            let characters = segments::units(text);
            if characters > MAX_KNOWN_UNITS {
                let message = [
                    "the text has ",
                    &decimal::count(characters),
                    " characters, and no vendor is known to take more than 1000",
                ];
                self.add(Warning {
                    code: WarningCode::TooLong,
                    message: message.concat().into(),
                    at: Some(MAX_KNOWN_UNITS),
                });
            }
        }
        // Rules know more of signatures and opt-outs.
        let has_rules = sms.has_rules();
        if !has_rules && !is_signed(text) {
            self.say(WarningCode::NoSignature, "the text has no 【signature】 at its beginning or end");
        }
        if kind == MessageKind::Marketing {
            if !names_opt_out(text) {
                if !has_rules {
                    self.say(
                        WarningCode::NoOptOut,
                        "a marketing text must say how to refuse: 拒收请回复R, or 回TD退订",
                    );
                }
            } else if let Some(word) = sms.opt_out_words.unknown_word_of(text) {
                let message =
                    ["the text tells people to reply ", &word, ", which is not understood: see optOutWords"].concat();
                self.say(WarningCode::UnknownOptOut, message);
            }
        }
        for word in &sms.blocked_words {
            let mut from = 0;
            while let Some(found) = search::find(&text[from..], word) {
                let start = from + found;
                from = start + word.len();
                let message = ["the text holds the blocked word ", word].concat().into();
                let at = Some(segments::units(&text[..start]));
                self.add(Warning { code: WarningCode::BlockedWord, message, at });
            }
        }
    }

    /// Says what is unwise about the account itself.
    pub(super) fn note_account(&mut self, account: &Account) {
        if account.vendor.base_url().starts_with("http://") {
            self.say(WarningCode::PlaintextHttp, "the request travels in the clear, with its credentials and the text");
        }
    }
}

impl Sms {
    /// What is wrong with a message or unwise, where an account was to send it. `is_refused` says that something is wrong.
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

    /// What is unwise about all that an account sends in one request.
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

    /// Whether there is nothing to say of a template and what it is filled with: what the template says of itself, the whole
    /// text says too.
    fn is_wise_with(&self, template: &Template, values: &TemplateValues, kind: MessageKind) -> bool {
        let text = template.text();
        self.blocked_words.is_empty()
            && text.len() + values.text().0.len() <= MAX_KNOWN_UNITS
            && (is_signed(text) || self.has_rules())
            && (kind != MessageKind::Marketing
                || (names_opt_out(text) && self.opt_out_words.unknown_word_of(text).is_none()))
    }
}

/// Whether a text has a signature, 【…】, at either end.
fn is_signed(text: &str) -> bool {
    // Most have nothing to trim.
    has_signature(text) || has_signature(text.trim())
}

fn has_signature(text: &str) -> bool {
    (text.starts_with('【') && search::contains(text, "】")) || (text.ends_with('】') && search::contains(text, "【"))
}
