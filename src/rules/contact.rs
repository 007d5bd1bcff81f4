//! Contacts of the sender that vendors reject: mobile numbers, QQ numbers, `WeChat` ids.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::link::{self, Link};

/// Words before an order's number, which is no person's; and any 号 that belongs to no telephone.
const OF_ORDERS: &[&str] = &["订单", "流水", "运单", "保单", "工单"];
/// Words whose 号 is a person's number: 手机号, 电话号, 微信号, QQ号, 联系号.
const OF_PERSONS: &[&str] = &["机号", "话号", "信号", "Q号", "q号", "X号", "x号", "系号", "线号", "服号"];

/// The characters behind an amount.
const UNITS: &[&str] = &["元", "积分", "分", "份", "件", "笔"];
/// The number of digits of a mobile number, without and with 86.
pub(super) const DIGITS: usize = 11;
const DIGITS_WITH_COUNTRY: usize = DIGITS + 2;

/// Checks mobile numbers: 11 digits of either width, alone or behind 86, together or in groups.
pub(super) fn check_numbers(text: &str, links: &[Link<'_>], findings: &mut Findings<'_>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // Most bytes are of no digit.
        if !matches!(bytes[at], b'0'..=b'9' | 0xEF) {
            at += 1;
            continue;
        }
        let Some((_, length)) = digit_at(bytes, at) else {
            at += 1;
            continue;
        };
        // 0086-13812345678.
        if bytes[at..].starts_with(b"0086") {
            at += 4;
            at += usize::from(bytes.get(at).copied().is_some_and(is_mark));
            continue;
        }
        let run = Run::read(bytes, at, length);
        if run.is_mobile(&text[at..run.end]) && stands_alone(text, at, run.end) && !link::holds(links, at) {
            findings.add(Rule::MobileNumber, Some(at));
        }
        at = run.end;
    }
}

/// Digits, and the single separators between their groups.
struct Run {
    digits: [u8; DIGITS_WITH_COUNTRY],
    /// The number of digits, including those beyond the array.
    count: usize,
    first_group: usize,
    longest_group: usize,
    groups: usize,
    end: usize,
}

impl Run {
    fn read(bytes: &[u8], start: usize, length: usize) -> Self {
        let mut run = Self {
            digits: [0; DIGITS_WITH_COUNTRY],
            count: 0,
            first_group: 0,
            longest_group: 0,
            groups: 0,
            end: start,
        };
        let (mut at, mut group) = (start, 0);
        let mut next = digit_at(bytes, start).map(|(digit, _)| (digit, length));
        while let Some((digit, length)) = next {
            if let Some(place) = run.digits.get_mut(run.count) {
                *place = digit;
            }
            run.count += 1;
            group += 1;
            at += length;
            run.end = at;
            next = digit_at(bytes, at);
            if next.is_none() {
                run.first_group = if run.first_group == 0 { group } else { run.first_group };
                run.longest_group = run.longest_group.max(group);
                run.groups += 1;
                group = 0;
                // Behind a whole number another may follow.
                let is_whole = run.count == DIGITS || run.count >= DIGITS_WITH_COUNTRY;
                let marks = bytes[at..].iter().take(2).take_while(|byte| is_mark(**byte)).count();
                if marks > 0 && !is_whole {
                    at += marks;
                    next = digit_at(bytes, at);
                }
            }
        }
        run
    }

    fn is_mobile(&self, written: &str) -> bool {
        // 138.23.145.178 is an address, and 13.5.2024 a date.
        let is_address = self.groups == 4 && self.longest_group == 3 && written.contains('.');
        let is_grouped_as_one = !is_address && (self.first_group >= 2 || self.longest_group == 1);
        let digits = &self.digits;
        is_grouped_as_one
            && match self.count {
                DIGITS => self.first_group != 2 && is_mobile(digits),
                DIGITS_WITH_COUNTRY => digits.starts_with(b"86") && is_mobile(&digits[2..]),
                _ => false,
            }
    }
}

/// The digit of either width at a position, and its length in bytes.
fn digit_at(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at..)? {
        [digit @ b'0'..=b'9', ..] => Some((*digit, 1)),
        [0xEF, 0xBC, wide @ 0x90..=0x99, ..] => Some((wide - 0x90 + b'0', 3)),
        _ => None,
    }
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'-' | b' ' | b'.' | b'_' | b')')
}

