//! Everything but sending: one question to one account, and its answer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::redaction::Shown;
use crate::client::transport::{Transport, exchange};
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::options::{self, Fields};
use crate::random::Random;
use crate::vendor::endpoint::{Asked, Endpoint, Gives};
use crate::wire::WireRequest;
use crate::wire::json_writer::{Object, list};

/// What an account answered.
#[derive(Debug)]
pub struct Answer {
    /// The answer in plain English names, as JSON.
    pub json: String,
    /// The vendor's reply to the byte.
    pub raw: Vec<u8>,
}

/// A question that is ready to be asked.
struct Question {
    endpoint: &'static Endpoint,
    request: WireRequest,
    asked: Asked,
}

impl Sms {
    /// What an account can be asked, as JSON: `[{operation, takes, gives}]`.
    ///
    /// # Errors
    /// `invalid_argument` where there is no such account.
    pub fn operations(&self, account: &str) -> Result<String, SmsError> {
        let endpoints = self.account(account)?.vendor.endpoints();
        Ok(list(endpoints.iter().map(|endpoint| {
            let mut json = Object::new();
            json.text("operation", endpoint.operation);
            json.texts("takes", endpoint.takes.iter().map(|argument| argument.name));
            json.text(
                "gives",
                match endpoint.gives {
                    Gives::One => "one",
                    Gives::Page => "page",
                    Gives::Pull => "pull",
                },
            );
            json.finish()
        })))
    }

    /// Asks an account. `arguments` is an object in JSON.
    ///
    /// # Errors
    /// `invalid_argument` naming the field, the vendor's rejection, or what went wrong on the way. Where there was a
    /// reply, the error holds its bytes.
    pub async fn call(
        &self,
        account: &str,
        operation: &str,
        arguments: &str,
        random: &Random,
        transport: &impl Transport,
    ) -> Result<Answer, SmsError> {
        let account = self.account(account)?;
        let vendor = account.vendor.facts().name;
        let question = account.question(operation, arguments, random).map_err(|mut error| {
            error.account = Some(account.name.clone());
            error.vendor = Some(vendor);
            error
        })?;
        let hidden = question.request.hidden_values();
        let hidden: Vec<(&str, Shown)> = hidden.iter().map(|value| (value.as_str(), Shown::Redacted)).collect();
        // What a reply held is never lost: a pull erases at the vendor, and what was made there has its id in it.
        let during = |error: SmsError, received: Vec<u8>| {
            let mut error = account.scrub(error, &hidden).during(&account.name, vendor, question.endpoint.name);
            error.raw = error.raw.take().or(Some(received)).filter(|received| !received.is_empty());
            error
        };
        match exchange(transport, &question.request).await {
            Err(error) => Err(during(error, transport.received())),
            Ok(reply) => match (question.endpoint.read)(&reply, question.asked) {
                Ok(json) => Ok(Answer { json, raw: reply.body }),
                Err(error) => Err(during(error, reply.body)),
            },
        }
    }
}

impl Account {
    fn question(&self, operation: &str, arguments: &str, random: &Random) -> Result<Question, SmsError> {
        let endpoint = self.vendor.endpoints().iter().find(|endpoint| endpoint.operation == operation);
        let endpoint = endpoint.ok_or_else(|| {
            SmsError::argument("operation", format!("{} has no {operation}", self.vendor.facts().name))
        })?;
        let json = options::parse(arguments, "arguments")?;
        let fields = Fields::new(&json, "", "arguments")?;
        let (parameters, asked) = endpoint.read_arguments(&fields, self.vendor.facts().charset)?;
        let request = self.vendor.build(endpoint, &parameters);
        let request = if endpoint.is_jsonp { self.with_callback(request, random) } else { request };
        Ok(Question { endpoint, request, asked })
    }
}
