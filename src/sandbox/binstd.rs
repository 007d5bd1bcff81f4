//! binstd's server.

use std::rc::Rc;

use serde_json::json;

use super::appkey::{self, BLOCKED_WORDS, envelope, fault_of, message};
use super::books::{Books, PageNames};
use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, BadRequest, DeliveredText, Server, World, push_request};

pub(super) const SERVER: Server = Server {
    name: "binstd",
    host: Some("api.binstd.com"),
    answer,
    reject: |code| rejection(&Form::default(), code.unwrap_or("209")),
    rejection_code: appkey::rejection_code,
    config: || json!({ "vendor": "binstd", "appkey": APPKEY }),
    push: |order, at| Some(push_request::undescribed(order, at)),
    holds_replies: false,
};

const APPKEY: &str = "sandbox-binstd-appkey";

/// The names that differ from liupai's. 分页: `pagenum`, `pagesize`; 添加模板: `name`.
const NAMES: PageNames = PageNames { page: "pagenum", page_size: "pagesize", template_name: "name" };
/// The index into `World::books`.
const BOOKS: usize = 1;

/// The operations of the document, which has no log.
const OPERATIONS: [&str; 10] = [
    "send",
    "balance",
    "blackword",
    "addaccount",
    "editaccount",
    "accountlist",
    "addtemplate",
    "edittemplate",
    "templatelist",
    "templatedetail",
];

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    let operation =
        path.strip_prefix("/sms/").filter(|operation| OPERATIONS.contains(operation)).ok_or(BadRequest::Address)?;
    let form = Form::of(request)?;
    if form.utf8("appkey") != APPKEY {
        return Ok(Answer { reply: rejection(&form, "101"), deliveries: Vec::new() });
    }
    let found = match operation {
        "send" => return Ok(send(&form, world)),
        // 获取黑名单, 返回示例.
        "blackword" => Ok(json!(BLOCKED_WORDS)),
        _ => Books::answer(world, BOOKS, operation, &form, &NAMES).ok_or(BadRequest::Address)?,
    };
    let reply = match found {
        Ok(result) => envelope(&form, &json!("0"), "ok", &result),
        Err(code) => rejection(&form, code),
    };
    Ok(Answer { reply, deliveries: Vec::new() })
}

fn send(form: &Form, world: &mut World) -> Answer {
    let (mobile, content) = (form.utf8("mobile"), form.utf8("content"));
    let mobiles: Vec<&str> = mobile.split(',').collect();
    let texts: Vec<&str> = content.split(",,").collect();
    // 营销5000一组,通知200一组; texts that differ: 最大200一组.
    let max = if texts.len() == 1 && content.contains("退订") { 5000 } else { 200 };
    let fault = if mobiles.len() > max {
        Some("210")
    } else if texts.len() > 1 && texts.len() != mobiles.len() {
        // 和手机号数量要一致. The document lists no code for it.
        Some("220")
    } else {
        texts.iter().find_map(|text| fault_of(&mobiles, text))
    };
    if let Some(code) = fault {
        return Answer { reply: rejection(form, code), deliveries: Vec::new() };
    }
    let deliver = |(mobile, text): (&&str, &&str)| DeliveredText {
        to: (*mobile).to_owned(),
        text: (*text).into(),
        reference: Rc::default(),
        at: None,
    };
    let deliveries: Vec<DeliveredText> = mobiles.iter().zip(texts.iter().cycle()).map(deliver).collect();
    for delivery in &deliveries {
        let id = world.ids.next().to_string();
        world.books[BOOKS].sent(id, &delivery.to, &delivery.text, "", world.now);
    }
    let result = json!({ "count": deliveries.len().to_string(), "accountid": "1" });
    Answer { reply: envelope(form, &json!("0"), "ok", &result), deliveries }
}

/// A rejection: the code as a string, and `"result": ""` (docs/vendors.md, binstd).
fn rejection(form: &Form, code: &str) -> Reply {
    envelope(form, &json!(code), message(code), &json!(""))
}
