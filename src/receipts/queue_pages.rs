//! The pages of a [`Queue`]: the choice of entries to move from its row to a page, and of the page to claim.

use alloc::vec::Vec;

use crate::receipts::entry::{Entry, EntryKey, LANES, holds_messages};
use crate::receipts::lane::{Lane, Written};
use crate::receipts::queue::Queue;
use crate::receipts::queue_command::{Claim, Spill};

/// The size of the row, in bytes, from which on entries are moved to a page.
const SPILL_BYTES: usize = 32 * 1024;
/// The maximum size of a page with more than one entry, in bytes.
const MAX_PAGE_BYTES: usize = 40 * 1024;

impl Queue {
    pub(super) fn claim_page(&mut self, messages: bool, retention_ms: i64, now: i64) -> Option<Claim> {
        let lanes = self.lanes.iter_mut().filter(|(lane, _)| holds_messages(*lane) == messages);
        lanes.filter(|(_, pages)| pages.entries() > 0).find_map(|(lane, pages)| {
            let page = pages.claim(retention_ms, now)?;
            Some(Claim::Page { lane: *lane, page, messages })
        })
    }

    /// Chooses entries to move to a page: the unclaimed ones of the lane that takes most of the row.
    pub(super) fn spill(&mut self, now: i64) -> Option<Spill> {
        if self.row_bytes() <= SPILL_BYTES {
            return None;
        }
        let free = || self.entries.iter().filter(|entry| entry.is_free(now));
        let size = |lane: u8| free().filter(|entry| entry.lane() == lane).map(Entry::size).sum::<usize>();
        let sizes = (0..LANES).map(|lane| (size(lane), lane));
        let (_, lane) = sizes.max().filter(|(size, _)| *size >= SPILL_BYTES / 4)?;
        let mut bytes = 0;
        let mut entries = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| entry.is_free(now) && entry.lane() == lane) {
            bytes += entry.size();
            if bytes > MAX_PAGE_BYTES && !entries.is_empty() {
                break;
            }
            // Until the page is confirmed, the entries stay here, and no process works on them.
            entries.push(Entry { claimed_until: i64::MIN, ..entry.clone() });
            entry.claim(now);
        }
        let at = self.lanes.iter().position(|(known, _)| *known == lane).unwrap_or_else(|| {
            self.lanes.push((lane, Lane::default()));
            self.lanes.len() - 1
        });
        let page = self.lanes[at].1.allocate(now);
        Some(Spill { lane, page, entries })
    }

    pub(super) fn confirm(&mut self, lane: u8, page: u32, keys: &[EntryKey], now: i64) {
        let is_its = |entry: &Entry| keys.contains(&entry.key());
        let its = || self.entries.iter().filter(|entry| is_its(entry));
        let written = Written {
            entries: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            bytes: its().map(|entry| entry.size() as u64).sum(),
            since: its().map(Entry::at).min().unwrap_or(now),
            due: its().map(|entry| entry.due).max().unwrap_or(now),
        };
        if self.lane(lane).is_some_and(|pages| pages.confirm(page, written, now)) {
            self.entries.retain(|entry| !is_its(entry));
        }
    }

    pub(super) fn lane(&mut self, lane: u8) -> Option<&mut Lane> {
        self.lanes.iter_mut().find_map(|(known, pages)| (*known == lane).then_some(pages))
    }
}
