//! [`Queue`]: the mails of one account that are not dealt with yet, and who pulls for it.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::receipt::MailId;
use crate::receipts::mail::{Body, Mail, Verdict};

/// Mails that wait at most.
pub const MOST: usize = 1024;
/// Bytes that those of them which lie here take at most, so that a store with values of 64 KiB holds them and what else there is.
const LONGEST: usize = 24 * 1024;
/// How long what a lost puller left behind can be found, in milliseconds: a week.
const LEFT_BEHIND_MS: i64 = 7 * 86_400_000;
/// How long one that was taken up is left to whoever took it, in milliseconds.
pub const TAKEN_UP_MS: i64 = 60_000;

/// What is stored for an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The latest time that was seen: time never runs back.
    clock: i64,
    mails: Vec<Mail>,
    /// Who pulls.
    lease: Option<Lease>,
    /// How many were given up unread or not passed on.
    given_up: u32,
    /// When the last of them is, in milliseconds since 1970.
    until: i64,
}

/// Somebody who is the only one to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who.
    pub who: u64,
    /// The mail that they are about to pull.
    pub mail: MailId,
    /// Whether it is to hold replies, or else reports.
    pub replies: bool,
    /// Until when nobody else may pull, in milliseconds since 1970.
    until: i64,
}

/// What a queue is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Takes a mail in, and keeps it for so many milliseconds at most.
    Put(Mail, i64),
    /// Takes one up that is due, of those that are no older than so many milliseconds: older ones are given up.
    TakeUp(i64),
    /// It is left for now.
    Leave(MailId, Leave),
    /// It was dealt with.
    Finish(MailId),
    /// It is given up.
    GiveUp(MailId),
    /// Somebody wants to be the only one who pulls, for so many milliseconds; who is so already may go on.
    Lease {
        /// Who.
        who: u64,
        /// The mail that they are about to pull.
        mail: MailId,
        /// Whether it is to hold replies, or else reports.
        replies: bool,
        /// For how many milliseconds.
        for_ms: i64,
    },
    /// They pull no more.
    Return(u64),
    /// Blots digits out of all that lies here.
    Blot(Vec<u8>),
    /// How it stands.
    Look,
}

/// How a mail is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// How many of its records were dealt with in all.
    pub done: u32,
    /// What was decided of those that follow, as far as it was.
    pub verdicts: Vec<Verdict>,
    /// Whether the next one could not be passed on.
    pub failed: bool,
    /// How long it is left, in milliseconds.
    pub wait_ms: i64,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was taken in.
    Taken,
    /// Its body must lie apart.
    Apart,
    /// There is no room, and nothing that could be given up.
    Full,
    /// This one was taken up, or there is none. How many more are due.
    Up(Option<Mail>, u32),
    /// They are the only one. Whoever was so before and was lost may have left this behind.
    Leased(Option<Lease>),
    /// Another is.
    Busy,
    /// How it stands.
    Seen(Seen),
    /// Nothing more is to be said.
    Done,
}

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How many wait.
    pub waiting: u32,
    /// Since when the oldest does, in milliseconds since 1970.
    pub since: Option<i64>,
    /// The most attempts at one.
    pub attempts: u32,
    /// How many were given up.
    pub given_up: u32,
    /// Those whose bytes lie apart, and under how many keys.
    pub apart: Vec<(MailId, u16)>,
}

impl Queue {
    /// Answers.
    pub fn answer(&mut self, ask: Ask, now: i64) -> Answer {
        let now = self.clock.max(now);
        // A mere question leaves everything as it is.
        if !matches!(ask, Ask::TakeUp(_) | Ask::Look | Ask::Blot(_)) {
            self.clock = now;
        }
        match ask {
            Ask::Put(mail, kept_ms) => return self.put(mail, kept_ms, now),
            Ask::TakeUp(kept_ms) => return self.take_up(kept_ms, now),
            Ask::Leave(id, left) => {
                if let Some(mail) = self.mails.iter_mut().find(|mail| mail.id == id) {
                    (mail.done, mail.verdicts) = (left.done, left.verdicts);
                    mail.attempts = mail.attempts.saturating_add(left.failed.into());
                    mail.due = now.saturating_add(left.wait_ms);
                }
            }
            Ask::Finish(id) => self.mails.retain(|mail| mail.id != id),
            Ask::GiveUp(id) => {
                let before = self.mails.len();
                self.mails.retain(|mail| mail.id != id);
                self.give_up(before - self.mails.len());
            }
            Ask::Lease { who, mail, replies, for_ms } => {
                if self.lease.is_some_and(|known| known.who != who && known.until > now) {
                    return Answer::Busy;
                }
                let until = now.saturating_add(for_ms);
                // Kept for longer: whoever comes next is to hear of it.
                self.until = self.until.max(until.saturating_add(LEFT_BEHIND_MS));
                let before = self.lease.replace(Lease { who, mail, replies, until });
                return Answer::Leased(before.filter(|before| before.who != who));
            }
            Ask::Return(who) => {
                self.lease.take_if(|known| known.who == who);
            }
            Ask::Blot(digits) => self.mails.iter_mut().for_each(|mail| {
                if let Body::Here(bytes) = &mut mail.body {
                    blot(bytes, &digits);
                }
            }),
            Ask::Look => return Answer::Seen(self.seen()),
        }
        Answer::Done
    }

