//! Bulks: the client sends as few requests as each vendor allows. With faults, every recipient ends in exactly one
//! outcome, which agrees with the inbox.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod world;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use world::{Network, VENDORS, config, random, sms};
use xinshi::client::Sms;
use xinshi::client::send_many::SendMany;
use xinshi::client::transport::Transport;
use xinshi::outcome::Outcome;
use xinshi::wire::WireRequest;

/// Recipients that are objects, as JavaScript passes them.
fn lines(recipients: &[Value]) -> String {
    recipients.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("138{index:08}")).collect()
}

/// The sizes of a bulk's requests, in recipients.
fn sizes(account: &Value, bulk: &Value, recipients: &str) -> Vec<usize> {
    let sms = Sms::configure(&json!({ "vendors": { "main": account } }).to_string()).unwrap();
    let plan = sms.plan_many(&bulk.to_string(), recipients, None, &random()).unwrap();
    assert!(plan.rejection().is_none(), "{:?}", plan.rejection());
    plan.requests().map(|request| request.to.len()).collect()
}

fn account(vendor: &str, more: &Value) -> Value {
    let mut account = config(vendor);
    account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    account
}

#[test]
fn one_text_to_many_uses_the_fewest_documented_requests() {
    let many = numbers(6_001).join("\n");
    let text = json!({ "text": "【信使】通知" });
    let marketing = json!({ "text": "【信使】优惠，回TD退订", "kind": "marketing" });
    let plain = json!({});
    assert_eq!(sizes(&account("binstd", &plain), &marketing, &many), [5_000, 1_001]);
    assert_eq!(sizes(&account("apiv1", &plain), &text, &many), [3_000, 3_000, 1]);
    assert_eq!(sizes(&account("smsadmin", &plain), &text, &many), [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1]);
    let few = numbers(401).join("\n");
    assert_eq!(sizes(&account("binstd", &plain), &text, &few), [200, 200, 1]);
    assert_eq!(sizes(&account("smsadmin", &json!({ "method": "GET" })), &text, &few), [100, 100, 100, 100, 1]);
    for vendor in ["liupai", "liasmart"] {
        assert_eq!(sizes(&account(vendor, &plain), &text, &few), vec![1; 401]);
    }
}

#[test]
fn individual_texts_and_values_share_requests_if_the_vendor_supports_it() {
    let list = |count: usize, make: &dyn Fn(usize) -> Value| {
        let recipients = numbers(count).into_iter().enumerate().map(|(index, to)| {
            let mut recipient = make(index);
            recipient["to"] = json!(to);
            recipient
        });
        lines(&recipients.collect::<Vec<_>>())
    };
    let own = |index: usize| json!({ "text": format!("【信使】第{index}位") });
    let values = |index: usize| json!({ "values": [index.to_string()] });
    let template = json!({ "template": "【信使】第{value0}位" });
    let plain = json!({});
    assert_eq!(sizes(&account("binstd", &plain), &plain, &list(401, &own)), [200, 200, 1]);
    assert_eq!(sizes(&account("smsadmin", &plain), &plain, &list(2_001, &own)), [1_000, 1_000, 1]);
    assert_eq!(sizes(&account("smsadmin", &plain), &template, &list(2_001, &values)), [1_000, 1_000, 1]);
    assert_eq!(sizes(&account("apiv1", &plain), &plain, &list(40, &own)), vec![1; 40]);
    // Three languages, in turn: apiv1 takes one text a request.
    let few_texts = |index: usize| json!({ "text": format!("【信使】{}", ["甲", "乙", "丙"][index % 3]) });
    assert_eq!(sizes(&account("apiv1", &plain), &plain, &list(300, &few_texts)), [100, 100, 100]);
}

#[test]
fn tab_separated_line_equals_its_json() {
    let sms = sms(&["smsadmin"]);
    let body = |bulk: &Value, lines: &str| {
        let plan = sms.plan_many(&bulk.to_string(), lines, None, &random()).unwrap();
        assert!(plan.rejection().is_none());
        plan.requests().map(|request| request.body().unwrap()).collect::<Vec<_>>()
    };
    let template = json!({ "template": "【信使】{value1}{value0}", "ref": "r" });
    let values = json!({ "to": "13800000001", "values": ["甲", "乙 "] });
    assert_eq!(body(&template, "13800000001\t甲\t乙 "), body(&template, &values.to_string()));
    let own = json!({ "to": "13800000001", "text": "【信使】{甲}" });
    assert_eq!(
        body(&json!({ "ref": "r" }), "13800000001\t【信使】{甲}"),
        body(&json!({ "ref": "r" }), &own.to_string())
    );
    let rejected = sms.plan_many(&template.to_string(), "13800000001\t甲", None, &random()).unwrap();
    assert_eq!(rejected.rejection().unwrap().field.as_deref(), Some("values"));
}

