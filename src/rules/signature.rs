//! The signature, 【…】: where it stands and what it may be.

use alloc::string::String;

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::search;

/// The signature of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature<'a> {
    /// The name between the brackets.
    pub name: &'a str,
    /// Where the opening bracket stands, in bytes.
    pub start: usize,
    /// Where the closing bracket ends.
    pub end: usize,
    /// Whether it is the end of the text, and not its beginning.
    pub is_last: bool,
}

const OPEN: &str = "【";
const CLOSE: &str = "】";
const MARK: usize = OPEN.len();

/// Other brackets that people sign with.
const OTHERS: [(char, char); 8] =
    [('[', ']'), ('［', '］'), ('〖', '〗'), ('〔', '〕'), ('「', '」'), ('『', '』'), ('(', ')'), ('（', '）')];
/// Of brackets that any text may begin with, only what can be a name is one.
const LONGEST_NAME: usize = 20;

/// A signature has so many characters.
const SHORTEST: usize = 2;
const LONGEST: usize = 12;

/// Names that tell nobody who sends. Whole names: 平安客户服务中心 is none.
const NEUTRAL: &[&str] = &[
    "客户服务",
    "客服",
    "客服中心",
    "客户服务中心",
    "客服通知",
    "客户通知",
    "温馨提示",
    "温馨提醒",
    "友情提示",
    "友情提醒",
    "会员通知",
    "会员服务",
    "会员中心",
    "会员提醒",
    "系统通知",
    "系统消息",
    "系统提示",
    "通知",
    "提醒",
    "消息",
    "短信",
    "短信通知",
    "短信平台",
    "验证码",
    "短信验证码",
    "身份验证",
    "注册验证",
    "安全验证",
    "重要通知",
    "重要提醒",
    "官方通知",
    "服务通知",
    "活动通知",
    "订单通知",
    "物流通知",
    "快递通知",
    "签名",
    "测试",
    "测试签名",
    "test",
];

/// The signature of a text that is trimmed: at its beginning, or else at its end.
pub(super) fn find(text: &str) -> Option<Signature<'_>> {
    if text.starts_with(OPEN) {
        let length = search::find(&text[MARK..], CLOSE)?;
        return Some(Signature { name: &text[MARK..MARK + length], start: 0, end: 2 * MARK + length, is_last: false });
    }
    let inner = text.strip_suffix(CLOSE)?;
    let start = search::find_last(inner, OPEN)?;
    Some(Signature { name: &inner[start + MARK..], start, end: text.len(), is_last: true })
}

/// Checks the signature of a trimmed text. `brackets` is how many of 【 and 】 the text has.
pub(super) fn check(text: &str, signature: Option<&Signature<'_>>, brackets: u32, findings: &mut Findings<'_>) {
    let Some(signature) = signature else {
        return missing(text, findings);
    };
    if brackets > 2 {
        let is_other = |at: &usize| *at != signature.start && *at + MARK != signature.end;
        let at = text.match_indices(['【', '】']).map(|(at, _)| at).find(is_other);
        findings.add(Rule::SecondSignature, at);
    }
    if signature.is_last {
        findings.add(Rule::SignatureAtEnd, Some(signature.start));
    }
    check_name(signature, findings);
}

fn missing(text: &str, findings: &mut Findings<'_>) {
    if let Some(at) = search::find(text, OPEN).filter(|at| search::contains(&text[*at..], CLOSE)) {
        return findings.add(Rule::SignatureInText, Some(at));
    }
    match other_brackets(text) {
        Some(at) => findings.add(Rule::SignatureBrackets, Some(at)),
        None => findings.add(Rule::NoSignature, None),
    }
}

/// Where other brackets stand around what can be a name, at either end.
fn other_brackets(text: &str) -> Option<usize> {
    let can_be_name = |name: &str| {
        let length = name.chars().count();
        (SHORTEST..=LONGEST_NAME).contains(&length) && name.chars().all(is_plain)
    };
    OTHERS.iter().find_map(|(open, close)| {
        let first = text.strip_prefix(*open).and_then(|rest| rest.split(*close).next()).filter(|name| {
            // Unclosed, it is the whole text.
            can_be_name(name) && name.len() + open.len_utf8() < text.len()
        });
        if first.is_some() {
            return Some(0);
        }
        // A text may end with a remark in round brackets.
        let inner = text.strip_suffix(*close).filter(|_| !matches!(open, '(' | '（'))?;
        let at = inner.rfind(*open)?;
        can_be_name(&inner[at + open.len_utf8()..]).then_some(at)
    })
}

fn check_name(signature: &Signature<'_>, findings: &mut Findings<'_>) {
    let (name, at) = (signature.name, signature.start + MARK);
    if name.trim().is_empty() {
        return findings.add(Rule::EmptySignature, Some(signature.start));
    }
    let length = name.chars().count();
    if length < SHORTEST {
        findings.add(Rule::ShortSignature, Some(at));
    } else if length > LONGEST {
        findings.add(Rule::LongSignature, Some(at));
    }
    if let Some((inside, character)) = name.char_indices().find(|(_, character)| !is_plain(*character)) {
        findings.add_noted(Rule::SignatureCharacters, Some(at + inside), &String::from(character));
    } else if name.is_ascii() {
        findings.add(Rule::SignatureWithoutChinese, Some(at));
    }
    if NEUTRAL.iter().any(|neutral| neutral.eq_ignore_ascii_case(name.trim())) {
        findings.add(Rule::NeutralSignature, Some(at));
    }
}

/// A Chinese character, or a letter or digit of ASCII.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || is_chinese(character)
}

/// Whether it is an ideograph, of whatever block.
pub(super) fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}
