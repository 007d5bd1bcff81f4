//! Pulls reports and replies from vendors, which erase their copies. A pulled reply is stored before it is read.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::pin::Pin;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::entropy::Entropy;
use crate::edge::host::{Host, apply};
use crate::edge::ingest::{ParsedBatch, operation};
use crate::edge::process::Budget;
use crate::edge::queue_store::{BodyBytes, Enqueued};
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::guard::ledger::{Command, Decision};
use crate::join::join_all;
use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, Work};
use crate::receipts::inbound::{InboundBatch, MAX_PIECE_BYTES, Origin, StoredBody};
use crate::receipts::queue_command::{Lease, QueueCommand, QueueReply};

/// The time limit for processing the queues each minute, in milliseconds.
const DRAIN_MS: i64 = 50_000;
/// The number of futures that process the queues at once if there is a backlog: each mostly waits for the user's
/// endpoint.
const MAX_DRAINERS: usize = 8;
/// The maximum number of outgoing calls in a minute: a worker may make 10,000 in one invocation.
const MAX_CALLS: usize = 9_000;
/// 轮询间隔为 5 秒 (smsadmin.txt, 7. and 8.). apiv1 documents no interval, and is pulled alike.
const PULL_INTERVAL_MS: i64 = 5000;
/// The maximum number of pulls for one kind of record in a minute.
const MAX_PULLS: u64 = 11;
/// The interval of checks for expired records, in milliseconds.
const EXPIRY_INTERVAL_MS: i64 = 3_600_000;
/// The waits before each retry of storing a pulled reply, in milliseconds.
const STORE_RETRY_WAITS_MS: [i64; 4] = [50, 500, 2000, 8000];
/// The duration of a lease, in milliseconds: a pull with its time limit, the work after it and the wait.
const LEASE_MS: i64 = 60_000;

impl ReceiptProcessor {
    /// The work of every minute: pulls, processes the queues and stores counts. `random_bytes` has the bytes for
    /// [`Entropy`].
    pub async fn scheduled(&self, random_bytes: &[u8], host: &impl Host) {
        let budget = Budget { until: host.now().saturating_add(DRAIN_MS), calls: MAX_CALLS, records: u32::MAX };
        // Each mostly waits for the user's endpoint.
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
                // The query itself removes expired records; after a failure, the next check does.
                let _ =
                    apply(host, &self.unmatched_key(account), &Command::ListUnmatched(self.config.retention_ms)).await;
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

    /// Pulls everything that a vendor holds, unless another process does.
    async fn pull(&self, account: &Account, entropy: &Entropy, host: &impl Host) {
        let id_of = |call: u64, what: &[u8]| {
            self.config
                .keyring
                .short_hash("pull", &[&entropy.once, account.name().as_bytes(), what, &call.to_be_bytes()].concat())
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
                match self.pull_once(account, batch, replies, entropy, host).await {
                    Some(true) => {}
                    Some(false) => break,
                    None => return,
                }
            }
        }
        // A process that dies before this keeps the lease until it expires.
        let _ = apply(
            host,
            &self.queue_key(account),
            &Command::Queue(QueueCommand::ReleaseLease(holder, PULL_INTERVAL_MS)),
        )
        .await;
    }

    /// Pulls once. Returns whether there may be more; `None` if the reply could not be stored, so that no more may be
    /// pulled.
    async fn pull_once(
        &self,
        account: &Account,
        id: BatchId,
        replies: bool,
        entropy: &Entropy,
        host: &impl Host,
    ) -> Option<bool> {
        let (status, bytes) = match account.pull(operation(replies), &entropy.client, host).await {
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
            // The vendor has erased its copy, so this is the only one.
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
        // If ingesting fails, the batch is claimed again from the queue.
        let _ = self.ingest_batch(account, entry, &BodyBytes { bytes, is_whole: true }, budget, host).await;
        self.counts.add(&["pulls.taken.", account.name()].concat());
        // If the document sets no maximum, one more pull finds out whether there is more.
        Some(total >= account.spec().max_pull_records.unwrap_or(1))
    }

    /// Queues the batch of a puller that died after storing the bytes and before queueing them.
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
