//! Marketing: one step a number checks its opt-out, its limits and the hours, and the granted texts leave in the
//! vendors' own bulks. Nothing waits here: the outcome of a held-back text has the time from which it may be sent.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use xinshi_bytes::pieces;

use crate::bulk::{Bulk, Recipient};
use crate::client;
use crate::client::send_part::Part;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::entropy::Entropy;
use crate::edge::host::{Host, apply, defer};
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::send_request::SendRejection;
use crate::edge::shared::Shared;
use crate::error::{Code, SmsError};
use crate::guard::ledger::{Command, Decision};
use crate::guard::marketing_log::{Held, MarketingDecision, ReserveMarketing};
use crate::guard::sliding_log::Reservation;
use crate::hours::{Hours, MARKETING};
use crate::message::MessageKind;
use crate::options::Fields;
use crate::otp::keyring::Keyring;
use crate::outcome::{End, Outcome};
use crate::phone::Phone;
use crate::reason::Reason;
use crate::wire::json::Json;

/// A marketing text, and the account that sends it, if one is named.
pub struct Marketing {
    bulk: Bulk,
    account: Option<String>,
}

/// The outcome of a marketing text.
pub struct MarketingOutcome {
    /// The outcome.
    pub outcome: Outcome,
    /// The reason for which the handler held it back.
    pub reason: Option<Reason>,
    /// The time from which it may be sent, in milliseconds since the Unix epoch.
    pub retry_at: Option<i64>,
}

impl From<Outcome> for MarketingOutcome {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, reason: None, retry_at: None }
    }
}

impl Marketing {
    /// Reads a bulk without its recipients, and the options, `{kind, account?}`.
    ///
    /// # Errors
    /// `invalid_argument` for a wrong field, and if the options do not say that the bulk is marketing.
    pub fn read(bulk: &Json<'_>, options: &Json<'_>) -> Result<Self, SmsError> {
        const MARKETING_ALONE: &str =
            "a handler sends marketing by sendMany: its codes go by /otp/send, notices by the client";
        let options = Fields::new(options, "", "options")?;
        options.only(&["kind", "account"])?;
        let account = options.text("account")?.map(ToOwned::to_owned);
        if options.text("kind")? != Some("marketing") {
            return Err(options.wrong("kind", MARKETING_ALONE));
        }
        let fields = Fields::new(bulk, "", "bulk")?;
        if fields.text("kind")?.is_some_and(|kind| kind != "marketing") {
            return Err(fields.wrong("kind", MARKETING_ALONE));
        }
        let mut bulk = Bulk::of(bulk)?;
        bulk.kind = MessageKind::Marketing;
        Ok(Self { bulk, account })
    }
}

/// A counted text, to be released if it is certainly not sent.
struct Counted {
    to: String,
    key: String,
    reservation: Reservation,
}

/// The reason for which texts are held back, and the time from which they may be sent, in milliseconds since the Unix
/// epoch.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Why {
    code: Code,
    message: &'static str,
    reason: Option<Reason>,
    retry_at: Option<i64>,
}

