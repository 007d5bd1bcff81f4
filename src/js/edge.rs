//! The edge handler's door.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::error::thrown;
use crate::mailbox::Mailbox;
use crate::observer::Observer;

use xinshi::client::transport::{Transport, TransportError};
use xinshi::edge::config::Config;
use xinshi::edge::draws;
use xinshi::edge::event::Event;
use xinshi::edge::handler::Handler;
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::host::Host;
use xinshi::edge::reply::Reply;
use xinshi::edge::request::{Body, Request};
use xinshi::edge::webhook::Signed;
use xinshi::guard::ledger::{Change, apply};
use xinshi::phone::Phone;
use xinshi::wire::json_writer::{Object, texts};
use xinshi::wire::{WireReply, WireRequest};

/// A configured handler.
#[wasm_bindgen(js_name = Handler)]
pub struct JsHandler {
    handler: Rc<Handler>,
    timeout_ms: u32,
    on: Option<Observer>,
}

#[wasm_bindgen(js_class = Handler)]
impl JsHandler {
    /// Reads the options.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, on: Option<Observer>) -> Result<JsHandler, JsValue> {
        let config = Config::read(options).map_err(thrown)?;
        let timeout_ms = config.sms.timeout_ms("{}").map_err(thrown)?;
        Ok(Self { handler: Rc::new(Handler::new(config)), timeout_ms, on })
    }

    /// What a start-up should tell, as a list in JSON.
    pub fn warnings(&self) -> String {
        texts(self.handler.config().warnings())
    }

    /// The `kid` of the key that signs proofs.
    #[wasm_bindgen(js_name = keyId)]
    pub fn key_id(&self) -> String {
        self.handler.config().key_id.clone()
    }

    /// The longest body that is read of a request to a path, in bytes.
    #[wasm_bindgen(js_name = longestBody)]
    pub fn longest_body(&self, path: &str) -> usize {
        self.handler.longest_body(path)
    }

    /// Begins to deal with what waits for an account.
    pub fn attend(&self, account: String, by_host: bool) -> JsHandling {
        self.handling(by_host, |handler, desk| async move {
            handler.attend_after_push(&account, &desk).await;
            Reply::empty(204)
        })
    }

    /// Begins with what is to be done every minute.
    pub fn scheduled(&self, drawn: Vec<u8>, by_host: bool) -> JsHandling {
        self.handling(by_host, |handler, desk| async move {
            handler.scheduled(&drawn, &desk).await;
            Reply::empty(204)
        })
    }

    /// Begins to find out which of some numbers want no marketing.
    #[wasm_bindgen(js_name = optedOut)]
    pub fn opted_out(&self, phones: Vec<String>, by_host: bool) -> JsHandling {
        self.handling(by_host, |handler, desk| async move { handler.who_opted_out(&phones, &desk).await })
    }

    /// Begins to answer a request: its head as JSON, and its body, or why there is none: `too-long` or `unfinished`.
    pub fn handle(
        &self,
        head: &str,
        body: Option<Vec<u8>>,
        why: Option<String>,
        drawn: Vec<u8>,
        by_host: bool,
    ) -> Result<JsHandling, JsValue> {
        let body = match (body, why.as_deref()) {
            (Some(body), _) => Body::Whole(body),
            (None, Some("too-long")) => Body::TooLong,
            (None, _) => Body::Unfinished,
        };
        let request = Request::read(head, body).map_err(thrown)?;
        Ok(self.handling(by_host, |handler, desk| async move { handler.handle(&request, &drawn, &desk).await }))
    }
}

impl JsHandler {
    fn handling<F: Future<Output = Reply> + 'static>(
        &self,
        by_host: bool,
        work: impl FnOnce(Rc<Handler>, Desk) -> F,
    ) -> JsHandling {
        let mailbox = Mailbox::new(self.timeout_ms, by_host);
        let desk = Desk { mailbox, letters: Rc::default(), on: self.on.clone() };
        let work = Box::pin(work(Rc::clone(&self.handler), desk.clone()));
        JsHandling { work, desk, reply: None }
    }
}

