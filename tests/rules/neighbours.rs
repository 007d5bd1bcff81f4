//! For each rule texts that trip it and nothing else, and texts that stand beside these and trip nothing.

use xinshi::message::MessageKind::{self, Marketing, Notice, Otp};
use xinshi::phone::Phone;
use xinshi::rules::catalogue::Rule;
use xinshi::rules::settings::Settings;
use xinshi::rules::{Draft, check};
use xinshi::vendor::TextRules;

use crate::{NOON, codes, findings};

/// Texts: of which kind, for which vendor.
type Texts = &'static [(MessageKind, &'static str, &'static str)];

/// A rule, and texts that trip it alone.
pub const VIOLATIONS: &[(&str, Texts)] = &[
    (
        "no-signature",
        &[
            (Otp, "", "您的验证码是112233，5分钟内有效。"),
            (Notice, "binstd", "您的订单已发货"),
            (Notice, "", "【信使 您的订单已发货"),
            (Notice, "liasmart", "您的订单已发货"),
        ],
    ),
    ("empty-signature", &[(Notice, "", "【】您的订单已发货"), (Notice, "binstd", "您的订单已发货【 】")]),
    (
        "signature-brackets",
        &[
            (Notice, "", "[信使]您的订单已发货"),
            (Notice, "", "［信使］您的订单已发货"),
            (Notice, "binstd", "您的订单已发货[进制数据]"),
            (Marketing, "apiv1", "会员日全场八折，拒收请回复R[信使]"),
            (Notice, "", "（信使）您的订单已发货"),
        ],
    ),
    (
        "signature-in-text",
        &[(Notice, "", "尊敬的用户【信使】您的订单已发货"), (Notice, "binstd", "您好【信使】已发货。")],
    ),
    (
        "signature-at-end",
        &[
            (Notice, "", "您的订单已发货【信使】"),
            (Notice, "apiv1", "您的订单已发货【信使】"),
            (Notice, "liasmart", "您的订单已发货【信使】"),
        ],
    ),
    (
        "second-signature",
        &[
            (Notice, "", "【信使】您的【订单】已发货"),
            (Notice, "", "【信使】【云麓科技】您的订单已发货"),
            (Notice, "smsadmin", "【信使】您的订单已发货【信使】"),
            (Notice, "", "【信使】您的订单】已发货"),
        ],
    ),
    ("short-signature", &[(Notice, "", "【信】您的订单已发货")]),
    ("long-signature", &[(Notice, "", "【信使短信发送及其验证码服务】您的订单已发货")]),
    (
        "signature-characters",
        &[
            (Notice, "", "【信使 科技】您的订单已发货"),
            (Notice, "", "【信使-科技】您的订单已发货"),
            (Notice, "", "【信使（杭州）】您的订单已发货"),
        ],
    ),
    (
        "signature-without-chinese",
        &[
            (Notice, "", "【XINSHI】您的订单已发货"),
            (Notice, "", "【123456】您的订单已发货"),
            (Notice, "", "【A1】您的订单已发货"),
        ],
    ),
    (
        "neutral-signature",
        &[
            (Notice, "", "【客户服务】您的订单已发货"),
            (Notice, "", "【温馨提示】您的订单已发货"),
            (Notice, "", "【会员通知】您的订单已发货"),
            (Notice, "", "【尊敬的用户】您的订单已发货"),
            (Notice, "", "【物流订单提醒】您的订单已发货"),
            (Notice, "", "【亲爱的会员】您的订单已发货"),
            (Notice, "", "【学校通知】您的订单已发货"),
            (Notice, "", "【信使测试】您的订单已发货"),
            (Notice, "", "【Test信使】您的订单已发货"),
            (Otp, "", "【验证码】您的验证码是112233"),
        ],
    ),
    (
        "no-opt-out",
        &[
            (Marketing, "", "【信使】会员日全场八折"),
            (Marketing, "", "【信使】退订会员卡已送到，全场八折"),
            (Marketing, "binstd", "全场八折【信使】"),
            (Marketing, "", "【信使】不再犹豫，回复A参加"),
            (Marketing, "", "【信使】会员日八折。您已成功退订流量包"),
        ],
    ),
    (
        "opt-out-wording",
        &[
            (Marketing, "", "【信使】会员日全场八折，退订回N"),
            (Marketing, "", "【信使】会员日全场八折，回复TD退订"),
            (Marketing, "binstd", "【信使】会员日全场八折，拒收请回复R"),
            (Marketing, "liupai", "【信使】会员日全场八折，退订回T"),
            (Marketing, "", "【信使】会员日全场八折，回t退订"),
            (Marketing, "", "【信使】会员日全场八折。如不需要，请回复T"),
            (Marketing, "", "【信使】会员日全场八折，回T即可退订"),
            (Marketing, "", "【信使】会员日全场八折！谢绝请回Ｔ"),
            (Marketing, "", "【信使】会员日全场八折，退订：TD"),
            (Marketing, "", "【信使】会员日全场八折，拒收请回复Ｒ"),
        ],
    ),
    (
        "opt-out-not-last",
        &[
            (Marketing, "", "【信使】回T退订，会员日全场八折"),
            (Marketing, "smsadmin", "拒收请回复R，会员日全场八折【信使】"),
        ],
    ),
    (
        "unwanted-opt-out",
        &[
            (Otp, "", "【信使】您的验证码是112233，回T退订"),
            (Notice, "", "【信使】您的订单已发货，拒收请回复R"),
            (Notice, "", "【信使】您的订单已发货，退订请回复TD"),
            (Notice, "", "【信使】您的订单已发货 TD退订"),
        ],
    ),
    (
        "link-in-code",
        &[
            (Otp, "", "【信使】您的验证码是112233，详见https://www.xinshi.example"),
            (Otp, "", "【信使】验证码112233，登录xinshi.com输入"),
        ],
    ),
    (
        "short-link",
        &[
            (Notice, "", "【信使】订单详情 t.cn/A6xYz"),
            (Marketing, "", "【信使】会员日 https://dwz.cn/abc 回T退订"),
            (Notice, "", "【信使】订单详情 u6.gg/abc"),
            (Notice, "", "【信使】订单详情 985.so/a"),
            (Notice, "", "【信使】订单详情 u.jd.com/abc"),
        ],
    ),
    (
        "mobile-number",
        &[
            (Notice, "", "【信使】您的订单已发货，快递员13812345678"),
            (Notice, "", "【信使】请联系 138-1234-5678"),
            (Notice, "", "【信使】请联系138 1234 5678。"),
            (Notice, "", "【信使】请联系138 12345678。"),
            (Notice, "", "【信使】请联系138.1234.5678"),
            (Notice, "", "【信使】请联系1381234 5678"),
            (Notice, "", "【信使】请联系1 3 8 1 2 3 4 5 6 7 8"),
            (Notice, "", "【信使】请联系１３８１２３４５６７８"),
            (Notice, "", "【信使】请联系+86 138 1234 5678"),
            (Notice, "", "【信使】请联系+8613812345678"),
            (Notice, "", "【信使】请联系0086-13812345678"),
            (Notice, "", "【信使】请联系手机号13812345678"),
            (Notice, "", "【信使】请联系138-123-456-78"),
            (Otp, "", "【信使】您的验证码是112233，客服13912345678"),
            (Marketing, "", "【信使】会员日八折，订座19912345678，回T退订"),
        ],
    ),
    (
        "qq-number",
        &[
            (Notice, "", "【信使】售后请加QQ：123456789"),
            (Notice, "", "【信使】售后请加QQ群 87654321"),
            (Notice, "", "【信使】客服qq12345678"),
            (Notice, "", "【信使】客服QQ号１２３４５６７"),
            (Notice, "", "【信使】客服企鹅12345678"),
            (Notice, "", "【信使】会员请加群12345678"),
            (Notice, "", "【信使】会员请进群：123456789"),
        ],
    ),
    (
        "wechat-id",
        &[
            (Notice, "", "【信使】售后请加微信xinshi_2024"),
            (Notice, "", "【信使】客服微信号：kefu-xinshi"),
            (Notice, "", "【信使】加vx：abc123456"),
            (Notice, "", "【信使】售后请加微：xinshi_2024"),
            (Notice, "", "【信使】售后＋V：xinshi2024"),
        ],
    ),
    (
        "rejected-symbol",
        &[
            (Notice, "", "【信使】您的订单★已发货"),
            (Notice, "", "【信使】实付¥25"),
            (Notice, "", "【信使】您的订单已发货^_^"),
            (Notice, "", "【信使】步骤①下单"),
            (Notice, "", "【信使】面积90m²"),
            (Notice, "", "【信使】您的订单已发货😀"),
            (Notice, "", "【信使】您的订单已发货❤️"),
            (Notice, "", "【信使】早餐&午餐"),
            (Notice, "", "【信使】请到『服务台』"),
            (Notice, "", "【信使】您的订单_已发货"),
        ],
    ),
    (
        "traditional-characters",
        &[(Notice, "", "【信使】您的訂單已發貨"), (Otp, "", "【信使】您的驗證碼（验证码）是112233")],
    ),
    ("code-without-word", &[(Otp, "", "【信使】您的密码是112233，5分钟内有效。"), (Otp, "", "【信使】112233，请输入")]),
    (
        "several-codes",
        &[
            (Otp, "", "【信使】您的验证码是112233或445566"),
            (Otp, "", "【信使】登录验证码1122，支付验证码3344"),
            (Otp, "", "【信使】验证码1122、3344"),
            (Otp, "", "【信使】验证码：112233 445566"),
            (Otp, "", "【信使】验证码1122，备用码3344"),
            (Otp, "", "【信使】112233（登录验证码），445566（支付验证码）"),
            (Otp, "", "【信使】112233是您的登录验证码，445566是您的支付验证码"),
            (Otp, "", "【信使】验证码A1B2C3，备用验证码D4E5F6"),
            (Otp, "", "【信使】您的验证码是{value0}或{value1}"),
        ],
    ),
    (
        "misspelt-word",
        &[
            (Notice, "", "【信使】请扫威信二维码"),
            (Notice, "", "【信使】请关注薇信公众号"),
            (Notice, "", "【信使】请打开微.信"),
            (Notice, "", "【信使】用微 信登录"),
        ],
    ),
];

