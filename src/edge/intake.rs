//! Taking in what a vendor said: a report is matched to its text by its reference, a reply may refuse marketing.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::client::{Account, push};
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, apply};
use crate::error::Code;
use crate::guard::ledger::{Command, Decision};
use crate::otp::challenge::TextId;
use crate::otp::keyring::{Keyring, NumberKey};
use crate::otp::receipt::{News, Reported};
use crate::phone::Phone;
use crate::receipts::kept;
use crate::receipts::mail::{Came, Mail, Verdict};
use crate::receipts::tally::Fates;
use crate::wire::WireReply;
use crate::wire::json::{self, Json};
use crate::wire::percent;

/// One thing that a vendor said.
pub(super) enum Record {
    /// A report, as JSON.
    Report(String),
    /// A reply, as JSON.
    Reply(String),
    /// Bytes that nobody can read.
    Unread(Vec<u8>),
}

impl Record {
    /// What it says.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Report(json) | Self::Reply(json) => json.as_bytes(),
            Self::Unread(bytes) => bytes,
        }
    }
}

impl Handler {
    /// Takes a record in, and decides whom it concerns. Taken in again by the same mail, it is decided alike. Nothing where the
    /// store failed.
    pub(super) async fn take_in(
        &self,
        account: &Account,
        mail: &Mail,
        index: usize,
        record: &Record,
        host: &impl Host,
    ) -> Option<Verdict> {
        let verdict = match record {
            Record::Report(json) => self.take_report(account, mail, json, host).await?,
            Record::Reply(json) => self.take_reply(account, mail, json, host).await?,
            Record::Unread(bytes) => {
                if self.is_news(account, mail, bytes, host).await? {
                    self.count(&["receipts.unread.", account.name()].concat());
                    host.tell(&Event::Unread { account: account.name() });
                    Verdict::Unread
                } else {
                    Verdict::Known
                }
            }
        };
        if matches!(verdict, Verdict::Unmatched | Verdict::Replied | Verdict::Unread) {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let kept = kept::Record::new(mail.id, index, mail.at, verdict, record.bytes());
            apply(host, &self.kept_of(account), &Command::Keep(kept, self.config.retention_ms)).await?;
        }
        Some(verdict)
    }

    async fn take_report(&self, account: &Account, mail: &Mail, source: &str, host: &impl Host) -> Option<Verdict> {
        let json = json::parse(source.as_bytes()).ok();
        let text = |name: &str| json.as_ref().and_then(|json| json.text_of(name)).unwrap_or_default();
        let (status, to) = (text("status"), text("to"));
        let delivered =
            json.as_ref().and_then(|json| json.member("delivered")).is_some_and(|it| it.source() == b"true");
        if !delivered && is_underway(status) {
            return Some(Verdict::Known);
        }
        let news = match self.text_of(mail, text("ref"), to) {
            None => News::Stranger,
            Some((id, number)) => {
                let named = Some(text("id")).filter(|id| !id.is_empty());
                let reported =
                    Reported { mail: mail.id, account: hash(account.name()), id: named.map(hash), delivered };
                match apply(host, &Keyring::number_object(&number), &Command::Report(id, reported)).await? {
                    Decision::News(news) => news,
                    _ => return None,
                }
            }
        };
        let verdict = match news {
            News::Yes(_) => Verdict::Reported,
            News::Stranger if self.is_news(account, mail, source.as_bytes(), host).await? => Verdict::Unmatched,
            News::Stranger | News::No => return Some(Verdict::Known),
        };
        let matched = verdict == Verdict::Reported;
        if let News::Yes(Some(carrier)) = news {
            let fates = Fates { delivered: delivered.into(), failed: (!delivered).into(), ..Fates::default() };
            self.tally(hash(account.name()), carrier, fates);
        }
        let word = match (matched, delivered) {
            (false, _) => "reports.unmatched.",
            (true, true) => "reports.delivered.",
            (true, false) => "reports.failed.",
        };
        self.count(&[word, account.name()].concat());
        let phone = masked(to);
        host.tell(&Event::Report { account: account.name(), phone: &phone, delivered, status, matched });
        Some(verdict)
    }

    /// Which text a report is of, where its reference is one of ours and its number, where it has one, the text's.
    pub(super) fn text_of(&self, mail: &Mail, reference: &str, to: &str) -> Option<(TextId, NumberKey)> {
        let keyring = &self.config.keyring;
        let made_for = if let Came::Pushed { reference } = &mail.came { reference.as_deref() } else { None };
        // An address that was made for one text says which it is, whatever is posted there.
        let reference = match made_for {
            Some(made_for) if reference.is_empty() || reference == made_for => made_for,
            Some(_) => return None,
            None => reference,
        };
        let (text, number) = keyring.read_reference(reference)?;
        let is_its = |phone: Phone| keyring.number_key(&phone) == number;
        Phone::parse(to).map_or(to.is_empty() || to.contains('*'), is_its).then_some((text, number))
    }