/// Whether digits belong to no word, no amount and no order.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_joined = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied().is_some_and(is_of_word);
    let behind = &text[end..];
    let is_number_of = behind.starts_with('号') && !behind.starts_with("号码");
    !is_joined(start.checked_sub(1))
        && !is_joined(Some(end))
        && !UNITS.iter().any(|unit| behind.starts_with(unit))
        && !is_of_order(&text[..start])
        && !is_number_of
}

/// Whether the number behind a text is an order's or the like.
fn is_of_order(before: &str) -> bool {
    let before = before.trim_end_matches([':', '：', ' ', '为', '是']);
    let ends_with_one = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    ends_with_one(OF_ORDERS) || (before.ends_with('号') && !ends_with_one(OF_PERSONS))
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..])
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'*')
}

/// The words before a QQ number.
const QQ: &[&str] = &["QQ", "qq", "Qq", "ＱＱ", "扣扣", "企鹅号", "企鹅", "Q"];
/// The words before a `WeChat` id.
const WECHAT: &[&str] =
    &["微信", "威信", "薇信", "徽信", "维信", "WeChat", "Wechat", "wechat", "V信", "v信", "VX", "vx", "wx", "WX"];

/// The words for `WeChat` behind 加: 加V, +微.
const ADDED: &[char] = &['微', '薇', '徽', 'V', 'v'];

/// Checks a QQ number or a `WeChat` id whose word begins at a position.
pub(super) fn check_id(text: &str, at: usize, links: &[Link<'_>], findings: &mut Findings<'_>) {
    let (before, rest) = text.split_at(at);
    let is_within_word =
        rest.starts_with(|first: char| first.is_ascii()) && before.ends_with(|last: char| last.is_ascii_alphanumeric());
    if is_within_word || link::holds(links, at) || is_of_order(before) {
        return;
    }
    // 加群123456789.
    if let Some(rest) = rest.strip_prefix('群').filter(|_| before.ends_with(['加', '进', '入'])) {
        return check_qq(behind_name(rest, &['号', '码', '：', ':', ' ', '是', '为']).0, at, findings);
    }
    if let Some(rest) = QQ.iter().find_map(|name| rest.strip_prefix(name)) {
        check_qq(behind_name(rest, &['号', '群', '码', '：', ':', ' ', '是', '为', '加']).0, at, findings);
    }
    let added = rest.strip_prefix(ADDED).filter(|_| before.ends_with(['加', '+', '＋', '➕']));
    if let Some(rest) = WECHAT.iter().find_map(|name| rest.strip_prefix(name)).or(added) {
        let (id, is_named) = behind_name(rest, &['号', '群', '：', ':', ' ', '是', '为']);
        if is_wechat_id(id, is_named) {
            findings.add(Rule::WechatId, Some(at));
        }
    }
}

fn check_qq(id: &str, at: usize, findings: &mut Findings<'_>) {
    let behind =
        id.trim_start_matches(|character: char| character.is_ascii_digit() || ('０'..='９').contains(&character));
    let digits = id[..id.len() - behind.len()].chars().count();
    if (5..=11).contains(&digits) && !behind.starts_with(|next: char| next.is_ascii_alphabetic()) {
        findings.add(Rule::QqNumber, Some(at));
    }
}

/// The text behind a word and its separators, and whether there was a separator.
fn behind_name<'a>(text: &'a str, marks: &[char]) -> (&'a str, bool) {
    let rest = text.strip_prefix("ID").or_else(|| text.strip_prefix("id")).unwrap_or(text);
    let rest = rest.trim_start_matches(marks);
    (rest, rest.len() < text.len())
}

/// An id: 6 to 20 letters, digits, hyphens and underscores, beginning with a letter; or a number.
fn is_wechat_id(text: &str, is_named: bool) -> bool {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
    let id = &text[..length];
    // weixin.qq.com, https://
    if !(6..=20).contains(&length) || text[length..].starts_with(['.', ':', '/']) {
        return false;
    }
    let has_digit = id.bytes().any(|byte| byte.is_ascii_digit() || byte == b'_');
    // A person's number is a QQ's or a phone's.
    if id.starts_with(|first: char| first.is_ascii_alphabetic()) {
        is_named || has_digit
    } else {
        length <= DIGITS && is_digits(id)
    }
}

fn is_digits(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
}
