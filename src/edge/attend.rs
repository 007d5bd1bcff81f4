//! Attending to an account's queue: what waits is read, taken in, passed on and forgotten, and none of it twice.

use alloc::string::String;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply};
use crate::edge::intake::Opened;
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

    /// Deals with a mail that was taken up, until so many records were dealt with: how many were. Nothing where the store failed:
    /// then it waits.
    async fn deal_with(&self, account: &Account, mail: Mail, records: usize, host: &impl Host) -> Option<usize> {
        let begun = host.now();
        let bytes = self.bytes_of(mail.id, &mail.body, host).await?;
        self.deal_with_opened(&Opened::new(account, &mail, &bytes), records, begun, host).await
    }

    /// The same with one that was opened. All that it says is taken in first, whether or not anybody takes what is passed on.
    pub(super) async fn deal_with_opened(
        &self,
        opened: &Opened<'_>,
        records: usize,
        begun: i64,
        host: &impl Host,
    ) -> Option<usize> {
        let &Opened { account, mail, .. } = opened;
        let mut dealing = Dealing::new(opened, records, begun);
        self.take_all_in(&mut dealing, host).await;
        self.pass_all_on(&mut dealing, host).await;
        let ask = if dealing.done >= opened.total() {
            self.drop_apart(mail.id, &mail.body, host).await;
            Ask::Finish(mail.id, dealing.given_up)
        } else {
            Ask::Leave(mail.id, dealing.left())
        };
        apply(host, &self.queue_of(account), &Command::Queue(ask)).await?;
        Some(dealing.dealt)
    }

    async fn take_all_in(&self, dealing: &mut Dealing<'_>, host: &impl Host) {
        let opened = dealing.opened;
        while dealing.taken < opened.total() && dealing.goes_on(dealing.dealt, host.now()) {
            let verdict = self.take_in(opened, dealing.taken, true, host).await;
            if verdict.is_some() {
                dealing.dealt += 1;
            } else {
                if dealing.try_later(dealing.taken == opened.mail.taken) {
                    return;
                }
                // It could not be taken in for more than a day, whatever is wrong with it.
                self.count("receipts.given-up");
                dealing.given_up += 1;
            }
            dealing.verdicts.push(verdict.unwrap_or(Verdict::Known));
            dealing.taken += 1;
        }
    }

    async fn pass_all_on(&self, dealing: &mut Dealing<'_>, host: &impl Host) {
        let opened = dealing.opened;
        // What was the last to be taken in is passed on all the same.
        while dealing.done < dealing.taken && dealing.goes_on(dealing.dealt.saturating_sub(1), host.now()) {
            let fresh = dealing.verdict();
            let verdict = match fresh {
                None => self.take_in(opened, dealing.done, false, host).await,
                known => known,
            };
            let passed = match verdict {
                Some(verdict) => self.pass_on(opened, dealing.done, verdict, &mut dealing.queued, host).await,
                // What it says cannot be decided again: it is tried and given up as what nobody takes.
                None => Passed::No,
            };
            match passed {
                Passed::On => {}
                Passed::NotNow(wait_ms) => {
                    dealing.pause = Some(Pause { failed: false, wait_ms });
                    return;
                }
                Passed::No => {
                    if dealing.try_later(dealing.done == opened.mail.done) {
                        return;
                    }
                    self.tell_given_up(opened.account, host);
                    dealing.given_up += 1;
                }
            }
            dealing.done += 1;
            dealing.queued = false;
            if fresh.is_none() {
                dealing.dealt += 1;
            }
        }
    }
}

/// A mail that is dealt with, and how far that has come.
struct Dealing<'a> {
    opened: &'a Opened<'a>,
    /// Records that are dealt with at most.
    most: usize,
    /// Since when, in milliseconds since 1970.
    begun: i64,
    taken: u32,
    done: u32,
    /// Whether the queue has the next one already.
    queued: bool,
    /// What was decided of those that were taken in just now.
    verdicts: Vec<Verdict>,
    dealt: usize,
    given_up: u32,
    /// Why it goes on no more.
    pause: Option<Pause>,
}

/// How long a mail waits, in milliseconds, and whether because its next record could not be taken in or passed on.
struct Pause {
    failed: bool,
    wait_ms: i64,
}

impl<'a> Dealing<'a> {
    const fn new(opened: &'a Opened<'a>, most: usize, begun: i64) -> Self {
        let &Mail { taken, done, queued, .. } = opened.mail;
        let verdicts = Vec::new();
        Self { opened, most, begun, taken, done, queued, verdicts, dealt: 0, given_up: 0, pause: None }
    }

    /// Whether there is room and time for another record. Whoever was too slow has lost the mail to somebody else.
    fn goes_on(&self, dealt: usize, now: i64) -> bool {
        let is_timely = now.saturating_sub(self.begun) < LONGEST_MS && now < self.opened.mail.due;
        self.pause.is_none() && dealt < self.most && is_timely
    }

    /// What was decided of the next one to be passed on, where that was just now.
    fn verdict(&self) -> Option<Verdict> {
        let at = self.done.checked_sub(self.opened.mail.taken)?;
        self.verdicts.get(usize::try_from(at).ok()?).copied()
    }

    /// Leaves a record that failed for later, unless it was tried for too long. The attempts that a mail counts were all at its
    /// `first`: where it was left.
    fn try_later(&mut self, first: bool) -> bool {
        let attempts = if first { self.opened.mail.attempts } else { 0 };
        self.pause = wait_ms(attempts).map(|wait_ms| Pause { failed: true, wait_ms });
        self.pause.is_some()
    }

    /// How the mail is left.
    fn left(&self) -> Leave {
        let &Self { taken, done, given_up, queued, .. } = self;
        let read = taken >= self.opened.total();
        let (failed, wait_ms) = self.pause.as_ref().map_or((false, 0), |pause| (pause.failed, pause.wait_ms));
        Leave { taken, read, done, given_up, queued, failed, wait_ms }
    }
}
