//! Several processes that share the limit of a prefix by the ledger: each adds its texts and verified codes at most once in ten seconds, and
//! none hides them for longer.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xinshi::edge::config::Config;
use xinshi::edge::handler::Handler;

use crate::work::kind;
use crate::world::{World, options};

const ADD_EVERY: i64 = 10;

/// Processes over one store. One of them handles requests at a time.
struct Processes {
    world: World,
    others: Vec<Handler>,
    /// The number of the process that is in `world`.
    current: usize,
}

impl Processes {
    fn new(count: usize, more: &Value) -> Self {
        let start = || Handler::new(Config::read(&options(more)).unwrap_or_else(|error| panic!("{error}")));
        Self { world: World::new(more), others: (1..count).map(|_| start()).collect(), current: 0 }
    }

    /// The world as one process sees it.
    fn at(&mut self, process: usize) -> &World {
        // Process 0 is put back to its place before another takes it.
        for place in [self.current, process] {
            if place > 0 {
                std::mem::swap(&mut self.world.handler, &mut self.others[place - 1]);
            }
        }
        self.current = process;
        &self.world
    }

    /// Sends to a number of the prefix from an address of its own.
    fn send(&mut self, process: usize, index: u32) -> (u16, Value) {
        let address = format!("10.0.{}.{}", index >> 8, index & 255);
        self.at(process).post("/otp/send", &address, &json!({ "phone": format!("1381234{index:04}") }))
    }

    /// The state of the prefix in the store.
    fn stored(&self) -> Option<Vec<u8>> {
        let states = self.world.states.borrow();
        let shares: BTreeMap<_, _> = states.iter().filter(|(key, _)| key.starts_with("s:")).collect();
        assert!(shares.len() <= 1, "one prefix has one key");
        shares.into_values().next().cloned()
    }
}

/// Twenty unverified texts of a prefix, none of which is pending, and no other limit.
fn options_with(captcha: bool) -> Value {
    let adaptive = json!({ "ip": false, "ip48": false, "total": false, "prefix": { "unverified": 20, "pending": 0 } });
    let mut more = json!({ "limits": { "ip": [], "adaptive": adaptive } });
    if captcha {
        more["captcha"] = json!({ "verify": true, "when": "adaptive" });
    }
    more
}

#[test]
fn a_process_writes_its_share_at_most_once_in_ten_seconds() {
    let mut processes = Processes::new(3, &options_with(true));
    let mut writes = [const { Vec::new() }; 3];
    // Three sends a second at each process, of which many are rejected soon.
    for tick in 0..180_u32 {
        for (process, times) in writes.iter_mut().enumerate() {
            let before = processes.stored();
            processes.send(process, tick * 3 + u32::try_from(process).unwrap());
            if processes.stored() != before {
                times.push(processes.world.now.get());
            }
        }
        if tick % 3 == 2 {
            processes.world.pass(1);
        }
    }
    for times in writes {
        assert!(times.windows(2).all(|two| two[1] - two[0] >= ADD_EVERY * 1000), "{times:?}");
        assert!(!times.is_empty(), "each told the store of its texts");
    }
}

#[test]
fn quiet_or_verified_share_is_not_written() {
    let mut processes = Processes::new(2, &options_with(false));
    for index in 0..2 {
        assert_eq!(processes.send(0, index).0, 202);
    }
    assert_eq!(processes.stored(), None, "two texts are quiet");
    for index in 2..30 {
        let (status, sent) = processes.send(1, index);
        assert_eq!(status, 202);
        let world = processes.at(1);
        assert_eq!(world.verify(&sent["challenge"], &world.code()).0, 200);
        world.pass(5);
    }
    assert_eq!(processes.stored(), None, "codes that are entered cost no call");
}

/// All send at once, and see of each other what was written: once each has, none sends above the limit.
#[test]
fn process_adds_its_texts_within_ten_seconds() {
    for count in [2, 5] {
        let mut processes = Processes::new(count, &options_with(false));
        let mut index = 0;
        let mut granted = vec![0; count];
        let mut last_granted = 0;
        for second in 0..60 {
            for (process, texts) in granted.iter_mut().enumerate() {
                for _ in 0..2 {
                    index += 1;
                    if processes.send(process, index).0 == 202 {
                        *texts += 1;
                        last_granted = second;
                    }
                }
            }
            processes.world.pass(1);
        }
        let all: u32 = granted.iter().sum();
        assert!(all >= 20, "the limit is theirs: {granted:?}");
        // Two texts a second of each for as long as it did not have to read.
        let most = 20 + u32::try_from(count).unwrap() * 2 * u32::try_from(ADD_EVERY).unwrap();
        assert!(all <= most, "{granted:?}");
        assert!(last_granted <= ADD_EVERY, "nobody sends above it after ten seconds: {last_granted}");
    }
}

/// A process that only another's texts put above the limit learns of it by its third text, and rejects from there on.
#[test]
fn process_without_texts_learns_of_the_others() {
    for captcha in [false, true] {
        let mut processes = Processes::new(2, &options_with(captcha));
        for index in 0..40 {
            processes.send(0, index);
            processes.world.pass(1);
        }
        let rejected = if captcha { (403, "captcha-required") } else { (429, "quota-exceeded") };
        let answers: Vec<_> = (40..50).map(|index| processes.send(1, index)).collect();
        assert_eq!(answers.iter().filter(|answer| answer.0 == 202).count(), 2, "{answers:?}");
        assert!(answers[2..].iter().all(|answer| kind(answer) == rejected), "{answers:?}");
        let verified = processes.at(1).post("/otp/send", "10.0.0.1", &json!({ "phone": "13912345678" }));
        assert_eq!(verified.0, 202, "another prefix is not limited");
    }
}

