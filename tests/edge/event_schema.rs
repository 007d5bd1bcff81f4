//! Every event that these suites emit follows `events.schema.json` of the package. The keywords of JSON Schema that the file
//! uses are checked here, any other one fails; objects are closed, so that an undocumented member fails too.
//! `tests/events.test.mjs` checks the file itself.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../pkg-template/edge/events.schema.json")).unwrap());

/// Panics at an event that the schema does not describe.
pub fn check(event: &str) {
    let event: Value = serde_json::from_str(event).unwrap();
    assert!(is_valid(&SCHEMA, &event), "events.schema.json does not describe {event}");
}

fn is_valid(schema: &Value, value: &Value) -> bool {
    let keywords = schema.as_object().unwrap();
    keywords.iter().all(|(keyword, expected)| match keyword.as_str() {
        "$schema" | "$id" | "$defs" | "title" | "description" => true,
        "$ref" => is_valid(SCHEMA.pointer(expected.as_str().unwrap().trim_start_matches('#')).unwrap(), value),
        "anyOf" => expected.as_array().unwrap().iter().any(|schema| is_valid(schema, value)),
        "const" => expected == value,
        "enum" => expected.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().unwrap() >= expected.as_f64().unwrap(),
        "items" => value.as_array().unwrap().iter().all(|item| is_valid(expected, item)),
        "required" => expected.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        "properties" => {
            let members = value.as_object().unwrap();
            members.iter().all(|(name, member)| expected.get(name).is_some_and(|schema| is_valid(schema, member)))
        }
        "type" => match expected.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("the type {other} is not checked here"),
        },
        other => panic!("the keyword {other} is not checked here"),
    })
}

#[test]
fn undocumented_events_fail() {
    let valid = r#"{"type":"verify","phone":"138****5678","status":"verified","review":true}"#;
    check(valid);
    let event = |text: &str| is_valid(&SCHEMA, &serde_json::from_str(text).unwrap());
    assert!(!event(&valid.replace("verify", "verified")), "a type");
    assert!(!event(&valid.replace("\"verified\"", "\"good\"")), "a value");
    assert!(!event(&valid.replace("review", "reviewed")), "a member");
    assert!(!event(&valid.replace("true", "\"yes\"")), "a type of a member");
    assert!(!event(r#"{"type":"verify"}"#), "a missing member");
}
