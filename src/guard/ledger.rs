//! The ledger: `(state, command, now) → (state, decision)` for one key, in bytes.
//!
//! Whoever keeps the state keeps it for one key, runs [`apply`] between a read and a write that nothing comes between, and
//! does so for every command in turn. What is stored holds neither a number nor a code.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::{Counter, ReserveSlot, SlotDecision};
use crate::guard::delivery::{SendState, SendStateQuery};
use crate::guard::idempotency::{BeginRequest, IdempotencyRecord, IdempotencyState};
use crate::guard::marketing::{AskMarketing, MarketingDecision};
use crate::guard::number::{
    Explanation, Guess, GuessDecision, Number, NumberRules, RecordOutcome, ReserveSend, SendDecision,
};
use crate::guard::number_state::{
    Notes, forget_failure, forget_idle, forget_notes, known_notes, marketing, number, report, report_failure,
};
use crate::guard::reach::{Failure, Reached};
use crate::guard::sliding_log::Reservation;
use crate::guard::statistics::{Counts, Statistics};
use crate::otp::challenge::{Challenge, ChallengeId, TextId};
use crate::otp::text_status::{DeliveryReport, RecordId, StatusChange};
use crate::receipts::delivery_stats::{CountsByAccount, DeliveryStats};
use crate::receipts::forwarded_mark::ForwardedMark;
use crate::receipts::queue::{Queue, QueueCommand, QueueReply};
use crate::receipts::redact::redact;
use crate::receipts::unmatched::{UnmatchedRecord, UnmatchedRecords};

/// What a key is asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A counter: one more.
    ReserveSlot(ReserveSlot),
    /// A counter: one was taken and not used.
    ReleaseSlot(Reservation),
    /// A number: a text.
    ReserveSend(ReserveSend),
    /// A number: what became of a text.
    RecordOutcome(RecordOutcome),
    /// A number: a guess.
    Guess(Guess),
    /// A number: how a challenge stands.
    ReadChallenge(ChallengeId),
    /// A number: what became of a send.
    ReadSendState(SendStateQuery),
    /// A number or a counter: how its rules stand.
    Explain(NumberRules),
    /// A number: forget what was sent and guessed.
    Reset,
    /// A request that may be repeated: begin.
    BeginRequest(BeginRequest),
    /// A request that may be repeated: it was refused, and may be tried again. By the number drawn for its send.
    WithdrawRequest(u32),
    /// The statistics: more of them.
    AddCounts(Counts),
    /// The statistics: all of them.
    ReadStatistics,
    /// A number: what became of a text.
    RecordReport(TextId, DeliveryReport),
    /// A number: whether its owner wants no marketing texts from now on.
    SetOptOut(bool),
    /// A number: whether its owner wants no marketing texts.
    ReadOptOut,
    /// A number: forget whose it is.
    Erase,
    /// An account's queue.
    Queue(QueueCommand),
    /// What is kept aside: this as well, for so many milliseconds.
    StoreUnmatched(UnmatchedRecord, i64),
    /// What is kept aside: all of it that is no older than so many milliseconds.
    ListUnmatched(i64),
    /// What is kept aside, or bytes: a number is erased.
    RedactNumber(Vec<u8>),
    /// A record: whether this is where it was seen first.
    MarkRecord(RecordId),
    /// What became of texts: more of it.
    Tally(CountsByAccount),
    /// Bytes: these, for so many milliseconds.
    WriteBytes(Vec<u8>, i64),
    /// Bytes: these in their place, for as long as those were to be kept.
    RewriteBytes(Vec<u8>),
    /// Bytes: which.
    Read,
    /// Bytes: none any more.
    Drop,
    /// A number: what became of a text that did not arrive, the number of its reason, and for how many milliseconds no text can
    /// reach the number.
    ReportFailure(TextId, DeliveryReport, u8, i64),
    /// A number: why the last text of a challenge failed.
    Failure(ChallengeId),
    /// A number: a text, unless none can reach it.
    AskReachable(ReserveSend),
    /// A number: a marketing text.
    AskMarketing(AskMarketing),
    /// A number: a marketing text was counted and certainly not sent.
    ReleaseMarketing(Reservation),
}

/// What it answers.
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
    /// To [`Command::RecordReport`].
    StatusChange(StatusChange),
    /// To [`Command::ReadOptOut`]: since when, in milliseconds since 1970.
    OptedOut(Option<i64>),
    /// To [`Command::Queue`].
    Queue(QueueReply),
    /// To [`Command::ListUnmatched`].
    Unmatched(Vec<UnmatchedRecord>),
    /// To [`Command::MarkRecord`].
    IsNewRecord(bool),
    /// To [`Command::AddDeliveryCounts`]: the sums of the last hour.
    Tally(CountsByAccount),
    /// To [`Command::ReadBytes`].
    Bytes(Option<Vec<u8>>),
    /// To what needs no answer.
    Done,
    /// To [`Command::Failure`]: the number of its reason.
    Failure(Option<u8>),
    /// To [`Command::AskReachable`].
    Reached(Reached),
    /// To [`Command::AskMarketing`].
    Marketing(MarketingDecision),
}

/// What is stored for a key. A new shape is a new variant: what an earlier release stored stays readable.
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
    /// A number, and what is known of it beside its codes.
    Noted(Number, Notes),
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// A [`Decision`].
    pub decision: Vec<u8>,
    /// What to do with the state.
    pub change: StateChange,
}

/// What to do with the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// It stays as it is.
    Nothing,
    /// This takes its place.
    Store {
        /// The state.
        state: Vec<u8>,
        /// When it can be removed, in milliseconds since 1970.
        expires_at: i64,
    },
    /// There is none any more.
    Remove,
}

