//! [`Provider`]: a captcha's provider, which verifies tokens.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::captcha::aliyun_captcha::Aliyun;
use crate::edge::captcha::geetest::GeeTest;
use crate::edge::captcha::siteverify::Siteverify;
use crate::edge::captcha::tencent_captcha::Tencent;
use crate::edge::outgoing::Outgoing;
use crate::edge::receipt_options::is_url;
use crate::error::SmsError;
use crate::options::Fields;
use crate::search;
use crate::secret::Secret;
use crate::wire::WireReply;
use crate::wire::acs3::AccessKey;
use crate::wire::tc3::ApiKey;

/// The time limit of a provider, or of the user's function, in milliseconds.
pub const TIMEOUT_MS: u32 = 5_000;
/// The maximum length of a provider's answer, in bytes. A verdict has some hundred.
const MAX_BYTES: usize = 1 << 16;

/// A token to verify.
pub struct Question<'a> {
    /// The token that the provider's script gave the page.
    pub token: &'a str,
    /// The person's address as the platform wrote it; empty if unknown.
    pub address: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
    /// Random bytes that make the request unique.
    pub nonce: [u8; 16],
}

/// A captcha's provider, with the user's credentials there.
pub enum Provider {
    /// Turnstile, hCaptcha, or another with the same API.
    Siteverify(Siteverify),
    /// Alibaba Cloud's CAPTCHA 2.0.
    Aliyun(Aliyun),
    /// Tencent Cloud's captcha.
    Tencent(Tencent),
    /// `GeeTest` v4.
    GeeTest(GeeTest),
}

/// A provider's name, its URL, and its options in addition to [`COMMON`].
const PROVIDERS: [(&str, &str, &[&str]); 5] = [
    ("turnstile", "https://challenges.cloudflare.com/turnstile/v0/siteverify", &[]),
    ("hcaptcha", "https://api.hcaptcha.com/siteverify", &[]),
    ("aliyun", "https://captcha.cn-shanghai.aliyuncs.com/", &["accessKeyId", "sceneId"]),
    ("tencent", "https://captcha.tencentcloudapi.com/", &["secretId", "appId", "appSecret"]),
    ("geetest", "https://gcaptcha4.geetest.com/validate", &["captchaId"]),
];

/// The options of every provider.
pub const COMMON: [&str; 3] = ["provider", "secret", "verifyUrl"];

/// All options of single providers, beside [`COMMON`].
pub fn own_options() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().flat_map(|(_, _, own)| own.iter().copied())
}

impl Provider {
    /// Reads a provider from `captcha`. One that has a URL and no name has the API of Turnstile and hCaptcha.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let url = fields.text("verifyUrl")?;
        if url.is_some_and(|url| !is_url(url)) {
            return Err(fields.wrong("verifyUrl", "captcha.verifyUrl is an http or https URL"));
        }
        let known = match fields.text("provider")? {
            Some(name) => PROVIDERS.iter().find(|(known, ..)| *known == name),
            None => None,
        };
        let (name, url, own) = match (known, url) {
            (Some((name, _, own)), Some(url)) => (*name, url, *own),
            (Some((name, url, own)), None) => (*name, *url, *own),
            (None, Some(url)) => ("", url, PROVIDERS[0].2),
            (None, None) => {
                let names: Vec<&str> = PROVIDERS.iter().map(|(name, ..)| *name).collect();
                return Err(fields.wrong("provider", ["captcha.provider is not one of ", &names.join(", ")].concat()));
            }
        };
        if let Some(foreign) = own_options().find(|option| !own.contains(option) && fields.value(option).is_some()) {
            return Err(fields.wrong(foreign, ["captcha.", foreign, " is an option of another provider"].concat()));
        }
        let secret = Secret::new(fields.required("secret")?);
        let id = |name: &str| fields.required(name).map(ToOwned::to_owned);
        Ok(match name {
            "aliyun" => {
                let key = AccessKey { id: id("accessKeyId")?, secret, token: None };
                Self::Aliyun(Aliyun { url: url.to_owned(), key, scene_id: id("sceneId")? })
            }
            "tencent" => {
                let app_id = fields.whole("appId", 1, i64::from(u32::MAX))?;
                Self::Tencent(Tencent {
                    url: url.to_owned(),
                    key: ApiKey { id: id("secretId")?, secret, token: None },
                    app_id: app_id.ok_or_else(|| fields.wrong("appId", "appId is missing"))?,
                    app_secret: Secret::new(fields.required("appSecret")?),
                })
            }
            "geetest" => Self::GeeTest(GeeTest { url: url.to_owned(), captcha_id: id("captchaId")?, key: secret }),
            _ => Self::Siteverify(Siteverify::new(url, secret.expose())),
        })
    }

    /// The request that verifies a token. `None` if the token cannot be one of a solved captcha.
    #[must_use]
    pub fn request(&self, question: &Question<'_>) -> Option<Outgoing> {
        match self {
            Self::Siteverify(provider) => Some(provider.request(question.token, question.address)),
            Self::Aliyun(provider) => Some(provider.request(question)),
            Self::Tencent(provider) => provider.request(question),
            Self::GeeTest(provider) => provider.request(question),
        }
    }

    /// Whether the captcha was solved. `None` if the answer does not say: every answer that a caller can cause by a
    /// forged token counts as unsolved, so that nobody gains by one if
    /// [`allows_unchecked`](super::captcha_options::CaptchaOptions::allows_unchecked) is on.
    #[must_use]
    pub fn verdict(&self, reply: &WireReply) -> Option<bool> {
        match self {
            Self::Siteverify(_) => Siteverify::verdict(reply),
            Self::Aliyun(_) => Aliyun::verdict(reply),
            Self::Tencent(_) => Tencent::verdict(reply),
            Self::GeeTest(_) => GeeTest::verdict(reply),
        }
    }
}

