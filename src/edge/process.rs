//! Working through an account's queue: batches are ingested, messages are forwarded, and what cannot be waits.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::forward::ForwardOutcome;
use crate::edge::handler::Handler;
use crate::edge::host::Host;
use crate::edge::ingest::{IngestRecord, ParsedBatch};
use crate::edge::queue_store::BodyBytes;
use crate::edge::webhook::{is_last_attempt, wait_ms};
use crate::receipts::entry::{CLAIM_MS, Entry, EntryKey, Work};
use crate::receipts::inbound::{InboundBatch, Verdict};
use crate::receipts::lane::{PageProgress, Removed};
use crate::receipts::outbound::OutboundMessage;
use crate::receipts::queue_command::{Claim, Commit, PageCommit};

/// Records of a batch that are ingested before the first of them is forwarded.
const MAX_CHUNK: u32 = 32;
/// How long a chunk may be forwarded at once, in milliseconds: a slow endpoint must not hold up what comes after it.
const FORWARD_MS: i64 = 5_000;
/// How long one works on what was claimed, in milliseconds: a post that begins at the end of it ends within the claim.
const WORK_MS: i64 = CLAIM_MS - 15_000;
/// How long one works on a push after it was answered, in milliseconds: a worker lives for thirty seconds then.
const PUSH_WORK_MS: i64 = 15_000;
/// Bytes of messages that are parked in one step.
const MAX_PARKED_BYTES: usize = 8 * 1024;
/// Steps in a row that the store refuses before the rest is left for later.
const MAX_STORE_FAILURES: u32 = 4;

/// How long and how much one may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// Until when, in milliseconds since the Unix epoch.
    pub until: i64,
    /// Calls to the outside at most, by [`Host::calls`].
    pub calls: usize,
    /// Records of one batch at most.
    pub records: u32,
}

impl Budget {
    fn is_left(&self, host: &impl Host) -> bool {
        host.now() < self.until && host.calls() < self.calls
    }

    /// The same, within the claim that begins now.
    fn within_claim(self, host: &impl Host) -> Self {
        Self { until: self.until.min(host.now().saturating_add(WORK_MS)), ..self }
    }
}

/// What came of one step through a queue.
enum QueueStep {
    /// Something was worked on: the entries of a page, or of the row.
    Worked {
        /// Whether it was a page.
        on_page: bool,
    },
    /// Nothing is due but messages, and the endpoint rests.
    Rests,
    /// Nothing is due.
    Empty,
    /// The store failed.
    Failed,
}

/// How entries that were claimed came out.
struct EntriesOutcome {
    /// How many there were, and about how many bytes they took.
    entries: usize,
    bytes: usize,
    /// Those that are done.
    done: Vec<EntryKey>,
    /// Those that failed.
    left: Vec<Entry>,
    /// Those that were not tried.
    untried: Vec<Entry>,
    /// How many were too old.
    given_up: u32,
}

impl EntriesOutcome {
    fn of(entries: &[Entry]) -> Self {
        let bytes = entries.iter().map(Entry::size).sum();
        let (done, left, untried) = (Vec::new(), Vec::new(), Vec::new());
        Self { entries: entries.len(), bytes, done, left, untried, given_up: 0 }
    }
}

/// How far a batch has come.
#[derive(Clone, Copy)]
struct BatchProgress {
    ingested: u32,
    /// How often in a row the next record failed.
    attempts: u32,
    /// When it is next tried, in milliseconds since the Unix epoch.
    due: i64,
}

impl BatchProgress {
    /// The entry that has come so far, claimed as before.
    fn of(self, entry: &Entry, batch: &InboundBatch) -> Entry {
        let Self { ingested, attempts, due } = self;
        let work = Work::Ingest(InboundBatch { ingested, ..batch.clone() });
        Entry { work, attempts, due, claimed_until: entry.claimed_until }
    }
}

impl ReceiptProcessor {
    /// Works on what was pushed, after it was answered.
    pub async fn process_pushed(&self, account: &str, host: &impl Host) {
        let is_its = |(known, _): &mut (String, InboundBatch)| known == account;
        let pushed: Vec<_> = self.pushed.borrow_mut().extract_if(.., is_its).collect();
        if let Some(account) = self.account(account) {
            for (_, batch) in pushed {
                let until = host.now().saturating_add(PUSH_WORK_MS);
                let budget = Budget { until, calls: usize::MAX, records: MAX_CHUNK };
                if let Some(bytes) = self.read_body(batch.id, &batch.body, host).await {
                    let entry = Entry::claimed(Work::Ingest(batch), host.now());
                    // What cannot be ingested now is claimed again by the next who comes.
                    let _ = self.ingest_batch(account, entry, &bytes, budget, host).await;
                }
            }
        }
        self.counts.flush(host);
    }

