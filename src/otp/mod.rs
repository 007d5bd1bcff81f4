//! One-time codes: a [`code`] is derived and stored nowhere, a [`challenge`] is what is stored in its place, a [`device`]
//! has verified a number before, and a [`proof`] says that a person has. [`receipt`] holds what became of a text, which its
//! vendor names by a [`reference`]. [`keyring`] holds what all of them are made with.

pub mod challenge;
pub mod code;
pub mod device;
pub mod keyring;
pub mod proof;
pub mod receipt;
pub mod reference;
