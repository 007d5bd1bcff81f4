//! [`Random`]: bytes that the caller's platform drew for one call, since nothing in here draws any.

use crate::error::SmsError;
use crate::reference::{self, Reference};
use crate::wire::jsonp::{self, Callback};

/// The random bytes of one call.
pub const RANDOM_BYTES: usize = reference::ENTROPY_BYTES + jsonp::ENTROPY_BYTES;

/// Bytes that nobody can guess, or none: some hosts have none to give, and not every call needs them.
#[derive(Clone, Copy)]
pub struct Random(Option<[u8; RANDOM_BYTES]>);

impl Random {
    /// Takes what was drawn: [`RANDOM_BYTES`] bytes, or none.
    #[must_use]
    pub fn new(drawn: &[u8]) -> Self {
        Self(drawn.try_into().ok())
    }

    /// The reference of a message that has none.
    ///
    /// # Errors
    /// `invalid_argument` where nothing was drawn.
    pub fn reference(&self) -> Result<Reference, SmsError> {
        self.part(0).map(Reference::generate)
    }

    /// The name of the function that a JSONP reply calls.
    ///
    /// # Errors
    /// `invalid_argument` where nothing was drawn.
    pub fn callback(&self) -> Result<Callback, SmsError> {
        self.part(reference::ENTROPY_BYTES).map(Callback::generate)
    }

    /// For one request of several: another callback, as hard to guess.
    #[must_use]
    pub fn for_request(mut self, index: usize) -> Self {
        // A sign is five bits of a byte: the number is added to the first six, in base 32.
        let callback = self.0.iter_mut().flat_map(|bytes| &mut bytes[reference::ENTROPY_BYTES..]);
        for (place, byte) in callback.take(6).enumerate() {
            *byte = byte.wrapping_add(u8::try_from((index >> (5 * place)) & 31).unwrap_or_default());
        }
        self
    }

    fn part<const N: usize>(&self, from: usize) -> Result<[u8; N], SmsError> {
        let message = "there are no random bytes to be had here: give the message a ref, and do without JSONP";
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
    fn each_request_has_a_callback_of_its_own() {
        let random = Random::new(&[255; RANDOM_BYTES]);
        let names: BTreeSet<_> =
            (0..100_000).map(|index| String::from(random.for_request(index).callback().unwrap().as_str())).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!(random.for_request(7).reference().unwrap(), random.reference().unwrap());
        assert!(Random::new(&[]).callback().is_err() && Random::new(&[1]).reference().is_err());
    }
}
