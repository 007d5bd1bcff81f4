//! [`VerifiedShares`]: what one process has sent to each prefix and in all, and which of its codes were entered. A share waits in memory
//! and is added to the ledger with a send that asks the ledger anyway, at most once in ten seconds a key, and not at all where a
//! prefix is quiet or its codes are verified. A process that stops loses what it has not added: codes that were entered, or a text to a quiet prefix.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::host::Host;
use crate::edge::reserve::{LimitStep, Reserved};
use crate::edge::send_request::{SendRejection, SendRequest};
use crate::guard::adaptive::{AdaptiveRule, AdaptiveUsage, AddShare, PENDING_MS};
use crate::guard::attempts::Attempts;
use crate::guard::ledger::Command;
use crate::guard::number_work::{ByWork, Evidence};
use crate::phone::Phone;

/// The maximum number of prefixes that a process remembers.
const MAX_KEYS: usize = 20_000;
/// How often a share is added to the ledger at most, in milliseconds.
const ADD_EVERY_MS: i64 = 10_000;
/// Unverified texts of a prefix that are worth a call: below, it is quiet.
const MIN_PREFIX_EXCESS: u32 = 2;
/// Unverified texts in all that are worth a call.
const MIN_TOTAL_EXCESS: u32 = 20;
/// How long what a process knows of a prefix counts, in milliseconds.
const FORGET_MS: i64 = 86_400_000;
/// How often a limit that is half used up is told of, in milliseconds.
const WARN_EVERY_MS: i64 = 3_600_000;
/// The name of the total in events, and of its shares in the ledger.
const TOTAL: &str = "total";
/// The key of the total in memory: no prefix has it.
const TOTAL_KEY: u64 = 0;

/// The texts and verified codes that one process has not added to the ledger yet, and what it read there last.
pub(super) struct VerifiedShares {
    /// By the hash of an address: the codes verified from it.
    addresses: Attempts,
    /// By prefix, and the total; in the order of the keys.
    shares: Vec<(u64, Box<ProcessShare>)>,
    /// The time of the last warning about the total, in milliseconds since the Unix epoch.
    warned_at: i64,
}

impl Default for VerifiedShares {
    fn default() -> Self {
        Self { addresses: Attempts::new(FORGET_MS), shares: Vec::new(), warned_at: i64::MIN }
    }
}

/// The share of this process in one prefix, or in all.
#[derive(Default)]
struct ProcessShare {
    /// Texts that it has not added yet.
    sent: u32,
    /// Codes that were entered and that it has not added yet.
    verified: u32,
    /// All texts that it sent since it forgot the key last.
    seen: u32,
    /// When it sent the last ones, in milliseconds since the Unix epoch.
    recent: Vec<i64>,
    /// What all processes came to when it read that last.
    usage: AdaptiveUsage,
    /// When that was, in milliseconds since the Unix epoch; nothing where it never did.
    read_at: Option<i64>,
}

impl ProcessShare {
    /// How the limit stands, as far as this process knows.
    fn usage(&self, rule: AdaptiveRule, now: i64) -> AdaptiveUsage {
        let recent = self.recent.iter().filter(|at| (0..PENDING_MS).contains(&now.saturating_sub(**at))).count();
        let sent = self.usage.sent.saturating_add(self.sent);
        let verified = self.usage.verified.saturating_add(self.verified);
        let limit = rule.limit(verified, u32::try_from(recent).unwrap_or(u32::MAX));
        let until = self.usage.until.filter(|until| *until > now).unwrap_or(now.saturating_add(PENDING_MS));
        AdaptiveUsage { sent, verified, limit, until: (sent >= limit).then_some(until) }
    }

    /// Whether to add the share to the ledger: where it has so many texts more than its verified codes allow, or the limit is used up, or
    /// other processes take it as used up for want of the codes verified here.
    fn is_due(&self, rule: AdaptiveRule, is_over: bool, min_excess: u32, now: i64) -> bool {
        let is_rested = self.read_at.is_none_or(|at| !(0..ADD_EVERY_MS).contains(&now.saturating_sub(at)));
        let allowed = AdaptiveRule::new(min_excess, 0).limit(self.verified, 0);
        let is_missed = self.verified > 0 && self.usage.sent >= rule.limit(self.usage.verified, 0);
        is_rested && (is_over || is_missed || self.sent >= allowed)
    }

