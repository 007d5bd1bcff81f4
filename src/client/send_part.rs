//! Sends to recipients of a bulk that are all in memory, as the handler does, with less code than
//! [`SendMany`](crate::client::send_many::SendMany).

use alloc::vec;
use alloc::vec::Vec;

use crate::bulk::{Bulk, Recipient};
use crate::client::batcher::Batcher;
use crate::client::sms_event::SmsEvent;
use crate::client::transport::Transport;
use crate::client::{Account, Sms};
use crate::error::SmsError;
use crate::outcome::{End, Outcome};
use crate::random::Random;
use crate::reference::Reference;
use crate::segments::Count;

/// A part of a bulk.
pub struct Part<'a> {
    /// The properties that all messages of the bulk share.
    pub bulk: &'a Bulk,
    /// The only account to try, if one is named.
    pub account: Option<&'a str>,
    /// The accounts to try otherwise, as indices.
    pub order: &'a [usize],
    /// The beginning of its requests' references.
    pub reference: &'a Reference,
    /// The number of its first request, unique within the bulk.
    pub first_request: usize,
}

impl Sms {
    /// The number of accounts that may send a part of a bulk.
    ///
    /// # Errors
    /// `invalid_argument` if no account has this name.
    pub fn accounts_tried(&self, account: Option<&str>) -> Result<usize, SmsError> {
        account.map_or(Ok(self.tried), |name| self.position(name).map(|_| 1))
    }

    /// Sends to recipients in as few requests as each vendor allows, one after the other. Recipients that an account
    /// cannot take, or certainly rejected, go to the next account; accounts with an open circuit are tried last.
    pub async fn send_part(
        &self,
        part: &Part<'_>,
        mut recipients: Vec<Recipient>,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Vec<Outcome> {
        let tried = part.account.and_then(|name| self.account(name).ok());
        let mut accounts: Vec<&Account> =
            tried.map_or_else(|| part.order.iter().map(|at| &self.accounts[*at]).collect(), |one| vec![one]);
        accounts.sort_by_key(|account| account.circuit.borrow().is_open(transport.now()));
        let mut outcomes = Vec::new();
        let mut request = part.first_request;
        for (place, account) in accounts.iter().enumerate() {
            let is_last = place + 1 == accounts.len();
            let mut others = Vec::new();
            let mut batcher = Batcher::default();
            let mut groups = Vec::new();
            for recipient in recipients {
                match account.check_recipient(&recipient) {
                    Ok(count) => {
                        let (share, max) = account.vendor.share(part.bulk.kind, &recipient.content);
                        groups.extend(batcher.add(recipient, share, max, count));
                    }
                    Err(error) if is_last => {
                        let to = vec![recipient.to.e164()];
                        outcomes.push(self.reject(Some(&account.name), to, part.reference, error, on));
                    }
                    Err(_) => others.push(recipient),
                }
            }
            groups.extend(batcher.flush());
            for group in groups {
                let count = group.count;
                let (batch, contents) = part.bulk.batch(group);
                let reference = part.reference.numbered(request);
                let submission = account.prepare_request(&batch, &reference, count, &random.for_request(request));
                request += 1;
                let outcome = account.attempt(&submission, transport, on).await;
                if matches!(outcome.end, End::Rejected(_)) && !is_last {
                    for (place, to) in submission.to.iter().copied().enumerate() {
                        let content = contents.get(place).or(contents.last()).cloned();
                        others.extend(content.map(|content| Recipient { to, content }));
                    }
                } else {
                    on(&SmsEvent::Outcome { outcome: &outcome, to: &submission.to });
                    outcomes.push(outcome);
                }
            }
            recipients = others;
            if recipients.is_empty() {
                break;
            }
        }
        outcomes
    }
}

impl Account {
    fn check_recipient(&self, recipient: &Recipient) -> Result<Count, SmsError> {
        self.check_number(recipient.to).and_then(|()| self.count_checked(&recipient.content.text()))
    }
}
