//! The rules of a text with a code: it names the code, and has only one.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::template_values;
use crate::search;

/// The words for a code: 验证码, 注册码, 校验码 or 动态码 (Aliyun, Huawei, Qiniu, Volcengine), 动态密码 (Aliyun).
const NAMES: &[&str] = &["验证码", "校验码", "动态码", "注册码", "动态密码"];
/// Further words for a second code.
const OTHER_NAMES: &[&str] = &["备用", "备用码", "登录码", "支付码", "安全码", "确认码", "密码", "口令"];

/// The length of a code, in characters.
const MIN_CODE_CHARACTERS: usize = 4;
const MAX_CODE_CHARACTERS: usize = 8;
/// Shorter groups may belong to one code: 1234 5678.
const MIN_DIGITS_AFTER_BLANK: usize = 5;
/// The maximum length of a clause that names the code before it, in characters.
const MAX_NAME_CHARACTERS: usize = 12;

/// The characters between a word for a code and the code.
const JOINS_NAME: &[char] = &[' ', ':', '：', '为', '是', '即', '“', '”', '"', '（', '(', '[', '「'];
/// The characters between a code and the word behind it: 112233（登录验证码）, 112233是您的验证码.
const BEGINS_NAME: &[char] = &['（', '(', '是', '为', '即'];
/// The separators of two codes.
const BETWEEN: &[&str] = &["、", "/", "和", "或", "或者", "及", "以及", "与"];
/// The characters between two codes, or between a code and another number.
const MAYBE_BETWEEN: &[&str] = &["，", ",", "；", ";", "。"];

/// The characters behind an amount, a time or a date.
const UNITS: &[&str] = &[
    "分", "秒", "小时", "元", "年", "月", "日", "天", "%", "％", "次", "位", "个", "号", "点", "时", "万", "积分", "笔",
];

/// Letters and digits that can be a code, or its placeholder in a template.
#[derive(Clone, Copy)]
struct DigitRun {
    start: usize,
    end: usize,
    is_place: bool,
}

/// Checks a text with a code. A number after the first code is another code if a word names it, or if it stands beside
/// one.
pub(super) fn check(text: &str, findings: &mut Findings<'_>) {
    if !is_named(text) {
        findings.add(Rule::CodeWithoutWord, None);
    }
    let mut first: Option<DigitRun> = None;
    let mut last: Option<DigitRun> = None;
    let mut at = 0;
    while let Some(number) = next_number(text, at) {
        at = number.end;
        if !has_name(text, number) && !last.is_some_and(|last| is_beside(text, last, number)) {
            continue;
        }
        match first {
            // The same again is no other.
            Some(DigitRun { start, end, .. }) if text[start..end] != text[number.start..number.end] => {
                findings.add(Rule::SeveralCodes, Some(number.start));
            }
            _ => first = Some(number),
        }
        last = Some(number);
    }
}

/// Volcengine counts the word code as one, too.
fn is_named(text: &str) -> bool {
    let mut rest = text;
    // All end alike.
    while let Some((_, behind)) = search::split(rest, "码") {
        let end = text.len() - behind.len();
        if NAMES.iter().any(|name| text[..end].ends_with(name)) {
            return true;
        }
        rest = behind;
    }
    text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"code"))
}

/// The first number that begins at a position or behind it.
fn next_number(text: &str, mut at: usize) -> Option<DigitRun> {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if bytes[at] == b'{'
            && let Some(length) = template_values::place(&text[at..])
        {
            return Some(DigitRun { start: at, end: at + length, is_place: true });
        }
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let end = at + length;
        if (MIN_CODE_CHARACTERS..=MAX_CODE_CHARACTERS).contains(&length)
            && bytes[at..end].iter().any(u8::is_ascii_digit)
        {
            return Some(DigitRun { start: at, end, is_place: false });
        }
        at = end.max(at + 1);
    }
    None
}

/// Whether a word for a code stands before or behind a number.
fn has_name(text: &str, DigitRun { start, end, .. }: DigitRun) -> bool {
    let before = text[..start].trim_end_matches(JOINS_NAME);
    // 验证码（登录）：112233.
    let outer = before.strip_suffix(['）', ')']).and_then(|inner| inner.rfind(['（', '(']).map(|open| &inner[..open]));
    let ends_in_name = |before: &str| {
        NAMES.iter().chain(OTHER_NAMES).any(|name| before.ends_with(name))
            || before.get(before.len().wrapping_sub(4)..).is_some_and(|last| last.eq_ignore_ascii_case("code"))
    };
    if ends_in_name(before) || outer.is_some_and(ends_in_name) {
        return true;
    }
    let Some(behind) = text[end..].trim_start_matches([' ', '”', '"']).strip_prefix(BEGINS_NAME) else {
        return false;
    };
    let clause =
        behind.find(|next: char| next.is_ascii_digit() || "，。；、,;!！）)".contains(next)).unwrap_or(behind.len());
    let clause = &behind[..clause];
    clause.chars().count() <= MAX_NAME_CHARACTERS && NAMES.iter().any(|name| search::contains(clause, name))
}

/// Whether a number stands beside a code as another one: of the same length, with only `、` or the like between them.
fn is_beside(text: &str, code: DigitRun, number: DigitRun) -> bool {
    let length = number.end - number.start;
    if code.is_place != number.is_place || (!code.is_place && code.end - code.start != length) {
        return false;
    }
    let between = &text[code.end..number.start];
    let unit = text[number.end..].trim_start();
    let is_amount = UNITS.iter().any(|known| unit.starts_with(known));
    let is_maybe = match between.trim() {
        "" => length >= MIN_DIGITS_AFTER_BLANK,
        mark => MAYBE_BETWEEN.contains(&mark),
    };
    BETWEEN.contains(&between.trim()) || (is_maybe && !is_amount && !number.is_place)
}