#[test]
fn each_text_violates_its_rule_only() {
    for (rule, texts) in VIOLATIONS {
        for (kind, vendor, text) in *texts {
            assert_eq!(codes(*kind, vendor, text), [*rule], "{vendor}: {text}");
        }
    }
}

/// Texts that stand beside those above, and trip nothing.
const NEIGHBOURS: &[(MessageKind, &str, &str)] = &[
    (Notice, "", "【信使】请到[3号楼]取件"),
    (Notice, "", "  【信使】您的订单已发货  "),
    (Notice, "", "【信使】请到3号楼（云杉路）"),
    (Notice, "", "【信使】请按键[1]选择，[2]返回"),
    (Notice, "binstd", "您的订单已发货【进制数据】"),
    (Notice, "", "【信使】您好"),
    (Notice, "", "【信使短信发送与验证码服务】您的订单已发货"),
    (Notice, "", "【信使X1】您的订单已发货"),
    (Notice, "", "【平安客户服务中心】您的订单已发货"),
    (Notice, "liasmart", "Your parcel has arrived."),
    (Marketing, "", "【信使】会员日全场八折，回T退订。"),
    (Marketing, "smsadmin", "会员日全场八折，拒收请回复R【信使】"),
    (Marketing, "", "【信使】退订会员卡持有人享八折，回T退订"),
    (Notice, "", "【信使】退订会员卡已送到"),
    (Notice, "", "【信使】您的快件被拒收，已退回"),
    (Notice, "", "【信使】详情https://www.xinshi.example/a?b=1&c=2#d"),
    (Notice, "", "【信使】请登录weibo.cn查看"),
    (Otp, "", "【信使】您的验证码是112233，5分钟内有效。\n\n@xinshi.example #112233"),
    (Otp, "", "【信使】Your verification code is 112233"),
    (Otp, "", "【信使】您的验证码是112233（112233）"),
    (Otp, "", "【信使】您尾号8801的卡，验证码112233，金额5000元，2024年12月"),
    (Otp, "", "【信使】验证码112233，如非本人操作请致电95588或400-820-1234"),
    (Otp, "", "【信使】验证码112233（工号8801），流水号：778899"),
    (Otp, "", "【信使】验证码112233，如需人工请回复0000"),
    (Otp, "", "【信使】验证码8820，您正在预订1203房间"),
    (Otp, "", "【信使】您正在购买基金000961，验证码119283"),
    (Otp, "", "【信使】验证码119283，取票序列 7781 2209 3312"),
    (Otp, "", "【信使】尾数3321的卡正在支付，验证码119283"),
    (Otp, "", "【信使】2026年度会员您好，验证码4471，请到A座1506室"),
    (Otp, "", "【信使】您的验证码是{value0}，{value1}分钟内有效"),
    (Otp, "", "【信使】验证码：1234 5678"),
    (Notice, "", "【信使】确认预约回Y，拒绝回N"),
    (Notice, "", "【信使】可在手机APP退订，VIP退订不收费"),
    (Notice, "", "【信使】登录IP 138.23.145.178，如有疑问请修改密码"),
    (Notice, "", "【信使】合同号13812345678已生效，13912345678号保单已受理"),
    (Notice, "", "【信使】订单WX20261130123456已发货，运单VX2026113"),
    (Notice, "", "【信使】集群12345已扩容，人群10000人"),
    (Notice, "", "【信使】文件report_2026.pdf已送达a_b@xinshi.com"),
    (Notice, "", "【学而思】您的订单已发货"),
    (Notice, "", "【信使】订单号13812345678已发货"),
    (Notice, "", "【信使】本次积分13812345678分"),
    (Notice, "", "【信使】营业13.5.2024至12-30 20:00"),
    (Notice, "", "【信使】2024-11-30 12:00至2024-12-01 18:00"),
    (Notice, "", "【信使】稍微 信任我们"),
    (Notice, "", "【信使】徽信集团的维信项目"),
    (Notice, "", "【信使】版本2.0/3.0，A.B/C"),
    (Notice, "", "【信使】如需退订请联系酒店前台"),
    (Notice, "", "【信使】快件被收件人拒收请联系客服4008001234"),
    (Notice, "", "【信使】您已回复T退订成功"),
    (Notice, "", "【信使】手机尾号5678，账号138****5678已登录"),
    (Notice, "", "【信使】订单138123456789已发货"),
    (Notice, "", "【信使】请致电0571-87654321或400-820-1234、95588"),
    (Notice, "", "【信使】请用微信支付128元"),
    (Notice, "", "【信使】请到微信公众号xinshi2024查看"),
    (Notice, "", "【信使】打开微信 https://weixin.example/abc123"),
    (Notice, "", "【信使】QQ音乐会员已到期"),
    (Notice, "", "【信使】Q3季度12345万元"),
    (Notice, "", "【信使】威信县政务大厅12月5日开放"),
    (Notice, "", "【信使】规则的威信来自执行"),
    (Notice, "", "【信使】室温25℃，湿度60%，价格12.5元/斤"),
    (Notice, "", "【信使】《平凡的世界》——已到店：请取"),
    (Notice, "", "【信使】王堃、李喆、陈昇您好"),
    (Notice, "", "【信使】乾隆年间的著作，瞭望台后面"),
];

