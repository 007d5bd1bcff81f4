//! Forwards receipts to the user's queue and webhook.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::{Host, apply};
use crate::edge::ingest::{IngestRecord, ParsedBatch};
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::edge::webhook::Webhook;
use crate::guard::ledger::{Command, Decision};
use crate::otp::challenge::TextId;
use crate::otp::keyring::NumberKey;
use crate::otp::text_status::RecordId;
use crate::receipts::inbound::Verdict;
use crate::receipts::outbound::{MAX_UNREAD_BYTES, MessageContent, OutboundMessage};
use crate::wire::beijing;
use crate::wire::json_writer::Object;

/// Milliseconds for which an endpoint stays marked as gone: ten years.
const GONE_TTL_MS: i64 = 10 * 365 * 86_400_000;

/// The result of forwarding a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForwardOutcome {
    /// Every receiver accepted it.
    Taken,
    /// A receiver did not accept it. The endpoint named this time for the next attempt, in milliseconds since the Unix
    /// epoch; [`i64::MIN`] for none.
    Failed {
        /// The time.
        retry_at: i64,
    },
    /// Nothing was sent, since the endpoint pauses.
    Resting,
}

impl ReceiptProcessor {
    /// The message for a record; `None` for a record that is not forwarded.
    pub(super) fn outbound_message(
        &self,
        parsed: &ParsedBatch<'_>,
        index: u32,
        verdict: Verdict,
    ) -> Option<OutboundMessage> {
        let (owed_to_queue, owed_to_webhook) = (self.config.has_queue, self.config.webhook.is_some());
        if verdict == Verdict::Ignored || !(owed_to_queue || owed_to_webhook) {
            return None;
        }
        let batch = parsed.batch;
        let mut record = RecordId { batch: batch.id, index };
        let content = match parsed.record(index)? {
            IngestRecord::Report(report, json) => {
                let is_ours = verdict == Verdict::Reported;
                let text = if is_ours { self.text_of(batch, &report.reference, "") } else { None };
                if let Some((text, number)) = &text {
                    record = self.message_record(text, number, report.delivered);
                }
                let challenge = text.map(|(text, number)| self.config.keyring.write_challenge(text.challenge, &number));
                MessageContent::Report { json: json.clone(), challenge }
            }
            IngestRecord::Reply(_, json) => MessageContent::Reply(json.clone()),
            IngestRecord::Unread(bytes) => MessageContent::Unread {
                bytes: bytes[..bytes.len().min(MAX_UNREAD_BYTES)].to_vec(),
                length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            },
        };
        Some(OutboundMessage { record, at: batch.at, content, owed_to_queue, owed_to_webhook })
    }

    /// Forwards a message to the receivers that have not accepted it yet, and records in it which did.
    pub(super) async fn forward(
        &self,
        account: &Account,
        message: &mut OutboundMessage,
        host: &impl Host,
    ) -> ForwardOutcome {
        // The pause of the endpoint must not make the queue receive the message again and again.
        let rests = message.owed_to_webhook && self.webhook_rest_ms(host.now()) > 0;
        if rests && !message.owed_to_queue {
            return ForwardOutcome::Resting;
        }
        let id = message_id(message.record);
        let body = written(account, self.config.tenant.as_deref(), message, &id);
        let mut failure = None;
        if message.owed_to_queue && self.config.has_queue {
            if host.enqueue(&body).await {
                message.owed_to_queue = false;
            } else {
                failure = Some(ForwardOutcome::Failed { retry_at: i64::MIN });
                self.counts.add("queue.failed");
                host.emit(&EdgeEvent::NotPassedOn { account: account.name(), status: None, given_up: false });
            }
        } else {
            message.owed_to_queue = false;
        }
        match self.post(account, id, &body, message.owed_to_webhook, host).await {
            ForwardOutcome::Taken => message.owed_to_webhook = false,
            // A queue that failed does not wait for the time that the webhook named.
            failed @ ForwardOutcome::Failed { .. } => failure = failure.or(Some(failed)),
            ForwardOutcome::Resting => {}
        }
        if message.is_owed() { failure.unwrap_or(ForwardOutcome::Resting) } else { ForwardOutcome::Taken }
    }

