//! liasmart 利亚智联: international numbers, GET or JSON. Source: liasmart.txt.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::error::{Code, SmsError};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::{Billing, is_gsm};
use crate::vendor::account::{AccountOption, BASE_URL, METHOD, VENDOR, names, required, text};
use crate::vendor::endpoint::Endpoint;
use crate::vendor::push::{Known, Push, PushRecords, Tells};
use crate::vendor::record_values::RecordValues;
use crate::vendor::report::FieldNames;
use crate::vendor::site::Site;
use crate::vendor::{About, Acceptance, TextRules, Vendor, VendorSpec, base_url, carrier, one_text};
use crate::wire::{Carrier, Parameters, WireReply, WireRequest, json};

const OPTIONS: [AccountOption; 7] =
    [VENDOR, required("apiId"), required("apiPassword"), required("senderId"), METHOD, text("callbackUrl"), BASE_URL];

pub(super) const ABOUT: About =
    About {
        title: "利亚智联", options: &OPTIONS, pushes: &[Push::new("callback_url", Tells::Report, Known::Guessed)]
    };

pub(super) const SPEC: VendorSpec = VendorSpec {
    name: "liasmart",
    options: &names(&OPTIONS),
    origin: Some("https://api.liasmart.com"),
    billing: |text| if is_latin(text) { Billing::Gsm } else { Billing::Ucs2 },
    international: true,
    read_push,
    callback_with_text: true,
    // sender_id names the sender; its sample of Latin text has neither signature nor opt-out (liasmart.txt, GET).
    text_rules: TextRules { names_sender: true, ..TextRules::USUAL },
    ..VendorSpec::DEFAULT
};

pub(super) struct Liasmart {
    site: Site,
    api_id: String,
    api_password: Secret,
    sender_id: String,
    callback_url: Option<String>,
    carrier: Carrier,
}

impl Liasmart {
    pub(super) fn configure(fields: &Fields<'_>) -> Result<Self, SmsError> {
        Ok(Self {
            site: Site::new(base_url(fields, &SPEC)?, "/api/", ""),
            api_id: fields.required("apiId")?.to_owned(),
            api_password: Secret::new(fields.required("apiPassword")?),
            sender_id: fields.required("senderId")?.to_owned(),
            callback_url: fields.text("callbackUrl")?.map(str::to_owned),
            carrier: carrier(fields, Carrier::Json)?,
        })
    }
}

impl Liasmart {
    fn request(&self, name: &'static str, parameters: Parameters, to: Rc<[Phone]>) -> WireRequest {
        WireRequest {
            vendor: SPEC.name,
            operation: name,
            carrier: self.carrier,
            endpoint: self.site.endpoint(name),
            parameters,
            charset: SPEC.charset,
            callback: None,
            to,
            extras: None,
        }
    }
}

impl Vendor for Liasmart {
    fn spec(&self) -> &'static VendorSpec {
        &SPEC
    }

    fn base_url(&self) -> &str {
        &self.site.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.api_password]
    }

    fn send_operation(&self) -> &'static str {
        "SendSMS"
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, _: &Random) -> Result<WireRequest, SmsError> {
        let text = one_text(batch)?;
        let sms_type = if batch.kind == MessageKind::Marketing { "P" } else { "T" };
        let encoding = if is_latin(text) { "T" } else { "U" };
        let mut parameters = Parameters::default();
        parameters.add("api_id", &self.api_id);
        parameters.secret("api_password", self.api_password.expose());
        parameters.add("sms_type", sms_type);
        parameters.add("encoding", encoding);
        parameters.add("sender_id", &self.sender_id);
        parameters.add("phonenumber", batch.to.first().map(Phone::digits).unwrap_or_default());
        parameters.add("textmessage", text.as_bytes());
        parameters.add("uid", reference.as_str());
        match (&batch.callback_url, &self.callback_url) {
            // The URL is a secret: it was made for one text, and anybody who knows it can report on that text.
            (Some(url), _) => parameters.secret("callback_url", url.as_bytes()),
            (None, Some(url)) => parameters.add("callback_url", url),
            (None, None) => {}
        }
        Ok(self.request(self.send_operation(), parameters, Rc::clone(&batch.to)))
    }

    /// `status` decides: S or s is success, F or f a failure (响应参数说明). `remarks` varies and is only repeated in errors.
    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        let answer = json::parse_reply(reply.document()?)?;
        match answer.text_of("status") {
            Some("S" | "s") => match answer.text_of("message_id").filter(|id| *id != "0") {
                Some(id) => Ok(Acceptance { id: Some(id.to_owned()), ..Acceptance::default() }),
                None => Err(SmsError::bad_reply("the reply says success and has no message_id")),
            },
            Some(status @ ("F" | "f")) => {
                let remarks = answer.text_of("remarks").unwrap_or_default();
                Err(SmsError::not_sent(Code::Vendor, "the vendor rejected; see vendorMessage")
                    .with_vendor_reply(status, remarks))
            }
            _ => Err(SmsError::bad_reply("the reply's status is neither S nor F")),
        }
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &[]
    }

    fn build(&self, endpoint: &Endpoint, parameters: &Parameters, _: &Random) -> Result<WireRequest, SmsError> {
        Ok(self.request(endpoint.name, parameters.clone(), Rc::default()))
    }
}

/// 字符T表示拉丁字符 (参数说明, encoding): whether a text fits the GSM-7 alphabet without its Greek letters.
fn is_latin(text: &str) -> bool {
    is_gsm(text) && !text.chars().any(|character| ('Α'..='ω').contains(&character))
}

/// The field names of a callback. The document describes no callback: these are the names in the reply to a send, and
/// `DLRStatus`, which a sibling platform writes (docs/vendors.md, liasmart).
const FIELD_NAMES: FieldNames = FieldNames {
    vendor: "liasmart",
    id: "message_id",
    reference: "uid",
    phone: "phonenumber",
    statuses: ["DLRStatus", "status"],
    text: "",
    reported_at: "",
    replied_at: "",
    ext: "",
    user: "",
    required: &[],
    bare_reference: false,
    // 格式为国家码+手机号 (参数说明, phonenumber).
    country_first: true,
    delivered: SPEC.text_rules.delivered,
};

/// Reads a callback. The document does not describe what the vendor posts to `callback_url`, so the reader looks for
/// `message_id`, `uid` and `status` of a send's reply, and for a sibling's `DLRStatus`, in JSON, in a form and in the
/// query (docs/vendors.md, liasmart).
fn read_push(push: &mut PushRecords, query: &[u8], body: &[u8]) {
    let document = json::parse(body).ok();
    let values = RecordValues { json: document.as_ref(), pairs: [query, body], fields: &[], charset: SPEC.charset };
    if values.word("message_id").or_else(|| values.word("uid")).is_some() {
        push.reports.extend(FIELD_NAMES.report(&values));
    }
    if push.reports.is_empty() && FIELD_NAMES.are_corrupted(&values) {
        push.add_unparsed(&[query, body]);
    }
}
