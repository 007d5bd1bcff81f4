//! Texts of every day, and the vendors' own samples: by the profile of its vendor none of them is warned of.

use xinshi::message::MessageKind;
use xinshi::vendor::REGISTRY;

use crate::codes;

/// A kind, a tab and a text a line, written by hand: codes, notices and marketing of invented companies.
pub const TEXTS: &str = include_str!("ordinary.txt");

/// Vendors that take a signature at the end, by their own samples.
const TAIL: [&str; 3] = ["liupai", "binstd", "smsadmin"];

#[test]
fn ordinary_texts_have_no_findings() {
    let mut checked = [0; 3];
    let mut wrong = Vec::new();
    for line in TEXTS.lines() {
        let (kind, text) = line.split_once('\t').unwrap();
        let kind = match kind {
            "otp" => MessageKind::Otp,
            "notice" => MessageKind::Notice,
            "marketing" => MessageKind::Marketing,
            other => panic!("{other}"),
        };
        checked[kind as usize] += 1;
        let vendors = REGISTRY.iter().map(|row| row.spec.name).chain([""]);
        for vendor in vendors {
            let signs_last = text.ends_with('】') && !TAIL.contains(&vendor);
            // liupai's and binstd's documents have another wording.
            let other_words = text.contains("拒收请回复R") && ["liupai", "binstd"].contains(&vendor);
            let codes = if signs_last || other_words { vec![] } else { codes(kind, vendor, text) };
            if !codes.is_empty() {
                wrong.push(format!("{vendor} {codes:?} {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked.iter().sum::<u32>() >= 200 && checked.iter().all(|count| *count >= 50), "{checked:?}");
}

/// What the vendors' documents send, as they write it.
const SAMPLES: [(&str, MessageKind, &str); 8] = [
    ("binstd", MessageKind::Notice, "用户您好。【进制数据】"),
    ("binstd", MessageKind::Notice, "用户您好。【极速数据】"),
    ("liasmart", MessageKind::Otp, "【利亚智联】您的验证码是112233,5分钟内有效。"),
    ("liasmart", MessageKind::Notice, "【利亚智联】您的验证码是112233,5分钟内有效。"),
    ("liasmart", MessageKind::Marketing, "test"),
    ("smsadmin", MessageKind::Otp, "{value0}, 您本次的注册验证码 {value1}, 在 {value2} 分钟内输入有效。 【签名内容】 "),
    ("smsadmin", MessageKind::Otp, "您本次的注册验证码 123456, 在 10 分钟内输入有效。【签名内容】"),
    ("smsadmin", MessageKind::Notice, "您本次的注册验证码 78912, 在 30 分钟内输入有效。【签名内容】"),
];

#[test]
fn vendor_samples_have_no_findings() {
    for (vendor, kind, text) in SAMPLES {
        assert_eq!(codes(kind, vendor, text), [""; 0], "{vendor}: {text}");
    }
}
