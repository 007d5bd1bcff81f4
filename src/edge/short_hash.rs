//! A hash of few bytes, by which accounts and vendors' ids of texts are told apart where state is kept.

/// What tells an account from another, or a vendor's id of a text from another, where few bytes do: FNV-1a. Nothing hangs on
/// its being hard to guess.
pub(super) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
