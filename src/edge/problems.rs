//! The problems that several routes share.

use crate::edge::entropy::Entropy;
use crate::edge::handler_reply::Problem;

/// Milliseconds after which a store that failed is worth another attempt.
pub(super) const STORE_RETRY_MS: i64 = 5000;

pub(super) fn unauthorized() -> Problem {
    Problem::new(401, "unauthorized", "The bearer token is missing or none of ours")
}

/// The store failed. The command may have been applied if only its answer was lost.
pub(super) fn store_failed() -> Problem {
    let title = "What is stored cannot be reached at the moment: try again later";
    Problem::new(503, "unavailable", title).retry_after(STORE_RETRY_MS)
}

/// The queue of an account is full.
pub(super) fn too_many_waiting() -> Problem {
    Problem::new(503, "too-many-waiting", "Too many receipts wait to be read: push it again").retry_after(60_000)
}

/// The random bytes of a request.
///
/// # Errors
/// 503 if the platform supplied none.
pub(super) fn read_entropy(random_bytes: &[u8]) -> Result<Entropy, Problem> {
    Entropy::new(random_bytes).ok_or_else(|| {
        Problem::new(503, "no-randomness", "No code can be made").detail("the platform has no random bytes")
    })
}
