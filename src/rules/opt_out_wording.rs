//! The opt-out instruction: its words and their position.

use alloc::string::String;

use crate::message::MessageKind;
use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;
use crate::rules::signature::Signature;
use crate::search;

/// An opt-out instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OptOut {
    /// Its beginning, in bytes.
    pub start: usize,
    /// Its end.
    pub end: usize,
}

/// Words for what a person opts out of.
const WANTED: &[&str] = &["退订", "退定", "拒收", "拒绝", "拒绝接收", "不再接收", "取消订阅"];
/// Verbs that the reply follows.
const REPLY: &[&str] = &["回复", "回復", "发送", "回", "发"];
/// Verbs without a reply.
const DO: &[&str] = &["点击", "致电", "拨打", "联系", "访问", "点"];
/// A reply is a word of letters and digits.
const MAX_REPLY_CHARACTERS: usize = 4;

/// Words of a sentence that certainly is an opt-out instruction, whatever the reply.
const REFUSING: &[&str] = &["退订", "退定", "拒收", "拒绝"];
/// Words of a sentence that may be one: 如不需要，请回T, and not 不再犹豫，回复A参加.
const DECLINING: &[&str] = &["绝", "勿", "免打扰", "不再", "不需", "不想", "不接收", "不愿", "取消"];
/// The letters of replies that opt out: R, N, T, TD, TDZD, QX, 0000.
const OF_REFUSALS: &str = "RNTDZQX0";
const ENDS_SENTENCE: &[char] = &['。', '！', '!', '？', '?', '；', ';', '\n', '【', '】'];
/// The characters that end a part of a sentence.
const ENDS_CLAUSE: &[char] = &['，', ',', ' ', '、', '～', '~'];

/// Finds the instruction. A text that speaks of it otherwise (退订会员卡已送到) has none. Marketing may phrase it in any
/// words; in a code or a notice, 退订请致电 is about an order.
pub(super) fn find(text: &str, kind: MessageKind) -> Option<OptOut> {
    if kind == MessageKind::Marketing {
        return find_words(text, true).or_else(|| find_sentence(text));
    }
    find_words(text, false).filter(|OptOut { start, end }| {
        let is_told_of = text[..*start].ends_with(['已', '曾', '经', '的']);
        // 确认请回Y，拒绝请回N offers a choice.
        let is_choice = text[*start..*end].contains("拒绝") && text[*start..*end].ends_with(['N', '否']);
        !is_told_of && !is_choice && !text[*end..].starts_with(char::is_alphanumeric)
    })
}

