//! What vendors say of texts after they took them, each thing once: stored before it is read, and until it is forwarded.
//!
//! A push or a pull is an [`inbound`] batch: bytes as they came. Its records are ingested one by one; what the user's queue or
//! webhook does not take at once becomes an [`outbound`] message. Both are [`entries`](entry) of their account's [`queue`], whose
//! row holds the newest and whose [`lanes`](lane) hold the rest. Records that nobody can read or match are [`unmatched`] for an
//! operator. A [`forwarded_mark`] recognises a record that was seen before, a [`delivery_stats`] sums what became of each account's texts. All of it
//! is state of the ledger's, and pure.

pub mod entry;
pub mod forwarded_mark;
pub mod inbound;
pub mod lane;
pub mod outbound;
pub mod queue;
pub mod redact;
pub mod unmatched;
pub mod unmatched;
