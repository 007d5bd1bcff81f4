//! The options for receipts: the keys of hooks, the public URL, the webhook and the retention.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::option_fields::{inner, secrets};
use crate::edge::webhook::Webhook;
use crate::error::SmsError;
use crate::options::Fields;
use crate::wire::json::Json;

pub(super) fn hook_keys<'a>(fields: &Fields<'a>) -> Result<Vec<&'a str>, SmsError> {
    let keys = secrets(fields, "hookKeys")?;
    if keys.len() > 2 {
        return Err(fields.wrong("hookKeys", "hookKeys are at most two: the first makes, both check"));
    }
    Ok(keys)
}

pub(super) fn public_url(fields: &Fields<'_>) -> Result<Option<String>, SmsError> {
    let Some(url) = fields.text("publicUrl")? else { return Ok(None) };
    let url = url.trim_end_matches('/');
    if is_url(url) {
        Ok(Some(url.to_owned()))
    } else {
        Err(fields.wrong("publicUrl", "publicUrl is an http or https URL"))
    }
}

pub(super) fn webhook(fields: &Fields<'_>) -> Result<Option<Webhook>, SmsError> {
    let Some(webhook) = inner(fields, "webhook", &["url", "secret"])? else { return Ok(None) };
    let url = webhook.required("url")?;
    if !is_url(url) {
        return Err(webhook.wrong("url", "webhook.url is an http or https URL"));
    }
    let secrets = match webhook.value("secret").and_then(Json::list) {
        Some(_) => webhook.texts("secret")?.unwrap_or_default(),
        None => Vec::from([webhook.required("secret")?]),
    };
    let message =
        "webhook.secret is whsec_ and 24 to 64 random bytes in base64, as Standard Webhooks has it, or two of them";
    Ok(Some(Webhook::new(url, &secrets).ok_or_else(|| webhook.wrong("secret", message))?))
}

/// The time for which forwarded receipts are kept to be sent again, in milliseconds; `None` by default.
pub(super) fn keep_ms(fields: &Fields<'_>, retention_days: i64, has_receiver: bool) -> Result<Option<i64>, SmsError> {
    let Some(receipts) = inner(fields, "receipts", &["keepFor"])? else { return Ok(None) };
    let Some(days) = receipts.whole("keepFor", 1, 7)? else { return Ok(None) };
    if days >= retention_days {
        // Otherwise a receipt that is sent again on its last day would be dropped before it can be retried.
        return Err(receipts.wrong("keepFor", "receipts.keepFor is less than retentionDays"));
    }
    if !has_receiver {
        return Err(receipts.wrong("keepFor", "receipts.keepFor needs a receiver: webhook or queue"));
    }
    Ok(Some(days * 86_400_000))
}

/// Whether a text is an http or https URL.
pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}
