//! [`PreparedRequest`]: one request to one account, ready to send, and the values of it that no error may repeat.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::client::Account;
use crate::client::redaction::{MAX_SCANNED_CHARACTERS, Replacement};
use crate::client::warnings::{Warning, Warnings, warning_code};
use crate::decimal;
use crate::error::{Code, SmsError};
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::search;
use crate::segments::{self, Count};
use crate::wire::{WireRequest, gbk};

/// A batch, prepared for an account.
#[derive(Clone)]
pub struct PreparedRequest {
    /// The reference of its messages.
    pub reference: Reference,
    /// The receivers.
    pub to: Rc<[Phone]>,
    /// The request; or the error that keeps it from being sent.
    pub request: Result<WireRequest, SmsError>,
    /// Segments and characters of all the texts.
    pub count: Count,
    /// The texts that the caller gave as numbers and that are none.
    pub unread_numbers: Vec<String>,
    /// Warnings about the message and the account; empty where nothing was checked.
    pub warnings: Warnings,
    /// The messages; `None` for a submission that cannot be sent.
    batch: Option<Batch>,
    /// The time that the request was built at, in milliseconds since the Unix epoch.
    built_at: i64,
}

/// The age from which a planned request is signed anew. Tencent rejects a signature of five minutes, the first of all.
const MAX_PLAN_AGE_MS: i64 = 60_000;

impl Account {
    /// Prepares a batch whose receivers and texts were checked.
    pub(super) fn prepare_request(
        &self,
        batch: &Batch,
        reference: &Reference,
        count: Count,
        random: &Random,
    ) -> PreparedRequest {
        PreparedRequest {
            reference: reference.clone(),
            to: Rc::clone(&batch.to),
            request: self.request(batch, reference, random).map_err(|error| self.during_send(error)),
            count,
            unread_numbers: Vec::new(),
            warnings: Warnings::default(),
            batch: Some(batch.clone()),
            built_at: random.now_ms(),
        }
    }

    fn request(&self, batch: &Batch, reference: &Reference, random: &Random) -> Result<WireRequest, SmsError> {
        self.check_terms(batch, reference)?;
        let mut request = self.vendor.build_send(batch, reference, random)?;
        self.set_callback(&mut request, random)?;
        Ok(request)
    }

    /// The submission of a plan as it leaves: exactly as it was planned, unless its signature is [`MAX_PLAN_AGE_MS`] old.
    pub(super) fn renew(&self, planned: PreparedRequest, random: &Random) -> PreparedRequest {
        let Some(batch) = planned.batch.as_ref().filter(|_| self.vendor.is_signed()) else { return planned };
        if (0..=MAX_PLAN_AGE_MS).contains(&(random.now_ms() - planned.built_at)) {
            return planned;
        }
        let request = self.request(batch, &planned.reference, random).map_err(|error| self.during_send(error));
        PreparedRequest { request, ..planned }
    }

    /// Rejects a plan that needs random bytes and the time where there are none.
    pub(super) fn check_random(&self, random: &Random) -> Result<(), SmsError> {
        if self.vendor.is_signed() || self.vendor.wants_jsonp() { random.nonce().map(|_| ()) } else { Ok(()) }
    }

    /// A submission with an error in place of its request.
    pub(super) fn reject(
        &self,
        batch: &Batch,
        reference: &Reference,
        count: Count,
        error: SmsError,
    ) -> PreparedRequest {
        PreparedRequest { to: Rc::clone(&batch.to), count, ..self.reject_unread(reference, Vec::new(), error) }
    }

    /// A rejected submission without a readable number.
    pub(super) fn reject_unread(&self, reference: &Reference, unread: Vec<String>, error: SmsError) -> PreparedRequest {
        let count = Count { segments: 0, characters: 0 };
        let request = Err(self.during_send(error));
        let warnings = Warnings::default();
        PreparedRequest {
            reference: reference.clone(),
            to: Rc::default(),
            request,
            count,
            unread_numbers: unread,
            warnings,
            batch: None,
            built_at: 0,
        }
    }

