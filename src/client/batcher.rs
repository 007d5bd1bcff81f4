//! [`Batcher`]: gathers recipients into batches, as large as an account's vendor takes, in memory that does not grow.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Content;
use crate::bulk::{Recipient, Wanted};
use crate::phone::Phone;
use crate::segments::Count;
use crate::vendor::Share;

/// The most batches that are filled at once. Beyond, the oldest leaves as it is.
const OPEN: usize = 16;

/// Batches under way to one account.
#[derive(Default)]
pub struct Batcher {
    open: Vec<Group>,
}

/// Recipients whose messages travel together.
pub struct Group {
    /// The receivers, none twice.
    pub to: Vec<Phone>,
    /// What they receive, as the vendor takes it.
    pub content: Content,
    /// What each asked for, so that another account can take it.
    pub wanted: Vec<Wanted>,
    /// Segments and characters of all of it.
    pub count: Count,
    most: usize,
    places: Places,
}

impl Batcher {
    /// Takes a recipient; gives the batches that have to leave for it, or that it filled.
    pub fn take(&mut self, recipient: Recipient, share: Share, most: usize, count: Count) -> Vec<Group> {
        let mut leaving = vec![];
        let mut found = self.open.iter().position(|group| group.admits(&share));
        if let Some(at) = found {
            let group = &mut self.open[at];
            if let Err(place) = group.places.enter(recipient.to, &group.to) {
                // 单次提交中若有重复手机号码, 接口将自动过滤删除 (smsadmin.txt, 1.0.3): another text needs a request of its own.
                if group.wanted[place].text() == recipient.wanted.text() {
                    return leaving;
                }
                leaving.push(self.open.remove(at));
                found = None;
            }
        }
        let at = found.unwrap_or_else(|| {
            if self.open.len() == OPEN {
                leaving.push(self.open.remove(0));
            }
            let mut group = Group::new(&share, most);
            // It has no other.
            let _ = group.places.enter(recipient.to, &group.to);
            self.open.push(group);
            self.open.len() - 1
        });
        self.open[at].push(recipient, share, count);
        if self.open[at].to.len() >= self.open[at].most {
            leaving.push(self.open.remove(at));
        }
        leaving
    }

    /// How many recipients may come before a batch leaves, at least.
    #[must_use]
    pub fn room(&self) -> usize {
        self.open.iter().map(|group| group.most - group.to.len()).min().unwrap_or(1)
    }

    /// Gives what has not left yet.
    pub fn flush(&mut self) -> Vec<Group> {
        core::mem::take(&mut self.open)
    }
}

impl Group {
    fn new(share: &Share, most: usize) -> Self {
        let content = match share {
            Share::Same(text) => Content::Same(Rc::clone(text)),
            Share::Each(_) => Content::Each(vec![]),
            Share::Filled { template, .. } => Content::Filled { template: Rc::clone(template), values: vec![] },
        };
        let count = Count { segments: 0, characters: 0 };
        Self { to: vec![], content, wanted: vec![], count, most, places: Places::default() }
    }

    fn admits(&self, share: &Share) -> bool {
        match (&self.content, share) {
            (Content::Same(text), Share::Same(other))
            | (Content::Filled { template: text, .. }, Share::Filled { template: other, .. }) => {
                Rc::ptr_eq(text, other) || text == other
            }
            (Content::Each(_), Share::Each(_)) => true,
            _ => false,
        }
    }

    fn push(&mut self, recipient: Recipient, share: Share, count: Count) {
        match (&mut self.content, share) {
            (Content::Each(texts), Share::Each(text)) => texts.push(text),
            (Content::Filled { values, .. }, Share::Filled { values: own, .. }) => values.push(own),
            _ => {}
        }
        self.to.push(recipient.to);
        self.wanted.push(recipient.wanted);
        self.count.segments += count.segments;
        self.count.characters += count.characters;
    }
}

