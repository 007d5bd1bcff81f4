//! The client's exports: each call reads its arguments before it waits, and returns a promise.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::definitions;
use crate::exchange::Exchange;
use crate::imports::{Call, Signal};
use crate::js_error::thrown;
use crate::js_outcome;
use crate::js_send_many::{BulkSource, JsSendMany};
use crate::loaded_rules::ClientRules;
use crate::plan_memory::{PlanInput, PlanMemory};
use crate::random_source;
use crate::results;
use crate::values_in::{copy, function, member, peek, read, text};
use crate::values_out::{set, to_value};
use xinshi::client::plan::Plan;
use xinshi::client::sms_event::SmsEvent;
use xinshi::client::{CallOptions, Sms};
use xinshi::error::SmsError;
use xinshi::message::Message;
use xinshi::random::Random;
use xinshi::reference::Reference;
use xinshi::segments::{self, Billing};
use xinshi::wire::WireRequest;
use xinshi::wire::json::Json;
use xinshi::wire::json_writer::{list, texts};

/// A configured client.
#[wasm_bindgen(js_name = Client)]
pub struct JsClient {
    client: Rc<ConfiguredClient>,
    page: PlanMemory,
}

/// The parts of a client that every call needs.
pub struct ConfiguredClient {
    pub sms: Sms,
    /// The options as they were read, to be read again by another instance.
    options: Object,
    fetch: Option<Function>,
    on: Option<Function>,
    in_page: bool,
}

