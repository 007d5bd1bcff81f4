//! Tenants: several customers of one service, each with accounts of its own, over one ledger. A function gives each
//! tenant's accounts, and a [`TenantCache`] keeps the handlers that are made of them.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::handler_reply::Problem;
use crate::edge::option_fields::inner;
use crate::error::SmsError;
use crate::options::Fields;

/// The time limit for a look-up of a tenant's accounts, in milliseconds.
pub const LOOKUP_TIMEOUT_MS: u32 = 5000;
/// The maximum length of a tenant's name, in characters.
const MAX_NAME_CHARACTERS: usize = 64;
/// The time limit for the work of a minute of all tenants, in milliseconds.
const TURN_MS: i64 = 50_000;
const MINUTE_MS: i64 = 60_000;
/// Milliseconds after which a failed look-up is worth another attempt.
const RETRY_MS: i64 = 5000;

/// The source of the tenant of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantSource {
    /// The request belongs to no tenant.
    Nobody,
    /// The URL of a vendor's push names it.
    Named(String),
    /// The user's function of the request.
    Request,
}

/// The bounds of a cache of tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantBounds {
    /// The maximum number of tenants.
    pub max_tenants: usize,
    /// Milliseconds after which a tenant's accounts are looked up again.
    pub ttl_ms: i64,
}

impl TenantBounds {
    /// Reads `tenantCache`.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, SmsError> {
        let cache = inner(fields, "tenantCache", &["max", "ttlSeconds"])?;
        let whole = |name: &str, most: i64, otherwise: i64| match &cache {
            Some(cache) => Ok::<_, SmsError>(cache.whole(name, 1, most)?.unwrap_or(otherwise)),
            None => Ok(otherwise),
        };
        let max_tenants = usize::try_from(whole("max", 10_000, 1000)?).unwrap_or(1);
        Ok(Self { max_tenants, ttl_ms: whole("ttlSeconds", 3600, 60)? * 1000 })
    }
}

/// A valid name of a tenant: 1 to 64 letters, digits, dots, hyphens and underscores of ASCII.
#[must_use]
pub fn tenant_name(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_name = (1..=MAX_NAME_CHARACTERS).contains(&name.len()) && name.bytes().all(legal);
    is_name.then(|| name.to_owned())
}

/// The answer to a request of no known tenant.
#[must_use]
pub fn unknown_tenant() -> Problem {
    Problem::new(404, "unknown-tenant", "There is no such tenant")
}

/// The answer where a tenant's accounts cannot be looked up. Nothing was sent.
#[must_use]
pub fn tenant_unavailable() -> Problem {
    Problem::new(503, "tenant-unavailable", "The tenant's accounts cannot be looked up: try again later")
        .retry_after(RETRY_MS)
}

/// What is known of some tenants, the most recently used ones. No limit depends on it.
#[derive(Debug)]
pub struct TenantCache<T> {
    bounds: TenantBounds,
    /// The most recently used one comes last: it is found first, and the first one leaves.
    tenants: Vec<CachedTenant<T>>,
}

#[derive(Debug)]
struct CachedTenant<T> {
    name: String,
    value: T,
    /// The time of the look-up, in milliseconds since the Unix epoch.
    at: i64,
}

impl<T: Clone> TenantCache<T> {
    /// An empty cache.
    #[must_use]
    pub const fn new(bounds: TenantBounds) -> Self {
        Self { bounds, tenants: Vec::new() }
    }

    /// What is known of a tenant, and whether it must be looked up again.
    pub fn find(&mut self, tenant: &str, now: i64) -> Option<(T, bool)> {
        let known = self.take(tenant)?;
        let age = now.saturating_sub(known.at);
        // Time that ran back makes it old as well.
        let found = (known.value.clone(), !(0..self.bounds.ttl_ms).contains(&age));
        self.tenants.push(known);
        Some(found)
    }

    /// Keeps a look-up that begins now, in the place of the tenant that was not used for the longest time.
    pub fn keep(&mut self, tenant: &str, value: T, now: i64) {
        if self.take(tenant).is_none() && self.tenants.len() >= self.bounds.max_tenants {
            self.tenants.remove(0);
        }
        self.tenants.push(CachedTenant { name: tenant.to_owned(), value, at: now });
    }

    /// Replaces what is known of a tenant, without a new look-up.
    pub fn replace(&mut self, tenant: &str, value: T) {
        if let Some(known) = self.take(tenant) {
            self.tenants.push(CachedTenant { value, ..known });
        }
    }

    /// Forgets a tenant.
    pub fn forget(&mut self, tenant: &str) {
        self.take(tenant);
    }

    fn take(&mut self, tenant: &str) -> Option<CachedTenant<T>> {
        let at = self.tenants.iter().rposition(|known| known.name == tenant)?;
        Some(self.tenants.remove(at))
    }
}

/// The order in which tenants have their work of a minute: each minute another one is the first, so that all have
/// their turn where there is not enough time for all.
pub fn turn(tenants: usize, now: i64) -> impl Iterator<Item = usize> {
    let minute = usize::try_from(now.div_euclid(MINUTE_MS)).unwrap_or_default();
    let first = minute % tenants.max(1);
    (first..tenants).chain(0..first)
}

/// Whether time is left for another tenant's work, which began at `begun`. Both in milliseconds since the Unix epoch.
#[must_use]
pub const fn has_time(begun: i64, now: i64) -> bool {
    now.saturating_sub(begun) < TURN_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_short_and_plain() {
        for name in ["acme", "a", "A.b-c_1", "x".repeat(64).as_str()] {
            assert_eq!(tenant_name(name).as_deref(), Some(name));
        }
        for name in ["", "a:b", "a/b", "a b", "信使", "x".repeat(65).as_str()] {
            assert_eq!(tenant_name(name), None, "{name}");
        }
    }

    #[test]
    fn cache_is_bounded_and_expires() {
        let mut cache = TenantCache::new(TenantBounds { max_tenants: 2, ttl_ms: 100 });
        assert_eq!(cache.find("a", 0), None);
        cache.keep("a", 1, 0);
        cache.keep("b", 2, 50);
        assert_eq!((cache.find("a", 99), cache.find("a", 100)), (Some((1, false)), Some((1, true))));
        assert_eq!(cache.find("a", -1), Some((1, true)));
        cache.keep("c", 3, 100);
        assert_eq!((cache.find("b", 100), cache.find("a", 99)), (None, Some((1, false))), "b was used first");
        cache.replace("a", 4);
        cache.replace("b", 5);
        assert_eq!(
            (cache.find("a", 99), cache.find("a", 100), cache.find("b", 0)),
            (Some((4, false)), Some((4, true)), None)
        );
        cache.forget("a");
        assert_eq!((cache.find("a", 0), cache.find("c", 100)), (None, Some((3, false))));
    }

    #[test]
    fn every_tenant_has_its_turn() {
        let first = |minute: i64| turn(3, minute * 60_000).collect::<Vec<_>>();
        assert_eq!((first(0), first(1), first(5)), (Vec::from([0, 1, 2]), Vec::from([1, 2, 0]), Vec::from([2, 0, 1])));
        assert_eq!(turn(0, 60_000).count(), 0);
        assert!(has_time(0, 49_999) && !has_time(0, 50_000));
    }
}
