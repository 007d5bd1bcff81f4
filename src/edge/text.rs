//! [`Texts`]: what is sent with a code, by language.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;

/// Where a code goes.
pub const CODE: &str = "{code}";

/// The texts of a handler.
#[derive(Debug)]
pub struct Texts {
    brand: String,
    /// By locale, in the order written.
    by_locale: Vec<(String, Text)>,
    web_otp_domain: Option<String>,
}

/// One text, `{brand}`, `{code}` and `{minutes}` to be filled in.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The vendor's template, where it wants its id.
    pub template_id: Option<String>,
}

impl Texts {
    /// Reads `brand`, `text` and `webOtpDomain`.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let brand = fields.required("brand")?;
        if brand.contains(['【', '】', '{', '}', '\n']) || brand.chars().count() > 20 {
            return Err(fields.wrong("brand", "brand is the signature without its brackets: at most 20 characters"));
        }
        let mut texts = Vec::new();
        if let Some(value) = fields.value("text") {
            let own = Fields::new(value, &fields.path("text"), "text")?;
            for (locale, value) in own.members() {
                let text = if let Some(text) = value.string() {
                    Text { text: text.to_owned(), template_id: None }
                } else {
                    let text = Fields::new(value, &own.path(locale), "the text")?;
                    text.only(&["text", "templateId"])?;
                    let template_id = text.text("templateId")?.map(str::to_owned);
                    Text { text: text.required("text")?.to_owned(), template_id }
                };
                if !text.text.contains(CODE) {
                    return Err(own.wrong(locale, format!("the text for {locale} lacks {{code}}")));
                }
                texts.push((locale.to_ascii_lowercase(), text));
            }
        }
        for (locale, text) in DOCUMENTED {
            if !texts.iter().any(|(known, _)| known == locale) {
                texts.push((locale.to_owned(), Text { text: text.to_owned(), template_id: None }));
            }
        }
        let web_otp_domain = fields.text("webOtpDomain")?.map(str::to_owned);
        if web_otp_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(fields.wrong("webOtpDomain", "webOtpDomain is not a host name"));
        }
        Ok(Self { brand: brand.to_owned(), by_locale: texts, web_otp_domain })
    }

    /// The text for a locale, or else for its language, or else the first.
    #[must_use]
    pub fn of(&self, locale: Option<&str>) -> &Text {
        let wanted = locale.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        let language = wanted.split('-').next().unwrap_or_default();
        let find = |wanted: &str| self.by_locale.iter().find(|(locale, _)| locale == wanted);
        // The documented texts make sure that there is one.
        let (_, text) = find(&wanted).or_else(|| find(language)).unwrap_or(&self.by_locale[0]);
        text
    }

    /// A text with everything filled in but its [`CODE`].
    #[must_use]
    pub fn fill(&self, text: &str, ttl_ms: i64) -> String {
        let minutes = (ttl_ms / 60_000).max(1).to_string();
        let filled = text.replace("{brand}", &self.brand).replace("{minutes}", &minutes);
        match &self.web_otp_domain {
            // The form that browsers look for: https://wicg.github.io/sms-one-time-codes/
            Some(domain) => format!("{filled}\n\n@{domain} #{CODE}"),
            None => filled,
        }
    }

    /// A text of a back end's own, signed where it does not sign itself.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        if text.starts_with('【') { text.to_owned() } else { format!("【{}】{text}", self.brand) }
    }
}

const DOCUMENTED: [(&str, &str); 2] = [
    ("zh", "【{brand}】您的验证码是{code}，{minutes}分钟内有效。"),
    ("en", "【{brand}】Your verification code is {code}. It is valid for {minutes} minutes."),
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
        Texts::read(&Fields::new(&json, "", "options").unwrap())
    }

    #[test]
    fn by_locale_then_language_then_the_first() {
        let texts = texts(
            r#"{"brand":"信使","text":{"de":"{brand}: {code}","zh-TW":"驗證碼{code}"},"webOtpDomain":"x.example"}"#,
        )
        .unwrap();
        assert_eq!(texts.of(Some("zh_TW")).text, "驗證碼{code}");
        assert_eq!(texts.of(Some("de-CH")).text, "{brand}: {code}");
        assert_eq!(texts.of(None).text, "{brand}: {code}");
        assert!(texts.of(Some("en-GB")).text.contains("verification"));
        let filled = texts.fill(&texts.of(Some("zh")).text, 300_000);
        assert_eq!(filled, "【信使】您的验证码是{code}，5分钟内有效。\n\n@x.example #{code}");
        assert_eq!(texts.sign("您好"), "【信使】您好");
        assert_eq!(texts.sign("【别】您好"), "【别】您好");
    }

    #[test]
    fn wrong_ones_are_named() {
        for (json, field) in [
            ("{}", "brand"),
            (r#"{"brand":"【信使】"}"#, "brand"),
            (r#"{"brand":"x","text":{"zh":"no code"}}"#, "text.zh"),
            (r#"{"brand":"x","text":{"zh":{"text":"{code}","templatId":"1"}}}"#, "text.zh.templatId"),
            (r#"{"brand":"x","webOtpDomain":"https://x"}"#, "webOtpDomain"),
        ] {
            assert_eq!(texts(json).expect_err(json).field.as_deref(), Some(field));
        }
    }
}
