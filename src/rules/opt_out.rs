//! How to refuse further marketing: the words, and where they stand.

use alloc::string::String;

use crate::message::Kind;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::signature::Signature;
use crate::search;

/// Words that tell a person how to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OptOut {
    /// Where they begin, in bytes.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// What a person wants when they reply.
const WANTED: &[&str] = &["退订", "拒收", "拒绝接收", "不再接收", "取消订阅"];
/// What a person does, with what they reply behind it.
const REPLY: &[&str] = &["回复", "发送", "回", "发"];
/// What a person does, with nothing to reply.
const DO: &[&str] = &["点击", "致电", "拨打", "联系", "访问", "点"];
/// A reply is a word of letters and digits.
const LONGEST_REPLY: usize = 4;

/// Finds them. A text that is about refusing (退订会员卡已送到) has none.
pub(super) fn find(text: &str) -> Option<OptOut> {
    WANTED
        .iter()
        .filter_map(|wanted| {
            let mut from = 0;
            while let Some(found) = search::find(&text[from..], wanted) {
                let at = from + found;
                from = at + wanted.len();
                let (before, behind) = (before(&text[..at]), behind(&text[from..]));
                if before.is_some() || behind.is_some() {
                    return Some(OptOut { start: before.unwrap_or(at), end: from + behind.unwrap_or_default() });
                }
            }
            None
        })
        .min_by_key(|opt_out| opt_out.start)
}

/// Where `回复“TD”` begins, at the end of a text.
fn before(text: &str) -> Option<usize> {
    let text = trim_end(text);
    let rest = text.trim_end_matches(|character: char| character.is_ascii_alphanumeric());
    if !is_reply(&text[rest.len()..]) {
        return None;
    }
    let unquoted = trim_end(rest);
    let verb = REPLY.iter().find_map(|verb| unquoted.strip_suffix(verb));
    match verb {
        Some(before) => Some(before.len()),
        // TD退订, and no number or name before it.
        None => (unquoted.len() == rest.len() && !text[rest.len()..].starts_with(|first: char| first.is_ascii_digit()))
            .then_some(rest.len()),
    }
}

/// How long `请回复“R”` is, at the beginning of a text.
fn behind(text: &str) -> Option<usize> {
    let rest = trim_start(text);
    let (rest, is_asked) = ["请", "可", "就"]
        .iter()
        .find_map(|ask| rest.strip_prefix(ask))
        .map_or((rest, false), |rest| (trim_start(rest), true));
    if let Some(reply) = REPLY.iter().find_map(|verb| rest.strip_prefix(verb)) {
        let reply = trim_start(reply);
        let length = reply.len() - reply.trim_start_matches(|character: char| character.is_ascii_alphanumeric()).len();
        if is_reply(&reply[..length]) {
            let end = reply[length..].trim_start_matches(is_quote);
            return Some(text.len() - end.len());
        }
    }
    if is_asked && let Some(rest) = DO.iter().find_map(|action| rest.strip_prefix(action)) {
        return Some(text.len() - rest.len());
    }
    // 拒收R
    let length = text.len() - text.trim_start_matches(|character: char| character.is_ascii_uppercase()).len();
    let ends = text[length..].chars().next().is_none_or(|next| !next.is_alphanumeric());
    (is_reply(&text[..length]) && length <= 2 && ends).then_some(length)
}

fn is_reply(word: &str) -> bool {
    (1..=LONGEST_REPLY).contains(&word.len())
}

const fn is_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '"' | '\'' | '‘' | '’' | '「' | '」' | '[' | ']')
}

const fn is_filler(character: char) -> bool {
    is_quote(character) || matches!(character, ' ' | ':' | '：' | ',' | '，')
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_filler)
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(|character| is_quote(character) || character == ' ')
}

/// Checks the opt-out of a text, found or not.
pub(super) fn check(
    kind: Kind,
    opt_out: Option<OptOut>,
    signature: Option<&Signature<'_>>,
    findings: &mut Findings<'_>,
) {
    let text = findings.text();
    let documented = findings.profile.opt_outs;
    match (kind, opt_out) {
        (Kind::Marketing, None) => findings.add_noted(Rule::NoOptOut, None, documented[0]),
        (Kind::Marketing, Some(OptOut { start, end })) => {
            if !documented.contains(&&text[start..end]) {
                let note = documented.join(", ");
                findings.add_noted(Rule::OptOutWording, Some(start), &note);
            }
            let rest = signature.filter(|signature| signature.is_last).map_or(text.len(), |signature| signature.start);
            let behind = text.get(end..rest).unwrap_or_default();
            if behind.chars().any(char::is_alphanumeric) {
                findings.add(Rule::OptOutNotLast, Some(start));
            }
        }
        (Kind::Otp | Kind::Notice, Some(OptOut { start, .. })) => findings.add(Rule::UnwantedOptOut, Some(start)),
        (Kind::Otp | Kind::Notice, None) => {}
    }
}

/// A text without its opt-out.
pub(super) fn without(text: &str, opt_out: Option<OptOut>) -> String {
    opt_out.map_or_else(|| text.into(), |OptOut { start, end }| [&text[..start], &text[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        find(text).map(|OptOut { start, end }| &text[start..end])
    }

    #[test]
    fn words_that_tell_how_to_refuse_are_found_whole() {
        for (text, words) in [
            ("满减开抢，拒收请回复R", "拒收请回复R"),
            ("满减开抢，回T退订", "回T退订"),
            ("满减开抢 回TD退订【信使】", "回TD退订"),
            ("满减开抢，回复TD退订。", "回复TD退订"),
            ("满减开抢，退订回N", "退订回N"),
            ("满减开抢，退订请回复“TD”", "退订请回复“TD”"),
            ("满减开抢，回复“T”退订", "回复“T”退订"),
            ("满减开抢，TD退订", "TD退订"),
            ("满减开抢，拒收R", "拒收R"),
            ("满减开抢，退订请致电4001234567", "退订请致电"),
            ("满减开抢，退订请点击 t.example", "退订请点击"),
            ("满减开抢，如不再接收请回N", "不再接收请回N"),
            ("退订会员卡已送到，回T退订", "回T退订"),
        ] {
            assert_eq!(found(text), Some(words), "{text}");
        }
    }

    #[test]
    fn a_text_about_refusing_has_none() {
        for text in [
            "退订会员卡已送到",
            "您的退订申请已受理",
            "您已成功退订流量包",
            "退订请求已收到，工作人员将与您核实",
            "退订回执已寄出",
            "退订联系人已变更",
            "退订T恤的款项已退回",
            "机票退订手续费50元",
            "快递被收件人拒收，已退回",
            "拒收2件",
            "2024退订记录",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
