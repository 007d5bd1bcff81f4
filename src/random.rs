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

    fn part<const N: usize>(&self, from: usize) -> [u8; N] {
        core::array::from_fn(|index| self.0[(from + index) % LENGTH])
    }
}
