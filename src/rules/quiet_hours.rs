//! Marketing at night.

use crate::hours::MARKETING;
use crate::message::MessageKind;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::wire::beijing;

pub(super) fn check(kind: MessageKind, at_ms: i64, findings: &mut Findings<'_>) {
    if kind == MessageKind::Marketing
        && let Some(next) = MARKETING.next(at_ms)
    {
        let note = ["not before ", &beijing::written(next)].concat();
        findings.add_noted(Rule::QuietHours, None, &note);
    }
}
