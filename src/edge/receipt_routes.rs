//! The routes for receipts: status and stored records for an operator, opt-outs for back ends, and erasing a number.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::Account;
use crate::edge::forward::message_id;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::{Host, apply};
use crate::edge::problems::store_failed;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::error::{Code, SmsError};
use crate::guard::ledger::{Command, Decision};
use crate::join::join_all;
use crate::options::Fields;
use crate::otp::keyring::Keyring;
use crate::otp::text_status::RecordId;
use crate::phone::Phone;
use crate::receipts::inbound::Verdict;
use crate::receipts::queue_command::{QueueCommand, QueueReply, QueueStatus};
use crate::receipts::unmatched::UnmatchedRecord;
use crate::wire::json;
use crate::wire::json_writer::{Object, list, texts};

/// The maximum number of numbers in a request.
const MAX_NUMBERS: usize = 100;
/// The number of simultaneous queries for their state.
const MAX_CONCURRENT_READS: usize = 8;

impl ReceiptProcessor {
    /// The status of each account's queue, as JSON.
    pub(super) async fn queue_statuses(&self, host: &impl Host) -> Result<String, Problem> {
        let mut json = Object::new();
        for account in self.config.sms.accounts().1 {
            let seen = self.queue_status(account, host).await?;
            let mut inner = Object::new();
            inner.number("waiting", seen.waiting.into());
            if let Some(since) = seen.since {
                inner.number("since", since);
            }
            inner.number("attempts", seen.attempts.into());
            inner.number("givenUp", seen.given_up.into());
            json.json(account.name(), &inner.finish());
        }
        Ok(json.finish())
    }

    pub(super) async fn queue_status(&self, account: &Account, host: &impl Host) -> Result<QueueStatus, Problem> {
        match apply(host, &self.queue_key(account), &Command::Queue(QueueCommand::ReadStatus)).await {
            Some(Decision::Queue(QueueReply::Status(seen))) => Ok(seen),
            _ => Err(store_failed()),
        }
    }

    /// The records that could not be read or matched, and people's replies.
    pub(super) async fn receipts(&self, host: &impl Host) -> Result<HandlerReply, Problem> {
        let mut json = Object::new();
        for account in self.config.sms.accounts().1 {
            let command = Command::ListUnmatched(self.config.retention_ms);
            let Some(Decision::Unmatched(records)) = apply(host, &self.unmatched_key(account), &command).await else {
                return Err(store_failed());
            };
            json.json(account.name(), &list(records.iter().map(record_json)));
        }
        Ok(HandlerReply::json(200, json.finish()))
    }

    /// Erases a number from all stored records. Its sends still count, under a hash.
    pub(super) async fn erase(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, Problem> {
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["phone"])?;
        let phone = self.config.stored_phone(&fields, "phone", host).await?;
        let digits = phone.mainland().unwrap_or_else(|| phone.digits()).into_bytes();
        let number = Keyring::number_object_name(&self.config.keyring.number_key(&phone));
        apply(host, &number, &Command::EraseNumber).await.ok_or_else(store_failed)?;
        for account in self.config.sms.accounts().1 {
            // The row comes first: an entry that moves to a page meanwhile is erased in one of them.
            let redact = Command::Queue(QueueCommand::Redact(digits.clone()));
            apply(host, &self.queue_key(account), &redact).await.ok_or_else(store_failed)?;
            let status = self.queue_status(account, host).await?;
            for body in status.spilled_bodies {
                self.redact_body(body, &digits, host).await.ok_or_else(store_failed)?;
            }
            for (lane, first, end) in status.pages {
                for page in first..end {
                    self.redact_page(account, lane, page, &digits, host).await.ok_or_else(store_failed)?;
                }
            }
            let redact = Command::RedactNumber(digits.clone());
            apply(host, &self.unmatched_key(account), &redact).await.ok_or_else(store_failed)?;
        }
        self.redact_kept(&digits, host).await.ok_or_else(store_failed)?;
        Ok(HandlerReply::empty(204))
    }

