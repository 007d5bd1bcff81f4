//! [`Access`]: identifies callers and decides what they may do, by tokens, addresses, and each address's attempts.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::ops::Deref;

use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::handler_reply::Problem;
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::Host;
use crate::edge::problems::unauthorized;
use crate::edge::scope::Scope;
use crate::edge::shared::Shared;
use crate::guard::attempts::Attempts;

/// The maximum number of requests a minute of a quiet address: enough for a request, a resend and a few mistyped codes.
const MAX_QUIET_ATTEMPTS: u32 = 8;

/// Identifies callers, and limits the attempts of an address before any lookup for it.
pub(super) struct Access {
    shared: Rc<Shared>,
    /// The attempts of each address in the last minute, at all tenants together.
    attempts: Rc<RefCell<Attempts>>,
}

impl Deref for Access {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Access {
    pub(super) fn new(shared: Rc<Shared>) -> Self {
        Self { shared, attempts: Rc::new(RefCell::new(Attempts::new(60_000))) }
    }

    /// Counts attempts together with another handler.
    pub(super) fn share_attempts(&mut self, other: &Self) {
        self.attempts = Rc::clone(&other.attempts);
    }

    /// The caller of a route that people and back ends use. Counts a person's request in memory before anything else.
    ///
    /// # Errors
    /// 401 for an unknown token, 403 for a token without the route's scope, 429 for too many requests, 503 if the
    /// address is unknown.
    pub(super) fn caller(&self, request: &HandlerRequest, scope: Scope, host: &impl Host) -> Result<Caller, Problem> {
        if let Some(token) = request.bearer()
            && self.config.api_tokens.admit(token, scope)?
        {
            return Ok(Caller::back_end(self.config.keyring.short_hash("token", token.as_bytes()), None));
        }
        let Some(address) = Address::parse(&request.address) else {
            // No lookup follows an unknown token, so there is nothing to limit.
            if request.authorization.is_some() {
                return Err(unauthorized());
            }
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
        let key = |bytes| self.config.keyring.address_hash(bytes);
        let keys = [
            Some((key(address.bytes()), limits.attempts())),
            address.site().map(|site| (key(site), limits.site_attempts())),
        ];
        let mut attempts = self.attempts.borrow_mut();
        let wait = |&(key, limit): &(u64, u32)| attempts.wait(key, limit, host.now());
        if let Some(wait) = keys.iter().flatten().filter_map(wait).max() {
            self.counts.add("rejected.attempts");
            return Err(Problem::too_many(wait));
        }
        for (key, _) in keys.into_iter().flatten() {
            attempts.count(key, host.now());
        }
        Ok(())
    }

    /// Whether an address sent more requests in the last minute than a person does.
    pub(super) fn is_busy(&self, address: &Address, now: i64) -> bool {
        let key = self.config.keyring.address_hash(address.bytes());
        self.attempts.borrow().wait(key, MAX_QUIET_ATTEMPTS, now).is_some()
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
}
