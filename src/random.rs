//! [`Random`]: random bytes for one call. The caller's platform supplies them, since the core has no source of
//! randomness.

use crate::error::SmsError;
use crate::reference::{self, Reference};
use crate::wire::jsonp::{self, Callback};

/// The number of random bytes for one call.
pub const RANDOM_BYTES: usize = reference::ENTROPY_BYTES + jsonp::ENTROPY_BYTES;

/// Bytes that nobody can guess, or none: some hosts have no random bytes, and not every call needs them.
#[derive(Clone, Copy)]
pub struct Random(Option<[u8; RANDOM_BYTES]>);

impl Random {
    /// Wraps [`RANDOM_BYTES`] random bytes, or none.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.try_into().ok())
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

    /// Random bytes for a signature; zeros where there are none.
    #[must_use]
    pub fn signature(&self) -> [u8; 16] {
        self.part(reference::ENTROPY_BYTES).unwrap_or_default()
    }

    /// The random bytes for the request at `index` of several: their callback differs and is as hard to guess.
    #[must_use]
    pub fn for_request(mut self, index: usize) -> Self {
        // A character of the name uses five bits of a byte. `index` is added to the first six characters, in base 32.
        let callback = self.0.iter_mut().flat_map(|bytes| &mut bytes[reference::ENTROPY_BYTES..]);
        for (place, byte) in callback.take(6).enumerate() {
            *byte = byte.wrapping_add(u8::try_from((index >> (5 * place)) & 31).unwrap_or_default());
        }
        self
    }

    fn part<const N: usize>(&self, from: usize) -> Result<[u8; N], SmsError> {
        let message = "this host has no random bytes: give the message a ref, and do not use JSONP";
        let bytes = self.0.ok_or_else(|| SmsError::argument("ref", message))?;
        Ok(core::array::from_fn(|index| bytes[(from + index) % RANDOM_BYTES]))
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::String;

    use super::*;

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
