//! Ways to reach the sender that vendors refuse: mobile numbers, QQ numbers, `WeChat` ids.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::link::{self, Link};

/// What the digits of an order stand behind, which no number of a person does.
const OF_ORDERS: &[&str] = &["单号", "编号", "订单", "流水", "流水号", "运单", "票号", "卡号"];

/// Mobile numbers: 11 digits, alone, behind 86, or in groups of 3, 4 and 4.
pub(super) fn check_numbers(text: &str, links: &[Link<'_>], findings: &mut Findings<'_>) {
    let bytes = text.as_bytes();
    let run =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = 0;
    while let Some(before) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        at += before;
        let length = run(at);
        let end = at + length;
        let mut last = end;
        let is_number = match length {
            11 => is_mobile(&bytes[at..end]),
            13 => bytes[at..].starts_with(b"86") && is_mobile(&bytes[at + 2..end]),
            3 => {
                // 138-1234-5678, with the same mark twice.
                let mark = bytes.get(end).copied().unwrap_or_default();
                last = end + 10;
                matches!(mark, b'-' | b' ')
                    && run(end + 1) == 4
                    && bytes.get(end + 5) == Some(&mark)
                    && run(end + 6) == 4
                    && is_mobile(&bytes[at..end])
            }
            _ => false,
        };
        if is_number && stands_alone(text, at, last) && !link::holds(links, at) {
            findings.add(Rule::MobileNumber, Some(at));
        }
        at = end;
    }
}

/// Whether digits are part of no word, and of no order.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_joined = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied().is_some_and(is_of_word);
    let before = text[..start].trim_end_matches([':', '：', ' ', '为', '是']);
    !is_joined(start.checked_sub(1)) && !is_joined(Some(end)) && !OF_ORDERS.iter().any(|word| before.ends_with(word))
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..])
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'*')
}

/// What stands before a QQ number.
const QQ: &[&str] = &["QQ", "qq", "Qq", "扣扣", "企鹅号", "Q"];
/// What stands before a `WeChat` id.
const WECHAT: &[&str] =
    &["微信", "威信", "薇信", "徽信", "维信", "WeChat", "Wechat", "wechat", "V信", "v信", "VX", "vx", "wx", "WX"];

/// QQ numbers and `WeChat` ids.
pub(super) fn check_ids(text: &str, links: &[Link<'_>], findings: &mut Findings<'_>) {
    for (at, character) in text.char_indices() {
        let follows_letter = text[..at].chars().next_back().is_some_and(|before| before.is_ascii_alphanumeric());
        if (character.is_ascii() && follows_letter) || link::holds(links, at) {
            continue;
        }
        let rest = &text[at..];
        if let Some(rest) = QQ.iter().find_map(|name| rest.strip_prefix(name)) {
            let id = behind_name(rest, &['号', '群', '码', '：', ':', ' ', '是', '为', '加']).0;
            let digits = id.bytes().take_while(u8::is_ascii_digit).count();
            if (5..=11).contains(&digits) && !id[digits..].starts_with(|next: char| next.is_ascii_alphabetic()) {
                findings.add(Rule::QqNumber, Some(at));
            }
        }
        if let Some(rest) = WECHAT.iter().find_map(|name| rest.strip_prefix(name)) {
            let (id, is_named) = behind_name(rest, &['号', '群', '：', ':', ' ', '是', '为']);
            if is_wechat_id(id, is_named) {
                findings.add(Rule::WechatId, Some(at));
            }
        }
    }
}

/// What stands behind a name and such marks, and whether there was a mark.
fn behind_name<'a>(text: &'a str, marks: &[char]) -> (&'a str, bool) {
    let rest = text.strip_prefix("ID").or_else(|| text.strip_prefix("id")).unwrap_or(text);
    let rest = rest.trim_start_matches(marks);
    (rest, rest.len() < text.len())
}

/// 6 to 20 letters, digits, hyphens and underscores, the first a letter; or a number.
fn is_wechat_id(text: &str, is_named: bool) -> bool {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
    let id = &text[..length];
    // weixin.qq.com, https://
    if !(6..=20).contains(&length) || text[length..].starts_with(['.', ':', '/']) {
        return false;
    }
    let has_digit = id.bytes().any(|byte| byte.is_ascii_digit() || byte == b'_');
    if id.starts_with(|first: char| first.is_ascii_alphabetic()) { is_named || has_digit } else { is_digits(id) }
}

fn is_digits(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
}
