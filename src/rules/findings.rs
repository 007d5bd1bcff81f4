//! [`Finding`]: a rule that a text does not keep to, and where.

use alloc::string::String;
use alloc::vec::Vec;

use crate::rules::catalogue::{Level, Rule};
use crate::rules::settings::Settings;
use crate::segments;
use crate::vendor::TextRules;

/// One rule that a text does not keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How much it weighs.
    pub level: Level,
    /// Whether the user wants no such text sent.
    pub stops: bool,
    /// Where in the text, in UTF-16 units.
    pub at: Option<usize>,
    /// What of the text it is, or what else there is to say.
    pub note: String,
}

impl Finding {
    /// One sentence in English: what is wrong and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.rule.row().message;
        if self.note.is_empty() { message.into() } else { [message, " (", &self.note, ")"].concat() }
    }
}

/// More findings than these say nothing new.
const MAX_FINDINGS: usize = 100;

/// What was found in a text so far.
pub(super) struct Findings<'a> {
    /// The text that places are counted in, trimmed.
    text: &'a str,
    /// The UTF-16 units before it.
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

    /// Adds a finding, at a byte of the text.
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

    /// Those of a value, for whose places there is no text.
    pub(super) fn of_value(&self, value: &'a str) -> Findings<'a> {
        Findings::new(value, self.profile, self.settings)
    }

    /// Takes those of a value.
    pub(super) fn take_without_place(&mut self, found: Vec<Finding>) {
        for finding in found {
            self.add_noted(finding.rule, None, &finding.note);
        }
    }

    /// All of them, in the order of the catalogue.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| finding.rule as u8);
        self.found
    }
}
