//! binstd 进制数据: `appkey`, one text to many numbers. Source: binstd.txt.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::{Batch, Content};
use crate::bulk::BulkContent;
use crate::error::{Code, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::search;
use crate::secret::Secret;
use crate::vendor::account::names;
use crate::vendor::answer::VendorAnswer;
use crate::vendor::endpoint::{Argument, Endpoint, Gives, PageRequest};
use crate::vendor::{About, Acceptance, Share, TextRules, Vendor, VendorSpec, appkey, record};
use crate::wire::json::Json;
use crate::wire::{Parameters, WireReply, WireRequest};

pub(super) const ABOUT: About = About { title: "进制数据", options: &appkey::OPTIONS, pushes: &appkey::PUSHES };

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "binstd",
    options: &names(&appkey::OPTIONS),
    origin: Some("https://api.binstd.com"),
    // Its samples sign at the end: 用户您好。【进制数据】
    text_rules: TextRules { opt_outs: appkey::OPT_OUTS, signs_at_end: true, ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

/// The document writes `"0"`; replies have `0` too (docs/vendors.md, binstd).
const REPLY_CODES: appkey::ReplyCodes =
    appkey::ReplyCodes { success: &["0"], mappings: &[&appkey::SYSTEM, &appkey::SMS] };

/// The separator at which the vendor splits the texts of a batch (binstd.txt, content).
const TEXT_SEPARATOR: &str = ",,";

/// Numbers in one JSONP request: as many as a URL of 1024 characters holds beside a long text.
const MAX_JSONP_NUMBERS: usize = 20;

pub(super) struct Binstd(appkey::AppkeyAccount);

impl Binstd {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        appkey::AppkeyAccount::configure(fields, &SPEC).map(Self)
    }
}

impl Vendor for Binstd {
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

    /// 营销 5000 一组, 通知 200 一组; 批量发送不同通知内容 最大 200 一组 (发送短信, mobile and content). A text that contains a comma never
    /// shares a request with other texts, since the vendor could split it.
    fn share(&self, kind: MessageKind, content: &BulkContent) -> (Share, usize) {
        let text = content.text();
        match content {
            // A JSONP request is a GET and cannot become a POST when the URL grows too long.
            _ if self.0.jsonp => (Share::Same(text), MAX_JSONP_NUMBERS),
            BulkContent::Own(_) | BulkContent::Filled { .. } if !search::contains(&text, ",") => {
                (Share::Each(text), 200)
            }
            _ if kind == MessageKind::Marketing => (Share::Same(text), 5000),
            _ => (Share::Same(text), 200),
        }
    }

    fn build_send(&self, batch: &Batch, _: &Reference, _: &Random) -> Result<WireRequest, SmsError> {
        let content = match &batch.content {
            Content::Same(text) if search::contains(text, TEXT_SEPARATOR) => {
                let message = "binstd would split the text at `,,`: write it without";
                return Err(SmsError::not_sent(Code::Content, message).field("text"));
            }
            Content::Same(text) => text.as_bytes().to_vec(),
            Content::Each(texts) => texts.join(TEXT_SEPARATOR).into_bytes(),
            Content::Filled { .. } => {
                return Err(SmsError::not_sent(Code::Unsupported, "binstd fills no templates").field("template"));
            }
        };
        let mut parameters = Parameters::default();
        parameters.mainland("mobile", &batch.to, b',');
        parameters.add("content", content);
        self.0.add_key(&mut parameters);
        Ok(self.0.request(&SPEC, "send", parameters, Rc::clone(&batch.to)))
    }

    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        appkey::read_send(reply, &REPLY_CODES)
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, _: &Random) -> Result<WireRequest, SmsError> {
        let mut all = parameters.clone();
        self.0.add_key(&mut all);
        Ok(self.0.request(&SPEC, endpoint.name, all, Rc::default()))
    }
}

const ENDPOINTS: [Endpoint; 9] = [
    Endpoint {
        operation: "balance",
        name: "balance",
        takes: &[],
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::balance),
    },
    Endpoint {
        operation: "blockedWords",
        name: "blackword",
        takes: &[],
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, words),
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
        operation: "accounts.update",
        name: "editaccount",
        takes: &appkey::EDITED_ACCOUNT,
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::account),
    },
    Endpoint {
        operation: "accounts.list",
        name: "accountlist",
        takes: &const { appkey::pages("pagenum", "pagesize") },
        gives: Gives::Page,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::accounts),
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
        operation: "templates.update",
        name: "edittemplate",
        takes: &appkey::EDITED_TEMPLATE,
        gives: Gives::One,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::template),
    },
    Endpoint {
        operation: "templates.list",
        name: "templatelist",
        takes: &const { appkey::template_pages("pagenum", "pagesize") },
        gives: Gives::Page,
        supports_jsonp: true,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::templates),
    },
    Endpoint {
        operation: "templates.get",
        name: "templatedetail",
        takes: &appkey::ONE_TEMPLATE,
        gives: Gives::One,
        // 支持格式: JSON (获取模板详情).
        supports_jsonp: false,
        read: |reply, page| appkey::read(reply, page, &REPLY_CODES, appkey::template),
    },
];

const NEW_TEMPLATE: [Argument; 4] = appkey::new_template("name");

/// 获取黑名单: the blocked words.
fn words(result: &Json<'_>, _: PageRequest) -> Result<VendorAnswer, SmsError> {
    let words: Option<Vec<String>> = record::items(result)?.iter().map(|word| word.text().map(str::to_owned)).collect();
    words
        .map(VendorAnswer::Words)
        .ok_or_else(|| SmsError::bad_reply("the reply has something else where a word should be"))
}
