//! [`Limits`]: the rules that a handler is configured with, and what they let somebody guess.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::guard::number::NumberRules;
use crate::guard::rule::{LONGEST_WINDOW_MS, Rule};
use crate::options::Fields;

/// The share of all codes that may be guessed at one number in a day, above which start-up refuses: 40 of a million.
pub const ACCEPTED_GUESSES_PER_MILLION: u64 = 40;
/// The most rules that one key is counted by.
const MOST_RULES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// The limits of a handler.
#[derive(Clone, Debug)]
pub struct Limits {
    /// One request in so many seconds for a number; 0 switches it off.
    pub cooldown_seconds: i64,
    /// The rules of a number, the cool-down among them.
    pub number: NumberRules,
    /// The rules of an address.
    pub address: Vec<Rule>,
    /// The rules of a back end's token.
    pub token: Vec<Rule>,
    /// The rules of seven digits that a number begins with.
    pub prefix: Vec<Rule>,
    /// The rules of everything.
    pub total: Vec<Rule>,
}

impl Limits {
    /// Reads them. What is absent is as documented; an empty list switches a rule off.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn read(fields: Option<&Fields<'_>>, has_captcha: bool) -> Result<Self, SmsError> {
        let rules = |name: &str, otherwise: &[Rule]| match fields {
            Some(fields) => Ok::<_, SmsError>(read_rules(fields, name)?.unwrap_or_else(|| otherwise.to_vec())),
            None => Ok(otherwise.to_vec()),
        };
        if let Some(fields) = fields {
            let known = ["cooldownSeconds", "number", "reserve", "ip", "token", "prefix", "total", "verifyPerNumber"];
            fields.only(&known)?;
        }
        let whole = |name: &str| fields.map_or(Ok(None), |fields| fields.whole(name, 0, 86_400));
        let cooldown_seconds = whole("cooldownSeconds")?.unwrap_or(60);
        let mut sends = if cooldown_seconds > 0 { vec![Rule::new(1, cooldown_seconds)] } else { Vec::new() };
        sends.extend(rules("number", &[Rule::new(4, 60), Rule::new(5, 3600), Rule::new(8, 86_400)])?);
        let (reserve_hour, reserve_day) = reserve(fields)?.unwrap_or(if has_captcha { (2, 3) } else { (0, 0) });
        let guesses = rules("verifyPerNumber", &[Rule::new(40, 86_400)])?;
        Ok(Self {
            cooldown_seconds,
            number: NumberRules { sends, reserve_hour, reserve_day, guesses },
            address: rules("ip", &[Rule::new(10, 60), Rule::new(30, 3600), Rule::new(100, 86_400)])?,
            token: rules("token", &[Rule::new(600, 60)])?,
            prefix: rules("prefix", &[])?,
            total: rules("total", &[])?,
        })
    }

    /// Refuses limits under which too many codes can be guessed at one number in a day.
    ///
    /// # Errors
    /// `invalid_argument` that says how many.
    pub fn check_guesses(&self, tries: u8, length: u8) -> Result<(), SmsError> {
        let sends = most_a_day(&self.number.sends).map(|sends| sends.saturating_mul(u64::from(tries)));
        let guesses = [most_a_day(&self.number.guesses), sends].into_iter().flatten().min();
        let codes = 10_u64.pow(u32::from(length));
        let accepted = guesses.is_some_and(|guesses| {
            u128::from(guesses) * 1_000_000 <= u128::from(codes) * u128::from(ACCEPTED_GUESSES_PER_MILLION)
        });
        if accepted {
            return Ok(());
        }
        let told = guesses.map_or_else(|| "without a bound".into(), |guesses| format!("{guesses} times a day"));
        Err(SmsError::argument(
            "limits",
            format!(
                "these limits let somebody guess {told} at one of {codes} codes of a number: lengthen code.length, lower \
                 code.attempts, limits.number or limits.verifyPerNumber, or set acceptGuessRisk"
            ),
        ))
    }
}

/// How many events the rules let through in a day, or nothing where they bound none.
fn most_a_day(rules: &[Rule]) -> Option<u64> {
    // A day touches one window more than it holds.
    let windows = |rule: &Rule| {
        if rule.window_ms >= DAY_MS { 1 } else { DAY_MS.unsigned_abs().div_ceil(rule.window_ms.unsigned_abs()) }
    };
    rules.iter().map(|rule| u64::from(rule.limit).saturating_mul(windows(rule))).min()
}

