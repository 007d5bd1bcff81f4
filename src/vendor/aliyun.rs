//! aliyun 阿里云: approved templates, POSTs signed by ACS3-HMAC-SHA256. The texts of dysms, and the codes of dypns, which
//! wants no signature of the customer's own. Source: docs/vendors.md, aliyun.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::{Batch, Content};
use crate::bulk::BulkContent;
use crate::error::{Code, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::vendor::account::{AccountOption, BASE_URL, VENDOR, choice, names, required, text};
use crate::vendor::answer::{Items, SentText, SignatureRecord, TemplateRecord, VendorAnswer, Verification};
use crate::vendor::approved::{Approved, SIGN_NAME, TEMPLATES};
use crate::vendor::endpoint::{Argument, ArgumentKind, Endpoint, Gives, PageRequest};
use crate::vendor::push::{Known, Push, PushRecords, Tells};
use crate::vendor::record::{self, VendorRecord};
use crate::vendor::report::FieldNames;
use crate::vendor::{
    About, Acceptance, CodeList, MAINLAND_ALONE, Share, TextRules, Vendor, VendorSpec, base_url, listed_rejection,
};
use crate::wire::acs3::{self, AccessKey, AcsCall};
use crate::wire::json::{self, Json};
use crate::wire::json_writer::{Object, list, texts};
use crate::wire::{Carrier, Extras, Parameters, WireReply, WireRequest};

const OPTIONS: [AccountOption; 8] = [
    VENDOR,
    required("accessKeyId"),
    required("accessKeySecret"),
    SIGN_NAME,
    TEMPLATES,
    PRODUCT,
    text("securityToken"),
    BASE_URL,
];

/// The product that sends: texts of one's own signatures, or codes of the vendor's.
const PRODUCT: AccountOption = choice("product", &["dysms", "dypns"]);

pub(super) const ABOUT: About = About {
    title: "阿里云",
    options: &OPTIONS,
    pushes: &[
        Push::new("SmsReport", Tells::Report, Known::Documented),
        Push::new("SmsUp", Tells::Reply, Known::Documented),
    ],
};

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "aliyun",
    options: &names(&OPTIONS),
    origin: Some("https://dysmsapi.aliyuncs.com"),
    international: true,
    templates: true,
    fills_templates: true,
    read_push,
    push_reply: r#"{"code":0,"msg":"接收成功"}"#,
    text_rules: TextRules { delivered: "DELIVERED", ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

/// The origin of dypns.
const DYPNS: &str = "https://dypnsapi.aliyuncs.com";
const VERSION: &str = "2017-05-25";
/// The operation of dypns that sends.
const SEND_CODE: &str = "SendSmsVerifyCode";
/// The operation of dypns that compares a code. Only its own codes: one that came as a value it does not know.
const CHECK_CODE: &str = "CheckSmsVerifyCode";

pub(super) struct AliyunAccount {
    base_url: String,
    /// The URLs of dysms and of dypns.
    endpoints: [Rc<str>; 2],
    key: AccessKey,
    approved: Approved,
    sends_codes: bool,
}

impl AliyunAccount {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let base_url = base_url(fields, &SPEC)?;
        // One address stands for both.
        let dypns = if fields.value("baseUrl").is_some() { &base_url } else { DYPNS };
        Ok(Self {
            endpoints: [&base_url, dypns].map(|url| [url, "/"].concat().into()),
            key: AccessKey {
                id: fields.required("accessKeyId")?.to_owned(),
                secret: Secret::new(fields.required("accessKeySecret")?),
                token: fields.text("securityToken")?.map(Secret::new),
            },
            approved: Approved::configure(fields, "${")?,
            sends_codes: fields.choice("product", &[("dysms", false), ("dypns", true)])?.unwrap_or_default(),
            base_url,
        })
    }

    /// The vendor takes parameters in a POST's body as well as in the URL, which servers log.
    fn request(&self, name: &'static str, parameters: Parameters, to: Rc<[Phone]>, random: &Random) -> WireRequest {
        let mut request = WireRequest {
            vendor: SPEC.name,
            operation: name,
            carrier: Carrier::Form,
            endpoint: Rc::clone(&self.endpoints[usize::from([SEND_CODE, CHECK_CODE].contains(&name))]),
            parameters,
            charset: SPEC.charset,
            callback: None,
            to,
            extras: None,
        };
        let body = String::from_utf8(request.body().unwrap_or_default()).unwrap_or_default();
        let call = AcsCall { host: &request.host(), action: name, version: VERSION, query: "", body: &body };
        let nonce = random.nonce_for(body.as_bytes());
        request.extras = Extras::signed(acs3::headers(&self.key, &call, random.now_ms(), &nonce));
        request
    }
}

impl Vendor for AliyunAccount {
    fn spec(&self) -> &'static VendorSpec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        [Some(&self.key.secret), self.key.token.as_ref()].into_iter().flatten().collect()
    }

    fn send_operation(&self) -> &'static str {
        if self.sends_codes { SEND_CODE } else { "SendSms" }
    }

    /// dypns serves the mainland. dysms takes a number abroad without a plus, so that one of North America can have the
    /// digits of a mainland one, to which the text would go.
    fn number_rejection(&self, to: Phone) -> Option<&'static str> {
        if to.is_mainland() {
            return None;
        }
        if self.sends_codes {
            return Some(MAINLAND_ALONE);
        }
        Phone::parse(&to.digits()).is_ok().then_some("would take this number for one of mainland China")
    }

    /// `SendSms`: 1000 numbers. `SendBatchSms`: 100, each with a signature and values of its own, for one template.
    fn share(&self, _: MessageKind, content: &BulkContent) -> (Share, usize) {
        let text = content.text();
        match content {
            _ if self.sends_codes => (Share::Same(text), 1),
            BulkContent::Shared(_) => (Share::Same(text), 1000),
            _ => self.approved.share(&text).map_or((Share::Same(text), 1), |share| (share, 100)),
        }
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError> {
        let mut parameters = Parameters::default();
        parameters.add("OutId", reference.as_str());
        let numbers = || batch.to.iter().copied().map(number);
        if let Content::Filled { template, values } = &batch.content {
            let (mut signatures, mut params) = (Vec::new(), Vec::new());
            for values in values {
                let (signature, values) = self.approved.shared(template, values);
                signatures.push(batch.sign_name.as_deref().unwrap_or(signature));
                params.push(template_param(&values));
            }
            parameters.add("PhoneNumberJson", texts(numbers()));
            parameters.add("SignNameJson", texts(signatures));
            parameters.add("TemplateCode", template.as_bytes());
            parameters.add("TemplateParamJson", list(params));
            return Ok(self.request("SendBatchSms", parameters, Rc::clone(&batch.to), random));
        }
        let filling = self.approved.fill(batch, batch.content.same().map_or("", |text| text))?;
        if !filling.are_named {
            return Err(SmsError::argument("params", "params are named here, as in { code: \"112233\" }"));
        }
        let name = if self.sends_codes { "PhoneNumber" } else { "PhoneNumbers" };
        parameters.add(name, numbers().collect::<Vec<_>>().join(","));
        parameters.add("SignName", filling.sign_name.as_bytes());
        parameters.add("TemplateCode", filling.template_id.as_bytes());
        if !filling.params.is_empty() {
            parameters.add("TemplateParam", template_param(&filling.params));
        }
        Ok(self.request(self.send_operation(), parameters, Rc::clone(&batch.to), random))
    }

    /// Only `Code` OK is success, whatever the status.
    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        let answer = open(reply)?;
        let id = answer.text_of("BizId").or_else(|| answer.member("Model")?.text_of("BizId"));
        Ok(Acceptance { id: id.map(str::to_owned), ..Acceptance::default() })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, random: &Random) -> Result<WireRequest, SmsError> {
        Ok(self.request(endpoint.name, parameters.clone(), Rc::default(), random))
    }

    fn is_signed(&self) -> bool {
        true
    }
}

