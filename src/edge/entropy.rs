//! [`Entropy`]: the random bytes of one request, from the platform's own generator.

use crate::otp::code::Nonce;
use crate::random::{self, Random};

/// The number of random bytes for one request.
pub const ENTROPY_BYTES: usize = 16 + 8 + 4 + 16 + random::RANDOM_BYTES;

/// Bytes that nobody can guess, by their use.
pub struct Entropy {
    /// The nonce of a code.
    pub nonce: Nonce,
    /// The id of a challenge.
    pub challenge: [u8; 8],
    /// The random number of a reservation.
    pub reservation: u32,
    /// The id of a proof, the nonce of a signed request, the salt of a work challenge, or the id of a batch.
    pub once: [u8; 16],
    /// The client's random bytes.
    pub client: Random,
}

impl Entropy {
    /// Splits [`ENTROPY_BYTES`] random bytes; `None` for any other number.
    #[must_use]
    pub fn new(random_bytes: &[u8]) -> Option<Self> {
        let (nonce, rest) = random_bytes.split_first_chunk()?;
        let (challenge, rest) = rest.split_first_chunk()?;
        let (reservation, rest) = rest.split_first_chunk()?;
        let (once, rest) = rest.split_first_chunk()?;
        (rest.len() == random::RANDOM_BYTES).then(|| Self {
            nonce: *nonce,
            challenge: *challenge,
            reservation: u32::from_be_bytes(*reservation),
            once: *once,
            client: Random::new(rest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_gives_all_requested_bytes_or_none() {
        let entropy = Entropy::new(&[7; ENTROPY_BYTES]).unwrap();
        assert_eq!((entropy.nonce, entropy.reservation), ([7; 16], 0x0707_0707));
        assert!(entropy.client.reference().is_ok());
        assert!(Entropy::new(&[7; ENTROPY_BYTES - 1]).is_none() && Entropy::new(&[]).is_none());
    }
}
