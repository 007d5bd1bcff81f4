//! Passing on what vendors said: to a queue and to an address of the user's, until it is taken.

use alloc::string::{String, ToString};

use base64ct::{Base64, Encoding};

use crate::client::Account;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::host::Host;
use crate::edge::intake::Record;
use crate::edge::webhook::wait_ms;
use crate::receipts::mail::{Mail, Verdict};
use crate::wire::beijing;
use crate::wire::json;
use crate::wire::json_writer::Object;

/// How long an address that failed is left alone, in milliseconds: a receipt each must not hammer it.
const RESTS_MS: i64 = 30_000;
/// How long one that wants nothing more (410) is.
const GONE_MS: i64 = 3_600_000;

/// How far records were passed on.
pub(super) struct Passed {
    /// How many were dealt with.
    pub count: usize,
    /// Whether the next one was tried, in vain.
    pub failed: bool,
    /// How long it waits, in milliseconds. Nothing where none does, or where it is given up.
    pub wait_ms: Option<i64>,
}

/// Whether a record was taken.
enum Taken {
    Yes,
    No,
    /// Nobody was asked: in so many milliseconds.
    NotNow(i64),
}

impl Handler {
    /// Whether anybody is told.
    pub(super) const fn passes_on(&self) -> bool {
        self.config.has_queue || self.config.webhook.is_some()
    }

    /// Passes records on, in their order, until one is not taken.
    pub(super) async fn pass_on<'a>(
        &self,
        account: &Account,
        mail: &Mail,
        from: usize,
        told: impl Iterator<Item = (&'a Record, &'a Verdict)>,
        host: &impl Host,
    ) -> Passed {
        let mut count = 0;
        for (index, (record, verdict)) in told.enumerate() {
            if *verdict != Verdict::Known && self.passes_on() {
                let id = ["rcpt_", &mail.id.to_string(), "_", &(from + index).to_string()].concat();
                let message = self.message(account, mail, record, *verdict, &id);
                match self.pass_one_on(account, id, &message, host).await {
                    Taken::Yes => {}
                    Taken::NotNow(wait_ms) => return Passed { count, failed: false, wait_ms: Some(wait_ms) },
                    Taken::No => {
                        let wait_ms = self.failed_to_pass_on(account, mail, host);
                        return Passed { count, failed: true, wait_ms };
                    }
                }
            }
            count += 1;
        }
        Passed { count, failed: false, wait_ms: None }
    }

    async fn pass_one_on(&self, account: &Account, id: String, message: &str, host: &impl Host) -> Taken {
        let rests = self.webhook_rests.get().saturating_sub(host.now());
        if self.config.webhook.is_some() && (1..=RESTS_MS).contains(&rests) {
            return Taken::NotNow(rests);
        }
        if self.config.has_queue && !host.enqueue(message).await {
            self.count("queue.failed");
            host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: false });
            return Taken::No;
        }
        let Some(webhook) = &self.config.webhook else { return Taken::Yes };
        if host.now() < self.webhook_gone.get() {
            self.count("webhook.gone");
            return Taken::Yes;
        }
        let status = host.post(&webhook.url, &webhook.sign(id, host.now(), message), message).await;
        match status {
            Some(200..=299) => {
                self.count("webhook.taken");
                Taken::Yes
            }
            // It wants nothing more: what is posted there is not kept for it.
            Some(410) => {
                self.count("webhook.gone");
                self.webhook_gone.set(host.now().saturating_add(GONE_MS));
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: true });
                Taken::Yes
            }
            _ => {
                self.count("webhook.failed");
                host.tell(&Event::NotPassedOn { account: account.name(), status, given_up: false });
                self.webhook_rests.set(host.now().saturating_add(RESTS_MS));
                Taken::No
            }
        }
    }

    /// How long a mail waits that nobody took, in milliseconds; nothing where it is given up.
    fn failed_to_pass_on(&self, account: &Account, mail: &Mail, host: &impl Host) -> Option<i64> {
        let wait_ms = wait_ms(mail.attempts);
        if wait_ms.is_none() {
            self.count("receipts.given-up");
            host.tell(&Event::NotPassedOn { account: account.name(), status: None, given_up: true });
        }
        wait_ms
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
                data.text("raw", &Base64::encode_string(bytes));
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
