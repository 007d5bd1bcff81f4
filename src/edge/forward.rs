//! Forwarding what vendors said to the user's queue and webhook.

use alloc::string::{String, ToString};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::Account;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::host::Host;
use crate::edge::intake::{Opened, Record};
use crate::otp::receipt::Source;
use crate::receipts::inbound::{InboundBatch, Verdict};
use crate::receipts::outbound::{Content, MAX_UNREAD_BYTES, OutboundMessage};
use crate::vendor::report::Report;
use crate::wire::beijing;
use crate::wire::json_writer::Object;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarded {
    /// All took it.
    Taken,
    /// Somebody did not.
    Failed,
    /// Nobody was asked: the endpoint rests.
    Resting,
}

impl Handler {
    /// The message of a record, where anybody is to be told.
    pub(super) fn outbound_message(
        &self,
        opened: &Opened<'_>,
        index: u32,
        verdict: Verdict,
    ) -> Option<OutboundMessage> {
        let (owed_to_queue, owed_to_webhook) = (self.config.has_queue, self.config.webhook.is_some());
        if verdict == Verdict::Known || !(owed_to_queue || owed_to_webhook) {
            return None;
        }
        let batch = opened.batch;
        let content = match opened.record(index)? {
            Record::Report(report, json) => {
                let is_ours = verdict == Verdict::Reported;
                let challenge = if is_ours { self.challenge_of_report(batch, report) } else { None };
                Content::Report { json: json.clone(), challenge }
            }
            Record::Reply(_, json) => Content::Reply(json.clone()),
            Record::Unread(bytes) => Content::Unread {
                bytes: bytes[..bytes.len().min(MAX_UNREAD_BYTES)].to_vec(),
                length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            },
        };
        let source = Source { mail: batch.id, index };
        Some(OutboundMessage { source, at: batch.at, content, owed_to_queue, owed_to_webhook })
    }

    /// Forwards a message to those who have not taken it yet, and notes in it who did.
    pub(super) async fn forward(
        &self,
        account: &Account,
        message: &mut OutboundMessage,
        host: &impl Host,
    ) -> Forwarded {
        // The endpoint's rest is no reason to ask the queue again and again.
        let rests = message.owed_to_webhook && self.config.webhook.is_some() && self.endpoint.rest_ms(host.now()) > 0;
        if rests && !message.owed_to_queue {
            return Forwarded::Resting;
        }
        let id = ["rcpt_", &message.source.mail.to_string(), "_", &message.source.index.to_string()].concat();
        let body = written(account, message, &id);
        let mut failed = false;
        if message.owed_to_queue && self.config.has_queue {
            if host.enqueue(&body).await {
                message.owed_to_queue = false;
            } else {
                failed = true;
                self.count("queue.failed");
                host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: false });
            }
        } else {
            message.owed_to_queue = false;
        }
        match self.post(account, id, &body, message.owed_to_webhook, host).await {
            Forwarded::Taken => message.owed_to_webhook = false,
            Forwarded::Failed => failed = true,
            Forwarded::Resting => {}
        }
        match (failed, message.is_owed()) {
            (_, false) => Forwarded::Taken,
            (true, true) => Forwarded::Failed,
            (false, true) => Forwarded::Resting,
        }
    }

    async fn post(&self, account: &Account, id: String, body: &str, is_owed: bool, host: &impl Host) -> Forwarded {
        let Some(webhook) = self.config.webhook.as_ref().filter(|_| is_owed) else { return Forwarded::Taken };
        if self.endpoint.is_gone(host.now()) {
            self.count("webhook.gone");
            return Forwarded::Taken;
        }
        if !self.endpoint.may_post(host.now()) {
            return Forwarded::Resting;
        }
        // A browser shows no status of a redirect, which takes nothing.
        let status = host.exchange(&webhook.request(id, host.now(), body)).await.map(|reply| reply.status);
        let status = status.filter(|status| *status != 0);
        match status {
            Some(200..=299) => {
                self.count("webhook.taken");
                self.endpoint.succeeded();
                Forwarded::Taken
            }
            // It wants nothing more: what is posted there is not kept for it.
            Some(410) => {
                self.count("webhook.gone");
                self.endpoint.gone(host.now());
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: true });
                Forwarded::Taken
            }
            _ => {
                self.count("webhook.failed");
                self.endpoint.failed(host.now());
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: false });
                Forwarded::Failed
            }
        }
    }

    /// Counts and tells a record that was kept for as long as it may be, and that nobody took.
    pub(super) fn note_given_up(&self, account: &Account, host: &impl Host) {
        self.count("receipts.given-up");
        host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: true });
    }

    /// The challenge of a report, as whoever asked for the code has it. A back end's own is written alike.
    fn challenge_of_report(&self, batch: &InboundBatch, report: &Report) -> Option<String> {
        let (text, number) = self.text_of(batch, &report.reference, "")?;
        Some(self.config.keyring.write_challenge(text.challenge, &number))
    }
}

/// A message as the user gets it.
fn written(account: &Account, message: &OutboundMessage, id: &str) -> String {
    let mut data = Object::new();
    data.text("account", account.name());
    let kind = match &message.content {
        Content::Report { json, challenge } => {
            data.json("report", json);
            data.text_if("challenge", challenge.as_deref());
            "sms.report"
        }
        Content::Reply(json) => {
            data.json("reply", json);
            "sms.reply"
        }
        Content::Unread { bytes, length } => {
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
