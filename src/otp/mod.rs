//! One-time codes: a [`code`] is derived and stored nowhere, a [`challenge`] is what is stored in its place, a [`device`]
//! has verified a number before, and a [`proof`] says that a person has. [`text_status`] holds what became of a text, which its
//! vendor names by a [`base32`]. [`keyring`] holds what all of them are made with.

pub mod base32;
pub mod challenge;
pub mod code;
pub mod device;
pub mod keyring;
pub mod proof;
pub mod text_status;
