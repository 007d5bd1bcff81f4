//! aliyun's servers: dysms, and dypns. They verify signatures as the document has it, and read parameters in the query
//! and in the body.

use std::rc::Rc;

use serde_json::{Value, json};

use super::aliyun_signature::action_of;
use super::approved::{AcceptedText, SandboxTemplate, TEMPLATES};
use super::clock::beijing_time;
use super::form::Form;
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_json};
use super::strict::StrictRejection;
use super::{Answer, BadRequest, DeliveredText, Server, World, is_mobile};

pub(super) const SERVER: Server = Server {
    name: "aliyun",
    host: Some("dysmsapi.aliyuncs.com"),
    answer,
    reject: |code| rejection(code.unwrap_or("isv.AMOUNT_NOT_ENOUGH")),
    rejection_code: |rejected| match rejected {
        StrictRejection::Signature => "isv.SMS_SIGNATURE_ILLEGAL",
        StrictRejection::Content => "isv.SMS_CONTENT_ILLEGAL",
        StrictRejection::Hours => "isv.BUSINESS_LIMIT_CONTROL",
    },
    config: || {
        let templates: serde_json::Map<String, Value> =
            (0..).zip(&TEMPLATES).map(|(at, template)| (template_code(at), template.text.into())).collect();
        json!({
            "vendor": "aliyun", "accessKeyId": KEY_ID, "accessKeySecret": KEY_SECRET, "signName": SIGN_NAME,
            "templates": templates,
        })
    },
    push: |order, at| Some(push(order, at)),
    holds_replies: false,
};

pub(super) const KEY_ID: &str = "sandbox-aliyun-id";
pub(super) const KEY_SECRET: &str = "sandbox-aliyun-secret";
const SIGN_NAME: &str = "信使";
/// The id of the first template.
const FIRST_TEMPLATE: usize = 100_000_001;

fn template_code(at: usize) -> String {
    format!("SMS_{}", FIRST_TEMPLATE + at)
}

fn template(code: &str) -> Option<&'static SandboxTemplate> {
    (0..).zip(&TEMPLATES).find(|(at, _)| template_code(*at) == code).map(|(_, template)| template)
}

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    if path != "/" {
        return Err(BadRequest::Address);
    }
    let form = Form::of(request)?;
    let action = match action_of(request, &form, world) {
        Ok(action) => action,
        Err(code) => return Ok(plain(rejection(code))),
    };
    Ok(match action.as_str() {
        "SendSms" => send(&form, world, "PhoneNumbers", &form.utf8("TemplateParam")),
        "SendSmsVerifyCode" => send_code(&form, world),
        "SendBatchSms" => send_batch(&form, world),
        "QuerySendDetails" => plain(details(&form, world)),
        "GetSmsTemplate" => plain(match template(&form.utf8("TemplateCode")) {
            Some(template) => success(json!({
                "TemplateCode": form.utf8("TemplateCode"), "TemplateName": template.name, "TemplateContent": template.text,
                "TemplateStatus": "1", "CreateDate": "2026-01-05 09:30:00", "AuditInfo": { "RejectInfo": "" },
            })),
            None => rejection("isv.SMS_TEMPLATE_ILLEGAL"),
        }),
        "QuerySmsTemplateList" => plain(page(&form, "SmsTemplateList", templates())),
        "GetSmsSign" => plain(if form.utf8("SignName") == SIGN_NAME {
            success(json!({
                "SignName": SIGN_NAME, "SignStatus": 1, "CreateDate": "2026-01-05 09:00:00", "AuditInfo": { "RejectInfo": "" },
            }))
        } else {
            rejection("isv.SMS_SIGNATURE_ILLEGAL")
        }),
        "QuerySmsSignList" => plain(page(
            &form,
            "SmsSignList",
            vec![json!({
                "SignName": SIGN_NAME, "AuditStatus": "AUDIT_STATE_PASS", "BusinessType": "通用类型",
                "CreateDate": "2026-01-05 09:00:00", "Reason": {},
            })],
        )),
        // The server knows no code but those that it made.
        "CheckSmsVerifyCode" => {
            let to = e164(&form.utf8("PhoneNumber")).unwrap_or_default();
            let passes = world.approved.take_code(&to, &form.utf8("VerifyCode"));
            let result = if passes { "PASS" } else { "UNKNOWN" };
            plain(success(json!({ "Success": true, "Model": { "OutId": form.utf8("OutId"), "VerifyResult": result } })))
        }
        _ => plain(rejection("InvalidAction.NotFound")),
    })
}

