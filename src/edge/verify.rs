//! Verifies a code, in one atomic step on the challenge's number.

use alloc::borrow::ToOwned;

use crate::client::Account;
use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::{Host, apply};
use crate::edge::short_hash::hash;
use crate::guard::guess::{Guess, GuessDecision};
use crate::guard::ledger::{Command, Decision};
use crate::otp::challenge::{Challenge, ChallengeState};
use crate::otp::keyring::{Keyring, NumberKey};
use crate::phone::Phone;
use crate::receipts::delivery_stats::DeliveryCounts;

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
    Closed(ChallengeState),
    /// The challenge does not exist, or belongs to another caller.
    Unknown,
    /// Too many guesses at the number; try again after this many milliseconds.
    Rejected(i64),
    /// The state could not be read or written.
    Store,
}

impl Codes {
    /// Counts a verified code for the account that sent the last text of its challenge, if that is known.
    fn count_verified(&self, challenge: &Challenge) {
        let submission = challenge.text_statuses.iter().rev().find_map(|receipt| receipt.submission);
        let by = submission.and_then(|submission| Some((submission.account, submission.routing_carrier?)));
        if let Some(submission) = submission {
            let is_its = |account: &&Account| hash(account.name()) == submission.account;
            if let Some(account) = self.config.sms.accounts().1.iter().find(is_its) {
                self.counts.add(&["verified.", account.name()].concat());
            }
        }
        if let Some((account, carrier)) = by {
            self.routing.count_delivery(account, carrier, DeliveryCounts { verified: 1, ..DeliveryCounts::default() });
        }
    }

    /// Compares a code, and uses it up if it is right. `owner` is the back end that must own the challenge; `None` for
    /// a challenge without owner.
    pub(super) async fn verify(
        &self,
        written: &str,
        code: &str,
        owner: Option<u64>,
        caller: &Caller,
        host: &impl Host,
    ) -> Result<Verified, Unverified> {
        let verified = self.guess(written, code, owner, host).await;
        if let Ok(Verified { phone, .. }) = &verified {
            self.limits.credit_verified(*phone, caller, host.now());
        }
        let (status, phone) = match &verified {
            Ok(verified) => ("verified", Some(&verified.phone)),
            Err(Unverified::Wrong(_)) => ("wrong", None),
            Err(Unverified::Closed(_)) => ("closed", None),
            Err(Unverified::Unknown) => ("unknown", None),
            Err(Unverified::Rejected(_)) => ("rejected", None),
            Err(Unverified::Store) => ("store-failed", None),
        };
        self.counts.add(["verify.", status].concat().as_str());
        let review = match &verified {
            Ok(verified) => verified.challenge.code_kind.is_review(),
            Err(_) => self.is_for_review(written, host.now()),
        };
        host.emit(&EdgeEvent::Verify { phone, status, review: review.then_some(true) });
        verified
    }

    /// Whether a challenge is one of a review number's: the operator learns of wrong guesses at its code too.
    fn is_for_review(&self, written: &str, now: i64) -> bool {
        let mut phones = self.config.review_numbers.all_current(now).peekable();
        // Reading a challenge again takes a hash, which few handlers need.
        if phones.peek().is_none() {
            return false;
        }
        let keyring = &self.config.keyring;
        let read = keyring.read_challenge(written);
        read.is_some_and(|(_, number)| phones.any(|phone| keyring.number_key(phone) == number))
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
        match apply(host, &Keyring::number_object_name(&number), &Command::Guess(guess)).await {
            Some(Decision::Guess(GuessDecision::Right(challenge))) => {
                let phone = keyring.unseal(challenge.sealed_number, challenge.pepper, &challenge.nonce);
                let phone = phone.ok_or(Unverified::Closed(ChallengeState::Expired))?;
                self.count_verified(&challenge);
                Ok(Verified { challenge, number, phone })
            }
            Some(Decision::Guess(GuessDecision::Wrong(left))) => Err(Unverified::Wrong(left)),
            Some(Decision::Guess(GuessDecision::Closed(state))) => Err(Unverified::Closed(state)),
            Some(Decision::Guess(GuessDecision::Unknown)) => Err(Unverified::Unknown),
            Some(Decision::Guess(GuessDecision::Rejected(until))) => Err(Unverified::Rejected(until - host.now())),
            _ => {
                host.emit(&EdgeEvent::StoreFailed);
                Err(Unverified::Store)
            }
        }
    }
}
