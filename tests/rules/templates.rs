//! Templates, and the values that fill them.

use xinshi::message::MessageKind::{Marketing, Notice, Otp};

use xinshi::bulk::BulkForm;
use xinshi::client::rule_check::CheckRequest;
use xinshi::rules::settings::Settings;
use xinshi::rules::written::check;

use crate::{NOON, codes, codes_of_value};

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
        (Notice, "★", vec!["rejected-symbol"]),
        (Notice, "訂單", vec!["traditional-characters"]),
        (Notice, "【别】", vec!["second-signature"]),
        (Notice, "加威信号", vec!["misspelt-word"]),
        (Notice, "回T退订", vec!["unwanted-opt-out"]),
        (Marketing, "回T退订", vec![]),
        (Notice, "", vec![]),
    ] {
        assert_eq!(codes_of_value(kind, value), expected, "{value}");
    }
}

/// What is found in a bulk whose template is filled for one recipient and another.
fn of_filled(template: &str, values: [&str; 2]) -> Vec<String> {
    let recipients = format!("13812345678\t{}\n13912345678\t{}\n", values[0], values[1]);
    let request = CheckRequest {
        vendor: "",
        form: BulkForm::Template,
        text: template,
        kind: Notice,
        send_at: None,
        recipients: &recipients,
    };
    let found = check(&request, &Settings::default(), NOON);
    found.iter().map(|finding| [finding.rule.row().code, " ", &finding.note].concat()).collect()
}

#[test]
fn length_counts_the_sent_text() {
    // 4 of the signature, 56 of the rest, and a value.
    let template = |rest: usize| ["【信使】", &"字".repeat(rest), "{value0}"].concat();
    let value = "一二三四五六七八九十";
    assert_eq!(of_filled(&template(56), [value, "一"]), [""; 0], "70 characters with it, 78 with its place");
    let billed = |units: &str| ["billed-extra 4 characters of them, ", units, " messages in all"].concat();
    assert_eq!(of_filled(&template(57), [value, "一"]), [billed("2")]);
    assert_eq!(of_filled(&template(57), ["一", "一"]), [""; 0]);
    // 67 without the signature's four, and 71 with them: but 81 cost two either way.
    assert_eq!(of_filled(&template(67), [value, value]), [""; 0]);
    assert_eq!(of_filled(&template(486), [value, "一"]), [""; 0], "500");
    assert_eq!(of_filled(&template(487), [value, "一"]), ["long-text 501 characters"]);
    let json = r#"{"to":"13912345678","values":["一二三四五六七八九十一"]}"#;
    let request = CheckRequest {
        vendor: "",
        form: BulkForm::Template,
        text: &template(486),
        kind: Notice,
        send_at: None,
        recipients: json,
    };
    assert_eq!(check(&request, &Settings::default(), NOON)[0].rule.row().code, "long-text");
}
