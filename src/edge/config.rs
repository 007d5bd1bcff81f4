//! [`Config`]: the options of a handler, read and checked once.

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::client::Sms;
use crate::edge::access_options::{test_numbers, token};
use crate::edge::captcha::captcha_options::{Captcha, CaptchaOptions};
use crate::edge::gateway::Gateways;
use crate::edge::hook_url::HookKeys;
use crate::edge::limits::{CodeConfig, Limits};
use crate::edge::marketing::read_hours;
use crate::edge::option_fields::{inner, owned, secrets};
use crate::edge::pattern::{Pattern, patterns};
use crate::edge::receipt_options::{hook_keys, keep_ms, public_url, webhook};
use crate::edge::review_numbers::{ReviewNumber, ReviewNumbers};
use crate::edge::scope::ApiTokens;
use crate::edge::tenant::TenantBounds;
use crate::edge::text::Texts;
use crate::edge::webhook::Webhook;
use crate::error::SmsError;
use crate::hours::Hours;
use crate::opt_out::OptOutWords;
use crate::options::{self, Fields};
use crate::otp::code::{LENGTHS, is_same};
use crate::otp::keyring::{Keyring, MIN_SECRET_BYTES};
use crate::otp::proof::key_id;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::wire::json::Json;

/// The options of a handler, without its functions.
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Config {
    /// The accounts to send by; none where each tenant has its own.
    pub sms: Sms,
    /// The tenant whose handler this is.
    pub tenant: Option<String>,
    /// The bounds of the cache of tenants' accounts.
    pub tenant_cache: TenantBounds,
    /// The peppers.
    pub keyring: Keyring,
    /// The issuer of proofs.
    pub issuer: String,
    /// The audience of proofs.
    pub audience: String,
    /// The `kid` of the key that signs proofs.
    pub key_id: String,
    /// The key that signs proofs.
    pub proof_key: Secret,
    /// The validity of a proof, in seconds.
    pub proof_ttl_seconds: i64,
    /// The texts.
    pub texts: Texts,
    /// The properties of codes.
    pub code: CodeConfig,
    /// The allowed purposes of codes; empty for any.
    purposes: Vec<String>,
    /// The limits.
    pub limits: Limits,
    /// Whether limits are decided and reported, but not enforced.
    pub shadow: bool,
    /// When to require a captcha, and who verifies it.
    pub captcha: CaptchaOptions,
    /// The countries to send to, in ISO 3166.
    pub countries: Vec<String>,
    pub(super) allow: Vec<Pattern>,
    pub(super) deny: Vec<Pattern>,
    /// The prefix of every path: empty, or with a slash at its beginning and none at its end.
    pub base_path: String,
    /// The origins of pages that may call the handler.
    cors: Vec<String>,
    admin_token: Option<Secret>,
    pub(super) api_tokens: ApiTokens,
    /// The login servers that post codes of their own.
    pub(super) gateways: Gateways,
    pub(super) test_numbers: Vec<(Phone, String)>,
    /// The numbers of app stores' reviewers.
    pub review_numbers: ReviewNumbers,
    /// The keys that derive and check the tokens of hook URLs.
    pub hook_keys: HookKeys,
    /// The URL at which vendors reach the handler, base path included.
    pub public_url: Option<String>,
    /// The endpoint that receives receipts by POST.
    pub webhook: Option<Webhook>,
    /// Whether a queue receives receipts.
    pub has_queue: bool,
    /// The time for which receipts are kept, in milliseconds.
    pub retention_ms: i64,
    /// The time for which forwarded receipts are kept to be sent again, in milliseconds; `None` to keep none.
    pub keep_ms: Option<i64>,
    /// The replies that opt out of marketing.
    pub opt_out_words: OptOutWords,
    /// Whether delivered texts decide the order of accounts.
    pub is_adaptive: bool,
    /// Whether a number that no text can reach is left alone for a day.
    pub skips_undeliverable: bool,
    /// The hours of Beijing's day in which marketing goes.
    pub marketing_hours: Hours,
}

