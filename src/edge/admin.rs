//! `/admin/…`: the operator's routes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::edge::address::Address;
use crate::edge::handler::Handler;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::{Host, apply};
use crate::edge::metrics::is_duration;
use crate::edge::otp_routes::{bounded, challenge_state_name, delivery_name, phone};
use crate::edge::problems::store_failed;
use crate::edge::send_request::SendRejection;
use crate::guard::adaptive::AdaptiveUsage;
use crate::guard::ledger::{Command, Decision};
use crate::guard::number::Explanation;
use crate::guard::sliding_log::WindowUsage;
use crate::guard::statistics::BUCKET_MS;
use crate::options::Fields;
use crate::otp::challenge::{Challenge, CodeKind};
use crate::otp::keyring::Keyring;
use crate::phone::Phone;
use crate::wire::json_writer::{Object, list};

impl Handler {
    /// Explains whether a number may be sent to, and if not, until when.
    pub(super) async fn explain(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, Problem> {
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["phone", "address"])?;
        let phone = phone(&fields, "phone")?;
        let number = self.shared.config.keyring.number_key(&phone);
        let rules = &self.shared.config.limits.number;
        let command = Command::Explain(rules.clone());
        let explained = self.explained(host, &Keyring::number_object_name(&number), command).await?;
        let mut address_keys = Vec::new();
        let mut json = Object::new();
        json.text("phone", &phone.to_string());
        let listed = self.shared.config.rejected_by_list(&phone, host).await;
        let wait = |usages: &[WindowUsage]| usages.iter().filter_map(|usage| usage.until).max();
        let until = wait(&explained.untrusted_sends);
        json.flag("allowed", listed.is_none() && until.is_none());
        if let Some(until) = until {
            json.number("until", until);
        }
        if let Some(until) = wait(&explained.sends) {
            json.number("knownUntil", until);
        }
        json.flag("denied", listed == Some(SendRejection::Denied));
        json.flag("servesCountry", listed != Some(SendRejection::Country));
        json.json("number", &usages(&explained.untrusted_sends, &explained.sends));
        json.json("verifyPerNumber", &usages(&explained.guesses, &explained.guesses));
        json.json("challenges", &list(explained.challenges.iter().map(challenge)));
        json.json("routing", &self.codes.routing.explain_order(&phone, host).await);
        if let Some(written) = bounded(&fields, "address", 64)? {
            let address = Address::parse(written);
            let address = address.ok_or_else(|| Problem::malformed("address", "address is not an IP address"))?;
            let limits = &self.shared.config.limits;
            let adaptive = &limits.adaptive;
            let keys = [
                ("ip", Some(address.bytes()), &limits.address, adaptive.relaxes_address),
                ("ip48", address.site(), &limits.site, adaptive.relaxes_site),
            ];
            for (name, bytes, rules, relaxes) in keys {
                let Some(bytes) = bytes else { continue };
                let key = self.shared.config.address_object_name(bytes);
                let explained = self.explained(host, &key, Command::ExplainSlot(rules.clone(), relaxes)).await?;
                json.json(name, &usages(&explained.sends, &explained.sends));
            }
            address_keys = keys.into_iter().filter_map(|(name, bytes, ..)| Some((name, bytes?.to_vec()))).collect();
        }
        json.json("adaptive", &self.adaptive_usages(phone, &address_keys, host).await?);
        Ok(HandlerReply::json(200, json.finish()))
    }

