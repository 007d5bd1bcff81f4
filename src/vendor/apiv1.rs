//! apiv1, a platform whose host its administrator gives: form POST, MD5 password. Source: apiv1.txt.

use nojson::RawJsonValue;

use crate::error::{Sent, SmsError};
use crate::message::Message;
use crate::options::Fields;
use crate::phone::Phone;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::endpoint::{Endpoint, Gives};
use crate::vendor::report::{self, Pulled};
use crate::vendor::{Charset, Facts, Receipt, Vendor, base_url, record, rejection};
use crate::wire::digest::md5_hex;
use crate::wire::{Carrier, Parameter, WireReply, WireRequest, json};

pub(super) const FACTS: Facts = Facts {
    name: "apiv1",
    origin: None,
    billing: |_| Billing::Cn,
    charset: Charset::Utf8,
    // 建议长度不要超过500字 (文字发送短信, content).
    longest_text: Some(500),
    international: false,
    schedules: false,
    templates: false,
    longest_reference: None,
};

pub(super) struct Apiv1 {
    base_url: String,
    account: String,
    password: Secret,
    /// MD5 of the password, 32 hex digits in lower case: as good as the password on the wire, so a secret too.
    pwd: Secret,
}

impl Apiv1 {
    pub(super) fn configure(fields: &Fields<'_, '_>) -> Result<Self, SmsError> {
        fields.only(&["vendor", "account", "password", "baseUrl"])?;
        let password = fields.required("password")?;
        Ok(Self {
            base_url: base_url(fields, &FACTS)?,
            account: fields.required("account")?,
            pwd: Secret::new(md5_hex(password.as_bytes())),
            password: Secret::new(password),
        })
    }
}

impl Apiv1 {
    fn request(&self, name: &'static str, parameters: Vec<Parameter>, to: Vec<Phone>) -> WireRequest {
        let account = [Parameter::new("account", self.account.as_str()), Parameter::secret("pwd", self.pwd.expose())];
        WireRequest {
            vendor: FACTS.name,
            operation: name,
            carrier: Carrier::Form,
            endpoint: format!("{}/api/v1/{name}", self.base_url),
            parameters: account.into_iter().chain(parameters).collect(),
            to,
        }
    }
}

impl Vendor for Apiv1 {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.password, &self.pwd]
    }

    fn build_send(&self, message: &Message, reference: &Reference) -> Result<WireRequest, SmsError> {
        let parameters = vec![
            Parameter::new("taskId", reference.as_str()),
            Parameter::new("mobiles", message.to.mainland().unwrap_or_default()),
            Parameter::new("content", message.text.as_str()),
        ];
        Ok(self.request("send", parameters, vec![message.to.clone()]))
    }

    /// Only code `"00"` is success; other codes are documented nowhere and kept as they came. `data` may be anything.
    fn read_send(&self, reply: &WireReply) -> Result<Receipt, SmsError> {
        let document = json::parse(reply.document()?)?;
        let id = open(document.value())?.and_then(|data| json::text_of(data, "taskId"));
        Ok(Receipt { id: id.filter(|id| !id.is_empty()) })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn build(&self, endpoint: &Endpoint, parameters: Vec<Parameter>) -> WireRequest {
        self.request(endpoint.name, parameters, Vec::new())
    }
}

const ENDPOINTS: [Endpoint; 3] = [
    Endpoint {
        operation: "balance",
        name: "queryBalance",
        takes: &[],
        gives: Gives::One,
        read: |reply, _| balance(reply),
    },
    Endpoint {
        operation: "reports",
        name: "report",
        takes: &[],
        gives: Gives::Pull,
        read: |reply, _| pulled(reply, report::apiv1_report),
    },
    Endpoint {
        operation: "replies",
        name: "mo",
        takes: &[],
        gives: Gives::Pull,
        read: |reply, _| pulled(reply, report::apiv1_reply),
    },
];

/// 用户余额查询接口: `payment` 0 is 预付, 1 is 后付.
fn balance(reply: &WireReply) -> Result<String, SmsError> {
    let document = json::parse(reply.document()?)?;
    let data = open(document.value())?.ok_or_else(|| SmsError::bad_reply("the reply has no data"))?;
    let remaining = json::member(data, "balance").and_then(record::number);
    let remaining = remaining.ok_or_else(|| SmsError::bad_reply("the reply has no balance"))?;
    let payment = match json::text_of(data, "payment").as_deref() {
        Some("0") => Some("prepaid"),
        Some("1") => Some("postpaid"),
        _ => None,
    };
    Ok(nojson::object(|f| {
        f.member("remaining", remaining)?;
        payment.map_or(Ok(()), |payment| f.member("payment", payment))
    })
    .to_string())
}

/// 短信状态查询接口 and 短信上行查询接口: `data` is a list, or nothing at all (FACTS.md, apiv1).
fn pulled(reply: &WireReply, read: impl Fn(RawJsonValue<'_, '_>) -> Option<String>) -> Result<String, SmsError> {
    let body = reply.document()?;
    let document = json::parse(body)?;
    let mut pulled = Pulled::default();
    if let Some(data) = open(document.value())? {
        let records = data.to_array().map_err(|_| SmsError::bad_reply("the reply's data is no list"))?;
        for record in records {
            match read(record) {
                Some(item) => pulled.items.push(item),
                None => pulled.unparsed.push(record.as_raw_str().as_bytes().to_vec()),
            }
        }
    }
    Ok(pulled.to_json())
}

/// The `data` of a success.
fn open<'text, 'raw>(answer: RawJsonValue<'text, 'raw>) -> Result<Option<RawJsonValue<'text, 'raw>>, SmsError> {
    match json::text_of(answer, "code").filter(|code| !code.is_empty()) {
        Some(code) if code == "00" => Ok(json::member(answer, "data")),
        Some(code) => Err(rejection(&[], Sent::No, &code, &json::text_of(answer, "message").unwrap_or_default())),
        None => Err(SmsError::bad_reply("the reply has no code")),
    }
}
