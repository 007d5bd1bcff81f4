//! The Durable Object that stores a key's state.

use alloc::string::String;

use crate::decimal;

/// The number of objects for each kind of key. One object for each key would need as many files and starts as there are
/// numbers: on a local workerd, new numbers then cost 1.3 to 16 times as much, while 1 to 64 objects made no
/// difference. Each object serves some 1,000 requests a second and is billed while awake, so few are cheaper. Changing
/// the number would lose the stored state.
const OBJECTS_PER_KIND: usize = 32;
/// The alphabet of a key's hash: base64url.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The name of a key's object: for a key `kind:hash` by the first character of the hash; for a key without hash, the
/// kind's own.
#[must_use]
pub fn object_of(key: &str) -> String {
    let Some((kind, hash)) = key.split_once(':') else { return ["v1/", key].concat() };
    let value = hash.chars().next().and_then(|first| ALPHABET.find(first)).unwrap_or_default();
    ["v1/", kind, "/", &decimal::decimal(i64::try_from(value % OBJECTS_PER_KIND).unwrap_or_default())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_always_maps_to_one_object() {
        for (key, object) in [
            ("stats", "v1/stats"),
            ("n:AbcdEfgh", "v1/n/0"),
            ("n:fbcdEfgh", "v1/n/31"),
            ("n:gbcdEfgh", "v1/n/0"),
            ("ip:_bcdEfgh", "v1/ip/31"),
            ("q:0a:b", "v1/q/20"),
        ] {
            assert_eq!(object_of(key), object, "{key}");
        }
    }
}
