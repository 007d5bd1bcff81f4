//! `/otp/send`, `/otp/verify` and `/otp/status`: the handler's own API, for pages and back ends.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::digits::typed_code;
use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::config::{TEST_AUDIENCE, is_code, is_purpose};
use crate::edge::draws::Draws;
use crate::edge::handler::{Handler, draws, store_failed};
use crate::edge::host::{Host, apply, later};
use crate::edge::idempotency_key;
use crate::edge::reply::{Problem, Reply};
use crate::edge::request::{Body, Request};
use crate::edge::send::{Refusal, Sent, Wanted};
use crate::edge::verify::Unverified;
use crate::guard::delivery::{Fate, FateOf};
use crate::guard::idempotency::{self, Answer, Begin, Begun};
use crate::guard::ledger::{Command, Decision};
use crate::options::Fields;
use crate::otp::challenge::{ChallengeId, Delivery, Standing};
use crate::otp::keyring::Keyring;
use crate::otp::{device, proof};
use crate::phone::Phone;
use crate::reason::Reason;
use crate::wire::json::Json;
use crate::wire::json_writer::Object;

impl Handler {
    pub(super) async fn otp_send(&self, request: &Request, drawn: &[u8], host: &impl Host) -> Result<Reply, Problem> {
        let caller = self.caller(request, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        let caller = with_client_ip(&fields, caller)?;
        let mut wanted = self.read_send(&fields)?;
        let random = draws(drawn)?;
        let Some(key) = self.idempotency_object(request, &caller)? else {
            return self.send_and_tell(&wanted, &caller, &random, host).await.map(|body| Reply::json(202, body));
        };
        // A little less than others wait: no two clocks are the same.
        wanted.until = Some(host.now().saturating_add(idempotency::WORKED_AT_MS - 10_000));
        let before = self.answered_before(&key, request, &wanted, &random, host).await;
        if before.as_ref().is_err_and(|problem| problem.status == 503) {
            // It may have begun, and nothing will come of it.
            later(host, &key, &Command::Withdraw(random.reservation));
        }
        if let Some(answer) = before? {
            return Ok(Reply::json(202, answer));
        }
        let answered = self.send_and_tell(&wanted, &caller, &random, host).await;
        if answered.is_err() {
            // Whoever is told so may try again at once under the same key, with a captcha, say: it must be free by then.
            let _ = apply(host, &key, &Command::Withdraw(random.reservation)).await;
        }
        answered.map(|body| Reply::json(202, body))
    }

    /// What a request was answered under its idempotency key; nothing where it is to be answered now.
    async fn answered_before(
        &self,
        key: &str,
        request: &Request,
        wanted: &Wanted<'_>,
        random: &Draws,
        host: &impl Host,
    ) -> Result<Option<String>, Problem> {
        let body = if let Body::Whole(body) = &request.body { body.as_slice() } else { &[] };
        let mut begin = Begin {
            fingerprint: self.config.keyring.fingerprint(body),
            answer: self.told(self.foreseen(wanted, random)),
            send: random.reservation,
            instead_of: None,
        };
        loop {
            let (answer, send, since, lately) = match apply(host, key, &Command::Begin(begin.clone())).await {
                Some(Decision::Begun(Begun::New)) => return Ok(None),
                Some(Decision::Begun(Begun::Another)) => {
                    let title = "The Idempotency-Key belongs to another request";
                    return Err(Problem::new(422, "idempotency-key-reused", title));
                }
                Some(Decision::Begun(Begun::Again { answer, send, begun: since, lately })) => {
                    (answer, send, since, lately)
                }
                _ => return Err(store_failed()),
            };
            let again = wanted.again.is_some();
            let (challenge, fate) = self.fate_of(&answer.challenge, send, since, wanted, host).await?;
            let left = match fate {
                Fate::Left(left) => Some(left),
                Fate::UnderWay(left) if !lately => Some(left),
                Fate::Forgotten if !lately => Some(None),
                // Whether the text of a challenge was sent once more, nobody can say after a while.
                Fate::Absent if again && !lately => Some(None),
                _ => None,
            };
            if let Some(left) = left {
                // What was left of its code's time when a text was sent again was not foreseen.
                let expires_in = left.filter(|_| again).map_or(answer.expires_in, seconds);
                return Ok(Some(written(&Answer { challenge, expires_in, ..answer })));
            }
            let is_over = fate == Fate::TakenBack || (fate == Fate::Absent && !lately);
            // Another may have taken its place, but only one does.
            if begin.instead_of.is_some() || !is_over {
                return Err(in_progress());
            }
            begin.instead_of = Some(send);
        }
    }

    /// What became of an earlier send under the same key, and the challenge that it was of.
    async fn fate_of(
        &self,
        challenge: &str,
        send: u32,
        since: i64,
        wanted: &Wanted<'_>,
        host: &impl Host,
    ) -> Result<(String, Fate), Problem> {
        let keyring = &self.config.keyring;
        let (id, number) = match keyring.read_challenge(challenge) {
            // None of ours, or of a pepper that is gone.
            None => return Ok((challenge.to_owned(), Fate::Forgotten)),
            // No text is sent to a number for another's challenge.
            Some((_, number)) if number != keyring.number_key(&wanted.phone) => {
                return Ok((challenge.to_owned(), Fate::TakenBack));
            }
            Some(known) => known,
        };
        let ask = async |challenge, again| {
            let of = Command::Fate(FateOf { challenge, send, again, begun: since });
            match apply(host, &Keyring::number_object(&number), &of).await {
                Some(Decision::Fate(fate)) => Ok(fate),
                _ => Err(store_failed()),
            }
        };
        if wanted.again.is_some() {
            // Where too little of its time was left, it was of a fresh one.
            let fresh = keyring.fresh(id, send);
            let fate = ask(fresh, false).await?;
            if !matches!(fate, Fate::Absent | Fate::Forgotten) {
                return Ok((keyring.write_challenge(fresh, &number), fate));
            }
        }
        Ok((challenge.to_owned(), ask(id, wanted.again.is_some()).await?))
    }

    async fn send_and_tell(
        &self,
        wanted: &Wanted<'_>,
        caller: &Caller,
        draws: &Draws,
        host: &impl Host,
    ) -> Result<String, Problem> {
        match self.send(wanted, caller, draws, host).await {
            Ok(sent) => Ok(written(&self.told(sent))),
            Err(refusal) => Err(problem(&refusal, self.counted_ms())),
        }
    }

    fn read_send<'a>(&'a self, fields: &Fields<'a>) -> Result<Wanted<'a>, Problem> {
        fields.only(&["phone", "purpose", "locale", "captcha", "challenge", "nonce", "device", "clientIp"])?;
        let purpose = match bounded(fields, "purpose", 32)? {
            None => self.config.purpose(),
            Some(purpose) if is_purpose(purpose) && self.config.has_purpose(purpose) => purpose,
            Some(_) => return Err(Problem::malformed("purpose", "purpose is none of those configured")),
        };
        let text = self.config.texts.of(bounded(fields, "locale", 35)?);
        Ok(Wanted {
            phone: phone(fields, "phone")?,
            purpose,
            text: self.config.texts.draft(text),
            template_id: text.template_id.clone(),
            again: bounded(fields, "challenge", 64)?,
            caller_nonce: bounded(fields, "nonce", 128)?,
            captcha: bounded(fields, "captcha", 4096)?,
            device: bounded(fields, "device", 64)?,
            owner: None,
            until: None,
        })
    }

    fn told(&self, sent: Sent) -> Answer {
        let resend_in = self.config.limits.cooldown_seconds;
        Answer { challenge: sent.challenge, expires_in: seconds(sent.expires_in_ms), resend_in }
    }

    /// What is answered if all goes well, but for how long the code of a text that is sent again is still good.
    fn foreseen(&self, wanted: &Wanted<'_>, draws: &Draws) -> Sent {
        let keyring = &self.config.keyring;
        let challenge = match wanted.again {
            None => keyring.write_challenge(ChallengeId(draws.challenge), &keyring.number_key(&wanted.phone)),
            // As it is answered: by the pepper that makes challenges now.
            Some(again) => keyring
                .read_challenge(again)
                .map_or_else(|| again.to_owned(), |(id, number)| keyring.write_challenge(id, &number)),
        };
        Sent { challenge, expires_in_ms: self.config.code.ttl_ms }
    }

    fn idempotency_object(&self, request: &Request, caller: &Caller) -> Result<Option<String>, Problem> {
        let Some(header) = &request.idempotency_key else { return Ok(None) };
        let key = idempotency_key::read(header)?;
        // A back end's keys are its own, whomever it stands before.
        let scope = match (caller.token(), caller.address()) {
            (Some(token), _) => Vec::from(token.to_be_bytes()),
            (None, Some(address)) => address.bytes().to_vec(),
            (None, None) => Vec::new(),
        };
        Ok(Some(self.config.keyring.object("i", &[&scope, key.as_bytes()])))
    }

    pub(super) async fn otp_verify(&self, request: &Request, drawn: &[u8], host: &impl Host) -> Result<Reply, Problem> {
        self.caller(request, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["challenge", "code"])?;
        let challenge = required(&fields, "challenge", 64)?;
        let length = self.config.code.length;
        let code = typed_code(text_typed(&fields, "code")?).filter(|code| is_code(code, length));
        let code = code.ok_or_else(|| Problem::malformed("code", format!("a code is {length} digits")))?;
        let random = draws(drawn)?;
        let verified = self.verify(challenge, &code, None, host).await.map_err(|unverified| match unverified {
            Unverified::Wrong(_) | Unverified::Closed(_) | Unverified::Unknown => {
                Problem::new(422, "not-verified", "The code is wrong, or no longer good")
            }
            Unverified::Refused(wait) => Problem::too_many(wait),
            Unverified::Store => store_failed(),
        })?;
        let now = host.now();
        let is_test = verified.challenge.chosen.is_some();
        let claims = proof::Claims {
            issuer: &self.config.issuer,
            audience: if is_test { TEST_AUDIENCE } else { &self.config.audience },
            phone: &verified.phone,
            purpose: &verified.challenge.purpose,
            caller_nonce: verified.challenge.caller_nonce.as_deref(),
            id: random.proof,
            issued_at: now.div_euclid(1000),
            ttl_seconds: self.config.proof_ttl_seconds,
        };
        let proof = proof::sign(&claims.to_json(), self.config.proof_key.expose(), &self.config.key_id);
        let mut json = Object::new();
        json.flag("verified", true);
        json.text("proof", &proof);
        json.text("device", &device::write(&self.config.keyring, &verified.number, now));
        Ok(Reply::json(200, json.finish()))
    }

    pub(super) async fn otp_status(
        &self,
        challenge: &str,
        request: &Request,
        host: &impl Host,
    ) -> Result<Reply, Problem> {
        let caller = self.caller(request, host)?;
        let unknown = || Problem::new(404, "unknown-challenge", "There is no such challenge");
        let (id, number) = self.config.keyring.read_challenge(challenge).ok_or_else(unknown)?;
        let Some(Decision::Status(known)) = apply(host, &Keyring::number_object(&number), &Command::Status(id)).await
        else {
            return Err(store_failed());
        };
        let known = known.filter(|known| known.owner.is_none()).ok_or_else(unknown)?;
        let mut json = Object::new();
        json.text("status", standing(known.standing));
        let left = if known.standing == Standing::Open { (known.expires_at - host.now()).max(0) } else { 0 };
        json.number("expiresIn", seconds(left));
        json.text("delivery", delivery(known.delivery));
        if known.delivery == Delivery::Failed && caller.is_back_end() {
            // A stranger is not told what a carrier says of a number.
            let failure = apply(host, &Keyring::number_object(&number), &Command::Failure(id)).await;
            if let Some(Decision::Failure(Some(reason))) = failure {
                json.text_if("reason", Reason::numbered(reason).map(Reason::as_str));
            }
        }
        Ok(Reply::json(200, json.finish()))
    }
}

/// Why nothing was sent, as it is told.
fn problem(refusal: &Refusal, counted_ms: i64) -> Problem {
    match refusal {
        Refusal::Number(wait) | Refusal::Busy(wait) => Problem::too_many(*wait),
        Refusal::CaptchaNeeded => Problem::new(403, "captcha-required", "A solved captcha is needed").field("captcha"),
        Refusal::CaptchaWrong => Problem::new(403, "captcha-failed", "The captcha was not solved").field("captcha"),
        Refusal::CaptchaUnknown => {
            Problem::new(503, "captcha-unavailable", "The captcha cannot be checked at the moment")
        }
        Refusal::Country | Refusal::Denied => {
            Problem::new(403, "number-not-allowed", "No text is sent to this number").field("phone")
        }
        Refusal::Gone => {
            Problem::new(422, "challenge-closed", "The challenge is not open for this number").field("challenge")
        }
        // Whatever a vendor said of a number is not told to whoever asks.
        Refusal::NotSent { taken_back, .. } => {
            let problem = Problem::new(503, "not-sent", "No text was sent: try again later");
            if *taken_back {
                problem.detail("none was counted")
            } else {
                problem.detail(MAY_COUNT).retry_after(counted_ms)
            }
        }
        Refusal::Store(wait) => store_failed().detail(MAY_COUNT).retry_after(*wait),
    }
}

/// What is certain where a step that counts failed.
const MAY_COUNT: &str = "no text was sent, and the request may count against the limits";

fn in_progress() -> Problem {
    Problem::new(409, "in-progress", "A request with this Idempotency-Key is being answered").retry_after(1000)
}

/// How a challenge stands, as it is told.
pub(super) const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Used => "verified",
        Standing::Expired => "expired",
        Standing::Spent => "spent",
        Standing::Superseded => "superseded",
    }
}

