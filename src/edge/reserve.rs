//! Reserving a send with every limit that it counts for, and taking back what a refused one has reserved.

use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::host::{Host, apply_all, defer};
use crate::edge::send_code::{GrantedSend, STORE_RETRY_MS, SendRejection, SendRequest, rejection_key, store_failed};
use crate::guard::counter::SlotDecision;
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::{ChallengeSource, RecordOutcome, ReserveSend, SendDecision};
use crate::guard::reach::Reached;
use crate::guard::rule::Rule;
use crate::guard::sliding_log::Reservation;
use crate::otp::challenge::Delivery;

/// What a send has reserved.
#[derive(Default)]
pub(super) struct Reserved {
    /// The commands that take it back, by key.
    pub releases: Vec<(String, Command)>,
    /// Whether the limits are asked one after the other.
    pub is_hot: bool,
}

/// A reservation that a send makes, and the limit that it counts for.
pub(super) struct LimitStep {
    pub by: &'static str,
    pub key: String,
    pub command: Command,
}

/// What one limit granted.
enum LimitGrant {
    Counter(Reservation),
    Number(GrantedSend),
}

impl Codes {
    /// Takes back what a refused send has reserved: before the refusal is told, where the caller can mend it and tries again at once, and
    /// where a limit was reserved at the same time as another refused, so that it refuses nobody else meanwhile.
    pub(super) async fn release(&self, reserved: Reserved, rejection: &mut SendRejection, host: &impl Host) {
        let Reserved { releases, is_hot } = reserved;
        let mends =
            matches!(refusal, SendRejection::CaptchaNeeded | SendRejection::Gone | SendRejection::NotSent { .. });
        if !mends && is_hot {
            for (key, release) in &releases {
                defer(host, key, release);
            }
            return;
        }
        let results = apply_all(host, &releases).await;
        // Whoever was refused while the number was reserved may have it now.
        for (key, _) in releases.iter().filter(|(_, command)| matches!(command, Command::RecordOutcome(_))) {
            self.limits.forget_rejections(key);
        }
        if let SendRejection::NotSent { released, .. } = rejection {
            *released &= results.iter().all(Option::is_some);
        }
    }

    /// Whether the client's address or another counter was busy a moment ago, as far as this process knows.
    pub(super) fn is_hot(&self, caller: &Caller, counters: &[(&'static str, String, Vec<Rule>)], now: i64) -> bool {
        let refused = self.hot_keys.borrow();
        counters.iter().any(|(_, key, _)| refused.rejected_until(key, now).is_some())
            || caller.address().is_some_and(|address| self.is_busy(address, now))
    }

    /// Reserves with all limits: at the same time, or one after the other where the address is hot, so that an address that is
    /// refused costs the number nothing. A refusal comes when all reservations are known, so that neither it nor its time tells which
    /// limit it was. What is granted is noted in `reserved`, with what takes it back.
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
            for ((by, step), decision) in by.into_iter().zip(commands).zip(decisions) {
                match self.reserved_by(wanted, by, &step, of, decision, host) {
                    Ok(LimitGrant::Counter(reservation)) => {
                        reserved.releases.push((step.0, Command::Release(reservation)));
                    }
                    Ok(LimitGrant::Number(number)) => {
                        let GrantedSend { challenge, reservation } = &number;
                        let (challenge, reservation) = (challenge.id, *reservation);
                        let rejected =
                            RecordOutcome { challenge, reservation, delivery: Delivery::Rejected, handed: None };
                        reserved.releases.push((step.0, Command::Settle(rejected)));
                        granted = Some(number);
                    }
                    Err(refusal) => refusals.push(refusal),
                }
            }
        }
        match (granted, rejections.into_iter().max_by_key(SendRejection::weight)) {
            (Some(granted), None) => Ok(granted),
            (_, rejection) => Err(rejection.unwrap_or(SendRejection::Store(STORE_RETRY_MS))),
        }
    }

    /// Reads what a limit decided.
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
            Some(Decision::Reached(Reached::Closed(reason, until))) => {
                // Not remembered: a back end's code goes to such a number all the same.
                self.tell_undeliverable(wanted, reason, until, host);
                let asks = matches!(command, Command::AskReachable(ask) if ask.asks);
                return Err(if asks {
                    SendRejection::CaptchaNeeded
                } else {
                    SendRejection::Number(until - host.now())
                });
            }
            Some(Decision::Reached(Reached::Asked(asked))) => Some(Decision::Asked(asked)),
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
                self.limits.remember_hot(key, until, host.now());
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::OtherLimit(until - host.now()));
            }
            Some(Decision::Send(SendDecision::Rejected(until))) => {
                if let Command::Ask(ReserveSend { known, asks, .. })
                | Command::AskReachable(ReserveSend { known, asks, .. }) = command
                {
                    self.refusals.borrow_mut().remember(&rejection_key(key, *known, *asks), until, host.now());
                }
                self.emit_rejection(send_request, by, Some(until), false, host);
                return Err(SendRejection::NumberLimit(until - host.now()));
            }
            Some(Decision::Slot(SlotDecision::CaptchaRequired) | Decision::Send(SendDecision::CaptchaRequired)) => {
                self.emit_rejection(send_request, "captcha", None, false, host);
                return Err(SendRejection::CaptchaNeeded);
            }
            Some(Decision::Send(SendDecision::ChallengeClosed)) => return Err(SendRejection::ChallengeClosed),
            // A number whose answer is lost may have counted the send.
            _ => return Err(store_failed(if by == "number" { self.counted_ms() } else { STORE_RETRY_MS }, host)),
        };
        if rejected_until.is_some() {
            self.emit_rejection(send_request, by, rejected_until, true, host);
        }
        Ok(granting)
    }
}
