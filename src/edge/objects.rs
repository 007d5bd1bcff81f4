//! Which Durable Object keeps a key's state.

use alloc::string::String;

use crate::decimal;

/// Objects a kind of key. One a key would be as many files and starts as there are numbers: measured on a local workerd, new
/// numbers cost 1.3 to 16 times as much so, and from 1 to 64 objects made no difference. Each serves some 1,000 requests a
/// second, and is paid for while it is awake: few are cheaper. Another number of them would lose what is stored.
const OBJECTS_PER_KIND: usize = 32;
/// What the hash of a key is written in: base64url.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The name of the object of a key `kind:hash`, by the hash's first sign; of a key that is a kind alone, the kind's own.
#[must_use]
pub fn object_of(key: &str) -> String {
    let Some((kind, hash)) = key.split_once(':') else { return ["v1/", key].concat() };
    let sign = hash.chars().next().and_then(|first| ALPHABET.find(first)).unwrap_or_default();
    ["v1/", kind, "/", &decimal::decimal(i64::try_from(sign % OBJECTS_PER_KIND).unwrap_or_default())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_object_for_ever() {
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
