//! [`Texts`]: the texts for codes, by language.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;

/// The placeholder of the code.
const CODE: &str = "{code}";
/// The placeholder of the remaining validity in whole minutes.
const MINUTES: &str = "{minutes}";
/// The placeholder of the remaining validity with its unit: `5 minutes`, `45 seconds`.
const VALIDITY: &str = "{validity}";
const MINUTE_MS: i64 = 60_000;

/// The texts of a handler.
#[derive(Debug)]
pub struct Texts {
    brand: String,
    /// By locale, in the order of the options.
    by_locale: Vec<(String, Text)>,
    /// The last line, which browsers read: <https://wicg.github.io/sms-one-time-codes/>.
    web_otp_line: Option<String>,
}

/// One text, with placeholders for the brand, the code and its remaining validity.
#[derive(Clone, Debug)]
pub struct Text {
    written: String,
    language: Option<Language>,
    /// The id of the vendor's template, for a vendor that takes one.
    pub template_id: Option<String>,
}

/// A text whose code and remaining validity are still to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftText {
    text: String,
    language: Language,
    /// The braces of a placeholder: one pair, two in CAMARA, or no placeholder.
    placeholders: Placeholders,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholders {
    Own,
    Camara,
    /// Nothing is to be filled in.
    None,
}

/// A language that can express a validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    English,
    Chinese,
    TraditionalChinese,
}

impl Language {
    /// The language of a locale, if it is one of these.
    fn of(locale: &str) -> Option<Self> {
        let mut parts = locale.split('-');
        match parts.next()? {
            "en" => Some(Self::English),
            "zh" if parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo")) => Some(Self::TraditionalChinese),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// A time in whole minutes, or below one minute in whole seconds, rounded down.
    fn write(self, milliseconds: i64) -> String {
        let (count, is_minutes) =
            if milliseconds >= MINUTE_MS { (milliseconds / MINUTE_MS, true) } else { (milliseconds / 1000, false) };
        let unit = match (self, is_minutes) {
            (Self::English, true) => " minute",
            (Self::English, false) => " second",
            (Self::Chinese, true) => "分钟",
            (Self::TraditionalChinese, true) => "分鐘",
            (Self::Chinese | Self::TraditionalChinese, false) => "秒",
        };
        format!("{count}{unit}{}", if self == Self::English && count != 1 { "s" } else { "" })
    }
}

impl DraftText {
    /// The minimum validity that a code must have left to be sent again, in milliseconds, for codes of `ttl_ms`
    /// milliseconds: a minute, or half of it where that is shorter. A text in whole minutes could express no less.
    #[must_use]
    pub fn min_left_ms(&self, ttl_ms: i64) -> i64 {
        if self.placeholders == Placeholders::Own && self.text.contains(MINUTES) {
            MINUTE_MS
        } else {
            MINUTE_MS.min(ttl_ms / 2)
        }
    }

    /// A text without placeholders, whatever it has in braces.
    #[must_use]
    pub const fn whole(text: String) -> Self {
        Self { text, language: Language::English, placeholders: Placeholders::None }
    }

    /// The text with a code that is valid for `left_ms` milliseconds.
    #[must_use]
    pub fn finish(&self, code: &str, left_ms: i64) -> String {
        let validity = self.language.write(left_ms);
        match self.placeholders {
            Placeholders::Own => {
                let minutes = (left_ms / MINUTE_MS).to_string();
                self.text.replace(VALIDITY, &validity).replace(MINUTES, &minutes).replace(CODE, code)
            }
            Placeholders::Camara => self.text.replace("{{validity}}", &validity).replace("{{code}}", code),
            Placeholders::None => self.text.clone(),
        }
    }
}

impl Texts {
    /// Reads `brand`, `text` and `webOtpDomain`, for codes that are valid for `ttl_ms` milliseconds.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(fields: &Fields<'_>, ttl_ms: i64) -> Result<Self, SmsError> {
        let brand = fields.required("brand")?;
        if brand.contains(['【', '】', '{', '}', '\n']) || brand.chars().count() > 20 {
            return Err(fields.wrong("brand", "brand is the signature without its brackets: at most 20 characters"));
        }
        let mut texts = Vec::new();
        if let Some(value) = fields.value("text") {
            let own = Fields::new(value, &fields.path("text"), "text")?;
            for (locale, value) in own.members() {
                let language = Language::of(&locale.to_ascii_lowercase());
                let text = if let Some(text) = value.string() {
                    Text { written: text.to_owned(), language, template_id: None }
                } else {
                    let text = Fields::new(value, &own.path(locale), "the text")?;
                    text.only(&["text", "templateId"])?;
                    let template_id = text.text("templateId")?.map(str::to_owned);
                    Text { written: text.required("text")?.to_owned(), language, template_id }
                };
                if let Some(wrong) = text.fault(ttl_ms) {
                    return Err(own.wrong(locale, wrong));
                }
                texts.push((locale.to_ascii_lowercase(), text));
            }
        }
        for (locale, text) in DEFAULT_TEXTS {
            if !texts.iter().any(|(known, _)| known == locale) {
                let language = Language::of(locale);
                texts.push((locale.to_owned(), Text { written: text.to_owned(), language, template_id: None }));
            }
        }
        Ok(Self { brand: brand.to_owned(), by_locale: texts, web_otp_line: web_otp_line(fields)? })
    }

    /// The text for a locale; if there is none, for its language, and otherwise the first.
    #[must_use]
    pub fn for_locale(&self, locale: Option<&str>) -> &Text {
        let locale = locale.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        let language = locale.split('-').next().unwrap_or_default();
        let find = |name: &str| self.by_locale.iter().find(|(known, _)| known == name);
        // The defaults guarantee that there is one.
        let (_, text) = find(&locale).or_else(|| find(language)).unwrap_or(&self.by_locale[0]);
        text
    }

    /// A text with everything filled in but the code and its validity.
    #[must_use]
    pub fn draft(&self, text: &Text) -> DraftText {
        let filled = text.written.replace("{brand}", &self.brand);
        let filled = match &self.web_otp_line {
            Some(line) => format!("{filled}\n\n{line}"),
            None => filled,
        };
        DraftText {
            text: filled,
            language: text.language.unwrap_or(Language::English),
            placeholders: Placeholders::Own,
        }
    }

    /// A back end's own message, with the signature added if it has none. Its placeholders are CAMARA's `{{code}}` and
    /// our own `{{validity}}`, which is in Chinese if the message has Chinese characters. `None` for a message without
    /// a placeholder for the code.
    #[must_use]
    pub fn camara(&self, message: &str) -> Option<DraftText> {
        let is_chinese = message.chars().any(|character| matches!(character, '\u{4e00}'..='\u{9fff}'));
        let language = if is_chinese { Language::Chinese } else { Language::English };
        let placeholders = Placeholders::Camara;
        message.contains("{{code}}").then(|| DraftText { text: self.signed(message), language, placeholders })
    }

    /// A message with our signature, unless it begins with one.
    #[must_use]
    pub fn signed(&self, message: &str) -> String {
        if message.starts_with('【') { message.to_owned() } else { format!("【{}】{message}", self.brand) }
    }
}

impl Text {
    /// The fault of a text, for codes that are valid for `ttl_ms` milliseconds.
    fn fault(&self, ttl_ms: i64) -> Option<&'static str> {
        if !self.written.contains(CODE) {
            Some("the text lacks {code}")
        } else if self.written.contains(MINUTES) && ttl_ms < MINUTE_MS {
            Some("a code is good for less than one of {minutes}: write {validity}")
        } else if self.written.contains(VALIDITY) && self.language.is_none() {
            Some("{validity} is for Chinese and English texts: write {minutes}")
        } else {
            None
        }
    }
}

