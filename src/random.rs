//! [`Random`]: random bytes and the time for one call. The caller's platform supplies them, since the core has no source
//! of either.

use alloc::string::String;

use crate::error::SmsError;
use crate::reference::{self, Reference};
use crate::wire::digest;
use crate::wire::jsonp::{self, Callback};

/// The number of random bytes for one call.
pub const RANDOM_BYTES: usize = reference::ENTROPY_BYTES + jsonp::ENTROPY_BYTES;

/// Bytes that nobody can guess, or none: some hosts have no random bytes, and not every call needs them. Beside them the
/// time, by which some vendors' requests are signed.
#[derive(Clone, Copy)]
pub struct Random {
    bytes: Option<[u8; RANDOM_BYTES]>,
    now_ms: i64,
}

impl Random {
    /// Wraps [`RANDOM_BYTES`] random bytes, or none. Eight bytes behind them, if any, are the time in milliseconds since
    /// the Unix epoch, big-endian.
    #[must_use]
    pub fn new(drawn: &[u8]) -> Self {
        let (bytes, time) = drawn.split_first_chunk().map_or((None, drawn), |(bytes, time)| (Some(*bytes), time));
        Self { bytes, now_ms: time.try_into().map_or(0, i64::from_be_bytes) }
    }

    /// The same bytes at another time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(self, now_ms: i64) -> Self {
        Self { now_ms, ..self }
    }

    /// The time of the call, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// 16 random letters and digits, for a vendor that takes a request only once.
    ///
    /// # Errors
    /// `invalid_argument` where there are no random bytes.
    pub fn nonce(&self) -> Result<String, SmsError> {
        // Such a vendor's replies call no function, so that the same bytes serve both.
        let bytes: [u8; jsonp::ENTROPY_BYTES] = self.part(reference::ENTROPY_BYTES)?;
        Ok(reference::random_characters(&bytes).collect())
    }

    /// A random reference, for a message that has none.
    ///
    /// # Errors
    /// `invalid_argument` where there are no random bytes.
    pub fn reference(&self) -> Result<Reference, SmsError> {
        self.part(0).map(Reference::generate)
    }

    /// A random name for the function that a JSONP reply calls.
    ///
    /// # Errors
    /// `invalid_argument` where there are no random bytes.
    pub fn callback(&self) -> Result<Callback, SmsError> {
        self.part(reference::ENTROPY_BYTES).map(Callback::generate)
    }

    /// 16 bytes that differ for each request, even without random bytes, unless the same body leaves twice within a
    /// millisecond.
    #[must_use]
    pub fn nonce_for(&self, body: &[u8]) -> [u8; 16] {
        let drawn: [u8; 16] = self.part(reference::ENTROPY_BYTES).unwrap_or_default();
        let digest = digest::sha256(&[&drawn[..], &self.now_ms.to_be_bytes(), body].concat());
        core::array::from_fn(|at| digest[at])
    }

    /// The random bytes for the request at `index` of several: their callback differs and is as hard to guess.
    #[must_use]
    pub fn for_request(mut self, index: usize) -> Self {
        // A character of the name uses five bits of a byte. `index` is added to the first six characters, in base 32.
        let callback = self.bytes.iter_mut().flat_map(|bytes| &mut bytes[reference::ENTROPY_BYTES..]);
        for (place, byte) in callback.take(6).enumerate() {
            *byte = byte.wrapping_add(u8::try_from((index >> (5 * place)) & 31).unwrap_or_default());
        }
        self
    }

    fn part<const N: usize>(&self, from: usize) -> Result<[u8; N], SmsError> {
        let message = "this host has no random bytes: give the message a ref, and do not use JSONP";
        let bytes = self.bytes.ok_or_else(|| SmsError::argument("ref", message))?;
        Ok(core::array::from_fn(|index| bytes[(from + index) % RANDOM_BYTES]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn callback_names_are_unique() {
        let random = Random::new(&[255; RANDOM_BYTES]);
        let names: BTreeSet<_> =
            (0..100_000).map(|index| String::from(random.for_request(index).callback().unwrap().as_str())).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!(random.for_request(7).reference().unwrap(), random.reference().unwrap());
        assert!(Random::new(&[]).callback().is_err() && Random::new(&[1]).reference().is_err());
    }
}
