//! Routes: a number decides the accounts, and a text never leaves its route.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod world;

use std::cell::RefCell;

use serde_json::{Value, json};
use world::{Network, TEXT, VENDORS, config, random};
use xinshi::client::Sms;
use xinshi::message::Message;
use xinshi::outcome::Outcome;

fn configured(route: &Value) -> Result<Sms, xinshi::error::SmsError> {
    let vendors: serde_json::Map<_, _> = VENDORS.iter().map(|name| ((*name).to_owned(), config(name))).collect();
    Sms::configure(&json!({ "vendors": vendors, "route": route }).to_string())
}

fn routed() -> Sms {
    let mut sms = configured(&json!([
        { "carriers": ["telecom"], "accounts": ["apiv1"] },
        { "countries": ["CN"], "accounts": ["liupai", "binstd"] },
        { "countries": ["US"], "accounts": ["liasmart"] },
    ]))
    .unwrap();
    sms.set_country_of(Box::new(|phone| phone.e164().starts_with("+1").then(|| "US".to_owned())));
    sms
}

const MOBILE: &str = "13812345678";
const TELECOM: &str = "18912345678";
const AMERICAN: &str = "+14155550123";
const GERMAN: &str = "+491701234567";

fn message(to: &str) -> Message {
    Message::read(&json!({ "to": to, "text": TEXT }).to_string()).unwrap()
}

#[test]
fn a_plan_tells_its_route_and_why() {
    let sms = routed();
    for (to, account, route) in [
        (MOBILE, "liupai", Some((1, "the number is of CN"))),
        (TELECOM, "apiv1", Some((0, "the number was issued by telecom"))),
        (AMERICAN, "liasmart", Some((2, "the number is of US"))),
        (GERMAN, "", None),
    ] {
        let plan = sms.plan(&message(to), None, &random()).unwrap();
        let chosen = plan.route.as_ref().map(|route| (route.index, route.why.as_str()));
        if route.is_some() {
            assert_eq!((&*plan.account, chosen, plan.rejection().is_none()), (account, route, true), "{to}");
        } else {
            let error = plan.rejection().unwrap();
            assert_eq!(&*plan.account, account, "no account would be tried");
            assert_eq!((error.code.as_str(), error.field.as_deref()), ("number", Some("to")), "{error}");
            assert!(error.message.contains("add a last one"), "{error}");
        }
    }
    // An account that is named needs no route.
    assert_eq!(&*sms.plan(&message(TELECOM), Some("binstd"), &random()).unwrap().account, "binstd");
    let all = configured(&json!([{ "accounts": ["smsadmin"] }])).unwrap();
    let plan = all.plan(&message(MOBILE), None, &random()).unwrap();
    assert_eq!(plan.route.unwrap().why, "the route takes every number");
}

fn send(sms: &Sms, to: &str, network: &Network) -> Outcome {
    pollster::block_on(sms.send(&message(to), None, &random(), network, &|_| {}))
}

#[test]
fn failover_stays_within_a_route() {
    let (sms, network) = (routed(), Network::new());
    let rejects = |vendor: &str| network.fault(&json!({ "vendor": vendor, "fault": "reject" }));
    rejects("liupai");
    assert_eq!(send(&sms, MOBILE, &network).account, "binstd");
    rejects("apiv1");
    let outcome = send(&sms, TELECOM, &network);
    assert_eq!((outcome.account.as_str(), outcome.end.status()), ("apiv1", "rejected"));
    assert_eq!(send(&sms, GERMAN, &network).end.status(), "rejected");
}

#[test]
fn a_bulk_goes_by_its_routes() {
    let (sms, network) = (routed(), Network::new());
    network.fault(&json!({ "vendor": "liupai", "fault": "reject", "times": 2 }));
    let bulk = sms.send_many(&json!({ "text": TEXT }).to_string(), None, &random()).unwrap();
    let bulk = RefCell::new(bulk);
    let numbers = ["13812345678", "13912345678", TELECOM, AMERICAN, GERMAN];
    let lines = [&numbers.join("\n"), "\n"].concat();
    bulk.borrow_mut().push(&sms, &lines, 0);
    let mut outcomes = Vec::new();
    loop {
        bulk.borrow_mut().flush();
        let next = bulk.borrow_mut().next_pending();
        let Some(next) = next else { break };
        outcomes.extend(pollster::block_on(sms.send_pending(&bulk, next, &random(), &network, &|_| {})));
    }
    let mut told: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| outcome.to.iter().map(|to| (to.as_str(), outcome.account.as_str(), outcome.end.status())))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("+14155550123", "liasmart", "accepted"),
            ("+491701234567", "apiv1", "rejected"),
            ("+8613812345678", "binstd", "accepted"),
            ("+8613912345678", "binstd", "accepted"),
            ("+8618912345678", "apiv1", "accepted"),
        ]
    );
    let planned = sms.plan_many(&json!({ "text": TEXT }).to_string(), &lines, None, &random());
    assert_eq!(planned.err().unwrap().field.as_deref(), Some("account"));
}

#[test]
fn a_bad_route_is_rejected_at_once_by_its_path() {
    for (route, field) in [
        (json!([]), "route"),
        (json!("CN"), "route"),
        (json!([7]), "route.0"),
        (json!([{ "accounts": [] }]), "route.0.accounts"),
        (json!([{ "countries": ["CN"] }]), "route.0.accounts"),
        (json!([{ "accounts": ["nobody"] }]), "route.0.accounts"),
        (json!([{ "accounts": ["liupai", "liupai"] }]), "route.0.accounts"),
        (json!([{ "account": ["liupai"] }]), "route.0.account"),
        (json!([{ "countries": ["China"], "accounts": ["liupai"] }]), "route.0.countries"),
        (json!([{ "countries": [], "accounts": ["liupai"] }]), "route.0.countries"),
        (json!([{ "carriers": ["other"], "accounts": ["liupai"] }]), "route.0.carriers"),
        (json!([{ "carriers": ["mobile"], "countries": ["US"], "accounts": ["liupai"] }]), "route.0.carriers"),
        (json!([{ "accounts": ["liupai"] }, { "countries": ["CN"], "accounts": ["binstd"] }]), "route.1"),
        (
            json!([{ "countries": ["CN"], "accounts": ["liupai"] }, { "carriers": ["mobile"], "accounts": ["binstd"] }]),
            "route.1",
        ),
        (
            json!([{ "countries": ["CN", "US"], "accounts": ["liupai"] }, { "countries": ["US"], "accounts": ["binstd"] }]),
            "route.1",
        ),
    ] {
        let error = configured(&route).err().unwrap_or_else(|| panic!("{route}"));
        assert_eq!(error.field.as_deref(), Some(field), "{route}: {error}");
    }
    let vendors = json!({ "a": config("liupai") });
    let both = json!({ "vendors": vendors, "order": ["a"], "route": [{ "accounts": ["a"] }] });
    assert_eq!(Sms::configure(&both.to_string()).err().unwrap().field.as_deref(), Some("order"));
    let abroad = configured(&json!([{ "countries": ["US"], "accounts": ["liasmart"] }])).unwrap();
    assert_eq!(abroad.check_countries().unwrap_err().field.as_deref(), Some("country"));
    assert!(routed().routes_by_country());
}
