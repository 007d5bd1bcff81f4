//! The ledger: `(state, command, now) → (state, decision)` for one key, in bytes.
//!
//! Whoever keeps the state keeps it for one key, runs [`apply`] between a read and a write that nothing comes between, and
//! does so for every command in turn. What is stored holds neither a number nor a code.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::{Counter, Take, Taken};
use crate::guard::delivery::{Fate, FateOf};
use crate::guard::idempotency::{Answered, Begin, Begun};
use crate::guard::log::Reservation;
use crate::guard::marketing::{AskMarketing, MarketingDecision};
use crate::guard::number::{Ask, Asked, Explained, Guess, Guessed, Number, NumberRules, Settle};
use crate::guard::number_state::{
    Notes, forget_failure, forget_idle, forget_notes, known_notes, marketing, number, report, report_failure,
};
use crate::guard::reach::{Failure, Reached};
use crate::guard::statistics::{Counts, Statistics};
use crate::otp::challenge::{Challenge, ChallengeId, TextId};
use crate::otp::receipt::{News, Reported, Source};
use crate::receipts::kept::{Kept, Record};
use crate::receipts::memo::Memo;
use crate::receipts::queue::{Queue, QueueCommand, QueueReply};
use crate::receipts::redact::redact;
use crate::receipts::tally::{Sums, Tally};

/// What a key is asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A counter: one more.
    Take(Take),
    /// A counter: one was taken and not used.
    Release(Reservation),
    /// A number: a text.
    Ask(Ask),
    /// A number: what became of a text.
    Settle(Settle),
    /// A number: a guess.
    Guess(Guess),
    /// A number: how a challenge stands.
    Status(ChallengeId),
    /// A number: what became of a send.
    Fate(FateOf),
    /// A number or a counter: how its rules stand.
    Explain(NumberRules),
    /// A number: forget what was sent and guessed.
    Reset,
    /// A request that may be repeated: begin.
    Begin(Begin),
    /// A request that may be repeated: it was refused, and may be tried again. By the number drawn for its send.
    Withdraw(u32),
    /// The statistics: more of them.
    Count(Counts),
    /// The statistics: all of them.
    Statistics,
    /// A number: what became of a text.
    Report(TextId, Reported),
    /// A number: whether its owner wants no marketing texts from now on.
    OptOut(bool),
    /// A number: whether its owner wants no marketing texts.
    OptedOut,
    /// A number: forget whose it is.
    Erase,
    /// An account's queue.
    Queue(QueueCommand),
    /// What is kept aside: this as well, for so many milliseconds.
    Keep(Record, i64),
    /// What is kept aside: all of it that is no older than so many milliseconds.
    Kept(i64),
    /// What is kept aside, or bytes: a number is erased.
    Redact(Vec<u8>),
    /// A record: whether this is where it was seen first.
    IsNews(Source),
    /// What became of texts: more of it.
    Tally(Sums),
    /// Bytes: these, for so many milliseconds.
    Write(Vec<u8>, i64),
    /// Bytes: these in their place, for as long as those were to be kept.
    Rewrite(Vec<u8>),
    /// Bytes: which.
    Read,
    /// Bytes: none any more.
    Drop,
    /// A number: what became of a text that did not arrive, the number of its reason, and for how many milliseconds no text can
    /// reach the number.
    ReportFailure(TextId, Reported, u8, i64),
    /// A number: why the last text of a challenge failed.
    Failure(ChallengeId),
    /// A number: a text, unless none can reach it.
    AskReachable(Ask),
    /// A number: a marketing text.
    AskMarketing(AskMarketing),
    /// A number: a marketing text was counted and certainly not sent.
    ReleaseMarketing(Reservation),
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// To [`Command::Take`].
    Taken(Taken),
    /// To [`Command::Ask`].
    Asked(Asked),
    /// To [`Command::Guess`].
    Guessed(Guessed),
    /// To [`Command::Status`].
    Status(Option<Challenge>),
    /// To [`Command::Fate`].
    Fate(Fate),
    /// To [`Command::Explain`].
    Explained(Explained),
    /// To [`Command::Begin`].
    Begun(Begun),
    /// To [`Command::Statistics`].
    Statistics(Statistics),
    /// To [`Command::Report`].
    News(News),
    /// To [`Command::OptedOut`]: since when, in milliseconds since 1970.
    OptedOut(Option<i64>),
    /// To [`Command::Queue`].
    Queue(QueueReply),
    /// To [`Command::Kept`].
    Kept(Vec<Record>),
    /// To [`Command::IsNews`].
    IsNews(bool),
    /// To [`Command::Tally`]: the sums of the last hour.
    Tally(Sums),
    /// To [`Command::Read`].
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
pub(super) enum Stored {
    Counter(Counter),
    Number(Number),
    Answered(Answered),
    Statistics(Statistics),
    Queue(Queue),
    Kept(Kept),
    Memo(Memo),
    Tally(Tally),
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
    pub change: Change,
}

