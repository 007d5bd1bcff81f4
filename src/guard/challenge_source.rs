//! [`ChallengeSource`]: which challenge a send is of.

use serde::{Deserialize, Serialize};

use crate::otp::challenge::{Challenge, ChallengeId, NewChallenge};

/// Which challenge a send is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeSource {
    /// The challenge that begins, unless another is sent again. Earlier ones live on.
    pub new: NewChallenge,
    /// Another whose text is to be sent once more instead: the same code, expiry and tries.
    pub resend: Option<Resend>,
}

/// The challenge whose text is to be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// The challenge.
    pub id: ChallengeId,
    /// The fewest milliseconds that its code must still be good for. Where less is left, the new one begins.
    pub min_left_ms: i64,
}

impl ChallengeSource {
    /// A new challenge.
    #[must_use]
    pub const fn new(new: NewChallenge) -> Self {
        Self { new, resend: None }
    }

    /// The challenge of a send that was granted at a time, in milliseconds since 1970. `again` is what
    /// [`Asked::Granted`](crate::guard::number::SendDecision::Granted) holds.
    #[must_use]
    pub fn challenge(self, granted: i64, resent: Option<Challenge>) -> Challenge {
        resent.unwrap_or_else(|| Challenge::begin(self.new, granted))
    }
}
