//! [`JsSendMany`]: a bulk on its way. Recipients are taken as there is room for them, requests leave so many at once, and
//! outcomes come as they end. A caller that does not ask for more begins nothing new.

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
use crate::outcome;
use crate::plan_memory::text;
use crate::results;
use crate::stream::wait;
use crate::values_out::set;
use xinshi::client::plan::Plan;
use xinshi::client::prepared_request::PreparedRequest;
use xinshi::client::send_many::{PendingRequest, SendMany};

#[wasm_bindgen]
extern "C" {
    /// Where recipients come from: `client/recipients.js`.
    pub type Recipients;
    /// Takes so many, at once or by a promise. A caller's iterator may throw.
    #[wasm_bindgen(method, catch)]
    fn take(this: &Recipients, most: usize) -> Result<JsValue, JsValue>;
    /// Those that were taken and not yet written, a line each.
    #[wasm_bindgen(method, catch)]
    fn written(this: &Recipients) -> Result<Vec<u8>, JsValue>;
    /// Whether there are no more.
    #[wasm_bindgen(method, getter, js_name = isDone)]
    fn is_done(this: &Recipients) -> bool;
    /// Takes no more.
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
    /// Whether recipients are being waited for.
    is_taking: Cell<bool>,
    /// Whether nothing more is to begin.
    stopped: Cell<bool>,
    ended: RefCell<Vec<JsValue>>,
    /// What the caller's iterator threw.
    broken: RefCell<Option<JsValue>>,
    waker: RefCell<Option<Waker>>,
    /// What ends the waiting for the caller to give up.
    abort_listener: RefCell<Option<Function>>,
}

/// What is to be delivered.
pub struct BulkSource {
    many: Option<(RefCell<SendMany>, Recipients)>,
    account: Rc<str>,
    planned: RefCell<VecDeque<(usize, PreparedRequest)>>,
}

impl BulkSource {
    /// Recipients as they come.
    pub fn of_recipients(many: SendMany, recipients: Recipients) -> Self {
        Self { many: Some((RefCell::new(many), recipients)), account: Rc::from(""), planned: RefCell::default() }
    }

    /// The requests of a plan, refused ones included.
    pub fn of_plan(plan: Plan) -> Self {
        let planned = plan.prepared.into_iter().enumerate().collect();
        Self { many: None, account: plan.account, planned: RefCell::new(planned) }
    }
}

/// What leaves next.
enum NextRequest {
    Pending(PendingRequest),
    Planned(usize, PreparedRequest),
}

#[wasm_bindgen(js_class = SendMany)]
impl JsSendMany {
    /// What ended since it was asked last, as a list; nothing where all has ended. Rejects with what the caller's iterator
    /// threw, once all that was taken has ended.
    pub fn next(&self) -> Promise {
        let bulk = Rc::clone(&self.0);
        future_to_promise(async move { bulk.next().await })
    }

    /// The caller turns away: nothing new begins, and what is under way ends by itself.
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
            given,
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
    /// Waits for the caller to give up.
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
                // What began leaves before more is taken.
                turn().await;
                continue;
            }
            if self.under_way.get() == 0 && !self.is_taking.get() {
                // The rest, and what another account took over: it may be gathered and not full.
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

    /// Begins what leaves next, where something does.
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

    /// Nothing where another request of the bulk will tell.
    async fn deliver(&self, next: NextRequest) -> Option<Object> {
        let (transport, on) = self.client.transport(&self.inputs);
        let (index, outcome) = match next {
            NextRequest::Pending(pending) => {
                let (many, _) = self.source.many.as_ref()?;
                let (index, random) = (pending.index, random_source::random());
                (index, self.client.sms.send_pending(many, pending, &random, &transport, &on).await?)
            }
            NextRequest::Planned(index, one) => {
                (index, self.client.sms.send_planned(&self.source.account, &one, &transport, &on).await)
            }
        };
        let outcome = outcome::value_of(outcome);
        #[allow(clippy::cast_precision_loss, reason = "a number of requests")]
        set(&outcome, &"index".into(), &(index as f64).into());
        Some(outcome)
    }

    fn may_take(&self) -> bool {
        let is_open = !self.stopped.get() && !self.is_taking.get() && self.broken.borrow().is_none();
        let has_more = self.source.many.as_ref().is_some_and(|(_, recipients)| !recipients.is_done());
        is_open && has_more && self.under_way.get() < self.inputs.options.concurrency
    }

    /// Takes as many recipients as there is room for.
    fn take(self: &Rc<Self>) {
        let Some((many, recipients)) = &self.source.many else { return };
        let most = many.borrow().remaining_capacity();
        match recipients.take(most) {
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
            // What came while the caller gave up was taken all the same.
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

    /// The caller gave up: what has not left is refused, and nobody waits for more recipients.
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

/// Lets all others go on that can.
async fn turn() {
    pending_once(Waker::wake_by_ref).await;
}

/// Waits until it is polled again.
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
