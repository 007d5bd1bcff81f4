//! The order in which accounts are tried: the user's order, with accounts whose codes are verified too rarely moved to
//! the end.
//!
//! Only texts count whose requester an attacker cannot multiply: with a solved captcha, a token, or a device that
//! verified the number before. An attacker's codes are never verified, and must not demote an account.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ops::Deref;

use crate::carrier::Issued;
use crate::client::Account;
use crate::client::account_route::RouteChoice;
use crate::edge::host::{Host, apply};
use crate::edge::shared::Shared;
use crate::edge::short_hash::hash;
use crate::error::SmsError;
use crate::guard::ledger::{Command, Decision};
use crate::phone::Phone;
use crate::receipts::delivery_stats::{CountsByAccount, DeliveryCounts};
use crate::wire::json_writer::{Object, list};

/// The key of the sums, unless a tenant has its own.
const DELIVERY_STATS_KEY: &str = "tally";
/// Milliseconds for which sums are cached, and for which outcomes wait to be added.
const COUNTS_TTL_MS: i64 = 10_000;
/// The assumed share for an account without texts: higher than the share of a faulty one, so that it is tried.
const EXPECTED_SHARE: f64 = 0.8;
/// The number of texts that the assumption counts as.
const EXPECTED_WEIGHT: f64 = 8.0;
/// The difference to the best account from which on an account is tried last, so that chance does not decide.
const MARGIN: f64 = 0.12;
/// One text in this many goes first to the account that is tried last, to detect its recovery.
const PROBES_ONE_OF: u32 = 20;

/// Sums of what failed for the person's phone stand beside those of its carrier, under a number of their own: what is stored keeps
/// its shape.
pub(super) const EXCUSED: u8 = 1 << 7;

/// The outcomes of an account's texts to a carrier.
struct AccountRank {
    place: usize,
    counts: DeliveryCounts,
    score: f64,
    /// Whether it has any text in the last hour; an account without texts is not behind.
    is_known: bool,
    is_behind: bool,
}

/// Orders the accounts by the outcomes of their texts.
pub(super) struct Routing {
    shared: Rc<Shared>,
    /// The counted outcomes that are not added to the stored counts yet.
    pending: RefCell<CountsByAccount>,
    /// The outcomes of each account's texts in the last hour, as last read from the store.
    outcomes: RefCell<CountsByAccount>,
    /// The time of that reading, in milliseconds since the Unix epoch.
    read_at: Cell<i64>,
}

impl Deref for Routing {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Routing {
    pub(super) fn new(shared: Rc<Shared>) -> Self {
        let (pending, outcomes) = (RefCell::default(), RefCell::default());
        Self { shared, pending, outcomes, read_at: Cell::new(i64::MIN) }
    }

    /// The order in which to try the accounts of a number's route, as indices, by the sums that were read last.
    /// `random_bytes` is random and selects the few texts that probe an account that is tried last.
    pub(super) fn account_order(
        &self,
        order: Vec<usize>,
        phone: Phone,
        counts_for_routing: bool,
        random_bytes: u32,
    ) -> Vec<usize> {
        if !self.config.is_adaptive || order.len() < 2 {
            return order;
        }
        let ranks = self.rank_accounts(&order, carrier(phone));
        let mut order: Vec<usize> = ranks.iter().map(|rank| rank.place).collect();
        if let (Some(last), true) = (ranks.last().filter(|last| last.is_behind), counts_for_routing)
            && random_bytes.is_multiple_of(PROBES_ONE_OF)
        {
            order.retain(|place| *place != last.place);
            order.insert(0, last.place);
        }
        order
    }

    /// Whether the order depends on outcomes.
    fn is_ordering(&self) -> bool {
        self.config.is_adaptive && self.config.sms.accounts().0 > 1
    }

    /// Whether the sums are to be read before the next text.
    pub(super) fn is_stale(&self, now: i64) -> bool {
        self.is_ordering() && !(0..COUNTS_TTL_MS).contains(&now.saturating_sub(self.read_at.get()))
    }

    /// Adds the outcome of a text that counts.
    pub(super) fn count_delivery(&self, account: u32, carrier: u8, counts: DeliveryCounts) {
        if self.config.is_adaptive {
            self.pending.borrow_mut().entry((account, carrier)).or_default().add(&counts);
        }
    }

    /// Reads the sums if the cached ones are too old. If the store fails, the old ones stay in use: the order is no
    /// limit.
    pub(super) async fn refresh_delivery_counts(&self, host: &impl Host) {
        let now = host.now();
        if (0..COUNTS_TTL_MS).contains(&now.saturating_sub(self.read_at.get())) {
            return;
        }
        self.read_at.set(now);
        let more = self.pending.take();
        let key = self.config.keyring.single_object_name(DELIVERY_STATS_KEY);
        if let Some(Decision::DeliveryCounts(counts_by_account)) =
            apply(host, &key, &Command::AddDeliveryCounts(more.clone())).await
        {
            *self.outcomes.borrow_mut() = counts_by_account;
            return;
        }
        // The outcomes are added with the next read.
        let mut pending = self.pending.borrow_mut();
        for (key, counts) in &more {
            pending.entry(*key).or_default().add(counts);
        }
    }

