//! The client's door.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use nojson::{DisplayJson, Json};
use wasm_bindgen::prelude::*;

use super::transport::{Fetch, Signal};
use crate::client::Sms;
use crate::client::event::Event;
use crate::client::plan::Plan;
use crate::client::push;
use crate::error::SmsError;
use crate::message::Message;
use crate::outcome::Outcome;
use crate::phone::Phone;
use crate::reference::{ENTROPY, Reference};
use crate::segments::{self, Billing};
use crate::wire::WireRequest;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue>;
}

/// A configured client.
#[wasm_bindgen(js_name = Client)]
pub struct JsClient {
    sms: Rc<Sms>,
    fetch: Function,
    by_host: bool,
    on: Option<Function>,
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Reads the options. `by_host` says that `fetch` is the host's own; `on` is told of events and does not throw.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, fetch: Function, by_host: bool, on: Option<Function>) -> Result<JsClient, JsValue> {
        Ok(Self { sms: Rc::new(Sms::configure(options)?), fetch, by_host, on })
    }

    /// A message made ready for an account.
    pub fn plan(&self, message: &str, account: Option<String>) -> Result<JsPlan, JsValue> {
        let account = account.as_deref();
        let about = |error| self.sms.during_send(account, error);
        let message = Message::read(message).map_err(about)?;
        let reference = reference(&message).map_err(about)?;
        Ok(JsPlan(Rc::new(self.sms.plan(&message, account, &reference)?)))
    }

    /// Sends a message, by one account alone where it is named. `to` and `reference` are what the caller wrote, for the
    /// outcome of a message that cannot be read.
    pub async fn send(
        &self,
        message: String,
        to: Option<String>,
        reference: Option<String>,
        account: Option<String>,
        call: String,
        signal: Option<Signal>,
    ) -> JsValue {
        let (sms, on, account) = (Rc::clone(&self.sms), self.observer(), account.as_deref());
        let prepared = Message::read(&message)
            .and_then(|message| Ok((self::reference(&message)?, message, self.transport(&call, signal)?)));
        outcome(match prepared {
            Ok((reference, message, fetch)) => sms.send(&message, account, &reference, &fetch, &on).await,
            Err(error) => sms.refuse(account, to, reference.unwrap_or_default(), error, &on),
        })
    }

    /// Sends exactly a plan.
    #[wasm_bindgen(js_name = sendPlan)]
    pub async fn send_plan(&self, plan: &JsPlan, call: String, signal: Option<Signal>) -> JsValue {
        let (sms, plan, on) = (Rc::clone(&self.sms), Rc::clone(&plan.0), self.observer());
        outcome(match self.transport(&call, signal) {
            Ok(fetch) => sms.send_plan(&plan, &fetch, &on).await,
            Err(error) => {
                let to = plan.to.first().map(Phone::e164);
                sms.refuse(Some(&plan.account), to, plan.reference.clone(), error, &on)
            }
        })
    }

    /// The outcome of a send that the entry refuses: an argument is not what it should be.
    pub fn refuse(
        &self,
        field: String,
        message: String,
        to: Option<String>,
        reference: Option<String>,
        account: Option<String>,
    ) -> JsValue {
        let error = SmsError::argument(field, message);
        outcome(self.sms.refuse(account.as_deref(), to, reference.unwrap_or_default(), error, &self.observer()))
    }

    /// What an account can be asked: `[{operation, takes, gives}]`.
    pub fn operations(&self, account: &str) -> Result<JsValue, JsValue> {
        JSON::parse(&self.sms.operations(account)?)
    }

    /// Asks an account. Resolves to the answer and the reply's bytes.
    pub async fn call(
        &self,
        account: String,
        operation: String,
        arguments: String,
        call: String,
        signal: Option<Signal>,
    ) -> Result<Array, JsValue> {
        let sms = Rc::clone(&self.sms);
        let answer = sms.call(&account, &operation, &arguments, &self.transport(&call, signal)?).await?;
        Ok(Array::of2(&JSON::parse(&answer.json)?, &Uint8Array::from(answer.raw.as_slice())))
    }

    fn transport(&self, call: &str, signal: Option<Signal>) -> Result<Fetch, SmsError> {
        let timeout_ms = self.sms.timeout_ms(call)?;
        Ok(Fetch {
            function: self.fetch.clone(),
            by_host: self.by_host,
            timeout_ms,
            signal,
            received: RefCell::default(),
        })
    }

    fn observer(&self) -> impl Fn(&Event<'_>) + use<> {
        let on = self.on.clone();
        move |event| {
            if let Some(on) = &on {
                let _ = on.call1(&JsValue::UNDEFINED, &parsed(event));
            }
        }
    }
}

/// A plan with the exact bytes of its request.
#[wasm_bindgen(js_name = PlanHandle)]
pub struct JsPlan(Rc<Plan>);

#[wasm_bindgen(js_class = PlanHandle)]
impl JsPlan {
    /// Everything but the exact bytes.
    pub fn view(&self) -> JsValue {
        let view = parsed(&*self.0);
        if let Err(error) = &self.0.request {
            let _ = Reflect::set(&view, &"refused".into(), &error.clone().into());
        }
        view
    }

    /// The request's exact URL.
    pub fn url(&self) -> Option<String> {
        self.request().map(WireRequest::url)
    }

    /// The request's exact body.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.request().and_then(WireRequest::body)
    }

    /// The request as a curl command, credentials redacted.
    #[wasm_bindgen(js_name = toCurl)]
    pub fn to_curl(&self) -> Option<String> {
        self.request().map(WireRequest::to_curl)
    }

    fn request(&self) -> Option<&WireRequest> {
        self.0.request.as_ref().ok()
    }
}

/// Reads a push: `{reports, replies}`.
#[wasm_bindgen(js_name = readPush)]
pub fn read_push(vendor: &str, query: &str, body: &[u8]) -> Result<JsValue, JsValue> {
    JSON::parse(&push::read(vendor, query, body)?)
}

/// Segments and characters of a text, as JSON.
#[wasm_bindgen(js_name = countSegments)]
pub fn count_segments(text: &str, gsm: bool) -> JsValue {
    let count = segments::count(text, if gsm { Billing::Gsm } else { Billing::Cn });
    parsed(&nojson::object(|f| {
        f.member("segments", count.segments)?;
        f.member("characters", count.characters)
    }))
}

fn reference(message: &Message) -> Result<Reference, SmsError> {
    if let Some(reference) = &message.reference {
        return Ok(reference.clone());
    }
    let mut entropy = [0; ENTROPY];
    fill_random(&mut entropy)
        .map_err(|_| SmsError::argument("ref", "there are no random bytes to be had here: give the message a ref"))?;
    Ok(Reference::generate(entropy))
}

fn outcome(outcome: Outcome) -> JsValue {
    let object = parsed(&outcome);
    if let Some(error) = outcome.end.error() {
        let _ = Reflect::set(&object, &"error".into(), &error.clone().into());
    }
    object
}

fn parsed(value: &impl DisplayJson) -> JsValue {
    JSON::parse(&Json(value).to_string()).unwrap_or_default()
}
