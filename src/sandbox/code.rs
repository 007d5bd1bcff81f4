//! The one-time code in a text, as a person finds it: for tests that wait for a code.

/// The lengths of a code, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=12;
/// Words that a code comes behind, in lower case.
const WORDS: [&str; 11] =
    ["验证码", "校验码", "动态码", "确认码", "认证码", "动态密码", "驗證碼", "passcode", "code", "otp", "pin"];

/// The code in a text: the one that the last line names for a browser (`@example.com #123456`); otherwise the first
/// behind a word for it, or the first of all. A signature 【…】, a link and a number with a point in it have none.
pub(super) fn code_in(text: &str) -> Option<&str> {
    if let Some((_, code)) = text.rsplit('\n').next()?.strip_prefix('@').and_then(|hosts| hosts.split_once(" #")) {
        return code.split(' ').next().filter(|code| is_code(code));
    }
    let lower = text.to_ascii_lowercase();
    let word = WORDS.iter().filter_map(|word| lower.find(word)).min();
    let candidates = candidates(text);
    let behind = candidates.iter().find(|(at, _)| word.is_some_and(|word| *at > word));
    behind.or(candidates.first()).map(|(_, code)| *code)
}

/// The possible codes of a text, with their places in bytes.
fn candidates(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut is_in_signature) = (0, false);
    for at in 0..=bytes.len() {
        if bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"./:-_@#".contains(byte)) {
            continue;
        }
        // A sentence, or a name for the code, may end with these.
        let run = text.get(start..at).unwrap_or_default().trim_matches([':', '.', '-', '#']);
        if !is_in_signature && is_code(run) {
            found.push((start, run));
        }
        start = at + 1;
        let rest = &bytes[at..];
        is_in_signature = rest.starts_with("【".as_bytes()) || is_in_signature && !rest.starts_with("】".as_bytes());
    }
    found
}

/// Whether a text is letters and digits, with a digit.
fn is_code(text: &str) -> bool {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    LENGTHS.contains(&text.len()) && has_digit && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_as_a_person_finds_it() {
        for (text, code) in [
            ("【信使】您的验证码是112233，5分钟内有效。", "112233"),
            ("【信使2024】尾号5678的用户，您的登录验证码为：4821，10分钟内有效", "4821"),
            ("【信使】Your verification code is 123456. It is valid for 5 minutes.", "123456"),
            ("123456 is your code for 2 logins", "123456"),
            ("【信使】0M53RF（登录验证码），请勿告诉他人", "0M53RF"),
            ("【信使】验证码:９９９９ 561166", "561166"),
            ("Your order 20261130 is confirmed with code 7741", "7741"),
            ("登录 https://a.example/1234567 ，校验码 AB12CD", "AB12CD"),
            ("Code 1111\n\n@login.example #64883313", "64883313"),
            ("Code 1111\n@top.example #64883313 @frame.example", "64883313"),
        ] {
            assert_eq!(code_in(text), Some(code), "{text}");
        }
    }

    #[test]
    fn other_texts_have_none() {
        for text in ["", "【信使123456】会员日八折", "取件码8-1-2004", "会员日全场8折，详见 a.example/123456", "3.1415"]
        {
            assert_eq!(code_in(text), None, "{text}");
        }
    }
}
