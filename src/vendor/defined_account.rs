//! [`DefinedAccount`]: an account at a vendor that the caller defined. The definition itself is elsewhere: in a WebAssembly
//! of its own, so that a client without one does not carry it. It builds requests and reads replies by [`DefinitionCall`].

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use crate::batch::Batch;
use crate::bulk::BulkContent;
use crate::decimal;
use crate::error::{Code, Sent, SmsError};
use crate::intern::intern;
use crate::message::MessageKind;
use crate::options::Fields;
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::secret::Secret;
use crate::segments::Billing;
use crate::vendor::answer::VendorAnswer;
use crate::vendor::endpoint::{Endpoint, Gives, PageRequest};
use crate::vendor::push::PushRecords;
use crate::vendor::record_values::RecordValues;
use crate::vendor::report::{FieldNames, Inbound, PulledRecords};
use crate::vendor::{Acceptance, Share, TextRules, Vendor, VendorSpec, base_url, frame};
use crate::wire::json::{self, Json};
use crate::wire::request::Extras;
use crate::wire::{Carrier, Charset, Parameters, WireReply, WireRequest};

/// An operation of a definition: its call that builds a request has this number, and the one that reads a reply the next.
pub mod operation {
    /// Sending.
    pub const SEND: u8 = 0;
    /// Pulling reports.
    pub const REPORTS: u8 = 2;
    /// Pulling replies.
    pub const REPLIES: u8 = 4;
    /// A push, which is only read.
    pub const PUSH: u8 = 6;
}

/// What holds of a definition, each a bit of its `flags`.
pub(super) mod flag {
    pub(in crate::vendor) const GBK: i64 = 1;
    pub(in crate::vendor) const GSM: i64 = 2;
    pub(in crate::vendor) const INTERNATIONAL: i64 = 4;
    /// A receiver's own text shares a request with others'.
    pub(in crate::vendor) const EACH: i64 = 8;
    /// Requests depend on the time or on a nonce.
    pub(in crate::vendor) const SIGNED: i64 = 16;
    pub(in crate::vendor) const REPORTS: i64 = 32;
    pub(in crate::vendor) const REPLIES: i64 = 64;
    pub(in crate::vendor) const ALL: i64 = 127;
}

/// A definition, wherever it is.
///
/// To build a request it takes a frame (see [`frame`]) of: the base URL, a frame of the options' values (empty for none),
/// the receivers' keys in eight bytes each, a frame of the texts (one for all, or one each), the reference, the time in
/// eight bytes, and a nonce. It answers a frame of marked parts: a letter, `1` for a secret or else `0`, and a text. `u` is
/// the URL, `c` the content type of a POST, `n` and `v` a header's name and value, `e` a piece of the URL's end, `b` one of
/// the body, and `d` a value made of secrets.
///
/// To read a reply it takes a frame of the status in two bytes, the query of a push, and the body. It answers a frame of
/// the id and the count of a send; or of records, each as JSON, followed by its source.
///
/// An error is a frame of its code, `1` where nothing was sent, its message, its field, and the vendor's code and message.
pub trait DefinitionCall {
    /// Answers a call: `0` and a frame, or `1` and an error. `None` where the definition failed.
    fn call(&self, call: u8, given: &[u8]) -> Option<Vec<u8>>;
}

/// The names of a record's values.
pub(super) const RECORD_FIELDS: [&str; 7] = ["id", "ref", "phone", "status", "text", "at", "ext"];

/// An account at a defined vendor.
pub struct DefinedAccount {
    spec: VendorSpec,
    base_url: String,
    secrets: Vec<Secret>,
    /// The values of the account's options, as a frame.
    options: Vec<u8>,
    max: usize,
    /// See [`flag`].
    flags: i64,
    definition: Option<Rc<dyn DefinitionCall>>,
}

/// The pulls of a defined vendor. The definition reads their replies.
const PULLS: [Endpoint; 2] = [pull("reports"), pull("replies")];

const fn pull(name: &'static str) -> Endpoint {
    let read = |_: &WireReply, _| Err(failed());
    Endpoint { operation: name, name, takes: &[], gives: Gives::Pull, supports_jsonp: false, read }
}