fn written(answer: &Answer) -> String {
    let mut json = Object::new();
    json.text("challenge", &answer.challenge);
    json.number("expiresIn", answer.expires_in);
    json.number("resendIn", answer.resend_in);
    json.finish()
}

/// In whole seconds: never more than there are.
const fn seconds(milliseconds: i64) -> i64 {
    milliseconds / 1000
}

/// What became of a text, as it is told.
pub(super) const fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pending => "pending",
        Delivery::Unknown => "unknown",
        Delivery::Accepted => "accepted",
        Delivery::Rejected => "rejected",
        Delivery::Failed => "failed",
        Delivery::Delivered => "delivered",
    }
}

/// A back end names the address of the person before it; nobody else may.
fn with_client_ip(fields: &Fields<'_>, caller: Caller) -> Result<Caller, Problem> {
    let Some(written) = bounded(fields, "clientIp", 64)? else { return Ok(caller) };
    let Some(token) = caller.token() else {
        return Err(Problem::malformed("clientIp", "only a back end with a token names the address of a person"));
    };
    let address = Address::parse(written);
    let address = address.ok_or_else(|| Problem::malformed("clientIp", "clientIp is not an IP address"))?;
    Ok(Caller::back_end(token, Some((written, address))))
}

/// A number that a text can go to.
pub(super) fn phone(fields: &Fields<'_>, name: &str) -> Result<Phone, Problem> {
    Phone::parse(text_typed(fields, name)?).map_err(|error| Problem::malformed(name, error.message.as_str()))
}

