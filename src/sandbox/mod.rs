//! The vendors' side of the wire: a server for each, an inbox and faults on demand, all in memory.
//!
//! Written from the vendors' documents and not from `vendor`: the sandbox shares no encoder and no parser with the
//! client, so that a mistake on one side shows on the other. The caller passes in the time.

mod aliyun;
mod aliyun_signature;
mod apiv1;
mod appkey;
mod approved;
mod bad_request;
mod binstd;
mod books;
mod clock;
mod control;
mod defined;
mod defined_records;
mod fault;
mod form;
mod found_code;
mod held_records;
pub mod http;
mod inbox;
mod inbox_page;
mod liasmart;
mod liupai;
mod multipart;
mod push_request;
mod references;
mod sha256;
mod smsadmin;
pub mod strict;
mod tencent;

use std::rc::Rc;

use serde_json::Value;

use approved::ApprovedTexts;
use bad_request::BadRequest;
use books::Books;
use clock::beijing_time;
use defined::DefinedServer;
use fault::{Fault, Faults};
use held_records::HeldRecords;
use http::{Ending, Reply, Request};
use inbox::Inbox;
use push_request::{Callbacks, Order, Posted, WritePush};
use references::References;
use strict::StrictRejection;

/// The servers of all vendors, offline.
pub struct Sandbox {
    inbox: Inbox,
    faults: Faults,
    world: World,
    /// The sandbox's host names, beside its addresses.
    hosts: Vec<String>,
    is_strict: bool,
    /// The vendors that the caller defined.
    defined: Vec<Rc<DefinedServer>>,
}

/// The state of all vendors, and the current time.
struct World {
    ids: Ids,
    /// Milliseconds since the Unix epoch.
    now: i64,
    /// Sub-accounts, templates and logs of liupai and of binstd.
    books: [Books; 2],
    /// Reports and replies that apiv1 and smsadmin hold until a pull.
    receipts: HeldRecords,
    /// The references of the texts that apiv1 and smsadmin accepted.
    references: References,
    /// The callbacks of liasmart's texts.
    callbacks: Callbacks,
    /// What aliyun and tencent remember of requests and texts.
    approved: ApprovedTexts,
}

/// A vendor's reaction to a request: the reply, and the texts that arrive at phones unless a fault prevents it.
struct Answer {
    reply: Reply,
    deliveries: Vec<DeliveredText>,
}

/// A text on its way to a phone.
struct DeliveredText {
    /// 11 digits, or E.164 with its `+`.
    to: String,
    /// Thousands of numbers of a request share a text and a reference.
    text: Rc<str>,
    reference: Rc<str>,
    /// The time to deliver at, in milliseconds since the Unix epoch; `None` delivers at once.
    at: Option<i64>,
}

/// One vendor's server.
struct Server {
    name: &'static str,
    /// The vendor's real host, which requests name when the sandbox stands in for `fetch`.
    host: Option<&'static str>,
    /// Answers a request; `path` is relative to the vendor's root. Returns an error for a mistake that shows before the
    /// parameters are read.
    answer: fn(path: &str, request: &Request, world: &mut World) -> Result<Answer, BadRequest>,
    /// Writes a rejection, with a code of the document or a default.
    reject: fn(code: Option<&str>) -> Reply,
    /// Its code for what a strict carrier rejects.
    rejection_code: fn(StrictRejection) -> &'static str,
    /// The account at this server, as a `VendorConfig` in JSON.
    config: fn() -> Value,
    /// Writes a push; `None` for a kind that the vendor does not announce.
    push: fn(order: &Order, at: &str) -> Option<Posted>,
    /// Whether the vendor holds persons' replies until a pull.
    holds_replies: bool,
}

const SERVERS: &[Server] = &[
    liupai::SERVER,
    binstd::SERVER,
    liasmart::SERVER,
    apiv1::SERVER,
    smsadmin::SERVER,
    aliyun::SERVER,
    tencent::SERVER,
];

/// The headers that name an operation, at vendors all of whose requests go to `/`. Their own programs can prefix no path.
const OPERATION_HEADERS: [(&str, &str); 2] = [("x-acs-action", "aliyun"), ("x-tc-action", "tencent")];

