//! Pulls: vendors that are asked for reports and replies, and erase what they tell. It is kept before it is read.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::pin::Pin;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::entropy::Entropy;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::ingest::{ParsedBatch, operation};
use crate::edge::process::Budget;
use crate::edge::queue_store::{BodyBytes, Enqueued};
use crate::guard::ledger::{Command, Decision};
use crate::join::join_all;
use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, Work};
use crate::receipts::inbound::{InboundBatch, MAX_PIECE_BYTES, Origin, StoredBody};
use crate::receipts::queue_command::{Lease, QueueCommand, QueueReply};

/// How long the queues are worked through each minute, in milliseconds.
const DRAIN_MS: i64 = 50_000;
/// Works that go through the queues at once where there is a backlog: most of the time each waits for the user's endpoint.
const MAX_DRAINERS: usize = 8;
/// Calls to the outside that all of it makes at most: a worker may make 10,000 for one invocation.
const MAX_CALLS: usize = 9_000;
/// 轮询间隔为 5 秒 (smsadmin.txt, 7. and 8.). apiv1 says nothing of it, and is asked alike.
const PULL_INTERVAL_MS: i64 = 5000;
/// Calls for one kind of record each time. The next time is a minute later.
const MAX_PULLS: u64 = 11;
/// How often what is too old is looked for, in milliseconds.
const EXPIRY_INTERVAL_MS: i64 = 3_600_000;
/// How long it is waited before a store that did not keep what was pulled is tried again, in milliseconds.
const STORE_RETRY_WAITS_MS: [i64; 4] = [50, 500, 2000, 8000];
/// How long nobody else asks, in milliseconds: a call with all its time, what follows it and the wait.
const LEASE_MS: i64 = 60_000;

impl ReceiptProcessor {
    /// What is to be done every minute: vendors are asked, what waits is dealt with, counts are kept.
    pub async fn scheduled(&self, random_bytes: &[u8], host: &impl Host) {
        let budget = Budget { until: host.now().saturating_add(DRAIN_MS), calls: MAX_CALLS, records: u32::MAX };
        // Most of the time each waits for the user's endpoint.
        let drainers = if self.has_backlog.get() { MAX_DRAINERS } else { 1 };
        let mut works: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
        works.push(Box::pin(self.pull_and_drain(random_bytes, budget, host)));
        for _ in 1..drainers {
            works.push(Box::pin(self.drain_beside(budget, host)));
        }
        join_all(works).await;
        self.counts.flush(host);
    }

    async fn pull_and_drain(&self, random_bytes: &[u8], budget: Budget, host: &impl Host) {
        for account in self.config.sms.accounts().1 {
            if let Some(entropy) = Entropy::new(random_bytes).filter(|_| account.can("reports")) {
                self.pull(account, &entropy, host).await;
            }
        }
        let until = host.now().saturating_add(DRAIN_MS);
        self.drain_beside(Budget { until, ..budget }, host).await;
        if host.now().saturating_sub(self.expired_at.get()) >= EXPIRY_INTERVAL_MS {
            self.expired_at.set(host.now());
            for account in self.config.sms.accounts().1 {
                // What is older than it may be is forgotten when it is looked at; a failure is made good an hour later.
                let _ = apply(host, &self.kept_key(account), &Command::Kept(self.config.retention_ms)).await;
            }
        }
        if self.config.is_adaptive {
            self.routing.refresh_delivery_counts(host).await;
        }
    }

    async fn drain_beside(&self, budget: Budget, host: &impl Host) {
        let saw_pages = self.drain(budget, host).await;
        self.has_backlog.set(saw_pages);
    }

