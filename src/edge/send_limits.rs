//! [`SendLimits`]: the limits of a send. The ledger at each key makes them; this part knows which keys count a send,
//! reserves with all ([`reserve`](crate::edge::reserve)), and remembers what repeats need no step for
//! ([`limit_memory`](crate::edge::limit_memory), [`verified_shares`](crate::edge::verified_shares)).

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::Deref;

use crate::edge::caller::Caller;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::Host;
use crate::edge::limit_memory::LimitMemory;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::reserve::CounterLimit;
use crate::edge::routing::Routing;
use crate::edge::send_request::{SendRejection, SendRequest};
use crate::edge::shared::Shared;
use crate::edge::verified_shares::{VerifiedShares, prefix_of};
use crate::guard::counter::AdaptiveSlot;
use crate::guard::rule::Rule;
use crate::reason::Reason;

/// Reserves the limits of a send.
pub(super) struct SendLimits {
    shared: Rc<Shared>,
    pub(super) routing: Rc<Routing>,
    pub(super) memory: LimitMemory,
    /// The texts of this process to each prefix, and the codes that it verified.
    pub(super) shares: RefCell<VerifiedShares>,
}

impl Deref for SendLimits {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl SendLimits {
    pub(super) fn new(shared: Rc<Shared>, routing: Rc<Routing>) -> Self {
        Self { shared, routing, memory: LimitMemory::default(), shares: RefCell::default() }
    }

    /// The counters of a send beside the number, in the order of law 3.
    pub(super) fn counters(&self, send_request: &SendRequest<'_>, caller: &Caller, now: i64) -> Vec<CounterLimit> {
        let (limits, keyring) = (&self.config.limits, &self.config.keyring);
        let adaptive = &limits.adaptive;
        let mut counters = Vec::new();
        // A key's name is a hash, the most expensive part here, so it is computed only for limits that are on.
        let mut count = |by, rules: &[Rule], adaptive: Option<(AdaptiveSlot, u64)>, key: &dyn Fn() -> String| {
            if !rules.is_empty() || adaptive.is_some() {
                let (adaptive, credited) = adaptive.unzip();
                counters.push(CounterLimit { by, key: key(), rules: rules.to_vec(), adaptive, credited });
            }
        };
        if let Some(address) = caller.address() {
            let slot = |rule, relaxes_rules, bytes: &[u8]| {
                let address = self.address_hash(bytes);
                let verified = self.shares.borrow().of_address(address, now);
                (AdaptiveSlot { rule, verified, relaxes_rules }, address)
            };
            let own = adaptive.address.map(|rule| slot(rule, adaptive.relaxes_address, address.bytes()));
            count("address", &limits.address, own, &|| self.config.address_object_name(address.bytes()));
            if let Some(site) = address.site() {
                let own = adaptive.site.map(|rule| slot(rule, adaptive.relaxes_site, site));
                count("address", &limits.site, own, &|| self.config.address_object_name(site));
            }
        }
        if let Some(token) = caller.token() {
            count("token", &limits.token, None, &|| keyring.object_name("t", &[&token.to_be_bytes()]));
        }
        count("prefix", &limits.prefix, None, &|| {
            keyring.object_name("p", &[prefix_of(send_request.phone).as_bytes()])
        });
        count("total", &limits.total, None, &|| keyring.single_object_name("all"));
        counters
    }

    /// Rejects a number from the cache of recent rejections. Counters have no such cache: their counts for a send that
    /// the number rejects are released at once.
    pub(super) fn check_rejection_cache(
        &self,
        send_request: &SendRequest<'_>,
        key: &str,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        // Only the number's own state knows whether a challenge can be sent again.
        if self.config.shadow || send_request.resend.is_some() {
            return Ok(());
        }
        let Some(until) = self.memory.rejected_until(key, host.now()) else { return Ok(()) };
        self.emit_rejection(send_request, "number", Some(until), false, host);
        Err(SendRejection::NumberLimit(until - host.now()))
    }

    /// Whether one of these counters rejected a send in the last seconds, as far as this process knows.
    pub(super) fn is_hot(&self, counters: &[CounterLimit], now: i64) -> bool {
        counters.iter().any(|counter| self.memory.is_hot(&counter.key, now))
    }