    fn put(&mut self, mail: Mail, kept_ms: i64, now: i64) -> Answer {
        self.forget(kept_ms, now);
        if self.mails.iter().any(|known| known.id == mail.id) {
            return Answer::Taken;
        }
        let size: usize = self.mails.iter().map(Mail::size).sum();
        if matches!(mail.body, Body::Here(_)) && size + mail.size() > LONGEST {
            return Answer::Apart;
        }
        if self.mails.len() >= MOST {
            // What was taken in and only waits for somebody who does not take it is worth less than what nobody has read.
            let taken_in = |known: &Mail| known.attempts > 0 || !known.verdicts.is_empty();
            let Some(passed) = self.mails.iter().position(taken_in) else { return Answer::Full };
            self.mails.remove(passed);
            self.give_up(1);
        }
        self.until = self.until.max(mail.at.max(now).saturating_add(kept_ms));
        self.mails.push(mail);
        Answer::Taken
    }

    fn forget(&mut self, kept_ms: i64, now: i64) {
        let before = self.mails.len();
        self.mails.retain(|known| known.at.saturating_add(kept_ms) > now);
        self.give_up(before - self.mails.len());
    }

    fn take_up(&mut self, kept_ms: i64, now: i64) -> Answer {
        self.forget(kept_ms, now);
        let due = self.mails.iter_mut().filter(|mail| mail.due <= now);
        // Those that were never tried first: one that nobody takes must not hold up the rest.
        let next = due.min_by_key(|mail| (mail.attempts, mail.due)).map(|mail| {
            mail.due = now.saturating_add(TAKEN_UP_MS);
            mail.clone()
        });
        if next.is_some() {
            self.clock = now;
        }
        let more = self.mails.iter().filter(|mail| mail.due <= now).count();
        Answer::Up(next, u32::try_from(more).unwrap_or(u32::MAX))
    }

    fn give_up(&mut self, mails: usize) {
        self.given_up = self.given_up.saturating_add(u32::try_from(mails).unwrap_or(u32::MAX));
    }

    fn seen(&self) -> Seen {
        let apart = self.mails.iter().filter_map(|mail| match mail.body {
            Body::Apart(pieces) => Some((mail.id, pieces)),
            Body::Here(_) => None,
        });
        Seen {
            waiting: u32::try_from(self.mails.len()).unwrap_or(u32::MAX),
            since: self.mails.iter().map(|mail| mail.at).min(),
            attempts: self.mails.iter().map(|mail| mail.attempts).max().unwrap_or_default(),
            given_up: self.given_up,
            apart: apart.collect(),
        }
    }

    /// When nothing of it is of interest any more.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.until
    }
}

