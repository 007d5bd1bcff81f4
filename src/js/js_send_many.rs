//! [`JsSendMany`]: a bulk under way. It takes recipients as its batches have capacity, sends a limited number of
//! requests at once, and returns outcomes as requests end. It begins nothing new unless the caller asks for more.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::{Poll, Waker};

use js_sys::{Array, Date, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

use crate::client::{CallInputs, ConfiguredClient};
use crate::imports::Signal;
use crate::js_outcome;
use crate::plan_memory::text;
use crate::random_source;
use crate::stream::wait;
use crate::values_out::set;
use xinshi::client::plan::Plan;
use xinshi::client::prepared_request::PreparedRequest;
use xinshi::client::send_many::{PendingRequest, SendMany};

#[wasm_bindgen]
extern "C" {
    /// The source of recipients: `client/recipients.js`.
    pub type Recipients;
    /// Takes up to `most` recipients, synchronously or by a promise. A caller's iterator may throw.
    #[wasm_bindgen(method, catch)]
    fn take(this: &Recipients, max_recipients: usize) -> Result<JsValue, JsValue>;
    /// The text of the recipients taken since the last call, one a line.
    #[wasm_bindgen(method, catch)]
    fn written(this: &Recipients) -> Result<Vec<u8>, JsValue>;
    /// Whether the list has ended.
    #[wasm_bindgen(method, getter, js_name = isDone)]
    fn is_done(this: &Recipients) -> bool;
    /// Stops taking recipients.
    #[wasm_bindgen(method)]
    fn stop(this: &Recipients);
}

/// A bulk on its way.
#[wasm_bindgen(js_name = SendMany)]
pub struct JsSendMany(Rc<BulkTask>);

struct BulkTask {
    client: Rc<ConfiguredClient>,
    inputs: CallInputs,
    source: BulkSource,
    under_way: Cell<usize>,
    /// Whether it is waiting for recipients.
    is_taking: Cell<bool>,
    /// Whether no further request may begin.
    stopped: Cell<bool>,
    ended: RefCell<Vec<JsValue>>,
    /// The exception of the caller's iterator.
    broken: RefCell<Option<JsValue>>,
    waker: RefCell<Option<Waker>>,
    /// Ends the wait for the caller's abort.
    abort_listener: RefCell<Option<Function>>,
}

/// The requests to send.
pub struct BulkSource {
    many: Option<(RefCell<SendMany>, Recipients)>,
    account: Rc<str>,
    planned: RefCell<VecDeque<(usize, PreparedRequest)>>,
}

impl BulkSource {
    /// A bulk, with the source of its recipients.
    pub fn of_recipients(many: SendMany, recipients: Recipients) -> Self {
        Self { many: Some((RefCell::new(many), recipients)), account: Rc::from(""), planned: RefCell::default() }
    }

    /// The requests of a plan, rejected ones included.
    pub fn of_plan(plan: Plan) -> Self {
        let planned = plan.prepared.into_iter().enumerate().collect();
        Self { many: None, account: plan.account, planned: RefCell::new(planned) }
    }
}

/// The next request to send.
enum NextRequest {
    Pending(PendingRequest),
    Planned(usize, PreparedRequest),
}

#[wasm_bindgen(js_class = SendMany)]
impl JsSendMany {
    /// The outcomes since the last call, as a list; undefined once all requests have ended. Rejects with the exception
    /// of the caller's iterator, once all requests before it have ended.
    pub fn next(&self) -> Promise {
        let bulk = Rc::clone(&self.0);
        future_to_promise(async move { bulk.next().await })
    }

    /// Stops the bulk: no new request begins, and those under way end by themselves.
    pub fn end(&self) {
        self.0.stopped.set(true);
        if let Some(listener) = self.0.abort_listener.take() {
            let _ = listener.call0(&JsValue::UNDEFINED);
            if let Some(signal) = &self.0.inputs.signal {
                let _ = signal.unlisten("abort", &listener);
            }
        }
    }
}

impl JsSendMany {
    pub fn new(client: Rc<ConfiguredClient>, inputs: CallInputs, source: BulkSource) -> Self {
        let bulk = Rc::new(BulkTask {
            client,
            inputs,
            source,
            under_way: Cell::default(),
            is_taking: Cell::default(),
            stopped: Cell::default(),
            ended: RefCell::default(),
            broken: RefCell::default(),
            waker: RefCell::default(),
            abort_listener: RefCell::default(),
        });
        bulk.listen();
        Self(bulk)
    }
}

impl BulkTask {
    /// Waits for the caller's abort.
    fn listen(self: &Rc<Self>) {
        let Some(signal) = &self.inputs.signal else { return };
        let mut resolve = None;
        let promise = Promise::new(&mut |settle, _| resolve = Some(settle));
        let Some(resolve) = resolve.filter(|resolve| signal.listen("abort", resolve).is_ok()) else { return };
        *self.abort_listener.borrow_mut() = Some(resolve);
        let bulk = Rc::clone(self);
        spawn_local(async move {
            let _ = wait(&promise).await;
            if !bulk.stopped.get() {
                bulk.abort();
            }
        });
    }

    async fn next(self: Rc<Self>) -> Result<JsValue, JsValue> {
        loop {
            if !self.stopped.get() && self.inputs.signal.as_ref().is_some_and(Signal::is_aborted) {
                self.abort();
            }
            while self.under_way.get() < self.inputs.options.concurrency && self.begin() {}
            if self.may_take() {
                self.take();
                // Lets the requests that began leave before taking more recipients.
                turn().await;
                continue;
            }
            if self.under_way.get() == 0 && !self.is_taking.get() {
                // Sends unfilled batches: the last ones, and those with recipients that another account took over.
                self.flush();
                self.begin();
            }
            let ended = self.ended.take();
            if !ended.is_empty() {
                return Ok(ended.into_iter().collect::<Array>().into());
            }
            if self.under_way.get() == 0 && !self.is_taking.get() {
                return self.broken.take().map_or(Ok(JsValue::UNDEFINED), Err);
            }
            self.changed().await;
        }
    }

    /// Begins the next request. Returns whether there was one.
    fn begin(self: &Rc<Self>) -> bool {
        let next = match &self.source.many {
            Some((many, _)) => many.borrow_mut().next_pending().map(NextRequest::Pending),
            None => self.source.planned.borrow_mut().pop_front().map(|(index, one)| NextRequest::Planned(index, one)),
        };
        let Some(next) = next else { return false };
        self.under_way.set(self.under_way.get() + 1);
        let bulk = Rc::clone(self);
        spawn_local(async move {
            if let Some(outcome) = bulk.deliver(next).await {
                bulk.ended.borrow_mut().push(outcome.into());
            }
            bulk.under_way.set(bulk.under_way.get() - 1);
            bulk.change();
        });
        true
    }

    /// Sends a request. `None` if another account took its recipients over.
    async fn deliver(&self, next: NextRequest) -> Option<Object> {
        let (transport, on) = self.client.transport(&self.inputs);
        let (index, outcome) = match next {
            NextRequest::Pending(pending) => {
                let (many, _) = self.source.many.as_ref()?;
                let (index, random) = (pending.index, random_source::random());
                (index, self.client.sms.send_pending(many, pending, &random, &transport, &on).await?)
            }
            NextRequest::Planned(index, one) => {
                let random = random_source::random();
                (index, self.client.sms.send_planned(&self.source.account, one, &random, &transport, &on).await)
            }
        };
        let outcome = js_outcome::value_of(outcome);
        #[allow(clippy::cast_precision_loss, reason = "a number of requests")]
        set(&outcome, &"index".into(), &(index as f64).into());
        Some(outcome)
    }

    fn may_take(&self) -> bool {
        let is_open = !self.stopped.get() && !self.is_taking.get() && self.broken.borrow().is_none();
        let has_more = self.source.many.as_ref().is_some_and(|(_, recipients)| !recipients.is_done());
        is_open && has_more && self.under_way.get() < self.inputs.options.concurrency
    }

    /// Takes as many recipients as the batches have capacity for.
    fn take(self: &Rc<Self>) {
        let Some((many, recipients)) = &self.source.many else { return };
        let max_recipients = many.borrow().remaining_capacity();
        match recipients.take(max_recipients) {
            Ok(taken) if taken.is_undefined() => self.taken(Ok(taken)),
            Err(error) => self.taken(Err(error)),
            Ok(taking) => {
                self.is_taking.set(true);
                let bulk = Rc::clone(self);
                spawn_local(async move {
                    let taken = wait(&taking).await;
                    bulk.is_taking.set(false);
                    bulk.taken(taken);
                    bulk.change();
                });
            }
        }
    }

    fn taken(&self, taken: Result<JsValue, JsValue>) {
        self.hand_over();
        match taken {
            // Recipients that arrived during the abort count as taken.
            _ if self.stopped.get() => self.abort_pending(),
            Ok(_) => {}
            Err(error) => *self.broken.borrow_mut() = Some(error),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
    fn hand_over(&self) {
        let Some((many, recipients)) = &self.source.many else { return };
        let written = recipients.written().unwrap_or_default();
        if !written.is_empty() {
            many.borrow_mut().push(&self.client.sms, text(&written), Date::now() as i64);
        }
    }

    fn flush(&self) {
        if let Some((many, _)) = &self.source.many {
            many.borrow_mut().flush();
        }
    }

    fn abort_pending(&self) {
        if let Some((many, _)) = &self.source.many {
            many.borrow_mut().abort();
        }
    }

    /// Aborts the bulk: rejects everything that was not sent, and stops waiting for recipients.
    fn abort(&self) {
        self.stopped.set(true);
        self.is_taking.set(false);
        if let Some((_, recipients)) = &self.source.many {
            recipients.stop();
        }
        self.hand_over();
        self.abort_pending();
        self.change();
    }

    fn change(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    async fn changed(&self) {
        pending_once(|waker| *self.waker.borrow_mut() = Some(waker.clone())).await;
    }
}

/// Lets all other ready tasks run first.
async fn turn() {
    pending_once(Waker::wake_by_ref).await;
}

/// Waits until the task is polled again.
async fn pending_once(mut wake_by: impl FnMut(&Waker)) {
    let mut is_first = true;
    poll_fn(|context| {
        if !core::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        wake_by(context.waker());
        Poll::Pending
    })
    .await;
}
