//! A strict carrier: what it rejects, written from the vendors' pages and apart from the client's rules, so that a mistake on one side
//! shows on the other. It sees a text and the time alone: what says how to opt out is marketing, what says 验证码 is a code.

/// Why a text is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrictRejection {
    /// 签名: none, two, or none that a carrier takes.
    Signature,
    /// 内容: what the text says.
    Content,
    /// 时段: marketing at night.
    Hours,
}

/// Decides over a text that is to be sent at a time in milliseconds since 1970.
#[must_use]
pub fn rejection_of(text: &str, at: i64) -> Option<StrictRejection> {
    let text = text.trim();
    let Some(name) = signature(text) else { return Some(StrictRejection::Signature) };
    if !is_filed(name) || text.matches(['【', '】']).count() != 2 {
        return Some(StrictRejection::Signature);
    }
    let words: Vec<&str> = text.split(|character: char| character.is_whitespace() || !character.is_ascii()).collect();
    let is_marketing = ["拒收请回复R", "回T退订", "回TD退订"].iter().any(|how| text.contains(how));
    let is_code = ["验证码", "校验码", "动态码", "注册码"].iter().any(|word| text.contains(word));
    let has_rejected_content = (is_code && (words.iter().any(|word| is_link(word)) || is_marketing))
        || words.iter().any(|word| is_short_link(word))
        || has_mobile(text)
        || has_id(text)
        || has_symbol(text)
        || text.chars().any(is_traditional)
        || is_misspelt(text);
    if has_rejected_content {
        return Some(StrictRejection::Content);
    }
    // 8:00 to 22:00 in Beijing, where Tencent and Huawei send.
    let hour = (at.div_euclid(3_600_000) + 8).rem_euclid(24);
    (is_marketing && !(8..22).contains(&hour)).then_some(StrictRejection::Hours)
}

fn signature(text: &str) -> Option<&str> {
    match text.strip_prefix('【') {
        Some(rest) => rest.split_once('】').map(|(name, _)| name),
        None => text.strip_suffix('】')?.rsplit_once('【').map(|(_, name)| name),
    }
}

/// 2 to 12 characters, letters, digits and at least one Chinese one, and a name of somebody.
fn is_filed(name: &str) -> bool {
    (2..=12).contains(&name.chars().count())
        && !name.is_ascii()
        && name.chars().all(char::is_alphanumeric)
        && !is_nobodys(name)
}

/// Whether nothing is left of a name but words that any sender could use, or it is one of a test.
fn is_nobodys(name: &str) -> bool {
    const ANYBODYS: &str = "客户 客服 服务 中心 温馨 友情 重要 官方 系统 会员 用户 贵宾 尊敬的 通知 提醒 提示 消息 短信 验证码 验证 \
                            身份 安全 注册 登录 活动 优惠 订单 物流 快递 平台 签名 亲爱的 学校 银行 医院 公司 广告";
    let name = name.to_lowercase();
    let own = ANYBODYS.split(' ').fold(name.clone(), |rest, word| rest.replace(word, ""));
    own.is_empty() || name.contains("测试") || name.contains("test")
}

fn is_link(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or_default();
    let is_bound = word.starts_with('@');
    word.contains("://") || (!is_bound && [".com", ".cn", ".net", ".top", ".cc"].iter().any(|end| host.ends_with(end)))
}

fn is_short_link(word: &str) -> bool {
    const HOSTS: &str = "t.cn dwz.cn url.cn suo.im suo.nz sina.lt u6.gg c7.gg 985.so mrw.so m.tb.cn u.jd.com 3.cn v.douyin.com bit.ly \
                         tinyurl.com goo.gl t.co is.gd";
    let word = word.to_lowercase();
    let word = word.split_once("://").map_or(word.as_str(), |(_, rest)| rest);
    HOSTS.split(' ').any(|host| word == host || word.strip_prefix(host).is_some_and(|rest| rest.starts_with('/')))
}

/// A digit of whatever width as one of ASCII.
fn narrow(character: char) -> char {
    match character {
        '０'..='９' => char::from_digit(u32::from(character) - u32::from('０'), 10).unwrap_or(character),
        other => other,
    }
}

/// 11 digits of a mobile number of whatever width and in whatever groups, that are no order's.
fn has_mobile(text: &str) -> bool {
    let characters: Vec<char> = text.chars().map(narrow).collect();
    let is_digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let is_between = |at: usize| at > 0 && "- ._".contains(characters[at]) && is_digit(at - 1) && is_digit(at + 1);
    let joined: String = (0..characters.len()).filter(|at| !is_between(*at)).map(|at| characters[at]).collect();
    let mut before = String::new();
    for digits in joined.split_inclusive(|character: char| !character.is_ascii_digit()) {
        let number = digits.trim_end_matches(|character: char| !character.is_ascii_digit());
        let national =
            number.trim_start_matches("00").strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(number);
        let is_persons = before.ends_with("手机号") || before.ends_with("号码");
        let is_other =
            before.ends_with(|character: char| character.is_ascii_alphanumeric() || "*号单".contains(character));
        let stands_alone = (is_persons || !is_other) && !digits.ends_with(['*', '号']);
        if stands_alone && national.len() == 11 && national.starts_with('1') && national.as_bytes()[1] >= b'3' {
            return true;
        }
        before.push_str(digits);
    }
    false
}

