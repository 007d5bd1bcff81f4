//! Processes an account's queue: ingests batches, forwards messages, and leaves the rest waiting.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::forward::ForwardOutcome;
use crate::edge::host::Host;
use crate::edge::ingest::{IngestRecord, ParsedBatch};
use crate::edge::queue_store::BodyBytes;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::edge::webhook::{is_last_attempt, wait_ms};
use crate::receipts::entry::{CLAIM_MS, Entry, EntryKey, Work};
use crate::receipts::inbound::{InboundBatch, Verdict};
use crate::receipts::lane::{PageProgress, Removed};
use crate::receipts::outbound::OutboundMessage;
use crate::receipts::queue_command::{Claim, Commit, PageCommit};

/// The maximum number of records of a batch that are ingested before the first of them is forwarded.
const MAX_CHUNK: u32 = 32;
/// The time limit for forwarding a chunk, in milliseconds: a slow endpoint must not hold up later records.
const FORWARD_MS: i64 = 5_000;
/// The time limit for working on a claim, in milliseconds: a post that begins at its end still ends within the claim.
const WORK_MS: i64 = CLAIM_MS - 15_000;
/// The time limit for working on a push after its answer, in milliseconds: a worker then lives for thirty seconds.
const PUSH_WORK_MS: i64 = 15_000;
/// The maximum size of messages that are queued in one step, in bytes.
const MAX_PARKED_BYTES: usize = 8 * 1024;
/// The longest wait that `Retry-After` of an endpoint causes for its message, in milliseconds.
const MAX_RETRY_AFTER_MS: i64 = 86_400_000;
/// Consecutive failures of the store after which the rest is left for later.
const MAX_STORE_FAILURES: u32 = 4;

/// The limits of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// The end of the run, in milliseconds since the Unix epoch.
    pub until: i64,
    /// The maximum number of outgoing calls, by [`Host::calls`].
    pub calls: usize,
    /// The maximum number of records of one batch.
    pub records: u32,
}

impl Budget {
    fn is_left(&self, host: &impl Host) -> bool {
        host.now() < self.until && host.calls() < self.calls
    }

    /// The same limits, within the claim that begins now.
    fn within_claim(self, host: &impl Host) -> Self {
        Self { until: self.until.min(host.now().saturating_add(WORK_MS)), ..self }
    }
}

/// The result of one step on a queue.
enum QueueStep {
    /// The step worked on the entries of a page, or of the row.
    Worked {
        /// Whether it was a page.
        on_page: bool,
    },
    /// Only messages are due, and the endpoint pauses.
    Rests,
    /// Nothing is due.
    Empty,
    /// The store failed.
    Failed,
}

/// The results of claimed entries.
struct EntriesOutcome {
    /// Their number, and their approximate size in bytes.
    entries: usize,
    bytes: usize,
    /// The entries that are done.
    done: Vec<EntryKey>,
    /// The entries that failed.
    left: Vec<Entry>,
    /// The entries that were not tried.
    untried: Vec<Entry>,
    /// The number of entries that were dropped because they were too old.
    given_up: u32,
}

impl EntriesOutcome {
    fn of(entries: &[Entry]) -> Self {
        let bytes = entries.iter().map(Entry::size).sum();
        let (done, left, untried) = (Vec::new(), Vec::new(), Vec::new());
        Self { entries: entries.len(), bytes, done, left, untried, given_up: 0 }
    }
}

/// The progress of a batch.
#[derive(Clone, Copy)]
struct BatchProgress {
    ingested: u32,
    /// The consecutive failures of the next record.
    attempts: u32,
    /// Its next attempt, in milliseconds since the Unix epoch.
    due: i64,
}

impl BatchProgress {
    /// The batch's entry with this progress, still claimed.
    fn of(self, entry: &Entry, batch: &InboundBatch) -> Entry {
        let Self { ingested, attempts, due } = self;
        let work = Work::Ingest(InboundBatch { ingested, ..batch.clone() });
        Entry { work, attempts, due, claimed_until: entry.claimed_until }
    }
}

