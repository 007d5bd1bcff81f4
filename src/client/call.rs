//! Everything but sending: one question to one account, and its answer.

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

/// What an account answered.
#[derive(Debug)]
pub struct CallAnswer {
    /// What it says.
    pub content: VendorAnswer,
    /// The vendor's reply to the byte.
    pub raw: Vec<u8>,
}

/// What an account can be asked, under the names that JavaScript sees.
#[derive(Debug, Serialize)]
pub struct Operation {
    /// Its name: `accounts.create`.
    pub operation: &'static str,
    /// The names of its arguments.
    pub takes: Vec<&'static str>,
    /// What comes back.
    pub gives: Gives,
}

impl From<&Endpoint> for Operation {
    fn from(endpoint: &Endpoint) -> Self {
        let takes = endpoint.takes.iter().map(|argument| argument.name).collect();
        Self { operation: endpoint.operation, takes, gives: endpoint.gives }
    }
}

/// A question that is ready to be asked.
struct PreparedCall {
    endpoint: &'static Endpoint,
    request: WireRequest,
    asked: PageRequest,
}

impl Sms {
    /// What an account can be asked.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account.
    pub fn operations(&self, account: &str) -> Result<Vec<Operation>, SmsError> {
        let endpoints = self.account(account)?.vendor.endpoints();
        Ok(endpoints.iter().map(Operation::from).collect())
    }

    /// Asks an account. `arguments` is an object.
    ///
    /// # Errors
    /// `invalid_argument` naming the field, the vendor's rejection, or what went wrong on the way. Where there was a
    /// reply, the error holds its bytes.
    pub async fn call(
        &self,
        account: &str,
        operation: &str,
        arguments: &Json<'_>,
        random: &Random,
        transport: &impl Transport,
    ) -> Result<CallAnswer, SmsError> {
        let account = self.account(account)?;
        let question = account.prepare_call(operation, arguments, random)?;
        let replied = transport.call(&question.request).await;
        account.answer(&question, replied, transport.received())
    }
}

impl Account {
    /// Whether its vendor can be asked this.
    #[must_use]
    pub fn can(&self, operation: &str) -> bool {
        self.vendor.endpoints().iter().any(|endpoint| endpoint.operation == operation)
    }

    /// Asks for what the vendor erases when it tells it, without reading it: whoever asks keeps the bytes first.
    ///
    /// # Errors
    /// What went wrong on the way, with what came of the reply.
    pub async fn pull(&self, operation: &str, transport: &impl Transport) -> Result<WireReply, SmsError> {
        let question = self.prepare_call(operation, &Json::empty(), &Random::new(&[]))?;
        let replied = transport.call(&question.request).await;
        without_callback(&question.request, replied).map_err(|error| self.told(&question, error, transport.received()))
    }

    /// Reads what [`Account::pull`] brought.
    ///
    /// # Errors
    /// The vendor's rejection, or `bad_reply`.
    pub fn read_pulled(&self, operation: &str, reply: &WireReply) -> Result<PushRecords, SmsError> {
        let question = self.prepare_call(operation, &Json::empty(), &Random::new(&[]))?;
        let read = (question.endpoint.read)(reply, question.asked);
        let mut pushed = PushRecords::default();
        if let VendorAnswer::Pulled(pulled) = read.map_err(|error| self.told(&question, error, Vec::new()))? {
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
        let (parameters, asked) = endpoint.read_arguments(&fields, self.vendor.spec().charset)?;
        let mut request = self.vendor.build(endpoint, &parameters);
        if endpoint.supports_jsonp {
            self.set_callback(&mut request, random)?;
        }
        Ok(PreparedCall { endpoint, request, asked })
    }

    /// What came of a question: `received` is what came of a reply whose end did not.
    fn answer(
        &self,
        question: &PreparedCall,
        replied: Result<WireReply, TransportError>,
        received: Vec<u8>,
    ) -> Result<CallAnswer, SmsError> {
        let read = without_callback(&question.request, replied).map_err(|error| (error, received)).and_then(|reply| {
            match (question.endpoint.read)(&reply, question.asked) {
                Ok(content) => Ok(CallAnswer { content, raw: reply.body }),
                Err(error) => Err((error, reply.body)),
            }
        });
        read.map_err(|(error, received)| self.redacted_error(question, error, received))
    }

    /// An error as the caller is told of it, with what came of the reply.
    fn redacted_error(&self, question: &PreparedCall, error: SmsError, received: Vec<u8>) -> SmsError {
        let hidden = question.request.hidden_values();
        let hidden: Vec<(&str, Replacement)> =
            hidden.iter().map(|value| (value.as_str(), Replacement::Redacted)).collect();
        let (vendor, operation) = (self.vendor.facts().name, question.endpoint.name);
        let mut error = self.scrub(error, &hidden).during(&self.name, vendor, operation);
        // What a reply held is never lost: a pull erases at the vendor, and what was made there has its id in it.
        error.raw = error.raw.take().or(Some(received)).filter(|received| !received.is_empty());
        error
    }
}
