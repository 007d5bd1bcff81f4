//! [`Shared`]: the state that all parts of a handler share.

use crate::edge::config::Config;
use crate::edge::event_counts::EventCounts;

/// The configuration, and the counts of events. Each part of a handler dereferences to it.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) counts: EventCounts,
}
