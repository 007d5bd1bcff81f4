//! Who acts on a day: people who sign in, attackers who bomb and guess, a back end, vendors who report, and the machines that
//! fail under them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};
use xinshi::edge::handler_reply::HandlerReply;
use xinshi::edge::hook_url::HookKeys;

use crate::day::{DAY_MS, Day, HOOK_KEY, Text};
use crate::receipts_law;
use crate::trace::Trace;
use crate::world::{BACK_END, TO, request, request_of};

const MINUTE_MS: i64 = 60_000;
const PEOPLE: u64 = 14;
/// A number that gets no text, and its code: see `world::options`.
const TEST_NUMBER: &str = "13800000000";

fn roll(day: &Day, most: i64) -> i64 {
    i64::try_from(day.world.dice.roll(most.unsigned_abs())).unwrap()
}

/// Spawns all who act.
pub fn begin(day: &Rc<Day>) {
    for person in 0..PEOPLE {
        spawn(day, |day| sign_in(day, person));
    }
    spawn(day, bomb);
    spawn(day, bomb);
    spawn(day, guess);
    spawn(day, guess);
    spawn(day, back_end);
    spawn(day, push_reports);
    spawn(day, reply_to_texts);
    spawn(day, run_every_minute);
    spawn(day, crash);
    spawn(day, move_clocks);
    spawn(day, break_things);
}

fn spawn<F: Future<Output = ()> + 'static>(day: &Rc<Day>, act: impl FnOnce(Rc<Day>) -> F) {
    day.schedule.spawn(None, u64::MAX, act(Rc::clone(day)));
}

/// Waits for a time of the day.
async fn some_time(day: &Day, most: i64) {
    day.schedule.sleep(roll(day, most)).await;
}

fn phone_of(person: u64) -> String {
    // Half of them have numbers of one prefix.
    if person.is_multiple_of(2) {
        format!("1381234{:04}", 1000 + person)
    } else {
        format!("139{:08}", 7_654_321 * (person + 1))
    }
}

fn address_of(person: u64) -> String {
    // Some share one.
    if person.is_multiple_of(4) { "198.51.100.1".to_owned() } else { format!("198.51.100.{}", person + 10) }
}

fn json_of(reply: &HandlerReply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or(Value::Null)
}

/// Asks for a text, and again with a captcha where one is required. Returns the challenge.
async fn send(day: &Rc<Day>, phone: &str, address: &str, mut body: Value, key: Option<&str>) -> Option<Value> {
    body["phone"] = json!(phone);
    for _ in 0..3 {
        let mut head = json!({ "path": "/otp/send", "address": address });
        if let Some(key) = key {
            head["idempotency-key"] = json!(key);
        }
        let trace = Trace {
            phone: phone.to_owned(),
            is_trusted: body["captcha"] == "solved" || body["device"].is_string(),
            idempotency_key: key.map(|key| format!("{address} {key}")),
            is_test: phone == TEST_NUMBER,
            ..Trace::default()
        };
        match day.request(request(head, &body), trace).await {
            Some(reply) if reply.status == 202 => return Some(json_of(&reply)["challenge"].clone()),
            // A request with another body is another one.
            Some(reply) if reply.status == 403 && key.is_none() => body["captcha"] = json!("solved"),
            Some(reply) if reply.status == 403 => return None,
            // The same request again, while the answer is lost or under way.
            None => day.schedule.sleep(2000).await,
            Some(reply) if reply.status == 409 => day.schedule.sleep(130_000).await,
            Some(_) => return None,
        }
    }
    None
}

/// Enters a code. Returns the reply.
async fn verify(day: &Rc<Day>, address: &str, challenge: &Value, code: &str) -> Option<HandlerReply> {
    let body = json!({ "challenge": challenge, "code": code });
    day.request(request(json!({ "path": "/otp/verify", "address": address }), &body), Trace::default()).await
}

/// The code in one of a phone's last texts: a bombed phone has several.
fn code_at(day: &Day, phone: &str) -> Option<String> {
    let texts = day.texts.borrow();
    let texts = texts.get(phone)?;
    let last = texts.len().saturating_sub(1 + usize::try_from(day.world.dice.roll(2)).unwrap());
    Some(texts[last].code.clone())
}

