//! What liupai and binstd share: an `appkey` among the parameters, and replies in the envelope `{status, msg, result}`.

use nojson::RawJsonValue;

use crate::error::{Code, Sent, SmsError};
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::vendor::{Facts, Meaning, Receipt, base_url, carrier, refuses, rejection};
use crate::wire::{Carrier, Parameter, WireReply, WireRequest, json};

/// A longer GET belongs in a POST (FACTS.md, binstd), which both vendors take for every operation.
const LONGEST_URL: usize = 1024;

/// An account of either vendor.
pub(super) struct Account {
    pub(super) base_url: String,
    pub(super) appkey: Secret,
    carrier: Carrier,
}

impl Account {
    pub(super) fn configure(fields: &Fields<'_, '_>, facts: &Facts) -> Result<Self, SmsError> {
        fields.only(&["vendor", "appkey", "method", "baseUrl"])?;
        Ok(Self {
            base_url: base_url(fields, facts)?,
            appkey: Secret::new(fields.required("appkey")?),
            carrier: carrier(fields, Carrier::Form)?,
        })
    }

    /// The request `send`. Both vendors take mainland numbers alone, which the plan has checked.
    pub(super) fn send(&self, facts: &Facts, parameters: Vec<Parameter>, to: &Phone) -> WireRequest {
        let mut request = WireRequest {
            vendor: facts.name,
            operation: "send",
            carrier: self.carrier,
            endpoint: format!("{}/sms/send", self.base_url),
            parameters,
            to: vec![to.clone()],
        };
        if request.url().len() > LONGEST_URL {
            request.carrier = Carrier::Form;
        }
        request
    }
}

/// Reads the reply to `send`: `result` holds `count`, the texts sent, and at liupai `msgid`.
pub(super) fn read_send(reply: &WireReply, success: &[&str]) -> Result<Receipt, SmsError> {
    let document = json::parse(reply.document()?)?;
    let result = open(document.value(), success)?;
    match json::text_of(result, "count").as_deref() {
        Some("1") => Ok(Receipt { id: json::text_of(result, "msgid") }),
        Some("0") => Err(SmsError::refused(Code::Vendor, "the vendor answered that it sent 0 texts")),
        _ => Err(SmsError::bad_reply("the reply has no count of 0 or 1 for one text")),
    }
}

/// The `result` of a success. `status` is seen as text and as a number.
fn open<'text, 'raw>(
    envelope: RawJsonValue<'text, 'raw>,
    success: &[&str],
) -> Result<RawJsonValue<'text, 'raw>, SmsError> {
    let status = json::text_of(envelope, "status").filter(|status| !status.is_empty());
    let status = status.ok_or_else(|| SmsError::bad_reply("the reply has no status"))?;
    if !success.contains(&status.as_str()) {
        return Err(rejection(&MEANINGS, &status, &json::text_of(envelope, "msg").unwrap_or_default()));
    }
    json::member(envelope, "result").ok_or_else(|| SmsError::bad_reply("the reply has no result"))
}

/// FACTS.md, binstd: system codes, then SMS codes. liupai's are not documented; its host shares the first group.
const MEANINGS: [Meaning; 33] = [
    refuses("101", Code::Auth),
    refuses("102", Code::Auth),
    refuses("103", Code::Auth),
    refuses("104", Code::Balance),
    refuses("105", Code::ForbiddenIp),
    refuses("106", Code::Throttled),
    refuses("107", Code::Vendor),
    refuses("108", Code::Vendor),
    refuses("201", Code::Number),
    refuses("202", Code::Number),
    refuses("203", Code::Content),
    refuses("204", Code::Content),
    refuses("205", Code::Signature),
    refuses("206", Code::Suspended),
    refuses("207", Code::Template),
    refuses("208", Code::Template),
    refuses("209", Code::Balance),
    refuses("210", Code::Throttled),
    refuses("211", Code::Signature),
    refuses("212", Code::Signature),
    refuses("213", Code::Signature),
    refuses("214", Code::InvalidArgument),
    refuses("215", Code::InvalidArgument),
    refuses("216", Code::Balance),
    refuses("217", Code::Template),
    refuses("218", Code::InvalidArgument),
    refuses("219", Code::InvalidArgument),
    // 未知错误: the vendor itself does not know what happened, so it may have sent.
    Meaning { code: "220", means: Code::Vendor, sent: Sent::Maybe },
    refuses("221", Code::Template),
    refuses("222", Code::Template),
    refuses("223", Code::Signature),
    refuses("224", Code::Template),
    refuses("225", Code::Template),
];
