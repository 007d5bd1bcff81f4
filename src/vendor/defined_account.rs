//! [`DefinedAccount`]: an account at a vendor that the caller defined. The definition itself is elsewhere: in a WebAssembly
//! of its own, so that a client without one does not carry it. It builds requests and reads replies by [`DefinitionCall`].

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use crate::batch::{Batch, Content};
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

/// A call of a definition. To build a request it takes a frame of: the base URL, the options' values (empty for none), the
/// receivers in E.164, the texts (one for all, or one each), the reference, the time in eight bytes and a nonce. It answers
/// the URL, the content type (empty for a GET), the headers (name, value, whether it is secret), the end of the URL and the
/// body (pieces, see [`frame::add_piece`]), and the values made of secrets. To read a reply it takes the status in two
/// bytes, the query of a push, and the body. It answers the id and the count of a send; of records, each as JSON with its
/// source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum CallKind {
    BuildSend,
    ReadSend,
    BuildReports,
    ReadReports,
    BuildReplies,
    ReadReplies,
    ReadPush,
}

impl CallKind {
    const ALL: [Self; 7] = [
        Self::BuildSend,
        Self::ReadSend,
        Self::BuildReports,
        Self::ReadReports,
        Self::BuildReplies,
        Self::ReadReplies,
        Self::ReadPush,
    ];

    /// The kind with this number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// A definition, wherever it is.
pub trait DefinitionCall {
    /// Answers a call: `0` and a frame, or `1` and the frame of an error: its code, whether nothing was sent, its message,
    /// its field, the vendor's code and message, and the HTTP status in two bytes. `None` where the definition failed.
    fn call(&self, kind: CallKind, given: &[u8]) -> Option<Vec<u8>>;
}

/// The names of a record's values.
pub(super) const RECORD_FIELDS: [&str; 7] = ["id", "ref", "phone", "status", "text", "at", "ext"];

/// An account at a defined vendor.
pub struct DefinedAccount {
    spec: VendorSpec,
    base_url: String,
    /// The values of the account's options, and whether each is secret.
    options: Vec<(Option<Secret>, bool)>,
    max: usize,
    is_each: bool,
    is_signed: bool,
    endpoints: &'static [Endpoint],
    definition: Option<Rc<dyn DefinitionCall>>,
}

/// The pulls of a defined vendor. The definition reads their replies.
const PULLS: [Endpoint; 2] = [pull("reports"), pull("replies")];

const fn pull(name: &'static str) -> Endpoint {
    let read = |_: &WireReply, _| Err(SmsError::bad_reply("only the definition reads this reply"));
    Endpoint { operation: name, name, takes: &[], gives: Gives::Pull, supports_jsonp: false, read }
}

impl DefinedAccount {
    /// Reads an account. Its option `vendor` has what a definition tells of itself.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn configure(fields: &Fields<'_>, vendor: &Fields<'_>) -> Result<Self, SmsError> {
        let mut names = Vec::from(["vendor", "baseUrl"]);
        let mut options = Vec::new();
        for option in vendor.value("options").and_then(Json::list).ok_or_else(|| not_defined(fields))? {
            let [Some(name), kind] = [0, 1].map(|at| option.list()?.get(at)?.string()) else {
                return Err(not_defined(fields));
            };
            names.push(name);
            let value = if kind == Some("optional") { fields.text(name)? } else { Some(fields.required(name)?) };
            options.push((value.map(Secret::new), kind == Some("secret")));
        }
        fields.only(&names)?;
        let whole = |name: &str| vendor.whole(name, 0, i64::MAX).map(|max| max.and_then(|max| max.try_into().ok()));
        let spec = VendorSpec {
            name: intern(vendor.required("name")?),
            origin: vendor.text("baseUrl")?.map(intern),
            charset: if vendor.flag("gbk")? { Charset::Gbk } else { Charset::Utf8 },
            billing: if vendor.flag("gsm")? { |_| Billing::Gsm } else { |_| Billing::Cn },
            international: vendor.flag("international")?,
            max_text_units: whole("maxLength")?.filter(|max| *max > 0),
            text_rules: TextRules { delivered: intern(vendor.text("delivered")?.unwrap_or_default()), ..TextRules::USUAL },
            ..VendorSpec::DEFAULT
        };
        Ok(Self {
            base_url: base_url(fields, &spec)?,
            options,
            max: whole("max")?.unwrap_or(1).max(1),
            is_each: vendor.flag("each")?,
            is_signed: vendor.flag("signed")?,
            endpoints: match (vendor.flag("reports")?, vendor.flag("replies")?) {
                (true, true) => &PULLS,
                (true, false) => &PULLS[..1],
                (false, true) => &PULLS[1..],
                (false, false) => &[],
            },
            definition: None,
            spec,
        })
    }

