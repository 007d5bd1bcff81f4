//! The ledger: a pure function `(state, command, now) → (state, decision)` for one key. States, commands and decisions
//! are bytes.
//!
//! The store runs [`apply`] on the state of one key, as one atomic step for each command. The stored bytes contain
//! neither a number nor a code.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::adaptive::{AdaptiveRule, AdaptiveUsage, AddShare, Shares};
use crate::guard::counter::{Counter, ReserveSlot, SlotDecision};
use crate::guard::delivery::{SendState, SendStateQuery};
use crate::guard::guess::{Guess, GuessDecision};
use crate::guard::idempotency::{BeginRequest, IdempotencyRecord, IdempotencyState};
use crate::guard::marketing_log::{MarketingDecision, ReserveMarketing};
use crate::guard::number::{Explanation, Number};
use crate::guard::number_state::{
    Notes, forget_failure, forget_idle, forget_notes, known_notes, marketing, number, report, report_failure,
};
use crate::guard::reach::{Failure, ReachDecision};
use crate::guard::record_outcome::RecordOutcome;
use crate::guard::reserve_send::{ReserveSend, SendDecision};
use crate::guard::rule::{NumberRules, Rule};
use crate::guard::sliding_log::Reservation;
use crate::guard::statistics::{Counts, Statistics};
use crate::otp::challenge::{Challenge, ChallengeId, TextId};
use crate::otp::text_status::{DeliveryReport, RecordId, StatusChange};
use crate::receipts::delivery_stats::{CountsByAccount, DeliveryStats};
use crate::receipts::forwarded_mark::ForwardedMark;
use crate::receipts::kept::KeptReceipts;
use crate::receipts::queue::Queue;
use crate::receipts::queue_command::{QueueCommand, QueueReply};
use crate::receipts::redact::redact;
use crate::receipts::unmatched::{UnmatchedRecord, UnmatchedRecords};

/// A command to a key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Counter: counts one event.
    ReserveSlot(ReserveSlot),
    /// Counter: releases an event that was not used.
    ReleaseSlot(Reservation),
    /// Number: decides about a send.
    ReserveSend(ReserveSend),
    /// Number: records the outcome of a text.
    RecordOutcome(RecordOutcome),
    /// Number: compares a guess.
    Guess(Guess),
    /// Number: returns the state of a challenge.
    ReadChallenge(ChallengeId),
    /// Number: returns the outcome of a send.
    ReadSendState(SendStateQuery),
    /// Number or counter: returns the usage of its rules.
    Explain(NumberRules),
    /// Number: removes sends and guesses.
    Reset,
    /// Idempotency key: begins a request.
    BeginRequest(BeginRequest),
    /// Idempotency key: removes a rejected request, by the random number of its send.
    WithdrawRequest(u32),
    /// Statistics: adds counts.
    AddCounts(Counts),
    /// Statistics: returns all counts.
    ReadStatistics,
    /// Number: applies a report on a text.
    RecordReport(TextId, DeliveryReport),
    /// Number: records an opt-out from marketing texts, or its end.
    SetOptOut(bool),
    /// Number: returns the opt-out.
    ReadOptOut,
    /// Number: removes the challenges, which hold the sealed number.
    EraseNumber,
    /// Queue of an account.
    Queue(QueueCommand),
    /// Unmatched records: adds one, for at most this many milliseconds.
    StoreUnmatched(UnmatchedRecord, i64),
    /// Unmatched records: returns those that are at most this many milliseconds old.
    ListUnmatched(i64),
    /// Unmatched records or bytes: erases a number.
    RedactNumber(Vec<u8>),
    /// Record: returns whether this is its first source.
    MarkRecord(RecordId),
    /// Delivery sums: adds sums.
    AddDeliveryCounts(CountsByAccount),
    /// Bytes: stores these for this many milliseconds.
    WriteBytes(Vec<u8>, i64),
    /// Bytes: replaces them, for as long as they were to be kept.
    RewriteBytes(Vec<u8>),
    /// Bytes: returns them.
    ReadBytes,
    /// Bytes: removes them.
    DropBytes,
    /// Shares: adds the share of one process.
    AddShare(AddShare),
    /// Shares or counter: returns the usage of the adaptive limit.
    ReadUsage(AdaptiveRule),
    /// Counter: returns the usage of its rules, raised by verified codes if the flag is set.
    ExplainSlot(Vec<Rule>, bool),
    /// A number: what became of a text that did not arrive, the number of its reason, and for how many milliseconds no text can
    /// reach the number.
    ReportFailure(TextId, DeliveryReport, u8, i64),
    /// A number: why the last text of a challenge failed.
    Failure(ChallengeId),
    /// A number: a text, unless none can reach it.
    ReserveReachable(ReserveSend),
    /// A number: a marketing text.
    ReserveMarketing(ReserveMarketing),
    /// A number: a marketing text was counted and certainly not sent.
    ReleaseMarketing(Reservation),
    /// Number: returns whether a report on a text would bring something new.
    PreviewReport(TextId, DeliveryReport),
    /// Number: returns the text that an account sent with an id of its vendor's. Both are hashes.
    FindText(u32, u32),
    /// Kept receipts of a number: lists one that is kept for this many milliseconds.
    ListKept(RecordId, i64),
    /// Kept receipts of a number: returns them.
    ReadKept,
}