/// The fixed code of a number.
pub enum FixedCode<'a> {
    /// A test number's code.
    Test(&'a str),
    /// A review number, with its code and its end.
    Review(&'a ReviewNumber),
}

/// The audience of a test number's proofs.
pub const TEST_AUDIENCE: &str = "test";

const OPTION_NAMES: &[&str] = &[
    "vendors",
    "tenantCache",
    "order",
    "route",
    "timeoutMs",
    "pepper",
    "proof",
    "brand",
    "text",
    "webOtpDomain",
    "code",
    "purposes",
    "limits",
    "acceptGuessRisk",
    "countries",
    "allow",
    "deny",
    "shadow",
    "captcha",
    "basePath",
    "cors",
    "adminToken",
    "apiTokens",
    "gateways",
    "dev",
    "testNumbers",
    "reviewNumbers",
    "hookKeys",
    "publicUrl",
    "webhook",
    "queue",
    "retentionDays",
    "receipts",
    "optOutWords",
    "skipUndeliverable",
    "marketingHours",
];

impl Config {
    /// Reads `HandlerOptions` from JSON, without their functions.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn read(json: &str) -> Result<Self, SmsError> {
        Self::of(&options::parse(json, "options")?)
    }

    /// Reads `HandlerOptions` from a JSON value. `true` stands for the functions of `queue` and `captcha.verify`.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn of(json: &Json<'_>) -> Result<Self, SmsError> {
        let fields = Fields::new(json, "", "options")?;
        fields.only(OPTION_NAMES)?;
        let peppers = secrets(&fields, "pepper")?;
        let Some((first, others)) = peppers.split_first() else {
            return Err(fields.wrong("pepper", format!("pepper is missing: at least {MIN_SECRET_BYTES} random bytes")));
        };
        let captcha = CaptchaOptions::read(&fields)?;
        let code = inner(&fields, "code", &["length", "ttlSeconds", "attempts"])?;
        let whole = |name: &str, from: i64, to: i64, otherwise: i64| match &code {
            Some(code) => Ok::<_, SmsError>(code.whole(name, from, to)?.unwrap_or(otherwise)),
            None => Ok(otherwise),
        };
        let length = small(whole("length", (*LENGTHS.start()).into(), (*LENGTHS.end()).into(), 6)?);
        let tries = small(whole("attempts", 1, 20, 5)?);
        let code = CodeConfig { length, ttl_ms: whole("ttlSeconds", 30, 3600, 300)? * 1000, tries };
        let shadow = fields.flag("shadow")?;
        let limits = Limits::read(inner(&fields, "limits", &[])?.as_ref(), captcha.when != Captcha::Never)?;
        if !fields.flag("acceptGuessRisk")? {
            limits.check_guesses(&code, shadow)?;
        }
        let proof = inner(&fields, "proof", &["key", "issuer", "audience", "ttlSeconds"])?;
        let proof = proof.ok_or_else(|| fields.wrong("proof", "proof is missing: {key, audience}"))?;
        let keys = secrets(&proof, "key")?;
        let signing = keys.first().ok_or_else(|| proof.wrong("key", "proof.key is missing"))?;
        let hook_keys = hook_keys(&fields)?;
        if keys.iter().any(|key| peppers.contains(key) || hook_keys.contains(key)) {
            let why = "a proof.key is a pepper or a hook key: whoever checks proofs could make codes, or forge reports";
            return Err(proof.wrong("key", why));
        }
        let audience = proof.required("audience")?;
        if audience == TEST_AUDIENCE {
            return Err(proof.wrong("audience", "proof.audience is that of test numbers, whose codes anybody may know"));
        }
        let webhook = webhook(&fields)?;
        let has_queue = fields.flag("queue")?;
        let retention_days = fields.whole("retentionDays", 1, 365)?.unwrap_or(30);
        Ok(Self {
            sms: if has_tenants(&fields) { Sms::without_accounts() } else { Sms::of(&client_options(&fields))? },
            tenant: None,
            tenant_cache: TenantBounds::read(&fields)?,
            keyring: Keyring::new(first, others),
            issuer: proof.text("issuer")?.unwrap_or("xinshi").to_owned(),
            audience: audience.to_owned(),
            key_id: key_id(signing),
            proof_key: Secret::new(*signing),
            proof_ttl_seconds: proof.whole("ttlSeconds", 10, 86_400)?.unwrap_or(300),
            texts: Texts::read(&fields, code.ttl_ms)?,
            purposes: purposes(&fields)?,
            limits,
            shadow,
            captcha,
            countries: countries(&fields)?,
            allow: patterns(&fields, "allow")?,
            deny: patterns(&fields, "deny")?,
            base_path: base_path(&fields)?,
            cors: owned(fields.texts("cors")?),
            admin_token: token(&fields, fields.text("adminToken")?, "adminToken")?,
            api_tokens: ApiTokens::read(&fields)?,
            gateways: Gateways::read(&fields, code.ttl_ms)?,
            test_numbers: test_numbers(&fields, length)?,
            review_numbers: ReviewNumbers::read(&fields, length)?,
            hook_keys: HookKeys::new(&hook_keys),
            public_url: public_url(&fields)?,
            keep_ms: keep_ms(&fields, retention_days, has_queue || webhook.is_some())?,
            webhook,
            has_queue,
            retention_ms: retention_days * 86_400_000,
            opt_out_words: OptOutWords::read(&fields)?,
            is_adaptive: is_adaptive(&fields)?,
            skips_undeliverable: fields.value("skipUndeliverable").is_none() || fields.flag("skipUndeliverable")?,
            marketing_hours: read_hours(&fields)?,
            code,
        })
    }

    /// The configuration of one tenant's handler. Accounts are named `tenant:account`, and proofs have the audience
    /// `audience:tenant`, so that no back end takes another tenant's.
    #[must_use]
    pub fn for_tenant(mut self, tenant: &str) -> Self {
        self.sms.prefix_names(&[tenant, ":"].concat());
        self.audience = [self.audience.as_str(), ":", tenant].concat();
        Self { keyring: self.keyring.for_tenant(tenant), tenant: Some(tenant.to_owned()), ..self }
    }

    /// The name of the key that counts an address.
    #[must_use]
    pub fn address_object_name(&self, address: &[u8]) -> String {
        self.keyring.address_object_name(address, self.limits.address_by_tenant)
    }

    /// Warnings for the operator at the start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.captcha.when == Captcha::Never && !self.limits.number.sends.is_empty() {
            warnings.push(
                "there is no captcha, and so no reserve: an attacker can use up the texts of a number, and its owner gets no \
                 code for a day. Configure captcha"
                    .to_owned(),
            );
        }
        if self.limits.can_exhaust_guesses(&self.code) {
            warnings.push(
                "strangers can use up the guesses at a number (limits.verifyPerNumber), and its owner's right code is then \
                 rejected: allow code.attempts for each text of a day"
                    .to_owned(),
            );
        }
        let gateways = self.gateway_names();
        if !gateways.is_empty() {
            warnings.push(format!(
                "the codes of gateways ({}) are guessed at their login servers: limit guesses there, since \
                 limits.verifyPerNumber does not count them",
                gateways.join(", ")
            ));
        }
        if self.shadow {
            warnings.push("shadow is on: limits are decided and reported, but not enforced".to_owned());
        }
        warnings
    }

    /// The names of the configured gateways.
    #[must_use]
    pub fn gateway_names(&self) -> Vec<&'static str> {
        self.gateways.names().collect()
    }

    /// Whether a code may have this purpose.
    #[must_use]
    pub fn has_purpose(&self, purpose: &str) -> bool {
        self.purposes.is_empty() || self.purposes.iter().any(|known| known == purpose)
    }

    /// The purpose of a code for a request that names none.
    #[must_use]
    pub fn purpose(&self) -> &str {
        self.purposes.first().map_or("login", String::as_str)
    }

    /// Whether the list `deny` contains a number.
    #[must_use]
    pub fn is_denied(&self, phone: &Phone) -> bool {
        self.deny.iter().any(|pattern| pattern.is_of(*phone))
    }

    /// Whether the list `allow` contains a number.
    #[must_use]
    pub fn is_allowed(&self, phone: &Phone) -> bool {
        self.allow.iter().any(|pattern| pattern.is_of(*phone))
    }

    /// Whether the list `allow` contains exactly this number, and not only a prefix of it.
    #[must_use]
    pub fn is_allowed_itself(&self, phone: &Phone) -> bool {
        self.allow.iter().any(|pattern| pattern.is_number() && pattern.is_of(*phone))
    }

    /// Whether the options allow sending to countries or prefixes abroad.
    #[must_use]
    pub fn sends_abroad(&self) -> bool {
        self.countries.iter().any(|country| country != "CN") || self.allow.iter().any(Pattern::begins_abroad)
    }

    /// The fixed code of a number at a time, if it has one. Such a number receives no text.
    #[must_use]
    pub fn fixed_code(&self, phone: &Phone, now: i64) -> Option<FixedCode<'_>> {
        if let Some((_, code)) = self.test_numbers.iter().find(|(known, _)| known == phone) {
            return Some(FixedCode::Test(code));
        }
        self.review_numbers.current(*phone, now).map(FixedCode::Review)
    }

    /// Whether pages of an origin may call the handler.
    #[must_use]
    pub fn admits_origin(&self, origin: &str) -> bool {
        // The reply repeats the origin in a header.
        let is_origin = origin.bytes().all(|byte| byte.is_ascii_graphic());
        is_origin && self.cors.iter().any(|known| known == origin || known == "*")
    }

    /// Whether a token is the operator's.
    #[must_use]
    pub fn is_admin(&self, token: &str) -> bool {
        self.admin_token.as_ref().is_some_and(|known| is_same(known.expose().as_bytes(), token.as_bytes()))
    }
}

