//! One phone and one line count as one in every spelling: trunk prefixes abroad, and the addresses of an IPv6 site.

use serde_json::{Value, json};
use xinshi::edge::handler_request::{Body, HEAD_PARTS, HandlerRequest};

use crate::world::{BACK_END, OPERATOR, TO, World};

const GERMAN: &str = "+491701234567";
const ALIAS: &str = "+4901701234567";

#[test]
fn number_with_a_trunk_prefix_is_rejected() {
    for more in [
        json!({ "countries": ["CN", "DE"], "deny": [GERMAN] }),
        json!({ "countries": ["CN", "DE"], "deny": ["+49170*"] }),
        json!({ "countries": ["CN", "DE"] }),
        json!({ "allow": ["+49*"] }),
        json!({ "allow": ["+490170*"] }),
    ] {
        let world = World::new(&more);
        let (status, problem) = world.send(&json!({ "phone": ALIAS }));
        assert_eq!((status, &problem["type"]), (403, &json!("urn:xinshi:problem:number-not-allowed")), "{more}");
        let head = json!({ "path": "/one-time-password-sms/v1/send-code", "authorization": BACK_END });
        let (status, problem) = world.call(head, &json!({ "phoneNumber": ALIAS, "message": "{{code}}" }));
        assert_eq!((status, &problem["code"]), (403, &json!("ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED")));
        assert!(world.states.borrow().keys().all(|key| key == "stats"), "{more}");
    }
    // A number that is sent to must be in its own form. No vendor here sends abroad.
    let tried = |more: Value, phone: &str| World::new(&more).send(&json!({ "phone": phone })).0 == 503;
    assert!(tried(json!({ "countries": ["DE"] }), GERMAN) && tried(json!({ "allow": ["+49*"] }), GERMAN));
    assert!(tried(json!({ "allow": [GERMAN] }), GERMAN) && !tried(json!({ "allow": [GERMAN] }), ALIAS));
}

/// A query for another spelling must not answer that nothing is stored.
#[test]
fn request_for_another_spelling_of_a_number_is_rejected() {
    let world = World::new(&json!({ "countries": ["CN", "DE"] }));
    for (path, token, body) in [
        ("/admin/reset", OPERATOR, |phone: &str| json!({ "phone": phone })),
        ("/admin/erase", OPERATOR, |phone: &str| json!({ "phone": phone })),
        ("/admin/opt-out", OPERATOR, |phone: &str| json!({ "phone": phone, "optedOut": true })),
        ("/opt-outs/check", BACK_END, |phone: &str| json!({ "phones": [TO, phone] })),
    ] as [(&str, &str, fn(&str) -> Value); 4]
    {
        let send = |phone| world.call(json!({ "path": path, "authorization": token }), &body(phone));
        let (status, problem) = send(ALIAS);
        assert_eq!((status, &problem["type"]), (400, &json!("urn:xinshi:problem:malformed-request")), "{path}");
        assert!(send(GERMAN).0 < 300, "{path}");
        assert!(!problem.to_string().contains("0170123"), "{problem}");
    }
}

/// A line with a /56 has 256 /64s, and one with a /48 has 65,536.
#[test]
fn ipv6_site_has_the_limit_of_sixteen_addresses() {
    let world = World::new(&json!({ "limits": { "number": [], "cooldownSeconds": 0, "adaptive": false } }));
    let send = |address: String, number: usize| {
        world.post("/otp/send", &address, &json!({ "phone": format!("138{number:08}") })).0
    };
    let mut accepted = 0;
    for turn in 0..256_usize {
        accepted += usize::from(send(format!("2001:db8:1:{turn:x}::1"), turn) == 202);
    }
    assert_eq!(accepted, 160, "sixteen times ten a minute");
    assert_eq!(send("2001:db8:2:1::1".to_owned(), 900), 202, "another site");
    assert_eq!(send("192.0.2.1".to_owned(), 901), 202);
    let mut accepted = 0;
    for turn in 0..12_usize {
        accepted += usize::from(send("2001:db8:3:1::1".to_owned(), 1000 + turn) == 202);
    }
    assert_eq!(accepted, 10, "each address is under its own rules");
    let head = json!({ "path": "/admin/explain", "authorization": OPERATOR });
    let (_, reply) = world.call(head, &json!({ "phone": TO, "address": "2001:db8:1:7::9" }));
    assert_eq!(
        (&reply["ip"][0]["used"], &reply["ip48"][0]["used"], &reply["ip48"][0]["limit"]),
        (&json!(1), &json!(160), &json!(160))
    );
}

