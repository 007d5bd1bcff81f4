//! The secrets among the options: peppers and keys, and the tokens that callers show.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::otp::keyring::MIN_SECRET_BYTES;
use crate::secret::Secret;

/// One secret or several, each long enough and none twice.
pub(super) fn secrets<'a>(fields: &Fields<'a>, name: &str) -> Result<Vec<&'a str>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(Vec::new()) };
    let secrets = match value.string() {
        Some(secret) => vec![secret],
        None => fields.texts(name)?.unwrap_or_default(),
    };
    if secrets.iter().any(|secret| secret.len() < MIN_SECRET_BYTES) {
        return Err(fields.wrong(name, format!("a {name} is shorter than {MIN_SECRET_BYTES} bytes: draw it at random")));
    }
    if (1..secrets.len()).any(|index| secrets[..index].contains(&secrets[index])) {
        return Err(fields.wrong(name, format!("{name} has the same secret twice")));
    }
    Ok(secrets)
}

/// A token that callers show, where there is one.
pub(super) fn token(fields: &Fields<'_>, token: Option<&str>, name: &str) -> Result<Option<Secret>, SmsError> {
    let Some(token) = token else { return Ok(None) };
    // What a header can carry. `dev` has short ones, for people to type.
    let legal = token.bytes().all(|byte| byte.is_ascii_graphic());
    let shortest = if fields.flag("dev")? { 1 } else { 16 };
    if legal && token.len() >= shortest {
        Ok(Some(Secret::new(token)))
    } else {
        Err(fields.wrong(name, format!("a token of {name} is at least 16 visible ASCII characters")))
    }
}

/// The tokens of back ends.
pub(super) fn tokens(fields: &Fields<'_>) -> Result<Vec<Secret>, SmsError> {
    let read = |written| token(fields, Some(written), "apiTokens");
    let tokens = fields.texts("apiTokens")?.unwrap_or_default();
    Ok(tokens.into_iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
