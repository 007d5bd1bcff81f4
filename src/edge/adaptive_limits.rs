//! [`AdaptiveLimits`]: the options of the limits that adapt to verified codes.

use crate::edge::limits::ADDRESSES_PER_SITE;
use crate::error::SmsError;
use crate::guard::adaptive::AdaptiveRule;
use crate::options::Fields;
use crate::wire::json::Json;

/// The milliseconds in which an address whose limit is used up may have one text more than codes were verified from it,
/// if no captcha and no work can be shown: people who share the address go on once one of them enters a code, and an
/// attacker gets two texts more a day.
const PROBE_MS: i64 = 43_200_000;

/// The number of codes that may stay unverified in 24 hours, by key. `None` if the limit is off.
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveLimits {
    /// Of an address.
    pub address: Option<AdaptiveRule>,
    /// Of the first 48 bits of an IPv6 address.
    pub site: Option<AdaptiveRule>,
    /// Of seven digits that a number begins with.
    pub prefix: Option<AdaptiveRule>,
    /// Of everything.
    pub total: Option<AdaptiveRule>,
    /// Whether the rules of an address let through what was verified beside their own: those as documented do.
    pub relaxes_address: bool,
    /// The same of the first 48 bits of an IPv6 address.
    pub relaxes_site: bool,
}

impl AdaptiveLimits {
    /// As documented.
    pub const USUAL: Self = Self {
        address: Some(AdaptiveRule::new(5, 4)),
        site: Some(AdaptiveRule::new(5 * ADDRESSES_PER_SITE, 4 * ADDRESSES_PER_SITE)),
        prefix: Some(AdaptiveRule::new(60, 20)),
        total: Some(AdaptiveRule::new(1000, 200)),
        relaxes_address: true,
        relaxes_site: true,
    };

    const OFF: Self =
        Self { address: None, site: None, prefix: None, total: None, relaxes_address: false, relaxes_site: false };

    /// Reads them from the limits. What is absent is as documented; `false` switches a limit off. `has_evidence` is whether a request
    /// above a limit can show a captcha or work.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(limits: Option<&Fields<'_>>, has_evidence: bool) -> Result<Self, SmsError> {
        let mut adaptive = limits.map_or(Ok(Self::USUAL), Self::read_rules)?;
        for rule in [&mut adaptive.address, &mut adaptive.site].into_iter().flatten() {
            rule.probe_ms = (!has_evidence).then_some(PROBE_MS);
        }
        Ok(adaptive)
    }

    fn read_rules(limits: &Fields<'_>) -> Result<Self, SmsError> {
        let value = limits.value("adaptive");
        let mut adaptive = match value {
            None => Self::USUAL,
            Some(value) if value.flag() == Some(false) => return Ok(Self::OFF),
            Some(value) => {
                let path = limits.path("adaptive");
                let fields = Fields::new(value, &path, "adaptive")?;
                fields.only(&["ip", "ip48", "prefix", "total"])?;
                Self {
                    address: read_rule(&fields, "ip", Self::USUAL.address)?,
                    site: read_rule(&fields, "ip48", Self::USUAL.site)?,
                    prefix: read_rule(&fields, "prefix", Self::USUAL.prefix)?,
                    total: read_rule(&fields, "total", Self::USUAL.total)?,
                    ..Self::USUAL
                }
            }
        };
        // Rules that somebody chose are hard; where they are none, addresses are not limited, unless `adaptive.ip` says so.
        let given = |name: &str| value.is_some_and(|value| value.member(name).is_some());
        let chosen = |name: &str| limits.value(name).and_then(Json::list);
        if chosen("ip").is_some_and(<[_]>::is_empty) {
            adaptive.address = adaptive.address.filter(|_| given("ip"));
            adaptive.site = adaptive.site.filter(|_| given("ip48"));
        }
        if chosen("ip48").is_some_and(<[_]>::is_empty) {
            adaptive.site = adaptive.site.filter(|_| given("ip48"));
        }
        adaptive.relaxes_address = adaptive.address.is_some() && chosen("ip").is_none();
        adaptive.relaxes_site = adaptive.site.is_some() && chosen("ip").is_none() && chosen("ip48").is_none();
        Ok(adaptive)
    }
}

