//! The handler's exports, for servers, timers and back ends. Each call spawns a task.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;
use core::pin::Pin;

use js_sys::{Function, JSON, Object, Set};
use wasm_bindgen::prelude::*;

use crate::edge::bridge::{Completion, HostBridge, headers_of, problem_reply, response_value};
use crate::edge::configured::{ConfiguredHandler, Runtime, Store};
use crate::edge::effect::Effect;
use crate::edge::incoming::Incoming;
use crate::edge::js_marketing::JsMarketing;
use crate::edge::task::spawn;
use crate::edge::user::{kind_of, log_error};
use crate::js_error::thrown;
use crate::random_source::random_bytes;
use crate::values_in::{copy, member, peek, texts_of};
use crate::values_out::to_value;
use xinshi::edge::entropy;
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::local_call::{self, LocalCall, LocalOperation};
use xinshi::edge::misuse::{self, Misuse};
use xinshi::edge::tenant::tenant_name;
use xinshi::error::SmsError;
use xinshi::join::join_all;
use xinshi::wire::json_writer::Object as JsonObject;

/// A handler, with the options of its caller.
#[wasm_bindgen(js_name = Handler)]
pub struct JsHandler {
    options: JsValue,
    runtime: Runtime,
    memory: Function,
    last: RefCell<Option<(JsValue, Rc<ConfiguredHandler>)>>,
}

