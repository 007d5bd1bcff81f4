//! `/admin/metrics`: the handler's counts in Prometheus' text format, under names in the conventions of Prometheus and
//! OpenTelemetry. Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> (0.0.4),
//! <https://prometheus.io/docs/practices/naming/>.
//!
//! The counts are those of all processes, from the store. They grow until 2^32, or until a day passes without an event,
//! and then begin at zero, as Prometheus expects of a counter. Labels have few values: accounts, and words of the handler.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use crate::edge::handler::Handler;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::host::{Host, apply};
use crate::edge::problems::store_failed;
use crate::guard::ledger::{Command, Decision};
use crate::guard::statistics::Counts;

/// A metric: its name, its type and its meaning.
type Family = (&'static str, &'static str, &'static str);

/// The metrics, in the order of [`Metric`].
const FAMILIES: [Family; 16] = [
    ("xinshi_texts_total", "counter", "Codes to send, by the outcome of their text."),
    ("xinshi_rejections_total", "counter", "Sends that a limit or list rejected, or in shadow mode would have."),
    ("xinshi_unsent_total", "counter", "Requests for a code that were answered with an error, by its reason."),
    ("xinshi_verifications_total", "counter", "Codes that people entered, by the result."),
    ("xinshi_verified_texts_total", "counter", "Codes that were right, by the account that sent their last text."),
    ("xinshi_reports_total", "counter", "Vendors' reports on texts."),
    ("xinshi_undelivered_total", "counter", "Reports of texts that did not arrive, by the reason."),
    ("xinshi_replies_total", "counter", "People's replies to texts."),
    ("xinshi_masked_replies_total", "counter", "Replies whose number the vendor masked."),
    ("xinshi_opt_outs_total", "counter", "Replies that opted out of marketing."),
    ("xinshi_receipt_problems_total", "counter", "Receipts that could not be read, matched or forwarded."),
    ("xinshi_pushes_total", "counter", "Vendors' pushes, by the result."),
    ("xinshi_pulls_total", "counter", "Pulls of reports and replies, by the result."),
    ("xinshi_forwards_total", "counter", "Receipts handed to a webhook, and failures of a webhook or queue."),
    ("xinshi_marketing_texts_total", "counter", "Marketing texts, by their outcome."),
    ("xinshi_marketing_held_total", "counter", "Marketing texts that the handler held back, by the reason."),
];

/// An index of [`FAMILIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Texts,
    Rejections,
    Unsent,
    Verifications,
    VerifiedTexts,
    Reports,
    Undelivered,
    Replies,
    MaskedReplies,
    OptOuts,
    ReceiptProblems,
    Pushes,
    Pulls,
    Forwards,
    MarketingTexts,
    MarketingHeld,
}

/// The histogram of the time that vendors take.
const DURATION: Family =
    ("xinshi_send_duration_seconds", "histogram", "Seconds that vendors took for a text, by the account tried last.");
/// The upper bounds of the histogram's buckets: in milliseconds, and in seconds as a label.
const BOUNDS: [(i64, &str); 8] = [
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1000, "1"),
    (2500, "2.5"),
    (5000, "5"),
    (10_000, "10"),
    (i64::MAX, "+Inf"),
];
const WAITING: Family = ("xinshi_receipts_waiting", "gauge", "Receipts that wait to be forwarded.");
const OLDEST: Family = (
    "xinshi_receipts_oldest_timestamp_seconds",
    "gauge",
    "The time since which the oldest of them waits, in Unix time.",
);

/// A label's name and value; an empty value is no label.
type Label<'a> = (&'static str, &'a str);

/// The names of the counts of a text's duration: that of its bucket, and that of the sum of milliseconds.
pub(super) fn duration_counts(account: &str, took_ms: i64) -> (String, String) {
    let bucket = BOUNDS.iter().position(|(bound, _)| took_ms <= *bound).unwrap_or(BOUNDS.len() - 1);
    (format!("took.{bucket}.{account}"), ["took-ms.", account].concat())
}

