//! How long a text is, and what of it is billed beside what it says.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::opt_out_wording::{self, OptOut};
use crate::rules::signature::Signature;
use crate::segments;

pub(super) fn check(signature: Option<&Signature<'_>>, opt_out: Option<OptOut>, findings: &mut Findings<'_>) {
    let text = findings.text();
    // One message takes all of it: no character has less than a byte.
    if text.len() <= 70 {
        return;
    }
    let units = segments::units(text);
    if let Some(longest) = findings.profile.longest.filter(|longest| units > *longest) {
        let at = segments::split_at_units(text, longest).0.len();
        findings.add(Rule::LongText, Some(at));
    }
    let all = segments::divide_cn(units).segments;
    if all < 2 {
        return;
    }
    let mut rest = opt_out_wording::without(text, opt_out);
    if let Some(Signature { name, .. }) = signature {
        rest = rest.replacen(&["【", name, "】"].concat(), "", 1);
    }
    let without = segments::divide_cn(segments::units(&rest)).segments;
    if without < all {
        let (all, extra) = (crate::decimal::count(all), crate::decimal::count(units - segments::units(&rest)));
        let note = [&extra, " characters of them, ", &all, " messages in all"].concat();
        findings.add_noted(Rule::BilledExtra, None, &note);
    }
}
