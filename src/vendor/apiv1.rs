//! apiv1, a platform whose host its administrator gives: form POST, MD5 password. Source: apiv1.txt.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::bulk::BulkContent;
use crate::error::{Sent, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::vendor::account::{AccountOption, VENDOR, names, required};
use crate::vendor::answer::{AnswerCount, Balance, VendorAnswer};
use crate::vendor::endpoint::{Endpoint, Gives};
use crate::vendor::push::{Known, Push, PushRecords, Tells};
use crate::vendor::record_values::RecordValues;
use crate::vendor::report::{FieldNames, Inbound, PulledRecords};
use crate::vendor::site::Site;
use crate::vendor::{About, Acceptance, Share, TextRules, Vendor, VendorSpec, base_url, one_text, rejection};
use crate::wire::digest::md5_hex;
use crate::wire::json::{self, Json};
use crate::wire::{Carrier, Parameters, WireReply, WireRequest};

const OPTIONS: [AccountOption; 4] = [VENDOR, required("account"), required("password"), required("baseUrl")];

pub(super) const ABOUT: About = About {
    title: "",
    options: &OPTIONS,
    pushes: &[
        Push::new("report", Tells::Report, Known::Documented),
        Push::new("reply", Tells::Reply, Known::Documented),
    ],
};

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "apiv1",
    options: &names(&OPTIONS),
    // 建议长度不要超过500字 (文字发送短信, content).
    max_text_units: Some(500),
    read_push,
    // DELIVER is what arrived (apiv1.txt, 短信状态查询接口); 建议长度不要超过500字: longest_text rejects more.
    text_rules: TextRules { longest: None, delivered: "DELIVER", ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

pub(super) struct Apiv1 {
    site: Site,
    account: String,
    password: Secret,
    /// MD5 of the password, 32 lower-case hex digits. The wire accepts it as the password, so it is a secret too.
    pwd: Secret,
}

impl Apiv1 {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let password = fields.required("password")?;
        Ok(Self {
            site: Site::new(base_url(fields, &SPEC)?, "/api/v1/", ""),
            account: fields.required("account")?.to_owned(),
            pwd: Secret::new(md5_hex(password.as_bytes())),
            password: Secret::new(password),
        })
    }
}

impl Apiv1 {
    /// The parameters that every request begins with.
    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("account", &self.account);
        parameters.secret("pwd", self.pwd.expose());
        parameters
    }

    fn request(&self, name: &'static str, parameters: Parameters, to: Rc<[Phone]>) -> WireRequest {
        WireRequest {
            vendor: SPEC.name,
            operation: name,
            carrier: Carrier::Form,
            endpoint: self.site.endpoint(name),
            parameters,
            charset: SPEC.charset,
            callback: None,
            to,
            extras: None,
        }
    }
}

impl Vendor for Apiv1 {
    fn spec(&self) -> &'static VendorSpec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.site.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.password, &self.pwd]
    }

    /// 多个手机号码用逗号分割, 最大不超过 3000 (文字发送短信, mobiles).
    fn share(&self, _: MessageKind, content: &BulkContent) -> (Share, usize) {
        (Share::Same(content.text()), 3000)
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, _: &Random) -> Result<WireRequest, SmsError> {
        let mut parameters = self.parameters();
        parameters.add("taskId", reference.as_str());
        parameters.mainland("mobiles", &batch.to, b',');
        parameters.add("content", one_text(batch)?.as_bytes());
        Ok(self.request("send", parameters, Rc::clone(&batch.to)))
    }

    /// Only code `"00"` is success. The document lists no other code, so errors repeat the vendor's code and message.
    /// `data` may have any shape.
    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        let answer = json::parse_reply(reply.document()?)?;
        let id = open(&answer)?.and_then(|data| data.text_of("taskId"));
        Ok(Acceptance { id: id.map(str::to_owned), ..Acceptance::default() })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, _: &Random) -> Result<WireRequest, SmsError> {
        let mut all = self.parameters();
        all.append(parameters);
        Ok(self.request(endpoint.name, all, Rc::default()))
    }
}

const ENDPOINTS: [Endpoint; 3] = [
    Endpoint {
        operation: "balance",
        name: "queryBalance",
        takes: &[],
        gives: Gives::One,
        supports_jsonp: false,
        read: |reply, _| balance(reply),
    },
    Endpoint {
        operation: "reports",
        name: "report",
        takes: &[],
        gives: Gives::Pull,
        supports_jsonp: false,
        read: |reply, _| pulled(reply, |values| FIELD_NAMES.report(values).map(Inbound::Report)),
    },
    Endpoint {
        operation: "replies",
        name: "mo",
        takes: &[],
        gives: Gives::Pull,
        supports_jsonp: false,
        read: |reply, _| pulled(reply, |values| FIELD_NAMES.reply(values).map(Inbound::Reply)),
    },
];

/// 用户余额查询接口: `payment` 0 is 预付, 1 is 后付; `paymentName` names it.
fn balance(reply: &WireReply) -> Result<VendorAnswer, SmsError> {
    let answer = json::parse_reply(reply.document()?)?;
    let data = open(&answer)?.ok_or_else(|| SmsError::bad_reply("the reply has no data"))?;
    let remaining = data.whole_of("balance").ok_or_else(|| SmsError::bad_reply("the reply has no balance"))?;
    let payment = match data.text_of("payment") {
        Some("0") => Some("prepaid"),
        Some("1") => Some("postpaid"),
        _ => None,
    };
    let payment_name = data.text_of("paymentName").map(str::to_owned);
    Ok(VendorAnswer::Balance(Balance { remaining: AnswerCount(remaining), payment, payment_name, accounts: None }))
}

/// 短信状态查询接口 and 短信上行查询接口: `data` is a list, or is absent (docs/vendors.md, apiv1).
fn pulled(reply: &WireReply, read: fn(&RecordValues<'_>) -> Option<Inbound>) -> Result<VendorAnswer, SmsError> {
    let answer = json::parse_reply(reply.document()?)?;
    let mut pulled = PulledRecords::default();
    if let Some(data) = open(&answer)? {
        let records = data.list().ok_or_else(|| SmsError::bad_reply("the reply's data is no list"))?;
        for record in records {
            pulled.add(read(&RecordValues::of_json(record)), record.source());
        }
    }
    Ok(VendorAnswer::Pulled(pulled))
}

/// The `data` of a successful reply.
fn open<'a>(answer: &'a Json<'a>) -> Result<Option<&'a Json<'a>>, SmsError> {
    match answer.text_of("code") {
        Some("00") => Ok(answer.member("data")),
        Some(code) => Err(rejection(&[], Sent::No, code, answer.text_of("message").unwrap_or_default())),
        None => Err(SmsError::bad_reply("the reply has no code")),
    }
}

/// The field names of 短信状态查询接口, 回调短信状态, 短信上行查询接口 and 回调上行短信.
const FIELD_NAMES: FieldNames = FieldNames {
    vendor: "apiv1",
    id: "",
    reference: "sendId",
    phone: "mobile",
    statuses: ["status", ""],
    text: "content",
    reported_at: "times",
    replied_at: "times",
    ext: "extNo",
    user: "",
    required: &["sendId", "mobile"],
    bare_reference: false,
    country_first: false,
    delivered: SPEC.text_rules.delivered,
};

/// Reads 回调短信状态 and 回调上行短信: the body is one record or a list of records.
fn read_push(push: &mut PushRecords, _: &[u8], body: &[u8]) {
    let Ok(document) = json::parse(body) else { return };
    push.read_each(&document, |values| FIELD_NAMES.inbound(values));
}