/// What passes between a handler and JavaScript.
#[derive(Clone)]
struct Desk {
    mailbox: Mailbox,
    letters: Rc<RefCell<Letters>>,
    on: Option<Observer>,
}

/// Nobody could say.
struct NoAnswer;

#[derive(Default)]
struct Letters {
    wanted: Option<String>,
    bytes: Vec<u8>,
    applied: Option<Result<Vec<u8>, NoAnswer>>,
    said: Option<Result<String, NoAnswer>>,
    later: VecDeque<(String, Vec<u8>)>,
}

impl Desk {
    async fn said(&self, wanted: Object) -> Option<String> {
        self.letters.borrow_mut().wanted = Some(wanted.finish());
        poll_fn(|_| self.letters.borrow_mut().said.take().map_or(Poll::Pending, Poll::Ready)).await.ok()
    }
}

fn want(what: &str) -> Object {
    let mut json = Object::new();
    json.text("want", what);
    json
}

impl Transport for Desk {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        self.mailbox.call(request).await
    }

    fn aborted(&self) -> bool {
        self.mailbox.aborted()
    }

    fn now(&self) -> i64 {
        self.mailbox.now()
    }
}

impl Host for Desk {
    async fn apply(&self, key: &str, command: Vec<u8>) -> Option<Vec<u8>> {
        let mut json = want("apply");
        json.text("key", key);
        {
            let mut letters = self.letters.borrow_mut();
            letters.wanted = Some(json.finish());
            letters.bytes = command;
        }
        poll_fn(|_| self.letters.borrow_mut().applied.take().map_or(Poll::Pending, Poll::Ready)).await.ok()
    }

    async fn solved(&self, token: &str, address: &str) -> Option<bool> {
        let mut json = want("solved");
        json.text("token", token);
        json.text("address", address);
        self.said(json).await.map(|said| said == "true")
    }

    async fn country(&self, phone: &Phone) -> Option<String> {
        let mut json = want("country");
        json.text("phone", &phone.e164());
        self.said(json).await
    }

    async fn sign(&self, claims: &str) -> Option<String> {
        let mut json = want("sign");
        json.json("claims", claims);
        self.said(json).await
    }

    async fn enqueue(&self, message: &str) -> bool {
        let mut json = want("enqueue");
        json.json("message", message);
        self.said(json).await.is_some()
    }

    async fn post(&self, url: &str, signed: &Signed, body: &str) -> Option<u16> {
        let mut json = want("post");
        json.text("url", url);
        json.text("id", &signed.id);
        json.text("timestamp", &signed.timestamp);
        json.text("signature", &signed.signature);
        json.text("body", body);
        self.said(json).await?.parse().ok()
    }

    async fn wait(&self, milliseconds: i64) {
        let mut json = want("wait");
        json.number("milliseconds", milliseconds);
        // Whether the time passed or not, it goes on.
        let _ = self.said(json).await;
    }

    fn later(&self, key: &str, command: Vec<u8>) {
        self.letters.borrow_mut().later.push_back((key.to_owned(), command));
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(on) = &self.on {
            on.tell(event.to_json());
        }
    }
}

/// A request that is being answered.
#[wasm_bindgen(js_name = Handling)]
pub struct JsHandling {
    work: Pin<Box<dyn Future<Output = Reply>>>,
    desk: Desk,
    reply: Option<Reply>,
}