/// A person signs in, some times in the day.
async fn sign_in(day: Rc<Day>, person: u64) {
    let (phone, address) = (phone_of(person), address_of(person));
    let phone = if person == 13 { TEST_NUMBER.to_owned() } else { phone };
    let mut device = Value::Null;
    for round in 0..=roll(&day, 4) {
        some_time(&day, DAY_MS / 4).await;
        let key = format!("person-{person:06}-round-{round:04}");
        let body = if device.is_string() { json!({ "device": device }) } else { json!({}) };
        let by_key = roll(&day, 2) == 0;
        let Some(challenge) = send(&day, &phone, &address, body, by_key.then_some(key.as_str())).await else {
            continue;
        };
        some_time(&day, MINUTE_MS).await;
        if roll(&day, 4) == 0 {
            // Another text of the same challenge, or a fresh one.
            some_time(&day, 6 * MINUTE_MS).await;
            send(&day, &phone, &address, json!({ "challenge": challenge }), None).await;
        }
        if roll(&day, 3) == 0 {
            let path = format!("/otp/status/{}", challenge.as_str().unwrap());
            let head = json!({ "method": "GET", "path": path, "address": address });
            day.request(request(head, &Value::Null), Trace::default()).await;
        }
        let Some(code) = code_at(&day, &phone) else { continue };
        if roll(&day, 3) == 0 {
            verify(&day, &address, &challenge, "000001").await;
        }
        let accepted = enter(&day, &address, &challenge, &code, roll(&day, 4)).await;
        if let Some(known) = accepted {
            device = known;
        }
        // The same code again, later.
        some_time(&day, MINUTE_MS).await;
        verify(&day, &address, &challenge, &code).await;
    }
}

/// Enters a code in several windows at once. Returns the device, once.
async fn enter(day: &Rc<Day>, address: &str, challenge: &Value, code: &str, windows: i64) -> Option<Value> {
    let devices: Rc<RefCell<Vec<Value>>> = Rc::default();
    let left = Rc::new(Cell::new(1 + windows));
    for _ in 0..=windows {
        let (devices, left) = (Rc::clone(&devices), Rc::clone(&left));
        let (address, challenge, code) = (address.to_owned(), challenge.clone(), code.to_owned());
        spawn(day, |day| async move {
            if let Some(reply) = verify(&day, &address, &challenge, &code).await
                && reply.status == 200
            {
                devices.borrow_mut().push(json_of(&reply)["device"].clone());
            }
            left.set(left.get() - 1);
        });
    }
    while left.get() > 0 {
        day.schedule.sleep(1000).await;
    }
    assert!(devices.borrow().len() <= 1, "law 4: one code was accepted {} times", devices.borrow().len());
    devices.borrow_mut().pop()
}

/// Many addresses bomb one number, in waves.
async fn bomb(day: Rc<Day>) {
    let victim = phone_of(day.world.dice.roll(3));
    for wave in 0..3 {
        some_time(&day, DAY_MS / 3).await;
        for attempt in 0..12 {
            let address = format!("203.0.{wave}.{}", roll(&day, 40));
            let victim = if attempt % 4 == 3 { phone_of(day.world.dice.roll(PEOPLE - 1)) } else { victim.clone() };
            spawn(&day, |day| async move {
                send(&day, &victim, &address, json!({}), None).await;
            });
            some_time(&day, 30_000).await;
        }
    }
}

/// An attacker has a text sent to somebody's number, and guesses its code from many addresses at once.
async fn guess(day: Rc<Day>) {
    for _ in 0..3 {
        some_time(&day, DAY_MS / 3).await;
        let victim = if roll(&day, 2) == 0 { TO.to_owned() } else { phone_of(day.world.dice.roll(4)) };
        for _ in 0..6 {
            if let Some(challenge) = send(&day, &victim, "192.0.2.66", json!({}), None).await {
                for _ in 0..8 {
                    let code = format!("{:06}", day.world.dice.roll(1_000_000));
                    let (challenge, address) = (challenge.clone(), format!("192.0.2.{}", roll(&day, 250)));
                    spawn(&day, |day| async move {
                        verify(&day, &address, &challenge, &code).await;
                    });
                }
            }
            day.schedule.sleep(61_000).await;
        }
    }
}

/// A back end sends by its token.
async fn back_end(day: Rc<Day>) {
    for _ in 0..12 {
        some_time(&day, DAY_MS / 12).await;
        let phone = phone_of(day.world.dice.roll(PEOPLE - 1));
        let trace = Trace { phone: phone.clone(), ..Trace::default() };
        let head = json!({ "path": "/otp/send", "authorization": BACK_END });
        day.request(request(head, &json!({ "phone": phone })), trace).await;
    }
}

/// Vendors push reports on their texts: late, twice, in any order, and again if no answer came.
async fn push_reports(day: Rc<Day>) {
    loop {
        day.schedule.sleep(MINUTE_MS).await;
        for text in day.unreported.take() {
            if roll(&day, 3) == 0 {
                // Reported by a pull alone, if at all.
                continue;
            }
            let orders: [&[bool]; 4] = [&[true], &[false], &[false, true], &[true, true]];
            let statuses = *day.world.dice.pick(&orders);
            for delivered in statuses {
                let (text, delivered) = (text.clone(), *delivered);
                spawn(&day, |day| async move {
                    some_time(&day, 3 * 60 * MINUTE_MS).await;
                    push_report(&day, &text, delivered).await;
                });
            }
        }
    }
}

