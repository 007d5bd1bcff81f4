//! Sends a code: reserves the limits, one atomic step for each key, then sends the text and records its outcome.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::client::Account;
use crate::edge::caller::Caller;
use crate::edge::captcha::Shown;
use crate::edge::codes::Codes;
use crate::edge::config::FixedCode;
use crate::edge::edge_event::EdgeEvent;
use crate::edge::entropy::Entropy;
use crate::edge::host::{Host, apply, defer};
use crate::edge::limit_memory::rejection_key;
use crate::edge::metrics::duration_counts;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::reserve::{CounterLimit, LimitStep, Reserved};
use crate::edge::review_numbers::ReviewNumber;
use crate::edge::routing::routing_carrier;
use crate::edge::send_request::{GrantedSend, SendRejection, SendRequest, SentCode, store_failed};
use crate::edge::short_hash::hash;
use crate::error::{Code, SmsError};
use crate::guard::challenge_source::{ChallengeSource, Resend};
use crate::guard::counter::ReserveSlot;
use crate::guard::ledger::Command;
use crate::guard::number_work::Evidence;
use crate::guard::record_outcome::RecordOutcome;
use crate::guard::reserve_send::ReserveSend;
use crate::message::Message;
use crate::otp::challenge::{ChallengeId, CodeKind, Delivery, NewChallenge};
use crate::otp::code;
use crate::otp::device;
use crate::otp::keyring::{Keyring, NumberKey};
use crate::otp::text_status::Submission;
use crate::outcome::End;
use crate::phone::Phone;
use crate::receipts::delivery_stats::DeliveryCounts;
use crate::reference::Reference;

/// The accounts of a send.
struct AccountOrder {
    /// The accounts of the number's route in the order to try, as indices; or why the number has none.
    accounts: Result<Vec<usize>, SmsError>,
    /// Whether the text counts for the order of accounts.
    counts: bool,
}

impl Codes {
    /// Sends a code. Releases the counts of a send that fails.
    ///
    /// # Errors
    /// The reason why nothing was sent.
    pub(super) async fn send(
        &self,
        send_request: &SendRequest<'_>,
        caller: &Caller,
        entropy: &Entropy,
        host: &impl Host,
    ) -> Result<SentCode, SendRejection> {
        let mut reserved = Reserved::default();
        let mut sent = self.send_reserving(send_request, caller, entropy, host, &mut reserved).await;
        if let Err(rejection) = &mut sent {
            self.limits.release(reserved, rejection, host).await;
            self.counts.add(rejection.name());
        }
        sent
    }

