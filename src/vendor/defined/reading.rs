//! [`SendReading`] and [`RecordReading`]: what a defined vendor's replies and pushes mean, as data or by a function of the
//! caller's.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal;
use crate::error::{Code, Sent, SmsError};
use crate::intern::intern;
use crate::options::Fields;
use crate::vendor::defined::reply_format::{Format, records_at, value_at, word_at};
use crate::vendor::defined_account::RECORD_FIELDS;
use crate::vendor::{Acceptance, CodeMapping, rejection, rejects};
use crate::wire::json::Json;
use crate::wire::json_writer::Object;
use crate::wire::{Charset, WireReply, blank};

/// A caller's function that reads a reply or a push.
pub trait ReplyReader {
    /// What the function made of it; `None` where it threw. `status` is the HTTP status, 200 for a push.
    fn read(&self, status: u16, query: &str, text: &str) -> Option<Json<'static>>;
}

/// The function that reads, once it is set.
pub(super) type Reader = Option<Rc<dyn ReplyReader>>;

/// What the reply to a send means.
pub(super) enum SendReading {
    /// A function returns it.
    Function,
    Declared {
        format: Format,
        codes: DeclaredCodes,
        id: Option<String>,
        count: Option<String>,
    },
}

/// Where a reply has the vendor's code, and what the codes mean.
pub(super) struct DeclaredCodes {
    code: Option<String>,
    message: Option<String>,
    accepted: Vec<String>,
    mappings: Vec<CodeMapping>,
}

const CODES: [&str; 7] = ["format", "separator", "lines", "code", "message", "accepted", "codes"];

impl DeclaredCodes {
    fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let mut mappings = Vec::new();
        if let Some(codes) = fields.value("codes") {
            let codes = Fields::new(codes, &fields.path("codes"), "codes")?;
            for (name, _) in codes.members() {
                let means = codes.text(name)?.and_then(rejection_named);
                let means = means.ok_or_else(|| {
                    let known: Vec<&str> = Code::rejections().map(Code::as_str).collect();
                    codes.wrong(name, ["a code means one of ", &known.join(", ")].concat())
                })?;
                mappings.push(rejects(intern(name), means));
            }
        }
        let accepted: Vec<String> =
            fields.texts("accepted")?.unwrap_or_default().into_iter().map(ToOwned::to_owned).collect();
        if let Some(both) = mappings.iter().find(|mapping| accepted.iter().any(|code| code == mapping.code)) {
            return Err(fields.wrong("accepted", [both.code, " is in accepted and in codes"].concat()));
        }
        let path = |name: &str| fields.text(name).map(|path| path.map(ToOwned::to_owned));
        Ok(Self { code: path("code")?, message: path("message")?, accepted, mappings })
    }

    /// Checks that a reply accepts its request. A code that is not listed leaves open what happened; so does any reply
    /// with an HTTP error but for a listed rejection.
    fn check(&self, document: Option<&Json<'_>>, reply: &WireReply) -> Result<(), SmsError> {
        let is_ok = matches!(reply.status, 200..=299);
        if !is_ok {
            reply.document().map(drop).or_else(|error| if reply.status < 400 { Err(error) } else { Ok(()) })?;
        }
        let code = document.and_then(|document| word_at(document, self.code.as_deref()));
        match (document, code) {
            (Some(_), Some(code)) if is_ok && self.accepted.contains(&code) => Ok(()),
            (Some(document), Some(code)) if is_ok || self.mappings.iter().any(|mapping| mapping.code == code) => {
                let message = word_at(document, self.message.as_deref()).unwrap_or_default();
                Err(rejection(&[&self.mappings], Sent::Maybe, &code, &message))
            }
            _ if !is_ok => {
                Err(reply.document().err().unwrap_or_else(|| SmsError::bad_reply("the reply is no success")))
            }
            (None, _) => Err(SmsError::bad_reply("the reply is not of the format that the definition states")),
            _ => Err(SmsError::bad_reply("the reply has no code where the definition states it")),
        }
    }
}

/// The code of a vendor's rejection with this name.
fn rejection_named(name: &str) -> Option<Code> {
    Code::rejections().find(|code| code.as_str() == name)
}

impl SendReading {
    /// Reads the field `read` of a definition.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let value = fields.value("read").ok_or_else(|| fields.wrong("read", "read is missing"))?;
        if value.is_function() {
            return Ok(Self::Function);
        }
        let fields = Fields::new(value, &fields.path("read"), "read")?;
        fields.only(&[&CODES[..], &["id", "count"]].concat())?;
        let codes = DeclaredCodes::read(&fields)?;
        fields.required("code")?;
        if codes.accepted.is_empty() {
            return Err(fields.wrong("accepted", "accepted lists no code"));
        }
        let path = |name: &str| fields.text(name).map(|path| path.map(ToOwned::to_owned));
        Ok(Self::Declared { format: Format::read(&fields)?, codes, id: path("id")?, count: path("count")? })
    }

    /// Reads the reply to a send.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`.
    pub(super) fn accept(&self, reply: &WireReply, charset: Charset, reader: &Reader) -> Result<Acceptance, SmsError> {
        let text = charset.decode(&reply.body);
        let (document, id, count) = match self {
            Self::Declared { format, codes, id, count } => {
                let document = format.parse(&text, &reply.body, charset, false);
                codes.check(document.as_ref(), reply)?;
                (document, id.as_deref(), count.as_deref())
            }
            Self::Function => {
                if matches!(reply.status, 0 | 300..=399) {
                    reply.document()?;
                }
                let read = reader.as_ref().and_then(|reader| reader.read(reply.status, "", &text));
                let word = |path| read.as_ref().and_then(|read| word_at(read, Some(path)));
                if let Some(code) = word("error").as_deref().and_then(rejection_named) {
                    let (code_of_vendor, message) = (word("vendorCode"), word("message").unwrap_or_default());
                    return Err(SmsError::not_sent(code, "the vendor rejected")
                        .with_vendor_reply(code_of_vendor.unwrap_or_default(), message));
                }
                if read.as_ref().and_then(|read| read.member("accepted")).and_then(Json::flag) != Some(true) {
                    return Err(SmsError::bad_reply("read did not understand the reply"));
                }
                (read, Some("id"), Some("count"))
            }
        };
        let word = |path| document.as_ref().and_then(|document| word_at(document, path));
        let count =
            count.and_then(|path| word(Some(path))).and_then(|count| usize::try_from(decimal::parse(&count)?).ok());
        if count == Some(0) {
            return Err(SmsError::not_sent(Code::Vendor, "the vendor answered that it sent 0 texts"));
        }
        Ok(Acceptance { id: word(id), count, account_id: None })
    }
}

