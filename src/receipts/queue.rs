//! [`Queue`]: the mails of one account that are not dealt with yet, and who pulls for it.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::receipt::MailId;
use crate::receipts::mail::{Body, Mail};

/// Mails that wait at most.
pub const MOST: usize = 1024;
/// Bytes that those of them which lie here take at most, so that a store with values of 64 KiB holds them and what else there is.
const LONGEST: usize = 24 * 1024;
/// Bytes that all of them take at most, for the same.
const LONGEST_OF_ALL: usize = 56 * 1024;
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
    /// Whether they pull no more.
    returned: bool,
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
    /// It was dealt with; so many of its records were given up just now.
    Finish(MailId, u32),
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
    /// They pull no more, and nobody is to for so many milliseconds.
    Return(u64, i64),
    /// Blots digits out of all that lies here.
    Blot(Vec<u8>),
    /// How it stands.
    Look,
}

/// How a mail is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// How many of its records were taken in.
    pub taken: u32,
    /// Whether these are all.
    pub read: bool,
    /// How many of them were passed on, or given up.
    pub done: u32,
    /// How many were given up just now.
    pub given_up: u32,
    /// Whether the next one was handed to the queue.
    pub queued: bool,
    /// Whether the next one could not be taken in or passed on.
    pub failed: bool,
    /// How long it is left, in milliseconds.
    pub wait_ms: i64,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was taken in. The bytes of these lie apart, and are needed no more.
    Taken(Vec<Apart>),
    /// Its body must lie apart.
    Apart,
    /// There is no room, and nothing that could be given up.
    Full,
    /// This one was taken up, or there is none. The bytes of these lie apart, and are needed no more.
    Up(Option<Mail>, Vec<Apart>),
    /// They are the only one. Whoever was so before and was lost may have left this behind.
    Leased(Option<Lease>),
    /// Another is.
    Busy,
    /// How it stands.
    Seen(Seen),
    /// Nothing more is to be said.
    Done,
}

