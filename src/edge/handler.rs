//! [`Handler`]: an HTTP request in, a reply out.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::config::Config;
use crate::edge::draws::Draws;
use crate::edge::endpoint::Endpoint;
use crate::edge::host::{Host, later};
use crate::edge::reply::{Problem, Reply};
use crate::edge::request::{LONGEST_BODY, LONGEST_PUSH, Request};
use crate::edge::route::{Found, Route, find};
use crate::edge::send::STORE_RESTS_MS;
use crate::guard::attempts::Attempts;
use crate::guard::ledger::Command;
use crate::guard::refusals::Refusals;
use crate::guard::statistics::Counts;
use crate::otp::keyring::NumberKey;
use crate::receipts::inbound::InboundBatch;
use crate::receipts::tally::Sums;

/// The name under which the statistics are kept.
pub(super) const STATISTICS: &str = "stats";
/// Requests of an address in a minute up to which it is quiet: a code that is asked for, asked for again and mistyped.
const QUIET_ATTEMPTS: u32 = 8;
/// Texts to one number that vendors may refuse in an hour.
const REJECTIONS: u32 = 10;
/// How long counts wait in memory before they are added to the statistics, in milliseconds.
const COUNTED_EVERY_MS: i64 = 10_000;

/// A configured handler, and what one process remembers: nothing that a limit depends on.
pub struct Handler {
    pub(super) config: Config,
    /// What addresses tried in the last minute.
    attempts: RefCell<Attempts>,
    /// Numbers of which vendors refused a text in the last hour.
    rejections: RefCell<Attempts>,
    /// Numbers that were refused a moment ago.
    pub(super) refusals: RefCell<Refusals>,
    /// Addresses, tokens and prefixes that were refused a moment ago.
    pub(super) hot: RefCell<Refusals>,
    /// Pushes that were answered and are to be ingested, with their accounts: they are in the queue as well.
    pub(super) pushed: RefCell<Vec<(String, InboundBatch)>>,
    counts: RefCell<Counts>,
    counted_at: Cell<i64>,
    /// What became of texts, and was not added to the sums yet.
    pub(super) tallied: RefCell<Sums>,
    /// What became of each account's texts in the last hour, as it was read last.
    pub(super) sums: RefCell<Sums>,
    pub(super) tally_read_at: Cell<i64>,
    /// Whether a queue had pages when it was worked through last.
    pub(super) has_backlog: Cell<bool>,
    /// How the user's webhook fares.
    pub(super) endpoint: Endpoint,
    /// When what is kept aside was last looked through, in milliseconds since 1970.
    pub(super) forgot_at: Cell<i64>,
}

