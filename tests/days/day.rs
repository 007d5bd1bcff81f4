//! [`Day`]: processes over one store, vendors, people and attackers for a day, from a seed; and what the laws see of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use serde_json::{Value, json};
use xinshi::edge::config::Config;
use xinshi::edge::handler::Handler;
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::handler_request::HandlerRequest;
use xinshi::guard::counter::SlotDecision;
use xinshi::guard::guess::GuessDecision;
use xinshi::guard::ledger::{Command, Decision, read};
use xinshi::guard::reach::ReachDecision;
use xinshi::guard::reserve_send::{ReserveSend, SendDecision};
use xinshi::otp::challenge::{ChallengeId, Delivery};
use xinshi::receipts::queue_command::{QueueCommand, QueueReply};
use xinshi::sandbox::Sandbox;

use crate::codes_law::Codes;
use crate::limits_law::{Limits, Requester};
use crate::process::ProcessHost;
use crate::receipts_law::{self, Receipts};
use crate::schedule::Schedule;
use crate::secrets_law::Secrets;
use crate::trace::{Fate, Trace};
use crate::world::{World, code_in};

pub const HOOK_KEY: &str = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";
const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const PROCESSES: usize = 3;
/// The vendors that report on texts. The first two hold their reports until a pull as well.
const VENDORS: [&str; 5] = ["smsadmin", "apiv1", "liasmart", "aliyun", "tencent"];
const HOLDING: usize = 2;
/// A store keeps a row this much longer than it counts: see `edge::compare_and_swap`.
const STORE_SKEW_MS: i64 = 60_000;

/// How the clocks of processes differ from the store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// Not at all. The store removes rows that are over.
    Exact,
    /// By at most twenty seconds. The store removes rows that are over.
    Skewed,
    /// They jump ahead by at most six hours, and back. The store removes rows that are over.
    Ahead,
    /// They jump by at most six hours in both directions. The store keeps all rows.
    Jumping,
}

/// Faults of a thousand calls.
#[derive(Default)]
pub struct Faults {
    pub store: Cell<u64>,
    pub vendor: Cell<u64>,
    pub webhook: Cell<u64>,
}

/// What happened, to show that everything does.
#[derive(Default)]
pub struct Tally {
    pub requests: Cell<u64>,
    pub steps: Cell<u64>,
    pub faults: Cell<u64>,
    pub texts: Cell<u64>,
    pub unknown: Cell<u64>,
    pub verified: Cell<u64>,
    pub rejected: Cell<u64>,
}

/// A text that arrived at a phone.
#[derive(Clone)]
pub struct Text {
    pub vendor: String,
    pub phone: String,
    pub code: String,
    pub reference: String,
}

struct Process {
    handler: Rc<Handler>,
    skew: i64,
}

