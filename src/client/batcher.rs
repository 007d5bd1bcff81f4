//! [`Batcher`]: gathers recipients into batches of the size that an account's vendor takes. Its memory has a fixed
//! bound.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use xinshi_bytes::Places;

use crate::batch::Content;
use crate::bulk::{BulkContent, Recipient};
use crate::phone::Phone;
use crate::segments::Count;
use crate::vendor::Share;

/// The maximum number of batches under construction. Beyond it, the oldest batch with one text leaves unfilled.
const MAX_OPEN_GROUPS: usize = 16;

/// The batches under construction for one account.
#[derive(Default)]
pub struct Batcher {
    groups: Vec<Group>,
}

/// Recipients that share a request.
pub struct Group {
    /// The texts, in the form in which the vendor takes them.
    pub content: Content,
    /// The text of each recipient, so that another account can take it. Recipients beyond the end of the list have the
    /// text of its last entry.
    pub contents: Vec<BulkContent>,
    /// Segments and characters of all the texts.
    pub count: Count,
    max_recipients: usize,
    is_abroad: bool,
    /// The keys of the receivers; no number occurs twice.
    recipients: Places,
}

impl Batcher {
    /// Adds a recipient. Returns the batches that leave to make space for it, or because it filled them.
    pub fn add(&mut self, recipient: Recipient, share: Share, max: usize, count: Count) -> Vec<Group> {
        let mut leaving = vec![];
        // No vendor that sends abroad takes numbers of the mainland in the same request as others.
        let is_abroad = !recipient.to.is_mainland();
        let mut found = self.groups.iter().position(|group| group.is_abroad == is_abroad && group.admits(&share));
        if let Some(at) = found {
            let group = &mut self.groups[at];
            if let Err(index) = group.recipients.enter(recipient.to.key()) {
                // 单次提交中若有重复手机号码, 接口将自动过滤删除 (smsadmin.txt, 1.0.3): another text needs a request of its own.
                if group.content_at(index).is_some_and(|content| content.text() == recipient.content.text()) {
                    return leaving;
                }
                leaving.push(self.groups.remove(at));
                found = None;
            }
        }
        let at = found.unwrap_or_else(|| {
            if self.groups.len() == MAX_OPEN_GROUPS {
                // Every recipient with a text or values of its own adds to one such batch, so it stays open while
                // another can leave.
                let oldest = self.groups.iter().position(|group| group.content.same().is_some());
                leaving.push(self.groups.remove(oldest.unwrap_or_default()));
            }
            let mut group = Group::new(&share, max, is_abroad);
            // A new batch does not have the number yet.
            let _ = group.recipients.enter(recipient.to.key());
            self.groups.push(group);
            self.groups.len() - 1
        });
        self.groups[at].push(recipient, share, count);
        if self.groups[at].recipients.numbers().len() >= self.groups[at].max_recipients {
            leaving.push(self.groups.remove(at));
        }
        leaving
    }

    /// The open batch in which all recipients, of the mainland, get this text.
    pub fn open_for(&mut self, text: &Rc<str>) -> Option<&mut Group> {
        self.groups
            .iter_mut()
            .filter(|group| !group.is_abroad)
            .find(|group| matches!(&group.contents[..], [BulkContent::Shared(same), ..] if Rc::ptr_eq(same, text)))
    }

    /// The number of recipients that fit before any batch leaves; a lower bound.
    #[must_use]
    pub fn remaining_capacity(&self) -> usize {
        self.groups.iter().map(|group| group.max_recipients - group.recipients.numbers().len()).min().unwrap_or(1)
    }

    /// Removes and returns all open batches.
    pub fn flush(&mut self) -> Vec<Group> {
        core::mem::take(&mut self.groups)
    }
}

