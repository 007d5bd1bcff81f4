//! [`Rule`]: every rule as data: its name, its level, the advice, and its sources.

use crate::rules::source::Source;

/// The level of a finding. No level stops a text by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every vendor whose document was read rejects it.
    Error,
    /// Some vendors reject it.
    Warning,
    /// No vendor rejects it, and it costs something.
    Info,
}

impl Level {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// The properties of a rule.
#[derive(Debug)]
pub struct RuleRow {
    /// The stable name.
    pub code: &'static str,
    /// The level, unless a profile or the user changes it.
    pub level: Level,
    /// The problem and the advice, in English.
    pub message: &'static str,
    /// The same in Chinese, for the person responsible for the text.
    pub chinese: &'static str,
    /// The names of its [`Source`]s, separated by blanks.
    pub sources: &'static str,
}

impl RuleRow {
    /// The documents with this rule.
    pub fn documents(&self) -> impl Iterator<Item = &'static Source> {
        self.sources.split(' ').filter_map(crate::rules::source::find)
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident: $code:literal, $level:ident, $sources:literal, $message:literal, $chinese:literal;)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule, in the order in which findings are reported.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The properties of the rule.
            #[must_use]
            pub const fn row(self) -> &'static RuleRow {
                match self {
                    $(Self::$name => &RuleRow {
                        code: $code,
                        level: Level::$level,
                        message: $message,
                        chinese: $chinese,
                        sources: $sources,
                    },)*
                }
            }
        }
    };
}