/// The last sentence that names a reply and speaks of opting out.
fn find_sentence(text: &str) -> Option<OptOut> {
    let mut end = text.len();
    for sentence in text.rsplit(ENDS_SENTENCE) {
        let start = end - sentence.len();
        let last = |words: &[&str]| {
            let ends = words.iter().filter_map(|word| Some((search::find_last(sentence, word)?, word.len())));
            ends.max()
        };
        let (refuses, declines) = (last(REFUSING), last(DECLINING));
        let instruction = REPLY.iter().find_map(|verb| {
            let at = search::find(sentence, verb)?;
            let (reply, length) = reply_of(&sentence[at + verb.len()..]);
            let is_known = reply.chars().all(|character| OF_REFUSALS.contains(character));
            let (word, of_word) = refuses.or_else(|| declines.filter(|_| is_known)).filter(|_| is_reply(&reply))?;
            Some((word.min(at), (word + of_word).max(at + verb.len() + length)))
        });
        if let Some((from, to)) = instruction {
            let clause = sentence[..from]
                .rfind(ENDS_CLAUSE)
                .map_or(0, |mark| mark + sentence[mark..].chars().next().map_or(0, char::len_utf8));
            return Some(OptOut { start: start + clause, end: start + to });
        }
        end = text[..start].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    None
}

/// The reply at the beginning of a text, in quotes or not and of either width, in capitals; and its end.
fn reply_of(text: &str) -> (String, usize) {
    let rest = text.trim_start_matches(|character| is_filler(character) || "数字母短信大写".contains(character));
    let narrow = |character: char| match character {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(character as u32 - 0xFEE0),
        other => Some(other).filter(char::is_ascii_alphanumeric),
    };
    let wide = rest.find(|character| narrow(character).is_none()).unwrap_or(rest.len());
    let word = rest[..wide].chars().filter_map(narrow).map(|character| character.to_ascii_uppercase()).collect();
    (word, text.len() - rest[wide..].trim_start_matches(is_quote).len())
}

fn find_words(text: &str, is_marketing: bool) -> Option<OptOut> {
    WANTED
        .iter()
        .filter_map(|phrase| {
            let mut from = 0;
            while let Some(found) = search::find(&text[from..], phrase) {
                let at = from + found;
                from = at + phrase.len();
                let (before, behind) = (before(&text[..at]), behind(&text[from..], is_marketing));
                if before.is_some() || behind.is_some() {
                    return Some(OptOut { start: before.unwrap_or(at), end: from + behind.unwrap_or_default() });
                }
            }
            None
        })
        .min_by_key(|opt_out| opt_out.start)
}

/// The beginning of `回复“TD”` at the end of a text.
fn before(text: &str) -> Option<usize> {
    let text = trim_end(text);
    let rest = text.trim_end_matches(|character: char| character.is_ascii_alphanumeric());
    if !is_reply(&text[rest.len()..]) {
        return None;
    }
    let unquoted = trim_end(rest);
    if let Some(before) = REPLY.iter().find_map(|verb| unquoted.strip_suffix(verb)) {
        return Some(before.len());
    }
    // TD退订, and no number, name or VIP退订.
    let word = text[rest.len()..].to_ascii_uppercase();
    let is_refusal = word.chars().all(|letter| letter.is_ascii_alphabetic() && OF_REFUSALS.contains(letter));
    (rest.trim_end_matches(' ').len() == unquoted.len() && is_refusal).then_some(rest.len())
}

/// The length of `请回复“R”` at the beginning of a text; in marketing also of `请致电`.
fn behind(text: &str, is_marketing: bool) -> Option<usize> {
    let rest = trim_start(text);
    let (rest, is_asked) = ["请", "請", "可", "就"]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))
        .map_or((rest, false), |rest| (trim_start(rest), true));
    if let Some(reply) = REPLY.iter().find_map(|verb| rest.strip_prefix(verb)) {
        let quote = reply;
        let reply = trim_start(reply);
        let is_quoted = quote[..quote.len() - reply.len()].contains(is_quote);
        let length = reply.len() - reply.trim_start_matches(|character: char| character.is_ascii_alphanumeric()).len();
        if is_reply(&reply[..length]) {
            // What follows an unquoted word may be a signature: 回复R[信使].
            let end = reply[length..].trim_start_matches(|next| is_quoted && is_quote(next));
            return Some(text.len() - end.len());
        }
    }
    if is_marketing
        && is_asked
        && let Some(rest) = DO.iter().find_map(|action| rest.strip_prefix(action))
    {
        return Some(text.len() - rest.len());
    }
    // 拒收R, 退订：T
    let reply = text.trim_start_matches([':', '：', ' ']);
    let rest = reply.trim_start_matches(|character: char| character.is_ascii_uppercase());
    let length = reply.len() - rest.len();
    let ends = !rest.starts_with(char::is_alphanumeric);
    ((1..=2).contains(&length) && ends).then_some(text.len() - rest.len())
}