/// Where each receiver of a group stands: an open-addressing hash table of positions, without its own copy of the numbers.
#[derive(Default)]
struct Places(Vec<u32>);

/// No position: no batch is that large.
const EMPTY: u32 = u32::MAX;

impl Places {
    /// Enters the next receiver of a group.
    ///
    /// # Errors
    /// Where it stands, if it is in the group already.
    fn enter(&mut self, phone: Phone, group: &[Phone]) -> Result<(), usize> {
        if (group.len() + 1) * 2 > self.0.len() {
            // By four, so that few are entered again.
            self.0 = vec![EMPTY; (self.0.len() * 4).max(16)];
            for (place, phone) in (0..).zip(group) {
                let slot = self.slot(*phone, group).unwrap_or_default();
                self.0[slot] = place;
            }
        }
        let slot = self.slot(phone, group)?;
        self.0[slot] = u32::try_from(group.len()).unwrap_or(EMPTY);
        Ok(())
    }

    /// The free slot of a receiver, or where it stands.
    fn slot(&self, phone: Phone, group: &[Phone]) -> Result<usize, usize> {
        let mask = self.0.len() - 1;
        let mut slot = Self::first_slot(phone) & mask;
        loop {
            match self.0[slot] {
                EMPTY => return Ok(slot),
                place if group[place as usize] == phone => return Err(place as usize),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Fibonacci hashing: the middle bits of a product with a constant. The length is a power of two.
    fn first_slot(phone: Phone) -> usize {
        let product = phone.number().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(product >> 40).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;

    fn take(batcher: &mut Batcher, to: &str, text: &str, most: usize) -> Vec<Vec<String>> {
        let text: Rc<str> = text.into();
        let recipient = Recipient { to: Phone::parse(to).unwrap(), wanted: Wanted::Own(Rc::clone(&text)) };
        let count = Count { segments: 1, characters: text.len() };
        let leaving = batcher.take(recipient, Share::Each(text), most, count);
        leaving.iter().map(|group| group.to.iter().map(Phone::e164).collect()).collect()
    }

    #[test]
    fn the_same_number_and_text_is_taken_once_and_another_text_leaves_apart() {
        let mut batcher = Batcher::default();
        let none: Vec<Vec<String>> = vec![];
        assert_eq!(take(&mut batcher, "13812345678", "a", 3), none);
        assert_eq!(take(&mut batcher, "+8613812345678", "a", 3), none);
        assert_eq!(take(&mut batcher, "13812345679", "a", 3), none);
        assert_eq!(batcher.room(), 1);
        assert_eq!(take(&mut batcher, "13812345679", "b", 3), [["+8613812345678", "+8613812345679"]]);
        assert_eq!(batcher.flush().len(), 1);
        assert!(batcher.flush().is_empty());
    }

    #[test]
    fn five_thousand_numbers_are_found_again() {
        let mut batcher = Batcher::default();
        let number = |index: u64| (13_000_000_000 + index * 7_919).to_string();
        for round in 0..2 {
            for index in 0..4_999 {
                assert!(take(&mut batcher, &number(index), "a", 5_000).is_empty(), "{round}");
            }
        }
        assert_eq!(take(&mut batcher, &number(4_999), "a", 5_000)[0].len(), 5_000);
    }

    #[test]
    fn texts_that_travel_alone_share_no_more_than_sixteen_open_batches() {
        let mut batcher = Batcher::default();
        for index in 0..40_u32 {
            let text: Rc<str> = index.to_string().into();
            let recipient =
                Recipient { to: Phone::parse("13812345678").unwrap(), wanted: Wanted::Own(Rc::clone(&text)) };
            let left = batcher.take(recipient, Share::Same(text), 100, Count { segments: 1, characters: 1 });
            assert_eq!(left.len(), usize::from(index >= 16));
        }
        assert_eq!(batcher.flush().len(), 16);
    }
}
