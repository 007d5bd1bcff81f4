//! Sends a message: one attempt at each account, in order, and none after an attempt that may have reached its vendor.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Batch;
use crate::client::prepared_request::PreparedRequest;
use crate::client::sms_event::SmsEvent;
use crate::client::transport::{Transport, without_callback};
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::message::Message;
use crate::outcome::{End, Outcome};
use crate::random::Random;
use crate::reference::Reference;
use crate::vendor::Acceptance;

impl Sms {
    /// Sends a message by the named account, or by the first account in order that accepts it. Tries the next account
    /// only where certainly nothing was sent.
    pub async fn send(
        &self,
        message: &Message,
        account: Option<&str>,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let tried = match account {
            Some(name) => self.position(name).map(|at| vec![at]),
            None => self.route_of(&message.to).map(|(order, _)| order),
        };
        let mut outcome = self.send_by(message, tried, account, &|_| None, random, transport, on).await;
        let account = self.account_named_or_first(Some(&outcome.account));
        let is_rejected = matches!(outcome.end, End::Rejected(_));
        let found = core::mem::take(&mut outcome.warnings);
        outcome.warnings = self.warnings_of(account, message.to, &message.text, message.kind, is_rejected);
        outcome.warnings.append(&found);
        outcome
    }

    /// [`Sms::send`] with an order of the caller's: indices into the list of [`Sms::accounts`]. `callback_url` returns
    /// the URL for the delivery report of this message.
    pub async fn send_in_order(
        &self,
        message: &Message,
        order: &[usize],
        callback_url: &dyn Fn(&Account) -> Option<Rc<str>>,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        self.send_by(message, Ok(order.to_vec()), None, callback_url, random, transport, on).await
    }

    #[allow(clippy::too_many_arguments, reason = "what both ways to send have, and what each has of its own")]
    async fn send_by(
        &self,
        message: &Message,
        tried: Result<Vec<usize>, SmsError>,
        account: Option<&str>,
        callback_url: &dyn Fn(&Account) -> Option<Rc<str>>,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let to = || vec![message.to.e164()];
        let (tried, reference) = match (tried, message.reference_or(random)) {
            (Ok(tried), Ok(reference)) => (tried, reference),
            (Err(error), reference) => {
                return self.reject(None, to(), &reference.unwrap_or_else(|_| Reference::written("")), error, on);
            }
            (Ok(_), Err(error)) => return self.reject(account, to(), &Reference::written(""), error, on),
        };
        let mut batch = Batch::from(message);
        // The first round skips accounts with an open circuit. If it tries none, the second round tries all.
        let mut outcome = None;
        for passing_over in [tried.len() > 1, false] {
            for account in tried.iter().filter_map(|at| self.accounts.get(*at)) {
                if passing_over && !account.circuit.borrow_mut().admits(transport.now()) {
                    continue;
                }
                batch.callback_url = callback_url(account);
                let prepared = self.prepare(account, message, &batch, &reference, &random.at(transport.now()));
                let attempted = account.attempt(&prepared, transport, on).await;
                let goes_on = matches!(attempted.end, End::Rejected(_)) && !transport.aborted();
                outcome = Some(attempted);
                if !goes_on {
                    break;
                }
            }
            if outcome.is_some() {
                break;
            }
        }
        let Some(outcome) = outcome else {
            // There is an account, and the second round tries each.
            let error = SmsError::argument("vendors", "there is no account");
            return self.reject(None, to(), &reference, error, on);
        };
        on(&SmsEvent::Outcome { outcome: &outcome, to: &[message.to] });
        outcome
    }

    /// Sends exactly one request of a plan, only to its account. A signature that is a minute old is made anew.
    pub async fn send_planned(
        &self,
        account: &str,
        planned: PreparedRequest,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let account = self.account_named_or_first(Some(account));
        let prepared = account.renew(planned, &random.at(transport.now()));
        let outcome = account.attempt(&prepared, transport, on).await;
        on(&SmsEvent::Outcome { outcome: &outcome, to: &prepared.to });
        outcome
    }