    async fn send_reserving(
        &self,
        send_request: &SendRequest<'_>,
        caller: &Caller,
        entropy: &Entropy,
        host: &impl Host,
        reserved: &mut Reserved,
    ) -> Result<SentCode, SendRejection> {
        self.config.check_lists(&send_request.phone, host).await?;
        let number = self.config.keyring.number_key(&send_request.phone);
        if let Some(wait) =
            self.limits.memory.vendor_rejection_wait(&number, host.now()).filter(|_| !self.config.shadow)
        {
            self.limits.emit_rejection(send_request, "number", Some(host.now() + wait), false, host);
            return Err(SendRejection::NumberLimit(wait));
        }
        // The route may call a user's function, so it is found once, before anything is reserved.
        let accounts = self.route(&send_request.phone, host).await.map(|(accounts, _)| accounts);
        let source = self.challenge_of(send_request, &number, entropy, host.now())?;
        let is_fixed = source.new.code_kind.is_fixed();
        let key = Keyring::number_object_name(&number);
        let by_device = send_request
            .device
            .is_some_and(|device| device::is_known(&self.config.keyring, &number, device, host.now()));
        let counters = self.limits.counters(send_request, caller, host.now());
        let mut send_command = ReserveSend {
            id: entropy.reservation,
            rules: self.config.limits.number.clone(),
            trusted: by_device,
            captcha_available: false,
            by_work: self.config.captcha.by_work(),
            work: None,
            shadow: self.config.shadow,
            dry_run: false,
            source: source.clone(),
            expected: None,
        };
        let mut shown = Shown::Nothing;
        if self.takes_captcha(send_request, caller, by_device) {
            shown = if let Some(shown) = self.check_work(send_request, &number, host) {
                shown?
            } else {
                if !is_fixed {
                    self.check_accounts(send_request, &accounts, entropy, host)?;
                }
                self.look_before_captcha(send_request, &counters, &key, send_command.clone(), host).await?;
                let keys = counters.iter().map(|counter| counter.key.as_str()).chain([key.as_str()]);
                self.check_captcha(send_request, caller, &keys.collect::<Vec<_>>(), entropy, host).await?
            };
            send_command.trusted |= matches!(shown, Shown::Solved | Shown::Unchecked);
        }
        if let Shown::Work(work) = shown {
            send_command.work = Some(work);
        }
        let worked = send_command.work.is_some();
        send_command.captcha_available = self.captcha_available(send_command.trusted || worked, caller);
        let ReserveSend { captcha_available, by_work, .. } = send_command;
        self.limits.check_rejection_cache(send_request, &rejection_key(&key, &send_command), host)?;
        if send_request.deadline.is_some_and(|until| host.now() >= until) {
            // A user's function took so long that another process may have taken over the request.
            return Err(store_failed(STORE_RETRY_MS, host));
        }
        let is_busy = caller.address().is_some_and(|address| self.access.is_busy(address, host.now()));
        reserved.is_hot = is_busy || self.limits.is_hot(&counters, host.now());
        reserved.evidence = match () {
            () if send_command.trusted || caller.is_back_end() => Evidence::Trusted,
            () if worked => Evidence::Work,
            () => Evidence::Nothing,
        };
        reserved.captcha_available = captcha_available;
        let (evidence, counters_are_hot) = (reserved.evidence, reserved.is_hot);
        let shares = self.limits.check_shares(send_request, reserved, host)?;
        let (id, shadow) = (entropy.reservation, self.config.shadow);
        let slot_command =
            ReserveSlot { id, rules: Vec::new(), captcha_available, by_work, evidence, shadow, adaptive: None };
        let counters = counter_steps(counters, &slot_command);
        // A prefix that seems used up comes before an address that does not, so that its rejection costs the address nothing.
        let shares_are_first = reserved.is_hot && !counters_are_hot;
        let (mut steps, then) = if shares_are_first { (shares, counters) } else { (counters, shares) };
        steps.extend(then);
        let counts = by_device || shown == Shown::Solved || caller.is_back_end();
        let in_order = |order| self.routing.account_order(order, send_request.phone, counts, entropy.reservation);
        let accounts = AccountOrder { accounts: accounts.map(in_order), counts };
        let expected = if is_fixed { None } else { self.expected_submission(send_request, &accounts) };
        send_command.expected = expected;
        // A captcha or a token stands for somebody who knows the number, and so does work, which the number's own rules bound.
        let heeds = self.config.skips_undeliverable && evidence == Evidence::Nothing && !self.config.shadow;
        let command = if heeds { Command::ReserveReachable(send_command) } else { Command::ReserveSend(send_command) };
        steps.push(LimitStep { by: "number", key: key.clone(), command, credited: None });
        let granted = self.limits.reserve(send_request, &source, steps, host, reserved).await?;
        self.limits.count_share(send_request.phone, host.now());
        let (delivered, submission) = self.deliver(send_request, &granted, &number, &accounts, entropy, host).await;
        let delivery = match delivered {
            Ok(delivery) => delivery,
            Err(code) => {
                self.limits.uncount_share(send_request.phone, host.now());
                self.limits.memory.count_vendor_rejection(&number, host.now());
                return Err(SendRejection::NotSent { code, released: true });
            }
        };
        let GrantedSend { challenge, reservation } = &granted;
        let outcome = RecordOutcome { challenge: challenge.id, reservation: *reservation, delivery, submission };
        if let Err(rejection) = self.record_outcome(&key, outcome, expected, host).await {
            reserved.releases.clear();
            return Err(rejection);
        }
        Ok(SentCode {
            challenge: self.config.keyring.write_challenge(challenge.id, &number),
            expires_in_ms: granted.left_ms(),
        })
    }