/// Neither the command nor the state can be another's than ours: nothing may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Carries out a command on the state of its key.
///
/// # Errors
/// [`Unreadable`], which changes nothing.
pub fn apply(stored: Option<&[u8]>, command: &[u8], now: i64) -> Result<Applied, Unreadable> {
    let command: Command = read(command)?;
    let mut state: Option<StoredState> = stored.map(read).transpose()?;
    let decision = decide(&mut state, command, now)?;
    forget_notes(&mut state, now);
    let change = match (stored, state) {
        (None, None) => StateChange::Nothing,
        // A question to a key of which nothing is known leaves nothing behind.
        (None, Some(state)) if state.is_empty() => StateChange::Nothing,
        (Some(_), None) => StateChange::Remove,
        (before, Some(state)) => match write(&state)? {
            same if before == Some(same.as_slice()) => StateChange::Nothing,
            changed => StateChange::Store { expires_at: state.expires_at(), state: changed },
        },
    };
    Ok(Applied { decision: write(&decision)?, change })
}

/// Reads what [`write`] wrote, to its last byte.
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Unreadable),
    }
}

/// Bytes that most of what is written has room in.
const USUAL_BYTES: usize = 256;

/// Writes a value.
///
/// # Errors
/// [`Unreadable`] where it cannot be written, which none of ours cannot.
pub fn write(value: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    // Growing byte by byte from nothing takes longer than writing.
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
        Command::Explain(rules) => Decision::Explanation(match state {
            Some(StoredState::Counter(counter)) => {
                let sends = counter.explain(&rules.sends, now);
                Explanation { untrusted_sends: sends.clone(), sends, ..Explanation::default() }
            }
            _ => number(state)?.explain(&rules, now),
        }),
        Command::Reset => {
            number(state)?.reset(now);
            if let Some(StoredState::Noted(_, notes)) = state {
                *notes = Notes::default();
            }
            forget_idle(state);
            Decision::Done
        }
        Command::Begin(begin) => {
            Decision::Begun(idempotency_record(state, |known| IdempotencyRecord::begin(known, &begin, now))?)
        }
        Command::Withdraw(send) => {
            idempotency_record(state, |known| IdempotencyRecord::withdraw(known, send))?;
            Decision::Done
        }
        Command::AddCounts(counts) => {
            statistics(state)?.add(&counts, now);
            Decision::Done
        }
        Command::ReadStatistics => Decision::Statistics(statistics(state)?.clone()),
        Command::Report(text, reported) => Decision::News(report(state, text, &reported)?),
        Command::ReportFailure(text, reported, reason, closed_ms) => {
            let closed_until = if closed_ms > 0 { now.saturating_add(closed_ms) } else { 0 };
            Decision::News(report_failure(state, &reported, Failure { text, reason, closed_until })?)
        }
        Command::Failure(challenge) => {
            number(state)?;
            Decision::Failure(known_notes(state.as_ref()).and_then(|notes| notes.reach.failure_of(challenge)))
        }
        Command::AskReachable(ask) => {
            Decision::Reached(match known_notes(state.as_ref()).and_then(|notes| notes.reach.closed(now)) {
                Some((reason, until)) => Reached::Closed(reason, until),
                None => Reached::Asked(number(state)?.ask(ask, now)),
            })
        }
        Command::AskMarketing(ask) => Decision::Marketing(marketing(state, &ask, now)?),
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
        Command::Kept(kept_ms) => Decision::Kept(unmatched(state)?.list(kept_ms, now)),
        Command::Redact(digits) => erase_number(state, &digits)?,
        Command::IsNews(source) => Decision::IsNews(is_new_record(state, source, now)?),
        Command::Tally(more) => Decision::Tally(delivery_stats(state)?.add(&more, now)),
        Command::Write(..) | Command::Rewrite(_) | Command::Read | Command::Drop => decide_bytes(state, command, now)?,
    })
}

/// The commands of a key that holds bytes.
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
        // A page of a queue: ones take the place of digits, so that it can still be read.
        Some(StoredState::Bytes(bytes, _)) => drop(redact(bytes, digits)),
        _ => unmatched(state)?.redact(digits),
    }
    Ok(Decision::Done)
}

impl StoredState {
    fn is_empty(&self) -> bool {
        match self {
            Self::Counter(counter) => *counter == Counter::default(),
            Self::Number(number) => *number == Number::default(),
            Self::Statistics(statistics) => *statistics == Statistics::default(),
            Self::Queue(queue) => queue.expires_at() == 0,
            Self::UnmatchedRecords(unmatched) => *unmatched == UnmatchedRecords::default(),
            Self::DeliveryStats(stats) => *stats == DeliveryStats::default(),
            Self::Answered(_) | Self::Memo(_) | Self::Bytes(..) | Self::Noted(..) => false,
        }
    }

    fn expires_at(&self) -> i64 {
        match self {
            Self::Counter(counter) => counter.expires_at(),
            Self::Number(number) => number.expires_at(),
            Self::Idempotency(record) => record.expires_at(),
            Self::Statistics(statistics) => statistics.expires_at(),
            Self::Queue(queue) => queue.expires_at(),
            Self::UnmatchedRecords(unmatched) => unmatched.expires_at(),
            Self::ForwardedMark(mark) => mark.expires_at(),
            Self::DeliveryStats(stats) => stats.expires_at(),
            Self::Bytes(_, until) => *until,
            Self::Noted(number, notes) => number.expires_at().max(notes.expires_at()),
        }
    }
}

/// Makes `$name`, which gives the state of a key that holds this kind, begun where there is none.
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
state_of!(statistics, Statistics);
state_of!(queue, Queue);
state_of!(unmatched, UnmatchedRecords);
state_of!(delivery_stats, DeliveryStats);

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