/// The last line for `webOtpDomain`: the host of the page that has the code's field, or of the page around it and of the
/// frame that has the field.
fn web_otp_line(fields: &Fields<'_>) -> Result<Option<String>, SmsError> {
    const NAME: &str = "webOtpDomain";
    let host = |fields: &Fields<'_>, name: &str| {
        let domain = fields.required(name)?;
        if is_domain(domain) { Ok(domain.to_owned()) } else { Err(fields.wrong(name, "it is not a host name")) }
    };
    match fields.value(NAME) {
        None => Ok(None),
        Some(value) if value.is_object() => {
            let hosts = Fields::new(value, &fields.path(NAME), NAME)?;
            hosts.only(&["top", "frame"])?;
            Ok(Some(format!("@{} #{CODE} @{}", host(&hosts, "top")?, host(&hosts, "frame")?)))
        }
        Some(_) => Ok(Some(format!("@{} #{CODE}", host(fields, NAME)?))),
    }
}

const DEFAULT_TEXTS: [(&str, &str); 2] = [
    ("zh", "【{brand}】您的验证码是{code}，{validity}内有效。"),
    ("en", "【{brand}】Your verification code is {code}. It is valid for {validity}."),
];

fn is_domain(domain: &str) -> bool {
    let legal =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    domain.len() <= 253 && domain.split('.').all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn texts(json: &str) -> Result<Texts, SmsError> {
        let json = options::parse(json, "options").unwrap();
        Texts::read(&Fields::new(&json, "", "options").unwrap(), 59_000)
    }

    #[test]
    fn text_is_chosen_by_locale_then_language_then_order() {
        let texts = texts(
            r#"{"brand":"信使","text":{"de":"{brand}: {code}","zh-TW":"驗證碼{code}"},"webOtpDomain":"x.example"}"#,
        )
        .unwrap();
        assert_eq!(texts.for_locale(Some("zh_TW")).written, "驗證碼{code}");
        assert_eq!(texts.for_locale(Some("de-CH")).written, "{brand}: {code}");
        assert_eq!(texts.for_locale(None).written, "{brand}: {code}");
        assert!(texts.for_locale(Some("en-GB")).written.contains("verification"));
        let filled = texts.draft(texts.for_locale(Some("zh"))).finish("123456", 300_000);
        assert_eq!(filled, "【信使】您的验证码是123456，5分钟内有效。\n\n@x.example #123456");
        let camara = |message| texts.camara(message).map(|draft| draft.finish("1", 300_000));
        assert_eq!(camara("您好{{code}}").as_deref(), Some("【信使】您好1"));
        assert_eq!(camara("【别】{{code}}").as_deref(), Some("【别】1"));
        assert_eq!(camara("{code}"), None);
    }

    #[test]
    fn the_last_line_names_the_host_of_a_frame() {
        let options = r#"{"brand":"信使","webOtpDomain":{"top":"shop.example","frame":"pay.example"}}"#;
        let texts = texts(options).unwrap();
        let filled = texts.draft(texts.for_locale(Some("en"))).finish("123456", 300_000);
        assert!(filled.ends_with(".\n\n@shop.example #123456 @pay.example"), "{filled}");
    }

    /// Remaining milliseconds, and their text.
    #[test]
    fn text_gives_the_remaining_validity_in_its_language_rounded_down() {
        let texts = texts(
            r#"{"brand":"信使","text":{"en-GB":"{code} {validity}","zh-Hant-HK":"{code} {validity}","zh-CN":"{code} {validity}"}}"#,
        )
        .unwrap();
        let say = |locale, left| texts.draft(texts.for_locale(Some(locale))).finish("1", left);
        for (left, english, traditional, simplified) in [
            (3_600_000, "60 minutes", "60分鐘", "60分钟"),
            (300_000, "5 minutes", "5分鐘", "5分钟"),
            (299_999, "4 minutes", "4分鐘", "4分钟"),
            (120_000, "2 minutes", "2分鐘", "2分钟"),
            (119_999, "1 minute", "1分鐘", "1分钟"),
            (60_000, "1 minute", "1分鐘", "1分钟"),
            (59_999, "59 seconds", "59秒", "59秒"),
            (30_000, "30 seconds", "30秒", "30秒"),
            (1999, "1 second", "1秒", "1秒"),
        ] {
            assert_eq!(say("en-GB", left), format!("1 {english}"));
            assert_eq!(say("zh-Hant-HK", left), format!("1 {traditional}"));
            assert_eq!(say("zh-CN", left), format!("1 {simplified}"));
            let camara = |message: &str| texts.camara(message).unwrap().finish("1", left);
            assert_eq!(camara("{{code}}, {{validity}} {minutes}"), format!("【信使】1, {english} {{minutes}}"));
            assert_eq!(camara("验证码{{code}}，{{validity}}"), format!("【信使】验证码1，{simplified}"));
        }
    }

    #[test]
    fn code_is_resent_while_a_minute_or_half_its_validity_remains() {
        let least = |text: &str, ttl| {
            let draft =
                DraftText { text: text.to_owned(), language: Language::English, placeholders: Placeholders::Own };
            draft.min_left_ms(ttl)
        };
        assert_eq!(
            [300_000, 120_000, 90_000, 30_000].map(|ttl| least("{validity}", ttl)),
            [60_000, 60_000, 45_000, 15_000]
        );
        assert_eq!(least("{minutes}", 90_000), 60_000, "0 minutes is nothing to say");
    }

    #[test]
    fn wrong_option_is_named_in_the_error() {
        for (json, field) in [
            ("{}", "brand"),
            (r#"{"brand":"【信使】"}"#, "brand"),
            (r#"{"brand":"x","text":{"zh":"no code"}}"#, "text.zh"),
            (r#"{"brand":"x","text":{"zh":{"text":"{code}","templatId":"1"}}}"#, "text.zh.templatId"),
            (r#"{"brand":"x","webOtpDomain":"https://x"}"#, "webOtpDomain"),
            (r#"{"brand":"x","webOtpDomain":{"top":"x.example"}}"#, "webOtpDomain.frame"),
            (r#"{"brand":"x","webOtpDomain":{"top":"x.example","frame":"a b"}}"#, "webOtpDomain.frame"),
            (r#"{"brand":"x","webOtpDomain":{"top":"x.example","frames":"y"}}"#, "webOtpDomain.frames"),
            (r#"{"brand":"x","text":{"zh":"{code}，{minutes}分钟"}}"#, "text.zh"),
            (r#"{"brand":"x","text":{"de":"{code}, {validity}"}}"#, "text.de"),
        ] {
            assert_eq!(texts(json).expect_err(json).field.as_deref(), Some(field));
        }
    }
}
