//! The laws for sending, each with the test that proves it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod world;

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use world::{Network, Scripted, TEXT, TO, VENDORS, failed, message, random, request, secrets, send, send_text, sms};
use xinshi::client::Sms;
use xinshi::client::plan::OutputBuffer;
use xinshi::client::transport::{Transport, TransportError};
use xinshi::message::Message;
use xinshi::outcome::End;
use xinshi::wire::json::{self, Json};
use xinshi::wire::{WireReply, WireRequest};

#[test]
fn law_1_only_src_js_knows_javascript_and_the_core_is_pure() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    each_file(&source, &mut |path| {
        if path.starts_with(source.join("js")) {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        // The core is pure: no clocks, randomness or I/O either.
        let impure = [
            "std::time",
            "SystemTime",
            "Instant::",
            "now_utc",
            "getrandom",
            "rand::",
            "std::net::Tcp",
            "std::fs",
            "std::env",
        ];
        for name in ["wasm_bindgen", "js_sys", "web_sys", "gloo"].into_iter().chain(impure) {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
        read += 1;
    });
    assert!(read > 25, "{read}");
}

#[test]
fn law_1_src_js_names_no_vendor() {
    let js = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    each_file(&js, &mut |path| {
        let text = fs::read_to_string(path).unwrap();
        for word in VENDORS.iter().copied().chain(["crate::vendor", "【", "Code::", "Sent::"]) {
            assert!(!text.contains(word), "{} knows {word}", path.display());
        }
    });
}

/// Words of the WebAssembly's decisions that the package's JavaScript may name: errors before the WebAssembly is
/// loaded, and the shape of arguments that JavaScript itself reads.
const NAMED_IN_JAVASCRIPT: [(&str, &[&str]); 3] = [
    ("pkg-template/client/unloaded.js", &["aborted", "network", "no", "rejected", "timeout"]),
    ("pkg-template/edge/no-ledger.js", &["no", "unsupported"]),
    ("src/js/host/sms-error.js", &["invalid_argument", "no"]),
];

#[test]
fn law_1_package_javascript_uses_listed_names_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let statuses = ["accepted", "partial", "rejected", "unknown"];
    let codes = [
        "invalid_argument",
        "unsupported",
        "auth",
        "forbidden_ip",
        "balance",
        "number",
        "content",
        "signature",
        "template",
        "too_many",
        "throttled",
        "suspended",
        "vendor",
        "bad_reply",
        "network",
        "timeout",
        "aborted",
        "internal",
    ];
    let mut read = 0;
    for directory in ["pkg-template/client", "pkg-template/edge", "src/js/host"] {
        each_file(&root.join(directory), &mut |path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            // The description of the handler's routes is data.
            if !is_javascript(path) || name.starts_with("pkg-template/edge/openapi") {
                return;
            }
            let allowed =
                NAMED_IN_JAVASCRIPT.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, words)| words);
            let text = fs::read_to_string(path).unwrap();
            let code: String = text.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n");
            for word in statuses.iter().chain(&codes).chain(&["no", "maybe"]).chain(&VENDORS) {
                // Words that are compared, returned or thrown; `typeof` returns "number" as well.
                let named = if *word == "number" {
                    code.contains("code: \"number\"")
                } else {
                    code.contains(&format!("\"{word}\""))
                };
                assert!(!named || allowed.contains(word), "{name} names {word}");
            }
            assert!(!code.contains("https://") && !code.contains("http://"), "{name} names a URL");
            // Errors without a WebAssembly to make them.
            let answers = name.ends_with("/unloaded.js");
            assert!(answers || !code.contains("status: ") && !code.contains("urn:"), "{name} decides an answer");
            read += 1;
        });
    }
    assert!(read > 30, "{read}");
}

/// The maximum number of code lines of JavaScript that run the product: in total, and in the one file that runs the
/// handler's effects.
const MAX_LINES: usize = 1200;
const MAX_EXECUTOR_LINES: usize = 250;