/// The decision on a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// To [`Command::ReserveSlot`].
    Slot(SlotDecision),
    /// To [`Command::ReserveSend`].
    Send(SendDecision),
    /// To [`Command::Guess`].
    Guess(GuessDecision),
    /// To [`Command::ReadChallenge`].
    Challenge(Option<Challenge>),
    /// To [`Command::ReadSendState`].
    SendState(SendState),
    /// To [`Command::Explain`].
    Explanation(Explanation),
    /// To [`Command::BeginRequest`].
    Idempotency(IdempotencyState),
    /// To [`Command::ReadStatistics`].
    Statistics(Statistics),
    /// To [`Command::RecordReport`], [`Command::ReportFailure`] and [`Command::PreviewReport`].
    StatusChange(StatusChange),
    /// To [`Command::ReadOptOut`]: the time of the opt-out, in milliseconds since the Unix epoch.
    OptedOut(Option<i64>),
    /// To [`Command::Queue`].
    Queue(QueueReply),
    /// To [`Command::ListUnmatched`].
    Unmatched(Vec<UnmatchedRecord>),
    /// To [`Command::MarkRecord`].
    IsNewRecord(bool),
    /// To [`Command::AddDeliveryCounts`]: the sums of the last hour.
    DeliveryCounts(CountsByAccount),
    /// To [`Command::ReadBytes`].
    Bytes(Option<Vec<u8>>),
    /// To [`Command::AddShare`] and [`Command::ReadUsage`].
    Usage(AdaptiveUsage),
    /// To a command without an answer.
    Done,
    /// To [`Command::Failure`]: the number of its reason.
    Failure(Option<u8>),
    /// To [`Command::ReserveReachable`].
    Reach(ReachDecision),
    /// To [`Command::ReserveMarketing`].
    Marketing(MarketingDecision),
    /// To [`Command::FindText`].
    Text(Option<TextId>),
    /// To [`Command::ListKept`]: whether it is listed.
    IsListed(bool),
    /// To [`Command::ReadKept`].
    Kept(Vec<RecordId>),
}

/// The stored state of a key. A new format is a new variant, so that states of earlier releases stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StoredState {
    Counter(Counter),
    Number(Number),
    Idempotency(IdempotencyRecord),
    Statistics(Statistics),
    Queue(Queue),
    UnmatchedRecords(UnmatchedRecords),
    ForwardedMark(ForwardedMark),
    DeliveryStats(DeliveryStats),
    Bytes(Vec<u8>, i64),
    Shares(Shares),
    /// A number, and what is known of it beside its codes.
    Noted(Number, Notes),
    KeptReceipts(KeptReceipts),
}

