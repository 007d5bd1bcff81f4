//! Every fixture of `tests/fixtures`, to the byte: an account's call, the request that leaves, and the meaning of each
//! reply. Written from the documents with another language's encoders.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xinshi::client::Sms;
use xinshi::client::plan::Plan;
use xinshi::client::transport::{Transport, TransportError};
use xinshi::message::Message;
use xinshi::random::{self, Random};
use xinshi::vendor::answer::VendorAnswer;
use xinshi::wire::json;
use xinshi::wire::{WireReply, WireRequest, percent};

/// A transport that returns one reply to everything, and records the request.
struct Answers(WireReply, RefCell<Option<WireRequest>>);

impl Answers {
    fn new(reply: &Value) -> Self {
        let status = reply["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap());
        Self(WireReply { status, body: bytes(reply) }, RefCell::default())
    }
}

impl Transport for Answers {
    async fn call(&self, request: &WireRequest) -> Result<WireReply, TransportError> {
        *self.1.borrow_mut() = Some(request.clone());
        Ok(self.0.clone())
    }

    fn now(&self) -> i64 {
        LEAVES_AT_MS
    }

    fn aborted(&self) -> bool {
        false
    }
}

struct Fixture {
    name: String,
    content: Value,
}

impl Fixture {
    fn sms(&self) -> Sms {
        Sms::configure(&json!({ "vendors": { "main": self.content["account"] } }).to_string()).unwrap()
    }

    fn message(&self) -> Message {
        Message::read(&self.content["message"].to_string()).unwrap()
    }