    fn build_call(
        &self,
        kind: CallKind,
        operation: &'static str,
        (to, texts, reference): (Rc<[Phone]>, &[u8], &str),
        random: &Random,
    ) -> Result<WireRequest, SmsError> {
        let options = self.options.iter().map(|(value, _)| value.as_ref().map_or(&b""[..], |value| value.expose().as_bytes()));
        let options = frame::joined(options);
        let mut receivers = Vec::new();
        for phone in &*to {
            frame::add(&mut receivers, phone.e164().as_bytes());
        }
        let nonce = random.nonce().unwrap_or_default();
        let now = random.now_ms().to_be_bytes();
        let given: [&[u8]; 7] =
            [self.base_url.as_bytes(), &options, &receivers, texts, reference.as_bytes(), &now, nonce.as_bytes()];
        let answer = self.call(kind, &frame::joined(given))?;
        let parts = frame::parts(&answer);
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let text = |at: usize| str::from_utf8(part(at)).unwrap_or_default();
        let mut extras = Extras { url_end: pieces(part(3)), ..Extras::default() };
        if let (headers, []) = frame::parts(part(2)).as_chunks::<3>() {
            for [name, value, secret] in headers {
                extras.headers.push(intern(str::from_utf8(name).unwrap_or_default()), value, !secret.is_empty());
            }
        }
        extras.derived = frame::parts(part(5)).into_iter().filter_map(|value| str::from_utf8(value).ok().map(Into::into)).collect();
        let has_extras = !(part(2).is_empty() && part(3).is_empty() && part(5).is_empty());
        Ok(WireRequest {
            vendor: self.spec.name,
            operation,
            carrier: if text(1).is_empty() { Carrier::Query } else { Carrier::Body(intern(text(1))) },
            endpoint: text(0).into(),
            parameters: pieces(part(4)),
            charset: self.spec.charset,
            callback: None,
            to,
            extras: has_extras.then(|| Rc::new(extras)),
        })
    }

    fn read_call(&self, kind: CallKind, reply: &WireReply) -> Result<Vec<u8>, SmsError> {
        self.call(kind, &frame::joined([&reply.status.to_be_bytes()[..], b"", &reply.body]))
    }

    fn call(&self, kind: CallKind, given: &[u8]) -> Result<Vec<u8>, SmsError> {
        call(self.definition.as_deref(), kind, given)
    }
}

fn call(definition: Option<&dyn DefinitionCall>, kind: CallKind, given: &[u8]) -> Result<Vec<u8>, SmsError> {
    let failed = || SmsError::bad_reply("the definition failed");
    let answer = definition.and_then(|definition| definition.call(kind, given)).ok_or_else(failed)?;
    match answer.split_first() {
        Some((b'0', answer)) => Ok(answer.to_vec()),
        Some((b'1', error)) => Err(error_of(error)),
        _ => Err(failed()),
    }
}

/// Reads a push by a definition, whose vendor has this name and this word for a text that arrived.
pub fn read_push(
    (name, delivered): (&'static str, &'static str),
    definition: Option<&dyn DefinitionCall>,
    pushed: &mut PushRecords,
    query: &[u8],
    body: &[u8],
) {
    let given = frame::joined([&200_u16.to_be_bytes()[..], query, body]);
    let answer = call(definition, CallKind::ReadPush, &given).unwrap_or_default();
    records(name, delivered, &answer, &mut |record, source| match record {
        Some(Inbound::Report(report)) => pushed.reports.push(report),
        Some(Inbound::Reply(reply)) => pushed.replies.push(reply),
        None => pushed.unparsed.push(source.to_vec()),
    });
}

