//! [`Finding`]: a rule that a text breaks, and the position.

use alloc::string::String;
use alloc::vec::Vec;

use crate::rules::catalogue::{Level, Rule};
use crate::rules::settings::Settings;
use crate::segments;
use crate::vendor::TextRules;

/// A rule that a text breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The level.
    pub level: Level,
    /// Whether the user's settings reject such a text.
    pub stops: bool,
    /// The position in the text, in UTF-16 units.
    pub at: Option<usize>,
    /// The part of the text that breaks the rule, or other details.
    pub note: String,
}

impl Finding {
    /// One sentence in English: the problem and the advice.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.rule.row().message;
        if self.note.is_empty() { message.into() } else { [message, " (", &self.note, ")"].concat() }
    }
}

/// The maximum number of findings.
const MAX_FINDINGS: usize = 100;

/// The findings of a text.
pub(super) struct Findings<'a> {
    /// The trimmed text, in which positions are counted.
    text: &'a str,
    /// The number of UTF-16 units before it.
    offset: usize,
    pub(super) profile: &'static TextRules,
    settings: &'a Settings,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(text: &'a str, profile: &'static TextRules, settings: &'a Settings) -> Self {
        let trimmed = text.trim_start();
        let offset = segments::units(&text[..text.len() - trimmed.len()]);
        Self { text: trimmed.trim_end(), offset, profile, settings, found: Vec::new() }
    }

    /// The text, trimmed.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// Adds a finding at a byte of the text.
    pub(super) fn add(&mut self, rule: Rule, at: Option<usize>) {
        self.add_noted(rule, at, "");
    }

    pub(super) fn add_noted(&mut self, rule: Rule, at: Option<usize>, note: &str) {
        let Some(weight) = self.settings.weight(rule, self.profile) else { return };
        let at = at.map(|at| self.offset + segments::units(&self.text[..at]));
        let is_known = |known: &Finding| known.rule == rule && known.at == at && known.note == note;
        if self.found.len() < MAX_FINDINGS && !self.found.iter().any(is_known) {
            self.found.push(Finding { rule, level: weight.level, stops: weight.stops, at, note: note.into() });
        }
    }

    /// The findings of a value, which have no position.
    pub(super) fn of_value(&self, value: &'a str) -> Findings<'a> {
        Findings::new(value, self.profile, self.settings)
    }

    /// Adds the findings of a value.
    pub(super) fn take_without_place(&mut self, found: Vec<Finding>) {
        for finding in found {
            self.add_noted(finding.rule, None, &finding.note);
        }
    }

    /// All findings, in the order of the catalogue.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| finding.rule as u8);
        self.found
    }
}
