//! Vendors that a caller defines: any definition is rejected or builds requests, and shows no secret.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod world;

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use serde_json::{Value, json};
use world::{Scripted, TEXT, message, random};
use xinshi::client::Sms;
use xinshi::client::transport::{Transport, TransportError};
use xinshi::error::SmsError;
use xinshi::message::Message;
use xinshi::options::{Fields, parse};
use xinshi::random::{RANDOM_BYTES, Random};
use xinshi::vendor::defined::Definition;
use xinshi::vendor::defined_account::DefinitionCall;
use xinshi::wire::{WireReply, WireRequest};

const SECRET: &str = "s3cr3t-of-the-account";

fn define(definition: &Value) -> Result<Rc<Definition>, SmsError> {
    let written = definition.to_string();
    let json = parse(&written, "definition")?;
    Definition::read(&Fields::new(&json, "", "definition")?).map(Rc::new)
}

/// A client with one account at a defined vendor.
fn sms(definition: &Rc<Definition>, options: &Value) -> Sms {
    let mut account = options.clone();
    account["vendor"] = serde_json::from_str(definition.facts()).unwrap();
    account["baseUrl"] = json!("http://127.0.0.1:1/x");
    let mut sms = Sms::configure(&json!({ "vendors": { "main": account } }).to_string()).unwrap();
    let call: Rc<dyn DefinitionCall> = Rc::clone(definition) as Rc<dyn DefinitionCall>;
    sms.set_definitions(&|_| Some(Rc::clone(&call))).unwrap();
    sms
}

fn options() -> Value {
    json!({ "user": "u1", "key": SECRET })
}

/// A definition with these parameters of its form, and this meaning of its replies.
fn with(form: &Value, read: &Value) -> Value {
    json!({
        "name": "mine",
        "account": { "user": "text", "key": "secret", "ext": "optional" },
        "send": { "url": "{baseUrl}/send", "form": form, "query": { "v": "1" } },
        "read": read,
    })
}

fn by_code() -> Value {
    json!({ "format": "json", "code": "code", "accepted": ["0"], "message": "why", "codes": { "9": "balance" } })
}

fn body_of(form: &Value) -> String {
    let sms = sms(&define(&with(form, &by_code())).unwrap(), &options());
    let plan = sms.plan(&message("a+b"), None, &random().at(1_709_222_400_000)).unwrap();
    String::from_utf8(plan.requests().next().unwrap().body().unwrap()).unwrap()
}

#[test]
fn templates_have_the_values_that_their_functions_say() {
    let form = json!({
        "to": "{to}{e164}", "text": "{text}", "time": "{time}.{timeMs}", "clock": "{time('yyyy-MM-dd HH:mm:ss')}",
        "utc": "{utc('yyyyMMddTHHmmssZ')}", "md5": "{upper(md5('a' + 'bc'))}", "b64": "{base64(unhex('00ff10'))}",
        "xml": "{xml('<&>')}", "json": "{json(text + '\"')}", "brace": "{{a}", "ext": "{ext}", "percent": "{percent('a/b c')}",
        "sha1": "{sha1('abc')}", "hmac": "{base64(unhex(hmacSha1('Jefe', 'what do ya want for nothing?')))}",
    });
    assert_eq!(
        body_of(&form).split('&').collect::<std::collections::BTreeSet<_>>(),
        [
            "to=13812345678%2B8613812345678",
            "text=a%2Bb",
            "time=1709222400.1709222400000",
            "clock=2024-03-01%2000%3A00%3A00",
            "utc=20240229T160000Z",
            "md5=900150983CD24FB0D6963F7D28E17F72",
            "b64=AP8Q",
            "xml=%26lt%3B%26amp%3B%26gt%3B",
            "json=%22a%2Bb%5C%22%22",
            "brace=%7Ba%7D",
            "percent=a%252Fb%2520c",
            "sha1=a9993e364706816aba3e25717850c26c9cd0d89d",
            "hmac=7%2FzfauXrL6LSdBbV8YTfnCWafHk%3D",
        ]
        .into_iter()
        .collect()
    );
}

#[test]
fn sorted_joins_the_other_parameters_by_their_names() {
    let form = json!({ "z": "{to}", "B": "{text}", "a": "1", "ext": "{ext}", "sign": "{sorted('=', '&')}", "other": "{sortedPercent(':', '')}" });
    let body = body_of(&form);
    assert!(body.contains("sign=B%3Da%2Bb%26a%3D1%26v%3D1%26z%3D13812345678"), "{body}");
    assert!(body.contains("other=B%3Aa%252Bba%3A1v%3A1z%3A13812345678"), "{body}");
}