/// Whether a count is one of these, which only a histogram makes sense of.
pub(super) fn is_duration(name: &str) -> bool {
    name.starts_with("took.") || name.starts_with("took-ms.")
}

impl Handler {
    /// The metrics, for the operator's Prometheus.
    pub(super) async fn metrics(&self, host: &impl Host) -> Result<HandlerReply, Problem> {
        let key = self.shared.counts.key();
        let counts = self.shared.counts.take(host.now());
        if !counts.is_empty() && apply(host, key, &Command::AddCounts(counts)).await.is_none() {
            return Err(store_failed());
        }
        let Some(Decision::Statistics(statistics)) = apply(host, key, &Command::ReadStatistics).await else {
            return Err(store_failed());
        };
        let mut text = text_of(&statistics.totals());
        let (mut waiting, mut oldest) = (head_of(WAITING), head_of(OLDEST));
        for account in self.shared.config.sms.accounts().1 {
            let status = self.receipts.queue_status(account, host).await?;
            let labels = [("account", account.name())];
            sample(&mut waiting, WAITING.0, &labels, &status.waiting.to_string());
            if let Some(since) = status.since {
                sample(&mut oldest, OLDEST.0, &labels, &seconds(since));
            }
        }
        text.push_str(&waiting);
        text.push_str(&oldest);
        Ok(HandlerReply::text("text/plain; version=0.0.4; charset=utf-8", text))
    }
}

/// The counts in Prometheus' format.
fn text_of(counts: &Counts) -> String {
    let mut families: Vec<String> = FAMILIES.into_iter().map(head_of).collect();
    for (name, count) in counts {
        let Some((metric, labels)) = metric_of(name) else { continue };
        let at = metric as usize;
        sample(&mut families[at], FAMILIES[at].0, &labels, &count.to_string());
    }
    families.push(durations(counts));
    families.concat()
}