    /// The account that tries the text first, if its acceptance is not to be recorded: the requester gets the challenge
    /// only after the vendor accepted the text. `None` for a text whose outcome is always recorded: of a request with an
    /// idempotency key, which may be repeated without its answer; of a back end, whose text supersedes earlier ones; of a
    /// text that is sent again; and of a vendor whose reports name the text by its id alone.
    fn expected_submission(&self, send_request: &SendRequest<'_>, order: &AccountOrder) -> Option<Submission> {
        let SendRequest { phone, resend, owner, deadline, .. } = send_request;
        if resend.is_some() || owner.is_some() || deadline.is_some() {
            return None;
        }
        let first = *order.accounts.as_ref().ok()?.first()?;
        let account = self.config.sms.accounts().1.get(first).filter(|account| !account.spec().reports_by_id)?;
        Some(Submission {
            account: hash(account.name()),
            id: None,
            routing_carrier: routing_carrier(*phone, order.counts && self.config.is_adaptive),
        })
    }

    /// Records the outcome of a text that may have been sent; nothing if the expected account accepted it. An outcome
    /// that is not expected is recorded before the requester gets the challenge.
    async fn record_outcome(
        &self,
        key: &str,
        outcome: RecordOutcome,
        expected: Option<Submission>,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let is_accepted = outcome.delivery == Delivery::Accepted;
        let submission = outcome.submission.map(|(_, submission)| Submission { id: None, ..submission });
        let command = Command::RecordOutcome(outcome);
        match expected {
            None => defer(host, key, &command),
            Some(_) if is_accepted && submission == expected => {}
            Some(_) => {
                // An accepted text may lose its account here: its report then matches no text, and is kept.
                if apply(host, key, &command).await.is_none() && !is_accepted {
                    host.emit(&EdgeEvent::StoreFailed);
                    return Err(SendRejection::Unrecorded(self.limits.counted_ms()));
                }
            }
        }
        Ok(())
    }

    fn challenge_of(
        &self,
        send_request: &SendRequest<'_>,
        number: &NumberKey,
        entropy: &Entropy,
        now: i64,
    ) -> Result<ChallengeSource, SendRejection> {
        let keyring = &self.config.keyring;
        let again = match send_request.resend.map(|again| keyring.read_challenge(again)) {
            None => None,
            Some(Some((id, source))) if source == *number => Some(id),
            Some(_) => return Err(SendRejection::ChallengeClosed),
        };
        let mut ttl_ms = self.config.code.ttl_ms;
        let code_kind = match self.config.fixed_code(&send_request.phone, now) {
            None => None,
            Some(fixed) => keyring.code_key(keyring.current_pepper(), number).map(|key| match fixed {
                FixedCode::Test(chosen) => CodeKind::Test(code::mark(&key, &entropy.nonce, chosen)),
                FixedCode::Review(ReviewNumber { code: chosen, ends_at, .. }) => {
                    ttl_ms = ttl_ms.min(ends_at - now);
                    CodeKind::Review(code::mark(&key, &entropy.nonce, chosen.expose()))
                }
            }),
        };
        let new = NewChallenge {
            id: again
                .map_or(ChallengeId(entropy.challenge), |id| keyring.replacement_challenge(id, entropy.reservation)),
            nonce: entropy.nonce,
            pepper: keyring.current_pepper(),
            purpose: send_request.purpose.to_owned(),
            sealed_number: keyring.seal(&send_request.phone, &entropy.nonce),
            length: self.config.code.length,
            code_kind: code_kind.unwrap_or_default(),
            owner: send_request.owner,
            caller_nonce: send_request.caller_nonce.map(ToOwned::to_owned),
            ttl_ms,
            tries: self.config.code.tries,
        };
        let min_left_ms = send_request.text.min_left_ms(self.config.code.ttl_ms);
        Ok(ChallengeSource { new, resend: again.map(|id| Resend { id, min_left_ms }) })
    }

    /// Rejects a send that no account can take, to this country, for example, before a person solves a captcha for it.
    fn check_accounts(
        &self,
        send_request: &SendRequest<'_>,
        accounts: &Result<Vec<usize>, SmsError>,
        entropy: &Entropy,
        host: &impl Host,
    ) -> Result<(), SendRejection> {
        let message = send_request.message(&"0".repeat(self.config.code.length.into()), self.config.code.ttl_ms);
        let checked = accounts.as_ref().map_err(Clone::clone);
        checked.and_then(|accounts| self.config.sms.check(&message, accounts, &entropy.client)).map_err(|error| {
            self.emit_send(send_request.phone, send_request.purpose, "rejected", error.account.as_deref(), host);
            SendRejection::NotSent { code: error.code, released: true }
        })
    }