async fn push_report(day: &Rc<Day>, text: &Text, delivered: bool) {
    let Text { vendor, phone, reference, .. } = text;
    let status = if delivered { "DELIVRD" } else { "UNDELIV" };
    let order =
        json!({ "kind": "report", "to": phone, "ref": reference, "status": status, "url": "https://otp.example/hook" });
    let body = pushed(day, vendor, &order);
    // The id in the sandbox's push for liasmart belongs to another text.
    let body = body.replace(r#""message_id":2026083116353908975,"#, "");
    if let Some(held) = day.held.borrow_mut().get_mut(vendor.as_str()) {
        held.remove(reference);
    }
    let keys = HookKeys::new(&[HOOK_KEY]);
    let account = day.account(vendor);
    let path = if vendor == "liasmart" { keys.path_of_text(account, reference) } else { keys.path(account) };
    day.report_pushed(text, delivered);
    let record = if body.contains(reference.as_str()) {
        receipts_law::report(reference, delivered)
    } else {
        // This vendor names a text by the id that it gave it.
        let written: Value = serde_json::from_str(&body).unwrap();
        receipts_law::report(written[0]["sid"].as_str().unwrap(), delivered)
    };
    push(day, &path.unwrap(), &body, &record).await;
}

/// The body of a push, as a vendor writes it.
fn pushed(day: &Day, vendor: &str, order: &Value) -> String {
    day.world.now.set(day.schedule.now());
    let pushed: Value =
        serde_json::from_slice(&day.world.sandbox("POST", &format!("/push/{vendor}"), order)).unwrap_or_default();
    pushed["body"].as_str().unwrap_or_else(|| panic!("no push of {vendor}: {order}")).to_owned()
}

/// Posts a push until its answer comes, and sometimes once more.
async fn push(day: &Rc<Day>, path: &str, body: &str, record: &str) {
    for _ in 0..3 {
        let head = json!({ "method": "POST", "path": path, "address": "203.0.113.1" });
        let reply = day.request(request_of(&head, body.as_bytes().to_vec()), Trace::default()).await;
        if reply.is_some_and(|reply| reply.status == 200) {
            day.receipts.gave(record.to_owned());
            if roll(day, 4) > 0 {
                return;
            }
        }
        some_time(day, 10 * MINUTE_MS).await;
    }
}

/// People reply, by pushes and to vendors that hold replies; and somebody posts what no vendor writes.
async fn reply_to_texts(day: Rc<Day>) {
    for number in 0..8_u64 {
        some_time(&day, DAY_MS / 8).await;
        let (vendor, phone) = (day.any_vendor(), phone_of(day.world.dice.roll(PEOPLE - 1)));
        let path = HookKeys::new(&[HOOK_KEY]).path(day.account(vendor)).unwrap();
        let text = format!("reply no {number} of this day");
        match number % 3 {
            0 => {
                push(
                    &day,
                    &path,
                    &format!("{}and no vendor's", receipts_law::unread(number)),
                    &receipts_law::unread(number),
                )
                .await;
            }
            1 if matches!(vendor, "smsadmin" | "apiv1") => {
                let order = json!({ "kind": "reply", "from": phone, "text": text, "url": "https://otp.example/hook" });
                let body = pushed(&day, vendor, &order);
                push(&day, &path, &body, &receipts_law::reply(&text)).await;
            }
            _ => {
                day.world.now.set(day.schedule.now());
                let order = json!({ "vendor": vendor, "from": phone, "text": text });
                if day.world.sandbox("POST", "/replies", &order).is_empty() {
                    let record = receipts_law::reply(&text);
                    day.held.borrow_mut().entry(vendor).or_default().insert(format!("no {number} of"), record);
                }
            }
        }
    }
}

/// The work of some minutes of the day.
async fn run_every_minute(day: Rc<Day>) {
    loop {
        some_time(&day, 60 * MINUTE_MS).await;
        day.tick(day.any_process());
        if roll(&day, 3) == 0 {
            day.tick(day.any_process());
        }
    }
}

async fn crash(day: Rc<Day>) {
    loop {
        some_time(&day, DAY_MS / 4).await;
        if day.faults.store.get() > 0 {
            day.restart(day.any_process());
        }
    }
}

async fn move_clocks(day: Rc<Day>) {
    loop {
        some_time(&day, DAY_MS / 6).await;
        day.jump(day.any_process());
    }
}

/// Faults of every kind, more of them at some times.
async fn break_things(day: Rc<Day>) {
    loop {
        day.faults.store.set(5);
        day.faults.vendor.set(150);
        day.faults.webhook.set(50);
        some_time(&day, DAY_MS / 4).await;
        let worse = [&day.faults.store, &day.faults.vendor, &day.faults.webhook];
        let worse = day.world.dice.pick(&worse);
        worse.set(400);
        some_time(&day, 20 * MINUTE_MS).await;
    }
}
