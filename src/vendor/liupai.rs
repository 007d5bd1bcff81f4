//! liupai 六派数据: `appkey`, one number a request. Source: liupai.txt.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::error::SmsError;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::vendor::account::names;
use crate::vendor::answer::{Items, SentText, VendorAnswer};
use crate::vendor::endpoint::{Argument, Endpoint, Gives, PageRequest};
use crate::vendor::record::{self, VendorRecord};
use crate::vendor::{About, Acceptance, TextRules, Vendor, VendorSpec, appkey, one_text};
use crate::wire::json::Json;
use crate::wire::{Parameters, WireReply, WireRequest};

pub(super) const ABOUT: About = About { title: "六派数据", options: &appkey::OPTIONS, pushes: &appkey::PUSHES };

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "liupai",
    options: &names(&appkey::OPTIONS),
    origin: Some("http://open.liupai.net"),
    templates: true,
    text_rules: TextRules { opt_outs: appkey::OPT_OUTS, signs_at_end: true, ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

/// Sibling endpoints of the host report success as 200, the twin API of binstd as 0 (docs/vendors.md, liupai).
const REPLY_CODES: appkey::ReplyCodes = appkey::ReplyCodes { success: &["0", "200"], mappings: &[&appkey::SYSTEM] };

pub(super) struct Liupai(appkey::AppkeyAccount);

impl Liupai {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        appkey::AppkeyAccount::configure(fields, &SPEC).map(Self)
    }
}

impl Vendor for Liupai {
    fn spec(&self) -> &'static VendorSpec {
        &SPEC
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

    fn build_send(&self, batch: &Batch, _: &Reference, _: &Random) -> Result<WireRequest, SmsError> {
        let mut parameters = Parameters::default();
        self.0.add_key(&mut parameters);
        parameters.mainland("mobile", &batch.to, b',');
        parameters.add("content", one_text(batch)?.as_bytes());
        if let Some(template_id) = &batch.template_id {
            parameters.add("templateid", template_id.as_bytes());
        }
        Ok(self.0.request(&SPEC, "send", parameters, Rc::clone(&batch.to)))
    }

    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        appkey::read_send(reply, &REPLY_CODES)
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, _: &Random) -> Result<WireRequest, SmsError> {
        let mut all = Parameters::default();
        self.0.add_key(&mut all);
        all.append(parameters);
        Ok(self.0.request(&SPEC, endpoint.name, all, Rc::default()))
    }
}

/// The document shows no reply. The readers accept lists in the shape of its twin binstd, and plain arrays.
const ENDPOINTS: [Endpoint; 7] = [
    Endpoint {
        operation: "balance",
        name: "balance",
        takes: &[],
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::balance),
    },
    Endpoint {
        operation: "accounts.create",
        name: "addaccount",
        takes: &appkey::NEW_ACCOUNT,
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::account),
    },
    Endpoint {
        operation: "accounts.list",
        name: "accountlist",
        takes: &const { appkey::pages("page", "pageSize") },
        gives: Gives::Page,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::accounts),
    },
    Endpoint {
        operation: "accounts.update",
        name: "editaccount",
        takes: &appkey::EDITED_ACCOUNT,
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::account),
    },
    Endpoint {
        operation: "templates.create",
        name: "addtemplate",
        takes: &NEW_TEMPLATE,
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::template),
    },
    Endpoint {
        operation: "templates.list",
        name: "templatelist",
        takes: &const { appkey::template_pages("page", "pageSize") },
        gives: Gives::Page,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::templates),
    },
    Endpoint {
        operation: "logs",
        name: "sendlogs",
        takes: &appkey::LOG_PAGES,
        gives: Gives::Page,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, logs),
    },
];

/// 添加模版: `title` in the request, `name` in the reply (docs/vendors.md, liupai).
const NEW_TEMPLATE: [Argument; 4] = appkey::new_template("title");

fn logs(result: &Json<'_>, page: PageRequest) -> Result<VendorAnswer, SmsError> {
    let texts = Items::SentTexts(record::each(result, sent_text)?);
    Ok(VendorAnswer::Page(record::page(result, page, texts)))
}

/// 短信日志, 返回参数.
fn sent_text(record: VendorRecord<'_>) -> SentText {
    SentText {
        id: record.text("msgid"),
        reference: None,
        to: record.text("mobile"),
        text: record.text("message"),
        ok: record.flag("is_ok"),
        status: record.text("is_ok"),
        sent_at: record.time("sendtime"),
    }
}
