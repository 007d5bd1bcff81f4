//! A short hash, which identifies accounts and vendors' ids of texts in stored state.

/// A hash of an account's name, or of a vendor's id of a text, where few bytes must do: FNV-1a. Nothing depends on its
/// being hard to guess.
pub(super) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
