//! [`Settings`]: the user's settings of single rules: `{"quiet-hours": "error", "short-link": "off"}`.

use alloc::string::String;

use crate::error::SmsError;
use crate::options::{self, Fields};
use crate::rules::catalogue::{Level, Rule};
use crate::vendor::TextRules;

/// The user's setting of each rule.
#[derive(Clone, Debug)]
pub struct Settings([Choice; COUNT]);

const COUNT: usize = Rule::ALL.len();

/// The user's setting of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The default.
    Default,
    /// The rule is off.
    Off,
    /// Findings have this level, and an error stops the text.
    Level(Level),
}

/// The level of a finding, and its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Its level.
    pub level: Level,
    /// Whether the user's settings reject a text with it.
    pub stops: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self([Choice::Default; COUNT])
    }
}

impl Settings {
    /// Reads the settings from JSON.
    ///
    /// # Errors
    /// `invalid_argument` naming the rule by its path, for an unknown rule or a level other than `error`, `warning`,
    /// `info` and `off`.
    pub fn read(json: &str) -> Result<Self, SmsError> {
        let json = options::parse(json, "rules")?;
        let fields = Fields::new(&json, "rules", "rules")?;
        let mut settings = Self::default();
        for (code, value) in fields.members() {
            let Some(rule) = Rule::ALL.iter().find(|rule| rule.row().code == code) else {
                return Err(fields.wrong(code, ["there is no rule ", code].concat()));
            };
            settings.0[*rule as usize] = match value.string() {
                Some("off") => Choice::Off,
                Some("error") => Choice::Level(Level::Error),
                Some("warning") => Choice::Level(Level::Warning),
                Some("info") => Choice::Level(Level::Info),
                _ => return Err(fields.wrong(code, String::from("a rule is error, warning, info or off"))),
            };
        }
        Ok(settings)
    }

    /// The level of a rule in a profile; `None` if the rule is off.
    #[must_use]
    pub fn weight(&self, rule: Rule, profile: &TextRules) -> Option<Weight> {
        match self.0[rule as usize] {
            Choice::Off => None,
            Choice::Level(level) => Some(Weight { level, stops: level == Level::Error }),
            Choice::Default if rule == Rule::SignatureAtEnd && profile.signs_at_end => None,
            Choice::Default => Some(Weight { level: rule.row().level, stops: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_disable_a_rule_or_make_it_block() {
        let settings = Settings::read(r#"{"quiet-hours":"error","short-link":"off","no-signature":"info"}"#).unwrap();
        let weight = |rule| settings.weight(rule, TextRules::of(""));
        assert_eq!(weight(Rule::QuietHours), Some(Weight { level: Level::Error, stops: true }));
        assert_eq!(weight(Rule::ShortLink), None);
        assert_eq!(weight(Rule::NoSignature), Some(Weight { level: Level::Info, stops: false }));
        // An error by itself stops nothing.
        assert_eq!(weight(Rule::NoOptOut), Some(Weight { level: Level::Error, stops: false }));
        // A user can switch on a rule that a profile leaves out.
        let settings = Settings::read(r#"{"signature-at-end":"error"}"#).unwrap();
        assert!(settings.weight(Rule::SignatureAtEnd, TextRules::of("binstd")).is_some_and(|weight| weight.stops));
    }

    #[test]
    fn severity_of_a_trailing_signature_depends_on_the_vendor() {
        let weight = |vendor| Settings::default().weight(Rule::SignatureAtEnd, TextRules::of(vendor));
        assert_eq!((weight("binstd"), weight("smsadmin"), weight("liupai")), (None, None, None));
        for vendor in ["apiv1", "liasmart", ""] {
            assert_eq!(weight(vendor), Some(Weight { level: Level::Warning, stops: false }), "{vendor}");
        }
    }

    #[test]
    fn unknown_rule_is_named_in_the_error() {
        for (json, field) in [
            (r#"{"quiet-hour":"error"}"#, "rules.quiet-hour"),
            (r#"{"quiet-hours":"stop"}"#, "rules.quiet-hours"),
            (r#"{"quiet-hours":true}"#, "rules.quiet-hours"),
            ("[]", "rules"),
        ] {
            assert_eq!(Settings::read(json).unwrap_err().field.as_deref(), Some(field), "{json}");
        }
    }
}
