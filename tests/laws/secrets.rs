//! Law 4: secrets are compared in constant time, and each derived key has one purpose.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::javascript::each_file;

/// The functions and types that hold a secret, or a value derived from one, in the sources.
const SECRETS: [&str; 8] =
    [".expose()", "mac(", "token_text", "signature", " tag", "fingerprint(", ".code(", "derive("];

/// Files that compare what only looks like a secret, with the reason.
const NO_SECRETS: [(&str, &str); 2] = [
    ("rules/signature.rs", "the signature of a text, 【…】, which everybody reads"),
    ("vendor/defined/reply_format.rs", "a tag of XML"),
];

/// The product's own code of every file of `src`: without tests, comments and the sandbox, which holds no secrets of
/// anybody.
fn sources() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    each_file(&source, &mut |path| {
        let name = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
        if name.starts_with("sandbox") || path.extension() != Some(OsStr::new("rs")) {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
        files.push((name, code.collect::<Vec<_>>().join("\n")));
    });
    assert!(files.len() > 100, "{}", files.len());
    files
}

/// Whether a line compares a secret in a time that depends on it. Its length is no secret.
fn compares_secret(line: &str) -> bool {
    let line = line.replace(".len() == ", "").replace(".len() != ", "");
    let compares = [" == ", " != ", ".eq(", ".ne(", ".contains(", ".starts_with(", ".cmp("];
    SECRETS.iter().any(|secret| line.contains(secret)) && compares.iter().any(|operator| line.contains(operator))
}

#[test]
fn law_4_secrets_are_compared_by_is_same_only() {
    for (file, code) in sources() {
        if NO_SECRETS.iter().any(|(known, _)| *known == file) {
            continue;
        }
        for line in code.lines() {
            assert!(!compares_secret(line), "{file} compares a secret, and not by is_same: {}", line.trim());
        }
    }
    assert!(compares_secret("if known.expose() == token {"), "the test sees a comparison");
    assert!(compares_secret("    tag(pepper)[..7] == bytes[20..] && tag == other"), "and that of a MAC");
    // `is_same` itself is the library's comparison, and nothing else compares by the library.
    let same = sources().into_iter().find(|(file, _)| file == "otp/code.rs").unwrap().1;
    assert!(same.contains("one.ct_eq(other).into()"));
    for (file, code) in sources() {
        assert!(file == "otp/code.rs" || !code.contains("ct_eq"), "{file} compares in a way of its own");
    }
}

/// Every place that checks a secret which a caller shows does it by `is_same`.
#[test]
fn law_4_each_check_of_a_shown_secret_is_in_constant_time() {
    let sources: BTreeMap<String, String> = sources().into_iter().collect();
    for (file, what) in [
        ("edge/config.rs", "the operator's token"),
        ("edge/scope.rs", "a back end's token"),
        ("edge/hook_url.rs", "the token of a URL that vendors push to"),
        ("edge/gateway/credentials.rs", "a login server's token or signature"),
        ("otp/challenge.rs", "a code"),
        ("otp/keyring.rs", "a challenge, a device's token and a proof of work"),
        ("otp/proof.rs", "the signature of a proof"),
    ] {
        assert!(sources[file].contains("is_same("), "{file}: {what}");
    }
}

/// The first part of each MAC in the sources, how often it is written there (to make a value, and to check it), and
/// what it makes. Two purposes with one label would share a key: what one reveals would forge the other.
const LABELS: [(&str, usize, &str); 16] = [
    ("challenge", 2, "the MAC of a written challenge"),
    ("code", 1, "the digits of a code"),
    ("code key", 2, "the key of a number's codes, for all peppers and for one"),
    ("fingerprint", 1, "the hash of a request's body"),
    ("fresh", 1, "the id of a challenge in place of a resend"),
    ("hook", 2, "the token of an account's hook"),
    ("hook of a text", 2, "the token of a text's hook"),
    ("kid", 1, "the public id of a proof's key"),
    ("mark", 1, "the MAC of a chosen code"),
    ("mask", 1, "the mask of the number's hash in a challenge"),
    ("number", 1, "the hash of a number"),
    ("pepper id", 1, "the id of a pepper"),
    ("reference", 1, "the mask of a text's reference"),
    ("seal", 1, "the mask of a stored number"),
    ("short", 1, "short hashes, each with a label of its own behind it"),
    ("vouch", 2, "statements about a number, each with a label of its own behind it"),
];

/// The labels behind `vouch` and `short`, and the kinds of stored keys, which are labels too.
const STATEMENTS: [&str; 3] = ["device", "work", "work candidate"];
const SHORT_HASHES: [&str; 5] = ["address", "gateway", "pull", "report", "token"];
const KINDS: [&str; 10] = ["a", "i", "k", "m", "p", "q", "r", "s", "t", "w"];

/// The texts between a beginning and the next quotation mark, in the code of the files that `is_meant` selects.
fn quoted(begins: &str, is_meant: impl Fn(&str) -> bool) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (file, code) in sources() {
        if !is_meant(&file) {
            continue;
        }
        let flat = code.split_whitespace().collect::<String>();
        // Blanks inside a label are gone as well: both sides are compared without.
        for part in flat.split(begins).skip(1) {
            *found.entry(part.split('"').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    found
}

fn without_blanks(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| label.replace(' ', "")).collect()
}

#[test]
fn law_4_each_derived_key_has_a_label_of_its_own() {
    let makes_macs = |file: &str| file.starts_with("otp/") || file == "edge/hook_url.rs";
    let expected: BTreeMap<String, usize> =
        LABELS.iter().map(|(label, times, _)| (label.replace(' ', ""), *times)).collect();
    assert_eq!(expected.len(), LABELS.len(), "each label has one purpose");
    assert_eq!(quoted("[b\"", makes_macs), expected);
    let names = |begins: &[&str]| {
        let all = begins.iter().flat_map(|begins| quoted(begins, |_| true).into_keys());
        all.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(names(&["trust_mac(\"", "is_trusted_mac(\""]), without_blanks(&STATEMENTS));
    assert_eq!(names(&["short_hash(\"", "short_hash_in(None,\""]), without_blanks(&SHORT_HASHES));
    assert_eq!(names(&[".object_name(\"", ".object_name_in(tenant,\""]), without_blanks(&KINDS));
    for kind in KINDS.into_iter().chain(["tenant"]) {
        assert!(!expected.contains_key(kind), "{kind} comes first in other MACs, and is a label");
    }
}

/// Only these files make MACs: elsewhere a label could be forgotten.
#[test]
fn law_4_only_listed_files_know_hmac() {
    let listed = ["otp/code.rs", "wire/digest.rs"];
    for (file, code) in sources() {
        assert!(listed.contains(&file.as_str()) || !code.contains("Hmac<"), "{file} makes MACs of its own");
    }
}