impl Shared {
    /// Sends a marketing text to those of some recipients to whom it may be sent now. `recipients` has a line for each,
    /// see [`Bulk::recipient`]; `before` is the number of the bulk's recipients before them.
    ///
    /// # Errors
    /// The error of the bulk itself, of which nothing was sent.
    pub(super) async fn send_marketing(
        &self,
        Marketing { bulk, account }: &Marketing,
        recipients: &str,
        before: usize,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<Vec<MarketingOutcome>, SmsError> {
        let account = account.as_deref();
        let entropy = Entropy::new(random_bytes)
            .ok_or_else(|| SmsError::not_sent(Code::Unsupported, "the platform draws no random bytes"))?;
        let tried = self.config.sms.accounts_tried(account)?;
        let mut first_request = before.saturating_mul(tried);
        let reference = bulk.reference.clone().map_or_else(|| entropy.client.reference(), Ok)?;
        let on = |event: &client::sms_event::SmsEvent<'_>| host.emit(&EdgeEvent::Sms { sms: event });
        let (mut rejected, mut counted) = (Vec::new(), Vec::new());
        // Those of one route share requests.
        let mut admitted: Vec<(Vec<usize>, Vec<Recipient>)> = Vec::new();
        let mut held: Vec<(Why, Vec<String>)> = Vec::new();
        for (place, line) in (0..).zip(pieces(recipients, b'\n').filter(|line| !line.is_empty())) {
            let recipient = match bulk.recipient(line) {
                Ok(recipient) => recipient,
                Err(unread) => {
                    rejected.push(unread);
                    continue;
                }
            };
            let order = match account {
                None => self.route(&recipient.to, host).await.map(|(order, _)| order),
                Some(_) => Ok(Vec::new()),
            };
            let order = match order {
                Ok(order) => order,
                Err(error) => {
                    rejected.push((recipient.to.e164(), error));
                    continue;
                }
            };
            let id = entropy.reservation.wrapping_add(place);
            match self.reserve_marketing(&recipient.to, id, bulk.send_at, host).await {
                Ok((key, reservation)) => {
                    counted.push(Counted { to: recipient.to.e164(), key, reservation });
                    match admitted.iter_mut().find(|(known, _)| *known == order) {
                        Some((_, recipients)) => recipients.push(recipient),
                        None => admitted.push((order, vec![recipient])),
                    }
                }
                Err(why) => match held.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, to_all)) => to_all.push(recipient.to.e164()),
                    None => held.push((why, vec![recipient.to.e164()])),
                },
            }
        }
        let mut outcomes = Vec::new();
        for (Why { code, message, reason, retry_at }, to) in held {
            let outcome = self.config.sms.reject(account, to, &reference, SmsError::not_sent(code, message), &on);
            outcomes.push(MarketingOutcome { outcome, reason, retry_at });
        }
        for (to, error) in rejected {
            outcomes.push(self.config.sms.reject(account, vec![to], &reference, error, &on).into());
        }
        let mut sent = Vec::new();
        for (order, recipients) in admitted {
            let part = Part { bulk, account, order: &order, reference: &reference, first_request };
            first_request = first_request.saturating_add(recipients.len().saturating_mul(tried));
            sent.extend(self.config.sms.send_part(&part, recipients, &entropy.client, host, &on).await);
        }
        for outcome in sent {
            let name = ["marketing.", outcome.end.status(), ".", &outcome.account].concat();
            for to in &outcome.to {
                self.counts.add(&name);
                let place = counted.iter().position(|counted| counted.to == *to);
                if let (End::Rejected(_), Some(place)) = (&outcome.end, place) {
                    let Counted { key, reservation, .. } = counted.swap_remove(place);
                    defer(host, &key, &Command::ReleaseMarketing(reservation));
                }
            }
            outcomes.push(outcome.into());
        }
        self.counts.flush(host);
        Ok(outcomes)
    }

    /// Counts a granted text, or returns why it may not be sent.
    async fn reserve_marketing(
        &self,
        phone: &Phone,
        id: u32,
        send_at: Option<i64>,
        host: &impl Host,
    ) -> Result<(String, Reservation), Why> {
        if let Err(rejection) = self.config.check_lists(phone, host).await {
            return Err(never(match rejection {
                SendRejection::Denied => "the number is on the list of those that are never sent to",
                _ => "the number's country is not among those that are sent to",
            }));
        }
        if self.config.fixed_code(phone, host.now()).is_some() {
            return Err(never("a number for tests or reviews is never sent to"));
        }
        let key = Keyring::number_object_name(&self.config.keyring.number_key(phone));
        let command = ReserveMarketing {
            id,
            at: send_at.unwrap_or_else(|| host.now()),
            rules: self.config.limits.marketing.clone(),
            // The handler does not know the time of day abroad.
            hours: if phone.is_mainland() { self.config.marketing_hours } else { Hours::ALL },
            skips_unreachable: self.config.skips_undeliverable,
            shadow: self.config.shadow,
        };
        match apply(host, &key, &Command::ReserveMarketing(command)).await {
            Some(Decision::Marketing(MarketingDecision::Granted { reservation, held })) => {
                if let Some(held) = held {
                    self.emit_held(*phone, held, true, host);
                }
                Ok((key, reservation))
            }
            Some(Decision::Marketing(MarketingDecision::Held(held))) => {
                self.emit_held(*phone, held, false, host);
                Err(why(held))
            }
            _ => {
                host.emit(&EdgeEvent::StoreFailed);
                Err(Why {
                    code: Code::Network,
                    message: "the store failed: nothing was sent, and the text may have been counted",
                    reason: None,
                    retry_at: Some(host.now() + STORE_RETRY_MS),
                })
            }
        }
    }

    fn emit_held(&self, phone: Phone, held: Held, shadow: bool, host: &impl Host) {
        let reason = Reason::numbered(held.reason).map(Reason::as_str);
        self.counts.add(["marketing.held.", reason.unwrap_or_default()].concat().as_str());
        host.emit(&EdgeEvent::Rejected { phone: &phone, by: "marketing", until: held.until, reason, shadow });
    }
}