    /// The usage of the limits that adapt to verified codes, without the shares that processes have not added yet.
    async fn adaptive_usages(
        &self,
        phone: Phone,
        addresses: &[(&'static str, Vec<u8>)],
        host: &impl Host,
    ) -> Result<String, Problem> {
        let adaptive = &self.shared.config.limits.adaptive;
        let mut keys = Vec::from([
            ("prefix", adaptive.prefix, self.codes.limits.shares_object_name("prefix", phone)),
            ("total", adaptive.total, self.codes.limits.shares_object_name("total", phone)),
        ]);
        for (name, bytes) in addresses {
            let rule = if *name == "ip" { adaptive.address } else { adaptive.site };
            keys.push((name, rule, self.shared.config.address_object_name(bytes)));
        }
        let mut json = Object::new();
        for (name, rule, key) in keys {
            let Some(rule) = rule else { continue };
            let Some(Decision::Usage(usage)) = apply(host, &key, &Command::ReadUsage(rule)).await else {
                return Err(store_failed());
            };
            json.json(name, &adaptive_usage(&usage));
        }
        Ok(json.finish())
    }

    async fn explained(&self, host: &impl Host, key: &str, command: Command) -> Result<Explanation, Problem> {
        match apply(host, key, &command).await {
            Some(Decision::Explanation(explained)) => Ok(explained),
            _ => Err(store_failed()),
        }
    }

    /// Removes the sends and guesses of a number.
    pub(super) async fn reset(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, Problem> {
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["phone"])?;
        let phone = self.shared.config.stored_phone(&fields, "phone", host).await?;
        let number = Keyring::number_object_name(&self.shared.config.keyring.number_key(&phone));
        match apply(host, &number, &Command::Reset).await {
            Some(Decision::Done) => {
                self.codes.limits.memory.forget_rejections(&number);
                Ok(HandlerReply::empty(204))
            }
            _ => Err(store_failed()),
        }
    }

    /// The counts of the last day, by five minutes.
    pub(super) async fn statistics(&self, host: &impl Host) -> Result<HandlerReply, Problem> {
        let counts = self.shared.counts.take(host.now());
        let key = self.shared.counts.key();
        if !counts.is_empty() && apply(host, key, &Command::AddCounts(counts)).await.is_none() {
            return Err(store_failed());
        }
        let Some(Decision::Statistics(statistics)) = apply(host, key, &Command::ReadStatistics).await else {
            return Err(store_failed());
        };
        let buckets = statistics.of_day().map(|(bucket, counts)| {
            let mut inner = Object::new();
            for (name, count) in counts.iter().filter(|(name, _)| !is_duration(name)) {
                inner.number(name, (*count).into());
            }
            let mut json = Object::new();
            json.number("at", bucket * BUCKET_MS);
            json.json("counts", &inner.finish());
            json.finish()
        });
        let mut json = Object::new();
        json.number("bucketSeconds", BUCKET_MS / 1000);
        json.json("buckets", &list(buckets));
        json.json("receipts", &self.receipts.queue_statuses(host).await?);
        Ok(HandlerReply::json(200, json.finish()))
    }
}

/// Rules with their usage: for other requesters, and for trusted ones, whose limit may be higher.
fn usages(everybody: &[WindowUsage], known: &[WindowUsage]) -> String {
    list(everybody.iter().zip(known).map(|(usage, known)| {
        let mut json = Object::new();
        json.number("limit", usage.rule.limit.into());
        json.number("reserved", (known.rule.limit - usage.rule.limit).into());
        json.number("windowSeconds", usage.rule.window_ms / 1000);
        json.number("used", usage.used.into());
        if let Some(until) = usage.until {
            json.number("until", until);
        }
        json.finish()
    }))
}

fn adaptive_usage(usage: &AdaptiveUsage) -> String {
    let mut json = Object::new();
    json.number("sent", usage.sent.into());
    json.number("verified", usage.verified.into());
    json.number("limit", usage.limit.into());
    if let Some(until) = usage.until {
        json.number("until", until);
    }
    json.finish()
}

fn challenge(challenge: &Challenge) -> String {
    let mut json = Object::new();
    json.text("purpose", &challenge.purpose);
    json.text("status", challenge_state_name(challenge.state));
    json.text("delivery", delivery_name(challenge.delivery));
    json.number("begun", challenge.begun);
    json.number("expiresAt", challenge.expires_at);
    json.number("triesLeft", challenge.tries_left.into());
    json.number("texts", challenge.texts.into());
    json.flag("test", matches!(challenge.code_kind, CodeKind::Test(_)));
    json.flag("review", challenge.code_kind.is_review());
    json.finish()
}
