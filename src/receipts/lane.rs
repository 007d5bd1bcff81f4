//! [`Lane`]: the entries of a queue that its row cannot hold, in pages under keys of their own, first in, first out.
//!
//! A page is allocated before it is written, and confirmed after. Until then its entries stay in the queue's row, so
//! that a process that dies between the two loses none: the page is skipped once its time is over.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::receipts::entry::CLAIM_MS;

/// The maximum number of pages that are claimed at once.
const MAX_CLAIMED_PAGES: u32 = 8;

/// A first-in, first-out list of pages, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The number of the oldest page.
    first: u32,
    /// The number of the next page to allocate. No number is used twice.
    next: u32,
    /// The number of entries in the pages.
    entries: u32,
    /// Their approximate size, in bytes.
    bytes: u64,
    /// A lower bound of the entries' arrival, in milliseconds since the Unix epoch.
    since: i64,
    /// The page from which on no entry is due, and the time until which that holds.
    not_due: Option<(u32, i64)>,
    pages: Vec<PageSlot>,
}

/// A page that is not simply waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PageSlot {
    number: u32,
    state: PageState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum PageState {
    /// A process is writing it, until this time.
    Writing(i64),
    /// A process works on it, until this time.
    Claimed(i64),
    /// It has no entry any more.
    Empty,
}

/// The result of working on a claimed page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageProgress {
    /// The page is empty.
    Done,
    /// Any process may claim the rest.
    Released,
    /// No entry is due before this time, in milliseconds since the Unix epoch.
    NotDue(i64),
}

impl Lane {
    /// The number of entries in its pages.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.entries
    }

    /// Their approximate size, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A lower bound of the entries' arrival, in milliseconds since the Unix epoch; `None` for an empty lane.
    pub(super) fn since(&self) -> Option<i64> {
        (self.entries > 0).then_some(self.since)
    }

    /// The numbers of its pages.
    pub(super) const fn pages(&self) -> core::ops::Range<u32> {
        self.first..self.next
    }

    /// Allocates a page, to be confirmed within the time of a claim.
    pub(super) fn allocate(&mut self, now: i64) -> u32 {
        let number = self.next;
        self.next += 1;
        self.pages.push(PageSlot { number, state: PageState::Writing(now.saturating_add(CLAIM_MS)) });
        number
    }

    /// Confirms that a page was written. Returns whether that was in time.
    pub(super) fn confirm(&mut self, number: u32, written: Written, now: i64) -> bool {
        let is_in_time =
            |page: &PageSlot| page.number == number && matches!(page.state, PageState::Writing(until) if until > now);
        let Some(at) = self.pages.iter().position(is_in_time) else { return false };
        self.pages.remove(at);
        self.since = if self.entries == 0 { written.since } else { self.since.min(written.since) };
        if self.entries == 0 {
            self.not_due = Some((number, written.due));
        }
        self.entries = self.entries.saturating_add(written.entries);
        self.bytes = self.bytes.saturating_add(written.bytes);
        true
    }

    /// Claims the oldest unclaimed page that is due, or that has an entry older than `kept_ms` milliseconds.
    pub(super) fn claim(&mut self, retention_ms: i64, now: i64) -> Option<u32> {
        let is_old = self.since.saturating_add(retention_ms) <= now;
        for number in self.first..self.next.min(self.first.saturating_add(MAX_CLAIMED_PAGES)) {
            let is_awaited = self.not_due.is_some_and(|(from, due)| number >= from && due > now);
            if is_awaited && !(is_old && number == self.first) {
                break;
            }
            match self.pages.iter_mut().find(|page| page.number == number) {
                None => {
                    self.pages.push(PageSlot { number, state: PageState::Claimed(now.saturating_add(CLAIM_MS)) });
                    return Some(number);
                }
                Some(page) => match page.state {
                    PageState::Claimed(until) if until <= now => {
                        page.state = PageState::Claimed(now.saturating_add(CLAIM_MS));
                        return Some(number);
                    }
                    // The process that was writing it died; its entries are still in the queue's row.
                    PageState::Writing(until) if until <= now => page.state = PageState::Empty,
                    _ => {}
                },
            }
        }
        let before = self.first;
        self.advance();
        if self.first > before { self.claim(retention_ms, now) } else { None }
    }

    /// Whether a page can be claimed, now or later.
    pub(super) fn is_due(&self, now: i64) -> bool {
        self.entries > 0 && self.not_due.is_none_or(|(from, due)| self.first < from || due <= now)
    }

    /// Records the progress of a page, and the entries removed from it.
    pub(super) fn progress(&mut self, number: u32, progress: PageProgress, removed: Removed) {
        if !self.pages().contains(&number) {
            return;
        }
        self.pages.retain(|page| page.number != number);
        self.entries = self.entries.saturating_sub(removed.entries);
        self.bytes = self.bytes.saturating_sub(removed.bytes);
        if number == self.first {
            self.since = self.since.max(removed.since);
        }
        match progress {
            PageProgress::Done => self.pages.push(PageSlot { number, state: PageState::Empty }),
            PageProgress::Released => {}
            PageProgress::NotDue(due) => self.not_due = Some((number, due)),
        }
        self.advance();
        if self.first == self.next {
            // A process that died after emptying a page has not reported how many entries it removed.
            (self.entries, self.bytes) = (0, 0);
        }
    }

    fn advance(&mut self) {
        while let Some(at) =
            self.pages.iter().position(|page| page.number == self.first && page.state == PageState::Empty)
        {
            self.pages.remove(at);
            self.first += 1;
        }
    }
}