#[test]
fn only_a_listed_code_is_certain() {
    let sms = sms(&define(&with(&json!({ "to": "{to}", "text": "{text}" }), &by_code())).unwrap(), &options());
    for (status, body, expected) in [
        (200, r#"{"code":0}"#, "accepted"),
        (201, r#"{"code":"0"}"#, "accepted"),
        (200, r#"{"code":"9","why":"s3cr3t-of-the-account"}"#, "rejected"),
        (402, r#"{"code":9}"#, "rejected"),
        (402, r#"{"code":0}"#, "unknown"),
        (302, r#"{"code":9}"#, "unknown"),
        (200, r#"{"code":8}"#, "unknown"),
        (200, "{}", "unknown"),
        (200, "[", "unknown"),
        (500, "", "unknown"),
    ] {
        let reply = Scripted(Ok(WireReply { status, body: body.into() }));
        let outcome = world::send(&sms, &reply);
        assert_eq!(outcome.end.status(), expected, "{status} {body}");
        assert!(!format!("{outcome:?}").contains(SECRET), "{outcome:?}");
    }
}

/// A network at some time, which keeps the requests that arrive.
struct Clocked(i64, RefCell<Vec<WireRequest>>);

impl Transport for Clocked {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        self.1.borrow_mut().push(request.clone());
        Ok(WireReply { status: 200, body: b"{}".into() })
    }

    fn now(&self) -> i64 {
        self.0
    }

    fn aborted(&self) -> bool {
        false
    }
}

#[test]
fn a_plan_of_yesterday_leaves_with_a_signature_of_today() {
    let form = json!({ "to": "{to}", "text": "{text}", "at": "{time}", "sign": "{md5(key + time)}", "ref": "{ref}" });
    let unsigned = json!({ "to": "{to}", "text": "{text}" });
    let defined = |form| sms(&define(&with(form, &by_code())).unwrap(), &options());
    let body = |request: &WireRequest| String::from_utf8(request.body().unwrap()).unwrap();
    let shape = |request: &WireRequest| (request.url(), format!("{:?}", request.headers()), body(request));
    let (yesterday, now) = (1_709_222_400_000, 1_709_308_800_000);
    for (sms, is_signed) in [
        (defined(&form), true),
        (defined(&unsigned), false),
        (world::sms(&["aliyun"]), true),
        (world::sms(&["tencent"]), true),
        (world::sms(&["liupai"]), false),
    ] {
        // Without random bytes and the time a plan cannot be signed, be it of one text or of many.
        let message = Message::read(&json!({ "to": world::TO, "text": TEXT, "ref": "r1" }).to_string()).unwrap();
        let bulk = json!({ "text": TEXT, "ref": "r1" }).to_string();
        let nothing = Random::new(&[]);
        assert_eq!(sms.plan(&message, None, &nothing).is_err(), is_signed);
        assert_eq!(sms.plan_many(&bulk, &[world::TO, "\n"].concat(), None, &nothing).is_err(), is_signed);

        let plan = sms.plan(&message, None, &random().at(yesterday)).unwrap();
        let transport = Clocked(now, RefCell::default());
        let drawn = Random::new(&[9; RANDOM_BYTES]);
        let sending = sms.send_planned(&plan.account, plan.prepared[0].clone(), &drawn, &transport, &|_| {});
        let outcome = pollster::block_on(sending);
        assert_eq!(outcome.reference, "r1");
        let left = transport.1.into_inner().remove(0);
        let planned = plan.requests().next().unwrap();
        assert_eq!(shape(&left) != shape(planned), is_signed, "{planned:?}");
        let today = sms.plan(&message, None, &drawn.at(now)).unwrap();
        assert_eq!(shape(&left), shape(today.requests().next().unwrap()));

        // One of a minute ago leaves to the byte.
        let transport = Clocked(yesterday + 60_000, RefCell::default());
        let sending = sms.send_planned(&plan.account, plan.prepared[0].clone(), &drawn, &transport, &|_| {});
        pollster::block_on(sending);
        assert_eq!(shape(&transport.1.into_inner().remove(0)), shape(planned));
    }
}

#[test]
fn a_signature_is_redacted_where_it_is_shown_or_repeated() {
    for vendor in ["aliyun", "tencent"] {
        let sms = world::sms(&[vendor]);
        let plan = sms.plan(&message(TEXT), None, &random().at(1_709_222_400_000)).unwrap();
        let request = plan.requests().next().unwrap();
        let headers = request.headers();
        let (_, signature) = headers.iter().find(|(name, _)| *name == "authorization").unwrap();
        let shown = [request.to_json(), request.to_curl(), format!("{request:?}")].concat();
        assert!(!shown.contains(signature) && shown.contains("[redacted]"), "{shown}");
        assert_eq!(headers.iter().filter(|(name, _)| *name == "content-type").count(), 1);
        assert!(request.hidden_values().iter().any(|hidden| hidden == signature));
    }
}

/// Pieces of templates, sound and broken.
fn template_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "{{",
        "'",
        "(",
        ")",
        "+",
        ",",
        " ",
        "to",
        "text",
        "key",
        "user",
        "ext",
        "time",
        "nonce",
        "{to}",
        "{text}",
        "{key}",
        "{md5(key)}",
        "{base64(user + ':' + key)}",
        "{hmacSha256(key, sorted('=', '&'))}",
        "{unhex(key)}",
        "{time('yyyy')}",
        "信",
        "{number(time)}",
        "{md5(",
        "{lower(upper(key))}",
        "x",
    ]);
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_definition_is_rejected_or_builds(
        templates in prop::collection::vec(template_like(), 5),
        kind in prop::sample::select(vec!["form", "json", "body", "query"]),
        gbk in any::<bool>(),
        text in "\\PC{0,20}",
        reply in prop::collection::vec(any::<u8>(), 0..40),
        format in prop::sample::select(vec!["json", "xml", "form", "text"]),
    ) {
        let [one, two, three, header, text_of] = &templates[..] else { unreachable!() };
        let mut send = json!({
            "url": "{baseUrl}/a", "headers": { "x-sign": header }, "query": { "q": one, "to": "{to}", "text": "{text}" },
        });
        match kind {
            "form" => send["form"] = json!({ "a": two, "b": three }),
            "json" => send["json"] = json!({ "a": two, "b": [three, { "c": text_of, "d": 1 }], "e": [{ "to": "{to}", "t": three }] }),
            "body" => send["body"] = json!(text_of),
            _ => send["method"] = json!("GET"),
        }
        let charset = if gbk { "gbk" } else { "utf-8" };
        let definition = json!({
            "name": "mine", "charset": charset, "account": { "user": "text", "key": "secret", "ext": "optional" }, "send": send,
            "read": { "format": format, "code": "0", "accepted": ["0"], "id": "1" },
            "push": { "read": { "format": format, "fields": { "status": "0", "phone": "1" } } },
        });
        let defined = match define(&definition) {
            Ok(defined) => defined,
            Err(error) => {
                prop_assert!(error.field.as_deref().is_some_and(|field| field.starts_with("send.")), "{error}");
                return Ok(());
            }
        };
        let sms = sms(&defined, &options());
        let plan = sms.plan(&message(&["【信】", &text].concat()), None, &random()).unwrap();
        for request in plan.requests() {
            let shown = [request.to_json(), request.to_curl()].concat();
            prop_assert!(!shown.contains(SECRET), "{shown}");
            prop_assert!(request.url().starts_with("http://127.0.0.1:1/x/a?"));
        }
        if let Some(error) = plan.rejection() {
            prop_assert!(!error.message.contains(SECRET));
        }
        // Neither a reply nor a push of any bytes is a fault, and only the code 0 is accepted.
        let is_accepted = world::send(&sms, &Scripted(Ok(WireReply { status: 200, body: reply.clone() }))).end.status() == "accepted";
        prop_assert!(!is_accepted || reply.contains(&b'0'));
        let _ = sms.accounts().1[0].read_push("0=1", &reply);
        for call in 0..9 {
            let _ = defined.answer_call(call, &reply);
        }
    }

    #[test]
    fn any_xml_is_read_or_rejected(document in "[<>/a-c!\\[\\]&;=\"' \\-?CDAT#0-9]{0,60}") {
        let read = json!({ "format": "xml", "code": "a.b", "accepted": ["0"] });
        let sms = sms(&define(&with(&json!({ "to": "{to}", "text": "{text}" }), &read)).unwrap(), &options());
        let reply = Scripted(Ok(WireReply { status: 200, body: document.into_bytes() }));
        prop_assert_ne!(world::send(&sms, &reply).end.status(), "rejected");
    }
}
