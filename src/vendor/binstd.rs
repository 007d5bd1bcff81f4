//! binstd 进制数据: `appkey`, one text to many numbers. Source: binstd.txt.

use nojson::{Json, RawJsonValue};

use crate::error::{Code, SmsError};
use crate::message::Message;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::endpoint::{Argument, Endpoint, Gives};
use crate::vendor::record;
use crate::vendor::{Charset, Facts, Receipt, Vendor, appkey};
use crate::wire::{Parameter, WireReply, WireRequest, json};

pub(super) const FACTS: Facts = Facts {
    name: "binstd",
    origin: Some("https://api.binstd.com"),
    billing: |_| Billing::Cn,
    charset: Charset::Utf8,
    longest_text: None,
    international: false,
    schedules: false,
    templates: false,
    longest_reference: None,
};

/// The document writes `"0"`; `0` is seen too (FACTS.md, binstd).
const DIALECT: appkey::Dialect = appkey::Dialect { success: &["0"], codes: &[&appkey::SYSTEM, &appkey::SMS] };

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
            self.0.key(),
        ];
        Ok(self.0.request(&FACTS, "send", parameters, std::slice::from_ref(&message.to)))
    }

    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        appkey::read_send(reply, &DIALECT)
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: Vec<Parameter>) -> WireRequest {
        let parameters = parameters.into_iter().chain([self.0.key()]).collect();
        self.0.request(&FACTS, endpoint.name, parameters, &[])
    }
}

const ENDPOINTS: [Endpoint; 9] = [
    Endpoint {
        operation: "balance",
        name: "balance",
        takes: &[],
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, appkey::balance),
    },
    Endpoint {
        operation: "blockedWords",
        name: "blackword",
        takes: &[],
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, words),
    },
    Endpoint {
        operation: "accounts.create",
        name: "addaccount",
        takes: &appkey::NEW_ACCOUNT,
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, |result| record::one(result, &appkey::ACCOUNT)),
    },
    Endpoint {
        operation: "accounts.update",
        name: "editaccount",
        takes: &appkey::EDITED_ACCOUNT,
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, |result| record::one(result, &appkey::ACCOUNT)),
    },
    Endpoint {
        operation: "accounts.list",
        name: "accountlist",
        takes: &const { appkey::pages("pagenum", "pagesize") },
        gives: Gives::Page,
        read: |reply, asked| appkey::read(reply, &DIALECT, |result| record::page(result, &appkey::ACCOUNT, asked)),
    },
    Endpoint {
        operation: "templates.create",
        name: "addtemplate",
        takes: &NEW_TEMPLATE,
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, |result| record::one(result, &appkey::TEMPLATE)),
    },
    Endpoint {
        operation: "templates.update",
        name: "edittemplate",
        takes: &appkey::EDITED_TEMPLATE,
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, |result| record::one(result, &appkey::TEMPLATE)),
    },
    Endpoint {
        operation: "templates.list",
        name: "templatelist",
        takes: &const { appkey::template_pages("pagenum", "pagesize") },
        gives: Gives::Page,
        read: |reply, asked| appkey::read(reply, &DIALECT, |result| record::page(result, &appkey::TEMPLATE, asked)),
    },
    Endpoint {
        operation: "templates.get",
        name: "templatedetail",
        takes: &appkey::ONE_TEMPLATE,
        gives: Gives::One,
        read: |reply, _| appkey::read(reply, &DIALECT, |result| record::one(result, &appkey::TEMPLATE)),
    },
];

const NEW_TEMPLATE: [Argument; 4] = appkey::new_template("name");

/// 获取黑名单: a list of words.
fn words(result: RawJsonValue<'_, '_>) -> Result<String, SmsError> {
    let words: Option<Vec<String>> = record::items(result)?.map(json::text).collect();
    let words = words.ok_or_else(|| SmsError::bad_reply("the reply has something else where a word should be"))?;
    Ok(Json(words).to_string())
}
