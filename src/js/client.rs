//! The client's door.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::{IntoIter, Vec};
use core::cell::RefCell;
use core::iter::Enumerate;

use wasm_bindgen::prelude::*;

use crate::error::thrown;
use crate::mailbox::Mailbox;
use crate::observer::Observer;
use crate::page::{Page, Said, text};
use crate::task::{Ended, JsTask};
use xinshi::client::Sms;
use xinshi::client::event::Event;
use xinshi::client::plan::Plan;
use xinshi::client::push;
use xinshi::client::send_many::SendMany;
use xinshi::client::submission::Submission;
use xinshi::error::SmsError;
use xinshi::message::Message;
use xinshi::outcome::Outcome;
use xinshi::random::Random;
use xinshi::reference::Reference;
use xinshi::segments::{self, Billing};
use xinshi::wire::WireRequest;
use xinshi::wire::json_writer::{Object, list, texts};

/// A configured client.
#[wasm_bindgen(js_name = Client)]
pub struct JsClient {
    sms: Rc<Sms>,
    by_host: bool,
    on: Option<Observer>,
    page: Page,
    leaving: RefCell<Option<Leaving>>,
}

/// What has not left yet of a plan.
struct Leaving {
    timeout_ms: u32,
    account: Rc<str>,
    submissions: Enumerate<IntoIter<Submission>>,
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Reads the options. `by_host` says that `fetch` is the host's own.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, by_host: bool, on: Option<Observer>) -> Result<JsClient, JsValue> {
        Ok(Self::of(Rc::new(Sms::configure(options).map_err(thrown)?), by_host, on))
    }

    /// Room for what a call is about: its address. What is written there the next call reads: see [`Said::read`].
    pub fn room(&self, length: usize) -> usize {
        self.page.room(length)
    }

    /// A message made ready for an account, or where `recipients` are given, a bulk: all of it, as [`Told`] has it. The
    /// same that was written makes the same plan. Gives the address of its numbers, or 0 where there is no plan, and
    /// [`JsClient::show`] throws why: a `Result` would cross as a list, which takes a while.
    ///
    /// [`Told`]: xinshi::client::plan::Told
    pub fn plan(&self, entropy: usize, account: i32, head: usize, recipients: i32, knows: bool) -> usize {
        self.planned(entropy, account, head, recipients).map_or(0, |plan| self.page.tell(&plan, knows))
    }

    /// The requests of a plan for eyes, as a list of JSON or of curl commands: credentials redacted.
    pub fn show(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        recipients: i32,
        curl: bool,
    ) -> Result<String, JsValue> {
        let plan = self.planned(entropy, account, head, recipients).map_err(thrown)?;
        Ok(if curl {
            texts(plan.requests().map(WireRequest::to_curl))
        } else {
            list(plan.requests().map(WireRequest::to_json))
        })
    }

    /// Sends a message, by one account alone where it is named. `to` and `reference` are what the caller wrote, for the
    /// outcome of a message that cannot be read.
    pub fn send(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        to: Option<String>,
        reference: Option<String>,
        call: &str,
    ) -> JsTask {
        let written = self.page.written();
        let Said { message, account, entropy, .. } = Said::read(&written, entropy, account, head, -1);
        let (random, account) = (Random::new(entropy), account.map(String::from));
        let message = Message::read(message);
        drop(written);
        match message.and_then(|message| Ok((message, self.sms.timeout_ms(call)?))) {
            Ok((message, timeout_ms)) => {
                let (sms, on) = (Rc::clone(&self.sms), self.observer());
                self.task(timeout_ms, 0, async move |mailbox| {
                    told(sms.send(&message, account.as_deref(), &random, &mailbox, &on).await)
                })
            }
            Err(error) => self.refused(account.as_deref(), to, reference, error),
        }
    }

    /// Begins to send exactly a plan, which is made again of what was written: [`JsClient::next`] gives its calls.
    #[wasm_bindgen(js_name = sendPlan)]
    pub fn send_plan(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        recipients: i32,
        call: &str,
    ) -> Result<(), JsValue> {
        let Plan { account, submissions, .. } = self.planned(entropy, account, head, recipients).map_err(thrown)?;
        let timeout_ms = self.sms.timeout_ms(call).map_err(thrown)?;
        *self.leaving.borrow_mut() =
            Some(Leaving { timeout_ms, account, submissions: submissions.into_iter().enumerate() });
        Ok(())
    }

    /// A call a request of the plan that was begun last, refused ones included.
    pub fn next(&self) -> Option<JsTask> {
        let mut leaving = self.leaving.borrow_mut();
        let Leaving { timeout_ms, account, submissions } = leaving.as_mut()?;
        let (index, submission) = submissions.next()?;
        let (sms, on, account) = (Rc::clone(&self.sms), self.observer(), Rc::clone(account));
        Some(self.task(*timeout_ms, index, async move |mailbox| {
            told(sms.send_planned(&account, &submission, &mailbox, &on).await)
        }))
    }

    /// The outcome of a send that the entry refuses: an argument is not what it should be.
    pub fn refuse(
        &self,
        field: String,
        message: String,
        to: Option<String>,
        reference: Option<String>,
        account: Option<String>,
    ) -> JsTask {
        self.refused(account.as_deref(), to, reference, SmsError::argument(field, message))
    }

    /// Begins a bulk.
    #[wasm_bindgen(js_name = sendMany)]
    pub fn send_many(&self, entropy: usize, account: i32, head: usize, call: &str) -> Result<JsSendMany, JsValue> {
        let written = self.page.written();
        let Said { message, account, entropy, .. } = Said::read(&written, entropy, account, head, -1);
        let begun = self.sms.timeout_ms(call).and_then(|timeout_ms| {
            let many = self.sms.send_many(message, account, &Random::new(entropy));
            Ok((timeout_ms, many.map_err(|error| self.sms.during_send(account, error))?))
        });
        drop(written);
        let (timeout_ms, many) = begun.map_err(thrown)?;
        let client = Self::of(Rc::clone(&self.sms), self.by_host, self.on.clone());
        Ok(JsSendMany { client, timeout_ms, many: Rc::new(RefCell::new(many)) })
    }

    /// What an account can be asked: `[{operation, takes, gives}]`.
    pub fn operations(&self, account: &str) -> Result<String, JsValue> {
        self.sms.operations(account).map_err(thrown)
    }

    /// Asks an account.
    pub fn call(
        &self,
        entropy: usize,
        account: i32,
        head: usize,
        operation: String,
        call: &str,
    ) -> Result<JsTask, JsValue> {
        let timeout_ms = self.sms.timeout_ms(call).map_err(thrown)?;
        let written = self.page.written();
        let Said { message, account, entropy, .. } = Said::read(&written, entropy, account, head, -1);
        let (sms, random) = (Rc::clone(&self.sms), Random::new(entropy));
        let (account, arguments) = (String::from(account.unwrap_or_default()), String::from(message));
        Ok(self.task(timeout_ms, 0, async move |mailbox| {
            match sms.call(&account, &operation, &arguments, &random, &mailbox).await {
                Ok(answer) => Ended::Answer(answer.json, answer.raw),
                Err(error) => Ended::Error(error),
            }
        }))
    }
}

