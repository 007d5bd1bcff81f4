//! The ledger: a pure function `(state, command, now) → (state, decision)` for one key. States, commands and decisions
//! are bytes.
//!
//! The store runs [`apply`] on the state of one key, as one atomic step for each command. The stored bytes contain
//! neither a number nor a code.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::guard::counter::{Counter, Take, Taken};
use crate::guard::delivery::{Fate, FateOf};
use crate::guard::idempotency::{Answered, Begin, Begun};
use crate::guard::log::Reservation;
use crate::guard::number::{Ask, Asked, Explained, Guess, Guessed, Number, NumberRules, Settle};
use crate::guard::statistics::{Counts, Statistics};
use crate::otp::challenge::{Challenge, ChallengeId, TextId};
use crate::otp::receipt::{News, Reported, Source};
use crate::receipts::kept::{Kept, Record};
use crate::receipts::memo::Memo;
use crate::receipts::queue::{Queue, QueueCommand, QueueReply};
use crate::receipts::redact::redact;
use crate::receipts::tally::{Sums, Tally};

/// A command to a key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Counter: counts one event.
    Take(Take),
    /// Counter: releases an event that was not used.
    Release(Reservation),
    /// Number: decides about a send.
    Ask(Ask),
    /// Number: records the outcome of a text.
    Settle(Settle),
    /// Number: compares a guess.
    Guess(Guess),
    /// Number: returns the state of a challenge.
    Status(ChallengeId),
    /// Number: returns the outcome of a send.
    Fate(FateOf),
    /// Number or counter: returns the usage of its rules.
    Explain(NumberRules),
    /// Number: removes sends and guesses.
    Reset,
    /// Idempotency key: begins a request.
    Begin(Begin),
    /// Idempotency key: removes a rejected request, by the random number of its send.
    Withdraw(u32),
    /// Statistics: adds counts.
    Count(Counts),
    /// Statistics: returns all counts.
    Statistics,
    /// Number: applies a report on a text.
    Report(TextId, Reported),
    /// Number: records an opt-out from marketing texts, or its end.
    OptOut(bool),
    /// Number: returns the opt-out.
    OptedOut,
    /// Number: removes the challenges, which hold the sealed number.
    Erase,
    /// Queue of an account.
    Queue(QueueCommand),
    /// Unmatched records: adds one, for at most this many milliseconds.
    Keep(Record, i64),
    /// Unmatched records: returns those that are at most this many milliseconds old.
    Kept(i64),
    /// Unmatched records or bytes: erases a number.
    Redact(Vec<u8>),
    /// Record: returns whether this is its first source.
    IsNews(Source),
    /// Delivery sums: adds sums.
    Tally(Sums),
    /// Bytes: stores these for this many milliseconds.
    Write(Vec<u8>, i64),
    /// Bytes: replaces them, for as long as they were to be kept.
    Rewrite(Vec<u8>),
    /// Bytes: returns them.
    Read,
    /// Bytes: removes them.
    Drop,
}

/// The decision on a command.
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
    /// To [`Command::OptedOut`]: the time of the opt-out, in milliseconds since the Unix epoch.
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
    /// To a command without an answer.
    Done,
}

/// The stored state of a key. A new format is a new variant, so that states of earlier releases stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stored {
    Counter(Counter),
    Number(Number),
    Answered(Answered),
    Statistics(Statistics),
    Queue(Queue),
    Kept(Kept),
    Memo(Memo),
    Tally(Tally),
    Bytes(Vec<u8>, i64),
}

/// The result of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// A [`Decision`].
    pub decision: Vec<u8>,
    /// The change to the stored state.
    pub change: Change,
}

/// The change to the stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
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
    let mut state: Option<Stored> = stored.map(read).transpose()?;
    let decision = decide(&mut state, command, now)?;
    let change = match (stored, state) {
        (None, None) => Change::Nothing,
        // A query about an unknown key stores nothing.
        (None, Some(state)) if state.is_empty() => Change::Nothing,
        (Some(_), None) => Change::Remove,
        (before, Some(state)) => match write(&state)? {
            same if before == Some(same.as_slice()) => Change::Nothing,
            changed => Change::Store { expires_at: state.expires_at(), state: changed },
        },
    };
    Ok(Applied { decision: write(&decision)?, change })
}

/// Reads a value that [`write`] wrote; every byte must belong to it.
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
const USUAL: usize = 256;

/// Writes a value.
///
/// # Errors
/// [`Unreadable`] for a value that cannot be written; no value of the ledger is one.
pub fn write(value: &impl Serialize) -> Result<Vec<u8>, Unreadable> {
    // Growing an empty buffer byte by byte takes longer than writing.
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
            let number = number(state)?;
            number.reset(now);
            if number.is_idle() {
                *state = None;
            }
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
        Command::Report(text, reported) => Decision::News(number(state)?.report(text, &reported)),
        Command::OptOut(out) => {
            let number = number(state)?;
            number.opt_out(out, now);
            if number.is_idle() {
                *state = None;
            }
            Decision::Done
        }
        Command::OptedOut => Decision::OptedOut(number(state)?.opted_out()),
        Command::Erase => {
            let number = number(state)?;
            number.erase(now);
            if number.is_idle() {
                *state = None;
            }
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

/// The commands of a key that stores bytes.
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
        // A page of a queue: the number's digits become ones, so the page stays readable.
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
            Self::Answered(_) | Self::Memo(_) | Self::Bytes(..) => false,
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
        }
    }
}

/// Defines `$name`, which returns the state of a key of this kind, and begins it where there is none.
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
state_of!(number, Number);
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
