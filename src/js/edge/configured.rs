//! [`ConfiguredHandler`]: a handler, with its user's functions.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, JSON, Object};
use wasm_bindgen::prelude::*;

use crate::definitions;
use crate::edge::bridge::HostBridge;
use crate::edge::incoming::Incoming;
use crate::edge::tenants::{FUNCTIONS, Tenants, vendors_function};
use crate::edge::user::{User, call_user, log_warning, read_clock};
use crate::values_in::{copy, member, method, peek, read};
use crate::values_out::set;
use xinshi::edge::bindings;
use xinshi::edge::captcha::captcha_options::CaptchaVerifier;
use xinshi::edge::config::Config;
use xinshi::edge::edge_event::EdgeEvent;
use xinshi::edge::handler::Handler;
use xinshi::edge::handler_reply::Problem;
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::edge::misuse;
use xinshi::error::SmsError;
use xinshi::wire::json::{self, Json};

/// A handler, with its user's functions.
pub struct ConfiguredHandler {
    pub handler: Rc<Handler>,
    pub user: User,
    pub store: Store,
    pub is_cloudflare: bool,
    pub in_page: bool,
    /// The tenants, where each has accounts of its own.
    pub tenants: Option<Tenants>,
    /// The options that are data, as JSON. While they stay equal, the handler is reused.
    data: String,
}

/// The storage of the state.
#[derive(Clone)]
pub enum Store {
    /// In Durable Objects of a namespace.
    Objects(JsValue),
    /// In a user's store: the object and its `apply`.
    User(JsValue, Function),
    /// No store is available.
    None,
}

/// The properties of the runtime that JavaScript detects.
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    /// Whether the process is long-lived, so that limits in its memory are effective.
    pub lives: bool,
    /// Whether requests come through Cloudflare.
    pub is_cloudflare: bool,
    /// Whether this is a page, or a page's worker.
    pub in_page: bool,
}

/// Options that are functions, or objects with functions.
const NO_DATA: &[&str] =
    &["store", "fetch", "now", "wait", "on", "country", "clientAddress", "queue", FUNCTIONS[0], FUNCTIONS[1]];

impl ConfiguredHandler {
    /// Reads options and bindings. `memory` makes a store in the process's memory, with a given clock. `last` is the
    /// previous configuration: if the data is the same, its handler is kept with its caches.
    ///
    /// # Errors
    /// `invalid_argument` or `unsupported`, naming the field.
    pub fn read(
        options: &JsValue,
        env: &JsValue,
        runtime: Runtime,
        memory: &Function,
        last: Option<&Self>,
    ) -> Result<Self, SmsError> {
        let written = match options.dyn_ref::<Function>() {
            Some(function) => &by_function(function, env)?,
            None => options,
        };
        let bound_options = bound_options(env)?;
        let user = User::read(written, &bound_options, runtime.is_cloudflare)?;
        let store = store(written, env, runtime, memory, &user)?;
        let data = if written.is_undefined() { &Object::new().into() } else { written };
        let has_tenants = vendors_function(written)?.is_some();
        let no_data = if has_tenants { [NO_DATA, &["vendors"]].concat() } else { NO_DATA.to_vec() };
        let data: Object = copy(data, "options", &no_data)?.unchecked_into();
        mark(&data, &user, has_tenants);
        let code = read(data.clone().into(), "options")?;
        let bound = bound(env, &bound_options)?;
        let json = bindings::options(&code, &bound)?;
        let data_json = text_of(&json);
        let same = last.filter(|last| last.data == data_json && is_same(&last.store, &store));
        let handler = if let Some(last) = same {
            Rc::clone(&last.handler)
        } else {
            let mut config = Config::of(&json)?;
            definitions::attach(&mut config.sms, written, &data)?;
            check_functions(&config, &user, has_tenants)?;
            check_country(&config, user.country.as_ref())?;
            let mut warnings = config.warnings();
            if !config.review_numbers.is_empty() {
                let now = read_clock(user.now.as_ref()).map_err(|message| SmsError::argument("now", message))?;
                warnings.extend(config.review_numbers.check(now)?);
            }
            report_warnings(&warnings, &user);
            Rc::new(Handler::new(config))
        };
        let Runtime { is_cloudflare, in_page, .. } = runtime;
        let tenants = Tenants::read(written, handler.config().tenant_cache)?;
        Ok(Self { handler, user, store, is_cloudflare, in_page, tenants, data: data_json })
    }

    /// The handler that serves a request.
    ///
    /// # Errors
    /// The problem of an unknown tenant, or of one whose accounts cannot be looked up.
    pub async fn for_request(
        self: &Rc<Self>,
        incoming: &Incoming,
        request: &HandlerRequest,
        bridge: &HostBridge,
    ) -> Result<Rc<Self>, Problem> {
        match &self.tenants {
            None => Ok(Rc::clone(self)),
            Some(tenants) => tenants.of_request(self, incoming, request, bridge).await,
        }
    }