#[test]
fn invalid_bulk_is_rejected_with_its_field() {
    let sms = sms(&["binstd"]);
    for (bulk, field) in [
        (json!([]), "bulk"),
        (json!({ "text": " " }), "text"),
        (json!({ "text": 1 }), "text"),
        (json!({ "text": "a", "template": "{value0}" }), "template"),
        (json!({ "template": "{value1}" }), "template"),
        (json!({ "text": "a", "kind": "ad" }), "kind"),
        (json!({ "text": "a", "ref": "a b" }), "ref"),
        (json!({ "text": "a", "sendat": 1 }), "sendat"),
        (json!({ "text": "a", "ref": "r".repeat(59) }), "ref"),
    ] {
        let error = sms.send_many(&bulk.to_string(), None, &random()).err().unwrap();
        assert_eq!(
            (error.code.as_str() == "content", error.field.as_deref()),
            (bulk["text"] == " ", Some(field)),
            "{bulk}"
        );
    }
}

#[test]
fn params_of_a_recipient_are_rejected_with_what_to_write() {
    let sms = sms(&["smsadmin"]);
    let recipient = json!({ "to": "13800000001", "params": { "code": "1" } }).to_string();
    for bulk in [json!({}), json!({ "template": "【信使】{value0}" }), json!({ "templateId": "1" })] {
        let plan = sms.plan_many(&bulk.to_string(), &recipient, None, &random()).unwrap();
        let error = plan.rejection().unwrap();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("invalid_argument", Some("params")), "{bulk}");
        assert!(error.message.contains("a text, or values for the bulk's template"), "{error}");
    }
}

#[test]
fn invalid_recipient_affects_no_other() {
    let sms = sms(&["smsadmin"]);
    let recipients = json!([
        { "to": "13800000001", "text": "【信使】一" },
        { "to": "1", "text": "【信使】二" },
        { "to": "13800000003", "text": "【信使】😀" },
        { "to": "13800000004", "text": "" },
        { "to": "13800000005" },
        { "to": 13_800_000_006_u64, "text": "【信使】六" },
        "13800000007",
        { "to": "+14155550123", "text": "【信使】八" },
        { "to": "13800000009", "text": "【信使】九" },
    ]);
    let network = Network::new();
    let outcomes = run(&sms, &json!({}), &lines(recipients.as_array().unwrap()), &network);
    let rejected: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.end.error().map(|error| (error.code.as_str(), error.field.clone().unwrap())))
        .collect();
    let expected = [
        ("number", "to"),
        ("content", "text"),
        ("content", "text"),
        ("invalid_argument", "text"),
        ("invalid_argument", "to"),
        ("invalid_argument", "recipient"),
        ("number", "to"),
    ];
    assert_eq!(rejected, expected.map(|(code, field)| (code, field.to_owned())));
    let arrived: Vec<_> = network.inbox().iter().map(|text| text["to"].as_str().unwrap().to_owned()).collect();
    assert_eq!(arrived, ["+8613800000001", "+8613800000009"]);
}

#[test]
fn rejected_request_is_batched_again_for_the_next_account() {
    let sms = sms(&["binstd", "liupai"]);
    let network = Network::new();
    network.fault(&json!({ "vendor": "binstd", "fault": "reject" }));
    let outcomes = run(&sms, &json!({ "text": "【信使】通知", "ref": "b" }), &numbers(3).join("\n"), &network);
    let ends: Vec<_> = outcomes.iter().map(|outcome| (outcome.account.as_str(), outcome.reference.as_str())).collect();
    assert_eq!(ends, [("liupai", "b1"), ("liupai", "b2"), ("liupai", "b3")], "the request rejected was b0");
    assert_eq!(network.inbox().len(), 3);
}

#[test]
fn aborted_bulk_reports_the_unsent_recipients() {
    let sms = sms(&["apiv1"]);
    let mut many = sms.send_many(&json!({ "text": "【信使】通知" }).to_string(), None, &random()).unwrap();
    many.push(&sms, &numbers(7).join("\n"), 0);
    many.abort();
    let network = Network::new();
    let outcomes = drain(&sms, &RefCell::new(many), &network, true);
    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].to.len(), outcomes[0].end.error().unwrap().code.as_str()), (7, "aborted"));
    assert_eq!(network.inbox().len(), 0);
}

/// Sends a bulk to its end.
fn run(sms: &Sms, bulk: &Value, recipients: &str, transport: &impl Transport) -> Vec<Outcome> {
    let mut many = sms.send_many(&bulk.to_string(), None, &random()).unwrap();
    many.push(sms, recipients, 0);
    drain(sms, &RefCell::new(many), transport, false)
}

fn drain(sms: &Sms, many: &RefCell<SendMany>, transport: &impl Transport, ended: bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    loop {
        let departure = many.borrow_mut().next_pending();
        let departure = departure.or_else(|| {
            if !ended {
                many.borrow_mut().flush();
            }
            many.borrow_mut().next_pending()
        });
        let Some(departure) = departure else { return outcomes };
        outcomes.extend(pollster::block_on(sms.send_pending(many, departure, &random(), transport, &|_| {})));
    }
}