    async fn post(&self, account: &Account, id: String, body: &str, is_owed: bool, host: &impl Host) -> ForwardOutcome {
        let Some(webhook) = self.config.webhook.as_ref().filter(|_| is_owed) else { return ForwardOutcome::Taken };
        self.learn_whether_gone(webhook, host).await;
        let closed_ms = self.webhook_health.closed_ms(host.now());
        if closed_ms > 0 && self.config.has_queue {
            let retry_at = if closed_ms == i64::MAX { i64::MIN } else { host.now().saturating_add(closed_ms) };
            return ForwardOutcome::Failed { retry_at };
        }
        if closed_ms > 0 || !self.webhook_health.may_post(host.now()) {
            return ForwardOutcome::Resting;
        }
        let begun = host.now();
        // A browser hides the status of a redirect, which is no acceptance.
        let answer = host.post(&webhook.request(id, host.now(), body)).await.filter(|answer| answer.status != 0);
        let status = answer.map(|answer| answer.status);
        match status {
            Some(200..=299) => {
                self.counts.add("webhook.taken");
                self.webhook_health.succeeded(host.now().saturating_sub(begun));
                ForwardOutcome::Taken
            }
            // The endpoint wants nothing more. Its messages wait until another one is configured.
            Some(410) => {
                self.counts.add("webhook.gone");
                self.webhook_health.set_gone(true);
                let mark = Command::WriteBytes(Vec::from([1]), GONE_TTL_MS);
                // If the store fails, another process learns it from the endpoint.
                let _ = apply(host, &self.gone_key(webhook), &mark).await;
                host.emit(&EdgeEvent::NotPassedOn { account: account.name(), status, given_up: false });
                if self.config.has_queue {
                    ForwardOutcome::Failed { retry_at: i64::MIN }
                } else {
                    ForwardOutcome::Resting
                }
            }
            _ => {
                self.counts.add("webhook.failed");
                self.webhook_health.failed(host.now());
                let retry_at = answer.and_then(|answer| answer.retry_at);
                if let Some(retry_at) = retry_at {
                    self.webhook_health.asked_for_pause(retry_at, host.now());
                }
                host.emit(&EdgeEvent::NotPassedOn { account: account.name(), status, given_up: false });
                ForwardOutcome::Failed { retry_at: retry_at.unwrap_or(i64::MIN) }
            }
        }
    }

    /// The remaining pause for which no message is claimed, in milliseconds; 0 for no pause. A message for the user's
    /// queue must not wait while the webhook is closed, for an hour or for good: it is claimed, and retried by itself.
    pub(super) fn webhook_rest_ms(&self, now: i64) -> i64 {
        if self.config.webhook.is_none() {
            return 0;
        }
        let rest_ms = self.webhook_health.rest_ms(now);
        if self.config.has_queue { rest_ms } else { rest_ms.max(self.webhook_health.closed_ms(now)) }
    }

    /// Asks the store, once a process, whether the endpoint answered 410 to any process since it was configured.
    async fn learn_whether_gone(&self, webhook: &Webhook, host: &impl Host) {
        if self.webhook_health.is_gone().is_some() {
            return;
        }
        // If the store fails, the endpoint itself answers.
        if let Some(Decision::Bytes(mark)) = apply(host, &self.gone_key(webhook), &Command::ReadBytes).await {
            self.webhook_health.set_gone(mark.is_some());
        }
    }

    /// The key that marks an endpoint as gone. Another address or secret is another endpoint.
    fn gone_key(&self, webhook: &Webhook) -> String {
        self.config.keyring.object_name("m", &[b"gone", &webhook.identity()])
    }

    /// Counts and reports a record that no receiver accepted within its retention.
    pub(super) fn note_given_up(&self, account: &Account, host: &impl Host) {
        self.counts.add("receipts.given-up");
        host.emit(&EdgeEvent::NotPassedOn { account: account.name(), status: None, given_up: true });
    }

    /// The record that derives the id of the message about a text's outcome: the same for each push and pull that
    /// brings it.
    fn message_record(&self, text: &TextId, number: &NumberKey, delivered: bool) -> RecordId {
        let of = [text.challenge.0.as_slice(), number, &[text.index]].concat();
        RecordId { batch: self.config.keyring.short_hash("report", &of), index: delivered.into() }
    }
}

/// The id of a record's message.
pub(super) fn message_id(record: RecordId) -> String {
    ["rcpt_", &record.batch.to_string(), "_", &record.index.to_string()].concat()
}

/// The record of a message's id; `None` for any other text.
pub(super) fn record_of(id: &str) -> Option<RecordId> {
    let (batch, index) = id.strip_prefix("rcpt_")?.split_once('_')?;
    let record = RecordId { batch: batch.parse().ok()?, index: index.parse().ok()? };
    // One spelling for each record.
    (message_id(record) == id).then_some(record)
}

/// A message in the format of the webhook and the queue.
fn written(account: &Account, tenant: Option<&str>, message: &OutboundMessage, id: &str) -> String {
    let mut data = Object::new();
    data.text_if("tenant", tenant);
    data.text("account", account.name());
    let kind = match &message.content {
        MessageContent::Report { json, challenge } => {
            data.json("report", json);
            data.text_if("challenge", challenge.as_deref());
            "sms.report"
        }
        MessageContent::Reply(json) => {
            data.json("reply", json);
            "sms.reply"
        }
        MessageContent::Unread { bytes, length } => {
            data.text("raw", &STANDARD.encode(bytes));
            data.number("length", (*length).into());
            "sms.unread"
        }
    };
    let mut json = Object::new();
    json.text("type", kind);
    json.text("id", id);
    json.text_if("timestamp", beijing::iso(&beijing::written(message.at)).as_deref());
    json.json("data", &data.finish());
    json.finish()
}
