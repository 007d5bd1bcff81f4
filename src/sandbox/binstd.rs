//! binstd's server: 发送短信.

use serde_json::json;

use super::appkey::{envelope, fault_of, message};
use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, Delivery, Ids, Server};

pub(super) const SERVER: Server = Server {
    name: "binstd",
    host: Some("api.binstd.com"),
    answer,
    reject: |code| refusal(&Form::default(), code.unwrap_or("209")),
    config: || json!({ "vendor": "binstd", "appkey": APPKEY }),
};

const APPKEY: &str = "sandbox-binstd-appkey";

fn answer(path: &str, request: &Request, _: &mut Ids) -> Option<Answer> {
    if path != "/sms/send" {
        return None;
    }
    let form = Form::of(request)?;
    let (mobile, content) = (form.utf8("mobile"), form.utf8("content"));
    let mobiles: Vec<&str> = mobile.split(',').collect();
    let texts: Vec<&str> = content.split(",,").collect();
    // 营销5000一组,通知200一组; texts that differ: 最大200一组.
    let most = if texts.len() == 1 && content.contains("退订") { 5000 } else { 200 };
    let fault = if form.utf8("appkey") != APPKEY {
        Some("101")
    } else if mobiles.len() > most {
        Some("210")
    } else if texts.len() > 1 && texts.len() != mobiles.len() {
        // 和手机号数量要一致; no code is documented for it.
        Some("220")
    } else {
        texts.iter().find_map(|text| fault_of(&mobiles, text))
    };
    if let Some(code) = fault {
        return Some(Answer { reply: refusal(&form, code), deliveries: Vec::new() });
    }
    let deliver = |(mobile, text): (&&str, &&str)| Delivery {
        to: (*mobile).to_owned(),
        text: (*text).to_owned(),
        reference: String::new(),
        at: None,
    };
    let deliveries: Vec<Delivery> = mobiles.iter().zip(texts.iter().cycle()).map(deliver).collect();
    let result = json!({ "count": deliveries.len().to_string(), "accountid": "1" });
    Some(Answer { reply: envelope(&form, &json!("0"), "ok", &result), deliveries })
}

/// A string of a code, and `"result": ""` (FACTS.md, binstd).
fn refusal(form: &Form, code: &str) -> Reply {
    envelope(form, &json!(code), message(code), &json!(""))
}
