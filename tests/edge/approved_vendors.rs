//! Codes through the vendors of approved templates: the handler's text becomes a template's values, and reports that name a
//! text by the vendor's id alone find it.

use serde_json::{Value, json};

use crate::receipts::{counted, messages, opted_out, path, push, pushed, sent, unmatched, world};
use crate::world::{TO, World, code_in};

/// What `/otp/status` says of the delivery.
fn delivery(world: &World, challenge: &str) -> String {
    let head = json!({ "method": "GET", "path": format!("/otp/status/{challenge}") });
    world.call(head, &Value::Null).1["delivery"].as_str().unwrap().to_owned()
}

/// The vendor that sent the last text, and the text.
fn last_text(world: &World) -> (String, String) {
    let inbox: Vec<Value> = serde_json::from_slice(&world.sandbox("GET", "/inbox", &Value::Null)).unwrap();
    let last = inbox.last().unwrap();
    (last["vendor"].as_str().unwrap().to_owned(), last["text"].as_str().unwrap().to_owned())
}

/// The options of an account of the sandbox's, with `more`.
fn account(vendor: &str, more: &Value) -> Value {
    let config = xinshi::sandbox::Sandbox::config(vendor).unwrap();
    let mut account: Value = serde_json::from_str(&config).unwrap();
    account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    account
}

