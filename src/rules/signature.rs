//! The signature, 【…】: its position and its form.

use alloc::string::String;

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::search;

/// The signature of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature<'a> {
    /// The name between the brackets.
    pub name: &'a str,
    /// The position of the opening bracket, in bytes.
    pub start: usize,
    /// The end of the closing bracket.
    pub end: usize,
    /// Whether it stands at the end of the text, and not at the beginning.
    pub is_last: bool,
}

const OPEN: &str = "【";
const CLOSE: &str = "】";
const MARK: usize = OPEN.len();

/// Other brackets that people use for a signature.
const OTHERS: [(char, char); 8] =
    [('[', ']'), ('［', '］'), ('〖', '〗'), ('〔', '〕'), ('「', '」'), ('『', '』'), ('(', ')'), ('（', '）')];
/// Brackets that any text may begin with are a signature only around a possible name.
const MAX_BRACKETED_CHARACTERS: usize = 20;

/// The maximum length of a signature, in characters.
const MIN_SIGNATURE_CHARACTERS: usize = 2;
const MAX_SIGNATURE_CHARACTERS: usize = 12;

/// Words that do not identify a sender: 会员通知, 短信验证码. Sorted; of words with the same beginning, the longest first. A
/// name with any other word, as 平安客户服务中心, identifies one; 测试 and test at either end never do (Aliyun).
const NEUTRAL: &[&str] = &[
    "中心",
    "亲爱的",
    "优惠",
    "会员",
    "促销",
    "信息",
    "公告 公司",
    "动态码",
    "医院",
    "友情",
    "售后",
    "商城 商家 商户",
    "学校",
    "安全",
    "官方",
    "客户 客服",
    "密码",
    "尊敬的 尊贵",
    "平台",
    "广告",
    "店铺",
    "快递",
    "提醒 提示",
    "最新",
    "服务",
    "校验码",
    "模板",
    "注册",
    "活动",
    "测试",
    "消息",
    "温馨",
    "物流",
    "特惠",
    "用户",
    "登录 登陆",
    "短消息 短信",
    "福利",
    "签名",
    "系统",
    "紧急",
    "网站",
    "订单",
    "账户 账号",
    "贵宾",
    "身份",
    "通知",
    "重要",
    "银行",
    "预约",
    "验证码 验证",
];
const TEST: [&str; 2] = ["测试", "test"];

/// The signature of a trimmed text: at its beginning, or else at its end.
pub(super) fn find(text: &str) -> Option<Signature<'_>> {
    if text.starts_with(OPEN) {
        let length = search::find(&text[MARK..], CLOSE)?;
        return Some(Signature { name: &text[MARK..MARK + length], start: 0, end: 2 * MARK + length, is_last: false });
    }
    let inner = text.strip_suffix(CLOSE)?;
    let start = search::find_last(inner, OPEN)?;
    Some(Signature { name: &inner[start + MARK..], start, end: text.len(), is_last: true })
}

/// Checks the signature of a trimmed text. `brackets` is the number of 【 and 】 in the text.
pub(super) fn check(text: &str, signature: Option<&Signature<'_>>, brackets: usize, findings: &mut Findings<'_>) {
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

/// The position of other brackets around a possible name, at either end.
fn other_brackets(text: &str) -> Option<usize> {
    let can_be_name = |name: &str| {
        let length = name.chars().count();
        (MIN_SIGNATURE_CHARACTERS..=MAX_BRACKETED_CHARACTERS).contains(&length) && name.chars().all(is_plain)
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
    if length < MIN_SIGNATURE_CHARACTERS {
        findings.add(Rule::ShortSignature, Some(at));
    } else if length > MAX_SIGNATURE_CHARACTERS {
        findings.add(Rule::LongSignature, Some(at));
    }
    if let Some((inside, character)) = name.char_indices().find(|(_, character)| !is_plain(*character)) {
        findings.add_noted(Rule::SignatureCharacters, Some(at + inside), &String::from(character));
    } else if name.is_ascii() {
        findings.add(Rule::SignatureWithoutChinese, Some(at));
    }
    if is_neutral(name.trim()) {
        findings.add(Rule::NeutralSignature, Some(at));
    }
}

fn is_neutral(name: &str) -> bool {
    let is = |part: Option<&str>, word: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(word));
    let is_test = |word: &&str| {
        let last = name.len().checked_sub(word.len()).and_then(|start| name.get(start..));
        is(name.get(..word.len()), word) || is(last, word)
    };
    if TEST.iter().any(is_test) {
        return true;
    }
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let Ok(row) = NEUTRAL.binary_search_by_key(&Some(first), |words| words.chars().next()) else { return false };
        let Some(behind) = NEUTRAL[row].split(' ').find_map(|word| rest.strip_prefix(word)) else { return false };
        rest = behind;
    }
    true
}

/// A Chinese character, or a letter or digit of ASCII.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || is_chinese(character)
}

/// Whether a character is an ideograph, of any block.
pub(super) fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_words_begin_with_an_indexed_character() {
        assert!(NEUTRAL.is_sorted());
        for word in NEUTRAL.iter().flat_map(|words| words.split(' ')) {
            assert!(is_neutral(word), "{word}");
        }
        for name in
            ["test", "TEST", "测试", "信使测试", "Test信使", "会员通知", "短信验证码", "亲爱的会员", "学校通知", "广告"]
        {
            assert!(is_neutral(name), "{name}");
        }
        for name in ["信使", "平安客户服务中心", "会员制仓储", "tes", "安踏", "学而思", "广发银行", ""]
        {
            assert_eq!(is_neutral(name), name.is_empty(), "{name}");
        }
    }
}