/// The content of a page that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The number of entries.
    pub entries: u32,
    /// Their approximate size, in bytes.
    pub bytes: u64,
    /// The earliest arrival, in milliseconds since the Unix epoch.
    pub since: i64,
    /// The latest due time, in milliseconds since the Unix epoch.
    pub due: i64,
}

/// The entries that were removed from a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The number of entries.
    pub entries: u32,
    /// Their approximate size, in bytes.
    pub bytes: u64,
    /// A lower bound of the arrival of the entries left in this and later pages, in milliseconds since the Unix epoch.
    pub since: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETENTION_MS: i64 = 86_400_000;
    const WRITTEN: Written = Written { entries: 2, bytes: 10, since: 5, due: 100 };

    fn filled(pages: u32) -> Lane {
        let mut lane = Lane::default();
        for number in 0..pages {
            assert_eq!(lane.allocate(0), number);
            assert!(lane.confirm(number, WRITTEN, 1));
        }
        lane
    }

    #[test]
    fn pages_are_claimed_once_in_order_and_again_after_the_timeout() {
        let mut lane = filled(3);
        assert_eq!((lane.claim(RETENTION_MS, 99), lane.is_due(99)), (None, false));
        assert_eq!(
            (
                lane.claim(RETENTION_MS, 100),
                lane.claim(RETENTION_MS, 100),
                lane.claim(RETENTION_MS, 100),
                lane.claim(RETENTION_MS, 100)
            ),
            (Some(0), Some(1), Some(2), None)
        );
        lane.progress(1, PageProgress::Done, Removed { entries: 2, bytes: 10, since: 6 });
        assert_eq!((lane.pages(), lane.entries(), lane.since()), (0..3, 4, Some(5)));
        assert_eq!(lane.claim(RETENTION_MS, 100 + CLAIM_MS), Some(0), "whoever claimed it was lost");
        lane.progress(0, PageProgress::Done, Removed { entries: 2, bytes: 10, since: 7 });
        assert_eq!((lane.pages(), lane.entries(), lane.since()), (2..3, 2, Some(7)));
        lane.progress(2, PageProgress::Released, Removed { entries: 1, bytes: 5, since: 0 });
        assert_eq!(lane.claim(RETENTION_MS, 100 + CLAIM_MS), Some(2));
        lane.progress(2, PageProgress::Done, Removed::default());
        assert_eq!((lane.pages(), lane.entries(), lane.bytes(), lane.since()), (3..3, 0, 0, None));
        lane.progress(2, PageProgress::Done, Removed { entries: 2, bytes: 10, since: 0 });
        assert_eq!((lane.pages(), lane.entries()), (3..3, 0), "a page that is gone");
    }

    #[test]
    fn page_not_written_in_time_is_skipped() {
        let mut lane = Lane::default();
        let [lost, tardy, third] = [(); 3].map(|()| lane.allocate(0));
        assert!(lane.confirm(third, WRITTEN, 1));
        assert!(!lane.confirm(third, WRITTEN, 1), "once");
        assert_eq!(lane.claim(RETENTION_MS, 100), Some(third), "those before it are still being written");
        assert!(!lane.confirm(tardy, WRITTEN, CLAIM_MS));
        assert_eq!(lane.claim(RETENTION_MS, CLAIM_MS), None);
        assert_eq!((lost, lane.pages()), (0, 2..3));
    }

    #[test]
    fn page_that_is_not_due_blocks_only_later_pages() {
        let mut lane = filled(2);
        assert_eq!((lane.claim(RETENTION_MS, 100), lane.claim(RETENTION_MS, 100)), (Some(0), Some(1)));
        lane.progress(1, PageProgress::NotDue(500), Removed::default());
        assert_eq!(lane.claim(RETENTION_MS, 100), None);
        lane.progress(0, PageProgress::Released, Removed::default());
        assert_eq!(
            (lane.claim(RETENTION_MS, 100), lane.claim(RETENTION_MS, 100), lane.claim(RETENTION_MS, 500)),
            (Some(0), None, Some(1))
        );
    }
}