/// The handler's configuration excludes the number for good.
const fn never(message: &'static str) -> Why {
    Why { code: Code::Number, message, reason: None, retry_at: None }
}

fn why(held: Held) -> Why {
    let reason = Reason::numbered(held.reason).unwrap_or(Reason::Unknown);
    let (code, message) = match reason {
        Reason::OptedOut => (Code::Number, "this number opted out of marketing"),
        Reason::TooFrequent => (Code::Throttled, "the number got as many marketing texts as limits.marketing allows"),
        Reason::Hours => (Code::Throttled, "marketing goes in marketingHours alone, by Beijing time"),
        _ => (Code::Number, "the last text to this number failed for a reason that lasts"),
    };
    Why { code, message, reason: Some(reason), retry_at: held.until }
}

/// Reads `marketingHours`: `{from, to}`, whole hours of Beijing's day.
///
/// # Errors
/// `invalid_argument` naming the field.
pub(super) fn read_hours(fields: &Fields<'_>) -> Result<Hours, SmsError> {
    let Some(value) = fields.value("marketingHours") else { return Ok(MARKETING) };
    let hours = Fields::new(value, "marketingHours", "marketingHours")?;
    hours.only(&["from", "to"])?;
    let hour = |name: &str, from: i64, to: i64| {
        let hour = hours.whole(name, from, to)?.and_then(|hour| u8::try_from(hour).ok());
        hour.ok_or_else(|| hours.wrong(name, [name, " is missing"].concat()))
    };
    let read = Hours { from: hour("from", 0, 23)?, to: hour("to", 1, 24)? };
    if read.from < read.to { Ok(read) } else { Err(hours.wrong("to", "marketing begins before it ends")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options;

    #[test]
    fn marketing_hours_are_an_ascending_range() {
        let read = |json: &str| {
            let json = options::parse(json, "options").unwrap();
            read_hours(&Fields::new(&json, "", "options").unwrap())
        };
        assert_eq!(read("{}").unwrap(), Hours { from: 8, to: 20 });
        assert_eq!(read(r#"{"marketingHours":{"from":0,"to":24}}"#).unwrap(), Hours::ALL);
        for (json, field) in [
            (r#"{"marketingHours":[8,20]}"#, "marketingHours"),
            (r#"{"marketingHours":{"from":8}}"#, "marketingHours.to"),
            (r#"{"marketingHours":{"to":20}}"#, "marketingHours.from"),
            (r#"{"marketingHours":{"from":20,"to":8}}"#, "marketingHours.to"),
            (r#"{"marketingHours":{"from":8,"to":8}}"#, "marketingHours.to"),
            (r#"{"marketingHours":{"from":8,"to":25}}"#, "marketingHours.to"),
            (r#"{"marketingHours":{"from":8.5,"to":20}}"#, "marketingHours.from"),
            (r#"{"marketingHours":{"from":8,"until":20}}"#, "marketingHours.until"),
        ] {
            assert_eq!(read(json).expect_err(json).field.as_deref(), Some(field), "{json}");
        }
    }
}
