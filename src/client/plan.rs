//! [`Plan`]: the exact request for a message, what it costs, and what is wrong with it, before anything is sent.

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::client::submission::Submission;
use crate::client::{Account, Sms};
use crate::error::{Code, SmsError};
use crate::message::{Kind, Message};
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::Reference;
use crate::search;
use crate::segments::{self, Count};
use crate::template::Template;
use crate::wire::json_writer::Rows;
use crate::wire::{Carrier, WireRequest};

/// A message or a bulk, made ready for one account.
#[derive(Clone)]
pub struct Plan {
    /// The caller's name of the account.
    pub account: Rc<str>,
    /// What the references begin with.
    pub reference: Reference,
    /// A request each, or why there is none.
    pub submissions: Vec<Submission>,
    /// Segments and characters of all of it.
    pub count: Count,
    /// What is wrong or unwise about it.
    pub warnings: Vec<Warning>,
}

/// Something that is wrong with a message, or unwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its kind.
    pub code: WarningCode,
    /// One sentence in English.
    pub message: Cow<'static, str>,
    /// Where in the text, in UTF-16 units: JavaScript's index.
    pub at: Option<usize>,
}

/// The kinds of [`Warning`]. The first three say why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCode {
    /// The vendor's encoding lacks a character.
    Unencodable,
    /// The text is longer than the vendor's limit.
    TooLong,
    /// The vendor does not take the number.
    Number,
    /// There is no signature 【…】 at either end of the text.
    NoSignature,
    /// A marketing text does not say how to refuse further ones.
    NoOptOut,
    /// The text holds a word of the caller's list.
    BlockedWord,
    /// The request travels in the clear, credentials included.
    PlaintextHttp,
}

impl WarningCode {
    /// The stable name, as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unencodable => "unencodable",
            Self::TooLong => "too_long",
            Self::Number => "number",
            Self::NoSignature => "no_signature",
            Self::NoOptOut => "no_opt_out",
            Self::BlockedWord => "blocked_word",
            Self::PlaintextHttp => "plaintext_http",
        }
    }
}

impl Sms {
    /// Makes a message ready for an account, the first in order where none is named.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account, or no random bytes for a reference. What is wrong with the message
    /// stands in the plan.
    pub fn plan(&self, message: &Message, account: Option<&str>, random: &Random) -> Result<Plan, SmsError> {
        let account = self.account_or_first(account)?;
        let reference = message.reference_or(random)?;
        let submission = account.prepare(message, &Batch::from(message), &reference, random);
        let mut plan = Plan::new(account, reference);
        if submission.request.is_err() {
            plan.note_refusal(account, message.to, Some(&message.text));
        }
        plan.note_wording(self, &message.text, message.kind);
        plan.note_account(account);
        plan.add(submission);
        Ok(plan)
    }
}

impl Account {
    /// A message as a submission of its own.
    pub(super) fn prepare(
        &self,
        message: &Message,
        batch: &Batch,
        reference: &Reference,
        random: &Random,
    ) -> Submission {
        let count = self.count(&message.text);
        match self.check_number(message.to).and_then(|()| self.check_text(&message.text, &mut |_| {})) {
            Ok(()) => self.submit(batch, reference, count, random),
            Err(error) => self.refuse(batch, reference, count, error),
        }
    }
}

impl Plan {
    pub(super) fn new(account: &Account, reference: Reference) -> Self {
        let count = Count { segments: 0, characters: 0 };
        Self {
            account: Rc::clone(&account.name),
            reference,
            submissions: Vec::with_capacity(1),
            count,
            warnings: vec![],
        }
    }

    /// Takes note of what is unwise about the account itself.
    pub(super) fn note_account(&mut self, account: &Account) {
        if account.vendor.base_url().starts_with("http://") {
            let message = "the request travels in the clear, with its credentials and the text".into();
            self.warnings.push(Warning { code: WarningCode::PlaintextHttp, message, at: None });
        }
    }

    pub(super) fn add(&mut self, submission: Submission) {
        self.count.segments += submission.count.segments;
        self.count.characters += submission.count.characters;
        self.submissions.push(submission);
    }