#[wasm_bindgen(js_class = Handler)]
impl JsHandler {
    /// Stores the options. `memory` makes a store in the process's memory, with a given clock.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, runtime: &JsValue, memory: Function) -> Self {
        let flag = |name: &str| peek(runtime, name).is_truthy();
        let [lives, is_cloudflare, in_page] = ["lives", "isCloudflare", "inPage"].map(flag);
        let runtime = Runtime { lives, is_cloudflare, in_page };
        Self { options, runtime, memory, last: RefCell::default() }
    }

    /// Checks options that are an object.
    ///
    /// # Errors
    /// An `SmsError` naming the option.
    pub fn check(&self) -> Result<(), JsValue> {
        if self.options.is_undefined() || self.options.is_function() {
            return Ok(());
        }
        self.configured(&JsValue::UNDEFINED).map(drop).map_err(|error| thrown(&error))
    }

    /// Spawns a task that serves a request.
    pub fn fetch(&self, request: JsValue, env: JsValue, ctx: JsValue) -> usize {
        let incoming = Incoming::new(request, env.clone(), ctx);
        let head = incoming.head();
        let reply_head = head.as_ref().map(HandlerRequest::reply_head).unwrap_or_default();
        let read = head.map_err(RequestError::Misuse).and_then(|request| {
            let configured = self.configured(&env).map_err(RequestError::Options)?;
            if matches!(configured.store, Store::None) {
                Err(RequestError::NoStore(configured))
            } else {
                Ok((request, configured))
            }
        });
        match read {
            Ok((request, configured)) => {
                let bridge = HostBridge::new(Some(Rc::clone(&configured)), Completion::Response(reply_head));
                spawn(bridge.clone(), serve(configured, incoming, request, bridge))
            }
            Err(rejected) => {
                let configured = match &rejected {
                    RequestError::NoStore(configured) => Some(Rc::clone(configured)),
                    _ => None,
                };
                let bridge = HostBridge::new(configured, Completion::Response(reply_head));
                spawn(bridge.clone(), async move { respond_with_error(rejected, &incoming, &bridge) })
            }
        }
    }

    /// Spawns a task that sends a code. Its value is the result.
    pub fn send(&self, call: &JsValue, env: &JsValue) -> Result<usize, JsValue> {
        self.call(call, env, |_| Ok(LocalOperation::Send))
    }

    /// Spawns a task that verifies a code. Its value is the result.
    pub fn verify(&self, call: &JsValue, env: &JsValue) -> Result<usize, JsValue> {
        self.call(call, env, |_| Ok(LocalOperation::Verify))
    }

    /// Spawns a task that reads the state of a challenge. Its value is the result.
    pub fn status(&self, call: &JsValue, env: &JsValue) -> Result<usize, JsValue> {
        self.call(call, env, |call| {
            let challenge = text_member(call, "challenge")?
                .ok_or_else(|| SmsError::argument("challenge", "challenge is missing"))?;
            Ok(LocalOperation::Status(challenge))
        })
    }

    /// Spawns a task for the work of a minute. An event of the platform precedes its bindings.
    pub fn scheduled(&self, _event: &JsValue, env: &JsValue) -> Result<usize, JsValue> {
        let configured = self.stored(env).map_err(|error| thrown(&error))?;
        let bridge = HostBridge::new(Some(Rc::clone(&configured)), Completion::Value);
        Ok(spawn(bridge.clone(), async move {
            let done = if let Some(tenants) = &configured.tenants {
                tenants.scheduled(&configured, &bridge).await
            } else {
                configured.handler.scheduled(&random_bytes(entropy::ENTROPY_BYTES), &bridge).await;
                Ok(())
            };
            bridge.apply_deferred().await;
            match done {
                Ok(()) => bridge.resolve(JsValue::UNDEFINED),
                Err(error) => bridge.reject(thrown(&error)),
            }
        }))
    }

    /// Spawns a task that finds the numbers with an opt-out. Its value is a `Set` of them.
    #[wasm_bindgen(js_name = optedOut)]
    pub fn opted_out(&self, phones: &JsValue, env: &JsValue) -> Result<usize, JsValue> {
        let configured = self.stored(env).map_err(|error| thrown(&error))?;
        let phones = texts_of(phones).ok_or_else(|| thrown(&SmsError::argument("phones", "phones are texts")))?;
        let bridge = HostBridge::new(Some(Rc::clone(&configured)), Completion::Value);
        Ok(spawn(bridge.clone(), async move {
            match configured.handler.who_opted_out(&phones, &bridge).await {
                Ok(out) => bridge.resolve(Set::new(&to_value(&out)).into()),
                Err(error) => bridge.reject(thrown(&error)),
            }
        }))
    }

    /// Begins a marketing bulk.
    #[wasm_bindgen(js_name = sendMany)]
    pub fn send_many(&self, bulk: &JsValue, options: &JsValue, env: &JsValue) -> Result<JsMarketing, JsValue> {
        let marketing = self.stored(env).and_then(|configured| {
            let tenant = read_tenant(&configured, options)?;
            JsMarketing::new(configured, tenant, bulk, options)
        });
        marketing.map_err(|error| thrown(&error))
    }

    /// The response to a request whose instance broke. `fault` is the exception, if its own task raised it.
    #[wasm_bindgen(js_name = abandonedResponse)]
    pub fn abandoned_response(&self, request: &JsValue, env: &JsValue, fault: &JsValue) -> JsValue {
        let problem = if fault.is_undefined() {
            log_error("a request was given up, since another broke the instance that answered both");
            misuse::given_up()
        } else {
            log_error(&["a fault of its own, please report it: ", &kind_of(fault)].concat());
            misuse::fault()
        };
        let incoming = Incoming::new(request.clone(), env.clone(), JsValue::UNDEFINED);
        let request = incoming.head().unwrap_or_default();
        let configured = self.configured(env).ok();
        response_value(problem_reply(problem, configured.as_deref(), &request))
    }
}

/// Reads the argument of `send`, `verify` and `status`.
fn read_call(call: &JsValue, operation: LocalOperation) -> Result<LocalCall, SmsError> {
    const WHAT: &str = "the argument";
    if !call.is_object() {
        return Err(SmsError::argument(WHAT, "the argument is an object"));
    }
    let [address, token, idempotency_key, _] = CALL_MEMBERS.map(|name| text_member(call, name));
    let (address, token, idempotency_key) = (address?, token?, idempotency_key?);
    if address.is_some() == token.is_some() {
        let message = "pass `address`, the person's, or `token`, one of apiTokens, for a back end";
        return Err(SmsError::argument("address", message));
    }
    let body = copy(call, WHAT, &CALL_MEMBERS)?;
    let body = JSON::stringify(&body).map(String::from).unwrap_or_default();
    Ok(LocalCall { operation, address, token, idempotency_key, body })
}