impl Sandbox {
    /// A sandbox with an empty inbox. The same seed gives the same ids.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self::reached_by(seed, Vec::new())
    }

    /// The same, for a sandbox with these host names beside its addresses and `localhost`.
    #[must_use]
    pub fn reached_by(seed: u32, hosts: Vec<String>) -> Self {
        let world = World {
            ids: Ids { seed, given: 0 },
            now: 0,
            books: [Books::default(), Books::default()],
            receipts: HeldRecords::default(),
            references: References::default(),
            callbacks: Callbacks::default(),
            approved: ApprovedTexts::default(),
        };
        Self { inbox: Inbox::default(), faults: Faults::default(), world, hosts, is_strict: false, defined: Vec::new() }
    }

    /// One whose vendors reject what a strict carrier would.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// Plays vendors that the caller defined, beside the built-in ones. `definitions` is a list of them in JSON.
    ///
    /// # Errors
    /// The path of the field that is missing.
    pub fn define(&mut self, definitions: &str) -> Result<(), String> {
        let list: Vec<Value> = serde_json::from_str(definitions).map_err(|_| "vendors".to_owned())?;
        for (index, definition) in list.into_iter().enumerate() {
            let server = DefinedServer::new(definition).map_err(|field| format!("vendors.{index}.{field}"))?;
            self.faults.know(&server.name);
            self.defined.push(Rc::new(server));
        }
        Ok(())
    }

    /// The options of the account at a defined vendor's server, as JSON.
    #[must_use]
    pub fn config_of(&self, vendor: &str) -> Option<String> {
        self.defined.iter().find(|server| server.name == vendor).map(|server| server.config().to_string())
    }

    /// The account at a vendor's server, as a `VendorConfig` in JSON.
    #[must_use]
    pub fn config(vendor: &str) -> Option<String> {
        SERVERS.iter().find(|server| server.name == vendor).map(|server| (server.config)().to_string())
    }

    /// The names of the vendors.
    pub fn vendors() -> impl Iterator<Item = &'static str> {
        SERVERS.iter().map(|server| server.name)
    }

    /// Answers one request. `now` is in milliseconds since the Unix epoch.
    pub fn handle(&mut self, request: &Request, now: i64) -> Reply {
        self.world.now = now;
        let path = request.path().to_owned();
        for server in SERVERS {
            let is_named = OPERATION_HEADERS
                .iter()
                .any(|(name, vendor)| *vendor == server.name && !request.header(name).is_empty());
            let below = match server.host {
                Some(host) if request.host() == host => Some(path.as_str()),
                _ if is_named && path == "/" => Some("/"),
                _ => path.strip_prefix('/').and_then(|rest| rest.strip_prefix(server.name)),
            };
            if let Some(below) = below.filter(|below| below.starts_with('/')) {
                return self.serve(server, below, request);
            }
        }
        if let Some(reply) = self.serve_defined(&path, request) {
            return reply;
        }
        if control::is_control(&path)
            && let Some(rejection) = control::rejection(request, &self.hosts)
        {
            return rejection;
        }
        match (request.method.as_str(), path.as_str()) {
            ("GET", "/") => Reply::redirect("/inbox"),
            ("GET", "/inbox") => self.inbox.show(request),
            ("GET", "/inbox/wait") => self.inbox.wait(request),
            ("DELETE", "/inbox") => {
                self.inbox.clear();
                Reply::empty()
            }
            ("POST", "/replies") => {
                let holds_replies = |name: &str| {
                    SERVERS.iter().any(|server| server.holds_replies && server.name == name)
                        || self.defined.iter().any(|server| server.holds_replies() && server.name == name)
                };
                match self.world.receipts.reply(&request.body, &holds_replies, now) {
                    Ok(()) => Reply::empty(),
                    Err(reason) => Reply::text(400, reason),
                }
            }
            ("POST", "/faults") => match self.faults.add(&request.body) {
                Ok(()) => Reply::empty(),
                Err(reason) => Reply::text(400, reason),
            },
            ("POST", _) if path.starts_with("/push/") => {
                let name = &path["/push/".len()..];
                let server = SERVERS.iter().find(|server| server.name == name);
                let defined = self.defined.iter().find(|server| server.name == name);
                let of_server = |order: &Order, now| server.and_then(|server| (server.push)(order, &beijing_time(now)));
                let of_defined = |order: &Order, now| defined.and_then(|server| server.push(order, now));
                let write = match server {
                    Some(_) => Some(&of_server as WritePush<'_>),
                    None => defined.map(|_| &of_defined as WritePush<'_>),
                };
                let World { callbacks, approved, receipts, .. } = &mut self.world;
                push_request::push(name, write, &request.body, callbacks, approved, receipts, now)
            }
            ("DELETE", "/faults") => {
                self.faults.clear();
                Reply::empty()
            }
            (_, "/inbox" | "/inbox/wait" | "/faults" | "/replies") => {
                Reply::text(405, "the inbox answers GET and DELETE, its wait GET, faults POST and DELETE, replies POST")
            }
            _ => {
                let defined = self.defined.iter().map(|server| server.name.as_str());
                let names = SERVERS.iter().map(|server| server.name).chain(defined);
                let homes: Vec<String> = names.map(|name| format!("/{name}")).collect();
                let homes = homes.join(", ");
                Reply::text(404, format!("no vendor has such an address; the vendors are below {homes}"))
            }
        }
    }

    /// Answers a request to a vendor that the caller defined.
    fn serve_defined(&mut self, path: &str, request: &Request) -> Option<Reply> {
        let found = self.defined.iter().find_map(|server| Some((Rc::clone(server), server.below(request, path)?)));
        let (server, below) = found?;
        let operation = below.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let fault = self.faults.next(&server.name, operation);
        if let Some(reply) = fault.as_ref().and_then(|fault| broken(fault, &|code| server.reject(code))) {
            return Some(reply);
        }
        let (answer, id) = server.answer(below, request, &mut self.world);
        Some(self.settle((&server.name, &id), answer, fault.as_ref(), &|_| server.reject(None)))
    }

    fn serve(&mut self, server: &Server, path: &str, request: &Request) -> Reply {
        let named = OPERATION_HEADERS.iter().find(|(_, vendor)| *vendor == server.name);
        let operation = match named {
            Some((header, _)) => request.header(header),
            None => path.trim_end_matches('/').rsplit('/').next().unwrap_or_default(),
        };
        let fault = self.faults.next(server.name, operation);
        if let Some(reply) = fault.as_ref().and_then(|fault| broken(fault, &server.reject)) {
            return reply;
        }
        let answer = match (server.answer)(path, request, &mut self.world) {
            Ok(answer) => answer,
            Err(wrong) => return wrong.reply(server.name, path, request),
        };
        let reject = |rejection| (server.reject)(Some((server.rejection_code)(rejection)));
        self.settle((server.name, ""), answer, fault.as_ref(), &reject)
    }

    /// Delivers the texts of an answer and returns its reply; or rejects them, where a strict carrier would. `id` is that
    /// of a defined vendor's text.
    fn settle(
        &mut self,
        (vendor, id): (&str, &str),
        answer: Answer,
        fault: Option<&Fault>,
        reject: &dyn Fn(StrictRejection) -> Reply,
    ) -> Reply {
        let rejection = |delivery: &DeliveredText| {
            // A carrier of the mainland: other countries have their own.
            let is_its = is_mobile(&delivery.to) || delivery.to.trim_start_matches('+').starts_with("861");
            strict::rejection_of(&delivery.text, delivery.at.unwrap_or(self.world.now)).filter(|_| is_its)
        };
        if let Some(rejection) = answer.deliveries.iter().filter(|_| self.is_strict).find_map(rejection) {
            return reject(rejection);
        }
        for delivery in answer.deliveries {
            self.world.receipts.delivered(vendor, id, &delivery, self.world.now);
            self.inbox.receive(vendor, delivery, self.world.now);
        }
        answer.reply.ending(fault.map_or(Ending::Complete, ending))
    }
}

/// The reply of a fault in place of the vendor's.
fn broken(fault: &Fault, reject: &dyn Fn(Option<&str>) -> Reply) -> Option<Reply> {
    Some(match fault {
        Fault::Timeout => Reply::text(200, "").ending(Ending::Hang),
        Fault::Reset => Reply::text(200, "").ending(Ending::Reset),
        Fault::Http500 => Reply::text(500, "Internal Server Error"),
        Fault::Garbage => Reply::bytes(200, "text/html", b"<\xFF\x00\x81garbage 0 00 S".to_vec()),
        Fault::Reject { code } => reject(code.as_deref()),
        Fault::Truncated | Fault::AcceptThenReset | Fault::Slow => return None,
    })
}

/// How a fault ends the vendor's reply.
const fn ending(fault: &Fault) -> Ending {
    match fault {
        Fault::Truncated => Ending::Truncated,
        Fault::AcceptThenReset => Ending::Reset,
        Fault::Slow => Ending::Slow,
        _ => Ending::Complete,
    }
}

/// Generates distinct ids of texts.
struct Ids {
    seed: u32,
    given: u64,
}

impl Ids {
    /// Above 2^53, as liasmart's are, so that a test notices a client that reads an id as a JavaScript number.
    fn next(&mut self) -> u64 {
        self.given += 1;
        2_026_000_000_000_000_001 + u64::from(self.seed) * 1_000_000 + self.given * 2
    }
}

/// Whether a text is a mainland mobile number: 11 digits from 1.
fn is_mobile(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1') && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has a signature, which the vendors require. The sandbox bills no segments.
fn has_signature(text: &str) -> bool {
    text.find('【').is_some_and(|open| text[open..].contains('】'))
}
