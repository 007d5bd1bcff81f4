//! apiv1's server. The document lists no code but `"00"`; the other codes here are the sandbox's own.

use std::rc::Rc;

use serde_json::{Value, json};

use super::form::Form;
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_json};
use super::strict::StrictRejection;
use super::{Answer, BadRequest, DeliveredText, Server, World, is_mobile};

pub(super) const SERVER: Server = Server {
    name: "apiv1",
    host: None,
    answer,
    reject: |code| rejection(code.unwrap_or("03")),
    // Its document has no code but 00.
    rejection_code: |rejection| match rejection {
        StrictRejection::Signature => "signature",
        StrictRejection::Content => "content",
        StrictRejection::Hours => "hours",
    },
    config: || {
        json!({
            "vendor": "apiv1", "account": ACCOUNT, "password": "sandbox-apiv1-password",
            "baseUrl": "http://127.0.0.1:4010/apiv1",
        })
    },
    push: |order, at| Some(push(order, at)),
    holds_replies: true,
};

const ACCOUNT: &str = "sandbox";
/// `printf sandbox-apiv1-password | md5sum`.
const PWD: &str = "cced5a849c3e83f6fbb0842b13557114";

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    let operation = path.strip_prefix("/api/v1/").ok_or(BadRequest::Address)?;
    if !["send", "report", "mo", "queryBalance"].contains(&operation) {
        return Err(BadRequest::Address);
    }
    if request.method != "POST" {
        return Err(BadRequest::Method("POST"));
    }
    // 协议 HTTP POST, Content-Type application/x-www-form-urlencoded: the URL carries no parameters.
    let form = Form::of_body(request)?;
    if !form.has("account") && request.query().contains("account=") {
        return Ok(Answer { reply: rejection("08"), deliveries: Vec::new() });
    }
    if form.utf8("account") != ACCOUNT || form.utf8("pwd") != PWD {
        return Ok(Answer { reply: rejection("01"), deliveries: Vec::new() });
    }
    let data = match operation {
        "send" => return Ok(send(&form, world)),
        "queryBalance" => json!({ "balance": 200_000, "payment": 0, "paymentName": "预付" }),
        "report" => {
            let pulled = world.receipts.pull("apiv1", false, MAX_PULL_RECORDS);
            pulled
                .into_iter()
                .map(|report| {
                    json!({
                        "sendId": *report.reference, "status": "DELIVER", "times": report.at(),
                        "mobile": report.mobile, "extNo": "",
                    })
                })
                .collect()
        }
        "mo" => {
            let pulled = world.receipts.pull("apiv1", true, MAX_PULL_RECORDS);
            pulled
                .into_iter()
                .map(|reply| json!({ "mobile": reply.mobile, "content": reply.text, "times": reply.at(), "extNo": 10 }))
                .collect()
        }
        _ => return Err(BadRequest::Address),
    };
    Ok(Answer { reply: reply("00", &data, "成功"), deliveries: Vec::new() })
}

/// The maximum number of records in a pull. The document sets no limit.
const MAX_PULL_RECORDS: usize = 500;

fn send(form: &Form, world: &mut World) -> Answer {
    let (mobiles, content, task) = (form.utf8("mobiles"), form.utf8("content"), form.utf8("taskId"));
    let mobiles: Vec<&str> = mobiles.split(',').collect();
    let extension = form.utf8("extNo");
    let fault = if mobiles.len() > 3000 {
        Some("05")
    } else if !mobiles.iter().all(|mobile| is_mobile(mobile)) {
        Some("02")
    } else if content.is_empty() || content.encode_utf16().count() > 500 {
        Some("04")
    } else if !extension.is_empty() && !is_positive(&extension) {
        Some("06")
    } else if world.references.has("apiv1", &task) {
        // 自定义任务id,全局唯一.
        Some("07")
    } else {
        None
    };
    if let Some(code) = fault {
        return Answer { reply: rejection(code), deliveries: Vec::new() };
    }
    let task = if task.is_empty() { format!("task-{}", world.ids.next()) } else { task };
    let (text, reference): (Rc<str>, Rc<str>) = (content.into(), task.as_str().into());
    let deliveries = mobiles.iter().map(|mobile| DeliveredText {
        to: (*mobile).to_owned(),
        text: Rc::clone(&text),
        reference: Rc::clone(&reference),
        at: None,
    });
    let deliveries = deliveries.collect();
    world.references.take("apiv1", &task);
    Answer { reply: reply("00", &json!({ "taskId": task }), "成功"), deliveries }
}

/// 只能为正整数 (extNo).
fn is_positive(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && number.bytes().any(|digit| digit != b'0')
}

fn rejection(code: &str) -> Reply {
    let message = match code {
        "01" => "账号或密码错误",
        "02" => "手机号码错误",
        "03" => "余额不足",
        "04" => "短信内容为空或过长",
        "05" => "手机号码过多",
        "06" => "扩展号错误: extNo只能为正整数",
        "07" => "taskId重复: 须全局唯一",
        "08" => "参数须在表单中, 不在URL中",
        _ => "失败",
    };
    reply(code, &Value::Null, message)
}

fn reply(code: &str, data: &Value, message: &str) -> Reply {
    Reply::json(&json!({ "code": code, "data": data, "message": message }))
}

/// 回调短信状态 and 回调上行短信.
fn push(order: &Order, at: &str) -> Posted {
    let Order { text, mobile, reference, status, .. } = order;
    posted_json(&match text {
        None => json!({ "sendId": reference, "mobile": mobile, "times": at, "status": status }),
        Some(text) => json!({ "mobile": mobile, "content": text, "times": at, "extNo": "10" }),
    })
}
