//! The length of a text, and the share of signature and opt-out in its bill.

use crate::decimal;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::opt_out_wording::OptOut;
use crate::rules::signature::Signature;
use crate::rules::template_values;
use crate::segments;

/// Bytes of text that fit one message for certain: no character has less than a byte.
const OF_ONE_MESSAGE: usize = 70;

/// Checks the length of a text without placeholders.
pub(super) fn check(signature: Option<&Signature<'_>>, opt_out: Option<OptOut>, findings: &mut Findings<'_>) {
    let text = findings.text();
    if text.len() <= OF_ONE_MESSAGE {
        return;
    }
    let units = segments::units(text);
    if let Some(longest) = findings.profile.longest.filter(|longest| units > *longest) {
        let at = segments::split_at_units(text, longest).0.len();
        findings.add(Rule::LongText, Some(at));
    }
    let extra = units_beside(text, signature, opt_out);
    if costs_another(units, extra) {
        report_billed(units, extra, findings);
    }
}

/// The number of characters of the signature and the opt-out.
fn units_beside(text: &str, signature: Option<&Signature<'_>>, opt_out: Option<OptOut>) -> usize {
    let of_signature = signature.map_or(0, |Signature { name, .. }| segments::units(name) + 2);
    of_signature + opt_out.map_or(0, |OptOut { start, end }| segments::units(&text[start..end]))
}

/// Whether a text costs one message more because of this number of characters.
fn costs_another(units: usize, extra: usize) -> bool {
    units > OF_ONE_MESSAGE
        && segments::divide_cn(units.saturating_sub(extra)).segments < segments::divide_cn(units).segments
}

fn report_billed(units: usize, extra: usize, findings: &mut Findings<'_>) {
    let all = segments::divide_cn(units).segments;
    let note = [&decimal::count(extra), " characters of them, ", &decimal::count(all), " messages in all"].concat();
    findings.add_noted(Rule::BilledExtra, None, &note);
}

/// The lengths of a template filled with values.
pub(super) struct FilledLengths {
    /// The number of characters of the template without its placeholders.
    fixed: usize,
    /// The number of these that belong to the signature and the opt-out.
    extra: usize,
    /// The maximum length of a filled text, in characters.
    longest: usize,
    /// The maximum length at which signature and opt-out cost another message; 0 if they never do.
    billed: usize,
    is_filled: bool,
}

impl FilledLengths {
    /// Measures a template.
    pub(super) fn new(text: &str, signature: Option<&Signature<'_>>, opt_out: Option<OptOut>) -> Self {
        let fixed = segments::units(text) - template_values::units_of_places(text);
        Self { fixed, extra: units_beside(text, signature, opt_out), longest: 0, billed: 0, is_filled: false }
    }

    /// Adds the length with these values, which are separated by one character each.
    pub(super) fn fill(&mut self, values: &str, separator: u8) {
        self.is_filled = true;
        if self.fixed + values.len() <= OF_ONE_MESSAGE {
            return;
        }
        let separators = values.bytes().filter(|byte| *byte == separator).count();
        let units = self.fixed + segments::units(values) - separators;
        self.longest = self.longest.max(units);
        if units > self.billed && costs_another(units, self.extra) {
            self.billed = units;
        }
    }

    /// Reports the findings, without a position: the text of the bulk is the template.
    pub(super) fn report(&mut self, findings: &mut Findings<'_>) {
        if !self.is_filled {
            self.fill("", 0);
        }
        if findings.profile.longest.is_some_and(|longest| self.longest > longest) {
            findings.add_noted(Rule::LongText, None, &[&decimal::count(self.longest), " characters"].concat());
        }
        if self.billed > 0 {
            report_billed(self.billed, self.extra, findings);
        }
    }
}