/// A mail whose bytes lie apart, and under how many keys.
pub type Apart = (MailId, u16);

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
    /// Those whose bytes lie apart; also what a puller may just be storing.
    pub apart: Vec<Apart>,
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
                self.given_up = self.given_up.saturating_add(left.given_up);
                if let Some(mail) = self.mails.iter_mut().find(|mail| mail.id == id && mail.done <= left.done) {
                    let goes_on = left.done > mail.done || left.taken > mail.taken;
                    mail.attempts = if goes_on { 0 } else { mail.attempts }.saturating_add(left.failed.into());
                    (mail.taken, mail.done, mail.queued) = (mail.taken.max(left.taken), left.done, left.queued);
                    mail.read |= left.read;
                    mail.due = now.saturating_add(left.wait_ms);
                }
            }
            Ask::Finish(id, given_up) => {
                self.mails.retain(|mail| mail.id != id);
                self.given_up = self.given_up.saturating_add(given_up);
            }
            Ask::Lease { who, mail, replies, for_ms } => {
                // Whoever asks erases: where nothing can be kept, nobody is to ask.
                if self.mails.len() >= MOST && !self.mails.iter().any(Mail::is_taken_in) {
                    return Answer::Full;
                }
                if self.lease.is_some_and(|known| known.who != who && known.until > now) {
                    return Answer::Busy;
                }
                let until = now.saturating_add(for_ms);
                // Kept for longer: whoever comes next is to hear of it.
                self.until = self.until.max(until.saturating_add(LEFT_BEHIND_MS));
                let before = self.lease.replace(Lease { who, mail, replies, until, returned: false });
                return Answer::Leased(before.filter(|before| before.who != who && !before.returned));
            }
            Ask::Return(who, rest_ms) => {
                if let Some(known) = self.lease.as_mut().filter(|known| known.who == who) {
                    (known.returned, known.until) = (true, now.saturating_add(rest_ms));
                }
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
        let mut dropped = self.forget(kept_ms, now);
        if self.mails.iter().any(|known| known.id == mail.id) {
            return Answer::Taken(dropped);
        }
        let here = |known: &&Mail| matches!(known.body, Body::Here(_));
        let size = |mails: &mut dyn Iterator<Item = &Mail>| mails.map(Mail::size).sum::<usize>() + mail.size();
        if here(&&mail) && size(&mut self.mails.iter().filter(here)) > LONGEST {
            return Answer::Apart;
        }
        while self.mails.len() >= MOST || size(&mut self.mails.iter()) > LONGEST_OF_ALL {
            // What was taken in and only waits for somebody who does not take it is worth less than what nobody has read.
            let Some(place) = self.mails.iter().position(Mail::is_taken_in) else { return Answer::Full };
            dropped.extend(self.mails.remove(place).apart());
            self.give_up(1);
        }
        self.until = self.until.max(mail.at.max(now).saturating_add(kept_ms));
        self.mails.push(mail);
        Answer::Taken(dropped)
    }

    /// Gives up what is older than it may be, and tells whose bytes lie apart.
    fn forget(&mut self, kept_ms: i64, now: i64) -> Vec<Apart> {
        let old: Vec<Mail> = self.mails.extract_if(.., |known| known.at.saturating_add(kept_ms) <= now).collect();
        self.give_up(old.len());
        old.iter().filter_map(Mail::apart).collect()
    }

    fn take_up(&mut self, kept_ms: i64, now: i64) -> Answer {
        let dropped = self.forget(kept_ms, now);
        let due = self.mails.iter_mut().filter(|mail| mail.due <= now);
        // Those that were never tried first: one that nobody takes must not hold up the rest.
        let next = due.min_by_key(|mail| (mail.attempts, mail.due)).map(|mail| {
            mail.due = now.saturating_add(TAKEN_UP_MS);
            mail.clone()
        });
        if next.is_some() {
            self.clock = now;
        }
        Answer::Up(next, dropped)
    }

    fn give_up(&mut self, mails: usize) {
        self.given_up = self.given_up.saturating_add(u32::try_from(mails).unwrap_or(u32::MAX));
    }

    fn seen(&self) -> Seen {
        // How many keys a puller needs, it does not know beforehand.
        let pulled = self.lease.iter().filter(|lease| !lease.returned).map(|lease| (lease.mail, u16::MAX));
        Seen {
            waiting: u32::try_from(self.mails.len()).unwrap_or(u32::MAX),
            since: self.mails.iter().map(|mail| mail.at).min(),
            attempts: self.mails.iter().map(|mail| mail.attempts).max().unwrap_or_default(),
            given_up: self.given_up,
            apart: self.mails.iter().filter_map(Mail::apart).chain(pulled).collect(),
        }
    }

    /// When nothing of it is of interest any more.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.until
    }
}

/// Blots every occurrence of a number out, and tells whether there was one. Ones take its place: they are no number, and what
/// was JSON still is.
pub fn blot(bytes: &mut [u8], number: &[u8]) -> bool {
    let mut from = 0;
    let mut found = false;
    while let Some(at) =
        bytes.get(from..).and_then(|rest| rest.windows(number.len().max(1)).position(|it| it == number))
    {
        let (at, end) = (from + at, from + at + number.len());
        if begins_at(&bytes[..at]) && !bytes.get(end).is_some_and(u8::is_ascii_digit) {
            bytes[at..end].fill(b'1');
            found = true;
        }
        from = at + 1;
    }
    found
}

