//! [`Queue`]: the queue of an account: batches to ingest, messages to forward, and the lease of the process that pulls.
//!
//! The queue's row holds the newest entries. The others go to the pages of a [`lane`](crate::receipts::lane), under
//! keys of their own, so that the row stays bounded in an outage of the user's webhook, however many messages it
//! leaves.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::otp::text_status::BatchId;
use crate::receipts::entry::{Entry, Work, failures_of, holds_messages};
use crate::receipts::inbound::StoredBody;
use crate::receipts::lane::Lane;
use crate::receipts::queue_command::{
    Claim, Commit, Expired, Lease, PageCommit, QueueCommand, QueueReply, QueueStatus,
};

/// The maximum number of entries. Each has at least one record.
pub const MAX_ENTRIES: u32 = 1_000_000;
/// The maximum size of all entries, approximately, in bytes: a million records of two kilobytes.
const MAX_BYTES: u64 = 2 << 30;
/// The size of the row, in bytes, up to which it accepts bodies.
const MAX_BODIES_BYTES: usize = 40 * 1024;
/// The maximum size of the row, in bytes: less than the 64 KiB that some stores accept.
const MAX_ROW_BYTES: usize = 56 * 1024;
/// The maximum number of messages in a claim, and their maximum size in bytes.
const MAX_CLAIMED: usize = 16;
/// Milliseconds for which the batch of a dead puller can be found: a week.
const LOST_PULL_RETENTION_MS: i64 = 7 * 86_400_000;

/// The stored state of an account's queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The latest time seen, since time never runs back.
    clock: i64,
    pub(super) entries: Vec<Entry>,
    /// The lanes that have been used, by number.
    pub(super) lanes: Vec<(u8, Lane)>,
    /// The lease of the process that pulls.
    lease: Option<Lease>,
    /// The number of entries that were dropped because they were too old.
    given_up: u32,
    /// The time from which the last entry may be removed, in milliseconds since the Unix epoch.
    expires_at: i64,
}

impl Queue {
    /// Applies a command.
    pub fn apply(&mut self, command: QueueCommand, now: i64) -> QueueReply {
        let now = self.clock.max(now);
        // A query changes nothing.
        if !matches!(command, QueueCommand::Claim { .. } | QueueCommand::ReadStatus | QueueCommand::Redact(_)) {
            self.clock = now;
        }
        match command {
            QueueCommand::Enqueue(entry, retention_ms) => self.enqueue(entry, retention_ms, now),
            QueueCommand::Claim { retention_ms, messages } => {
                let expired = self.expire(retention_ms, now);
                let claim = self.claim(messages, retention_ms, now);
                if !matches!(claim, Claim::Nothing(_)) {
                    self.clock = now;
                }
                QueueReply::Claimed { claim, expired }
            }
            QueueCommand::Commit(commit) => self.commit(commit, now),
            QueueCommand::Spilled { lane, page, keys } => {
                self.confirm(lane, page, &keys, now);
                QueueReply::Noted
            }
            QueueCommand::Lease { holder, batch, replies, for_ms } => self.lease(holder, batch, replies, for_ms, now),
            QueueCommand::ReleaseLease(holder, rest_ms) => {
                if let Some(known) = self.lease.as_mut().filter(|known| known.holder == holder) {
                    (known.returned, known.until) = (true, now.saturating_add(rest_ms));
                }
                QueueReply::Noted
            }
            QueueCommand::Redact(digits) => {
                self.entries.iter_mut().for_each(|entry| entry.redact(&digits));
                QueueReply::Noted
            }
            QueueCommand::ReadStatus => QueueReply::Status(self.status()),
        }
    }

