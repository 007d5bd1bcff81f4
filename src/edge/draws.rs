//! [`Draws`]: the random bytes of one request, from the platform's own generator.

use crate::otp::code::Nonce;
use crate::random::{self, Random};

/// The number of random bytes for one request.
pub const LENGTH: usize = 16 + 8 + 4 + 16 + random::LENGTH;

/// Bytes that nobody can guess, by their use.
pub struct Draws {
    /// The nonce of a code.
    pub nonce: Nonce,
    /// The id of a challenge.
    pub challenge: [u8; 8],
    /// The random number of a reservation.
    pub reservation: u32,
    /// The id of a proof.
    pub proof: [u8; 16],
    /// The client's random bytes.
    pub client: Random,
}

impl Draws {
    /// Splits [`LENGTH`] random bytes; `None` for any other number.
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
