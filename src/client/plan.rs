//! [`Plan`]: the exact requests for a message, its price in segments, and its errors and warnings, before anything is
//! sent.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::client::account_route::RouteChoice;
use crate::client::prepared_request::PreparedRequest;
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::message::Message;
use crate::random::Random;
use crate::reference::Reference;
use crate::segments::Count;
use crate::wire::json_writer::Rows;
use crate::wire::{Carrier, WireRequest};

/// A message or a bulk, prepared for one account.
#[derive(Clone)]
pub struct Plan {
    /// The caller's name of the account. Empty where no route takes the number.
    pub account: Rc<str>,
    /// The reference of the message, or the prefix of a bulk's references.
    pub reference: Reference,
    /// A submission for each request, or for each rejection.
    pub prepared: Vec<PreparedRequest>,
    /// Segments and characters of all the texts.
    pub count: Count,
    /// Warnings about the message and the account.
    pub warnings: Warnings,
    /// The route that chose the account.
    pub route: Option<RouteChoice>,
}

impl Sms {
    /// Prepares a message for an account; default: the first in order.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account, or no random bytes for a reference. Errors of the message
    /// itself are in the plan.
    pub fn plan(&self, message: &Message, account: Option<&str>, random: &Random) -> Result<Plan, SmsError> {
        let routed = account.is_none().then(|| self.route_of(&message.to));
        let order = routed.as_ref().and_then(|routed| routed.as_ref().ok()).map(|(order, _)| order);
        let account = match order.and_then(|order| order.first()) {
            Some(at) => &self.accounts[*at],
            None => self.account_or_first(account)?,
        };
        let reference = message.reference_or(random)?;
        account.check_random(random)?;
        let (batch, count) = (Batch::from(message), account.count(&message.text));
        let (mut prepared, route) = match routed {
            Some(Err(error)) => {
                let mut plan = Plan::new(account, reference.clone());
                plan.account = Rc::default();
                plan.add(account.reject(&batch, &reference, count, error));
                return Ok(plan);
            }
            Some(Ok((_, route))) => (self.prepare(account, message, &batch, &reference, random), route),
            None => (self.prepare(account, message, &batch, &reference, random), None),
        };
        let is_rejected = prepared.request.is_err();
        let found = core::mem::take(&mut prepared.warnings);
        prepared.warnings = self.warnings_of(account, message.to, &message.text, message.kind, is_rejected);
        prepared.warnings.append(&found);
        let mut plan = Plan::new(account, reference);
        plan.route = route;
        plan.add(prepared);
        Ok(plan)
    }
}

impl Sms {
    /// Prepares a message as one submission for an account, with the findings of the rules.
    pub(super) fn prepare(
        &self,
        account: &Account,
        message: &Message,
        batch: &Batch,
        reference: &Reference,
        random: &Random,
    ) -> PreparedRequest {
        let count = account.count(&message.text);
        let mut warnings = Warnings::default();
        let allowed = self.check_message(account, message, &mut warnings);
        let checked =
            account.check_number(message.to).and_then(|()| account.check_text(&message.text, &mut |_| {})).and(allowed);
        let prepared = match checked {
            Ok(()) => account.prepare_request(batch, reference, count, random),
            Err(error) => account.reject(batch, reference, count, error),
        };
        prepared.with_warnings(warnings)
    }
}

impl Plan {
    pub(super) fn new(account: &Account, reference: Reference) -> Self {
        let count = Count { segments: 0, characters: 0 };
        Self {
            account: Rc::clone(&account.name),
            reference,
            prepared: Vec::with_capacity(1),
            count,
            warnings: Warnings::default(),
            route: None,
        }
    }

    pub(super) fn add(&mut self, prepared: PreparedRequest) {
        self.count.segments += prepared.count.segments;
        self.count.characters += prepared.count.characters;
        self.warnings.append(&prepared.warnings);
        self.prepared.push(prepared);
    }

    /// The requests that would be sent.
    pub fn requests(&self) -> impl Iterator<Item = &WireRequest> {
        self.prepared.iter().filter_map(|prepared| prepared.request.as_ref().ok())
    }

    /// The first error that keeps a part of the plan from being sent.
    #[must_use]
    pub fn rejection(&self) -> Option<&SmsError> {
        self.prepared.iter().find_map(|prepared| prepared.request.as_ref().err())
    }

