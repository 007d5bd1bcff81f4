//! In which order accounts are tried: the user's, and of those where codes stop being verified, last.
//!
//! Only texts count behind which somebody stands whom a bomber cannot be by the thousand: a solved captcha, a token, a device
//! that verified the number before. A bomber's codes are never verified, and demote nobody.

use alloc::string::String;
use alloc::vec::Vec;

use crate::carrier::Issued;
use crate::client::Account;
use crate::edge::handler::Handler;
use crate::edge::hook::hash;
use crate::edge::host::{Host, apply};
use crate::guard::ledger::{Command, Decision};
use crate::phone::Phone;
use crate::receipts::delivery_stats::{CountsByAccount, DeliveryCounts};
use crate::wire::json_writer::{Object, list};

/// The name under which it is kept what became of texts.
const DELIVERY_STATS_KEY: &str = "tally";
/// How long sums are believed, in milliseconds, and what happened waits to be added to them.
const COUNTS_TTL_MS: i64 = 10_000;
/// What is expected of an account of which nothing is known: more than is seen where something is wrong, so that it is tried.
const EXPECTED_SHARE: f64 = 0.8;
/// As how many texts that expectation counts.
const EXPECTED_WEIGHT: f64 = 8.0;
/// How much worse than the best an account must be before it is tried last: chance is not to decide.
const MARGIN: f64 = 0.12;
/// Texts of which one goes to the account tried last, so that it is seen when it is well again.
const PROBES_ONE_OF: u32 = 20;

/// Sums of what failed for the person's phone stand beside those of its carrier, under a number of their own: what is stored keeps
/// its shape.
pub(super) const EXCUSED: u8 = 1 << 7;

/// What is known of an account's texts to a carrier.
struct AccountRank {
    place: usize,
    counts: DeliveryCounts,
    score: f64,
    /// Whether any text went there in the last hour: one that nobody tried is not behind.
    is_known: bool,
    is_behind: bool,
}

impl Handler {
    /// The places of the accounts in the order in which they are to be tried for a number. `drawn` chooses the few texts by
    /// which an account that is tried last is probed.
    pub(super) async fn order(&self, phone: &Phone, is_watched: bool, drawn: u32, host: &impl Host) -> Vec<usize> {
        let (tried, _) = self.config.sms.accounts();
        if !self.config.is_adaptive || tried < 2 {
            return (0..tried).collect();
        }
        self.refresh_delivery_counts(host).await;
        let ranks = self.rank_accounts(carrier(*phone));
        let mut order: Vec<usize> = ranks.iter().map(|rank| rank.place).collect();
        if let (Some(last), true) = (ranks.last().filter(|last| last.is_behind), counts_for_routing)
            && random_bytes.is_multiple_of(PROBES_ONE_OF)
        {
            order.retain(|place| *place != last.place);
            order.insert(0, last.place);
        }
        order
    }

    /// Adds what became of a text that counts.
    pub(super) fn count_delivery(&self, account: u32, carrier: u8, counts: DeliveryCounts) {
        if self.config.is_adaptive {
            self.pending.borrow_mut().entry((account, carrier)).or_default().add(&counts);
        }
    }

    /// Reads the sums where they are too old to be believed. Where the store fails, the old ones are: an order is no limit.
    pub(super) async fn refresh_delivery_counts(&self, host: &impl Host) {
        let now = host.now();
        if (0..COUNTS_TTL_MS).contains(&now.saturating_sub(self.read_at.get())) {
            return;
        }
        self.tally_read_at.set(now);
        let more = self.tallied.take();
        if let Some(Decision::Tally(sums)) = apply(host, DELIVERY_STATS_KEY, &Command::Tally(more.clone())).await {
            *self.sums.borrow_mut() = sums;
            return;
        }
        // What happened is told the store later.
        let mut pending = self.pending.borrow_mut();
        for (key, counts) in &more {
            pending.entry(*key).or_default().add(counts);
        }
    }

