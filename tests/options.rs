//! Options: an error names the wrong option by its path, and valid options decide which accounts are tried.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

mod world;

use serde_json::json;
use world::{Network, TEXT, config, message, random, send, sms};
use xinshi::client::Sms;

#[test]
fn wrong_option_error_has_its_field() {
    let cases = [
        (json!([]), "options"),
        (json!({}), "vendors"),
        (json!({ "vendors": {} }), "vendors"),
        (json!({ "vendors": { "main": 1 } }), "vendors.main"),
        (json!({ "vendors": { "main": {} } }), "vendors.main.vendor"),
        (json!({ "vendors": { "main": { "vendor": "twilio" } } }), "vendors.main.vendor"),
        (json!({ "vendors": { "main": { "vendor": "liupai" } } }), "vendors.main.appkey"),
        (json!({ "vendors": { "main": { "vendor": "liupai", "appkey": 7 } } }), "vendors.main.appkey"),
        (json!({ "vendors": { "main": { "vendor": "liupai", "appKey": "k" } } }), "vendors.main.appKey"),
        (
            json!({ "vendors": { "main": { "vendor": "liupai", "appkey": "k", "method": "PUT" } } }),
            "vendors.main.method",
        ),
        (
            json!({ "vendors": { "main": { "vendor": "apiv1", "account": "a", "password": "p" } } }),
            "vendors.main.baseUrl",
        ),
        (
            json!({ "vendors": { "main": { "vendor": "apiv1", "account": "a", "password": "p", "baseUrl": "sms.example" } } }),
            "vendors.main.baseUrl",
        ),
        (
            json!({ "vendors": { "main": { "vendor": "binstd", "appkey": "k", "baseUrl": "http://u:p@x" } } }),
            "vendors.main.baseUrl",
        ),
        (
            json!({ "vendors": { "m": { "vendor": "smsadmin", "uid": "u", "pwd": "p", "urlencoded": true, "pwdMode": "md5" } } }),
            "vendors.m.pwdMode",
        ),
        (json!({ "vendors": { "m": { "vendor": "smsadmin", "uid": "😀", "pwd": "p" } } }), "vendors.m.uid"),
        (
            json!({ "vendors": { "m": { "vendor": "smsadmin", "uid": "u", "pwd": "p", "urlencoded": 1 } } }),
            "vendors.m.urlencoded",
        ),
        (json!({ "vendors": { "m": config("liupai") }, "order": ["n"] }), "order"),
        (json!({ "vendors": { "m": config("liupai") }, "order": ["m", "m"] }), "order"),
        (json!({ "vendors": { "m": config("liupai") }, "order": [] }), "order"),
        (json!({ "vendors": { "m": config("liupai") }, "timeoutMs": 0 }), "timeoutMs"),
        (json!({ "vendors": { "m": config("liupai") }, "timeOutMs": 5 }), "timeOutMs"),
    ];
    let wrong_urls = [
        "http://a:99999",
        "http://[::1",
        "http://a:b",
        "http://%zz",
        "http://",
        "ftp://a",
        "http://a..b",
        "http://a/?x",
    ];
    let with_url = |url: &&str| json!({ "vendors": { "m": { "vendor": "binstd", "appkey": "k", "baseUrl": url } } });
    let wrong_urls = wrong_urls.iter().map(|url| (with_url(url), "vendors.m.baseUrl"));
    for url in ["http://[::1]:4010/x", "https://a.example", "http://127.0.0.1:1/", "http://localhost/a/b/"] {
        assert!(Sms::configure(&with_url(&url).to_string()).is_ok(), "{url}");
    }
    for (options, field) in cases.into_iter().chain(wrong_urls) {
        let error = Sms::configure(&options.to_string()).err().unwrap_or_else(|| panic!("{options} was taken"));
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("invalid_argument", Some(field)), "{options}");
    }
}

#[test]
fn account_outside_the_order_is_used_only_by_name() {
    let sms = sms(&["smsadmin"]);
    assert_eq!(&*sms.plan(&message(TEXT), None, &random()).unwrap().account, "smsadmin");
    assert_eq!(&*sms.plan(&message(TEXT), Some("liupai"), &random()).unwrap().account, "liupai");
    assert!(sms.plan(&message(TEXT), Some("nobody"), &random()).is_err());
    let network = Network::new();
    network.fault(&json!({ "vendor": "smsadmin", "fault": "reject" }));
    assert_eq!(send(&sms, &network).end.status(), "rejected");
    assert_eq!(network.inbox().len(), 0);
}