fn small(whole: i64) -> u8 {
    u8::try_from(whole).unwrap_or(u8::MAX)
}

/// Whether a function gives each tenant's accounts, for which `true` stands.
fn has_tenants(fields: &Fields<'_>) -> bool {
    fields.value("vendors").and_then(Json::flag) == Some(true)
}

/// The options that the client reads.
fn client_options<'a>(fields: &Fields<'a>) -> Json<'a> {
    let read = |(name, value): (&'a str, &Json<'a>)| {
        let is_clients = ["vendors", "order", "route", "timeoutMs"].contains(&name);
        // A word as `order` is the handler's own option.
        (is_clients && value.string().is_none()).then(|| (Cow::Borrowed(name), value.clone()))
    };
    Json::object(fields.members().filter_map(read).collect())
}

fn is_adaptive(fields: &Fields<'_>) -> Result<bool, SmsError> {
    match fields.value("order").map(Json::string) {
        Some(Some("adaptive")) => Ok(true),
        Some(Some(_)) => Err(fields.wrong("order", "order is a list of accounts, or adaptive")),
        _ => Ok(false),
    }
}

fn purposes(fields: &Fields<'_>) -> Result<Vec<String>, SmsError> {
    let purposes = owned(fields.texts("purposes")?);
    if purposes.iter().all(|purpose| is_purpose(purpose)) {
        Ok(purposes)
    } else {
        Err(fields.wrong("purposes", "a purpose is 1 to 32 letters, digits, dots, hyphens or underscores"))
    }
}

