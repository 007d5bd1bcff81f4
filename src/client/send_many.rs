//! [`SendMany`]: a bulk under way, in as few requests as each vendor allows. Recipients arrive one after the other.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use xinshi_bytes::first_piece;

use crate::batch::Batch;
use crate::bulk::{Bulk, BulkContent, Recipient};
use crate::client::batcher::{Batcher, Group};
use crate::client::plan::Plan;
use crate::client::prepared_request::PreparedRequest;
use crate::client::sms_event::SmsEvent;
use crate::client::transport::Transport;
use crate::client::warnings::Warnings;
use crate::client::{Account, Sms};
use crate::decimal;
use crate::error::{Code, SmsError};
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::random::Random;
use crate::reference::{self, Reference};
use crate::segments::{self, Billing, Count};

/// A bulk under way. Its recipients arrive one after the other.
pub struct SendMany {
    bulk: Rc<Bulk>,
    /// The prefix of the requests' references.
    reference: Reference,
    /// The accounts that the bulk may use.
    accounts: Vec<Candidate>,
    /// Whether the number of a recipient decides its accounts.
    is_routed: bool,
    pending: VecDeque<PendingRequest>,
    requests: usize,
    /// The result for the last text that was checked: recipients in a row often share one.
    checked: Option<CheckedText>,
}

/// An account that may take it.
struct Candidate {
    /// Its position.
    account: usize,
    /// The recipients gathered for it.
    batcher: Batcher,
    /// The findings of its vendor's rules so far.
    found: Warnings,
    /// The end of its route among the candidates: no recipient goes beyond.
    route_end: usize,
}

impl Candidate {
    /// The candidates of each route, one route after the other.
    fn all(orders: Vec<Vec<usize>>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for order in orders {
            let route_end = all.len() + order.len();
            let candidate =
                |account| Self { account, batcher: Batcher::default(), found: Warnings::default(), route_end };
            all.extend(order.into_iter().map(candidate));
        }
        all
    }
}

/// Characters at the end of a bulk's reference that are reserved for the number of a request: enough for a million.
const INDEX_CHARACTERS: usize = 6;

/// The result of checking a text for an account.
struct CheckedText {
    account: usize,
    text: Rc<str>,
    count: Result<Count, SmsError>,
}

/// A request to send, or a rejection in place of one.
pub struct PendingRequest {
    /// The number of the request in the bulk, from 0.
    pub index: usize,
    reference: Reference,
    /// The index into the bulk's accounts.
    account: usize,
    content: PendingContent,
}

/// A recipient; or, for a line that is none, its number as far as it could be read and the error.
type ReadRecipient = Result<Recipient, (String, SmsError)>;

enum PendingContent {
    Group(Group),
    Rejected { to: Vec<String>, error: SmsError, warnings: Warnings },
}

impl Sms {
    /// Begins a bulk by the named account, or by all accounts in order.
    ///
    /// # Errors
    /// `content` or `invalid_argument` for an error of the bulk itself.
    pub fn send_many(&self, bulk: &str, account: Option<&str>, random: &Random) -> Result<SendMany, SmsError> {
        let bulk = Rc::new(Bulk::read(bulk)?);
        let accounts = match account {
            Some(name) => vec![vec![self.position(name)?]],
            None => self.all_orders(),
        };
        let max =
            accounts.iter().flatten().filter_map(|at| self.accounts[*at].vendor.spec().max_reference_characters).min();
        if let Some(reference) = &bulk.reference {
            let max = max.unwrap_or(reference::MAX_CHARACTERS) - INDEX_CHARACTERS;
            if reference.as_str().len() > max {
                let message =
                    ["the number of each request follows a bulk's ref: at most ", &decimal::count(max), " characters"]
                        .concat();
                return Err(SmsError::argument("ref", message));
            }
        }
        Ok(SendMany {
            reference: bulk.reference.clone().map_or_else(|| random.reference(), Ok)?,
            bulk,
            accounts: Candidate::all(accounts),
            is_routed: account.is_none() && self.has_routes(),
            pending: VecDeque::new(),
            requests: 0,
            checked: None,
        })
    }