/// The options of one call.
pub struct CallInputs {
    pub options: CallOptions,
    pub signal: Option<Signal>,
    pub call: Call,
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Reads the options. `in_page` is whether this is a page, or a page's worker.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, in_page: bool) -> Result<JsClient, JsValue> {
        let account = ConfiguredClient::new(options, in_page).map_err(|error| thrown(&error))?;
        Ok(Self { client: Rc::new(account), page: PlanMemory::default() })
    }

    /// The options, as they were read.
    pub fn options(&self) -> Object {
        self.client.options.clone()
    }

    /// Reserves memory for the input of the next call; returns its address. [`PlanInput::read`] describes the format.
    pub fn reserve(&self, length: usize) -> usize {
        self.page.reserve(length)
    }

    /// Prepares a message, or a bulk if `recipients` is not negative, for an account. The same input makes the same
    /// plan. Returns the address of the plan's numbers (see [`OutputBuffer`]), or 0 where there is no plan;
    /// [`JsClient::show`] then throws the error. A `Result` would cross as a list, which is slow.
    ///
    /// [`OutputBuffer`]: xinshi::client::plan::OutputBuffer
    pub fn plan(&self, entropy: usize, account: i32, head: usize, recipients: i32, header_cached: bool) -> usize {
        self.read_plan(entropy, account, head, recipients).map_or(0, |plan| self.page.encode(&plan, header_cached))
    }

    /// The requests of a plan for people to read, as a list of JSON objects or of curl commands, with credentials
    /// redacted.
    pub fn show(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        recipients: i32,
        curl: bool,
    ) -> Result<String, JsValue> {
        let plan = self.read_plan(entropy, account, head, recipients).map_err(|error| thrown(&error))?;
        Ok(if curl {
            texts(plan.requests().map(WireRequest::to_curl))
        } else {
            list(plan.requests().map(WireRequest::to_json))
        })
    }

    /// Sends a message; if `account` is given, only by that account. Resolves to its outcome, whatever the caller
    /// passed.
    pub fn send(&self, message: &JsValue, account: Option<String>, options: &JsValue, call: Call) -> Promise {
        let read = CallInputs::read(options).and_then(|(signal, options)| {
            let message = Message::of(&read(copy(message, "message", &[])?, "message")?)?;
            Ok((
                message,
                CallInputs { options: self.client.sms.call_options(&options, false)?, signal, call: call.clone() },
            ))
        });
        match read {
            Ok((message, inputs)) => {
                let (client, random) = (Rc::clone(&self.client), random_source::random());
                promise(async move {
                    let (transport, on) = client.transport(&inputs);
                    js_outcome::value_of(client.sms.send(&message, account.as_deref(), &random, &transport, &on).await)
                })
            }
            Err(error) => self.rejected(account.as_deref(), message, error, call),
        }
    }

    /// Sends exactly a plan of one request, which is made again from its input.
    #[wasm_bindgen(js_name = sendPlan)]
    pub fn send_plan(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        recipients: i32,
        options: &JsValue,
        call: Call,
    ) -> Promise {
        let plan = match self.read_plan(entropy, account, head, recipients) {
            Ok(plan) => plan,
            Err(error) => return self.rejected(None, &JsValue::UNDEFINED, error, call),
        };
        let only = <[_; 1]>::try_from(plan.prepared).map_err(|requests| match requests.len() {
            0 => "the plan has no request",
            _ => "a plan with several requests is sent by sendMany",
        });
        let only = only.map_err(|wrong| SmsError::argument("message", wrong));
        match only.and_then(|only| Ok((only, self.inputs(options, false, &call)?))) {
            Ok(([prepared], inputs)) => {
                let client = Rc::clone(&self.client);
                promise(async move {
                    let (transport, on) = client.transport(&inputs);
                    let random = random_source::random();
                    let sending = client.sms.send_planned(&plan.account, prepared, &random, &transport, &on);
                    js_outcome::value_of(sending.await)
                })
            }
            Err(error) => self.rejected(Some(&plan.account), &JsValue::UNDEFINED, error, call),
        }
    }

    /// The outcome of a send that cannot begin, since a field of it is wrong.
    pub fn reject(
        &self,
        field: String,
        why: String,
        message: &JsValue,
        account: Option<String>,
        call: Call,
    ) -> Promise {
        self.rejected(account.as_deref(), message, SmsError::argument(field, why), call)
    }

    /// The outcome of a send that was under way when its instance of the WebAssembly broke.
    pub fn fault(&self, message: &JsValue, account: Option<String>, call: &Call) -> Object {
        self.failed_outcome(account.as_deref(), message, SmsError::fault(call.has_left()), call)
    }

    /// Begins a bulk. `recipients` is the source of its recipients.
    #[wasm_bindgen(js_name = sendMany)]
    pub fn send_many(
        &self,
        account: i32,
        head: usize,
        options: &JsValue,
        recipients: crate::js_send_many::Recipients,
        call: Call,
    ) -> Result<JsSendMany, JsValue> {
        let inputs = self.inputs(options, true, &call).map_err(|error| thrown(&error))?;
        let written = self.page.written();
        let PlanInput { message, account, .. } = PlanInput::read(&written, 0, account, head, -1);
        let many = self.client.sms.send_many(message, account, &random_source::random());
        let many = many.map_err(|error| thrown(&self.client.sms.during_send(account, error)));
        drop(written);
        Ok(JsSendMany::new(Rc::clone(&self.client), inputs, BulkSource::of_recipients(many?, recipients)))
    }

    /// Begins to send exactly a plan, which is made again from its input.
    #[wasm_bindgen(js_name = sendPlanned)]
    pub fn send_planned(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        recipients: i32,
        options: &JsValue,
        call: Call,
    ) -> Result<JsSendMany, JsValue> {
        let prepared = self.inputs(options, true, &call).and_then(|inputs| {
            let plan = self.read_plan(entropy, account, head, recipients)?;
            Ok(JsSendMany::new(Rc::clone(&self.client), inputs, BulkSource::of_plan(plan)))
        });
        prepared.map_err(|error| thrown(&error))
    }

    /// The operations of an account: `[{operation, takes, gives}]`.
    pub fn operations(&self, account: &str) -> Result<JsValue, JsValue> {
        self.client.sms.operations(account).map(|all| to_value(&all)).map_err(|error| thrown(&error))
    }

    /// Calls an operation of an account. Resolves to its result, and rejects with an `SmsError`.
    pub fn call_operation(
        &self,
        account: String,
        operation: String,
        arguments: &JsValue,
        options: &JsValue,
        call: Call,
    ) -> Promise {
        let read = self
            .inputs(options, false, &call)
            .and_then(|inputs| Ok((read(copy(arguments, "arguments", &[])?, "arguments")?, inputs)));
        let (arguments, inputs) = match read {
            Ok(read) => read,
            Err(error) => return Promise::reject(&thrown(&error)),
        };
        let (client, random) = (Rc::clone(&self.client), random_source::random());
        future_to_promise(async move {
            let (transport, _) = client.transport(&inputs);
            let answer = client.sms.call(&account, &operation, &arguments, &random, &transport).await;
            answer.map(|answer| results::answer(&answer)).map_err(|error| thrown(&error))
        })
    }
}

impl JsClient {
    fn read_plan(&self, entropy: usize, account: i32, head: usize, recipients: i32) -> Result<Plan, SmsError> {
        let written = self.page.written();
        let PlanInput { message, recipients, account, entropy } =
            PlanInput::read(&written, entropy, account, head, recipients);
        let random = Random::new(entropy);
        let plan = match recipients {
            Some(recipients) => self.client.sms.plan_many(message, recipients, account, &random),
            None => Message::read(message).and_then(|message| self.client.sms.plan(&message, account, &random)),
        };
        plan.map_err(|error| self.client.sms.during_send(account, error))
    }

