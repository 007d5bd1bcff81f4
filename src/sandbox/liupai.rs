//! liupai's server: 短信发送. Its document shows no reply; siblings of its host report success as the number 200.

use serde_json::{Value, json};

use super::appkey::{envelope, fault_of, message};
use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, Delivery, Ids, Server};

pub(super) const SERVER: Server = Server {
    name: "liupai",
    host: Some("open.liupai.net"),
    answer,
    reject: |code| refusal(&Form::default(), code.unwrap_or("104")),
    config: || json!({ "vendor": "liupai", "appkey": APPKEY }),
};

const APPKEY: &str = "sandbox-liupai-appkey";

fn answer(path: &str, request: &Request, ids: &mut Ids) -> Option<Answer> {
    if path != "/sms/send" {
        return None;
    }
    let form = Form::of(request)?;
    let (mobile, content) = (form.utf8("mobile"), form.utf8("content"));
    let template = form.utf8("templateid");
    let fault = if form.utf8("appkey") != APPKEY {
        Some("101")
    } else if !template.bytes().all(|byte| byte.is_ascii_digit()) {
        Some("207")
    } else {
        // 不支持群发: a list is no number.
        fault_of(&[&mobile], &content)
    };
    if let Some(code) = fault {
        return Some(Answer { reply: refusal(&form, code), deliveries: Vec::new() });
    }
    let result = json!({ "count": "1", "msgid": ids.next().to_string(), "accountid": 1 });
    let delivery = Delivery { to: mobile, text: content, reference: String::new(), at: None };
    Some(Answer { reply: envelope(&form, &json!(200), "ok", &result), deliveries: vec![delivery] })
}

/// On failure `result` can be an array (FACTS.md, liupai).
fn refusal(form: &Form, code: &str) -> Reply {
    let status = code.parse::<u32>().map_or_else(|_| json!(code), Value::from);
    envelope(form, &status, message(code), &json!([]))
}
