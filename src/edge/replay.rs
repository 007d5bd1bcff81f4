//! Keeps forwarded receipts for some days, and sends one again for the operator: as a new attempt of the same message,
//! under its id, so that a receiver that has it already drops it (Standard Webhooks, *idempotency*).

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::forward::{message_id, record_of};
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::host::{Host, apply};
use crate::edge::problems::{store_failed, too_many_waiting};
use crate::edge::process::waiting;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::guard::ledger::{self, Command, Decision};
use crate::otp::text_status::RecordId;
use crate::receipts::entry::{Entry, Work};
use crate::receipts::inbound::MAX_PIECE_BYTES;
use crate::receipts::outbound::OutboundMessage;
use crate::receipts::queue_command::{Commit, QueueReply};
use crate::wire::json_writer::Object;

impl ReceiptProcessor {
    /// Keeps a message to be sent again, if the options say so. A message that cannot be kept is counted, and forwarded
    /// all the same. It is listed at its numbers first: a process that dies in between leaves none that cannot be
    /// erased.
    pub(super) async fn keep(&self, account: &Account, message: &OutboundMessage, host: &impl Host) {
        let Some(keep_ms) = self.config.keep_ms else { return };
        let kept_ms = message.at.saturating_add(keep_ms).saturating_sub(host.now());
        if kept_ms > 0 && self.write_kept(account, message, kept_ms, host).await.is_none() {
            self.counts.add("receipts.unkept");
        }
    }

    async fn write_kept(
        &self,
        account: &Account,
        message: &OutboundMessage,
        kept_ms: i64,
        host: &impl Host,
    ) -> Option<()> {
        let bytes = ledger::write(&(account.name(), message)).ok().filter(|bytes| bytes.len() <= MAX_PIECE_BYTES)?;
        for digits in message.content.numbers()? {
            let list = Command::ListKept(message.record, kept_ms);
            match apply(host, &self.kept_of_key(&digits), &list).await? {
                Decision::IsListed(true) => {}
                _ => return None,
            }
        }
        apply(host, &self.kept_key(message.record), &Command::WriteBytes(bytes, kept_ms)).await.map(drop)
    }

    /// Sends a kept receipt again. It is queued first, so that it is retried until every receiver accepts it.
    pub(super) async fn replay(&self, id: &str, host: &impl Host) -> Result<HandlerReply, Problem> {
        let unknown = || Problem::new(404, "unknown-receipt", "No receipt is kept under this id");
        let record = record_of(id).filter(|_| self.config.keep_ms.is_some()).ok_or_else(unknown)?;
        let bytes = match apply(host, &self.kept_key(record), &Command::ReadBytes).await {
            Some(Decision::Bytes(bytes)) => bytes.ok_or_else(unknown)?,
            _ => return Err(store_failed()),
        };
        let (account, mut message): (String, OutboundMessage) = ledger::read(&bytes).map_err(|_| unknown())?;
        // A store removes what expired in its own time.
        let is_kept = self.config.keep_ms.is_some_and(|keep_ms| message.at.saturating_add(keep_ms) > host.now());
        let account = self.account(&account).filter(|_| is_kept).ok_or_else(unknown)?;
        message.owed_to_queue = self.config.has_queue;
        message.owed_to_webhook = self.config.webhook.is_some();
        let entry = Entry::claimed(Work::Forward(message.clone()), host.now());
        let key = entry.key();
        match self.enqueue_entry(account, entry, host).await {
            QueueReply::Done { .. } => {}
            QueueReply::Full { .. } => return Err(too_many_waiting()),
            _ => return Err(store_failed()),
        }
        let forwarded = self.forward(account, &mut message, host).await;
        let left = waiting(message, 0, forwarded, host.now());
        let is_accepted = left.is_none();
        let commit = match left {
            None => Commit { done: Vec::from([key]), ..Commit::default() },
            Some(entry) => Commit { changed: Vec::from([entry]), ..Commit::default() },
        };
        // If this fails, the claim expires, and the message is sent once more under the same id.
        let _ = self.commit(account, commit, host).await;
        self.counts.add("receipts.replayed");
        host.emit(&EdgeEvent::ReceiptReplayed { account: account.name(), id, accepted: is_accepted });
        let mut json = Object::new();
        json.text("id", &message_id(record));
        json.flag("accepted", is_accepted);
        Ok(HandlerReply::json(202, json.finish()))
    }

    /// Erases a number from kept receipts. `None` if the store failed.
    pub(super) async fn redact_kept(&self, digits: &[u8], host: &impl Host) -> Option<()> {
        let Decision::Kept(records) = apply(host, &self.kept_of_key(digits), &Command::ReadKept).await? else {
            return None;
        };
        for record in records {
            apply(host, &self.kept_key(record), &Command::RedactNumber(digits.to_vec())).await?;
        }
        Some(())
    }

    /// The key of a kept message.
    fn kept_key(&self, record: RecordId) -> String {
        self.config.keyring.object_name("m", &[b"kept", &record.batch.to_be_bytes(), &record.index.to_be_bytes()])
    }

    /// The key that lists the kept messages with a number.
    fn kept_of_key(&self, digits: &[u8]) -> String {
        self.config.keyring.object_name("m", &[b"kept of", digits])
    }
}
