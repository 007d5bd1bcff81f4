//! Operations other than sending: one request to one account, and its result.

use alloc::vec::Vec;

use serde::Serialize;

use crate::client::redaction::Replacement;
use crate::client::transport::{Transport, TransportError, without_callback};
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::options::Fields;
use crate::random::Random;
use crate::vendor::answer::VendorAnswer;
use crate::vendor::endpoint::{Endpoint, Gives, PageRequest};
use crate::vendor::push::PushRecords;
use crate::vendor::report::Inbound;
use crate::wire::json::Json;
use crate::wire::{WireReply, WireRequest};

/// The result of an operation.
#[derive(Debug)]
pub struct CallAnswer {
    /// The result itself.
    pub content: VendorAnswer,
    /// The body of the vendor's reply, unchanged.
    pub raw: Vec<u8>,
}

/// An operation of an account, under its names in JavaScript.
#[derive(Debug, Serialize)]
pub struct Operation {
    /// The name, such as `accounts.create`.
    pub operation: &'static str,
    /// The names of the arguments.
    pub takes: Vec<&'static str>,
    /// The kind of result.
    pub gives: Gives,
}

impl From<&Endpoint> for Operation {
    fn from(endpoint: &Endpoint) -> Self {
        let takes = endpoint.takes.iter().map(|argument| argument.name).collect();
        Self { operation: endpoint.operation, takes, gives: endpoint.gives }
    }
}

/// An operation with checked arguments, ready to be requested.
struct PreparedCall {
    endpoint: &'static Endpoint,
    request: WireRequest,
    page_request: PageRequest,
}

impl Sms {
    /// The operations of an account.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account.
    pub fn operations(&self, account: &str) -> Result<Vec<Operation>, SmsError> {
        let endpoints = self.account(account)?.vendor.endpoints();
        Ok(endpoints.iter().map(Operation::from).collect())
    }

    /// Calls an operation of an account. `arguments` is an object.
    ///
    /// # Errors
    /// `invalid_argument` naming the field, the vendor's rejection, or the failure of the connection. If a reply
    /// arrived, the error holds its bytes.
    pub async fn call(
        &self,
        account: &str,
        operation: &str,
        arguments: &Json<'_>,
        random: &Random,
        transport: &impl Transport,
    ) -> Result<CallAnswer, SmsError> {
        let account = self.account(account)?;
        let question = account.prepare_call(operation, arguments, &random.at(transport.now()))?;
        let replied = transport.call(&question.request).await;
        account.answer(&question, replied, transport.received())
    }
}

impl Account {
    /// Whether the account's vendor has this operation.
    #[must_use]
    pub fn can(&self, operation: &str) -> bool {
        self.vendor.endpoints().iter().any(|endpoint| endpoint.operation == operation)
    }

    /// Requests records that the vendor erases when it returns them. The reply is not read, so that the caller can
    /// store its bytes first.
    ///
    /// # Errors
    /// The failure of the connection, with the part of the reply that arrived.
    pub async fn pull(
        &self,
        operation: &str,
        random: &Random,
        transport: &impl Transport,
    ) -> Result<WireReply, SmsError> {
        let question = self.prepare_call(operation, &Json::empty(), &random.at(transport.now()))?;
        let replied = transport.call(&question.request).await;
        without_callback(&question.request, replied)
            .map_err(|error| self.redacted_error(&question, error, transport.received()))
    }

    /// Reads a reply of [`Account::pull`].
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`.
    pub fn read_pulled(&self, operation: &str, reply: &WireReply) -> Result<PushRecords, SmsError> {
        let question = self.prepare_call(operation, &Json::empty(), &Random::new(&[]))?;
        let read = self.vendor.read(question.endpoint, reply, question.page_request);
        let mut pushed = PushRecords::default();
        if let VendorAnswer::Pulled(pulled) = read.map_err(|error| self.redacted_error(&question, error, Vec::new()))? {
            pushed.unparsed = pulled.unparsed;
            for record in pulled.items {
                match record {
                    Inbound::Report(report) => pushed.reports.push(report),
                    Inbound::Reply(reply) => pushed.replies.push(reply),
                }
            }
        }
        Ok(pushed)
    }

    fn prepare_call(&self, operation: &str, arguments: &Json<'_>, random: &Random) -> Result<PreparedCall, SmsError> {
        self.build_call(operation, arguments, random).map_err(|mut error| {
            error.account = Some((*self.name).into());
            error.vendor = Some(self.vendor.spec().name);
            error
        })
    }

    fn build_call(&self, operation: &str, arguments: &Json<'_>, random: &Random) -> Result<PreparedCall, SmsError> {
        let endpoint = self.vendor.endpoints().iter().find(|endpoint| endpoint.operation == operation);
        let endpoint = endpoint.ok_or_else(|| {
            SmsError::argument("operation", [self.vendor.spec().name, " has no ", operation].concat())
        })?;
        let fields = Fields::new(arguments, "", "arguments")?;
        let (parameters, page_request) = endpoint.read_arguments(&fields, self.vendor.spec().charset)?;
        let mut request = self.vendor.build(endpoint, &parameters, random)?;
        if endpoint.supports_jsonp {
            self.set_callback(&mut request, random)?;
        }
        Ok(PreparedCall { endpoint, request, page_request })
    }

    /// Reads the reply to a question. `received` is the part of a reply that broke off.
    fn answer(
        &self,
        question: &PreparedCall,
        replied: Result<WireReply, TransportError>,
        received: Vec<u8>,
    ) -> Result<CallAnswer, SmsError> {
        let read =
            without_callback(&question.request, replied).map_err(|error| (error, received)).and_then(
                |reply| match self.vendor.read(question.endpoint, &reply, question.page_request) {
                    Ok(content) => Ok(CallAnswer { content, raw: reply.body }),
                    Err(error) => Err((error, reply.body)),
                },
            );
        read.map_err(|(error, received)| self.redacted_error(question, error, received))
    }

    /// The error that the caller sees: redacted, with its context and the bytes of the reply.
    fn redacted_error(&self, question: &PreparedCall, error: SmsError, received: Vec<u8>) -> SmsError {
        let hidden = question.request.hidden_values();
        let hidden: Vec<(&str, Replacement)> =
            hidden.iter().map(|value| (value.as_str(), Replacement::Redacted)).collect();
        let (vendor, operation) = (self.vendor.spec().name, question.endpoint.name);
        let mut error = self.scrub(error, &hidden).during(&self.name, vendor, operation);
        // The bytes of a reply are never lost: a pull erases the vendor's copy, and a reply to a creation has the new
        // id.
        error.raw = error.raw.take().or(Some(received)).filter(|received| !received.is_empty());
        error
    }
}
