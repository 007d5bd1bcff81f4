//! [`Of`]: which challenge a send is of.

use serde::{Deserialize, Serialize};

use crate::otp::challenge::{Challenge, ChallengeId, New};

/// Which challenge a send is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The challenge that begins, unless another is sent again. Earlier ones live on.
    pub new: New,
    /// Another whose text is to be sent once more instead: the same code, expiry and tries.
    pub again: Option<Again>,
}

/// The challenge whose text is to be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The challenge.
    pub id: ChallengeId,
    /// The fewest milliseconds that its code must still be good for. Where less is left, the new one begins.
    pub least_ms: i64,
}

impl Of {
    /// A new challenge.
    #[must_use]
    pub const fn new(new: New) -> Self {
        Self { new, again: None }
    }

    /// The challenge of a send that was granted at a time, in milliseconds since 1970. `again` is what
    /// [`Asked::Granted`](crate::guard::number::Asked::Granted) holds.
    #[must_use]
    pub fn challenge(self, granted: i64, again: Option<Challenge>) -> Challenge {
        again.unwrap_or_else(|| Challenge::begin(self.new, granted))
    }
}
