//! [`JsTask`]: a call under way. JavaScript steps it, makes the request that it waits for, and hands over what came.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::error::thrown;
use crate::mailbox::Mailbox;

use xinshi::error::SmsError;

/// What a call ended in.
pub enum Ended {
    /// An answer in JSON, and the reply's bytes.
    Answer(String, Vec<u8>),
    /// An error with the reply's bytes in it.
    Error(SmsError),
    /// Nothing to tell: another request of the same bulk will.
    Nothing,
}

/// A call under way.
#[wasm_bindgen(js_name = Task)]
pub struct JsTask {
    work: Pin<Box<dyn Future<Output = Ended>>>,
    mailbox: Mailbox,
    ended: Ended,
    index: usize,
}

impl JsTask {
    /// A call that asks through a mailbox.
    pub fn new(mailbox: Mailbox, index: usize, work: impl Future<Output = Ended> + 'static) -> Self {
        Self { work: Box::pin(work), mailbox, ended: Ended::Nothing, index }
    }
}

#[wasm_bindgen(js_class = Task)]
impl JsTask {
    /// Goes on until a request is to be made, and gives it as JSON, or to the end, and gives nothing.
    pub fn step(&mut self, now: f64, aborted: bool) -> Option<String> {
        self.mailbox.at(now, aborted);
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => self.mailbox.wanted(),
            Poll::Ready(ended) => {
                self.ended = ended;
                None
            }
        }
    }

    /// The body of the request that is to be made.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.mailbox.body()
    }

    /// The whole reply came.
    pub fn replied(&self, status: u16, body: Vec<u8>) {
        self.mailbox.replied(status, body);
    }

    /// No whole reply came: `aborted`, `aborted-before`, `timeout`, `too-long`, or else what the host tells of the failure.
    pub fn failed(&self, why: &str, code: Option<String>, syscall: Option<String>, received: Vec<u8>) {
        self.mailbox.failed(why, code, syscall, received);
    }

    /// What it ended in, as JSON: nothing where another request of the bulk will tell.
    pub fn answer(&mut self) -> Result<Option<String>, JsValue> {
        match &mut self.ended {
            Ended::Answer(json, _) => Ok(Some(core::mem::take(json))),
            Ended::Error(error) => Err(thrown(error.clone())),
            Ended::Nothing => Ok(None),
        }
    }

    /// The bytes of the reply.
    pub fn raw(&mut self) -> Vec<u8> {
        if let Ended::Answer(_, raw) = &mut self.ended { core::mem::take(raw) } else { Vec::new() }
    }

    /// Which request of a bulk it is.
    pub fn index(&self) -> usize {
        self.index
    }
}