/// `SplitMix64`: the same seed gives the same bulk and the same faults.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}

/// The sandbox with random faults.
struct Faulty<'a> {
    network: &'a Network,
    dice: RefCell<&'a mut Dice>,
}

impl Transport for Faulty<'_> {
    async fn call(
        &self,
        request: &WireRequest,
    ) -> Result<xinshi::wire::WireReply, xinshi::client::transport::TransportError> {
        let faults = ["reject", "reject", "timeout", "reset", "http500", "garbage", "truncated", "accept_then_reset"];
        let roll = self.dice.borrow_mut().roll(16);
        if let Some(fault) = faults.get(roll) {
            self.network.fault(&json!({ "vendor": request.vendor, "fault": fault }));
        }
        self.network.call(request).await
    }

    fn now(&self) -> i64 {
        0
    }

    fn aborted(&self) -> bool {
        false
    }
}

/// Texts as people write them, with separators, and with braces that are no placeholders.
fn text(dice: &mut Dice, index: usize) -> String {
    let pieces = ["您好", ",", ",,", ";", "{value0}", "{", " ", "\n", "100%", "&a=b", "，", "abc", "+1"];
    let middle: String = (0..dice.roll(4)).map(|_| pieces[dice.roll(pieces.len())]).collect();
    format!("【信使】第{index}条{middle}")
}

#[test]
fn every_recipient_gets_one_outcome_through_faults() {
    let mut ends = BTreeMap::new();
    let mut moved = 0;
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut order: Vec<&str> = Vec::new();
        for _ in 0..=dice.roll(3) {
            let vendor = VENDORS[dice.roll(VENDORS.len())];
            if !order.contains(&vendor) {
                order.push(vendor);
            }
        }
        let sms = sms(&order);
        let count = 1 + dice.roll(30);
        let with_template = dice.roll(2) == 0;
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        let mut recipients = Vec::new();
        for (index, number) in numbers(count).into_iter().enumerate() {
            let own = text(&mut dice, index);
            if with_template {
                let value = own.replace("【信使】", "");
                expected.insert(number.clone(), format!("【信使】致{value}：您好"));
                recipients.push(json!({ "to": number, "values": [value] }));
            } else {
                recipients.push(json!({ "to": number, "text": own }));
                expected.insert(number, own);
            }
        }
        // Some recipients occur twice.
        for _ in 0..dice.roll(3) {
            recipients.push(recipients[dice.roll(count)].clone());
        }
        let bulk = if with_template { json!({ "template": "【信使】致{value0}：您好" }) } else { json!({}) };
        let network = Network::new();
        let transport = Faulty { network: &network, dice: RefCell::new(&mut dice) };
        let outcomes = run(&sms, &bulk, &lines(&recipients), &transport);

        let inbox: Vec<(String, String, String)> = network
            .inbox()
            .iter()
            .map(|text| {
                let of = |name: &str| text[name].as_str().unwrap().to_owned();
                (of("vendor"), of("to").replace("+86", ""), of("text"))
            })
            .collect();
        for (vendor, to, text) in &inbox {
            assert_eq!(expected.get(to), Some(text), "seed {seed}: {vendor}");
        }
        let mut ends_by_number: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
        for outcome in &outcomes {
            assert!(!outcome.to.is_empty());
            let unique: BTreeSet<&String> = outcome.to.iter().collect();
            assert_eq!(unique.len(), outcome.to.len(), "seed {seed}: a number twice in a request");
            for to in &outcome.to {
                ends_by_number.entry(to.replace("+86", "")).or_default().push((outcome.end.status(), outcome.vendor));
            }
            moved += u32::from(outcome.vendor != order[0]);
            *ends.entry(outcome.end.status()).or_insert(0) += 1;
        }
        assert_eq!(ends_by_number.len(), count, "seed {seed}: every recipient ends");
        for (number, ends) in ends_by_number {
            let times = recipients.iter().filter(|recipient| recipient["to"] == *number).count();
            assert!(ends.len() <= times, "seed {seed}: {number} ends {ends:?}");
            let arrived = inbox.iter().filter(|(_, to, _)| *to == number).count();
            let accepted = ends.iter().filter(|(status, _)| *status == "accepted").count();
            let unknown = ends.iter().filter(|(status, _)| *status == "unknown").count();
            assert!(
                (accepted..=accepted + unknown).contains(&arrived),
                "seed {seed}: {number} {ends:?}, {arrived} arrived"
            );
        }
    }
    for status in ["accepted", "rejected", "unknown"] {
        assert!(ends.get(status).copied().unwrap_or(0) > 1_000, "{ends:?}");
    }
    assert!(moved > 1_000, "{moved}");
}