/// The members of a call that are no members of a request's body.
const CALL_MEMBERS: [&str; 4] = ["address", "token", "idempotencyKey", TENANT];
/// The member that names the tenant of a call.
pub const TENANT: &str = "tenant";

/// The tenant of a call: named exactly where the handler has tenants.
fn read_tenant(configured: &ConfiguredHandler, call: &JsValue) -> Result<Option<String>, SmsError> {
    let wrong = |message: &str| SmsError::argument(TENANT, message);
    let named = if call.is_object() { text_member(call, TENANT)? } else { None };
    match (named, &configured.tenants) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(wrong("pass tenant: the name of the tenant for which the call is")),
        (Some(_), None) => Err(wrong("the handler has no tenants: vendors is no function")),
        (Some(name), Some(_)) => {
            let message = "a tenant's name is 1 to 64 letters, digits, dots, hyphens or underscores";
            tenant_name(&name).map(Some).ok_or_else(|| wrong(message))
        }
    }
}

fn text_member(object: &JsValue, name: &str) -> Result<Option<String>, SmsError> {
    let value = member(object, name)?;
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or_else(|| SmsError::argument(name, [name, " is not a string"].concat()))
}

/// The reason why a request is not served.
enum RequestError {
    Misuse(Misuse),
    Options(SmsError),
    NoStore(Rc<ConfiguredHandler>),
}

impl JsHandler {
    /// Spawns a task for a call of the code that runs the handler.
    fn call(
        &self,
        call: &JsValue,
        env: &JsValue,
        operation: impl FnOnce(&JsValue) -> Result<LocalOperation, SmsError>,
    ) -> Result<usize, JsValue> {
        let read = || {
            let configured = self.stored(env)?;
            let tenant = read_tenant(&configured, call)?;
            let call = read_call(call, operation(call)?)?;
            Ok((configured, tenant, call))
        };
        let begun: Result<(Rc<ConfiguredHandler>, Option<String>, LocalCall), SmsError> = read();
        let (configured, tenant, call) = begun.map_err(|error| thrown(&error))?;
        let bridge = HostBridge::new(Some(Rc::clone(&configured)), Completion::Value);
        Ok(spawn(bridge.clone(), async move {
            let request = call.into_request(&configured.handler.config().base_path);
            let random_bytes = random_bytes(entropy::ENTROPY_BYTES);
            let reply = match configured.for_call(tenant.as_deref(), &bridge).await {
                Ok(configured) => configured.handler.handle(&request, &random_bytes, &bridge).await,
                Err(problem) => problem.into(),
            };
            // Nothing keeps a worker alive after its own code has the result.
            bridge.apply_deferred().await;
            bridge.resolve(JSON::parse(&local_call::result(&reply)).unwrap_or_default());
        }))
    }

    /// The handler for a platform's bindings. Other bindings make another handler.
    fn configured(&self, env: &JsValue) -> Result<Rc<ConfiguredHandler>, SmsError> {
        // Released while the options are read: the user's function might call the handler.
        let last = self.last.borrow().clone();
        let is_last = |env: &JsValue| last.as_ref().filter(|(known, _)| Object::is(known, env));
        if let Some((_, configured)) = is_last(env) {
            return Ok(Rc::clone(configured));
        }
        let none = JsValue::UNDEFINED;
        let env = if Incoming::is_of_server(env) { &none } else { env };
        if let Some((_, configured)) = is_last(env) {
            return Ok(Rc::clone(configured));
        }
        let last = last.map(|(_, configured)| configured);
        let configured = ConfiguredHandler::read(&self.options, env, self.runtime, &self.memory, last.as_deref())?;
        let configured = Rc::new(configured);
        *self.last.borrow_mut() = Some((env.clone(), Rc::clone(&configured)));
        Ok(configured)
    }

    /// The handler for a platform's bindings, if it has a store.
    fn stored(&self, env: &JsValue) -> Result<Rc<ConfiguredHandler>, SmsError> {
        let configured = self.configured(env)?;
        if matches!(configured.store, Store::None) {
            return Err(misuse::keeps_nothing());
        }
        Ok(configured)
    }
}

