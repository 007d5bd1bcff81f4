//! tencent's server. It verifies signatures as the document has it.

use std::rc::Rc;

use serde_json::{Value, json};

use super::approved::{AcceptedText, TEMPLATES};
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_json};
use super::sha256::{hex, hmac_sha256, sha256_hex};
use super::strict::StrictRejection;
use super::{Answer, BadRequest, DeliveredText, Server, World, is_mobile};

pub(super) const SERVER: Server = Server {
    name: "tencent",
    host: Some("sms.tencentcloudapi.com"),
    answer,
    reject: |code| rejection(code.unwrap_or("FailedOperation.InsufficientBalanceInSmsPackage")),
    rejection_code: |rejected| match rejected {
        StrictRejection::Signature => "FailedOperation.SignatureIncorrectOrUnapproved",
        StrictRejection::Content => "FailedOperation.ContainSensitiveWord",
        StrictRejection::Hours => "FailedOperation.MarketingSendTimeConstraint",
    },
    config: || {
        json!({
            "vendor": "tencent", "secretId": SECRET_ID, "secretKey": SECRET_KEY, "sdkAppId": APP_ID, "signName": SIGN_NAME,
            "templates": (0..TEMPLATES.len()).map(|at| (template_id(at), text(at).into())).collect::<serde_json::Map<_, _>>(),
        })
    },
    push: |order, at| Some(push(order, at)),
    holds_replies: true,
};

const SECRET_ID: &str = "sandbox-tencent-id";
const SECRET_KEY: &str = "sandbox-tencent-key";
const APP_ID: &str = "1400006666";
const SIGN_NAME: &str = "信使";
/// The id of the first template.
const FIRST_TEMPLATE: usize = 1_000_001;
/// The time at which signature and templates were made, in seconds since the Unix epoch.
const CREATED: u64 = 1_767_576_600;
/// A request is good for five minutes.
const VALID_SECONDS: i64 = 300;

fn template_id(at: usize) -> String {
    (FIRST_TEMPLATE + at).to_string()
}

/// A template with its variables numbered from 1.
fn text(at: usize) -> String {
    let template = &TEMPLATES[at];
    let variables = template.variables();
    let number = |name: &str| variables.iter().position(|known| *known == name).map(|at| format!("{{{}}}", at + 1));
    template.filled(number).unwrap_or_default()
}

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    if path != "/" {
        return Err(BadRequest::Address);
    }
    if request.method != "POST" {
        return Err(BadRequest::Method("POST"));
    }
    if request.content_type() != "application/json" {
        return Err(BadRequest::ContentType("application/json"));
    }
    if let Err(code) = verify(request, world) {
        return Ok(plain(rejection(code)));
    }
    let Ok(body @ Value::Object(_)) = serde_json::from_slice::<Value>(&request.body) else {
        return Ok(plain(rejection("InvalidParameter")));
    };
    Ok(match request.header("x-tc-action") {
        "SendSms" => send(&body, world),
        action @ ("PullSmsSendStatus" | "PullSmsReplyStatus") => plain(pull(action, &body, world)),
        "DescribeSmsTemplateList" => plain(page(&body, "TemplateIdSet", "DescribeTemplateStatusSet", templates())),
        "DescribeSmsSignList" => plain(page(
            &body,
            "SignIdSet",
            "DescribeSignListStatusSet",
            vec![json!({
                "SignId": 2_000_001, "International": 0, "StatusCode": 0, "ReviewReply": "", "SignName": SIGN_NAME,
                "CreateTime": CREATED,
            })],
        )),
        _ => plain(rejection("InvalidAction")),
    })
}

fn templates() -> Vec<Value> {
    let all = (0..TEMPLATES.len()).map(|at| {
        json!({
            "TemplateId": FIRST_TEMPLATE + at, "International": 0, "StatusCode": 0, "ReviewReply": "",
            "TemplateName": TEMPLATES[at].name, "CreateTime": CREATED, "TemplateContent": text(at),
        })
    });
    all.collect()
}

