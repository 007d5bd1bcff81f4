//! [`ChallengeSource`]: the challenge that a send is for.

use serde::{Deserialize, Serialize};

use crate::otp::challenge::{Challenge, ChallengeId, NewChallenge};

/// The challenge that a send is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeSource {
    /// The challenge to begin, unless `again` applies. Earlier challenges stay open.
    pub new: NewChallenge,
    /// A challenge whose text is to be sent again, with the same code, expiry and tries.
    pub resend: Option<Resend>,
}

/// A request to send a challenge's text again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// The challenge.
    pub id: ChallengeId,
    /// The minimum validity of the code, in milliseconds. With less left, the new challenge begins instead.
    pub min_left_ms: i64,
}

impl ChallengeSource {
    /// A send for a new challenge.
    #[must_use]
    pub const fn new(new: NewChallenge) -> Self {
        Self { new, resend: None }
    }

    /// The challenge of a granted send; `granted` is its time in milliseconds since the Unix epoch. `resent` comes from
    /// [`SendDecision::Granted`](crate::guard::reserve_send::SendDecision::Granted).
    #[must_use]
    pub fn challenge(self, granted: i64, resent: Option<Challenge>) -> Challenge {
        resent.unwrap_or_else(|| Challenge::begin(self.new, granted))
    }
}
