//! Law 6: secrets, codes and numbers reach no log, event or error.

use std::cell::RefCell;

use serde_json::json;
use xinshi::client::Sms;
use xinshi::client::transport::Transport;
use xinshi::wire::WireReply;
use xinshi::wire::json;

use crate::world::{Scripted, TEXT, TO, VENDORS, message, random, request, secrets, send_text, sms};

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
    assert_eq!(shown, "the vendor rejected with code F: rejected: [redacted] and [redacted]");
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