    /// Adds what cannot be sent, for the reason given.
    pub(super) fn refuse(&mut self, account: &Account, reference: &Reference, to: Vec<String>, error: SmsError) {
        if error.code == Code::Number {
            self.warn(Warning { code: WarningCode::Number, message: error.message.clone().into(), at: None });
        }
        self.add(account.refused(reference, to, error));
    }

    /// Takes note of why a number or a text is refused. What many share is said once.
    pub(super) fn note_refusal(&mut self, account: &Account, to: Phone, text: Option<&str>) {
        if let Err(error) = account.check_number(to) {
            self.warn(Warning { code: WarningCode::Number, message: error.message.clone().into(), at: None });
        }
        if let Some(text) = text {
            // The first reason is the error of the submission.
            let _ = account.check_text(text, &mut |warning| self.warn(warning));
        }
    }

    fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < MOST_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Takes note of what is unwise about a text.
    pub(super) fn note_wording(&mut self, sms: &Sms, text: &str, kind: Kind) {
        if !is_signed(text) {
            let message = "the text has no 【signature】 at its beginning or end".into();
            self.warn(Warning { code: WarningCode::NoSignature, message, at: None });
        }
        if kind == Kind::Marketing && !says_how_to_refuse(text) {
            let message = "a marketing text must say how to refuse: 回TD退订".into();
            self.warn(Warning { code: WarningCode::NoOptOut, message, at: None });
        }
        for word in &sms.blocked_words {
            let mut from = 0;
            while let Some(found) = search::find(&text[from..], word) {
                let start = from + found;
                from = start + word.len();
                let message = ["the text holds the blocked word ", word].concat().into();
                let at = Some(segments::units(&text[..start]));
                self.warn(Warning { code: WarningCode::BlockedWord, message, at });
            }
        }
    }

    /// The requests that would leave.
    pub fn requests(&self) -> impl Iterator<Item = &WireRequest> {
        self.submissions.iter().filter_map(|submission| submission.request.as_ref().ok())
    }

    /// Why something of it will not be sent: the first reason.
    #[must_use]
    pub fn refused(&self) -> Option<&SmsError> {
        self.submissions.iter().find_map(|submission| submission.request.as_ref().err())
    }

    /// All of it, with the exact bytes of the requests: not for eyes. `knows` is whether the one that is told still has what
    /// framed the last one.
    pub fn tell(&self, told: &mut Told, knows: bool) {
        let Told { numbers, bytes, frame } = told;
        if !knows {
            *frame = None;
        }
        bytes.clear();
        if !self.is_framed_by(frame.as_ref()) {
            self.write_frame(bytes);
            *frame = self.frame().or(frame.take());
        }
        numbers.clear();
        numbers.extend([bytes.len(), self.reference.as_str().len(), self.count.segments, self.count.characters]);
        bytes.extend_from_slice(self.reference.as_str().as_bytes());
        for request in self.requests() {
            let start = bytes.len();
            request.write_body(bytes);
            numbers.push(bytes.len() - start);
        }
    }
}

impl Plan {
    fn write_frame(&self, bytes: &mut Vec<u8>) {
        let mut rows = Rows(bytes);
        rows.open();
        rows.text(&self.account);
        rows.open();
        self.requests().for_each(|request| request.write_frame(&mut rows));
        rows.close();
        rows.open();
        self.warnings.iter().for_each(|warning| warning.write(&mut rows));
        rows.close();
        if let Some(error) = self.refused() {
            rows.json(&error.to_json());
        }
        rows.close();
    }

    /// The one request, where there is nothing else.
    fn only_request(&self) -> Option<&WireRequest> {
        let [Submission { request: Ok(request), .. }] = &self.submissions[..] else { return None };
        Some(request)
    }

    fn is_framed_by(&self, frame: Option<&Frame>) -> bool {
        let (Some(frame), Some(request)) = (frame, self.only_request()) else { return false };
        request.carrier == frame.carrier
            && request.operation == frame.operation
            && request.endpoint == frame.endpoint
            && self.account == frame.account
            && self.warnings == frame.warnings
    }