/// Whether a number can begin after this: not in the middle of a longer one, unless that is a country code or an escape.
fn begins_at(before: &[u8]) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let is_escape = |end: usize| end >= 3 && before[end - 3] == b'%';
    match before.len() {
        end if !is_digit(before.last()) || is_escape(end) => true,
        end if before.ends_with(b"86") => {
            let before = &before[..end - 2];
            !is_digit(before.last()) || before.ends_with(b"00") || is_escape(before.len())
        }
        _ => false,
    }
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
        Leave { taken: 1, read: true, done: 0, given_up: 0, queued: false, failed: true, wait_ms }
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
            (Answer::Taken(vec![]), Answer::Taken(vec![]))
        );
        assert_eq!((up(&mut queue, 0), up(&mut queue, 59_999), up(&mut queue, 60_000)), (Some(1), None, Some(1)));
        queue.answer(Ask::Finish(1, 0), 60_000);
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
        while put(&mut queue, mail(taken, &[0; 1000]), 0) == Answer::Taken(vec![]) {
            taken += 1;
        }
        assert_eq!((taken, put(&mut queue, mail(taken, &[0; 1000]), 0)), (23, Answer::Apart));
        // As liasmart's are, which name their text.
        let came = Came::Pushed { reference: Some("a".repeat(32)) };
        let apart = |id| Mail { body: Body::Apart(1), came: came.clone(), ..mail(id, b"") };
        let mut waiting = taken;
        while put(&mut queue, apart(1000 + waiting), 0) == Answer::Taken(vec![]) {
            waiting += 1;
        }
        assert_eq!(put(&mut queue, apart(5000), 0), Answer::Full, "{waiting} that nobody has read");
        assert_eq!(queue.answer(Ask::Leave(1000 + taken, left(10)), 0), Answer::Done);
        assert_eq!(put(&mut queue, apart(5000), 0), Answer::Taken(vec![(1000 + taken, 1)]));
        let Answer::Seen(seen) = queue.answer(Ask::Look, 0) else { panic!() };
        assert_eq!((u64::from(seen.waiting), seen.given_up), (waiting, 1));
        assert!(postcard::to_allocvec(&queue).unwrap().len() < 63_000, "Deno KV takes 64 KiB");
        // Nothing is kept for ever.
        let Answer::Taken(dropped) = put(&mut queue, mail(6000, b"c"), DAY_MS) else { panic!() };
        assert_eq!(u64::try_from(dropped.len()).unwrap(), waiting - taken);
        let Answer::Seen(seen) = queue.answer(Ask::Look, DAY_MS) else { panic!() };
        assert_eq!((seen.waiting, u64::from(seen.given_up)), (1, waiting + 1));
    }

    #[test]
    fn what_goes_on_is_tried_as_long_as_what_is_new_and_never_runs_back() {
        let mut queue = Queue::default();
        put(&mut queue, mail(1, b"a"), 0);
        let leave =
            |taken, done, failed| Leave { taken, read: false, done, given_up: 0, queued: false, failed, wait_ms: 0 };
        for (left, attempts, done) in
            [(leave(9, 0, true), 1, 0), (leave(9, 0, true), 2, 0), (leave(9, 3, true), 1, 3), (leave(9, 1, true), 1, 3)]
        {
            queue.answer(Ask::Leave(1, left), 0);
            assert_eq!((queue.mails[0].attempts, queue.mails[0].done), (attempts, done));
        }
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
        queue.answer(Ask::Return(2, 0), 150);
        assert_eq!(lease(&mut queue, 2, 150), Answer::Busy, "it was not theirs");
        queue.answer(Ask::Return(1, 0), 150);
        assert_eq!(lease(&mut queue, 2, 150), Answer::Leased(None));
        let Answer::Leased(Some(lost)) = lease(&mut queue, 3, 250) else { panic!("whoever was lost pulls no more") };
        assert_eq!((lost.who, lost.mail), (2, 20), "what they left behind is to be found");
        assert_eq!(lease(&mut queue, 2, 0), Answer::Busy, "time never runs back");
    }

    #[test]
    fn blots_out_every_occurrence() {
        let mut queue = Queue::default();
        let bytes = b"m=13812345678&n=8613812345678,138123456789,%2213812345678,913812345678,+8613812345678";
        put(&mut queue, mail(1, bytes), 0);
        queue.answer(Ask::Blot(b"13812345678".to_vec()), 0);
        let Answer::Up(Some(mail), _) = queue.answer(Ask::TakeUp(DAY_MS), 0) else { panic!() };
        let blotted = b"m=11111111111&n=8611111111111,138123456789,%2211111111111,913812345678,+8611111111111";
        assert_eq!(mail.body, Body::Here(blotted.to_vec()));
    }
}
