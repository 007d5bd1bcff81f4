//! The edge handler's door.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::desk::Desk;
use crate::error::thrown;
use crate::failure::failure;
use crate::observer::Observer;
use crate::room::{MAX_PARTS, Room, Told};
use xinshi::edge::config::Config;
use xinshi::edge::draws;
use xinshi::edge::handler::Handler;
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::marketing::BulkPart;
use xinshi::edge::reply::Reply;
use xinshi::edge::request::{Body, Request};
use xinshi::wire::WireReply;
use xinshi::wire::json_writer::{Object, texts};

/// A configured handler, and the requests that it is answering, each with a number.
#[wasm_bindgen(js_name = Handler)]
pub struct JsHandler {
    handler: Rc<Handler>,
    timeout_ms: u32,
    on: Option<Observer>,
    room: Room,
    told: RefCell<Told>,
    open: RefCell<Open>,
}

#[wasm_bindgen(js_class = Handler)]
impl JsHandler {
    /// Reads the options.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, on: Option<Observer>) -> Result<JsHandler, JsValue> {
        let config = Config::read(options).map_err(|error| thrown(&error))?;
        let timeout_ms = config.sms.timeout_ms();
        Ok(Self {
            handler: Rc::new(Handler::new(config)),
            timeout_ms,
            on,
            room: Room::default(),
            told: RefCell::default(),
            open: RefCell::default(),
        })
    }

    /// What a start-up should tell, as a list in JSON.
    pub fn warnings(&self) -> String {
        texts(self.handler.config().warnings())
    }

    /// Whether the country of a number decides whether it is sent to.
    #[wasm_bindgen(js_name = sendsAbroad)]
    pub fn sends_abroad(&self) -> bool {
        self.handler.config().sends_abroad()
    }

    /// The names of lists and the numbers abroad in them, in turn, as a list in JSON.
    #[wasm_bindgen(js_name = listedAbroad)]
    pub fn listed_abroad(&self) -> String {
        texts(self.handler.config().listed_abroad())
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

    /// The headers by which a page of this origin may read an answer, as an object in JSON.
    #[wasm_bindgen(js_name = originHeaders)]
    pub fn origin_headers(&self, origin: &str) -> String {
        let mut json = Object::new();
        for (name, value) in self.handler.origin_headers(Some(origin)) {
            json.text(name, &value);
        }
        json.finish()
    }

    /// Begins to deal with what waits for an account.
    pub fn attend(&self, account: String) -> usize {
        self.open(|handler, desk| async move {
            handler.process_pushed(&account, &desk).await;
            Reply::empty(204)
        })
    }

    /// Begins with what is to be done every minute.
    pub fn scheduled(&self, drawn: Vec<u8>) -> usize {
        self.open(|handler, desk| async move {
            handler.scheduled(&drawn, &desk).await;
            Reply::empty(204)
        })
    }

    /// How many are to work through the queues at once, the one of `scheduled` among them.
    pub fn drainers(&self) -> usize {
        self.handler.drainers()
    }

    /// Begins to work through the queues beside `scheduled`.
    pub fn drain(&self) -> usize {
        self.open(|handler, desk| async move {
            handler.drain_beside(&desk).await;
            Reply::empty(204)
        })
    }

    /// Begins to find out which of some numbers want no marketing.
    #[wasm_bindgen(js_name = optedOut)]
    pub fn opted_out(&self, phones: Vec<String>) -> usize {
        self.open(|handler, desk| async move { handler.who_opted_out(&phones, &desk).await })
    }

    /// Begins to send a marketing text to some recipients of a bulk, a line each, before whom so many come.
    #[wasm_bindgen(js_name = sendMany)]
    pub fn send_many(
        &self,
        bulk: String,
        options: String,
        recipients: Vec<u8>,
        before: usize,
        drawn: Vec<u8>,
    ) -> usize {
        self.open(|handler, desk| async move {
            // What JavaScript writes of a text is UTF-8.
            let recipients = core::str::from_utf8(&recipients).unwrap_or_default();
            let part = BulkPart { bulk: &bulk, options: &options, recipients, before };
            handler.send_marketing(&part, &drawn, &desk).await
        })
    }

    /// Room for what crosses: the address of its numbers.
    pub fn room(&self, length: usize) -> usize {
        self.room.address(length)
    }

    /// Begins to answer the request that was written: what was drawn for it, its body, or what is no body where there is none,
    /// and the parts of its head. `too_long` says why there is none. Gives the request's number.
    pub fn handle(&self, too_long: bool) -> usize {
        let (request, drawn) = {
            let written = self.room.written();
            let mut parts = written.parts();
            let drawn = parts.next().unwrap_or_default().to_vec();
            let body = match parts.next() {
                Some(body) => Body::Whole(body.to_vec()),
                None if too_long => Body::TooLong,
                None => Body::Unfinished,
            };
            // What JavaScript writes of a text is UTF-8.
            let head = core::array::from_fn(|_| parts.next().and_then(|part| core::str::from_utf8(part).ok()));
            (Request::new(head, body), drawn)
        };
        self.open(|handler, desk| async move { handler.handle(&request, &drawn, &desk).await })
    }

    /// Goes on with a request until something is wanted, or to its end, and gives the address of what is told then. So many
    /// bytes were written of what was said to what it wanted; below 0 where nobody can say. Gives 0 where there is no such
    /// request.
    pub fn step(&self, number: usize, now: f64, said: i32) -> usize {
        let Some(mut handling) = self.open.borrow_mut().take(number) else { return 0 };
        handling.desk.hear(now, || {
            let length = usize::try_from(said).ok()?;
            self.room.written().start(length)
        });
        let address = handling.step(&self.told);
        self.open.borrow_mut().put(number, handling);
        address
    }

    /// The whole reply came: so many bytes were written of it.
    pub fn replied(&self, number: usize, status: u16, length: usize) {
        let body = self.room.written().start(length).unwrap_or_default();
        if let Some(handling) = self.open.borrow().get(number) {
            handling.desk.exchanged(Ok(WireReply { status, body }), Vec::new());
        }
    }

    /// No whole reply came. `by_host` says that the `fetch` is the host's own.
    pub fn failed(
        &self,
        number: usize,
        why: &str,
        code: Option<String>,
        syscall: Option<String>,
        received: Vec<u8>,
        by_host: bool,
    ) {
        if let Some(handling) = self.open.borrow().get(number) {
            handling.desk.exchanged(Err(failure(why, code, syscall, by_host)), received);
        }
    }

    /// A request is over, and its number may be another's.
    pub fn end(&self, number: usize) {
        let handling = self.open.borrow_mut().end(number);
        drop(handling);
    }
}