    /// Rejects a message that none of the accounts at these indices can take: none has its characters, for example.
    /// Sends nothing.
    ///
    /// # Errors
    /// The error of the last account.
    pub fn check(&self, message: &Message, order: &[usize], random: &Random) -> Result<(), SmsError> {
        let (batch, reference) = (Batch::from(message), message.reference_or(random)?);
        let mut last = Ok(());
        for account in order.iter().filter_map(|at| self.accounts.get(*at)) {
            match self.prepare(account, message, &batch, &reference, random).request {
                Ok(_) => return Ok(()),
                Err(error) => last = Err(account.during_send(error)),
            }
        }
        last
    }

    /// The outcome of a message that cannot be sent as written, or that an internal fault ended. `to` is the text that
    /// the caller wrote. The account is the named one, or the first in order.
    pub fn reject(
        &self,
        account: Option<&str>,
        to: Vec<String>,
        reference: &Reference,
        error: SmsError,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let account = self.account_named_or_first(account);
        let outcome = Outcome {
            account: (*account.name).into(),
            vendor: account.vendor.spec().name,
            to,
            reference: reference.as_str().into(),
            account_id: None,
            warnings: Warnings::default(),
            end: End::failed(account.during_send(error)),
        };
        on(&SmsEvent::Outcome { outcome: &outcome, to: &[] });
        outcome
    }

    /// Adds the account, its vendor and the operation to an error about a message.
    #[must_use]
    pub fn during_send(&self, account: Option<&str>, error: SmsError) -> SmsError {
        self.account_named_or_first(account).during_send(error)
    }

    fn account_named_or_first(&self, name: Option<&str>) -> &Account {
        name.and_then(|name| self.account(name).ok()).unwrap_or(&self.accounts[0])
    }
}

impl Account {
    /// Makes one attempt. Never retries, whatever the result.
    pub(super) async fn attempt(
        &self,
        prepared: &PreparedRequest,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let request = match &prepared.request {
            Ok(request) => request,
            Err(error) => return self.end(prepared, Err(error.clone()), transport.now(), on),
        };
        on(&SmsEvent::Attempt { account: &self.name, request, reference: prepared.reference.as_str() });
        let replied = transport.call(request).await;
        let acceptance =
            without_callback(request, replied).and_then(|reply| self.vendor.read_send(&reply, &prepared.to));
        self.end(prepared, acceptance, transport.now(), on)
    }

    /// Ends an attempt: updates the circuit, emits the events and returns the outcome.
    fn end(
        &self,
        prepared: &PreparedRequest,
        acceptance: Result<Acceptance, SmsError>,
        now: i64,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Outcome {
        let mut account_id = None;
        let end = match acceptance {
            Ok(Acceptance { id, count, account_id: pays }) => {
                account_id = pays;
                let segments = prepared.count.segments;
                match count {
                    Some(count) if count < prepared.to.len() => End::Partial { id, segments, count },
                    _ => End::Accepted { id, segments },
                }
            }
            Err(error) => End::failed(self.during_send(prepared.scrub(error, self))),
        };
        let change = match &end {
            End::Accepted { .. } | End::Partial { .. } => self.circuit.borrow_mut().succeeded(),
            // A message that the client rejected says nothing about the account.
            End::Rejected(error) if prepared.request.is_ok() => self.circuit.borrow_mut().failed(error, now),
            End::Rejected(_) | End::Unknown(_) => None,
        };
        let vendor = self.vendor.spec().name;
        let reference = prepared.reference.as_str();
        on(&SmsEvent::Attempted { account: &self.name, vendor, reference, end: &end });
        if let Some(change) = change {
            on(&SmsEvent::Circuit { account: &self.name, change });
        }
        Outcome {
            account: (*self.name).into(),
            vendor,
            to: prepared.receivers(),
            reference: reference.into(),
            account_id,
            warnings: prepared.warnings.clone(),
            end,
        }
    }
}