impl DefinedAccount {
    /// Reads an account. Its option `vendor` has what a definition tells of itself.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn configure(fields: &Fields<'_>, vendor: &Fields<'_>) -> Result<Self, SmsError> {
        let mut names = Vec::from(["vendor", "baseUrl"]);
        let (mut options, mut secrets) = (Vec::new(), Vec::new());
        // A name behind `*` is a secret's, and one behind `?` is optional.
        for option in vendor.texts("options")?.unwrap_or_default() {
            let name = option.trim_start_matches(['*', '?']);
            names.push(name);
            let is_optional = option.starts_with('?');
            let value = if is_optional { fields.text(name)?.unwrap_or_default() } else { fields.required(name)? };
            if option.starts_with('*') {
                secrets.push(Secret::new(value));
            }
            frame::add(&mut options, value.as_bytes());
        }
        fields.only(&names)?;
        let flags = vendor.whole("flags", 0, flag::ALL)?.unwrap_or_default();
        let is = |flag: i64| flags & flag != 0;
        let whole = |name: &str| vendor.whole(name, 1, i64::MAX).map(|max| max.and_then(|max| max.try_into().ok()));
        let spec = VendorSpec {
            name: intern(vendor.required("name")?),
            origin: vendor.text("baseUrl")?.map(intern),
            charset: if is(flag::GBK) { Charset::Gbk } else { Charset::Utf8 },
            billing: if is(flag::GSM) { |_| Billing::Gsm } else { |_| Billing::Cn },
            international: is(flag::INTERNATIONAL),
            max_text_units: whole("maxLength")?,
            text_rules: TextRules {
                delivered: intern(vendor.text("delivered")?.unwrap_or_default()),
                ..TextRules::USUAL
            },
            ..VendorSpec::DEFAULT
        };
        let base_url = base_url(fields, &spec)?;
        Ok(Self { base_url, secrets, options, max: whole("max")?.unwrap_or(1), flags, definition: None, spec })
    }

    fn build_call(
        &self,
        name: &'static str,
        (to, texts, reference): (Rc<[Phone]>, &[u8], &str),
        random: &Random,
    ) -> Result<WireRequest, SmsError> {
        let receivers: Vec<u8> = to.iter().flat_map(|phone| phone.key().to_be_bytes()).collect();
        let nonce = random.nonce().unwrap_or_default();
        let now = random.now_ms().to_be_bytes();
        let mut given = Vec::new();
        let base_url = self.base_url.as_bytes();
        for part in [base_url, &self.options, &receivers, texts, reference.as_bytes(), &now, nonce.as_bytes()] {
            frame::add(&mut given, part);
        }
        let answer = call(self.definition.as_ref(), operation_of(name), &given)?;
        let mut request = WireRequest {
            vendor: self.spec.name,
            operation: name,
            carrier: Carrier::Query,
            endpoint: Rc::default(),
            parameters: Parameters::default(),
            charset: self.spec.charset,
            callback: None,
            to,
            extras: None,
        };
        let mut extras = Extras::default();
        let mut has_extras = false;
        let mut header = "";
        for part in frame::parts(&answer) {
            let [mark, secret, value @ ..] = part else { continue };
            let is_secret = *secret == b'1';
            let text = str::from_utf8(value).unwrap_or_default();
            has_extras |= matches!(mark, b'v' | b'e' | b'd');
            match mark {
                b'u' => request.endpoint = text.into(),
                b'c' => request.carrier = Carrier::Body(intern(text)),
                b'n' => header = intern(text),
                b'v' => extras.headers.push(header, value, is_secret),
                b'e' => extras.url_end.push("", value, is_secret),
                b'd' => extras.derived.push(text.into()),
                _ => request.parameters.push("", value, is_secret),
            }
        }
        request.extras = has_extras.then(|| Rc::new(extras));
        Ok(request)
    }

    fn read_call(&self, name: &str, reply: &WireReply) -> Result<Vec<u8>, SmsError> {
        let given = reply_frame(reply.status, b"", &reply.body);
        call(self.definition.as_ref(), operation_of(name) + 1, &given).map_err(|mut error| {
            error.http_status = Some(reply.status).filter(|status| *status != 200);
            error
        })
    }
}

fn operation_of(name: &str) -> u8 {
    match name {
        "reports" => operation::REPORTS,
        "replies" => operation::REPLIES,
        _ => operation::SEND,
    }
}

fn failed() -> SmsError {
    SmsError::bad_reply("the definition failed")
}

fn reply_frame(status: u16, query: &[u8], body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    for part in [&status.to_be_bytes(), query, body] {
        frame::add(&mut frame, part);
    }
    frame
}

fn call(definition: Option<&Rc<dyn DefinitionCall>>, call: u8, given: &[u8]) -> Result<Vec<u8>, SmsError> {
    let mut answer = definition.and_then(|definition| definition.call(call, given)).ok_or_else(failed)?;
    let is_error = answer.is_empty() || answer.remove(0) != b'0';
    if !is_error {
        return Ok(answer);
    }
    let parts = frame::parts(&answer);
    let text = |at: usize| parts.get(at).and_then(|part| str::from_utf8(part).ok()).unwrap_or_default();
    let code = Code::ALL.into_iter().find(|code| code.as_str() == text(0)).ok_or_else(failed)?;
    let mut error = SmsError::maybe_sent(code, text(2));
    if text(1) == "1" {
        error.sent = Sent::No;
    }
    let given = |at: usize| Some(String::from(text(at))).filter(|text| !text.is_empty());
    error.field = given(3);
    error.vendor_code = given(4);
    error.vendor_message = given(5);
    Err(error)
}