/// A request to a provider.
pub(super) fn post(url: String, headers: Vec<(&'static str, String)>, body: String) -> Outgoing {
    Outgoing { url, headers, body, timeout_ms: TIMEOUT_MS, max_bytes: MAX_BYTES }
}

/// The host of an http or https URL, with its port if it has one, as in the header `Host`.
pub(super) fn host_of(url: &str) -> &str {
    let rest = search::split(url, "//").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn read(json: &str) -> Result<Provider, SmsError> {
        Provider::read(&Fields::new(&options::parse(json, "captcha").unwrap(), "captcha", "captcha").unwrap())
    }

    #[test]
    fn reads_each_provider_and_names_what_is_missing() {
        let tencent = r#""secretId":"i","appId":199999164,"appSecret":"a""#;
        for (provider, own) in [
            ("turnstile", ""),
            ("hcaptcha", ""),
            ("aliyun", r#""accessKeyId":"i","sceneId":"s""#),
            ("tencent", tencent),
            ("geetest", r#""captchaId":"c""#),
        ] {
            let comma = if own.is_empty() { "" } else { "," };
            let json = format!(r#"{{"provider":"{provider}","secret":"s"{comma}{own}}}"#);
            assert!(read(&json).is_ok(), "{json}");
            for field in own.split(',').filter(|field| !field.is_empty()) {
                let without = json.replace(&format!(",{field}"), "");
                let name = field.split('"').nth(1).unwrap();
                let error = read(&without).err().unwrap_or_else(|| panic!("{without}"));
                assert_eq!(error.field.as_deref(), Some(format!("captcha.{name}").as_str()), "{without}");
            }
        }
        for (json, field) in [
            (r#"{"secret":"s"}"#, "captcha.provider"),
            (r#"{"provider":"recaptcha","secret":"s"}"#, "captcha.provider"),
            (r#"{"provider":"turnstile"}"#, "captcha.secret"),
            (r#"{"provider":"turnstile","secret":""}"#, "captcha.secret"),
            (r#"{"provider":"turnstile","secret":"s","sceneId":"x"}"#, "captcha.sceneId"),
            (r#"{"provider":"geetest","secret":"s","captchaId":"c","appId":1}"#, "captcha.appId"),
            (r#"{"provider":"tencent","secret":"s","secretId":"i","appId":"1x","appSecret":"a"}"#, "captcha.appId"),
            (r#"{"verifyUrl":"captcha.example","secret":"s"}"#, "captcha.verifyUrl"),
        ] {
            let error = read(json).err().unwrap_or_else(|| panic!("{json}"));
            assert_eq!(error.field.as_deref(), Some(field), "{json}");
        }
        assert!(matches!(read(r#"{"verifyUrl":"https://c.example","secret":"s"}"#), Ok(Provider::Siteverify(_))));
    }

    #[test]
    fn the_host_is_what_a_request_says() {
        assert_eq!(host_of("https://captcha.cn-shanghai.aliyuncs.com/"), "captcha.cn-shanghai.aliyuncs.com");
        assert_eq!(host_of("http://127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(host_of("http://a.example?x=/"), "a.example");
    }
}