#[wasm_bindgen(js_class = Handling)]
impl JsHandling {
    /// Goes on until something is wanted, and gives it as JSON, or to the reply, and gives nothing.
    pub fn step(&mut self, now: f64) -> Option<String> {
        self.desk.mailbox.at(now, false);
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => self.desk.letters.borrow_mut().wanted.take().or_else(|| self.desk.mailbox.wanted()),
            Poll::Ready(reply) => {
                self.reply = Some(reply);
                None
            }
        }
    }

    /// The command that is to be applied.
    pub fn command(&self) -> Vec<u8> {
        core::mem::take(&mut self.desk.letters.borrow_mut().bytes)
    }

    /// What was decided, or nothing where the store failed.
    pub fn applied(&self, decision: Option<Vec<u8>>) {
        self.desk.letters.borrow_mut().applied = Some(decision.ok_or(NoAnswer));
    }

    /// What was said to anything else, or nothing where nobody can say.
    pub fn said(&self, said: Option<String>) {
        self.desk.letters.borrow_mut().said = Some(said.ok_or(NoAnswer));
    }

    /// The body of the request that is to be made.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.desk.mailbox.body()
    }

    /// The whole reply came.
    pub fn replied(&self, status: u16, body: Vec<u8>) {
        self.desk.mailbox.replied(status, body);
    }

    /// No whole reply came.
    pub fn failed(&self, why: &str, code: Option<String>, syscall: Option<String>, received: Vec<u8>) {
        self.desk.mailbox.failed(why, code, syscall, received);
    }

    /// The status of the reply.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.reply.as_ref().map_or(500, |reply| reply.status)
    }

    /// Names and values of its headers, in turn.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Vec<String> {
        let headers = self.reply.iter().flat_map(|reply| &reply.headers);
        headers.flat_map(|(name, value)| [(*name).to_owned(), value.clone()]).collect()
    }

    /// Its body.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> String {
        self.reply.as_ref().map(|reply| reply.body.clone()).unwrap_or_default()
    }

    /// Whether the body is to be the handler's description.
    #[wasm_bindgen(getter, js_name = isDescription)]
    pub fn is_description(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| reply.is_description)
    }

    /// The account whose queue is to be attended to after the answer left.
    #[wasm_bindgen(getter)]
    pub fn attend(&self) -> Option<String> {
        self.reply.as_ref().and_then(|reply| reply.attend.clone())
    }

    /// The key of the next step that is to be taken after the answer left; [`JsHandling::command`] is its command.
    pub fn later(&self) -> Option<String> {
        let mut letters = self.desk.letters.borrow_mut();
        let (key, command) = letters.later.pop_front()?;
        letters.bytes = command;
        Some(key)
    }
}

/// The path of an account's hook, by the key that makes its token.
#[wasm_bindgen(js_name = hookPath)]
pub fn hook_path(key: &str, account: &str) -> Option<String> {
    HookKeys::new(&[key]).path(account)
}

/// How many random bytes a request takes.
#[wasm_bindgen(js_name = drawnLength)]
pub fn drawn_length() -> usize {
    draws::LENGTH
}

/// Carries out a command on the state of a key. Nothing where either is not ours: then nothing may change.
#[wasm_bindgen(js_name = applyToLedger)]
pub fn apply_to_ledger(state: Option<Vec<u8>>, command: &[u8], now: f64) -> Option<JsApplied> {
    #[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
    let applied = apply(state.as_deref(), command, now as i64).ok()?;
    Some(match applied.change {
        Change::Nothing => JsApplied { decision: applied.decision, changes: false, state: None, expires_at: 0.0 },
        Change::Remove => JsApplied { decision: applied.decision, changes: true, state: None, expires_at: 0.0 },
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
        Change::Store { state, expires_at } => {
            JsApplied { decision: applied.decision, changes: true, state: Some(state), expires_at: expires_at as f64 }
        }
    })
}

/// What came of a command.
#[wasm_bindgen(js_name = Applied)]
pub struct JsApplied {
    decision: Vec<u8>,
    changes: bool,
    state: Option<Vec<u8>>,
    expires_at: f64,
}

#[wasm_bindgen(js_class = Applied)]
impl JsApplied {
    /// What was decided.
    pub fn decision(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.decision)
    }

    /// Whether the state is another than before.
    #[wasm_bindgen(getter)]
    pub fn changes(&self) -> bool {
        self.changes
    }

    /// The state from now on: nothing where there is none any more, or where it did not change.
    pub fn state(&mut self) -> Option<Vec<u8>> {
        self.state.take()
    }

    /// When the state can be removed, in milliseconds since 1970.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        self.expires_at
    }
}