impl ReceiptProcessor {
    /// Ingests pushes after their answer.
    pub async fn process_pushed(&self, account: &str, host: &impl Host) {
        let is_its = |(known, _): &mut (String, InboundBatch)| known == account;
        let pushed: Vec<_> = self.pushed.borrow_mut().extract_if(.., is_its).collect();
        if let Some(account) = self.account(account) {
            for (_, batch) in pushed {
                let until = host.now().saturating_add(PUSH_WORK_MS);
                let budget = Budget { until, calls: usize::MAX, records: MAX_CHUNK };
                if let Some(bytes) = self.read_body(batch.id, &batch.body, host).await {
                    let entry = Entry::claimed(Work::Ingest(batch), host.now());
                    // If ingesting fails, the next process claims the batch again.
                    let _ = self.ingest_batch(account, entry, &bytes, budget, host).await;
                }
            }
        }
        self.counts.flush(host);
    }

    /// Processes the queues of all accounts in turn, until they are empty or the budget is used up. Returns whether
    /// there were pages.
    pub(super) async fn drain(&self, budget: Budget, host: &impl Host) -> bool {
        let mut saw_pages = false;
        let mut failures = 0;
        let mut accounts: Vec<&Account> = self.config.sms.accounts().1.iter().collect();
        while !accounts.is_empty() && budget.is_left(host) && failures < MAX_STORE_FAILURES {
            let mut all_rest = true;
            let mut open = Vec::new();
            for account in accounts {
                let step = self.process_next(account, budget, host).await;
                match step {
                    QueueStep::Worked { on_page } => {
                        failures = 0;
                        saw_pages = saw_pages || on_page;
                    }
                    // One key may be damaged while others work.
                    QueueStep::Failed => failures += 1,
                    QueueStep::Rests => {}
                    QueueStep::Empty => continue,
                }
                all_rest = all_rest && matches!(step, QueueStep::Rests);
                open.push(account);
            }
            accounts = open;
            let rest = self.webhook_rest_ms(host.now());
            if all_rest && rest > 0 {
                if host.now().saturating_add(rest) >= budget.until {
                    break;
                }
                host.wait(rest).await;
                if self.webhook_rest_ms(host.now()) > 0 {
                    // The handler's clock does not move while it waits, as in a test: the next minute continues.
                    break;
                }
            }
        }
        saw_pages
    }

    /// Claims the next due work of an account's queue, and does it.
    async fn process_next(&self, account: &Account, budget: Budget, host: &impl Host) -> QueueStep {
        let rests = self.webhook_rest_ms(host.now()) > 0;
        let Some(claim) = self.claim(account, !rests, host).await else { return QueueStep::Failed };
        let budget = budget.within_claim(host);
        let on_page = matches!(claim, Claim::Page { .. });
        let worked = match claim {
            Claim::Nothing(messages) => return if messages { QueueStep::Rests } else { QueueStep::Empty },
            Claim::Entries(entries) if entries.iter().all(Entry::is_message) => {
                let EntriesOutcome { done, left: mut changed, untried, .. } =
                    self.process_messages(account, entries, budget, host).await;
                changed.extend(untried);
                self.commit(account, Commit { done, changed, ..Commit::default() }, host).await
            }
            Claim::Entries(entries) => {
                // Each batch has recorded its own result.
                let outcome = self.process_batches(account, entries, budget, host).await;
                outcome.untried.is_empty().then_some(())
            }
            Claim::Page { lane, page, messages } => {
                self.process_page(account, (lane, page), messages, budget, host).await
            }
        };
        if worked.is_some() { QueueStep::Worked { on_page } } else { QueueStep::Failed }
    }

