//! Stores an account's queue: its row, the pages of its lanes, and bodies that are too long for either.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::host::{Host, apply};
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::guard::ledger::{self, Command, Decision};
use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, Work};
use crate::receipts::inbound::{InboundBatch, MAX_INLINE_BYTES, MAX_PIECE_BYTES, Origin, SpilledBody, StoredBody};
use crate::receipts::queue_command::{Claim, Commit, Expired, QueueCommand, QueueReply, Spill};
use crate::receipts::redact::redact;

/// The maximum number of retries of a step after entries were moved to a page.
const RETRIES: usize = 3;

/// The result of storing a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Enqueued {
    /// The batch is stored and claimed for this process.
    Stored(InboundBatch),
    /// The queue is full.
    Full,
    /// The store failed.
    Failed,
}

/// The bytes of a body.
pub(super) struct BodyBytes {
    /// The part of the bytes that could be read.
    pub bytes: Vec<u8>,
    /// Whether that is the whole body.
    pub is_whole: bool,
}

impl ReceiptProcessor {
    /// Stores a batch as it arrived. A push is queued before its bytes are stored, since its answer follows both.
    /// Pulled bytes are stored first, where the next puller finds them: there is no other copy.
    pub(super) async fn enqueue(
        &self,
        account: &Account,
        id: BatchId,
        origin: Origin,
        bytes: Vec<u8>,
        host: &impl Host,
    ) -> Enqueued {
        let is_pulled = matches!(origin, Origin::Pull { .. });
        let pieces = u16::try_from(bytes.len().div_ceil(MAX_PIECE_BYTES)).unwrap_or(u16::MAX);
        let mut batch = InboundBatch { id, origin, at: host.now(), body: StoredBody::Spilled(pieces), ingested: 0 };
        if bytes.len() <= MAX_INLINE_BYTES {
            batch.body = StoredBody::Inline(bytes.clone());
            match self.enqueue_batch(account, &batch, host).await {
                QueueReply::BodyTooLarge => batch.body = StoredBody::Spilled(pieces),
                QueueReply::Done { .. } => return Enqueued::Stored(batch),
                QueueReply::Full { .. } => return Enqueued::Full,
                _ => return Enqueued::Failed,
            }
        }
        if is_pulled && !self.write_body(id, &bytes, host).await {
            return Enqueued::Failed;
        }
        match self.enqueue_batch(account, &batch, host).await {
            QueueReply::Done { .. } if is_pulled || self.write_body(id, &bytes, host).await => Enqueued::Stored(batch),
            QueueReply::Full { .. } => Enqueued::Full,
            _ => Enqueued::Failed,
        }
    }

    async fn enqueue_batch(&self, account: &Account, batch: &InboundBatch, host: &impl Host) -> QueueReply {
        self.enqueue_entry(account, Entry::claimed(Work::Ingest(batch.clone()), host.now()), host).await
    }

    /// Adds an entry to a queue. [`QueueReply::Noted`] if the store failed.
    pub(super) async fn enqueue_entry(&self, account: &Account, entry: Entry, host: &impl Host) -> QueueReply {
        self.change_queue(account, QueueCommand::Enqueue(entry, self.config.retention_ms), host).await
    }

    /// Claims due work; `messages` selects messages as well as batches. `None` if the store failed.
    pub(super) async fn claim(&self, account: &Account, messages: bool, host: &impl Host) -> Option<Claim> {
        let claim = Command::Queue(QueueCommand::Claim { retention_ms: self.config.retention_ms, messages });
        match apply(host, &self.queue_key(account), &claim).await? {
            Decision::Queue(QueueReply::Claimed { claim, expired }) => {
                self.drop_expired(account, &expired, host).await;
                Some(claim)
            }
            _ => None,
        }
    }

    /// Records the results of claimed work. `None` if the store failed or the queue is full: the work is then claimed
    /// again.
    pub(super) async fn commit(&self, account: &Account, commit: Commit, host: &impl Host) -> Option<()> {
        let commit = Commit { retention_ms: self.config.retention_ms, ..commit };
        match self.change_queue(account, QueueCommand::Commit(commit), host).await {
            QueueReply::Done { .. } => Some(()),
            _ => None,
        }
    }

    /// Applies a command to a queue, and moves entries to a page if its row is too large. [`QueueReply::Noted`] if the
    /// store failed.
    async fn change_queue(&self, account: &Account, command: QueueCommand, host: &impl Host) -> QueueReply {
        let command = Command::Queue(command);
        let mut tries = 0;
        loop {
            let Some(Decision::Queue(mut reply)) = apply(host, &self.queue_key(account), &command).await else {
                return QueueReply::Noted;
            };
            if let QueueReply::Done { expired, .. } = &reply {
                self.drop_expired(account, expired, host).await;
            }
            if let QueueReply::Done { spill, .. } | QueueReply::Full { spill } = &mut reply
                && let Some(spill) = spill.take()
            {
                self.spill(account, &spill, host).await;
                if matches!(reply, QueueReply::Full { .. }) && tries < RETRIES {
                    tries += 1;
                    continue;
                }
            }
            return reply;
        }
    }

    /// Writes a page and confirms it. If either fails, its entries are still in the queue's row.
    async fn spill(&self, account: &Account, spill: &Spill, host: &impl Host) {
        let &Spill { lane, page, ref entries } = spill;
        if self.write_page(account, lane, page, entries, host).await.is_some() {
            let keys = entries.iter().map(Entry::key).collect();
            let spilled = Command::Queue(QueueCommand::Spilled { lane, page, keys });
            let _ = apply(host, &self.queue_key(account), &spilled).await;
        }
    }

