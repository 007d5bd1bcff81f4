//! [`VerifiedShares`]: the texts of one process to each prefix and in total, and its verified codes. The process adds a
//! share to the ledger together with a send, at most once in ten seconds a key, and not at all for a prefix with few
//! texts or with verified codes. A process that stops loses what it has not added: verified codes, or texts to a prefix
//! with few.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::caller::Caller;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::Host;
use crate::edge::reserve::{LimitStep, Reserved};
use crate::edge::send_limits::SendLimits;
use crate::edge::send_request::{SendRejection, SendRequest};
use crate::guard::adaptive::{AdaptiveRule, AdaptiveUsage, AddShare, PENDING_MS};
use crate::guard::attempts::Attempts;
use crate::guard::ledger::Command;
use crate::guard::number_work::{ByWork, Evidence};
use crate::phone::Phone;

/// The maximum number of prefixes in memory.
const MAX_KEYS: usize = 20_000;
/// The minimum time between two additions of a share to the ledger, in milliseconds.
const ADD_EVERY_MS: i64 = 10_000;
/// The number of unverified texts of a prefix from which on an addition is worth a call.
const MIN_PREFIX_EXCESS: u32 = 2;
/// The number of unverified texts in total from which on an addition is worth a call.
const MIN_TOTAL_EXCESS: u32 = 20;
/// Milliseconds for which a prefix stays in memory.
const PREFIX_TTL_MS: i64 = 86_400_000;
/// The minimum time between two warnings about a limit that is half used up, in milliseconds.
const WARN_EVERY_MS: i64 = 3_600_000;
/// The name of the total in events, and of its shares in the ledger.
const TOTAL: &str = "total";
/// The key of the total in memory: no prefix has it.
const TOTAL_KEY: u64 = 0;

/// The texts and verified codes that one process has not added to the ledger yet, and the usage that it read last.
pub(super) struct VerifiedShares {
    /// The codes verified from an address, by the hash of the address.
    addresses: Attempts,
    /// The shares by prefix, and of the total; in the order of the keys.
    shares: Vec<(u64, Box<ProcessShare>)>,
    /// The time of the last warning about the total, in milliseconds since the Unix epoch.
    warned_at: i64,
}

impl Default for VerifiedShares {
    fn default() -> Self {
        Self { addresses: Attempts::new(PREFIX_TTL_MS), shares: Vec::new(), warned_at: i64::MIN }
    }
}

/// The share of this process in one prefix, or in the total.
#[derive(Default)]
struct ProcessShare {
    /// The texts that it has not added yet.
    sent: u32,
    /// The verified codes that it has not added yet.
    verified: u32,
    /// All texts since the key came into memory.
    seen: u32,
    /// The times of the last texts, in milliseconds since the Unix epoch.
    recent: Vec<i64>,
    /// The usage by all processes, as read last.
    usage: AdaptiveUsage,
    /// The time of that reading, in milliseconds since the Unix epoch; `None` before the first.
    read_at: Option<i64>,
}

impl ProcessShare {
    /// The usage, as far as this process knows.
    fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let recent = self.recent.iter().filter(|at| (0..PENDING_MS).contains(&now.saturating_sub(**at))).count();
        let sent = self.usage.sent.saturating_add(self.sent);
        let verified = self.usage.verified.saturating_add(self.verified);
        let limit = rule.limit(verified, u32::try_from(recent).unwrap_or(u32::MAX));
        let until = self.usage.until.filter(|until| *until > now).unwrap_or(now.saturating_add(PENDING_MS));
        AdaptiveUsage { sent, verified, limit, until: (sent >= limit).then_some(until) }
    }

    /// Whether to add the share to the ledger: it has more texts than its verified codes allow, or the limit is used
    /// up, or other processes take it as used up because they do not know the codes verified here.
    fn is_due(&self, rule: AdaptiveRule, is_over: bool, min_excess: u32, now: i64) -> bool {
        let is_rested = self.read_at.is_none_or(|at| !(0..ADD_EVERY_MS).contains(&now.saturating_sub(at)));
        let allowed = AdaptiveRule::new(min_excess, 0).limit(self.verified, 0);
        let is_missed = self.verified > 0 && self.usage.sent >= rule.limit(self.usage.verified, 0);
        is_rested && (is_over || is_missed || self.sent >= allowed)
    }

    /// Takes back a share that the ledger did not add.
    fn take_back(&mut self, share: &AddShare) {
        self.usage.sent = self.usage.sent.saturating_sub(share.sent);
        self.usage.verified = self.usage.verified.saturating_sub(share.verified);
        self.sent = self.sent.saturating_add(share.sent);
        self.verified = self.verified.saturating_add(share.verified);
    }

    fn last_sent_at(&self) -> i64 {
        self.recent.last().copied().unwrap_or(i64::MIN)
    }
}

impl VerifiedShares {
    /// The codes verified from an address that were not added to the ledger yet.
    pub(super) fn of_address(&self, address: u64, now: i64) -> u32 {
        self.addresses.of(address, now)
    }

