//! [`References`]: `taskId` and `linkid`, each good for one text.

use std::collections::{BTreeSet, VecDeque};

/// References that were taken with a text, oldest first.
#[derive(Default)]
pub(super) struct References {
    taken: BTreeSet<(&'static str, String)>,
    order: VecDeque<(&'static str, String)>,
}

/// References that are remembered; older ones are good again.
const MAX_REFERENCES: usize = 100_000;

impl References {
    /// Whether a vendor took a reference before. None at all is no reference.
    pub(super) fn has(&self, vendor: &'static str, reference: &str) -> bool {
        !reference.is_empty() && self.taken.contains(&(vendor, reference.to_owned()))
    }

    /// Remembers a reference that a text was taken with.
    pub(super) fn take(&mut self, vendor: &'static str, reference: &str) {
        let entry = (vendor, reference.to_owned());
        if reference.is_empty() || !self.taken.insert(entry.clone()) {
            return;
        }
        self.order.push_back(entry);
        if self.order.len() > MAX_REFERENCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.taken.remove(&oldest);
        }
    }
}