    /// The time at which nothing of the queue is needed any more, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.expires_at
    }

    fn enqueue(&mut self, entry: Entry, retention_ms: i64, now: i64) -> QueueReply {
        let expired = self.expire(retention_ms, now);
        if self.entries.iter().any(|known| known.key() == entry.key()) {
            return QueueReply::Done { expired, spill: None };
        }
        let row = self.row_bytes() + entry.size();
        if self.is_full() || row > MAX_ROW_BYTES {
            return QueueReply::Full { spill: self.spill(now) };
        }
        let has_body = matches!(&entry.work, Work::Ingest(batch) if matches!(batch.body, StoredBody::Inline(_)));
        if has_body && row > MAX_BODIES_BYTES {
            return QueueReply::BodyTooLarge;
        }
        self.extend_expiry(&entry, retention_ms, now);
        self.entries.push(entry);
        QueueReply::Done { expired, spill: self.spill(now) }
    }

    fn commit(&mut self, commit: Commit, now: i64) -> QueueReply {
        let added: usize = commit.added.iter().map(Entry::size).sum();
        let done = |known: &&Entry| commit.done.contains(&known.key());
        let removed: usize = self.entries.iter().filter(done).map(Entry::size).sum();
        // An accepted entry always finds a place, however many entries wait: only the size of the row limits it.
        if added > 0 && self.row_bytes() + added > MAX_ROW_BYTES + removed {
            return QueueReply::Full { spill: self.spill(now) };
        }
        self.entries.retain(|known| !commit.done.contains(&known.key()));
        for changed in commit.changed {
            if let Some(known) = self.entries.iter_mut().find(|known| known.key() == changed.key()) {
                *known = further(known, changed);
            }
        }
        for entry in commit.added {
            if self.entries.iter().all(|known| known.key() != entry.key()) {
                self.extend_expiry(&entry, commit.retention_ms, now);
                self.entries.push(entry);
            }
        }
        if let Some(PageCommit { lane, page, progress, removed }) = commit.page
            && let Some(lane) = self.lane(lane)
        {
            lane.progress(page, progress, removed);
        }
        self.given_up = self.given_up.saturating_add(commit.given_up);
        QueueReply::Done { expired: Expired::default(), spill: self.spill(now) }
    }

    /// Claims a batch first, since an unread batch matters most; then the messages that failed least, since a message
    /// that always fails must not hold up the others.
    fn claim(&mut self, messages: bool, retention_ms: i64, now: i64) -> Claim {
        let batch = self.entries.iter_mut().filter(|entry| entry.is_due(now) && !entry.is_message());
        if let Some(entry) = batch.min_by_key(|entry| (entry.attempts, entry.due)) {
            return Claim::Entries(Vec::from([claimed(entry, now)]));
        }
        if let Some(claim) = self.claim_page(false, retention_ms, now) {
            return claim;
        }
        if !messages {
            let waits = self.entries.iter().any(|entry| entry.is_due(now) && entry.is_message());
            let is_due = |(lane, pages): &(u8, Lane)| holds_messages(*lane) && pages.is_due(now);
            return Claim::Nothing(waits || self.lanes.iter().any(is_due));
        }
        let mut some = Vec::new();
        while some.len() < MAX_CLAIMED
            && let Some(entry) = self
                .entries
                .iter_mut()
                .filter(|entry| entry.is_due(now) && entry.is_message())
                .min_by_key(|entry| (entry.attempts, entry.due))
        {
            some.push(claimed(entry, now));
        }
        if some.is_empty() {
            return self.claim_page(true, retention_ms, now).unwrap_or(Claim::Nothing(false));
        }
        Claim::Entries(some)
    }

    fn lease(&mut self, holder: u64, batch: BatchId, replies: bool, for_ms: i64, now: i64) -> QueueReply {
        // A pull erases the vendor's copy, so nobody may pull while the queue is full.
        if self.is_full() {
            return QueueReply::Full { spill: None };
        }
        if self.lease.is_some_and(|known| known.holder != holder && known.until > now) {
            return QueueReply::Busy;
        }
        let until = now.saturating_add(for_ms);
        // Kept longer, so that the next holder learns of the batch.
        self.expires_at = self.expires_at.max(until.saturating_add(LOST_PULL_RETENTION_MS));
        let before = self.lease.replace(Lease { holder, batch, replies, until, returned: false });
        QueueReply::Leased(before.filter(|before| before.holder != holder && !before.returned))
    }

    /// Drops entries that are too old.
    fn expire(&mut self, retention_ms: i64, now: i64) -> Expired {
        let old = |entry: &mut Entry| entry.at().saturating_add(retention_ms) <= now;
        let old: Vec<Entry> = self.entries.extract_if(.., old).collect();
        let entries = u32::try_from(old.len()).unwrap_or(u32::MAX);
        self.given_up = self.given_up.saturating_add(entries);
        Expired { entries, bodies: old.iter().filter_map(Entry::spilled_body).collect() }
    }

    fn extend_expiry(&mut self, entry: &Entry, retention_ms: i64, now: i64) {
        self.expires_at = self.expires_at.max(entry.at().max(now).saturating_add(retention_ms));
    }

    pub(super) fn row_bytes(&self) -> usize {
        self.entries.iter().map(Entry::size).sum()
    }

    fn waiting(&self) -> u32 {
        let row = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.lanes.iter().fold(row, |sum, (_, pages)| sum.saturating_add(pages.entries()))
    }

    fn is_full(&self) -> bool {
        self.waiting() >= MAX_ENTRIES || self.lanes.iter().map(|(_, pages)| pages.bytes()).sum::<u64>() >= MAX_BYTES
    }

    fn status(&self) -> QueueStatus {
        // The number of keys that a puller needs is not known in advance.
        let pulled = self.lease.iter().filter(|lease| !lease.returned).map(|lease| (lease.batch, u16::MAX));
        let in_lanes = self.lanes.iter().filter(|(_, pages)| pages.entries() > 0);
        let attempts = self.entries.iter().map(|entry| entry.attempts);
        QueueStatus {
            waiting: self.waiting(),
            since: self
                .entries
                .iter()
                .map(Entry::at)
                .chain(self.lanes.iter().filter_map(|(_, pages)| pages.since()))
                .min(),
            attempts: attempts.chain(in_lanes.map(|(lane, _)| failures_of(*lane))).max().unwrap_or_default(),
            given_up: self.given_up,
            spilled_bodies: self.entries.iter().filter_map(Entry::spilled_body).chain(pulled).collect(),
            pages: self
                .lanes
                .iter()
                .map(|(lane, pages)| (*lane, pages.pages().start, pages.pages().end))
                .filter(|(_, start, end)| start < end)
                .collect(),
        }
    }
}