fn read_rules(fields: &Fields<'_>, name: &str) -> Result<Option<Vec<Rule>>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(None) };
    let Some(list) = value.list().filter(|list| list.len() <= MOST_RULES) else {
        return Err(fields.wrong(name, format!("{name} is not a list of at most {MOST_RULES} rules")));
    };
    let read = |rule| {
        let rule = Fields::new(rule, &fields.path(name), "the rule")?;
        rule.only(&["limit", "windowSeconds"])?;
        let needed = |field: &str, to| {
            let whole = rule.whole(field, 1, to)?;
            whole.ok_or_else(|| rule.wrong(field, format!("{field} is missing")))
        };
        let limit = u32::try_from(needed("limit", 1_000_000_000)?).unwrap_or(u32::MAX);
        Ok(Rule::new(limit, needed("windowSeconds", LONGEST_WINDOW_MS / 1000)?))
    };
    list.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn reserve(fields: Option<&Fields<'_>>) -> Result<Option<(u32, u32)>, SmsError> {
    let Some((fields, value)) = fields.and_then(|fields| Some((fields, fields.value("reserve")?))) else {
        return Ok(None);
    };
    let reserve = Fields::new(value, &fields.path("reserve"), "reserve")?;
    reserve.only(&["hour", "day"])?;
    let part = |name| {
        let kept = reserve.whole(name, 0, 1_000_000)?.unwrap_or_default();
        Ok::<_, SmsError>(u32::try_from(kept).unwrap_or_default())
    };
    Ok(Some((part("hour")?, part("day")?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn limits(json: &str) -> Result<Limits, SmsError> {
        let json = options::parse(json, "limits").unwrap();
        Limits::read(Some(&Fields::new(&json, "limits", "limits").unwrap()), false)
    }

    #[test]
    fn the_documented_ones_are_just_accepted() {
        let documented = Limits::read(None, true).unwrap();
        assert_eq!(documented.number.sends.len(), 4);
        assert_eq!((documented.number.reserve_hour, documented.number.reserve_day), (2, 3));
        assert_eq!(limits("{}").unwrap().number.reserve_day, 0, "nobody could use it");
        assert!(documented.check_guesses(5, 6).is_ok(), "40 of a million");
        assert!(documented.check_guesses(5, 5).is_err());
    }

    #[test]
    fn each_can_be_changed_or_switched_off() {
        let changed = r#"{"cooldownSeconds":0,"number":[],"ip":[],"token":[],"verifyPerNumber":[],"prefix":[{"limit":5,"windowSeconds":60}]}"#;
        let off = limits(changed).unwrap();
        assert!(off.number.sends.is_empty() && off.address.is_empty() && off.token.is_empty());
        assert_eq!(off.prefix, [Rule::new(5, 60)]);
        assert!(off.check_guesses(1, 10).unwrap_err().message.contains("without a bound"));
        assert!(limits(r#"{"verifyPerNumber":[]}"#).unwrap().check_guesses(5, 6).is_ok(), "8 texts of 5 tries");
        assert!(limits(r#"{"number":[],"cooldownSeconds":0}"#).unwrap().check_guesses(5, 6).is_ok(), "40 guesses");
        assert!(
            limits(r#"{"verifyPerNumber":[{"limit":1,"windowSeconds":60}],"number":[]}"#)
                .unwrap()
                .check_guesses(5, 6)
                .is_err()
        );
    }

    #[test]
    fn wrong_ones_are_named() {
        for (json, field) in [
            (r#"{"ipp":[]}"#, "limits.ipp"),
            (r#"{"ip":{}}"#, "limits.ip"),
            (r#"{"ip":[{"limit":0,"windowSeconds":60}]}"#, "limits.ip.limit"),
            (r#"{"ip":[{"limit":1}]}"#, "limits.ip.windowSeconds"),
            (r#"{"reserve":{"week":1}}"#, "limits.reserve.week"),
            (r#"{"cooldownSeconds":-1}"#, "limits.cooldownSeconds"),
        ] {
            assert_eq!(limits(json).expect_err(json).field.as_deref(), Some(field));
        }
    }
}