pub struct Day {
    pub world: World,
    pub schedule: Schedule,
    pub begin: i64,
    pub clocks: Clocks,
    pub has_captcha: bool,
    pub has_queue: bool,
    pub faults: Faults,
    pub tally: Tally,
    pub limits: Limits,
    pub codes: Codes,
    pub receipts: Receipts,
    pub secrets: Secrets,
    /// The texts of each phone, oldest first.
    pub texts: RefCell<BTreeMap<String, Vec<Text>>>,
    /// Texts whose reports are still to be pushed.
    pub unreported: RefCell<Vec<Text>>,
    /// The challenge of each text, by its reference.
    challenges: RefCell<BTreeMap<String, ChallengeId>>,
    options: Value,
    /// The vendors of the accounts `main` and `spare`.
    vendors: [&'static str; 2],
    processes: RefCell<Vec<Process>>,
    /// The latest clock at a step of each key.
    latest: RefCell<BTreeMap<String, i64>>,
    /// The records that each vendor holds until a pull, by the word that names them in its reply.
    pub held: RefCell<BTreeMap<&'static str, BTreeMap<String, String>>>,
    /// The texts that left under each idempotency key.
    by_idempotency_key: RefCell<BTreeMap<String, usize>>,
    /// What the public sees of a rejection by a limit.
    rejections: RefCell<BTreeSet<String>>,
}

fn options(vendors: [&str; 2], has_captcha: bool, has_queue: bool) -> Value {
    let config = |vendor| serde_json::from_str::<Value>(&Sandbox::config(vendor).unwrap()).unwrap();
    let mut options = json!({
        "vendors": { "main": config(vendors[0]), "spare": config(vendors[1]) },
        "hookKeys": [HOOK_KEY], "publicUrl": "https://otp.example", "queue": has_queue,
        "webhook": { "url": "https://app.example/receipts", "secret": WEBHOOK_SECRET },
        // `limits_law` names the same.
        "limits": {
            "ip": [
                { "limit": 10, "windowSeconds": 60 }, { "limit": 30, "windowSeconds": 3600 },
                { "limit": 100, "windowSeconds": 86_400 },
            ],
            "token": [{ "limit": 20, "windowSeconds": 3600 }], "prefix": [{ "limit": 25, "windowSeconds": 3600 }],
            "total": [{ "limit": 60, "windowSeconds": 3600 }], "adaptive": { "ip": false, "ip48": false },
            "verifyPerNumber": [{ "limit": 20, "windowSeconds": 86_400 }],
        },
    });
    if has_captcha {
        options["captcha"] = json!({ "verify": true, "when": "adaptive" });
    }
    options
}

impl Day {
    pub fn new(seed: u64) -> Rc<Self> {
        let clocks =
            [Clocks::Exact, Clocks::Skewed, Clocks::Ahead, Clocks::Jumping][usize::try_from(seed % 4).unwrap()];
        let (has_captcha, has_queue) = ((seed / 4).is_multiple_of(2), (seed / 8).is_multiple_of(3));
        let main = usize::try_from(seed / 2 % 5).unwrap();
        let vendors = [VENDORS[main], VENDORS[(main + 1 + usize::from((seed / 16).is_multiple_of(2))) % 5]];
        let options = options(vendors, has_captcha, has_queue);
        let world = World::seeded(&options, seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66);
        let begin = world.now.get();
        let secrets = [crate::world::BACK_END, crate::world::OPERATOR].map(|token| token.replace("Bearer ", ""));
        let passwords = ["p".repeat(32), "k".repeat(32), HOOK_KEY.to_owned(), WEBHOOK_SECRET.to_owned()];
        let fixed = secrets.into_iter().chain(passwords).chain(vendors.map(|vendor| format!("sandbox-{vendor}-")));
        let day = Rc::new(Self {
            schedule: Schedule::new(begin),
            begin,
            clocks,
            has_captcha,
            has_queue,
            faults: Faults::default(),
            tally: Tally::default(),
            limits: Limits::default(),
            codes: Codes::default(),
            receipts: Receipts::default(),
            secrets: Secrets::of(fixed.collect()),
            texts: RefCell::default(),
            unreported: RefCell::default(),
            challenges: RefCell::default(),
            options,
            vendors,
            processes: RefCell::default(),
            latest: RefCell::default(),
            held: RefCell::default(),
            by_idempotency_key: RefCell::default(),
            rejections: RefCell::default(),
            world,
        });
        for _ in 0..PROCESSES {
            let process = day.started();
            day.processes.borrow_mut().push(process);
        }
        day
    }

    fn started(&self) -> Process {
        let config = Config::read(&crate::world::options(&self.options)).unwrap_or_else(|error| panic!("{error}"));
        Process { handler: Rc::new(Handler::new(config)), skew: self.any_skew() }
    }

    fn any_skew(&self) -> i64 {
        let roll = |most: i64| i64::try_from(self.world.dice.roll(most.unsigned_abs() + 1)).unwrap();
        match self.clocks {
            Clocks::Skewed => roll(40_000) - 20_000,
            Clocks::Ahead if roll(2) == 0 => roll(6 * HOUR_MS),
            Clocks::Jumping if roll(2) == 0 => roll(12 * HOUR_MS) - 6 * HOUR_MS,
            Clocks::Exact | Clocks::Ahead | Clocks::Jumping => 0,
        }
    }

    /// Sets the clock of a process.
    pub fn jump(&self, process: usize) {
        let skew = self.any_skew();
        self.processes.borrow_mut()[process].skew = skew;
    }

    /// A process dies, and another takes its place, which knows only what is stored.
    pub fn restart(&self, process: usize) {
        self.schedule.kill(process);
        let started = self.started();
        self.processes.borrow_mut()[process] = started;
    }