/// 国内短信: 11 digits; 国际/港澳台消息: the country code, then the number.
fn number(phone: Phone) -> String {
    phone.mainland().unwrap_or_else(|| phone.digits())
}

fn template_param(params: &[(String, String)]) -> String {
    let mut object = Object::new();
    for (name, value) in params {
        object.text(name, value);
    }
    object.finish()
}

const ENDPOINTS: [Endpoint; 6] = [
    Endpoint {
        operation: "logs",
        name: "QuerySendDetails",
        takes: &[
            Argument { name: "id", sent_as: "BizId", kind: ArgumentKind::OptionalText },
            Argument { name: "page", sent_as: "CurrentPage", kind: ArgumentKind::WholeOr("1") },
            Argument { name: "pageSize", sent_as: "PageSize", kind: ArgumentKind::WholeOr("20") },
            Argument { name: "to", sent_as: "PhoneNumber", kind: ArgumentKind::Phone },
            Argument { name: "date", sent_as: "SendDate", kind: ArgumentKind::Day },
        ],
        gives: Gives::Page,
        supports_jsonp: false,
        read: logs,
    },
    Endpoint {
        operation: "templates.list",
        name: "QuerySmsTemplateList",
        takes: &PAGES,
        gives: Gives::Page,
        supports_jsonp: false,
        read: |reply, page| {
            listed(reply, page, "SmsTemplateList", |list| Items::Templates(list.map(template).collect()))
        },
    },
    Endpoint {
        operation: "templates.get",
        name: "GetSmsTemplate",
        takes: &[Argument { name: "templateId", sent_as: "TemplateCode", kind: ArgumentKind::Text }],
        gives: Gives::One,
        supports_jsonp: false,
        read: |reply, _| Ok(VendorAnswer::Template(template(VendorRecord::with_id(&open(reply)?, "TemplateCode")?))),
    },
    Endpoint {
        operation: "signatures.list",
        name: "QuerySmsSignList",
        takes: &PAGES,
        gives: Gives::Page,
        supports_jsonp: false,
        read: |reply, page| listed(reply, page, "SmsSignList", |list| Items::Signatures(list.map(signature).collect())),
    },
    Endpoint {
        operation: "signatures.get",
        name: "GetSmsSign",
        takes: &[Argument { name: "name", sent_as: "SignName", kind: ArgumentKind::Text }],
        gives: Gives::One,
        supports_jsonp: false,
        read: |reply, _| Ok(VendorAnswer::Signature(signature(VendorRecord::with_id(&open(reply)?, "SignName")?))),
    },
    Endpoint {
        operation: "checkCode",
        name: CHECK_CODE,
        takes: &[
            Argument { name: "to", sent_as: "PhoneNumber", kind: ArgumentKind::Phone },
            Argument { name: "code", sent_as: "VerifyCode", kind: ArgumentKind::Text },
        ],
        gives: Gives::One,
        supports_jsonp: false,
        read: verification,
    },
];