    fn inputs(&self, options: &JsValue, is_bulk: bool, call: &Call) -> Result<CallInputs, SmsError> {
        let (signal, options) = CallInputs::read(options)?;
        Ok(CallInputs { options: self.client.sms.call_options(&options, is_bulk)?, signal, call: call.clone() })
    }

    fn rejected(&self, account: Option<&str>, message: &JsValue, error: SmsError, call: Call) -> Promise {
        Promise::resolve(&JsValue::from(self.failed_outcome(account, message, error, &call)))
    }

    /// The outcome of a message of which only the caller's object is known.
    fn failed_outcome(&self, account: Option<&str>, message: &JsValue, error: SmsError, call: &Call) -> Object {
        let to: Vec<String> = text(message, "to").into_iter().collect();
        let reference = Reference::written(text(message, "ref").as_deref().unwrap_or_default());
        let on = results::observer(self.client.on.clone(), call.clone());
        js_outcome::value_of(self.client.sms.reject(account, to, &reference, error, &on))
    }
}

impl ConfiguredClient {
    fn new(options: &JsValue, in_page: bool) -> Result<Self, SmsError> {
        let [fetch, on, country] = ["fetch", "on", "country"].map(|name| function(options, name));
        let (fetch, on, country) = (fetch?, on?, country?);
        let options = if options.is_undefined() { &Object::new().into() } else { options };
        let written = options;
        let options = copy(written, "options", &["fetch", "on", "country"])?;
        let mut sms = Sms::of(&read(options.clone(), "options")?)?;
        definitions::attach(&mut sms, written, options.unchecked_ref())?;
        match country.clone() {
            Some(country_of) => sms.set_country_of(Box::new(move |phone| {
                country_of.call1(&JsValue::UNDEFINED, &phone.e164().into()).ok()?.as_string()
            })),
            None => sms.check_countries()?,
        }
        let rules = peek(&options, "rules");
        if rules != JsValue::FALSE {
            sms.set_rules(Box::new(ClientRules::new(rules)?))?;
        }
        let options: Object = options.unchecked_into();
        for (name, function) in [("fetch", &fetch), ("on", &on), ("country", &country)] {
            if let Some(function) = function {
                set(&options, &name.into(), function);
            }
        }
        Ok(Self { sms, options, fetch, on, in_page })
    }

    /// The transport of one call, and the listener of its events.
    pub fn transport(&self, inputs: &CallInputs) -> (Exchange, impl Fn(&SmsEvent<'_>) + use<>) {
        let CallInputs { options, signal, call } = inputs;
        let fetch = self.fetch.clone();
        let transport = Exchange::new(fetch, self.in_page, call.clone(), signal.clone(), options.timeout_ms);
        (transport, results::observer(self.on.clone(), call.clone()))
    }
}

impl CallInputs {
    /// Splits the options of a call into the signal and the rest.
    fn read(options: &JsValue) -> Result<(Option<Signal>, Json<'static>), SmsError> {
        if options.is_undefined() || options.is_null() {
            return Ok((None, Json::empty()));
        }
        let signal = member(options, "signal")?;
        let signal = if signal.is_undefined() {
            None
        } else {
            let signal = Signal::of(signal);
            Some(signal.ok_or_else(|| SmsError::argument("signal", "signal is not an AbortSignal"))?)
        };
        Ok((signal, read(copy(options, "options", &["signal"])?, "options")?))
    }
}

/// Makes a promise of a future that never fails.
fn promise(work: impl Future<Output = Object> + 'static) -> Promise {
    future_to_promise(async move { Ok(work.await.into()) })
}

/// The error of an internal fault, for calls without an outcome.
#[wasm_bindgen(js_name = faultOf)]
pub fn fault_of(call: &Call) -> JsValue {
    thrown(&SmsError::fault(call.has_left()))
}

/// Segments and characters of a text.
#[wasm_bindgen(js_name = countSegments)]
pub fn count_segments(text: &JsValue, billing: &JsValue) -> Result<JsValue, JsValue> {
    let wrong = |field: &str, why: &str| thrown(&SmsError::argument(field, why));
    let text = text.as_string().ok_or_else(|| wrong("text", "text is not a string"))?;
    let billing = match billing.as_string().as_deref() {
        None if billing.is_undefined() => Billing::Cn,
        Some("cn") => Billing::Cn,
        Some("gsm") => Billing::Gsm,
        _ => return Err(wrong("billing", "billing is neither cn nor gsm")),
    };
    Ok(to_value(&segments::count(&text, billing)))
}