    async fn take_reply(&self, account: &Account, mail: &Mail, source: &str, host: &impl Host) -> Option<Verdict> {
        let json = json::parse(source.as_bytes()).ok();
        let text = |name: &str| json.as_ref().and_then(|json| json.text_of(name)).unwrap_or_default();
        let written = text("text");
        let phone = Phone::parse(text("from")).ok();
        let opts_out = opts_out(written);
        if let (Some(phone), true) = (&phone, opts_out) {
            let number = Keyring::number_object(&self.config.keyring.number_key(phone));
            apply(host, &number, &Command::OptOut(true)).await?;
        }
        if !self.is_news(account, mail, source.as_bytes(), host).await? {
            return Some(Verdict::Known);
        }
        self.count(&["replies.", account.name()].concat());
        if phone.is_none() {
            // Nobody can say whose it is: it is shown, and applied to nobody.
            self.count("replies.masked");
        } else if opts_out {
            self.count("opt-outs");
        }
        let told = Event::Reply {
            account: account.name(),
            phone: &masked(text("from")),
            text: &without_numbers(written),
            opts_out: opts_out && phone.is_some(),
        };
        host.tell(&told);
        Some(Verdict::Replied)
    }

    /// Whether a record was never seen before.
    async fn is_news(&self, account: &Account, mail: &Mail, record: &[u8], host: &impl Host) -> Option<bool> {
        let key = self.config.keyring.object("r", &[account.name().as_bytes(), record]);
        match apply(host, &key, &Command::IsNews(mail.id)).await? {
            Decision::IsNews(is_news) => Some(is_news),
            _ => None,
        }
    }
}

/// What a mail says, always in the same order.
pub(super) fn records(account: &Account, mail: &Mail, bytes: &[u8]) -> Vec<Record> {
    let read = match &mail.came {
        Came::Pushed { .. } => {
            let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            let query = core::str::from_utf8(&bytes[..at]).unwrap_or_default();
            push::read(account.vendor_name(), query, bytes.get(at + 1..).unwrap_or_default())
        }
        Came::Pulled { replies, status } => {
            let reply = WireReply { status: *status, body: bytes.to_vec() };
            account.read_pulled(operation(*replies), &reply)
        }
    };
    let json = match read {
        Ok(json) => json,
        // A vendor that refuses to tell has told nothing.
        Err(error) if error.code != Code::BadReply => return Vec::new(),
        Err(_) => return Vec::from([Record::Unread(bytes.to_vec())]),
    };
    let mut records = Vec::new();
    if let Ok(document) = json::parse(json.as_bytes()) {
        let source = |record: &Json<'_>| String::from_utf8_lossy(record.source()).into_owned();
        let mut each = |name: &str, make: &dyn Fn(&Json<'_>) -> Record| {
            records.extend(document.member(name).and_then(Json::list).unwrap_or_default().iter().map(make));
        };
        each("reports", &|record| Record::Report(source(record)));
        each("replies", &|record| Record::Reply(source(record)));
        let replies = matches!(mail.came, Came::Pulled { replies: true, .. });
        each("items", &|record| {
            if replies { Record::Reply(source(record)) } else { Record::Report(source(record)) }
        });
        let decoded = |record: &Json<'_>| percent::decode(record.string().unwrap_or_default().as_bytes());
        each("unparsed", &|record| Record::Unread(decoded(record).unwrap_or_default()));
    }
    if records.is_empty() && matches!(mail.came, Came::Pushed { .. }) {
        records.push(Record::Unread(bytes.to_vec()));
    }
    records
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

/// Whether a reply refuses marketing: 回T退订 and 回TD退订 are what texts must offer.
fn opts_out(text: &str) -> bool {
    let folded = text.chars().filter(|sign| sign.is_alphanumeric()).map(|sign| match sign {
        'Ｔ' | 'ｔ' | 't' => 'T',
        'Ｄ' | 'ｄ' | 'd' => 'D',
        other => other,
    });
    matches!(folded.collect::<String>().as_str(), "T" | "TD" | "退订" | "T退订" | "TD退订" | "退订T" | "退订TD")
}

fn masked(number: &str) -> String {
    match Phone::parse(number) {
        Ok(phone) => phone.to_string(),
        Err(_) if number.contains('*') => number.to_owned(),
        Err(_) => String::new(),
    }
}

/// A text without numbers of four digits and more: codes, and people's own.
fn without_numbers(text: &str) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    for run in signs.chunk_by_mut(|one, other| one.is_numeric() == other.is_numeric()) {
        if run.len() >= 4 && run[0].is_numeric() {
            run.fill('*');
        }
    }
    signs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_who_wants_no_marketing() {
        for text in ["TD", "td", " T ", "退订", "ＴＤ", "TD。", "TD退订", "T 退订", "“退订”"] {
            assert!(opts_out(text), "{text}");
        }
        for text in ["", "TDD", "不退订", "好的", "1", "TD 123456", "退"] {
            assert!(!opts_out(text), "{text}");
        }
    }

    #[test]
    fn events_show_no_number_and_no_code() {
        assert_eq!(without_numbers("code 482915, 138 or 13812345678"), "code ******, 138 or ***********");
        assert_eq!(without_numbers("１２３４"), "****");
        assert_eq!(
            (masked("+8613812345678").as_str(), masked("138****5678").as_str(), masked("1")),
            ("138****5678", "138****5678", String::new())
        );
    }
}