    fn share(&mut self, key: u64, now: i64) -> &mut ProcessShare {
        if self.shares.len() >= MAX_KEYS && self.shares.binary_search_by_key(&key, |(key, _)| *key).is_err() {
            let is_live = |share: &ProcessShare| now.saturating_sub(share.last_sent_at()) < PREFIX_TTL_MS;
            self.shares.retain(|(key, share)| *key == TOTAL_KEY || (is_live(share) && share.seen >= MIN_PREFIX_EXCESS));
            if self.shares.len() >= MAX_KEYS {
                self.shares.clear();
            }
        }
        let at = match self.shares.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                self.shares.insert(at, (key, Box::default()));
                at
            }
        };
        let share = &mut self.shares[at].1;
        if share.seen > 0 && now.saturating_sub(share.last_sent_at()) >= PREFIX_TTL_MS {
            **share = ProcessShare::default();
        }
        share
    }

    fn count_sent(&mut self, key: u64, rule: AdaptiveRule, now: i64) {
        let share = self.share(key, now);
        share.sent = share.sent.saturating_add(1);
        share.seen = share.seen.saturating_add(1);
        share.recent.push(now);
        let max_pending = usize::try_from(rule.pending).unwrap_or(usize::MAX).max(1);
        let excess = share.recent.len().saturating_sub(max_pending);
        share.recent.drain(..excess);
    }
}

/// A limit that a send shares with others.
struct SharedLimit {
    by: &'static str,
    /// Its key in the memory of this process.
    key: u64,
    rule: AdaptiveRule,
}

impl SendLimits {
    /// Rejects a send to a prefix with too few verified codes, or requires a captcha of it, as far as this process
    /// knows. Returns the steps that add its shares to the ledger, if they are due.
    pub(super) fn check_shares(
        &self,
        send_request: &SendRequest<'_>,
        reserved: &mut Reserved,
        host: &impl Host,
    ) -> Result<Vec<LimitStep>, SendRejection> {
        let mut steps = Vec::new();
        for limit in self.shared_limits(send_request.phone).into_iter().flatten() {
            let now = host.now();
            let min_excess = if limit.by == TOTAL { MIN_TOTAL_EXCESS } else { MIN_PREFIX_EXCESS };
            let mut shares = self.shares.borrow_mut();
            let share = shares.share(limit.key, now);
            let usage = share.usage(limit.rule, now);
            // A send adds at most one share.
            if steps.is_empty() && share.is_due(limit.rule, usage.until.is_some(), min_excess, now) {
                let command =
                    Command::AddShare(AddShare { sent: share.sent, verified: share.verified, rule: limit.rule });
                (share.sent, share.verified, share.read_at) = (0, 0, Some(now));
                share.usage = AdaptiveUsage { until: None, ..usage };
                drop(shares);
                reserved.is_hot |= usage.until.is_some();
                steps.push(LimitStep {
                    by: limit.by,
                    key: self.shares_object_name(limit.by, send_request.phone),
                    command,
                    credited: None,
                });
                continue;
            }
            drop(shares);
            self.check_usage(send_request, &limit, usage, reserved, host)?;
        }
        Ok(steps)
    }

    /// Reads the ledger's decision about a shared limit. If that was lost, the send passes, and the share is added the
    /// next time.
    pub(super) fn read_usage(
        &self,
        send_request: &SendRequest<'_>,
        by: &'static str,
        share: &AddShare,
        usage: Option<AdaptiveUsage>,
        reserved: &Reserved,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let limits = self.shared_limits(send_request.phone).into_iter().flatten();
        let Some(limit) = limits.into_iter().find(|limit| limit.by == by) else {
            return Ok(());
        };
        let usage = {
            let mut shares = self.shares.borrow_mut();
            let known = shares.share(limit.key, host.now());
            let Some(usage) = usage else {
                known.take_back(share);
                return Ok(());
            };
            known.usage = usage;
            known.usage(limit.rule, host.now())
        };
        self.check_usage(send_request, &limit, usage, reserved, host)
    }

    /// Takes back a share that was not added, since another limit rejected the send before: the next send adds it.
    pub(super) fn keep_share(&self, send_request: &SendRequest<'_>, by: &str, share: &AddShare, host: &impl Host) {
        let limits = self.shared_limits(send_request.phone).into_iter().flatten();
        for limit in limits.filter(|limit| limit.by == by) {
            let mut shares = self.shares.borrow_mut();
            let known = shares.share(limit.key, host.now());
            known.take_back(share);
            known.read_at = None;
        }
    }