#[test]
fn code_goes_out_as_a_templates_values_and_is_verified() {
    for (vendor, more, operation) in [
        ("aliyun", json!({}), "SendSms"),
        ("aliyun", json!({ "product": "dypns" }), "SendSmsVerifyCode"),
        ("tencent", json!({}), "SendSms"),
    ] {
        let world = World::new(&json!({ "vendors": { "main": account(vendor, &more) } }));
        let (challenge, _) = sent(&world);
        let (by, text) = last_text(&world);
        let code = code_in(&text);
        assert_eq!((by.as_str(), text), (vendor, format!("【信使】您的验证码是{code}，5分钟内有效。")));
        let events = world.events.borrow().join("\n");
        assert!(events.contains(&format!(r#""operation":"{operation}""#)), "{events}");
        assert!(!events.contains(&code) && !events.contains(TO), "{events}");
        assert_eq!(world.verify(&json!(challenge), &code).0, 200, "{vendor}");
    }
}

#[test]
fn text_of_no_template_goes_by_the_next_account() {
    let templates = json!({ "templates": { "SMS_100000001": "您的验证码是${code}，有效期${minutes}分钟。" } });
    let vendors = json!({ "main": account("aliyun", &templates), "spare": account("apiv1", &json!({})) });
    let world = World::new(&json!({ "vendors": vendors }));
    let (challenge, _) = sent(&world);
    assert_eq!(last_text(&world).0, "apiv1");
    assert_eq!(world.verify(&json!(challenge), &world.code()).0, 200);
}

/// Tencent's pushed reports have the number and the vendor's id, and no reference.
#[test]
fn report_without_a_reference_is_matched_by_number_and_id() {
    let world = world("tencent", json!({}));
    let (first, first_reference) = sent(&world);
    world.pass(61);
    let (second, reference) = sent(&world);
    let report = |reference: &str, status: &str| {
        pushed(&world, "tencent", json!({ "kind": "report", "to": TO, "ref": reference, "status": status }))
    };
    let body = report(&reference, "UNDELIV");
    assert!(!String::from_utf8(body.clone()).unwrap().contains(&reference), "the push has no reference");
    assert_eq!(push(&world, &path("main"), &body).status, 200);
    assert_eq!((delivery(&world, &first), delivery(&world, &second)), ("accepted".into(), "failed".into()));
    assert_eq!(push(&world, &path("main"), &report(&first_reference, "DELIVRD")).status, 200);
    assert_eq!((delivery(&world, &first), delivery(&world, &second)), ("delivered".into(), "failed".into()));
    // The receiver learns the text's reference and challenge.
    let forwarded = messages(&world);
    assert_eq!(forwarded.len(), 2, "{forwarded:?}");
    assert_eq!(
        (&forwarded[0]["data"]["report"]["ref"], &forwarded[0]["data"]["challenge"]),
        (&json!(reference), &json!(second))
    );
    // Repeated, it is known; with another id, or from the other account, it is on no text of the handler's.
    assert_eq!(push(&world, &path("main"), &body).status, 200);
    let text = String::from_utf8(body).unwrap();
    let other = text.replace(r#""sid":"5000:"#, r#""sid":"5000:9"#);
    assert_ne!(other, text);
    assert_eq!(push(&world, &path("main"), other.as_bytes()).status, 200);
    let moved = text.replace(TO, "13900000000");
    assert_eq!(push(&world, &path("main"), moved.as_bytes()).status, 200);
    assert_eq!((delivery(&world, &first), delivery(&world, &second)), ("delivered".into(), "failed".into()));
    assert_eq!(unmatched(&world, "main").len(), 2);
    assert_eq!((counted(&world, "reports.failed.main"), counted(&world, "reports.delivered.main")), (1, 1));
}

/// Several reports are one push: they are stored first, and matched when they are read.
#[test]
fn list_of_reports_without_references_is_matched() {
    let world = world("tencent", json!({}));
    let (challenge, reference) = sent(&world);
    let order = json!({ "kind": "report", "to": TO, "ref": reference });
    let report = String::from_utf8(pushed(&world, "tencent", order)).unwrap();
    let one = &report[1..report.len() - 1];
    let other = one.replace(TO, "13900000000");
    assert_eq!(push(&world, &path("main"), format!("[{other},{one}]").as_bytes()).status, 200);
    assert!(world.scheduled());
    assert_eq!(delivery(&world, &challenge), "delivered");
    assert_eq!(unmatched(&world, "main").len(), 1);
}

/// Another account than the one that was expected took the text.
#[test]
fn report_on_a_text_that_failed_over_is_matched_by_its_id() {
    let vendors = json!({ "first": account("apiv1", &json!({})), "main": account("tencent", &json!({})) });
    let world = world("tencent", json!({ "vendors": vendors }));
    world.sandbox("POST", "/faults", &json!({ "vendor": "apiv1", "fault": "reject", "times": 1 }));
    let (challenge, reference) = sent(&world);
    assert_eq!(last_text(&world).0, "tencent");
    let body = pushed(&world, "tencent", json!({ "kind": "report", "to": TO, "ref": reference }));
    assert_eq!(push(&world, &path("main"), &body).status, 200);
    assert_eq!(delivery(&world, &challenge), "delivered");
}

#[test]
fn pulls_bring_reports_and_opt_outs() {
    let world = world("tencent", json!({}));
    let (challenge, _) = sent(&world);
    let reply = json!({ "vendor": "tencent", "from": TO, "text": "TD" });
    world.sandbox("POST", "/replies", &reply);
    assert!(world.scheduled());
    assert_eq!(delivery(&world, &challenge), "delivered");
    assert!(opted_out(&world, TO));
    assert_eq!(messages(&world).len(), 2);
    assert!(world.scheduled());
    assert_eq!(messages(&world).len(), 2, "the pull erased them");
}

#[test]
fn pushed_replies_opt_out() {
    for vendor in ["aliyun", "tencent"] {
        let world = world(vendor, json!({}));
        let body = pushed(&world, vendor, json!({ "kind": "reply", "from": TO, "text": "退订" }));
        assert_eq!(push(&world, &path("main"), &body).status, 200);
        assert!(opted_out(&world, TO), "{vendor}");
        let answer = push(&world, &path("main"), &body);
        let expected =
            if vendor == "aliyun" { r#"{"code":0,"msg":"接收成功"}"# } else { r#"{"result":0,"errmsg":"OK"}"# };
        assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    }
}