    /// Writes the entries of a page.
    pub(super) async fn write_page(
        &self,
        account: &Account,
        lane: u8,
        page: u32,
        entries: &[Entry],
        host: &impl Host,
    ) -> Option<()> {
        let bytes = ledger::write(&entries).ok()?;
        // Kept until the newest entry is too old.
        let newest = entries.iter().map(Entry::at).max().unwrap_or_default();
        let retention_ms = newest.saturating_add(self.config.retention_ms).saturating_sub(host.now()).max(1);
        let write = Command::WriteBytes(bytes, retention_ms);
        apply(host, &self.page_key(account, lane, page), &write).await.map(drop)
    }

    /// The entries of a page; empty if the page is gone. `None` if the store failed.
    pub(super) async fn read_page(
        &self,
        account: &Account,
        lane: u8,
        page: u32,
        host: &impl Host,
    ) -> Option<Vec<Entry>> {
        match apply(host, &self.page_key(account, lane, page), &Command::ReadBytes).await? {
            Decision::Bytes(Some(bytes)) => Some(ledger::read(&bytes).unwrap_or_default()),
            Decision::Bytes(None) => Some(Vec::new()),
            _ => None,
        }
    }

    /// Removes a page. If that fails, the page expires.
    pub(super) async fn drop_page(&self, account: &Account, lane: u8, page: u32, host: &impl Host) {
        let _ = apply(host, &self.page_key(account, lane, page), &Command::DropBytes).await;
    }

    /// Stores a body under keys of its own. Returns whether the store accepted all of it.
    async fn write_body(&self, id: BatchId, bytes: &[u8], host: &impl Host) -> bool {
        for (piece, bytes) in (0..).zip(bytes.chunks(MAX_PIECE_BYTES)) {
            let write = Command::WriteBytes(bytes.to_vec(), self.config.retention_ms);
            if apply(host, &self.piece_key(id, piece), &write).await.is_none() {
                return false;
            }
        }
        true
    }

    /// The bytes of a body, or the part that exists. `None` if the store failed.
    pub(super) async fn read_body(&self, id: BatchId, body: &StoredBody, host: &impl Host) -> Option<BodyBytes> {
        let pieces = match body {
            StoredBody::Inline(bytes) => return Some(BodyBytes { bytes: bytes.clone(), is_whole: true }),
            StoredBody::Spilled(pieces) => *pieces,
        };
        let mut bytes = Vec::new();
        for piece in 0..pieces {
            match apply(host, &self.piece_key(id, piece), &Command::ReadBytes).await? {
                Decision::Bytes(Some(more)) => bytes.extend(more),
                Decision::Bytes(None) => return Some(BodyBytes { bytes, is_whole: false }),
                _ => return None,
            }
        }
        Some(BodyBytes { bytes, is_whole: true })
    }

    /// Removes a body with keys of its own. A piece that cannot be removed expires.
    pub(super) async fn drop_body(&self, (id, pieces): SpilledBody, host: &impl Host) {
        for piece in 0..pieces {
            let _ = apply(host, &self.piece_key(id, piece), &Command::DropBytes).await;
        }
    }

    /// Counts and reports dropped entries, and removes their bodies.
    async fn drop_expired(&self, account: &Account, expired: &Expired, host: &impl Host) {
        for body in &expired.bodies {
            self.drop_body(*body, host).await;
        }
        for _ in 0..expired.entries {
            self.note_given_up(account, host);
        }
    }

    /// Erases a number from a body with keys of its own, without changing its expiry.
    pub(super) async fn redact_body(&self, (id, pieces): SpilledBody, number: &[u8], host: &impl Host) -> Option<()> {
        let mut bytes = self.read_body(id, &StoredBody::Spilled(pieces), host).await?.bytes;
        if redact(&mut bytes, number) {
            for (piece, bytes) in (0..).zip(bytes.chunks(MAX_PIECE_BYTES)) {
                apply(host, &self.piece_key(id, piece), &Command::RewriteBytes(bytes.to_vec())).await?;
            }
        }
        Some(())
    }

    /// Erases a number from a page, and from the bodies of its batches.
    pub(super) async fn redact_page(
        &self,
        account: &Account,
        lane: u8,
        page: u32,
        number: &[u8],
        host: &impl Host,
    ) -> Option<()> {
        let redact = Command::RedactNumber(number.to_vec());
        apply(host, &self.page_key(account, lane, page), &redact).await?;
        if !crate::receipts::entry::holds_messages(lane) {
            for entry in self.read_page(account, lane, page, host).await? {
                if let Some(body) = entry.spilled_body() {
                    self.redact_body(body, number, host).await?;
                }
            }
        }
        Some(())
    }

    /// The key of an account's queue.
    pub(super) fn queue_key(&self, account: &Account) -> String {
        self.config.keyring.object_name("q", &[account.name().as_bytes()])
    }

    /// The key of an account's unmatched records.
    pub(super) fn unmatched_key(&self, account: &Account) -> String {
        self.config.keyring.object_name("k", &[account.name().as_bytes()])
    }

    /// The key of a page of an account's queue.
    fn page_key(&self, account: &Account, lane: u8, page: u32) -> String {
        self.config.keyring.object_name("w", &[account.name().as_bytes(), &[lane], &page.to_be_bytes()])
    }

    /// The key of a piece of a body.
    fn piece_key(&self, id: BatchId, piece: u16) -> String {
        self.config.keyring.object_name("m", &[&id.to_be_bytes(), &piece.to_be_bytes()])
    }
}
