//! `/otp/send`, `/otp/verify` and `/otp/status`: the handler's own API, for pages and back ends.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::digits::typed_code;
use crate::edge::access_options::is_code;
use crate::edge::address::Address;
use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::config::{TEST_AUDIENCE, is_purpose};
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::{Body, HandlerRequest};
use crate::edge::host::{Host, apply};
use crate::edge::idempotency_key;
use crate::edge::problems::{read_entropy, store_failed};
use crate::edge::scope::Scope;
use crate::edge::send_by_key::{Repeats, SendByKey, seconds};
use crate::edge::send_request::SendRequest;
use crate::edge::verify::Unverified;
use crate::guard::idempotency::SendResponse;
use crate::guard::ledger::{Command, Decision};
use crate::options::Fields;
use crate::otp::challenge::{ChallengeState, CodeKind, Delivery};
use crate::otp::keyring::Keyring;
use crate::otp::{device, proof};
use crate::phone::Phone;
use crate::reason::Reason;
use crate::wire::json::Json;
use crate::wire::json_writer::Object;

impl Codes {
    pub(super) async fn otp_send(
        &self,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, Problem> {
        let caller = self.access.caller(request, Scope::Otp, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        let caller = with_client_ip(&fields, caller)?;
        let send_request = self.read_send(&fields)?;
        let random = read_entropy(random_bytes)?;
        let Some(key) = self.idempotency_object(request, &caller)? else {
            let response = self.send_and_respond(&send_request, &caller, &random, host).await?;
            return Ok(HandlerReply::json(202, written(&response)));
        };
        let body = if let Body::Whole(body) = &request.body { body.as_slice() } else { &[] };
        let fingerprint = self.config.keyring.fingerprint(body);
        let once = SendByKey { key: &key, fingerprint, repeats: Repeats::ForADay };
        let response = self.send_by_key(&once, send_request, &caller, &random, host).await?;
        Ok(HandlerReply::json(202, written(&response)))
    }

    fn read_send<'a>(&'a self, fields: &Fields<'a>) -> Result<SendRequest<'a>, Problem> {
        fields.only(&["phone", "purpose", "locale", "captcha", "challenge", "nonce", "device", "clientIp"])?;
        let purpose = match bounded(fields, "purpose", 32)? {
            None => self.config.purpose(),
            Some(purpose) if is_purpose(purpose) && self.config.has_purpose(purpose) => purpose,
            Some(_) => return Err(Problem::malformed("purpose", "purpose is none of those configured")),
        };
        let text = self.config.texts.for_locale(bounded(fields, "locale", 35)?);
        Ok(SendRequest {
            phone: phone(fields, "phone")?,
            purpose,
            text: self.config.texts.draft(text),
            template_id: text.template_id.clone(),
            resend: bounded(fields, "challenge", 64)?,
            caller_nonce: bounded(fields, "nonce", 128)?,
            captcha: bounded(fields, "captcha", 4096)?,
            device: bounded(fields, "device", 64)?,
            owner: None,
            deadline: None,
        })
    }

    fn idempotency_object(&self, request: &HandlerRequest, caller: &Caller) -> Result<Option<String>, Problem> {
        let Some(header) = &request.idempotency_key else { return Ok(None) };
        let key = idempotency_key::read(header)?;
        // A back end has keys of its own, whichever person's address it names.
        let scope = match (caller.token(), caller.address()) {
            (Some(token), _) => Vec::from(token.to_be_bytes()),
            (None, Some(address)) => address.bytes().to_vec(),
            (None, None) => Vec::new(),
        };
        Ok(Some(self.config.keyring.object_name("i", &[&scope, key.as_bytes()])))
    }

    pub(super) async fn otp_verify(
        &self,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, Problem> {
        let caller = self.access.caller(request, Scope::Otp, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body")?;
        fields.only(&["challenge", "code"])?;
        let challenge = required(&fields, "challenge", 64)?;
        let length = self.config.code.length;
        let code = typed_code(text_typed(&fields, "code")?).filter(|code| is_code(code, length));
        let code = code.ok_or_else(|| Problem::malformed("code", format!("a code is {length} digits")))?;
        let random = read_entropy(random_bytes)?;
        let verified =
            self.verify(challenge, &code, None, &caller, host).await.map_err(|unverified| match unverified {
                Unverified::Wrong(_) | Unverified::Closed(_) | Unverified::Unknown => {
                    Problem::new(422, "not-verified", "The code is wrong, or no longer good")
                }
                Unverified::Rejected(wait) => Problem::too_many(wait),
                Unverified::Store => store_failed(),
            })?;
        let now = host.now();
        let code_kind = verified.challenge.code_kind;
        let claims = proof::Claims {
            issuer: &self.config.issuer,
            audience: if matches!(code_kind, CodeKind::Test(_)) { TEST_AUDIENCE } else { &self.config.audience },
            phone: &verified.phone,
            purpose: &verified.challenge.purpose,
            caller_nonce: verified.challenge.caller_nonce.as_deref(),
            review: code_kind.is_review(),
            id: random.once,
            issued_at: now.div_euclid(1000),
            ttl_seconds: self.config.proof_ttl_seconds,
        };
        let proof = proof::sign(&claims.to_json(), self.config.proof_key.expose(), &self.config.key_id);
        let mut json = Object::new();
        json.flag("verified", true);
        json.text("proof", &proof);
        json.text("device", &device::write(&self.config.keyring, &verified.number, now));
        Ok(HandlerReply::json(200, json.finish()))
    }

    pub(super) async fn otp_status(
        &self,
        challenge: &str,
        request: &HandlerRequest,
        host: &impl Host,
    ) -> Result<HandlerReply, Problem> {
        let caller = self.access.caller(request, Scope::Otp, host)?;
        let unknown = || Problem::new(404, "unknown-challenge", "There is no such challenge");
        let (id, number) = self.config.keyring.read_challenge(challenge).ok_or_else(unknown)?;
        let Some(Decision::Challenge(known)) =
            apply(host, &Keyring::number_object_name(&number), &Command::ReadChallenge(id)).await
        else {
            return Err(store_failed());
        };
        let known = known.filter(|known| known.owner.is_none()).ok_or_else(unknown)?;
        let mut json = Object::new();
        json.text("status", challenge_state_name(known.state));
        let left = if known.state == ChallengeState::Open { (known.expires_at - host.now()).max(0) } else { 0 };
        json.number("expiresIn", seconds(left));
        json.text("delivery", delivery_name(known.delivery));
        if known.delivery == Delivery::Failed && caller.is_back_end() {
            // A stranger is not told what a carrier says of a number.
            let failure = apply(host, &Keyring::number_object_name(&number), &Command::Failure(id)).await;
            if let Some(Decision::Failure(Some(reason))) = failure {
                json.text_if("reason", Reason::numbered(reason).map(Reason::as_str));
            }
        }
        Ok(HandlerReply::json(200, json.finish()))
    }
}

/// The state of a challenge, as answers name it.
pub(super) const fn challenge_state_name(state: ChallengeState) -> &'static str {
    match state {
        ChallengeState::Open => "open",
        ChallengeState::Used => "verified",
        ChallengeState::Expired => "expired",
        ChallengeState::Spent => "spent",
        ChallengeState::Superseded => "superseded",
    }
}

fn written(response: &SendResponse) -> String {
    let mut json = Object::new();
    json.text("challenge", &response.challenge);
    json.number("expiresIn", response.expires_in);
    json.number("resendIn", response.resend_in);
    json.finish()
}

/// The outcome of a text, as answers name it.
pub(super) const fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pending => "pending",
        Delivery::Unknown => "unknown",
        Delivery::Accepted => "accepted",
        Delivery::Rejected => "rejected",
        Delivery::Failed => "failed",
        Delivery::Delivered => "delivered",
    }
}

/// Adds the address of the person that a back end names in its request. Only a back end may name one.
fn with_client_ip(fields: &Fields<'_>, caller: Caller) -> Result<Caller, Problem> {
    let Some(written) = bounded(fields, "clientIp", 64)? else { return Ok(caller) };
    let Some(token) = caller.token() else {
        return Err(Problem::malformed("clientIp", "only a back end with a token names the address of a person"));
    };
    let address = Address::parse(written);
    let address = address.ok_or_else(|| Problem::malformed("clientIp", "clientIp is not an IP address"))?;
    Ok(Caller::back_end(token, Some((written, address))))
}

/// Reads a number that a text can go to.
pub(super) fn phone(fields: &Fields<'_>, name: &str) -> Result<Phone, Problem> {
    Phone::parse(text_typed(fields, name)?).map_err(|error| Problem::malformed(name, error.message.as_str()))
}

/// Reads a text of limited length, without control characters.
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

/// Reads a text that a person typed or pasted: required, at most 64 characters, of any kind.
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

/// Like [`bounded`], for a required text.
pub(super) fn required<'a>(fields: &Fields<'a>, name: &str, longest: usize) -> Result<&'a str, Problem> {
    let text = bounded(fields, name, longest)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| Problem::malformed(name, format!("{name} is missing")))
}
