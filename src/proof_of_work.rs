//! Proof of work: the memory-hard function, and the search for its secret.
//!
//! A challenge contains a salt, the number of candidates, and the first bytes of the digest of one of them. The solver needs the other
//! bytes of that digest, and tries the candidates one by one: half of them on average, and all of them at most, so the time is bounded.
//! The handler computes one digest to make a challenge, and none to check an answer. The function is Argon2id (RFC 9106) over
//! [`MEMORY_KIB`], once and in one lane: more memory at a time than the cores of graphics cards have each, and little enough for a phone.

use alloc::vec;
use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// The memory of one try, in KiB: below 1 MB. `RUSTFLAGS="--cfg light_work"` makes it the least that Argon2 allows, for simulations of
/// millions of challenges (`docs/limits.md`).
pub const MEMORY_KIB: u32 = if cfg!(light_work) { 8 } else { 960 };

/// The bytes that distinguish the candidates of one challenge from those of another.
pub type Salt = [u8; 16];
/// How the digest of the candidate begins that is looked for.
pub type Target = [u8; 8];
/// The rest of that digest, which nobody knows who did not compute it.
pub type WorkAnswer = [u8; 16];

/// The memory of tries: taken once, and good for any number of them.
pub struct WorkFunction {
    function: Argon2<'static>,
    memory: Vec<Block>,
}

impl WorkFunction {
    /// Takes the memory.
    #[must_use]
    pub fn new() -> Self {
        // These are within what it allows.
        let params = Params::new(MEMORY_KIB, 1, 1, Some(24)).unwrap_or_default();
        let memory = vec![Block::default(); params.block_count()];
        Self { function: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory }
    }

    /// The digest of a candidate.
    #[must_use]
    pub fn digest(&mut self, salt: &Salt, candidate: u32) -> (Target, WorkAnswer) {
        let mut digest = [0; 24];
        let candidate = candidate.to_be_bytes();
        // All lengths are right.
        let _ = self.function.hash_password_into_with_memory(&candidate, salt, &mut digest, &mut self.memory);
        let (target, answer) = digest.split_at(8);
        (target.try_into().unwrap_or_default(), answer.try_into().unwrap_or_default())
    }

    /// The candidate that is looked for, where it is one of `from` to `to`, without it.
    #[must_use]
    pub fn search(&mut self, salt: &Salt, target: &Target, from: u32, to: u32) -> Option<u32> {
        (from..to).find(|candidate| self.digest(salt, *candidate).0 == *target)
    }
}

impl Default for WorkFunction {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_argon2id_as_others_compute_it() {
        // Of Python's argon2-cffi: hash_secret_raw(bytes([0, 0, 0, 7]), bytes(range(16)), 1, 960, 1, 24, Type.ID).
        let salt = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let (target, answer) = WorkFunction::new().digest(&salt, 7);
        assert_eq!(u64::from_be_bytes(target), 0x8e9c_96f4_f396_9910);
        assert_eq!(u128::from_be_bytes(answer), 0x2fd7_1466_9b94_7e6b_b518_a24e_473a_d49f);
    }

    #[test]
    fn finds_the_candidate_wherever_it_is_and_no_other() {
        let mut work = WorkFunction::new();
        let salt = [9; 16];
        let (target, _) = work.digest(&salt, 5);
        assert_eq!(work.search(&salt, &target, 0, 6), Some(5));
        assert_eq!(work.search(&salt, &target, 5, 6), Some(5));
        assert_eq!((work.search(&salt, &target, 0, 5), work.search(&salt, &target, 6, 9)), (None, None));
        assert_eq!(work.search(&[8; 16], &target, 0, 6), None, "of another challenge");
        let bytes = work.memory.len() * size_of::<Block>();
        assert!(bytes < 1_000_000, "{bytes}");
    }
}
