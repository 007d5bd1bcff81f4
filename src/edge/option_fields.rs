//! Reading options that have a shape of their own: an object within, a secret or several.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::otp::keyring::MIN_SECRET_BYTES;

/// The fields of an option that is an object, where it is there; with names, no others may be in it.
pub(super) fn inner<'a>(fields: &Fields<'a>, name: &str, known: &[&str]) -> Result<Option<Fields<'a>>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(None) };
    let inner = Fields::new(value, &fields.path(name), name)?;
    if !known.is_empty() {
        inner.only(known)?;
    }
    Ok(Some(inner))
}

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

pub(super) fn owned(texts: Option<Vec<&str>>) -> Vec<String> {
    texts.unwrap_or_default().into_iter().map(str::to_owned).collect()
}
