//! binstd 进制数据: `appkey`, one text to many numbers. Source: binstd.txt.

use crate::error::{Code, SmsError};
use crate::message::Message;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::{Charset, Facts, Receipt, Vendor, appkey};
use crate::wire::{Parameter, WireReply, WireRequest};

pub(super) const FACTS: Facts = Facts {
    name: "binstd",
    origin: Some("https://api.binstd.com"),
    billing: Billing::Cn,
    charset: Charset::Utf8,
    longest_text: None,
    international: false,
    schedules: false,
    templates: false,
    longest_reference: None,
};

/// The document writes `"0"`; `0` is seen too (FACTS.md, binstd).
const SUCCESS: [&str; 1] = ["0"];

/// What the vendor splits the texts of a batch at (binstd.txt, content).
const JOINT: &str = ",,";

pub(super) struct Binstd(appkey::Account);

impl Binstd {
    pub(super) fn configure(fields: &Fields<'_, '_>) -> Result<Self, SmsError> {
        appkey::Account::configure(fields, &FACTS).map(Self)
    }
}

impl Vendor for Binstd {
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
        if message.text.contains(JOINT) {
            return Err(
                SmsError::refused(Code::Content, "binstd would split the text at `,,`: write it without").field("text")
            );
        }
        let parameters = vec![
            Parameter::new("mobile", message.to.mainland().unwrap_or_default()),
            Parameter::new("content", message.text.as_str()),
            Parameter::secret("appkey", self.0.appkey.expose()),
        ];
        Ok(self.0.send(&FACTS, parameters, &message.to))
    }

    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        appkey::read_send(reply, &SUCCESS)
    }
}
