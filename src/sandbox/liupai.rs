//! liupai's server. Its document shows no reply; sibling endpoints of its host report success as the number 200.

use std::rc::Rc;

use serde_json::{Value, json};

use super::appkey::{self, envelope, fault_of, message};
use super::books::{Books, PageNames};
use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, BadRequest, DeliveredText, Server, World, push_request};

pub(super) const SERVER: Server = Server {
    name: "liupai",
    host: Some("open.liupai.net"),
    answer,
    reject: |code| rejection(&Form::default(), code.unwrap_or("104")),
    rejection_code: appkey::rejection_code,
    config: || json!({ "vendor": "liupai", "appkey": APPKEY }),
    push: |order, at| Some(push_request::undescribed(order, at)),
    holds_replies: false,
};

const APPKEY: &str = "sandbox-liupai-appkey";

/// The names that differ from binstd's. 分页: `page`, `pageSize`; 添加模版: `title`.
const NAMES: PageNames = PageNames { page: "page", page_size: "pageSize", template_name: "title" };
/// The index into `World::books`.
const BOOKS: usize = 0;

/// The operations of the document, which has no 修改模板 and no 获取模板详情.
const OPERATIONS: [&str; 8] =
    ["send", "balance", "addaccount", "accountlist", "editaccount", "addtemplate", "templatelist", "sendlogs"];

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    let operation =
        path.strip_prefix("/sms/").filter(|operation| OPERATIONS.contains(operation)).ok_or(BadRequest::Address)?;
    let form = Form::of(request)?;
    if form.utf8("appkey") != APPKEY {
        return Ok(Answer { reply: rejection(&form, "101"), deliveries: Vec::new() });
    }
    if operation == "send" {
        return Ok(send(&form, world));
    }
    let reply = match Books::answer(world, BOOKS, operation, &form, &NAMES).ok_or(BadRequest::Address)? {
        Ok(result) => envelope(&form, &json!(200), "ok", &result),
        Err(code) => rejection(&form, code),
    };
    Ok(Answer { reply, deliveries: Vec::new() })
}

fn send(form: &Form, world: &mut World) -> Answer {
    let (mobile, content) = (form.utf8("mobile"), form.utf8("content"));
    let template = form.utf8("templateid");
    let fault = if template.bytes().all(|byte| byte.is_ascii_digit()) {
        // 不支持群发: a list is not a number.
        fault_of(&[&mobile], &content)
    } else {
        Some("207")
    };
    if let Some(code) = fault {
        return Answer { reply: rejection(form, code), deliveries: Vec::new() };
    }
    let id = world.ids.next().to_string();
    world.books[BOOKS].sent(id.clone(), &mobile, &content, &template, world.now);
    let result = json!({ "count": "1", "msgid": id, "accountid": 1 });
    let delivery = DeliveredText { to: mobile, text: content.into(), reference: Rc::default(), at: None };
    Answer { reply: envelope(form, &json!(200), "ok", &result), deliveries: vec![delivery] }
}

/// A rejection. `result` can be an array (docs/vendors.md, liupai).
fn rejection(form: &Form, code: &str) -> Reply {
    let status = code.parse::<u32>().map_or_else(|_| json!(code), Value::from);
    envelope(form, &status, message(code), &json!([]))
}
