//! Sending: one attempt an account, in order, and never a second where the first may have arrived.

use crate::client::event::Event;
use crate::client::plan::Plan;
use crate::client::redaction::Shown;
use crate::client::transport::Transport;
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::message::Message;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::reference::Reference;
use crate::vendor::Receipt;

impl Sms {
    /// Sends a message by the account named, or else through the first in order that takes it. Moves on only where
    /// nothing can have been sent.
    pub async fn send(
        &self,
        message: &Message,
        account: Option<&str>,
        reference: &Reference,
        transport: &impl Transport,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        let outcome = match account.map(|name| self.account(name)) {
            None => self.send_in_order(message, reference, transport, on).await,
            Some(Ok(account)) => attempt(account, &account.plan(message, reference), transport, on).await,
            Some(Err(error)) => {
                return self.refuse(None, Some(message.to.e164()), reference.as_str().to_owned(), error, on);
            }
        };
        on(&Event::Outcome { outcome: &outcome, to: std::slice::from_ref(&message.to) });
        outcome
    }

    /// Tries the accounts whose circuit lets them be, and where none does, all.
    async fn send_in_order(
        &self,
        message: &Message,
        reference: &Reference,
        transport: &impl Transport,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        let mut last = None;
        for passing_over in [true, false] {
            for account in &self.accounts[..self.tried] {
                if passing_over && !account.circuit.borrow_mut().admits(transport.now()) {
                    continue;
                }
                let outcome = attempt(account, &account.plan(message, reference), transport, on).await;
                if !matches!(outcome.end, End::Rejected(_)) || transport.aborted() {
                    return outcome;
                }
                last = Some(outcome);
            }
            if let Some(outcome) = last.take() {
                return outcome;
            }
        }
        // There is an account, and the second time round each is tried.
        self.refuse(
            None,
            Some(message.to.e164()),
            reference.as_str().to_owned(),
            SmsError::argument("vendors", "there is no account"),
            &|_| {},
        )
    }

    /// Sends exactly a plan, to its account alone.
    pub async fn send_plan(&self, plan: &Plan, transport: &impl Transport, on: &dyn Fn(&Event<'_>)) -> Outcome {
        let account = match self.account(&plan.account) {
            Ok(account) => account,
            Err(error) => {
                return self.refuse(None, plan.to.first().map(Phone::e164), plan.reference.clone(), error, on);
            }
        };
        let outcome = attempt(account, plan, transport, on).await;
        on(&Event::Outcome { outcome: &outcome, to: &plan.to });
        outcome
    }

    /// The outcome of a message that cannot be sent as it was written: nothing was tried. `to` and `reference` are what
    /// the caller wrote. The account is the one named, or the first in order.
    pub fn refuse(
        &self,
        account: Option<&str>,
        to: Option<String>,
        reference: String,
        error: SmsError,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        let account = self.account_or_first(account);
        let outcome = Outcome {
            account: account.name.clone(),
            vendor: account.vendor.facts().name,
            to: to.into_iter().collect(),
            reference,
            end: End::Rejected(account.during_send(error)),
        };
        on(&Event::Outcome { outcome: &outcome, to: &[] });
        outcome
    }

    /// An error about a message, with the account, vendor and operation it was meant for.
    #[must_use]
    pub fn during_send(&self, account: Option<&str>, error: SmsError) -> SmsError {
        self.account_or_first(account).during_send(error)
    }

    fn account_or_first(&self, name: Option<&str>) -> &Account {
        name.and_then(|name| self.account(name).ok()).unwrap_or(&self.accounts[0])
    }
}

async fn attempt(account: &Account, plan: &Plan, transport: &impl Transport, on: &dyn Fn(&Event<'_>)) -> Outcome {
    let end = match exchange(account, plan, transport, on).await {
        Ok(receipt) => End::Accepted { id: receipt.id, segments: plan.count.segments },
        Err(error) => End::failed(account.during_send(scrub(error, account, plan))),
    };
    let change = match &end {
        End::Accepted { .. } => account.circuit.borrow_mut().succeeded(),
        // What was refused here never reached the account.
        End::Rejected(error) if plan.request.is_ok() => account.circuit.borrow_mut().failed(error, transport.now()),
        End::Rejected(_) | End::Unknown(_) => None,
    };
    on(&Event::Attempted { account: &account.name, vendor: plan.vendor, reference: &plan.reference, end: &end });
    if let Some(change) = change {
        on(&Event::Circuit { account: &account.name, change });
    }
    Outcome {
        account: account.name.clone(),
        vendor: plan.vendor,
        to: plan.to.iter().map(Phone::e164).collect(),
        reference: plan.reference.clone(),
        end,
    }
}

async fn exchange(
    account: &Account,
    plan: &Plan,
    transport: &impl Transport,
    on: &dyn Fn(&Event<'_>),
) -> Result<Receipt, SmsError> {
    let request = plan.request.as_ref().map_err(Clone::clone)?;
    on(&Event::Attempt { account: &account.name, request, reference: &plan.reference });
    let reply = transport.call(request).await?;
    account.vendor.read_send(&reply)
}

/// Takes the receiver's number and the code out of what the vendor said: some vendors repeat the request.
fn scrub(error: SmsError, account: &Account, plan: &Plan) -> SmsError {
    let text = plan.text.expose();
    // A text of a character or two cannot be told from the vendor's own words.
    let mut hidden: Vec<_> = (text.chars().count() > 2).then_some((text, Shown::Redacted)).into_iter().collect();
    let number = |phone: &'_ Phone| Shown::Masked(phone.to_string());
    hidden.extend(plan.to.iter().map(|phone| (phone.mainland().unwrap_or(phone.digits()), number(phone))));
    hidden.extend(codes(text).map(|code| (code, Shown::Redacted)));
    account.scrub(error, &hidden)
}

/// What can be a one-time code in a text: runs of three or more letters and digits, with a digit among them.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|run| run.len() >= 3 && run.bytes().any(|byte| byte.is_ascii_digit()))
}