    /// These accounts for a carrier, in the order in which they are tried.
    fn rank_accounts(&self, order: &[usize], carrier: u8) -> Vec<AccountRank> {
        let (_, accounts) = self.config.sms.accounts();
        let counts_by_account = self.outcomes.borrow();
        let mut ranks: Vec<AccountRank> = order
            .iter()
            .filter_map(|place| Some((*place, accounts.get(*place)?)))
            .map(|(place, account)| {
                let hash = hash(account.name());
                let mut counts = DeliveryCounts::default();
                let mut of_all = DeliveryCounts::default();
                for ((_, of), more) in counts_by_account.iter().filter(|((known, _), _)| *known == hash) {
                    let excused = of & EXCUSED != 0;
                    add(&mut of_all, more, excused);
                    if of & !EXCUSED == carrier {
                        add(&mut counts, more, excused);
                    }
                }
                AccountRank {
                    place,
                    counts,
                    score: score(&of_all, &counts),
                    is_known: of_all.sent > 0,
                    is_behind: false,
                }
            })
            .collect();
        let best = ranks.iter().map(|rank| rank.score).fold(0.0, f64::max);
        for rank in &mut ranks {
            rank.is_behind = rank.is_known && rank.score + MARGIN < best;
        }
        // Accounts about as good as the best keep the user's order; the others follow, the better first.
        ranks.sort_by(|one, other| match (one.is_behind, other.is_behind) {
            (true, true) => other.score.total_cmp(&one.score),
            (one, other) => one.cmp(&other),
        });
        ranks
    }

    /// Explains the order for a number, as JSON.
    pub(super) async fn explain_order(&self, phone: &Phone, host: &impl Host) -> String {
        let (_, accounts) = self.config.sms.accounts();
        let name = |place: usize| accounts.get(place).map(Account::name).unwrap_or_default();
        let mut json = Object::new();
        let (order, route) = self.route(phone, host).await.unwrap_or_default();
        if self.config.sms.has_routes() {
            json.text("route", route.as_ref().map_or("no route takes the number", |route| &route.why));
        }
        if !self.config.is_adaptive {
            json.text("order", "fixed");
            json.texts("accounts", order.into_iter().map(name));
            return json.finish();
        }
        self.refresh_delivery_counts(host).await;
        json.text("order", "adaptive");
        json.text("carrier", Issued::of(*phone).carrier.as_str());
        json.json(
            "accounts",
            &list(self.rank_accounts(&order, carrier(*phone)).iter().enumerate().map(|(index, rank)| {
                let mut json = Object::new();
                json.text("account", name(rank.place));
                json.number("sent", rank.counts.sent.into());
                json.number("verified", rank.counts.verified.into());
                json.number("delivered", rank.counts.delivered.into());
                json.number("failed", rank.counts.failed.into());
                json.json("score", &percent(rank.score));
                json.text("why", why(index, rank));
                json.finish()
            })),
        );
        json.finish()
    }
}

impl Shared {
    /// The accounts that a number may go by, as indices in the user's order, and the route that says so.
    ///
    /// # Errors
    /// `number` where no route takes it.
    pub(super) async fn route(
        &self,
        phone: &Phone,
        host: &impl Host,
    ) -> Result<(Vec<usize>, Option<RouteChoice>), SmsError> {
        let sms = &self.config.sms;
        let is_needed = !phone.is_mainland() && sms.routes_by_country();
        let country = if is_needed { host.country(phone).await } else { None };
        sms.route_in(phone, country.as_deref())
    }
}

/// Adds what became of texts; those that are excused were as good as never sent.
fn add(fates: &mut DeliveryCounts, more: &DeliveryCounts, excused: bool) {
    if excused {
        fates.sent = fates.sent.saturating_sub(more.failed);
    } else {
        fates.add(more);
    }
}

fn why(index: usize, rank: &AccountRank) -> &'static str {
    match (index, rank.is_behind) {
        (_, true) => {
            "fewer of its texts are verified or delivered than of the best: tried last, and with one text in 20 first"
        }
        (0, false) => "the first in your order among those that are as good as the best",
        (_, false) => "as good as the best, and later in your order",
    }
}

/// The score of an account: the share of its texts that are verified or, if its vendor reports, the share of reported
/// texts that are delivered, whichever is lower, since a vendor can report falsely. A few texts prove little, so the
/// share over all carriers fills up a small number, and the assumed share fills up that.
fn score(of_all: &DeliveryCounts, of_carrier: &DeliveryCounts) -> f64 {
    let part = |count: u32, of: u32, otherwise: f64| {
        (f64::from(count.min(of)) + EXPECTED_WEIGHT * otherwise) / (f64::from(of) + EXPECTED_WEIGHT)
    };
    let share = |count: fn(&DeliveryCounts) -> u32, of: fn(&DeliveryCounts) -> u32| {
        part(count(of_carrier), of(of_carrier), part(count(of_all), of(of_all), EXPECTED_SHARE))
    };
    let verified = share(|counts| counts.verified, |counts| counts.sent);
    if of_all.delivered + of_all.failed == 0 {
        return verified;
    }
    // Missing reports count neither way: the share is of the reports that arrived.
    verified.min(share(|counts| counts.delivered, |counts| counts.delivered.saturating_add(counts.failed)))
}

