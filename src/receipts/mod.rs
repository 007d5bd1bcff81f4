//! Receipts: the vendors' reports and people's replies, each forwarded once. They are stored before they are read, and
//! until they are forwarded.
//!
//! A push or a pull is an [`inbound`] batch: bytes as they arrived. Its records are ingested one by one. A record that
//! the user's queue or webhook does not accept at once becomes an [`outbound`] message. Batches and messages are
//! [`entries`](entry) of their account's [`queue`]: its row holds the newest, its [`lanes`](lane) hold the rest.
//! Records that could not be read or matched are [`unmatched`] for an operator. A [`forwarded_mark`] recognises a
//! record that was seen before, and a [`delivery_stats`] sums the outcomes of each account's texts. All of these are
//! states of the ledger, and pure.

pub mod delivery_stats;
pub mod entry;
pub mod forwarded_mark;
pub mod inbound;
pub mod kept;
pub mod lane;
pub mod outbound;
pub mod queue;
pub mod queue_command;
mod queue_pages;
pub mod redact;
pub mod unmatched;
