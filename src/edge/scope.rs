//! [`ApiTokens`]: the tokens of back ends, and the [`Scope`]s that each may use.

use alloc::format;
use alloc::vec::Vec;

use crate::edge::access_options::token;
use crate::edge::handler_reply::Problem;
use crate::error::SmsError;
use crate::options::Fields;
use crate::otp::code::is_same;
use crate::secret::Secret;
use crate::wire::json::Json;

/// A group of routes that back ends use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `/otp/send`, `/otp/verify` and `/otp/status`.
    Otp,
    /// The routes of CAMARA One Time Password SMS. The name is that of the standard.
    Camara,
    /// `/opt-outs/check`.
    OptOuts,
}

const SCOPES: [Scope; 3] = [Scope::Otp, Scope::Camara, Scope::OptOuts];

impl Scope {
    /// The name in `apiTokens` and in `WWW-Authenticate`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Camara => "one-time-password-sms:send-validate",
            Self::OptOuts => "opt-outs:check",
        }
    }
}

/// The tokens of back ends, each with its scopes.
#[derive(Debug, Default)]
pub(super) struct ApiTokens(Vec<(Secret, Vec<Scope>)>);

impl ApiTokens {
    /// Reads `apiTokens`: each is a token with every scope, or `{ token, scopes }`.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        const NAME: &str = "apiTokens";
        let Some(value) = fields.value(NAME) else { return Ok(Self::default()) };
        let list = value.list().ok_or_else(|| fields.wrong(NAME, "apiTokens is not a list"))?;
        let mut tokens = Vec::new();
        for (index, entry) in list.iter().enumerate() {
            let path = format!("{NAME}.{index}");
            let (token, scopes) = if let Some(text) = entry.string() {
                (token(fields, Some(text), &path)?, SCOPES.into())
            } else {
                let entry = Fields::new(entry, &path, "a token")?;
                entry.only(&["token", "scopes"])?;
                let written = entry.required("token")?;
                (token(fields, Some(written), &format!("{path}.token"))?, scopes(&entry)?)
            };
            tokens.extend(token.map(|token| (token, scopes)));
        }
        Ok(Self(tokens))
    }

    /// The scopes of a token; `None` for an unknown one.
    fn scopes(&self, token: &str) -> Option<&[Scope]> {
        // All tokens are compared, so that the time reveals nothing.
        self.0.iter().fold(None, |found, (known, scopes)| {
            if is_same(known.expose().as_bytes(), token.as_bytes()) { Some(scopes.as_slice()) } else { found }
        })
    }

    /// Whether a token is a back end's.
    ///
    /// # Errors
    /// 403 for a back end's token without the scope.
    pub(super) fn admit(&self, token: &str, scope: Scope) -> Result<bool, Problem> {
        match self.scopes(token) {
            None => Ok(false),
            Some(scopes) if scopes.contains(&scope) => Ok(true),
            Some(_) => Err(Problem::insufficient_scope(scope)),
        }
    }
}

fn scopes(entry: &Fields<'_>) -> Result<Vec<Scope>, SmsError> {
    let names = || SCOPES.map(Scope::name).join(", ");
    let scope = |text: &Json<'_>| SCOPES.into_iter().find(|scope| text.string() == Some(scope.name()));
    let scopes: Option<Vec<Scope>> =
        entry.value("scopes").and_then(Json::list).and_then(|list| list.iter().map(scope).collect());
    scopes
        .filter(|scopes| !scopes.is_empty())
        .ok_or_else(|| entry.wrong("scopes", format!("scopes is a list of one or more of {}", names())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::parse;

    fn read(json: &str) -> Result<ApiTokens, SmsError> {
        ApiTokens::read(&Fields::new(&parse(json, "options").unwrap(), "", "options").unwrap())
    }

    #[test]
    fn a_bare_token_has_every_scope_and_an_entry_those_that_it_lists() {
        let tokens = read(
            r#"{"apiTokens":["token-of-a-back-end",{"token":"token-of-an-operator","scopes":["one-time-password-sms:send-validate"]}]}"#,
        )
        .unwrap();
        for scope in SCOPES {
            assert_eq!(tokens.admit("token-of-a-back-end", scope), Ok(true));
            assert_eq!(tokens.admit("token-of-nobody-here", scope), Ok(false));
            let limited = tokens.admit("token-of-an-operator", scope).map_err(|problem| problem.status);
            assert_eq!(limited, if scope == Scope::Camara { Ok(true) } else { Err(403) });
        }
        assert_eq!(read("{}").unwrap().admit("token-of-a-back-end", Scope::Otp), Ok(false));
    }

    #[test]
    fn an_invalid_entry_is_named_by_its_path() {
        for (json, field) in [
            (r#"{"apiTokens":"token-of-a-back-end"}"#, "apiTokens"),
            (r#"{"apiTokens":["token-of-a-back-end","short"]}"#, "apiTokens.1"),
            (r#"{"apiTokens":[7]}"#, "apiTokens.0"),
            (r#"{"apiTokens":[{"scopes":["otp"]}]}"#, "apiTokens.0.token"),
            (r#"{"apiTokens":[{"token":"token-of-a-back-end"}]}"#, "apiTokens.0.scopes"),
            (r#"{"apiTokens":[{"token":"token-of-a-back-end","scopes":[]}]}"#, "apiTokens.0.scopes"),
            (r#"{"apiTokens":[{"token":"token-of-a-back-end","scopes":["otps"]}]}"#, "apiTokens.0.scopes"),
            (r#"{"apiTokens":[{"token":"token-of-a-back-end","scope":["otp"]}]}"#, "apiTokens.0.scope"),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{json}");
            assert!(!error.message.contains("token-of-a-back-end"), "{json}");
        }
    }
}
