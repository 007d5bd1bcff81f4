//! Ingests the records of a batch: matches a report to its text by its reference, and detects the opt-out in a reply.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::client::Account;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::{Host, apply};
use crate::edge::queue_store::BodyBytes;
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::edge::routing::EXCUSED;
use crate::edge::short_hash::hash;
use crate::error::Code;
use crate::guard::ledger::{Command, Decision};
use crate::guard::reach::CLOSED_MS;
use crate::otp::challenge::TextId;
use crate::otp::keyring::{Keyring, NumberKey};
use crate::otp::text_status::{DeliveryReport, RecordId, StatusChange};
use crate::phone::Phone;
use crate::reason::{Explained, StatusDetails, StatusMeaning};
use crate::receipts::delivery_stats::DeliveryCounts;
use crate::receipts::inbound::{InboundBatch, Origin, Verdict};
use crate::receipts::unmatched;
use crate::vendor::report::{ReplyRecord, ReportRecord};
use crate::wire::{WireReply, blank};

/// One record of a batch.
pub(super) enum IngestRecord {
    /// A delivery report, with its JSON.
    Report(ReportRecord, String),
    /// A person's reply, with its JSON.
    Reply(ReplyRecord, String),
    /// A record that could not be read.
    Unread(Vec<u8>),
}

/// A batch with its records, always in the same order.
pub(super) struct ParsedBatch<'a> {
    /// The account of the batch.
    pub account: &'a Account,
    /// The batch.
    pub batch: &'a InboundBatch,
    records: Vec<IngestRecord>,
}

impl<'a> ParsedBatch<'a> {
    /// Reads the records of a batch; none if its bytes are incomplete.
    pub(super) fn new(account: &'a Account, batch: &'a InboundBatch, bytes: &BodyBytes) -> Self {
        // A push with incomplete bytes was never answered: its vendor knows that it was not accepted.
        let records = if bytes.is_whole { records(account, batch, &bytes.bytes) } else { Vec::new() };
        Self { account, batch, records }
    }

    /// The number of records.
    pub(super) fn total(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    /// Names the text of a report that has none but its vendor's id: gives it the text's reference.
    fn name_text(&mut self, index: u32, reference: String) {
        let record = usize::try_from(index).ok().and_then(|index| self.records.get_mut(index));
        if let Some(IngestRecord::Report(report, json)) = record {
            report.reference = reference;
            *json = json_of(report);
        }
    }

    /// The record at an index.
    pub(super) fn record(&self, index: u32) -> Option<&IngestRecord> {
        self.records.get(usize::try_from(index).ok()?)
    }
}

/// The record that is being ingested.
struct RecordContext<'a> {
    account: &'a Account,
    batch: &'a InboundBatch,
    record: RecordId,
}

/// A report on a text of this handler.
pub(super) struct MatchedReport {
    /// The key of the text's number.
    key: String,
    text: TextId,
    reported: DeliveryReport,
    /// Why the text did not arrive, if the report explains it.
    failure: Option<Explained>,
}

impl MatchedReport {
    /// The command that records the report.
    pub(super) fn record_command(&self) -> Command {
        match self.failure {
            Some(Explained { reason, is_certain, .. }) => {
                let closed_ms = if is_certain && reason.is_lasting() { CLOSED_MS } else { 0 };
                Command::ReportFailure(self.text, self.reported, reason as u8, closed_ms)
            }
            None => Command::RecordReport(self.text, self.reported),
        }
    }

    /// The command that only tells whether the report brings something new.
    pub(super) const fn preview_command(&self) -> Command {
        Command::PreviewReport(self.text, self.reported)
    }

    /// Applies one of these commands. `None` if the store failed.
    pub(super) async fn apply(&self, command: &Command, host: &impl Host) -> Option<StatusChange> {
        match apply(host, &self.key, command).await? {
            Decision::StatusChange(change) => Some(change),
            _ => None,
        }
    }
}

impl IngestRecord {
    /// The bytes of the record.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Report(_, json) | Self::Reply(_, json) => json.as_bytes(),
            Self::Unread(bytes) => bytes,
        }
    }
}