fn read_rule(adaptive: &Fields<'_>, name: &str, usual: Option<AdaptiveRule>) -> Result<Option<AdaptiveRule>, SmsError> {
    let Some(value) = adaptive.value(name) else { return Ok(usual) };
    if value.flag() == Some(false) {
        return Ok(None);
    }
    let rule = Fields::new(value, &adaptive.path(name), "the limit")?;
    rule.only(&["unverified", "pending"])?;
    let part = |name: &str, usual: u32| {
        let given = rule.whole(name, 0, 1_000_000_000)?;
        Ok::<_, SmsError>(given.and_then(|given| u32::try_from(given).ok()).unwrap_or(usual))
    };
    let AdaptiveRule { unverified, pending, .. } = usual.unwrap_or(AdaptiveRule::new(0, 0));
    Ok(Some(AdaptiveRule::new(part("unverified", unverified)?, part("pending", pending)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn adaptive(json: &str) -> Result<AdaptiveLimits, SmsError> {
        let json = options::parse(json, "limits").unwrap();
        AdaptiveLimits::read(Some(&Fields::new(&json, "limits", "limits").unwrap()), true)
    }

    #[test]
    fn each_limit_can_be_changed_or_disabled() {
        let usual = adaptive("{}").unwrap();
        assert_eq!(usual.address, Some(AdaptiveRule::new(5, 4)));
        assert!(usual.relaxes_address && usual.relaxes_site);
        let off = adaptive(r#"{"adaptive":false}"#).unwrap();
        assert!(off.address.is_none() && off.total.is_none() && !off.relaxes_address);
        let changed = adaptive(r#"{"adaptive":{"prefix":false,"ip":{"unverified":9}}}"#).unwrap();
        assert_eq!((changed.prefix, changed.address.unwrap()), (None, AdaptiveRule::new(9, 4)));
        let none = adaptive(r#"{"ip":[]}"#).unwrap();
        assert!(none.address.is_none() && none.site.is_none() && none.prefix.is_some());
        assert!(adaptive(r#"{"ip":[],"adaptive":{"ip":{}}}"#).unwrap().address.is_some());
        let hard = adaptive(r#"{"ip":[{"limit":5,"windowSeconds":60}]}"#).unwrap();
        assert!(
            hard.address.is_some() && !hard.relaxes_address && !hard.relaxes_site,
            "rules that somebody chose are hard"
        );
    }

    #[test]
    fn address_is_probed_where_nobody_can_show_anything() {
        let probes = |has_evidence| {
            let adaptive = AdaptiveLimits::read(None, has_evidence).unwrap();
            [adaptive.address, adaptive.site, adaptive.prefix, adaptive.total].map(|rule| rule.unwrap().probe_ms)
        };
        assert_eq!(probes(false), [Some(PROBE_MS), Some(PROBE_MS), None, None]);
        assert_eq!(probes(true), [None; 4]);
    }

    #[test]
    fn wrong_option_is_named_in_the_error() {
        for (json, field) in [
            (r#"{"adaptive":true}"#, "limits.adaptive"),
            (r#"{"adaptive":{"ipp":false}}"#, "limits.adaptive.ipp"),
            (r#"{"adaptive":{"ip":{"unverified":-1}}}"#, "limits.adaptive.ip.unverified"),
            (r#"{"adaptive":{"total":{"limit":1}}}"#, "limits.adaptive.total.limit"),
        ] {
            assert_eq!(adaptive(json).expect_err(json).field.as_deref(), Some(field), "{json}");
        }
    }
}
