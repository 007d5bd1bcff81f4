//! The client's door.

use std::rc::Rc;

use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use nojson::{DisplayJson, Json};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::transport::Fetch;
use crate::client::Sms;
use crate::client::event::Event;
use crate::client::plan::Plan;
use crate::error::SmsError;
use crate::message::Message;
use crate::outcome::Outcome;
use crate::reference::{ENTROPY, Reference};
use crate::segments::{self, Billing};
use crate::wire::WireRequest;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

/// A configured client.
#[wasm_bindgen(js_name = Client)]
pub struct JsClient {
    sms: Rc<Sms>,
    fetch: Function,
    on: Option<Function>,
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Reads the options; `on` is told of events as JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, fetch: Function, on: Option<Function>) -> Result<JsClient, JsValue> {
        Ok(Self { sms: Rc::new(Sms::configure(options)?), fetch, on })
    }

    /// A message made ready for an account.
    pub fn plan(&self, message: &str, account: Option<String>) -> Result<JsPlan, JsValue> {
        let message = Message::read(message)?;
        Ok(JsPlan(Rc::new(self.sms.plan(&message, account.as_deref(), &reference())?)))
    }

    /// Sends a message, by one account alone where it is named. `to` is what the caller wrote, for the outcome of a
    /// message that cannot be read.
    pub async fn send(
        &self,
        message: String,
        to: Option<String>,
        account: Option<String>,
        call: String,
        signal: Option<AbortSignal>,
    ) -> JsValue {
        let sms = Rc::clone(&self.sms);
        let prepared = Message::read(&message).and_then(|message| Ok((message, self.transport(&call, signal)?)));
        match prepared {
            Ok((message, fetch)) => {
                let (reference, on) = (reference(), self.observer());
                outcome(match account {
                    None => sms.send(&message, &reference, &fetch, &on).await,
                    Some(account) => sms.send_by_account(&account, &message, &reference, &fetch, &on).await,
                })
            }
            Err(error) => outcome(sms.refused(to, error)),
        }
    }

    /// Sends exactly a plan.
    #[wasm_bindgen(js_name = sendPlan)]
    pub async fn send_plan(&self, plan: &JsPlan, call: String, signal: Option<AbortSignal>) -> JsValue {
        let (sms, plan) = (Rc::clone(&self.sms), Rc::clone(&plan.0));
        match self.transport(&call, signal) {
            Ok(fetch) => outcome(sms.send_plan(&plan, &fetch, &self.observer()).await),
            Err(error) => outcome(sms.refused(None, error)),
        }
    }

    /// What an account can be asked: `[{operation, takes, gives}]`.
    pub fn operations(&self, account: &str) -> Result<JsValue, JsValue> {
        Ok(JSON::parse(&self.sms.operations(account)?)?)
    }

    /// Asks an account. Resolves to the answer and the reply's bytes.
    pub async fn call(
        &self,
        account: String,
        operation: String,
        arguments: String,
        call: String,
        signal: Option<AbortSignal>,
    ) -> Result<Array, JsValue> {
        let sms = Rc::clone(&self.sms);
        let answer = sms.call(&account, &operation, &arguments, &self.transport(&call, signal)?).await?;
        Ok(Array::of2(&JSON::parse(&answer.json)?, &Uint8Array::from(answer.raw.as_slice())))
    }

    fn transport(&self, call: &str, signal: Option<AbortSignal>) -> Result<Fetch, SmsError> {
        Ok(Fetch::new(self.fetch.clone(), self.sms.timeout_ms(call)?, signal))
    }

    fn observer(&self) -> impl Fn(&Event<'_>) + use<> {
        let on = self.on.clone();
        move |event| {
            if let Some(on) = &on {
                // An observer that throws must not end a send.
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

/// Segments and characters of a text, as JSON.
#[wasm_bindgen(js_name = countSegments)]
pub fn count_segments(text: &str, gsm: bool) -> JsValue {
    let count = segments::count(text, if gsm { Billing::Gsm } else { Billing::Cn });
    parsed(&nojson::object(|f| {
        f.member("segments", count.segments)?;
        f.member("characters", count.characters)
    }))
}

fn reference() -> Reference {
    let mut entropy = [0; ENTROPY];
    fill_random(&mut entropy);
    Reference::generate(entropy)
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