    /// Prepares a whole bulk for an account; default: the first in order.
    ///
    /// # Errors
    /// `content` or `invalid_argument` for an error of the bulk itself. Errors of recipients are in the plan.
    pub fn plan_many(
        &self,
        bulk: &str,
        recipients: &str,
        account: Option<&str>,
        random: &Random,
    ) -> Result<Plan, SmsError> {
        if account.is_none() && self.has_routes() {
            let message = "route chooses an account for each number: name the account to plan for";
            return Err(SmsError::argument("account", message));
        }
        let account = self.account_or_first(account)?;
        account.check_random(random)?;
        let mut many = self.send_many(bulk, Some(&account.name), random)?;
        let mut plan = Plan::new(account, many.reference.clone());
        many.each(self, recipients, 0, &mut |many, recipient| match recipient {
            Ok(recipient) => match many.check(self, 0, &recipient) {
                Ok(count) => many.gather(account, 0, recipient, count),
                Err(error) => many.reject(self, 0, &recipient, error),
            },
            Err((to, error)) => many.reject_unread(self, to, error),
        });
        many.flush();
        for PendingRequest { index, reference, content, .. } in core::mem::take(&mut many.pending) {
            plan.add(match content {
                PendingContent::Group(group) => {
                    self.submit_group(&many.bulk, group, account, &reference, &random.for_request(index)).0
                }
                PendingContent::Rejected { to, error, warnings } => {
                    account.reject_unread(&reference, to, error).with_warnings(warnings)
                }
            });
        }
        plan.warnings.append(&many.accounts[0].found);
        Ok(plan)
    }

    /// Sends a request. Returns `None` where the vendor certainly rejected it and the next account takes over its
    /// recipients.
    pub async fn send_pending(
        &self,
        many: &RefCell<SendMany>,
        pending: PendingRequest,
        random: &Random,
        transport: &impl Transport,
        on: &dyn Fn(&SmsEvent<'_>),
    ) -> Option<Outcome> {
        let PendingRequest { reference, account: at, content, .. } = pending;
        let account = &self.accounts[many.borrow().accounts[at].account];
        let group = match content {
            PendingContent::Group(group) => group,
            PendingContent::Rejected { to, error, warnings } => {
                let mut outcome = self.reject(Some(&account.name), to, &reference, error, on);
                outcome.warnings = warnings;
                outcome.warnings.append(&many.borrow().accounts[at].found);
                return Some(outcome);
            }
        };
        let is_last = at + 1 == many.borrow().accounts[at].route_end;
        let (prepared, mut content) = {
            let random = random.at(transport.now());
            self.submit_group(&many.borrow().bulk, group, account, &reference, &random)
        };
        if is_last {
            // No other account will take the recipients over.
            content = Vec::new();
        }
        let mut outcome = account.attempt(&prepared, transport, on).await;
        outcome.warnings.append(&many.borrow().accounts[at].found);
        if matches!(outcome.end, End::Rejected(_)) && !is_last && !transport.aborted() {
            let mut many = many.borrow_mut();
            for (place, to) in prepared.to.iter().copied().enumerate() {
                if let Some(content) = content.get(place).or(content.last()).cloned() {
                    many.admit(self, Recipient { to, content }, at + 1, transport.now());
                }
            }
            return None;
        }
        on(&SmsEvent::Outcome { outcome: &outcome, to: &prepared.to });
        Some(outcome)
    }

    /// Turns a group into a submission. Also returns the text of each recipient.
    fn submit_group(
        &self,
        bulk: &Bulk,
        group: Group,
        account: &Account,
        reference: &Reference,
        random: &Random,
    ) -> (PreparedRequest, Vec<BulkContent>) {
        let count = group.count;
        let (batch, content) = bulk.batch(group);
        let warnings = self.warnings_of_all(account, &content, bulk.kind);
        (account.prepare_request(&batch, reference, count, random).with_warnings(warnings), content)
    }
}

impl SendMany {
    /// The number of recipients that fit before a request may leave; a lower bound.
    #[must_use]
    pub fn remaining_capacity(&self) -> usize {
        self.accounts.first().map_or(1, |first| first.batcher.remaining_capacity())
    }