    fn check_usage(
        &self,
        send_request: &SendRequest<'_>,
        limit: &SharedLimit,
        usage: AdaptiveUsage,
        reserved: &Reserved,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let by = limit.by;
        if by == TOTAL {
            self.warn_of_total(usage, host);
        }
        let Some(until) = usage.until.filter(|_| reserved.evidence != Evidence::Trusted) else { return Ok(()) };
        let (captcha_available, worked) = (reserved.captcha_available, reserved.evidence == Evidence::Work);
        let by_work = self.config.captcha.by_work();
        // If work is the only evidence, a limit on everybody would let strangers exclude everybody.
        let is_open = by == TOTAL && by_work == ByWork::Alone;
        let work_helps =
            is_open || by_work != ByWork::No && usage.sent < limit.rule.limit_with_work(usage.limit, by_work);
        // Without a captcha the total only warns, for the same reason.
        if worked && work_helps || by == TOTAL && !captcha_available && !worked {
            return Ok(());
        }
        if self.config.shadow {
            self.emit_rejection(send_request, by, Some(until), true, host);
            return Ok(());
        }
        let rejection = if captcha_available && work_helps {
            let key = self.shares_object_name(by, send_request.phone);
            self.captcha_needed(&[&key], usage.sent.saturating_sub(usage.limit), host)
        } else if (captcha_available || worked) && by_work != ByWork::Alone {
            SendRejection::CaptchaNeeded(None)
        } else {
            self.emit_rejection(send_request, by, Some(until), false, host);
            return Err(SendRejection::OtherLimit(until.saturating_sub(host.now())));
        };
        self.emit_rejection(send_request, "captcha", None, false, host);
        Err(rejection)
    }

    /// Warns when half of the texts that may stay unverified are used up, in addition to those that verified codes
    /// allow.
    fn warn_of_total(&self, usage: AdaptiveUsage, host: &impl Host) {
        let AdaptiveUsage { sent, verified, limit, .. } = usage;
        let unverified = self.config.limits.adaptive.total.map_or(0, |rule| rule.unverified);
        let now = host.now();
        let mut shares = self.shares.borrow_mut();
        if limit.saturating_sub(sent) > unverified / 2 || now.saturating_sub(shares.warned_at) < WARN_EVERY_MS {
            return;
        }
        shares.warned_at = now;
        drop(shares);
        host.emit(&EdgeEvent::LimitNear { by: TOTAL, sent, verified, limit });
    }

    /// Counts a text for its prefix and for the total.
    pub(super) fn count_share(&self, phone: Phone, now: i64) {
        for SharedLimit { key, rule, .. } in self.shared_limits(phone).into_iter().flatten() {
            self.shares.borrow_mut().count_sent(key, rule, now);
        }
    }

    /// Releases a text that was certainly not sent.
    pub(super) fn uncount_share(&self, phone: Phone, now: i64) {
        for SharedLimit { key, .. } in self.shared_limits(phone).into_iter().flatten() {
            let mut shares = self.shares.borrow_mut();
            let share = shares.share(key, now);
            share.sent = share.sent.saturating_sub(1);
        }
    }

    /// Counts a verified code: its address, its prefix and the total may send more.
    pub(super) fn credit_verified(&self, phone: Phone, caller: &Caller, now: i64) {
        for SharedLimit { key, .. } in self.shared_limits(phone).into_iter().flatten() {
            let mut shares = self.shares.borrow_mut();
            let share = shares.share(key, now);
            share.verified = share.verified.saturating_add(1);
        }
        if let Some(address) = caller.address() {
            let adaptive = &self.config.limits.adaptive;
            let counted = [adaptive.address.and(Some(address.bytes())), adaptive.site.and(address.site())];
            for bytes in counted.into_iter().flatten() {
                self.shares.borrow_mut().addresses.count(self.address_hash(bytes), now);
            }
        }
    }

    /// Removes the verified codes of an address, because the ledger receives them now. If that fails they are lost, and
    /// the address may send less.
    pub(super) fn forget_address_credit(&self, address: Option<u64>) {
        if let Some(address) = address {
            self.shares.borrow_mut().addresses.clear(address);
        }
    }

    /// The hash of an address in memory.
    pub(super) fn address_hash(&self, bytes: &[u8]) -> u64 {
        self.config.keyring.address_hash(bytes)
    }

    /// The ledger's key of the shares in the prefix of a number, or in the total.
    pub(super) fn shares_object_name(&self, by: &str, phone: Phone) -> String {
        match by {
            TOTAL => self.config.keyring.single_object_name("shares"),
            _ => self.config.keyring.object_name("s", &[prefix_of(phone).as_bytes()]),
        }
    }

    fn shared_limits(&self, phone: Phone) -> [Option<SharedLimit>; 2] {
        let adaptive = &self.config.limits.adaptive;
        [
            adaptive.prefix.map(|rule| SharedLimit { by: "prefix", key: prefix_key(phone), rule }),
            adaptive.total.map(|rule| SharedLimit { by: TOTAL, key: TOTAL_KEY, rule }),
        ]
    }
}

/// A prefix as a number, of nine digits for the mainland and of seven for others.
fn prefix_key(phone: Phone) -> u64 {
    prefix_of(phone).bytes().skip(1).fold(0, |key, digit| key * 10 + u64::from(digit.wrapping_sub(b'0')))
}

/// The first seven digits of a number of the mainland, behind `+86`, and of others those behind `+`.
pub(super) fn prefix_of(phone: Phone) -> String {
    let digits = phone.mainland().unwrap_or(phone.digits());
    [if phone.is_mainland() { "+86" } else { "+" }, digits.get(..7).unwrap_or(&digits)].concat()
}