/// The result of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// A [`Decision`].
    pub decision: Vec<u8>,
    /// The change to the stored state.
    pub change: StateChange,
}

/// The change to the stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// The state stays as it is.
    Nothing,
    /// The new state.
    Store {
        /// The state.
        state: Vec<u8>,
        /// The time from which the store may remove it, in milliseconds since the Unix epoch.
        expires_at: i64,
    },
    /// The store removes the state.
    Remove,
}

/// The command or the state was not written by a ledger. Nothing may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Applies a command to the state of its key.
///
/// # Errors
/// [`Unreadable`]; the state stays as it is.
pub fn apply(stored: Option<&[u8]>, command: &[u8], now: i64) -> Result<Applied, Unreadable> {
    let command: Command = read(command)?;
    let mut state: Option<StoredState> = stored.map(read).transpose()?;
    let decision = decide(&mut state, command, now)?;
    forget_notes(&mut state, now);
    let change = match (stored, state) {
        (None, None) => StateChange::Nothing,
        // A query about an unknown key stores nothing.
        (None, Some(state)) if state.is_empty() => StateChange::Nothing,
        (Some(_), None) => StateChange::Remove,
        (before, Some(state)) => match write(&state)? {
            same if before == Some(same.as_slice()) => StateChange::Nothing,
            changed => StateChange::Store { expires_at: state.expires_at(), state: changed },
        },
    };
    Ok(Applied { decision: write(&decision)?, change })
}

/// Reads a value that [`write()`] wrote; every byte must belong to it.
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Unreadable),
    }
}

/// The initial capacity in bytes, which most values stay within.
const USUAL_BYTES: usize = 256;

/// Writes a value.
///
/// # Errors
/// [`Unreadable`] for a value that cannot be written; no value of the ledger is one.
pub fn write(value: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    // Growing an empty buffer byte by byte takes longer than writing.
    postcard::to_extend(value, Vec::with_capacity(USUAL_BYTES)).map_err(|_| Unreadable)
}