    fn last_sent_at(&self) -> i64 {
        self.recent.last().copied().unwrap_or(i64::MIN)
    }
}

impl VerifiedShares {
    /// The codes verified from an address that the ledger does not know of.
    pub(super) fn of_address(&self, address: u64, now: i64) -> u32 {
        self.addresses.of(address, now)
    }

    fn share(&mut self, key: u64, now: i64) -> &mut ProcessShare {
        if self.shares.len() >= MAX_KEYS && self.shares.binary_search_by_key(&key, |(key, _)| *key).is_err() {
            let is_live = |share: &ProcessShare| now.saturating_sub(share.last_sent_at()) < FORGET_MS;
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
        if share.seen > 0 && now.saturating_sub(share.last_sent_at()) >= FORGET_MS {
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
    /// Its key in this process's memory.
    key: u64,
    rule: AdaptiveRule,
}

impl Codes {
    /// Refuses, or asks a captcha of, a send to a prefix whose codes are not entered, as far as this process knows. Where the ledger
    /// is to be asked, gives the steps that do.
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
            // One send asks of one shared limit.
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
                });
                continue;
            }
            drop(shares);
            self.check_usage(send_request, &limit, usage, reserved, host)?;
        }
        Ok(steps)
    }

    /// Reads what the ledger answered of a shared limit. An answer that was lost limits nobody: the share is added the next time.
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
                known.usage.sent = known.usage.sent.saturating_sub(share.sent);
                known.usage.verified = known.usage.verified.saturating_sub(share.verified);
                known.sent = known.sent.saturating_add(share.sent);
                known.verified = known.verified.saturating_add(share.verified);
                return Ok(());
            };
            known.usage = usage;
            known.usage(limit.rule, host.now())
        };
        self.check_usage(send_request, &limit, usage, reserved, host)
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
        // Where nobody can show more than work, a limit on everybody would let strangers shut everybody out.
        let is_open = by == TOTAL && by_work == ByWork::Alone;
        let work_helps =
            is_open || by_work != ByWork::No && usage.sent < limit.rule.limit_with_work(usage.limit, by_work);
        // Without a captcha, the total warns alone for the same reason.
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

    /// Warns when half of the texts that may stay unverified are used up, however many the verified codes allow beside them.
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

    /// Counts a text for its prefix and in all.
    pub(super) fn count_share(&self, phone: Phone, now: i64) {
        for SharedLimit { key, rule, .. } in self.shared_limits(phone).into_iter().flatten() {
            self.shares.borrow_mut().count_sent(key, rule, now);
        }
    }

    /// Takes back a text that was certainly not sent.
    pub(super) fn uncount_share(&self, phone: Phone, now: i64) {
        for SharedLimit { key, .. } in self.shared_limits(phone).into_iter().flatten() {
            let mut shares = self.shares.borrow_mut();
            let share = shares.share(key, now);
            share.sent = share.sent.saturating_sub(1);
        }
    }

    /// Notes that a code was entered: its address, its prefix and all may send more.
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

    /// Forgets the codes that were entered from an address: the ledger is told of them. Where that fails they are lost, and the
    /// address may send less.
    pub(super) fn forget_address_credit(&self, caller: &Caller) {
        let address = caller.address();
        for bytes in [address.map(Address::bytes), address.and_then(Address::site)].into_iter().flatten() {
            self.shares.borrow_mut().addresses.clear(self.address_hash(bytes));
        }
    }

    /// What tells an address from others in memory.
    pub(super) fn address_hash(&self, bytes: &[u8]) -> u64 {
        self.config.keyring.short_hash("address", bytes)
    }

    /// The ledger's key of the shares in the prefix of a number, or in the total.
    pub(super) fn shares_object_name(&self, by: &str, phone: Phone) -> String {
        match by {
            TOTAL => "shares".to_owned(),
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