    fn plan(&self) -> Plan {
        self.sms()
            .plan(&self.message(), Some("main"), &Random::new(&[0; random::RANDOM_BYTES]).at(LEAVES_AT_MS))
            .unwrap()
    }
}

/// The vendors whose requests, pushes and operations were counted in their documents: another vendor does not change
/// the sums.
const DOCUMENTED: [&str; 5] = ["liupai", "binstd", "liasmart", "apiv1", "smsadmin"];

impl Fixture {
    fn is_counted(&self) -> bool {
        DOCUMENTED.iter().any(|vendor| self.name.split(['/', '\\']).next() == Some(vendor))
    }
}

fn fixtures() -> Vec<Fixture> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = |directory: &Path| {
        let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    files(&home)
        .iter()
        .flat_map(|vendor| files(vendor))
        .map(|file| Fixture {
            name: file.strip_prefix(&home).unwrap().display().to_string(),
            content: serde_json::from_slice(&fs::read(&file).unwrap()).unwrap(),
        })
        .collect()
}

/// The time at which a signed request of a fixture leaves, in milliseconds since the Unix epoch.
const LEAVES_AT_MS: i64 = 1_767_576_600_000;

/// Every field of a request that its vendor sees.
fn shape(request: &WireRequest) -> Value {
    let headers: serde_json::Map<_, _> =
        request.headers().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let mut shape = json!({
        "operation": request.operation,
        "method": request.carrier.method().as_str(),
        "url": request.url(),
        "headers": headers,
    });
    if let Some(body) = request.body() {
        shape["body"] = json!(String::from_utf8(body).unwrap());
    }
    shape
}

#[test]
fn requests_are_exact_to_the_byte() {
    let mut checked = 0;
    for fixture in fixtures() {
        if fixture.content["request"].is_null() || fixture.content["message"].is_null() {
            continue;
        }
        let request =
            fixture.plan().prepared[0].request.clone().unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        assert_eq!(shape(&request), fixture.content["request"], "{}", fixture.name);
        checked += u32::from(fixture.is_counted());
    }
    assert_eq!(checked, 16, "every vendor, method and mode, and the special cases");
}

/// A bulk's recipients, as JavaScript passes them.
fn recipients(fixture: &Fixture) -> String {
    let recipients = fixture.content["recipients"].as_array().unwrap();
    match recipients.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
        Some(numbers) => numbers.join("\n"),
        None => recipients.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn bulk_requests_are_exact_and_replies_have_the_documented_meaning() {
    let mut checked = 0;
    let mut answered = 0;
    let random = Random::new(&[0; random::RANDOM_BYTES]);
    for fixture in fixtures() {
        if fixture.content["bulk"].is_null() {
            continue;
        }
        let (sms, bulk) = (fixture.sms(), fixture.content["bulk"].to_string());
        let plan = sms.plan_many(&bulk, &recipients(&fixture), None, &random.at(LEAVES_AT_MS)).unwrap();
        let requests: Vec<Value> = plan.requests().map(shape).collect();
        assert_eq!(json!(requests), fixture.content["requests"], "{}", fixture.name);
        checked += u32::from(fixture.is_counted());
        for reply in fixture.content["replies"].as_array().unwrap() {
            let mut many = sms.send_many(&bulk, None, &random).unwrap();
            many.push(&sms, &recipients(&fixture), 0);
            many.flush();
            let departure = many.next_pending().unwrap();
            let answers = Answers::new(reply);
            let outcome =
                pollster::block_on(sms.send_pending(&RefCell::new(many), departure, &random, &answers, &|_| {}))
                    .unwrap();
            let actual: Value = serde_json::to_value(&outcome).unwrap();
            assert_agrees(&actual, &reply["outcome"], &format!("{}: {reply}", fixture.name));
            assert_eq!(shape(answers.1.borrow().as_ref().unwrap()), requests[0]);
            answered += u32::from(fixture.is_counted());
        }
    }
    assert_eq!((checked, answered), (7, 12));
}

#[test]
fn pushes_parse_as_described() {
    let mut checked = 0;
    for fixture in fixtures() {
        let push = &fixture.content["push"];
        let Some(body) = push["body"].as_str() else { continue };
        let (vendor, query) = (fixture.content["vendor"].as_str().unwrap(), push["query"].as_str().unwrap_or_default());
        let read = xinshi::client::push_reader::read(vendor, query, body.as_bytes()).unwrap();
        let mut value = serde_json::to_value(&read).unwrap();
        value["unparsed"] = percent_encoded(&read.unparsed);
        assert_eq!(value, fixture.content["reads"], "{}", fixture.name);
        checked += u32::from(fixture.is_counted());
    }
    assert_eq!(checked, 9, "four documented and five announced");
}

/// Bytes that may be no text, as the fixtures write them.
fn percent_encoded(records: &[Vec<u8>]) -> Value {
    records.iter().map(|bytes| percent::encode_text(bytes)).collect()
}

#[test]
fn queries_and_replies_match_the_documents() {
    let mut operations = BTreeSet::new();
    for fixture in fixtures() {
        let (call, expected) = (&fixture.content["ask"], &fixture.content["request"]);
        let Some(operation) = call["operation"].as_str() else { continue };
        for reply in fixture.content["replies"].as_array().unwrap() {
            let transport = Answers::new(reply);
            let arguments = call["arguments"].to_string();
            let answer = pollster::block_on(fixture.sms().call(
                "main",
                operation,
                &json::parse(arguments.as_bytes()).unwrap(),
                &Random::new(&[0; random::RANDOM_BYTES]),
                &transport,
            ));
            let context = format!("{}: {reply}", fixture.name);
            assert_eq!(shape(transport.1.borrow().as_ref().unwrap()), *expected, "{context}");
            match answer {
                Ok(answer) => {
                    let mut value = serde_json::to_value(&answer.content).unwrap();
                    if let VendorAnswer::Pulled(pulled) = &answer.content {
                        value["unparsed"] = percent_encoded(&pulled.unparsed);
                    }
                    assert_eq!(value, reply["answer"], "{context}");
                    assert_eq!(answer.raw, transport.0.body, "{context}");
                }
                Err(error) => {
                    assert_eq!(error.raw.as_ref(), Some(&transport.0.body), "{context}");
                    let expected_error = &reply["error"];
                    assert!(expected_error.is_object(), "{context}: {error:?}");
                    let actual: Value = serde_json::from_str(&error.to_json()).unwrap();
                    for (name, value) in expected_error.as_object().unwrap() {
                        assert_eq!(&actual[name], value, "{name} of {context}\n{actual}");
                    }
                    assert_eq!(actual["operation"], expected["operation"], "{context}");
                }
            }
        }
        if !fixture.is_counted() {
            continue;
        }
        operations.insert(format!("{} {}", fixture.content["account"]["vendor"], expected["operation"]));
    }
    assert_eq!(operations.len(), 25, "every operation beside sending: {operations:?}");
}

#[test]
fn replies_have_the_documented_meaning() {
    let mut checked = 0;
    for fixture in fixtures() {
        if fixture.content["message"].is_null() {
            continue;
        }
        for reply in fixture.content["replies"].as_array().into_iter().flatten() {
            let sms = fixture.sms();
            let outcome = pollster::block_on(sms.send(
                &fixture.message(),
                None,
                &Random::new(&[0; random::RANDOM_BYTES]),
                &Answers::new(reply),
                &|_| {},
            ));
            let actual: Value = serde_json::to_value(&outcome).unwrap();
            assert_agrees(&actual, &reply["outcome"], &format!("{}: {reply}", fixture.name));
            let error = &actual["error"];
            if !error.is_null() {
                assert_eq!((&error["vendor"], &error["account"]), (&actual["vendor"], &json!("main")));
                assert_eq!(error["operation"], fixture.content["request"]["operation"]);
            }
            checked += u32::from(fixture.is_counted());
        }
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn unsupported_message_is_rejected_before_sending() {
    let mut checked = 0;
    for fixture in fixtures() {
        let expected = &fixture.content["rejected"];
        if expected.is_null() {
            continue;
        }
        let plan = fixture.plan();
        let error = plan.prepared[0].request.clone().expect_err(&fixture.name);
        let actual: Value = serde_json::from_str(&error.to_json()).unwrap();
        assert_agrees(&actual, expected, &fixture.name);
        assert_eq!(actual["vendor"], fixture.content["account"]["vendor"]);
        checked += u32::from(fixture.is_counted());
    }
    assert_eq!(checked, 5);
}

fn bytes(reply: &Value) -> Vec<u8> {
    if let Some(hex) = reply["hex"].as_str() {
        return (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    }
    let text = reply["body"].as_str().unwrap();
    match reply["charset"].as_str() {
        Some(charset) => encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap().encode(text).0.into_owned(),
        None => text.as_bytes().to_vec(),
    }
}

/// Asserts that every expected field is there, and no `id` unless it is expected.
fn assert_agrees(actual: &Value, expected: &Value, context: &str) {
    for (name, value) in expected.as_object().unwrap() {
        if value.is_object() {
            assert_agrees(&actual[name], value, context);
        } else {
            assert_eq!(&actual[name], value, "{name} of {context}\n{actual}");
        }
    }
    for optional in ["id", "vendorCode", "vendorMessage", "httpStatus"] {
        assert_eq!(actual.get(optional), expected.get(optional), "{optional} of {context}\n{actual}");
    }
}
