//! liasmart's server: 单条发送接口, by GET, JSON POST and form POST.

use serde_json::{Value, json};

use super::form::Form;
use super::http::{Reply, Request};
use super::{Answer, Delivery, Server, World};

pub(super) const SERVER: Server = Server {
    name: "liasmart",
    host: Some("api.liasmart.com"),
    answer,
    reject: |code| refusal(code.unwrap_or("Insufficient Balance")),
    config: || json!({ "vendor": "liasmart", "apiId": API_ID, "apiPassword": API_PASSWORD, "senderId": SENDER_ID }),
};

const API_ID: &str = "API4010";
const API_PASSWORD: &str = "sandbox@liasmart";
const SENDER_ID: &str = "XINSHI";

fn answer(path: &str, request: &Request, world: &mut World) -> Option<Answer> {
    if path != "/api/SendSMS" {
        return None;
    }
    let parameters = Parameters::of(request)?;
    let [phone, text, uid] = ["phonenumber", "textmessage", "uid"].map(|name| parameters.text(name));
    let encoding = parameters.text("encoding");
    let fault = if parameters.text("api_id") != API_ID || parameters.text("api_password") != API_PASSWORD {
        Some("Invalid Credentials")
    } else if parameters.text("sender_id") != SENDER_ID {
        Some("Invalid Sender ID")
    } else if !matches!(parameters.text("sms_type").as_str(), "P" | "T") {
        Some("Invalid SMS Type")
    } else if !matches!(encoding.as_str(), "T" | "U") {
        Some("Invalid Encoding")
    } else if !(7..=15).contains(&phone.len())
        || !phone.bytes().all(|byte| byte.is_ascii_digit())
        || super::is_mobile(&phone)
    {
        Some("Invalid Phone Number")
    } else if text.is_empty() {
        Some("Text Message Required")
    } else if encoding == "T" && text.chars().any(|character| u32::from(character) > 0x24F && character != '€') {
        Some("Text Does Not Match Encoding")
    } else {
        None
    };
    if let Some(remarks) = fault {
        return Some(Answer { reply: refusal(remarks), deliveries: Vec::new() });
    }
    let id = world.ids.next();
    world.callbacks.keep(&uid, id, parameters.text("callback_url"));
    let reply = json!({
        "message_id": id,
        "status": "S",
        "remarks": "Message Submitted Sucessfully",
        "uid": if uid.is_empty() { Value::Null } else { json!(uid) },
    });
    let delivery = Delivery { to: phone, text, reference: uid, at: None };
    Some(Answer { reply: Reply::json(&reply), deliveries: vec![delivery] })
}

fn refusal(remarks: &str) -> Reply {
    Reply::json(&json!({ "message_id": 0, "status": "F", "remarks": remarks }))
}

enum Parameters {
    Form(Form),
    Json(Value),
}

impl Parameters {
    fn of(request: &Request) -> Option<Self> {
        if request.method == "POST" && request.header("content-type").starts_with("application/json") {
            Some(Self::Json(serde_json::from_slice(&request.body).unwrap_or(Value::Null)))
        } else {
            Form::of(request).map(Self::Form)
        }
    }

    fn text(&self, name: &str) -> String {
        match self {
            Self::Form(form) => form.utf8(name),
            Self::Json(object) => object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }
}