/// Blots every occurrence of digits out, and tells whether there was one.
pub fn blot(bytes: &mut [u8], digits: &[u8]) -> bool {
    if digits.is_empty() {
        return false;
    }
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(digits.len()).position(|window| window == digits) {
        bytes[from + at..from + at + digits.len()].fill(b'*');
        from += at + digits.len();
    }
    from > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::mail::Came;

    const DAY_MS: i64 = 86_400_000;

    fn mail(id: MailId, bytes: &[u8]) -> Mail {
        Mail { due: 0, ..Mail::new(id, Came::Pushed { reference: None }, 0, Body::Here(bytes.to_vec())) }
    }

    fn left(wait_ms: i64) -> Leave {
        Leave { done: 0, verdicts: Vec::new(), failed: true, wait_ms }
    }

    fn put(queue: &mut Queue, mail: Mail, now: i64) -> Answer {
        queue.answer(Ask::Put(mail, DAY_MS), now)
    }

    fn up(queue: &mut Queue, now: i64) -> Option<MailId> {
        match queue.answer(Ask::TakeUp(DAY_MS), now) {
            Answer::Up(mail, _) => mail.map(|mail| mail.id),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_that_was_taken_up_and_lost_is_taken_up_again() {
        let mut queue = Queue::default();
        assert_eq!(
            (put(&mut queue, mail(1, b"a"), 0), put(&mut queue, mail(1, b"a"), 0)),
            (Answer::Taken, Answer::Taken)
        );
        assert_eq!((up(&mut queue, 0), up(&mut queue, 59_999), up(&mut queue, 60_000)), (Some(1), None, Some(1)));
        queue.answer(Ask::Finish(1), 60_000);
        assert_eq!(up(&mut queue, DAY_MS / 2), None);
    }

    #[test]
    fn one_that_nobody_takes_holds_up_no_other() {
        let mut queue = Queue::default();
        put(&mut queue, mail(1, b"a"), 0);
        queue.answer(Ask::Leave(1, left(10)), 0);
        put(&mut queue, mail(2, b"b"), 5);
        assert_eq!((up(&mut queue, 20), up(&mut queue, 20), up(&mut queue, 20)), (Some(2), Some(1), None));
        let Answer::Seen(seen) = queue.answer(Ask::Look, 20) else { panic!() };
        assert_eq!((seen.waiting, seen.since, seen.attempts, seen.given_up), (2, Some(0), 1, 0));
    }

    #[test]
    fn is_bounded_and_gives_up_only_what_was_tried() {
        let mut queue = Queue::default();
        let mut taken = 0;
        while put(&mut queue, mail(taken, &[0; 1000]), 0) == Answer::Taken {
            taken += 1;
        }
        assert_eq!((taken, put(&mut queue, mail(taken, &[0; 1000]), 0)), (23, Answer::Apart));
        let apart = |id| Mail { body: Body::Apart(1), ..mail(id, b"") };
        for id in taken..1024 {
            assert_eq!(put(&mut queue, apart(id), 0), Answer::Taken);
        }
        assert_eq!(put(&mut queue, apart(2000), 0), Answer::Full);
        queue.answer(Ask::Leave(7, left(10)), 0);
        assert_eq!(put(&mut queue, apart(2000), 0), Answer::Taken);
        let Answer::Seen(seen) = queue.answer(Ask::Look, 0) else { panic!() };
        assert_eq!((seen.waiting, seen.given_up), (1024, 1));
        assert!(postcard::to_allocvec(&queue).unwrap().len() < 63_000, "Deno KV takes 64 KiB");
        // Nothing is kept for ever.
        assert_eq!(put(&mut queue, mail(3000, b"c"), DAY_MS), Answer::Taken);
        let Answer::Seen(seen) = queue.answer(Ask::Look, DAY_MS) else { panic!() };
        assert_eq!((seen.waiting, seen.given_up), (1, 1025));
    }

    #[test]
    fn one_pulls_at_a_time() {
        let mut queue = Queue::default();
        let lease = |queue: &mut Queue, who, now| {
            queue.answer(Ask::Lease { who, mail: who * 10, replies: false, for_ms: 100 }, now)
        };
        assert_eq!(lease(&mut queue, 1, 0), Answer::Leased(None));
        assert_eq!((lease(&mut queue, 2, 99), lease(&mut queue, 1, 99)), (Answer::Busy, Answer::Leased(None)));
        assert_eq!(lease(&mut queue, 2, 150), Answer::Busy);
        queue.answer(Ask::Return(2), 150);
        assert_eq!(lease(&mut queue, 2, 150), Answer::Busy, "it was not theirs");
        queue.answer(Ask::Return(1), 150);
        assert_eq!(lease(&mut queue, 2, 150), Answer::Leased(None));
        let Answer::Leased(Some(lost)) = lease(&mut queue, 3, 250) else { panic!("whoever was lost pulls no more") };
        assert_eq!((lost.who, lost.mail), (2, 20), "what they left behind is to be found");
        assert_eq!(lease(&mut queue, 2, 0), Answer::Busy, "time never runs back");
    }

    #[test]
    fn blots_out_every_occurrence() {
        let mut queue = Queue::default();
        put(&mut queue, mail(1, b"m=13812345678&n=8613812345678,1381234567"), 0);
        queue.answer(Ask::Blot(b"13812345678".to_vec()), 0);
        let Answer::Up(Some(mail), _) = queue.answer(Ask::TakeUp(DAY_MS), 0) else { panic!() };
        assert_eq!(mail.body, Body::Here(b"m=***********&n=86***********,1381234567".to_vec()));
    }
}