    /// Adds recipients, one a line: see [`Bulk::recipient`]. A line that cannot be read affects no other.
    pub fn push(&mut self, sms: &Sms, recipients: &str, now: i64) {
        self.each(sms, recipients, now, &mut |many, recipient| match recipient {
            Ok(recipient) => match many.first_candidate(sms, &recipient) {
                Ok(first) => many.admit(sms, recipient, first, now),
                Err(error) => many.reject(sms, 0, &recipient, error),
            },
            Err((to, error)) => many.reject_unread(sms, to, error),
        });
    }

    /// Checks recipients by the rules, for every account that may take them: what is found is told of every request.
    fn check_rules(&mut self, sms: &Sms, recipients: &str) -> Result<(), SmsError> {
        let mut checked = Ok(());
        for Candidate { account, found, .. } in &mut self.accounts {
            checked = checked.and(sms.check_recipients(&sms.accounts[*account], &self.bulk, recipients, found));
        }
        checked
    }

    /// Reads recipients and passes each to `take`, except those that [`Self::add_lines`] can add to the open batch.
    fn each(&mut self, sms: &Sms, written: &str, now: i64, take: &mut dyn FnMut(&mut Self, ReadRecipient)) {
        let bulk = Rc::clone(&self.bulk);
        let first = &sms.accounts[self.accounts[0].account];
        let is_suspect = self.check_rules(sms, written).is_err();
        let mut rest = written;
        while !rest.is_empty() {
            if !is_suspect {
                rest = self.add_lines(first, rest, now);
            }
            let (line, behind) = first_piece(rest, b'\n').unwrap_or((rest, ""));
            rest = behind;
            if !line.is_empty() {
                let read = bulk.recipient(line).and_then(|recipient| {
                    // One that the rules stop is told why, and the others go.
                    let checked = if is_suspect { self.check_rules(sms, line) } else { Ok(()) };
                    checked.map_err(|error| (recipient.to.e164(), error)).map(|()| recipient)
                });
                take(self, read);
            }
        }
    }

