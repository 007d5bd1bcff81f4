//! What vendors say of texts after they took them, each thing once: kept before it is read, and until it is passed on.
//!
//! A push or a pull is a [`mail`]: bytes as they came. Mails wait in the queue of their account ([`queue`]) until all that is
//! in them was taken in and passed on. What nobody can read or match is [`kept`] aside. A [`memo`] tells a record that was seen
//! before, a [`tally`] what became of each account's texts. All of it is state of the ledger's, one key each, and pure.

pub mod kept;
pub mod mail;
pub mod memo;
pub mod queue;
pub mod tally;
