//! The handler's door: what a server, a timer and a back end call. Each call begins a work.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::pin::Pin;

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

use crate::edge::configured::{Configured, Runtime, Store};
use crate::edge::desk::{Desk, For, answer_value, headers_of, with_origin};
use crate::edge::effect::Effect;
use crate::edge::incoming::Incoming;
use crate::edge::user::{kind_of, log};
use crate::edge::work::begin;
use crate::entropy::draw;
use crate::error::thrown;
use crate::given::peek;
use crate::values::to_value;
use xinshi::edge::draws;
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::marketing::BulkPart;
use xinshi::edge::misuse::{self, Misuse};
use xinshi::edge::reply::Reply;
use xinshi::edge::request::Request;
use xinshi::error::SmsError;
use xinshi::join::join_all;
use xinshi::wire::json_writer::Object as JsonObject;

/// A handler by the options that its caller gave.
#[wasm_bindgen(js_name = Handler)]
pub struct JsHandler {
    options: JsValue,
    runtime: Runtime,
    memory: Function,
    last: RefCell<Option<(JsValue, Rc<Configured>)>>,
}

#[wasm_bindgen(js_class = Handler)]
impl JsHandler {
    /// Takes the options, as they were given. What is wrong with options that are there already, whoever starts the handler
    /// hears at once. `memory` gives the store of this process, for a clock.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, runtime: &JsValue, memory: Function) -> Result<JsHandler, JsValue> {
        let flag = |name: &str| peek(runtime, name).is_truthy();
        let [lives, is_cloudflare, in_page] = ["lives", "isCloudflare", "inPage"].map(flag);
        let runtime = Runtime { lives, is_cloudflare, in_page };
        let handler = Self { options, runtime, memory, last: RefCell::default() };
        if !handler.options.is_undefined() && !handler.options.is_function() {
            handler.configured(&JsValue::UNDEFINED).map_err(|error| thrown(&error))?;
        }
        Ok(handler)
    }

    /// Begins to answer a request.
    pub fn fetch(&self, request: JsValue, env: JsValue, ctx: JsValue) -> usize {
        let incoming = Incoming::new(request, env.clone(), ctx);
        let head = incoming.head();
        let origin = head.as_ref().ok().and_then(|request| request.origin.clone());
        let read = head.map_err(Refused::Misuse).and_then(|request| {
            let configured = self.configured(&env).map_err(Refused::Options)?;
            if matches!(configured.store, Store::None) {
                Err(Refused::NoStore(configured))
            } else {
                Ok((request, configured))
            }
        });
        match read {
            Ok((request, configured)) => {
                let desk = Desk::new(Some(Rc::clone(&configured)), For::Request(origin));
                begin(desk.clone(), serve(configured, incoming, request, desk))
            }
            Err(refused) => {
                let configured = match &refused {
                    Refused::NoStore(configured) => Some(Rc::clone(configured)),
                    _ => None,
                };
                let desk = Desk::new(configured, For::Request(origin));
                begin(desk.clone(), async move { refuse(refused, &incoming, &desk) })
            }
        }
    }

    /// Begins with what is to be done every minute.
    pub fn scheduled(&self, env: &JsValue) -> Result<usize, JsValue> {
        let configured = self.stored(env).map_err(|error| thrown(&error))?;
        let desk = Desk::new(Some(Rc::clone(&configured)), For::Caller);
        Ok(begin(desk.clone(), async move {
            configured.handler.scheduled(&draw(draws::LENGTH), &desk).await;
            desk.take_later().await;
            desk.resolve(JsValue::UNDEFINED);
        }))
    }

    /// Begins to find out which of some numbers want no marketing: comes to a list of them.
    #[wasm_bindgen(js_name = optedOut)]
    pub fn opted_out(&self, phones: &Array, env: &JsValue) -> Result<usize, JsValue> {
        let configured = self.stored(env).map_err(|error| thrown(&error))?;
        let phones: Option<Vec<String>> = phones.iter().map(|phone| phone.as_string()).collect();
        let phones = phones.ok_or_else(|| thrown(&SmsError::argument("phones", "phones are texts")))?;
        let desk = Desk::new(Some(Rc::clone(&configured)), For::Caller);
        Ok(begin(desk.clone(), async move {
            match configured.handler.who_opted_out(&phones, &desk).await {
                Ok(out) => desk.resolve(to_value(&out)),
                Err(error) => desk.reject(thrown(&error)),
            }
        }))
    }

    /// Begins to send a marketing text to some recipients of a bulk, a line each, before whom so many come: comes to the outcomes, a
    /// list in JSON.
    #[wasm_bindgen(js_name = sendMany)]
    pub fn send_many(
        &self,
        bulk: String,
        options: String,
        recipients: Vec<u8>,
        before: usize,
        env: &JsValue,
    ) -> Result<usize, JsValue> {
        let configured = self.stored(env).map_err(|error| thrown(&error))?;
        let desk = Desk::new(Some(Rc::clone(&configured)), For::Caller);
        Ok(begin(desk.clone(), async move {
            // What JavaScript writes of a text is UTF-8.
            let recipients = core::str::from_utf8(&recipients).unwrap_or_default();
            let part = BulkPart { bulk: &bulk, options: &options, recipients, before };
            let outcomes = configured.handler.send_marketing(&part, &draw(draws::LENGTH), &desk).await;
            desk.take_later().await;
            match outcomes {
                Ok(outcomes) => desk.resolve(JsValue::from_str(&outcomes)),
                Err(error) => desk.reject(thrown(&error)),
            }
        }))
    }

    /// The answer to a request that was under way when the instance broke: by what it did itself, which is `fault`, or by another.
    #[wasm_bindgen(js_name = givenUp)]
    pub fn given_up(&self, request: &JsValue, env: &JsValue, fault: &JsValue) -> JsValue {
        let problem = if fault.is_undefined() {
            log("a request was given up, since another broke the instance that answered both");
            misuse::given_up()
        } else {
            log(&["a fault of its own, please report it: ", &kind_of(fault)].concat());
            misuse::fault()
        };
        let incoming = Incoming::new(request.clone(), env.clone(), JsValue::UNDEFINED);
        let origin = incoming.head().ok().and_then(|request| request.origin);
        let configured = self.configured(env).ok();
        answer_value(with_origin(problem.into(), configured.as_deref(), origin.as_deref()))
    }
}

