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

/// Words of which a name is made that tells nobody who sends: 会员通知, 短信验证码. A name with any other word, as 平安客户服务中心, is
/// none; 测试 and test at either end make any name one (Aliyun).
const NEUTRAL: &str = "客户 客服 服务 中心 温馨 友情 重要 紧急 最新 官方 系统 会员 用户 贵宾 尊贵 尊敬的 通知 提醒 提示 \
    消息 公告 信息 短信 短消息 平台 验证码 验证 校验码 动态码 注册 登录 登陆 身份 安全 密码 账户 账号 \
    活动 促销 优惠 特惠 福利 订单 物流 快递 售后 预约 签名 模板 测试 test";
const TEST: [&str; 2] = ["测试", "test"];

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
    if is_neutral(name.trim()) {
        findings.add(Rule::NeutralSignature, Some(at));
    }
}

fn is_neutral(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_of_words = |name: &str| {
        let mut rest = name;
        while let Some(behind) = NEUTRAL.split(' ').find_map(|word| rest.strip_prefix(word)) {
            rest = behind;
        }
        rest.is_empty()
    };
    is_of_words(&name) || TEST.iter().any(|test| name.starts_with(test) || name.ends_with(test))
}

/// A Chinese character, or a letter or digit of ASCII.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || is_chinese(character)
}

/// Whether it is an ideograph, of whatever block.
pub(super) fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}
