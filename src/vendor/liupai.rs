//! liupai 六派数据: `appkey`, one number a request. Source: liupai.txt.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::error::SmsError;
use crate::options::Fields;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::vendor::account::names;
use crate::vendor::answer::{Items, SentText, VendorAnswer};
use crate::vendor::endpoint::{Argument, Asked, Endpoint, Gives};
use crate::vendor::record::{self, VendorRecord};
use crate::vendor::{About, Facts, Receipt, TextRules, Vendor, appkey, one_text};
use crate::wire::json::Json;
use crate::wire::{Parameters, WireReply, WireRequest};

pub(super) const ABOUT: About = About { title: "六派数据", options: &appkey::OPTIONS, pushes: &appkey::PUSHES };

pub(super) const FACTS: Facts = Facts {
    name: "liupai",
    options: &names(&appkey::OPTIONS),
    origin: Some("http://open.liupai.net"),
    templates: true,
    text_rules: TextRules { opt_outs: appkey::OPT_OUTS, signs_at_end: true, ..TextRules::USUAL },
    ..Facts::USUAL
};

/// Sibling endpoints of the host report success as 200, the twin API of binstd as 0 (docs/vendors.md, liupai).
const DIALECT: appkey::Dialect = appkey::Dialect { success: &["0", "200"], codes: &[&appkey::SYSTEM] };

pub(super) struct Liupai(appkey::Account);

impl Liupai {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        appkey::Account::configure(fields, &FACTS).map(Self)
    }
}

impl Vendor for Liupai {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn base_url(&self) -> &str {
        &self.0.site.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.0.appkey]
    }

    fn wants_jsonp(&self) -> bool {
        self.0.jsonp
    }

    fn build_send(&self, batch: &Batch, _: &Reference) -> Result<WireRequest, SmsError> {
        let mut parameters = Parameters::default();
        self.0.add_key(&mut parameters);
        parameters.mainland("mobile", &batch.to, b',');
        parameters.add("content", one_text(batch)?.as_bytes());
        if let Some(template_id) = &batch.template_id {
            parameters.add("templateid", template_id.as_bytes());
        }
        Ok(self.0.request(&FACTS, "send", parameters, Rc::clone(&batch.to)))
    }

    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        appkey::read_send(reply, &DIALECT)
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters) -> WireRequest {
        let mut all = Parameters::default();
        self.0.add_key(&mut all);
        all.append(parameters);
        self.0.request(&FACTS, endpoint.name, all, Rc::default())
    }
}

/// The document shows no reply: lists are read in the shape of binstd's, its twin, and as plain arrays.
const ENDPOINTS: [Endpoint; 7] = [
    Endpoint {
        operation: "balance",
        name: "balance",
        takes: &[],
        gives: Gives::One,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::balance),
    },
    Endpoint {
        operation: "accounts.create",
        name: "addaccount",
        takes: &appkey::NEW_ACCOUNT,
        gives: Gives::One,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::account),
    },
    Endpoint {
        operation: "accounts.list",
        name: "accountlist",
        takes: &const { appkey::pages("page", "pageSize") },
        gives: Gives::Page,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::accounts),
    },
    Endpoint {
        operation: "accounts.update",
        name: "editaccount",
        takes: &appkey::EDITED_ACCOUNT,
        gives: Gives::One,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::account),
    },
    Endpoint {
        operation: "templates.create",
        name: "addtemplate",
        takes: &NEW_TEMPLATE,
        gives: Gives::One,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::template),
    },
    Endpoint {
        operation: "templates.list",
        name: "templatelist",
        takes: &const { appkey::template_pages("page", "pageSize") },
        gives: Gives::Page,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, appkey::templates),
    },
    Endpoint {
        operation: "logs",
        name: "sendlogs",
        takes: &appkey::LOG_PAGES,
        gives: Gives::Page,
        is_jsonp: true,
        read: |reply, asked| appkey::read(reply, asked, &DIALECT, logs),
    },
];

/// 添加模版: `title` in the request, `name` in the reply (docs/vendors.md, liupai).
const NEW_TEMPLATE: [Argument; 4] = appkey::new_template("title");

fn logs(result: &Json<'_>, asked: Asked) -> Result<VendorAnswer, SmsError> {
    let texts = Items::SentTexts(record::each(result, sent_text)?);
    Ok(VendorAnswer::Page(record::page(result, asked, texts)))
}

/// 短信日志, 返回参数.
fn sent_text(record: VendorRecord<'_>) -> SentText {
    SentText {
        id: record.text("msgid"),
        to: record.text("mobile"),
        text: record.text("message"),
        ok: record.flag("is_ok"),
        status: record.text("is_ok"),
        sent_at: record.time("sendtime"),
    }
}
