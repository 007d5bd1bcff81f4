//! [`References`]: `taskId` and `linkid`. Each is valid for one text.

use std::collections::{BTreeSet, VecDeque};

/// The references of accepted texts, the oldest first.
#[derive(Default)]
pub(super) struct References {
    used: BTreeSet<(&'static str, String)>,
    order: VecDeque<(&'static str, String)>,
}

/// The maximum number of references. Older ones become valid again.
const MAX_REFERENCES: usize = 100_000;

impl References {
    /// Whether a vendor has accepted a reference before. The empty reference is none.
    pub(super) fn has(&self, vendor: &'static str, reference: &str) -> bool {
        !reference.is_empty() && self.used.contains(&(vendor, reference.to_owned()))
    }

    /// Stores the reference of an accepted text.
    pub(super) fn take(&mut self, vendor: &'static str, reference: &str) {
        let entry = (vendor, reference.to_owned());
        if reference.is_empty() || !self.used.insert(entry.clone()) {
            return;
        }
        self.order.push_back(entry);
        if self.order.len() > MAX_REFERENCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.used.remove(&oldest);
        }
    }
}
