//! [`Handler`]: turns an HTTP request into a reply.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::config::Config;
use crate::edge::entropy::Entropy;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::{HandlerRequest, MAX_BODY_BYTES, MAX_PUSH_BYTES};
use crate::edge::hook::hash;
use crate::edge::host::{Host, defer};
use crate::edge::route::{Route, RouteMatch, find};
use crate::edge::send_code::STORE_RETRY_MS;
use crate::edge::webhook_health::WebhookHealth;
use crate::guard::attempts::Attempts;
use crate::guard::ledger::Command;
use crate::guard::rejection_cache::RejectionCache;
use crate::guard::statistics::Counts;
use crate::otp::keyring::NumberKey;
use crate::receipts::delivery_stats::CountsByAccount;
use crate::receipts::inbound::InboundBatch;

/// The key of the statistics.
pub(super) const STATISTICS_KEY: &str = "stats";
/// The maximum number of requests a minute of a quiet address: enough for a request, a resend and a few mistyped codes.
const MAX_QUIET_ATTEMPTS: u32 = 8;
/// The maximum number of rejections by vendors for one number in an hour.
const MAX_VENDOR_REJECTIONS: u32 = 10;
/// Milliseconds for which the memory keeps where a captcha or work was required.
const DEMANDS_MS: i64 = 600_000;
/// Milliseconds for which counts stay in memory before they are added to the statistics.
const COUNTS_FLUSH_MS: i64 = 10_000;

/// A configured handler with one process's caches, on which no limit depends.
pub struct Handler {
    pub(super) config: Config,
    /// Requests of each address in the last minute.
    attempts: RefCell<Attempts>,
    /// Vendors' rejections for each number in the last hour.
    vendor_rejections: RefCell<Attempts>,
    /// Recent rejections of numbers.
    pub(super) rejection_cache: RefCell<RejectionCache>,
    /// Recent rejections of addresses, tokens and prefixes, which mark them as hot.
    pub(super) hot_keys: RefCell<RejectionCache>,
    /// Numbers, addresses and prefixes that required a captcha or work lately.
    demands: RefCell<Attempts>,
    /// Pushes that were answered and not ingested yet, with their accounts; the queue has them too.
    pub(super) pushed: RefCell<Vec<(String, InboundBatch)>>,
    counts: RefCell<Counts>,
    counted_at: Cell<i64>,
    /// Outcomes of texts that were not added to the sums yet.
    pub(super) pending_counts: RefCell<CountsByAccount>,
    /// The outcomes of each account's texts in the last hour, as last read.
    pub(super) counts_by_account: RefCell<CountsByAccount>,
    pub(super) counts_read_at: Cell<i64>,
    /// Whether any queue had pages when it was last processed.
    pub(super) has_backlog: Cell<bool>,
    /// The circuit of the user's webhook.
    pub(super) endpoint: WebhookHealth,
    /// The time at which unmatched records were last checked for expiry, in milliseconds since the Unix epoch.
    pub(super) expired_at: Cell<i64>,
}

