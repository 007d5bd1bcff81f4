//! Laws 2, 5 and 9: what a reply, or none, means for its text.

use proptest::prelude::*;
use serde_json::{Value, json};
use xinshi::client::transport::{Transport, TransportError};
use xinshi::outcome::End;
use xinshi::wire::json::Json;
use xinshi::wire::{WireReply, WireRequest};

use crate::world::{Network, Scripted, TEXT, VENDORS, failed, random, send, sms};

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
