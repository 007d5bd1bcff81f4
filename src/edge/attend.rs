//! Attending to an account's queue: what waits is read, taken in, passed on and forgotten, and none of it twice.

use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::intake::{Record, records};
use crate::guard::ledger::{Command, Decision};
use crate::receipts::mail::{Mail, Verdict};
use crate::receipts::queue::{Answer, Ask};

/// Records that are taken in and passed on at once: a worker may make a thousand calls for one request, and some only fifty.
const AT_ONCE: usize = 32;

impl Handler {
    /// Deals with what waits for an account, after one of its pushes was answered.
    pub async fn attend_after_push(&self, account: &str, host: &impl Host) {
        if let Some(account) = self.account(account) {
            self.attend(account, AT_ONCE, host).await;
        }
        self.keep_counts(host);
    }

    /// Deals with what waits for an account, until so many records were dealt with.
    pub(super) async fn attend(&self, account: &Account, records: usize, host: &impl Host) {
        let queue = self.queue_of(account);
        let mut left = records;
        while left > 0 {
            let Some(Decision::Queue(Answer::Up(Some(mail), _))) =
                apply(host, &queue, &Command::Queue(Ask::TakeUp(self.config.retention_ms))).await
            else {
                return;
            };
            let Some((ask, dealt)) = self.deal_with(account, &mail, host).await else { return };
            // What is lost here is taken up again, and told the same.
            let Some(_) = apply(host, &queue, &Command::Queue(ask)).await else { return };
            left = left.saturating_sub(dealt.max(1));
        }
    }

    /// Deals with some of a mail: what is to be said to the queue of it, and how many records it was. Nothing where the store
    /// failed or nobody takes what is passed on: then it waits.
    async fn deal_with(&self, account: &Account, mail: &Mail, host: &impl Host) -> Option<(Ask, usize)> {
        let bytes = self.bytes_of(mail.id, &mail.body, host).await?;
        let records = records(account, mail, &bytes);
        let from = usize::try_from(mail.done).unwrap_or(usize::MAX).min(records.len());
        let verdicts = self.verdicts(account, mail, &records, from, host).await?;
        let dealt = verdicts.len();
        let told = records.get(from..).unwrap_or_default().iter().zip(&verdicts);
        let passed = self.pass_on(account, mail, from, told, host).await?;
        let done = from + passed;
        Some(if passed < dealt {
            let wait_ms = self.failed_to_pass_on(account, mail, host);
            if passed > 0 {
                let advance = Ask::Advance(mail.id, u32::try_from(done).unwrap_or(u32::MAX));
                apply(host, &self.queue_of(account), &Command::Queue(advance)).await?;
            }
            if let Some(wait_ms) = wait_ms {
                (Ask::Postpone(mail.id, wait_ms), passed)
            } else {
                self.drop_apart(mail.id, &mail.body, host).await;
                (Ask::GiveUp(mail.id), passed)
            }
        } else if done < records.len() {
            (Ask::Advance(mail.id, u32::try_from(done).unwrap_or(u32::MAX)), dealt)
        } else {
            self.drop_apart(mail.id, &mail.body, host).await;
            (Ask::Finish(mail.id), dealt)
        })
    }

    /// What is decided of the next records, kept where somebody is to be told: whoever is stopped while they tell decides
    /// nothing anew.
    async fn verdicts(
        &self,
        account: &Account,
        mail: &Mail,
        records: &[Record],
        from: usize,
        host: &impl Host,
    ) -> Option<Vec<Verdict>> {
        if !mail.verdicts.is_empty() {
            return Some(mail.verdicts.clone());
        }
        let mut verdicts = Vec::new();
        for (index, record) in records.iter().enumerate().skip(from).take(AT_ONCE) {
            verdicts.push(self.take_in(account, mail, index, record, host).await?);
        }
        if self.passes_on() && verdicts.iter().any(|verdict| *verdict != Verdict::Known) {
            let note = Command::Queue(Ask::Note(mail.id, verdicts.clone()));
            apply(host, &self.queue_of(account), &note).await?;
        }
        Some(verdicts)
    }
}