/// The records of an answer, each with its source.
fn records(
    vendor: &'static str,
    delivered: &'static str,
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

fn not_defined(fields: &Fields<'_>) -> SmsError {
    fields.wrong("vendor", "vendor is neither a built-in vendor's name nor from defineVendor of xinshi/define")
}

/// The values of pieces, without names.
fn pieces(frame: &[u8]) -> Parameters {
    let mut pieces = Parameters::default();
    for [text, secret] in frame::parts(frame).as_chunks().0 {
        pieces.push("", text, !secret.is_empty());
    }
    pieces
}

/// The error of an answer.
fn error_of(answer: &[u8]) -> SmsError {
    let parts = frame::parts(answer);
    let text = |at: usize| parts.get(at).and_then(|part| str::from_utf8(part).ok()).unwrap_or_default();
    let code = Code::ALL.into_iter().find(|code| code.as_str() == text(0)).unwrap_or(Code::BadReply);
    let mut error = SmsError::maybe_sent(code, text(2));
    if !text(1).is_empty() {
        error.sent = Sent::No;
    }
    if !text(3).is_empty() {
        error = error.field(text(3));
    }
    if !text(4).is_empty() {
        error = error.with_vendor_reply(text(4), text(5));
    }
    let status = parts.get(6).and_then(|bytes| <[u8; 2]>::try_from(*bytes).ok()).map(u16::from_be_bytes);
    error.http_status = status.filter(|status| *status > 0);
    error
}

impl Vendor for DefinedAccount {
    fn spec(&self) -> &VendorSpec {
        &self.spec
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.options.iter().filter(|(_, is_secret)| *is_secret).filter_map(|(value, _)| value.as_ref()).collect()
    }

    fn share(&self, _: MessageKind, content: &BulkContent) -> (Share, usize) {
        let text = content.text();
        (if self.is_each { Share::Each(text) } else { Share::Same(text) }, self.max)
    }

    fn build_send(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError> {
        let texts = match &batch.content {
            Content::Same(text) => frame::joined([text.as_bytes()]),
            Content::Each(texts) => frame::joined(texts.iter().map(|text| text.as_bytes())),
            Content::Filled { .. } => Vec::new(),
        };
        let content = (Rc::clone(&batch.to), &texts[..], reference.as_str());
        self.build_call(CallKind::BuildSend, self.send_operation(), content, random)
    }

    fn read_send(&self, reply: &WireReply) -> Result<Acceptance, SmsError> {
        let answer = self.read_call(CallKind::ReadSend, reply)?;
        let parts = frame::parts(&answer);
        let text = |at: usize| parts.get(at).and_then(|part| str::from_utf8(part).ok()).filter(|text| !text.is_empty());
        let count = text(1).and_then(decimal::parse).and_then(|count| count.try_into().ok());
        Ok(Acceptance { id: text(0).map(Into::into), count, account_id: None })
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        self.endpoints
    }

    fn build(&self, endpoint: &Endpoint, _: &Parameters, random: &Random) -> Result<WireRequest, SmsError> {
        let kind = if endpoint.name == PULLS[0].name { CallKind::BuildReports } else { CallKind::BuildReplies };
        self.build_call(kind, endpoint.name, (Rc::default(), b"", ""), random)
    }

    fn read(&self, endpoint: &Endpoint, reply: &WireReply, _: PageRequest) -> Result<VendorAnswer, SmsError> {
        let kind = if endpoint.name == PULLS[0].name { CallKind::ReadReports } else { CallKind::ReadReplies };
        let answer = self.read_call(kind, reply)?;
        let mut pulled = PulledRecords::default();
        let delivered = self.spec.text_rules.delivered;
        records(self.spec.name, delivered, &answer, &mut |record, source| pulled.add(record, source));
        Ok(VendorAnswer::Pulled(pulled))
    }

    fn read_push(&self, pushed: &mut PushRecords, query: &[u8], body: &[u8]) {
        let names = (self.spec.name, self.spec.text_rules.delivered);
        read_push(names, self.definition.as_deref(), pushed, query, body);
    }

    fn is_signed(&self) -> bool {
        self.is_signed
    }

    fn is_defined(&self) -> bool {
        true
    }

    fn set_definition(&mut self, definition: Rc<dyn DefinitionCall>) {
        self.definition = Some(definition);
    }
}
