//! Passing on what vendors said: to a queue and to an address of the user's, until it is taken.

use alloc::string::{String, ToString};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::Account;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::host::Host;
use crate::edge::intake::{Opened, Record};
use crate::receipts::mail::{Mail, Verdict};
use crate::wire::beijing;
use crate::wire::json;
use crate::wire::json_writer::Object;

/// How long an address that failed is left alone, in milliseconds: a receipt each must not hammer it.
const RESTS_MS: i64 = 30_000;
/// How long one that wants nothing more (410) is.
const GONE_MS: i64 = 3_600_000;

/// Whether a record was passed on.
pub(super) enum Passed {
    /// It was, or nobody is to be told.
    On,
    /// It was not taken.
    No,
    /// Nobody was asked: not before so many milliseconds.
    NotNow(i64),
}

/// The most bytes of what nobody can read that are passed on: queues take messages of a bounded size.
const LONGEST_RAW: usize = 8 * 1024;

impl Handler {
    /// Whether anybody is told.
    pub(super) const fn passes_on(&self) -> bool {
        self.config.has_queue || self.config.webhook.is_some()
    }

    /// Passes a record on. `queued` tells whether the queue has it already, and is told.
    pub(super) async fn pass_on(
        &self,
        opened: &Opened<'_>,
        index: u32,
        verdict: Verdict,
        queued: &mut bool,
        host: &impl Host,
    ) -> Passed {
        let is_for_others = verdict != Verdict::Known && self.passes_on();
        let Some(record) = opened.record(index).filter(|_| is_for_others) else { return Passed::On };
        let &Opened { account, mail, .. } = opened;
        let rests = self.webhook_rests.get().saturating_sub(host.now());
        if self.config.webhook.is_some() && (1..=RESTS_MS).contains(&rests) {
            return Passed::NotNow(rests);
        }
        let id = ["rcpt_", &mail.id.to_string(), "_", &index.to_string()].concat();
        let message = self.message(account, mail, record, verdict, &id);
        if self.config.has_queue && !*queued && !host.enqueue(&message).await {
            self.count("queue.failed");
            host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: false });
            return Passed::No;
        }
        *queued = self.config.has_queue;
        self.post(account, id, &message, host).await
    }

    async fn post(&self, account: &Account, id: String, message: &str, host: &impl Host) -> Passed {
        let Some(webhook) = &self.config.webhook else { return Passed::On };
        if (1..=GONE_MS).contains(&self.webhook_gone.get().saturating_sub(host.now())) {
            self.count("webhook.gone");
            return Passed::On;
        }
        let status = host.post(&webhook.url, &webhook.sign(id, host.now(), message), message).await;
        match status {
            Some(200..=299) => {
                self.count("webhook.taken");
                Passed::On
            }
            // It wants nothing more: what is posted there is not kept for it.
            Some(410) => {
                self.count("webhook.gone");
                self.webhook_gone.set(host.now().saturating_add(GONE_MS));
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: true });
                Passed::On
            }
            _ => {
                self.count("webhook.failed");
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: false });
                self.webhook_rests.set(host.now().saturating_add(RESTS_MS));
                Passed::No
            }
        }
    }

    /// A record that nobody took for more than a day.
    pub(super) fn tell_given_up(&self, account: &Account, host: &impl Host) {
        self.count("receipts.given-up");
        host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: true });
    }

    /// A receipt as the user is told of it.
    fn message(&self, account: &Account, mail: &Mail, record: &Record, verdict: Verdict, id: &str) -> String {
        let mut data = Object::new();
        data.text("account", account.name());
        let kind = match record {
            Record::Report(source) => {
                data.json("report", source);
                if verdict == Verdict::Reported {
                    data.text_if("challenge", self.challenge_of_report(mail, source).as_deref());
                }
                "sms.report"
            }
            Record::Reply(source) => {
                data.json("reply", source);
                "sms.reply"
            }
            Record::Unread(bytes) => {
                data.text("raw", &STANDARD.encode(&bytes[..bytes.len().min(LONGEST_RAW)]));
                data.count("length", bytes.len());
                "sms.unread"
            }
        };
        let mut json = Object::new();
        json.text("type", kind);
        json.text("id", id);
        json.text_if("timestamp", beijing::iso(&beijing::written(mail.at)).as_deref());
        json.json("data", &data.finish());
        json.finish()
    }

    /// The challenge of a report, as whoever asked for the code has it. A back end's own is written alike.
    fn challenge_of_report(&self, mail: &Mail, source: &str) -> Option<String> {
        let report = json::parse(source.as_bytes()).ok()?;
        let (text, number) = self.text_of(mail, report.text_of("ref").unwrap_or_default(), "")?;
        Some(self.config.keyring.write_challenge(text.challenge, &number))
    }
}