    /// Asks a vendor for all that it has, where nobody else does.
    async fn pull(&self, account: &Account, entropy: &Entropy, host: &impl Host) {
        let id_of = |call: u64, what: &[u8]| {
            self.config
                .keyring
                .short_hash("pull", &[&entropy.proof, account.name().as_bytes(), what, &call.to_be_bytes()].concat())
        };
        let holder = id_of(0, b"who");
        let timeout_ms = self.config.sms.timeout_ms();
        let for_ms = LEASE_MS.max(i64::from(timeout_ms).saturating_add(LEASE_MS / 2));
        for replies in [false, true] {
            for call in 0..MAX_PULLS {
                let batch = id_of(call, operation(replies).as_bytes());
                if call > 0 {
                    host.wait(PULL_INTERVAL_MS).await;
                }
                let lease = QueueCommand::Lease { holder, batch, replies, for_ms };
                match apply(host, &self.queue_key(account), &Command::Queue(lease)).await {
                    Some(Decision::Queue(QueueReply::Leased(left))) => {
                        if let Some(left) = left
                            && self.recover(account, left, host).await.is_none()
                        {
                            return;
                        }
                    }
                    _ => return,
                }
                match self.pull_once(account, batch, replies, host).await {
                    Some(true) => {}
                    Some(false) => break,
                    None => return,
                }
            }
        }
        // Whoever is stopped before holds it until its time is over.
        let _ = apply(host, &self.queue_key(account), &Command::Queue(QueueCommand::Return(holder, PULL_INTERVAL_MS)))
            .await;
    }

    /// Asks once. Whether there may be more, or nothing where what came could not be kept, so that no more may be asked for.
    async fn pull_once(&self, account: &Account, id: BatchId, replies: bool, host: &impl Host) -> Option<bool> {
        let (status, bytes) = match account.pull(operation(replies), host).await {
            Ok(reply) => (reply.status, reply.body),
            Err(mut error) => {
                self.counts.add(&["pulls.failed.", account.name()].concat());
                host.emit(&EdgeEvent::PullFailed { account: account.name(), error: &error });
                (0, error.raw.take().unwrap_or_default())
            }
        };
        if bytes.is_empty() {
            return Some(false);
        }
        let origin = Origin::Pull { replies, status };
        let mut stored = self.enqueue(account, id, origin.clone(), bytes.clone(), host).await;
        for wait_ms in STORE_RETRY_WAITS_MS {
            if let Enqueued::Stored(_) = stored {
                break;
            }
            // The vendor has erased it: this is all that there is of it.
            host.wait(wait_ms).await;
            stored = self.enqueue(account, id, origin.clone(), bytes.clone(), host).await;
        }
        let Enqueued::Stored(batch) = stored else {
            self.counts.add("pulls.lost");
            host.emit(&EdgeEvent::StoreFailed);
            return None;
        };
        let total = ParsedBatch::new(account, &batch, &BodyBytes { bytes: bytes.clone(), is_whole: true }).total();
        let until = host.now().saturating_add(DRAIN_MS);
        let budget = Budget { until, calls: MAX_CALLS, records: u32::MAX };
        let entry = Entry::claimed(Work::Ingest(batch), host.now());
        // What cannot be ingested now is claimed again from the queue.
        let _ = self.ingest_batch(account, entry, &BodyBytes { bytes, is_whole: true }, budget, host).await;
        self.counts.add(&["pulls.taken.", account.name()].concat());
        // One more call finds out where the document sets no bound.
        Some(total >= account.spec().max_pull_records.unwrap_or(1))
    }

    /// Takes in what somebody pulled who was lost before they could say that it is there.
    async fn recover(&self, account: &Account, left: Lease, host: &impl Host) -> Option<()> {
        let bytes = self.read_body(left.batch, &StoredBody::Spilled(u16::MAX), host).await?.bytes;
        if bytes.is_empty() {
            return Some(());
        }
        let body = StoredBody::Spilled(u16::try_from(bytes.len().div_ceil(MAX_PIECE_BYTES)).ok()?);
        let origin = Origin::Pull { replies: left.replies, status: 200 };
        let batch = InboundBatch { id: left.batch, origin, at: host.now(), body, ingested: 0 };
        let entry = Entry::waiting(Work::Ingest(batch), 0, host.now());
        match self.enqueue_entry(account, entry, host).await {
            QueueReply::Done { .. } => Some(()),
            _ => None,
        }
    }
}