    /// Sets the function that a JSONP reply calls, for an account that wants JSONP.
    pub(super) fn set_callback(&self, request: &mut WireRequest, random: &Random) -> Result<(), SmsError> {
        if self.vendor.wants_jsonp() {
            request.callback = Some(random.callback()?);
        }
        Ok(())
    }

    pub(super) fn during_send(&self, error: SmsError) -> SmsError {
        error.during(&self.name, self.vendor.spec().name, self.vendor.send_operation())
    }

    /// Rejects a receiver that the vendor does not take, so that its place in a bulk is its own.
    pub(super) fn check_number(&self, to: Phone) -> Result<(), SmsError> {
        let Some(reason) = self.vendor.number_rejection(to) else { return Ok(()) };
        Err(SmsError::not_sent(Code::Number, [self.vendor.spec().name, " ", reason].concat()).field("to"))
    }

    /// Rejects a text that the vendor's properties rule out. The first reason becomes the error; each reason becomes a
    /// warning.
    pub(super) fn check_text(&self, text: &str, warn: &mut dyn FnMut(Warning)) -> Result<(), SmsError> {
        let spec = self.vendor.spec();
        let mut result = Ok(());
        let mut reject = |code: &'static str, at: usize, message: String| {
            if result.is_ok() {
                result = Err(SmsError::not_sent(Code::Content, message.as_str()).field("text"));
            }
            warn(Warning { code: code.into(), at: Some(at), level: None, message: message.into() });
        };
        if !spec.charset.has(text) {
            for gbk::Unencodable { character, at } in gbk::unencodable(text) {
                let code = decimal::code_point(character);
                let lacking = character.encode_utf8(&mut [0; 4]).to_owned();
                let message = ["GB2312 lacks ", &lacking, " (U+", &code, ") at ", &decimal::count(at)].concat();
                reject(warning_code::UNENCODABLE, at, message);
            }
        }
        // A text never has more characters than bytes.
        if let Some(max) = spec.max_text_units.filter(|max| text.len() > *max) {
            let characters = segments::units(text);
            if characters > max {
                let (found, allowed) = (decimal::count(characters), decimal::count(max));
                let message = ["the text has ", &found, " characters; ", spec.name, " takes ", &allowed].concat();
                reject(warning_code::TOO_LONG, max, message);
            }
        }
        result
    }

    /// Segments and characters of a text that the vendor's properties allow.
    pub(super) fn count_checked(&self, text: &str) -> Result<Count, SmsError> {
        self.check_text(text, &mut |_| {}).map(|()| self.count(text))
    }

    /// Rejects options of a batch, beside its texts, that the vendor does not have.
    fn check_terms(&self, batch: &Batch, reference: &Reference) -> Result<(), SmsError> {
        let spec = self.vendor.spec();
        let vendor = spec.name;
        if batch.send_at.is_some() && !spec.schedules {
            return Err(SmsError::not_sent(Code::Unsupported, [vendor, " cannot send at a given time"].concat())
                .field("sendAt"));
        }
        if batch.template_id.is_some() && !spec.templates {
            return Err(
                SmsError::not_sent(Code::Unsupported, [vendor, " takes no template id"].concat()).field("templateId")
            );
        }
        if !spec.fills_templates && batch.content.same().is_some_and(|text| text.is_empty()) {
            return Err(SmsError::not_sent(Code::Content, [vendor, " takes texts, and the message has none"].concat())
                .field("text"));
        }
        match spec.max_reference_characters {
            Some(max) if !reference.is_alphanumeric(max) => {
                let message =
                    [vendor, " takes a ref of at most ", &decimal::count(max), " letters and digits"].concat();
                Err(SmsError::argument("ref", message))
            }
            _ => Ok(()),
        }
    }

    /// Segments and characters of a text, as the vendor bills it.
    pub(super) fn count(&self, text: &str) -> Count {
        segments::count(text, (self.vendor.spec().billing)(text))
    }
}