    /// Works through the queues of all accounts in turn, until they are empty or the budget is used up. Whether there were pages.
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
                    // What is under one key may be broken, and the next under another.
                    QueueStep::Failed => failures += 1,
                    QueueStep::Rests => {}
                    QueueStep::Empty => continue,
                }
                all_rest = all_rest && matches!(step, QueueStep::Rests);
                open.push(account);
            }
            accounts = open;
            let rest = self.webhook_health.rest_ms(host.now());
            if all_rest && rest > 0 {
                if host.now().saturating_add(rest) >= budget.until {
                    break;
                }
                host.wait(rest).await;
                if self.webhook_health.rest_ms(host.now()) > 0 {
                    // The handler's clock does not move while it waits, as in a test: the next minute goes on.
                    break;
                }
            }
        }
        saw_pages
    }

    /// Claims what is due next in an account's queue, and works on it.
    async fn process_next(&self, account: &Account, budget: Budget, host: &impl Host) -> QueueStep {
        let rests = self.config.webhook.is_some() && self.webhook_health.rest_ms(host.now()) > 0;
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
                // Each batch was noted by itself.
                let outcome = self.process_batches(account, entries, budget, host).await;
                outcome.untried.is_empty().then_some(())
            }
            Claim::Page { lane, page, messages } => {
                self.process_page(account, (lane, page), messages, budget, host).await
            }
        };
        if worked.is_some() { QueueStep::Worked { on_page } } else { QueueStep::Failed }
    }

    /// Works on the entries of a page. Nothing where the store failed.
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

    /// Ingests the records of a batch, and forwards what they say. Gives the entry as it is left, or nothing where the batch is
    /// done. [`None`] where the store failed.
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
        let parsed = ParsedBatch::new(account, batch, bytes);
        let last = parsed.total().min(batch.ingested.saturating_add(budget.records));
        let mut progress = BatchProgress { ingested: batch.ingested, attempts: entry.attempts, due: entry.due };
        loop {
            let begun = host.now();
            let (chunk, failed) = self.ingest_chunk(&parsed, progress, last, budget, host).await;
            if !chunk.is_empty() {
                progress.attempts = 0;
            }
            let forwarding = Budget { until: budget.until.min(begun.saturating_add(FORWARD_MS)), ..budget };
            let mut parked = Vec::new();
            for verdict in &chunk {
                if let Some(mut message) = self.outbound_message(&parsed, progress.ingested, *verdict) {
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
            if progress.ingested >= parsed.total() {
                let done = Vec::from([entry.key()]);
                if let Some(body) = entry.spilled_body() {
                    // Before the batch is forgotten, so that no body is left behind; and after what it said is stored elsewhere.
                    let changed = Vec::from([progress.of(&entry, batch)]);
                    self.commit(account, Commit { changed, added: parked, ..Commit::default() }, host).await?;
                    self.drop_body(body, host).await;
                    parked = Vec::new();
                }
                self.commit(account, Commit { done, added: parked, ..Commit::default() }, host).await?;
                return Some(None);
            }
            if failed {
                progress.due = host.now().saturating_add(wait_ms(progress.attempts));
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

    /// Ingests the next records of a batch before any of them is forwarded. Gives what was decided of each, and whether the store
    /// failed at the one after them.
    async fn ingest_chunk(
        &self,
        parsed: &ParsedBatch<'_>,
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
            match self.ingest_record(parsed, index, host).await {
                Some(verdict) => chunk.push(verdict),
                // Whatever is wrong with it, it is forwarded.
                None if chunk.is_empty() && is_last_attempt(progress.attempts) => {
                    self.counts.add("receipts.undecided");
                    chunk.push(undecided(parsed, index));
                }
                None => return (chunk, true),
            }
        }
        (chunk, false)
    }

    /// Forwards messages, those that failed least first, and leaves the rest.
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

    /// Parks what failed of a page, leaves in it what was not tried, and removes it where that is nothing.
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
        // What failed is stored elsewhere before it goes from the page, and the page before the queue forgets it.
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

/// A message that waits, after it failed `attempts` times before and now came to this. Nothing where all took it.
fn waiting(message: OutboundMessage, attempts: u32, forwarded: ForwardOutcome, now: i64) -> Option<Entry> {
    match forwarded {
        ForwardOutcome::Taken => None,
        ForwardOutcome::Resting => Some(Entry::waiting(Work::Forward(message), attempts, now)),
        ForwardOutcome::Failed => {
            let due = now.saturating_add(wait_ms(attempts));
            Some(Entry::waiting(Work::Forward(message), attempts.saturating_add(1), due))
        }
    }
}

/// What is told of a record that could not be ingested for more than a day.
fn undecided(parsed: &ParsedBatch<'_>, index: u32) -> Verdict {
    match parsed.record(index) {
        Some(Record::Report(..)) => Verdict::Unmatched,
        Some(Record::Reply(..)) => Verdict::Replied,
        Some(IngestRecord::Unread(_)) => Verdict::Unread,
        None => Verdict::Ignored,
    }
}
