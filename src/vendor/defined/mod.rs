//! [`Definition`]: a vendor of the caller's own, defined by data: templates of its requests and the meaning of its
//! replies. `docs/en/define-vendor.md` describes a definition.

mod expression;
mod function;
mod reading;
mod reply_format;
mod request_template;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::str;

use crate::decimal;
use crate::error::{Sent, SmsError};
use crate::intern::intern;
use crate::options::Fields;
use crate::phone::Phone;
use crate::secret::Secret;
use crate::vendor::defined_account::{DefinitionCall, flag, operation};
use crate::vendor::{NAMES, frame};
use crate::wire::digest::md5_hex;
use crate::wire::json::Json;
use crate::wire::json_writer::{Object, texts};
use crate::wire::{Charset, WireReply};

use expression::{Context, Name, TemplateScope, ValueTemplate};
pub use reading::ReplyReader;
use reading::{Reader, RecordReading, SendReading};
use request_template::{REQUEST_FIELDS, RequestTemplate};

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
        if name.len() > 32 || !name.bytes().all(legal) || NAMES.contains(&name) {
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
                let is_taken = ["vendor", "baseUrl"].contains(&name) || ValueTemplate::is_reserved(name);
                let kind = kind.filter(|_| is_name && !is_taken).ok_or_else(|| {
                    account.wrong(name, "an option is text, secret or optional, and its name letters and digits, none that templates have")
                })?;
                options.push((intern(name), kind == "secret"));
                written_options.push(match kind {
                    "secret" => ["*", name].concat(),
                    "optional" => ["?", name].concat(),
                    _ => name.into(),
                });
            }
        }
        let scope = TemplateScope { options: &options, charset };
        let send_fields = inner(fields, "send")?.ok_or_else(|| fields.wrong("send", "send is missing"))?;
        send_fields.only(&[&REQUEST_FIELDS[..], &["max"]].concat())?;
        let send = RequestTemplate::read(&send_fields, &scope)?;
        for (names, missing) in
            [(&[Name::To, Name::E164][..], "send names no {to}"), (&[Name::Text], "send names no {text}")]
        {
            if !send.any(&|part| names.iter().any(|name| part.names(*name))) {
                return Err(fields.wrong("send", missing));
            }
        }
        let pull = |name: &str| {
            let Some(fields) = inner(fields, name)? else { return Ok(None) };
            fields.only(&[&REQUEST_FIELDS[..], &["read"]].concat())?;
            Ok::<_, SmsError>(Some(Pull {
                read: RecordReading::read(&fields)?,
                request: RequestTemplate::read(&fields, &scope)?,
            }))
        };
        let (reports, replies) = (pull("reports")?, pull("replies")?);
        let push =
            inner(fields, "push")?.map(|fields| fields.only(&["read"]).and_then(|()| RecordReading::read(&fields)));
        let push = push.transpose()?;
        let delivered = [reports.as_ref().map(|pull| &pull.read), push.as_ref()].into_iter().flatten();
        let delivered = delivered.map(RecordReading::delivered).find(|word| !word.is_empty());

        let flags = [
            (charset == Charset::Gbk, flag::GBK),
            (is_gsm, flag::GSM),
            (fields.flag("international")?, flag::INTERNATIONAL),
            (send.has_text_each(), flag::EACH),
            (send.any(&ValueTemplate::is_signed), flag::SIGNED),
            (reports.is_some(), flag::REPORTS),
            (replies.is_some(), flag::REPLIES),
        ];
        let mut facts = Object::new();
        facts.text("name", name);
        facts.text_if("baseUrl", fields.text("baseUrl")?);
        facts.json("options", &texts(written_options));
        facts.number("flags", flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).sum());
        facts.number("max", send_fields.whole("max", 1, MAX_RECEIVERS)?.unwrap_or(1));
        if let Some(max) = fields.whole("maxLength", 1, MAX_TEXT_UNITS)? {
            facts.number("maxLength", max);
        }
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

    /// Builds the request of an operation: see [`DefinitionCall`].
    fn build(&self, request: &RequestTemplate, parts: &[&[u8]]) -> Result<Vec<u8>, SmsError> {
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let text = |at: usize| str::from_utf8(part(at)).unwrap_or_default();
        let strings =
            |at: usize| frame::parts(part(at)).into_iter().map(|bytes| str::from_utf8(bytes).unwrap_or_default());
        // An option that an account lacks is empty: no other can be.
        let options: Vec<Option<Secret>> =
            strings(1).map(|option| (!option.is_empty()).then(|| Secret::new(option))).collect();
        let keys = part(2).as_chunks().0.iter().map(|key| u64::from_be_bytes(*key));
        let to: Vec<Phone> = keys.filter_map(Phone::from_key).collect();
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

    fn answer(&self, call: u8, parts: &[&[u8]]) -> Result<Vec<u8>, SmsError> {
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let missing = || SmsError::argument("operation", "the definition has no such operation");
        let (operation, reads) = (call & !1, call & 1 == 1);
        let pull = if operation == operation::REPORTS { &self.reports } else { &self.replies };
        if !reads {
            return match operation {
                operation::SEND => self.build(&self.send, parts),
                operation::REPORTS | operation::REPLIES => {
                    self.build(&pull.as_ref().ok_or_else(missing)?.request, parts)
                }
                _ => Err(missing()),
            };
        }
        let reply = WireReply { status: part(0).try_into().map_or(0, u16::from_be_bytes), body: part(2).to_vec() };
        let [of_send, of_reports, of_replies, of_push] = &self.readers;
        let records = match operation {
            operation::SEND => {
                let accepted = self.read.accept(&reply, self.charset, of_send)?;
                let count = accepted.count.map(decimal::count).unwrap_or_default();
                return Ok(frame::joined([accepted.id.unwrap_or_default().as_bytes(), count.as_bytes()]));
            }
            operation::REPORTS | operation::REPLIES => {
                let reader = if operation == operation::REPORTS { of_reports } else { of_replies };
                pull.as_ref().ok_or_else(missing)?.read.pull(&reply, self.charset, reader)?
            }
            _ => {
                let push = self.push.as_ref();
                push.map(|push| push.push(part(1), &reply.body, self.charset, of_push)).unwrap_or_default()
            }
        };
        Ok(frame::joined(records.iter().flat_map(|(json, source)| [json.as_bytes(), source])))
    }

    /// Answers a call: see [`DefinitionCall`].
    #[must_use]
    pub fn answer_call(&self, call: u8, given: &[u8]) -> Vec<u8> {
        match self.answer(call, &frame::parts(given)) {
            Ok(answer) => [b"0", &answer[..]].concat(),
            Err(error) => {
                let is_certain = if error.sent == Sent::No { "1" } else { "" };
                let [field, code, message] = [&error.field, &error.vendor_code, &error.vendor_message]
                    .map(|text| text.as_deref().unwrap_or_default());
                let parts = [error.code.as_str(), is_certain, &error.message, field, code, message];
                [b"1", &frame::joined(parts.map(str::as_bytes))[..]].concat()
            }
        }
    }
}

/// A definition in the same program.
impl DefinitionCall for Definition {
    fn call(&self, call: u8, given: &[u8]) -> Option<Vec<u8>> {
        Some(self.answer_call(call, given))
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
