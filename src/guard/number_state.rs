//! The state of a number's key: the [`Number`], and where something is known of it beside its codes, [`Notes`].

use serde::{Deserialize, Serialize};

use crate::guard::ledger::{Stored, Unreadable};
use crate::guard::marketing::{AskMarketing, MarketingDecision, MarketingLog};
use crate::guard::number::Number;
use crate::guard::reach::{Failure, Reach};
use crate::otp::challenge::TextId;
use crate::otp::receipt::{News, Reported};

/// What is known of a number beside its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Whether texts reach it.
    pub reach: Reach,
    /// Its marketing texts.
    pub marketing: MarketingLog,
}

impl Notes {
    /// When nothing of them counts any more, in milliseconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.reach.expires_at().max(self.marketing.expires_at())
    }

    fn is_idle(&self, number: &Number, now: i64) -> bool {
        self.reach.is_idle(number, now) && self.marketing.is_idle(now)
    }
}

/// The state of a number, begun where there is none.
pub(super) fn number(state: &mut Option<Stored>) -> Result<&mut Number, Unreadable> {
    match state.get_or_insert_with(|| Stored::Number(Number::default())) {
        Stored::Number(number) | Stored::Noted(number, _) => Ok(number),
        _ => Err(Unreadable),
    }
}

/// What is known of a number beside its codes, where something is.
pub(super) const fn known_notes(state: Option<&Stored>) -> Option<&Notes> {
    if let Some(Stored::Noted(_, notes)) = state { Some(notes) } else { None }
}

/// The same, begun where nothing was.
fn notes(state: &mut Option<Stored>) -> Result<&mut Notes, Unreadable> {
    let number = core::mem::take(number(state)?);
    let known = if let Some(Stored::Noted(_, notes)) = state { core::mem::take(notes) } else { Notes::default() };
    match state.insert(Stored::Noted(number, known)) {
        Stored::Noted(_, notes) => Ok(notes),
        _ => Err(Unreadable),
    }
}

/// Decides whether a marketing text may go.
pub(super) fn marketing(
    state: &mut Option<Stored>,
    ask: &AskMarketing,
    now: i64,
) -> Result<MarketingDecision, Unreadable> {
    let opted_out = number(state)?.opted_out().is_some();
    let notes = notes(state)?;
    let closed = if ask.skips_unreachable { notes.reach.closed(now) } else { None };
    Ok(notes.marketing.ask(ask, opted_out, closed, now))
}

/// Takes a report of a text; one that arrived says that texts do.
pub(super) fn report(state: &mut Option<Stored>, text: TextId, reported: &Reported) -> Result<News, Unreadable> {
    let news = number(state)?.report(text, reported);
    if matches!(news, News::Yes(_)) && reported.delivered {
        forget_failure(state);
    }
    Ok(news)
}

/// The same of one that did not arrive, and why.
pub(super) fn report_failure(
    state: &mut Option<Stored>,
    reported: &Reported,
    failure: Failure,
) -> Result<News, Unreadable> {
    let news = report(state, failure.text, reported)?;
    if matches!(news, News::Yes(_)) {
        notes(state)?.reach.fail(failure);
    }
    Ok(news)
}

/// Forgets why the last text failed.
pub(super) fn forget_failure(state: &mut Option<Stored>) {
    if let Some(Stored::Noted(_, notes)) = state {
        notes.reach.arrived();
    }
}

/// Removes the state of a number that nothing is known of any more.
pub(super) fn forget_idle(state: &mut Option<Stored>) {
    let is_idle = match state {
        Some(Stored::Number(number)) => number.is_idle(),
        Some(Stored::Noted(number, notes)) => number.is_idle() && *notes == Notes::default(),
        _ => false,
    };
    if is_idle {
        *state = None;
    }
}

/// Keeps notes no longer than they count.
pub(super) fn forget_notes(state: &mut Option<Stored>, now: i64) {
    if let Some(Stored::Noted(number, notes)) = state
        && notes.is_idle(number, now)
    {
        *state = Some(Stored::Number(core::mem::take(number)));
        forget_idle(state);
    }
}
