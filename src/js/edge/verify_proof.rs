//! Checks proofs for a back end.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Date, Function, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::edge::bridge::{Completion, HostBridge};
use crate::edge::effect::Effect;
use crate::edge::task::{EffectError, spawn};
use crate::js_error::thrown;
use crate::values_in::{copy, function, read};
use crate::values_out::to_value;
use xinshi::error::SmsError;
use xinshi::options::Fields;
use xinshi::otp::proof::{Expected, Proof, proof_error, verify};

/// The claims of a proof, under their names in JavaScript.
#[derive(Serialize)]
struct VerifiedClaims<'a> {
    phone: &'a str,
    purpose: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<bool>,
}

/// Spawns a task that checks a proof. Its value is `{phone, purpose, review?}`.
#[wasm_bindgen(js_name = verifyProof)]
pub fn verify_proof(token: &JsValue, options: &JsValue) -> Result<usize, JsValue> {
    let (proof, consume) = checked(token, options).map_err(|error| thrown(&error))?;
    let bridge = HostBridge::new(None, Completion::Value);
    Ok(spawn(bridge.clone(), async move {
        let Proof { phone, purpose, review, id, expires_at } = &proof;
        if let Some(consume) = consume {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            let arguments = Array::of2(&id.into(), &(*expires_at as f64).into());
            let effect =
                Effect::Call { function: consume.into(), receiver: JsValue::UNDEFINED, arguments, timeout_ms: None };
            match bridge.run(effect).await {
                Ok(is_new) if is_new.as_bool() == Some(true) => {}
                Ok(_) => return bridge.reject(thrown(&proof_error("it was used before"))),
                // Rethrows the back end's own error.
                Err(EffectError::Thrown(error, _)) => return bridge.reject(error),
                Err(EffectError::TimedOut(_)) => return bridge.reject(thrown(&proof_error("consume took too long"))),
            }
        }
        bridge.resolve(to_value(&VerifiedClaims { phone, purpose, review: review.then_some(true) }));
    }))
}

fn checked(token: &JsValue, options: &JsValue) -> Result<(Proof, Option<Function>), SmsError> {
    let consume = function(options, "consume")?;
    let json = read(copy(options, "options", &["consume"])?, "options")?;
    let fields = Fields::new(&json, "", "options")?;
    fields.only(&["key", "audience", "issuer", "nonce", "purpose"])?;
    let keys: Vec<&str> = match fields.value("key") {
        None => Vec::new(),
        Some(key) => match key.string() {
            Some(key) => Vec::from([key]),
            None => fields.texts("key")?.unwrap_or_default(),
        },
    };
    // Anybody can sign with an empty key.
    if keys.is_empty() || keys.iter().any(|key| key.is_empty()) {
        return Err(fields.wrong("key", "key is missing, or empty"));
    }
    // A member that is present and undefined counts: a session that has lost its nonce must not accept any proof.
    let named = |name: &str| Reflect::has(options, &name.into()).unwrap_or(true);
    let (nonce, purpose) = (fields.text("nonce")?, fields.text("purpose")?);
    let expected = Expected {
        issuer: fields.text("issuer")?.unwrap_or("xinshi"),
        audience: fields.required("audience")?,
        nonce: named("nonce").then_some(nonce),
        purpose: named("purpose").then_some(purpose),
    };
    let token: String = token.as_string().unwrap_or_default();
    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    let proof = verify(&token, &keys, &expected, Date::now() as i64).map_err(proof_error)?;
    Ok((proof, consume))
}
