//! [`Definition`]: a vendor of the caller's own, defined by data: templates of its requests and the meaning of its
//! replies. `docs/define-vendor.md` describes a definition.

mod function;
mod reading;
mod reply;
mod request;
mod template;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::str;

use crate::error::{Sent, SmsError};
use crate::intern::intern;
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::vendor::defined_account::{CallKind, DefinitionCall};
use crate::vendor::{REGISTRY, frame};
use crate::wire::digest::md5_hex;
use crate::wire::json::Json;
use crate::wire::json_writer::{Object, list, texts};
use crate::wire::{Charset, WireReply};

pub use reading::ReplyReader;
use reading::{Reader, RecordReading, Records, SendReading};
use request::{REQUEST_FIELDS, RequestTemplate};
use template::{Context, Name, Scope, Template};

/// A vendor that the caller defined.
pub struct Definition {
    /// What an account of the vendor needs to know of it, as JSON.
    facts: String,
    charset: Charset,
    send: RequestTemplate,
    read: SendReading,
    reports: Option<Pull>,
    replies: Option<Pull>,
    push: Option<RecordReading>,
    readers: [Reader; KINDS.len()],
}

/// A request for records, and the meaning of its reply.
struct Pull {
    request: RequestTemplate,
    read: RecordReading,
}

/// The kinds of replies that a function can read. The index is that of [`Definition::readers`].
const KINDS: [&str; 4] = ["read", "reports", "replies", "push"];

/// The largest number of receivers of one request.
const MAX_RECEIVERS: i64 = 10_000;

/// The longest text that a definition may allow, in UTF-16 units.
const MAX_TEXT_UNITS: i64 = 10_000;

