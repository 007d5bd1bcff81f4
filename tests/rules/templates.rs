//! Templates, and the values that fill them.

use xinshi::message::MessageKind::{Marketing, Notice, Otp};

use crate::{codes, codes_of_value};

#[test]
fn template_needs_words_of_its_own_and_between_its_values() {
    for (text, expected) in [
        ("【信使】{value0}", vec!["template-of-variables"]),
        ("【信使】{value0}，{value1}！", vec!["template-of-variables"]),
        ("【信使】您好{value0}{value1}", vec!["adjacent-variables"]),
        ("【信使】您好{value0} {value1}", vec!["adjacent-variables"]),
        ("【信使】您好{value0}，{value1}", vec![]),
        ("【信使】您的取件码是{value0}", vec![]),
        ("【信使】{value}", vec![]),
    ] {
        assert_eq!(codes(Notice, "", text), expected, "{text}");
    }
    // The opt-out and the signature are not what it says.
    assert_eq!(codes(Marketing, "", "【信使】{value0}回T退订"), ["template-of-variables"]);
}

#[test]
fn template_value_is_short_and_has_no_link() {
    for (kind, value, expected) in [
        (Notice, "北京市朝阳区望京街道", vec![]),
        (Notice, "一二三四五六七八九十一二三四五六七八九十", vec![]),
        (Notice, "一二三四五六七八九十一二三四五六七八九十一", vec!["long-value"]),
        (Otp, "123456", vec![]),
        (Otp, "1234567", vec!["long-value"]),
        (Notice, "1234567", vec![]),
        (Notice, "www.xinshi.com", vec!["link-in-value"]),
        (Notice, "https://a.cn", vec!["link-in-value"]),
        (Notice, "t.cn/abc", vec!["link-in-value", "short-link"]),
        (Notice, "3.5", vec![]),
        (Notice, "12:30", vec![]),
        (Notice, "13812345678", vec!["mobile-number"]),
        (Notice, "加微信abc12345", vec!["wechat-id"]),
        (Notice, "★", vec!["refused-symbol"]),
        (Notice, "訂單", vec!["traditional-characters"]),
        (Notice, "【别】", vec!["second-signature"]),
        (Notice, "", vec![]),
    ] {
        assert_eq!(codes_of_value(kind, value), expected, "{value}");
    }
}