    /// All clocks agree from now on, and nothing fails any more.
    pub fn calm(&self) {
        for process in self.processes.borrow_mut().iter_mut() {
            process.skew = 0;
        }
        for faults in [&self.faults.store, &self.faults.vendor, &self.faults.webhook] {
            faults.set(0);
        }
    }

    pub fn skew(&self, process: usize) -> i64 {
        self.processes.borrow()[process].skew
    }

    pub fn any_process(&self) -> usize {
        usize::try_from(self.world.dice.roll(PROCESSES as u64)).unwrap()
    }

    /// The name of the account at a vendor.
    pub fn account(&self, vendor: &str) -> &'static str {
        if vendor == self.vendors[0] { "main" } else { "spare" }
    }

    /// One of the two vendors.
    pub fn any_vendor(&self) -> &'static str {
        self.world.dice.pick::<&str>(&self.vendors)
    }

    /// The polls before a task is dropped: most live on.
    fn polls(&self) -> u64 {
        if self.faults.store.get() > 0 && self.world.dice.roll(12) == 0 { self.world.dice.roll(40) } else { u64::MAX }
    }

    /// Sends a request to some process. `None` if no answer came in time.
    pub async fn request(self: &Rc<Self>, request: HandlerRequest, trace: Trace) -> Option<HandlerReply> {
        self.tally.requests.set(self.tally.requests.get() + 1);
        if !trace.phone.is_empty() {
            self.secrets.learn_phone(&trace.phone);
        }
        let (process, trace) = (self.any_process(), Rc::new(trace));
        let reply: Rc<RefCell<Option<HandlerReply>>> = Rc::default();
        let (slot, day, waiter) = (Rc::clone(&reply), Rc::clone(self), self.schedule.current());
        let answer = move |answered| {
            // Some answers are lost on their way.
            if day.world.dice.roll(1000) >= day.faults.store.get() {
                slot.replace(Some(answered));
                day.schedule.wake(waiter, day.schedule.now() + 30);
            }
        };
        let host = ProcessHost::new(self, process, &trace, Box::new(answer));
        let (handler, entropy) = (Rc::clone(&self.processes.borrow()[process].handler), self.world.entropy());
        self.schedule.spawn(Some(process), self.polls(), async move {
            let reply = handler.handle(&request, &entropy, &host).await;
            let account = reply.process_account.clone();
            host.respond(reply);
            host.run_deferred().await;
            if let Some(account) = account {
                handler.process_pushed(&account, &host).await;
                host.run_deferred().await;
            }
            host.ended();
        });
        let deadline = self.schedule.now() + 20_000;
        self.schedule.wake(waiter, deadline);
        poll_fn(|_| {
            let is_over = reply.borrow().is_some() || self.schedule.now() >= deadline;
            if is_over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        reply.take()
    }

    /// Begins the work of a minute in a process.
    pub fn tick(self: &Rc<Self>, process: usize) {
        let host = ProcessHost::new(self, process, &Rc::default(), Box::new(drop));
        let (handler, entropy) = (Rc::clone(&self.processes.borrow()[process].handler), self.world.entropy());
        self.schedule.spawn(Some(process), self.polls(), async move {
            handler.scheduled(&entropy, &host).await;
            host.run_deferred().await;
        });
    }

    /// Removes the row of a key that the store's clock says is over.
    pub fn expire(&self, key: &str) {
        let ends = self.world.expiries.borrow().get(key).copied();
        if self.clocks != Clocks::Jumping && ends.is_some_and(|ends| ends + STORE_SKEW_MS <= self.schedule.now()) {
            self.world.states.borrow_mut().remove(key);
        }
    }

    /// A store applied a command for a process whose clock says `now`. Returns whether it stored a batch of records.
    pub fn stepped(&self, (key, command): (&str, &[u8]), now: i64, trace: &Rc<Trace>, decision: &[u8]) -> bool {
        self.tally.steps.set(self.tally.steps.get() + 1);
        let (Ok(command), Ok(decision)) = (read::<Command>(command), read::<Decision>(decision)) else {
            panic!("the ledger reads what it wrote")
        };
        let latest = {
            let mut latest = self.latest.borrow_mut();
            let latest = latest.entry(key.to_owned()).or_insert(now);
            *latest = now.max(*latest);
            *latest
        };
        if let Some(state) = self.world.states.borrow().get(key) {
            self.secrets.stored(key, state);
        }
        let requester = Requester { is_trusted: trace.is_trusted, captcha_is_configured: self.has_captcha };
        match (&command, &decision) {
            (Command::ReserveSend(send), Decision::Send(decision))
            | (Command::ReserveReachable(send), Decision::Reach(ReachDecision::Send(decision))) => {
                assert!(trace.is_trusted || !send.trusted, "law 3: a requester is trusted who showed nothing");
                let requester = Requester { is_trusted: send.trusted, ..requester };
                self.send_decided(key, send, (now, latest), requester, trace, decision);
            }
            (Command::ReserveSlot(_), Decision::Slot(SlotDecision::Granted { reservation, .. })) => {
                self.limits.granted((key, *reservation), (now, latest), requester, trace);
            }
            (Command::ReserveSlot(_), Decision::Slot(SlotDecision::Rejected(_))) => {
                self.limits.rejected(key, now, requester);
            }
            (Command::ReleaseSlot(reservation), _) => self.limits.released(key, *reservation),
            (Command::RecordOutcome(outcome), _) if outcome.delivery == Delivery::Rejected => {
                self.limits.released(key, outcome.reservation);
            }
            (Command::Guess(guess), Decision::Guess(decision)) => {
                let jumps = matches!(self.clocks, Clocks::Ahead | Clocks::Jumping);
                let is_right = self.codes.guessed((key, guess), (now, latest), jumps, decision);
                assert_eq!(is_right, matches!(decision, GuessDecision::Right(_)));
                trace.is_verified.set(is_right);
                self.tally.verified.set(self.tally.verified.get() + u64::from(is_right));
            }
            (Command::ReadChallenge(id), Decision::Challenge(Some(status))) => self.codes.status_read(*id, status),
            (Command::Queue(QueueCommand::Enqueue(..)), Decision::Queue(QueueReply::Done { .. })) => return true,
            _ => {}
        }
        false
    }

    fn send_decided(
        &self,
        key: &str,
        send: &ReserveSend,
        clocks: (i64, i64),
        requester: Requester,
        trace: &Rc<Trace>,
        decision: &SendDecision,
    ) {
        match decision {
            SendDecision::Granted { reservation, resent, .. } if !send.dry_run => {
                self.limits.granted((key, *reservation), clocks, requester, trace);
                let id = resent.as_ref().map_or(send.source.new.id, |challenge| challenge.id);
                self.codes.granted(id, reservation.at, trace);
            }
            SendDecision::Rejected(_) => self.limits.rejected(key, clocks.0, requester),
            _ => {}
        }
    }

    /// The text that just arrived, if one did.
    pub fn arrived(&self) -> Option<Text> {
        let inbox = self.world.sandbox("GET", "/inbox", &Value::Null);
        let inbox: Vec<Value> = serde_json::from_slice(&inbox).unwrap();
        assert!(inbox.len() <= 1, "one text of a request");
        self.world.sandbox("DELETE", "/inbox", &Value::Null);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        inbox.first().map(|received| Text {
            vendor: text(&received["vendor"]),
            phone: text(&received["to"]).trim_start_matches("+86").to_owned(),
            code: code_in(received["text"].as_str().unwrap()),
            reference: text(&received["ref"]),
        })
    }

    /// A vendor answered, or did not answer, the request for a text.
    pub fn called(&self, trace: &Trace, fate: Fate, arrived: Option<Text>) {
        let before = trace.fate.get();
        assert!(
            before.is_none_or(|before| before == Fate::NotSent),
            "law 2: a text that may have been sent was handed to another vendor"
        );
        assert!(!trace.is_released.get(), "law 3: a text was handed to a vendor after its reservation was released");
        trace.fate.set(Some(fate));
        if let (Some(key), true) = (&trace.idempotency_key, fate != Fate::NotSent) {
            let mut by_key = self.by_idempotency_key.borrow_mut();
            let texts = by_key.entry(key.clone()).or_default();
            *texts += 1;
            let is_bounded = matches!(self.clocks, Clocks::Exact | Clocks::Skewed);
            assert!(*texts == 1 || !is_bounded, "law 3: a repeated request sent another text");
        }
        self.tally.unknown.set(self.tally.unknown.get() + u64::from(fate == Fate::Unknown));
        let Some(text) = arrived else { return };
        assert_eq!(text.phone, trace.phone, "a text arrived at another phone");
        self.tally.texts.set(self.tally.texts.get() + 1);
        self.secrets.learn_code(&text.code);
        let id = trace.challenge.get().unwrap();
        self.challenges.borrow_mut().insert(text.reference.clone(), id);
        self.codes.arrived(id, &text.code);
        if let Some(vendor) = VENDORS[..HOLDING].iter().find(|vendor| **vendor == text.vendor) {
            let record = receipts_law::report(&text.reference, true);
            self.held.borrow_mut().entry(vendor).or_default().insert(text.reference.clone(), record);
        }
        // Every vendor may say so from now on.
        self.codes.reported(id, true);
        self.texts.borrow_mut().entry(text.phone.clone()).or_default().push(text.clone());
        self.unreported.borrow_mut().push(text);
    }

    /// A vendor wrote a report on a text.
    pub fn report_pushed(&self, text: &Text, delivered: bool) {
        if let Some(id) = self.challenges.borrow().get(&text.reference) {
            self.codes.reported(*id, delivered);
        }
    }

    /// A vendor erased the records that its reply to a pull holds. Returns them.
    pub fn pulled(&self, vendor: &str, reply: &[u8]) -> Vec<String> {
        let reply = String::from_utf8_lossy(reply);
        let mut held = self.held.borrow_mut();
        let Some(held) = held.get_mut(vendor) else { return Vec::new() };
        let words: Vec<String> = held.keys().filter(|word| reply.contains(word.as_str())).cloned().collect();
        words.iter().filter_map(|word| held.remove(word)).collect()
    }

    /// A vendor erased what it held, and its reply was lost: nobody can promise anything about these.
    pub fn lost(&self, vendor: &str) {
        self.held.borrow_mut().remove(vendor);
    }

    /// A request was answered.
    pub fn answered(&self, trace: &Trace, reply: &HandlerReply) {
        trace.is_answered.set(true);
        self.secrets.shown(&reply.body);
        assert_eq!(trace.in_flight.get(), 0, "law 3: an answer does not wait for the steps under way");
        let body: Value = serde_json::from_str(&reply.body).unwrap_or(Value::Null);
        assert_eq!(body["verified"] == true, trace.is_verified.get() && reply.status == 200, "law 4: {}", reply.body);
        if body["challenge"].is_string() && trace.challenge.get().is_some() && !trace.is_test {
            let may_have_left = matches!(trace.fate.get(), Some(Fate::Unknown | Fate::Accepted));
            assert!(may_have_left, "law 2: a text that was not sent is answered as if it was");
        }
        let denies = body["detail"].as_str().is_some_and(|detail| detail.contains("no text was sent"));
        if denies || body["type"] == "urn:xinshi:problem:not-sent" {
            let was_sent = matches!(trace.fate.get(), Some(Fate::Unknown | Fate::Accepted));
            assert!(!was_sent, "law 2: an answer denies a text that may have been sent");
        }
        if reply.status == 429 && !trace.phone.is_empty() {
            self.tally.rejected.set(self.tally.rejected.get() + 1);
            let headers = reply.headers.iter().map(|(name, _)| *name);
            let fields = body.as_object().into_iter().flatten();
            let fields =
                fields.filter(|(name, _)| !name.contains("etry")).map(|(name, value)| format!("{name} {value}"));
            let seen = format!("{:?} {:?}", headers.collect::<Vec<_>>(), fields.collect::<Vec<_>>());
            self.rejections.borrow_mut().insert(seen);
            let rejections = self.rejections.borrow();
            assert_eq!(rejections.len(), 1, "law 4: rejections differ: {rejections:?}");
        }
    }

    /// A process emitted an event.
    pub fn emitted(&self, event: &str, trace: &Trace) {
        self.secrets.shown(event);
        let event: Value = serde_json::from_str(event).unwrap();
        if event["type"] == "send" {
            let is_just = match (event["status"].as_str().unwrap(), trace.fate.get()) {
                ("accepted", fate) => fate == Some(Fate::Accepted),
                ("rejected", fate) => !matches!(fate, Some(Fate::Accepted | Fate::Unknown)),
                _ => true,
            };
            assert!(is_just, "law 2: {event} of a text that is {:?}", trace.fate.get());
        }
    }
}