/// Why a request is not looked at.
enum Refused {
    Misuse(Misuse),
    Options(SmsError),
    NoStore(Rc<Configured>),
}

impl JsHandler {
    /// The handler for what a platform binds. It is made again where that is another.
    fn configured(&self, env: &JsValue) -> Result<Rc<Configured>, SmsError> {
        // Not borrowed while the options are read: the user's own code might ask again.
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
        let configured = Configured::read(&self.options, env, self.runtime, &self.memory, last.as_deref())?;
        let configured = Rc::new(configured);
        *self.last.borrow_mut() = Some((env.clone(), Rc::clone(&configured)));
        Ok(configured)
    }

    /// The same, where its state is kept.
    fn stored(&self, env: &JsValue) -> Result<Rc<Configured>, SmsError> {
        let configured = self.configured(env)?;
        if matches!(configured.store, Store::None) {
            return Err(misuse::keeps_nothing());
        }
        Ok(configured)
    }
}

/// Answers a request, and does what follows from it.
async fn serve(configured: Rc<Configured>, incoming: Incoming, mut request: Request, desk: Desk) {
    let handler = &configured.handler;
    let needs = handler.needs(&request);
    if needs.address {
        match incoming.address(&configured) {
            Ok(address) => request.address = address,
            Err(problem) => return desk.refuse(problem),
        }
    }
    match incoming.body(needs, &desk).await {
        Ok(body) => request.body = body,
        Err(misuse) => return desk.refuse(misuse.problem()),
    }
    let mut reply = handler.handle(&request, &draw(draws::LENGTH), &desk).await;
    if reply.is_description && request.method != "HEAD" {
        let document = desk.ask_user("the description", Effect::Describe).await;
        reply.body = described(document.and_then(|text| text.as_string()), &handler.config().base_path);
    }
    let attend = reply.attend.take();
    desk.answer(reply);
    let attending = async {
        if let Some(account) = attend {
            handler.process_pushed(&account, &desk).await;
        }
    };
    let works: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] = [Box::pin(desk.take_later()), Box::pin(attending)];
    join_all(works.into()).await;
    // What was left by what followed.
    desk.take_later().await;
}

/// The description with what every path begins with: the handler need not know its origin.
fn described(document: Option<String>, base_path: &str) -> String {
    let document = document.unwrap_or_default();
    if base_path.is_empty() {
        return document;
    }
    let mut server = JsonObject::new();
    server.text("url", base_path);
    let members = document.strip_prefix('{').unwrap_or_default();
    ["{\"servers\":[", &server.finish(), "],", members].concat()
}

/// Answers what is not looked at.
fn refuse(refused: Refused, incoming: &Incoming, desk: &Desk) {
    match refused {
        Refused::Misuse(misuse) => {
            let problem = misuse.problem();
            let reply = Reply::from(problem.clone());
            incoming.answer_foreign(reply.status, &headers_of(&reply), &reply.body, misuse.message());
            desk.refuse(problem);
        }
        Refused::Options(error) => {
            let field = error.field.as_deref().filter(|field| !error.message.contains(field));
            let field = field.map(|field| [field, ": "].concat()).unwrap_or_default();
            log(&["the options are wrong: ", &field, &error.message].concat());
            desk.refuse(misuse::misconfigured());
        }
        Refused::NoStore(_) => {
            log(misuse::NO_STORE);
            desk.refuse(misuse::no_store());
        }
    }
}

/// The path of an account's hook, by the key that makes its token.
#[wasm_bindgen(js_name = hookPath)]
pub fn hook_path(key: &JsValue, account: &JsValue) -> Result<String, JsValue> {
    let wrong = |field: &str, message: &str| thrown(&SmsError::argument(field, message));
    let key = key.as_string().filter(|key| key.len() >= 32);
    let key = key.ok_or_else(|| wrong("key", "a hook key has at least 32 bytes"))?;
    let account = account.as_string().ok_or_else(|| wrong("account", "account is a text"))?;
    Ok(HookKeys::new(&[&key]).path(&account).unwrap_or_default())
}

/// Tells an operator of something of a server's that threw.
#[wasm_bindgen(js_name = tellThrown)]
pub fn tell_thrown(what: &str, error: &JsValue) {
    log(&[what, " threw: ", &kind_of(error)].concat());
}

/// A fault of xinshi's own, as JavaScript throws it.
#[wasm_bindgen(js_name = faultOf)]
#[must_use]
pub fn fault_of() -> JsValue {
    thrown(&SmsError::fault(true))
}