const PAGES: [Argument; 2] = [
    Argument { name: "page", sent_as: "PageIndex", kind: ArgumentKind::WholeOr("1") },
    Argument { name: "pageSize", sent_as: "PageSize", kind: ArgumentKind::WholeOr("20") },
];

fn logs(reply: &WireReply, page: PageRequest) -> Result<VendorAnswer, SmsError> {
    let answer = open(reply)?;
    let details = answer.member("SmsSendDetailDTOs").and_then(|details| details.member("SmsSendDetailDTO"));
    let texts = record::each(details.unwrap_or(&answer), |record| {
        // 1 is 等待回执, 2 发送失败, 3 发送成功.
        let status = record.text("SendStatus");
        SentText {
            id: None,
            reference: record.text("OutId"),
            to: record.text("PhoneNum"),
            text: record.text("Content"),
            ok: status.as_deref().filter(|status| *status != "1").map(|status| status == "3"),
            status: record.text("ErrCode").or(status),
            sent_at: record.time("SendDate"),
        }
    })?;
    let is_empty = texts.is_empty();
    Ok(VendorAnswer::Page(record::page_of(page, answer.whole_of("TotalCount"), is_empty, Items::SentTexts(texts))))
}

fn listed(
    reply: &WireReply,
    page: PageRequest,
    name: &str,
    items: fn(&mut dyn Iterator<Item = VendorRecord<'_>>) -> Items,
) -> Result<VendorAnswer, SmsError> {
    let answer = open(reply)?;
    let found = record::items(answer.member(name).unwrap_or(&answer))?;
    let records: Vec<VendorRecord<'_>> = found.iter().map(VendorRecord::new).collect::<Result<_, _>>()?;
    let items = items(&mut records.into_iter());
    Ok(VendorAnswer::Page(record::page_of(page, answer.whole_of("TotalCount"), found.is_empty(), items)))
}

/// A template of a list, or the one that was asked for: the two call their states by different names.
fn template(record: VendorRecord<'_>) -> TemplateRecord {
    TemplateRecord {
        template_id: record.text("TemplateCode"),
        account_id: None,
        name: record.text("TemplateName"),
        content: record.text("TemplateContent"),
        marketing: None,
        status: record.text("AuditStatus").or_else(|| record.text("TemplateStatus")),
        fail_reason: reason(record),
        created_at: record.time("CreateDate"),
    }
}

fn signature(record: VendorRecord<'_>) -> SignatureRecord {
    SignatureRecord {
        id: None,
        name: record.text("SignName"),
        status: record.text("AuditStatus").or_else(|| record.text("SignStatus")),
        fail_reason: reason(record),
        created_at: record.time("CreateDate"),
    }
}

fn reason(record: VendorRecord<'_>) -> Option<String> {
    record.member("Reason").or_else(|| record.member("AuditInfo"))?.text("RejectInfo")
}

fn verification(reply: &WireReply, _: PageRequest) -> Result<VendorAnswer, SmsError> {
    let answer = open(reply)?;
    let result = answer.member("Model").and_then(|model| model.text_of("VerifyResult"));
    let result = result.ok_or_else(|| SmsError::bad_reply("the reply has no VerifyResult"))?;
    Ok(VendorAnswer::Verification(Verification { passed: result == "PASS", status: result.to_owned() }))
}

/// A reply whose `Code` is OK.
fn open(reply: &WireReply) -> Result<Json<'_>, SmsError> {
    let answer = reply.object_of_any_status()?;
    match answer.text_of("Code") {
        // dypns has a flag beside it.
        Some("OK") if answer.member("Success").and_then(Json::flag) != Some(false) => Ok(answer),
        Some("OK") => Err(SmsError::bad_reply("the reply says both OK and no success")),
        Some(code) => {
            let found = code.strip_prefix("isv.").unwrap_or(code);
            Err(listed_rejection(CODES, found, code, answer.text_of("Message").unwrap_or_default()))
        }
        None => Err(reply.document().err().unwrap_or_else(|| SmsError::bad_reply("the reply has no Code"))),
    }
}

