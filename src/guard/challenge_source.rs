//! [`Of`]: the challenge that a send is for.

use serde::{Deserialize, Serialize};

use crate::otp::challenge::{Challenge, ChallengeId, New};

/// The challenge that a send is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The challenge to begin, unless `again` applies. Earlier challenges stay open.
    pub new: New,
    /// A challenge whose text is to be sent again, with the same code, expiry and tries.
    pub again: Option<Again>,
}

/// A request to send a challenge's text again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The challenge.
    pub id: ChallengeId,
    /// The minimum validity of the code, in milliseconds. With less left, the new challenge begins instead.
    pub least_ms: i64,
}

impl Of {
    /// A send for a new challenge.
    #[must_use]
    pub const fn new(new: New) -> Self {
        Self { new, again: None }
    }

    /// The challenge of a granted send; `granted` is its time in milliseconds since the Unix epoch. `again` comes from
    /// [`Asked::Granted`](crate::guard::number::Asked::Granted).
    #[must_use]
    pub fn challenge(self, granted: i64, again: Option<Challenge>) -> Challenge {
        again.unwrap_or_else(|| Challenge::begin(self.new, granted))
    }
}
