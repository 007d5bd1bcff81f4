//! Reserves a send with every limit that counts it, and releases the reservations of a rejected send.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::pin::Pin;

use crate::edge::host::{Host, apply_all, defer};
use crate::edge::limit_memory::rejection_key;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::send_limits::SendLimits;
use crate::edge::send_request::{GrantedSend, SendRejection, SendRequest, store_failed};
use crate::guard::challenge_source::ChallengeSource;
use crate::guard::counter::{AdaptiveSlot, SlotDecision};
use crate::guard::ledger::{Command, Decision};
use crate::guard::number_work::Evidence;
use crate::guard::reach::ReachDecision;
use crate::guard::record_outcome::RecordOutcome;
use crate::guard::reserve_send::SendDecision;
use crate::guard::rule::Rule;
use crate::guard::sliding_log::Reservation;
use crate::join::join_all;
use crate::otp::challenge::Delivery;

/// The reservations of a send.
#[derive(Default)]
pub(super) struct Reserved {
    /// The commands that release them, by key.
    pub releases: Vec<(String, Command)>,
    /// Whether the limits are reserved one after the other.
    pub is_hot: bool,
    /// The evidence that the caller shows.
    pub evidence: Evidence,
    /// Whether the handler can require a captcha of the caller, or work.
    pub captcha_available: bool,
}

/// A counter of a send beside its number, with its limits.
pub(super) struct CounterLimit {
    pub by: &'static str,
    pub key: String,
    pub rules: Vec<Rule>,
    pub adaptive: Option<AdaptiveSlot>,
    /// The address, in memory, whose verified codes are in `adaptive`.
    pub credited: Option<u64>,
}

/// A reservation to make, and the limit that it counts for.
pub(super) struct LimitStep {
    pub by: &'static str,
    pub key: String,
    pub command: Command,
    /// The address, in memory, whose verified codes are in `command`.
    pub credited: Option<u64>,
}

/// The result of one limit.
enum LimitGrant {
    Counter(Reservation),
    /// A share was added: nothing is to be released.
    Share,
    Number(GrantedSend),
}

impl SendLimits {
    /// Releases the reservations of a rejected send. It waits for the releases before the answer in two cases: where
    /// the caller can correct the request and repeat it at once, and where the limits were reserved at the same time,
    /// so that a reservation does not block others meanwhile.
    pub(super) async fn release(&self, reserved: Reserved, rejection: &mut SendRejection, host: &impl Host) {
        let Reserved { releases, is_hot, .. } = reserved;
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
            self.memory.forget_rejections(key);
        }
        if let SendRejection::NotSent { released, .. } = rejection {
            *released &= results.iter().all(Option::is_some);
        }
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
        let mut steps = steps;
        let mut rejections = Vec::new();
        let mut granted = None;
        while !steps.is_empty() && rejections.is_empty() {
            let now = steps.drain(..if reserved.is_hot { 1 } else { steps.len() });
            let now = now.inspect(|step| self.forget_address_credit(step.credited));
            let (by, commands): (Vec<_>, Vec<_>) = now.map(|step| (step.by, (step.key, step.command))).unzip();
            let decisions = self.apply_and_refresh(&commands, host).await;
            for ((by, step), decision) in by.into_iter().zip(commands).zip(decisions) {
                let read = if let Command::AddShare(share) = &step.1 {
                    let usage = if let Some(Decision::Usage(usage)) = decision { Some(usage) } else { None };
                    self.read_usage(send_request, by, share, usage, reserved, host).map(|()| LimitGrant::Share)
                } else {
                    self.read_limit_decision(send_request, by, &step, source, decision, host)
                };
                match read {
                    Ok(LimitGrant::Share) => {}
                    Ok(LimitGrant::Counter(reservation)) => {
                        reserved.releases.push((step.0, Command::ReleaseSlot(reservation)));
                    }
                    Ok(LimitGrant::Number(number)) => {
                        let GrantedSend { challenge, reservation } = &number;
                        let (challenge, reservation) = (challenge.id, *reservation);
                        let rejected =
                            RecordOutcome { challenge, reservation, delivery: Delivery::Rejected, submission: None };
                        reserved.releases.push((step.0, Command::RecordOutcome(rejected)));
                        granted = Some(number);
                    }
                    Err(rejection) => rejections.push(rejection),
                }
            }
        }
        for LimitStep { by, command, .. } in steps {
            if let Command::AddShare(share) = command {
                self.keep_share(send_request, by, &share, host);
            }
        }
        match (granted, rejections.into_iter().max_by_key(SendRejection::weight)) {
            (Some(granted), None) => Ok(granted),
            (_, rejection) => Err(rejection.unwrap_or(SendRejection::Store(STORE_RETRY_MS))),
        }
    }

    /// Applies steps, and reads the sums that order the accounts at the same time, if they are old.
    async fn apply_and_refresh(&self, steps: &[(String, Command)], host: &impl Host) -> Vec<Option<Decision>> {
        if !self.routing.is_stale(host.now()) {
            return apply_all(host, steps).await;
        }
        let decisions = RefCell::default();
        let applying = async {
            decisions.replace(apply_all(host, steps).await);
        };
        let works: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] =
            [Box::pin(applying), Box::pin(self.routing.refresh_delivery_counts(host))];
        join_all(works.into()).await;
        decisions.into_inner()
    }

    /// Reads the decision of a limit.
    fn read_limit_decision(
        &self,
        send_request: &SendRequest<'_>,
        by: &'static str,
        (key, command): &(String, Command),
        source: &ChallengeSource,
        decision: Option<Decision>,
        host: &impl Host,
    ) -> Result<LimitGrant, SendRejection> {
        let decision = match decision {
            Some(Decision::Reach(ReachDecision::Closed(reason, until))) => {
                // Not cached: the codes of a back end go to such a number all the same.
                self.emit_undeliverable(send_request, reason, until, host);
                let captcha_available = matches!(command, Command::ReserveReachable(send) if send.captcha_available);
                return Err(if captcha_available {
                    self.captcha_needed(&[key], 0, host)
                } else {
                    SendRejection::NumberLimit(until - host.now())
                });
            }
            Some(Decision::Reach(ReachDecision::Send(decision))) => Some(Decision::Send(decision)),
            decision => decision,
        };
        let (granting, rejected_until) = match decision {
            Some(Decision::Slot(SlotDecision::Granted { reservation, rejected_until })) => {
                (LimitGrant::Counter(reservation), rejected_until)
            }
            Some(Decision::Send(SendDecision::Granted { reservation, rejected_until, resent: again })) => {
                let challenge = source.clone().challenge(reservation.at, again);
                (LimitGrant::Number(GrantedSend { challenge, reservation }), rejected_until)
            }
            Some(Decision::Slot(SlotDecision::Rejected(until))) => {
                self.memory.remember_hot(key, until, host.now());
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::OtherLimit(until - host.now()));
            }
            Some(Decision::Send(SendDecision::Rejected(until))) => {
                if let Command::ReserveSend(send) | Command::ReserveReachable(send) = command {
                    self.memory.remember_rejection(&rejection_key(key, send), until, host.now());
                }
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::NumberLimit(until - host.now()));
            }
            Some(Decision::Slot(SlotDecision::CaptchaRequired) | Decision::Send(SendDecision::CaptchaRequired)) => {
                self.emit_rejection(send_request, "captcha", None, false, host);
                return Err(self.captcha_needed(&[key], 0, host));
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
}
