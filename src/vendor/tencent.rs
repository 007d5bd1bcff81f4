//! tencent 腾讯云: approved templates, POSTs of JSON signed by TC3-HMAC-SHA256. Source: docs/vendors.md, tencent.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::bulk::BulkContent;
use crate::decimal;
use crate::error::{Code, Sent, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::vendor::account::{AccountOption, BASE_URL, VENDOR, names, required, text};
use crate::vendor::answer::{Items, SignatureRecord, TemplateRecord, VendorAnswer};
use crate::vendor::approved::{Approved, SIGN_NAME, TEMPLATES};
use crate::vendor::endpoint::{Argument, ArgumentKind, Endpoint, Gives, PageRequest};
use crate::vendor::push::{Known, Push, PushRecords, Tells};
use crate::vendor::record::{self, VendorRecord};
use crate::vendor::record_values::RecordValues;
use crate::vendor::report::{FieldNames, Inbound, PulledRecords, ReplyRecord, ReportRecord};
use crate::vendor::{About, Acceptance, CodeList, Share, TextRules, Vendor, VendorSpec, base_url, listed_rejection};
use crate::wire::json::{self, Json};
use crate::wire::json_writer::{self, texts};
use crate::wire::tc3::{self, ApiKey, TcCall};
use crate::wire::{Carrier, Extras, Parameters, WireReply, WireRequest};

const OPTIONS: [AccountOption; 9] = [
    VENDOR,
    required("secretId"),
    required("secretKey"),
    required("sdkAppId"),
    SIGN_NAME,
    TEMPLATES,
    text("region"),
    text("token"),
    BASE_URL,
];

pub(super) const ABOUT: About = About {
    title: "腾讯云",
    options: &OPTIONS,
    pushes: &[
        Push::new("短信下发状态通知", Tells::Report, Known::Documented),
        Push::new("短信回复通知", Tells::Reply, Known::Documented),
    ],
};

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "tencent",
    options: &names(&OPTIONS),
    origin: Some("https://sms.tencentcloudapi.com"),
    international: true,
    templates: true,
    fills_templates: true,
    read_push,
    push_reply: r#"{"result":0,"errmsg":"OK"}"#,
    max_pull_records: Some(100),
    reports_by_id: true,
    // A pull has the word of ReportStatus alone.
    text_rules: TextRules { delivered: "SUCCESS", ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

/// The region of requests whose account names none.
const REGION: &str = "ap-guangzhou";

pub(super) struct TencentAccount {
    base_url: String,
    endpoint: Rc<str>,
    key: ApiKey,
    region: String,
    sdk_app_id: String,
    approved: Approved,
}

impl TencentAccount {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let base_url = base_url(fields, &SPEC)?;
        let approved = Approved::configure(fields, "{")?;
        if approved.variables().any(|name| decimal::parse(name).is_none()) {
            return Err(SmsError::argument("templates", "variables are numbered here, as in {1}"));
        }
        Ok(Self {
            endpoint: [&base_url, "/"].concat().into(),
            base_url,
            key: ApiKey {
                id: fields.required("secretId")?.to_owned(),
                secret: Secret::new(fields.required("secretKey")?),
                token: fields.text("token")?.map(Secret::new),
            },
            region: fields.text("region")?.unwrap_or(REGION).to_owned(),
            sdk_app_id: fields.required("sdkAppId")?.to_owned(),
            approved,
        })
    }

    fn request(&self, name: &'static str, parameters: Parameters, to: Rc<[Phone]>, random: &Random) -> WireRequest {
        let mut request = WireRequest {
            vendor: SPEC.name,
            operation: name,
            carrier: Carrier::JsonValues,
            endpoint: Rc::clone(&self.endpoint),
            parameters,
            charset: SPEC.charset,
            callback: None,
            to,
            extras: None,
        };
        let body = String::from_utf8(request.body().unwrap_or_default()).unwrap_or_default();
        let call = TcCall {
            host: &request.host(),
            service: "sms",
            action: name,
            version: "2021-01-11",
            region: Some(&self.region),
            body: &body,
        };
        request.extras = Extras::signed(tc3::headers(&self.key, &call, random.now_ms()));
        request
    }
}

impl Vendor for TencentAccount {
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
        "SendSms"
    }

    /// 单次请求最多支持200个手机号, with one signature and the same values for all.
    fn share(&self, _: MessageKind, content: &BulkContent) -> (Share, usize) {
        (Share::Same(content.text()), 200)
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError> {
        let mut filling = self.approved.fill(batch, batch.content.same().map_or("", |text| text))?;
        // The variables of a template are numbered, and the values go out in the order of the numbers.
        if filling.are_named && filling.params.iter().any(|(name, _)| decimal::parse(name).is_none()) {
            return Err(SmsError::argument("params", "variables are numbered here: write a list, or numbers as names"));
        }
        filling.params.sort_by_key(|(name, _)| decimal::parse(name));
        let text = json_writer::text;
        let mut parameters = Parameters::default();
        parameters.add("PhoneNumberSet", texts(batch.to.iter().map(Phone::e164)));
        parameters.add("SmsSdkAppId", text(&self.sdk_app_id));
        parameters.add("TemplateId", text(&filling.template_id));
        parameters.add("SignName", text(&filling.sign_name));
        parameters.add("TemplateParamSet", texts(filling.params.iter().map(|(_, value)| value)));
        parameters.add("SessionContext", text(reference.as_str()));
        Ok(self.request(self.send_operation(), parameters, Rc::clone(&batch.to), random))
    }

    /// `SendStatusSet` answers for each number. Those that it says nothing about may have been sent.
    fn read_send(&self, reply: &WireReply, to: &[Phone]) -> Result<Acceptance, SmsError> {
        let answer = reply.object_of_any_status()?;
        let statuses = items(open(reply, &answer)?, "SendStatusSet")?;
        let of = |phone: &Phone| {
            let number = phone.e164();
            statuses.iter().find(|status| status.text_of("PhoneNumber") == Some(&number))
        };
        let (mut accepted, mut ids, mut rejected) = (0, Vec::new(), None);
        for phone in to {
            let Some(status) = of(phone) else {
                rejected = Some(SmsError::bad_reply("the reply says nothing of a number"));
                continue;
            };
            match status.text_of("Code") {
                Some("Ok") => {
                    accepted += 1;
                    ids.extend(status.text_of("SerialNo"));
                }
                code => {
                    let error = rejection(code.unwrap_or_default(), status);
                    // One of which nobody knows whether it was sent counts for all.
                    if rejected.as_ref().is_none_or(|known: &SmsError| known.sent == Sent::No) {
                        rejected = Some(error);
                    }
                }
            }
        }
        match rejected {
            Some(error) if accepted == 0 => Err(error),
            _ => Ok(Acceptance {
                // Each number has an id of its own.
                id: if to.len() == 1 { ids.first().map(|id| (*id).to_owned()) } else { None },
                count: Some(accepted),
                ..Acceptance::default()
            }),
        }
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, random: &Random) -> Result<WireRequest, SmsError> {
        let mut all = Parameters::default();
        if endpoint.gives == Gives::Pull {
            all.add("Limit", "100");
            all.add("SmsSdkAppId", json_writer::text(&self.sdk_app_id));
        } else if endpoint.gives == Gives::One {
            all.add("International", "0");
            for (name, value, _) in parameters.iter() {
                all.add(name, [b"[", value, b"]"].concat());
            }
        } else {
            let number = |wanted| {
                let mut values = parameters.iter().filter(|(name, ..)| *name == wanted);
                values.next().and_then(|(_, value, _)| decimal::parse(&SPEC.charset.decode(value))).unwrap_or_default()
            };
            let size = number("Limit");
            all.add("International", decimal::decimal(number("International")));
            all.add("Limit", decimal::decimal(size));
            all.add("Offset", decimal::decimal((number("Offset") - 1).saturating_mul(size)));
        }
        Ok(self.request(endpoint.name, all, Rc::default(), random))
    }

    fn is_signed(&self) -> bool {
        true
    }
}

const ENDPOINTS: [Endpoint; 6] = [
    Endpoint {
        operation: "reports",
        name: "PullSmsSendStatus",
        takes: &[],
        gives: Gives::Pull,
        supports_jsonp: false,
        read: |reply, _| pulled(reply, "PullSmsSendStatusSet", |values| report(values, &PULLED, "Description")),
    },
    Endpoint {
        operation: "replies",
        name: "PullSmsReplyStatus",
        takes: &[],
        gives: Gives::Pull,
        supports_jsonp: false,
        read: |reply, _| pulled(reply, "PullSmsReplyStatusSet", |values| PULLED.reply(values).map(Inbound::Reply)),
    },
    Endpoint {
        operation: "templates.list",
        name: "DescribeSmsTemplateList",
        takes: &PAGES,
        gives: Gives::Page,
        supports_jsonp: false,
        read: |reply, page| {
            listed(reply, page, TEMPLATES_SET, |records| Items::Templates(records.map(template).collect()))
        },
    },
    Endpoint {
        operation: "templates.get",
        name: "DescribeSmsTemplateList",
        takes: &[Argument { name: "templateId", sent_as: "TemplateIdSet", kind: ArgumentKind::Digits }],
        gives: Gives::One,
        supports_jsonp: false,
        read: |reply, _| first(reply, TEMPLATES_SET, |record| VendorAnswer::Template(template(record)), Code::Template),
    },
    Endpoint {
        operation: "signatures.list",
        name: "DescribeSmsSignList",
        takes: &PAGES,
        gives: Gives::Page,
        supports_jsonp: false,
        read: |reply, page| {
            listed(reply, page, SIGNATURES_SET, |records| Items::Signatures(records.map(signature).collect()))
        },
    },
    Endpoint {
        operation: "signatures.get",
        name: "DescribeSmsSignList",
        takes: &[Argument { name: "signatureId", sent_as: "SignIdSet", kind: ArgumentKind::Digits }],
        gives: Gives::One,
        supports_jsonp: false,
        read: |reply, _| {
            first(reply, SIGNATURES_SET, |record| VendorAnswer::Signature(signature(record)), Code::Signature)
        },
    },
];

const TEMPLATES_SET: &str = "DescribeTemplateStatusSet";
const SIGNATURES_SET: &str = "DescribeSignListStatusSet";

const PAGES: [Argument; 3] = [
    Argument { name: "international", sent_as: "International", kind: ArgumentKind::Flag },
    Argument { name: "page", sent_as: "Offset", kind: ArgumentKind::WholeOr("1") },
    Argument { name: "pageSize", sent_as: "Limit", kind: ArgumentKind::WholeOr("20") },
];

/// A page; the vendor does not count what is on all pages.
fn listed(
    reply: &WireReply,
    page: PageRequest,
    name: &str,
    items: fn(&mut dyn Iterator<Item = VendorRecord<'_>>) -> Items,
) -> Result<VendorAnswer, SmsError> {
    let answer = reply.object_of_any_status()?;
    let records = records(reply, &answer, name)?;
    let is_empty = records.is_empty();
    Ok(VendorAnswer::Page(record::page_of(page, None, is_empty, items(&mut records.into_iter()))))
}

fn first(
    reply: &WireReply,
    name: &str,
    of: fn(VendorRecord<'_>) -> VendorAnswer,
    missing: Code,
) -> Result<VendorAnswer, SmsError> {
    let answer = reply.object_of_any_status()?;
    let found = records(reply, &answer, name)?.into_iter().next();
    found.map(of).ok_or_else(|| SmsError::not_sent(missing, "the vendor has none of this id"))
}

fn records<'a>(reply: &WireReply, answer: &'a Json<'a>, name: &str) -> Result<Vec<VendorRecord<'a>>, SmsError> {
    items(open(reply, answer)?, name)?.iter().map(VendorRecord::new).collect()
}

fn template(record: VendorRecord<'_>) -> TemplateRecord {
    TemplateRecord {
        template_id: record.text("TemplateId"),
        account_id: None,
        name: record.text("TemplateName"),
        content: record.text("TemplateContent"),
        marketing: None,
        status: record.text("StatusCode"),
        fail_reason: record.text("ReviewReply"),
        created_at: record.time("CreateTime"),
    }
}

fn signature(record: VendorRecord<'_>) -> SignatureRecord {
    SignatureRecord {
        id: record.text("SignId"),
        name: record.text("SignName"),
        status: record.text("StatusCode"),
        fail_reason: record.text("ReviewReply"),
        created_at: record.time("CreateTime"),
    }
}

fn pulled(
    reply: &WireReply,
    name: &str,
    read: fn(&RecordValues<'_>) -> Option<Inbound>,
) -> Result<VendorAnswer, SmsError> {
    let answer = reply.object_of_any_status()?;
    let mut pulled = PulledRecords::default();
    for record in items(open(reply, &answer)?, name)? {
        pulled.add(read(&RecordValues::of_json(record)), record.source());
    }
    Ok(VendorAnswer::Pulled(pulled))
}

/// The `Response` of a reply without an error, whatever its status and its content type.
fn open<'a>(reply: &WireReply, answer: &'a Json<'a>) -> Result<&'a Json<'a>, SmsError> {
    let missing = || reply.document().err().unwrap_or_else(|| SmsError::bad_reply("the reply has no Response"));
    let response = answer.member("Response").ok_or_else(missing)?;
    match response.member("Error") {
        Some(error) => Err(rejection(error.text_of("Code").unwrap_or_default(), error)),
        None => Ok(response),
    }
}

fn items<'a>(response: &'a Json<'a>, name: &str) -> Result<&'a [Json<'a>], SmsError> {
    let list = response.member(name).and_then(Json::list);
    list.ok_or_else(|| SmsError::bad_reply(["the reply has no ", name].concat()))
}

fn rejection(code: &str, said: &Json<'_>) -> SmsError {
    listed_rejection(CODES, code, code, said.text_of("Message").unwrap_or_default())
}

/// Published codes (docs/vendors.md, tencent). `InternalError.Timeout`, its siblings and `FailedOperation.OtherError` are
/// left out on purpose: they do not say whether the text was sent.
const CODES: &[CodeList] = &[
    (
        Code::Auth,
        "AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure \
         AuthFailure.SecretIdNotFound AuthFailure.SignatureExpire AuthFailure.SignatureFailure AuthFailure.TokenFailure \
         AuthFailure.UnauthorizedOperation UnauthorizedOperation.SmsSdkAppIdVerifyFail \
         InvalidParameterValue.SdkAppIdNotExist",
    ),
    (Code::ForbiddenIp, "UnauthorizedOperation.RequestIpNotInWhitelist IpInBlacklist IpNotInWhitelist"),
    (Code::Balance, "FailedOperation.InsufficientBalanceInSmsPackage UnauthorizedOperation.SerivceSuspendDueToArrears"),
    (
        Code::Number,
        "InvalidParameterValue.IncorrectPhoneNumber FailedOperation.PhoneNumberInBlacklist \
         FailedOperation.PhoneNumberParseFail",
    ),
    (
        Code::Content,
        "FailedOperation.ContainSensitiveWord InvalidParameterValue.ContentLengthLimit \
         InvalidParameterValue.ProhibitedUseUrlInTemplateParameter InvalidParameterValue.TemplateParameterFormatError \
         InvalidParameterValue.TemplateParameterLengthLimit",
    ),
    (Code::Signature, "FailedOperation.SignatureIncorrectOrUnapproved"),
    (
        Code::Template,
        "FailedOperation.TemplateIncorrectOrUnapproved FailedOperation.TemplateUnapprovedOrNotExist \
         FailedOperation.TemplateParamSetNotMatchApprovedTemplate \
         UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
    ),
    (Code::TooMany, "LimitExceeded.PhoneNumberCountLimit"),
    (
        Code::Throttled,
        "LimitExceeded.DeliveryFrequencyLimit LimitExceeded.PhoneNumberThirtySecondLimit \
         LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberDailyLimit \
         LimitExceeded.PhoneNumberSameContentDailyLimit LimitExceeded.DailyLimit LimitExceeded.AppDailyLimit \
         LimitExceeded.AppGlobalDailyLimit LimitExceeded.AppMainlandChinaDailyLimit \
         LimitExceeded.AppCountryOrRegionDailyLimit FailedOperation.MarketingSendTimeConstraint RequestLimitExceeded",
    ),
    (
        Code::Suspended,
        "UnauthorizedOperation.SdkAppIdIsDisabled UnauthorizedOperation.RequestPermissionDeny \
         UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
    ),
    (
        Code::Unsupported,
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber UnsupportedOperation.UnsuportedRegion",
    ),
    (
        Code::Vendor,
        "FailedOperation.FailResolvePacket FailedOperation.JsonParseFail MissingParameter.EmptyPhoneNumberSet",
    ),
];

/// The field names of 拉取短信下发状态 and 拉取短信回复状态.
const PULLED: FieldNames = FieldNames {
    vendor: SPEC.name,
    id: "SerialNo",
    reference: "SessionContext",
    phone: "PhoneNumber",
    statuses: ["ReportStatus", ""],
    text: "ReplyContent",
    reported_at: "UserReceiveTime",
    replied_at: "ReplyTime",
    ext: "ExtendCode",
    user: "",
    required: &["PhoneNumber", "SerialNo"],
    bare_reference: false,
    country_first: true,
    delivered: SPEC.text_rules.delivered,
};

/// The field names of 短信下发状态通知 and 短信回复通知.
const PUSHED: FieldNames = FieldNames {
    id: "sid",
    reference: "",
    phone: "mobile",
    statuses: ["report_status", ""],
    text: "text",
    reported_at: "user_receive_time",
    replied_at: "time",
    ext: "extend",
    required: &["mobile", "sid"],
    country_first: false,
    ..PULLED
};

/// A report. Only a failure has a reason of its own, in `reason`.
fn report(values: &RecordValues<'_>, names: &FieldNames, reason: &'static str) -> Option<Inbound> {
    let is_success = names.status(values).is_some_and(|status| status == SPEC.text_rules.delivered);
    let statuses = if is_success { names.statuses } else { [reason, names.statuses[0]] };
    FieldNames { statuses, ..*names }.report(values).map(Inbound::Report)
}

/// Reads 短信下发状态通知, a list of reports, and 短信回复通知, one reply.
fn read_push(push: &mut PushRecords, _: &[u8], body: &[u8]) {
    let Ok(document) = json::parse(body) else { return };
    push.read_each(&document, |values| {
        let read = match PUSHED.status(values) {
            Some(_) => report(values, &PUSHED, "errmsg"),
            None => PUSHED.reply(values).map(Inbound::Reply),
        };
        // The country code stands beside the number.
        let country = values.number("nationcode").filter(|country| country != "86");
        let Some(abroad) =
            country.map(|country| ["+", &country, &values.number("mobile").unwrap_or_default()].concat())
        else {
            return read;
        };
        read.map(|record| match record {
            Inbound::Report(report) => Inbound::Report(ReportRecord { to: abroad, ..report }),
            Inbound::Reply(reply) => Inbound::Reply(ReplyRecord { from: abroad, ..reply }),
        })
    });
}