const FIELDS: [&str; 12] = [
    "name",
    "charset",
    "billing",
    "baseUrl",
    "account",
    "international",
    "maxLength",
    "send",
    "read",
    "reports",
    "replies",
    "push",
];

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// `invalid_argument` naming the field by its path.
    pub fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        fields.only(&[&FIELDS[..], &["samples"]].concat())?;
        let name = fields.required("name")?;
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.len() > 32 || !name.bytes().all(legal) || REGISTRY.iter().any(|row| row.spec.name == name) {
            let message = "a name is 1 to 32 letters, digits, hyphens and underscores, and no built-in vendor's";
            return Err(fields.wrong("name", message));
        }
        let charsets = [("utf-8", Charset::Utf8), ("gbk", Charset::Gbk)];
        let charset = fields.choice("charset", &charsets)?.unwrap_or(Charset::Utf8);
        let is_gsm = fields.choice("billing", &[("cn", false), ("gsm", true)])?.unwrap_or(false);
        let mut options = Vec::new();
        let mut written_options = Vec::new();
        if let Some(account) = inner(fields, "account")? {
            for (name, _) in account.members() {
                let kind = account.choice(name, &[("text", "text"), ("secret", "secret"), ("optional", "optional")])?;
                let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let is_taken = ["vendor", "baseUrl"].contains(&name) || Template::is_reserved(name);
                let kind = kind.filter(|_| is_name && !is_taken).ok_or_else(|| {
                    account.wrong(name, "an option is text, secret or optional, and its name letters and digits, none that templates have")
                })?;
                options.push((intern(name), kind == "secret"));
                written_options.push(texts([name, kind]));
            }
        }
        let scope = Scope { options: &options, charset };
        let sent = inner(fields, "send")?.ok_or_else(|| fields.wrong("send", "send is missing"))?;
        sent.only(&[&REQUEST_FIELDS[..], &["max"]].concat())?;
        let send = RequestTemplate::read(&sent, &scope)?;
        for (names, missing) in [(&[Name::To, Name::E164][..], "send names no {to}"), (&[Name::Text], "send names no {text}")] {
            if !send.any(&|part| names.iter().any(|name| part.names(*name))) {
                return Err(fields.wrong("send", missing));
            }
        }
        let pull = |name: &str| {
            let Some(fields) = inner(fields, name)? else { return Ok(None) };
            fields.only(&[&REQUEST_FIELDS[..], &["read"]].concat())?;
            Ok::<_, SmsError>(Some(Pull { read: RecordReading::read(&fields)?, request: RequestTemplate::read(&fields, &scope)? }))
        };
        let (reports, replies) = (pull("reports")?, pull("replies")?);
        let push = inner(fields, "push")?.map(|fields| fields.only(&["read"]).and_then(|()| RecordReading::read(&fields)));
        let push = push.transpose()?;
        let delivered = [reports.as_ref().map(|pull| &pull.read), push.as_ref()].into_iter().flatten();
        let delivered = delivered.map(RecordReading::delivered).find(|word| !word.is_empty());

        let mut facts = Object::new();
        facts.text("name", name);
        facts.flag("gbk", charset == Charset::Gbk);
        facts.flag("gsm", is_gsm);
        facts.text_if("baseUrl", fields.text("baseUrl")?);
        facts.json("options", &list(written_options));
        facts.flag("international", fields.flag("international")?);
        facts.number("maxLength", fields.whole("maxLength", 1, MAX_TEXT_UNITS)?.unwrap_or(0));
        facts.number("max", sent.whole("max", 1, MAX_RECEIVERS)?.unwrap_or(1));
        facts.flag("each", send.has_text_each());
        facts.flag("signed", send.any(&Template::is_signed));
        facts.flag("reports", reports.is_some());
        facts.flag("replies", replies.is_some());
        facts.text_if("delivered", delivered);
        // A handler is kept as long as its options are the same.
        let mut written = String::new();
        fields.members().for_each(|(name, value)| write(&mut written, name, value));
        facts.text("digest", &md5_hex(written.as_bytes()));
        let facts = facts.finish();
        let read = SendReading::read(fields)?;
        Ok(Self { facts, charset, send, read, reports, replies, push, readers: Default::default() })
    }

    /// What an account of the vendor needs to know of it: the option `vendor` of the account, as JSON.
    #[must_use]
    pub fn facts(&self) -> &str {
        &self.facts
    }

    /// Sets the function that reads replies of a kind: `read`, `reports`, `replies` or `push`.
    pub fn set_reader(&mut self, kind: &str, reader: Rc<dyn ReplyReader>) {
        let slot = KINDS.iter().position(|known| *known == kind).and_then(|at| self.readers.get_mut(at));
        if let Some(slot) = slot {
            *slot = Some(reader);
        }
    }

    /// Builds the request of an operation. `parts` are those of [`CallKind`].
    fn build(&self, request: &RequestTemplate, parts: &[&[u8]]) -> Result<Vec<u8>, SmsError> {
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let text = |at: usize| str::from_utf8(part(at)).unwrap_or_default();
        let strings = |at: usize| frame::parts(part(at)).into_iter().map(|bytes| str::from_utf8(bytes).unwrap_or_default());
        // An option that an account lacks is empty: no other can be.
        let options: Vec<Option<Secret>> =
            strings(1).map(|option| (!option.is_empty()).then(|| Secret::new(option))).collect();
        let to: Vec<Phone> = strings(2).filter_map(|phone| Phone::parse(phone).ok()).collect();
        let texts: Vec<&str> = strings(3).collect();
        let (text_of_all, own) = if let [only] = &texts[..] { (*only, &[][..]) } else { ("", &texts[..]) };
        let context = Context {
            charset: self.charset,
            base_url: text(0),
            options: &options,
            to: &to,
            separator: "",
            text: text_of_all,
            reference: text(4),
            now_ms: part(5).try_into().map_or(0, i64::from_be_bytes),
            nonce: text(6),
            fields: &[],
            derived: &RefCell::default(),
        };
        request.build(&context, own)
    }

    fn records(&self, at: usize, reading: &RecordReading, reply: &WireReply, query: &[u8]) -> Result<Vec<u8>, SmsError> {
        let reader = self.readers.get(at).unwrap_or(&None);
        let records: Records = if at == 3 {
            reading.push(query, &reply.body, self.charset, reader)
        } else {
            reading.pull(reply, self.charset, reader)?
        };
        Ok(frame::joined(records.iter().flat_map(|(json, source)| [json.as_bytes(), source])))
    }

    fn answer(&self, kind: Option<CallKind>, parts: &[&[u8]]) -> Result<Vec<u8>, SmsError> {
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let reply = || WireReply {
            status: part(0).try_into().map_or(0, u16::from_be_bytes),
            body: part(2).to_vec(),
        };
        let missing = || SmsError::argument("operation", "the definition has no such operation");
        let pulls = [&self.reports, &self.replies];
        match kind.ok_or_else(missing)? {
            CallKind::BuildSend => self.build(&self.send, parts),
            CallKind::ReadSend => {
                let accepted = self.read.accept(&reply(), self.charset, &self.readers[0])?;
                let count = accepted.count.map(crate::decimal::count).unwrap_or_default();
                Ok(frame::joined([accepted.id.unwrap_or_default().as_bytes(), count.as_bytes()]))
            }
            kind @ (CallKind::BuildReports | CallKind::BuildReplies) => {
                let pull = pulls[usize::from(kind == CallKind::BuildReplies)].as_ref().ok_or_else(missing)?;
                self.build(&pull.request, parts)
            }
            kind @ (CallKind::ReadReports | CallKind::ReadReplies) => {
                let at = usize::from(kind == CallKind::ReadReplies);
                let pull = pulls[at].as_ref().ok_or_else(missing)?;
                self.records(at + 1, &pull.read, &reply(), b"")
            }
            CallKind::ReadPush => match &self.push {
                Some(push) => self.records(3, push, &reply(), part(1)),
                None => Ok(Vec::new()),
            },
        }
    }
}