impl Handler {
    /// A handler.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            attempts: RefCell::new(Attempts::new(60_000)),
            rejections: RefCell::new(Attempts::new(3_600_000)),
            refusals: RefCell::new(Refusals::to_repeat()),
            hot: RefCell::new(Refusals::hot()),
            pushed: RefCell::default(),
            counts: RefCell::default(),
            counted_at: Cell::new(i64::MIN),
            tallied: RefCell::default(),
            sums: RefCell::default(),
            tally_read_at: Cell::new(i64::MIN),
            has_backlog: Cell::default(),
            endpoint: Endpoint::default(),
            forgot_at: Cell::new(i64::MIN),
        }
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Answers a request. `drawn` holds [`Draws`].
    pub async fn handle(&self, request: &Request, drawn: &[u8], host: &impl Host) -> Reply {
        let found = match request.path.strip_prefix(self.config.base_path.as_str()) {
            Some(path) => find(&request.method, path),
            None => Found::Nothing,
        };
        let reply = match found {
            Found::Route(route) => self.answer(route, request, drawn, host).await,
            Found::Preflight(allow) => self.preflight(request, allow),
            Found::OtherMethods(allow) => {
                let problem = Problem::new(405, "method-not-allowed", "This address answers other methods");
                Reply::from(problem).header("allow", allow)
            }
            Found::Nothing => Problem::new(404, "not-found", "There is nothing at this address").into(),
        };
        self.keep_counts(host);
        let reply = self.with_origin(reply, request);
        if request.method == "HEAD" { Reply { body: String::new(), ..reply } } else { reply }
    }

    async fn answer(&self, route: Route<'_>, request: &Request, drawn: &[u8], host: &impl Host) -> Reply {
        let answered = match route {
            Route::Health => return Reply::json(200, r#"{"status":"ok"}"#.to_owned()),
            Route::OpenApi => return Reply::description(),
            Route::SendCode => return self.send_code(request, drawn, host).await,
            Route::ValidateCode => return self.validate_code(request, host).await,
            Route::Send => self.otp_send(request, drawn, host).await,
            Route::Verify => self.otp_verify(request, drawn, host).await,
            Route::Status(challenge) => self.otp_status(challenge, request, host).await,
            Route::Explain => self.explain(request, host).await,
            Route::Reset => self.reset(request, host).await,
            Route::Statistics => self.statistics(request, host).await,
            Route::Receipts => self.receipts(request, host).await,
            Route::Erase => self.erase(request, host).await,
            Route::OptOut => self.opt_out(request, host).await,
            Route::OptedOut => self.opted_out(request, host).await,
            Route::Hook(account, token) => self.hook(account, token, request, drawn, host).await,
        };
        answered.unwrap_or_else(Reply::from)
    }

    /// What has to be known of a request beside its head before it is answered. What neither a preflight nor a push needs must not
    /// fail it.
    #[must_use]
    pub fn needs(&self, request: &Request) -> Needs {
        let path = request.path.strip_prefix(self.config.base_path.as_str());
        let Some(Found::Route(route)) = path.map(|path| find(&request.method, path)) else { return Needs::default() };
        let max_body_bytes = match route {
            _ if request.method != "POST" => None,
            // Whoever has no token need not be listened to.
            Route::Hook(account, token) if self.hooked(account, token).is_none() => Some(0),
            Route::Hook(..) => Some(LONGEST_PUSH),
            _ => Some(LONGEST_BODY),
        };
        let is_push = matches!(route, Route::Hook(..));
        let needs_nobody = is_push || matches!(route, Route::Health | Route::OpenApi);
        Needs { address: !needs_nobody, max_body_bytes, is_text: !is_push }
    }

    fn preflight(&self, request: &Request, allow: &'static str) -> Reply {
        let reply = Reply::empty(204).header("allow", allow);
        match &request.origin {
            Some(origin) if request.is_preflight && self.config.admits_origin(origin) => reply
                .header("access-control-allow-methods", allow)
                .header("access-control-allow-headers", "authorization, content-type, idempotency-key")
                .header("access-control-max-age", "86400"),
            _ => reply,
        }
    }

    fn with_origin(&self, mut reply: Reply, request: &Request) -> Reply {
        reply.headers.extend(self.origin_headers(request.origin.as_deref()));
        reply
    }

    /// The headers by which a page of this origin may read an answer; none where it may not.
    #[must_use]
    pub fn origin_headers(&self, origin: Option<&str>) -> Vec<(&'static str, String)> {
        match origin {
            Some(origin) if self.config.admits_origin(origin) => Vec::from([
                ("access-control-allow-origin", origin.to_owned()),
                ("access-control-expose-headers", "retry-after, ratelimit, ratelimit-policy".to_owned()),
                ("vary", "origin".to_owned()),
            ]),
            _ => Vec::new(),
        }
    }

    /// Who asks, where they may: an attempt is counted in memory before anything else is done for a person.
    ///
    /// # Errors
    /// 401 for a token that is none, 429 for too many attempts, 503 where nobody knows the address.
    pub(super) fn caller(&self, request: &Request, host: &impl Host) -> Result<Caller, Problem> {
        if let Some(token) = request.bearer()
            && self.config.is_back_end(token)
        {
            return Ok(Caller::back_end(self.config.keyring.short("token", token.as_bytes()), None));
        }
        let Some(address) = Address::parse(&request.address) else {
            let detail = if request.address.is_empty() {
                "the handler is not told the caller's address: see clientAddress"
            } else {
                "what the handler is told for the caller's address is none: clientAddress is to give one IP address"
            };
            return Err(Problem::new(503, "no-address", "The request cannot be limited").detail(detail));
        };
        self.attempt(&address, host)?;
        match request.authorization {
            Some(_) => Err(unauthorized()),
            None => Ok(Caller::person(&request.address, address)),
        }
    }

    /// Counts an attempt of an address.
    ///
    /// # Errors
    /// 429 for too many.
    pub(super) fn attempt(&self, address: &Address, host: &impl Host) -> Result<(), Problem> {
        let limits = &self.config.limits;
        let key = |bytes| self.config.keyring.short("address", bytes);
        let keys = [
            Some((key(address.bytes()), limits.attempts())),
            address.site().map(|site| (key(site), limits.site_attempts())),
        ];
        let mut attempts = self.attempts.borrow_mut();
        let wait = |&(key, limit): &(u64, u32)| attempts.wait(key, limit, host.now());
        if let Some(wait) = keys.iter().flatten().filter_map(wait).max() {
            self.count("refused.attempts");
            return Err(Problem::too_many(wait));
        }
        for (key, _) in keys.into_iter().flatten() {
            attempts.count(key, host.now());
        }
        Ok(())
    }

    /// Whether an address has asked more often in the last minute than a person does.
    pub(super) fn is_busy(&self, address: &Address, now: i64) -> bool {
        let key = self.config.keyring.short("address", address.bytes());
        self.attempts.borrow().wait(key, QUIET_ATTEMPTS, now).is_some()
    }

    /// In how many milliseconds to come again, where vendors refused too many texts to a number: nothing of them is counted
    /// otherwise, and each costs calls.
    pub(super) fn rejected_wait(&self, number: &NumberKey, now: i64) -> Option<i64> {
        self.rejections.borrow().wait(begins(number), REJECTIONS, now)
    }

    /// Counts a text to a number that vendors refused.
    pub(super) fn count_rejection(&self, number: &NumberKey, now: i64) {
        self.rejections.borrow_mut().count(begins(number), now);
    }

    /// Refuses everybody but the operator.
    ///
    /// # Errors
    /// 401, or 429 for who tries too often.
    pub(super) fn operator(&self, request: &Request, host: &impl Host) -> Result<(), Problem> {
        if request.bearer().is_some_and(|token| self.config.is_admin(token)) {
            return Ok(());
        }
        if let Some(address) = Address::parse(&request.address) {
            self.attempt(&address, host)?;
        }
        Err(unauthorized())
    }

    /// Counts something for the statistics.
    pub(super) fn count(&self, name: &str) {
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// What was counted since it was asked last.
    pub(super) fn take_counts(&self, now: i64) -> Counts {
        self.counted_at.set(now);
        self.counts.take()
    }

    pub(super) fn keep_counts(&self, host: &impl Host) {
        let now = host.now();
        let waited = now.saturating_sub(self.counted_at.get());
        if !(0..COUNTED_EVERY_MS).contains(&waited) && !self.counts.borrow().is_empty() {
            let counts = self.take_counts(now);
            later(host, STATISTICS, &Command::Count(counts));
        }
    }
}

/// What tells a number from another in memory.
fn begins(number: &NumberKey) -> u64 {
    number.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// What has to be known of a request beside its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The caller's address.
    pub address: bool,
    /// Its body, of at most so many bytes.
    pub max_body_bytes: Option<usize>,
    /// Whether the body is UTF-8: a worker pays less for a text than for the buffer of a list of bytes.
    pub is_text: bool,
}

/// The random bytes of a request.
///
/// # Errors
/// 503 where the platform drew none.
pub(super) fn draws(drawn: &[u8]) -> Result<Draws, Problem> {
    Draws::new(drawn).ok_or_else(|| {
        Problem::new(503, "no-randomness", "No code can be made").detail("the platform draws no random bytes")
    })
}

pub(super) fn unauthorized() -> Problem {
    Problem::new(401, "unauthorized", "The bearer token is missing or none of ours")
}

/// The store failed: what was asked of it may have been done, where its answer alone was lost.
pub(super) fn store_failed() -> Problem {
    let title = "What is stored cannot be reached at the moment: try again later";
    Problem::new(503, "unavailable", title).retry_after(STORE_RESTS_MS)
}
