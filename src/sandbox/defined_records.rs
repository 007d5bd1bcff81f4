//! The reports and replies of a vendor that a caller defined, written as its definition reads them.

use serde_json::{Value, json};

use super::defined::{put, xml_of};
use super::held_records::HeldRecord;

/// Writes records in the format of a definition's reading; `None` for a reading by a function, whose format nobody knows.
/// `encode` writes a text in the vendor's charset.
pub(super) fn written(read: &Value, records: &[HeldRecord], encode: &dyn Fn(&str) -> Vec<u8>) -> Option<String> {
    let fields = read["fields"].as_object()?;
    let values = |record: &HeldRecord| -> Vec<(String, String)> {
        let value = |(name, path): (&String, &Value)| Some((path.as_str()?.to_owned(), value_of(record, name, read)?));
        fields.iter().filter_map(value).collect()
    };
    match read["format"].as_str()? {
        "text" => {
            let line = |record: &HeldRecord| {
                let mut line: Vec<String> = Vec::new();
                for (path, value) in values(record) {
                    let at = path.parse::<usize>().unwrap_or_default();
                    line.resize(line.len().max(at + 1), String::new());
                    line[at] = value;
                }
                line.join(read["separator"].as_str().unwrap_or("|"))
            };
            Some(records.iter().map(line).collect::<Vec<_>>().join(read["lines"].as_str().unwrap_or("\n")))
        }
        "form" => {
            let pair =
                |(name, value): (String, String)| format!("{name}={}", urlencoding::encode_binary(&encode(&value)));
            let pairs = records.iter().flat_map(values).map(pair);
            Some(pairs.collect::<Vec<_>>().join("&"))
        }
        format => {
            let record = |held: &HeldRecord| {
                let mut record = Value::Null;
                for (path, value) in values(held) {
                    put(&mut record, &path, json!(value));
                }
                record
            };
            let mut list: Vec<Value> = records.iter().map(record).collect();
            let mut document = Value::Null;
            match read["list"].as_str().unwrap_or_default() {
                "" if format == "json" => document = json!(list),
                // An XML document without a list is one record.
                "" => document = list.pop().unwrap_or_default(),
                path => put(&mut document, path, json!(list)),
            }
            if let (Some(path), false) = (read["code"].as_str(), document.is_array()) {
                put(&mut document, path, read["accepted"][0].clone());
            }
            Some(if format == "xml" { xml_of(&document) } else { document.to_string() })
        }
    }
}

/// A value of a record by its name in the definition's `fields`.
fn value_of(record: &HeldRecord, name: &str, read: &Value) -> Option<String> {
    let value = match name {
        "id" => record.id.clone(),
        "ref" => record.reference.to_string(),
        "phone" => record.mobile.clone(),
        "at" => record.at(),
        "text" => record.text.clone()?,
        "status" if record.text.is_some() => return None,
        "status" if record.status == "DELIVRD" => read["delivered"].as_str().unwrap_or("DELIVRD").to_owned(),
        "status" => record.status.clone(),
        _ => return None,
    };
    Some(value).filter(|value| !value.is_empty())
}