impl Group {
    fn new(share: &Share, max: usize, is_abroad: bool) -> Self {
        let content = match share {
            Share::Same(text) => Content::Same(Rc::clone(text)),
            Share::Each(_) => Content::Each(vec![]),
            Share::Filled { template, .. } => Content::Filled { template: Rc::clone(template), values: vec![] },
        };
        let count = Count { segments: 0, characters: 0 };
        Self { content, contents: vec![], count, max_recipients: max, is_abroad, recipients: Places::default() }
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

    /// The receivers; no number occurs twice.
    #[must_use]
    pub fn to(&self) -> Rc<[Phone]> {
        self.recipients.numbers().iter().map(|key| Phone::keyed(*key)).collect()
    }

    /// The text of the receiver at `place`.
    #[must_use]
    pub fn content_at(&self, index: usize) -> Option<&BulkContent> {
        self.contents.get(index).or(self.contents.last())
    }

    /// Adds mainland numbers, one a line, that get the same text as the batch. Stops at the last number before the
    /// batch is full, or at the first line that is no such number, and returns the rest.
    pub fn add_lines<'a>(&mut self, lines: &'a str, count: Count) -> &'a str {
        let before = self.recipients.numbers().len();
        let rest = self.recipients.enter_lines(lines, self.max_recipients - 1);
        let taken = self.recipients.numbers().len() - before;
        self.count.segments += count.segments * taken;
        self.count.characters += count.characters * taken;
        rest
    }

    fn push(&mut self, recipient: Recipient, share: Share, count: Count) {
        match (&mut self.content, share) {
            (Content::Each(texts), Share::Each(text)) => texts.push(text),
            (Content::Filled { values, .. }, Share::Filled { values: own, .. }) => values.push(own),
            _ => {}
        }
        self.contents.push(recipient.content);
        self.count.segments += count.segments;
        self.count.characters += count.characters;
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;

    fn take(batcher: &mut Batcher, to: &str, text: &str, max: usize) -> Vec<Vec<String>> {
        let text: Rc<str> = text.into();
        let recipient = Recipient { to: Phone::parse(to).unwrap(), content: BulkContent::Own(Rc::clone(&text)) };
        let count = Count { segments: 1, characters: text.len() };
        let leaving = batcher.add(recipient, Share::Each(text), max, count);
        leaving.iter().map(|group| group.to().iter().map(Phone::e164).collect()).collect()
    }

    #[test]
    fn equal_recipients_are_merged_and_another_text_gets_another_batch() {
        let mut batcher = Batcher::default();
        let none: Vec<Vec<String>> = vec![];
        assert_eq!(take(&mut batcher, "13812345678", "a", 3), none);
        assert_eq!(take(&mut batcher, "+8613812345678", "a", 3), none);
        assert_eq!(take(&mut batcher, "13812345679", "a", 3), none);
        assert_eq!(batcher.remaining_capacity(), 1);
        assert_eq!(take(&mut batcher, "13812345679", "b", 3), [["+8613812345678", "+8613812345679"]]);
        assert_eq!(batcher.flush().len(), 1);
        assert!(batcher.flush().is_empty());
    }

    #[test]
    fn five_thousand_numbers_are_recognised() {
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
    fn individual_texts_share_at_most_sixteen_open_batches() {
        let mut batcher = Batcher::default();
        for index in 0..40_u32 {
            let text: Rc<str> = index.to_string().into();
            let recipient =
                Recipient { to: Phone::parse("13812345678").unwrap(), content: BulkContent::Own(Rc::clone(&text)) };
            let left = batcher.add(recipient, Share::Same(text), 100, Count { segments: 1, characters: 1 });
            assert_eq!(left.len(), usize::from(index >= 16));
        }
        assert_eq!(batcher.flush().len(), 16);
    }

    #[test]
    fn individual_texts_close_no_batch_of_other_texts() {
        let mut batcher = Batcher::default();
        let count = Count { segments: 1, characters: 1 };
        let mut sizes = Vec::new();
        let mut note = |groups: Vec<Group>| sizes.extend(groups.iter().map(|group| group.to().len()));
        for index in 0..200_u32 {
            let text: Rc<str> = index.to_string().into();
            let to = Phone::parse(&(13_000_000_000 + u64::from(index)).to_string()).unwrap();
            let recipient = Recipient { to, content: BulkContent::Own(Rc::clone(&text)) };
            // One in ten, and 23 in a row: 40 in all.
            let is_alone = index % 10 == 0 || (100..123).contains(&index);
            let share = if is_alone { Share::Same(text) } else { Share::Each(text) };
            note(batcher.add(recipient, share, 200, count));
        }
        note(batcher.flush());
        sizes.sort_unstable();
        assert_eq!(sizes.last(), Some(&160));
        assert_eq!((sizes.len(), sizes.iter().sum::<usize>()), (41, 200));
    }
}
