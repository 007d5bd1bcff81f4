//! [`JsMarketing`]: a marketing bulk on its way. Recipients are taken as they come, and are a part of the bulk each hundred.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::{Array, Date, Function, JSON, Object, Reflect, Symbol};
use wasm_bindgen::prelude::*;

use crate::edge::bridge::{Completion, HostBridge};
use crate::edge::configured::ConfiguredHandler;
use crate::edge::effect::Effect;
use crate::edge::js_handler::TENANT;
use crate::edge::task::{EffectError, spawn};
use crate::js_error::thrown;
use crate::js_outcome;
use crate::random_source::random_bytes;
use crate::values_in::{copy, member, method, peek, read};
use crate::values_out::set;
use xinshi::edge::entropy;
use xinshi::edge::marketing::{Marketing, MarketingOutcome};
use xinshi::error::SmsError;
use xinshi::join::join_all;

/// Recipients of a part of a bulk, and parts under way at once.
const MAX_RECIPIENTS: usize = 100;
const MAX_PARTS: usize = 8;
/// UTF-16 units of the longest number, grouped digit by digit. What is longer is none, and is not carried along whole.
const MAX_LINE_UNITS: u32 = 64;

/// A marketing bulk on its way.
#[wasm_bindgen(js_name = Marketing)]
pub struct JsMarketing(Rc<MarketingTask>);

struct MarketingTask {
    configured: Rc<ConfiguredHandler>,
    tenant: Option<String>,
    marketing: Marketing,
    recipients: Recipients,
    /// The number of recipients taken from the iterator.
    read: Cell<usize>,
    /// The error to throw when all taken recipients have their outcomes.
    error: RefCell<Option<JsValue>>,
}

#[wasm_bindgen(js_class = Marketing)]
impl JsMarketing {
    /// Spawns a task that sends to the next recipients. Its value: a list of outcomes; nothing where there are no more.
    pub fn next(&self) -> usize {
        let task = Rc::clone(&self.0);
        let bridge = HostBridge::new(Some(Rc::clone(&task.configured)), Completion::Value);
        spawn(bridge.clone(), async move {
            let outcomes = task.next(&bridge).await;
            bridge.apply_deferred().await;
            match outcomes {
                Ok(outcomes) => bridge.resolve(outcomes.map_or(JsValue::UNDEFINED, Into::into)),
                Err(error) => bridge.reject(error),
            }
        })
    }

    /// Takes no more recipients.
    pub fn end(&self) {
        self.0.recipients.end();
    }
}

impl JsMarketing {
    /// Reads a bulk and its options.
    pub fn new(
        configured: Rc<ConfiguredHandler>,
        tenant: Option<String>,
        bulk: &JsValue,
        options: &JsValue,
    ) -> Result<Self, SmsError> {
        let recipients = Recipients::of(bulk)?;
        let written = read(copy(bulk, "bulk", &["to", "each"])?, "bulk")?;
        let options = if options.is_undefined() { &Object::new() } else { options };
        let marketing = Marketing::read(&written, &read(copy(options, "options", &[TENANT])?, "options")?)?;
        let (read, error) = (Cell::default(), RefCell::default());
        Ok(Self(Rc::new(MarketingTask { configured, tenant, marketing, recipients, read, error })))
    }
}

impl MarketingTask {
    async fn next(&self, bridge: &HostBridge) -> Result<Option<Array>, JsValue> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut parts = Vec::new();
        while parts.len() < MAX_PARTS && !self.recipients.is_done.get() {
            let before = self.read.get();
            let mut lines = String::new();
            let read = self.recipients.take(&mut lines, bridge).await;
            self.read.set(before + MAX_RECIPIENTS);
            if !lines.is_empty() {
                parts.push((before, lines));
            }
            *self.error.borrow_mut() = read.err();
        }
        if parts.is_empty() {
            return self.error.take().map_or(Ok(None), Err);
        }
        let configured = self.configured.for_call(self.tenant.as_deref(), bridge).await;
        let configured = &configured.map_err(|problem| thrown(&problem.into()))?;
        let outcomes = Array::new();
        let sent = parts.iter().map(|(before, lines)| {
            let outcomes = &outcomes;
            Box::pin(async move {
                let random = random_bytes(entropy::ENTROPY_BYTES);
                let handler = &configured.handler;
                match handler.send_marketing(&self.marketing, lines, *before, &random, bridge).await {
                    Ok(ended) => ended.into_iter().for_each(|ended| {
                        outcomes.push(&value_of(ended));
                    }),
                    Err(error) => *self.error.borrow_mut() = Some(thrown(&error)),
                }
            })
        });
        join_all(sent.collect()).await;
        Ok(Some(outcomes))
    }
}