/// Serves a request, and does the work after its response.
async fn serve(all: Rc<ConfiguredHandler>, incoming: Incoming, mut request: HandlerRequest, bridge: HostBridge) {
    let configured = match all.for_request(&incoming, &request, &bridge).await {
        Ok(configured) => configured,
        Err(problem) => return bridge.fail(problem),
    };
    let handler = &configured.handler;
    let needs = handler.needs(&request);
    if needs.address {
        match incoming.address(&configured) {
            Ok(address) => request.address = address,
            Err(problem) => return bridge.fail(problem),
        }
    }
    match incoming.needed_headers(&needs) {
        Ok(headers) => request.headers = headers,
        Err(misuse) => return bridge.fail(misuse.problem()),
    }
    match incoming.body(&needs, &bridge).await {
        Ok(body) => request.body = body,
        Err(misuse) => return bridge.fail(misuse.problem()),
    }
    let mut reply = handler.handle(&request, &random_bytes(entropy::ENTROPY_BYTES), &bridge).await;
    if reply.is_description && request.method != "HEAD" {
        let document = bridge.run_logged("the OpenAPI document", Effect::Describe).await;
        reply.body = with_base_path(document.and_then(|text| text.as_string()), &handler.config().base_path);
    }
    let account = reply.process_account.take();
    bridge.respond(reply);
    let attending = async {
        if let Some(account) = account {
            handler.process_pushed(&account, &bridge).await;
        }
    };
    let works: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] = [Box::pin(bridge.apply_deferred()), Box::pin(attending)];
    join_all(works.into()).await;
    // The commands that the work above deferred.
    bridge.apply_deferred().await;
    bridge.end();
}

/// The `OpenAPI` document with the base path. The handler does not need its own origin.
fn with_base_path(document: Option<String>, base_path: &str) -> String {
    let document = document.unwrap_or_default();
    if base_path.is_empty() {
        return document;
    }
    let mut server = JsonObject::new();
    server.text("url", base_path);
    let members = document.strip_prefix('{').unwrap_or_default();
    ["{\"servers\":[", &server.finish(), "],", members].concat()
}

/// Responds to a request that is not served.
fn respond_with_error(rejected: RequestError, incoming: &Incoming, bridge: &HostBridge) {
    match rejected {
        RequestError::Misuse(misuse) => {
            let problem = misuse.problem();
            let reply = HandlerReply::from(problem.clone());
            incoming.respond_foreign(reply.status, &headers_of(&reply), &reply.body, misuse.message());
            bridge.fail(problem);
        }
        RequestError::Options(error) => {
            let field = error.field.as_deref().filter(|field| !error.message.contains(field));
            let field = field.map(|field| [field, ": "].concat()).unwrap_or_default();
            log_error(&["the options are wrong: ", &field, &error.message].concat());
            bridge.fail(misuse::misconfigured());
        }
        RequestError::NoStore(_) => {
            log_error(misuse::NO_STORE);
            bridge.fail(misuse::no_store());
        }
    }
}

/// The path to which a vendor pushes an account's receipts. `key` derives its token.
#[wasm_bindgen(js_name = hookPath)]
pub fn hook_path(key: &JsValue, account: &JsValue) -> Result<String, JsValue> {
    let wrong = |field: &str, message: &str| thrown(&SmsError::argument(field, message));
    let key = key.as_string().filter(|key| key.len() >= 32);
    let key = key.ok_or_else(|| wrong("key", "a hook key has at least 32 bytes"))?;
    let account = account.as_string().ok_or_else(|| wrong("account", "account is a text"))?;
    Ok(HookKeys::new(&[&key]).path(&account).unwrap_or_default())
}

/// Logs an exception of a server's function.
#[wasm_bindgen(js_name = logThrown)]
pub fn log_thrown(what: &str, error: &JsValue) {
    log_error(&[what, " threw: ", &kind_of(error)].concat());
}

/// The error of an internal fault.
#[wasm_bindgen(js_name = faultOf)]
#[must_use]
pub fn fault_of() -> JsValue {
    thrown(&SmsError::fault(true))
}