fn claimed(entry: &mut Entry, now: i64) -> Entry {
    entry.claim(now);
    entry.clone()
}

/// The entry that replaces another. It never has fewer ingested records than before.
fn further(known: &Entry, mut changed: Entry) -> Entry {
    if let (Work::Ingest(before), Work::Ingest(after)) = (&known.work, &mut changed.work) {
        after.ingested = after.ingested.max(before.ingested);
    }
    changed
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;
    use crate::otp::text_status::RecordId;
    use crate::receipts::entry::{CLAIM_MS, EntryKey};
    use crate::receipts::inbound::{InboundBatch, Origin};
    use crate::receipts::lane::{PageProgress, Removed};
    use crate::receipts::outbound::{MessageContent, OutboundMessage};
    use crate::receipts::queue_command::Spill;

    const DAY_MS: i64 = 86_400_000;

    fn batch(id: BatchId, body: StoredBody) -> Entry {
        let origin = Origin::Push { reference: Some("a".repeat(32)) };
        Entry::waiting(Work::Ingest(InboundBatch { id, origin, at: 0, body, ingested: 0 }), 0, 0)
    }

    fn message(id: BatchId, size: usize) -> Entry {
        let content = MessageContent::Reply("x".repeat(size));
        let record = RecordId { batch: id, index: 0 };
        let message = OutboundMessage { record, at: 0, content, owed_to_queue: false, owed_to_webhook: true };
        Entry::waiting(Work::Forward(message), 0, 0)
    }

    /// A queue with the rows of its pages.
    #[derive(Default)]
    struct Stored {
        queue: Queue,
        pages: BTreeMap<(u8, u32), Vec<Entry>>,
    }

    impl Stored {
        fn apply(&mut self, command: QueueCommand, now: i64) -> QueueReply {
            let mut reply = self.queue.apply(command, now);
            if let QueueReply::Done { spill, .. } | QueueReply::Full { spill } = &mut reply
                && let Some(Spill { lane, page, entries }) = spill.take()
            {
                let keys = entries.iter().map(Entry::key).collect();
                self.pages.insert((lane, page), entries);
                self.queue.apply(QueueCommand::Spilled { lane, page, keys }, now);
            }
            reply
        }

        fn enqueue(&mut self, entry: Entry, now: i64) -> QueueReply {
            self.apply(QueueCommand::Enqueue(entry, DAY_MS), now)
        }

        fn claim(&mut self, messages: bool, now: i64) -> Claim {
            match self.apply(QueueCommand::Claim { retention_ms: DAY_MS, messages }, now) {
                QueueReply::Claimed { claim, .. } => claim,
                other => panic!("{other:?}"),
            }
        }

        fn status(&mut self) -> QueueStatus {
            match self.queue.apply(QueueCommand::ReadStatus, 0) {
                QueueReply::Status(status) => status,
                other => panic!("{other:?}"),
            }
        }
    }

    fn done() -> QueueReply {
        QueueReply::Done { expired: Expired::default(), spill: None }
    }

    #[test]
    fn lost_claim_expires_and_the_entry_is_claimed_again() {
        let mut stored = Stored::default();
        let entry = batch(1, StoredBody::Inline(b"a".to_vec()));
        assert_eq!((stored.enqueue(entry.clone(), 0), stored.enqueue(entry.clone(), 0)), (done(), done()));
        assert!(matches!(stored.claim(true, 0), Claim::Entries(some) if some.len() == 1));
        assert_eq!(stored.claim(true, CLAIM_MS - 1), Claim::Nothing(false));
        assert!(matches!(stored.claim(true, CLAIM_MS), Claim::Entries(some) if some.len() == 1));
        stored.apply(QueueCommand::Commit(Commit { done: vec![entry.key()], ..Commit::default() }), CLAIM_MS);
        assert_eq!((stored.claim(true, DAY_MS / 2), stored.status().waiting), (Claim::Nothing(false), 0));
    }

    #[test]
    fn batches_are_claimed_before_messages() {
        let mut stored = Stored::default();
        let failed = Entry { attempts: 3, ..message(2, 10) };
        for entry in [failed.clone(), message(3, 10), batch(1, StoredBody::Spilled(2))] {
            stored.enqueue(entry, 0);
        }
        assert!(matches!(stored.claim(true, 0), Claim::Entries(some) if !some[0].is_message()));
        assert_eq!(stored.claim(false, 0), Claim::Nothing(true));
        let Claim::Entries(some) = stored.claim(true, 0) else { panic!() };
        let keys: Vec<EntryKey> = some.iter().map(Entry::key).collect();
        assert_eq!(keys, [message(3, 1).key(), failed.key()], "those that failed least");
        let QueueStatus { waiting, attempts, spilled_bodies, .. } = stored.status();
        assert_eq!((waiting, attempts, spilled_bodies), (3, 3, vec![(1, 2)]));
    }

    #[test]
    fn full_row_rejects_entries_and_drops_none() {
        let mut stored = Stored::default();
        // All entries are claimed, so none can move to a page.
        let claimed = |id| Entry { claimed_until: CLAIM_MS, ..batch(id, StoredBody::Inline(vec![0; 1000])) };
        let mut enqueued = 0;
        while stored.enqueue(claimed(enqueued), 0) == done() {
            enqueued += 1;
        }
        assert_eq!((enqueued, stored.enqueue(claimed(enqueued), 0)), (38, QueueReply::BodyTooLarge));
        let small = |id| Entry { claimed_until: CLAIM_MS, ..batch(id, StoredBody::Spilled(1)) };
        while stored.enqueue(small(enqueued), 0) == done() {
            enqueued += 1;
        }
        assert!(matches!(stored.enqueue(small(5000), 0), QueueReply::Full { .. }));
        let commit = Commit { added: vec![message(9000, 2000)], retention_ms: DAY_MS, ..Commit::default() };
        assert!(matches!(stored.apply(QueueCommand::Commit(commit.clone()), 0), QueueReply::Full { .. }));
        assert_eq!(u64::from(stored.status().waiting), enqueued);
        assert!(postcard::to_allocvec(&stored.queue).unwrap().len() < 63_000, "Deno KV takes 64 KiB");
        // Once they are no longer claimed, there is space again.
        assert!(matches!(stored.apply(QueueCommand::Commit(commit), CLAIM_MS), QueueReply::Full { .. }));
        assert!(!stored.pages.is_empty());
        assert_eq!((stored.enqueue(small(5000), CLAIM_MS), u64::from(stored.status().waiting)), (done(), enqueued + 1));
        // No entry is kept for ever.
        let QueueReply::Done { expired, .. } = stored.enqueue(Entry { ..message(1, 1) }, DAY_MS) else { panic!() };
        assert!(expired.entries > 0 && expired.entries == stored.status().given_up);
    }

    #[test]
    fn million_entries_fit_a_bounded_row_and_each_is_claimed_once() {
        let mut stored = Stored::default();
        let mut id = 0;
        while stored.status().waiting < MAX_ENTRIES {
            let added = (id..id + 100).map(|id| message(id, 200)).collect();
            let commit = Commit { added, retention_ms: DAY_MS, ..Commit::default() };
            assert_eq!(stored.apply(QueueCommand::Commit(commit), 0), done());
            id += 100;
        }
        assert!(postcard::to_allocvec(&stored.queue).unwrap().len() < 63_000);
        assert!(matches!(stored.enqueue(message(id, 1), 0), QueueReply::Full { .. }), "a push is answered with 503");
        let lease = QueueCommand::Lease { holder: 1, batch: 1, replies: false, for_ms: 1 };
        assert!(matches!(stored.apply(lease, 0), QueueReply::Full { .. }), "and nothing is pulled");
        // An accepted entry finds a place even so.
        let commit = Commit { added: vec![message(id, 1)], retention_ms: DAY_MS, ..Commit::default() };
        assert_eq!(stored.apply(QueueCommand::Commit(commit), 0), done());
        let mut seen = vec![false; usize::try_from(id).unwrap() + 1];
        let mut see = |entries: &[Entry]| {
            for entry in entries {
                let at = usize::try_from(entry.key().0).unwrap();
                assert!(!core::mem::replace(&mut seen[at], true), "{at} twice");
            }
        };
        loop {
            let commit = match stored.claim(true, 1) {
                Claim::Nothing(_) => break,
                Claim::Entries(some) => {
                    see(&some);
                    Commit { done: some.iter().map(Entry::key).collect(), ..Commit::default() }
                }
                Claim::Page { lane, page, .. } => {
                    let some = stored.pages.remove(&(lane, page)).unwrap();
                    see(&some);
                    let bytes = some.iter().map(|entry| entry.size() as u64).sum();
                    let removed = Removed { entries: u32::try_from(some.len()).unwrap(), bytes, since: 0 };
                    let page = Some(PageCommit { lane, page, progress: PageProgress::Done, removed });
                    Commit { page, ..Commit::default() }
                }
            };
            stored.apply(QueueCommand::Commit(commit), 1);
        }
        assert!(seen.iter().all(|seen| *seen));
        let QueueStatus { waiting, since, given_up, pages, .. } = stored.status();
        assert_eq!((waiting, since, given_up, pages), (0, None, 0, vec![]));
    }

    #[test]
    fn progress_only_grows() {
        let mut stored = Stored::default();
        stored.enqueue(batch(1, StoredBody::Spilled(1)), 0);
        let ingested = |ingested| {
            let mut entry = batch(1, StoredBody::Spilled(1));
            if let Work::Ingest(batch) = &mut entry.work {
                batch.ingested = ingested;
            }
            entry
        };
        for (changed, expected) in [(9, 9), (3, 9), (12, 12)] {
            let commit = Commit { changed: vec![ingested(changed)], ..Commit::default() };
            stored.apply(QueueCommand::Commit(commit), 0);
            assert_eq!(stored.queue.entries, [ingested(expected)]);
        }
        let commit = Commit { changed: vec![message(7, 1)], ..Commit::default() };
        stored.apply(QueueCommand::Commit(commit), 0);
        assert_eq!(stored.status().waiting, 1, "what another finished is not brought back");
    }

    #[test]
    fn one_holder_at_a_time_has_the_lease() {
        let mut queue = Queue::default();
        let lease = |queue: &mut Queue, holder, now| {
            queue.apply(QueueCommand::Lease { holder, batch: holder * 10, replies: false, for_ms: 100 }, now)
        };
        assert_eq!(lease(&mut queue, 1, 0), QueueReply::Leased(None));
        assert_eq!((lease(&mut queue, 2, 99), lease(&mut queue, 1, 99)), (QueueReply::Busy, QueueReply::Leased(None)));
        assert_eq!(lease(&mut queue, 2, 150), QueueReply::Busy);
        queue.apply(QueueCommand::ReleaseLease(2, 0), 150);
        assert_eq!(lease(&mut queue, 2, 150), QueueReply::Busy, "it was not theirs");
        queue.apply(QueueCommand::ReleaseLease(1, 0), 150);
        assert_eq!(lease(&mut queue, 2, 150), QueueReply::Leased(None));
        let QueueReply::Leased(Some(lost)) = lease(&mut queue, 3, 250) else { panic!("a lost holder pulls no more") };
        assert_eq!((lost.holder, lost.batch), (2, 20), "what they left behind is to be found");
        assert_eq!(lease(&mut queue, 2, 0), QueueReply::Busy, "time never runs back");
    }

    #[test]
    fn number_is_erased_from_batches_and_messages() {
        let mut stored = Stored::default();
        stored.enqueue(batch(1, StoredBody::Inline(b"m=13812345678".to_vec())), 0);
        let mut reply = message(2, 0);
        if let Work::Forward(message) = &mut reply.work {
            message.content = MessageContent::Reply(r#"{"from":"+8613812345678"}"#.into());
        }
        stored.enqueue(reply, 0);
        stored.apply(QueueCommand::Redact(b"13812345678".to_vec()), 0);
        let bytes = postcard::to_allocvec(&stored.queue).unwrap();
        let holds = |digits: &[u8]| bytes.windows(11).filter(|window| *window == digits).count();
        assert_eq!((holds(b"13812345678"), holds(b"11111111111")), (0, 2));
    }
}