/// A text of a bounded length, without control characters.
pub(super) fn bounded<'a>(fields: &Fields<'a>, name: &str, longest: usize) -> Result<Option<&'a str>, Problem> {
    let Some(text) = fields.value(name).map(Json::string) else { return Ok(None) };
    let Some(text) = text else { return Err(Problem::malformed(name, format!("{name} is not a string"))) };
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(Problem::malformed(
            name,
            format!("{name} is longer than {longest} characters, or holds control characters"),
        ));
    }
    Ok(Some(text))
}

/// What a person typed or pasted: present, at most 64 characters, with whatever came along with it.
fn text_typed<'a>(fields: &Fields<'a>, name: &str) -> Result<&'a str, Problem> {
    const MAX_CHARACTERS: usize = 64;
    let malformed = |message: &str| Problem::malformed(name, [name, message].concat());
    match fields.value(name).map(Json::string) {
        Some(Some(text)) if text.chars().count() > MAX_CHARACTERS => Err(malformed(" is longer than 64 characters")),
        Some(Some("")) | None => Err(malformed(" is missing")),
        Some(Some(text)) => Ok(text),
        Some(None) => Err(malformed(" is not a string")),
    }
}

/// [`bounded`], and there.
pub(super) fn required<'a>(fields: &Fields<'a>, name: &str, longest: usize) -> Result<&'a str, Problem> {
    let text = bounded(fields, name, longest)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| Problem::malformed(name, format!("{name} is missing")))
}