#[test]
fn attempts_of_an_ipv6_site_are_capped_in_memory() {
    let world = World::new(&json!({}));
    let send = |turn: usize| {
        world
            .post(
                "/otp/verify",
                &format!("2001:db8:1:{:x}::1", turn % 4000),
                &json!({ "challenge": "x", "code": "000000" }),
            )
            .0
    };
    let rejected = (0..4000).filter(|turn| send(*turn) == 429).count();
    assert_eq!(rejected, 4000 - 16 * 240);
}

/// A proxy before the handler may have read the other member.
#[test]
fn body_with_duplicate_members_is_rejected_on_every_route() {
    let world = World::new(
        &json!({ "webhook": { "url": "https://app.example/receipts", "secret": format!("whsec_{}", "A".repeat(32)) } }),
    );
    for (path, token, body) in [
        ("/otp/send", "", r#"{"phone":"13812345678","phone":"13912345678"}"#),
        ("/otp/send", "", r#"{"phone":"13812345678","ph\u006fne":"13912345678"}"#),
        ("/otp/verify", "", r#"{"challenge":"x","code":"123456","code":"123456"}"#),
        (
            "/one-time-password-sms/v1/send-code",
            BACK_END,
            r#"{"phoneNumber":"+8613812345678","message":"{{code}}","phoneNumber":"+8613912345678"}"#,
        ),
        (
            "/one-time-password-sms/v1/send-code",
            BACK_END,
            r#"{"phoneNumber":"+8613812345678","message":"{{code}}","more":{"a":1,"a":2}}"#,
        ),
        ("/one-time-password-sms/v1/validate-code", BACK_END, r#"{"authenticationId":"x","code":"1","code":"2"}"#),
        ("/admin/explain", OPERATOR, r#"{"phone":"13812345678","phone":"13912345678"}"#),
        ("/admin/reset", OPERATOR, r#"{"phone":"13812345678","phone":"13912345678"}"#),
        ("/admin/erase", OPERATOR, r#"{"phone":"13812345678","phone":"13912345678"}"#),
        ("/admin/opt-out", OPERATOR, r#"{"phone":"13812345678","optedOut":true,"optedOut":false}"#),
        ("/opt-outs/check", BACK_END, r#"{"phones":["13812345678"],"phones":["13912345678"]}"#),
    ] {
        let mut head = [None; HEAD_PARTS];
        (head[0], head[1], head[3], head[5]) = (Some("POST"), Some(path), Some("192.0.2.1"), Some("application/json"));
        head[4] = Some(token).filter(|token| !token.is_empty());
        let reply = world.handle(&HandlerRequest::new(head, Body::Whole(body.as_bytes().to_vec()))).unwrap();
        assert_eq!(reply.status, 400, "{path} {body}: {}", reply.body);
        assert!(reply.body.contains("two members of a name"), "{}", reply.body);
    }
    assert_eq!(world.changes.get(), 0);
}

/// The number's clock reached a time at which it forgot the challenge; the clock of the idempotency key, in another
/// object, did not.
#[test]
fn request_is_sent_once_when_the_clock_goes_back() {
    for (forward, back) in [(86_400 + 600, 1200), (86_400 + 7200, 7300), (3 * 86_400, 2 * 86_400 + 600)] {
        let world = World::new(&json!({}));
        let head = json!({ "path": "/otp/send", "idempotency-key": "0123456789abcdef" });
        let (status, first) = world.call(head.clone(), &json!({ "phone": TO }));
        assert_eq!(status, 202);
        world.pass(forward);
        assert_eq!(world.send(&json!({ "phone": TO })).0, 202);
        world.pass(-back);
        assert_eq!(world.call(head, &json!({ "phone": TO })), (202, first), "{forward} {back}");
        assert_eq!(world.inbox().len(), 2, "{forward} {back}");
    }
}