impl JsHandler {
    fn open<F: Future<Output = Reply> + 'static>(&self, work: impl FnOnce(Rc<Handler>, Desk) -> F) -> usize {
        let desk = Desk::new(self.timeout_ms, self.on.clone());
        let work = Box::pin(work(Rc::clone(&self.handler), desk.clone()));
        self.open.borrow_mut().open(Handling { work, desk, reply: None })
    }
}

/// A request that is being answered.
struct Handling {
    work: Pin<Box<dyn Future<Output = Reply>>>,
    desk: Desk,
    reply: Option<Reply>,
}

impl Handling {
    /// Goes on, and tells what there is to tell.
    fn step(&mut self, told: &RefCell<Told>) -> usize {
        if self.reply.is_none()
            && let Poll::Ready(reply) = self.work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.reply = Some(reply);
        }
        let mut told = told.borrow_mut();
        match &self.reply {
            Some(reply) => self.desk.tell_ended(reply, &mut told),
            None => self.desk.tell_wanted(&mut told),
        }
        told.address()
    }
}

/// What is being answered, by number.
#[derive(Default)]
struct Open {
    places: Vec<Option<Handling>>,
    free: Vec<usize>,
}

impl Open {
    fn open(&mut self, handling: Handling) -> usize {
        if let Some(number) = self.free.pop() {
            self.put(number, handling);
            return number;
        }
        self.places.push(Some(handling));
        self.places.len() - 1
    }

    fn get(&self, number: usize) -> Option<&Handling> {
        self.places.get(number)?.as_ref()
    }

    /// Takes one out while it is at work: what it calls may open another.
    fn take(&mut self, number: usize) -> Option<Handling> {
        self.places.get_mut(number)?.take()
    }

    fn put(&mut self, number: usize, handling: Handling) {
        if let Some(place) = self.places.get_mut(number) {
            *place = Some(handling);
        }
    }

    fn end(&mut self, number: usize) -> Option<Handling> {
        let ended = self.take(number)?;
        self.free.push(number);
        Some(ended)
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

/// How many parts [`JsHandler::room`] has room for at once.
#[wasm_bindgen(js_name = maxParts)]
pub fn max_parts() -> usize {
    MAX_PARTS
}
