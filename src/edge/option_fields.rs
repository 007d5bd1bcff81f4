//! Reads structured options: an inner object, and one secret or several.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::SmsError;
use crate::options::Fields;
use crate::otp::keyring::MIN_SECRET_BYTES;

/// Reads the object in the field `name`, and rejects each of its fields that `known` does not list.
pub(super) fn inner<'a>(fields: &Fields<'a>, name: &str, known: &[&str]) -> Result<Option<Fields<'a>>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(None) };
    let inner = Fields::new(value, &fields.path(name), name)?;
    if !known.is_empty() {
        inner.only(known)?;
    }
    Ok(Some(inner))
}

/// Reads one secret or several. Each must be long enough, and none may occur twice.
pub(super) fn secrets<'a>(fields: &Fields<'a>, name: &str) -> Result<Vec<&'a str>, SmsError> {
    let Some(value) = fields.value(name) else { return Ok(Vec::new()) };
    let secrets = match value.string() {
        Some(secret) => vec![secret],
        None => fields.texts(name)?.unwrap_or_default(),
    };
    if secrets.iter().any(|secret| secret.len() < MIN_SECRET_BYTES) {
        return Err(fields.wrong(name, format!("a {name} is shorter than {MIN_SECRET_BYTES} bytes: generate it")));
    }
    if (1..secrets.len()).any(|index| secrets[..index].contains(&secrets[index])) {
        return Err(fields.wrong(name, format!("{name} has the same secret twice")));
    }
    Ok(secrets)
}

pub(super) fn owned(texts: Option<Vec<&str>>) -> Vec<String> {
    texts.unwrap_or_default().into_iter().map(str::to_owned).collect()
}
