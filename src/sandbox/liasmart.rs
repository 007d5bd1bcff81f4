//! liasmart's server: 单条发送接口, by GET, by a JSON POST and by a form POST.

use serde_json::{Value, json};

use super::form::Form;
use super::http::{Reply, Request};
use super::push_request::{Order, Posted, posted_json};
use super::strict::StrictRejection;
use super::{Answer, BadRequest, DeliveredText, Server, World};

pub(super) const SERVER: Server = Server {
    name: "liasmart",
    host: Some("api.liasmart.com"),
    answer,
    reject: |code| rejection(code.unwrap_or("Insufficient Balance")),
    rejection_code: |rejection| match rejection {
        StrictRejection::Signature => "Invalid signature",
        StrictRejection::Content => "Content rejected by the carrier",
        StrictRejection::Hours => "Marketing is not sent at this hour",
    },
    config: || json!({ "vendor": "liasmart", "apiId": API_ID, "apiPassword": API_PASSWORD, "senderId": SENDER_ID }),
    push,
    holds_replies: false,
};

const API_ID: &str = "API4010";
const API_PASSWORD: &str = "sandbox@liasmart";
const SENDER_ID: &str = "XINSHI";

fn answer(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest> {
    if path != "/api/SendSMS" {
        return Err(BadRequest::Address);
    }
    let Some(parameters) = LiasmartParameters::of(request)? else {
        return Ok(Answer { reply: rejection("Invalid JSON"), deliveries: Vec::new() });
    };
    let [phone, text, uid] = ["phonenumber", "textmessage", "uid"].map(|name| parameters.text(name));
    let [encoding, template] = ["encoding", "templateid"].map(|name| parameters.text(name));
    // A plus sign that was not percent-encoded arrives as a blank.
    let phone = phone.trim_start_matches(['+', ' ']);
    let fault = if parameters.text("api_id") != API_ID || parameters.text("api_password") != API_PASSWORD {
        Some("Invalid Credentials")
    } else if parameters.text("sender_id") != SENDER_ID {
        Some("Invalid Sender ID")
    } else if !matches!(parameters.text("sms_type").as_str(), "P" | "T") {
        Some("Invalid SMS Type")
    } else if !matches!(encoding.as_str(), "T" | "U") {
        Some("Invalid Encoding")
    } else if !is_international(phone) {
        Some("Invalid Phone Number")
    } else if text.is_empty() && template.is_empty() {
        // 在模板ID未携带时,必须填写短信内容.
        Some("Text Message Required")
    } else if encoding == "T" && text.chars().any(|character| u32::from(character) > 0x24F && character != '€') {
        Some("Text Does Not Match Encoding")
    } else {
        None
    };
    if let Some(remarks) = fault {
        return Ok(Answer { reply: rejection(remarks), deliveries: Vec::new() });
    }
    let id = world.ids.next();
    world.callbacks.keep(&uid, id, parameters.text("callback_url"));
    let reply = json!({
        "message_id": id,
        "status": "S",
        "remarks": "Message Submitted Sucessfully",
        "uid": if uid.is_empty() { Value::Null } else { json!(uid) },
    });
    let text = if text.is_empty() { parameters.filled(&template) } else { text };
    let delivery = DeliveredText { to: format!("+{phone}"), text: text.into(), reference: uid.into(), at: None };
    Ok(Answer { reply: Reply::json(&reply), deliveries: vec![delivery] })
}

/// Whether a number has its country code (格式为国家码+手机号). Eleven digits from 1 are a number of North America; a mainland
/// number begins with 86.
fn is_international(phone: &str) -> bool {
    (7..=15).contains(&phone.len()) && phone.bytes().all(|byte| byte.is_ascii_digit()) && !phone.starts_with('0')
}

fn rejection(remarks: &str) -> Reply {
    Reply::json(&json!({ "message_id": 0, "status": "F", "remarks": remarks }))
}

enum LiasmartParameters {
    Form(Form),
    Json(Value),
}

impl LiasmartParameters {
    /// `None` for a body that claims to be JSON and is not.
    fn of(request: &Request) -> Result<Option<Self>, BadRequest> {
        if request.method == "POST" && request.content_type() == "application/json" {
            return Ok(serde_json::from_slice(&request.body).ok().filter(Value::is_object).map(Self::Json));
        }
        match Form::of(request) {
            Err(BadRequest::ContentType(_)) => {
                Err(BadRequest::ContentType("application/json or application/x-www-form-urlencoded"))
            }
            form => form.map(|form| Some(Self::Form(form))),
        }
    }

    fn text(&self, name: &str) -> String {
        match self {
            Self::Form(form) => form.utf8(name),
            Self::Json(object) => match object.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            },
        }
    }

    /// The text that the phone shows for a template, whose words only the vendor knows: the template's id and the
    /// values `V1` to `V5`.
    fn filled(&self, template: &str) -> String {
        let values = (1..=5).map(|number| self.text(&format!("V{number}"))).filter(|value| !value.is_empty());
        [format!("templateid={template}")].into_iter().chain(values).collect::<Vec<_>>().join(" ")
    }
}

/// The delivery report of a text. The document announces no pushed replies.
fn push(order: &Order, _: &str) -> Option<Posted> {
    let Order { text, mobile, reference, id, status, .. } = order;
    let report =
        || json!({ "message_id": id, "uid": reference, "phonenumber": format!("86{mobile}"), "status": status });
    text.is_none().then(|| posted_json(&report()))
}