    /// Adds numbers to the open batch of the last text, while it has capacity and each line is a valid number. Returns
    /// the rest.
    fn add_lines<'a>(&mut self, first: &Account, written: &'a str, now: i64) -> &'a str {
        let Some(CheckedText { account: 0, text, count: Ok(count) }) = &self.checked else { return written };
        // Routes choose for each number by itself.
        if self.is_routed || first.circuit.borrow().is_open(now) {
            return written;
        }
        self.accounts[0].batcher.open_for(text).map_or(written, |group| group.add_lines(written, *count))
    }

    /// Closes all batches once there are no more recipients.
    pub fn flush(&mut self) {
        for at in 0..self.accounts.len() {
            for group in self.accounts[at].batcher.flush() {
                self.enqueue(at, PendingContent::Group(group));
            }
        }
    }

    /// Rejects everything that was not sent yet, after the caller aborted.
    pub fn abort(&mut self) {
        self.flush();
        for pending in &mut self.pending {
            if let PendingContent::Group(group) = &pending.content {
                let to = group.to().iter().map(Phone::e164).collect();
                let error = SmsError::not_sent(Code::Aborted, "aborted before anything was sent");
                pending.content = PendingContent::Rejected { to, error, warnings: Warnings::default() };
            }
        }
    }

    /// Removes the next request to send.
    pub fn next_pending(&mut self) -> Option<PendingRequest> {
        self.pending.pop_front()
    }

    /// The first candidate of the route that takes a recipient.
    fn first_candidate(&self, sms: &Sms, recipient: &Recipient) -> Result<usize, SmsError> {
        if !self.is_routed {
            return Ok(0);
        }
        let (_, route) = sms.route_of(&recipient.to)?;
        let mut first = 0;
        for _ in 0..route.map_or(0, |route| route.index) {
            first = self.accounts[first].route_end;
        }
        Ok(first)
    }

    /// Gives a recipient to the first account, from index `from` on, that accepts it and does not keep failing.
    fn admit(&mut self, sms: &Sms, recipient: Recipient, from: usize, now: i64) {
        let mut rejected = None;
        for passing_over in [true, false] {
            for at in from..self.accounts[from].route_end {
                let account = &sms.accounts[self.accounts[at].account];
                if passing_over && account.circuit.borrow().is_open(now) {
                    continue;
                }
                match self.check(sms, at, &recipient) {
                    Ok(count) => return self.gather(account, at, recipient, count),
                    Err(error) => rejected = Some((at, error)),
                }
            }
        }
        if let Some((at, error)) = rejected {
            self.reject(sms, at, &recipient, error);
        }
    }

    /// Segments and characters of a recipient's text, if the account's vendor accepts the number and the text.
    fn check(&mut self, sms: &Sms, at: usize, recipient: &Recipient) -> Result<Count, SmsError> {
        let account = &sms.accounts[self.accounts[at].account];
        account.check_number(recipient.to)?;
        match &recipient.content {
            BulkContent::Shared(text) => self.check_once(account, at, text),
            BulkContent::Own(text) => account.count_checked(text),
            BulkContent::Filled { template, values } => {
                let text = template.text();
                let checked = self.check_once(account, at, text);
                let spec = account.vendor.spec();
                match checked {
                    Ok(count) if (spec.billing)(text) == Billing::Cn && spec.charset.has(values.text().0) => {
                        let count = segments::divide_cn(count.characters - template.units_of_places() + values.units());
                        let max = spec.max_text_units;
                        if max.is_none_or(|max| count.characters <= max) {
                            return Ok(count);
                        }
                    }
                    _ => {}
                }
                // Checks the filled text, since an error has a position in it.
                account.count_checked(&recipient.content.text())
            }
        }
    }

    /// Checks a text that many recipients share, once.
    fn check_once(&mut self, account: &Account, at: usize, text: &Rc<str>) -> Result<Count, SmsError> {
        match &self.checked {
            Some(checked) if checked.account == at && Rc::ptr_eq(&checked.text, text) => checked.count.clone(),
            _ => {
                let count = account.count_checked(text);
                self.checked = Some(CheckedText { account: at, text: Rc::clone(text), count: count.clone() });
                count
            }
        }
    }

    fn gather(&mut self, account: &Account, at: usize, recipient: Recipient, count: Count) {
        let (share, max) = account.vendor.share(self.bulk.kind, &recipient.content);
        for group in self.accounts[at].batcher.add(recipient, share, max, count) {
            self.enqueue(at, PendingContent::Group(group));
        }
    }

    /// Rejects a recipient that no account accepts; `at` is the last account that was tried.
    fn reject(&mut self, sms: &Sms, at: usize, recipient: &Recipient, error: SmsError) {
        let account = &sms.accounts[self.accounts[at].account];
        let warnings = sms.warnings_of(account, recipient.to, &recipient.content.text(), self.bulk.kind, true);
        self.enqueue(at, PendingContent::Rejected { to: vec![recipient.to.e164()], error, warnings });
    }

    /// Rejects a line that is no recipient. `to` is its number as far as it could be read.
    fn reject_unread(&mut self, sms: &Sms, to: String, error: SmsError) {
        let mut warnings = Warnings::default();
        warnings.note_error(&error);
        warnings.note_account(&sms.accounts[self.accounts[0].account]);
        self.enqueue(0, PendingContent::Rejected { to: vec![to], error, warnings });
    }

    fn enqueue(&mut self, account: usize, content: PendingContent) {
        let index = self.requests;
        self.requests += 1;
        self.pending.push_back(PendingRequest { index, reference: self.reference.numbered(index), account, content });
    }
}

impl Bulk {
    /// Turns a group into a batch. Also returns the text of each recipient.
    pub(super) fn batch(&self, group: Group) -> (Batch, Vec<BulkContent>) {
        let (to, Group { content, contents, .. }) = (group.to(), group);
        let batch = Batch {
            to,
            content,
            kind: self.kind,
            template_id: self.template_id.clone(),
            params: self.params.clone(),
            sign_name: self.sign_name.clone(),
            send_at: self.send_at,
            callback_url: None,
        };
        (batch, contents)
    }
}