fn value_of(ended: MarketingOutcome) -> JsValue {
    let MarketingOutcome { outcome, reason, retry_at } = ended;
    let value = js_outcome::value_of(outcome);
    if let Some(reason) = reason {
        set(&value, &"reason".into(), &reason.as_str().into());
        if let Some(by) = reason.blocked_by() {
            set(&value, &"blockedBy".into(), &by.into());
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    if let Some(at) = retry_at {
        set(&value, &"retryAt".into(), &Date::new(&(at as f64).into()));
    }
    value.into()
}

/// The recipients of a caller's bulk.
struct Recipients {
    iterator: JsValue,
    next: Function,
    is_async: bool,
    /// Whether they are numbers, and not objects.
    are_numbers: bool,
    is_done: Cell<bool>,
}

impl Recipients {
    fn of(bulk: &JsValue) -> Result<Self, SmsError> {
        let (to, each) = (member(bulk, "to")?, member(bulk, "each")?);
        let are_numbers = each.is_undefined();
        let (name, source) = if are_numbers { ("to", to.clone()) } else { ("each", each) };
        let wrong = |name: &str, message: &str| Err(SmsError::argument(name, message));
        if !are_numbers && !to.is_undefined() {
            return wrong("each", "a bulk has to or each, not both");
        }
        let method_of = |symbol: Symbol| {
            let found = if source.is_object() { Reflect::get(&source, &symbol).ok()? } else { JsValue::UNDEFINED };
            found.dyn_into::<Function>().ok()
        };
        let asynchronous = method_of(Symbol::async_iterator());
        let is_async = asynchronous.is_some();
        let begin = asynchronous.or_else(|| method_of(Symbol::iterator()));
        let iterator = begin.and_then(|begin| begin.call0(&source).ok());
        let next = iterator.as_ref().and_then(|iterator| method(iterator, "next"));
        let (Some(iterator), Some(next)) = (iterator, next) else {
            return wrong(name, &[name, " is not a list"].concat());
        };
        let is_missing = member(bulk, "text")?.is_undefined();
        if are_numbers == is_missing {
            return wrong("text", if is_missing { "text is missing" } else { "each has texts of its own" });
        }
        Ok(Self { iterator, next, is_async, are_numbers, is_done: Cell::new(false) })
    }

    /// Takes as many as a part has, and writes them, a line each.
    async fn take(&self, lines: &mut String, bridge: &HostBridge) -> Result<(), JsValue> {
        for _ in 0..MAX_RECIPIENTS {
            let read = self.take_one(bridge).await;
            let read = read.and_then(|result| {
                let is_last = Reflect::get(&result, &"done".into())?.is_truthy();
                if is_last { Ok(None) } else { Reflect::get(&result, &"value".into()).map(Some) }
            });
            match read {
                Ok(Some(recipient)) => {
                    lines.push_str(&if self.are_numbers { number_line(&recipient) } else { object_line(&recipient) });
                    lines.push('\n');
                }
                ended => {
                    self.is_done.set(true);
                    return ended.map(drop);
                }
            }
        }
        Ok(())
    }

    async fn take_one(&self, bridge: &HostBridge) -> Result<JsValue, JsValue> {
        if !self.is_async {
            return self.next.call0(&self.iterator);
        }
        let effect = Effect::Call {
            function: self.next.clone().into(),
            receiver: self.iterator.clone(),
            arguments: Array::new(),
            timeout_ms: None,
        };
        bridge.run(effect).await.map_err(|error| match error {
            EffectError::Thrown(error, _) => error,
            EffectError::TimedOut(_) => JsValue::UNDEFINED,
        })
    }

    fn end(&self) {
        if !self.is_done.replace(true)
            && let Some(end) = method(&self.iterator, "return")
        {
            // Nobody asks any more what comes of it.
            let _ = end.call0(&self.iterator).map(|ended| peek(&ended, "catch"));
        }
    }
}

/// Writes a number as a line. A value of another type becomes a text that no number can be read from.
fn number_line(to: &JsValue) -> String {
    let Some(text) = to.dyn_ref::<js_sys::JsString>() else {
        return to.js_typeof().as_string().unwrap_or_default();
    };
    let line = String::from(text.substring(0, MAX_LINE_UNITS + 1)).replace('\n', " ");
    if line.is_empty() { "string".into() } else { line }
}

/// An object as JSON. One that cannot be written is no recipient.
fn object_line(recipient: &JsValue) -> String {
    JSON::stringify(recipient).ok().and_then(|json| json.as_string()).unwrap_or_else(|| "null".into())
}