impl Handler {
    /// Makes a handler.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            attempts: RefCell::new(Attempts::new(60_000)),
            vendor_rejections: RefCell::new(Attempts::new(3_600_000)),
            rejection_cache: RefCell::new(RejectionCache::for_repeats()),
            hot_keys: RefCell::new(RejectionCache::for_hot_keys()),
            demands: RefCell::new(Attempts::new(DEMANDS_MS)),
            pushed: RefCell::default(),
            counts: RefCell::default(),
            counted_at: Cell::new(i64::MIN),
            pending_counts: RefCell::default(),
            counts_by_account: RefCell::default(),
            counts_read_at: Cell::new(i64::MIN),
            has_backlog: Cell::default(),
            endpoint: WebhookHealth::default(),
            expired_at: Cell::new(i64::MIN),
        }
    }

    /// The handler's configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Answers a request. `drawn` has the bytes for [`Entropy`].
    pub async fn handle(&self, request: &HandlerRequest, random_bytes: &[u8], host: &impl Host) -> HandlerReply {
        let found = match request.path.strip_prefix(self.config.base_path.as_str()) {
            Some(path) => find(&request.method, path),
            None => RouteMatch::Nothing,
        };
        let reply = match found {
            RouteMatch::Route(route) => self.answer(route, request, random_bytes, host).await,
            RouteMatch::Preflight(allow) => self.preflight(request, allow),
            RouteMatch::OtherMethods(allow) => {
                let problem = Problem::new(405, "method-not-allowed", "This address answers other methods");
                HandlerReply::from(problem).header("allow", allow)
            }
            RouteMatch::Nothing => Problem::new(404, "not-found", "There is nothing at this address").into(),
        };
        self.flush_counts(host);
        let reply = self.with_origin(reply, request);
        if request.method == "HEAD" { HandlerReply { body: String::new(), ..reply } } else { reply }
    }

    async fn answer(
        &self,
        route: Route<'_>,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> HandlerReply {
        let answered = match route {
            Route::Health => return HandlerReply::json(200, r#"{"status":"ok"}"#.to_owned()),
            Route::OpenApi => return HandlerReply::description(),
            Route::SendCode => return self.send_code(request, random_bytes, host).await,
            Route::ValidateCode => return self.validate_code(request, host).await,
            Route::Send => self.otp_send(request, random_bytes, host).await,
            Route::Verify => self.otp_verify(request, random_bytes, host).await,
            Route::Status(challenge) => self.otp_status(challenge, request, host).await,
            Route::Explain => self.explain(request, host).await,
            Route::Reset => self.reset(request, host).await,
            Route::Statistics => self.statistics(request, host).await,
            Route::Receipts => self.receipts(request, host).await,
            Route::Erase => self.erase(request, host).await,
            Route::OptOut => self.opt_out(request, host).await,
            Route::OptedOut => self.opted_out(request, host).await,
            Route::Hook(account, token) => self.hook(account, token, request, random_bytes, host).await,
        };
        answered.unwrap_or_else(HandlerReply::from)
    }

    /// The parts of a request beside its head that its route needs. A part that a preflight or a push does not need
    /// must not make it fail.
    #[must_use]
    pub fn needs(&self, request: &HandlerRequest) -> Needs {
        let path = request.path.strip_prefix(self.config.base_path.as_str());
        let Some(RouteMatch::Route(route)) = path.map(|path| find(&request.method, path)) else {
            return Needs::default();
        };
        let max_body_bytes = match route {
            _ if request.method != "POST" => None,
            // The body of a request without a valid token is not read.
            Route::Hook(account, token) if self.hooked(account, token).is_none() => Some(0),
            Route::Hook(..) => Some(MAX_PUSH_BYTES),
            _ => Some(MAX_BODY_BYTES),
        };
        let is_push = matches!(route, Route::Hook(..));
        let needs_nobody = is_push || matches!(route, Route::Health | Route::OpenApi);
        Needs { address: !needs_nobody, max_body_bytes, is_text: !is_push }
    }

    fn preflight(&self, request: &HandlerRequest, allow: &'static str) -> HandlerReply {
        let reply = HandlerReply::empty(204).header("allow", allow);
        match &request.origin {
            Some(origin) if request.is_preflight && self.config.admits_origin(origin) => reply
                .header("access-control-allow-methods", allow)
                .header("access-control-allow-headers", "authorization, content-type, idempotency-key")
                .header("access-control-max-age", "86400"),
            _ => reply,
        }
    }

    fn with_origin(&self, mut reply: HandlerReply, request: &HandlerRequest) -> HandlerReply {
        reply.headers.extend(self.origin_headers(request.origin.as_deref()));
        reply
    }

    /// The headers that allow a page of this origin to read an answer; none if it may not.
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

    /// The caller of a route that people and back ends use. Counts a person's request in memory before anything else.
    ///
    /// # Errors
    /// 401 for an unknown token, 429 for too many requests, 503 if the address is unknown.
    pub(super) fn caller(&self, request: &HandlerRequest, host: &impl Host) -> Result<Caller, Problem> {
        if let Some(token) = request.bearer()
            && self.config.is_back_end(token)
        {
            return Ok(Caller::back_end(self.config.keyring.short_hash("token", token.as_bytes()), None));
        }
        let Some(address) = Address::parse(&request.address) else {
            let detail = if request.address.is_empty() {
                "the handler does not know the caller's address: see clientAddress"
            } else {
                "the caller's address is no IP address: clientAddress must return one"
            };
            return Err(Problem::new(503, "no-address", "The request cannot be limited").detail(detail));
        };
        self.attempt(&address, host)?;
        match request.authorization {
            Some(_) => Err(unauthorized()),
            None => Ok(Caller::person(&request.address, address)),
        }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// 429 for too many requests.
    pub(super) fn attempt(&self, address: &Address, host: &impl Host) -> Result<(), Problem> {
        let limits = &self.config.limits;
        let key = |bytes| self.config.keyring.short_hash("address", bytes);
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

    /// Whether an address sent more requests in the last minute than a person does.
    pub(super) fn is_busy(&self, address: &Address, now: i64) -> bool {
        let key = self.config.keyring.short_hash("address", address.bytes());
        self.attempts.borrow().wait(key, MAX_QUIET_ATTEMPTS, now).is_some()
    }

    /// Milliseconds until a number may be sent to again after too many rejections by vendors. They count against no
    /// other limit, and each costs calls.
    pub(super) fn vendor_rejection_wait(&self, number: &NumberKey, now: i64) -> Option<i64> {
        self.vendor_rejections.borrow().wait(number_hash(number), MAX_VENDOR_REJECTIONS, now)
    }

    /// Counts a text that vendors rejected.
    pub(super) fn count_vendor_rejection(&self, number: &NumberKey, now: i64) {
        self.vendor_rejections.borrow_mut().count(number_hash(number), now);
    }

    /// Counts that a key required a captcha or work. Returns how often it did lately, as far as this process knows.
    pub(super) fn count_demand(&self, key: &str, now: i64) -> u32 {
        let mut demands = self.demands.borrow_mut();
        let key = hash(key).into();
        demands.count(key, now);
        demands.seen(key, now)
    }

    /// Rejects every caller but the operator.
    ///
    /// # Errors
    /// 401, or 429 for too many requests.
    pub(super) fn operator(&self, request: &HandlerRequest, host: &impl Host) -> Result<(), Problem> {
        if request.bearer().is_some_and(|token| self.config.is_admin(token)) {
            return Ok(());
        }
        if let Some(address) = Address::parse(&request.address) {
            self.attempt(&address, host)?;
        }
        Err(unauthorized())
    }

    /// Adds one to a count of the statistics.
    pub(super) fn count(&self, name: &str) {
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Removes and returns the counts since the last call, once they are old enough.
    pub(super) fn take_counts(&self, now: i64) -> Counts {
        self.counted_at.set(now);
        self.counts.take()
    }

    pub(super) fn flush_counts(&self, host: &impl Host) {
        let now = host.now();
        let waited = now.saturating_sub(self.counted_at.get());
        if !(0..COUNTS_FLUSH_MS).contains(&waited) && !self.counts.borrow().is_empty() {
            let counts = self.take_counts(now);
            defer(host, STATISTICS_KEY, &Command::AddCounts(counts));
        }
    }
}

/// A number's key in memory.
fn number_hash(number: &NumberKey) -> u64 {
    number.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The parts of a request that its route needs, beside the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The caller's address.
    pub address: bool,
    /// The body, of at most this many bytes.
    pub max_body_bytes: Option<usize>,
    /// Whether to read the body as UTF-8 text: a worker pays less for a text than for the buffer of a list of bytes.
    pub is_text: bool,
}

/// The random bytes of a request.
///
/// # Errors
/// 503 if the platform supplied none.
pub(super) fn read_entropy(random_bytes: &[u8]) -> Result<Entropy, Problem> {
    Entropy::new(random_bytes).ok_or_else(|| {
        Problem::new(503, "no-randomness", "No code can be made").detail("the platform has no random bytes")
    })
}

pub(super) fn unauthorized() -> Problem {
    Problem::new(401, "unauthorized", "The bearer token is missing or none of ours")
}

/// The store failed. The command may have been applied if only its answer was lost.
pub(super) fn store_failed() -> Problem {
    let title = "What is stored cannot be reached at the moment: try again later";
    Problem::new(503, "unavailable", title).retry_after(STORE_RETRY_MS)
}