fn decide(state: &mut Option<StoredState>, command: Command, now: i64) -> Result<Decision, Unreadable> {
    Ok(match command {
        Command::ReserveSlot(command) => Decision::Slot(counter(state)?.reserve(&command, now)),
        Command::ReleaseSlot(reservation) => {
            counter(state)?.release(reservation);
            Decision::Done
        }
        Command::ReserveSend(command) => Decision::Send(number(state)?.reserve_send(command, now)),
        Command::RecordOutcome(outcome) => {
            number(state)?.record_outcome(&outcome);
            Decision::Done
        }
        Command::Guess(guess) => Decision::Guess(number(state)?.guess(&guess, now)),
        Command::ReadChallenge(id) => Decision::Challenge(number(state)?.status(id, now)),
        Command::ReadSendState(of) => Decision::SendState(number(state)?.send_state(of, now)),
        Command::Explain(rules) => Decision::Explanation(number(state)?.explain(&rules, now)),
        Command::ExplainSlot(rules, relaxes) => {
            let sends = counter(state)?.explain(&rules, relaxes, now);
            Decision::Explanation(Explanation { untrusted_sends: sends.clone(), sends, ..Explanation::default() })
        }
        Command::AddShare(share) => Decision::Usage(shares(state)?.add(&share, now)),
        Command::ReadUsage(rule) => Decision::Usage(match state {
            Some(StoredState::Counter(counter)) => counter.usage(rule, now),
            None => AdaptiveUsage { limit: rule.limit(0, 0), ..AdaptiveUsage::default() },
            _ => shares(state)?.usage(rule, now),
        }),
        Command::Reset => reset(state, now)?,
        Command::BeginRequest(request) => {
            Decision::Idempotency(idempotency_record(state, |known| IdempotencyRecord::begin(known, &request, now))?)
        }
        Command::WithdrawRequest(send) => {
            idempotency_record(state, |known| IdempotencyRecord::withdraw(known, send))?;
            Decision::Done
        }
        Command::AddCounts(counts) => {
            statistics(state)?.add(&counts, now);
            Decision::Done
        }
        Command::ReadStatistics => Decision::Statistics(statistics(state)?.clone()),
        Command::RecordReport(text, reported) => Decision::StatusChange(report(state, text, &reported)?),
        Command::ReportFailure(text, reported, reason, closed_ms) => {
            let closed_until = if closed_ms > 0 { now.saturating_add(closed_ms) } else { 0 };
            Decision::StatusChange(report_failure(state, &reported, Failure { text, reason, closed_until })?)
        }
        Command::PreviewReport(text, reported) => {
            Decision::StatusChange(number(state)?.preview_report(text, &reported))
        }
        Command::FindText(account, id) => Decision::Text(number(state)?.text_of(account, id)),
        Command::Failure(challenge) => {
            number(state)?;
            Decision::Failure(known_notes(state.as_ref()).and_then(|notes| notes.reach.failure_of(challenge)))
        }
        Command::ReserveReachable(command) => {
            Decision::Reach(match known_notes(state.as_ref()).and_then(|notes| notes.reach.closed(now)) {
                Some((reason, until)) => ReachDecision::Closed(reason, until),
                None => ReachDecision::Send(number(state)?.reserve_send(command, now)),
            })
        }
        Command::ReserveMarketing(command) => Decision::Marketing(marketing(state, &command, now)?),
        Command::ReleaseMarketing(reservation) => {
            number(state)?;
            if let Some(StoredState::Noted(_, notes)) = state {
                notes.marketing.release(reservation);
            }
            Decision::Done
        }
        Command::SetOptOut(out) => {
            let number = number(state)?;
            number.set_opt_out(out, now);
            forget_idle(state);
            Decision::Done
        }
        Command::ReadOptOut => Decision::OptedOut(number(state)?.opted_out()),
        Command::EraseNumber => {
            let number = number(state)?;
            number.erase(now);
            forget_failure(state);
            forget_idle(state);
            Decision::Done
        }
        Command::Queue(command) => Decision::Queue(queue(state)?.apply(command, now)),
        Command::StoreUnmatched(record, kept_ms) => {
            unmatched(state)?.store(record, kept_ms, now);
            Decision::Done
        }
        Command::ListUnmatched(kept_ms) => Decision::Unmatched(unmatched(state)?.list(kept_ms, now)),
        Command::RedactNumber(digits) => erase_number(state, &digits)?,
        Command::MarkRecord(source) => Decision::IsNewRecord(is_new_record(state, source, now)?),
        Command::ListKept(record, kept_ms) => Decision::IsListed(kept_receipts(state)?.add(record, kept_ms, now)),
        Command::ReadKept => Decision::Kept(kept_receipts(state)?.list(now)),
        Command::AddDeliveryCounts(more) => Decision::DeliveryCounts(delivery_stats(state)?.add(&more, now)),
        Command::WriteBytes(..) | Command::RewriteBytes(_) | Command::ReadBytes | Command::DropBytes => {
            decide_bytes(state, command, now)?
        }
    })
}

/// The commands of a key that stores bytes.
/// Forgets the sends of a number, and what is known of it.
fn reset(state: &mut Option<StoredState>, now: i64) -> Result<Decision, Unreadable> {
    number(state)?.reset(now);
    if let Some(StoredState::Noted(_, notes)) = state {
        *notes = Notes::default();
    }
    forget_idle(state);
    Ok(Decision::Done)
}

fn decide_bytes(state: &mut Option<StoredState>, command: Command, now: i64) -> Result<Decision, Unreadable> {
    Ok(match command {
        Command::WriteBytes(bytes, kept_ms) => {
            *state = Some(StoredState::Bytes(bytes, now.saturating_add(kept_ms)));
            Decision::Done
        }
        Command::RewriteBytes(bytes) => match state {
            Some(StoredState::Bytes(known, _)) => {
                *known = bytes;
                Decision::Done
            }
            None => Decision::Done,
            Some(_) => return Err(Unreadable),
        },
        Command::ReadBytes => match state {
            Some(StoredState::Bytes(bytes, _)) => Decision::Bytes(Some(bytes.clone())),
            None => Decision::Bytes(None),
            Some(_) => return Err(Unreadable),
        },
        Command::DropBytes => match state.take() {
            None | Some(StoredState::Bytes(..)) => Decision::Done,
            Some(_) => return Err(Unreadable),
        },
        _ => return Err(Unreadable),
    })
}

