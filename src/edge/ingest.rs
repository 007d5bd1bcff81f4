//! Taking in what a vendor said: a report is matched to its text by its reference, a reply may refuse marketing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::client::{Account, push_reader};
use crate::edge::edge_event::EdgeEvent;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, apply};
use crate::edge::queue_store::BodyBytes;
use crate::edge::routing::EXCUSED;
use crate::error::Code;
use crate::guard::ledger::{Command, Decision};
use crate::guard::reach::CLOSED_MS;
use crate::otp::challenge::TextId;
use crate::otp::keyring::{Keyring, NumberKey};
use crate::otp::text_status::{DeliveryReport, RecordId, StatusChange};
use crate::phone::Phone;
use crate::receipts::delivery_stats::DeliveryCounts;
use crate::receipts::inbound::{InboundBatch, Origin, Verdict};
use crate::receipts::unmatched;
use crate::vendor::report::{ReplyRecord, ReportRecord};
use crate::wire::{WireReply, blank};

/// One thing that a vendor said.
pub(super) enum IngestRecord {
    /// A delivery report, and its JSON.
    Report(ReportRecord, String),
    /// A person's reply, and its JSON.
    Reply(ReplyRecord, String),
    /// Bytes that nobody can read.
    Unread(Vec<u8>),
}

/// A batch with its records, always in the same order.
pub(super) struct ParsedBatch<'a> {
    /// Whose it is.
    pub account: &'a Account,
    /// The batch.
    pub batch: &'a InboundBatch,
    records: Vec<IngestRecord>,
}

impl<'a> ParsedBatch<'a> {
    /// Reads the bytes of a batch. Of some that are not all there nothing is read.
    pub(super) fn new(account: &'a Account, batch: &'a InboundBatch, bytes: &BodyBytes) -> Self {
        // A push whose bytes are not all there was never answered: its vendor knows that it was not taken.
        let records = if bytes.is_whole { records(account, batch, &bytes.bytes) } else { Vec::new() };
        Self { account, batch, records }
    }

    /// How many records there are.
    pub(super) fn total(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    /// One of them.
    pub(super) fn record(&self, index: u32) -> Option<&IngestRecord> {
        self.records.get(usize::try_from(index).ok()?)
    }
}

/// A record that is taken in.
struct RecordContext<'a> {
    account: &'a Account,
    batch: &'a InboundBatch,
    record: RecordId,
}

impl IngestRecord {
    /// What it says.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Report(_, json) | Self::Reply(_, json) => json.as_bytes(),
            Self::Unread(bytes) => bytes,
        }
    }
}

impl ReceiptProcessor {
    /// Ingests a record, and decides whom it concerns; ingested again, it is decided alike. Nothing where the store failed.
    pub(super) async fn take_in(&self, opened: &ParsedBatch<'_>, index: u32, host: &impl Host) -> Option<Verdict> {
        let Some(record) = opened.record(index) else { return Some(Verdict::Known) };
        let &ParsedBatch { account, batch, .. } = opened;
        let taking = RecordContext { account, batch, source: RecordId { mail: batch.id, index } };
        let verdict = match record {
            IngestRecord::Report(report, json) => self.take_report(&taking, report, json, host).await?,
            IngestRecord::Reply(reply, json) => self.take_reply(&taking, reply, json, host).await?,
            IngestRecord::Unread(bytes) if self.is_new_record(&context, bytes, host).await? => {
                self.counts.add(&["receipts.unread.", account.name()].concat());
                host.emit(&EdgeEvent::Unread { account: account.name() });
                Verdict::Unread
            }
            IngestRecord::Unread(_) => Verdict::Ignored,
        };
        if matches!(verdict, Verdict::Unmatched | Verdict::Replied | Verdict::Unread) {
            let kept = unmatched::UnmatchedRecord::new(batch.id, index, batch.at, verdict, record.bytes());
            apply(host, &self.unmatched_key(account), &Command::StoreUnmatched(kept, self.config.retention_ms)).await?;
        }
        Some(verdict)
    }

    async fn take_report(
        &self,
        taking: &RecordContext<'_>,
        report: &ReportRecord,
        source: &str,
        host: &impl Host,
    ) -> Option<Verdict> {
        let account = context.account;
        let ReportRecord { status, to, delivered, .. } = report;
        let delivered = *delivered;
        if !delivered && is_underway(status) {
            return Some(Verdict::Ignored);
        }
        let read = report.verdict;
        let explained = if let crate::reason::Verdict::Failed(explained) = read { Some(explained) } else { None };
        let news = match self.text_of(taking.batch, &report.reference, to) {
            None => StatusChange::Unmatched,
            Some((id, number)) => {
                let named = report.id.as_deref();
                let reported = DeliveryReport {
                    source: taking.source,
                    account: hash(account.name()),
                    id: named.map(hash),
                    delivered,
                };
                let command = match explained {
                    Some(explained) if !delivered => {
                        let closed_ms =
                            if explained.is_certain && explained.reason.is_lasting() { CLOSED_MS } else { 0 };
                        Command::ReportFailure(id, reported, explained.reason as u8, closed_ms)
                    }
                    _ => Command::Report(id, reported),
                };
                match apply(host, &Keyring::number_object(&number), &command).await? {
                    Decision::News(news) => news,
                    _ => return None,
                }
            }
        };
        let verdict = match news {
            StatusChange::Yes(_) => Verdict::Reported,
            StatusChange::Stranger if self.is_news(taking, source.as_bytes(), host).await? => Verdict::Unmatched,
            StatusChange::Stranger | StatusChange::No => return Some(Verdict::Known),
        };
        let matched = verdict == Verdict::Reported;
        if let StatusChange::Yes(Some(carrier)) = news {
            // What the person's phone does says nothing of the account.
            let is_excused = !delivered && explained.is_some_and(|explained| explained.reason.excuses_account());
            let carrier = if is_excused { carrier | EXCUSED } else { carrier };
            let fates = DeliveryCounts {
                delivered: delivered.into(),
                failed: (!delivered).into(),
                ..DeliveryCounts::default()
            };
            self.tally(hash(account.name()), carrier, fates);
        }
        let word = match (matched, delivered) {
            (false, _) => "reports.unmatched.",
            (true, true) => "reports.delivered.",
            (true, false) => "reports.failed.",
        };
        self.counts.add(&[word, account.name()].concat());
        if let Some(explained) = explained.filter(|_| !delivered) {
            self.count(&["reasons.", explained.reason.as_str()].concat());
        }
        let (phone, status) = (masked_number(to), masked_text(status));
        host.tell(&EdgeEvent::Report {
            account: account.name(),
            phone: &phone,
            delivered,
            status: &status,
            told: read.told(),
            matched,
        });
        Some(verdict)
    }