    /// The handler that serves a call, for a tenant where there are tenants.
    ///
    /// # Errors
    /// As [`Self::for_request`].
    pub async fn for_call(self: &Rc<Self>, tenant: Option<&str>, bridge: &HostBridge) -> Result<Rc<Self>, Problem> {
        match (&self.tenants, tenant) {
            (Some(tenants), Some(tenant)) => tenants.enter(self, tenant, bridge).await,
            _ => Ok(Rc::clone(self)),
        }
    }

    /// The handler of a tenant with these accounts. `last` is the tenant's previous one: if its accounts are the same,
    /// its handler is kept with its caches.
    ///
    /// # Errors
    /// `invalid_argument` naming the field of an account.
    pub fn for_tenant(all: &Self, tenant: &str, accounts: &JsValue, last: Option<&Self>) -> Result<Self, SmsError> {
        let written = Object::new();
        set(&written, &"vendors".into(), accounts);
        let copied: Object = copy(&written, "options", &[])?.unchecked_into();
        let vendors = read(copied.clone().into(), "options")?;
        let all_json =
            json::parse(all.data.as_bytes()).map_err(|_| SmsError::argument("options", "they are no JSON"))?;
        let json = bindings::with_member(&all_json, "vendors", vendors.member("vendors"));
        let data = text_of(&json);
        let handler = if let Some(last) = last.filter(|last| last.data == data) {
            Rc::clone(&last.handler)
        } else {
            let mut config = Config::of(&json)?;
            definitions::attach(&mut config.sms, &written, &copied)?;
            check_country(&config, all.user.country.as_ref())?;
            Rc::new(Handler::for_tenant(config, tenant, &all.handler))
        };
        let (user, store) = (all.user.clone(), all.store.clone());
        let Self { is_cloudflare, in_page, .. } = *all;
        Ok(Self { handler, user, store, is_cloudflare, in_page, tenants: None, data })
    }
}

/// The options returned by the user's function.
fn by_function(function: &Function, env: &JsValue) -> Result<JsValue, SmsError> {
    let wrong = |message: &str| SmsError::argument("options", message);
    let inputs = call_user("the function for the options", function, &Array::of1(env));
    let inputs = inputs.map_err(|message| wrong(&message))?;
    if inputs.is_undefined() || inputs.is_null() {
        return Ok(JsValue::UNDEFINED);
    }
    if !inputs.is_object() || method(&inputs, "then").is_some() {
        return Err(wrong("the function for the options returned none: it must return an object, not a promise"));
    }
    Ok(inputs)
}

/// Writes `true` in place of the functions that the core checks for.
fn mark(data: &Object, user: &User, has_tenants: bool) {
    let yes = JsValue::TRUE;
    if has_tenants {
        set(data, &"vendors".into(), &yes);
    }
    if user.queue.is_some() {
        set(data, &"queue".into(), &yes);
    }
    if user.verify.is_some() {
        set(peek(data, "captcha").unchecked_ref(), &"verify".into(), &yes);
    }
}

/// The options in `XINSHI`: an object; a text that is not JSON is returned unchanged.
fn bound_options(env: &JsValue) -> Result<JsValue, SmsError> {
    let value = member(env, bindings::OPTIONS)?;
    Ok(value.as_string().and_then(|text| JSON::parse(&text).ok()).unwrap_or(value))
}

/// The bindings with the handler's names, without functions.
fn bound(env: &JsValue, options: &JsValue) -> Result<Vec<(&'static str, Json<'static>)>, SmsError> {
    let mut bound = Vec::new();
    for (name, ..) in bindings::SECRETS {
        let mut value = member(env, name)?;
        if name == bindings::REVIEW_NUMBERS && env.is_undefined() {
            value = process_variable(name);
        }
        if !value.is_undefined() {
            bound.push((name, read(copy(&value, name, &[])?, name)?));
        }
    }
    if !options.is_undefined() {
        bound.push((bindings::OPTIONS, read(copy(options, bindings::OPTIONS, NO_DATA)?, bindings::OPTIONS)?));
    }
    Ok(bound)
}

/// A variable of the process, where a server passes no bindings: Node.js, Bun, and Deno if it permits the variable.
fn process_variable(name: &str) -> JsValue {
    let global: JsValue = js_sys::global().into();
    // Deno asks a person at its terminal about a variable that it does not permit.
    let permissions = peek(&peek(&global, "Deno"), "permissions");
    if let Some(query) = method(&permissions, "querySync") {
        let variable = Object::new();
        set(&variable, &"name".into(), &"env".into());
        set(&variable, &"variable".into(), &name.into());
        let status = query.call1(&permissions, &variable).unwrap_or_default();
        if peek(&status, "state").as_string().as_deref() != Some("granted") {
            return JsValue::UNDEFINED;
        }
    }
    peek(&peek(&peek(&global, "process"), "env"), name)
}

