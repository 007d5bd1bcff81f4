//! A strict carrier: what it refuses, written from the vendors' pages and apart from the client's rules, so that a mistake on one side
//! shows on the other. It sees a text and the time alone: what says how to refuse is marketing, what says 验证码 is a code.

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// 签名: none, two, or none that a carrier takes.
    Signature,
    /// 内容: what the text says.
    Content,
    /// 时段: marketing at night.
    Hours,
}

/// Decides over a text that is to be sent at a time in milliseconds since 1970.
#[must_use]
pub fn refuses(text: &str, at: i64) -> Option<Refused> {
    let text = text.trim();
    let Some(name) = signature(text) else { return Some(Refused::Signature) };
    if !is_filed(name) || text.matches(['【', '】']).count() != 2 {
        return Some(Refused::Signature);
    }
    let words: Vec<&str> = text.split(|sign: char| sign.is_whitespace() || !sign.is_ascii()).collect();
    let is_marketing = ["拒收请回复R", "回T退订", "回TD退订"].iter().any(|how| text.contains(how));
    let is_code = ["验证码", "校验码", "动态码", "注册码"].iter().any(|word| text.contains(word));
    let has_link = words.iter().any(|word| word.contains("://") || word.starts_with("www."));
    let is_refused = (is_code && (has_link || is_marketing))
        || words.iter().any(|word| is_short_link(word) || is_mobile(word))
        || text.chars().any(is_symbol)
        || text.chars().any(is_traditional)
        || ["加微信", "微信号", "威信号", "威信公众号", "薇信", "加QQ", "QQ号", "QQ群"]
            .iter()
            .any(|way| text.contains(way));
    if is_refused {
        return Some(Refused::Content);
    }
    // 8:00 to 22:00 in Beijing, where Tencent and Huawei send.
    let hour = (at.div_euclid(3_600_000) + 8).rem_euclid(24);
    (is_marketing && !(8..22).contains(&hour)).then_some(Refused::Hours)
}

fn signature(text: &str) -> Option<&str> {
    match text.strip_prefix('【') {
        Some(rest) => rest.split_once('】').map(|(name, _)| name),
        None => text.strip_suffix('】')?.rsplit_once('【').map(|(_, name)| name),
    }
}

/// 2 to 12 characters, letters, digits and at least one Chinese one, and a name of somebody.
fn is_filed(name: &str) -> bool {
    const NOBODY: [&str; 8] =
        ["客户服务", "温馨提示", "会员通知", "系统通知", "短信通知", "验证码", "通知", "客服中心"];
    (2..=12).contains(&name.chars().count())
        && !name.is_ascii()
        && name.chars().all(char::is_alphanumeric)
        && !NOBODY.contains(&name)
}

fn is_short_link(word: &str) -> bool {
    const HOSTS: [&str; 6] = ["t.cn/", "dwz.cn/", "url.cn/", "suo.im/", "bit.ly/", "tinyurl.com/"];
    let word = word.split_once("://").map_or(word, |(_, rest)| rest);
    HOSTS.iter().any(|host| word.starts_with(host))
}

/// 11 digits of a mobile number, and no more beside them.
fn is_mobile(word: &str) -> bool {
    word.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '*').any(|digits| {
        digits.len() == 11
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.starts_with('1')
            && digits.as_bytes()[1] >= b'3'
    })
}

fn is_symbol(sign: char) -> bool {
    "¥￥★☆※√☞✓✔●■◆→²①②③『』".contains(sign) || ('\u{1F000}'..'\u{1FB00}').contains(&sign)
}

/// A Chinese character of GBK that GB 2312 has no place for: traditional, but for some that people are called by.
fn is_traditional(sign: char) -> bool {
    if "昇陞堃喆淼犇甯濛蘋邨仝镕".contains(sign) || !('\u{4E00}'..='\u{9FFF}').contains(&sign) {
        return false;
    }
    let mut buffer = [0; 4];
    let (gbk, _, lacks) = encoding_rs::GBK.encode(sign.encode_utf8(&mut buffer));
    !lacks && !matches!(*gbk, [0xB0..=0xF7, 0xA1..=0xFE])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 12:00 in Beijing.
    const NOON: i64 = 1_796_011_200_000;

    #[test]
    fn a_strict_carrier_refuses_what_the_pages_say() {
        for (text, refused) in [
            ("您好", Refused::Signature),
            ("【信】您好", Refused::Signature),
            ("【ABC】您好", Refused::Signature),
            ("【客户服务】您好", Refused::Signature),
            ("【信使】您的【订单】", Refused::Signature),
            ("[信使]您好", Refused::Signature),
            ("【信使】您的验证码是112233，回T退订", Refused::Content),
            ("【信使】您的验证码是112233，https://a.example", Refused::Content),
            ("【信使】详见 t.cn/abc", Refused::Content),
            ("【信使】请联系13812345678", Refused::Content),
            ("【信使】★您好", Refused::Content),
            ("【信使】您好😀", Refused::Content),
            ("【信使】您的訂單", Refused::Content),
            ("【信使】请加微信abc12345", Refused::Content),
        ] {
            assert_eq!(refuses(text, NOON), Some(refused), "{text}");
        }
        for text in [
            "【信使】您好",
            "您好【信使】",
            "【信使】订单138123456789",
            "【信使】八折，回T退订",
            "【信使】退订会员卡已送到",
        ] {
            assert_eq!(refuses(text, NOON), None, "{text}");
        }
        let night = NOON + 11 * 3_600_000;
        assert_eq!(refuses("【信使】八折，回T退订", night), Some(Refused::Hours));
        assert_eq!(refuses("【信使】您的订单已发货", night), None);
    }
}
