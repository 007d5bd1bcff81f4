//! Reserving a send with every limit that it counts for, and taking back what a refused one has reserved.

use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::caller::Caller;
use crate::edge::handler::Handler;
use crate::edge::host::{Host, apply_all, later};
use crate::edge::send::{Granted, Refusal, STORE_RESTS_MS, Wanted, refusal_key, store_failed};
use crate::guard::counter::Taken;
use crate::guard::ledger::{Command, Decision};
use crate::guard::log::Reservation;
use crate::guard::number::{Ask, Asked, Of, Settle};
use crate::guard::reach::Reached;
use crate::guard::rule::Rule;
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
pub(super) struct Step {
    pub by: &'static str,
    pub key: String,
    pub command: Command,
}

/// What one limit granted.
enum Granting {
    Counter(Reservation),
    Number(Granted),
}

impl Handler {
    /// Takes back what a refused send has reserved: before the refusal is told, where the caller can mend it and tries again at once, and
    /// where a limit was reserved at the same time as another refused, so that it refuses nobody else meanwhile.
    pub(super) async fn release(&self, reserved: Reserved, refusal: &mut Refusal, host: &impl Host) {
        let Reserved { releases, is_hot } = reserved;
        let mends = matches!(refusal, Refusal::CaptchaNeeded | Refusal::Gone | Refusal::NotSent { .. });
        if !mends && is_hot {
            for (key, release) in &releases {
                later(host, key, release);
            }
            return;
        }
        let released = apply_all(host, &releases).await;
        // Whoever was refused while the number was reserved may have it now.
        for (key, _) in releases.iter().filter(|(_, command)| matches!(command, Command::Settle(_))) {
            self.forget_refusals(key);
        }
        if let Refusal::NotSent { taken_back, .. } = refusal {
            *taken_back &= released.iter().all(Option::is_some);
        }
    }

    /// Whether the client's address or another counter was busy a moment ago, as far as this process knows.
    pub(super) fn is_hot(&self, caller: &Caller, counters: &[(&'static str, String, Vec<Rule>)], now: i64) -> bool {
        let refused = self.hot.borrow();
        counters.iter().any(|(_, key, _)| refused.until(key, now).is_some())
            || caller.address().is_some_and(|address| self.is_busy(address, now))
    }

    /// Reserves with all limits: at the same time, or one after the other where the address is hot, so that an address that is
    /// refused costs the number nothing. A refusal comes when all reservations are known, so that neither it nor its time tells which
    /// limit it was. What is granted is noted in `reserved`, with what takes it back.
    pub(super) async fn reserve(
        &self,
        wanted: &Wanted<'_>,
        of: &Of,
        steps: Vec<Step>,
        host: &impl Host,
        reserved: &mut Reserved,
    ) -> Result<Granted, Refusal> {
        let mut steps: Vec<(&'static str, (String, Command))> =
            steps.into_iter().map(|step| (step.by, (step.key, step.command))).collect();
        let mut refusals = Vec::new();
        let mut granted = None;
        while !steps.is_empty() && refusals.is_empty() {
            let now: Vec<_> = steps.drain(..if reserved.is_hot { 1 } else { steps.len() }).collect();
            let (by, commands): (Vec<_>, Vec<_>) = now.into_iter().unzip();
            let decisions = apply_all(host, &commands).await;
            for ((by, step), decision) in by.into_iter().zip(commands).zip(decisions) {
                match self.reserved_by(wanted, by, &step, of, decision, host) {
                    Ok(Granting::Counter(reservation)) => {
                        reserved.releases.push((step.0, Command::Release(reservation)));
                    }
                    Ok(Granting::Number(number)) => {
                        let Granted { challenge, reservation } = &number;
                        let (challenge, reservation) = (challenge.id, *reservation);
                        let rejected = Settle { challenge, reservation, delivery: Delivery::Rejected, handed: None };
                        reserved.releases.push((step.0, Command::Settle(rejected)));
                        granted = Some(number);
                    }
                    Err(refusal) => refusals.push(refusal),
                }
            }
        }
        match (granted, refusals.into_iter().max_by_key(Refusal::weight)) {
            (Some(granted), None) => Ok(granted),
            (_, refusal) => Err(refusal.unwrap_or(Refusal::Store(STORE_RESTS_MS))),
        }
    }

    /// Reads what a limit decided.
    fn reserved_by(
        &self,
        wanted: &Wanted<'_>,
        by: &'static str,
        (key, command): &(String, Command),
        of: &Of,
        decision: Option<Decision>,
        host: &impl Host,
    ) -> Result<Granting, Refusal> {
        let decision = match decision {
            Some(Decision::Reached(Reached::Closed(reason, until))) => {
                // Not remembered: a back end's code goes to such a number all the same.
                self.tell_undeliverable(wanted, reason, until, host);
                let asks = matches!(command, Command::AskReachable(ask) if ask.asks);
                return Err(if asks { Refusal::CaptchaNeeded } else { Refusal::Number(until - host.now()) });
            }
            Some(Decision::Reached(Reached::Asked(asked))) => Some(Decision::Asked(asked)),
            decision => decision,
        };
        let (granting, refused_until) = match decision {
            Some(Decision::Taken(Taken::Granted { reservation, refused_until })) => {
                (Granting::Counter(reservation), refused_until)
            }
            Some(Decision::Asked(Asked::Granted { reservation, refused_until, again })) => {
                let challenge = of.clone().challenge(reservation.at, again);
                (Granting::Number(Granted { challenge, reservation }), refused_until)
            }
            Some(Decision::Taken(Taken::Refused(until))) => {
                self.hot.borrow_mut().remember(key, until, host.now());
                self.tell_refused(wanted, by, Some(until), false, host);
                return Err(Refusal::Busy(until - host.now()));
            }
            Some(Decision::Asked(Asked::Refused(until))) => {
                if let Command::Ask(Ask { known, asks, .. }) | Command::AskReachable(Ask { known, asks, .. }) = command
                {
                    self.refusals.borrow_mut().remember(&refusal_key(key, *known, *asks), until, host.now());
                }
                self.tell_refused(wanted, by, Some(until), false, host);
                return Err(Refusal::Number(until - host.now()));
            }
            Some(Decision::Taken(Taken::Captcha) | Decision::Asked(Asked::Captcha)) => {
                self.tell_refused(wanted, "captcha", None, false, host);
                return Err(Refusal::CaptchaNeeded);
            }
            Some(Decision::Asked(Asked::Gone)) => return Err(Refusal::Gone),
            // A number whose answer is lost may have counted the send.
            _ => return Err(store_failed(if by == "number" { self.counted_ms() } else { STORE_RESTS_MS }, host)),
        };
        if refused_until.is_some() {
            self.tell_refused(wanted, by, refused_until, true, host);
        }
        Ok(granting)
    }
}
