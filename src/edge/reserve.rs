//! Reserves a send with every limit that counts it, and releases the reservations of a rejected send.

use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::host::{Host, apply_all, defer};
use crate::edge::limit_memory::rejection_key;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::send_request::{GrantedSend, SendRejection, SendRequest, store_failed};
use crate::guard::counter::SlotDecision;
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::{ChallengeSource, RecordOutcome, ReserveSend, SendDecision};
use crate::guard::rule::Rule;
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::Delivery;

/// The reservations of a send.
#[derive(Default)]
pub(super) struct Reserved {
    /// The commands that release them, by key.
    pub releases: Vec<(String, Command)>,
    /// Whether the limits are reserved one after the other.
    pub is_hot: bool,
}

/// A reservation to make, and the limit that it counts for.
pub(super) struct LimitStep {
    pub by: &'static str,
    pub key: String,
    pub command: Command,
}

/// The result of one limit.
enum LimitGrant {
    Counter(Reservation),
    Number(GrantedSend),
}

impl Codes {
    /// Releases the reservations of a rejected send. It waits for the releases before the answer in two cases: where
    /// the caller can correct the request and repeat it at once, and where the limits were reserved at the same time,
    /// so that a reservation does not block others meanwhile.
    pub(super) async fn release(&self, reserved: Reserved, rejection: &mut SendRejection, host: &impl Host) {
        let Reserved { releases, is_hot } = reserved;
        let mends = matches!(
            rejection,
            SendRejection::CaptchaNeeded(_)
                | SendRejection::CaptchaWrong
                | SendRejection::ChallengeClosed
                | SendRejection::NotSent { .. }
        );
        if !mends && is_hot {
            for (key, release) in &releases {
                defer(host, key, release);
            }
            return;
        }
        let results = apply_all(host, &releases).await;
        // A caller who was rejected while the number was reserved may now succeed.
        for (key, _) in releases.iter().filter(|(_, command)| matches!(command, Command::RecordOutcome(_))) {
            self.limits.forget_rejections(key);
        }
        if let SendRejection::NotSent { released, .. } = rejection {
            *released &= results.iter().all(Option::is_some);
        }
    }

    /// Whether the client's address or another counter was busy recently, as far as this process knows.
    pub(super) fn is_hot(&self, caller: &Caller, counters: &[(&'static str, String, Vec<Rule>)], now: i64) -> bool {
        counters.iter().any(|(_, key, _)| self.limits.is_hot(key, now))
            || caller.address().is_some_and(|address| self.access.is_busy(address, now))
    }

    /// Reserves with all limits: at the same time; or, if the address is hot, one after the other, so that a rejected
    /// address costs the number nothing. A rejection waits for all reservations under way, so that neither it nor its
    /// time reveals which limit rejected. `reserved` collects the commands that release the granted ones.
    pub(super) async fn reserve(
        &self,
        send_request: &SendRequest<'_>,
        source: &ChallengeSource,
        steps: Vec<LimitStep>,
        host: &impl Host,
        reserved: &mut Reserved,
    ) -> Result<GrantedSend, SendRejection> {
        let mut steps: Vec<(&'static str, (String, Command))> =
            steps.into_iter().map(|step| (step.by, (step.key, step.command))).collect();
        let mut rejections = Vec::new();
        let mut granted = None;
        while !steps.is_empty() && rejections.is_empty() {
            let now: Vec<_> = steps.drain(..if reserved.is_hot { 1 } else { steps.len() }).collect();
            let (by, commands): (Vec<_>, Vec<_>) = now.into_iter().unzip();
            let decisions = apply_all(host, &commands).await;
            for ((by, (key, command)), decision) in by.into_iter().zip(commands).zip(decisions) {
                match self.read_limit_decision(send_request, by, &key, source, decision, host) {
                    Ok(LimitGrant::Counter(reservation)) => {
                        reserved.releases.push((key, Command::ReleaseSlot(reservation)));
                    }
                    Ok(LimitGrant::Number(number)) => {
                        let GrantedSend { challenge, reservation } = &number;
                        let (challenge, reservation) = (challenge.id, *reservation);
                        let rejected =
                            RecordOutcome { challenge, reservation, delivery: Delivery::Rejected, submission: None };
                        reserved.releases.push((key, Command::RecordOutcome(rejected)));
                        granted = Some(number);
                    }
                    Err(rejection) => {
                        if let (SendRejection::NumberLimit(_), Command::ReserveSend(send_command)) =
                            (&rejection, &command)
                        {
                            self.cache_rejection(&key, send_command, &rejection, host);
                        }
                        rejections.push(rejection);
                    }
                }
            }
        }
        match (granted, rejections.into_iter().max_by_key(SendRejection::weight)) {
            (Some(granted), None) => Ok(granted),
            (_, rejection) => Err(rejection.unwrap_or(SendRejection::Store(STORE_RETRY_MS))),
        }
    }

    /// Reads the decision of a limit.
    fn read_limit_decision(
        &self,
        send_request: &SendRequest<'_>,
        by: &'static str,
        key: &str,
        source: &ChallengeSource,
        decision: Option<Decision>,
        host: &impl Host,
    ) -> Result<LimitGrant, SendRejection> {
        let (granting, rejected_until) = match decision {
            Some(Decision::Slot(SlotDecision::Granted { reservation, rejected_until })) => {
                (LimitGrant::Counter(reservation), rejected_until)
            }
            Some(Decision::Send(SendDecision::Granted { reservation, rejected_until, resent: again })) => {
                let challenge = source.clone().challenge(reservation.at, again);
                (LimitGrant::Number(GrantedSend { challenge, reservation }), rejected_until)
            }
            Some(Decision::Slot(SlotDecision::Rejected(until))) => {
                self.limits.remember_hot(key, until, host.now());
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::OtherLimit(until - host.now()));
            }
            Some(Decision::Send(SendDecision::Rejected(until))) => {
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::NumberLimit(until - host.now()));
            }
            Some(Decision::Slot(SlotDecision::CaptchaRequired) | Decision::Send(SendDecision::CaptchaRequired)) => {
                self.emit_rejection(send_request, "captcha", None, false, host);
                return Err(self.captcha_needed(&[key], host));
            }
            Some(Decision::Slot(SlotDecision::CaptchaAlone) | Decision::Send(SendDecision::CaptchaAlone)) => {
                self.emit_rejection(send_request, "captcha", None, false, host);
                return Err(SendRejection::CaptchaNeeded(None));
            }
            Some(Decision::Send(SendDecision::WorkSpent)) => {
                self.emit_rejection(send_request, "captcha", None, false, host);
                return Err(SendRejection::CaptchaWrong);
            }
            Some(Decision::Send(SendDecision::ChallengeClosed)) => return Err(SendRejection::ChallengeClosed),
            // If only the answer was lost, the number may have counted the send.
            _ => return Err(store_failed(if by == "number" { self.counted_ms() } else { STORE_RETRY_MS }, host)),
        };
        if rejected_until.is_some() {
            self.emit_rejection(send_request, by, rejected_until, true, host);
        }
        Ok(granting)
    }

    fn cache_rejection(&self, key: &str, send_command: &ReserveSend, rejection: &SendRejection, host: &impl Host) {
        if let SendRejection::NumberLimit(wait) = rejection {
            let until = host.now().saturating_add(*wait);
            self.limits.remember_rejection(&rejection_key(key, send_command), until, host.now());
        }
    }
}