#[test]
fn javascript_that_runs_the_product_has_few_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaders =
        ["loader", "load", "browser", "edge-light", "node", "workerd", "no-ledger"].map(|name| format!("{name}.js"));
    let mut all = 0;
    for directory in ["pkg-template/client", "pkg-template/edge", "src/js/host"] {
        each_file(&root.join(directory), &mut |path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            if !is_javascript(path) || name.starts_with("openapi") || loaders.iter().any(|loader| loader == name) {
                return;
            }
            let text = fs::read_to_string(path).unwrap();
            let lines = text.lines().filter(|line| !line.trim().is_empty() && !is_comment(line)).count();
            assert!(name != "executor.js" || lines <= MAX_EXECUTOR_LINES, "{name}: {lines}");
            all += lines;
        });
    }
    assert!((500..=MAX_LINES).contains(&all), "{all} lines");
}

fn is_javascript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "js")
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

fn each_file(directory: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}

#[test]
fn law_2_failover_follows_a_rejection_and_never_an_unknown_outcome() {
    for vendor in VENDORS {
        let other = if vendor == "binstd" { "liasmart" } else { "binstd" };
        let sms = sms(&[vendor, other]);
        for (fault, moves_on) in [
            ("reject", true),
            ("timeout", false),
            ("reset", false),
            ("http500", false),
            ("garbage", false),
            ("truncated", false),
            ("accept_then_reset", false),
        ] {
            let network = Network::new();
            network.fault(&json!({ "vendor": vendor, "fault": fault }));
            let outcome = send(&sms, &network);
            let status = outcome.end.status();
            if moves_on {
                assert_eq!((status, outcome.account.as_str()), ("accepted", other), "{vendor} {fault}");
            } else {
                assert_eq!((status, outcome.account.as_str()), ("unknown", vendor), "{vendor} {fault}");
            }
            let received = network.inbox().len();
            assert!(received <= 1, "{vendor} {fault}: {received} texts");
        }
    }
}

#[test]
fn law_2_abort_tries_no_other_account() {
    let sms = sms(&["liupai", "binstd"]);
    let outcome = send(&sms, &Scripted(Err(TransportError::AbortedBefore)));
    assert_eq!((outcome.account.as_str(), outcome.end.status()), ("liupai", "rejected"));
    let outcome = send(&sms, &Scripted(Err(TransportError::AbortedAfter)));
    assert_eq!((outcome.account.as_str(), outcome.end.status()), ("liupai", "unknown"));
}

#[test]
fn law_2_failover_follows_a_refused_connection_and_never_a_lost_one() {
    let sms = sms(&["liupai", "binstd"]);
    for (code, syscall, account) in [("ECONNREFUSED", "connect", "binstd"), ("ECONNRESET", "read", "liupai")] {
        assert_eq!(send(&sms, &Scripted(Err(failed(code, syscall)))).account, account);
    }
}