fn templates() -> Vec<Value> {
    let all = (0..).zip(&TEMPLATES).map(|(at, template)| {
        json!({
            "TemplateCode": template_code(at), "TemplateName": template.name, "TemplateContent": template.text,
            "AuditStatus": "AUDIT_STATE_PASS", "CreateDate": "2026-01-05 09:30:00", "Reason": {},
        })
    });
    all.collect()
}

/// `params` are the values of the template.
fn send(form: &Form, world: &mut World, numbers: &str, params: &str) -> Answer {
    let numbers = form.utf8(numbers);
    let params = if params.is_empty() { Ok(json!({})) } else { serde_json::from_str::<Value>(params) };
    let numbers: Vec<&str> = numbers.split(',').collect();
    let Ok(params) = params else { return plain(rejection("isv.INVALID_JSON_PARAM")) };
    let count = numbers.len();
    let texts = numbers.into_iter().map(|number| (number.to_owned(), form.utf8("SignName"), params.clone())).collect();
    if count > 1000 { plain(rejection("isv.MOBILE_COUNT_OVER_LIMIT")) } else { deliver(form, world, texts) }
}

/// `SendSmsVerifyCode`, to one number. The server makes the code where a value asks for one.
fn send_code(form: &Form, world: &mut World) -> Answer {
    let params = form.utf8("TemplateParam");
    let mut code = (world.ids.next() / 2).to_string();
    code.drain(..code.len() - 4);
    let filled = params.replace("##code##", &code);
    let answer = send(form, world, "PhoneNumber", &filled);
    if let ([text], true) = (&answer.deliveries[..], filled != params) {
        world.approved.keep_code(text.to.clone(), code);
    }
    answer
}

