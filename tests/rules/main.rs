//! The rules of carriers: what trips each, what stands beside it and does not, and texts of every day that trip none.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on fails")]

mod neighbours;
mod ordinary;
mod strict;
mod templates;

use xinshi::message::MessageKind;
use xinshi::phone::Phone;
use xinshi::rules::findings::Finding;
use xinshi::rules::settings::Settings;
use xinshi::rules::{Check, Draft, check};
use xinshi::vendor::TextRules;

/// 2026-11-30 12:00 in Beijing.
const NOON: i64 = 1_795_968_000_000 + 12 * 3_600_000;

fn draft<'a>(kind: MessageKind, vendor: &str, text: &'a str) -> Draft<'a> {
    Draft { text, kind, profile: TextRules::of(vendor), at_ms: NOON }
}

fn findings(kind: MessageKind, vendor: &str, text: &str) -> Vec<Finding> {
    check(&draft(kind, vendor, text), &[Phone::parse("13812345678").unwrap()], &Settings::default())
}

/// The names of the rules that a text does not keep to.
fn codes(kind: MessageKind, vendor: &str, text: &str) -> Vec<&'static str> {
    findings(kind, vendor, text).iter().map(|finding| finding.rule.row().code).collect()
}

/// The same of a value for a template.
fn codes_of_value(kind: MessageKind, value: &str) -> Vec<&'static str> {
    let settings = Settings::default();
    let mut check = Check::without_text(kind, TextRules::of(""), &settings);
    check.value(value);
    check.finish().iter().map(|finding| finding.rule.row().code).collect()
}