impl ReceiptProcessor {
    /// Finds the text of a report that names it by its number and the vendor's id alone. `None` if the store failed.
    pub(super) async fn find_text(&self, parsed: &mut ParsedBatch<'_>, index: u32, host: &impl Host) -> Option<()> {
        let (Some(IngestRecord::Report(report, _)), true) = (parsed.record(index), parsed.account.spec().reports_by_id)
        else {
            return Some(());
        };
        let (Some(id), Ok(phone), true) = (&report.id, Phone::parse(&report.to), report.reference.is_empty()) else {
            return Some(());
        };
        let keyring = &self.config.keyring;
        let number = keyring.number_key(&phone);
        let command = Command::FindText(hash(parsed.account.name()), hash(id));
        let Decision::Text(text) = apply(host, &Keyring::number_object_name(&number), &command).await? else {
            return None;
        };
        if let Some(text) = text {
            parsed.name_text(index, keyring.write_reference(&text, &number));
        }
        Some(())
    }

    /// Ingests a record and decides whether to forward it. Repeating it gives the same decision. `None` if the store
    /// failed.
    pub(super) async fn ingest_record(
        &self,
        parsed: &ParsedBatch<'_>,
        index: u32,
        host: &impl Host,
    ) -> Option<Verdict> {
        let Some(record) = parsed.record(index) else { return Some(Verdict::Ignored) };
        let &ParsedBatch { account, batch, .. } = parsed;
        let context = RecordContext { account, batch, record: RecordId { batch: batch.id, index } };
        let verdict = match record {
            IngestRecord::Report(report, json) => self.ingest_report(&context, report, json, host).await?,
            IngestRecord::Reply(reply, json) => self.ingest_reply(&context, reply, json, host).await?,
            IngestRecord::Unread(bytes) if self.is_new_record(&context, bytes, host).await? => {
                self.counts.add(&["receipts.unread.", account.name()].concat());
                host.emit(&EdgeEvent::Unread { account: account.name() });
                Verdict::Unread
            }
            IngestRecord::Unread(_) => Verdict::Ignored,
        };
        if matches!(verdict, Verdict::Unmatched | Verdict::Replied | Verdict::Unread) {
            let unmatched_record = unmatched::UnmatchedRecord::new(batch.id, index, batch.at, verdict, record.bytes());
            apply(
                host,
                &self.unmatched_key(account),
                &Command::StoreUnmatched(unmatched_record, self.config.retention_ms),
            )
            .await?;
        }
        Some(verdict)
    }

    async fn ingest_report(
        &self,
        context: &RecordContext<'_>,
        report: &ReportRecord,
        source: &str,
        host: &impl Host,
    ) -> Option<Verdict> {
        if is_underway(report) {
            return Some(Verdict::Ignored);
        }
        let change = match self.matched_report(context.account, context.batch, context.record, report) {
            None => StatusChange::Unmatched,
            Some(matched) => matched.apply(&matched.record_command(), host).await?,
        };
        match change {
            StatusChange::Changed(_) => {
                self.note_report(context.account, report, change, host);
                Some(Verdict::Reported)
            }
            StatusChange::Unmatched if self.is_new_record(context, source.as_bytes(), host).await? => {
                self.note_report(context.account, report, change, host);
                Some(Verdict::Unmatched)
            }
            StatusChange::Unmatched | StatusChange::Unchanged => Some(Verdict::Ignored),
        }
    }

    /// The text of a report, with the commands that record it. `None` for a report on no text of this handler.
    pub(super) fn matched_report(
        &self,
        account: &Account,
        batch: &InboundBatch,
        record: RecordId,
        report: &ReportRecord,
    ) -> Option<MatchedReport> {
        let (text, number) = self.text_of(batch, &report.reference, &report.to)?;
        let id = report.id.as_deref().map(hash);
        let reported = DeliveryReport { record, account: hash(account.name()), id, delivered: report.delivered };
        Some(MatchedReport { key: Keyring::number_object_name(&number), text, reported, failure: failure_of(report) })
    }