/// Pieces of documented replies in any order, and bytes.
fn reply_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{".to_vec()),
        Just(b"}".to_vec()),
        Just(b"\"status\":".to_vec()),
        Just(b"\"code\":".to_vec()),
        Just(b"\"result\":".to_vec()),
        Just(b"\"count\":".to_vec()),
        Just(b"\"message_id\":".to_vec()),
        Just(b"\"00\"".to_vec()),
        Just(b"\"0\"".to_vec()),
        Just(b"\"S\"".to_vec()),
        Just(b"\"1\"".to_vec()),
        Just(b"0".to_vec()),
        Just(b"1".to_vec()),
        Just(b"200".to_vec()),
        Just(b",".to_vec()),
        Just(b" ".to_vec()),
        Just(encoding_rs::GBK.encode("0发送成功!").0.into_owned()),
        Just(encoding_rs::GBK.encode("发送成功!").0.into_owned()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether a reply is a success in its vendor's document, by another parser than the client's.
fn documented_success(vendor: &str, body: &[u8]) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let json: Option<Value> = serde_json::from_slice(body.trim_ascii()).ok();
    match vendor {
        "smsadmin" => {
            let text = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(body.trim_ascii());
            let sentence = text.as_deref().and_then(|text| text.strip_prefix('0')).map(str::trim);
            matches!(sentence, Some("发送成功" | "发送成功!" | "发送成功！"))
        }
        "liasmart" => json.is_some_and(|json| {
            matches!(json["status"].as_str(), Some("S" | "s"))
                && !["", "0"].contains(&text(&json["message_id"]).as_str())
        }),
        "apiv1" => json.is_some_and(|json| json["code"] == "00"),
        "liupai" | "binstd" => json.is_some_and(|json| {
            let status = text(&json["status"]);
            let counts = text(&json["result"]["count"]).parse::<u32>().is_ok_and(|count| count > 0);
            (status == "0" || (vendor == "liupai" && status == "200")) && counts
        }),
        // The generated replies are no success of any other vendor; the vendor's fixtures have its successes.
        _ => false,
    }
}

#[test]
fn law_2_replies_near_a_success_are_unknown() {
    let statuses = [
        json!("0"),
        json!(0),
        json!("200"),
        json!(200),
        json!("00"),
        json!("S"),
        json!("s"),
        json!("F"),
        json!("1"),
        json!("00 "),
        json!(" S"),
        json!("0\0"),
        json!("\u{200B}0"),
        json!(null),
        json!(true),
        json!([]),
    ];
    let results = [
        json!({ "count": "1" }),
        json!({ "count": 1 }),
        json!({ "count": "0" }),
        json!({}),
        json!([]),
        json!(""),
        json!(null),
    ];
    let ids = [json!(1), json!("1"), json!(0), json!("0"), json!(""), json!(null), json!({})];
    for vendor in ["liupai", "binstd", "liasmart", "apiv1"] {
        let sms = sms(&[vendor]);
        let mut successes = 0;
        for status in &statuses {
            for result in &results {
                for id in &ids {
                    let body =
                        json!({ "status": status, "code": status, "result": result, "message_id": id, "data": result });
                    let body = body.to_string().into_bytes();
                    for body in [body.clone(), body[..body.len() - 1].to_vec()] {
                        let outcome = send(&sms, &Scripted(Ok(WireReply { status: 200, body: body.clone() })));
                        let accepted = matches!(outcome.end, End::Accepted { .. });
                        let shown = String::from_utf8_lossy(&body).into_owned();
                        assert_eq!(accepted, documented_success(vendor, &body), "{vendor}: {shown}");
                        successes += u32::from(accepted);
                    }
                }
            }
        }
        assert!(successes > 5, "{vendor}: {successes}");
    }
}

#[test]
fn law_2_success_with_anything_around_it_is_unknown() {
    for (vendor, success) in [("smsadmin", "0发送成功!"), ("apiv1", r#"{"code":"00"}"#)] {
        let sms = sms(&[vendor]);
        for around in ["", " ", "\r\n", "\t", "\0", "\u{1}", "\u{200B}", "\u{FEFF}\u{FEFF}", "x", "\u{3000}"] {
            for reply in [format!("{around}{success}"), format!("{success}{around}")] {
                let body = encoding_rs::GBK.encode(&reply).0.into_owned();
                let outcome = send(&sms, &Scripted(Ok(WireReply { status: 200, body: body.clone() })));
                let accepted = matches!(outcome.end, End::Accepted { .. });
                assert_eq!(accepted, documented_success(vendor, &body), "{vendor}: {reply:?}");
            }
        }
    }
}

#[test]
fn law_5_pulled_bytes_are_never_lost() {
    struct Broken;
    impl Transport for Broken {
        async fn call(&self, _: &WireRequest) -> Result<WireReply, TransportError> {
            Err(TransportError::Timeout)
        }
        fn aborted(&self) -> bool {
            false
        }
        fn now(&self) -> i64 {
            0
        }
        fn received(&self) -> Vec<u8> {
            b"half of it".to_vec()
        }
    }
    let all = sms(&VENDORS);
    let pulled = all.accounts().1.iter().filter(|account| account.can("reports"));
    let pulled: Vec<&str> = pulled.map(xinshi::client::Account::vendor_name).collect();
    assert!(pulled.len() >= 2, "{pulled:?}");
    for vendor in pulled {
        for operation in ["reports", "replies"] {
            let error = pollster::block_on(sms(&[vendor]).call(vendor, operation, &Json::empty(), &random(), &Broken))
                .unwrap_err();
            assert_eq!(error.raw.as_deref(), Some(&b"half of it"[..]), "{vendor} {operation}");
        }
    }
}

#[test]
fn law_6_errors_repeat_no_argument() {
    let account = json!({ "company": "c", "signature": "【c】", "replyPassword": "hunter2/x", "total": 1 });
    let cases = [
        ("binstd", "accounts.create", account, "hunter2/x"),
        ("smsadmin", "checkText", json!({ "text": "验证码 424242 给 13812345678" }), "424242"),
    ];
    for (vendor, operation, arguments, hidden) in cases {
        let echo = format!("bad {hidden} {} {TO}", urlencoding::encode(hidden).replace("%2F", "%2f"));
        let body = match vendor {
            "smsadmin" => encoding_rs::GBK.encode(&format!("1{echo}")).0.into_owned(),
            _ => json!({ "status": "101", "msg": echo, "result": "" }).to_string().into_bytes(),
        };
        let transport = Scripted(Ok(WireReply { status: 200, body }));
        let sms = sms(&[vendor]);
        let error = pollster::block_on(sms.call(
            vendor,
            operation,
            &json::parse(arguments.to_string().as_bytes()).unwrap(),
            &random(),
            &transport,
        ))
        .unwrap_err();
        let shown = format!("{} {}", error.to_json(), error.message);
        assert!(!shown.contains(hidden) && !shown.contains("hunter2"), "{shown}");
        assert!(vendor != "smsadmin" || !shown.contains(TO), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn law_2_an_unknown_reply_is_never_success(vendor in 0..VENDORS.len(), body in reply_like(), status in prop_oneof![
        Just(200_u16), Just(200), Just(200), any::<u16>(),
    ]) {
        let vendor = VENDORS[vendor];
        let outcome = send(&sms(&[vendor]), &Scripted(Ok(WireReply { status, body: body.clone() })));
        let success = status == 200 && documented_success(vendor, &body);
        prop_assert_eq!(matches!(outcome.end, End::Accepted { .. }), success);
    }

    #[test]
    fn law_7_no_input_of_a_caller_panics(text in any::<String>(), to in any::<String>(), reference in any::<String>()) {
        let sms = sms(&VENDORS);
        let json = json!({ "to": to, "text": text, "ref": reference }).to_string();
        let tabs = format!("\t{to}\t{reference}\t{text}");
        let mut output = OutputBuffer::default();
        for candidate in [json, json!({ "to": TO, "text": text }).to_string(), tabs, format!("\t{TO}\t\t{text}"), text] {
            if let Ok(message) = Message::read(&candidate) {
                for vendor in VENDORS {
                    let plan = sms.plan(&message, Some(vendor), &random()).unwrap();
                    plan.encode(&mut output, true);
                }
            }
            let _ = Sms::configure(&candidate);
        }
    }

    #[test]
    fn law_8_planned_bytes_arrive_as_the_text(vendor in 0..VENDORS.len(), text in "[ -~\n一-龥，。！【】]{1,80}") {
        let vendor = VENDORS[vendor];
        let text = format!("【信使】{text}");
        prop_assume!(vendor != "binstd" || !text.contains(",,"));
        let network = Network::new();
        let outcome = send_text(&sms(&[vendor]), &text, &network);
        prop_assert_eq!(outcome.end.status(), "accepted");
        let inbox = network.inbox();
        prop_assert_eq!(inbox.len(), 1);
        prop_assert_eq!(inbox[0]["text"].as_str(), Some(text.as_str()));
        prop_assert_eq!(inbox[0]["to"].as_str(), Some("+8613812345678"));
    }
}

/// Everything that a person may see of a send.
fn everything_shown(sms: &Sms, transport: &impl Transport) -> String {
    let shown = RefCell::new(String::new());
    let message = message(TEXT);
    let outcome = pollster::block_on(sms.send(&message, None, &random(), transport, &|event| {
        *shown.borrow_mut() += &event.to_json();
    }));
    let plan = sms.plan(&message, None, &random()).unwrap();
    let error = outcome.end.error().map(|error| format!("{error:?}{error}{}", error.to_json())).unwrap_or_default();
    let requests = format!("{:?}", plan.requests().collect::<Vec<_>>());
    format!("{}{error}{:?}{message:?}{requests}", shown.into_inner(), plan.warnings)
}

#[test]
fn law_6_secrets_codes_and_numbers_reach_no_log_event_or_error() {
    for vendor in VENDORS {
        let sms = sms(&[vendor]);
        let request = request(&sms);
        // A vendor that repeats the whole request in its rejection: credentials, number and text.
        let own = secrets(vendor);
        assert!(!own.is_empty(), "{vendor}: its sandbox's key begins with sandbox-");
        let echo = format!("{own:?} {TO} {TEXT} {} {:?}", request.url(), request.body().map(String::from_utf8));
        let rejections = [
            json!({ "status": "F", "code": "99", "msg": echo, "message": echo, "remarks": echo, "result": "" })
                .to_string(),
            json!({ "status": echo, "code": echo, "msg": "", "message": "", "remarks": "" }).to_string(),
            String::from_utf8(encoding_rs::GBK.encode("1").0.into_owned()).unwrap() + " " + &echo,
        ];
        for rejection in rejections {
            let body = if vendor == "smsadmin" {
                encoding_rs::GBK.encode(&rejection).0.into_owned()
            } else {
                rejection.into_bytes()
            };
            let shown = everything_shown(&sms, &Scripted(Ok(WireReply { status: 200, body })));
            for forbidden in own.iter().map(String::as_str).chain(["424242", TO, TEXT]) {
                // Unchanged, and encoded as in a repeated URL.
                let encoded = urlencoding::encode(forbidden).into_owned();
                for form in [forbidden, encoded.as_str()] {
                    assert!(!shown.contains(form), "{vendor} shows {form}: {shown}");
                }
            }
        }
    }
}

#[test]
fn law_6_md5_of_a_password_is_redacted() {
    for (vendor, md5) in [("apiv1", "pwd"), ("smsadmin", "pwd")] {
        let sms = sms(&[vendor]);
        let request = request(&sms);
        let body = String::from_utf8(request.body().unwrap()).unwrap();
        let hash = body.split('&').find_map(|pair| pair.strip_prefix(&format!("{md5}="))).unwrap();
        assert_eq!(hash.len(), 32);
        let (url, redacted) = request.redacted();
        assert!(!redacted.unwrap().contains(hash) && !url.contains(hash) && !request.to_curl().contains(hash));
        let rejection = json!({ "code": "77", "message": hash }).to_string();
        let rejection = match vendor {
            "smsadmin" => encoding_rs::GBK.encode(&format!("1密码{hash}")).0.into_owned(),
            _ => rejection.into_bytes(),
        };
        let shown = everything_shown(&sms, &Scripted(Ok(WireReply { status: 200, body: rejection })));
        assert!(shown.contains("[redacted]") && !shown.contains(hash), "{shown}");
    }
}

#[test]
fn law_6_alphanumeric_codes_are_redacted() {
    let text = "【信使】验证码是A1B2C3, 或 123";
    let rejection = json!({ "status": "F", "remarks": "rejected: A1B2C3 and 123" }).to_string();
    let reply = WireReply { status: 200, body: rejection.into_bytes() };
    let outcome = send_text(&sms(&["liasmart"]), text, &Scripted(Ok(reply)));
    let shown = outcome.end.error().unwrap().to_string();
    assert_eq!(shown, "the vendor refused with code F: rejected: [redacted] and [redacted]");
}

#[test]
fn vendor_messages_are_bounded() {
    let rejection = json!({ "status": "F", "remarks": "x".repeat(100_000) }).to_string();
    let outcome = send(&sms(&["liasmart"]), &Scripted(Ok(WireReply { status: 200, body: rejection.into_bytes() })));
    assert!(outcome.end.error().unwrap().message.len() < 400);
    // A message of megabytes is not searched for the text.
    let rejection = json!({ "status": "F", "remarks": TEXT.repeat(200_000) }).to_string();
    let outcome = send(&sms(&["liasmart"]), &Scripted(Ok(WireReply { status: 200, body: rejection.into_bytes() })));
    let message = &outcome.end.error().unwrap().message;
    assert!(message.chars().count() < 400 && !message.contains("验证码是"), "{message}");
}

#[test]
fn liasmart_accepts_texts_of_each_alphabet() {
    for text in ["test", "Äé €[~]", "ΔΦ test", "信使", "`"] {
        let network = Network::new();
        let outcome = send_text(&sms(&["liasmart"]), text, &network);
        assert_eq!(outcome.end.status(), "accepted", "{text}: {outcome:?}");
    }
}

#[test]
fn law_9_redirect_is_an_unknown_outcome() {
    for vendor in VENDORS {
        for status in [0, 301, 302, 303, 307, 308] {
            let outcome = send(&sms(&[vendor]), &Scripted(Ok(WireReply { status, body: b"0".to_vec() })));
            let error = outcome.end.error().unwrap();
            assert_eq!((outcome.end.status(), error.code.as_str()), ("unknown", "bad_reply"), "{vendor} {status}");
            assert_eq!(error.http_status, Some(status));
        }
    }
}
