//! Symbols that vendors reject, pictographs, and traditional characters.

use alloc::string::String;

use crate::rules::catalogue::Rule;
use crate::rules::class::{self, BEYOND, SYMBOL, TRADITIONAL};
use crate::rules::findings::Findings;
use crate::rules::link::{self, Link};
use crate::rules::signature::is_chinese;

/// The maximum number of characters that a finding lists.
const MAX_SHOWN: usize = 10;

/// Symbols outside links: one finding, at the first, lists all.
pub(super) fn check_symbols(text: &str, links: &[Link<'_>], findings: &mut Findings<'_>) {
    report(Rule::RejectedSymbol, text, findings, &|at, character| {
        let class = class::of(character);
        // A brace has the class of a place.
        let is_symbol = (class & SYMBOL != 0 && character != '{') || (class & BEYOND != 0 && !is_chinese(character));
        is_symbol && !link::holds(links, at) && !is_within_word(text, at, character)
    });
}

/// Traditional characters: one finding, at the first, lists all.
pub(super) fn check_traditional(text: &str, findings: &mut Findings<'_>) {
    report(Rule::TraditionalCharacters, text, findings, &|_, character| class::of(character) & TRADITIONAL != 0);
}

fn report(rule: Rule, text: &str, findings: &mut Findings<'_>, is: &dyn Fn(usize, char) -> bool) {
    let mut shown = String::new();
    let mut first = None;
    for (at, character) in text.char_indices().filter(|(at, character)| is(*at, *character)) {
        first = first.or(Some(at));
        if !shown.contains(character) && shown.chars().count() < MAX_SHOWN {
            shown.push(character);
        }
    }
    if first.is_some() {
        findings.add_noted(rule, first, &shown);
    }
}

/// Whether a symbol is allowed at its position.
fn is_within_word(text: &str, at: usize, character: char) -> bool {
    match character {
        '#' => is_bound_code(text, at),
        '^' => is_single_caret(text, at),
        // The name of a file, an account or a mailbox, and part of ^_^.
        '_' => {
            let is_of_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '^');
            text[..at].ends_with(is_of_word) && text[at + 1..].starts_with(is_of_word)
        }
        _ => false,
    }
}

/// The # of `@x.example #123456`, the last line of a code that browsers read.
fn is_bound_code(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    line.starts_with('@') && line.ends_with(' ')
}

/// A ^ is rejected as part of a face: ^_^.
fn is_single_caret(text: &str, at: usize) -> bool {
    !text[at..].starts_with("^_^")
        && !text[..at].ends_with("^_")
        && !text[at..].starts_with("^^")
        && !text[..at].ends_with('^')
}
