//! liupai 六派数据: `appkey`, one number a request. Source: liupai.txt.

use crate::error::SmsError;
use crate::message::Message;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::{Charset, Facts, Receipt, Vendor, appkey};
use crate::wire::{Parameter, WireReply, WireRequest};

pub(super) const FACTS: Facts = Facts {
    name: "liupai",
    origin: Some("http://open.liupai.net"),
    billing: Billing::Cn,
    charset: Charset::Utf8,
    longest_text: None,
    international: false,
    schedules: false,
    templates: true,
    longest_reference: None,
};

/// Sibling endpoints of the host report success as 200, the twin API of binstd as 0 (FACTS.md, liupai).
const SUCCESS: [&str; 2] = ["0", "200"];

pub(super) struct Liupai(appkey::Account);

impl Liupai {
    pub(super) fn configure(fields: &Fields<'_, '_>) -> Result<Self, SmsError> {
        appkey::Account::configure(fields, &FACTS).map(Self)
    }
}

impl Vendor for Liupai {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn base_url(&self) -> &str {
        &self.0.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.0.appkey]
    }

    fn build_send(&self, message: &Message, _: &Reference) -> Result<WireRequest, SmsError> {
        let mut parameters = vec![
            Parameter::secret("appkey", self.0.appkey.expose()),
            Parameter::new("mobile", message.to.mainland().unwrap_or_default()),
            Parameter::new("content", message.text.as_str()),
        ];
        if let Some(template_id) = &message.template_id {
            parameters.push(Parameter::new("templateid", template_id.as_str()));
        }
        Ok(self.0.send(&FACTS, parameters, &message.to))
    }

    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        appkey::read_send(reply, &SUCCESS)
    }
}