fn text_of(json: &Json<'_>) -> String {
    let text = JSON::stringify(&crate::values_out::to_value(json));
    text.map(String::from).unwrap_or_default()
}

fn store(
    options: &JsValue,
    env: &JsValue,
    runtime: Runtime,
    memory: &Function,
    user: &User,
) -> Result<Store, SmsError> {
    let inputs = member(options, "store")?;
    if !inputs.is_undefined() {
        reject_eventual("store", &inputs)?;
        let apply = method(&inputs, "apply");
        let wrong = "store is not one: memoryStore(), casStore(…), or none for Durable Objects";
        return Ok(Store::User(inputs, apply.ok_or_else(|| SmsError::argument("store", wrong))?));
    }
    let namespace = peek(env, "LEDGER");
    if method(&namespace, "idFromName").is_some() {
        return Ok(Store::Objects(namespace));
    }
    if !runtime.lives {
        return Ok(Store::None);
    }
    let clock = user.now.as_ref().map_or(JsValue::UNDEFINED, Into::into);
    // The function is the package's own, so it exists.
    let store = memory.call1(&JsValue::UNDEFINED, &clock).unwrap_or_default();
    let apply = method(&store, "apply");
    Ok(apply.map_or(Store::None, |apply| Store::User(store, apply)))
}

/// Rejects a store that cannot detect another writer's change.
///
/// # Errors
/// `unsupported` for a namespace of Workers KV or of `EdgeOne` Pages KV, which has `put` and nothing that swaps.
pub fn reject_eventual(field: &str, store: &JsValue) -> Result<(), SmsError> {
    let has = |name: &str| method(store, name).is_some();
    let is_kv = has("put") && has("get") && has("list") && !has("swap") && !has("apply");
    if has("getWithMetadata") || is_kv { Err(misuse::eventual(field)) } else { Ok(()) }
}

fn is_same(one: &Store, other: &Store) -> bool {
    match (one, other) {
        (Store::Objects(one), Store::Objects(other)) | (Store::User(one, _), Store::User(other, _)) => {
            Object::is(one, other)
        }
        (Store::None, Store::None) => true,
        _ => false,
    }
}

/// Rejects `true` without a function: `XINSHI` may contain anything.
fn check_functions(config: &Config, user: &User, has_tenants: bool) -> Result<(), SmsError> {
    let is_function = |name: &str, is_there: bool| {
        if is_there { Ok(()) } else { Err(SmsError::argument(name, [name, " is not a function"].concat())) }
    };
    let asks_user = matches!(config.captcha.verifier, Some(CaptchaVerifier::Function));
    is_function("vendors", has_tenants || config.sms.accounts().0 > 0)?;
    is_function("captcha.verify", !asks_user || user.verify.is_some())?;
    is_function("queue", !config.has_queue || user.queue.is_some())
}

/// Checks that a function exists wherever a number's country matters. A listed number without a country is not in its
/// own form, and would match nobody; the same holds for a prefix of which no number has a country.
fn check_country(config: &Config, country: Option<&Function>) -> Result<(), SmsError> {
    let Some(country) = country else {
        let missing = "to send abroad, pass country: import { countryOf } from \"xinshi/country\"";
        let is_needed = config.sends_abroad() || config.sms.routes_by_country();
        return if is_needed { Err(SmsError::argument("country", missing)) } else { Ok(()) };
    };
    for listed in config.listed_abroad() {
        let Some((name, phones)) = listed.split_first() else { continue };
        let mut is_of_one = false;
        for phone in phones {
            is_of_one = is_of_one || has_country(country, phone)?;
        }
        if !is_of_one {
            let why = " has a number of no country: write it without a trunk prefix, +49170… for 0170…";
            return Err(SmsError::argument(name, [name, why].concat()));
        }
    }
    Ok(())
}

fn has_country(country: &Function, phone: &str) -> Result<bool, SmsError> {
    let wrong = |message: &str| SmsError::argument("country", message);
    let found = call_user("country", country, &Array::of1(&phone.into())).map_err(|message| wrong(&message))?;
    if found.is_undefined() || found.is_null() || found.is_string() {
        return Ok(found.is_string());
    }
    Err(wrong("country returned no text: it must return the country or undefined, not a promise"))
}

fn report_warnings(warnings: &[String], user: &User) {
    for message in warnings {
        if user.on.is_some() {
            user.emit(&EdgeEvent::Warning { message }, None);
        } else {
            log_warning(message);
        }
    }
}
