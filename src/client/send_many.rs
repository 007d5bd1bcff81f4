//! [`SendMany`]: a bulk on its way, in as few requests as each vendor takes, from recipients that come as they come.

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

/// A bulk whose recipients come one after the other.
pub struct SendMany {
    bulk: Rc<Bulk>,
    /// What the references of its requests begin with.
    reference: Reference,
    /// The accounts that may take it.
    accounts: Vec<Candidate>,
    pending: VecDeque<PendingRequest>,
    requests: usize,
    /// What was found of the text that came last: often all have one.
    checked: Option<CheckedText>,
}

/// An account that may take it.
struct Candidate {
    /// Its position.
    account: usize,
    /// What is gathered for it.
    batcher: Batcher,
    /// What the rules found so far, for its vendor.
    found: Warnings,
}

impl Candidate {
    fn new(account: usize) -> Self {
        Self { account, batcher: Batcher::default(), found: Warnings::default() }
    }
}

/// The signs of a bulk's reference that are kept free for the numbers of its requests: room for a million.
const INDEX_CHARACTERS: usize = 6;

/// What an account's vendor makes of a text.
struct CheckedText {
    account: usize,
    text: Rc<str>,
    count: Result<Count, SmsError>,
}

/// What leaves as one request, or is refused as one.
pub struct PendingRequest {
    /// Its number, from 0 on.
    pub index: usize,
    reference: Reference,
    /// The position among the bulk's accounts.
    account: usize,
    content: PendingContent,
}

/// A recipient, or what its line has of a number and why it is none.
type ReadRecipient = Result<Recipient, (String, SmsError)>;

enum PendingContent {
    Group(Group),
    Rejected { to: Vec<String>, error: SmsError, warnings: Warnings },
}

impl Sms {
    /// Begins a bulk, through the account named or through all in order.
    ///
    /// # Errors
    /// `content` or `invalid_argument` where the bulk itself is wrong.
    pub fn send_many(&self, bulk: &str, account: Option<&str>, random: &Random) -> Result<SendMany, SmsError> {
        let bulk = Rc::new(Bulk::read(bulk)?);
        let accounts = match account {
            Some(name) => vec![self.position(name)?],
            None => (0..self.tried).collect(),
        };
        let max = accounts.iter().filter_map(|at| self.accounts[*at].vendor.spec().max_reference_characters).min();
        if let Some(reference) = &bulk.reference {
            let max = max.unwrap_or(reference::MAX_CHARACTERS) - INDEX_CHARACTERS;
            if reference.as_str().len() > max {
                let message = [
                    "a bulk's ref leaves room for the number of each request: at most ",
                    &decimal::count(max),
                    " signs",
                ]
                .concat();
                return Err(SmsError::argument("ref", message));
            }
        }
        Ok(SendMany {
            reference: bulk.reference.clone().map_or_else(|| random.reference(), Ok)?,
            bulk,
            accounts: accounts.into_iter().map(Candidate::new).collect(),
            pending: VecDeque::new(),
            requests: 0,
            checked: None,
        })
    }

