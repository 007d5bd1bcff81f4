//! Attending to an account's queue: what waits is read, taken in, passed on and forgotten, and none of it twice.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::intake::records as read;
use crate::edge::onward::Passed;
use crate::edge::webhook::wait_ms;
use crate::guard::ledger::{Command, Decision};
use crate::receipts::mail::{Mail, Verdict};
use crate::receipts::queue::{Answer, Ask, Leave};

/// Records that are taken in and passed on at once: a worker may make a thousand calls for one request, and some only fifty.
const AT_ONCE: usize = 32;
/// How long one mail is dealt with at once, in milliseconds: a worker lives for thirty seconds after its answer.
const LONGEST_MS: i64 = 15_000;
/// Mails in a row that the store does not let be dealt with, before all of them are left for later.
const FAILURES: usize = 4;

impl Handler {
    /// Deals with what was pushed, after it was answered.
    pub async fn attend_after_push(&self, account: &str, host: &impl Host) {
        let is_its = |(known, _): &mut (String, Mail)| known == account;
        let answered: Vec<_> = self.answered.borrow_mut().extract_if(.., is_its).collect();
        if let Some(account) = self.account(account) {
            for (_, mail) in answered {
                self.deal_with(account, mail, AT_ONCE, host).await;
            }
        }
        self.keep_counts(host);
    }

    /// Deals with what waits for an account, until so many records were dealt with.
    pub(super) async fn attend(&self, account: &Account, records: usize, host: &impl Host) {
        let mut left = records;
        let mut failures = 0;
        while left > 0 && failures < FAILURES {
            let take_up = Command::Queue(Ask::TakeUp(self.config.retention_ms));
            let Some(Decision::Queue(Answer::Up(mail, dropped))) = apply(host, &self.queue_of(account), &take_up).await
            else {
                return;
            };
            self.drop_all(&dropped, host).await;
            let Some(mail) = mail else { return };
            match self.deal_with(account, mail, left, host).await {
                Some(dealt) => left = left.saturating_sub(dealt.max(1)),
                // What is under one key may be broken, and the next under another.
                None => failures += 1,
            }
        }
    }

    /// Deals with a mail that was taken up, until so many records were dealt with: how many were. All that it says is taken in
    /// first, whether or not anybody takes what is passed on. Nothing where the store failed: then it waits.
    pub(super) async fn deal_with(
        &self,
        account: &Account,
        mail: Mail,
        records: usize,
        host: &impl Host,
    ) -> Option<usize> {
        let begun = host.now();
        let bytes = self.bytes_of(mail.id, &mail.body, host).await?;
        // A push whose bytes are not all there was never answered: its vendor knows that it was not taken.
        let all = if bytes.is_whole { read(account, &mail, &bytes.bytes) } else { Vec::new() };
        let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
        // Whoever was too slow has lost it to somebody else.
        let goes_on =
            |dealt: usize, now: i64| dealt < records && now.saturating_sub(begun) < LONGEST_MS && now < mail.due;
        let (mut taken, mut dealt, mut given_up, mut stopped) = (mail.taken, 0, 0, None);
        let mut verdicts = Vec::new();
        while taken < total && stopped.is_none() && goes_on(dealt, host.now()) {
            if let Some(verdict) = self.take_in(account, &mail, taken, &all, true, host).await {
                verdicts.push(verdict);
                taken += 1;
                dealt += 1;
                continue;
            }
            stopped = wait_ms(if taken == mail.taken { mail.attempts } else { 0 });
            if stopped.is_none() {
                // It could not be taken in for more than a day, whatever is wrong with it.
                self.count("receipts.given-up");
                given_up += 1;
                verdicts.push(Verdict::Known);
                taken += 1;
            }
        }
        let (mut done, mut queued) = (mail.done, mail.queued);
        let mut wait = 0;
        while done < taken && stopped.is_none() && goes_on(dealt.saturating_sub(1), host.now()) {
            let fresh = done.checked_sub(mail.taken).and_then(|at| verdicts.get(usize::try_from(at).ok()?)).copied();
            let verdict = match fresh {
                None => self.take_in(account, &mail, done, &all, false, host).await,
                known => known,
            };
            let passed = match verdict {
                Some(verdict) => self.pass_on(account, &mail, done, &all, verdict, &mut queued, host).await,
                // What it says cannot be decided again: it is tried and given up as what nobody takes.
                None => Passed::No,
            };
            let attempts = if done == mail.done { mail.attempts } else { 0 };
            match passed {
                Passed::On => {}
                Passed::NotNow(wait_ms) => {
                    wait = wait_ms;
                    break;
                }
                Passed::No => {
                    if let Some(wait_ms) = wait_ms(attempts) {
                        stopped = Some(wait_ms);
                        break;
                    }
                    self.tell_given_up(account, host);
                    given_up += 1;
                }
            }
            done += 1;
            queued = false;
            if fresh.is_none() {
                dealt += 1;
            }
        }
        let ask = if done >= total {
            self.drop_apart(mail.id, &mail.body, host).await;
            Ask::Finish(mail.id, given_up)
        } else {
            let (failed, wait_ms) = (stopped.is_some(), stopped.unwrap_or(wait));
            Ask::Leave(mail.id, Leave { taken, read: taken >= total, done, given_up, queued, failed, wait_ms })
        };
        apply(host, &self.queue_of(account), &Command::Queue(ask)).await?;
        Some(dealt)
    }
}