/// Reads a push by a definition, whose vendor has this name and this word for a text that arrived.
pub fn read_push(
    names: (&'static str, &'static str),
    definition: Option<&Rc<dyn DefinitionCall>>,
    pushed: &mut PushRecords,
    query: &[u8],
    body: &[u8],
) {
    let answer = call(definition, operation::PUSH + 1, &reply_frame(200, query, body)).unwrap_or_default();
    records(names, &answer, &mut |record, source| match record {
        Some(Inbound::Report(report)) => pushed.reports.push(report),
        Some(Inbound::Reply(reply)) => pushed.replies.push(reply),
        None => pushed.unparsed.push(source.to_vec()),
    });
}

/// The records of an answer, each with its source.
fn records(
    (vendor, delivered): (&'static str, &'static str),
    answer: &[u8],
    take: &mut dyn FnMut(Option<Inbound>, &[u8]),
) {
    let [id, reference, phone, status, text, at, ext] = RECORD_FIELDS;
    let names = FieldNames {
        vendor,
        delivered,
        id,
        reference,
        phone,
        statuses: [status, ""],
        text,
        reported_at: at,
        replied_at: at,
        ext,
        user: "",
        required: &[],
        bare_reference: false,
        country_first: false,
    };
    for [record, source] in frame::parts(answer).as_chunks().0 {
        let document = json::parse(record).unwrap_or_else(|_| Json::empty());
        let values = RecordValues::of_json(&document);
        // A report has a status, a reply a text.
        let read = match names.status(&values) {
            Some(_) => names.report(&values).map(Inbound::Report),
            None => names.reply(&values).map(Inbound::Reply),
        };
        take(read, source);
    }
}

impl Vendor for DefinedAccount {
    fn spec(&self) -> &VendorSpec {
        &self.spec
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.secrets.iter().collect()
    }

    fn share(&self, _: MessageKind, content: &BulkContent) -> (Share, usize) {
        let text = content.text();
        let is_own = !matches!(content, BulkContent::Shared(_)) && self.flags & flag::EACH != 0;
        (if is_own { Share::Each(text) } else { Share::Same(text) }, self.max)
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError> {
        let mut texts = Vec::new();
        for text in batch.content.texts() {
            frame::add(&mut texts, text.as_bytes());
        }
        self.build_call(self.send_operation(), (Rc::clone(&batch.to), &texts, reference.as_str()), random)
    }

    fn read_send(&self, reply: &WireReply, _: &[Phone]) -> Result<Acceptance, SmsError> {
        let answer = self.read_call(self.send_operation(), reply)?;
        let parts = frame::parts(&answer);
        let text = |at: usize| parts.get(at).and_then(|part| str::from_utf8(part).ok()).filter(|text| !text.is_empty());
        let count = text(1).and_then(decimal::parse).and_then(|count| count.try_into().ok());
        Ok(Acceptance { id: text(0).map(Into::into), count, account_id: None })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        let has = |flag: i64| self.flags & flag != 0;
        match (has(flag::REPORTS), has(flag::REPLIES)) {
            (true, true) => &PULLS,
            (true, false) => &PULLS[..1],
            (false, true) => &PULLS[1..],
            (false, false) => &[],
        }
    }

    fn build(&self, endpoint: &Endpoint, _: &Parameters, random: &Random) -> Result<WireRequest, SmsError> {
        self.build_call(endpoint.name, (Rc::default(), b"", ""), random)
    }

    fn read(&self, endpoint: &Endpoint, reply: &WireReply, _: PageRequest) -> Result<VendorAnswer, SmsError> {
        let answer = self.read_call(endpoint.name, reply)?;
        let mut pulled = PulledRecords::default();
        let names = (self.spec.name, self.spec.text_rules.delivered);
        records(names, &answer, &mut |record, source| pulled.add(record, source));
        Ok(VendorAnswer::Pulled(pulled))
    }

    fn read_push(&self, pushed: &mut PushRecords, query: &[u8], body: &[u8]) {
        let names = (self.spec.name, self.spec.text_rules.delivered);
        read_push(names, self.definition.as_ref(), pushed, query, body);
    }

    fn is_signed(&self) -> bool {
        self.flags & flag::SIGNED != 0
    }

    fn is_defined(&self) -> bool {
        true
    }

    fn set_definition(&mut self, definition: Rc<dyn DefinitionCall>) {
        self.definition = Some(definition);
    }
}
