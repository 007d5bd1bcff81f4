//! apiv1, a platform whose host its administrator gives: form POST, MD5 password. Source: apiv1.txt.

use crate::error::SmsError;
use crate::message::Message;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::{Charset, Facts, Receipt, Vendor, base_url, rejection};
use crate::wire::digest::md5_hex;
use crate::wire::{Carrier, Parameter, WireReply, WireRequest, json};

pub(super) const FACTS: Facts = Facts {
    name: "apiv1",
    origin: None,
    billing: Billing::Cn,
    charset: Charset::Utf8,
    // 建议长度不要超过500字 (文字发送短信, content).
    longest_text: Some(500),
    international: false,
    schedules: false,
    templates: false,
    longest_reference: None,
};

pub(super) struct Apiv1 {
    base_url: String,
    account: String,
    password: Secret,
    /// MD5 of the password, 32 hex digits in lower case: as good as the password on the wire, so a secret too.
    pwd: Secret,
}

impl Apiv1 {
    pub(super) fn configure(fields: &Fields<'_, '_>) -> Result<Self, SmsError> {
        fields.only(&["vendor", "account", "password", "baseUrl"])?;
        let password = fields.required("password")?;
        Ok(Self {
            base_url: base_url(fields, &FACTS)?,
            account: fields.required("account")?,
            pwd: Secret::new(md5_hex(password.as_bytes())),
            password: Secret::new(password),
        })
    }
}

impl Vendor for Apiv1 {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.password, &self.pwd]
    }

    fn build_send(&self, message: &Message, reference: &Reference) -> Result<WireRequest, SmsError> {
        Ok(WireRequest {
            vendor: FACTS.name,
            operation: "send",
            carrier: Carrier::Form,
            endpoint: format!("{}/api/v1/send", self.base_url),
            parameters: vec![
                Parameter::new("account", self.account.as_str()),
                Parameter::secret("pwd", self.pwd.expose()),
                Parameter::new("taskId", reference.as_str()),
                Parameter::new("mobiles", message.to.mainland().unwrap_or_default()),
                Parameter::new("content", message.text.as_str()),
            ],
            to: vec![message.to.clone()],
        })
    }

    /// Only code `"00"` is success; other codes are documented nowhere and kept as they came. `data` may be anything.
    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        let document = json::parse(reply.document()?)?;
        let answer = document.value();
        match json::text_of(answer, "code").filter(|code| !code.is_empty()) {
            Some(code) if code == "00" => {
                let id = json::member(answer, "data").and_then(|data| json::text_of(data, "taskId"));
                Ok(Receipt { id: id.filter(|id| !id.is_empty()) })
            }
            Some(code) => Err(rejection(&[], &code, &json::text_of(answer, "message").unwrap_or_default())),
            None => Err(SmsError::bad_reply("the reply has no code")),
        }
    }
}