fn is_new_record(state: &mut Option<StoredState>, source: RecordId, now: i64) -> Result<bool, Unreadable> {
    let mut mark = match state {
        None => None,
        Some(StoredState::ForwardedMark(mark)) => Some(*mark),
        Some(_) => return Err(Unreadable),
    };
    let is_news = ForwardedMark::is_first(&mut mark, source, now);
    *state = mark.map(StoredState::ForwardedMark);
    Ok(is_news)
}

fn erase_number(state: &mut Option<StoredState>, digits: &[u8]) -> Result<Decision, Unreadable> {
    match state {
        // A page of a queue: the number's digits become ones, so the page stays readable.
        Some(StoredState::Bytes(bytes, _)) => drop(redact(bytes, digits)),
        _ => unmatched(state)?.redact(digits),
    }
    Ok(Decision::Done)
}

impl StoredState {
    fn is_empty(&self) -> bool {
        match self {
            Self::Counter(counter) => *counter == Counter::default(),
            Self::Shares(shares) => *shares == Shares::default(),
            Self::Number(number) => *number == Number::default(),
            Self::Statistics(statistics) => *statistics == Statistics::default(),
            Self::Queue(queue) => queue.expires_at() == 0,
            Self::UnmatchedRecords(unmatched) => *unmatched == UnmatchedRecords::default(),
            Self::DeliveryStats(stats) => *stats == DeliveryStats::default(),
            Self::KeptReceipts(kept) => *kept == KeptReceipts::default(),
            Self::Idempotency(_) | Self::ForwardedMark(_) | Self::Bytes(..) | Self::Noted(..) => false,
        }
    }

    fn expires_at(&self) -> i64 {
        match self {
            Self::Counter(counter) => counter.expires_at(),
            Self::Shares(shares) => shares.expires_at(),
            Self::Number(number) => number.expires_at(),
            Self::Idempotency(record) => record.expires_at(),
            Self::Statistics(statistics) => statistics.expires_at(),
            Self::Queue(queue) => queue.expires_at(),
            Self::UnmatchedRecords(unmatched) => unmatched.expires_at(),
            Self::ForwardedMark(mark) => mark.expires_at(),
            Self::DeliveryStats(stats) => stats.expires_at(),
            Self::KeptReceipts(kept) => kept.expires_at(),
            Self::Bytes(_, until) => *until,
            Self::Noted(number, notes) => number.expires_at().max(notes.expires_at()),
        }
    }
}

/// Defines `$name`, which returns the state of a key of this kind, and begins it where there is none.
macro_rules! state_of {
    ($name:ident, $kind:ident) => {
        fn $name(state: &mut Option<StoredState>) -> Result<&mut $kind, Unreadable> {
            match state.get_or_insert_with(|| StoredState::$kind($kind::default())) {
                StoredState::$kind(known) => Ok(known),
                _ => Err(Unreadable),
            }
        }
    };
}

state_of!(counter, Counter);
state_of!(shares, Shares);
state_of!(statistics, Statistics);
state_of!(queue, Queue);
state_of!(unmatched, UnmatchedRecords);
state_of!(delivery_stats, DeliveryStats);
state_of!(kept_receipts, KeptReceipts);

fn idempotency_record<T>(
    state: &mut Option<StoredState>,
    work: impl FnOnce(&mut Option<IdempotencyRecord>) -> T,
) -> Result<T, Unreadable> {
    let mut known = match state.take() {
        None => None,
        Some(StoredState::Idempotency(record)) => Some(record),
        Some(_) => return Err(Unreadable),
    };
    let done = work(&mut known);
    *state = known.map(StoredState::Idempotency);
    Ok(done)
}