fn is_reply(word: &str) -> bool {
    (1..=MAX_REPLY_CHARACTERS).contains(&word.len())
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

/// Checks the opt-out of a text, whether it has one or not.
pub(super) fn check(
    kind: MessageKind,
    opt_out: Option<OptOut>,
    signature: Option<&Signature<'_>>,
    findings: &mut Findings<'_>,
) {
    let text = findings.text();
    let documented = findings.profile.opt_outs;
    match (kind, opt_out) {
        (MessageKind::Marketing, None) => findings.add_noted(Rule::NoOptOut, None, documented[0]),
        (MessageKind::Marketing, Some(OptOut { start, end })) => {
            if !documented.contains(&&text[start..end]) {
                let note = documented.join(", ");
                findings.add_noted(Rule::OptOutWording, Some(start), &note);
            }
            let rest = signature.filter(|signature| signature.is_last).map_or(text.len(), |signature| signature.start);
            let behind = text.get(end..rest).unwrap_or_default();
            // A second signature, or one in other brackets, has a finding of its own.
            let is_signature =
                behind.starts_with(['[', '［', '(', '（', '【']) && behind.ends_with([']', '］', ')', '）', '】']);
            if behind.chars().any(char::is_alphanumeric) && !is_signature {
                findings.add(Rule::OptOutNotLast, Some(start));
            }
        }
        (MessageKind::Otp | MessageKind::Notice, Some(OptOut { start, .. })) => {
            findings.add(Rule::UnwantedOptOut, Some(start));
        }
        (MessageKind::Otp | MessageKind::Notice, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, kind: MessageKind) -> Option<&str> {
        find(text, kind).map(|OptOut { start, end }| &text[start..end])
    }

    #[test]
    fn opt_out_wording_is_found_whole() {
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
            ("满减开抢，退订：TD", "退订：TD"),
            ("满减开抢，拒绝请回复R", "拒绝请回复R"),
            ("满减开抢，拒收請回復R", "拒收請回復R"),
        ] {
            assert_eq!(found(text, MessageKind::Marketing), Some(words), "{text}");
        }
    }

    #[test]
    fn marketing_accepts_other_opt_out_wordings() {
        for (text, words) in [
            ("满减开抢！如不需要，请回复T", "如不需要，请回复T"),
            ("满减开抢。不想接收请回T", "不想接收请回T"),
            ("满减开抢。回复T即可退订", "回复T即可退订"),
            ("满减开抢。回T可退订。", "回T可退订"),
            ("满减开抢；谢绝请回N", "谢绝请回N"),
            ("满减开抢。回Ｔ退订", "回Ｔ退订"),
            ("满减开抢。回复数字0退订", "回复数字0退订"),
            ("满减开抢。发送TD至10690000退订", "发送TD至10690000退订"),
            ("满减开抢。退订请回复大写字母T", "退订请回复大写字母T"),
        ] {
            assert_eq!(found(text, MessageKind::Marketing), Some(words), "{text}");
        }
        for text in [
            "满减开抢，回复A参加",
            "不再犹豫，回复A参加",
            "满减开抢。如需取消预约回复1",
            "满减开抢。不限次数，到店即享",
            "满减开抢。七天无理由退货",
            "退货请回电4001234567",
        ] {
            assert_eq!(found(text, MessageKind::Marketing), None, "{text}");
        }
    }

    #[test]
    fn text_about_rejection_has_no_opt_out_wording() {
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
            "退订VIP会员已生效",
            "机票退订，T1航站楼办理",
        ] {
            assert_eq!((found(text, MessageKind::Marketing), found(text, MessageKind::Notice)), (None, None), "{text}");
        }
        for text in [
            "如需退订请联系酒店前台",
            "收件人拒收请联系客服4008001234",
            "退订请致电010-12345678",
            "您已回复T退订成功",
            "您已回复T退订。",
            "您的回T退订请求已受理",
            "回TD退订业务已开通",
            "您已拒绝请求",
        ] {
            assert_eq!(found(text, MessageKind::Notice), None, "{text}");
        }
        for text in ["验证码123456，回T退订", "订单已发货。拒收请回复R", "订单已发货，退订：T。"]
        {
            assert!(found(text, MessageKind::Notice).is_some(), "{text}");
        }
    }
}