#[test]
fn neighbouring_text_violates_no_rule() {
    for (kind, vendor, text) in NEIGHBOURS {
        assert_eq!(codes(*kind, vendor, text), [""; 0], "{vendor}: {text}");
    }
}

#[test]
fn quiet_hours_apply_at_the_send_time() {
    let text = "【信使】会员日全场八折，回T退订";
    let at = |kind, hours: i64| {
        let draft = Draft { text, kind, profile: TextRules::of(""), at_ms: NOON + hours * 3_600_000 };
        check(&draft, &[], &Settings::default())
    };
    for hours in [-4, 0, 7] {
        assert_eq!(at(Marketing, hours), [], "{hours}");
    }
    for hours in [-5, 8, 11, -12] {
        let found = at(Marketing, hours);
        assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::QuietHours], "{hours}");
    }
    assert!(at(Marketing, 9)[0].message().ends_with("(not before 2026-12-01 08:00:00)"));
    assert!(at(Notice, 9).iter().all(|finding| finding.rule != Rule::QuietHours));
}

#[test]
fn length_limits_are_the_vendors_and_billing_is_given() {
    let text = |units: usize| ["【信使】", &"好".repeat(units - 4)].concat();
    assert_eq!(codes(Notice, "", &text(500)), [""; 0]);
    assert_eq!(codes(Notice, "", &text(501)), ["long-text"]);
    assert_eq!(codes(Notice, "apiv1", &text(501)), [""; 0], "the client rejects it");
    assert_eq!(findings(Notice, "", &text(501))[0].at, Some(500));
    // 70 characters are one message; the signature's four make a second.
    assert_eq!(codes(Notice, "", &text(70)), [""; 0]);
    assert_eq!(codes(Notice, "", &text(71)), ["billed-extra"]);
    assert_eq!(codes(Notice, "", &text(75)), [""; 0], "two messages without it as well");
    let marketing = |units: usize| ["【信使】", &"好".repeat(units - 8), "回T退订"].concat();
    assert_eq!(codes(Marketing, "", &marketing(78)), ["billed-extra"]);
    let found = findings(Marketing, "", &marketing(78));
    assert!(found[0].message().ends_with("(8 characters of them, 2 messages in all)"), "{}", found[0].message());
    assert_eq!(codes(Marketing, "", &marketing(79)), [""; 0]);
}

