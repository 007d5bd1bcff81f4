//! [`Draws`]: the random bytes of one request, which the platform's own generator drew.

use crate::otp::code::Nonce;
use crate::random::{self, Random};

/// The bytes of one request.
pub const LENGTH: usize = 16 + 8 + 4 + 16 + random::LENGTH;

/// Bytes that nobody can guess, by what they are for.
pub struct Draws {
    /// What a code is derived from.
    pub nonce: Nonce,
    /// What tells a challenge from others.
    pub challenge: [u8; 8],
    /// What tells a reservation from others.
    pub reservation: u32,
    /// What makes a proof good for once.
    pub proof: [u8; 16],
    /// What the client needs.
    pub client: Random,
}

impl Draws {
    /// Takes what was drawn: [`LENGTH`] bytes, or there is nothing.
    #[must_use]
    pub fn new(drawn: &[u8]) -> Option<Self> {
        let (nonce, rest) = drawn.split_first_chunk()?;
        let (challenge, rest) = rest.split_first_chunk()?;
        let (reservation, rest) = rest.split_first_chunk()?;
        let (proof, rest) = rest.split_first_chunk()?;
        (rest.len() == random::LENGTH).then(|| Self {
            nonce: *nonce,
            challenge: *challenge,
            reservation: u32::from_be_bytes(*reservation),
            proof: *proof,
            client: Random::new(rest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_all_or_nothing() {
        let draws = Draws::new(&[7; LENGTH]).unwrap();
        assert_eq!((draws.nonce, draws.reservation), ([7; 16], 0x0707_0707));
        assert!(draws.client.reference().is_ok());
        assert!(Draws::new(&[7; LENGTH - 1]).is_none() && Draws::new(&[]).is_none());
    }
}