impl JsClient {
    fn of(sms: Rc<Sms>, by_host: bool, on: Option<Observer>) -> Self {
        Self { sms, by_host, on, page: Page::default(), leaving: RefCell::default() }
    }

    fn planned(&self, entropy: usize, account: i32, head: usize, recipients: i32) -> Result<Plan, SmsError> {
        let written = self.page.written();
        let Said { message, recipients, account, entropy } = Said::read(&written, entropy, account, head, recipients);
        let random = Random::new(entropy);
        let plan = match recipients {
            Some(recipients) => self.sms.plan_many(message, recipients, account, &random),
            None => Message::read(message).and_then(|message| self.sms.plan(&message, account, &random)),
        };
        plan.map_err(|error| self.sms.during_send(account, error))
    }

    fn task<F>(&self, timeout_ms: u32, index: usize, work: impl FnOnce(Mailbox) -> F) -> JsTask
    where
        F: Future<Output = Ended> + 'static,
    {
        let mailbox = Mailbox::new(timeout_ms, self.by_host);
        JsTask::new(mailbox.clone(), index, work(mailbox))
    }

    fn refused(&self, account: Option<&str>, to: Option<String>, reference: Option<String>, error: SmsError) -> JsTask {
        let reference = Reference::written(reference.as_deref().unwrap_or_default());
        let outcome = self.sms.refuse(account, to.into_iter().collect(), &reference, error, &self.observer());
        self.task(0, 0, async move |_| told(outcome))
    }

    fn observer(&self) -> impl Fn(&Event<'_>) + use<> {
        let on = self.on.clone();
        move |event| {
            if let Some(on) = &on {
                on.tell(event.to_json());
            }
        }
    }
}

/// A bulk on its way.
#[wasm_bindgen(js_name = SendMany)]
pub struct JsSendMany {
    client: JsClient,
    timeout_ms: u32,
    many: Rc<RefCell<SendMany>>,
}

#[wasm_bindgen(js_class = SendMany)]
impl JsSendMany {
    /// How many recipients it can take before something may leave, at least.
    pub fn room(&self) -> usize {
        self.many.borrow().room()
    }

    /// Takes recipients.
    #[allow(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
    pub fn push(&self, recipients: &[u8], now: f64) {
        self.many.borrow_mut().push(&self.client.sms, text(recipients), now as i64);
    }

    /// Nothing comes any more.
    pub fn flush(&self) {
        self.many.borrow_mut().flush();
    }

    /// The caller gave up.
    pub fn abandon(&self) {
        self.many.borrow_mut().abandon();
    }

    /// What leaves next.
    pub fn next(&self, entropy: &[u8]) -> Option<JsTask> {
        let departure = self.many.borrow_mut().next_departure()?;
        let (sms, on, many) = (Rc::clone(&self.client.sms), self.client.observer(), Rc::clone(&self.many));
        let random = Random::new(entropy);
        Some(self.client.task(self.timeout_ms, departure.index, async move |mailbox| {
            match sms.depart(&many, departure, &random, &mailbox, &on).await {
                Some(outcome) => told(outcome),
                None => Ended::Nothing,
            }
        }))
    }
}

/// Reads a push: `{reports, replies, unparsed}`, as JSON.
#[wasm_bindgen(js_name = readPush)]
pub fn read_push(vendor: &str, query: &str, body: &[u8]) -> Result<String, JsValue> {
    push::read(vendor, query, body).map_err(thrown)
}

/// Segments and characters of a text, as JSON.
#[wasm_bindgen(js_name = countSegments)]
pub fn count_segments(text: &str, gsm: bool) -> String {
    let count = segments::count(text, if gsm { Billing::Gsm } else { Billing::Cn });
    let mut json = Object::new();
    json.count("segments", count.segments);
    json.count("characters", count.characters);
    json.finish()
}

fn told(outcome: Outcome) -> Ended {
    Ended::Answer(outcome.to_json(), Vec::new())
}