    /// Writes the whole plan with the exact bytes of its requests, credentials included. `knows` is whether the reader
    /// still has the frame of the last plan.
    pub fn encode(&self, buffer: &mut OutputBuffer, header_cached: bool) {
        let OutputBuffer { numbers, bytes, header } = buffer;
        if !header_cached {
            *header = None;
        }
        bytes.clear();
        if !self.has_header(header.as_ref()) {
            self.write_header(bytes);
            *header = self.header().or(header.take());
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
    fn write_header(&self, bytes: &mut Vec<u8>) {
        let mut rows = Rows(bytes);
        rows.open();
        rows.text(&self.account);
        rows.open();
        self.requests().for_each(|request| request.write_header(&mut rows));
        rows.close();
        rows.json(&self.warnings.to_json());
        if let Some(error) = self.rejection() {
            rows.json(&error.to_json());
        } else if self.is_framed_anew() {
            rows.json("null");
        }
        if let Some(RouteChoice { index, why }) = &self.route {
            rows.open();
            rows.count(*index);
            rows.text(why);
            rows.close();
        }
        rows.close();
    }

    /// The request of a plan that has exactly one submission.
    fn only_request(&self) -> Option<&WireRequest> {
        let [PreparedRequest { request: Ok(request), .. }] = &self.prepared[..] else { return None };
        Some(request)
    }

    /// Whether the frame may differ from those of other plans for the account.
    fn is_framed_anew(&self) -> bool {
        self.route.is_some() || self.requests().any(|request| request.extras.is_some())
    }

    fn has_header(&self, header: Option<&PlanHeader>) -> bool {
        let (Some(header), Some(request)) = (header, self.only_request()) else { return false };
        !self.is_framed_anew()
            && request.carrier == header.carrier
            && request.operation == header.operation
            && request.endpoint == header.endpoint
            && self.account == header.account
            && self.warnings == header.warnings
    }

    fn header(&self) -> Option<PlanHeader> {
        let request =
            self.only_request().filter(|request| request.carrier != Carrier::Query && !self.is_framed_anew())?;
        Some(PlanHeader {
            account: Rc::clone(&self.account),
            operation: request.operation,
            carrier: request.carrier,
            endpoint: Rc::clone(&request.endpoint),
            warnings: self.warnings.clone(),
        })
    }
}

/// A plan in the format that JavaScript reads.
#[derive(Default)]
pub struct OutputBuffer {
    /// The length of the frame and of the reference, segments, characters, and the length of each body. Lengths are in
    /// bytes.
    pub numbers: Vec<usize>,
    /// The frame, the reference and the bodies, in this order. The frame is a JSON list of the account, the requests,
    /// the warnings and, if something was rejected, the error; a list is read twice as fast as an object. The frame is
    /// empty where it equals the last plan's: most texts differ only in their bodies, and the frame takes half as long
    /// as everything else.
    pub bytes: Vec<u8>,
    header: Option<PlanHeader>,
}

/// The part of a plan beside the body, for a plan of one request that has a body.
struct PlanHeader {
    account: Rc<str>,
    operation: &'static str,
    carrier: Carrier,
    endpoint: Rc<str>,
    warnings: Warnings,
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn header_is_written_only_if_it_changed() {
        let account = |url: &str| format!(r#"{{"vendor":"apiv1","account":"a","password":"p","baseUrl":"{url}"}}"#);
        let get = r#"{"vendor":"liupai","appkey":"k","method":"GET"}"#;
        let (open, safe) = (account("http://a.example"), account("https://a.example"));
        let sms = format!(r#"{{"vendors":{{"a":{open},"b":{safe},"get":{get}}}}}"#);
        let sms = Sms::configure(&sms).unwrap();
        let mut buffer = OutputBuffer::default();
        let mut header = |account: &str, text: &str, header_cached: bool| {
            let message = ["\t13812345678\tr1\t", text].concat();
            let plan = sms.plan(&Message::read(&message).unwrap(), Some(account), &Random::new(&[])).unwrap();
            plan.encode(&mut buffer, header_cached);
            let [length, 2, 1, ..] = buffer.numbers[..] else { panic!("{:?}", buffer.numbers) };
            let body = plan.requests().next().unwrap().body().unwrap_or_default();
            assert_eq!(buffer.bytes[length..], [b"r1", &body[..]].concat());
            String::from_utf8(buffer.bytes[..length].to_vec()).unwrap()
        };
        let rest = r#""apiv1","send","POST","http://a.example/api/v1/send",["content-type","application/x-www-form-urlencoded"]]]"#;
        let first = header("a", "【信使】1", true);
        assert!(first.starts_with(&format!(r#"["a",[[{rest},[{{"code":"plaintext_http","#)), "{first}");
        assert_eq!(header("a", "【信使】2", true), "");
        assert!(header("a", "3", true).contains("no_signature"));
        assert!(header("b", "【信使】4", true).contains("https://"));
        // A GET has its parameters in the URL, so its frame always differs.
        assert!(header("get", "【信使】5", true).contains("GET"));
        assert_eq!(header("b", "【信使】6", true), "");
        assert!(header("b", "【信使】7", false).contains("https://"));
        assert_eq!(header("a", "【信使】1", true), first);
    }
}