    /// Counts a report, and passes it to the listener.
    pub(super) fn note_report(&self, account: &Account, report: &ReportRecord, change: StatusChange, host: &impl Host) {
        let delivered = report.delivered;
        let failure = failure_of(report);
        if let StatusChange::Changed(Some(carrier)) = change {
            // What the person's phone does says nothing of the account.
            let is_excused = failure.is_some_and(|failure| failure.reason.excuses_account());
            let carrier = if is_excused { carrier | EXCUSED } else { carrier };
            let counts = DeliveryCounts {
                delivered: delivered.into(),
                failed: (!delivered).into(),
                ..DeliveryCounts::default()
            };
            self.routing.count_delivery(hash(account.name()), carrier, counts);
        }
        let is_matched = change != StatusChange::Unmatched;
        let word = match (is_matched, delivered) {
            (false, _) => "reports.unmatched.",
            (true, true) => "reports.delivered.",
            (true, false) => "reports.failed.",
        };
        self.counts.add(&[word, account.name()].concat());
        if let Some(failure) = failure {
            self.counts.add(&["reasons.", failure.reason.as_str()].concat());
        }
        let (phone, status) = (masked_number(&report.to), masked_text(&report.status));
        let StatusDetails { pending, reason, other_reason, blocked_by, retryable, actor } = report.verdict.details();
        host.emit(&EdgeEvent::Report {
            account: account.name(),
            phone: &phone,
            delivered,
            status: &status,
            pending,
            reason,
            other_reason,
            blocked_by,
            retryable,
            actor,
            matched: is_matched,
        });
    }

    /// The text that a report is on: its reference must be one of this handler's, and its number, if it has one, the
    /// text's.
    pub(super) fn text_of(&self, batch: &InboundBatch, reference: &str, to: &str) -> Option<(TextId, NumberKey)> {
        let keyring = &self.config.keyring;
        let made_for = if let Origin::Push { reference } = &batch.origin { reference.as_deref() } else { None };
        // A URL that was made for one text identifies it, whatever the body says.
        let reference = match made_for {
            Some(made_for) if reference.is_empty() || reference == made_for => made_for,
            Some(_) => return None,
            None => reference,
        };
        // The handler's references contain no blank; vendors may add some.
        let (text, number) = keyring.read_reference(&blank::removed(reference))?;
        let is_its = |phone: Phone| keyring.number_key(&phone) == number;
        Phone::parse(to).map_or(to.is_empty() || to.contains('*'), is_its).then_some((text, number))
    }

    async fn ingest_reply(
        &self,
        context: &RecordContext<'_>,
        reply: &ReplyRecord,
        source: &str,
        host: &impl Host,
    ) -> Option<Verdict> {
        let account = context.account;
        let written = reply.text.as_str();
        let phone = Phone::parse(&reply.from).ok();
        let opts_out = self.config.opt_out_words.matches(written);
        if !self.is_new_record(context, source.as_bytes(), host).await? {
            return Some(Verdict::Ignored);
        }
        if let (Some(phone), true) = (&phone, opts_out) {
            let number = Keyring::number_object_name(&self.config.keyring.number_key(phone));
            apply(host, &number, &Command::SetOptOut(true)).await?;
        }
        self.counts.add(&["replies.", account.name()].concat());
        if phone.is_none() {
            // A masked number cannot be identified, so its reply is shown and changes nothing.
            self.counts.add("replies.masked");
        } else if opts_out {
            self.counts.add("opt-outs");
        }
        let masked_text = EdgeEvent::Reply {
            account: account.name(),
            phone: &masked_number(&reply.from),
            text: &masked_text(written),
            opts_out: opts_out && phone.is_some(),
        };
        host.emit(&masked_text);
        Some(Verdict::Replied)
    }

    /// Whether a record was never seen before.
    async fn is_new_record(&self, context: &RecordContext<'_>, record: &[u8], host: &impl Host) -> Option<bool> {
        let key = self.config.keyring.object_name("r", &[context.account.name().as_bytes(), record]);
        match apply(host, &key, &Command::MarkRecord(context.record)).await? {
            Decision::IsNewRecord(is_news) => Some(is_news),
            _ => None,
        }
    }
}