rules! {
    /// There is no signature.
    NoSignature: "no-signature", Error, "F1 H4 T6 A5",
        "begin the text with your filed name in 【】: carriers reject a text without a signature",
        "没有签名：运营商拒收无签名短信。在开头加上已报备的【签名】。";
    /// The brackets are empty.
    EmptySignature: "empty-signature", Error, "F1 A5 T6 H3",
        "write your filed name between 【 and 】: an empty signature is none",
        "签名为空：在【】中写上已报备的名称。";
    /// Other brackets than 【】.
    SignatureBrackets: "signature-brackets", Error, "T6 A1 H3 B1",
        "put the signature in 【】: other brackets are for texts abroad, and in the mainland count as no signature",
        "签名用错了括号：国内短信只认【】，[]、［］等等于没有签名。";
    /// The signature stands within the text.
    SignatureInText: "signature-in-text", Error, "A4 T1 H1 B1 V1 Q1 F1",
        "move the signature to the beginning: 【】 may not stand within the text, and a text without a signature is rejected",
        "签名在正文中间：移到开头，正文中不得出现【】。";
    /// The signature stands at the end.
    SignatureAtEnd: "signature-at-end", Warning, "A5 I1 G3 binstd.txt smsadmin.txt",
        "move the signature to the beginning: most vendors take it there alone",
        "签名在末尾：多数供应商只接受开头的签名。";
    /// There is more than one pair of brackets.
    SecondSignature: "second-signature", Error, "A4 T1 H1 B1 V1 Q1 P1 T7",
        "take the second 【】 out: a text has one signature, and 【】 may not stand in the text",
        "出现了第二个【】：一条短信只能有一个签名，正文中不得出现【】。";
    /// A signature of one character.
    ShortSignature: "short-signature", Error, "A5 A8 T3 T6 H3 I1",
        "use a signature of 2 to 12 characters: one of a single character is rejected",
        "签名过短：签名为2至12个字符。";
    /// A signature of more than 12 characters.
    LongSignature: "long-signature", Warning, "A5 A8 T3 T6 H3",
        "use a signature of 2 to 12 characters: some vendors reject a longer one",
        "签名过长：签名为2至12个字符，更长的只有部分供应商接受。";
    /// A signature with a blank or a mark in it.
    SignatureCharacters: "signature-characters", Warning, "A5 A8 T3 I1",
        "use Chinese characters, letters and digits alone in the signature: blanks and marks are rejected",
        "签名含空格或符号：签名只能用汉字、字母和数字。";
    /// A signature of letters or digits alone.
    SignatureWithoutChinese: "signature-without-chinese", Warning, "A5 A8 A9 H3 I1 A10",
        "use a name with a Chinese character as the signature: letters or digits alone are rejected or blocked",
        "签名只有字母或数字：签名中至少要有一个汉字。";
    /// A signature that does not identify the sender.
    NeutralSignature: "neutral-signature", Error, "A8 H3 I1 T6",
        "use the name of your company, trademark or App as the signature: a neutral name is rejected",
        "签名是中性名称：须用公司名、注册商标或已报备的App名，不能用“客户服务”“温馨提示”之类。";
    /// A marketing text without an opt-out instruction.
    NoOptOut: "no-opt-out", Error, "M1 A3 T2 T7 H1 B1 Q1",
        "end the marketing text with how to opt out",
        "营销短信没有退订方式：在末尾写明，例如“拒收请回复R”。";
    /// Another opt-out wording than the vendor's.
    OptOutWording: "opt-out-wording", Warning, "A3 T2 H1 H6 B1 Q1 binstd.txt liupai.txt",
        "use the wording that the vendor documents",
        "退订用语与供应商规定的不同。";
    /// The opt-out is not the end of the text.
    OptOutNotLast: "opt-out-not-last", Warning, "A3 T2 H1 B1",
        "move the opt-out to the end of the text",
        "退订用语不在末尾：移到正文最后。";
    /// An opt-out in a code or a notice.
    UnwantedOptOut: "unwanted-opt-out", Warning, "A3 A4 V1 H4",
        "take the opt-out away: in a code or a notice it is rejected, and makes the text look like marketing",
        "验证码和通知中不得出现退订用语。";
    /// A marketing text at night.
    QuietHours: "quiet-hours", Warning, "T3 H4 H5 H6 Q1 H8",
        "send marketing between 8:00 and 20:00 Beijing time",
        "营销短信只能在北京时间8:00至20:00发送。";
    /// A link in a value.
    LinkInValue: "link-in-value", Error, "T1 T3 H1 V1 Q1",
        "move the link from the value to the template: a link in a variable is rejected",
        "变量中有链接：链接只能写在模板里。";
    /// A link in a text with a code.
    LinkInCode: "link-in-code", Warning, "A3 H4",
        "take the link out: a text with a code has none",
        "验证码短信中不得有链接。";
    /// A link that hides where it leads.
    ShortLink: "short-link", Warning, "H1 Q1 T1",
        "write the link out, below your own filed domain: short and redirecting links are rejected",
        "短链接或跳转链接：请使用已备案域名的完整链接。";
    /// A mobile number.
    MobileNumber: "mobile-number", Warning, "A3 A4 H2 T1 V1",
        "take the mobile number out, or name a fixed line, a 400 or a 95 number in a notice",
        "正文中有手机号：改用固话、400或95号码，验证码短信中不留联系方式。";
    /// A QQ number.
    QqNumber: "qq-number", Warning, "A3 A4 T1 V1",
        "take the QQ number out: it is rejected",
        "正文中有QQ号或QQ群。";
    /// A `WeChat` id.
    WechatId: "wechat-id", Warning, "A3 A4 T1 V1",
        "take the WeChat id out: it is rejected",
        "正文中有微信号。";
    /// A symbol that vendors reject.
    RejectedSymbol: "rejected-symbol", Warning, "T1 H1 V1 Q1 A4 A10",
        "take the symbol out or write it as a word",
        "正文中有被拒的特殊符号或表情：删去或改写成文字。";
    /// Traditional characters.
    TraditionalCharacters: "traditional-characters", Warning, "A4 A5",
        "write simplified characters in a text for the mainland",
        "正文中有繁体字：国内短信请用简体字。";
    /// A code without the word for it.
    CodeWithoutWord: "code-without-word", Error, "A3 H1 Q1 V1 T6",
        "say what the code is: 验证码, 校验码, 注册码 or 动态码",
        "验证码短信没有“验证码”“校验码”“注册码”或“动态码”字样。";
    /// More than one code.
    SeveralCodes: "several-codes", Warning, "H1 V1 A3",
        "send one code a text",
        "一条短信中有多个验证码。";
    /// A value that is too long.
    LongValue: "long-value", Warning, "H2 V1 B4 T1 A11",
        "shorten the value, or move what all have alike into the template",
        "变量过长：验证码不超过6位，其他变量不超过20个字符。";
    /// A template that consists of variables alone.
    TemplateOfVariables: "template-of-variables", Error, "T1 H2 V1 A3 Q1",
        "write what the text is about into the template: one of variables alone is rejected",
        "模板只有变量，没有固定内容。";
    /// Two variables with nothing between them.
    AdjacentVariables: "adjacent-variables", Warning, "T1 H2 V1",
        "put words between the variables: two side by side are rejected",
        "两个变量相连：中间须有固定文字。";
    /// A word that is written so that a filter misses it.
    MisspeltWord: "misspelt-word", Warning, "A4 V1 Q1 H1",
        "write the word as it is: misspelt and split words are rejected",
        "错写或拆写的词，例如把“微信”写成“威信”。";
    /// A long text.
    LongText: "long-text", Warning, "A4 T1 H1",
        "shorten the text: most vendors take 500 characters with signature and values",
        "短信过长：多数供应商最多500字（含签名和变量）。";
    /// The signature and the opt-out instruction cost another message.
    BilledExtra: "billed-extra", Info, "A1 H4 B4 T1",
        "signature and opt-out are billed, and cost another message: shorten the text",
        "签名和退订用语计入字数，因此多计费一条：缩短正文即可。";
    /// A prefix that is assigned to nobody.
    UnassignedNumber: "unassigned-number", Warning, "M3",
        "check the number: its beginning was assigned to nobody when the table was made",
        "号段未分配：请核对号码（号段表会过时，短信照常发送）。";
    /// A machine's number.
    MachineNumber: "machine-number", Warning, "H4 M4 W1",
        "send to a person's number: this beginning is for machines, and some vendors do not send to it",
        "物联网号码：部分供应商不向其发送。";
    /// A satellite phone's number.
    SatelliteNumber: "satellite-number", Info, "M3",
        "a satellite phone: few channels reach it",
        "卫星电话号码：多数通道无法送达。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_unique_name_two_messages_and_known_sources() {
        for (place, rule) in Rule::ALL.iter().enumerate() {
            let row = rule.row();
            assert_eq!(*rule as usize, place);
            assert!(row.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", row.code);
            assert!(Rule::ALL.iter().filter(|other| other.row().code == row.code).count() == 1, "{}", row.code);
            assert!(!row.message.is_empty() && row.chinese.ends_with('。'), "{}", row.code);
            assert_eq!(row.documents().count(), row.sources.split(' ').count(), "{}: {}", row.code, row.sources);
        }
    }
}