/// A QQ number or a `WeChat` id behind its name.
fn has_id(text: &str) -> bool {
    const NAMES: &str = "qq 扣扣 企鹅 加群 进群 微信 威信 薇信 v信 vx wx 加微 加v +v ＋v";
    let text: String = text.to_lowercase().chars().map(narrow).collect();
    NAMES.split(' ').any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start_matches([':', '：', ' ', '号', '群', '为', '是']);
            let id: String = rest
                .chars()
                .take_while(|character| character.is_ascii_alphanumeric() || "_-".contains(*character))
                .collect();
            (5..=20).contains(&id.len()) && !rest[id.len()..].starts_with(['.', ':', '/'])
        })
    })
}

fn has_symbol(text: &str) -> bool {
    let is_link = |word: &str| word.contains("://") || (word.is_ascii() && word.contains('/'));
    let without_links = text.split_whitespace().filter(|word| !is_link(word)).collect::<String>();
    text.contains("^_^")
        || without_links.contains('&')
        || text.split('_').skip(1).any(|behind| !behind.starts_with(|character: char| character.is_ascii()))
        || text.chars().any(|character| {
            "¥￥★☆※√☞✓✔●■◆→²①②③『』❤".contains(character) || ('\u{1F000}'..'\u{1FB00}').contains(&character)
        })
}

/// A word that is written so that a filter misses it.
fn is_misspelt(text: &str) -> bool {
    let joined: String = text.chars().filter(|character| !". -_*".contains(*character)).collect();
    let is_split = |word: &str| joined.matches(word).count() > text.matches(word).count();
    let about = ["公众号", "二维码", "支付", "小程序", "号"];
    let is_instead = |word: &str| about.iter().any(|rest| text.contains(&[word, rest].concat()));
    (is_split("微信") && !joined.contains("微信任") && !joined.contains("微信息"))
        || is_instead("威信")
        || is_instead("薇信")
}

/// A Chinese character of GBK that GB 2312 has no place for: traditional, but for some that people are called by.
fn is_traditional(character: char) -> bool {
    if "昇陞堃喆淼犇甯濛蘋邨仝镕".contains(character) || !('\u{4E00}'..='\u{9FFF}').contains(&character) {
        return false;
    }
    let mut buffer = [0; 4];
    let (gbk, _, lacks) = encoding_rs::GBK.encode(character.encode_utf8(&mut buffer));
    !lacks && !matches!(*gbk, [0xB0..=0xF7, 0xA1..=0xFE])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 12:00 in Beijing.
    const NOON: i64 = 1_796_011_200_000;

    #[test]
    fn strict_carrier_rejects_the_documented_texts() {
        for (text, rejection) in [
            ("您好", StrictRejection::Signature),
            ("【信】您好", StrictRejection::Signature),
            ("【ABC】您好", StrictRejection::Signature),
            ("【客户服务】您好", StrictRejection::Signature),
            ("【信使】您的【订单】", StrictRejection::Signature),
            ("[信使]您好", StrictRejection::Signature),
            ("【信使】您的验证码是112233，回T退订", StrictRejection::Content),
            ("【信使】您的验证码是112233，https://a.example", StrictRejection::Content),
            ("【信使】详见 t.cn/abc", StrictRejection::Content),
            ("【信使】请联系13812345678", StrictRejection::Content),
            ("【信使】★您好", StrictRejection::Content),
            ("【信使】您好😀", StrictRejection::Content),
            ("【信使】您的訂單", StrictRejection::Content),
            ("【信使】请加微信abc12345", StrictRejection::Content),
        ] {
            assert_eq!(rejection_of(text, NOON), Some(rejection), "{text}");
        }
        for text in [
            "【信使】您好",
            "您好【信使】",
            "【信使】订单138123456789",
            "【信使】八折，回T退订",
            "【信使】退订会员卡已送到",
        ] {
            assert_eq!(rejection_of(text, NOON), None, "{text}");
        }
        let night = NOON + 11 * 3_600_000;
        assert_eq!(rejection_of("【信使】八折，回T退订", night), Some(StrictRejection::Hours));
        assert_eq!(rejection_of("【信使】您的订单已发货", night), None);
    }
}
