//! A push of one report on a text of this handler: forwarded, then recorded at its number, and only then answered. The
//! account's queue stores every other push, and those that cannot be forwarded or recorded at once.

use crate::client::Account;
use crate::edge::host::Host;
use crate::edge::ingest::{IngestRecord, ParsedBatch, is_underway};
use crate::edge::process::waiting;
use crate::edge::queue_store::BodyBytes;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::otp::text_status::{RecordId, StatusChange};
use crate::receipts::inbound::{InboundBatch, StoredBody, Verdict};
use crate::receipts::queue_command::QueueReply;

impl ReceiptProcessor {
    /// Forwards and records a push of one report. `None` if the queue must store the push as it came; a receiver that
    /// accepted the report already may then receive it again, under the same id.
    ///
    /// The report is forwarded before it is recorded: a process that dies in between leaves a report that is still new,
    /// in the push that its vendor repeats or in a pull.
    pub(super) async fn forward_directly(
        &self,
        account: &Account,
        batch: &InboundBatch,
        host: &impl Host,
    ) -> Option<()> {
        let StoredBody::Inline(bytes) = &batch.body else { return None };
        let bytes = BodyBytes { bytes: bytes.clone(), is_whole: true };
        let mut parsed = ParsedBatch::new(account, batch, &bytes);
        if parsed.total() == 1 {
            self.find_text(&mut parsed, 0, host).await?;
        }
        let (1, Some(IngestRecord::Report(report, _))) = (parsed.total(), parsed.record(0)) else { return None };
        if is_underway(report) {
            return None;
        }
        let record = RecordId { batch: batch.id, index: 0 };
        let matched = self.matched_report(account, batch, record, report)?;
        if self.config.has_queue || self.config.webhook.is_some() {
            // The vendor waits for its answer meanwhile.
            if self.config.webhook.is_some() && !self.webhook_health.is_prompt(host.now()) {
                return None;
            }
            match matched.apply(&matched.preview_command(), host).await? {
                StatusChange::Changed(_) => {}
                StatusChange::Unchanged => return Some(()),
                StatusChange::Unmatched => return None,
            }
            let mut message = self.outbound_message(&parsed, 0, Verdict::Reported)?;
            self.keep(account, &message, host).await;
            let forwarded = self.forward(account, &mut message, host).await;
            if let Some(entry) = waiting(message, 0, forwarded, host.now())
                && !matches!(self.enqueue_entry(account, entry, host).await, QueueReply::Done { .. })
            {
                return None;
            }
        }
        let change = matched.apply(&matched.record_command(), host).await?;
        match change {
            StatusChange::Changed(_) => self.note_report(account, report, change, host),
            // Another push brought the same report at the same time.
            StatusChange::Unchanged => {}
            StatusChange::Unmatched => return None,
        }
        Some(())
    }
}