/// Whether a text is a valid purpose.
#[must_use]
pub fn is_purpose(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=32).contains(&text.len()) && text.bytes().all(legal)
}

fn countries(fields: &Fields<'_>) -> Result<Vec<String>, SmsError> {
    let Some(countries) = fields.texts("countries")? else { return Ok(vec!["CN".to_owned()]) };
    let is_country = |country: &&str| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if countries.iter().all(is_country) {
        Ok(owned(Some(countries)))
    } else {
        Err(fields.wrong("countries", "a country is two capital letters, as ISO 3166 has it: CN"))
    }
}

fn base_path(fields: &Fields<'_>) -> Result<String, SmsError> {
    let path = fields.text("basePath")?.unwrap_or_default().trim_end_matches('/');
    if path.is_empty() || path.starts_with('/') {
        Ok(path.to_owned())
    } else {
        Err(fields.wrong("basePath", "basePath begins with a slash"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Valid options, with `more` before their end.
    pub fn options(more: &str) -> String {
        format!(
            r#"{{"vendors":{{"main":{{"vendor":"apiv1","account":"a","password":"p","baseUrl":"http://127.0.0.1:1"}}}},
            "pepper":"{}","proof":{{"key":"{}","audience":"app"}},"brand":"信使"{more}}}"#,
            "p".repeat(32),
            "k".repeat(32)
        )
    }

    #[test]
    fn documented_options_are_accepted() {
        let config = Config::read(&options("")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((config.code.length, config.code.ttl_ms, config.code.tries), (6, 300_000, 5));
        assert_eq!((config.countries[0].as_str(), config.proof_ttl_seconds, config.purpose()), ("CN", 300, "login"));
        assert_eq!(config.warnings().len(), 1, "no captcha");
        assert!(config.listed_abroad().is_empty() && !config.sends_abroad());
        let abroad = r#","allow":["13812345678","+ 852*","+49 170 1234567"],"deny":["+49 0170 1234567"],"dev":true,"testNumbers":{"+65 9123 4567":"123456"}"#;
        let config = Config::read(&options(abroad)).unwrap_or_else(|error| panic!("{error}"));
        let listed = config.listed_abroad();
        assert!(
            listed[0][0] == "allow" && listed[0].len() > 50 && listed[0][1..].iter().all(|it| it.starts_with("+852"))
        );
        assert_eq!(
            listed[1..].concat(),
            ["allow", "+491701234567", "deny", "+4901701234567", "testNumbers", "+6591234567"]
        );
        assert!(config.sends_abroad());
        let config = Config::read(&options(
            r#","captcha":{"verify":true,"when":"adaptive"},"deny":["138 1234 5678","+86 170*"]"#,
        ));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        assert!(config.warnings().is_empty());
        let denied = |number: &str| config.is_denied(&Phone::parse(number).unwrap());
        assert!(denied("13812345678") && denied("17012345678") && !denied("13812345679"));
    }

    #[test]
    fn dangerous_options_are_rejected_at_the_start() {
        for (more, field) in [
            (r#","peper":"x""#, "peper"),
            (r#","code":{"length":5}"#, "limits"),
            (r#","code":{"attempts":6},"limits":{"verifyPerNumber":[]}"#, "limits"),
            (r#","testNumbers":{"13812345678":"123456"}"#, "testNumbers"),
            (r#","dev":true,"testNumbers":{"13812345678":"12345"}"#, "testNumbers.138****5678"),
            (r#","dev":true,"testNumbers":{"+8602112345678":"123456"}"#, "testNumbers.+860******5678"),
            (r#","13812345678":"123456""#, "138****5678"),
            (r#","code":{"ttlSeconds":59},"text":{"zh":"{code}，{minutes}分钟"}"#, "text.zh"),
            (r#","captcha":{"verify":true,"when":"never"}"#, "captcha.when"),
            (r#","captcha":{"when":"always"}"#, "captcha.provider"),
            (r#","captcha":{"when":"always","verify":true,"onUnavailable":"open"}"#, "captcha.onUnavailable"),
            (r#","adminToken":"short""#, "adminToken"),
            (r#","apiTokens":["a b c d e f g h i j"]"#, "apiTokens.0"),
            (r#","countries":["China"]"#, "countries"),
            (r#","deny":["170*"]"#, "deny"),
            (r#","deny":["+*"]"#, "deny"),
            (r#","basePath":"otp""#, "basePath"),
            (r#","purposes":["log in"]"#, "purposes"),
            (r#","order":"random""#, "order"),
        ] {
            let error = Config::read(&options(more)).err().unwrap_or_else(|| panic!("{more}"));
            assert_eq!(error.field.as_deref(), Some(field), "{more}");
        }
        assert!(Config::read(&options(r#","code":{"length":5},"acceptGuessRisk":true"#)).is_ok());
        let test = options("").replace(r#""audience":"app""#, r#""audience":"test""#);
        assert_eq!(Config::read(&test).err().and_then(|error| error.field.clone()).as_deref(), Some("proof.audience"));
        let short = options("").replace(&"p".repeat(32), "short");
        assert_eq!(Config::read(&short).err().and_then(|error| error.field.clone()).as_deref(), Some("pepper"));
        let same = options("").replace(&"k".repeat(32), &"p".repeat(32));
        assert_eq!(Config::read(&same).err().and_then(|error| error.field.clone()).as_deref(), Some("proof.key"));
        let hook = options(&format!(r#","hookKeys":["{}","{}"]"#, "h".repeat(32), "k".repeat(32)));
        assert_eq!(Config::read(&hook).err().and_then(|error| error.field.clone()).as_deref(), Some("proof.key"));
    }
}