    /// Records an opt-out from marketing, or its end.
    pub(super) async fn opt_out(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, Problem> {
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["phone", "optedOut"])?;
        if fields.value("optedOut").is_none() {
            return Err(Problem::malformed("optedOut", "optedOut is missing: true or false"));
        }
        let out = fields.flag("optedOut")?;
        let phone = self.config.stored_phone(&fields, "phone", host).await?;
        let number = Keyring::number_object_name(&self.config.keyring.number_key(&phone));
        match apply(host, &number, &Command::SetOptOut(out)).await {
            Some(Decision::Done) => Ok(HandlerReply::empty(204)),
            _ => Err(store_failed()),
        }
    }

    /// The numbers with an opt-out, for a back end.
    pub(super) async fn opted_out(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, Problem> {
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["phones"])?;
        let phones = fields.texts("phones")?.filter(|phones| (1..=MAX_NUMBERS).contains(&phones.len()));
        let wrong = || Problem::malformed("phones", alloc::format!("phones is a list of 1 to {MAX_NUMBERS} numbers"));
        let out = self.which_opted_out(&phones.ok_or_else(wrong)?, host).await?;
        let mut json = Object::new();
        json.json("optedOut", &texts(out));
        Ok(HandlerReply::json(200, json.finish()))
    }

    /// [`Self::opted_out`] for any number of numbers, for code that runs the handler itself.
    ///
    /// # Errors
    /// `invalid_argument` for a text that is no number, `network` if the store failed.
    pub async fn who_opted_out(&self, phones: &[String], host: &impl Host) -> Result<Vec<String>, SmsError> {
        let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
        self.which_opted_out(&phones, host).await.map_err(|problem| match problem.field {
            Some(field) => SmsError::argument(field, problem.detail.unwrap_or_default()),
            None => SmsError::not_sent(Code::Network, "the store failed"),
        })
    }

    /// The numbers with an opt-out, as they were written and in their order.
    async fn which_opted_out(&self, phones: &[&str], host: &impl Host) -> Result<Vec<String>, Problem> {
        let mut keys = Vec::with_capacity(phones.len());
        for written in phones {
            let phone = Phone::parse(written).map_err(|error| Problem::malformed("phones", error.message.as_str()))?;
            self.config.check_form(&phone, "phones", host).await?;
            keys.push(Keyring::number_object_name(&self.config.keyring.number_key(&phone)));
        }
        let answers: Vec<Cell<Option<bool>>> = keys.iter().map(|_| Cell::default()).collect();
        let next = Cell::new(0);
        let read_next = || async {
            while let Some(key) = keys.get(next.get()) {
                let at = next.replace(next.get() + 1);
                match apply(host, key, &Command::ReadOptOut).await {
                    Some(Decision::OptedOut(since)) => answers[at].set(Some(since.is_some())),
                    // A failure fails the whole query, so the rest is skipped.
                    _ => next.set(keys.len()),
                }
            }
        };
        join_all((0..MAX_CONCURRENT_READS.min(keys.len())).map(|_| Box::pin(read_next())).collect()).await;
        let mut out = Vec::new();
        for (written, answer) in phones.iter().zip(&answers) {
            if answer.get().ok_or_else(store_failed)? {
                out.push((*written).to_owned());
            }
        }
        Ok(out)
    }
}

fn record_json(record: &UnmatchedRecord) -> String {
    let mut json = Object::new();
    json.text("id", &message_id(RecordId { batch: record.batch, index: record.index }));
    json.number("at", record.at);
    let read = core::str::from_utf8(&record.bytes).ok().filter(|_| record.verdict != Verdict::Unread);
    // A record that was cut, or from which a number was erased, may no longer be JSON.
    let read = read.filter(|source| json::parse(source.as_bytes()).is_ok());
    json.text(
        "kind",
        match record.verdict {
            Verdict::Replied => "reply",
            Verdict::Unmatched => "unmatched-report",
            Verdict::Unread | Verdict::Ignored | Verdict::Reported => "unread",
        },
    );
    match read {
        Some(source) => json.json("record", source),
        None => json.text("raw", &STANDARD.encode(&record.bytes)),
    }
    json.number("length", record.length.into());
    json.finish()
}
