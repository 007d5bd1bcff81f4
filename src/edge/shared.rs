//! [`Shared`]: what all parts of a handler have in common.

use crate::edge::config::Config;
use crate::edge::event_counts::EventCounts;

/// The configuration, and the counts of events. The parts of a handler share one, and read it as if it were their own.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) counts: EventCounts,
}
