//! [`OptOutWords`]: the replies that opt a person out of marketing texts, and the instruction for it in a text.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::search;

/// The words that opt out, normalised by [`folded`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptOutWords {
    /// The caller's words, in addition to [`DEFAULT_WORDS`].
    own: Vec<String>,
}

/// The replies that texts ask for: 拒收请回复R (Aliyun, Tencent, Huawei, Baidu), 回T退订 (Qiniu), 回TD退订 (liupai.txt and
/// binstd.txt, 添加模板), N (Tencent, until 2025); and words that people choose themselves.
const DEFAULT_WORDS: [&str; 6] = ["R", "N", "T", "TD", "退订", "拒收"];

/// Words that mark an opt-out instruction anywhere in a text that is sent.
const OPT_OUT_PHRASES: [&str; 3] = ["退订", "拒收", "退訂"];

/// The maximum length of a caller's word, in characters.
const MAX_WORD_CHARACTERS: usize = 20;

impl OptOutWords {
    /// Reads `optOutWords`.
    ///
    /// # Errors
    /// `invalid_argument` where it is no list of words. A word has 1 to 20 letters and digits, without blanks and
    /// punctuation.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let own: Vec<String> = fields.texts("optOutWords")?.unwrap_or_default().into_iter().map(folded).collect();
        if own.iter().all(|word| (1..=MAX_WORD_CHARACTERS).contains(&word.chars().count())) {
            return Ok(Self { own });
        }
        Err(fields.wrong("optOutWords", "a word of optOutWords has 1 to 20 letters and digits"))
    }

    /// Whether a reply opts out: it is one of the words, alone, with 退订 or 拒收 before or behind it, or with 回复 before
    /// it.
    #[must_use]
    pub fn matches(&self, reply: &str) -> bool {
        // The words and their surroundings are shorter than this, so a longer reply opts nobody out.
        if reply.chars().nth(4 * MAX_WORD_CHARACTERS).is_some() {
            return false;
        }
        let reply = folded(reply);
        let reply = without_prefix(&reply, &["回复", "回覆", "回"]);
        let without_phrase = |word: &&str| reply.strip_prefix(*word).or_else(|| reply.strip_suffix(*word));
        self.contains(reply) || OPT_OUT_PHRASES.iter().filter_map(without_phrase).any(|rest| self.contains(rest))
    }

    /// The word that a marketing text asks for, if the text asks for words and none of them is understood. `None` for a
    /// text that names no word: it may contain a link instead.
    #[must_use]
    pub fn unknown_word_of(&self, text: &str) -> Option<String> {
        let mut unknown = None;
        let mut rest = text;
        while let Some((_, after)) = search::split(rest, "回") {
            rest = after;
            let after =
                after.trim_start_matches(|character: char| "复覆".contains(character) || !is_of_word(fold(character)));
            if OPT_OUT_PHRASES.iter().any(|word| after.starts_with(word)) {
                return None;
            }
            let end = after.char_indices().find(|(_, character)| !fold(*character).is_ascii_alphanumeric());
            let word = folded(&after[..end.map_or(after.len(), |(at, _)| at)]);
            if self.contains(&word) {
                return None;
            }
            if !word.is_empty() {
                unknown = Some(word);
            }
        }
        unknown
    }

    fn contains(&self, word: &str) -> bool {
        DEFAULT_WORDS.contains(&word) || self.own.iter().any(|own| own == word)
    }
}

/// Whether a text tells how to opt out.
#[must_use]
pub fn names_opt_out(text: &str) -> bool {
    OPT_OUT_PHRASES.iter().any(|word| search::contains(text, word))
}

/// The normal form of a word for comparison: letters and digits only, full-width ones as ASCII, in capitals, 退訂 as 退订.
fn folded(word: &str) -> String {
    word.chars().map(fold).filter(|character| is_of_word(*character)).collect()
}