    /// The rejection of a send that requires a captcha or work because of some keys. The work is harder the more often one
    /// of them required it lately, and the more texts are above the limit that requires it (`excess`).
    pub(super) fn captcha_needed(&self, keys: &[&str], excess: u32, host: &impl Host) -> SendRejection {
        let is_accepted = self.config.captcha.proof_of_work;
        let demands = keys.iter().filter(|_| is_accepted).map(|key| self.memory.count_demand(key, host.now())).max();
        SendRejection::CaptchaNeeded(demands.map(|demands| demands.max(excess)))
    }

    /// Milliseconds after which a number that may have counted a send can be sent to again.
    pub(super) fn counted_ms(&self) -> i64 {
        STORE_RETRY_MS.max(self.config.limits.cooldown_seconds * 1000)
    }

    pub(super) fn emit_rejection(
        &self,
        send_request: &SendRequest<'_>,
        by: &str,
        until: Option<i64>,
        shadow: bool,
        host: &impl Host,
    ) {
        self.counts.add(["rejected.", by].concat().as_str());
        host.emit(&EdgeEvent::Rejected { phone: &send_request.phone, by, until, reason: None, shadow });
    }

    /// Emits that a number was left alone that no text can reach. The caller does not learn why.
    pub(super) fn emit_undeliverable(&self, send_request: &SendRequest<'_>, reason: u8, until: i64, host: &impl Host) {
        self.counts.add("rejected.undeliverable");
        let reason = Reason::numbered(reason).map(Reason::as_str);
        let (phone, until) = (&send_request.phone, Some(until));
        host.emit(&EdgeEvent::Rejected { phone, by: "undeliverable", until, reason, shadow: false });
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::edge::address::Address;
    use crate::edge::reserve::{LimitStep, Reserved};
    use crate::edge::send_request::GrantedSend;
    use crate::edge::test_host::{TestHost, ready, shared};
    use crate::guard::challenge_source::ChallengeSource;
    use crate::guard::counter::ReserveSlot;
    use crate::guard::ledger::Command;
    use crate::guard::number_work::{ByWork, Evidence};
    use crate::guard::reserve_send::ReserveSend;
    use crate::otp::challenge::{ChallengeId, CodeKind, NewChallenge};
    use crate::otp::keyring::Keyring;
    use crate::phone::Phone;

    fn limits(limits: &Value) -> SendLimits {
        let shared = shared(&json!({ "limits": limits }));
        SendLimits::new(Rc::clone(&shared), Rc::new(Routing::new(shared)))
    }

    fn person(address: &str) -> Caller {
        Caller::person(address, Address::parse(address).unwrap())
    }

    fn request<'a>(limits: &SendLimits, phone: &str) -> SendRequest<'a> {
        let texts = &limits.config.texts;
        SendRequest {
            phone: Phone::parse(phone).unwrap(),
            purpose: "login",
            text: texts.draft(texts.for_locale(None)),
            template_id: None,
            resend: None,
            caller_nonce: None,
            captcha: None,
            device: None,
            owner: None,
            deadline: None,
        }
    }

    /// Reserves a send with the counters of its caller and with its number.
    fn reserve(
        limits: &SendLimits,
        request: &SendRequest<'_>,
        caller: &Caller,
        host: &TestHost,
        reserved: &mut Reserved,
    ) -> Result<GrantedSend, SendRejection> {
        let number = limits.config.keyring.number_key(&request.phone);
        let new = NewChallenge {
            id: ChallengeId([1; 8]),
            nonce: [1; 16],
            pepper: limits.config.keyring.current_pepper(),
            purpose: request.purpose.to_owned(),
            sealed_number: 0,
            length: 6,
            code_kind: CodeKind::Derived,
            owner: None,
            caller_nonce: None,
            ttl_ms: 300_000,
            tries: 5,
        };
        let source = ChallengeSource::new(new);
        let send = ReserveSend {
            id: 1,
            rules: limits.config.limits.number.clone(),
            trusted: false,
            captcha_available: false,
            by_work: ByWork::No,
            work: None,
            shadow: false,
            dry_run: false,
            source: source.clone(),
            expected: None,
        };
        let slot = |CounterLimit { by, key, rules, adaptive, credited }| {
            let (by_work, evidence) = (ByWork::No, Evidence::Nothing);
            let slot =
                ReserveSlot { id: 1, rules, captcha_available: false, by_work, evidence, shadow: false, adaptive };
            LimitStep { by, key, command: Command::ReserveSlot(slot), credited }
        };
        let mut steps: Vec<_> = limits.counters(request, caller, host.now.get()).into_iter().map(slot).collect();
        let key = Keyring::number_object_name(&number);
        steps.push(LimitStep { by: "number", key, command: Command::ReserveSend(send), credited: None });
        ready(limits.reserve(request, &source, steps, host, reserved))
    }

    #[test]
    fn counters_are_the_configured_limits_of_the_caller() {
        let limits = limits(&json!({ "prefix": [{ "limit": 9, "windowSeconds": 60 }], "adaptive": false }));
        let by = |caller: &Caller| {
            let counters = limits.counters(&request(&limits, "13812345678"), caller, 0);
            counters.into_iter().map(|counter| counter.by).collect::<Vec<_>>()
        };
        assert_eq!(by(&person("192.0.2.1")), ["address", "prefix"]);
        assert_eq!(by(&person("2001:db8::1")), ["address", "address", "prefix"], "its /64 and its /48");
        assert_eq!(by(&Caller::back_end(7, None)), ["token", "prefix"]);
    }

    #[test]
    fn rejected_send_releases_the_number_that_granted_it() {
        let limits = limits(&json!({ "ip": [{ "limit": 1, "windowSeconds": 60 }], "adaptive": false }));
        let (host, mut first, mut second) = (TestHost::new(), Reserved::default(), Reserved::default());
        let (one, other) = (request(&limits, "13812345678"), request(&limits, "13812345679"));
        assert!(reserve(&limits, &one, &person("192.0.2.1"), &host, &mut first).is_ok());
        let Err(mut rejection) = reserve(&limits, &other, &person("192.0.2.1"), &host, &mut second) else {
            unreachable!("the address has sent")
        };
        assert_eq!(rejection, SendRejection::OtherLimit(60_000));
        assert!(host.events.borrow().last().unwrap().contains(r#""by":"address""#), "{:?}", host.events);
        assert_eq!(second.releases.len(), 1, "the number alone granted it");
        let elsewhere = |address| reserve(&limits, &other, &person(address), &host, &mut Reserved::default());
        assert_eq!(elsewhere("192.0.2.2").err(), Some(SendRejection::NumberLimit(60_000)), "its cool-down");
        ready(limits.release(second, &mut rejection, &host));
        assert!(elsewhere("192.0.2.3").is_ok());
    }

    #[test]
    fn hot_address_costs_the_number_no_step() {
        let limits = limits(&json!({ "ip": [{ "limit": 1, "windowSeconds": 60 }], "adaptive": false }));
        let (host, caller) = (TestHost::new(), person("192.0.2.1"));
        let (one, other) = (request(&limits, "13812345678"), request(&limits, "13812345679"));
        let is_hot = || limits.is_hot(&limits.counters(&other, &caller, host.now.get()), host.now.get());
        assert!(reserve(&limits, &one, &caller, &host, &mut Reserved::default()).is_ok() && !is_hot());
        assert!(reserve(&limits, &other, &caller, &host, &mut Reserved::default()).is_err() && is_hot());
        host.steps.borrow_mut().clear();
        let mut reserved = Reserved { is_hot: true, ..Reserved::default() };
        assert!(reserve(&limits, &other, &caller, &host, &mut reserved).is_err() && reserved.releases.is_empty());
        assert!(host.steps.borrow().iter().all(|key| key.starts_with("a:")), "{:?}", host.steps);
    }

    #[test]
    fn failed_store_rejects_a_send() {
        let limits = limits(&json!({}));
        let host = TestHost::new();
        host.store_fails.set(true);
        let sent =
            reserve(&limits, &request(&limits, "13812345678"), &person("192.0.2.1"), &host, &mut Reserved::default());
        assert!(matches!(sent, Err(SendRejection::Store(_))));
    }
}
