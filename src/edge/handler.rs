//! [`Handler`]: turns an HTTP request into a reply.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::codes::Codes;
use crate::edge::config::Config;
use crate::edge::event_counts::EventCounts;
use crate::edge::gateway::{Gateway, MAX_GATEWAY_BYTES};
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::{HandlerRequest, MAX_BODY_BYTES, MAX_PUSH_BYTES};
use crate::edge::host::Host;
use crate::edge::marketing::{Marketing, MarketingOutcome};
use crate::edge::receipt_processor::ReceiptProcessor;
use crate::edge::route::{Route, RouteMatch, find};
use crate::edge::routing::Routing;
use crate::edge::scope::Scope;
use crate::edge::shared::Shared;
use crate::edge::tenant::{TenantSource, tenant_name};
use crate::error::SmsError;

/// A configured handler: its parts, each with caches of one process. No limit depends on these.
pub struct Handler {
    pub(super) shared: Rc<Shared>,
    pub(super) codes: Codes,
    pub(super) receipts: ReceiptProcessor,
}

impl Handler {
    /// Makes a handler for a configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let counts = EventCounts::new(&config.keyring);
        let shared = Rc::new(Shared { config, counts });
        let routing = Rc::new(Routing::new(Rc::clone(&shared)));
        let receipts = ReceiptProcessor::new(Rc::clone(&shared), Rc::clone(&routing));
        let codes = Codes::new(Rc::clone(&shared), routing);
        Self { shared, codes, receipts }
    }

    /// Makes the handler of one tenant. It limits the attempts of an address together with `all`, the handler of all
    /// tenants.
    #[must_use]
    pub fn for_tenant(config: Config, tenant: &str, all: &Self) -> Self {
        let mut handler = Self::new(config.for_tenant(tenant));
        handler.codes.access.share_attempts(&all.codes.access);
        handler
    }

    /// The tenant of a request.
    #[must_use]
    pub fn tenant_of(&self, request: &HandlerRequest) -> TenantSource {
        match self.find(request) {
            RouteMatch::Route(Route::Health | Route::OpenApi) => TenantSource::Nobody,
            // Only a URL that a key derived names a tenant: a forged one costs no look-up.
            RouteMatch::Route(Route::Hook(account, token)) => match self.receipts.hook_account(account, token) {
                Some((name, _)) => name.split_once(':').map_or(TenantSource::Nobody, |(tenant, _)| {
                    tenant_name(tenant).map_or(TenantSource::Nobody, TenantSource::Named)
                }),
                None => TenantSource::Nobody,
            },
            RouteMatch::Route(_) => TenantSource::Request,
            _ => TenantSource::Nobody,
        }
    }

    /// The handler's configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Answers a request. `random_bytes` has the bytes for [`Entropy`](crate::edge::entropy::Entropy).
    pub async fn handle(&self, request: &HandlerRequest, random_bytes: &[u8], host: &impl Host) -> HandlerReply {
        let reply = match self.find(request) {
            RouteMatch::Route(route) => self.answer(route, request, random_bytes, host).await,
            RouteMatch::Preflight(allow) => self.preflight(request, allow),
            RouteMatch::OtherMethods(allow) => {
                let problem = Problem::new(405, "method-not-allowed", "This address answers other methods");
                request.error_reply(problem).header("allow", allow)
            }
            RouteMatch::Nothing => request.error_reply(not_found()),
        };
        self.shared.counts.flush(host);
        let reply = self.with_origin(reply, request);
        if request.method == "HEAD" { HandlerReply { body: String::new(), ..reply } } else { reply }
    }

    /// Looks up the route of a request. A gateway that is not configured does not exist.
    fn find<'a>(&self, request: &'a HandlerRequest) -> RouteMatch<'a> {
        let Some(path) = request.path.strip_prefix(self.shared.config.base_path.as_str()) else {
            return RouteMatch::Nothing;
        };
        match path.strip_prefix("/gateway/").and_then(|rest| rest.split('/').next()) {
            Some(name) if self.shared.config.gateways.find(name).is_none() => RouteMatch::Nothing,
            _ => find(&request.method, path),
        }
    }

    /// Admits only operators to `/admin/…`, and operators and back ends to the list of opt-outs.
    fn admit(&self, route: &Route<'_>, request: &HandlerRequest, host: &impl Host) -> Result<(), Problem> {
        match route {
            Route::OptedOut if self.may_check_opt_outs(request)? => Ok(()),
            Route::Explain
            | Route::Reset
            | Route::Statistics
            | Route::Metrics
            | Route::Receipts
            | Route::Replay(_)
            | Route::Erase
            | Route::OptOut
            | Route::OptedOut => self.codes.access.operator(request, host),
            _ => Ok(()),
        }
    }

    fn may_check_opt_outs(&self, request: &HandlerRequest) -> Result<bool, Problem> {
        match request.bearer() {
            Some(token) => self.shared.config.api_tokens.admit(token, Scope::OptOuts),
            None => Ok(false),
        }
    }

    async fn answer(
        &self,
        route: Route<'_>,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> HandlerReply {
        if let Err(problem) = self.admit(&route, request, host) {
            return problem.into();
        }
        let answered = match route {
            Route::Health => return HandlerReply::json(200, r#"{"status":"ok"}"#.to_owned()),
            Route::OpenApi => return HandlerReply::description(),
            Route::SendCode(version) => return self.codes.send_code(version, request, random_bytes, host).await,
            Route::ValidateCode(version) => return self.codes.validate_code(version, request, host).await,
            Route::Gateway(name, token) => match self.shared.config.gateways.find(name) {
                Some(gateway) => return self.codes.gateway_send(gateway, token, request, random_bytes, host).await,
                None => Err(not_found()),
            },
            Route::Send => self.codes.otp_send(request, random_bytes, host).await,
            Route::Verify => self.codes.otp_verify(request, random_bytes, host).await,
            Route::Status(challenge) => self.codes.otp_status(challenge, request, host).await,
            Route::Explain => self.explain(request, host).await,
            Route::Reset => self.reset(request, host).await,
            Route::Statistics => self.statistics(host).await,
            Route::Metrics => self.metrics(host).await,
            Route::Receipts => self.receipts.receipts(host).await,
            Route::Replay(id) => self.receipts.replay(id, host).await,
            Route::Erase => self.receipts.erase(request, host).await,
            Route::OptOut => self.receipts.opt_out(request, host).await,
            Route::OptedOut => self.receipts.opted_out(request, host).await,
            Route::Hook(account, token) => self.receipts.hook(account, token, request, random_bytes, host).await,
        };
        answered.unwrap_or_else(HandlerReply::from)
    }

    /// The work of every minute: pulls from vendors, forwards waiting records and adds counts to the statistics.
    pub fn scheduled(&self, random_bytes: &[u8], host: &impl Host) -> impl Future<Output = ()> {
        self.receipts.scheduled(random_bytes, host)
    }

    /// Processes an account's push after its response.
    pub fn process_pushed(&self, account: &str, host: &impl Host) -> impl Future<Output = ()> {
        self.receipts.process_pushed(account, host)
    }

    /// Sends a marketing text to those of some recipients to whom it may go now. `recipients` has a line for each, see
    /// [`Bulk::recipient`](crate::bulk::Bulk::recipient); `before` is the number of the bulk's recipients before them.
    ///
    /// # Errors
    /// The error of the bulk itself, of which nothing was sent.
    pub fn send_marketing(
        &self,
        marketing: &Marketing,
        recipients: &str,
        before: usize,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> impl Future<Output = Result<Vec<MarketingOutcome>, SmsError>> {
        self.shared.send_marketing(marketing, recipients, before, random_bytes, host)
    }

    /// The numbers of these that opted out of marketing, in the same spelling and order. For the code that runs the
    /// handler itself.
    ///
    /// # Errors
    /// `invalid_argument` for an invalid number, `network` if the store failed.
    pub fn who_opted_out(
        &self,
        phones: &[String],
        host: &impl Host,
    ) -> impl Future<Output = Result<Vec<String>, SmsError>> {
        self.receipts.who_opted_out(phones, host)
    }

    /// The parts of a request beside its head that its route needs. A part that a preflight or a push does not need
    /// must not make it fail.
    #[must_use]
    pub fn needs(&self, request: &HandlerRequest) -> Needs {
        let RouteMatch::Route(route) = self.find(request) else { return Needs::default() };
        if let Route::Gateway(name, _) = route {
            let names = self.shared.config.gateways.find(name).map(Gateway::header_names).unwrap_or_default();
            return Needs {
                header_names: names.into_iter().map(ToOwned::to_owned).collect(),
                max_body_bytes: (request.method != "GET").then_some(MAX_GATEWAY_BYTES),
                ..Needs::default()
            };
        }
        let max_body_bytes = match route {
            _ if request.method != "POST" => None,
            // The body of a request without a valid token is not read.
            Route::Hook(account, token) if self.receipts.hooked(account, token).is_none() => Some(0),
            Route::Hook(..) => Some(MAX_PUSH_BYTES),
            _ => Some(MAX_BODY_BYTES),
        };
        let is_push = matches!(route, Route::Hook(..));
        let needs_nobody = is_push || matches!(route, Route::Health | Route::OpenApi);
        Needs { address: !needs_nobody, max_body_bytes, is_text: !is_push, header_names: Vec::new() }
    }

    fn preflight(&self, request: &HandlerRequest, allow: &'static str) -> HandlerReply {
        let reply = HandlerReply::empty(204).header("allow", allow);
        match &request.origin {
            Some(origin) if request.is_preflight && self.shared.config.admits_origin(origin) => reply
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
            Some(origin) if self.shared.config.admits_origin(origin) => Vec::from([
                ("access-control-allow-origin", origin.to_owned()),
                ("access-control-expose-headers", "retry-after, ratelimit, ratelimit-policy".to_owned()),
                ("vary", "origin".to_owned()),
            ]),
            _ => Vec::new(),
        }
    }
}

/// The parts of a request that its route needs, beside the head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The caller's address.
    pub address: bool,
    /// The body, of at most this many bytes.
    pub max_body_bytes: Option<usize>,
    /// Whether to read the body as UTF-8 text: a worker pays less for a text than for the buffer of a list of bytes.
    pub is_text: bool,
    /// The names of headers that are no part of every head, in small letters.
    pub header_names: Vec<String>,
}

fn not_found() -> Problem {
    Problem::new(404, "not-found", "There is nothing at this address")
}
