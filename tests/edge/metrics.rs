//! `/admin/metrics`: behind the operator's token, in Prometheus' format, and growing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{BACK_END, OPERATOR, TO, World};

const PATH: &str = "/admin/metrics";

fn scrape(world: &World) -> String {
    let reply = world.reply(json!({ "path": PATH, "method": "GET", "authorization": OPERATOR }), &Value::Null);
    assert_eq!(reply.status, 200);
    let content_type = reply.headers.iter().find(|(name, _)| *name == "content-type").unwrap();
    assert_eq!(content_type.1, "text/plain; version=0.0.4; charset=utf-8");
    reply.body
}

/// The value of each sample, by its name and labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').map(|(name, value)| (name, value.parse().unwrap())).unwrap()).collect()
}

#[test]
fn only_the_operator_reads_metrics() {
    let world = World::new(&json!({}));
    for authorization in [None, Some(BACK_END)] {
        let mut head = json!({ "path": PATH, "method": "GET" });
        if let Some(authorization) = authorization {
            head["authorization"] = json!(authorization);
        }
        let reply = world.reply(head, &Value::Null);
        assert_eq!(reply.status, 401);
        assert!(!reply.body.contains("xinshi_"), "{}", reply.body);
    }
    let post = world.reply(json!({ "path": PATH, "authorization": OPERATOR }), &Value::Null);
    assert_eq!(post.status, 405);
    world.store_fails.set(true);
    let head = json!({ "path": PATH, "method": "GET", "authorization": OPERATOR });
    assert_eq!(world.reply(head, &Value::Null).status, 503);
}

#[test]
fn metrics_count_what_happened() {
    let world = World::new(&json!({}));
    let (_, sent) = world.send(&json!({ "phone": TO }));
    assert_eq!(world.send(&json!({ "phone": TO })).0, 429);
    world.verify(&sent["challenge"], "000000");
    world.verify(&sent["challenge"], &world.code());
    let text = scrape(&world);
    let samples = samples(&text);
    for (name, value) in [
        (r#"xinshi_texts_total{status="accepted",account="main"}"#, 1.0),
        (r#"xinshi_rejections_total{by="number"}"#, 1.0),
        (r#"xinshi_unsent_total{reason="too-many"}"#, 1.0),
        (r#"xinshi_verifications_total{status="verified"}"#, 1.0),
        (r#"xinshi_verified_texts_total{account="main"}"#, 1.0),
        (r#"xinshi_send_duration_seconds_count{account="main"}"#, 1.0),
        (r#"xinshi_send_duration_seconds_bucket{account="main",le="+Inf"}"#, 1.0),
        (r#"xinshi_receipts_waiting{account="main"}"#, 0.0),
        (r#"xinshi_receipts_waiting{account="spare"}"#, 0.0),
    ] {
        assert_eq!(samples.get(name), Some(&value), "{name} in {text}");
    }
    assert!(!text.contains(TO) && !text.contains(&world.code()));
}

#[test]
fn counters_grow_for_days() {
    let world = World::new(&json!({}));
    let name = r#"xinshi_texts_total{status="accepted",account="main"}"#;
    for number in 0..60_u8 {
        world.post("/otp/send", &format!("192.0.2.{number}"), &json!({ "phone": format!("139123456{number:02}") }));
        assert!((samples(&scrape(&world))[name] - f64::from(number + 1)).abs() < 1e-9);
        world.pass(3600);
    }
}

#[test]
fn every_family_is_described_even_without_events() {
    let text = scrape(&World::new(&json!({})));
    let named = |prefix: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(prefix));
        lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let types = named("# TYPE ");
    assert_eq!((types.len(), &types), (19, &named("# HELP ")));
    assert!(types.iter().all(|name| name.starts_with("xinshi_")));
    for line in text.lines().filter(|line| line.starts_with("# TYPE ") && line.ends_with(" counter")) {
        assert!(line.contains("_total "), "{line}");
    }
}

/// A count that no metric shows would be missed by whoever watches.
#[test]
fn every_count_of_the_handler_has_a_metric() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/edge");
    let metrics = std::fs::read_to_string(format!("{source}/metrics.rs")).unwrap();
    let mut kinds = 0;
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for call in text.split("counts.add(").skip(1) {
            let call = call.split(';').next().unwrap();
            let Some(name) = call.split('"').nth(1) else { continue };
            let kind = name.split('.').next().unwrap();
            if path.ends_with("event_counts.rs") {
                continue;
            }
            assert!(metrics.contains(&format!("\"{kind}\"")), "{}: {name}", path.display());
            kinds += 1;
        }
    }
    assert!(kinds > 15, "{kinds}");
}
