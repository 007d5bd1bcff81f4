//! Law 1: only `src/js` knows JavaScript, and the package's JavaScript decides nothing.

use std::fs;
use std::path::Path;

use crate::world::VENDORS;

#[test]
fn law_1_only_src_js_knows_javascript_and_the_core_is_pure() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    each_file(&source, &mut |path| {
        if path.starts_with(source.join("js")) {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        // The core is pure: no clocks, randomness or I/O either.
        let impure = [
            "std::time",
            "SystemTime",
            "Instant::",
            "now_utc",
            "getrandom",
            "rand::",
            "std::net::Tcp",
            "std::fs",
            "std::env",
        ];
        for name in ["wasm_bindgen", "js_sys", "web_sys", "gloo"].into_iter().chain(impure) {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
        read += 1;
    });
    assert!(read > 25, "{read}");
}

#[test]
fn law_1_src_js_names_no_vendor() {
    let js = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    each_file(&js, &mut |path| {
        let text = fs::read_to_string(path).unwrap();
        for word in VENDORS.iter().copied().chain(["crate::vendor", "【", "Code::", "Sent::"]) {
            assert!(!text.contains(word), "{} knows {word}", path.display());
        }
    });
}

/// The package was ordered on these crates: `docs/decisions/README.md` has their uses. Each carries the part of the
/// boundary that is named here.
#[test]
fn law_1_the_ordered_crates_carry_the_boundary() {
    let js = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    for (file, uses) in [
        ("exchange.rs", &["gloo_net::http::", "web_sys::", "js_sys::", "wasm_bindgen_futures"][..]),
        ("values_in.rs", &["serde_wasm_bindgen::from_value", "js_sys::"]),
        ("values_out.rs", &["serde_wasm_bindgen::Serializer", "Serialize"]),
        ("client.rs", &["wasm_bindgen_futures::future_to_promise"]),
    ] {
        let text = fs::read_to_string(js.join(file)).unwrap();
        for name in uses {
            assert!(text.contains(name), "{file} does its work without {name}");
        }
    }
}

/// Words of the WebAssembly's decisions that the package's JavaScript may name: errors before the WebAssembly is
/// loaded, and the shape of arguments that JavaScript itself reads.
const NAMED_IN_JAVASCRIPT: [(&str, &[&str]); 3] = [
    ("pkg-template/client/unloaded.js", &["aborted", "network", "no", "rejected", "timeout"]),
    ("pkg-template/edge/no-ledger.js", &["no", "unsupported"]),
    ("src/js/host/sms-error.js", &["invalid_argument", "no"]),
];

#[test]
fn law_1_package_javascript_uses_listed_names_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let statuses = ["accepted", "partial", "rejected", "unknown"];
    let codes = [
        "invalid_argument",
        "unsupported",
        "auth",
        "forbidden_ip",
        "balance",
        "number",
        "content",
        "signature",
        "template",
        "too_many",
        "throttled",
        "suspended",
        "vendor",
        "bad_reply",
        "network",
        "timeout",
        "aborted",
        "internal",
    ];
    let mut read = 0;
    for directory in ["pkg-template/client", "pkg-template/edge", "src/js/host"] {
        each_file(&root.join(directory), &mut |path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            // The description of the handler's routes is data.
            if !is_javascript(path) || name.starts_with("pkg-template/edge/openapi") {
                return;
            }
            let allowed =
                NAMED_IN_JAVASCRIPT.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, words)| words);
            let text = fs::read_to_string(path).unwrap();
            let code: String = text.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n");
            for word in statuses.iter().chain(&codes).chain(&["no", "maybe"]).chain(&VENDORS) {
                // Words that are compared, returned or thrown; `typeof` returns "number" as well.
                let named = if *word == "number" {
                    code.contains("code: \"number\"")
                } else {
                    code.contains(&format!("\"{word}\""))
                };
                assert!(!named || allowed.contains(word), "{name} names {word}");
            }
            assert!(!code.contains("https://") && !code.contains("http://"), "{name} names a URL");
            // Errors without a WebAssembly to make them.
            let answers = name.ends_with("/unloaded.js");
            assert!(answers || !code.contains("status: ") && !code.contains("urn:"), "{name} decides an answer");
            read += 1;
        });
    }
    assert!(read > 30, "{read}");
}

/// The maximum number of code lines of JavaScript that run the product: in total, and in the one file that runs the
/// handler's effects.
const MAX_LINES: usize = 1200;
const MAX_EXECUTOR_LINES: usize = 250;

#[test]
fn javascript_that_runs_the_product_has_few_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaders =
        ["loader", "load", "browser", "edge-light", "node", "workerd", "no-ledger"].map(|name| format!("{name}.js"));
    let mut all = 0;
    for directory in ["pkg-template/client", "pkg-template/edge", "src/js/host"] {
        each_file(&root.join(directory), &mut |path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            if !is_javascript(path) || name.starts_with("openapi") || loaders.iter().any(|loader| loader == name) {
                return;
            }
            let text = fs::read_to_string(path).unwrap();
            let lines = text.lines().filter(|line| !line.trim().is_empty() && !is_comment(line)).count();
            assert!(name != "executor.js" || lines <= MAX_EXECUTOR_LINES, "{name}: {lines}");
            all += lines;
        });
    }
    assert!((500..=MAX_LINES).contains(&all), "{all} lines");
}

fn is_javascript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "js")
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

pub(super) fn each_file(directory: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}