    /// Processes the entries of one page. `None` if the store failed.
    async fn process_page(
        &self,
        account: &Account,
        page: (u8, u32),
        messages: bool,
        budget: Budget,
        host: &impl Host,
    ) -> Option<()> {
        let entries = self.read_page(account, page.0, page.1, host).await?;
        let all = EntriesOutcome::of(&entries);
        let is_kept = |entry: &Entry| entry.at().saturating_add(self.config.retention_ms) > host.now();
        let (entries, expired): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_kept);
        for entry in &expired {
            if let Some(body) = entry.spilled_body() {
                self.drop_body(body, host).await;
            }
            self.note_given_up(account, host);
        }
        let given_up = u32::try_from(expired.len()).unwrap_or(u32::MAX);
        let not_due = entries.iter().map(|entry| entry.due).max().filter(|due| *due > host.now());
        let outcome = match not_due {
            Some(_) => EntriesOutcome { untried: entries, ..EntriesOutcome::of(&[]) },
            None if messages => self.process_messages(account, entries, budget, host).await,
            None => self.process_batches(account, entries, budget, host).await,
        };
        let outcome = EntriesOutcome { entries: all.entries, bytes: all.bytes, given_up, ..outcome };
        self.finish_page(account, page, outcome, not_due, host).await
    }

    /// Ingests the records of batches.
    async fn process_batches(
        &self,
        account: &Account,
        entries: Vec<Entry>,
        budget: Budget,
        host: &impl Host,
    ) -> EntriesOutcome {
        let mut outcome = EntriesOutcome::of(&entries);
        for entry in entries {
            let Work::Ingest(batch) = &entry.work else { continue };
            let bytes = if budget.is_left(host) { self.read_body(batch.id, &batch.body, host).await } else { None };
            match bytes {
                None => outcome.untried.push(entry),
                Some(bytes) => match self.ingest_batch(account, entry.clone(), &bytes, budget, host).await {
                    None => outcome.untried.push(entry),
                    Some(left) => outcome.left.extend(left),
                },
            }
        }
        outcome
    }

    /// Ingests the records of a batch, and forwards them. Returns the entry with its progress; `Some(None)` if the
    /// batch is done, `None` if the store failed.
    pub(super) async fn ingest_batch(
        &self,
        account: &Account,
        entry: Entry,
        bytes: &BodyBytes,
        budget: Budget,
        host: &impl Host,
    ) -> Option<Option<Entry>> {
        let Work::Ingest(batch) = &entry.work else { return Some(None) };
        let budget = budget.within_claim(host);
        let mut parsed_batch = ParsedBatch::new(account, batch, bytes);
        let last = parsed_batch.total().min(batch.ingested.saturating_add(budget.records));
        let mut progress = BatchProgress { ingested: batch.ingested, attempts: entry.attempts, due: entry.due };
        loop {
            let started_at = host.now();
            let (chunk, failed) = self.ingest_chunk(&mut parsed_batch, progress, last, budget, host).await;
            if !chunk.is_empty() {
                progress.attempts = 0;
            }
            let forwarding = Budget { until: budget.until.min(started_at.saturating_add(FORWARD_MS)), ..budget };
            let mut parked = Vec::new();
            for verdict in &chunk {
                if let Some(mut message) = self.outbound_message(&parsed_batch, progress.ingested, *verdict) {
                    self.keep(account, &message, host).await;
                    let forwarded = if forwarding.is_left(host) {
                        self.forward(account, &mut message, host).await
                    } else {
                        ForwardOutcome::Resting
                    };
                    parked.extend(waiting(message, 0, forwarded, host.now()));
                }
                progress.ingested += 1;
                if parked.iter().map(Entry::size).sum::<usize>() > MAX_PARKED_BYTES {
                    let added = core::mem::take(&mut parked);
                    let changed = Vec::from([progress.of(&entry, batch)]);
                    self.commit(account, Commit { changed, added, ..Commit::default() }, host).await?;
                }
            }
            if progress.ingested >= parsed_batch.total() {
                let done = Vec::from([entry.key()]);
                if let Some(body) = entry.spilled_body() {
                    // The body is removed after its records are stored elsewhere, and before the batch is forgotten, so
                    // that no body is left behind.
                    let changed = Vec::from([progress.of(&entry, batch)]);
                    self.commit(account, Commit { changed, added: parked, ..Commit::default() }, host).await?;
                    self.drop_body(body, host).await;
                    parked = Vec::new();
                }
                self.commit(account, Commit { done, added: parked, ..Commit::default() }, host).await?;
                return Some(None);
            }
            if failed {
                progress.due = host.now().saturating_add(wait_ms(progress.attempts, batch.id));
                progress.attempts = progress.attempts.saturating_add(1);
            }
            let goes_on = !failed && progress.ingested < last && budget.is_left(host);
            let mut left = progress.of(&entry, batch);
            if !goes_on {
                left.claimed_until = i64::MIN;
            }
            let changed = Vec::from([left.clone()]);
            self.commit(account, Commit { changed, added: parked, ..Commit::default() }, host).await?;
            if !goes_on {
                return Some(Some(left));
            }
        }
    }

    /// Ingests the next records of a batch, before any of them is forwarded. Returns the decision about each, and
    /// whether the store failed at the record behind them.
    async fn ingest_chunk(
        &self,
        parsed_batch: &mut ParsedBatch<'_>,
        progress: BatchProgress,
        last: u32,
        budget: Budget,
        host: &impl Host,
    ) -> (Vec<Verdict>, bool) {
        let mut chunk = Vec::new();
        for index in progress.ingested..last.min(progress.ingested.saturating_add(MAX_CHUNK)) {
            if !budget.is_left(host) {
                break;
            }
            let verdict = match self.find_text(parsed_batch, index, host).await {
                Some(()) => self.ingest_record(parsed_batch, index, host).await,
                None => None,
            };
            match verdict {
                Some(verdict) => chunk.push(verdict),
                // A record that fails for too long is forwarded as it is.
                None if chunk.is_empty() && is_last_attempt(progress.attempts) => {
                    self.counts.add("receipts.undecided");
                    chunk.push(undecided(parsed_batch, index));
                }
                None => return (chunk, true),
            }
        }
        (chunk, false)
    }

    /// Forwards messages in the given order, and leaves the rest once one was not tried.
    async fn process_messages(
        &self,
        account: &Account,
        entries: Vec<Entry>,
        budget: Budget,
        host: &impl Host,
    ) -> EntriesOutcome {
        let mut outcome = EntriesOutcome::of(&entries);
        for entry in entries {
            let key = entry.key();
            let Entry { work: Work::Forward(mut message), attempts, .. } = entry else { continue };
            let is_tried = outcome.untried.is_empty() && budget.is_left(host);
            let forwarded =
                if is_tried { self.forward(account, &mut message, host).await } else { ForwardOutcome::Resting };
            match waiting(message, attempts, forwarded, host.now()) {
                None => outcome.done.push(key),
                Some(entry) if forwarded == ForwardOutcome::Resting => outcome.untried.push(entry),
                Some(entry) => outcome.left.push(entry),
            }
        }
        outcome
    }

    /// Queues the failed entries of a page, keeps the untried ones in it, and removes it if there are none.
    async fn finish_page(
        &self,
        account: &Account,
        (lane, page): (u8, u32),
        outcome: EntriesOutcome,
        not_due: Option<i64>,
        host: &impl Host,
    ) -> Option<()> {
        let EntriesOutcome { entries, bytes, left: mut added, untried, given_up, .. } = outcome;
        let bytes_left: usize = untried.iter().map(Entry::size).sum();
        let removed = Removed {
            entries: u32::try_from(entries.saturating_sub(untried.len())).unwrap_or(u32::MAX),
            bytes: bytes.saturating_sub(bytes_left) as u64,
            since: added.iter().chain(&untried).map(Entry::at).min().unwrap_or_default(),
        };
        while added.iter().map(Entry::size).sum::<usize>() > MAX_PARKED_BYTES && added.len() > 1 {
            let added = added.split_off(added.len() / 2);
            self.commit(account, Commit { added, ..Commit::default() }, host).await?;
        }
        // In this order nothing is lost: failed entries are stored elsewhere before they leave the page, and the page
        // is written before the queue forgets its entries.
        if !added.is_empty() {
            self.commit(account, Commit { added, ..Commit::default() }, host).await?;
        }
        let progress = if untried.is_empty() {
            self.drop_page(account, lane, page, host).await;
            PageProgress::Done
        } else {
            if untried.len() < entries {
                self.write_page(account, lane, page, &untried, host).await?;
            }
            not_due.map_or(PageProgress::Released, PageProgress::NotDue)
        };
        let page = Some(PageCommit { lane, page, progress, removed });
        self.commit(account, Commit { page, given_up, ..Commit::default() }, host).await
    }
}

