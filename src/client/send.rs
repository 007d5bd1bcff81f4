//! Sending: one attempt an account, in order, and never a second where the first may have arrived.

use crate::client::event::Event;
use crate::client::plan::Plan;
use crate::client::transport::Transport;
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::message::Message;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::reference::Reference;
use crate::secret::REDACTED;
use crate::vendor::Receipt;

impl Sms {
    /// Sends a message through the first account that takes it. Moves on only where nothing can have been sent.
    pub async fn send(
        &self,
        message: &Message,
        reference: &Reference,
        transport: &impl Transport,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        self.send_by(&self.accounts[..self.tried], message, reference, transport, on).await
    }

    /// Sends a message through one account alone.
    pub async fn send_by_account(
        &self,
        account: &str,
        message: &Message,
        reference: &Reference,
        transport: &impl Transport,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        match self.account(account) {
            Ok(account) => self.send_by(std::slice::from_ref(account), message, reference, transport, on).await,
            Err(error) => self.refused(Some(message.to.e164()), error),
        }
    }

    async fn send_by(
        &self,
        accounts: &[Account],
        message: &Message,
        reference: &Reference,
        transport: &impl Transport,
        on: &dyn Fn(&Event<'_>),
    ) -> Outcome {
        let mut outcome = None;
        for account in accounts {
            let plan = account.plan(message, reference);
            let last = attempt(account, &plan, transport, on).await;
            let moves_on = matches!(last.end, End::Rejected(_)) && !transport.aborted();
            outcome = Some(last);
            if !moves_on {
                break;
            }
        }
        // There is an account: `configure` refuses options without one.
        let outcome =
            outcome.unwrap_or_else(|| self.refused(None, SmsError::argument("vendors", "there is no account")));
        on(&Event::Outcome { outcome: &outcome, to: std::slice::from_ref(&message.to) });
        outcome
    }

    /// Sends exactly a plan, to its account alone.
    pub async fn send_plan(&self, plan: &Plan, transport: &impl Transport, on: &dyn Fn(&Event<'_>)) -> Outcome {
        let outcome = match self.account(&plan.account) {
            Ok(account) => attempt(account, plan, transport, on).await,
            Err(error) => self.refused(None, error),
        };
        on(&Event::Outcome { outcome: &outcome, to: &plan.to });
        outcome
    }

    /// The outcome of a message that could not be read: nothing was tried. `to` is what the caller wrote.
    #[must_use]
    pub fn refused(&self, to: Option<String>, error: SmsError) -> Outcome {
        let first = &self.accounts[0];
        Outcome {
            account: first.name.clone(),
            vendor: first.vendor.facts().name,
            to: to.into_iter().collect(),
            reference: String::new(),
            end: End::Rejected(first.during_send(error)),
        }
    }
}

async fn attempt(account: &Account, plan: &Plan, transport: &impl Transport, on: &dyn Fn(&Event<'_>)) -> Outcome {
    let end = match exchange(account, plan, transport, on).await {
        Ok(receipt) => End::Accepted { id: receipt.id, segments: plan.count.segments },
        Err(error) => End::failed(account.during_send(scrub(error, account, plan))),
    };
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
    let mut hidden: Vec<(&str, String)> = vec![(plan.text.expose(), REDACTED.to_owned())];
    hidden.extend(plan.to.iter().map(|phone| (phone.mainland().unwrap_or(phone.digits()), phone.to_string())));
    hidden.extend(codes(plan.text.expose()).map(|code| (code, REDACTED.to_owned())));
    account.scrub(error, &hidden)
}

/// What can be a one-time code in a text: runs of four digits or more.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() >= 4)
}
