//! [`Handler`]: an HTTP request in, a reply out.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::edge::access::Access;
use crate::edge::codes::Codes;
use crate::edge::config::Config;
use crate::edge::event_counts::EventCounts;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::{HandlerRequest, MAX_BODY_BYTES, MAX_PUSH_BYTES};
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

/// The name under which the statistics are kept.
pub(super) const STATISTICS_KEY: &str = "stats";
/// Requests of an address in a minute up to which it is quiet: a code that is asked for, asked for again and mistyped.
const MAX_QUIET_ATTEMPTS: u32 = 8;
/// Texts to one number that vendors may refuse in an hour.
const MAX_VENDOR_REJECTIONS: u32 = 10;
/// How long counts wait in memory before they are added to the statistics, in milliseconds.
const COUNTS_FLUSH_MS: i64 = 10_000;

/// A configured handler, and what one process remembers: nothing that a limit depends on.
pub struct Handler {
    pub(super) config: Config,
    /// What addresses tried in the last minute.
    attempts: RefCell<Attempts>,
    /// Numbers of which vendors refused a text in the last hour.
    vendor_rejections: RefCell<Attempts>,
    /// Numbers that were refused a moment ago.
    pub(super) rejection_cache: RefCell<RejectionCache>,
    /// Addresses, tokens and prefixes that were refused a moment ago.
    pub(super) hot_keys: RefCell<RejectionCache>,
    /// Pushes that were answered and are to be ingested, with their accounts: they are in the queue as well.
    pub(super) pushed: RefCell<Vec<(String, InboundBatch)>>,
    counts: RefCell<Counts>,
    counted_at: Cell<i64>,
    /// What became of texts, and was not added to the sums yet.
    pub(super) pending_counts: RefCell<CountsByAccount>,
    /// What became of each account's texts in the last hour, as it was read last.
    pub(super) counts_by_account: RefCell<CountsByAccount>,
    pub(super) counts_read_at: Cell<i64>,
    /// Whether a queue had pages when it was worked through last.
    pub(super) has_backlog: Cell<bool>,
    /// How the user's webhook fares.
    pub(super) endpoint: WebhookHealth,
    /// When what is kept aside was last looked through, in milliseconds since 1970.
    pub(super) expired_at: Cell<i64>,
}

impl Handler {
    /// A handler.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            attempts: RefCell::new(Attempts::new(60_000)),
            vendor_rejections: RefCell::new(Attempts::new(3_600_000)),
            rejection_cache: RefCell::new(RejectionCache::for_repeats()),
            hot_keys: RefCell::new(RejectionCache::for_hot_keys()),
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

    /// What it was configured with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers a request. `random_bytes` are those of [`Entropy`](crate::edge::entropy::Entropy).
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
        self.counts.flush(host);
        let reply = self.with_origin(reply, request);
        if request.method == "HEAD" { HandlerReply { body: String::new(), ..reply } } else { reply }
    }

    async fn answer(&self, route: Route<'_>, request: &HandlerRequest, drawn: &[u8], host: &impl Host) -> HandlerReply {
        let answered = match route {
            Route::Health => return HandlerReply::json(200, r#"{"status":"ok"}"#.to_owned()),
            Route::OpenApi => return HandlerReply::description(),
            Route::SendCode => return self.codes.send_code(request, random_bytes, host).await,
            Route::ValidateCode => return self.codes.validate_code(request, host).await,
            Route::Send => self.codes.otp_send(request, random_bytes, host).await,
            Route::Verify => self.codes.otp_verify(request, random_bytes, host).await,
            Route::Status(challenge) => self.codes.otp_status(challenge, request, host).await,
            Route::Explain => self.explain(request, host).await,
            Route::Reset => self.reset(request, host).await,
            Route::Statistics => self.statistics(request, host).await,
            Route::Receipts => self.receipts.receipts(request, host).await,
            Route::Erase => self.receipts.erase(request, host).await,
            Route::OptOut => self.receipts.opt_out(request, host).await,
            Route::OptedOut => self.receipts.opted_out(request, host).await,
            Route::Hook(account, token) => self.receipts.hook(account, token, request, random_bytes, host).await,
        };
        answered.unwrap_or_else(HandlerReply::from)
    }

    /// What has to be known of a request beside its head before it is answered. What neither a preflight nor a push needs must not
    /// fail it.
    #[must_use]
    pub fn needs(&self, request: &HandlerRequest) -> Needs {
        let path = request.path.strip_prefix(self.config.base_path.as_str());
        let Some(RouteMatch::Route(route)) = path.map(|path| find(&request.method, path)) else {
            return Needs::default();
        };
        let max_body_bytes = match route {
            _ if request.method != "POST" => None,
            // Whoever has no token need not be listened to.
            Route::Hook(account, token) if self.receipts.hooked(account, token).is_none() => Some(0),
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
    pub(super) fn caller(&self, request: &HandlerRequest, host: &impl Host) -> Result<Caller, Problem> {
        if let Some(token) = request.bearer()
            && self.config.is_back_end(token)
        {
            return Ok(Caller::back_end(self.config.keyring.short_hash("token", token.as_bytes()), None));
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

    /// Whether an address has asked more often in the last minute than a person does.
    pub(super) fn is_busy(&self, address: &Address, now: i64) -> bool {
        let key = self.config.keyring.short_hash("address", address.bytes());
        self.attempts.borrow().wait(key, MAX_QUIET_ATTEMPTS, now).is_some()
    }

    /// In how many milliseconds to come again, where vendors refused too many texts to a number: nothing of them is counted
    /// otherwise, and each costs calls.
    pub(super) fn vendor_rejection_wait(&self, number: &NumberKey, now: i64) -> Option<i64> {
        self.vendor_rejections.borrow().wait(number_hash(number), MAX_VENDOR_REJECTIONS, now)
    }

    /// Counts a text to a number that vendors refused.
    pub(super) fn count_vendor_rejection(&self, number: &NumberKey, now: i64) {
        self.vendor_rejections.borrow_mut().count(number_hash(number), now);
    }

    /// Refuses everybody but the operator.
    ///
    /// # Errors
    /// 401, or 429 for who tries too often.
    pub(super) fn operator(&self, request: &HandlerRequest, host: &impl Host) -> Result<(), Problem> {
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

    pub(super) fn flush_counts(&self, host: &impl Host) {
        let now = host.now();
        let waited = now.saturating_sub(self.counted_at.get());
        if !(0..COUNTS_FLUSH_MS).contains(&waited) && !self.counts.borrow().is_empty() {
            let counts = self.take_counts(now);
            defer(host, STATISTICS_KEY, &Command::AddCounts(counts));
        }
    }
}

/// What tells a number from another in memory.
fn number_hash(number: &NumberKey) -> u64 {
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
pub(super) fn read_entropy(random_bytes: &[u8]) -> Result<Entropy, Problem> {
    Entropy::new(random_bytes).ok_or_else(|| {
        Problem::new(503, "no-randomness", "No code can be made").detail("the platform draws no random bytes")
    })
}

pub(super) fn unauthorized() -> Problem {
    Problem::new(401, "unauthorized", "The bearer token is missing or none of ours")
}

/// The store failed: what was asked of it may have been done, where its answer alone was lost.
pub(super) fn store_failed() -> Problem {
    let title = "What is stored cannot be reached at the moment: try again later";
    Problem::new(503, "unavailable", title).retry_after(STORE_RETRY_MS)
}