    /// Makes a whole bulk ready for an account, the first in order where none is named.
    ///
    /// # Errors
    /// `content` or `invalid_argument` where the bulk itself is wrong. What is wrong with a recipient stands in the plan.
    pub fn plan_many(
        &self,
        bulk: &str,
        recipients: &str,
        account: Option<&str>,
        random: &Random,
    ) -> Result<Plan, SmsError> {
        let account = self.account_or_first(account)?;
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
                PendingContent::Refused { to, error, warnings } => {
                    account.refused(&reference, to, error).warning_of(warnings)
                }
            });
        }
        plan.warnings.append(&many.accounts[0].found);
        Ok(plan)
    }

    /// Sends what leaves. Nothing where it was refused for certain and another account takes its recipients over.
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
                let mut outcome = self.refuse(Some(&account.name), to, &reference, error, on);
                outcome.warnings = warnings;
                outcome.warnings.append(&many.borrow().accounts[at].found);
                return Some(outcome);
            }
        };
        let is_last = at + 1 == many.borrow().accounts.len();
        let (prepared, mut content) = self.submit_group(&many.borrow().bulk, group, account, &reference, random);
        if is_last {
            // Nobody else will be asked for it.
            content = Vec::new();
        }
        let mut outcome = account.attempt(&submission, transport, on).await;
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

    /// A group as it leaves, and what its recipients asked for.
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
    /// How many recipients it can take before something may leave, at least.
    #[must_use]
    pub fn remaining_capacity(&self) -> usize {
        self.accounts.first().map_or(1, |first| first.batcher.room())
    }

    /// Takes recipients as JavaScript wrote them, one a line: see [`Bulk::recipient`]. One that cannot be read spoils no
    /// other.
    pub fn push(&mut self, sms: &Sms, recipients: &str, now: i64) {
        self.each(sms, recipients, now, &mut |many, recipient| match recipient {
            Ok(recipient) => many.admit(sms, recipient, 0, now),
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

    /// Reads recipients, and hands over each that needs more than to be put behind the one before it.
    fn each(&mut self, sms: &Sms, written: &str, now: i64, take: &mut dyn FnMut(&mut Self, ReadRecipient)) {
        let bulk = Rc::clone(&self.bulk);
        let first = &sms.accounts[self.accounts[0].account];
        let is_suspect = self.check_rules(sms, written).is_err();
        let mut rest = written;
        while !rest.is_empty() {
            if !is_suspect {
                rest = self.take_more(first, rest, now);
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

    /// Takes numbers that receive the text of the one before, as long as the batch that is open for it has room and they are
    /// right; gives what is left.
    fn add_lines<'a>(&mut self, first: &Account, written: &'a str, now: i64) -> &'a str {
        let Some(CheckedText { account: 0, text, count: Ok(count) }) = &self.checked else { return written };
        if first.circuit.borrow().is_open(now) {
            return written;
        }
        self.accounts[0].batcher.open_for(text).map_or(written, |group| group.take_more(written, *count))
    }

    /// Nothing comes any more: what was gathered leaves.
    pub fn flush(&mut self) {
        for at in 0..self.accounts.len() {
            for group in self.accounts[at].batcher.flush() {
                self.enqueue(at, PendingContent::Group(group));
            }
        }
    }

    /// The caller gave up: what has not left is refused.
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

    /// What leaves next.
    pub fn next_pending(&mut self) -> Option<PendingRequest> {
        self.pending.pop_front()
    }

    /// Hands a recipient to the first account, from a position on, that takes it and does not keep failing.
    fn admit(&mut self, sms: &Sms, recipient: Recipient, from: usize, now: i64) {
        let mut rejected = None;
        for passing_over in [true, false] {
            for at in from..self.accounts.len() {
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

    /// Segments and characters of a recipient's text, where the account's vendor takes both.
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
                // What is wrong stands somewhere in the whole of it.
                account.count_checked(&recipient.content.text())
            }
        }
    }

    /// The same, of a text that many share.
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
        for group in self.accounts[at].batcher.take(recipient, share, most, count) {
            self.enqueue(at, PendingContent::Group(group));
        }
    }

    /// Refuses a recipient whom no account takes; `at` is the last that was tried.
    fn reject(&mut self, sms: &Sms, at: usize, recipient: &Recipient, error: SmsError) {
        let account = &sms.accounts[self.accounts[at].account];
        let warnings = sms.warnings_of(account, recipient.to, &recipient.content.text(), self.bulk.kind, true);
        self.enqueue(at, PendingContent::Rejected { to: vec![recipient.to.e164()], error, warnings });
    }

    /// Refuses what is no recipient. `to` is what it has of a number.
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
    /// A group as a batch, and what its recipients asked for.
    pub(super) fn batch(&self, group: Group) -> (Batch, Vec<BulkContent>) {
        let (to, Group { content, contents, .. }) = (group.to(), group);
        let batch = Batch {
            to,
            content,
            kind: self.kind,
            template_id: self.template_id.clone(),
            send_at: self.send_at,
            callback_url: None,
        };
        (batch, contents)
    }
}
