//! A text with a code: that it says so, and has one.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::search;

/// What a code is called: 验证码, 注册码, 校验码 or 动态码 (Aliyun, Huawei, Qiniu, Volcengine), 动态密码 (Aliyun).
const NAMES: &[&str] = &["验证码", "校验码", "动态码", "注册码", "动态密码"];

/// Digits of a code.
const SHORTEST: usize = 4;
const LONGEST: usize = 8;

/// What follows digits that are an amount, a time or a date.
const UNITS: &[&str] = &[
    "分", "秒", "小时", "元", "年", "月", "日", "天", "%", "％", "次", "位", "个", "号", "点", "时", "万", "积分", "笔",
];
/// What stands before digits that are no code.
const NO_CODES: &[&str] = &[
    "尾号",
    "号",
    "号为",
    "号是",
    "号码",
    "尾号为",
    "尾号是",
    "末四位",
    "后四位",
    "订单",
    "金额",
    "电话",
    "拨打",
    "致电",
    "热线",
    "咨询",
    "详询",
    "客服",
    "回复",
    "发送",
    "回",
];
/// Numbers that anybody may call.
const SERVICES: &[&str] = &["10086", "10010", "10000", "10099", "12306", "12315", "12321", "12345", "12381", "12123"];

pub(super) fn check(text: &str, findings: &mut Findings<'_>) {
    if !is_named(text) {
        findings.add(Rule::CodeWithoutWord, None);
    }
    let mut first = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if end == at {
            at += 1;
            continue;
        }
        if is_code(text, at, end) {
            match first {
                // The same again is no other.
                Some(code) if code != &text[at..end] => findings.add(Rule::SeveralCodes, Some(at)),
                _ => first = Some(&text[at..end]),
            }
        }
        at = end;
    }
}

/// Volcengine takes code for a name, too.
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

fn is_code(text: &str, start: usize, end: usize) -> bool {
    if !(SHORTEST..=LONGEST).contains(&(end - start)) {
        return false;
    }
    let digits = &text[start..end];
    let (before, behind) = (&text[..start], &text[end..]);
    let is_service = SERVICES.contains(&digits) || (digits.len() == 5 && digits.starts_with("95"));
    // Part of a phone number, a price, a date, a masked number, a word, or of 验证码在 @x.example.
    let joins =
        |character: char| character.is_ascii_alphabetic() || matches!(character, '-' | '.' | '*' | '/' | '_' | '=');
    let is_part = before.ends_with(joins) || (behind.starts_with(joins) && !behind.starts_with(". "));
    let unit = behind.trim_start();
    let word = before.trim_end_matches([' ', ':', '：', '（', '(']);
    !is_service
        && !is_part
        && !UNITS.iter().any(|known| unit.starts_with(known))
        && !NO_CODES.iter().any(|known| word.ends_with(known))
}