impl PreparedRequest {
    /// Sets the warnings.
    pub(super) fn with_warnings(self, warnings: Warnings) -> Self {
        Self { warnings, ..self }
    }

    /// The receivers for an outcome: in E.164, or as the caller wrote a text that is no number.
    #[must_use]
    pub fn receivers(&self) -> Vec<String> {
        if self.to.is_empty() { self.unread_numbers.clone() } else { self.to.iter().map(Phone::e164).collect() }
    }

    /// Removes receivers, texts and codes from the vendor's message: some vendors repeat the request.
    pub(super) fn scrub(&self, error: SmsError, account: &Account) -> SmsError {
        let Some(code) = &error.vendor_code else { return error };
        // Some vendors write parts of the message into the code. Only the beginning of either is searched and repeated.
        let message = error.vendor_message.as_deref().unwrap_or_default();
        let beginning = |text: &str| text.chars().take(MAX_SCANNED_CHARACTERS).collect::<String>();
        let message = [&beginning(code), " ", &beginning(message)].concat();
        let mut hidden: Vec<(&str, Replacement)> = Vec::new();
        for run in message.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() >= 7) {
            let number = |phone: &Phone| phone.mainland().unwrap_or_else(|| phone.digits());
            if let Some(phone) = self.to.iter().find(|phone| search::contains(run, &number(phone))) {
                hidden.push((run, Replacement::Masked(phone.masked())));
            }
        }
        let derived = self.request.as_ref().map(WireRequest::derived).unwrap_or_default();
        hidden.extend(derived.iter().map(|value| (value.as_str(), Replacement::Redacted)));
        let texts = self.batch.as_ref().map(|batch| batch.hidden_texts().texts()).unwrap_or_default();
        if let [text] = &texts[..] {
            // Also finds the text in the vendor's other encodings. A text of one or two characters cannot be told apart
            // from the vendor's own words.
            hidden.extend(text.chars().nth(2).is_some().then_some((text.as_ref(), Replacement::Redacted)));
            hidden.extend(runs_with_digits(text).map(|code| (code, Replacement::Redacted)));
        } else {
            // Many texts have too many codes to search for, so every possible code in the message is removed.
            hidden.extend(runs_with_digits(&message).map(|code| (code, Replacement::Redacted)));
        }
        for text in &texts {
            hidden.extend(shared_parts(&message, text).into_iter().map(|part| (part, Replacement::Redacted)));
        }
        account.scrub(error, &hidden)
    }
}

/// The minimum length of a part of a text that is removed from a message, in characters. Shorter parts also occur in
/// the vendor's own words.
const MIN_SHARED_CHARACTERS: usize = 6;

/// The parts of a vendor's message that occur in a text.
fn shared_parts<'a>(message: &'a str, text: &str) -> Vec<&'a str> {
    let starts: Vec<usize> = message.char_indices().map(|(at, _)| at).chain([message.len()]).collect();
    let mut parts = Vec::new();
    let mut from = 0;
    while from + MIN_SHARED_CHARACTERS < starts.len() {
        let mut to = from + MIN_SHARED_CHARACTERS;
        if !search::contains(text, &message[starts[from]..starts[to]]) {
            from += 1;
            continue;
        }
        while to + 1 < starts.len() && search::contains(text, &message[starts[from]..starts[to + 1]]) {
            to += 1;
        }
        parts.push(&message[starts[from]..starts[to]]);
        from = to;
    }
    parts
}

/// The possible one-time codes in a text: runs of three or more letters and digits with at least one digit.
fn runs_with_digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|run| run.len() >= 3 && run.bytes().any(|byte| byte.is_ascii_digit()))
}