/// What the records of a pull or a push mean.
pub(super) struct RecordReading {
    /// `None` for a function, which returns records with the names of [`RECORD_FIELDS`].
    declared: Option<(Format, DeclaredCodes, String)>,
    /// The paths of the values in a record, in the order of [`RECORD_FIELDS`]; empty for a value that there is not.
    paths: Vec<String>,
    /// The vendor's own word for a text that arrived.
    delivered: String,
}

impl RecordReading {
    /// Reads the field `read` of a pull or a push.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let value = fields.value("read").ok_or_else(|| fields.wrong("read", "read is missing"))?;
        let mut paths: Vec<String> = RECORD_FIELDS.iter().map(|name| (*name).to_owned()).collect();
        if value.is_function() {
            return Ok(Self { declared: None, paths, delivered: String::new() });
        }
        let fields = Fields::new(value, &fields.path("read"), "read")?;
        fields.only(&[&CODES[..], &["list", "fields", "delivered"]].concat())?;
        let inner = fields.value("fields").ok_or_else(|| fields.wrong("fields", "fields is missing"))?;
        let inner = Fields::new(inner, &fields.path("fields"), "fields")?;
        inner.only(&RECORD_FIELDS)?;
        for path in &mut paths {
            *path = inner.text(path)?.unwrap_or_default().to_owned();
        }
        let [_, _, phone, status, text, ..] = &paths[..] else { return Err(inner.wrong("status", "")) };
        if status.is_empty() && (phone.is_empty() || text.is_empty()) {
            return Err(inner.wrong("status", "a report has a status, and a reply a phone and a text"));
        }
        let list = fields.text("list")?.unwrap_or_default().to_owned();
        let delivered = fields.text("delivered")?.unwrap_or_default().to_owned();
        Ok(Self { declared: Some((Format::read(&fields)?, DeclaredCodes::read(&fields)?, list)), paths, delivered })
    }

    /// The vendor's own word for a text that arrived.
    pub(super) fn delivered(&self) -> &str {
        &self.delivered
    }

    /// Reads the reply to a pull.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`.
    pub(super) fn pull(&self, reply: &WireReply, charset: Charset, reader: &Reader) -> Result<Records, SmsError> {
        let text = charset.decode(&reply.body);
        let Some((format, codes, list)) = &self.declared else {
            reply.document()?;
            let records = self.called(reply.status, "", &text, &reply.body, reader);
            return records.ok_or_else(|| SmsError::bad_reply("read did not understand the reply"));
        };
        let document = format.parse(&text, &reply.body, charset, true);
        if codes.code.is_some() {
            codes.check(document.as_ref(), reply)?;
        } else {
            reply.document()?;
        }
        match document {
            Some(document) => Ok(self.records(&document, list, &reply.body)),
            None if blank::trim_bytes(&reply.body).is_empty() => Ok(Records::default()),
            None => Err(SmsError::bad_reply("the reply is not of the format that the definition states")),
        }
    }

    /// Reads a push, whose records are in its body, or in the query of a push without one. What is not understood has
    /// no record.
    pub(super) fn push(&self, query: &[u8], body: &[u8], charset: Charset, reader: &Reader) -> Records {
        let source = if body.is_empty() { query } else { body };
        let records = match &self.declared {
            Some((format, _, list)) => {
                let text = charset.decode(source);
                let document = format.parse(&text, source, charset, true);
                document.map(|document| self.records(&document, list, source))
            }
            None => self.called(200, &charset.decode(query), &charset.decode(body), source, reader),
        };
        records.unwrap_or_default()
    }

    fn called(&self, status: u16, query: &str, text: &str, source: &[u8], reader: &Reader) -> Option<Records> {
        let read = reader.as_ref()?.read(status, query, text)?;
        read.list()?;
        Some(self.records(&read, "", source))
    }

    fn records(&self, document: &Json<'_>, list: &str, source: &[u8]) -> Records {
        let read = |record: &Json<'_>| {
            let mut json = Object::new();
            for (name, path) in RECORD_FIELDS.iter().zip(&self.paths).filter(|(_, path)| !path.is_empty()) {
                let value = value_at(record, path);
                let flag = value.and_then(Json::flag).map(|flag| if flag { "true" } else { "false" });
                json.text_if(name, value.and_then(Json::text).or(flag));
            }
            let own = record.source();
            (json.finish(), if own.is_empty() { source } else { own }.to_vec())
        };
        records_at(document, list).into_iter().map(read).collect()
    }
}

/// Records as JSON objects with the names of [`RECORD_FIELDS`], each with the bytes that it was read from.
pub(super) type Records = Vec<(String, Vec<u8>)>;
