//! Tenants over one ledger: each has accounts, limits and codes of its own, and a number has one ceiling for all.

use serde_json::{Value, json};
use xinshi::edge::config::Config;
use xinshi::edge::handler::Handler;
use xinshi::edge::hook_url::HookKeys;
use xinshi::edge::tenant::TenantSource;

use crate::receipts::{hook, messages, pushed, statistics};
use crate::world::{BACK_END, OPERATOR, TO, World, options, request_of};

const HOOK_KEY: &str = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh";

/// A world whose handler is that of the tenant `acme`, and the handler of another tenant over the same ledger.
struct Tenants {
    world: World,
    idle: Handler,
}

fn config(more: &Value) -> Config {
    Config::read(&options(more)).unwrap_or_else(|error| panic!("{error}"))
}

impl Tenants {
    fn new(more: &Value) -> Self {
        let mut all = json!({ "vendors": true });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let all = Handler::new(config(&all));
        let mut world = World::new(more);
        world.handler = Handler::for_tenant(config(more), "acme", &all);
        Self { world, idle: Handler::for_tenant(config(more), "globex", &all) }
    }

    /// Continues as the other tenant.
    fn switch(&mut self) -> &World {
        core::mem::swap(&mut self.world.handler, &mut self.idle);
        &self.world
    }
}

fn send(world: &World, phone: &str, address: &str) -> (u16, Value) {
    world.post("/otp/send", address, &json!({ "phone": phone }))
}

fn phone(index: usize) -> String {
    // Prefixes of their own.
    format!("13{index:04}45678")
}

#[test]
fn code_of_one_tenant_is_unknown_to_another() {
    let mut tenants = Tenants::new(&json!({}));
    let (status, sent) = tenants.world.send(&json!({ "phone": TO }));
    assert_eq!(status, 202, "{sent}");
    let code = tenants.world.code();
    let status_of = |world: &World| {
        let path = format!("/otp/status/{}", sent["challenge"].as_str().unwrap());
        world.call(json!({ "method": "GET", "path": path }), &Value::Null).0
    };
    assert_eq!(status_of(&tenants.world), 200);
    assert_eq!(tenants.switch().verify(&sent["challenge"], &code).0, 422);
    assert_eq!(status_of(&tenants.world), 404);
    let (status, verified) = tenants.switch().verify(&sent["challenge"], &code);
    assert_eq!(status, 200);
    assert_eq!(claims(&verified)["aud"], "app:acme", "another tenant's back end rejects the proof");
    // The device is trusted by its tenant alone, so the other one's send is limited like a stranger's.
    let again = json!({ "phone": TO, "device": verified["device"] });
    assert_eq!(tenants.switch().send(&again).0, 429);
}

