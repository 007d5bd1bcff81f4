//! A vendor is one file and one row: the lists of vendors agree with the registry, and no other file knows a vendor's
//! name.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use xinshi::client::Sms;
use xinshi::error::SmsError;
use xinshi::sandbox::Sandbox;
use xinshi::vendor::account::{AccountOption, OptionKind};
use xinshi::vendor::{ABOUT, NAMES, REGISTRY};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this ending.
fn files(folder: &str, ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn every_vendor_has_a_sandbox_and_fixtures() {
    assert_eq!(Sandbox::vendors().collect::<Vec<_>>(), NAMES);
    let home = root().join("tests/fixtures");
    let fixtures: BTreeSet<String> =
        fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(fixtures, NAMES.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(ABOUT.len(), REGISTRY.len());
}

/// An account of a vendor with a value for each required option, with `more` and without `without`.
fn configure(at: usize, more: &[(&str, Value)], without: &str) -> Result<Sms, SmsError> {
    let mut account = Map::new();
    account.insert("vendor".into(), json!(NAMES[at]));
    for option in ABOUT[at].options.iter().filter(|option| option.kind == OptionKind::Required) {
        account.insert(option.name.into(), json!("key"));
    }
    account.insert("baseUrl".into(), json!("http://127.0.0.1:1"));
    account.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    account.remove(without);
    Sms::configure(&json!({ "vendors": { "main": account } }).to_string())
}

fn rejected_field(at: usize, more: &[(&str, Value)], without: &str) -> Option<String> {
    configure(at, more, without).err().and_then(|error| error.field.clone())
}

#[test]
fn listed_options_equal_the_accepted_options() {
    for (at, about) in ABOUT.iter().enumerate() {
        let vendor = NAMES[at];
        assert!(configure(at, &[], "").is_ok(), "{vendor}");
        assert_eq!(rejected_field(at, &[("other", json!("x"))], "").as_deref(), Some("vendors.main.other"), "{vendor}");
        let no_origin = REGISTRY[at].spec.origin.is_none().then(|| "vendors.main.baseUrl".to_owned());
        assert_eq!(rejected_field(at, &[], "baseUrl"), no_origin, "{vendor}");
        let named: Vec<&str> = about.options.iter().map(|option| option.name).collect();
        assert_eq!(REGISTRY[at].spec.options, named, "{vendor}");
        for AccountOption { name, kind } in about.options {
            let field = Some(["vendors.main.", name].concat());
            // A number is neither a text nor a flag.
            assert_eq!(rejected_field(at, &[(name, json!(7))], ""), field, "{vendor} {name}");
            match kind {
                OptionKind::Vendor => assert_eq!(*name, "vendor"),
                OptionKind::Required => assert_eq!(rejected_field(at, &[], name), field, "{vendor} {name}"),
                OptionKind::Text => assert!(configure(at, &[(name, json!("https://a.example"))], "").is_ok()),
                OptionKind::Texts => {
                    assert!(configure(at, &[(name, json!({ "1": "您好" }))], "").is_ok());
                    for (wrong, ending) in [(json!("1"), ""), (json!({ "1": "" }), ".1"), (json!({ "1": 1 }), ".1")] {
                        let field = Some(["vendors.main.", name, ending].concat());
                        assert_eq!(rejected_field(at, &[(name, wrong)], ""), field, "{vendor} {name}");
                    }
                }
                OptionKind::Flag => {
                    assert!([true, false].iter().all(|flag| configure(at, &[(name, json!(flag))], "").is_ok()));
                    assert_eq!(rejected_field(at, &[(name, json!("true"))], ""), field, "{vendor} {name}");
                }
                OptionKind::Choice(words) => {
                    assert!(words.iter().all(|word| configure(at, &[(name, json!(word))], "").is_ok()), "{name}");
                    assert_eq!(rejected_field(at, &[(name, json!("no such word"))], ""), field, "{vendor} {name}");
                }
            }
        }
    }
}

/// The files that may name a vendor, with the reasons.
const ALLOWED: [(&str, &str); 18] = [
    ("pkg-template/edge/index.d.ts", "the captchas of the same two companies"),
    ("src/edge/captcha/", "captchas of the same two companies"),
    ("src/vendor/", "a file a vendor"),
    ("src/sandbox/", "a server a vendor"),
    ("pkg-template/client/vendors.d.ts", "the types of each, held to the registry by tests/vendors/types.test.mjs"),
    ("pkg-template/edge/openapi-receipts.js", "an example of a record"),
    ("pkg-template/examples/playwright/", "an account of an example"),
    ("pkg-template/examples/vitest/", "an account of an example"),
    ("scripts/every-query.mjs", "the right answer to each query"),
    ("scripts/every-bulk.mjs", "bulks by their vendor's way of batching"),
    ("scripts/scale.mjs", "the accounts of one measured day"),
    ("www/account-order.js", "the accounts that are tried first"),
    ("www/wire/vendors.js", "the vendor that is shown first"),
    ("www/wire/view.js", "the same"),
    ("www/phone/snippets.js", "an account of an example"),
    ("www/attack/", "the accounts of the simulation"),
    ("www/sending/", "the accounts of the view"),
    ("www/operations/sample-traffic.js", "the vendors that fail in it"),
];

#[test]
fn law_1_only_its_own_file_names_a_vendor() {
    let mut read = 0;
    let mut naming = BTreeSet::new();
    let sources = ["src", "pkg-template", "scripts", "www"]
        .into_iter()
        .flat_map(|folder| files(folder, &[".rs", ".js", ".mjs", ".ts"]));
    for path in sources {
        let name = shown(&path);
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_comment = |line: &str| ["//", "*"].iter().any(|begins| line.trim_start().starts_with(begins));
        let allowed = ALLOWED.iter().find(|(allowed, _)| name.starts_with(allowed));
        for line in code.lines().filter(|line| !is_comment(line)) {
            for vendor in NAMES.iter().filter(|vendor| line.contains(&format!("\"{vendor}\""))) {
                let Some((allowed, _)) = allowed else { panic!("{name} knows {vendor}: {line}") };
                naming.insert(allowed);
            }
        }
        read += 1;
    }
    assert!(read > 250, "{read}");
    let unused: Vec<_> = ALLOWED.iter().filter(|(allowed, _)| !naming.contains(allowed)).collect();
    assert!(unused.is_empty(), "nothing there names a vendor: {unused:?}");
}

#[test]
fn no_source_counts_the_vendors() {
    const COUNTS: [&str; 6] = ["five", "six", "seven", "eight", "nine", "ten"];
    let mut read = 0;
    let endings = [".rs", ".js", ".mjs", ".ts", "package.json"];
    for path in ["src", "pkg-template", "scripts", "www"].into_iter().flat_map(|folder| files(folder, &endings)) {
        let text = fs::read_to_string(&path).unwrap();
        for count in COUNTS {
            for things in ["vendors", "Chinese vendors", "Chinese SMS vendors"] {
                let counted = [count, " ", things].concat();
                assert!(!text.contains(&counted), "{}: {counted}", shown(&path));
            }
        }
        read += 1;
    }
    assert!(read > 250, "{read}");
}

#[test]
fn cited_facts_are_in_docs_vendors() {
    let documented = fs::read_to_string(root().join("docs/vendors.md")).unwrap();
    let headings: BTreeSet<String> =
        documented.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_lowercase).collect();
    let mut cited = 0;
    for path in files("src", &[".rs"]).into_iter().chain(files("tests/fixtures", &[".json"])) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("FACTS.md"), "{} cites what is not here", shown(&path));
        for (at, _) in text.match_indices("docs/vendors.md, ") {
            let rest = &text[at + "docs/vendors.md, ".len()..];
            assert!(headings.iter().any(|heading| rest.starts_with(heading.as_str())), "{}: {rest:.40}", shown(&path));
            cited += 1;
        }
    }
    assert!(cited > 60, "{cited}");
}
