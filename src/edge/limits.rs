//! [`Limits`]: the configured rules, and the share of codes that they let an attacker guess.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::edge::adaptive_limits::AdaptiveLimits;
use crate::error::SmsError;
use crate::guard::marketing_log::MAX_TEXTS;
use crate::guard::rule::{MAX_WINDOW_MS, NumberRules, Rule};
use crate::options::Fields;

/// The maximum share of all codes that an attacker may guess at one number in a day, per million. The configuration is
/// rejected above it.
pub const ACCEPTED_GUESSES_PER_MILLION: u64 = 40;
/// The minimum of an address's limit on requests a minute.
const MIN_ATTEMPTS: u32 = 240;
/// The number of addresses that a /48 of IPv6 counts as, unless `ip48` says otherwise. A line with a /56 has 256 of
/// them, one with a /48 65,536; but a /48 can also hold as many mobile phones.
pub(super) const ADDRESSES_PER_SITE: u32 = 16;
/// The maximum number of rules of one key.
const MAX_RULES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// The limits of a handler.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The minimum number of seconds between two requests for a number; 0 switches it off.
    pub cooldown_seconds: i64,
    /// The rules of a number, including the cool-down.
    pub number: NumberRules,
    /// The rules of an address.
    pub address: Vec<Rule>,
    /// Whether each tenant has its own counts of an address; otherwise the rules hold for all tenants together.
    pub address_by_tenant: bool,
    /// The rules of an IPv6 site, the first 48 bits of an address.
    pub site: Vec<Rule>,
    /// The rules of a back end's token.
    pub token: Vec<Rule>,
    /// The rules of a prefix of seven digits.
    pub prefix: Vec<Rule>,
    /// The rules of all texts together.
    pub total: Vec<Rule>,
    /// The rules of a number's marketing texts, which count for none of the others.
    pub marketing: Vec<Rule>,
    /// The limits that adapt to verified codes.
    pub adaptive: AdaptiveLimits,
}

impl Limits {
    /// Reads the limits. An absent one has its documented default; an empty list switches a limit off.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(fields: Option<&Fields<'_>>, has_captcha: bool) -> Result<Self, SmsError> {
        let rules = |name: &str, otherwise: &[Rule]| match fields {
            Some(fields) => Ok::<_, SmsError>(read_rules(fields, name)?.unwrap_or_else(|| otherwise.to_vec())),
            None => Ok(otherwise.to_vec()),
        };
        if let Some(fields) = fields {
            fields.only(&[
                "cooldownSeconds",
                "number",
                "reserve",
                "ip",
                "ip48",
                "ipByTenant",
                "token",
                "prefix",
                "total",
                "verifyPerNumber",
                "marketing",
                "adaptive",
            ])?;
        }
        let whole = |name: &str| fields.map_or(Ok(None), |fields| fields.whole(name, 0, 86_400));
        let cooldown_seconds = whole("cooldownSeconds")?.unwrap_or(60);
        let mut sends = if cooldown_seconds > 0 { vec![Rule::new(1, cooldown_seconds)] } else { Vec::new() };
        sends.extend(rules("number", &[Rule::new(4, 60), Rule::new(5, 3600), Rule::new(8, 86_400)])?);
        let (reserve_hour, reserve_day) = reserve(fields, if has_captcha { (2, 3) } else { (0, 0) })?;
        let guesses = rules("verifyPerNumber", &[Rule::new(40, 86_400)])?;
        let address = rules("ip", &[Rule::new(10, 60), Rule::new(30, 3600), Rule::new(100, 86_400)])?;
        let of_a_site = |rule: &Rule| Rule { limit: rule.limit.saturating_mul(ADDRESSES_PER_SITE), ..*rule };
        let site = rules("ip48", &address.iter().map(of_a_site).collect::<Vec<_>>())?;
        // Qiniu's cap, the strictest that a vendor documents (2025-04-08).
        let marketing = rules("marketing", &[Rule::new(1, 86_400)])?;
        if let Some(fields) = fields.filter(|_| marketing.iter().any(|rule| rule.limit > MAX_TEXTS)) {
            return Err(fields.wrong("marketing", format!("a rule of marketing has a limit of at most {MAX_TEXTS}")));
        }
        Ok(Self {
            cooldown_seconds,
            number: NumberRules { sends, reserve_hour, reserve_day, guesses },
            address,
            address_by_tenant: fields.map_or(Ok(false), |fields| fields.flag("ipByTenant"))?,
            site,
            token: rules("token", &[Rule::new(600, 60)])?,
            prefix: rules("prefix", &[])?,
            total: rules("total", &[])?,
            marketing,
            adaptive: AdaptiveLimits::read(fields, has_captcha)?,
        })
    }

    /// The maximum number of requests of any kind an address may make in a minute; above it nothing is even looked up.
    /// Generous, since many people can share an address, and higher where the address's own rules are.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        attempts(&self.address, MIN_ATTEMPTS)
    }

    /// The same for a /48.
    #[must_use]
    pub fn site_attempts(&self) -> u32 {
        attempts(&self.site, MIN_ATTEMPTS * ADDRESSES_PER_SITE)
    }

    /// Rejects limits under which an attacker could guess too many codes of one number in a day.
    ///
    /// # Errors
    /// `invalid_argument` naming the number of codes.
    pub fn check_guesses(&self, code: &CodeConfig, shadow: bool) -> Result<(), SmsError> {
        // Codes sent before the day can be guessed within it. In shadow mode every send is granted.
        let sends = if shadow { None } else { most_in(&self.number.sends, DAY_MS.saturating_add(code.ttl_ms)) };
        let by_sends = sends.map(|sends| sends.saturating_mul(u64::from(code.tries)));
        let guesses = [most_in(&self.number.guesses, DAY_MS), by_sends].into_iter().flatten().min();
        let codes = 10_u64.pow(u32::from(code.length));
        let accepted = guesses.is_some_and(|guesses| {
            u128::from(guesses) * 1_000_000 <= u128::from(codes) * u128::from(ACCEPTED_GUESSES_PER_MILLION)
        });
        if accepted {
            return Ok(());
        }
        let bound = guesses.map_or_else(|| "without a bound".into(), |guesses| format!("{guesses} times a day"));
        Err(SmsError::argument(
            "limits",
            format!(
                "these limits let somebody guess {bound} at one of {codes} codes of a number: lengthen code.length, lower \
                 code.attempts, limits.number or limits.verifyPerNumber, or set acceptGuessRisk"
            ),
        ))
    }

    /// Whether strangers can use up the guesses of a number, so that its owner's right code is rejected.
    #[must_use]
    pub fn can_exhaust_guesses(&self, code: &CodeConfig) -> bool {
        let guesses = most_in(&self.number.guesses, DAY_MS);
        let others = most_in(&self.number.sends, DAY_MS).map(|sends| sends.saturating_mul(u64::from(code.tries)));
        guesses.is_some_and(|guesses| others.is_none_or(|others| others > guesses))
    }
}