fn percent(share: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
    let thousandths = (share * 1000.0) as u32;
    alloc::format!("0.{:03}", thousandths.min(999))
}

/// The carrier of a number's prefix. People keep their number when they change carrier, so it is right for most.
fn carrier(phone: Phone) -> u8 {
    Issued::of(phone).carrier as u8
}

/// The carrier of a number, for a text that counts.
pub(super) fn routing_carrier(phone: Phone, counts: bool) -> Option<u8> {
    counts.then(|| carrier(phone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_has_at_most_three_decimals() {
        assert_eq!((percent(0.5).as_str(), percent(0.9996).as_str()), ("0.500", "0.999"));
    }

    #[test]
    fn few_observations_hardly_change_the_rank() {
        let score_of = |sent, verified| {
            let counts = DeliveryCounts { sent, verified, ..DeliveryCounts::default() };
            score(&counts, &counts)
        };
        assert!((score(&DeliveryCounts::default(), &DeliveryCounts::default()) - EXPECTED_SHARE).abs() < 1e-9);
        assert!(score_of(2, 0) > 0.4 && score_of(100, 0) < 0.1 && score_of(100, 95) > 0.9);
        let false_reports = DeliveryCounts { sent: 100, verified: 10, delivered: 100, failed: 0 };
        assert!(score(&false_reports, &false_reports) < 0.3, "reports alone convince nobody");
        let quiet = DeliveryCounts { sent: 100, verified: 95, delivered: 4, failed: 0 };
        assert!(score(&quiet, &quiet) > 0.85, "reports that stop demote nobody");
        let failing = DeliveryCounts { sent: 100, verified: 95, delivered: 4, failed: 90 };
        assert!(score(&failing, &failing) < 0.3);
    }

    #[cfg(feature = "sandbox")]
    mod part {
        use serde_json::json;

        use super::*;
        use crate::edge::test_host::{TestHost, ready, shared};

        fn phone() -> Phone {
            Phone::parse("13812345678").unwrap()
        }

        fn routing() -> Routing {
            Routing::new(shared(&json!({ "order": "adaptive" })))
        }

        /// Counts 50 texts of the first account of which nobody entered the code.
        fn count_losses(routing: &Routing) {
            let losses = DeliveryCounts { sent: 50, ..DeliveryCounts::default() };
            routing.count_delivery(hash("first"), carrier(phone()), losses);
        }

        #[test]
        fn account_that_loses_texts_is_tried_last_and_probed() {
            let (routing, host) = (routing(), TestHost::new());
            ready(routing.refresh_delivery_counts(&host));
            assert_eq!(routing.account_order(Vec::from([0, 1]), phone(), true, 1), [0, 1]);
            count_losses(&routing);
            assert_eq!(
                routing.account_order(Vec::from([0, 1]), phone(), true, 1),
                [0, 1],
                "the outcomes were not added yet"
            );
            host.now.set(host.now.get() + COUNTS_TTL_MS);
            assert!(routing.is_stale(host.now.get()));
            ready(routing.refresh_delivery_counts(&host));
            assert_eq!(routing.account_order(Vec::from([0, 1]), phone(), true, 1), [1, 0]);
            assert_eq!(
                routing.account_order(Vec::from([0, 1]), phone(), true, PROBES_ONE_OF),
                [0, 1],
                "one text in twenty"
            );
            assert_eq!(
                routing.account_order(Vec::from([0, 1]), phone(), false, PROBES_ONE_OF),
                [1, 0],
                "it does not count"
            );
        }

        #[test]
        fn outcomes_wait_for_a_store_that_failed() {
            let (routing, host) = (routing(), TestHost::new());
            count_losses(&routing);
            host.store_fails.set(true);
            ready(routing.refresh_delivery_counts(&host));
            assert_eq!(routing.account_order(Vec::from([0, 1]), phone(), true, 1), [0, 1]);
            host.store_fails.set(false);
            host.now.set(host.now.get() + COUNTS_TTL_MS);
            ready(routing.refresh_delivery_counts(&host));
            assert_eq!(routing.account_order(Vec::from([0, 1]), phone(), true, 1), [1, 0]);
        }

        #[test]
        fn fixed_order_ignores_outcomes_and_never_reads_them() {
            let shared = shared(&json!({ "order": ["second", "first"] }));
            let (routing, host) = (Routing::new(shared), TestHost::new());
            count_losses(&routing);
            assert!(!routing.is_stale(host.now.get()));
            assert_eq!(routing.account_order(Vec::from([0, 1]), phone(), true, PROBES_ONE_OF), [0, 1]);
        }
    }
}
