//! The state of a number's key: the [`Number`], and [`Notes`] about its reachability and its marketing texts.

use serde::{Deserialize, Serialize};

use crate::guard::ledger::{StoredState, Unreadable};
use crate::guard::marketing_log::{MarketingDecision, MarketingLog, ReserveMarketing};
use crate::guard::number::Number;
use crate::guard::reach::{Failure, Reach};
use crate::otp::challenge::TextId;
use crate::otp::text_status::{DeliveryReport, StatusChange};

/// The state of a number beside its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// The reachability of the number.
    pub reach: Reach,
    /// The marketing texts to the number.
    pub marketing: MarketingLog,
}

impl Notes {
    /// The time at which nothing of it counts any more, in milliseconds since the Unix epoch.
    pub fn expires_at(&self) -> i64 {
        self.reach.expires_at().max(self.marketing.expires_at())
    }

    fn is_idle(&self, number: &Number, now: i64) -> bool {
        self.reach.is_idle(number, now) && self.marketing.is_idle(now)
    }
}

/// The state of a number; an absent one is created.
pub(super) fn number(state: &mut Option<StoredState>) -> Result<&mut Number, Unreadable> {
    match state.get_or_insert_with(|| StoredState::Number(Number::default())) {
        StoredState::Number(number) | StoredState::Noted(number, _) => Ok(number),
        _ => Err(Unreadable),
    }
}

/// The notes of a number, if it has any.
pub(super) const fn known_notes(state: Option<&StoredState>) -> Option<&Notes> {
    if let Some(StoredState::Noted(_, notes)) = state { Some(notes) } else { None }
}

/// The notes of a number; absent ones are created.
fn notes(state: &mut Option<StoredState>) -> Result<&mut Notes, Unreadable> {
    let number = core::mem::take(number(state)?);
    let known = if let Some(StoredState::Noted(_, notes)) = state { core::mem::take(notes) } else { Notes::default() };
    match state.insert(StoredState::Noted(number, known)) {
        StoredState::Noted(_, notes) => Ok(notes),
        _ => Err(Unreadable),
    }
}

/// Decides whether a marketing text may be sent.
pub(super) fn marketing(
    state: &mut Option<StoredState>,
    command: &ReserveMarketing,
    now: i64,
) -> Result<MarketingDecision, Unreadable> {
    let opted_out = number(state)?.opted_out().is_some();
    let notes = notes(state)?;
    let closed = if command.skips_unreachable { notes.reach.closed(now) } else { None };
    Ok(notes.marketing.reserve(command, opted_out, closed, now))
}

/// Records a report of a text. A delivered text ends an earlier failure.
pub(super) fn report(
    state: &mut Option<StoredState>,
    text: TextId,
    reported: &DeliveryReport,
) -> Result<StatusChange, Unreadable> {
    let change = number(state)?.record_report(text, reported);
    if matches!(change, StatusChange::Changed(_)) && reported.delivered {
        forget_failure(state);
    }
    Ok(change)
}

/// Records a report of a text that did not arrive, and its reason.
pub(super) fn report_failure(
    state: &mut Option<StoredState>,
    reported: &DeliveryReport,
    failure: Failure,
) -> Result<StatusChange, Unreadable> {
    let change = report(state, failure.text, reported)?;
    if matches!(change, StatusChange::Changed(_)) {
        notes(state)?.reach.fail(failure);
    }
    Ok(change)
}

/// Removes the last failure.
pub(super) fn forget_failure(state: &mut Option<StoredState>) {
    if let Some(StoredState::Noted(_, notes)) = state {
        notes.reach.arrived();
    }
}

/// Removes the state of a number that contains nothing.
pub(super) fn forget_idle(state: &mut Option<StoredState>) {
    let is_idle = match state {
        Some(StoredState::Number(number)) => number.is_idle(),
        Some(StoredState::Noted(number, notes)) => number.is_idle() && *notes == Notes::default(),
        _ => false,
    };
    if is_idle {
        *state = None;
    }
}

/// Removes notes that do not count any more.
pub(super) fn forget_notes(state: &mut Option<StoredState>, now: i64) {
    if let Some(StoredState::Noted(number, notes)) = state
        && notes.is_idle(number, now)
    {
        *state = Some(StoredState::Number(core::mem::take(number)));
        forget_idle(state);
    }
}