fn attempts(rules: &[Rule], least: u32) -> u32 {
    let a_minute = |rule: &Rule| (rule.window_ms <= 60_000).then(|| rule.limit.saturating_mul(4));
    rules.iter().filter_map(a_minute).max().unwrap_or_default().max(least)
}

/// The properties of codes.
#[derive(Clone, Copy, Debug)]
pub struct CodeConfig {
    /// The number of digits.
    pub length: u8,
    /// The validity of a code, in milliseconds.
    pub ttl_ms: i64,
    /// The number of guesses that a challenge allows.
    pub tries: u8,
}

/// The maximum number of events that rules grant in any span; `None` for no bound.
fn most_in(rules: &[Rule], span_ms: i64) -> Option<u64> {
    let windows = |rule: &Rule| span_ms.unsigned_abs().div_ceil(rule.window_ms.unsigned_abs());
    rules.iter().map(|rule| u64::from(rule.limit).saturating_mul(windows(rule))).min()
}

fn read_rules(fields: &Fields<'_>, name: &str) -> Result<Option<Vec<Rule>>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(None) };
    let Some(list) = value.list().filter(|list| list.len() <= MAX_RULES) else {
        return Err(fields.wrong(name, format!("{name} is not a list of at most {MAX_RULES} rules")));
    };
    let read = |rule| {
        let rule = Fields::new(rule, &fields.path(name), "the rule")?;
        rule.only(&["limit", "windowSeconds"])?;
        let needed = |field: &str, to| {
            let whole = rule.whole(field, 1, to)?;
            whole.ok_or_else(|| rule.wrong(field, format!("{field} is missing")))
        };
        let limit = u32::try_from(needed("limit", 1_000_000_000)?).unwrap_or(u32::MAX);
        Ok(Rule::new(limit, needed("windowSeconds", MAX_WINDOW_MS / 1000)?))
    };
    list.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn reserve(fields: Option<&Fields<'_>>, otherwise: (u32, u32)) -> Result<(u32, u32), SmsError> {
    let Some((fields, value)) = fields.and_then(|fields| Some((fields, fields.value("reserve")?))) else {
        return Ok(otherwise);
    };
    let reserve = Fields::new(value, &fields.path("reserve"), "reserve")?;
    reserve.only(&["hour", "day"])?;
    let part = |name, otherwise: u32| {
        let limit = reserve.whole(name, 0, 1_000_000)?.unwrap_or(otherwise.into());
        Ok::<_, SmsError>(u32::try_from(limit).unwrap_or_default())
    };
    Ok((part("hour", otherwise.0)?, part("day", otherwise.1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    const SIX: CodeConfig = CodeConfig { length: 6, ttl_ms: 300_000, tries: 5 };

    fn limits(json: &str) -> Result<Limits, SmsError> {
        let json = options::parse(json, "limits").unwrap();
        Limits::read(Some(&Fields::new(&json, "limits", "limits").unwrap()), false)
    }

    #[test]
    fn documented_limits_are_accepted() {
        let documented = Limits::read(None, true).unwrap();
        assert_eq!(documented.number.sends.len(), 4);
        assert_eq!((documented.number.reserve_hour, documented.number.reserve_day), (2, 3));
        assert_eq!(limits("{}").unwrap().number.reserve_day, 0, "nobody could use it");
        assert!(documented.check_guesses(&SIX, false).is_ok(), "40 of a million");
        assert!(documented.check_guesses(&SIX, true).is_ok(), "shadow lets no guess through");
        assert!(documented.check_guesses(&CodeConfig { length: 5, ..SIX }, false).is_err());
        assert!(!documented.can_exhaust_guesses(&SIX));
        assert_eq!(documented.marketing, [Rule::new(1, 86_400)]);
        assert_eq!(documented.site, [Rule::new(160, 60), Rule::new(480, 3600), Rule::new(1600, 86_400)]);
    }

    #[test]
    fn each_limit_can_be_changed_or_disabled() {
        let changed = r#"{"cooldownSeconds":0,"number":[],"ip":[],"token":[],"marketing":[],"verifyPerNumber":[],"prefix":[{"limit":5,"windowSeconds":60}]}"#;
        let off = limits(changed).unwrap();
        assert!(
            off.number.sends.is_empty() && off.address.is_empty() && off.token.is_empty() && off.marketing.is_empty()
        );
        assert_eq!(off.prefix, [Rule::new(5, 60)]);
        assert!(off.site.is_empty(), "as many times nothing");
        assert_eq!(limits(r#"{"ip48":[{"limit":7,"windowSeconds":60}]}"#).unwrap().site, [Rule::new(7, 60)]);
        assert!(limits(r#"{"ip48":[]}"#).unwrap().site.is_empty());
        assert!(
            off.check_guesses(&CodeConfig { length: 10, tries: 1, ..SIX }, false)
                .unwrap_err()
                .message
                .contains("without a bound")
        );
        let accepts = |json: &str, shadow| limits(json).unwrap().check_guesses(&SIX, shadow).is_ok();
        assert!(!accepts(r#"{"verifyPerNumber":[]}"#, false), "8 texts of 5 tries, and those of just before the day");
        assert!(accepts(r#"{"verifyPerNumber":[],"number":[{"limit":4,"windowSeconds":86400}]}"#, false));
        assert!(!accepts(r#"{"verifyPerNumber":[],"number":[{"limit":4,"windowSeconds":86400}]}"#, true));
        assert!(accepts(r#"{"number":[],"cooldownSeconds":0}"#, false), "40 guesses");
        assert!(!accepts(r#"{"verifyPerNumber":[{"limit":1,"windowSeconds":60}],"number":[]}"#, false));
        assert!(limits(r#"{"number":[{"limit":20,"windowSeconds":86400}]}"#).unwrap().can_exhaust_guesses(&SIX));
    }

    #[test]
    fn partial_reserve_keeps_the_other_default() {
        let json = options::parse(r#"{"reserve":{"day":4}}"#, "limits").unwrap();
        let limits = Limits::read(Some(&Fields::new(&json, "limits", "limits").unwrap()), true).unwrap();
        assert_eq!((limits.number.reserve_hour, limits.number.reserve_day), (2, 4));
    }

    #[test]
    fn wrong_option_is_named_in_the_error() {
        for (json, field) in [
            (r#"{"ipp":[]}"#, "limits.ipp"),
            (r#"{"ip":{}}"#, "limits.ip"),
            (r#"{"ip":[{"limit":0,"windowSeconds":60}]}"#, "limits.ip.limit"),
            (r#"{"ip":[{"limit":1}]}"#, "limits.ip.windowSeconds"),
            (r#"{"reserve":{"week":1}}"#, "limits.reserve.week"),
            (r#"{"cooldownSeconds":-1}"#, "limits.cooldownSeconds"),
            (r#"{"marketing":[{"limit":101,"windowSeconds":60}]}"#, "limits.marketing"),
        ] {
            assert_eq!(limits(json).expect_err(json).field.as_deref(), Some(field));
        }
    }
}