fn send(body: &Value, world: &mut World) -> Answer {
    let text_of = |name: &str| body[name].as_str().unwrap_or_default();
    let texts = |name: &str| -> Option<Vec<&str>> { body[name].as_array()?.iter().map(Value::as_str).collect() };
    let Some(numbers) = texts("PhoneNumberSet").filter(|numbers| !numbers.is_empty()) else {
        return plain(rejection("MissingParameter.EmptyPhoneNumberSet"));
    };
    let params = texts("TemplateParamSet").unwrap_or_default();
    let of_mainland = numbers.iter().filter(|number| e164(number).is_some_and(|to| to.starts_with("+86"))).count();
    let template = (0..TEMPLATES.len()).find(|at| template_id(*at) == text_of("TemplateId"));
    let code = if text_of("SmsSdkAppId") != APP_ID {
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
    } else if numbers.len() > 200 {
        "LimitExceeded.PhoneNumberCountLimit"
    } else if of_mainland != 0 && of_mainland != numbers.len() {
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"
    } else if template.is_none() {
        "FailedOperation.TemplateIncorrectOrUnapproved"
    } else if text_of("SignName").is_empty() && of_mainland != 0 {
        "FailedOperation.SignatureIncorrectOrUnapproved"
    } else if template.is_some_and(|at| TEMPLATES[at].variables().len() != params.len()) {
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    } else {
        "Ok"
    };
    let filled = template.and_then(|at| {
        let variables = TEMPLATES[at].variables();
        let value = |name: &str| {
            params.get(variables.iter().position(|known| *known == name)?).map(|value| (*value).to_owned())
        };
        TEMPLATES[at].filled(value)
    });
    let text = format!("【{}】{}", text_of("SignName"), filled.unwrap_or_default());
    let reference = text_of("SessionContext").to_owned();
    let mut deliveries = Vec::new();
    let mut statuses = Vec::new();
    for number in numbers {
        let to = e164(number);
        let code = if to.is_none() { "InvalidParameterValue.IncorrectPhoneNumber" } else { code };
        let mut id = String::new();
        let shown = to.clone().unwrap_or_else(|| number.to_owned());
        if let (Some(to), "Ok") = (to, code) {
            id = format!("5000:{}", world.ids.next());
            let (text, reference): (Rc<str>, Rc<str>) = (text.as_str().into(), reference.as_str().into());
            let (template, at) = (text_of("TemplateId").to_owned(), world.now);
            world.approved.keep(AcceptedText {
                vendor: SERVER.name,
                id: id.clone(),
                to: to.clone(),
                text: Rc::clone(&text),
                template,
                reference: Rc::clone(&reference),
                at,
            });
            deliveries.push(DeliveredText { to, text, reference, at: None });
        }
        statuses.push(json!({
            "SerialNo": id, "PhoneNumber": shown, "Fee": u8::from(code == "Ok"), "SessionContext": reference, "Code": code,
            "Message": message_of(code), "IsoCode": "CN",
        }));
    }
    Answer { reply: success(json!({ "SendStatusSet": statuses })), deliveries }
}

/// `+[国家或地区码][手机号]`; 发送国内短信格式还支持0086、86或无任何国家或地区码的11位手机号码.
fn e164(number: &str) -> Option<String> {
    let national = ["+86", "0086", "86", ""].into_iter();
    let national = national.filter_map(|prefix| number.strip_prefix(prefix)).find(|rest| is_mobile(rest));
    match (national, number.strip_prefix('+')) {
        (Some(national), _) => Some(format!("+86{national}")),
        (None, Some(digits)) => {
            let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            (is_number && !digits.starts_with("86")).then(|| number.to_owned())
        }
        (None, None) => None,
    }
}

