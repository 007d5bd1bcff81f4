//! Attending to an account's queue: what waits is read, taken in, passed on and forgotten, and none of it twice.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::intake::{Record, records as read};
use crate::edge::onward::Passed;
use crate::guard::ledger::{Command, Decision};
use crate::receipts::mail::{Mail, Verdict};
use crate::receipts::queue::{Answer, Ask, Leave};

/// Records that are taken in and passed on at once: a worker may make a thousand calls for one request, and some only fifty.
const AT_ONCE: usize = 32;

impl Handler {
    /// Deals with what was pushed, after it was answered.
    pub async fn attend_after_push(&self, account: &str, host: &impl Host) {
        let is_its = |(known, _): &mut (String, Mail)| known == account;
        let answered: Vec<_> = self.answered.borrow_mut().extract_if(.., is_its).collect();
        if let Some(account) = self.account(account) {
            for (_, mail) in answered {
                self.deal_with_all(account, mail, AT_ONCE, host).await;
            }
        }
        self.keep_counts(host);
    }

    /// Deals with what waits for an account, until so many records were dealt with.
    pub(super) async fn attend(&self, account: &Account, records: usize, host: &impl Host) {
        let mut left = records;
        while left > 0 {
            let Some(Decision::Queue(Answer::Up(Some(mail), _))) =
                apply(host, &self.queue_of(account), &Command::Queue(Ask::TakeUp(self.config.retention_ms))).await
            else {
                return;
            };
            let Some(dealt) = self.deal_with_all(account, mail, left, host).await else { return };
            left = left.saturating_sub(dealt.max(1));
        }
    }

    /// Deals with a mail that nobody else deals with, until so many records were dealt with: how many were. Nothing where the
    /// store failed: then it is taken up again, and all of it is told the same.
    pub(super) async fn deal_with_all(
        &self,
        account: &Account,
        mut mail: Mail,
        records: usize,
        host: &impl Host,
    ) -> Option<usize> {
        let bytes = self.bytes_of(mail.id, &mail.body, host).await?;
        let all = read(account, &mail, &bytes);
        let mut dealt = 0;
        let ask = loop {
            let from = usize::try_from(mail.done).unwrap_or(usize::MAX).min(all.len());
            let verdicts = self.verdicts(account, &mail, &all, from, host).await?;
            let told = all.get(from..).unwrap_or_default().iter().zip(&verdicts);
            let Passed { count, failed, wait_ms } = self.pass_on(account, &mail, from, told, host).await;
            dealt += count;
            mail.done = u32::try_from(from + count).unwrap_or(u32::MAX);
            mail.verdicts = verdicts.get(count..).unwrap_or_default().to_vec();
            let left = Leave {
                done: mail.done,
                verdicts: mail.verdicts.clone(),
                failed,
                wait_ms: wait_ms.unwrap_or_default(),
            };
            if failed && wait_ms.is_none() {
                break Ask::GiveUp(mail.id);
            } else if wait_ms.is_some() {
                break Ask::Leave(mail.id, left);
            } else if from + count >= all.len() {
                break Ask::Finish(mail.id);
            } else if dealt >= records {
                break Ask::Leave(mail.id, left);
            }
        };
        if !matches!(ask, Ask::Leave(..)) {
            self.drop_apart(mail.id, &mail.body, host).await;
        }
        apply(host, &self.queue_of(account), &Command::Queue(ask)).await?;
        Some(dealt)
    }

    /// What is decided of the next records, where that was not decided before.
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
        Some(verdicts)
    }
}
