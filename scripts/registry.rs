//! Prints the registry of vendors as JSON: each vendor's properties and options, and, for each way to set up an
//! account, its operations and the sizes of its requests, which planning finds out. `scripts/vendors.mjs` writes the
//! lists of vendors from it.

#![allow(clippy::unwrap_used, reason = "a build that cannot go on fails")]

use std::collections::BTreeSet;
use std::io::{Write, stdout};

use serde_json::{Map, Value, json};
use xinshi::client::Sms;
use xinshi::client::plan::Plan;
use xinshi::message::Message;
use xinshi::options::{Fields, parse};
use xinshi::random::{RANDOM_BYTES, Random};
use xinshi::sandbox::Sandbox;
use xinshi::vendor::account::{AccountOption, OptionKind};
use xinshi::vendor::endpoint::{Argument, ArgumentKind};
use xinshi::vendor::{ABOUT, About, REGISTRY, RegistryRow};
use xinshi::wire::{Carrier, Charset};

/// More numbers than any vendor takes in a request.
const MANY: usize = 6_000;

fn main() {
    let vendors: Vec<Value> = REGISTRY.iter().zip(ABOUT).map(|(row, about)| described(row, about)).collect();
    stdout().write_all(format!("{:#}\n", Value::from(vendors)).as_bytes()).unwrap();
}

fn described(row: &RegistryRow, about: &About) -> Value {
    let spec = row.spec;
    let options = about.options.iter().filter(|option| option.kind != OptionKind::Vendor).map(option);
    let ways: Vec<(Map<String, Value>, Sms)> = settings(about.options)
        .into_iter()
        .filter_map(|set| Some((set.clone(), configured(row, about, &set)?)))
        .collect();
    let mut operations = Vec::new();
    let mut sends = Vec::new();
    let (mut called, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for (set, sms) in &ways {
        let one = sms.plan(&Message::read(ONE).unwrap(), None, &random()).unwrap();
        let request = one.requests().next().unwrap();
        let carrier = carrier(request.carrier);
        if request.callback.is_some() || !sent.insert((request.operation, carrier)) {
            continue;
        }
        sends.push(json!({
            "account": set, "operation": request.operation, "carrier": carrier,
            "notices": together(&same(sms, "notice")), "marketing": together(&same(sms, "marketing")),
            "texts": bulk(&each(sms)), "values": bulk(&filled(sms)),
        }));
        for endpoint in
            (row.configure)(&fields(&parse(&account(row, about, set), "account").unwrap())).unwrap().endpoints()
        {
            if called.insert((endpoint.operation, endpoint.name)) {
                operations.push(json!({
                    "operation": endpoint.operation, "name": endpoint.name, "gives": endpoint.gives, "account": set,
                    "takes": endpoint.takes.iter().map(argument).collect::<Vec<_>>(),
                }));
            }
        }
    }
    let pushes = about.pushes.iter().map(|push| json!({ "name": push.name, "tells": push.tells, "known": push.known }));
    json!({
        "name": spec.name, "title": about.title, "charset": charset(spec.charset),
        "schedules": spec.schedules, "templates": spec.templates, "international": spec.international,
        "callbackWithText": spec.callback_with_text, "options": options.collect::<Vec<_>>(), "sends": sends,
        "operations": operations, "pushes": pushes.collect::<Vec<_>>(),
    })
}

fn option(AccountOption { name, kind }: &AccountOption) -> Value {
    match kind {
        OptionKind::Vendor => json!({ "name": name, "kind": "vendor" }),
        OptionKind::Required => json!({ "name": name, "kind": "required" }),
        OptionKind::Text => json!({ "name": name, "kind": "text" }),
        OptionKind::Texts => json!({ "name": name, "kind": "texts" }),
        OptionKind::Flag => json!({ "name": name, "kind": "flag" }),
        OptionKind::Choice(words) => json!({ "name": name, "kind": "choice", "words": words }),
    }
}

fn argument(Argument { name, kind, .. }: &Argument) -> Value {
    let (kind, optional) = match kind {
        ArgumentKind::Text | ArgumentKind::Phone | ArgumentKind::Digits => ("text", false),
        ArgumentKind::OptionalText | ArgumentKind::OptionalSecret => ("text", true),
        ArgumentKind::Signature => ("signature", false),
        ArgumentKind::Whole => ("number", false),
        ArgumentKind::OptionalWhole | ArgumentKind::WholeOr(_) => ("number", true),
        ArgumentKind::Flag => ("flag", false),
        ArgumentKind::Day => ("date", false),
        ArgumentKind::OptionalDate => ("date", true),
    };
    json!({ "name": name, "kind": kind, "optional": optional })
}

const fn charset(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "utf-8",
        Charset::Gbk => "gbk",
    }
}

const fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Query => "GET query",
        Carrier::Form => "POST form",
        Carrier::Json | Carrier::JsonValues => "POST JSON",
        Carrier::Body(content_type) => content_type,
    }
}

/// Every combination of optional settings, the smallest first.
fn settings(options: &[AccountOption]) -> Vec<Map<String, Value>> {
    let mut all = vec![Map::new()];
    for option in options {
        let values: Vec<Value> = match option.kind {
            OptionKind::Flag => vec![json!(true)],
            // The first word is the default.
            OptionKind::Choice(words) => words.iter().skip(1).map(|word| json!(word)).collect(),
            OptionKind::Vendor | OptionKind::Required | OptionKind::Text | OptionKind::Texts => vec![],
        };
        for value in values {
            let more = all.clone().into_iter().filter(|set| !set.contains_key(option.name));
            all.extend(more.map(|mut set| {
                set.insert(option.name.to_owned(), value.clone());
                set
            }));
        }
    }
    all.sort_by_key(Map::len);
    all
}

/// An account of the vendor, with a value for each required option.
fn account(row: &RegistryRow, about: &About, set: &Map<String, Value>) -> String {
    let mut account = set.clone();
    account.insert("vendor".into(), json!(row.spec.name));
    for option in about.options.iter().filter(|option| option.kind == OptionKind::Required) {
        account.insert(option.name.into(), json!("key"));
    }
    // A vendor of templates sends nothing without them.
    for option in about.options.iter().filter(|option| option.kind == OptionKind::Texts) {
        let sandbox: Value = serde_json::from_str(&Sandbox::config(row.spec.name).unwrap()).unwrap();
        account.insert(option.name.into(), sandbox[option.name].clone());
    }
    account.insert("baseUrl".into(), json!("http://127.0.0.1:1"));
    Value::from(account).to_string()
}

/// A client of that account; `None` for settings that exclude each other.
fn configured(row: &RegistryRow, about: &About, set: &Map<String, Value>) -> Option<Sms> {
    Sms::configure(&format!(r#"{{"vendors":{{"main":{}}}}}"#, account(row, about, set))).ok()
}

fn fields<'a>(account: &'a xinshi::wire::json::Json<'a>) -> Fields<'a> {
    Fields::new(account, "", "account").unwrap()
}

const ONE: &str = r#"{"to":"13800000000","text":"【信使】您好"}"#;

fn random() -> Random {
    Random::new(&[0; RANDOM_BYTES])
}

fn numbers() -> impl Iterator<Item = String> {
    (0..MANY).map(|index| format!("138{index:08}"))
}

fn same(sms: &Sms, kind: &str) -> Plan {
    let bulk = json!({ "text": "【信使】您好，回TD退订", "kind": kind }).to_string();
    sms.plan_many(&bulk, &numbers().collect::<Vec<_>>().join("\n"), None, &random()).unwrap()
}

fn each(sms: &Sms) -> Plan {
    let line = |(index, to)| json!({ "to": to, "text": format!("【信使】您好{index}") }).to_string();
    let lines: Vec<String> = numbers().enumerate().map(line).collect();
    sms.plan_many("{}", &lines.join("\n"), None, &random()).unwrap()
}

fn filled(sms: &Sms) -> Plan {
    let line = |(index, to): (usize, String)| json!({ "to": to, "values": [format!("{index}")] }).to_string();
    let lines: Vec<String> = numbers().enumerate().map(line).collect();
    sms.plan_many(r#"{"template":"【信使】您好{value0}"}"#, &lines.join("\n"), None, &random()).unwrap()
}

/// The largest number of receivers of a request.
fn together(plan: &Plan) -> usize {
    plan.requests().map(|request| request.to.len()).max().unwrap()
}

fn bulk(plan: &Plan) -> Value {
    json!({ "operation": plan.requests().next().unwrap().operation, "max": together(plan) })
}