    /// Sends the text. Returns its outcome, or the error if it was certainly not sent; and the account that it was
    /// handed to. A number with a fixed code gets no text, which its answer does not reveal; nor does the time of the
    /// answer, for a review number.
    async fn deliver(
        &self,
        send_request: &SendRequest<'_>,
        granted: &GrantedSend,
        number: &NumberKey,
        order: &AccountOrder,
        entropy: &Entropy,
        host: &impl Host,
    ) -> (Result<Delivery, Code>, Option<(u8, Submission)>) {
        let challenge = &granted.challenge;
        let emit = |status: &str, account: Option<&str>| {
            self.emit_send(send_request.phone, &challenge.purpose, status, account, host);
        };
        if challenge.code_kind.is_fixed() {
            let is_review = challenge.code_kind.is_review();
            emit(if is_review { "review" } else { "test" }, None);
            if is_review {
                host.wait(self.send_time.like_a_text(entropy.reservation)).await;
            }
            return (Ok(Delivery::Accepted), None);
        }
        let Some(key) = self.config.keyring.code_key(challenge.pepper, number) else {
            // The pepper of the challenge was just removed, so nobody can check its code.
            emit("rejected", None);
            return (Err(Code::InvalidArgument), None);
        };
        let id = challenge.last_text();
        let reference = self.config.keyring.write_reference(&id, number);
        let message = Message {
            reference: Reference::parse(&reference).ok(),
            ..send_request.message(&challenge.code(&key), granted.left_ms())
        };
        let on = |event: &crate::client::sms_event::SmsEvent<'_>| host.emit(&EdgeEvent::Sms { sms: event });
        let callback_url = |account: &Account| self.callback_url(account, &reference);
        let sms = &self.config.sms;
        let accounts = match &order.accounts {
            Ok(accounts) => accounts,
            Err(error) => {
                emit("rejected", None);
                return (Err(error.code), None);
            }
        };
        let begun = host.now();
        let outcome = sms.send_in_order(&message, accounts, &callback_url, &entropy.client, host, &on).await;
        self.note_duration(&outcome.account, (host.now() - begun).max(0));
        emit(outcome.end.status(), Some(&outcome.account));
        let (delivered, named) = match outcome.end {
            End::Accepted { id, .. } | End::Partial { id, .. } => (Ok(Delivery::Accepted), id),
            End::Unknown(_) => (Ok(Delivery::Unknown), None),
            End::Rejected(error) => return (Err(error.code), None),
        };
        let submission = Submission {
            account: hash(&outcome.account),
            id: named.map(|id| hash(&id)),
            routing_carrier: routing_carrier(send_request.phone, order.counts && self.config.is_adaptive),
        };
        if let Some(carrier) = submission.routing_carrier {
            self.routing.count_delivery(
                submission.account,
                carrier,
                DeliveryCounts { sent: 1, ..DeliveryCounts::default() },
            );
        }
        (delivered, Some((id.index, submission)))
    }

    fn note_duration(&self, account: &str, took_ms: i64) {
        self.send_time.note(took_ms);
        let (bucket, sum) = duration_counts(account, took_ms);
        self.counts.add(&bucket);
        self.counts.add_many(&sum, u32::try_from(took_ms).unwrap_or(u32::MAX));
    }

    fn emit_send(&self, phone: Phone, purpose: &str, status: &str, account: Option<&str>, host: &impl Host) {
        self.counts.add(["sent.", status, ".", account.unwrap_or_default()].concat().trim_end_matches('.'));
        host.emit(&EdgeEvent::Send { phone: &phone, purpose, status, account });
    }

    /// The URL for the report of one text, if its vendor accepts one with each text.
    fn callback_url(&self, account: &Account, reference: &str) -> Option<Rc<str>> {
        let public_url = self.config.public_url.as_deref().filter(|_| account.spec().callback_with_text)?;
        let path = self.config.hook_keys.path_of_text(account.name(), reference)?;
        Some([public_url, &path].concat().into())
    }
}

/// The step of each counter.
fn counter_steps(counters: Vec<CounterLimit>, command: &ReserveSlot) -> Vec<LimitStep> {
    let step = |CounterLimit { by, key, rules, adaptive, credited }| LimitStep {
        by,
        key,
        command: Command::ReserveSlot(ReserveSlot { rules, adaptive, ..command.clone() }),
        credited,
    };
    counters.into_iter().map(step).collect()
}
