//! One-time codes. A [`code`] is derived and never stored; a [`challenge`] is its stored state; a [`device`] token
//! shows that a device verified a number before; a [`proof`] states that a person has. A [`text_status`] holds the
//! outcome of a text, which its vendor names by a reference in [`base32`]. The [`keyring`] derives all of them.

pub mod base32;
pub mod challenge;
pub mod code;
pub mod device;
pub mod keyring;
pub mod proof;
pub mod text_status;
pub mod work_challenge;