fn claims(verified: &Value) -> Value {
    use base64::Engine;
    let claims = verified["proof"].as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[test]
fn number_has_one_ceiling_for_all_tenants() {
    let mut tenants =
        Tenants::new(&json!({ "limits": { "cooldownSeconds": 0, "number": [{ "limit": 3, "windowSeconds": 3600 }] } }));
    for round in 0..3 {
        assert_eq!(send(&tenants.world, TO, "192.0.2.1").0, 202, "{round}");
        tenants.switch();
    }
    assert_eq!(send(&tenants.world, TO, "192.0.2.1").0, 429);
    assert_eq!(send(tenants.switch(), TO, "192.0.2.1").0, 429);
}

#[test]
fn no_tenant_uses_up_the_total_or_a_prefix_of_another() {
    let rule = json!([{ "limit": 2, "windowSeconds": 3600 }]);
    for (by, same_prefix) in [("total", false), ("prefix", true)] {
        let limits = json!({ by: rule, "adaptive": false });
        let mut tenants = Tenants::new(&json!({ "limits": limits }));
        let number = |index: usize| if same_prefix { format!("138123400{index:02}") } else { phone(index) };
        for index in 0..2 {
            assert_eq!(send(&tenants.world, &number(index), "192.0.2.1").0, 202, "{by}");
        }
        assert_eq!(send(&tenants.world, &number(2), "192.0.2.1").0, 429, "{by}");
        assert_eq!(send(tenants.switch(), &number(3), "192.0.2.1").0, 202, "{by}");
    }
}

#[test]
fn adaptive_limits_of_a_tenant_are_its_own() {
    let adaptive = json!({ "ip": false, "total": false, "prefix": { "unverified": 2, "pending": 0 } });
    let mut tenants = Tenants::new(&json!({ "limits": { "adaptive": adaptive } }));
    let number = |index: usize| format!("138123400{index:02}");
    let sent = (0..4).map(|index| send(&tenants.world, &number(index), "192.0.2.1").0).collect::<Vec<_>>();
    assert!(sent.starts_with(&[202]) && sent.ends_with(&[429]), "{sent:?}");
    assert_eq!(send(tenants.switch(), &number(9), "192.0.2.1").0, 202);
}

#[test]
fn address_is_limited_for_all_tenants_unless_the_rule_says_otherwise() {
    let rule = json!([{ "limit": 2, "windowSeconds": 3600 }]);
    for (by_tenant, expected) in [(false, 429), (true, 202)] {
        let limits = json!({ "ip": rule, "ipByTenant": by_tenant, "adaptive": false });
        let mut tenants = Tenants::new(&json!({ "limits": limits }));
        for index in 0..2 {
            assert_eq!(send(&tenants.world, &phone(index), "192.0.2.1").0, 202);
        }
        assert_eq!(send(&tenants.world, &phone(2), "192.0.2.1").0, 429);
        assert_eq!(send(tenants.switch(), &phone(3), "192.0.2.1").0, expected, "{by_tenant}");
    }
}

#[test]
fn token_is_limited_for_each_tenant_and_ends_no_challenge_of_another() {
    let limits = json!({ "token": [{ "limit": 1, "windowSeconds": 3600 }], "cooldownSeconds": 0, "adaptive": false });
    let mut tenants = Tenants::new(&json!({ "limits": limits }));
    let by_token = |world: &World, phone: &str| {
        world.call(json!({ "path": "/otp/send", "authorization": BACK_END }), &json!({ "phone": phone }))
    };
    let (status, sent) = by_token(&tenants.world, TO);
    assert_eq!(status, 202, "{sent}");
    let code = tenants.world.code();
    assert_eq!(by_token(&tenants.world, &phone(1)).0, 429);
    assert_eq!(by_token(tenants.switch(), TO).0, 202, "its own limit");
    let verify = json!({ "challenge": sent["challenge"], "code": code });
    let head = json!({ "path": "/otp/verify", "authorization": BACK_END });
    assert_eq!(tenants.switch().call(head, &verify).0, 200, "the first tenant's code is still open");
}

#[test]
fn attempts_of_an_address_are_counted_together() {
    let mut tenants = Tenants::new(&json!({}));
    let verify =
        |world: &World| world.post("/otp/verify", "192.0.2.9", &json!({ "challenge": "x", "code": "123456" })).0;
    for _ in 0..120 {
        assert_eq!(verify(&tenants.world), 422);
        assert_eq!(verify(tenants.switch()), 422);
    }
    assert_eq!(verify(&tenants.world), 429);
    assert_eq!(verify(tenants.switch()), 429);
}

#[test]
fn hook_names_the_tenant_and_its_report_reaches_nobody_else() {
    let config = |vendor| serde_json::from_str::<Value>(&xinshi::sandbox::Sandbox::config(vendor).unwrap()).unwrap();
    let more = json!({
        "vendors": { "main": config("apiv1") }, "hookKeys": [HOOK_KEY], "queue": true, "publicUrl": "https://otp.example",
        "webhook": { "url": "https://app.example/receipts", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
        "receipts": { "keepFor": 1 },
    });
    let mut tenants = Tenants::new(&more);
    let keys = HookKeys::new(&[HOOK_KEY]);
    let path = |account: &str| keys.path(account).unwrap();
    let (_, sent) = tenants.world.send(&json!({ "phone": TO }));
    let inbox: Vec<Value> = serde_json::from_slice(&tenants.world.sandbox("GET", "/inbox", &Value::Null)).unwrap();
    let reference = inbox[0]["ref"].as_str().unwrap().to_owned();
    let body =
        pushed(&tenants.world, "apiv1", json!({ "kind": "report", "to": TO, "ref": reference, "status": "DELIVRD" }));
    // The other tenant's vendor pushes the same report: it is on no text of its own.
    assert_eq!(tenants.switch().handle(&hook(&path("globex:main"), "", &body)).unwrap().status, 200);
    assert!(messages(&tenants.world)[0]["data"].get("challenge").is_none());
    assert_eq!(tenants.world.handle(&hook(&path("acme:main"), "", &body)).unwrap().status, 404, "not its account");
    assert_eq!(tenants.switch().handle(&hook(&path("acme:main"), "", &body)).unwrap().status, 200);
    let message = messages(&tenants.world).last().unwrap().clone();
    assert_eq!(
        (&message["data"]["tenant"], &message["data"]["account"], &message["data"]["challenge"]),
        (&json!("acme"), &json!("acme:main"), &sent["challenge"])
    );
    // A kept receipt is sent again by its tenant alone.
    let replay = |world: &World| {
        let path = format!("/admin/receipts/{}/replay", message["id"].as_str().unwrap());
        world.call(json!({ "path": path, "authorization": OPERATOR }), &json!({})).0
    };
    assert_eq!(replay(&tenants.world), 202);
    assert_eq!(replay(tenants.switch()), 404);
    let counts = |world: &World, name: &str| statistics(world)["buckets"][0]["counts"][name].as_u64();
    assert_eq!(counts(&tenants.world, "reports.unmatched.globex:main"), Some(1));
    assert_eq!(counts(tenants.switch(), "reports.delivered.acme:main"), Some(1));
    assert_eq!(counts(&tenants.world, "reports.unmatched.globex:main"), None, "the statistics of its own");
}

#[test]
fn tenant_of_a_request_is_known_before_its_accounts() {
    let all = Handler::new(config(&json!({ "vendors": true, "hookKeys": [HOOK_KEY] })));
    let of =
        |method: &str, path: &str| all.tenant_of(&request_of(&json!({ "method": method, "path": path }), Vec::new()));
    let path = |account: &str| HookKeys::new(&[HOOK_KEY]).path(account).unwrap();
    assert_eq!(of("POST", "/otp/send"), TenantSource::Request);
    assert_eq!(of("POST", "/one-time-password-sms/v2/send-code"), TenantSource::Request);
    assert_eq!(of("GET", "/admin/stats"), TenantSource::Request);
    for (method, path) in [("GET", "/healthz"), ("GET", "/openapi.json"), ("OPTIONS", "/otp/send"), ("GET", "/nothing")]
    {
        assert_eq!(of(method, path), TenantSource::Nobody, "{path}");
    }
    assert_eq!(of("POST", &path("acme:main")), TenantSource::Named("acme".to_owned()));
    assert_eq!(of("POST", &path("main")), TenantSource::Nobody);
    assert_eq!(of("POST", &path("a b:main")), TenantSource::Nobody);
    // A forged URL names no tenant, so that it costs no look-up.
    let forged = path("acme:main").replace("acme", "globex");
    assert_eq!(of("POST", &forged), TenantSource::Nobody);
}

#[test]
fn bounds_of_the_cache_are_checked() {
    let field = |cache: Value| {
        let read = Config::read(&options(&json!({ "vendors": true, "tenantCache": cache })));
        read.map(|config| config.tenant_cache).map_err(|error| error.field.clone().unwrap_or_default())
    };
    let bounds = field(json!({})).unwrap();
    assert_eq!((bounds.max_tenants, bounds.ttl_ms), (1000, 60_000));
    let bounds = field(json!({ "max": 10_000, "ttlSeconds": 3600 })).unwrap();
    assert_eq!((bounds.max_tenants, bounds.ttl_ms), (10_000, 3_600_000));
    for (cache, name) in [
        (json!({ "max": 0 }), "tenantCache.max"),
        (json!({ "max": 10_001 }), "tenantCache.max"),
        (json!({ "ttlSeconds": 0 }), "tenantCache.ttlSeconds"),
        (json!({ "ttlSeconds": 3601 }), "tenantCache.ttlSeconds"),
        (json!({ "ttl": 1 }), "tenantCache.ttl"),
    ] {
        assert_eq!(field(cache), Err(name.to_owned()));
    }
}
