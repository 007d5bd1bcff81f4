//! [`CaptchaOptions`]: the option `captcha`.

use alloc::vec::Vec;

use crate::edge::captcha::provider::{self, Provider};
use crate::edge::option_fields::inner;
use crate::error::SmsError;
use crate::guard::number_work::ByWork;
use crate::options::Fields;

/// When a captcha is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captcha {
    /// Never: there is none.
    Never,
    /// If a number, an address or a prefix is busy.
    Adaptive,
    /// Always.
    Always,
}

/// The verifier of captchas.
pub enum CaptchaVerifier {
    /// The user's function.
    Function,
    /// A provider.
    Provider(Provider),
}

/// The option `captcha`. The default requires none.
pub struct CaptchaOptions {
    /// When a captcha is required.
    pub when: Captcha,
    /// The verifier; `None` for none.
    pub verifier: Option<CaptchaVerifier>,
    /// Whether a captcha counts as solved while nobody can verify it.
    pub allows_unchecked: bool,
    /// Whether work is accepted in place of a captcha.
    pub proof_of_work: bool,
}

impl CaptchaOptions {
    /// Reads the option. `true` stands for the user's function.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let mut known = Vec::from(["when", "verify", "onUnavailable", "proofOfWork"]);
        known.extend(provider::COMMON);
        known.extend(provider::own_options());
        let Some(captcha) = inner(fields, "captcha", &known)? else {
            return Ok(Self { when: Captcha::Never, verifier: None, allows_unchecked: false, proof_of_work: false });
        };
        let proof_of_work = captcha.flag("proofOfWork")?;
        let is_alone = proof_of_work && captcha.members().all(|(name, _)| ["proofOfWork", "when"].contains(&name));
        let when = captcha.choice("when", &[("always", Captcha::Always), ("adaptive", Captcha::Adaptive)])?;
        let when = when.or(is_alone.then_some(Captcha::Adaptive));
        let when = when.ok_or_else(|| captcha.wrong("when", "captcha.when is missing: always or adaptive"))?;
        let allows_unchecked = captcha.choice("onUnavailable", &[("reject", false), ("allow", true)])?.unwrap_or(false);
        let verifier = match () {
            () if is_alone => None,
            () if captcha.flag("verify")? => Some(CaptchaVerifier::Function),
            () => Some(CaptchaVerifier::Provider(Provider::read(&captcha)?)),
        };
        Ok(Self { when, verifier, allows_unchecked, proof_of_work })
    }

    /// Whether work is accepted, and beside which evidence.
    #[must_use]
    pub const fn by_work(&self) -> ByWork {
        match (self.proof_of_work, &self.verifier) {
            (false, _) => ByWork::No,
            (true, None) => ByWork::Alone,
            (true, Some(_)) => ByWork::Too,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    fn read(json: &str) -> Result<CaptchaOptions, SmsError> {
        let options = options::parse(json, "options").unwrap();
        CaptchaOptions::read(&Fields::new(&options, "", "options").unwrap())
    }

    #[test]
    fn work_stands_alone_or_beside_a_captcha() {
        let alone = read(r#"{"captcha":{"proofOfWork":true}}"#).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((alone.when, alone.by_work()), (Captcha::Adaptive, ByWork::Alone));
        let always =
            read(r#"{"captcha":{"proofOfWork":true,"when":"always"}}"#).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((always.when, always.by_work()), (Captcha::Always, ByWork::Alone));
        let beside = r#"{"captcha":{"proofOfWork":true,"when":"adaptive","provider":"turnstile","secret":"s"}}"#;
        assert_eq!(read(beside).unwrap_or_else(|error| panic!("{error}")).by_work(), ByWork::Too);
        let without = beside.replace("true", "false");
        assert_eq!(read(&without).unwrap_or_else(|error| panic!("{error}")).by_work(), ByWork::No);
        assert_eq!(read("{}").unwrap_or_else(|error| panic!("{error}")).by_work(), ByWork::No);
        for (json, field) in [
            (r#"{"captcha":{"proofOfWork":false}}"#, "captcha.when"),
            (r#"{"captcha":{"proofOfWork":"yes"}}"#, "captcha.proofOfWork"),
            (r#"{"captcha":{"proofOfWork":true,"provider":"turnstile","when":"always"}}"#, "captcha.secret"),
            (r#"{"captcha":{"proofOfWork":true,"secret":"s","when":"always"}}"#, "captcha.provider"),
        ] {
            assert_eq!(read(json).err().and_then(|error| error.field.clone()).as_deref(), Some(field), "{json}");
        }
    }
}