/// The metric of a count, and its labels. `None` for the parts of the histogram, and for names of an earlier version.
fn metric_of(name: &str) -> Option<(Metric, [Label<'_>; 2])> {
    let (kind, rest) = name.split_once('.').unwrap_or((name, ""));
    // The account is last: its name may have dots.
    let (first, account) = rest.split_once('.').unwrap_or((rest, ""));
    let account = ("account", account);
    let none = ("", "");
    Some(match kind {
        "sent" => (Metric::Texts, [("status", first), account]),
        "rejected" => (Metric::Rejections, [("by", rest), none]),
        "send" => (Metric::Unsent, [("reason", rest), none]),
        "verify" => (Metric::Verifications, [("status", rest), none]),
        "verified" => (Metric::VerifiedTexts, [("account", rest), none]),
        "reports" => (Metric::Reports, [("status", first), account]),
        "reasons" => (Metric::Undelivered, [("reason", rest), none]),
        "replies" if rest == "masked" => (Metric::MaskedReplies, [none; 2]),
        "replies" => (Metric::Replies, [("account", rest), none]),
        "opt-outs" => (Metric::OptOuts, [none; 2]),
        "receipts" => (Metric::ReceiptProblems, [("problem", first), account]),
        "hooks" => (Metric::Pushes, [("result", first), account]),
        "pulls" => (Metric::Pulls, [("result", first), account]),
        "queue" => (Metric::Forwards, [("receiver", "queue"), ("result", rest)]),
        "webhook" => (Metric::Forwards, [("receiver", "webhook"), ("result", rest)]),
        "marketing" if first == "held" => (Metric::MarketingHeld, [("reason", account.1), none]),
        "marketing" => (Metric::MarketingTexts, [("status", first), account]),
        _ => return None,
    })
}

/// The histogram of vendors' times: cumulative buckets, the sum and the number of each account.
fn durations(counts: &Counts) -> String {
    let mut text = head_of(DURATION);
    for (name, sum_ms) in counts {
        let Some(account) = name.strip_prefix("took-ms.") else { continue };
        let mut texts: u32 = 0;
        for (at, (_, bound)) in BOUNDS.iter().enumerate() {
            texts = texts.wrapping_add(counts.get(&format!("took.{at}.{account}")).copied().unwrap_or_default());
            let labels = [("account", account), ("le", *bound)];
            sample(&mut text, &[DURATION.0, "_bucket"].concat(), &labels, &texts.to_string());
        }
        let labels = [("account", account)];
        sample(&mut text, &[DURATION.0, "_sum"].concat(), &labels, &seconds((*sum_ms).into()));
        sample(&mut text, &[DURATION.0, "_count"].concat(), &labels, &texts.to_string());
    }
    text
}

fn head_of((name, kind, help): Family) -> String {
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

fn sample(text: &mut String, name: &str, labels: &[Label<'_>], value: &str) {
    text.push_str(name);
    let mut before = '{';
    for (label, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        // Writing to a String cannot fail.
        let _ = write!(text, "{before}{label}=\"{value}\"");
        before = ',';
    }
    text.push_str(if before == '{' { " " } else { "} " });
    text.push_str(value);
    text.push('\n');
}

/// Milliseconds as seconds.
fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u32)]) -> Counts {
        counts.iter().map(|(name, count)| ((*name).to_string(), *count)).collect()
    }

    fn samples(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn counts_become_labelled_counters() {
        let text = text_of(&counts(&[
            ("sent.accepted.main.b", 3),
            ("sent.test", 1),
            ("rejected.number", 2),
            ("replies.main", 4),
            ("replies.masked", 1),
            ("opt-outs", 5),
            ("webhook.failed", 6),
            ("marketing.held.hours", 7),
            ("marketing.accepted.main", 8),
            ("receipts.unread.a\"\\\nb", 9),
            ("refused.number", 10),
        ]));
        let expected = [
            r#"xinshi_texts_total{status="accepted",account="main.b"} 3"#,
            r#"xinshi_texts_total{status="test"} 1"#,
            r#"xinshi_rejections_total{by="number"} 2"#,
            r#"xinshi_replies_total{account="main"} 4"#,
            "xinshi_masked_replies_total 1",
            "xinshi_opt_outs_total 5",
            r#"xinshi_receipt_problems_total{problem="unread",account="a\"\\\nb"} 9"#,
            r#"xinshi_forwards_total{receiver="webhook",result="failed"} 6"#,
            r#"xinshi_marketing_texts_total{status="accepted",account="main"} 8"#,
            r#"xinshi_marketing_held_total{reason="hours"} 7"#,
        ];
        assert_eq!(samples(&text), expected);
        assert_eq!(FAMILIES[Metric::MarketingHeld as usize].0, "xinshi_marketing_held_total");
    }

    #[test]
    fn durations_are_a_cumulative_histogram() {
        let mut all = Counts::new();
        for (took_ms, bucket) in [(0, 0), (100, 0), (101, 1), (10_001, 7)] {
            let (name, sum) = duration_counts("main", took_ms);
            assert_eq!(name, format!("took.{bucket}.main"));
            *all.entry(name).or_default() += 1;
            *all.entry(sum).or_default() += u32::try_from(took_ms).unwrap();
        }
        let text = durations(&all);
        let lines = samples(&text);
        assert_eq!(lines[0], r#"xinshi_send_duration_seconds_bucket{account="main",le="0.1"} 2"#);
        assert_eq!(lines[6], r#"xinshi_send_duration_seconds_bucket{account="main",le="10"} 3"#);
        assert_eq!(
            lines[7..],
            [
                r#"xinshi_send_duration_seconds_bucket{account="main",le="+Inf"} 4"#,
                r#"xinshi_send_duration_seconds_sum{account="main"} 10.202"#,
                r#"xinshi_send_duration_seconds_count{account="main"} 4"#,
            ]
        );
    }
}