/// Codes that are entered at one process relax the limit of the others.
#[test]
fn codes_entered_at_one_process_open_the_prefix_at_the_others() {
    let mut processes = Processes::new(2, &options_with(false));
    let mut sent = Vec::new();
    for index in 0..20 {
        let (status, body) = processes.send(0, index);
        assert_eq!(status, 202);
        sent.push((body["challenge"].clone(), processes.world.code()));
        processes.world.pass(1);
    }
    processes.world.pass(ADD_EVERY);
    assert_eq!(processes.send(0, 20).0, 429, "its texts are all written with this");
    for index in 21..23 {
        assert_eq!(processes.send(1, index).0, 202);
    }
    assert_eq!(processes.send(1, 23).0, 429);
    for (challenge, code) in sent {
        assert_eq!(processes.at(0).verify(&challenge, &code).0, 200);
    }
    // The process where they were entered tells the store with its next send, and the other reads it after ten seconds.
    processes.world.pass(ADD_EVERY);
    assert_eq!(processes.send(0, 25).0, 202);
    processes.world.pass(ADD_EVERY);
    assert_eq!(processes.send(1, 26).0, 202);
}

/// The store fails: nobody is limited for that, and what was not written is written later.
#[test]
fn a_share_that_could_not_be_written_is_written_later() {
    let mut processes = Processes::new(2, &options_with(false));
    for index in 0..2 {
        assert_eq!(processes.send(0, index).0, 202);
    }
    processes.world.store_fails.set(true);
    assert_eq!(processes.send(0, 2).0, 503);
    processes.world.store_fails.set(false);
    assert_eq!(processes.stored(), None);
    processes.world.pass(ADD_EVERY);
    assert_eq!(processes.send(0, 3).0, 202);
    assert!(processes.stored().is_some());
}

/// A hot address is asked before the prefix, and its rejection keeps the share for the next send.
#[test]
fn a_share_that_a_hot_address_did_not_reach_is_written_later() {
    let mut more = options_with(false);
    more["limits"]["ip"] = json!([{ "limit": 1, "windowSeconds": 86_400 }]);
    let mut processes = Processes::new(1, &more);
    let hot = |world: &World, phone: &str| world.post("/otp/send", "10.9.9.9", &json!({ "phone": phone })).0;
    assert_eq!(hot(&processes.world, "13700000000"), 202);
    assert_eq!(hot(&processes.world, "13700000001"), 429);
    for index in 0..2 {
        assert_eq!(processes.send(0, index).0, 202);
    }
    for _ in 0..3 {
        assert_eq!(hot(&processes.world, "13812349999"), 429, "while the share is due");
    }
    assert_eq!(processes.stored(), None);
    assert_eq!(processes.send(0, 2).0, 202);
    assert!(processes.stored().is_some());
}

/// A prefix that is used up costs an address that is not neither a call nor its verified codes.
#[test]
fn a_used_up_prefix_costs_a_quiet_address_nothing() {
    let mut more = options_with(false);
    more["limits"]["adaptive"]["ip"] = json!({ "unverified": 2, "pending": 0 });
    let mut processes = Processes::new(1, &more);
    for index in 0..20 {
        assert_eq!(processes.send(0, index).0, 202);
    }
    let world = processes.at(0);
    let request = |phone: &str| world.post("/otp/send", "10.9.9.9", &json!({ "phone": phone }));
    let address = || {
        world
            .states
            .borrow()
            .iter()
            .filter(|(key, _)| key.starts_with("a:"))
            .map(|(_, state)| state.clone())
            .collect::<Vec<_>>()
    };
    let (_, sent) = request("13700000000");
    assert_eq!(
        world.post("/otp/verify", "10.9.9.9", &json!({ "challenge": sent["challenge"], "code": world.code() })).0,
        200
    );
    let before = address();
    for _ in 0..3 {
        world.pass(ADD_EVERY);
        assert_eq!(request("13812349999").0, 429);
        assert_eq!((address() == before, world.applied.get()), (true, 1), "only the prefix is asked");
    }
    for (index, status) in [202, 202, 429].into_iter().enumerate() {
        assert_eq!(
            request(&format!("1370000001{index}")).0,
            status,
            "the verified code opens the address for one text more"
        );
    }
}

/// Work is harder where a prefix is busy, for a process too that has only read of it.
#[test]
fn work_is_harder_where_others_were_busy() {
    let mut more = options_with(false);
    more["captcha"] = json!({ "proofOfWork": true });
    let mut processes = Processes::new(2, &more);
    let mut worked = 0;
    for index in 0..60 {
        let (status, rejected) = processes.send(0, index);
        if status == 403 {
            let token = crate::work::token(&rejected);
            let shown = json!({ "phone": format!("1381234{index:04}"), "captcha": token });
            worked += u32::from(processes.world.post("/otp/send", "10.1.0.1", &shown).0 == 202);
        }
        processes.world.pass(11);
    }
    assert_eq!(worked, 40);
    for index in 60..62 {
        assert_eq!(processes.send(1, index).0, 202);
    }
    let (_, rejected) = processes.send(1, 62);
    let tries = rejected["proofOfWork"]["tries"].as_u64().unwrap();
    assert!((500..=640).contains(&tries), "{tries} of a prefix with forty texts above its limit");
}
