//! The bindings that a platform has for a handler: `XINSHI` with any of the options, and each secret under a name of
//! its own.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::wire::json::{self, Json};

/// The binding with any of the options, as JSON.
pub const OPTIONS: &str = "XINSHI";

/// The secret bindings, and the options that they set. A list or an object is written as JSON.
pub const SECRETS: [(&str, &str, Option<&str>); 10] = [
    ("XINSHI_VENDORS", "vendors", None),
    ("XINSHI_PEPPER", "pepper", None),
    ("XINSHI_PROOF_KEY", "proof", Some("key")),
    ("XINSHI_CAPTCHA_SECRET", "captcha", Some("secret")),
    ("XINSHI_CAPTCHA_APP_SECRET", "captcha", Some("appSecret")),
    ("XINSHI_ADMIN_TOKEN", "adminToken", None),
    ("XINSHI_API_TOKENS", "apiTokens", None),
    ("XINSHI_HOOK_KEYS", "hookKeys", None),
    ("XINSHI_WEBHOOK_SECRET", "webhook", Some("secret")),
    (REVIEW_NUMBERS, REVIEW_OPTION, None),
];

/// The secret binding with the review numbers, which nothing else can set: a code that lets anybody in belongs neither
/// in a repository nor in a platform's plain variables.
pub const REVIEW_NUMBERS: &str = "XINSHI_REVIEW_NUMBERS";
const REVIEW_OPTION: &str = "reviewNumbers";

/// Options whose members are merged: the code may give all members but the secret.
const MERGED: [&str; 3] = ["proof", "captcha", "webhook"];

type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Merges the options of the code, the secret bindings and `XINSHI`, in this order of precedence. `bound` has the bound
/// values by name.
///
/// # Errors
/// `invalid_argument` naming a binding that should be JSON and is not, and for `reviewNumbers` outside their binding.
pub fn options<'a>(code: &Json<'a>, bound: &'a [(&'static str, Json<'static>)]) -> Result<Json<'a>, SmsError> {
    let binding = |name: &str| bound.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let mut options: Members<'a> = match binding(OPTIONS) {
        Some(value) => parsed(OPTIONS, value)?.members().to_vec(),
        None => Vec::new(),
    };
    if options.iter().chain(code.members()).any(|(name, _)| name == REVIEW_OPTION) {
        let why = "reviewNumbers come from the secret binding XINSHI_REVIEW_NUMBERS alone";
        return Err(SmsError::argument(REVIEW_OPTION, why));
    }
    for (name, option, inner) in SECRETS {
        let Some(value) = binding(name) else { continue };
        let is_document = value.string().is_none_or(|text| text.trim_start().starts_with(['[', '{']));
        let value = if is_document { parsed(name, value)? } else { value.clone() };
        match inner {
            None => set(&mut options, option, value),
            Some(inner) => {
                let mut members = member(&options, option);
                set(&mut members, inner, value);
                set(&mut options, option, Json::object(members));
            }
        }
    }
    for (name, value) in code.members() {
        let value = if MERGED.contains(&name.as_ref()) && value.is_object() {
            let mut members = member(&options, name);
            for (inner, value) in value.members() {
                set(&mut members, inner, value.clone());
            }
            Json::object(members)
        } else {
            value.clone()
        };
        set(&mut options, name, value);
    }
    Ok(Json::object(options))
}

/// Options with another value of one member; without it where there is none.
#[must_use]
pub fn with_member<'a>(options: &Json<'a>, name: &'static str, value: Option<&Json<'a>>) -> Json<'a> {
    let mut members = options.members().to_vec();
    members.retain(|(known, _)| known != name);
    members.extend(value.map(|value| (Cow::Borrowed(name), value.clone())));
    Json::object(members)
}

fn parsed<'a>(name: &str, value: &'a Json<'static>) -> Result<Json<'a>, SmsError> {
    match value.string() {
        None => Ok(value.clone()),
        Some(text) => {
            json::parse(text.as_bytes()).map_err(|_| SmsError::argument(name, ["env.", name, " is not JSON"].concat()))
        }
    }
}

/// The members of an option; none where it is absent or no object.
fn member<'a>(options: &Members<'a>, name: &str) -> Members<'a> {
    options.iter().find(|(known, _)| known == name).map_or_else(Vec::new, |(_, value)| value.members().to_vec())
}

fn set<'a>(members: &mut Members<'a>, name: &str, value: Json<'a>) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => members.push((Cow::Owned(name.into()), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(values: &[(&'static str, &str)]) -> Vec<(&'static str, Json<'static>)> {
        values.iter().map(|(name, text)| (*name, Json::of_text((*text).into()))).collect()
    }

    #[test]
    fn code_overrides_secrets_and_secrets_override_options() {
        let values = bound(&[
            ("XINSHI", r#"{"pepper":"low","brand":"low","proof":{"key":"low","audience":"low"},"shadow":true}"#),
            ("XINSHI_PEPPER", r#" ["a","b"]"#),
            ("XINSHI_PROOF_KEY", "secret"),
            ("XINSHI_CAPTCHA_SECRET", "{not JSON, and a secret all the same"),
        ]);
        assert_eq!(options(&Json::empty(), &values).unwrap_err().field.as_deref(), Some("XINSHI_CAPTCHA_SECRET"));
        let code = json::parse(br#"{"brand":"code","proof":{"audience":"code"}}"#).unwrap();
        let merged = options(&code, &values[..3]).unwrap();
        let text = |name: &str| merged.text_of(name).map(str::to_owned);
        assert_eq!(
            (text("brand").as_deref(), merged.member("pepper").unwrap().list().unwrap().len()),
            (Some("code"), 2)
        );
        let proof = merged.member("proof").unwrap();
        assert_eq!((proof.text_of("key"), proof.text_of("audience")), (Some("secret"), Some("code")));
        assert_eq!(merged.member("shadow").unwrap().flag(), Some(true));
        assert_eq!(options(&code, &bound(&[("XINSHI", "{")])).unwrap_err().message, "env.XINSHI is not JSON");
    }

    #[test]
    fn review_numbers_come_from_their_secret_alone() {
        let numbers = r#"{"13800001111":{"code":"493817","until":"2026-12-20"}}"#;
        let both = ["{\"reviewNumbers\":", numbers, "}"].concat();
        let secret = bound(&[(REVIEW_NUMBERS, numbers)]);
        let merged = options(&Json::empty(), &secret).unwrap();
        assert!(merged.member(REVIEW_OPTION).unwrap().member("13800001111").is_some());
        let code = json::parse(both.as_bytes()).unwrap();
        for (code, bound) in [(&code, secret), (&Json::empty(), bound(&[(OPTIONS, &both)]))] {
            let error = options(code, &bound).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(REVIEW_OPTION));
            assert!(!error.to_json().contains("493817"));
        }
        let broken = bound(&[(REVIEW_NUMBERS, "{\"13800001111\":{\"code\":\"493817\"")]);
        let error = options(&Json::empty(), &broken).unwrap_err();
        assert_eq!(error.message, "env.XINSHI_REVIEW_NUMBERS is not JSON");
    }
}