/// Whether a character of a normalised text belongs to a word: a letter or digit of ASCII or of another script.
/// Punctuation and symbols stand in Unicode blocks of their own; the standard library's tables for this are 2 KB.
const fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '々'..='〇' | '\u{3040}'..='\u{fdff}' | '\u{20000}'..)
}

fn fold(character: char) -> char {
    let ascii = match character {
        '訂' => '订',
        '！'..='～' => u8::try_from(u32::from(character) - 0xFEE0).map_or(character, char::from),
        other => other,
    };
    ascii.to_ascii_uppercase()
}

fn without_prefix<'a>(text: &'a str, prefixes: &[&str]) -> &'a str {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn words(json: &str) -> Result<OptOutWords, SmsError> {
        let json = options::parse(json, "options").unwrap();
        OptOutWords::read(&Fields::new(&json, "", "options").unwrap())
    }

    #[test]
    fn default_opt_out_words_are_recognised() {
        let known = OptOutWords::default();
        for text in [
            "TD",
            "td",
            " T ",
            "退订",
            "ＴＤ",
            "TD。",
            "TD退订",
            "T 退订",
            "“退订”",
            "R",
            "ｒ",
            "r.",
            "N",
            "n",
            "R退订",
            "退订R",
            "回复TD",
            "回T",
            "拒收",
            "【R】",
            "拒收R",
            "R拒收",
            "退訂",
            "回覆退訂",
        ] {
            assert!(known.matches(text), "{text}");
        }
        for text in [
            "",
            "TDD",
            "不退订",
            "好的",
            "1",
            "TD 123456",
            "退",
            "NO",
            "RT",
            "回复",
            "回",
            "为什么退订",
            "TDZD",
            "0000",
            "不拒收",
            "拒收短信吗",
        ] {
            assert!(!known.matches(text), "{text}");
        }
        assert!(!known.matches(&["T", &" ".repeat(1000)].concat()), "a long text is none of the words");
    }

    #[test]
    fn custom_opt_out_words_are_recognised() {
        let own = words(r#"{"optOutWords":["tdzd","0000","取消 订阅"]}"#).unwrap();
        for text in ["TDZD", "ｔｄｚｄ", "0000", "００００", "取消订阅", "TDZD退订", "R"] {
            assert!(own.matches(text), "{text}");
        }
        for json in
            [r#"{"optOutWords":[""]}"#, r#"{"optOutWords":["…"]}"#, r#"{"optOutWords":"TD"}"#, r#"{"optOutWords":[1]}"#]
        {
            assert_eq!(words(json).unwrap_err().field.as_deref(), Some("optOutWords"), "{json}");
        }
        assert!(words(&format!(r#"{{"optOutWords":["{}"]}}"#, "x".repeat(21))).is_err());
    }

    #[test]
    fn text_with_an_unknown_opt_out_word_is_found() {
        let own = words(r#"{"optOutWords":["TDZD"]}"#).unwrap();
        for text in [
            "【信使】大促，拒收请回复R",
            "【信使】大促，回TD退订",
            "【信使】回复1抽奖，回复 ｔ 退订",
            "【信使】退订请回复“N”",
            "【信使】不想收到请回复退订",
            "【信使】大促 回TDZD退订",
            "【信使】退订请点 https://x.example",
            "【信使】欢迎回家，拒收请致电",
            "【信使】大促，退訂回T",
        ] {
            assert_eq!(own.unknown_word_of(text), None, "{text}");
        }
        for (text, word) in [
            ("【信使】大促，拒收请回复QX", "QX"),
            ("【信使】大促，回0000退订", "0000"),
            ("【信使】回复1抽奖，回qx退订", "QX"),
            ("【信使】大促，拒收请回复：ＲＲ", "RR"),
            ("【信使】回TDX退订", "TDX"),
        ] {
            assert_eq!(own.unknown_word_of(text).as_deref(), Some(word), "{text}");
        }
    }
}