/// A definition in the same program.
impl DefinitionCall for Definition {
    fn call(&self, kind: CallKind, given: &[u8]) -> Option<Vec<u8>> {
        Some(self.answer_frame(kind as u8, given))
    }
}

impl Definition {
    /// Answers a call: `0` and the answer, or `1` and the error: see [`CallKind`].
    #[must_use]
    pub fn answer_frame(&self, kind: u8, given: &[u8]) -> Vec<u8> {
        match self.answer(CallKind::numbered(kind), &frame::parts(given)) {
            Ok(answer) => [b"0", &answer[..]].concat(),
            Err(error) => {
                let optional = [&error.field, &error.vendor_code, &error.vendor_message].map(|text| text.as_deref().unwrap_or_default());
                let status = error.http_status.unwrap_or(0).to_be_bytes();
                let is_certain: &[u8] = if error.sent == Sent::No { b"1" } else { b"" };
                let [field, code, message] = optional.map(str::as_bytes);
                let parts = [error.code.as_str().as_bytes(), is_certain, error.message.as_bytes(), field, code, message, &status];
                [b"1", &frame::joined(parts)[..]].concat()
            }
        }
    }
}

/// Appends a value, so that two different ones differ.
fn write(out: &mut String, name: &str, value: &Json<'_>) {
    out.push_str(&texts([name, value.text().unwrap_or_default(), if value.flag() == Some(true) { "1" } else { "" }]));
    value.members().iter().for_each(|(name, value)| write(out, name, value));
    value.list().unwrap_or_default().iter().for_each(|value| write(out, "[]", value));
    out.push(';');
}

fn inner<'a>(fields: &Fields<'a>, name: &str) -> Result<Option<Fields<'a>>, SmsError> {
    fields.value(name).map(|value| Fields::new(value, &fields.path(name), name)).transpose()
}
