//! What passes between objects, and what they keep, is opaque text: a worker pays for each list of bytes with a buffer of its
//! own, which costs more than all that is decided.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes as a text that nobody but the ledger reads.
pub fn written(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of such a text; nothing of another.
pub fn read(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