/// The entry of a message after another attempt; `attempts` counts the earlier failures. `None` if every receiver
/// accepted it.
pub(super) fn waiting(message: OutboundMessage, attempts: u32, forwarded: ForwardOutcome, now: i64) -> Option<Entry> {
    match forwarded {
        ForwardOutcome::Taken => None,
        ForwardOutcome::Resting => Some(Entry::waiting(Work::Forward(message), attempts, now)),
        ForwardOutcome::Failed { retry_at } => {
            let seed = message.record.batch.wrapping_add(message.record.index.into());
            let latest = now.saturating_add(MAX_RETRY_AFTER_MS);
            let due = now.saturating_add(wait_ms(attempts, seed)).max(retry_at.min(latest));
            Some(Entry::waiting(Work::Forward(message), attempts.saturating_add(1), due))
        }
    }
}

/// The decision about a record that could not be ingested for more than a day.
fn undecided(parsed_batch: &ParsedBatch<'_>, index: u32) -> Verdict {
    match parsed_batch.record(index) {
        Some(IngestRecord::Report(..)) => Verdict::Unmatched,
        Some(IngestRecord::Reply(..)) => Verdict::Replied,
        Some(IngestRecord::Unread(_)) => Verdict::Unread,
        None => Verdict::Ignored,
    }
}
