//! Words that are misspelt to evade a filter: 威信 for 微信, 微-信.

use crate::rules::catalogue::Rule;
use crate::rules::findings::Findings;

/// Misspellings that only ever mean 微信, 淘宝, 支付宝 or QQ.
const MISSPELT: &[&str] = &["薇信", "微伈", "微亻言", "V信", "v信", "扣扣", "企鹅号", "淘宀宝", "支付宀宝"];
/// Words that filters look for; a separator within one evades them.
const SPLIT: [(char, char); 4] = [('微', '信'), ('淘', '宝'), ('支', '付'), ('扣', '扣')];

/// 威信 is a word and a county, 徽信 and 维信 are names: they mean 微信 before words that only 微信 has.
const LIKE_WECHAT: &[&str] = &["威信", "徽信", "维信", "葳信", "崴信"];
const OF_WECHAT: &[&str] = &[
    "号",
    "群",
    "：",
    ":",
    "公众号",
    "小程序",
    "支付",
    "扫",
    "红包",
    "客服",
    "搜",
    "关注",
    "添加",
    "好友",
    "二维码",
    "朋友圈",
];
const BEFORE_WECHAT: &[&str] = &["加", "添加", "关注", "扫", "打开", "登录"];

/// Checks the word that begins at a position.
pub(super) fn check_at(text: &str, at: usize, findings: &mut Findings<'_>) {
    let rest = &text[at..];
    let is_misspelt = MISSPELT.iter().any(|word| rest.starts_with(word)) && !is_within_word(text, at);
    if is_misspelt || is_wechat(text, at) || (is_split(rest) && !is_of_others(text, at)) {
        findings.add(Rule::MisspeltWord, Some(at));
    }
}

fn is_within_word(text: &str, at: usize) -> bool {
    text[at..].starts_with(['V', 'v']) && text[..at].ends_with(|before: char| before.is_ascii_alphanumeric())
}

fn is_wechat(text: &str, at: usize) -> bool {
    let Some(rest) = LIKE_WECHAT.iter().find_map(|word| text[at..].strip_prefix(word)) else { return false };
    let is_id = rest.starts_with(|next: char| next.is_ascii_alphanumeric());
    is_id
        || OF_WECHAT.iter().any(|word| rest.starts_with(word))
        || BEFORE_WECHAT.iter().any(|word| text[..at].ends_with(word))
}

/// Whether 微 ends a word and 信 begins one: 稍微 信任.
fn is_of_others(text: &str, at: usize) -> bool {
    let behind = text[at..].chars().nth(3);
    text[..at].ends_with(['稍', '轻', '细', '显', '略', '低', '卑', '些', '甚'])
        || (text[at..].starts_with('微') && behind.is_some_and(|next| "任息用心念仰函".contains(next)))
}

fn is_split(rest: &str) -> bool {
    SPLIT.iter().any(|(one, other)| {
        let mut characters = rest.chars();
        let (first, mark) = (characters.next(), characters.next());
        first == Some(*one)
            && mark.is_some_and(|mark| matches!(mark, '.' | '-' | '_' | '*' | '+' | '/' | '|' | '·' | '丶' | ' '))
            && characters.next() == Some(*other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::class;

    #[test]
    fn words_begin_with_an_indexed_character() {
        let split = SPLIT.iter().map(|(first, _)| *first);
        let words = MISSPELT.iter().chain(LIKE_WECHAT).filter_map(|word| word.chars().next());
        for first in split.chain(words) {
            assert_ne!(class::of(first) & class::CONTACT, 0, "{first}");
        }
    }
}
