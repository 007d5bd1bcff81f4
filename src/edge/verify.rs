//! Verifies a code, in one atomic step on the challenge's number.

use alloc::borrow::ToOwned;

use crate::client::Account;
use crate::edge::event::Event;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, apply};
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::{Guess, Guessed};
use crate::otp::challenge::{Challenge, Standing};
use crate::otp::keyring::{Keyring, NumberKey};
use crate::phone::Phone;
use crate::receipts::tally::Fates;

/// A code that was right and is used up.
pub(super) struct Verified {
    /// The challenge.
    pub challenge: Challenge,
    /// The hash of its number.
    pub number: NumberKey,
    /// The challenge's number.
    pub phone: Phone,
}

/// The reason why nothing was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unverified {
    /// The code was wrong. The value is the number of remaining tries.
    Wrong(u8),
    /// The challenge accepts no codes, and nothing was compared.
    Closed(Standing),
    /// The challenge does not exist, or belongs to another caller.
    Unknown,
    /// Too many guesses at the number; try again after this many milliseconds.
    Refused(i64),
    /// The state could not be read or written.
    Store,
}

impl Handler {
    /// Counts a verified code for the account that sent the last text of its challenge, if that is known.
    fn tally_verified(&self, challenge: &Challenge) {
        let handed = challenge.receipts.iter().rev().find_map(|receipt| receipt.handed);
        let by = handed.and_then(|handed| Some((handed.account, handed.watched?)));
        if let Some(handed) = handed {
            let is_its = |account: &&Account| hash(account.name()) == handed.account;
            if let Some(account) = self.config.sms.accounts().1.iter().find(is_its) {
                self.count(&["verified.", account.name()].concat());
            }
        }
        if let Some((account, carrier)) = by {
            self.tally(account, carrier, Fates { verified: 1, ..Fates::default() });
        }
    }

    /// Compares a code, and uses it up if it is right. `owner` is the back end that must own the challenge; `None` for
    /// a challenge without owner.
    pub(super) async fn verify(
        &self,
        written: &str,
        code: &str,
        owner: Option<u64>,
        host: &impl Host,
    ) -> Result<Verified, Unverified> {
        let verified = self.guess(written, code, owner, host).await;
        let (status, phone) = match &verified {
            Ok(verified) => ("verified", Some(&verified.phone)),
            Err(Unverified::Wrong(_)) => ("wrong", None),
            Err(Unverified::Closed(_)) => ("closed", None),
            Err(Unverified::Unknown) => ("unknown", None),
            Err(Unverified::Refused(_)) => ("refused", None),
            Err(Unverified::Store) => ("store-failed", None),
        };
        self.count(["verify.", status].concat().as_str());
        host.tell(&Event::Verify { phone, status });
        verified
    }

    async fn guess(
        &self,
        written: &str,
        code: &str,
        owner: Option<u64>,
        host: &impl Host,
    ) -> Result<Verified, Unverified> {
        let keyring = &self.config.keyring;
        let (id, number) = keyring.read_challenge(written).ok_or(Unverified::Unknown)?;
        let guess = Guess {
            challenge: id,
            code: code.to_owned(),
            keys: keyring.code_keys(&number),
            rules: self.config.limits.number.guesses.clone(),
            owner,
        };
        match apply(host, &Keyring::number_object(&number), &Command::Guess(guess)).await {
            Some(Decision::Guessed(Guessed::Right(challenge))) => {
                let phone = keyring.unseal(challenge.sealed, challenge.pepper, &challenge.nonce);
                let phone = phone.ok_or(Unverified::Closed(Standing::Expired))?;
                self.tally_verified(&challenge);
                Ok(Verified { challenge, number, phone })
            }
            Some(Decision::Guessed(Guessed::Wrong(left))) => Err(Unverified::Wrong(left)),
            Some(Decision::Guessed(Guessed::Closed(standing))) => Err(Unverified::Closed(standing)),
            Some(Decision::Guessed(Guessed::Unknown)) => Err(Unverified::Unknown),
            Some(Decision::Guessed(Guessed::Refused(until))) => Err(Unverified::Refused(until - host.now())),
            _ => {
                host.tell(&Event::StoreFailed);
                Err(Unverified::Store)
            }
        }
    }
}