    /// How the accounts stand for a carrier, in the order in which they are tried.
    fn rank_accounts(&self, carrier: u8) -> Vec<AccountRank> {
        let (tried, accounts) = self.config.sms.accounts();
        let counts_by_account = self.counts.borrow();
        let mut ranks: Vec<AccountRank> = accounts
            .iter()
            .take(tried)
            .enumerate()
            .map(|(place, account)| {
                let hash = hash(account.name());
                let mut fates = DeliveryCounts::default();
                let mut of_all = DeliveryCounts::default();
                for ((_, of), more) in sums.iter().filter(|((known, _), _)| *known == hash) {
                    let excused = of & EXCUSED != 0;
                    add(&mut of_all, more, excused);
                    if of & !EXCUSED == carrier {
                        add(&mut fates, more, excused);
                    }
                }
                AccountRank { place, fates, score: score(&of_all, &fates), is_known: of_all.sent > 0, is_behind: false }
            })
            .collect();
        let best = ranks.iter().map(|rank| rank.score).fold(0.0, f64::max);
        for rank in &mut ranks {
            rank.is_behind = rank.is_known && rank.score + MARGIN < best;
        }
        // Those that are as good as the best stay in the user's order; of the others, the better first.
        ranks.sort_by(|one, other| match (one.is_behind, other.is_behind) {
            (true, true) => other.score.total_cmp(&one.score),
            (one, other) => one.cmp(&other),
        });
        ranks
    }

    /// Why accounts are tried for a number in this order, as JSON.
    pub(super) async fn explain_order(&self, phone: &Phone, host: &impl Host) -> String {
        let (tried, accounts) = self.config.sms.accounts();
        let name = |place: usize| accounts.get(place).map(Account::name).unwrap_or_default();
        let mut json = Object::new();
        if !self.config.is_adaptive {
            json.text("order", "fixed");
            json.texts("accounts", (0..tried).map(name));
            return json.finish();
        }
        self.refresh_delivery_counts(host).await;
        json.text("order", "adaptive");
        json.text("carrier", Issued::of(*phone).carrier.as_str());
        json.json(
            "accounts",
            &list(self.rank_accounts(carrier(*phone)).iter().enumerate().map(|(index, rank)| {
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

/// The share of an account's texts that serves: what is verified, or of what its vendor reports what is delivered, whichever
/// is less, since a vendor can report what is not so. Few texts say little: what all carriers say of it, and before that
/// what is expected, stand for those that are missing.
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
    // Reports that stop say nothing: of those that came, what they say.
    verified.min(share(|counts| counts.delivered, |counts| counts.delivered.saturating_add(counts.failed)))
}

fn percent(share: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
    let thousandths = (share * 1000.0) as u32;
    alloc::format!("0.{:03}", thousandths.min(999))
}

/// Who issued a number, as the sums have it. People keep their number when they change their carrier: it is so for most.
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
    fn a_share_is_written_with_three_places_at_most() {
        assert_eq!((percent(0.5).as_str(), percent(0.9996).as_str()), ("0.500", "0.999"));
    }

    #[test]
    fn little_evidence_says_little() {
        let score_of = |sent, verified| {
            let counts = DeliveryCounts { sent, verified, ..DeliveryCounts::default() };
            score(&counts, &counts)
        };
        assert!((score(&DeliveryCounts::default(), &DeliveryCounts::default()) - EXPECTED_SHARE).abs() < 1e-9);
        assert!(score_of(2, 0) > 0.4 && score_of(100, 0) < 0.1 && score_of(100, 95) > 0.9);
        let lies = DeliveryCounts { sent: 100, verified: 10, delivered: 100, failed: 0 };
        assert!(score(&lies, &lies) < 0.3, "reports alone convince nobody");
        let quiet = DeliveryCounts { sent: 100, verified: 95, delivered: 4, failed: 0 };
        assert!(score(&quiet, &quiet) > 0.85, "reports that stop demote nobody");
        let failing = DeliveryCounts { sent: 100, verified: 95, delivered: 4, failed: 90 };
        assert!(score(&failing, &failing) < 0.3);
    }
}