    fn frame(&self) -> Option<Frame> {
        let request = self.only_request().filter(|request| request.carrier != Carrier::Query)?;
        Some(Frame {
            account: Rc::clone(&self.account),
            operation: request.operation,
            carrier: request.carrier,
            endpoint: Rc::clone(&request.endpoint),
            warnings: self.warnings.clone(),
        })
    }
}

/// A plan as JavaScript reads it.
#[derive(Default)]
pub struct Told {
    /// The lengths of the frame and of the reference, segments, characters, and the length of each body.
    pub numbers: Vec<usize>,
    /// The frame, the reference and the bodies, one behind the other. The frame is JSON that is read in half the time where
    /// its values have places instead of names: the account, the requests, the warnings, and where something is refused,
    /// why. It is left out where it is what it was the last time: most texts differ in their bodies alone, and writing and
    /// reading it takes as long as half of all else.
    pub bytes: Vec<u8>,
    frame: Option<Frame>,
}

/// What is told of a plan of one request that has a body, beside that body.
struct Frame {
    account: Rc<str>,
    operation: &'static str,
    carrier: Carrier,
    endpoint: Rc<str>,
    warnings: Vec<Warning>,
}

impl Sms {
    /// Whether a template is wise whatever it is filled with: what it says of itself, it says then too.
    pub(super) fn finds_wise(&self, template: &Template, kind: Kind) -> bool {
        let text = template.text();
        self.blocked_words.is_empty() && is_signed(text) && (kind != Kind::Marketing || says_how_to_refuse(text))
    }
}

/// Whether a text has a signature, 【…】, at either end.
fn is_signed(text: &str) -> bool {
    // Most have nothing to trim.
    has_signature(text) || has_signature(text.trim())
}

fn has_signature(text: &str) -> bool {
    (text.starts_with('【') && search::contains(text, "】")) || (text.ends_with('】') && search::contains(text, "【"))
}

fn says_how_to_refuse(text: &str) -> bool {
    ["退订", "拒收"].iter().any(|word| search::contains(text, word))
}

/// A bulk of bad texts is not answered by a bulk of warnings.
const MOST_WARNINGS: usize = 100;

impl Warning {
    fn write(&self, rows: &mut Rows<'_>) {
        rows.open();
        rows.text(self.code.as_str());
        rows.text(&self.message);
        if let Some(at) = self.at {
            rows.count(at);
        }
        rows.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frames_a_body_is_told_where_it_is_another() {
        let account = |url: &str| format!(r#"{{"vendor":"apiv1","account":"a","password":"p","baseUrl":"{url}"}}"#);
        let get = r#"{"vendor":"liupai","appkey":"k","method":"GET"}"#;
        let (open, safe) = (account("http://a.example"), account("https://a.example"));
        let sms = format!(r#"{{"vendors":{{"a":{open},"b":{safe},"get":{get}}}}}"#);
        let sms = Sms::configure(&sms).unwrap();
        let mut told = Told::default();
        let mut frame = |account: &str, text: &str, knows: bool| {
            let message = ["\t13812345678\tr1\t", text].concat();
            let plan = sms.plan(&Message::read(&message).unwrap(), Some(account), &Random::new(&[])).unwrap();
            plan.tell(&mut told, knows);
            let [length, 2, 1, ..] = told.numbers[..] else { panic!("{:?}", told.numbers) };
            let body = plan.requests().next().unwrap().body().unwrap_or_default();
            assert_eq!(told.bytes[length..], [b"r1", &body[..]].concat());
            String::from_utf8(told.bytes[..length].to_vec()).unwrap()
        };
        let rest = r#""apiv1","send","POST","http://a.example/api/v1/send","application/x-www-form-urlencoded"]]"#;
        let first = frame("a", "【信使】1", true);
        assert!(first.starts_with(&format!(r#"["a",[[{rest},[["plaintext_http","#)), "{first}");
        assert_eq!(frame("a", "【信使】2", true), "");
        assert!(frame("a", "3", true).contains("no_signature"));
        assert!(frame("b", "【信使】4", true).contains("https://"));
        // A URL is another each time.
        assert!(frame("get", "【信使】5", true).contains("GET"));
        assert_eq!(frame("b", "【信使】6", true), "");
        assert!(frame("b", "【信使】7", false).contains("https://"));
        assert_eq!(frame("a", "【信使】1", true), first);
    }
}
