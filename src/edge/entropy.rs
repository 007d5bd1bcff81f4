//! [`Entropy`]: the random bytes of one request, which the platform's own generator drew.

use crate::otp::code::Nonce;
use crate::random::{self, Random};

/// The bytes of one request.
pub const ENTROPY_BYTES: usize = 16 + 8 + 4 + 16 + random::RANDOM_BYTES;

/// Bytes that nobody can guess, by what they are for.
pub struct Entropy {
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

impl Entropy {
    /// Takes what was drawn: [`ENTROPY_BYTES`] bytes, or there is nothing.
    #[must_use]
    pub fn new(random_bytes: &[u8]) -> Option<Self> {
        let (nonce, rest) = random_bytes.split_first_chunk()?;
        let (challenge, rest) = rest.split_first_chunk()?;
        let (reservation, rest) = rest.split_first_chunk()?;
        let (proof, rest) = rest.split_first_chunk()?;
        (rest.len() == random::RANDOM_BYTES).then(|| Self {
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
        let entropy = Entropy::new(&[7; ENTROPY_BYTES]).unwrap();
        assert_eq!((entropy.nonce, entropy.reservation), ([7; 16], 0x0707_0707));
        assert!(entropy.client.reference().is_ok());
        assert!(Entropy::new(&[7; ENTROPY_BYTES - 1]).is_none() && Entropy::new(&[]).is_none());
    }
}