fn send_batch(form: &Form, world: &mut World) -> Answer {
    let list = |name| serde_json::from_str::<Vec<Value>>(&form.utf8(name));
    let (Ok(numbers), Ok(signatures)) = (list("PhoneNumberJson"), list("SignNameJson")) else {
        return plain(rejection("isv.INVALID_JSON_PARAM"));
    };
    let params = list("TemplateParamJson").unwrap_or_else(|_| vec![json!({}); numbers.len()]);
    if numbers.len() > 100 {
        return plain(rejection("isv.MOBILE_COUNT_OVER_LIMIT"));
    }
    if signatures.len() != numbers.len() || params.len() != numbers.len() {
        return plain(rejection("isv.INVALID_PARAMETERS"));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = numbers.iter().zip(&signatures).zip(params);
    deliver(form, world, texts.map(|((number, signature), params)| (text(number), text(signature), params)).collect())
}

fn deliver(form: &Form, world: &mut World, texts: Vec<(String, String, Value)>) -> Answer {
    let (code, reference) = (form.utf8("TemplateCode"), form.utf8("OutId"));
    let Some(template) = template(&code) else { return plain(rejection("isv.SMS_TEMPLATE_ILLEGAL")) };
    let mut deliveries = Vec::new();
    for (number, signature, params) in texts {
        let Some(to) = e164(&number) else { return plain(rejection("isv.MOBILE_NUMBER_ILLEGAL")) };
        if signature.is_empty() || signature.contains(['【', '】']) {
            return plain(rejection("isv.SMS_SIGNATURE_ILLEGAL"));
        }
        let value_of = |name: &str| params.get(name)?.as_str().map(str::to_owned);
        if let Some(missing) = template.variables().into_iter().find(|name| value_of(name).is_none()) {
            return plain(rejection_about("isv.TEMPLATE_MISSING_PARAMETERS", &format!("${{{missing}}}")));
        }
        let text = template.filled(value_of).unwrap_or_default();
        let text = format!("【{signature}】{text}");
        deliveries.push(DeliveredText { to, text: text.into(), reference: reference.as_str().into(), at: None });
    }
    let id = format!("{}^0", world.ids.next());
    for DeliveredText { to, text, reference, .. } in &deliveries {
        let (to, text, reference) = (to.clone(), Rc::clone(text), Rc::clone(reference));
        let (id, template, at) = (id.clone(), code.clone(), world.now);
        world.approved.keep(AcceptedText { vendor: SERVER.name, id, to, text, template, reference, at });
    }
    // dysms has the id at the top, dypns in a model.
    let model = json!({ "BizId": id, "OutId": reference, "RequestId": "sandbox" });
    Answer { reply: success(json!({ "BizId": id, "Model": model, "Success": true })), deliveries }
}

/// 国内短信:+/+86/0086/86或无任何前缀的11位手机号码; 国际: 国际区号+号码.
fn e164(number: &str) -> Option<String> {
    let national = ["+86", "0086", "86", "+", ""]
        .into_iter()
        .find_map(|prefix| number.strip_prefix(prefix).filter(|rest| is_mobile(rest)));
    let digits = number.trim_start_matches('+');
    let is_international = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    match national {
        Some(national) => Some(format!("+86{national}")),
        None => (is_international && !digits.starts_with("86")).then(|| format!("+{digits}")),
    }
}

fn details(form: &Form, world: &World) -> Reply {
    let (number, day, id) = (e164(&form.utf8("PhoneNumber")), form.utf8("SendDate"), form.utf8("BizId"));
    let whole = |name| form.utf8(name).parse::<usize>().ok().filter(|number| *number > 0);
    let (Some(number), Some(page), Some(size)) =
        (number, whole("CurrentPage"), whole("PageSize").filter(|size| *size <= 50))
    else {
        return rejection("isv.INVALID_PARAMETERS");
    };
    let wanted = world.approved.of(SERVER.name).filter(|text| {
        text.to == number && beijing_time(text.at)[..10].replace('-', "") == day && (id.is_empty() || text.id == id)
    });
    let all: Vec<Value> = wanted
        .map(|text| {
            json!({
                "PhoneNum": number.strip_prefix("+86").unwrap_or(&number), "Content": *text.text, "OutId": *text.reference,
                "TemplateCode": text.template, "SendStatus": 3, "ErrCode": "DELIVERED",
                "SendDate": beijing_time(text.at), "ReceiveDate": beijing_time(text.at),
            })
        })
        .collect();
    let total = all.len().to_string();
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    success(json!({ "TotalCount": total, "SmsSendDetailDTOs": { "SmsSendDetailDTO": shown } }))
}

fn page(form: &Form, name: &str, all: Vec<Value>) -> Reply {
    let whole = |name, default| form.utf8(name).parse::<usize>().ok().filter(|number| *number > 0).unwrap_or(default);
    let (page, size) = (whole("PageIndex", 1), whole("PageSize", 10));
    let total = all.len();
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    success(json!({ "TotalCount": total, "CurrentPage": page, "PageSize": size, name: shown }))
}

fn plain(reply: Reply) -> Answer {
    Answer { reply, deliveries: Vec::new() }
}

fn success(mut reply: Value) -> Reply {
    for (name, value) in [("Code", "OK"), ("Message", "OK"), ("RequestId", "sandbox")] {
        reply[name] = value.into();
    }
    Reply::json(&reply)
}

/// Rejections of the product have the status 200, those of the gateway before it 400 or 404.
fn rejection(code: &str) -> Reply {
    let status = match code {
        _ if code.starts_with("isv.") || code.starts_with("isp.") => 200,
        "InvalidAccessKeyId.NotFound" | "InvalidAction.NotFound" => 404,
        _ => 400,
    };
    Reply::json(&json!({ "Code": code, "Message": message_of(code), "RequestId": "sandbox" })).status(status)
}

/// A rejection whose message names what is wrong.
fn rejection_about(code: &str, what: &str) -> Reply {
    let message = format!("{}: {what}", message_of(code));
    Reply::json(&json!({ "Code": code, "Message": message, "RequestId": "sandbox" }))
}

/// The description of a code in the vendor's table (API错误码), and of the gateway's codes in theirs (公共错误码).
fn message_of(code: &str) -> &str {
    match code.trim_start_matches("isv.") {
        "AMOUNT_NOT_ENOUGH" => "账户余额不足",
        "OUT_OF_SERVICE" => "业务停机",
        "PRODUCT_UN_SUBSCRIPT" => "未开通云通信产品的阿里云客户",
        "PRODUCT_UNSUBSCRIBE" => "产品未开通",
        "ACCOUNT_NOT_EXISTS" => "账户不存在",
        "ACCOUNT_ABNORMAL" => "账户异常",
        "SMS_TEMPLATE_ILLEGAL" => "短信模板不合法",
        "SMS_SIGNATURE_ILLEGAL" => "短信签名不合法",
        "SMS_CONTENT_ILLEGAL" => "短信内容包含禁止发送内容",
        "INVALID_PARAMETERS" => "参数异常",
        "INVALID_JSON_PARAM" => "JSON参数不合法，只接受字符串值",
        "MOBILE_NUMBER_ILLEGAL" => "非法手机号",
        "MOBILE_COUNT_OVER_LIMIT" => "手机号码数量超过限制",
        "TEMPLATE_MISSING_PARAMETERS" => "模板缺少变量",
        "BUSINESS_LIMIT_CONTROL" => "业务限流",
        "DAY_LIMIT_CONTROL" => "触发日发送限额",
        "MONTH_LIMIT_CONTROL" => "触发月发送限额",
        "BLACK_KEY_CONTROL_LIMIT" => "黑名单管控",
        "PARAM_LENGTH_LIMIT" => "参数超出长度限制",
        "PARAM_NOT_SUPPORT_URL" => "不支持URL",
        "isp.SYSTEM_ERROR" => "系统错误",
        "isp.RAM_PERMISSION_DENY" => "RAM权限不足",
        "InvalidAccessKeyId.NotFound" => "Specified access key is not found.",
        "SignatureDoesNotMatch" => "Specified signature is not matched with our calculation.",
        "SignatureNonceUsed" => "Specified signature nonce was used already.",
        "IncompleteSignature" => "The request signature does not conform to Aliyun standards.",
        "InvalidTimeStamp.Format" => "Specified time stamp or date value is not well formatted.",
        "InvalidTimeStamp.Expired" => "Specified time stamp or date value is expired.",
        "InvalidAction.NotFound" => "Specified api is not found, please check your url and method.",
        "MissingParameter" => "The Authorization header is mandatory for this action.",
        "Throttling.User" => "Request was denied due to user flow control.",
        _ => "rejected by the sandbox",
    }
}

/// `SmsReport` and `SmsUp`.
fn push(order: &Order, at: &str) -> Posted {
    let Order { text, mobile, reference, status, id, sent_id, .. } = order;
    let status = if status == "DELIVRD" { "DELIVERED" } else { status };
    posted_json(&match text {
        None => json!([{
            "phone_number": mobile, "send_time": at, "report_time": at, "success": status == "DELIVERED",
            "err_code": status, "err_msg": "", "sms_size": "1", "biz_id": sent_id.clone().unwrap_or_else(|| format!("{id}^0")),
            "out_id": reference,
        }]),
        Some(text) => json!([{
            "phone_number": mobile, "send_time": at, "content": text, "sign_name": SIGN_NAME, "dest_code": "1",
            "sequence_id": id,
        }]),
    })
}