    /// Which text a report is of, where its reference is one of ours and its number, where it has one, the text's.
    pub(super) fn text_of(&self, batch: &InboundBatch, reference: &str, to: &str) -> Option<(TextId, NumberKey)> {
        let keyring = &self.config.keyring;
        let made_for = if let Origin::Push { reference } = &batch.origin { reference.as_deref() } else { None };
        // An address that was made for one text says which it is, whatever is posted there.
        let reference = match made_for {
            Some(made_for) if reference.is_empty() || reference == made_for => made_for,
            Some(_) => return None,
            None => reference,
        };
        // A reference of ours holds no blank, whatever a vendor puts between its characters.
        let (text, number) = keyring.read_reference(&blank::removed(reference))?;
        let is_its = |phone: Phone| keyring.number_key(&phone) == number;
        Phone::parse(to).map_or(to.is_empty() || to.contains('*'), is_its).then_some((text, number))
    }

    async fn take_reply(
        &self,
        taking: &RecordContext<'_>,
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
            // Nobody can say whose it is: it is shown, and applied to nobody.
            self.counts.add("replies.masked");
        } else if opts_out {
            self.counts.add("opt-outs");
        }
        let masked_text = EdgeEvent::Reply {
            account: account.name(),
            phone: &masked(&reply.from),
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
            push_reader::read(account.vendor_name(), query, bytes.get(at + 1..).unwrap_or_default())
        }
        Origin::Pull { replies, status } => {
            let reply = WireReply { status: *status, body: bytes.to_vec() };
            account.read_pulled(operation(*replies), &reply)
        }
    };
    let read = match read {
        Ok(read) => read,
        // A vendor that refuses to tell has told nothing, unless there are numbers in it.
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

/// A record as webhooks and operators get it.
fn json_of(record: &impl Serialize) -> String {
    // Texts and flags can always be written.
    serde_json::to_string(record).unwrap_or_default()
}

/// Records of one mail that are read: each leaves a row behind for a while.
const MAX_RECORDS: usize = 20_000;

/// Whether there is a number in it, masked or not.
fn has_number(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|run| run == b"****") || bytes.windows(7).any(|run| run.iter().all(u8::is_ascii_digit))
}

/// What a vendor is asked for.
pub(super) const fn operation(replies: bool) -> &'static str {
    if replies { "replies" } else { "reports" }
}

/// Words for a text that is on its way: SMPP's states that are not final, and what a send of liasmart answers.
fn is_underway(status: &str) -> bool {
    let words = ["S", "SENT", "ACCEPTD", "ACCEPTED", "ENROUTE", "BUFFERED", "SUBMITTED", "PENDING"];
    words.iter().any(|word| status.eq_ignore_ascii_case(word))
}

fn masked_number(number: &str) -> String {
    match Phone::parse(number) {
        Ok(phone) => phone.to_string(),
        // As a vendor masks it: no more than the three digits before and the four after are seen.
        Err(_) if number.len() <= 20 && number.contains('*') => {
            let seen = number.bytes().filter(u8::is_ascii_digit).count();
            if seen <= 7 { number.into() } else { masked_text(number) }
        }
        Err(_) => String::new(),
    }
}

/// A text as an event may tell it: the beginning of it, without numbers of four digits and more, which are codes and people's
/// own, however they are grouped.
fn masked_text(text: &str) -> String {
    let mut signs: Vec<char> = text.chars().take(MAX_EVENT_CHARACTERS).collect();
    let joins = |sign: &char| sign.is_numeric() || matches!(sign, ' ' | '-' | '.' | '(' | ')' | '*' | '\u{a0}');
    for run in signs.chunk_by_mut(|one, other| joins(one) == joins(other)) {
        if run.iter().filter(|sign| sign.is_numeric()).count() >= 4 {
            run.iter_mut().filter(|sign| sign.is_numeric()).for_each(|sign| *sign = '*');
        }
    }
    signs.into_iter().collect()
}

/// The signs of a text that an event tells at most.
const MAX_EVENT_CHARACTERS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_show_no_number_and_no_code() {
        assert_eq!(told("code 482915, 138 or 13812345678"), "code ******, 138 or ***********");
        assert_eq!((told("１２３４").as_str(), told("4 8 2 9-1 5").as_str()), ("****", "* * * *-* *"));
        assert_eq!((told("138 123 456 78").as_str(), told(&"x".repeat(100)).len()), ("*** *** *** **", 80));
        assert_eq!(masked("13812345678*"), "************");
        assert_eq!(
            (masked_number("+8613812345678").as_str(), masked_number("138****5678").as_str(), masked_number("1")),
            ("138****5678", "138****5678", String::new())
        );
    }
}