fn pull(action: &str, body: &Value, world: &mut World) -> Reply {
    let limit =
        body["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).filter(|limit| (1..=100).contains(limit));
    let Some(limit) = limit.filter(|_| body["SmsSdkAppId"] == APP_ID) else {
        return rejection("InvalidParameterValue");
    };
    let is_replies = action == "PullSmsReplyStatus";
    let pulled = world.receipts.pull(SERVER.name, is_replies, limit);
    let records: Vec<Value> = pulled
        .into_iter()
        .map(|record| {
            let number = e164(&record.mobile).unwrap_or_default();
            let national = number.strip_prefix("+86").unwrap_or(&number);
            let seconds = world.now / 1000;
            if let Some(text) = record.text {
                json!({
                    "ExtendCode": "", "CountryCode": "86", "PhoneNumber": number, "SignName": SIGN_NAME, "ReplyContent": text,
                    "ReplyTime": seconds, "SubscriberNumber": national,
                })
            } else {
                    let sent = world.approved.of(SERVER.name);
                    let id = sent.filter(|text| (&text.to, &text.reference) == (&number, &record.reference)).last();
                    json!({
                        "UserReceiveTime": seconds, "CountryCode": "86", "SubscriberNumber": national, "PhoneNumber": number,
                        "SerialNo": id.map_or("", |text| &text.id), "ReportStatus": "SUCCESS", "Description": "DELIVRD",
                        "SessionContext": *record.reference,
                    })
            }
        })
        .collect();
    success(json!({ format!("{action}Set"): records }))
}

fn page(body: &Value, ids: &str, name: &str, all: Vec<Value>) -> Reply {
    if !body["International"].is_u64() {
        return rejection("MissingParameter");
    }
    let whole =
        |name: &str, default| body[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(default);
    let id = |record: &Value| record.get("TemplateId").or_else(|| record.get("SignId")).cloned();
    let shown: Vec<Value> = match body[ids].as_array().filter(|ids| !ids.is_empty()) {
        Some(ids) => all.into_iter().filter(|record| id(record).is_some_and(|id| ids.contains(&id))).collect(),
        None => all.into_iter().skip(whole("Offset", 0)).take(whole("Limit", 10).min(100)).collect(),
    };
    success(json!({ name: shown }))
}

/// Verifies a signature. Returns the code of a rejection.
fn verify(request: &Request, world: &World) -> Result<(), &'static str> {
    let authorization =
        request.header("authorization").strip_prefix("TC3-HMAC-SHA256 ").ok_or("AuthFailure.InvalidAuthorization")?;
    let part = |name: &str| {
        let mut parts = authorization.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    };
    let (id, scope) = part("Credential").split_once('/').ok_or("AuthFailure.InvalidAuthorization")?;
    if id != SECRET_ID {
        return Err("AuthFailure.SecretIdNotFound");
    }
    if request.header("x-tc-version") != "2021-01-11" {
        return Err("NoSuchVersion");
    }
    let timestamp = request.header("x-tc-timestamp");
    let seconds: i64 = timestamp.parse().map_err(|_| "AuthFailure.InvalidAuthorization")?;
    if (seconds - world.now / 1000).abs() > VALID_SECONDS {
        return Err("AuthFailure.SignatureExpire");
    }
    let mut scopes = scope.split('/');
    let (Some(date), Some("sms"), Some("tc3_request"), None) =
        (scopes.next(), scopes.next(), scopes.next(), scopes.next())
    else {
        return Err("AuthFailure.InvalidAuthorization");
    };
    if super::clock::iso(seconds * 1000)[..10] != *date {
        return Err("AuthFailure.InvalidAuthorization");
    }
    let signed: Vec<&str> = part("SignedHeaders").split(';').collect();
    if !["content-type", "host"].iter().all(|name| signed.contains(name)) {
        return Err("AuthFailure.InvalidAuthorization");
    }
    let value =
        |name: &str| if name == "host" { request.authority() } else { request.header(name) }.trim().to_lowercase();
    let lines: Vec<String> = signed.iter().map(|name| format!("{name}:{}\n", value(name))).collect();
    let lines = lines.concat();
    let canonical = format!(
        "{}\n/\n{}\n{lines}\n{}\n{}",
        request.method,
        request.query(),
        signed.join(";"),
        sha256_hex(&request.body)
    );
    let to_sign = format!("TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let key = [date, "sms", "tc3_request"]
        .iter()
        .fold(format!("TC3{SECRET_KEY}").into_bytes(), |key, part| hmac_sha256(&key, part));
    let is_right = part("Signature") == hex(&hmac_sha256(&key, &to_sign));
    if is_right { Ok(()) } else { Err("AuthFailure.SignatureFailure") }
}

fn plain(reply: Reply) -> Answer {
    Answer { reply, deliveries: Vec::new() }
}

/// The content type names no charset, by which the vendor's Python program knows a rejection.
fn success(mut response: Value) -> Reply {
    response["RequestId"] = "sandbox".into();
    Reply::bytes(200, "application/json", json!({ "Response": response }).to_string().into_bytes())
}

/// A rejection has the status 200 as well.
fn rejection(code: &str) -> Reply {
    success(json!({ "Error": { "Code": code, "Message": message_of(code) } }))
}

/// The description of a code in the vendor's tables (382/59177, and 公共错误码), as far as it says what is wrong.
fn message_of(code: &str) -> &str {
    match code {
        "Ok" => "send success",
        "FailedOperation.ContainSensitiveWord" => "短信内容中含有敏感词",
        "FailedOperation.InsufficientBalanceInSmsPackage" => "套餐包余量不足，请购买套餐包",
        "FailedOperation.MarketingSendTimeConstraint" => {
            "营销短信发送时间限制，为避免骚扰用户，营销短信只允许在8点到22点发送"
        }
        "FailedOperation.PhoneNumberInBlacklist" => "手机号在免打扰名单库中",
        "FailedOperation.SignatureIncorrectOrUnapproved" => "签名未审批或格式错误",
        "FailedOperation.TemplateIncorrectOrUnapproved" => "模板未审批或内容不匹配",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate" => {
            "请求内容与审核通过的模板内容不匹配。请检查请求中模板参数的个数是否与申请的模板一致"
        }
        "InvalidParameterValue.IncorrectPhoneNumber" => "手机号格式错误",
        "LimitExceeded.PhoneNumberCountLimit" => "调用短信发送 API 接口单次提交的手机号个数超过200个",
        "MissingParameter.EmptyPhoneNumberSet" => "传入的号码列表为空，请确认您的参数中是否传入号码",
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail" => {
            "SmsSdkAppId 校验失败，请检查 SmsSdkAppId 是否属于 云API 密钥的关联账户"
        }
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber" => "群发请求里既有国内手机号也有国际手机号",
        "AuthFailure.InvalidAuthorization" => "请求头部的 Authorization 不符合腾讯云标准",
        "AuthFailure.SecretIdNotFound" => "密钥不存在",
        "AuthFailure.SignatureExpire" => "签名过期",
        "AuthFailure.SignatureFailure" => "签名错误",
        "InvalidAction" => "接口不存在",
        "InvalidParameter" => "参数错误",
        "InvalidParameterValue" => "参数取值错误",
        "MissingParameter" => "缺少参数",
        "NoSuchVersion" => "接口版本不存在",
        "RequestLimitExceeded" => "请求的次数超过了频率限制",
        _ => "rejected by the sandbox",
    }
}

/// 短信下发状态通知 and 短信回复通知.
fn push(order: &Order, at: &str) -> Posted {
    let Order { text, mobile, status, id, sent_id, .. } = order;
    posted_json(&match text {
        None => json!([{
            "user_receive_time": at, "nationcode": "86", "mobile": mobile,
            "report_status": if status == "DELIVRD" { "SUCCESS" } else { "FAIL" }, "errmsg": status, "description": "",
            "sid": sent_id.clone().unwrap_or_else(|| format!("5000:{id}")),
        }]),
        Some(text) => json!({
            "extend": "", "mobile": mobile, "nationcode": "86", "sign": SIGN_NAME, "text": text, "time": at,
        }),
    })
}