/// What to do with the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
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
    let mut state: Option<Stored> = stored.map(read).transpose()?;
    let decision = decide(&mut state, command, now)?;
    forget_notes(&mut state, now);
    let change = match (stored, state) {
        (None, None) => Change::Nothing,
        // A question to a key of which nothing is known leaves nothing behind.
        (None, Some(state)) if state.is_empty() => Change::Nothing,
        (Some(_), None) => Change::Remove,
        (before, Some(state)) => match write(&state)? {
            same if before == Some(same.as_slice()) => Change::Nothing,
            changed => Change::Store { expires_at: state.expires_at(), state: changed },
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
const USUAL: usize = 256;

/// Writes a value.
///
/// # Errors
/// [`Unreadable`] where it cannot be written, which none of ours cannot.
pub fn write(value: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    // Growing byte by byte from nothing takes longer than writing.
    postcard::to_extend(value, Vec::with_capacity(USUAL)).map_err(|_| Unreadable)
}

fn decide(state: &mut Option<Stored>, command: Command, now: i64) -> Result<Decision, Unreadable> {
    Ok(match command {
        Command::Take(take) => Decision::Taken(counter(state)?.take(&take, now)),
        Command::Release(reservation) => {
            counter(state)?.release(reservation);
            Decision::Done
        }
        Command::Ask(ask) => Decision::Asked(number(state)?.ask(ask, now)),
        Command::Settle(settle) => {
            number(state)?.settle(&settle);
            Decision::Done
        }
        Command::Guess(guess) => Decision::Guessed(number(state)?.guess(&guess, now)),
        Command::Status(id) => Decision::Status(number(state)?.status(id, now)),
        Command::Fate(of) => Decision::Fate(number(state)?.fate(of, now)),
        Command::Explain(rules) => Decision::Explained(match state {
            Some(Stored::Counter(counter)) => {
                let sends = counter.explain(&rules.sends, now);
                Explained { unknown_sends: sends.clone(), sends, ..Explained::default() }
            }
            _ => number(state)?.explain(&rules, now),
        }),
        Command::Reset => {
            number(state)?.reset(now);
            if let Some(Stored::Noted(_, notes)) = state {
                *notes = Notes::default();
            }
            forget_idle(state);
            Decision::Done
        }
        Command::Begin(begin) => Decision::Begun(answered(state, |known| Answered::begin(known, &begin, now))?),
        Command::Withdraw(send) => {
            answered(state, |known| Answered::withdraw(known, send))?;
            Decision::Done
        }
        Command::Count(counts) => {
            statistics(state)?.add(&counts, now);
            Decision::Done
        }
        Command::Statistics => Decision::Statistics(statistics(state)?.clone()),
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
            if let Some(Stored::Noted(_, notes)) = state {
                notes.marketing.release(reservation);
            }
            Decision::Done
        }
        Command::OptOut(out) => {
            let number = number(state)?;
            number.opt_out(out, now);
            forget_idle(state);
            Decision::Done
        }
        Command::OptedOut => Decision::OptedOut(number(state)?.opted_out()),
        Command::Erase => {
            let number = number(state)?;
            number.erase(now);
            forget_failure(state);
            forget_idle(state);
            Decision::Done
        }
        Command::Queue(command) => Decision::Queue(queue_of(state)?.apply(command, now)),
        Command::Keep(record, kept_ms) => {
            kept(state)?.keep(record, kept_ms, now);
            Decision::Done
        }
        Command::Kept(kept_ms) => Decision::Kept(kept(state)?.list(kept_ms, now)),
        Command::Redact(digits) => erase_number(state, &digits)?,
        Command::IsNews(source) => Decision::IsNews(is_news(state, source, now)?),
        Command::Tally(more) => Decision::Tally(tally(state)?.add(&more, now)),
        Command::Write(..) | Command::Rewrite(_) | Command::Read | Command::Drop => decide_bytes(state, command, now)?,
    })
}

/// The commands of a key that holds bytes.
fn decide_bytes(state: &mut Option<Stored>, command: Command, now: i64) -> Result<Decision, Unreadable> {
    Ok(match command {
        Command::Write(bytes, kept_ms) => {
            *state = Some(Stored::Bytes(bytes, now.saturating_add(kept_ms)));
            Decision::Done
        }
        Command::Rewrite(bytes) => match state {
            Some(Stored::Bytes(known, _)) => {
                *known = bytes;
                Decision::Done
            }
            None => Decision::Done,
            Some(_) => return Err(Unreadable),
        },
        Command::Read => match state {
            Some(Stored::Bytes(bytes, _)) => Decision::Bytes(Some(bytes.clone())),
            None => Decision::Bytes(None),
            Some(_) => return Err(Unreadable),
        },
        Command::Drop => match state.take() {
            None | Some(Stored::Bytes(..)) => Decision::Done,
            Some(_) => return Err(Unreadable),
        },
        _ => return Err(Unreadable),
    })
}

fn is_news(state: &mut Option<Stored>, source: Source, now: i64) -> Result<bool, Unreadable> {
    let mut memo = match state {
        None => None,
        Some(Stored::Memo(memo)) => Some(*memo),
        Some(_) => return Err(Unreadable),
    };
    let is_news = Memo::is_news(&mut memo, source, now);
    *state = memo.map(Stored::Memo);
    Ok(is_news)
}

fn erase_number(state: &mut Option<Stored>, digits: &[u8]) -> Result<Decision, Unreadable> {
    match state {
        // A page of a queue: ones take the place of digits, so that it can still be read.
        Some(Stored::Bytes(bytes, _)) => drop(redact(bytes, digits)),
        _ => kept(state)?.redact(digits),
    }
    Ok(Decision::Done)
}

impl Stored {
    fn is_empty(&self) -> bool {
        match self {
            Self::Counter(counter) => *counter == Counter::default(),
            Self::Number(number) => *number == Number::default(),
            Self::Statistics(statistics) => *statistics == Statistics::default(),
            Self::Queue(queue) => queue.expires_at() == 0,
            Self::Kept(kept) => *kept == Kept::default(),
            Self::Tally(tally) => *tally == Tally::default(),
            Self::Answered(_) | Self::Memo(_) | Self::Bytes(..) | Self::Noted(..) => false,
        }
    }

    fn expires_at(&self) -> i64 {
        match self {
            Self::Counter(counter) => counter.expires_at(),
            Self::Number(number) => number.expires_at(),
            Self::Answered(answered) => answered.expires_at(),
            Self::Statistics(statistics) => statistics.expires_at(),
            Self::Queue(queue) => queue.expires_at(),
            Self::Kept(kept) => kept.expires_at(),
            Self::Memo(memo) => memo.expires_at(),
            Self::Tally(tally) => tally.expires_at(),
            Self::Bytes(_, until) => *until,
            Self::Noted(number, notes) => number.expires_at().max(notes.expires_at()),
        }
    }
}

/// Makes `$name`, which gives the state of a key that holds this kind, begun where there is none.
macro_rules! state_of {
    ($name:ident, $kind:ident) => {
        fn $name(state: &mut Option<Stored>) -> Result<&mut $kind, Unreadable> {
            match state.get_or_insert_with(|| Stored::$kind($kind::default())) {
                Stored::$kind(known) => Ok(known),
                _ => Err(Unreadable),
            }
        }
    };
}

state_of!(counter, Counter);
state_of!(statistics, Statistics);
state_of!(queue_of, Queue);
state_of!(kept, Kept);
state_of!(tally, Tally);

fn answered<T>(state: &mut Option<Stored>, work: impl FnOnce(&mut Option<Answered>) -> T) -> Result<T, Unreadable> {
    let mut known = match state.take() {
        None => None,
        Some(Stored::Answered(answered)) => Some(answered),
        Some(_) => return Err(Unreadable),
    };
    let done = work(&mut known);
    *state = known.map(Stored::Answered);
    Ok(done)
}
