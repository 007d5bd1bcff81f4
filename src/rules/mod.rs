//! What carriers and platforms of the mainland reject, found before a text is sent.
//!
//! ```text
//! text, kind, vendor, time ─▶ one pass that classes its characters ─▶ the checks of those classes ─▶ findings
//! ```
//!
//! The [`catalogue`] has every rule as data, with its sources; a vendor's [`TextRules`] have its exceptions; a user's
//! [`settings`] silence a rule or let it stop a text. No rule applies to a text to another country.

pub mod catalogue;
mod class;
mod code_text;
mod contact;
pub mod findings;
mod length;
mod link;
mod opt_out_wording;
mod prefixes;
mod quiet_hours;
pub mod settings;
mod signature;
pub mod source;
mod symbol;
mod template_values;
mod wording;
pub mod written;

use alloc::vec::Vec;

use xinshi_bytes::classes;

use crate::message::MessageKind;
use crate::phone::Phone;
use crate::rules::findings::{Finding, Findings};
use crate::rules::length::FilledLengths;
use crate::rules::settings::Settings;
use crate::vendor::TextRules;

/// A text and its properties.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// The whole text with its signature, or a template with `{value0}`, ….
    pub text: &'a str,
    /// Its purpose.
    pub kind: MessageKind,
    /// The vendor's profile.
    pub profile: &'static TextRules,
    /// The time of sending, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// Checks a text and its receivers' numbers.
#[must_use]
pub fn check(draft: &Draft<'_>, to: &[Phone], settings: &Settings) -> Vec<Finding> {
    let mut check = Check::new(draft, settings);
    for phone in to {
        check.number(*phone);
    }
    check.finish()
}

/// A check of a text and of the numbers and values that follow.
pub struct Check<'a> {
    findings: Findings<'a>,
    kind: MessageKind,
    numbers: prefixes::NumberFindings,
    /// The lengths, for a template.
    lengths: Option<FilledLengths>,
}

impl<'a> Check<'a> {
    /// Checks a text.
    #[must_use]
    pub fn new(draft: &Draft<'a>, settings: &'a Settings) -> Self {
        let mut findings = Findings::new(draft.text, draft.profile, settings);
        let lengths = check_text(draft, &mut findings);
        Self { findings, kind: draft.kind, numbers: prefixes::NumberFindings::default(), lengths }
    }

    /// Begins a check of numbers and values alone.
    #[must_use]
    pub fn without_text(kind: MessageKind, profile: &'static TextRules, settings: &'a Settings) -> Self {
        let findings = Findings::new("", profile, settings);
        Self { findings, kind, numbers: prefixes::NumberFindings::default(), lengths: None }
    }

    /// Checks a number.
    pub fn number(&mut self, phone: Phone) {
        self.numbers.count(phone);
    }

    /// Whether values, separated by tabs, have certainly no finding.
    #[must_use]
    pub fn is_harmless(&self, values: &str) -> bool {
        template_values::are_harmless(values, self.kind)
    }

    /// Measures the template with values, which are separated by one character each.
    pub fn measure(&mut self, values: &str, separator: u8) {
        if let Some(lengths) = &mut self.lengths {
            lengths.fill(values, separator);
        }
    }

    /// Checks a value of a template.
    pub fn value(&mut self, value: &str) {
        template_values::check_value(value, self.kind, &mut self.findings);
    }

    /// The findings.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        self.numbers.report(&mut self.findings);
        if let Some(lengths) = &mut self.lengths {
            lengths.report(&mut self.findings);
        }
        self.findings.finish()
    }
}

/// Checks everything but the length of a template, which depends on its values.
fn check_text(draft: &Draft<'_>, findings: &mut Findings<'_>) -> Option<FilledLengths> {
    let text = findings.text();
    let (kind, profile) = (draft.kind, draft.profile);
    let found = classes(text, &class::TABLE, class::BEYOND, [class::SIGNATURE, class::DIGIT]);
    let [brackets, digits] = found.counts;
    let has = |classes: u8| found.all & classes != 0;
    let links = if has(class::LINK) { link::all(text) } else { Vec::new() };
    let signature = if has(class::SIGNATURE) { signature::find(text) } else { None };
    // Marketing may describe an opt-out in words of no class.
    let opt_out =
        if has(class::OPT_OUT) || kind == MessageKind::Marketing { opt_out_wording::find(text, kind) } else { None };
    let goes_by_sender = profile.names_sender && !text.chars().any(signature::is_chinese);
    if !goes_by_sender {
        signature::check(text, signature.as_ref(), brackets, findings);
        opt_out_wording::check(kind, opt_out, signature.as_ref(), findings);
    }
    quiet_hours::check(kind, draft.at_ms, findings);
    link::check(kind, &links, findings);
    if digits >= contact::DIGITS {
        contact::check_numbers(text, &links, findings);
    }
    if has(class::CONTACT) {
        for at in class::places(text, class::CONTACT) {
            contact::check_id(text, at, &links, findings);
            wording::check_at(text, at, findings);
        }
    }
    if has(class::SYMBOL | class::BEYOND) {
        symbol::check_symbols(text, &links, findings);
    }
    if has(class::TRADITIONAL) {
        symbol::check_traditional(text, findings);
    }
    if kind == MessageKind::Otp {
        code_text::check(text, findings);
    }
    if has(class::PLACE) && template_values::is_one(text) {
        template_values::check(signature.as_ref(), opt_out, findings);
        return Some(FilledLengths::new(text, signature.as_ref(), opt_out));
    }
    length::check(signature.as_ref(), opt_out, findings);
    None
}
