//! [`Random`]: bytes that the caller's platform drew for one call, since nothing in here draws any.

use crate::reference::{self, Reference};
use crate::wire::jsonp::{self, Callback};

/// The random bytes of one call.
pub const LENGTH: usize = reference::ENTROPY + jsonp::ENTROPY;

/// Bytes that nobody can guess.
#[derive(Clone, Copy)]
pub struct Random([u8; LENGTH]);

impl Random {
    /// Takes what was drawn.
    #[must_use]
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// The reference of a message that has none.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference::generate(self.part(0))
    }

    /// The name of the function that a JSONP reply calls.
    #[must_use]
    pub fn callback(&self) -> Callback {
        Callback::generate(self.part(reference::ENTROPY))
    }

    /// For one request of several: another callback, as hard to guess.
    #[must_use]
    pub fn for_request(mut self, index: usize) -> Self {
        // A sign is five bits of a byte: the number is added to the first six, in base 32.
        for (place, byte) in self.0[reference::ENTROPY..].iter_mut().take(6).enumerate() {
            *byte = byte.wrapping_add(u8::try_from((index >> (5 * place)) & 31).unwrap_or_default());
        }
        self
    }

    fn part<const N: usize>(&self, from: usize) -> [u8; N] {
        core::array::from_fn(|index| self.0[(from + index) % LENGTH])
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::String;

    use super::*;

    #[test]
    fn each_request_has_a_callback_of_its_own() {
        let random = Random::new([255; LENGTH]);
        let names: BTreeSet<_> =
            (0..100_000).map(|index| String::from(random.for_request(index).callback().as_str())).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!(random.for_request(7).reference(), random.reference());
    }
}