#[test]
fn finding_position_is_a_javascript_index() {
    for (text, rule, at) in [
        ("【信使】😀您的【订单】", Rule::SecondSignature, 8),
        ("  【信使】您的【订单】", Rule::SecondSignature, 8),
        ("【信使】您好13812345678", Rule::MobileNumber, 6),
        ("您的订单已发货【信使】", Rule::SignatureAtEnd, 7),
    ] {
        let found = findings(Notice, "", text);
        let finding = found.iter().find(|finding| finding.rule == rule).unwrap();
        assert_eq!(finding.at, Some(at), "{text}");
    }
}

#[test]
fn number_findings_follow_the_prefix_once_a_rule() {
    let text = "【信使】您的订单已发货";
    let codes = |numbers: &[&str]| {
        let numbers: Vec<Phone> = numbers.iter().map(|number| Phone::parse(number).unwrap()).collect();
        let draft = Draft { text, kind: Notice, profile: TextRules::of(""), at_ms: NOON };
        check(&draft, &numbers, &Settings::default())
    };
    for (number, code) in [
        ("15412345678", "unassigned-number"),
        ("16812345678", "unassigned-number"),
        ("14012345678", "machine-number"),
        ("14812345678", "machine-number"),
        ("17401234567", "satellite-number"),
        ("16191234567", "satellite-number"),
    ] {
        let found = codes(&[number, "13812345678"]);
        assert_eq!(found.iter().map(|finding| finding.rule.row().code).collect::<Vec<_>>(), [code], "{number}");
    }
    assert_eq!(codes(&["13812345678", "17012345678", "16512345678", "+14155550123"]), []);
    let found = codes(&["15412345678", "15412345679", "16912345678"]);
    assert_eq!(found.len(), 1);
    assert!(found[0].message().ends_with("(154****5678 and 2 more; table of 2023-03-31)"), "{}", found[0].message());
}

#[test]
fn rules_setting_disables_a_rule_or_makes_it_block() {
    let settings = Settings::read(r#"{"no-signature":"off","mobile-number":"error"}"#).unwrap();
    let draft = crate::draft(Notice, "", "请联系13812345678");
    let found = check(&draft, &[], &settings);
    assert_eq!(found.len(), 1);
    assert!(found[0].stops && found[0].rule == Rule::MobileNumber);
    assert!(findings(Notice, "", "请联系13812345678").iter().all(|finding| !finding.stops));
}

#[test]
fn every_rule_has_a_test() {
    let elsewhere = [
        "quiet-hours",
        "long-text",
        "billed-extra",
        "unassigned-number",
        "machine-number",
        "satellite-number",
        "link-in-value",
        "long-value",
        "template-of-variables",
        "adjacent-variables",
    ];
    for rule in Rule::ALL {
        let code = rule.row().code;
        assert!(elsewhere.contains(&code) || VIOLATIONS.iter().any(|(rule_name, _)| *rule_name == code), "{code}");
    }
}