fn records(account: &Account, batch: &InboundBatch, bytes: &[u8]) -> Vec<IngestRecord> {
    let read = match &batch.origin {
        Origin::Push { .. } => {
            let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            let query = core::str::from_utf8(&bytes[..at]).unwrap_or_default();
            Ok(account.read_push(query, bytes.get(at + 1..).unwrap_or_default()))
        }
        Origin::Pull { replies, status } => {
            let reply = WireReply { status: *status, body: bytes.to_vec() };
            account.read_pulled(operation(*replies), &reply)
        }
    };
    let read = match read {
        Ok(read) => read,
        // A vendor's rejection contains no record, unless there are numbers in it.
        Err(error) if error.code != Code::BadReply && !has_number(bytes) => return Vec::new(),
        Err(_) => return Vec::from([IngestRecord::Unread(bytes.to_vec())]),
    };
    let mut records: Vec<IngestRecord> = Vec::new();
    records.extend(read.reports.into_iter().map(|report| {
        let json = json_of(&report);
        IngestRecord::Report(report, json)
    }));
    records.extend(read.replies.into_iter().map(|reply| {
        let json = json_of(&reply);
        IngestRecord::Reply(reply, json)
    }));
    records.extend(read.unparsed.into_iter().map(IngestRecord::Unread));
    if records.len() > MAX_RECORDS {
        records.truncate(MAX_RECORDS);
        records.push(IngestRecord::Unread(bytes.to_vec()));
    }
    if records.is_empty() && matches!(batch.origin, Origin::Push { .. }) {
        records.push(IngestRecord::Unread(bytes.to_vec()));
    }
    records
}

/// A record in the format of webhooks and of the operator's routes.
fn json_of(record: &impl Serialize) -> String {
    // The record has only texts and flags, which can always be written.
    serde_json::to_string(record).unwrap_or_default()
}

/// The maximum number of records of a batch that are read: each leaves a row behind for a while.
const MAX_RECORDS: usize = 20_000;

/// Whether the bytes contain a phone number, masked or not.
fn has_number(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|run| run == b"****") || bytes.windows(7).any(|run| run.iter().all(u8::is_ascii_digit))
}

/// The operation that pulls these records.
pub(super) const fn operation(replies: bool) -> &'static str {
    if replies { "replies" } else { "reports" }
}

/// Whether a report means that a text is on its way: the states of SMPP that are not final, and liasmart's answer to a
/// send.
pub(super) fn is_underway(report: &ReportRecord) -> bool {
    let words = ["S", "SENT", "ACCEPTD", "ACCEPTED", "ENROUTE", "BUFFERED", "SUBMITTED", "PENDING"];
    !report.delivered && words.iter().any(|word| report.status.eq_ignore_ascii_case(word))
}

/// Why a text did not arrive, if its report explains it.
fn failure_of(report: &ReportRecord) -> Option<Explained> {
    match report.verdict {
        StatusMeaning::Failed(explained) if !report.delivered => Some(explained),
        _ => None,
    }
}

fn masked_number(number: &str) -> String {
    match Phone::parse(number) {
        Ok(phone) => phone.to_string(),
        // A number that the vendor masked, if it shows at most the three digits before and the four after.
        Err(_) if number.len() <= 20 && number.contains('*') => {
            let seen = number.bytes().filter(u8::is_ascii_digit).count();
            if seen <= 7 { number.into() } else { masked_text(number) }
        }
        Err(_) => String::new(),
    }
}

/// A text as an event may show it: its beginning, without numbers of four digits and more, which may be codes or
/// people's numbers, in any grouping.
fn masked_text(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().take(MAX_EVENT_CHARACTERS).collect();
    let joins =
        |character: &char| character.is_numeric() || matches!(character, ' ' | '-' | '.' | '(' | ')' | '*' | '\u{a0}');
    for run in characters.chunk_by_mut(|one, other| joins(one) == joins(other)) {
        if run.iter().filter(|character| character.is_numeric()).count() >= 4 {
            run.iter_mut().filter(|character| character.is_numeric()).for_each(|character| *character = '*');
        }
    }
    characters.into_iter().collect()
}

/// The maximum length of a text in an event, in characters.
const MAX_EVENT_CHARACTERS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_contain_no_number_and_no_code() {
        assert_eq!(masked_text("code 482915, 138 or 13812345678"), "code ******, 138 or ***********");
        assert_eq!((masked_text("１２３４").as_str(), masked_text("4 8 2 9-1 5").as_str()), ("****", "* * * *-* *"));
        assert_eq!(
            (masked_text("138 123 456 78").as_str(), masked_text(&"x".repeat(100)).len()),
            ("*** *** *** **", 80)
        );
        assert_eq!(masked_number("13812345678*"), "************");
        assert_eq!(
            (masked_number("+8613812345678").as_str(), masked_number("138****5678").as_str(), masked_number("1")),
            ("138****5678", "138****5678", String::new())
        );
    }
}
