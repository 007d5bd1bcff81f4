//! The answers when the handler is called or configured wrongly, or cannot continue. They contain nothing of the
//! request.

use alloc::string::String;

use crate::edge::handler_reply::Problem;
use crate::error::{Code, SmsError};

/// A mistake in the call of the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The argument is no web-standard request.
    Foreign,
    /// The argument is Hono's context and not its request.
    HonoContext,
    /// The body of the request was read before.
    BodyWasRead,
}

impl Misuse {
    /// The cause and the remedy, for a developer.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Foreign => {
                "fetch was not handed a web-standard Request, which Express, Koa, Fastify and node:http have not: \
                 app.use(toNode(handler)), with toNode of xinshi/node, and before any body parser"
            }
            Self::HonoContext => {
                "fetch was handed Hono's context: app.all(path, (c) => handler.fetch(c.req.raw, c.env))"
            }
            Self::BodyWasRead => {
                "the body was read before the handler saw it, by a body parser or other middleware: put the handler before \
                 it, or read a clone of the request there"
            }
        }
    }

    /// The answer.
    #[must_use]
    pub fn problem(self) -> Problem {
        Problem::new(500, "unreadable-request", "The handler cannot read the request that it was handed")
            .detail(self.message())
    }
}

/// The answer for wrong options. Only the log says what is wrong, since that may help an attacker.
#[must_use]
pub fn misconfigured() -> Problem {
    Problem::new(500, "misconfigured", "The handler's options are wrong: see its log")
}

/// The answer when a user's function throws or returns a wrong value: names the option and the fault.
#[must_use]
pub fn of_user(option: &str, message: impl Into<String>) -> Problem {
    misconfigured().detail(message).field(option)
}

/// Whether a word of a user's error may be shown: no URL, and no number of four digits, which may be a code.
#[must_use]
pub fn is_shown(word: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let digits = word.as_bytes().split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).max();
    (1..=40).contains(&word.len()) && word.bytes().all(is_sign) && digits.unwrap_or_default() < 4
}

/// The answer without a store for the limits.
#[must_use]
pub fn no_store() -> Problem {
    Problem::new(503, "no-store", "The limits cannot be kept")
}

/// The same, as an error for code that calls the handler.
#[must_use]
pub fn keeps_nothing() -> SmsError {
    let message = "bind LEDGER to the class Ledger, or pass `store`: the memory of an isolate keeps nothing";
    SmsError::not_sent(Code::Unsupported, message).field("store")
}

/// The error for a namespace of Workers KV, or of `EdgeOne` Pages KV, as a store: it does not detect another writer's
/// change.
#[must_use]
pub fn eventual(field: &str) -> SmsError {
    let message = " is a KV namespace (Workers KV, EdgeOne Pages KV), which is eventually consistent: two requests read the \
                   same count and both pass, so that it limits nobody. Bind LEDGER to the class Ledger instead, or pass \
                   casStore(…) over Redis or Deno KV";
    SmsError::not_sent(Code::Unsupported, [field, message].concat()).field(field)
}

/// A problem as an error, for code that calls the handler.
impl From<Problem> for SmsError {
    fn from(problem: Problem) -> Self {
        let error = Self::not_sent(Code::InvalidArgument, problem.detail.unwrap_or_else(|| problem.title.into()));
        match problem.field {
            Some(field) => error.field(field),
            None => error,
        }
    }
}

/// The operator's message for the same.
pub const NO_STORE: &str = "bind LEDGER to the class Ledger, or pass `store`: the memory of an isolate limits nobody";

/// The answer for an internal fault.
#[must_use]
pub fn fault() -> Problem {
    Problem::new(500, "internal", "A fault of the handler")
}

/// The answer to a request whose instance another request broke: it may have been carried out.
#[must_use]
pub fn given_up() -> Problem {
    Problem::new(503, "unavailable", "The request was given up, and may have been carried out").retry_after(5_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_shows_words_but_no_numbers_and_addresses() {
        assert!(["TypeError", "ECONNREFUSED", "ERR_X-123"].into_iter().all(is_shown));
        let long = "x".repeat(41);
        for word in ["", "13812345678", "a1234", "password at db", "redis://x", "信使", long.as_str()] {
            assert!(!is_shown(word), "{word}");
        }
    }
}
