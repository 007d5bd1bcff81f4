//! The rules of templates and their values.

use alloc::vec::Vec;

use xinshi_bytes::pieces;

use crate::message::MessageKind;
use crate::rules::catalogue::Rule;
use crate::rules::class;
use crate::rules::contact;
use crate::rules::findings::Findings;
use crate::rules::link;
use crate::rules::opt_out_wording::{self, OptOut};
use crate::rules::signature::Signature;
use crate::rules::symbol;
use crate::rules::wording;
use crate::search;
use crate::segments;
use crate::template::PLACE;

/// The maximum length of a value, in characters (Huawei 20, Volcengine 35, Baidu 50).
const MAX_VALUE_CHARACTERS: usize = 20;
/// The maximum number of digits of a code (Tencent 6, Aliyun 4 to 6, Huawei 8).
const MAX_CODE_DIGITS: usize = 6;

/// The end of the placeholder at the beginning of a text.
pub(super) fn place(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(PLACE)?;
    let length = search::find(digits, "}")?;
    let is_place = (1..=4).contains(&length) && digits[..length].bytes().all(|byte| byte.is_ascii_digit());
    is_place.then_some(PLACE.len() + length + 1)
}

/// Whether a text has placeholders.
pub(super) fn is_one(text: &str) -> bool {
    text.match_indices(PLACE).any(|(at, _)| place(&text[at..]).is_some())
}

/// The number of characters of all placeholders.
pub(super) fn units_of_places(text: &str) -> usize {
    text.match_indices(PLACE).filter_map(|(at, _)| place(&text[at..])).sum()
}

/// Checks the fixed text of a template.
pub(super) fn check(signature: Option<&Signature<'_>>, opt_out: Option<OptOut>, findings: &mut Findings<'_>) {
    let text = findings.text();
    let mut says_something = false;
    let mut last_place = None;
    let mut at = 0;
    while at < text.len() {
        if let Some(length) = place(&text[at..]) {
            let is_adjacent = last_place.is_some_and(|end| text[end..at].trim().is_empty());
            if is_adjacent {
                findings.add(Rule::AdjacentVariables, Some(at));
            }
            at += length;
            last_place = Some(at);
            continue;
        }
        let within = |start: usize, end: usize| (start..end).contains(&at);
        let is_beside = signature.is_some_and(|signature| within(signature.start, signature.end))
            || opt_out.is_some_and(|opt_out| within(opt_out.start, opt_out.end));
        let character = text[at..].chars().next().unwrap_or(' ');
        says_something |= !is_beside && character.is_alphanumeric();
        at += character.len_utf8();
    }
    if !says_something {
        findings.add(Rule::TemplateOfVariables, None);
    }
}

/// Whether values, separated by tabs, have certainly no finding: they are short, with few digits, and of plain
/// characters.
pub(super) fn are_harmless(values: &str, kind: MessageKind) -> bool {
    let found = xinshi_bytes::classes(values, &class::TABLE, class::BEYOND, [0; 2]).all;
    let longest = if kind == MessageKind::Otp { MAX_CODE_DIGITS } else { SHORT };
    let longest = if found == 0 { MAX_VALUE_CHARACTERS } else { longest };
    found & !class::DIGIT == 0
        && pieces(values, b'\t').all(|value| value.len() <= longest || segments::units(value) <= longest)
}

/// No mobile number is as short.
const SHORT: usize = 10;

/// Checks a value. Its findings have no position: the text of the bulk is the template.
pub(super) fn check_value(value: &str, kind: MessageKind, findings: &mut Findings<'_>) {
    let units = segments::units(value);
    let is_long_code =
        kind == MessageKind::Otp && units > MAX_CODE_DIGITS && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_long_code || units > MAX_VALUE_CHARACTERS {
        findings.add_noted(Rule::LongValue, None, &[&crate::decimal::count(units), " characters"].concat());
    }
    let classes = xinshi_bytes::classes(value, &class::TABLE, class::BEYOND, [class::SIGNATURE, class::DIGIT]);
    let [brackets, digits] = classes.counts;
    if brackets > 0 {
        findings.add(Rule::SecondSignature, None);
    }
    let links = if classes.all & class::LINK == 0 { Vec::new() } else { link::all(value) };
    if !links.is_empty() {
        findings.add(Rule::LinkInValue, None);
    }
    let mut inner = findings.of_value(value);
    link::check(MessageKind::Notice, &links, &mut inner);
    if digits >= contact::DIGITS {
        contact::check_numbers(value, &links, &mut inner);
    }
    if classes.all & class::CONTACT != 0 {
        for at in class::places(value, class::CONTACT) {
            contact::check_id(value, at, &links, &mut inner);
            wording::check_at(value, at, &mut inner);
        }
    }
    if classes.all & class::OPT_OUT != 0
        && kind != MessageKind::Marketing
        && opt_out_wording::find(value, kind).is_some()
    {
        inner.add(Rule::UnwantedOptOut, None);
    }
    if classes.all & (class::SYMBOL | class::BEYOND) != 0 {
        symbol::check_symbols(value, &links, &mut inner);
    }
    if classes.all & class::TRADITIONAL != 0 {
        symbol::check_traditional(value, &mut inner);
    }
    let found = inner.finish();
    findings.take_without_place(found);
}