/// Published codes, without `isv.` (docs/vendors.md, aliyun). Two are left out on purpose: `isp.SYSTEM_ERROR` says not
/// whether the text was sent, and `SignatureNonceUsed` is the answer to the second copy of a request whose first may
/// have been carried out.
const CODES: &[CodeList] = &[
    (
        Code::Auth,
        "InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeyId SignatureDoesNotMatch \
         IncompleteSignature InvalidTimeStamp.Expired isp.RAM_PERMISSION_DENY RAM_PERMISSION_DENY ACCOUNT_NOT_EXISTS \
         NoPermission Forbidden.RAM",
    ),
    (Code::ForbiddenIp, "DENY_IP_RANGE"),
    (Code::Balance, "OUT_OF_SERVICE AMOUNT_NOT_ENOUGH"),
    (Code::Number, "MOBILE_NUMBER_ILLEGAL DOMESTIC_NUMBER_NOT_SUPPORTED"),
    (Code::Content, "SMS_CONTENT_ILLEGAL PARAM_LENGTH_LIMIT BLACK_KEY_CONTROL_LIMIT PARAM_NOT_SUPPORT_URL"),
    (Code::Signature, "SMS_SIGNATURE_ILLEGAL SMS_SIGN_ILLEGAL SIGN_STATE_ILLEGAL SMS_SIGNATURE_SCENE_ILLEGAL"),
    (Code::Template, "SMS_TEMPLATE_ILLEGAL TEMPLATE_MISSING_PARAMETERS TEMPLATE_PARAMS_ILLEGAL INVALID_JSON_PARAM"),
    (Code::TooMany, "MOBILE_COUNT_OVER_LIMIT"),
    (Code::Throttled, "BUSINESS_LIMIT_CONTROL DAY_LIMIT_CONTROL MONTH_LIMIT_CONTROL FREQUENCY_FAIL Throttling.User"),
    (Code::Suspended, "PRODUCT_UN_SUBSCRIPT PRODUCT_UNSUBSCRIBE ACCOUNT_ABNORMAL FUNCTION_NOT_OPENED"),
    (Code::Vendor, "INVALID_PARAMETERS EXTEND_CODE_ERROR"),
];

/// The field names of the pushes `SmsReport` and `SmsUp`.
const FIELD_NAMES: FieldNames = FieldNames {
    vendor: SPEC.name,
    id: "biz_id",
    reference: "out_id",
    phone: "phone_number",
    statuses: ["err_code", ""],
    text: "content",
    reported_at: "report_time",
    replied_at: "send_time",
    ext: "dest_code",
    user: "",
    required: &["phone_number", "biz_id"],
    bare_reference: false,
    country_first: false,
    delivered: SPEC.text_rules.delivered,
};

/// Reads `SmsReport` and `SmsUp`: a list of records. A report has a status, a reply a text.
fn read_push(push: &mut PushRecords, _: &[u8], body: &[u8]) {
    let Ok(document) = json::parse(body) else { return };
    push.read_each(&document, |values| FIELD_NAMES.inbound(values));
}
